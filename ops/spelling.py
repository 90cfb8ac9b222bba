"""From what Slack delivers to the words a person typed; and how words and numbers are told back."""

from __future__ import annotations

import html
import re
import shlex
import unicodedata

# Slack writes references as <address|shown>: <http://x.com|x.com>, <mailto:a@b|a@b>, <@U1|ada>, <#C1|ops>, <!here>.
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": None})
# Phones and macOS turn -- into a long dash: at the beginning of a word it was an option.
_DASHED_OPTION = re.compile(r"(?<!\S)[—–](?=\w)")
_LONG_DASH = re.compile(r"[—–‐‑‒―−]")


def split(text: str) -> list[str]:
    """The words of a line as it was typed: curly quotes, long dashes, no-break spaces, invisible characters and Slack's
    references are turned back. Words in double quotes stay together; a single quote is an apostrophe.
    """
    plain = _REFERENCE.sub(_shown, text)
    plain = html.unescape(plain).translate(_QUOTES)
    plain = "".join(_visible(character) for character in plain)
    plain = _LONG_DASH.sub("-", _DASHED_OPTION.sub("--", plain))
    lexer = shlex.shlex(plain, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escape = True, "", '"', ""
    try:
        return list(lexer)
    except ValueError:  # a quote that never closes was not meant as one
        return plain.replace('"', "").split()


def clean(text: str) -> str:
    """Text as it goes into the record: one line, single spaces, no control or invisible characters."""
    return " ".join("".join(_visible(character) for character in text).split())


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number of things as people read it: `1 migration`, `2 migrations`. `plural` where it is not the noun with an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def amount(count: float) -> str:
    """Bytes as people read them: `1.2 GB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def shown(word: str) -> str:
    """A person's own word, safe and short enough to be quoted back to them."""
    visible = clean(word)
    return visible if len(visible) <= 40 else visible[:40] + "…"


def _shown(reference: re.Match[str]) -> str:
    sign, target, label = reference.groups()
    if sign:
        return f"{'@' if sign == '!' else sign}{label or target}"
    return label or target


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cs"):  # zero-width spaces and joiners, direction marks; halves of characters
        return ""
    return " " if category[0] == "Z" or category == "Cc" else character
