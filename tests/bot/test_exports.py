"""What is taken out as tables, read back with other people's readers: whole, without names, and never a formula."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.sheets import WRITERS, Style
from bot.documents.table import harmless
from bot.exporting import EXPORTERS, FORMATS, Column, Exporter, Table, Wanted, table
from bot.store.rows import stamp
from bot.store.sqlite import looking
from bot.store.tx import Tx
from dialogs.queue import STATES
from dialogs.records import WHATS, Run, Vote
from tests.aftermaths import BEGAN, HOSTILE_TEXTS, NAME
from tests.content import SHORT_WALK
from tests.talk import shipped_content
from tests.web import UNKNOWN, WEBINAR, Web, choices, running_web

DANGEROUS = ("=", "+", "-", "@", "|", "\t", "\r", "\n", *"＝＋－＠｜﹦﹢﹣﹫")


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A service that runs while its database is read, with three questions in it."""
    async with running_web(tmp_path) as found:
        now = found.clock()
        asked = ((UNKNOWN, WEBINAR), ("I brevlådan?", None), ("Kan båten gå?", WEBINAR))

        def ask(tx: Tx) -> None:
            for text, webinar in asked:
                tx.ask(None, 0, text, "sv", webinar, (), now, name=NAME)

        await found.service.store.write(ask)
        moderator = await found.moderator()
        await moderator.decide(3, act="note", note="Ring Berit Zanzibar")
        await moderator.decide(3, act="join", into="F-1")
        await moderator.decide(1, answer="Tusen kronor.")
        yield found


def rows(web: Web, what: str, **wanted: Any) -> list[dict[str, Any]]:
    """The table, through JSON lines."""
    return [json.loads(line) for line in written(web, what, "jsonl", **wanted).decode().splitlines()]


def written(web: Web, what: str, form: str, *, excel: bool = False, **wanted: Any) -> bytes:
    content = web.service.library.content
    with looking(web.service.settings.database) as tx:
        found = table(EXPORTERS[what], tx, Wanted(content, "sv", **wanted))
    return WRITERS[form](found, Style(content.texts["sv"], excel))


async def test_questions_come_with_what_became_of_them(web: Web) -> None:
    first, letterbox, joined = rows(web, "questions")
    assert (first["code"], first["state"], first["outcome"], first["answer"]) == (
        "F-1", "answered", "written", "Tusen kronor.",
    )  # fmt: skip
    assert first["asked"] == "2026-11-23T12:00:00+01:00"
    assert (letterbox["webinar"], letterbox["outcome"]) == (None, "open")
    assert (joined["joined"], joined["outcome"]) == ("F-1", "joined")
    assert [each["code"] for each in rows(web, "questions", webinar=WEBINAR)] == ["F-1", "F-3"]


@pytest.mark.parametrize("what", EXPORTERS)
@pytest.mark.parametrize("form", FORMATS)
async def test_names_come_only_when_asked_for(web: Web, what: str, form: str) -> None:
    def seen(**wanted: Any) -> str:
        found = written(web, what, form, **wanted)
        if form != "xlsx":
            return found.decode()
        return repr([list(row) for row in openpyxl.load_workbook(io.BytesIO(found)).worksheets[0].values])

    assert "Zanzibar" not in seen()
    assert ("Zanzibar" in seen(names=True)) == (what in ("questions", "ledger"))


async def test_the_ledger_tells_everything_that_happened_and_who_in_what_role(web: Web) -> None:
    lines = [each for each in rows(web, "ledger") if each["code"] == "F-3"]
    assert [(each["version"], each["what"], each["by"], each["text"]) for each in lines] == [
        (1, "state", "asker", None), (2, "note", "moderator", None), (3, "joined", "moderator", "F-1"),
        (4, "state", "moderator", "Tusen kronor."),
    ]  # fmt: skip
    named = [each for each in rows(web, "ledger", names=True) if each["what"] == "note"]
    assert named[0]["text"] == "Ring Berit Zanzibar"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_whatever_a_ledger_holds_is_said_in_words(language: str) -> None:
    columns = tuple(each for each in EXPORTERS["ledger"].columns if each.name in ("by", "what", "state"))
    every = tuple(("lecturer", what, state) for what in WHATS for state in STATES)
    read = WRITERS["csv"](Table(columns, every), Style(shipped_content().texts[language])).decode()
    assert not [what for what in ("let_in", "withdrawn", "joined,", "{") if what in read]


async def test_reading_changes_nothing(web: Web) -> None:
    before = await web.rows()
    for what in EXPORTERS:
        written(web, what, "csv")
    assert await web.rows() == before
    with looking(web.service.settings.database) as tx, pytest.raises(Exception, match=r"readonly|read-only"):
        tx.set_phase(WEBINAR, "open", web.clock())


async def test_what_the_service_writes_meanwhile_is_seen_the_next_time(web: Web) -> None:
    with looking(web.service.settings.database) as tx:
        assert len(tx.questions_in(None)) == 3
        now = web.clock()
        await web.service.store.write(lambda other: other.ask(None, 0, "Ny?", "sv", None, (), now))
        assert len(tx.questions_in(None)) == 3
    assert len(rows(web, "questions")) == 4


async def walked(web: Web) -> str:
    """A short walk with one answer and a note that names somebody; the person's id."""
    anna = web.person()
    for each in ("checklist", *SHORT_WALK):
        messages = await anna.choose(each)
    messages = await anna.choose(next(each for each in choices(messages) if each.endswith(":nej")))
    await anna.choose(next(each for each in choices(messages) if each.startswith("note")))
    await anna.say("Fråga Berit Zanzibar")
    return str(next(row[1] for row in (await web.rows())["run"]))


async def test_a_checklist_is_its_answers_and_nobodys(web: Web) -> None:
    person = await walked(web)
    (run,) = {row[0] for row in (await web.rows())["run"]}
    (answer,) = [each for each in rows(web, "checklists") if each["answer"]]
    assert (answer["run"], answer["level"], answer["purpose"], answer["answer"]) == (1, "lokal", "start", "nej")
    definition = shipped_content().checklists["fem-faktorer"]
    assert answer["wording"] == definition.statement_by_id[answer["statement"]].wording["start"]["sv"]
    for names in (False, True):
        everything = written(web, "checklists", "jsonl", names=names).decode()
        assert person not in everything
        assert run not in everything
        assert ("Zanzibar" in everything) == names


async def test_one_persons_answers_in_a_round_are_never_taken_out(web: Web) -> None:
    def run(name: str, *, round_: str | None = None, joint: bool = False) -> Run:
        return Run(name, "fem-faktorer", 1, "x", "lokal", "start", "short", BEGAN, round=round_, joint=joint)

    def walk(tx: Any) -> None:
        tx.db.execute("INSERT INTO person VALUES ('ann', ?, ?, NULL)", (stamp(BEGAN), stamp(BEGAN)))
        runs = (run("own"), run("in-round", round_="R-1"), run("joint", round_="R-2", joint=True), run("left"))
        for number, each in enumerate(runs):
            tx.start_run("ann", each, "")
            tx.give(each.id, f"s{number}", BEGAN, BEGAN, answer="ja")
        tx.db.execute("UPDATE run SET counted_in = 'R-1' WHERE id = 'left'")

    await web.service.store.write(walk)
    assert {each["statement"] for each in rows(web, "checklists")} == {"s0", "s2"}


# What people write is text, whatever reads it

HOSTILE = Table((Column("code"), Column("text"), Column("votes")),
                tuple((f"F-{number}", text, number) for number, text in enumerate(HOSTILE_TEXTS)))  # fmt: skip


def style(*, excel: bool = False) -> Style:
    return Style(shipped_content().texts["sv"], excel)


@pytest.mark.parametrize("excel", [False, True])
def test_no_cell_of_a_csv_is_a_formula(excel: bool) -> None:
    written = WRITERS["csv"](HOSTILE, style(excel=excel))
    assert written.startswith(b"\xef\xbb\xbf") == excel
    assert b"\0" not in written
    read = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=";" if excel else ","))
    assert read[0] == ["Kod", "Text", "Undrar också"]
    assert len(read) == len(HOSTILE_TEXTS) + 1
    for code, text, votes in read[1:]:
        assert not text.lstrip(" ").startswith(DANGEROUS), text
        original = HOSTILE_TEXTS[int(votes)]
        assert text.removeprefix("'") == original.replace("\0", "").replace("\x07", ""), code


def test_every_cell_of_a_workbook_is_what_it_is() -> None:
    book = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](HOSTILE, style())))
    page: Any = book.worksheets[0]
    for number, (_, text, votes) in enumerate(page.iter_rows(min_row=2)):
        assert (text.data_type, votes.data_type) == ("s", "n")
        assert (votes.value, text.hyperlink) == (number, None)
        expected = HOSTILE_TEXTS[number].replace("\0", "").replace("\x07", "")
        assert text.value.replace("\r", "").replace("_x000D_", "") == expected.replace("\r", "")
    assert page.freeze_panes == "A2"


def test_a_long_text_goes_into_a_workbook_as_far_as_there_is_room() -> None:
    long = Table((Column("text"),), (("å" * 100_000,), ("\u202eהלו",)))
    page: Any = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](long, style()))).worksheets[0]
    assert (len(page["A2"].value), page["A3"].value) == (32_767, "\u202eהלו")


def test_json_lines_keep_every_letter() -> None:
    lines = WRITERS["jsonl"](HOSTILE, style()).decode().split("\n")
    assert [json.loads(line)["text"] for line in lines if line] == list(HOSTILE_TEXTS)


@given(st.text())
def test_no_text_is_a_formula_once_it_is_harmless(words: str) -> None:
    shown = harmless(words)
    assert not shown.lstrip().startswith(DANGEROUS)
    assert not shown.startswith(DANGEROUS)


def test_moments_and_nothing_at_all_are_written() -> None:
    one = Table((Column("at"), Column("state", "page.state.")), ((dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC), None),))
    assert WRITERS["csv"](one, style()).decode().splitlines()[1] == "2026-07-01 12:00:00,"
    assert json.loads(WRITERS["jsonl"](one, style())) == {"at": "2026-07-01T12:00:00+02:00", "state": None}


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_table_has_its_heading(form: str) -> None:
    empty = Table((Column("code"), Column("new one")), ())
    written = WRITERS[form](empty, style())
    assert form == "jsonl" or written
    assert form != "csv" or written.decode() == "Kod,new one\r\n"


def test_another_table_is_added_in_one_line() -> None:
    exporter = Exporter((Column("answer"),), lambda _tx, _wanted: iter([("ja", "Berit")]), named=(Column("name"),))
    wanted = Wanted(shipped_content(), "sv")
    nothing: Any = None
    assert table(exporter, nothing, wanted).rows == (("ja",),)
    assert table(exporter, nothing, Wanted(shipped_content(), "sv", names=True)).rows == (("ja", "Berit"),)


async def hostile(web: Web) -> None:
    """Somebody has written what a spreadsheet could calculate, wherever anything can be written."""
    now, poll = web.clock(), shipped_content().polls["landet-lar-47-inledning"]

    def work(tx: Tx) -> None:
        run = tx.draft_poll(WEBINAR, poll.id, now)
        assert tx.open_poll(run, "earlier", SPICES, now)
        walk = Run("run", "fem-faktorer", 1, "x", "lokal", "start", "short", now)
        tx.create_person("p", "web", "p", now)
        tx.start_run("p", walk, "")
        for place, text in enumerate(HOSTILE_TEXTS):
            tx.create_person(f"p{place}", "web", f"p{place}", now)
            number = tx.ask(f"p{place}", None, text, "sv", WEBINAR, (), now, name=text)
            tx.amend(number, 1, text, "wording", text, now)
            tx.amend(number, 2, text, "note", text, now)
            tx.decide(number, 3, "answered", text, now, text=text, reason=text, mark=text)
            assert tx.vote(f"p{place}", Vote(run, "egen", (), text), now)
            tx.give_feedback(f"p{place}", WEBINAR, "bra", text, now)
            tx.give("run", f"s{place}", now, now, note=text)
        tx.replace_polls(WEBINAR, [(text, text, text, 2) for text in HOSTILE_TEXTS], now)

    await web.service.store.write(work)


@pytest.mark.parametrize("what", EXPORTERS)
async def test_whatever_is_taken_out_has_no_formula_in_it(web: Web, what: str) -> None:
    """(S11) Also where names and notes come along."""
    await hostile(web)
    least = len(HOSTILE_TEXTS)
    for excel in (False, True):
        text = written(web, what, "csv", excel=excel, names=True).decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=";" if excel else ",")
        cells = [cell for line in lines for cell in line]
        assert sum(cell.startswith("'") for cell in cells) > least // 2
        assert [cell for cell in cells if cell.lstrip().startswith(DANGEROUS)] == []
    book = written(web, what, "xlsx", names=True)
    page: Any = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    kinds = Counter(cell.data_type for row in page.iter_rows() for cell in row)
    assert kinds.keys() <= {"s", "n"}
    assert kinds["s"] > least
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not re.search(rb"<f[ >]|<hyperlink|ddeLink", b"".join(parts.read(name) for name in parts.namelist()))


# Polls and feedback

SPICES = "\n".join(
    (
        "id: landet-lar-47-inledning", "webinar: landet-lar-47", 'title: {sv: "Kryddor", en: "Spices"}',
        "results: open", "telegram: buttons", "questions:", "  - id: egen", "    kind: text",
        '    wording: {sv: "Vilken krydda saknas i butiken?", en: "Which spice is not in the shop?"}',
    )
)  # fmt: skip
"""Words of a poll that a curator has changed since: they are kept with the run that was voted in."""


async def polled(web: Web) -> None:
    """Three people have voted in a poll, one has written in another, and one was held in Zoom."""
    now, poll = web.clock(), shipped_content().polls["landet-lar-47-inledning"]

    def work(tx: Tx) -> None:
        run = tx.draft_poll(WEBINAR, poll.id, now)
        assert tx.open_poll(run, poll.edition, poll.source, now)
        for number, place in enumerate(("landsbygd", "landsbygd", "tatort")):
            tx.create_person(f"p{number}", "web", f"p{number}", now)
            assert tx.vote(f"p{number}", Vote(run, "plats", (place,), ""), now)
        assert tx.close_poll(run, now)
        again = tx.draft_poll(WEBINAR, poll.id, now)
        assert tx.open_poll(again, "earlier", SPICES, now)
        for person, text in (("p0", "Saffran"), ("p1", "Oregano")):
            assert tx.vote(person, Vote(again, "egen", (), text), now)
        assert tx.release(tx.written(again)[0].ballot, shown=True)
        tx.draft_poll(WEBINAR, "another", now)
        tx.replace_polls(WEBINAR, [("Start", "Hör ni mig?", "Ja", 7)], now)
        for person, mark in (("p0", "5"), ("p1", "4"), ("p2", "")):
            tx.give_feedback(person, WEBINAR, "betyg", mark, now)
        tx.give_feedback("p0", WEBINAR, "bra", "=Fikat", now)

    await web.service.store.write(work)


async def test_polls_come_with_every_option_and_the_words_that_were_voted_on(web: Web) -> None:
    await polled(web)
    found = rows(web, "polls")
    question = shipped_content().polls["landet-lar-47-inledning"].question_by_id["plats"]
    places = [each for each in found if each["question"] == "plats"]
    assert [(each["option"], each["answer"]) for each in places] == [
        (option.id, option.label["sv"]) for option in question.options
    ]
    assert {each["option"]: each["count"] for each in places if each["count"]} == {"landsbygd": 2, "tatort": 1}
    assert {(each["number"], each["state"], each["voters"], each["wording"]) for each in places} == {
        (1, "closed", 3, question.wording["sv"])
    }
    (own,) = [each for each in found if each["question"] == "egen"]
    assert (own["number"], own["state"], own["wording"], own["answer"], own["count"]) == (
        2, "open", "Vilken krydda saknas i butiken?", "Saffran", None,
    )  # fmt: skip
    (elsewhere,) = [each for each in found if each["source"] == "elsewhere"]
    assert (elsewhere["poll"], elsewhere["wording"], elsewhere["answer"], elsewhere["count"]) == (
        "Start", "Hör ni mig?", "Ja", 7,
    )  # fmt: skip
    assert not [each for each in found if each["poll"] == "another"]
    assert rows(web, "polls", webinar="another") == []


async def test_words_that_are_not_released_come_only_with_names(web: Web) -> None:
    await polled(web)
    assert "Oregano" not in written(web, "polls", "csv").decode()
    assert "Oregano" in written(web, "polls", "csv", names=True).decode()


async def test_feedback_is_whole_and_nobodys(web: Web) -> None:
    await polled(web)
    found = rows(web, "feedback")
    assert {(each["question"], each["answer"]) for each in found} == {("betyg", "4"), ("betyg", "5"), ("bra", "=Fikat")}
    assert {tuple(each) for each in found} == {("webinar", "question", "wording", "answer")}
    assert "'=Fikat" in written(web, "feedback", "csv").decode()
