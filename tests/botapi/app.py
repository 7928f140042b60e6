"""From requests to the world and back, with everything that goes wrong in between."""

import asyncio
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from tests.botapi import schema
from tests.botapi.faults import Fault, Faults
from tests.botapi.http import Connection, Request, Unreadable, read
from tests.botapi.limits import EVERYWHERE
from tests.botapi.things import Json, Refused, bad, too_many
from tests.botapi.updates import encode
from tests.botapi.webhook import Webhook
from tests.botapi.world import UPGRADED, World

Done = Callable[[int, bytes], None]
PAGE = b"<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body><h1>Bad Gateway</h1></body>\r\n</html>\r\n"


class App:
    """The server behind its connections."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.lines: set[Connection] = set()
        self.webhook = Webhook(world, self.call)
        self.arrivals: list[tuple[float, str, Json]] = []
        """Every request of a right token as it came in: monotonic time, method, parameters; without getUpdates."""
        self.control: Callable[[str, Json, Done], None] | None = None
        self.prefix = f"/bot{world.token}/"
        self.raw = False
        """Whether sendMessage is only checked and answered, for measuring."""
        self.timers: set[asyncio.TimerHandle] = set()

    def connection(self) -> Connection:
        """A protocol for a new line."""
        return Connection(self.take, self.lines)

    def take(self, request: Request) -> None:
        """Answer a request, now or later. A mistake in this server is a complaint too."""
        try:
            self._take(request)
        except Exception:  # noqa: BLE001 - whatever it is, the test must see it
            self.world.complaints.append(f"{request.path}: {traceback.format_exc()}")
            self.refuse(request.reply, Refused(500, "Internal Server Error"))

    def _take(self, request: Request) -> None:
        path = request.path
        if self.world.outage and not path.startswith("/control/"):
            request.cut()
            return
        if not path.startswith(self.prefix):
            path = unquote(path)
        if not path.startswith(self.prefix):
            self.elsewhere(request, path)
            return
        method = schema.real_name(path[len(self.prefix) :])
        try:
            params, strings, files = read(request)
        except (Unreadable, UnicodeDecodeError) as complaint:
            self.world.complaints.append(f"{method}: {complaint}")
            self.refuse(request.reply, bad(str(complaint)))
            return
        if strings:
            params = {**schema.from_strings(method, strings), **params}
        self.arrived(request, method, params, files)

    def elsewhere(self, request: Request, path: str) -> None:
        """What is no call of our bot."""
        files = f"/file/bot{self.world.token}/files/"
        if self.control and path.startswith("/control/"):
            self.control(path.removeprefix("/control/"), read(request)[0], request.reply)
        elif path.startswith(files) and path.removeprefix(files) in self.world.files:
            request.reply(200, self.world.files[path.removeprefix(files)], "application/octet-stream")
        elif path.startswith("/bot"):
            self.refuse(request.reply, Refused(401, "Unauthorized"))
        else:
            self.refuse(request.reply, Refused(404, "Not Found"))

    def arrived(self, request: Request, method: str, params: Json, files: dict[str, bytes]) -> None:
        """A call of our bot: what goes wrong with it is decided here."""
        if self.world.record and method != "getUpdates":
            self.arrivals.append((time.monotonic(), method, params))
        done: Done = request.reply
        if self.world.latency and method.startswith(("send", "edit")):
            done = partial(self.later, self.world.latency, request.reply)
        fault = self.faults.pick(method, params) if self.faults.all else None
        if fault:
            self.fails(fault, request, partial(self.run, request, method, params, files), done, params)
        else:
            self.run(request, method, params, files, done)

    def fails(self, fault: Fault, request: Request, run: Callable[[Done], None], done: Done, params: Json) -> None:
        """Let a call fail in the way that was ordered."""
        kind = fault.kind
        if kind == "cut":
            request.cut()
        elif kind == "slow":
            self.later(fault.seconds, lambda *_: run(done))
        elif kind == "late":
            run(partial(self.later, fault.seconds, done))
        elif kind == "hang_after":
            run(lambda *_: None)
        elif kind == "cut_after":
            run(lambda *_: request.cut())
        elif kind == "half":
            run(request.half)
        elif kind == "html":
            request.reply(fault.code, PAGE, "text/html")
        elif kind != "hang":
            self.refuse(request.reply, self.refusal(fault, params))

    def refusal(self, fault: Fault, params: Json) -> Refused:
        """The answer that was ordered instead of the real one."""
        if fault.kind == "too_many":
            self.world.gate.hold(params.get("chat_id", EVERYWHERE), fault.seconds)
            return too_many(int(fault.seconds))
        if fault.kind == "forbidden":
            return Refused(403, f"Forbidden: {fault.text}")
        if fault.kind == "migrate":
            return bad(UPGRADED, migrate_to_chat_id=fault.to)
        if fault.kind == "refused":
            return Refused(fault.code, fault.text)
        return Refused(fault.code, {500: "Internal Server Error", 502: "Bad Gateway"}.get(fault.code, "Error"))

    def run(self, request: Request, method: str, params: Json, files: dict[str, bytes], done: Done) -> None:
        """Carry a call out and hand over its answer."""
        if method == "getUpdates":
            self.poll(request, params, done)
            return
        try:
            result = self.call(method, params, files)
        except Refused as refusal:
            self.refuse(done, refusal)
            return
        done(200, b'{"ok":true,"result":%b}' % encode(result).encode())

    def call(self, method: str, params: Json, files: dict[str, bytes]) -> Any:
        """Carry a call out; its result."""
        if self.raw and method == "sendMessage" and not schema.check(method, params):
            chat = {"id": params["chat_id"], "type": "private"}
            return {"message_id": 1, "date": 1, "chat": chat, "text": params["text"]}
        return self.world.execute(method, params, files)

    def poll(self, request: Request, params: Json, done: Done) -> None:
        """getUpdates."""
        self.world.counts["getUpdates"] += 1
        try:
            if complaints := schema.check("getUpdates", params):
                self.world.complaints += complaints
                raise bad(complaints[0].partition(" <- ")[0])
            waiting = self.world.queue.poll(params, done)
        except Refused as refusal:
            self.refuse(done, refusal)
            return
        if waiting:
            request.gone = partial(self.world.queue.hang_up, waiting)

    def refuse(self, done: Done, refusal: Refused) -> None:
        """Answer with a refusal."""
        done(refusal.code, encode(refusal.body()).encode())

    def later(self, seconds: float, done: Done, *answer: Any) -> None:
        """Do something after a while, unless everything has ended by then."""
        loop = asyncio.get_running_loop()

        def go() -> None:
            self.timers.discard(handle)
            done(*answer)

        handle = loop.call_later(seconds, go)
        self.timers.add(handle)

    def cut_all(self) -> None:
        """Close every line."""
        for line in list(self.lines):
            line.cut()

    def close(self) -> None:
        """End everything."""
        self.webhook.stop()
        for timer in self.timers:
            timer.cancel()
        self.world.queue.hang_up()
        self.cut_all()
