"""Telegram: ours beside bots written with python-telegram-bot, at one fake server in one run.

Every bot gets the same texts in the same order, from chats that have been greeted, so that each update has one reply.
Two chats at a time ask the same; then a question is not asked again before some hundred others have been.
`echo` keeps nothing. `persistent` writes what it knows to a file once a second. Ours makes everything durable before it
confirms an update, and has no limits on sending here. Each round begins with fresh bots; the figures are medians.

- `per second`: from the first update to the last reply. `ms`: from when the update was there until its reply came;
  `handed`: from when it was handed over.
- `in order`: chats, of those `heard`, where everything said is, line for line, what a chat alone is told that writes
  the same texts one by one and waits for each reply.
- `others %`: what other programs took of the machine meanwhile. Above a few, the row says little.
- `first s`: from before the process starts until it has replied to an update that waits already.
- `×`: so many times the updates a second, or the p99, of a peer.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from knowledge.load import expected
from tests.botapi.bench_alone import alone
from tests.botapi.process import Remote, separate
from tests.content import knowledge_files, shipped_knowledge
from tests.server import serving

MORE_TO_IT = re.compile(r"[.?!:,]\s|glöm mig")
QUESTIONS = tuple(
    each.text
    for each in expected(knowledge_files(), shipped_knowledge().entries)
    if each.language == "sv" and not MORE_TO_IT.search(each.text)
)
"""As people ask: plain, chatty, misspelt, and some that nothing answers. More than ours remembers matches of. Without
what may have two replies: two questions in one, and the wish to be forgotten."""
BESIDES = ("hej", "/hjalp", "/om", "tack", "verktyg", "mina frågor")
"""A checklist is not among them: its choice would be offered again after every answer, as a second reply."""
EVERY = 5
"""One text in so many is none of the questions."""
TOGETHER = 2
"""So many chats write the same at a time, all others something else."""
LISTENED_TO = 20
"""So many scripts are written by somebody alone, to know what is said then."""
START = "/start"
PEERS = Path(__file__).parent / "telegram_peers"
LEAST_ALONE = 5000
"""sendMessage a second that the server must take, so that it is not the server that is measured."""
PATIENCE = 5.0
"""Seconds without any reply after which no more are expected."""
CHATS_APART = 1000
TURNS = 15
"""The most that a chat writes."""
TICKS = os.sysconf("SC_CLK_TCK")

Row = dict[str, Any]
Figures = dict[str, float]
Starter = Callable[[Remote, Path], AbstractContextManager[int]]
"""Starts a bot at a server, with a folder of its own, and gives its process."""


@dataclass(frozen=True)
class Load:
    """So many updates from so many chats in turn, all at once or at a rate; each send takes `latency` seconds."""

    name: str
    updates: int
    chats: int = 200
    rate: float = 0.0
    latency: float = 0.0

    def each(self, number: int) -> int:
        """How many come from a chat."""
        whole, rest = divmod(self.updates, self.chats)
        return whole + (number < rest)


def script(group: int) -> list[str]:
    """What the chats of a group write, one text after the other."""
    return [
        BESIDES[(group + turn // EVERY) % len(BESIDES)]
        if turn % EVERY == EVERY - 1
        else QUESTIONS[(100 * turn + group) % len(QUESTIONS)]
        for turn in range(TURNS)
    ]


BURST = Load("burst", 2500)
STEADY = Load("steady, 200 a second", 3000, rate=200)
SLOW = Load("burst, 50 ms a send", 2000, latency=0.05)
SLOW_PEER = Load("burst, 50 ms a send", 200, 20, latency=0.05)
"""For those who send one thing after the other."""
ITSELF = "the process"
LOADS = (BURST.name, STEADY.name, SLOW.name, ITSELF)


@dataclass(frozen=True)
class Bot:
    """Somebody who is measured, and the loads of each round."""

    name: str
    start: Starter
    rounds: Sequence[Sequence[Load]]


@contextmanager
def _peer(program: str, remote: Remote, folder: Path) -> Iterator[int]:
    command = [sys.executable, str(PEERS / program), remote.base, remote.token, str(folder / "kept")]
    with subprocess.Popen(command) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _ours(transport: str, remote: Remote, folder: Path) -> Iterator[int]:
    settings = {
        "TELEGRAM_TOKEN": remote.token, "TELEGRAM_API_BASE": remote.base, "TELEGRAM_TRANSPORT": transport,
        "TELEGRAM_BULK_RATE": "0", "TELEGRAM_CHAT_RATE": "0",
    }  # fmt: skip
    with serving(folder, **settings) as server:
        assert server.process
        yield server.process.pid
        server.stop()


PEER_ROUNDS = ((BURST, STEADY, SLOW_PEER), (BURST,))
OUR_ROUNDS = ((BURST, STEADY, SLOW), (BURST,))
ECHO = Bot("echo", partial(_peer, "echo.py"), PEER_ROUNDS)
PERSISTENT = Bot("persistent", partial(_peer, "persistent.py"), PEER_ROUNDS)
OURS = tuple(Bot(f"ours, {name}", partial(_ours, name), OUR_ROUNDS) for name in ("httpx", "ptb"))
BOTS = (ECHO, PERSISTENT, *OURS)
FAULTS = ("lost", "extra", "refused", "complaints")
RATIOS: Mapping[str, Mapping[str, str]] = {
    BURST.name: {"per second": "×"}, SLOW.name: {"per second": "×"}, STEADY.name: {"p99 ms": "p99 ×"},
}  # fmt: skip


def rows() -> list[Row]:
    """A row for each load and bot. Needs about four minutes."""
    rate = alone()
    assert rate >= LEAST_ALONE, f"the server takes only {rate:.0f} sendMessage a second: it would be what is measured"
    found: defaultdict[tuple[str, str], list[Figures]] = defaultdict(list)
    chats = count(CHATS_APART * CHATS_APART, CHATS_APART)
    with separate("--no-record") as remote:
        for round_, bots in enumerate((BOTS, BOTS[::-1])):
            for bot in bots:
                for load, figures in _measured(remote, bot, bot.rounds[round_], chats):
                    found[load, bot.name].append(figures)
    middle = {place: _middle(several) for place, several in found.items()}
    bare = {"load": "sendMessage", "bot": "the server alone", "per second": round(rate)}
    return [bare, *(_row(load, bot, middle) for load in LOADS for bot in BOTS if (load, bot.name) in middle)]


def _middle(several: Sequence[Figures]) -> Figures:
    """Each figure's median; of faults the most, of order the least."""
    merge: dict[str, Callable[[list[float]], float]] = {**dict.fromkeys(FAULTS, max), "in order": min}
    names = dict.fromkeys(name for figures in several for name in figures)
    given = {name: [figures[name] for figures in several if name in figures] for name in names}
    return {name: merge.get(name, median)(each) for name, each in given.items()}


def _row(load: str, bot: Bot, middle: Mapping[tuple[str, str], Figures]) -> Row:
    mine = middle[load, bot.name]
    row: Row = {"load": load, "bot": bot.name, **{name: _short(value) for name, value in mine.items()}}
    for figure, sign in RATIOS.get(load, {}).items():
        for peer in (ECHO, PERSISTENT):
            theirs = middle.get((load, peer.name), {}).get(figure)
            if bot in OURS and theirs and figure in mine:
                row[f"{sign} {peer.name}"] = float(f"{mine[figure] / theirs:.3g}")
    return row


def _short(value: float) -> float:
    return round(value) if value == int(value) or value >= 100 else float(f"{value:.3g}")


def _measured(
    remote: Remote, bot: Bot, loads: Sequence[Load], chats: Iterator[int]
) -> Iterator[tuple[str, Figures]]:  # fmt: skip
    """A fresh bot under some loads, each from chats of its own; and the bot itself."""
    with tempfile.TemporaryDirectory() as folder:
        chat = next(chats)
        remote.control("reset")
        remote.control("feed", updates=1, first_chat=chat, script=[START])
        with bot.start(remote, Path(folder)) as process:
            trial = Trial(remote, process)
            cold = trial.settled()["reply_ms_from_enqueued"]["worst"] / 1000
            trial.learn(next(chats))
            for load in loads:
                figures = trial.under(load, next(chats))
                yield load.name, figures
                if figures["lost"]:
                    break
            yield ITSELF, {"peak MB": _peak_megabytes(process), "first s": cold}


@dataclass
class Trial:
    """A running bot that is being measured."""

    remote: Remote
    process: int
    alone: list[list[str]] = field(default_factory=list)
    """What it says to somebody alone who writes a script, for the first scripts."""

    def learn(self, chat: int) -> None:
        """Hear what it says to chats that each wait for a reply before they go on."""
        self.feed(updates=LISTENED_TO, chats=LISTENED_TO, first_chat=chat, script=[START])
        self.replied()
        with self.recorded():
            for turn in range(TURNS):
                for number in range(LISTENED_TO):
                    self.feed(updates=1, first_chat=chat + number, script=[script(number)[turn]])
                self.replied()
            stats, said = self.settled(), self.said()
        self.alone = [said[chat + number] for number in range(LISTENED_TO)]
        assert all(len(each) == TURNS for each in self.alone), f"not one reply to each text: {stats}"

    def under(self, load: Load, chat: int) -> Figures:
        """What comes of a load."""
        self.remote.control("reset")
        self.feed(updates=load.chats, chats=load.chats, first_chat=chat, script=[START])
        if faults(greeted := self.settled())["lost"]:
            return faults(greeted)
        with self.recorded(load.latency):
            self.remote.control("reset")
            clock = Clock((self.process, self.remote.process.pid, os.getpid()))
            self.all_write(load, chat)
            found = self.settled()
            worked, others = clock.stop()
            said = self.said()
        heard = min(load.chats, LISTENED_TO * TOGETHER)
        right = [said.get(chat + each) == self.alone[each // TOGETHER][: load.each(each)] for each in range(heard)]
        return {
            "updates": load.updates, "chats": load.chats,
            "per second": found["replied"] / found["seconds"],
            "CPU ms each": 1000 * worked / load.updates,
            "p50 ms": found["reply_ms_from_enqueued"]["p50"], "p99 ms": found["reply_ms_from_enqueued"]["p99"],
            "p99 handed": found["reply_ms_from_handed"]["p99"],
            "heard": heard, "in order": sum(right), **faults(found), "others %": 100 * others,
        }  # fmt: skip

    def all_write(self, load: Load, chat: int) -> None:
        """Every chat writes its script, in turn: with a rate evenly, otherwise all at once."""
        groups = [(script(number), chat + number * TOGETHER) for number in range(load.chats // TOGETHER)]
        if not load.rate:
            whole, rest = divmod(load.updates // TOGETHER, len(groups))
            turns = [groups] * whole + [groups[:rest]]
            self.feed_at_once([(first, texts[turn]) for turn, some in enumerate(turns) for texts, first in some])
            return
        each, rate = load.updates // len(groups), load.rate / len(groups)
        for texts, first in groups:
            self.feed(updates=each, chats=TOGETHER, first_chat=first, script=texts, rate=rate)
            time.sleep(1 / load.rate)

    def feed_at_once(self, written: Sequence[tuple[int, str]]) -> None:
        """Texts of groups that begin with a chat, in one go: nobody waits for an answer of the control in between."""
        host, _, port = self.remote.base.removeprefix("http://").partition(":")
        head = f"POST /control/feed HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: "
        asked = [
            json.dumps({"updates": TOGETHER, "chats": TOGETHER, "first_chat": first, "script": [text]})
            for first, text in written
        ]
        answers = b""
        with socket.create_connection((host, int(port))) as line:
            line.sendall("".join(f"{head}{len(each)}\r\n\r\n{each}" for each in asked).encode("ascii"))
            while answers.count(b"HTTP/1.1 200") < len(asked) and (more := line.recv(1 << 20)):
                answers += more
        assert answers.count(b"HTTP/1.1 ") == len(asked), answers[-500:]

    @contextmanager
    def recorded(self, latency: float = 0.0) -> Iterator[None]:
        """The server keeps what is said, and takes so long for each send."""
        self.remote.control("configure", world={"record": True, "latency": latency})
        yield
        self.remote.control("configure", world={"record": False, "latency": 0.0})

    def said(self) -> dict[int, list[str]]:
        """What was said to each chat while it was kept."""
        said = self.remote.control("messages")
        return {int(chat): [message["text"] for message in messages] for chat, messages in said.items()}

    def feed(self, **params: Any) -> None:
        """Let people write."""
        self.remote.control("feed", **params)

    def replied(self) -> Any:
        """The server's figures when everything has been replied to, or nothing more comes."""
        before, stats = -1, self.remote.control("stats")
        while not self.remote.control("wait", timeout=PATIENCE)["done"] and stats["replied"] > before:
            before, stats = stats["replied"], self.remote.control("stats")
        return self.remote.control("stats")

    def settled(self) -> Any:
        """The same, with what comes beside the replies, and the last of them confirmed."""
        self.replied()
        time.sleep(0.1)
        return self.remote.control("stats")


def faults(stats: Any) -> Figures:
    """What must not be: replies that did not come or were too many, refusals, calls against the schema."""
    return {
        "lost": stats["fed"] - stats["replied"], "extra": max(0, stats["said"] - stats["replied"]),
        "refused": stats["refused"], "complaints": len(stats["complaints"]),
    }  # fmt: skip


class Clock:
    """How much a process, and everybody beside these, works for a while."""

    def __init__(self, known: Sequence[int]) -> None:
        self.known = known
        self.before = self.now()

    def now(self) -> tuple[float, float, float]:
        """The time, what the first of the known has worked, and what others have, in seconds."""
        all_ = sum(map(int, Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:4]))
        worked = [_cpu_ticks(process) for process in self.known]
        return time.monotonic(), worked[0] / TICKS, (all_ - sum(worked)) / TICKS

    def stop(self) -> tuple[float, float]:
        """CPU seconds of the first, and the share that others had of the machine."""
        seconds, worked, others = (after - before for after, before in zip(self.now(), self.before, strict=True))
        return worked, max(0.0, others / seconds / (os.cpu_count() or 1))


def _cpu_ticks(process: int) -> int:
    """What a process has worked in all its threads (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _peak_megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text("ascii").split("\n")
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000
