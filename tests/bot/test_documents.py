"""The documents of a result: read back with other people's readers, in both languages, whatever people wrote."""

import csv
import datetime as dt
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import icalendar
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.documents import calendar, table
from bot.documents.order import Item, Room, document
from bot.documents.pdf import pdf
from bot.documents.text import WIDTH, text
from dialogs.report import GivenAnswer, NextStep, Note, Report
from tests.bot.document_reports import (
    ALT,
    BICYCLE,
    DAY,
    EMPTY,
    ENGLISH,
    EVERYDAY,
    EXAMPLES,
    FULL,
    HOSTILE,
    MARKUP,
    texts,
)

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
LINK = "https://fraga.example.se/r/abc?x=1,2;3"
ACCESSIBLE = b"<pdfuaid:part>1<"
"""What a PDF says of itself when it is PDF/UA-1."""
WHOLE = [EVERYDAY, EMPTY, ENGLISH]
"""What two pages have room for."""


@cache
def made(name: str) -> bytes:
    """The PDF of an example, with the bicycle."""
    report = EXAMPLES[name]
    return pdf(report, texts(report.language), BICYCLE, ALT)


def read(written: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(written))


def catalogue(written: bytes) -> Any:
    """The root of a PDF: dictionaries and lists all the way down."""
    return read(written).trailer["/Root"]


def words(written: bytes) -> str:
    """The text of all pages, on one line."""
    return flat(" ".join(page.extract_text() for page in read(written).pages))


def flat(shown: str) -> str:
    return " ".join(shown.split())


def said(report: Report) -> list[str]:
    """Every piece of text that a document of a result holds, in order."""
    found = document(report, texts(report.language), Room())
    pieces = [found.title, *strings(found.facts), found.intro]
    pieces += [piece for row in found.rows for cell in row.cells for piece in (cell.text, cell.small)]
    for section in found.sections:
        pieces += [section.heading, *strings(section.items), *section.after]
    return [flat(piece) for piece in (*pieces, found.closing, found.foot) if piece]


def strings(items: tuple[Item, ...]) -> list[str]:
    return [piece for item in items for piece in (item.head, item.text, item.small, *item.marks)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_pdf_has_one_or_two_pages_of_a4(name: str) -> None:
    pages = read(made(name)).pages
    assert len(pages) in (1, 2)
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {(595, 842)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_pdf_can_be_listened_to(name: str) -> None:
    """Its language, its title, its structure with headings and table headers, and the picture in words."""
    report, file, root = EXAMPLES[name], read(made(name)), catalogue(made(name))
    assert root["/Lang"] == report.language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert file.metadata
    assert file.metadata.title == texts(report.language)("document.title", title=report.title)
    assert file.metadata.author is None
    tags = structure(root["/StructTreeRoot"])
    assert [each.get("/Alt") for each in tags if each["/S"] == "/Figure"] == [ALT]
    names = {str(each["/S"]) for each in tags}
    assert {"/Title", "/H1", "/Table", "/TH", "/TD"} <= names
    assert ACCESSIBLE in made(name)


def structure(tag: Any) -> list[Any]:
    """All structure elements below one."""
    below = tag.get("/K", [])
    each = [kid.get_object() for kid in (below if isinstance(below, list) else [below])]
    kids = [kid for kid in each if isinstance(kid, DictionaryObject) and "/S" in kid]
    return [*kids, *(found for kid in kids for found in structure(kid))]


@pytest.mark.parametrize("report", WHOLE)
def test_pdf_and_text_say_the_same_and_all_of_it(report: Report) -> None:
    written = text(report, texts(report.language))
    printed = words(pdf(report, texts(report.language)))
    for piece in said(report):
        assert piece.rstrip(".") in flat(written)
        assert piece in printed


def test_headings_come_in_the_same_order_in_the_pdf_and_in_the_text() -> None:
    headings = [section.heading for section in document(FULL, texts("sv"), Room()).sections]
    assert len(headings) == 7
    for whole in (words(made("full")), flat(text(FULL, texts("sv")))):
        places = [whole.index(heading) for heading in headings]
        assert places == sorted(places)


def test_what_two_pages_have_no_room_for_is_counted_and_stands_in_the_text() -> None:
    printed, written = words(made("full")), flat(text(FULL, texts("sv")))
    left = [gap for gap in FULL.gaps if gap.statement not in printed]
    assert left == list(FULL.gaps[-len(left) :])
    assert 0 < len(left) < len(FULL.gaps) - 4
    assert texts("sv")("document.more", count=len(left)) in printed
    assert all(gap.statement in written for gap in FULL.gaps)
    assert all(note.text in written for note in FULL.notes)
    assert FULL.closing in printed


def test_hostile_text_is_only_text() -> None:
    printed, written = words(made("hostile")), flat(text(HOSTILE, texts("sv")))
    for whole in (printed, written):
        assert whole.count(flat(MARKUP)) >= 2
    assert "[emoji]" in printed
    assert "👍🏽 👨‍👩‍👧 🚲 bra" in written
    assert "W" * 40 in printed
    assert all(len(line) <= WIDTH for line in text(HOSTILE, texts("sv")).splitlines())


def test_nothing_runs_out_of_the_page() -> None:
    right: list[float] = []

    def seen(piece: str, matrix: list[float], place: list[float], *_: object) -> None:
        if piece.strip():
            right.append(place[4] * matrix[0] + matrix[4])

    for page in read(made("hostile")).pages:
        page.extract_text(visitor_text=seen)
    assert 400 < max(right) < 595 - 19 / 25.4 * 72


def test_an_emoji_keeps_the_pdf_accessible_and_a_script_without_letters_keeps_it_a_pdf() -> None:
    for note, accessible in (("Bra 👍", True), ("日本", False)):
        written = pdf(replace(EVERYDAY, notes=(Note("Om", note),)), texts("sv"))
        assert (ACCESSIBLE in written) == accessible
        assert catalogue(written)["/MarkInfo"]["/Marked"]


def test_without_a_picture_there_is_none() -> None:
    tags = structure(catalogue(pdf(EVERYDAY, texts("sv")))["/StructTreeRoot"])
    assert not [each for each in tags if each["/S"] == "/Figure"]


def test_the_same_result_is_the_same_file_also_from_several_threads() -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: pdf(EVERYDAY, texts("sv"), BICYCLE, ALT), range(8)))
    assert set(found) == {made("everyday")}


def test_what_is_not_decided_has_a_line_to_write_on() -> None:
    written = text(EMPTY, texts("sv"))
    for name in ("fact.place", "step.what", "step.who", "step.due", "open"):
        assert re.search(rf"{texts('sv')(f'document.{name}')}: _{{20,}}", written)
    started = replace(EVERYDAY, step=NextStep("Ringa kommunen", "", None))
    assert re.search(r"Vad: Ringa kommunen\nVem: _+\nNär: _+\n", text(started, texts("sv")))


def test_how_it_was_made_is_told() -> None:
    one, many = text(EVERYDAY, texts("sv")), flat(text(FULL, texts("sv")))
    assert "inte Tillväxtverkets checklista" in one
    assert texts("sv")("document.made.one", day=DAY, version=1) in one
    assert texts("sv")("document.made.many", count=14, day=DAY, version=1) in many
    assert texts("sv")("document.made.points") in many


def test_warning_lights_are_told_of_only_where_they_were_asked_for() -> None:
    heading, none = texts("sv")("document.lights"), texts("sv")("document.lights.none")
    assert heading not in text(EVERYDAY, texts("sv"))
    dark = replace(EVERYDAY, answers=(GivenAnswer("hinder-en-o", "", "En ö.", "nej", "Nej", ""),))
    assert none in text(dark, texts("sv"))
    shining = text(FULL, texts("sv"))
    assert none not in shining
    assert texts("sv")("document.lights.unknown", count=2) in shining


def test_no_gaps_is_good_news_only_when_something_was_answered() -> None:
    none = texts("sv")("document.gaps.none")
    assert none in text(replace(EVERYDAY, gaps=()), texts("sv"))
    assert none not in text(EMPTY, texts("sv"))


def test_the_answers_open_in_a_spreadsheet_and_nothing_is_calculated() -> None:
    starts = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")
    answers = tuple(replace(EVERYDAY.answers[0], statement=f"s{i}", note=note) for i, note in enumerate(starts))
    answers += (GivenAnswer("hinder-en-o", "", "En; ö", "ja", "Ja", 'Sa "nej"\nsen; ja'),)
    written = table.csv(replace(EVERYDAY, answers=answers), texts("sv"))
    assert written.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
    assert head == ["Datum", "Nivå", "Läge", "Faktor", "Id", "Påstående", "Svar", "Anteckning"]
    assert [row[-1] for row in rows[:-1]] == [f"'{start}" for start in starts]
    assert rows[-1] == [
        "2026-11-23", EVERYDAY.level, EVERYDAY.purpose, "Varningslampor", "hinder-en-o", "En; ö", "Ja",
        'Sa "nej"\nsen; ja',
    ]  # fmt: skip
    assert rows[0][3] == "Samverkan"


def test_the_whole_result_loads_in_another_program() -> None:
    found = json.loads(table.json(HOSTILE))
    assert (found["day"], found["step"]["due"], found["people"]) == ("2026-11-23", "2026-12-07", 14)
    assert [note["text"] for note in found["notes"]] == [note.text for note in HOSTILE.notes]
    assert len(found["parts"]) == 5


def read_event(written: bytes) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


@pytest.mark.parametrize("report", EXAMPLES.values())
def test_the_next_step_is_a_day_in_a_calendar(report: Report) -> None:
    says, due = texts(report.language), dt.date(2026, 12, 7)
    written = calendar.ics(report, says, due, NOW, LINK)
    event = read_event(written)
    assert event["SUMMARY"] == (flat(report.step.what) if report.step else says("document.calendar.none"))
    assert event.decoded("DTSTART") == due
    assert event.decoded("DTSTAMP") == NOW
    assert event["URL"] == LINK
    lines = str(event["DESCRIPTION"]).split("\n")
    assert lines[0] == says("document.calendar.about", title=report.title, day=report.day)
    assert lines[-1] == LINK
    assert (not report.step) or says("document.calendar.who", who=report.step.who) in lines
    (alarm,) = event.walk("VALARM")
    assert (alarm["ACTION"], alarm.decoded("TRIGGER")) == ("DISPLAY", dt.timedelta(hours=-15))


def test_a_calendar_file_has_short_lines_that_end_as_they_should() -> None:
    written = calendar.ics(HOSTILE, texts("sv"), DAY, NOW, LINK)
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert written.count(b"\n") == written.count(b"\r\n")
    for line in written.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


def test_the_same_run_is_the_same_event_and_its_id_is_not_told() -> None:
    first = calendar.ics(EVERYDAY, texts("sv"), DAY, NOW)
    again = calendar.ics(replace(EVERYDAY, step=None), texts("sv"), DAY, NOW + dt.timedelta(days=1))
    other = calendar.ics(replace(EVERYDAY, run="r-2"), texts("sv"), DAY, NOW)
    ids = [read_event(each)["UID"] for each in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert EVERYDAY.run.encode() not in first
    assert "URL" not in read_event(first)


def test_nobody_can_put_another_event_into_the_calendar() -> None:
    nasty = "Möte\r\nEND:VEVENT\nBEGIN:VEVENT;x,y\\n"
    written = calendar.ics(
        replace(EVERYDAY, step=NextStep(nasty, nasty, None)), texts("sv"), DAY, NOW, f"{LINK}\r\nX:1"
    )
    assert read_event(written)["SUMMARY"] == flat(nasty)
    assert b"\r\nX:1" not in written
