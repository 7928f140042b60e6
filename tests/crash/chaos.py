"""R1: many people post over HTTP while the service is killed (-9) again and again, and started again.

A person repeats an event with the same key and cookie until it is acknowledged, as the page does. Every acknowledged
event is in a ledger before it is counted; in the end the ledger and the database must agree, each event once.
"""

import asyncio
import json
import random
import signal
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.server import Line, Server, serving

POSTS_EACH = 10
PATIENCE = 0.02


@dataclass(frozen=True)
class Verdict:
    """What the database holds of what was acknowledged."""

    posts: int
    kills: int
    lost: int
    doubled: int
    people: int
    people_wanted: int
    retried: int
    integrity: str

    def __str__(self) -> str:
        return f"lost {self.lost} doubled {self.doubled} of {self.posts}, {self.kills} kills"


@dataclass
class Chaos:
    """One run."""

    server: Server
    posts: int
    kills: int
    ledger: TextIO
    chance: random.Random = field(default_factory=lambda: random.Random(47))
    acknowledged: int = 0
    retried: int = 0
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Everybody at once, and somebody who pulls the plug."""
        people = [Poster(self, number) for number in range(self.posts // POSTS_EACH)]
        killing = asyncio.create_task(self._kill())
        await asyncio.gather(*(person.talk() for person in people), killing)

    async def _kill(self) -> None:
        """Kill at random moments, spread over the run."""
        for after in sorted(self.chance.sample(range(self.posts * 9 // 10), self.kills)):
            while self.acknowledged < after:
                self._progress.clear()
                await self._progress.wait()
            await asyncio.sleep(self.chance.random() * PATIENCE)
            await asyncio.to_thread(self.server.stop, signal.SIGKILL)
            await asyncio.to_thread(self.server.start)

    def note(self, kind: str, text: str) -> None:
        """An event is acknowledged: first the ledger, then the count."""
        self.ledger.write(json.dumps([kind, text]) + "\n")
        self.ledger.flush()
        self.acknowledged += 1
        self._progress.set()


@dataclass
class Poster:
    """Somebody with a browser who does not give up."""

    chaos: Chaos
    number: int
    cookie: str = ""

    async def talk(self) -> None:
        """Ask, and send every other question to the moderators."""
        line = Line(self.chaos.server.port)
        for turn in range(POSTS_EACH // 2):
            text = f"Vad heter hunden i {letters(self.number)} {letters(turn)}?"
            answer = await self.post(line, {"text": text})
            self.chaos.note("said", text)
            send = next((each["id"] for each in choices(answer) if each["id"].startswith("send:")), None)
            if send is None:
                raise AssertionError(answer)
            await self.post(line, {"choice": send})
            self.chaos.note("asked", text)
        line.hang_up()

    async def post(self, line: Line, body: dict[str, str]) -> Any:
        """Post until it is acknowledged."""
        key = str(uuid.uuid4())
        while True:
            headers = {"Idempotency-Key": key, **({"Cookie": self.cookie} if self.cookie else {})}
            try:
                answer = await line.post("/api/v1/messages", body, headers)
            except (OSError, EOFError):
                self.chaos.retried += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status == 200:
                self.cookie = answer.headers.get("set-cookie", self.cookie).partition(";")[0]
                return answer.json()
            if answer.status not in (429, 503):
                raise AssertionError((answer.status, answer.body))
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))


def choices(answer: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Every choice offered in an answer."""
    return [choice for message in answer["messages"] for choice in message["choices"]]


def letters(number: int) -> str:
    """A number as an invented word, so that nothing takes it for somebody's telephone number."""
    digits = [int(each) for each in f"{number:04d}"]
    return "".join("bdfgklmnpr"[each] + "aeiou"[each % 5] for each in digits).capitalize()


async def wreak(folder: Path, posts: int, kills: int) -> Verdict:
    """A run in a folder, and what came of it."""
    book = folder / "ledger.jsonl"
    with serving(folder / "data") as server, book.open("w", encoding="utf-8") as ledger:
        chaos = Chaos(server, posts, kills, ledger)
        await chaos.run()
        await asyncio.to_thread(server.stop, signal.SIGKILL)
    return judge(folder / "data" / "servicelotsen.db", book, chaos)


def judge(database: Path, book: Path, chaos: Chaos) -> Verdict:
    """Compare the ledger with the database."""
    with closing(sqlite3.connect(database)) as db:
        said = db.execute("SELECT json_extract(body, '$.text') FROM message WHERE sender = 'you'").fetchall()
        asked = db.execute("SELECT text FROM question").fetchall()
        people = db.execute("SELECT count(*) FROM person").fetchone()[0]
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    kept = Counter([("said", text) for (text,) in said] + [("asked", text) for (text,) in asked])
    noted = [tuple(json.loads(line)) for line in book.read_text(encoding="utf-8").split("\n") if line]
    lost = sum(kept[each] == 0 for each in noted)
    doubled = sum(kept[each] - 1 for each in set(noted) if kept[each] > 1)
    return Verdict(
        len(noted), chaos.kills, lost, doubled, people, chaos.posts // POSTS_EACH, chaos.retried, integrity
    )  # fmt: skip
