"""What an engineer looks at next after a failure: the health answer, the last log lines, the migrations that now stand."""

from __future__ import annotations

from handlers.messages import limits
from handlers.messages.blocks import Block, preformatted, section
from handlers.messages.limits import code, escape, join, say, tail
from ops.errors import Evidence
from ops.spelling import counted


def evidence_blocks(evidence: Evidence) -> list[Block]:
    """Nothing when there is no evidence."""
    blocks: list[Block] = []
    if evidence.health_answer:
        blocks.append(section(say("*Last health answer*\n{}", code(evidence.health_answer))))
    if evidence.migrations:
        ids = [code(migration, 100) for migration in evidence.migrations[:10]]
        more = len(evidence.migrations) - len(ids)
        rest = say("\nand {} more", more) if more else escape("")
        blocks.append(
            section(say("*Migrations that now stand in the shared database*\n{}{}", join(ids), rest)),
        )
    if evidence.log_lines:
        text, shown = tail(evidence.log_lines, limits.EVIDENCE)
        blocks.append(section(say("*Its last {}*", counted(shown, "log line"))))
        blocks.append(preformatted(text))
    return blocks
