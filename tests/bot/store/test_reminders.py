"""What every store must do for reminders: what is to be said on a day, once, and the addresses it goes to."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.reminders import HERE, MAIL, Reminders
from bot.store.tx import Tx
from dialogs.records import Run

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
SOON, LATE = TODAY + dt.timedelta(days=3), TODAY + dt.timedelta(days=30)
ADDRESS = "anna@example.org"
MOST = 3


def test_every_method_is_met_here() -> None:
    methods = {name for name, found in vars(Reminders).items() if callable(found) and not name.startswith("_")}
    met = set(re.findall(r"\b(?:tx|Tx)\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods
    assert methods <= met, methods - met


def meet(tx: Tx, person: str = "ann", run: str = "r1") -> None:
    if not tx.exists(person):
        tx.create_person(person, "web", f"{person}-cookie", NOW)
    begun = Run(run, "fem-faktorer", 3, "abc", "lokal", "start", "short", NOW)
    tx.start_run(person, begun, "text")


def due(way: str, today: dt.date = LATE) -> Callable[[Tx], list[tuple[str, str, dt.date]]]:
    return lambda tx: tx.reminders_due(today, way)


def asked(tx: Tx, mark: str = "hash", address: str = ADDRESS) -> None:
    """A letter has gone to somebody."""
    assert tx.count_letter("r1", MOST, NOW)
    tx.ask_by_mail("r1", address, mark, "sv", NOW)


def agreed(tx: Tx) -> None:
    """Somebody has said yes to letters."""
    meet(tx)
    asked(tx)
    tx.confirm_mail("r1", NOW)
    tx.remind("r1", MAIL, (SOON, LATE))


async def do(store: Store, *jobs: Callable[[Tx], object]) -> None:
    """All of that, in one transaction."""

    def done(tx: Tx) -> None:
        for job in jobs:
            job(tx)

    await store.write(done)


async def kept(store: Store) -> str:
    """All that is kept about letters."""
    return await store.read(lambda tx: repr(tx.db.execute("SELECT * FROM mail").fetchall()))


# What is to be said


async def test_what_is_due_is_found_on_its_day_and_not_before(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON,)))
    assert await store.read(due(HERE, SOON - dt.timedelta(days=1))) == []
    assert await store.read(due(HERE, SOON)) == [("r1", "ann", SOON)]
    assert await store.read(due(HERE)) == [("r1", "ann", SOON)]
    assert await store.read(due(MAIL)) == []


async def test_what_has_been_said_is_not_due_and_the_next_one_is(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON, LATE)), lambda tx: tx.reminded("r1", SOON, NOW))
    assert await store.read(due(HERE, SOON)) == []
    assert await store.read(due(HERE)) == [("r1", "ann", LATE)]
    assert await store.read(lambda tx: tx.reminded_by("r1")) == HERE
    await store.write(lambda tx: tx.reminded("r1", LATE, NOW))
    assert await store.read(lambda tx: tx.reminded_by("r1")) is None


async def test_days_that_were_missed_are_one_reminder(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON, LATE)))
    assert await store.read(due(HERE)) == [("r1", "ann", LATE)]
    await store.write(lambda tx: tx.reminded("r1", LATE, NOW))
    assert await store.read(due(HERE)) == []


async def test_a_new_wish_takes_the_place_of_the_one_before(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON,)), lambda tx: tx.remind("r1", HERE, (LATE,)))
    assert await store.read(due(HERE)) == [("r1", "ann", LATE)]
    await store.write(lambda tx: tx.remind("r1", "", ()))
    assert await store.read(due(HERE)) == []


async def test_the_same_day_can_be_wished_for_again_and_is_said_once(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON,)), lambda tx: tx.reminded("r1", SOON, NOW))
    await store.write(lambda tx: tx.remind("r1", HERE, (SOON, LATE)))
    assert await store.read(due(HERE)) == [("r1", "ann", LATE)]


async def test_each_run_has_its_own(store: Store) -> None:
    await do(store, meet, lambda tx: meet(tx, run="r2"), lambda tx: meet(tx, "bo", "r3"))
    await do(
        store,
        lambda tx: tx.remind("r3", HERE, (LATE,)),
        lambda tx: tx.remind("r1", HERE, (SOON,)),
        lambda tx: tx.remind("r2", HERE, (TODAY,)),
    )
    await store.write(lambda tx: tx.remind("r2", "", ()))
    assert await store.read(due(HERE)) == [("r1", "ann", SOON), ("r3", "bo", LATE)]
    assert await store.read(lambda tx: [tx.run_owner(run) for run in ("r1", "r3", "r9")]) == ["ann", "bo", None]


# Letters


async def test_an_address_counts_once_it_has_said_yes(store: Store) -> None:
    await do(store, meet, asked)
    assert await store.read(lambda tx: (tx.asked_by_mail("hash"), tx.mail_of("r1"))) == (("r1", "sv"), None)
    await store.write(lambda tx: tx.confirm_mail("r1", NOW))
    assert await store.read(lambda tx: tx.mail_of("r1")) == (ADDRESS, "sv")


@pytest.mark.parametrize("token", ["", "annat", "hash ", "HASH"])
async def test_another_token_leads_nowhere(store: Store, token: str) -> None:
    await do(store, meet, asked, lambda tx: meet(tx, run="r2"), lambda tx: tx.count_letter("r2", MOST, NOW))
    found = await store.read(lambda tx: tx.asked_by_mail(token))
    assert found in (None, ("r2", ""))
    if token:
        assert found is None


async def test_another_address_must_say_yes_anew(store: Store) -> None:
    await do(store, agreed, lambda tx: asked(tx, "other", "bo@example.org"))
    assert await store.read(lambda tx: (tx.mail_of("r1"), tx.asked_by_mail("hash"))) == (None, None)
    assert ADDRESS not in await kept(store)


async def test_so_many_letters_and_no_more_whatever_has_been_taken_back(store: Store) -> None:
    def count(tx: Tx) -> bool:
        return tx.count_letter("r1", MOST, NOW)

    await store.write(meet)
    assert [await store.write(count) for _ in range(MOST + 1)] == [True] * MOST + [False]
    await store.write(lambda tx: tx.remind("r1", "", ()))
    await store.write(lambda tx: tx.refuse_mail("r1"))
    assert not await store.write(count)


async def test_a_letter_that_failed_does_not_count(store: Store) -> None:
    await store.write(meet)
    for _ in range(2 * MOST):
        assert await store.write(lambda tx: tx.count_letter("r1", MOST, NOW))
        await store.write(lambda tx: tx.letter_failed("r1"))


async def test_counting_changes_no_address(store: Store) -> None:
    await do(store, agreed, lambda tx: tx.count_letter("r1", MOST, NOW), lambda tx: tx.letter_failed("r1"))
    assert await store.read(lambda tx: tx.mail_of("r1")) == (ADDRESS, "sv")


async def test_the_last_letter_takes_the_address_with_it(store: Store) -> None:
    await do(store, agreed, lambda tx: tx.reminded("r1", SOON, NOW), lambda tx: tx.letter_sent("r1", ADDRESS, "next"))
    assert await store.read(lambda tx: tx.mail_of("r1")) == (ADDRESS, "sv")
    assert await store.read(lambda tx: (tx.asked_by_mail("next"), tx.asked_by_mail("hash"))) == (("r1", "sv"), None)
    await do(store, lambda tx: tx.reminded("r1", LATE, NOW), lambda tx: tx.letter_sent("r1", ADDRESS, "last"))
    assert await store.read(lambda tx: (tx.mail_of("r1"), tx.asked_by_mail("last"))) == (None, None)
    assert ADDRESS not in await kept(store)


async def test_a_letter_on_its_way_touches_no_address_written_meanwhile(store: Store) -> None:
    await do(store, agreed, lambda tx: asked(tx, "other", "bo@example.org"))
    await do(store, lambda tx: tx.reminded("r1", LATE, NOW), lambda tx: tx.letter_sent("r1", ADDRESS, "late"))
    assert await store.read(lambda tx: tx.asked_by_mail("other")) == ("r1", "sv")
    assert await store.read(lambda tx: tx.asked_by_mail("late")) is None


async def test_an_address_that_has_not_answered_is_not_forgotten_after_a_letter(store: Store) -> None:
    await do(store, meet, asked, lambda tx: tx.forget_address_after_last("r1"))
    assert await store.read(lambda tx: tx.asked_by_mail("hash")) == ("r1", "sv")


async def test_no_from_a_letter_takes_the_letters_and_leaves_the_chat(store: Store) -> None:
    await do(store, meet, lambda tx: tx.remind("r1", HERE, (SOON,)), asked, lambda tx: tx.refuse_mail("r1"))
    assert await store.read(due(HERE)) == [("r1", "ann", SOON)]
    assert ADDRESS not in await kept(store)
    await do(store, asked, lambda tx: tx.confirm_mail("r1", NOW), lambda tx: tx.remind("r1", MAIL, (SOON,)))
    await store.write(lambda tx: tx.refuse_mail("r1"))
    assert await store.read(due(MAIL)) == []


@pytest.mark.parametrize("way", [HERE, ""])
async def test_another_way_takes_the_address_away(store: Store, way: str) -> None:
    await do(store, agreed, lambda tx: tx.remind("r1", way, ()))
    assert ADDRESS not in await kept(store)


async def test_an_address_without_an_answer_is_forgotten_in_time(store: Store) -> None:
    await do(store, meet, asked)
    assert await store.write(lambda tx: tx.forget_unanswered(NOW)) == 0
    assert await store.write(lambda tx: tx.forget_unanswered(NOW + dt.timedelta(seconds=1))) == 1
    assert await store.write(lambda tx: tx.forget_unanswered(NOW + dt.timedelta(days=9))) == 0
    assert ADDRESS not in await kept(store)


async def test_one_that_has_said_yes_stays(store: Store) -> None:
    await store.write(agreed)
    assert await store.write(lambda tx: tx.forget_unanswered(NOW + dt.timedelta(days=9))) == 0
    assert await store.read(lambda tx: tx.mail_of("r1")) == (ADDRESS, "sv")


# Who is forgotten, and when


async def test_forgetting_takes_reminders_and_addresses(store: Store) -> None:
    await do(store, agreed, lambda tx: tx.erase("ann"))
    left = await store.read(lambda tx: (tx.reminders_due(LATE, MAIL), tx.mail_of("r1"), tx.asked_by_mail("hash")))
    assert (left, await kept(store)) == (([], None, None), "[]")


async def test_who_waits_for_a_reminder_is_not_inactive_until_it_has_come(store: Store) -> None:
    def inactive(before: dt.datetime) -> Callable[[Tx], list[str]]:
        return lambda tx: tx.people_inactive_since(before)

    await do(store, meet, lambda tx: meet(tx, "bo", "r2"), lambda tx: tx.remind("r1", HERE, (LATE,)))
    late = NOW + dt.timedelta(days=30)
    assert await store.read(inactive(late)) == ["bo"]
    await store.write(lambda tx: tx.reminded("r1", LATE, late))
    assert sorted(await store.read(inactive(late))) == ["ann", "bo"]
