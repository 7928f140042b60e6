"""The web application in a temporary folder, and the people at it: viewers, programs, moderators.

`web` is a fixture (tests/bot/web/conftest.py). Requests go straight to the application; `serving` puts it behind the
real server on a free port, for streams.
"""

import asyncio
import datetime as dt
import json
import socket
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bot import jobs
from bot.channels.web.app import create_app
from bot.channels.web.protection import Protection
from bot.conversations import SWEDEN
from bot.library import SHIPPED, Library
from bot.pace import Pace
from bot.service import Service
from bot.settings import Settings
from bot.store.tx import Tx
from bot.wiring import running
from dialogs.clean import MOST_CHARACTERS
from dialogs.records import StartRound
from knowledge.query import Query

HERE = "http://127.0.0.1:8080"
PUBLIC = "https://fraga.example.se"
ELSEWHERE = "https://illvilja.example"
WEBINAR = "landet-lar-47"
ROUND = "R-ABCD-EFGH"
UNKNOWN = "Vad kostar en elcykel?"
"""A question that the shipped content has no answer to, so that it can be sent to a moderator."""
UNHURRIED = Pace(1e9, 1e9)

Json = dict[str, Any]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SWEDEN)

    def __call__(self) -> dt.datetime:
        return self.time

    def forward(self, **time: float) -> None:
        """Move the clock: forward(hours=4)."""
        self.time += dt.timedelta(**time)


@cache
def shipped_library() -> Library:
    """The shipped content with its matcher warmed up, shared by all tests: nothing ever changes in it."""
    library = Library(SHIPPED)
    library.matcher.match(Query("Vad räknas som landsbygd?", "sv", None, None))
    return library


@dataclass(repr=False)
class Web:
    """The application and what it stands on."""

    service: Service
    app: Protection
    clock: Clock
    base: str = HERE

    def person(self) -> "Person":
        """Somebody new."""
        return Person(self)

    async def moderator(self) -> "Moderator":
        """Somebody signed in."""
        found = Moderator(self)
        await found.sign_in(await self.invited())
        return found

    async def invited(self, role: str = "moderator", webinar: str | None = None) -> str:
        """A fresh one-time token."""
        return (await jobs.invite(self.service, {"role": role, "webinar": webinar})).rpartition("/")[2]

    def says(self, key: str, **values: object) -> str:
        """A phrase of the service, in Swedish."""
        return self.service.library.content.texts["sv"](key, most=MOST_CHARACTERS, **values)

    async def begin_round(self, code: str = ROUND, length: str = "short") -> None:
        """A round that somebody begins who has said nothing else; it has no leader but in name."""
        checklist = self.service.library.content.checklist
        started = StartRound(
            code, checklist.id, checklist.version, checklist.edition, checklist.source, checklist.levels[0].id,
            checklist.purposes[0].id, length,
        )  # fmt: skip
        await self.service.store.write(lambda tx: tx.start_round("nobody", started, self.clock()))

    async def rows(self, *but: str) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database; without the tables named."""

        def look(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
            tables = [row[0] for row in tx.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            wanted = [name for name in tables if name not in but]
            return {name: sorted(tx.db.execute(f"SELECT * FROM {name}"), key=repr) for name in wanted}  # noqa: S608

        return await self.service.store.read(look)

    async def keys(self, person: "Person") -> list[str]:
        """The keys of everything said to somebody."""
        who, address = None, person.address
        if address:
            who = await self.service.store.read(lambda tx: tx.person_at("web", address))
        kept = await self.service.store.read(lambda tx: tx.messages(who, 0, 10_000)) if who else []
        return [message.body["key"] for message in kept if message.sender != "you"]

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Another process holds the database's lock: nothing can be stored meanwhile."""
        intruder = sqlite3.connect(self.service.settings.database, isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            intruder.execute("ROLLBACK")
            intruder.close()


class Person:
    """Somebody with a browser, which keeps its cookies; or a program, which does the same."""

    def __init__(self, web: Web) -> None:
        transport = httpx.ASGITransport(app=web.app)
        self.web = web
        self.http = httpx.AsyncClient(transport=transport, base_url=web.base)

    @property
    def address(self) -> str | None:
        """What the person's cookie says, without its signature."""
        given = [cookie.value or "" for cookie in self.http.cookies.jar if cookie.name.endswith("servicelotsen")]
        return given[0].rpartition(".")[0] if given else None

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, headers=headers)

    async def post(self, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        """Call the API as it asks to be called."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Idempotency-Key": key or fresh_key(), **headers}
        return await self.http.post("/api/v1/messages", content=content, headers=given)

    async def say(self, text: str, **more: Any) -> list[Json]:
        """Write something; the messages that come of it."""
        return told(await self.post({"text": text, **more}))

    async def choose(self, choice: str, **more: Any) -> list[Json]:
        """Press something; the messages that come of it."""
        return told(await self.post({"choice": choice, **more}))

    async def history(self, after: str | None = None) -> list[Json]:
        """All messages, or those after one."""
        return told(await self.http.get("/api/v1/messages", params={"after": after} if after else {}))

    async def submit(self, path: str, headers: Mapping[str, str] | None = None, /, **fields: str) -> httpx.Response:
        """Send a form as a browser without JavaScript does, from our own page."""
        ours = {"Origin": self.web.base}
        return await self.http.post(path, data=fields, headers=ours if headers is None else headers)

    async def ask_moderator(self, text: str = UNKNOWN) -> int:
        """Ask something and send it on, whatever the answer; its number in the queue."""
        offered = choices(await self.say(text))
        send = next((each for each in offered if each.startswith("send:")), None)
        if send is None:
            missed = next(each for each in offered if each.startswith("not:"))
            send = next(each for each in choices(await self.choose(missed)) if each.startswith("send:"))
        await self.choose(send)
        return len((await self.web.rows())["question"])


class Moderator(Person):
    """Somebody at the moderators' desk."""

    async def sign_in(self, token: str) -> httpx.Response:
        """Press the button on the page of a one-time link."""
        return await self.submit("/moderator/logga-in", token=token)

    async def csrf(self) -> str:
        """The token in the desk's forms."""
        return read((await self.get("/moderator")).text).hidden["csrf"]

    async def decide(self, number: int, **fields: str) -> httpx.Response:
        """Send one of the forms on a question's page."""
        path = f"/moderator/fragor/{number}"
        hidden = read((await self.get(path)).text).hidden
        return await self.submit(path, **{"csrf": await self.csrf(), "version": hidden.get("version", "1"), **fields})


class Page(HTMLParser):
    """A page as a browser reads it: its elements, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.odd: list[str] = []
        """Comments, declarations and the like."""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)

    @property
    def text(self) -> str:
        """All text."""
        return "".join(self.texts)

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of its forms."""
        inputs = [attributes for tag, attributes in self.elements if tag == "input"]
        return {each["name"]: each.get("value", "") for each in inputs if each.get("type") == "hidden"}

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for found, attributes in self.elements if found == tag]


def read(html: str) -> Page:
    """The page in some HTML."""
    return Page(html)


def fresh_key() -> str:
    """A key for a new event."""
    return str(uuid.uuid4())


def told(response: httpx.Response) -> list[Json]:
    """The messages of an answer, which must be one."""
    assert response.status_code == 200, response.text
    messages: list[Json] = response.json()["messages"]
    return messages


def choices(messages: list[Json]) -> list[str]:
    """The ids of everything offered."""
    return [choice["id"] for message in messages for choice in message["choices"]]


def kinds(messages: list[Json]) -> list[str]:
    """The kind of each message."""
    return [message["kind"] for message in messages]


@asynccontextmanager
async def running_web(
    folder: Path, *, pace: Pace = UNHURRIED, public: str = "", smtp: str = "", undo: float = 0, letterbox_days: int = 0
) -> AsyncIterator[Web]:
    """The application on a store of its own in a folder. Refusals of a locked store come at once, not after seconds."""
    clock = Clock()
    settings = Settings(
        database_url=f"sqlite:///{folder / 'web.db'}", data=folder, public_url=public, smtp_url=smtp, undo_seconds=undo,
        letterbox_days=letterbox_days,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as shared:
        shared.setattr("bot.wiring.Library", lambda _: shipped_library())
        shared.setattr("bot.store.sqlite.BUSY_SECONDS", 0.02)
        async with running(settings, clock) as running_service:
            service = replace(running_service, pace=pace)
            yield Web(service, create_app(service), clock, public or HERE)


@dataclass
class Serving:
    """The application behind the real server."""

    base: str
    server: uvicorn.Server
    task: "asyncio.Task[None]"


@asynccontextmanager
async def serving(web: Web) -> AsyncIterator[Serving]:
    """Serve on a free port of this machine, as `serve` does."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        web.app, log_config=None, access_log=False, server_header=False, lifespan="off", proxy_headers=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[taken]))
    await until(lambda: server.started)
    try:
        yield Serving(f"http://127.0.0.1:{taken.getsockname()[1]}", server, task)
    finally:
        web.service.live.close()
        server.should_exit = True
        await task


async def until(so: Callable[[], object]) -> None:
    """Wait until something is so, a few seconds at most."""
    async with asyncio.timeout(5):
        while not so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


@dataclass(frozen=True)
class Frame:
    """One piece of a stream: an event, or a comment that keeps the connection open."""

    event: str
    id: str
    data: str


async def frames(response: httpx.Response) -> AsyncIterator[Frame]:
    """What a stream brings, piece by piece."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        elif fields:
            name = "comment" if "comment" in fields else fields.get("event", "")
            yield Frame(name, fields.get("id", ""), fields.get("data", ""))
            fields = {}
