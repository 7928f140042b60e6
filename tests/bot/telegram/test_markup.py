"""S2: whatever people write, as a name or a question, comes out in Telegram letter by letter and breaks nothing."""

import json
from pathlib import Path

import pytest

from bot.channels.telegram import wire
from dialogs.clean import clean
from dialogs.replies import bold, quoted
from tests.botapi import schema
from tests.botapi.markup import parse_html
from tests.telegram import TRANSPORTS, in_telegram

CORPUS: list[str] = json.loads((Path(__file__).parents[1] / "web" / "markup.json").read_text(encoding="utf-8"))
OF_TELEGRAM = [
    "<b>fet", "</b></i>", "_kursiv_ *fet* [länk](tg://user?id=1)", "`kod` ~~~", "&lt;b&gt; &amp; &#60; &nbsp;",
    "<tg-spoiler>", "<a href='tg://user?id=1'>Anna</a>", "@servicelotsen_bot", "/start x", "😀" * 2048, "å" * 4096,
    "<" * 4096, "&" * 4096,
]  # fmt: skip
WORDS = wire.Wording("Källa", "notis", "svara här", "igen")


@pytest.mark.parametrize("text", [*CORPUS, *OF_TELEGRAM], ids=lambda text: text[:20])
def test_words_stay_words(text: str) -> None:
    text = clean(text).text
    body = {"text": f"{bold('**F-1**')} {quoted(text)}", "heading": text[:200], "note": text[:200], "sources": [],
            "choices": [{"id": "help", "label": text[:100] or "x", "quiet": False}]}  # fmt: skip
    seen = ""
    for call in wire.calls(body, 17, {}, WORDS):
        assert schema.check(call.method, call.params) == []
        seen += parse_html(call.params["text"]).text
    assert letters(text) in letters(seen)


def letters(text: str) -> str:
    """What must come through: all but white space, where long texts are cut, and the isolates around a quote."""
    return "".join(letter for letter in text if not letter.isspace() and letter not in "\u2068\u2069")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_moderators_words_come_through_as_they_are(tmp_path: Path, transport: str) -> None:
    async with in_telegram(tmp_path, transport) as village:
        anna, maria = village.api.user("Anna"), await village.web.moderator()
        for number, text in enumerate(OF_TELEGRAM[:9], 1):
            anna.writes(f"Vad heter hunden i by nummer {'abcdefghi'[number - 1] * 3}?")
            await village.settled()
            anna.presses(data=f"send:{number}")
            await village.settled()
            await maria.decide(number, answer=text)
            await village.settled()
            assert text.strip() in anna.last.text
        assert village.api.world.refusals == []
        assert village.api.complaints == []
