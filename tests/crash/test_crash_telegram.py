import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.crash.telegram import TO_THE_FIRST_STATEMENT, statements, telegram_served, walk, wreak
from tests.telegram import TRANSPORTS

FULL = os.environ.get("CHAOS") == "full"
UPDATES, CHATS, KILLS = (5000, 200, 50) if FULL else (600, 40, 4)
MOST_REPEATED = 0.002
PEOPLE = 200 if FULL else 40


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
