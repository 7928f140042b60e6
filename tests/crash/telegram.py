"""R1 in Telegram: many people write while the service is killed (-9) again and again, and started again.

Telegram gives an update again until it is confirmed. Each update has words of its own, and the offer that answers it a
number of its own (`send:3`), so that in the end every effect and every reply can be told from all others.
"""

import asyncio
import datetime as dt
import random
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.announcing import open_poll, set_phase
from bot.store.sqlite import SqliteStore
from tests.botapi.process import Remote, separate
from tests.content import SHORT_WALK
from tests.crash.chaos import letters
from tests.polls import WEBINAR, native
from tests.server import Server, serving
from tests.stores import nobody

DATABASE = "servicelotsen.db"
FIRST_CHAT = 10_001
STATEMENT = re.compile(r"Fråga (\d+) av")
NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
NO_RATES = {"TELEGRAM_BULK_RATE": "0", "TELEGRAM_CHAT_RATE": "0"}


@dataclass(frozen=True)
class Verdict:
    """What came of it."""

    updates: int
    kills: int
    lost: int
    """Updates without an effect."""
    doubled: int
    """Updates with more than one."""
    unanswered: int
    """Updates without a reply."""
    repeated: int
    """Replies that came more than once."""
    unmarked: int
    """Repeated replies that do not say so."""
    disordered: int
    """Chats whose replies came in another order than what was written."""
    complaints: int
    looked: int
    """Looks for messages whose sending had been cut."""

    def __str__(self) -> str:
        share = f"{self.repeated / self.updates:.2%}"
        return (
            f"effects lost {self.lost} doubled {self.doubled}, replies lost {self.unanswered} repeated {self.repeated} "
            f"({share}) of {self.updates}, {self.kills} kills, {self.looked} looks"
        )


@contextmanager
def telegram_served(data: Path, transport: str, **settings: str) -> Iterator[tuple[Server, Remote]]:
    """The service, and a Telegram in a process of its own."""
    with separate() as outside:
        own = {
            "TELEGRAM_TOKEN": outside.token, "TELEGRAM_API_BASE": outside.base, "TELEGRAM_TRANSPORT": transport,
            **NO_RATES, **settings,
        }  # fmt: skip
        with serving(data, **own) as server:
            yield server, outside


async def wreak(folder: Path, transport: str, updates: int, chats: int, kills: int, rate: float = 0.0) -> Verdict:
    """A run in a folder, and what came of it."""
    chance = random.Random(47)
    with telegram_served(folder / "data", transport) as (server, outside):
        for number in range(chats):
            outside.control("say", chat=FIRST_CHAT + number, text="/start")
        await _answered(outside, chats)
        outside.control("feed", updates=updates, chats=chats, script=words(updates // chats), rate=rate)
        for _ in range(kills):
            await _progress(outside, chance, updates // kills)
            await asyncio.to_thread(server.stop, signal.SIGKILL)
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(outside.control, "wait", timeout=120)
        await asyncio.sleep(1)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        said, stats = outside.control("messages"), outside.control("stats")
    return _judged(folder / "data" / DATABASE, said, stats, updates, chats, kills)


def words(each: int) -> list[str]:
    """What everybody writes, one after the other: nothing that anybody can answer."""
    return [f"Vad heter hunden i {letters(number)}?" for number in range(each)]


async def _answered(outside: Remote, replies: int) -> None:
    while outside.control("stats")["counts"].get("sendMessage", 0) < replies:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)


async def _progress(outside: Remote, chance: random.Random, about: int) -> None:
    """Until about so many more replies have come, and then a moment more."""
    before = outside.control("stats")["said"]
    wanted = chance.randrange(1, 2 * about)
    for _ in range(200):
        if outside.control("stats")["said"] - before >= wanted:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(chance.random() * 0.02)


def _judged(
    database: Path, said: dict[str, list[Any]], stats: dict[str, Any], updates: int, chats: int, kills: int
) -> Verdict:
    each = updates // chats
    wanted = words(each)
    with closing(sqlite3.connect(database)) as db:
        effects = Counter(
            db.execute(
                """SELECT address, json_extract(body, '$.text') FROM message JOIN address USING (person)
                WHERE sender = 'you'"""
            ).fetchall()
        )
    lost = doubled = unanswered = repeated = unmarked = disordered = 0
    for chat in map(str, range(FIRST_CHAT, FIRST_CHAT + chats)):
        lost += sum(effects[chat, text] == 0 for text in wanted)
        doubled += sum(effects[chat, text] > 1 for text in wanted)
        replies = [offer for message in said[chat] if (offer := _offer(message))]
        counts = Counter(number for number, _ in replies)
        unanswered += sum(counts[number] == 0 for number in range(1, each + 1))
        repeated += sum(count - 1 for count in counts.values())
        unmarked += sum(count - 1 for count in counts.values()) - sum(marked for _, marked in replies)
        first = list(dict.fromkeys(number for number, _ in replies))
        disordered += first != sorted(first)
    return Verdict(
        updates,
        kills,
        lost,
        doubled,
        unanswered,
        repeated,
        max(0, unmarked),
        disordered,
        len(stats["complaints"]),
        stats["counts"].get("editMessageText", 0),
    )


def _offer(message: dict[str, Any]) -> tuple[int, bool] | None:
    """The number of an offer, and whether it says that it may have come before."""
    data = [data for row in message["rows"] for _, data in row if data.startswith("send:")]
    return (int(data[0].removeprefix("send:")), message["html"].startswith("<i>")) if data else None


TO_THE_FIRST_STATEMENT = (
    {"text": "/checklista"}, *({"data": choice} for choice in SHORT_WALK),
)  # fmt: skip


async def walk(outside: Remote, people: int, *steps: dict[str, str]) -> None:
    """Everybody does the same steps, one after the other, each when the one before has been answered."""
    for step in steps:
        outside.control("feed", updates=people, chats=people, script=[step])
        assert (await asyncio.to_thread(outside.control, "wait", timeout=60))["done"]
        await asyncio.sleep(0.3)  # the last step is answered by two messages


def statements(said: dict[str, list[Any]]) -> dict[str, list[int]]:
    """The numbers of the statements shown in each chat, in order."""
    return {
        chat: [int(found[1]) for message in messages if (found := STATEMENT.search(message["text"]))]
        for chat, messages in said.items()
    }


# Native polls


async def opened(data: Path, *, poll: bool) -> None:
    """Open the webinar, or then the poll, in the database of a service that is down."""
    async with _store(data) as store:
        await store.write(lambda tx: set_phase(tx, WEBINAR, "open", NOW))
        assert not poll or await store.write(lambda tx: open_poll(tx, WEBINAR, native(), NOW))


async def closed(data: Path) -> None:
    """Close the poll there."""
    async with _store(data) as store:
        assert await store.write(lambda tx: tx.close_poll(1, NOW))


@asynccontextmanager
async def _store(data: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(data / DATABASE, nobody)
    try:
        yield store
    finally:
        await store.close()


async def sends(outside: Remote, method: str, so_many: int) -> None:
    """Wait until a method has been called so often."""
    async with asyncio.timeout(30):
        while outside.control("stats")["counts"].get(method, 0) < so_many:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


async def answered(data: Path, question: str, answer: int) -> None:
    """Wait until that is what the database says."""
    async with asyncio.timeout(60):
        with closing(sqlite3.connect(data / DATABASE)) as db:
            while db.execute(question).fetchone() != (answer,):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
