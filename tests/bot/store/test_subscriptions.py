"""Subscriptions in the store: each topic once a person, gone with the person; which calls were open before."""

import datetime as dt
import re
from pathlib import Path

from bot.ports import Store
from bot.store.subscriptions import Subscriptions
from bot.store.tx import Tx

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def meet(tx: Tx, *people: str) -> None:
    for person in people:
        tx.create_person(person, "web", f"{person}-cookie", NOW)
        tx.keep_state(person, {"version": 1}, 0)


def told(tx: Tx, topic: str, after: str = "", most: int = 9) -> list[str]:
    return [person for person, _ in tx.subscribers(topic, after, most)]


def test_every_method_is_met_here() -> None:
    methods = {name for name in vars(Subscriptions) if not name.startswith("_")}
    met = set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


async def test_subscribers_come_in_order_batch_by_batch_and_once(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx, "cia", "ann", "bo")
        for person in ("cia", "ann", "ann", "bo"):
            tx.subscribe(person, "calls", NOW)
        tx.subscribe("bo", "webinars", NOW)

    await store.write(work)
    assert await store.read(lambda tx: told(tx, "calls", most=2)) == ["ann", "bo"]
    assert await store.read(lambda tx: told(tx, "calls", after="bo")) == ["cia"]
    await store.write(lambda tx: tx.unsubscribe("ann", "calls"))
    assert await store.read(lambda tx: (told(tx, "calls"), told(tx, "webinars"))) == (["bo", "cia"], ["bo"])


async def test_who_is_forgotten_is_told_nothing_and_two_who_become_one_are_told_once(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx, "ann", "bo", "cia")
        for person in ("ann", "bo", "cia"):
            tx.subscribe(person, "calls", NOW)
        tx.subscribe("bo", "webinars", NOW)
        tx.join_subscriptions("bo", "ann")
        assert tx.erase("cia")

    await store.write(work)
    assert await store.read(lambda tx: (told(tx, "calls"), told(tx, "webinars"))) == (["ann"], ["ann"])


async def test_a_call_is_new_when_it_was_not_open_the_last_time(store: Store) -> None:
    for calls, new in ((["a"], False), (["a"], False), (["a", "b"], True), ([], False), (["a"], True)):
        assert await store.write(lambda tx, calls=calls: tx.calls_open(calls)) is new  # type: ignore[misc]
