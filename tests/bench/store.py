"""Durable posts a second: a person's message through the whole service, beside what bare SQLite can do here and now.

"Durable" is WAL with synchronous=FULL throughout: nobody is answered before the fsync. The posts go through the real
ASGI application in this process, so that the service is measured and not the client's parsing of HTTP. `ratio` is to
bare SQLite with one commit for each event, three rows an event, in the same run.
"""

import asyncio
import datetime as dt
import json
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.channels.web.app import create_app
from bot.pace import Pace
from bot.ports import Store
from bot.settings import load
from bot.store.tx import Tx
from bot.wiring import running

CLIENTS, SECONDS, GROUP = 128, 4.0, 50
POSTS_EACH = 20
"""How often one person posts before the next one comes."""
QUESTION = {"text": "Vad räknas som landsbygd?"}
PRESS = {"choice": "help"}

Post = Callable[[], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


def rows() -> list[dict[str, Any]]:
    """What was measured. Needs about twenty seconds."""
    with tempfile.TemporaryDirectory() as folder:
        bare = [_bare(Path(folder) / "one.db", 1), _bare(Path(folder) / "group.db", GROUP)]
        ours = asyncio.run(_ours(Path(folder)))
    base = bare[0]["per second"]
    return [{**row, "ratio": round(row["per second"] / base, 2)} for row in (*bare, *ours)]


def _bare(path: Path, group: int) -> dict[str, Any]:
    """Bare SQLite, as many events as fit in the time, `group` of them to a commit."""
    waits, began, used = [], time.perf_counter(), time.process_time()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT)")
        while time.perf_counter() - began < SECONDS / 2:
            start = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO event (body) VALUES (?)", [("x" * 300,)] * 3 * group)
            db.execute("COMMIT")
            waits += [time.perf_counter() - start] * group
    name = "bare SQLite, one commit an event" if group == 1 else f"bare SQLite, {group} events a commit"
    return _row(name, 1, waits, began, used)


async def _ours(folder: Path) -> list[dict[str, Any]]:
    """The service, asked by everybody at once and by one alone."""
    async with running(load({}, None, folder / "data")) as service:
        free = replace(service, pace=Pace(1e12, 1e12))
        app = create_app(free)
        await Client(app, QUESTION).post()
        return [
            await _stored(service.store),
            await _measured("POST a choice", app, PRESS, CLIENTS),
            await _measured("POST a question", app, QUESTION, CLIENTS),
            await _measured("POST a question", app, QUESTION, 1),
        ]


async def _stored(store: Store) -> dict[str, Any]:
    """The store alone: people who each become known and say one thing."""
    waits: list[float] = []
    began, used = time.perf_counter(), time.process_time()

    def event(tx: Tx) -> None:
        person, now = uuid.uuid4().hex, dt.datetime.now(dt.UTC)
        tx.create_person(person, "web", person, now)
        tx.say(person, 1, "you", {"text": "x" * 300}, now)

    async def go_on() -> None:
        while (start := time.perf_counter()) < began + SECONDS:
            await store.write(event)
            waits.append(time.perf_counter() - start)

    await asyncio.gather(*(go_on() for _ in range(CLIENTS)))
    return _row("our store alone, three rows an event", CLIENTS, waits, began, used)


async def _measured(name: str, app: App, body: dict[str, str], clients: int) -> dict[str, Any]:
    began, used = time.perf_counter(), time.process_time()
    crowd = [Client(app, body) for _ in range(clients)]
    await asyncio.gather(*(client.go_on(began + SECONDS) for client in crowd))
    waits = [wait for client in crowd for wait in client.waits]
    return _row(name, clients, waits, began, used)


@dataclass
class Client:
    """Somebody who posts, with a cookie, until the next one takes over."""

    app: App
    body: dict[str, str]
    waits: list[float] = field(default_factory=list)
    cookie: bytes = b""
    posts: int = 0

    async def go_on(self, until: float) -> None:
        """Post until a moment."""
        while time.perf_counter() < until:
            began = time.perf_counter()
            await self.post()
            self.waits.append(time.perf_counter() - began)

    async def post(self) -> None:
        """One message through the application."""
        if self.posts % POSTS_EACH == 0:
            self.cookie = b""
        self.posts += 1
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(self.body).encode(), "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.app(self._scope(), receive, send)
        assert sent[0]["status"] == 200, sent
        for name, value in sent[0]["headers"]:
            if name == b"set-cookie":
                self.cookie = value.partition(b";")[0]

    def _scope(self) -> dict[str, Any]:
        headers = [
            (b"host", b"bench"),
            (b"content-type", b"application/json"),
            (b"idempotency-key", str(uuid.uuid4()).encode()),
            *([(b"cookie", self.cookie)] if self.cookie else []),
        ]
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/api/v1/messages", "raw_path": b"/api/v1/messages", "query_string": b"", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": "",
        }  # fmt: skip


def _row(name: str, clients: int, waits: Iterable[float], began: float, used: float) -> dict[str, Any]:
    seconds, worked = time.perf_counter() - began, time.process_time() - used
    ordered = sorted(waits)
    return {
        "what": name,
        "clients": clients,
        "per second": round(len(ordered) / seconds),
        "p50 ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p99 ms": round(1000 * ordered[len(ordered) * 99 // 100], 2),
        "CPU ms each": round(1000 * worked / len(ordered), 3),
    }
