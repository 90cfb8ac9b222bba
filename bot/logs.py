"""The program's own log, on standard error: one line an event, as JSON or as text, and never a secret in it."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

from ops.config import Logs

_MASK = "***"
# Slack's tokens, wherever they come from: xoxb-…, xoxp-…, xapp-… (https://docs.slack.dev/authentication/tokens),
# and the tickets in the addresses of its sockets.
_TOKENS = re.compile(r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[A-Za-z0-9-]{6,}|(?<=ticket=)[\w-]+")
_SHORTEST_SECRET = 4  # shorter ones are words of the language: masking them would garble the log


def configure(settings: Logs, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Set up structlog, and the libraries that log by the standard way, to write to `stream` (standard error).

    `secrets` are masked wherever they turn up, in messages, values and tracebacks alike.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if settings.format == "json":
        rendering += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        rendering += [plain]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        _Masking(structlog.stdlib.ProcessorFormatter(processors=rendering, foreign_pre_chain=shared), secrets)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # At debug level these write whole requests, tokens included, and at info a line for each request.
    for chatty in ("slack_sdk", "slack_bolt", "aiohttp.access", "docker", "urllib3", "aiosqlite", "apscheduler"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))


class _Masking(logging.Formatter):
    """Masks the finished line: nothing gets past it by being in a traceback or in a library's own message."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        escaped = {json.dumps(secret)[1:-1] for secret in known}  # as a JSON line spells them
        self._secrets = sorted(known | escaped, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, _MASK)
        return _TOKENS.sub(_MASK, line)
