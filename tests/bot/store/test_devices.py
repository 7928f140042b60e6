"""Two devices answer the same run without coverage: whichever arrives first, the run ends the same."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.store.migrations import migrations
from bot.store.tx import Tx
from dialogs.records import Run

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
STATEMENTS = ("behov-lokal-1", "plan-lokal-1", "vem-cyklar")


@dataclass(frozen=True)
class Given:
    """Something answered or noted on a device, by its clock, under a key of its own."""

    statement: str
    at: dt.datetime
    key: str
    answer: str | None
    note: str | None


def _given(device: str) -> st.SearchStrategy[list[Given]]:
    """What one device has recorded. Clocks are slow, fast, and stand still; every record has its own key."""
    one = st.tuples(
        st.sampled_from(STATEMENTS), st.integers(-3, 3), st.sampled_from(["ja", "nej", "delvis", None]),
        st.sampled_from([None, "", "fråga Eva", "på tisdag"]),
    ).filter(lambda found: found[2] is not None or found[3] is not None)  # fmt: skip
    return st.lists(one, max_size=8).map(
        lambda found: [
            Given(statement, NOON + dt.timedelta(minutes=minutes), f"{device}-{number}", answer, note)
            for number, (statement, minutes, answer, note) in enumerate(found)
        ]
    )


@contextmanager
def begun() -> Iterator[Tx]:
    """A transaction on a fresh store with one run."""
    db = Database(memory=True)
    migrations.apply(db)
    connection = db.conn
    assert isinstance(connection, sqlite3.Connection)
    tx = Tx(connection)
    tx.create_person("ann", "web", "ann-cookie", NOON)
    tx.start_run("ann", Run("r", "fem-faktorer", 2, "abc", "lokal", "start", "short", NOON), "text")
    yield tx
    db.close()


def arrived(tx: Tx, given: Sequence[Given], received: dt.datetime = NOON) -> list[bool]:
    return [
        tx.give("r", each.statement, each.at, received, answer=each.answer, note=each.note, key=each.key)
        for each in given
    ]


def kept(tx: Tx) -> tuple[dict[str, str], dict[str, str]]:
    run = tx.run("ann", "r")
    assert run
    return run.answers, run.notes


def expected(given: Sequence[Given]) -> tuple[dict[str, str], dict[str, str]]:
    """Of each statement the latest answer and the latest note, by clock and then by key."""
    answers: dict[str, str] = {}
    notes: dict[str, str] = {}
    for each in sorted(given, key=lambda found: (found.at, found.key)):
        answers |= {} if each.answer is None else {each.statement: each.answer}
        notes |= {} if each.note is None else {each.statement: each.note}
    return answers, notes


@settings(deadline=None)
@given(_given("phone"), _given("tablet"), st.data())
def test_whichever_device_arrives_first_the_run_is_the_same(
    phone: list[Given], tablet: list[Given], data: st.DataObject
) -> None:
    wanted = expected([*phone, *tablet])
    mixed = data.draw(st.permutations([*phone, *tablet]))
    for order in ([*phone, *tablet], [*tablet, *phone], mixed):
        with begun() as tx:
            assert all(arrived(tx, order))
            assert kept(tx) == wanted


@settings(deadline=None)
@given(_given("phone"), _given("tablet"), st.data())
def test_what_arrives_again_changes_nothing(phone: list[Given], tablet: list[Given], data: st.DataObject) -> None:
    everything = [*phone, *tablet]
    again = data.draw(st.lists(st.sampled_from(everything), max_size=10)) if everything else []
    with begun() as tx:
        arrived(tx, everything)
        before = kept(tx)
        forged = [Given(each.statement, each.at + dt.timedelta(days=1), each.key, "ej-aktuellt", "x") for each in again]
        assert not any(arrived(tx, [*again, *forged], NOON + dt.timedelta(days=1)))
        assert kept(tx) == before
        assert tx.db.execute("SELECT count(*) FROM given").fetchone() == (len(everything),)


@settings(deadline=None)
@given(_given("phone"), st.integers(1, 60))
def test_what_is_said_in_the_chat_afterwards_counts_over_what_a_device_recorded_before(
    phone: list[Given], minutes: int
) -> None:
    now = NOON + dt.timedelta(minutes=3 + minutes)
    with begun() as tx:
        tx.give("r", STATEMENTS[0], now, now, answer="ej-aktuellt")
        arrived(tx, phone, now + dt.timedelta(minutes=1))
        assert kept(tx)[0][STATEMENTS[0]] == "ej-aktuellt"
