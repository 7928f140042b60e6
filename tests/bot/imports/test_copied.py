"""Lines copied from other programs' chats: the words stay, the names go, and nothing is made up."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.imports import copied


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anna Andersson  12:31\nNär slutar det?\nBo Ek 12:32\nHur då?", ["När slutar det?", "Hur då?"]),
        ("[12:31] Bo Ek\nHur gör man?", ["Hur gör man?"]),
        ("Bo Ek (Gäst) 1:02 PM\r\nHur gör man?", ["Hur gör man?"]),
        ("Eva von Sydow, 2026-11-23 12:31\nHur gör man?", ["Hur gör man?"]),
        ("12:31\nHur gör man?", ["Hur gör man?"]),
        ("12:31:02 Kalle Karlsson: När börjar det?", ["När börjar det?"]),
        ("[2026-11-23, 12:31:02] Åsa-Lill O’Hara: När: nu?", ["När: nu?"]),
        ("23/11 12.31 - Anna K.: När?", ["När?"]),
        ("Anna: När?\nBo Ek: Hur då?\nAnna: Tack", ["När?", "Hur då?", "Tack"]),
        ("1. Hur gör man?\n2) När?\n- Var då?\n• Vem?", ["Hur gör man?", "När?", "Var då?", "Vem?"]),
        ("- Anna: När?\n- Bo: Hur?", ["När?", "Hur?"]),
    ],
)  # fmt: skip
def test_names_and_marks_go(text: str, words: list[str]) -> None:
    assert copied.messages(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Fråga: hur gör man?", "Fråga: hur?\nFråga: när?", "Obs: kort om tid\nTips: fråga Sveg", "Anna: När?",
        "Anna: När?\nHur går det?\nOch sedan?", "Kommer bussen 12:31", "12:31 går bussen, eller hur?",
        "Kommer bussen 12:31\nHur går det?", "Anna Andersson 12:31", "12 procent: vad är det?\n5 procent: och det?",
        "https://a.example/x: vad är det?\nhttps://b.example: och det?", "2,5 miljoner?", "de: när?\naf: hur?",
        "Om vi söker nu: när får vi svar?\nOm vi väntar: får vi det då?", "Vad menas med: plan?\nOch med: riktning?",
    ],
)  # fmt: skip
def test_what_is_not_clearly_a_name_stays(text: str) -> None:
    assert copied.messages(text) == text.split("\n")


@given(st.lists(st.from_regex(r"(\[?\d\d:\d\d\]? )?([A-ZÅa-zå -]{0,12}:? ?){0,3}(\d\d:\d\d)?", fullmatch=True))
       .map("\n".join) | st.text())  # fmt: skip
@example(f"A{' ' * 60_000}x")
@example(f"12:31{' ' * 60_000}:{' ' * 60_000}")
def test_nothing_is_made_up(text: str) -> None:
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    left = iter(lines)
    for words in copied.messages(text):
        assert words
        assert any(line.endswith(words) for line in left), "each is the end of a line, in the order they came"
