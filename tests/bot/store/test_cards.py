"""Cards in the store: which question is which message in the moderators' group, and what it says."""

import datetime as dt
import re
from pathlib import Path

from bot.ports import Store
from bot.store.cards import CardPost, Cards
from bot.store.tx import Tx

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
GROUP, OTHER = "-100", "-200"


def ask(tx: Tx, text: str = "När kommer bussen?") -> int:
    return tx.ask(None, None, text, "sv", None, (), NOW)


def put(tx: Tx, card: CardPost, said: str, lane: str = GROUP) -> None:
    tx.put_card(lane, card, {"text": said}, said, "sv", NOW)


def sent(tx: Tx, message: int, lane: str = GROUP) -> None:
    """Everything in the outbox has come to the group, the first of it as this message."""
    for place, item in enumerate(tx.unsent_in("telegram", lane)):
        tx.part_sent(item.id, "telegram", item.hint.get("edit", message + place), parts_left=False)


def test_every_method_is_met_here() -> None:
    methods = {name for name in vars(Cards) if not name.startswith("_")}
    met = set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


async def test_a_question_that_waits_wants_a_card_and_is_found_by_its_message(store: Store) -> None:
    def begin(tx: Tx) -> list[CardPost]:
        ask(tx)
        tx.decide(ask(tx), 1, "declined", "moderator", NOW)
        return tx.cards(GROUP)

    [card] = await store.write(begin)
    assert (card.number, card.there, card.message, card.said) == (1, False, None, "")
    await store.write(lambda tx: put(tx, card, "ny"))
    [on_its_way] = await store.read(lambda tx: tx.cards(GROUP))
    assert (on_its_way.there, on_its_way.message, on_its_way.said) == (True, None, "ny")
    await store.write(lambda tx: sent(tx, 71))
    assert await store.read(lambda tx: (tx.card_at(GROUP, 71), tx.card_at(OTHER, 71), tx.card_at(GROUP, 72))) == (
        1, None, None)  # fmt: skip
    assert await store.read(lambda tx: tx.newest_posted("telegram")) == {GROUP: 71}
    assert await store.read(lambda tx: tx.posted_between("telegram", 70, 71)) == {(GROUP, 71)}


async def test_what_a_card_says_next_comes_in_its_place(store: Store) -> None:
    await store.write(ask)
    for said in ("ny", "godkänd"):
        [card] = await store.read(lambda tx: tx.cards(GROUP))
        await store.write(lambda tx, card=card, said=said: put(tx, card, said))  # type: ignore[misc]
        [item] = await store.read(lambda tx: tx.unsent_in("telegram", GROUP))
        assert item.hint.get("edit") == card.message
        await store.write(lambda tx: sent(tx, 71))
    await store.write(lambda tx: tx.stale_card(GROUP, 1))
    [card] = await store.read(lambda tx: tx.cards(GROUP))
    assert (card.message, card.said) == (71, "")


async def test_a_card_is_looked_at_until_it_says_how_the_question_ended(store: Store) -> None:
    def through(tx: Tx) -> None:
        put(tx, tx.cards(GROUP)[0], "ny") if ask(tx) else None
        sent(tx, 71)
        tx.decide(1, 1, "declined", "moderator", NOW)

    await store.write(through)
    assert [each.number for each in await store.read(lambda tx: tx.cards(GROUP))] == [1]
    await store.write(lambda tx: tx.card_over(GROUP, 1))
    assert await store.read(lambda tx: tx.cards(GROUP)) == []


async def test_a_card_outlives_its_question_until_it_is_cleared(store: Store) -> None:
    def gone(tx: Tx) -> list[CardPost]:
        ask(tx)
        put(tx, tx.cards(GROUP)[0], "ny")
        sent(tx, 71)
        tx.card_over(GROUP, 1)
        tx.delete_questions(NOW + dt.timedelta(days=1))
        return tx.cards(GROUP)

    [card] = await store.write(gone)
    assert (card.question, card.message) == (None, 71)
    await store.write(lambda tx: tx.drop_card(GROUP, 1))
    assert await store.read(lambda tx: tx.cards(GROUP)) == []


async def test_what_waits_too_long_is_remembered_as_told(store: Store) -> None:
    def told(tx: Tx) -> None:
        ask(tx)
        put(tx, tx.cards(GROUP)[0], "ny")
        tx.card_overdue(GROUP, 1)

    await store.write(told)
    assert [each.overdue for each in await store.read(lambda tx: tx.cards(GROUP))] == [True]


async def test_another_group_and_one_that_has_moved_get_cards_anew(store: Store) -> None:
    def move(tx: Tx) -> None:
        ask(tx)
        put(tx, tx.cards(GROUP)[0], "ny")
        sent(tx, 71)

    await store.write(move)
    assert [each.there for each in await store.read(lambda tx: tx.cards(OTHER))] == [False]
    await store.write(lambda tx: tx.move_lane("telegram", GROUP, "-1000000000100"))
    assert [each.there for each in await store.read(lambda tx: tx.cards(GROUP))] == [False]
