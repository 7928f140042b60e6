"""The real `servicelotsen serve` in a process of its own, and a small client that keeps its line open."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
PROGRAM = (sys.executable, "-m", "bot")
ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of ours but these."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SERVICELOTSEN_")}
    return {
        **plain,
        "SERVICELOTSEN_UNDO_SECONDS": "0",
        **{f"SERVICELOTSEN_{name}": value for name, value in settings.items()},
        "PYTHONPATH": str(ROOT),
    }


@dataclass
class Server:
    """A service that can be killed and started again on the same data and port."""

    data: Path
    port: int = field(default_factory=free_port)
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [*PROGRAM, "serve", "--port", str(self.port), "--data", str(self.data), *self.arguments]
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(**self.settings))
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log.read_text(encoding="utf-8"))
            time.sleep(0.02)

    @property
    def log(self) -> Path:
        """Everything it has written."""
        return self.data / "serve.log"

    def answers(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(10)


@contextmanager
def serving(data: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """A running service, ended afterwards whatever has happened."""
    server = Server(data, arguments=arguments, settings=settings)
    try:
        server.start()
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
            server.process.wait()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's values."""
        return json.loads(self.body)


@dataclass
class Line:
    """A connection that is kept open and opened again when it breaks. OSError or EOFError when nobody answers."""

    port: int
    _ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Post JSON."""
        try:
            return await self._post(path, json.dumps(body).encode(), headers)
        except (OSError, EOFError):
            self.hang_up()
            raise

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._ends
        sent = {"Host": f"127.0.0.1:{self.port}", "Content-Type": "application/json", **headers}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        writer.write(head.encode() + body)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        got = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest if line)}
        return Answer(int(first.split()[1]), got, await reader.readexactly(int(got.get("content-length", "0"))))

    def hang_up(self) -> None:
        """Close the line."""
        if self._ends:
            with suppress(OSError):
                self._ends[1].close()
            self._ends = None
