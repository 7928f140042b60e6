"""The report of a webinar, read back with somebody else's reader: numbers, words, tags, and never a name."""

import dataclasses
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader

from bot.documents.votes import Chart, Part
from bot.documents.webinar import MOST_PAGES, Occasion, pdf, publication
from dialogs.aftermath import SILENCE, Voices, aftermath
from dialogs.clean import visible
from dialogs.records import Question
from tests.aftermaths import BEGAN, HOSTILE_TEXTS, NAME, SWEDEN, hostile, ordinary, question, rated, run, voices
from tests.polls import every_kind
from tests.talk import WEBINAR, shipped_content

ACCESSIBLE = b"<pdfuaid:part>1<"
OF = Occasion(shipped_content().webinars[WEBINAR], BEGAN.replace(day=28), "Exempelmyndigheten")
EXAMPLES = {
    "ordinary": ordinary(), "hostile": hostile(), "none": [], "one": [question(1, "new", text="Zanzibar?")],
    "voted": ordinary(),
}  # fmt: skip


def texts(language: str) -> Any:
    return shipped_content().texts[language]


@cache
def made(name: str, language: str = "sv") -> bytes:
    heard = voices() if name == "voted" else SILENCE
    return pdf(aftermath(EXAMPLES[name], SWEDEN, heard), OF, texts(language))


def words(written: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(written)).pages).split())


def said(questions: Sequence[Question], language: str = "sv", room: int | None = None) -> str:
    """Everything in the report, as strings."""
    return repr(publication(aftermath(questions, SWEDEN), OF, texts(language), room))


def test_the_numbers_stand_in_one_sentence() -> None:
    assert "47 frågor: 31 i sändning, 9 skriftligt, 4 sammanförda, 3 avböjda." in words(made("ordinary"))
    english = "47 questions: 31 in the broadcast, 9 in writing, 4 taken together, 3 declined."
    assert english in words(made("ordinary", "en"))
    assert "1 fråga: 1 utan svar än." in words(made("one"))
    assert "Inga frågor ställdes." in words(made("none"))
    one_of_each = [question(1, "declined"), question(2, "withdrawn"), question(3), question(4, lead=3)]
    assert "4 frågor: 1 skriftligt, 1 sammanförd, 1 avböjd, 1 tillbakatagen." in said(one_of_each)


def test_every_question_stands_with_what_became_of_it() -> None:
    told = words(made("ordinary"))
    assert "F-2 svar 12.12" in told
    assert "Sammanförd, F-41" in told
    assert "Skäl: Frågan ligger utanför det vi kan svara på." in told
    assert "Skäl: Vi svarar inte för Skatteverket." in told
    assert "en obemannad butik räknas om den säljer dagligvaror" in told
    assert "teknikstrul 2" in told
    assert "Ljudet är borta" not in told


def test_nobody_is_named() -> None:
    for name in EXAMPLES:
        assert NAME not in words(made(name))
        assert NAME.encode() not in made(name)


def test_a_question_declined_as_personal_is_not_shown_and_neither_are_those_with_it() -> None:
    asked = [question(1, "declined", reason="personal", text="Zanzibar?"), question(2, lead=1, text="Sansibar?")]
    assert "Zanzibar" not in said(asked)
    assert "Sansibar" not in said(asked)
    assert texts("sv")("document.webinar.withheld") in said(asked)


@pytest.mark.parametrize("state", ["new", "asked", "withdrawn"])
def test_what_no_moderator_has_let_through_is_counted_and_not_shown(state: str) -> None:
    told = said([question(1, state, text="Zanzibar?")])
    assert "Zanzibar" not in told
    assert "1 fråga: " in told


def test_words_of_a_moderator_stand_in_place_of_the_askers() -> None:
    told = said([question(1, answer="Ja.", text="Zanzibar?", wording="Får man ta båten?")])
    assert "Får man ta båten?" in told
    assert "Zanzibar" not in told


@pytest.mark.parametrize("name", ["ordinary", "none", "one", "voted"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_is_tagged_for_those_who_listen_to_it(name: str, language: str) -> None:
    reader = PdfReader(io.BytesIO(made(name, language)))
    root: Any = reader.trailer["/Root"]
    assert ACCESSIBLE in made(name, language)
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    assert reader.metadata
    assert OF.webinar.title[language] in str(reader.metadata.title)


def test_the_chart_over_time_is_told_in_words() -> None:
    assert b"/Alt" in made("ordinary")
    found = publication(aftermath(ordinary(), SWEDEN), OF, texts("sv"))
    assert found.time_alt == (
        "Stapeldiagram över 47 frågor från 12.00 till 12.40. Flest på en gång, 6, kom 12.10."
    )  # fmt: skip


def test_an_ordinary_report_has_two_to_six_pages() -> None:
    assert 2 <= len(PdfReader(io.BytesIO(made("ordinary"))).pages) <= MOST_PAGES


def test_long_answers_are_cut_and_that_is_told() -> None:
    long = [replace(each, answer="Ett långt svar. " * 180) for each in EXAMPLES["ordinary"]]
    written = pdf(aftermath(long, SWEDEN), OF, texts("sv"))
    assert len(PdfReader(io.BytesIO(written)).pages) <= MOST_PAGES
    assert texts("sv")("document.webinar.made.cut") in words(written)
    assert texts("sv")("document.webinar.made.cut") not in words(made("ordinary"))


def test_very_many_questions_are_all_there() -> None:
    many = [question(number, reason="spoken") for number in range(1, 401)]
    written = pdf(aftermath(many, SWEDEN), OF, texts("sv"))
    assert all(f"Fråga nummer {number}?" in words(written) for number in (1, 200, 400))


def test_hostile_words_are_words() -> None:
    told = words(made("hostile"))
    assert "#panic(" in told
    assert "<script>alert(1)</script>" in told
    assert "$x^2$" in told
    assert "noll" in told
    pieces = said(hostile())
    for text in HOSTILE_TEXTS:
        assert repr(" ".join(visible(text).split()))[1:-1] in pieces, text
    found = publication(aftermath(hostile(), SWEDEN), OF, texts("sv"))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", "".join(strings(dataclasses.astuple(found))))


def strings(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else [
        each for value in values if not isinstance(value, int) for each in strings(value)
    ]  # fmt: skip


# Votes and feedback


def parts(heard: Voices, language: str = "sv") -> list[Part]:
    """What the report says of them, chapter after chapter."""
    chapters = publication(aftermath([], SWEDEN, heard), OF, texts(language)).chapters
    return [part for chapter in chapters for part in chapter.parts]


def told(chart: Chart) -> dict[str, str]:
    return {row.label: row.shown for row in chart.rows}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_each_question_of_each_round_has_its_bars_with_words_and_numbers(language: str) -> None:
    first, again, *_ = parts(voices(), language)
    one, several, scale, cloud, written = first.charts
    question = every_kind().questions[0]
    assert one.heading == question.wording[language]
    assert told(one) == {
        question.options[0].label[language]: "6 (75 %)",
        question.options[1].label[language]: "2 (25 %)",
    }
    assert [(row.count, row.shown) for row in several.rows] == [(6, "6 (100 %)"), (1, "1 (17 %)"), (0, "0 (0 %)")]
    mean = {"sv": "2,5", "en": "2.5"}[language]
    assert scale.below == (texts(language)("poll.voters", count=4), texts(language)("poll.mean", mean=mean))
    assert told(cloud) == {"kaffe": "3 (75 %)"}
    assert written.quotes == ("Vi körde varorna i båt.",)
    assert [row.count for row in again.charts[0].rows] == [3, 0]
    assert not again.charts[1].rows
    assert again.charts[1].below == (texts(language)("poll.voters", count=0),)
    assert [part.small for part in (first, again)] == [
        texts(language)("document.webinar.round", number=n) for n in (1, 2)
    ]


def test_the_same_stands_in_the_pdf_as_words() -> None:
    read = words(made("voted"))
    for shown in (
        "Butik? Svar Antal Ja 6 (75 %) Nej 2 (25 %)",
        "Har röstat: 8",
        "Hör ni mig? Svar Antal Ja 17",
        "5 3 (50 %)",
    ):
        assert shown in read
    for key in ("polls", "polls_none", "feedback", "feedback_none"):
        assert (texts("sv")(f"document.webinar.{key}") in read) == (not key.endswith("none")), key


def test_a_poll_that_is_open_shows_no_votes_yet() -> None:
    (still,) = parts(Voices((run({"ett": {"": 8, "ja": 8}}, state="open"),)))
    assert (still.heading, still.charts) == (every_kind().title["sv"], ())
    assert still.small == texts("sv")("document.webinar.poll_open")


def test_a_poll_held_elsewhere_says_so_and_what_only_one_has_answered_is_nobodys_to_read() -> None:
    zoom = next(part for part in parts(voices()) if part.heading == "Start")
    assert zoom.small == texts("sv")("document.webinar.elsewhere")
    heard, seen = zoom.charts
    assert (heard.heading, told(heard)) == ("Hör ni mig?", {"Ja": "17"})
    assert heard.below == (texts("sv")("document.webinar.alone", count=1),)
    assert (told(seen), seen.below) == ({"Nej": "4"}, ())


def test_feedback_is_ratings_and_how_many_have_written() -> None:
    *_, ratings, written = parts(voices())
    assert [row.count for row in ratings.charts[0].rows] == [1, 0, 0, 2, 3]
    assert ratings.charts[0].below == (texts("sv")("page.feedback_rating", mean="4,0", count=6),)
    assert written.charts == (Chart("", (), (), (texts("sv")("document.webinar.own_words", count=2),)),)
    assert "Fikat" not in words(made("voted"))


def test_ratings_of_few_are_only_counted() -> None:
    for few, bars in ((4, 0), (5, 5)):
        (ratings,) = parts(Voices(feedback=rated(*["5"] * few)))
        assert len(ratings.charts[0].rows) == bars
        assert str(few) in ratings.charts[0].below[0]


def test_that_there_was_no_poll_and_no_feedback_is_said() -> None:
    for key in ("polls_none", "feedback_none"):
        assert texts("sv")(f"document.webinar.{key}") in words(made("none"))
    found = publication(aftermath([], SWEDEN, Voices(feedback=rated())), OF, texts("sv"))
    assert not found.chapters


def test_hostile_words_in_polls_are_words() -> None:
    zoom = tuple((text, text, text, 2) for text in HOSTILE_TEXTS)
    heard = Voices((run({"fritt": {"": 2}}, released={"fritt": HOSTILE_TEXTS}),), zoom)
    found = aftermath([], SWEDEN, heard)
    read = words(pdf(found, OF, texts("sv")))
    assert read.count("#panic(") == 4
    assert read.count("<script>alert(1)</script>") == 4
    said = publication(found, OF, texts("sv"))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", "".join(strings(dataclasses.astuple(said))))


def test_many_votes_shorten_no_question() -> None:
    heard = Voices(tuple(run({"ett": {"": 9, "ja": 9}}, number=number) for number in range(1, 21)))
    written = pdf(aftermath(EXAMPLES["ordinary"], SWEDEN, heard), OF, texts("sv"))
    assert len(PdfReader(io.BytesIO(written)).pages) > MOST_PAGES
    assert texts("sv")("document.webinar.made.cut") not in words(written)
