"""5,000 votes in 10 seconds, one in twenty a double click, over HTTP against the real server: lost, doubled, how long.

Every voter has met the service before, as somebody who follows a webinar has. The votes come evenly over ten seconds,
whether or not the ones before have been answered, and are counted in the database afterwards.
"""

import asyncio
import json
import os
import sqlite3
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from bot import announcing, jobs
from bot.settings import load
from bot.wiring import running
from tests.polls import OPENING, WEBINAR
from tests.server import Line, Server, serving

VOTES, SECONDS, DOUBLE_EVERY = 5000, 10.0, 20
LINES = 48
PLACES = ("stockholm", "goteborg", "malmo", "annan-stad", "tatort", "landsbygd")


def rows() -> list[dict[str, Any]]:
    """What was measured. Needs about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        asyncio.run(_opened(data))
        with serving(data) as server:
            voters, waits, late, used = asyncio.run(_crowd(server))
        lost, doubled, tally = _counted(data)
    ordered = sorted(waits)
    return [{
        "votes": VOTES, "seconds": SECONDS, "double clicks": VOTES // DOUBLE_EVERY, "voters": len(voters),
        "lost": lost, "doubled": doubled, "tally is the ballots": tally,
        "p50 ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p99 ms": round(1000 * ordered[len(ordered) * 99 // 100], 1),
        "slowest ms": round(1000 * ordered[-1], 1), "last began late by s": round(late, 2),
        "server CPU s": round(used, 1), "load": round(os.getloadavg()[0], 1),
    }]  # fmt: skip


async def _opened(data: Path) -> None:
    async with running(load({}, None, data)) as service:
        await jobs.webinar(service, {"code": WEBINAR, "phase": "open"})
        poll = service.library.content.polls[OPENING]
        await service.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, poll, service.clock()))


async def _crowd(server: Server) -> tuple[list[str], list[float], float, float]:
    """Everybody's cookies; how long each click took; how late the last one could begin; the server's own seconds."""
    lines: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(LINES):
        lines.put_nowait(Line(server.port))
    voters = await asyncio.gather(*(met(lines) for _ in range(VOTES)))
    waits: list[float] = []
    late = 0.0
    began, used = time.perf_counter() + 0.5, worked(server)

    async def vote(number: int) -> None:
        nonlocal late
        due = began + number * SECONDS / VOTES
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late = time.perf_counter() - due
        key, choice = str(uuid.uuid4()), f"vote:1:plats:{PLACES[number % len(PLACES)]}"
        clicks = 2 if number % DOUBLE_EVERY == 0 else 1
        await asyncio.gather(*(_voted(lines, voters[number], key, choice, waits, due) for _ in range(clicks)))

    await asyncio.gather(*(vote(number) for number in range(VOTES)))
    return voters, waits, late, worked(server) - used


def worked(server: Server) -> float:
    """The processor's seconds that the server has used."""
    assert server.process
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def met(lines: "asyncio.Queue[Line]") -> str:
    """The cookie of somebody who has said hello in the webinar."""
    line = await lines.get()
    try:
        said = {"choice": "help", "webinar": WEBINAR}
        answer = await line.post("/api/v1/messages", said, {"Idempotency-Key": str(uuid.uuid4())})
    finally:
        lines.put_nowait(line)
    assert answer.status == 200, answer
    return answer.headers["set-cookie"].partition(";")[0]


async def _voted(
    lines: "asyncio.Queue[Line]", cookie: str, key: str, choice: str, waits: list[float], due: float
) -> None:
    """One click, from the moment it was due to its answer: waiting for a free line is part of it."""
    line = await lines.get()
    try:
        headers = {"Idempotency-Key": key, "Cookie": cookie}
        answer = await line.post("/api/v1/messages", {"choice": choice}, headers)
    finally:
        lines.put_nowait(line)
    waits.append(time.perf_counter() - due)
    assert answer.status == 200, answer
    assert json.loads(answer.body)["messages"][1]["text"].startswith("Din röst:")


def _counted(data: Path) -> tuple[int, int, bool]:
    """Votes that are missing, votes too many, and whether the tally says what the ballots say."""
    wanted = {place: len(range(number, VOTES, len(PLACES))) for number, place in enumerate(PLACES)}
    with closing(sqlite3.connect(data / "servicelotsen.db")) as db:
        ballots = dict(db.execute("SELECT json_extract(answer, '$[0]'), count(*) FROM ballot GROUP BY 1"))
        tally = dict(db.execute("SELECT option, votes FROM tally WHERE question = 'plats' AND option <> ''"))
    differences = [ballots.get(place, 0) - count for place, count in wanted.items()]
    return (
        -sum(each for each in differences if each < 0),
        sum(each for each in differences if each > 0),
        tally == ballots,
    )
