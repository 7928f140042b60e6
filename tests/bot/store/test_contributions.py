"""Contributions in the store: kept on the version that was seen, and gone with whose words they are until approved."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.contributions import Contributions
from bot.store.tx import GuardFailed, Tx
from dialogs.contributions import Contribution

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=400)
WHOLE = Contribution(
    "F-1-sv", "sv", ("Vad kostar ett bageri?", "Är det dyrt?"), NOW.date(), "Det beror på.", "", "w", "moderator",
    (("en", "How much?"),), ("driftstod",), ("e-post",), (1,), (), "dismissed", 0, "curator", NOW,
)  # fmt: skip


def meet(tx: Tx, *people: str) -> None:
    for person in people:
        tx.create_person(person, "web", f"{person}-cookie", NOW)
        tx.keep_state(person, {"version": 1}, 0)


def ask(tx: Tx, person: str) -> int:
    return tx.ask(person, 1, "Vad kostar ett bageri?", "sv", "w", (), NOW)


def way(key: str, *tied: int, state: str = "proposed") -> Contribution:
    return Contribution(key, "sv", ("Vem betalar?",), NOW.date(), entry="driftstod", tied=tied, state=state)


def kept(tx: Tx) -> set[str]:
    return set(tx.contributions())


def test_every_method_is_met_here() -> None:
    methods = {name for name in vars(Contributions) if not name.startswith("_")}
    met = set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


async def test_it_is_kept_whole_and_on_the_version_that_was_seen(store: Store) -> None:
    await store.write(lambda tx: tx.keep_contribution(WHOLE))
    found = (await store.read(lambda tx: tx.contributions()))[WHOLE.key]
    assert found == replace(WHOLE, version=1)
    with pytest.raises(GuardFailed):
        await store.write(lambda tx: tx.keep_contribution(WHOLE))
    await store.write(lambda tx: tx.keep_contribution(replace(found, state="approved")))
    again = (await store.read(lambda tx: tx.contributions()))[WHOLE.key]
    assert (again.state, again.version) == ("approved", 2)
    with pytest.raises(GuardFailed):
        await store.write(lambda tx: tx.keep_contribution(replace(WHOLE, key="F-2-sv", version=1)))


async def test_what_people_tied_to_an_entry_is_read_and_what_moderators_did_or_none_fitted_is_not(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.label("vem betalar", "sv", "driftstod", "suggestion", NOW, "ann")
        tx.label("vem betalar", "sv", "driftstod", "moderator", NOW)
        tx.label("vem betalar", "sv", None, "not_meant", NOW)

    await store.write(work)
    (found,) = await store.read(lambda tx: tx.tied())
    assert (found.text, found.language, found.entry, found.at) == ("vem betalar", "sv", "driftstod", NOW)


async def test_who_is_forgotten_takes_her_words_along_unless_they_are_approved(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx, "ann", "bo")
        for person in ("ann", "bo"):
            number = ask(tx, person)
            tx.label("vem betalar", "sv", "driftstod", "suggestion", NOW, person)
            tx.keep_contribution(replace(WHOLE, key=f"F-{number}-sv", questions=(number,)))
            tx.keep_contribution(way(f"L-{number}-sv", number))
        tx.keep_contribution(replace(WHOLE, key="F-3-sv", questions=(2, 1)))
        tx.keep_contribution(replace(WHOLE, key="F-4-sv", questions=(1,), state="approved"))
        tx.keep_contribution(way("L-4-sv", 1, state="approved"))
        assert tx.erase("ann")

    await store.write(work)
    assert await store.read(kept) == {"F-2-sv", "L-2-sv", "F-4-sv", "L-4-sv"}
    one, other = await store.read(lambda tx: (tx.question(1), tx.question(2)))
    assert one
    assert other
    assert (one.forgotten, other.forgotten) == (True, False)
    assert [each.id for each in await store.read(lambda tx: tx.tied())] == [2]


async def test_who_has_only_been_away_for_long_does_not(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx, "ann")
        tx.keep_contribution(replace(WHOLE, questions=(ask(tx, "ann"),)))
        tx.label("vem betalar", "sv", "driftstod", "suggestion", NOW, "ann")
        assert tx.erase("ann", wished=False)
        tx.take_words_along("ann")

    await store.write(work)
    assert await store.read(kept) == {WHOLE.key}
    question = await store.read(lambda tx: tx.question(1))
    assert question
    assert not question.forgotten
    assert len(await store.read(lambda tx: tx.tied())) == 1, "whose it was is not known any more"


async def test_two_who_become_one_are_forgotten_together(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx, "ann", "bo")
        tx.label("vem betalar", "sv", "driftstod", "suggestion", NOW, "bo")
        tx.join("web", "bo-cookie", "ann", NOW)
        assert tx.erase("ann")

    await store.write(work)
    assert await store.read(lambda tx: tx.tied()) == []


async def test_what_is_past_its_time_goes_unless_it_is_approved(store: Store) -> None:
    def work(tx: Tx) -> None:
        ask(tx, "ann")
        tx.label("vem betalar", "sv", "driftstod", "suggestion", NOW)
        tx.keep_contribution(WHOLE)
        tx.keep_contribution(way("L-1-sv", 1))
        tx.keep_contribution(replace(WHOLE, key="F-2-sv", state="approved"))

    await store.write(work)
    assert await store.write(lambda tx: tx.drop_outlived()) == 0
    assert await store.write(lambda tx: (tx.delete_questions(LATER), tx.drop_outlived())) == (1, 1)
    assert await store.write(lambda tx: (tx.delete_old("label", "at", LATER), tx.drop_outlived())) == (1, 1)
    assert await store.read(kept) == {"F-2-sv"}
