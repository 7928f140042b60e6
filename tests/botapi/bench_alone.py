"""How many sendMessage the server takes in a second when nothing holds it up: `python -m tests.botapi.bench_alone`."""

import asyncio
import json
import sys
import time
from functools import partial
from typing import cast

import uvloop

from tests.botapi.process import Remote, separate

KEYBOARD = {"inline_keyboard": [[{"text": "Ja", "callback_data": "1:ja"}, {"text": "Nej", "callback_data": "1:nej"}]]}


class _Flood(asyncio.Protocol):
    """Keeps so many requests under way on one line."""

    def __init__(self, request: bytes, depth: int) -> None:
        self.request, self.depth = request, depth
        self.answered = self.wrong = 0
        self.rest = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self.transport.write(self.request * self.depth)

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        found = data.count(b"HTTP/1.1 ")
        self.wrong += found - data.count(b"HTTP/1.1 200")
        self.rest = data[-12:] if found == 0 or not data.endswith(b"}") else b""
        self.answered += found
        if self.transport and found:
            self.transport.write(self.request * found)


async def _flood(remote: Remote, seconds: float, lines: int, depth: int) -> float:
    host, _, port = remote.base.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    floods = []
    for number in range(lines):
        said = {"chat_id": 10_001 + number, "text": "Hej <b>du</b> &amp; ni. " * 8, "parse_mode": "HTML"}
        body = json.dumps({**said, "reply_markup": KEYBOARD}).encode()
        start = f"POST /bot{remote.token}/sendMessage HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        request = f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body
        floods.append((await loop.create_connection(partial(_Flood, request, depth), host, int(port)))[1])
    await asyncio.sleep(0.5)
    before, began = sum(flood.answered for flood in floods), time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (sum(flood.answered for flood in floods) - before) / (time.perf_counter() - began)
    for flood in floods:
        assert flood.answered, "nothing came back"
        assert not flood.wrong, f"{flood.wrong} refused"
        if flood.transport:
            flood.transport.abort()
    return rate


def alone(seconds: float = 3.0, lines: int = 8, depth: int = 16, *, raw: bool = False) -> float:
    """sendMessage a second, each held against the schema. `raw`: and nothing else done with it."""
    with separate("--no-record") as remote:
        for number in range(lines):
            remote.control("say", chat=10_001 + number, text="Hej")
        remote.control("configure", raw=raw)
        return uvloop.run(_flood(remote, seconds, lines, depth))


if __name__ == "__main__":
    for bare in (False, True):
        sys.stdout.write(f"{'raw' if bare else 'whole'}: {alone(raw=bare):.0f}/s\n")
