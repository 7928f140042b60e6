import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from tests.crash.telegram import (
    TO_THE_FIRST_STATEMENT,
    answered,
    closed,
    opened,
    sends,
    statements,
    telegram_served,
    walk,
    wreak,
)
from tests.telegram import TRANSPORTS

FULL = os.environ.get("CHAOS") == "full"
UPDATES, CHATS, KILLS = (5000, 200, 50) if FULL else (600, 40, 4)
MOST_REPEATED = 0.002
PEOPLE = 200 if FULL else 40
GROUPS, POLL_KILLS = (100, 20) if FULL else (20, 4)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_however_often_it_is_killed_no_update_and_no_reply_is_lost_or_doubled(
    tmp_path: Path, transport: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = await wreak(tmp_path, transport, UPDATES, CHATS, KILLS)
    with capsys.disabled():
        print(f"\n{transport}: {verdict}")  # noqa: T201 - the figure is the point
    assert (verdict.lost, verdict.doubled, verdict.unanswered) == (0, 0, 0)
    assert verdict.repeated <= max(1, MOST_REPEATED * UPDATES)
    assert (verdict.unmarked, verdict.disordered, verdict.complaints) == (0, 0, 0)


async def test_everybody_two_steps_into_the_checklist_knows_the_step_after_a_kill(tmp_path: Path) -> None:
    with telegram_served(tmp_path / "data", TRANSPORTS[-1]) as (server, outside):
        await walk(outside, PEOPLE, *TO_THE_FIRST_STATEMENT, {"text": "ja"}, {"text": "delvis"})
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.to_thread(server.start)
        await walk(outside, PEOPLE, {"text": "nej"})
        shown = statements(outside.control("messages"))
    assert len(shown) == PEOPLE
    assert {tuple(numbers) for numbers in shown.values()} == {(1, 2, 3, 4)}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_however_fast_people_answer_nobody_gets_an_answer_from_a_wrong_step(
    tmp_path: Path, transport: str
) -> None:
    """Twenty people answer ten statements each without waiting, while every send takes 50 ms."""
    with telegram_served(tmp_path / "data", transport) as (_, outside):
        await walk(outside, 20, *TO_THE_FIRST_STATEMENT)
        outside.control("configure", world={"latency": 0.05})
        outside.control("feed", updates=200, chats=20, script=[{"text": "ja"}, {"text": "delvis"}])
        assert (await asyncio.to_thread(outside.control, "wait", timeout=60))["done"]
        await asyncio.sleep(0.3)
        shown = statements(outside.control("messages"))
    assert {tuple(numbers) for numbers in shown.values()} == {tuple(range(1, 12))}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_however_often_it_is_killed_each_group_has_each_native_poll_once_and_its_votes_are_counted(
    tmp_path: Path, transport: str
) -> None:
    data, chance = tmp_path / "data", random.Random(47)
    with telegram_served(data, transport) as (server, outside):
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await opened(data, poll=False)
        await asyncio.to_thread(server.start)
        groups = outside.control("gather", groups=GROUPS, text="/om")["groups"]
        await sends(outside, "sendMessage", GROUPS)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await opened(data, poll=True)
        outside.control("configure", world={"latency": 0.02})
        for kill in range(1, POLL_KILLS + 1):
            await asyncio.to_thread(server.start)
            await sends(outside, "sendPoll", kill * 2 * GROUPS // (POLL_KILLS + 1))
            await asyncio.sleep(chance.random() * 0.03)
            await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.to_thread(server.start)
        await answered(data, "SELECT count(*) FROM outbox", 0)
        asked = [outside.control("vote", chat=group)["questions"] for group in groups]
        await answered(data, "SELECT sum(voters) FROM native_poll JOIN native_votes USING (channel, poll)", 2 * GROUPS)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await closed(data)
        await asyncio.to_thread(server.start)
        await answered(data, "SELECT count(*) FROM native_poll WHERE ended = 0", 0)
        polls = [each["poll"] for chat in outside.control("messages").values() for each in chat if each["poll"]]
        assert outside.control("stats")["complaints"] == []
    assert [len(questions) for questions in asked] == [2] * GROUPS
    assert [poll["is_closed"] for poll in polls] == [True] * 2 * GROUPS
