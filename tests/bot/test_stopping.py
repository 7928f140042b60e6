"""The service is stopped at the very moment when there is something to do: it stops all the same."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot import announcing, telling
from bot.channels.telegram import deliver
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.moderators import Moderators
from bot.channels.telegram.plain import Plain
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.announcements import ANNOUNCEMENTS
from bot.store.notices import NOTICES
from bot.store.rows import QUEUE
from tests.web import running_web

Work = Callable[[Service], Coroutine[Any, Any, None]]


async def moderating(service: Service) -> None:
    """The moderators' group, in a chat that nobody can be reached in."""
    transport = Plain("http://127.0.0.1:9", "1:x")
    delivery = Delivery(service, transport)
    delivery.chats.gone.add("-1")
    delivery.knows.set()
    object.__setattr__(service.settings, "moderator_chat", "-1")
    try:
        await Moderators(service, delivery).run()
    finally:
        await transport.close()


@pytest.mark.parametrize(
    ("work", "topic"), [(telling.run, NOTICES), (announcing.run, ANNOUNCEMENTS), (moderating, QUEUE)]
)
async def test_stopping_and_waking_at_the_same_time_stops(tmp_path: Path, work: Work, topic: str) -> None:
    async with running_web(tmp_path) as web:
        task = asyncio.create_task(work(web.service))
        await asyncio.sleep(0.3)  # everything that was to be done is done, and it waits
        web.service.live.wake([topic])
        await asyncio.sleep(0)  # the waiting has ended, and the loop has not heard of it
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=3)
        assert done
        assert task.cancelled()


async def test_what_sends_can_be_stopped_before_the_store_could_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unread(_: object) -> None:
        asked.set()
        raise StoreUnavailable("database is locked")

    async with running_web(tmp_path) as web:
        asked, transport = asyncio.Event(), Plain("http://127.0.0.1:9", "1:x")
        monkeypatch.setattr(deliver, "FIRST_RETRY_SECONDS", 0.01)
        monkeypatch.setattr(web.service.store, "read", unread)
        delivery = Delivery(web.service, transport)
        sending = asyncio.create_task(delivery.run())
        await asked.wait()
        delivery.stop()
        _, late = await asyncio.wait([sending], timeout=5)
        sending.cancel()
        await transport.close()
        assert not late
