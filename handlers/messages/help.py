"""`help`: what the asker may run, with an example each."""

from __future__ import annotations

from handlers.messages.blocks import Block, context, section
from handlers.messages.limits import Mrkdwn, code, join, say
from handlers.messages.message import Message
from ops.commands import Argument, Command, Kind
from ops.results import Help

_A_SECTION = 8  # commands in one section, far below its 3,000 characters


def help_message(answer: Help, slash: str) -> Message:
    """`slash` is the slash command in front of every example: `/myfinance`."""
    if answer.detail and answer.commands:
        return _one(answer.commands[0], slash)
    headline = say("What you may run as *{}*", answer.role)
    lines = [say("{}\n{}", code(f"{slash} {command.example}"), command.summary) for command in answer.commands]
    pages = [join(lines[start : start + _A_SECTION]) for start in range(0, len(lines), _A_SECTION)]
    more = context(say("{} tells more about one command.", code(f"{slash} help deploy")))
    return Message.of(headline, section(headline), *(section(page) for page in pages), more)


def _one(command: Command, slash: str) -> Message:
    headline = say("*{}* – {}", command.name, command.summary)
    blocks: list[Block] = [section(headline), section(say("For example {}", code(f"{slash} {command.example}")))]
    if command.arguments:
        blocks.append(section(join([_argument(argument) for argument in command.arguments])))
    blocks.append(context(say("Needs the role {}.", command.role)))
    return Message.of(headline, *blocks)


def _argument(argument: Argument) -> Mrkdwn:
    if argument.kind is Kind.FLAG:
        spelled = argument.flag
    elif argument.option:
        spelled = f"{argument.flag} {argument.kind}"
    else:
        spelled = argument.name.upper()
    need = "needed" if argument.required else "may be left out"
    return say("{} – {} ({})", code(spelled), argument.help, need)
