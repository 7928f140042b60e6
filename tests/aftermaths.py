"""A webinar after it: forty-seven ordinary questions, a few hostile ones, and none at all; votes and feedback."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from dialogs.aftermath import Voices
from dialogs.definitions import FeedbackQuestion, Poll
from dialogs.records import PollRun, Question
from tests.polls import every_kind
from tests.talk import WEBINAR, shipped_content

SWEDEN = ZoneInfo("Europe/Stockholm")
BEGAN = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SWEDEN)
NAME = "Berit Zanzibar"
WORDS = (
    "Hur får vi med kommunen?",
    "Finns det exempel på byar som driver butiken själva, och hur har de löst bemanningen på vintern?",
    "Kan man få servicebidrag till en obemannad butik?",
    "Vi är tolv hushåll och närmaste mack ligger sex mil bort. Kan byalaget driva en station, och vem äger tankarna?",
    "Vad händer när den som eldar för allt slutar?",
    "Vilka krav ställs på bokslutet för driftstöd?",
)
ANSWERS = (
    "Bjud in den som har servicefrågorna, med en enda fråga på bordet.\nTa med siffror: hur många handlar hos er?",
    "Ja. Regionen avgör, och en obemannad butik räknas om den säljer dagligvaror året runt.",
    "Det beror på avtalet med leverantören. Be att få se ett exempel innan ni skriver på.",
)
HOSTILE_TEXTS = (
    '#panic("x") *stjärnor* _understreck_ `kod` $x^2$ <etikett> @ref \\ // slut /* slut */ = Rubrik',
    '=HYPERLINK("http://illvilja.example";"Klicka")',
    "+46 70", "-1+1", "@SUM(A1)", "\tTabb", "\rRetur", "|cmd' /C calc'!A0", "＝1+1", " =1+1",
    "=cmd|' /C calc'!A0", "\n=1+1", "\x00=1+1", "\xa0@SUM(A1)", '"=1+1"', "﹦1+1", "﹢1", "﹣1", "﹫SUM(A1)", "｜cmd",
    "\x00noll\x07klocka",
    "שלום עולם, מה שלומך?", "مرحبا", "🎉🚲 fest", "x" * 300, "<script>alert(1)</script>", '";"citat"";\n;ny rad',
)  # fmt: skip
"""What spreadsheets, typesetting and browsers could read as something else than words."""


def question(number: int, state: str = "answered", **more: Any) -> Question:
    """A question asked in the webinar; with a name, which no report may ever show."""
    given = {"text": f"Fråga nummer {number}?", "asked": BEGAN + dt.timedelta(seconds=55 * number), **more}
    return Question(number=number, language="sv", webinar=WEBINAR, state=state, version=2, name=NAME,
                    **given)  # fmt: skip


def ordinary() -> list[Question]:
    """31 in the broadcast, 9 in writing, 4 taken together, 3 declined; and some that are no questions."""
    words, answers = cycle(WORDS), cycle(ANSWERS)
    spoken = [
        question(number, reason="spoken", answer="Din fråga besvarades i sändningen.", mark=f"12.{number + 10}",
                 votes=number % 4)
        for number in range(1, 32)
    ]  # fmt: skip
    written = [question(number, answer=next(answers)) for number in range(32, 41)]
    joined = [question(number, lead=1 if number < 43 else 33, reason="spoken") for number in range(41, 45)]
    reasons = (("off_topic", ""), ("personal", ""), ("Vi svarar inte för Skatteverket.", ""))
    declined = [
        question(45 + place, "declined", reason=reason, answer=reason) for place, (reason, _) in enumerate(reasons)
    ]
    asked = [*spoken, *written, *joined, *declined]
    trouble = [question(number, "new", kind="trouble", text="Ljudet är borta!") for number in (48, 49)]
    comment = question(50, "approved", kind="comment", text="Vilken bra sändning!")
    return [replace(each, text=text) for each, text in zip(asked, islice(words, len(asked)), strict=True)] + [
        *trouble, comment,
    ]  # fmt: skip


def hostile() -> list[Question]:
    """Odd words in every place where words can stand."""
    states = ("answered", "declined", "later")
    return [
        question(number, states[number % 3], text=text, answer=text, mark=text[:20] if number % 6 == 0 else None,
                 reason=text if number % 3 == 1 else None, votes=3)
        for number, text in enumerate(HOSTILE_TEXTS, 1)
    ]  # fmt: skip


def run(counts: Mapping[str, Mapping[str, int]], state: str = "closed", **more: Any) -> PollRun:
    """A round of the poll with every kind of question. Under "" stands how many have answered."""
    given: dict[str, Any] = {"number": 1, "definition": every_kind(), **more}
    poll: Poll = given["definition"]
    return PollRun(7, WEBINAR, poll.id, edition=poll.edition, state=state, counts=counts, **given)


def rated(*ratings: str, written: tuple[str, ...] = ()) -> tuple[tuple[FeedbackQuestion, tuple[str, ...]], ...]:
    """The feedback: ratings from 1 to 5, and words to the question after."""
    rating, words, *_ = shipped_content().feedback
    return (rating, ratings), (words, written)


def voices() -> Voices:
    """A poll held twice, one held in Zoom, and feedback from six."""
    first = {
        "ett": {"": 8, "ja": 6, "nej": 2}, "flera": {"": 6, "butik": 6, "mack": 1}, "skala": {"": 4, "1": 1, "3": 3},
        "ord": {"": 4, "kaffe": 3, "zanzibar": 1}, "fritt": {"": 2},
    }  # fmt: skip
    again = run({"ett": {"": 3, "ja": 3}}, number=2)
    zoom = [
        ("Start", "Hör ni mig?", "Ja", 17),
        ("Start", "Hör ni mig?", f"Ja, {NAME}", 1),
        ("Start", "Ser ni?", "Nej", 4),
    ]
    written = ("Fikat", f"Att {NAME} var med")
    shown = {"fritt": ("Vi körde varorna i båt.",)}
    return Voices(
        (run(first, released=shown), again), tuple(zoom), rated("1", "4", "4", "5", "5", "5", written=written)
    )
