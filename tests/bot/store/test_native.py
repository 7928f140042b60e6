"""Telegram's own polls in the store: where they stand, and how many have voted there as it was last told."""

import datetime as dt
import re
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.native import POLLS, NativePoll, NativePolls, poll_topic
from bot.store.tx import Tx
from dialogs.records import NativeVotes

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
SENT = "telegram"
HINT = {"lang": "sv", "poll": [1, "var"], "native": {"question": "Var?", "options": ["Här", "Där"], "several": False}}


def test_every_method_is_met_here() -> None:
    methods = {name for name in vars(NativePolls) if not name.startswith("_")}
    met = set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


@pytest.fixture
async def kept(store: Store) -> Store:
    """A store in which a poll is open."""

    def work(tx: Tx) -> None:
        assert tx.open_poll(tx.draft_poll("w1", "plats", NOW), "abc", "id: plats", NOW)

    await store.write(work)
    return store


def stands(tx: Tx, lane: str = "-1", message: int = 41, poll: str | None = "p") -> None:
    tx.note_native(SENT, lane, message, (1, "var"), poll, "2026-03-02")


async def count(
    kept: Store, *options: int, update: int | None, poll: str = "p", final: bool = False, at: dt.datetime = NOW
) -> bool:
    votes = NativeVotes(sum(options), options)
    return await kept.write(lambda tx: tx.native_counted(SENT, poll, votes, at, update=update, final=final))


async def votes(kept: Store) -> NativeVotes:
    run = await kept.read(lambda tx: tx.poll_run(1, None))
    assert run
    assert run.native == await kept.read(lambda tx: tx.native_votes(1))
    return run.native["var"]


async def standing(kept: Store, lane: str, question: str) -> bool:
    return await kept.read(lambda tx: tx.native_stands(SENT, lane, 1, question))


async def test_a_poll_stands_in_a_group_when_it_has_been_sent_and_is_on_its_way_before(kept: Store) -> None:
    await kept.write(lambda tx: tx.post(SENT, "-1", None, None, {"text": "Var?"}, HINT, NOW))
    for lane, question, stand in (("-1", "var", True), ("-2", "var", False), ("-1", "när", False)):
        assert await standing(kept, lane, question) is stand
    await kept.write(lambda tx: tx.part_sent(1, SENT, 41, parts_left=False, native="p"))
    assert await kept.read(lambda tx: tx.native_polls(SENT)) == [NativePoll(1, "-1", 41, 1, "var", "p", "open")]
    assert await kept.read(lambda tx: (tx.native_stands(SENT, "-1", 1, "var"), tx.poll_posts())) == (True, [])
    assert await votes(kept) == NativeVotes(0, ())


async def test_one_that_has_ended_is_looked_after_no_more_and_its_votes_stay(kept: Store) -> None:
    await kept.write(stands)
    await count(kept, 2, 1, update=7)
    await kept.write(lambda tx: tx.close_poll(1, NOW))
    assert [each.state for each in await kept.read(lambda tx: tx.native_polls(SENT))] == ["closed"]
    await kept.write(lambda tx: tx.native_ended(1))
    assert await kept.read(lambda tx: tx.native_polls(SENT)) == []
    assert await kept.read(lambda tx: tx.native_stands(SENT, "-1", 1, "var")) is False
    assert await votes(kept) == NativeVotes(3, (2, 1))


async def test_votes_that_are_told_before_their_poll_is_known_are_not_lost(kept: Store) -> None:
    await count(kept, 1, 0, update=7)
    await kept.write(lambda tx: stands(tx, poll=None))
    assert await votes(kept) == NativeVotes(0, ())
    await kept.write(lambda tx: tx.native_known(1, "p"))
    assert await votes(kept) == NativeVotes(1, (1, 0))


async def test_the_votes_of_all_groups_are_told_together(kept: Store) -> None:
    await kept.write(stands)
    await kept.write(lambda tx: stands(tx, "-2", 41, "q"))
    await count(kept, 2, 1, update=7)
    await count(kept, 0, 1, update=8, poll="q")
    assert await votes(kept) == NativeVotes(4, (2, 2))


async def test_what_was_told_later_counts_also_when_it_is_less_and_comes_first(kept: Store) -> None:
    await kept.write(stands)
    assert await count(kept, 1, 1, update=9)
    assert not await count(kept, 2, 1, update=8)
    assert not await count(kept, 1, 1, update=9)
    assert await count(kept, 0, 1, update=10)
    assert await votes(kept) == NativeVotes(1, (0, 1))


async def test_after_a_week_of_silence_numbers_begin_anew(kept: Store) -> None:
    await kept.write(stands)
    await count(kept, 1, 0, update=5_000)
    assert not await count(kept, 2, 0, update=17, at=NOW + dt.timedelta(hours=23))
    assert await count(kept, 2, 0, update=17, at=NOW + dt.timedelta(days=8))


async def test_how_it_ended_is_final(kept: Store) -> None:
    await kept.write(stands)
    await count(kept, 1, 0, update=9)
    assert await count(kept, 1, 1, update=None, final=True)
    assert not await count(kept, 5, 0, update=10)
    assert await count(kept, 1, 1, update=11, final=True)
    assert await votes(kept) == NativeVotes(2, (1, 1))


async def test_who_looks_on_is_told_when_a_poll_comes_and_when_its_votes_do(kept: Store, told: list[str]) -> None:
    await kept.write(stands)
    assert set(told) >= {POLLS, poll_topic("w1")}
    told.clear()
    await kept.write(lambda tx: tx.native_counted(SENT, "p", NativeVotes(1, (1,)), NOW, update=1, final=False))
    assert set(told) == {POLLS, poll_topic("w1")}


async def test_a_poll_is_out_of_reach_in_a_group_that_moves_and_its_votes_stay(kept: Store) -> None:
    await kept.write(stands)
    await count(kept, 1, 0, update=7)
    await kept.write(lambda tx: tx.move_lane(SENT, "-1", "-1001"))
    assert await kept.read(lambda tx: tx.native_polls(SENT)) == []
    await kept.write(lambda tx: stands(tx, message=3, poll="q"))
    await kept.write(lambda tx: tx.move_lane(SENT, "-1", "-1001"))
    assert [each.message for each in await kept.read(lambda tx: tx.native_polls(SENT))] == [3]
    assert await votes(kept) == NativeVotes(1, (1, 0))


async def test_polls_are_among_the_messages_known_as_long_as_their_chat_counts_as_it_did(kept: Store) -> None:
    await kept.write(stands)
    await kept.write(lambda tx: stands(tx, "-2", 50, "q"))
    assert await kept.read(lambda tx: tx.newest_posted(SENT)) == {"-1": 41, "-2": 50}
    assert await kept.read(lambda tx: tx.posted_between(SENT, 40, 50)) == {("-1", 41), ("-2", 50)}
    await kept.write(lambda tx: tx.native_ended(2))
    await kept.write(lambda tx: tx.move_lane(SENT, "-1", "-1001"))
    assert await kept.read(lambda tx: tx.newest_posted(SENT)) == {"-2": 50}
    assert await kept.read(lambda tx: tx.newest_posted("elsewhere")) == {}
