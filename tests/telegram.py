"""The service in Telegram: the real channel over a real transport, against our own Bot API server on loopback.

async with in_telegram(folder, "httpx") as village:
    anna = village.api.user("Anna")
    anna.writes("Vad räknas som glest?")
    assert (await anna.next()).text

`village` is a fixture (tests/bot/telegram/conftest.py), given for every transport and mode. A village can be stopped
and opened again on the same folder, with the same Telegram outside.
"""

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.channels.telegram.channel import Telegram
from bot.channels.web.app import create_app
from bot.pace import Pace
from bot.service import Service
from bot.settings import Settings
from bot.store.tx import Tx
from bot.wiring import running, telegram
from tests import botapi
from tests.botapi.people import Person
from tests.web import UNHURRIED, Clock, Web, shipped_library, until

TRANSPORTS = ("httpx", *(["ptb"] if importlib.util.find_spec("telegram") else []))
MODES = ("polling", "webhook")
GLEST = "Vad räknas som glest?"
SECRET = "hemligt-men-inte-har"


@dataclass
class Village:
    """A running service and the Telegram outside it."""

    api: botapi.Api
    web: Web
    channel: Telegram
    public: str
    """Where Telegram, and a browser, reach it."""

    @property
    def service(self) -> Service:
        """The service."""
        return self.web.service

    @property
    def clock(self) -> Clock:
        """Its clock, which stands still until it is moved."""
        return self.web.clock

    def says(self, key: str, **values: object) -> str:
        """A phrase of the service as Telegram shows it: in Swedish, without marks."""
        return "".join(each for each in self.web.says(key, **values) if not "\ue000" <= each <= "\ue00f")

    async def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Everything in a table."""
        return (await self.web.rows())[table]

    async def keys(self, person: Person, address: str | None = None) -> list[str]:
        """The keys of everything said to somebody."""

        def look(tx: Tx) -> list[str]:
            who = tx.person_at("telegram", address or str(person.id))
            lines = tx.messages(who, 0, 10_000) if who else []
            return [line.body["key"] for line in lines if line.sender != "you"]

        return await self.service.store.read(look)

    async def settled(self) -> None:
        """Wait until everything has been sent, and every update confirmed."""
        async with asyncio.timeout(10):
            while self.api.world.updates() or await self.rows("outbox"):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


@asynccontextmanager
async def in_telegram(
    folder: Path,
    transport: str = "httpx",
    mode: str = "polling",
    *,
    api: botapi.Api | None = None,
    clock: Clock | None = None,
    pace: Pace = UNHURRIED,
    **settings: Any,
) -> AsyncIterator[Village]:
    """The service on a folder's database, without rates unless `settings` gives some; `api` is an earlier one's."""
    if api is None:
        async with (
            botapi.serving() as fresh,
            in_telegram(folder, transport, mode, api=fresh, clock=clock, pace=pace, **settings) as village,
        ):
            yield village
        return
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    public = f"http://127.0.0.1:{taken.getsockname()[1]}"
    given = {
        "database_url": f"sqlite:///{folder / 'telegram.db'}", "data": folder, "public_url": public,
        "telegram_token": api.token, "telegram_api_base": api.base, "telegram_transport": transport,
        "telegram_mode": mode, "telegram_webhook_secret": SECRET, "telegram_bulk_rate": 0.0, "telegram_chat_rate": 0.0,
        "undo_seconds": 0.0,
        **settings,
    }  # fmt: skip
    clock = clock or Clock()
    with pytest.MonkeyPatch.context() as shared:
        shared.setattr("bot.wiring.Library", lambda _: shipped_library())
        async with running(Settings(**given), clock) as started:
            service = replace(started, pace=pace)
            channel = await telegram(service)
            assert channel
            app = create_app(service, channel.routes, channel.most_bytes)
            async with _served(app, taken), _run(channel):
                yield Village(api, Web(service, app, clock, public), channel, public)


@asynccontextmanager
async def _served(app: Any, taken: socket.socket) -> AsyncIterator[None]:
    """The web application behind the real server."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def _run(channel: Telegram) -> AsyncIterator[None]:
    running_channel = asyncio.create_task(channel.run())
    try:
        yield
    finally:
        failed = running_channel.done()
        running_channel.cancel()
        [ended] = await asyncio.gather(running_channel, return_exceptions=True)
        if failed:
            raise AssertionError("the channel stopped by itself") from ended


@asynccontextmanager
async def beside(work: Any) -> AsyncIterator[None]:
    """Something that goes on meanwhile."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
