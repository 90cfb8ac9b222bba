"""The gate: what people, containers and files say, made safe for Slack."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from handlers.messages import limits
from handlers.messages.blocks import preformatted, section, table
from handlers.messages.limits import Mrkdwn, clean, code, escape, fit, join, say, split, tail
from handlers.messages.message import Message
from handlers.messages.words import amount, duration


def test_values_are_escaped_and_ours_is_not() -> None:
    assert say("*{}* is live", "<!channel> & co") == "*&lt;!channel&gt; &amp; co* is live"
    assert say("{} is live", say("*{}*", "a<b")) == "*a&lt;b* is live", "never escaped twice"


def test_a_backtick_does_not_end_code() -> None:
    assert code("a`b") == "`aˋb`"


@given(st.text(max_size=400), st.integers(10, 120))
def test_cut_text_never_ends_in_half_an_entity(text: str, limit: int) -> None:
    cut = fit(escape(text, 10_000), limit)
    assert len(cut) <= limit
    whole = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert not set("&<>") & set(whole)


@given(st.text(max_size=2_000))
def test_every_text_can_be_sent_as_json(text: str) -> None:
    json.dumps(section(escape(text))).encode()
    json.dumps(preformatted(text), ensure_ascii=False).encode()


@given(st.lists(st.text(max_size=300), max_size=40), st.integers(200, 2_000))
def test_the_tail_of_a_log_fits_and_is_its_end(lines: list[str], limit: int) -> None:
    text, shown = tail(lines, limit)
    assert shown <= len(lines)
    assert limits.size(text) <= limit + 2
    if shown > 1:
        assert text.split("\n")[-1] == clean(lines[-1]).split("\n")[-1]


@given(st.lists(st.text(alphabet="ab\n", max_size=80), max_size=30))
def test_splitting_loses_no_word(lines: list[str]) -> None:
    text = Mrkdwn("\n".join(lines))
    pieces = split(text, 100)
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_a_table_takes_as_many_rows_as_fit() -> None:
    rows = [["x" * 100, "y" * 100]] * 200
    block = table(("a", "b"), rows)
    assert 20 < len(block["rows"]) <= 100
    assert limits.size(block) < limits.MESSAGE


def test_the_text_says_the_sentence_once() -> None:
    sentence = say("✅ All is well")
    message = Message.of(sentence, section(say("*{}*", sentence)), section(say("and more")))
    assert message.text == "*✅ All is well*\nand more"


def test_join_leaves_out_what_is_empty() -> None:
    assert join([say("a"), say(""), say("b")]) == "a\nb"


def test_durations_and_amounts_read_well() -> None:
    assert [duration(s) for s in (0.42, 12, 125, 11_400, 187_200, None)] == [
        "0.4 s",
        "12 s",
        "2 min 5 s",
        "3 h 10 min",
        "2 d 4 h",
        "–",
    ]
    assert [amount(n) for n in (0, 999, 1_234, 104_857_600, None)] == ["0 B", "999 B", "1.2 kB", "104.9 MB", "–"]
