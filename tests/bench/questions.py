"""2,000 questions in 10 seconds, two in five nearly the same as another, to the moderators: how long, lost, how fresh.

Each is asked and then sent on, evenly over ten seconds, whether or not the ones before have been answered, by somebody
who has met the service before. A moderator has the desk open, as its page does: whenever the stream tells of something
new, the lists are fetched. From a receipt until lists that were fetched after it are there, the desk is behind.
"""

import asyncio
import json
import os
import sqlite3
import tempfile
import time
import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot import jobs
from bot.settings import load
from bot.wiring import running
from tests.bench.polls import met, worked
from tests.crowd import text
from tests.polls import WEBINAR
from tests.server import Line, Server, serving

QUESTIONS, SECONDS = 2000, 10.0
LINES = 48


@dataclass
class Crowd:
    """What was noticed: how long each step took, when receipts came, and the fetches of the lists."""

    matched: list[float] = field(default_factory=list)
    receipts: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    lists: list[tuple[float, float]] = field(default_factory=list)
    """When a fetch began and when it was there."""
    late: float = 0.0


def rows() -> list[dict[str, Any]]:
    """What was measured. Needs about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        link = asyncio.run(_opened(data))
        with serving(data) as server:
            crowd, used = asyncio.run(_asked(server, link.rpartition("/")[2]))
        lost, doubled = _counted(data)
    behind = _behind(crowd)
    return [{
        "questions": QUESTIONS, "seconds": SECONDS, "lost": lost, "doubled": doubled,
        "match p99 ms": _at(crowd.matched, 99), "receipt p99 ms": _at(crowd.receipts, 99),
        "both p50 ms": _at(crowd.both, 50), "both p99 ms": _at(crowd.both, 99),
        "desk behind p50 ms": _at(behind, 50), "desk behind p95 ms": _at(behind, 95), "fetches": len(crowd.lists),
        "last began late by s": round(crowd.late, 2), "server CPU s": round(used, 1),
        "load": round(os.getloadavg()[0], 1),
    }]  # fmt: skip


def _at(times: Sequence[float], percent: int) -> float:
    return round(1000 * sorted(times)[(len(times) - 1) * percent // 100], 1)


async def _opened(data: Path) -> str:
    async with running(load({}, None, data)) as service:
        await jobs.webinar(service, {"code": WEBINAR, "phase": "open"})
        return await jobs.invite(service, {"role": "moderator", "webinar": None})


async def _asked(server: Server, token: str) -> tuple[Crowd, float]:
    lines: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(LINES):
        lines.put_nowait(Line(server.port))
    askers = await asyncio.gather(*(met(lines) for _ in range(QUESTIONS)))
    crowd = Crowd()
    desk = asyncio.create_task(_desk(server, token, crowd))
    while not crowd.lists:  # noqa: ASYNC110 - the desk tells nobody else
        await asyncio.sleep(0.01)
    began, used = time.perf_counter() + 0.5, worked(server)
    await asyncio.gather(*(_ask(lines, askers[number], number, began, crowd) for number in range(QUESTIONS)))
    used = worked(server) - used
    while crowd.lists[-1][0] < max(crowd.came):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    desk.cancel()
    with suppress(asyncio.CancelledError):
        await desk
    return crowd, used


async def _ask(lines: "asyncio.Queue[Line]", cookie: str, number: int, began: float, crowd: Crowd) -> None:
    """A question from the moment it was due to its receipt: waiting for a free line is part of it."""
    due = began + number * SECONDS / QUESTIONS
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    crowd.late = time.perf_counter() - due
    asked = time.perf_counter()
    offered = await _posted(lines, cookie, {"text": text(number)})
    send = next(each for each in offered if each.startswith(("send:", "not:")))
    if send.startswith("not:"):
        send = next(each for each in await _posted(lines, cookie, {"choice": send}) if each.startswith("send:"))
    matched = time.perf_counter()
    await _posted(lines, cookie, {"choice": send})
    done = time.perf_counter()
    crowd.matched.append(matched - asked)
    crowd.receipts.append(done - matched)
    crowd.both.append(done - due)
    crowd.came.append(done)


async def _posted(lines: "asyncio.Queue[Line]", cookie: str, said: dict[str, str]) -> list[str]:
    """What is offered in the answer."""
    line = await lines.get()
    try:
        answer = await line.post("/api/v1/messages", said, {"Idempotency-Key": str(uuid.uuid4()), "Cookie": cookie})
    finally:
        lines.put_nowait(line)
    assert answer.status == 200, answer
    return [choice["id"] for each in json.loads(answer.body)["messages"] for choice in each["choices"]]


async def _desk(server: Server, token: str, crowd: Crowd) -> None:
    """The desk of a moderator, as its script keeps it."""
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, headers={"Origin": base}, timeout=60) as http:
        await http.post("/moderator/logga-in", data={"token": token})
        async with http.stream("GET", "/moderator/events") as news:
            async for line in news.aiter_lines():
                if line.startswith("data:"):
                    began = time.perf_counter()
                    response = await http.get("/moderator/ko")
                    assert response.status_code == 200
                    crowd.lists.append((began, time.perf_counter()))


def _behind(crowd: Crowd) -> list[float]:
    """For each receipt, how long until lists that were fetched after it were there."""
    begun = [began for began, _ in crowd.lists]
    return [crowd.lists[bisect_right(begun, came)][1] - came for came in crowd.came]


def _counted(data: Path) -> tuple[int, int]:
    """Questions that are missing, and those that are there more than once."""
    with closing(sqlite3.connect(data / "servicelotsen.db")) as db:
        found = Counter(asked for (asked,) in db.execute("SELECT text FROM question"))
    wanted = {text(number) for number in range(QUESTIONS)}
    return len(wanted - found.keys()), sum(count - 1 for count in found.values())
