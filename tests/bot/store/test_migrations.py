"""A database of an older version opens as today's, with all that people kept in it."""

import datetime as dt
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.library import SHIPPED, Library
from bot.store.migrations import migrations
from bot.store.sqlite import SqliteStore
from bot.store.tx import stamp
from dialogs import checklist as rules
from dialogs.records import Run
from tests.stores import nobody

BEGAN, LATER, DONE = (dt.datetime(2026, 3, 2, hour, tzinfo=dt.UTC) for hour in (12, 13, 14))

FINISHED = ("done", "ann", "fem-faktorer", 1, "lokal", "start", "short", "Byalaget", stamp(BEGAN), stamp(DONE))
NOBODY = ("nobody", "ann", "fem-faktorer", 1, "regional", "ongoing", "short", None, stamp(BEGAN), stamp(DONE))
OPEN = ("open", "ann", "fem-faktorer", 1, "lokal", "start", "full", None, stamp(BEGAN), None)
ANSWERS = (
    ("done", "behov-lokal-1", "nej", "Vi frågade i våras", stamp(BEGAN)),
    ("done", "plan-lokal-1", "ja", None, stamp(LATER)),
    ("nobody", "behov-regional-1", "vet-ej", None, stamp(BEGAN)),
    ("open", "behov-lokal-1", None, "Bara en anteckning än", stamp(BEGAN)),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database as it was before answers were kept beside their time, with three runs."""
    path = tmp_path / "test.db"
    db = Database(str(path))
    migrations.apply(db, stop_before="checklists")
    db.close()
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("INSERT INTO person VALUES ('ann', ?, ?)", (stamp(BEGAN), stamp(DONE)))
        old.execute("INSERT INTO address VALUES ('web', 'ann-cookie', 'ann', ?, 1, NULL)", (stamp(BEGAN),))
        old.executemany("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (FINISHED, NOBODY, OPEN))
        old.executemany("INSERT INTO answer VALUES (?, ?, ?, ?, ?)", ANSWERS)
        old.execute("INSERT INTO question (person, message, text, language, webinar, candidates, at) "
                    "VALUES ('ann', 1, 'När?', 'sv', NULL, '[]', ?)", (stamp(BEGAN),))  # fmt: skip
        old.execute("INSERT INTO transition (question, version, state, at, actor) VALUES (1, 1, 'new', ?, 'ann')",
                    (stamp(BEGAN),))  # fmt: skip
    return path


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(file, nobody)
    try:
        yield store
    finally:
        await store.close()


async def found(store: SqliteStore, name: str) -> Run:
    run = await store.read(lambda tx: tx.run("ann", name))
    assert run
    return run


async def test_a_walk_that_was_through_comes_with_answers_notes_and_who_owned_the_question(file: Path) -> None:
    async with opened(file) as store:
        run = await found(store, "done")
    assert run.answers == {"behov-lokal-1": "nej", "plan-lokal-1": "ja"}
    assert run.notes == {"behov-lokal-1": "Vi frågade i våras", "vem-cyklar": "Byalaget"}
    assert (run.level, run.purpose, run.length, run.version) == ("lokal", "start", "short", 1)
    assert (run.started, run.finished, run.step, run.edition) == (BEGAN, DONE, None, "")


async def test_that_nobody_owned_the_question_was_an_answer_too(file: Path) -> None:
    async with opened(file) as store:
        run = await found(store, "nobody")
        content = Library(SHIPPED).content
    assert run.notes == {"vem-cyklar": ""}
    assert rules.unsaid(content.checklists["fem-faktorer"], run) == ()


async def test_a_walk_under_way_goes_on_and_has_its_reflections_left(file: Path) -> None:
    async with opened(file) as store:
        run = await found(store, "open")
        await store.write(lambda tx: tx.give("open", "behov-lokal-1", DONE, DONE, answer="ja"))
        later = await found(store, "open")
    assert (run.answers, run.notes, run.finished) == ({}, {"behov-lokal-1": "Bara en anteckning än"}, None)
    assert (later.answers, later.notes) == ({"behov-lokal-1": "ja"}, run.notes)
    checklist = Library(SHIPPED).content.checklists["fem-faktorer"]
    assert rules.unsaid(checklist, run) == rules.reflections(checklist, run)


async def test_a_run_of_no_edition_walks_todays_checklist(file: Path) -> None:
    library = Library(SHIPPED)
    async with opened(file) as store:
        run = await found(store, "done")
        assert await store.read(lambda tx: library.checklist(run, tx.edition)) is library.content.checklist


async def test_questions_of_before_are_about_nothing_in_particular(file: Path) -> None:
    async with opened(file) as store:
        question = await store.read(lambda tx: tx.question(1))
    assert question
    assert (question.text, question.factor, question.statement) == ("När?", None, None)


async def test_questions_of_before_are_questions_with_the_states_they_were_in(tmp_path: Path) -> None:
    path = tmp_path / "before.db"
    db = Database(str(path))
    migrations.apply(db, stop_before="queue")
    db.close()
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("INSERT INTO person VALUES ('ann', ?, ?)", (stamp(BEGAN), stamp(DONE)))
        for number, states in enumerate((("new",), ("new", "answered"), ("new", "declined")), 1):
            old.execute("INSERT INTO question (person, message, text, language, webinar, candidates, at) "
                        "VALUES ('ann', 1, 'När?', 'sv', NULL, '[]', ?)", (stamp(BEGAN),))  # fmt: skip
            for version, state in enumerate(states, 1):
                line = (number, version, state, stamp(LATER), "moderator", "Ja.")
                columns = "question, version, state, at, actor, text"
                old.execute(f"INSERT INTO transition ({columns}) VALUES (?, ?, ?, ?, ?, ?)", line)  # noqa: S608
    async with opened(path) as store:
        questions = await store.read(lambda tx: tx.questions_of("ann"))
        ledger = await store.read(lambda tx: tx.ledger(2))
        await store.write(lambda tx: tx.decide(1, 1, "next", "moderator", DONE))
        assert [each.number for each in await store.read(lambda tx: tx.queue("next"))] == [1]
    assert [(each.number, each.state, each.kind, each.answer, each.votes, each.name) for each in questions] == [
        (3, "declined", "question", "Ja.", 0, ""), (2, "answered", "question", "Ja.", 0, ""),
        (1, "new", "question", "Ja.", 0, ""),
    ]  # fmt: skip
    assert [(line.version, line.what, line.state) for line in ledger] == [(1, "state", "new"), (2, "state", "answered")]


async def test_opening_it_again_changes_nothing(file: Path) -> None:
    async with opened(file) as store:
        first = await found(store, "done")
    async with opened(file) as store:
        assert await found(store, "done") == first


async def test_who_is_forgotten_after_the_change_is_in_no_file(file: Path) -> None:
    async with opened(file) as store:
        await store.write(lambda tx: tx.erase("ann"))
        await store.scrub()
        for word in ("frågade i våras", "Byalaget", "Bara en anteckning"):
            assert not in_a_file(file.parent, word), word


def in_a_file(folder: Path, word: str) -> bool:
    """Looked for by another process: closing a database's file here would drop SQLite's locks on it."""
    return subprocess.run(["grep", "-a", "-q", "-r", word, str(folder)]).returncode == 0
