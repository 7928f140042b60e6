"""Updates handed over to the bot's own address: one at a time of each chat or user, again until it says 2xx."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

from tests.botapi.things import Json, Refused, bad
from tests.botapi.updates import Update
from tests.botapi.world import World

Place = tuple[str, int]
PORTS = (443, 80, 88, 8443)
NOT_IN_ANSWERS = ("get", "setWebhook", "deleteWebhook", "close", "logOut")


@dataclass
class Answer:
    """What the bot's server said."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def wait(self) -> float | None:
        """The seconds of its Retry-After."""
        given = self.headers.get("retry-after", "")
        return min(3600.0, float(given)) if given.isdigit() else None


class Line(asyncio.Protocol):
    """A line to the bot's server, kept open."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer = Answer()
        self.done: asyncio.Future[Answer] | None = None
        self.parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.done and not self.done.done():
            self.done.set_exception(ConnectionError("Connection closed"))

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.answer.headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.answer.body += body

    def on_message_complete(self) -> None:
        self.answer.status = self.parser.get_status_code()
        if not self.parser.should_keep_alive():
            self.close()
        if self.done and not self.done.done():
            self.done.set_result(self.answer)

    async def post(self, data: bytes) -> Answer:
        """Send a whole request."""
        if self.transport is None:
            raise ConnectionError("Connection closed")
        self.answer = Answer()
        self.parser = httptools.HttpResponseParser(self)
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self.done

    def close(self) -> None:
        """Hang up."""
        if self.transport:
            self.transport.abort()


class Webhook:
    """The methods about webhooks, and the handing over. Times are in seconds; `scale` shortens all waits."""

    def __init__(self, world: World, call: Callable[[str, Json, dict[str, bytes]], Any]) -> None:
        self.world = world
        self.call = call
        self.scale = 1.0
        self.first = 1.0
        self.cap = 60.0
        self.timeout = 60.0
        """How long an answer is waited for; never scaled."""
        self.errors: list[str] = []
        self.places: dict[Place, deque[Update]] = {}
        self.delays: dict[Place, float] = {}
        self.ready: deque[Place] = deque()
        self.idle: list[Line] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.timers: set[asyncio.TimerHandle] = set()
        self.head = b""
        self.host, self.port, self.most = "", 0, 40
        handlers = {"setWebhook": self.set, "deleteWebhook": self.delete, "getWebhookInfo": self.info}
        world.handlers = {**world.handlers, **handlers}

    def set(self, world: World, params: Any, _files: Any) -> bool:
        """SetWebhook; an empty address takes it away."""
        url = params["url"]
        if not url:
            return self.delete(world, params, _files)
        parts = urlsplit(url)
        ours = world.local_webhooks and parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not ours:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not ours and (parts.port or 443) not in PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if params.get("drop_pending_updates"):
            world.queue.clear()
        self.stop()
        world.queue.end_by_webhook()
        if "allowed_updates" in params:
            world.queue.allowed = frozenset(params["allowed_updates"] or ())
        world.webhook = dict(params)
        self._address(url, params.get("secret_token"))
        self.most = params.get("max_connections", 40)
        world.queue.put_hook = self.wake
        for update in world.updates():
            self.wake(update)
        return True

    def _address(self, url: str, secret: str | None) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        token = f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n" if secret else ""
        host = f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self.head = f"POST {path} HTTP/1.1\r\n{host}{token}Content-Length: ".encode()

    def delete(self, world: World, params: Any, _files: Any) -> bool:
        """DeleteWebhook; what waits stays for getUpdates."""
        self.stop()
        world.queue.put_hook = None
        world.webhook = {}
        if params.get("drop_pending_updates"):
            world.queue.clear()
        return True

    def info(self, world: World, _params: Any, _files: Any) -> Json:
        """GetWebhookInfo."""
        found: Json = {"url": world.webhook.get("url", ""), "has_custom_certificate": False}
        found["pending_update_count"] = len(world.updates())
        if world.webhook:
            found |= {"max_connections": self.most, "ip_address": "127.0.0.1"}
        if world.queue.allowed:
            found["allowed_updates"] = sorted(world.queue.allowed)
        if self.errors:
            found |= {"last_error_date": int(world.now()), "last_error_message": self.errors[-1]}
        return found

    def wake(self, update: Update) -> None:
        """An update has come."""
        waiting = self.places.get(update.place)
        if waiting is None:
            self.places[update.place] = deque([update])
            self.ready.append(update.place)
            self.pump()
        else:
            waiting.append(update)

    def pump(self) -> None:
        """Hand over what can be handed over now."""
        if self.world.outage:
            self.later(0.05, self.pump)
            return
        while self.ready and len(self.tasks) < self.most:
            place = self.ready.popleft()
            update = self._next(place)
            if update:
                task = asyncio.get_running_loop().create_task(self.hand_over(place, update))
                self.tasks.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        if self.world.webhook:
            self.pump()

    def _next(self, place: Place) -> Update | None:
        waiting, now = self.places[place], self.world.now()
        while waiting and (not waiting[0].waits or waiting[0].expires <= now):
            self.world.queue.drop(waiting.popleft())
        if waiting:
            return waiting[0]
        del self.places[place]
        self.delays.pop(place, None)
        return None

    async def hand_over(self, place: Place, update: Update) -> None:
        """Hand one update over; when it fails its place waits."""
        delay = self.delays.get(place, self.first)
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self.post(update)
            error = "" if 200 <= answer.status < 300 else self._wrong(answer)
        except TimeoutError:
            answer, error = Answer(), "Read timeout expired"
        except OSError as failure:
            answer, error = Answer(), str(failure) or "Connection failed"
        if not error:
            self.world.queue.confirm(update)
            self.delays.pop(place, None)
            self.ready.append(place)
            self.carry_out(answer)
            return
        self.errors.append(error)
        self.delays[place] = min(self.cap, delay * 2)
        self.later((delay if answer.wait is None else answer.wait) * self.scale, self._again, place)

    @staticmethod
    def _wrong(answer: Answer) -> str:
        with suppress(ValueError):
            return f"Wrong response from the webhook: {answer.status} {HTTPStatus(answer.status).phrase}"
        return f"Wrong response from the webhook: {answer.status}"

    def _again(self, place: Place) -> None:
        self.ready.append(place)
        self.pump()

    async def post(self, update: Update) -> Answer:
        """Send one update and wait for what is said to it. A line whose answer did not come is closed."""
        line = self.idle.pop() if self.idle else None
        if line is None or line.transport is None:
            _, line = await asyncio.get_running_loop().create_connection(Line, self.host, self.port)
        self.world.queue.handed(update)
        try:
            answer = await line.post(self.head + b"%d\r\n\r\n%b" % (len(update.data), update.data))
        except BaseException:
            line.close()
            raise
        if line.transport:
            self.idle.append(line)
        return answer

    def carry_out(self, answer: Answer) -> None:
        """A method may come back in the answer; what becomes of it nobody is told."""
        if not answer.body or not answer.headers.get("content-type", "").startswith("application/json"):
            return
        with suppress(ValueError, Refused):
            params = json.loads(answer.body)
            method = params.pop("method", "") if isinstance(params, dict) else ""
            if method and not method.startswith(NOT_IN_ANSWERS):
                self.call(method, params, {})

    def later(self, seconds: float, do: Callable[..., None], *given: Any) -> None:
        """Do something after a while, unless stopped."""

        def go() -> None:
            self.timers.discard(handle)
            do(*given)

        handle = asyncio.get_running_loop().call_later(seconds, go)
        self.timers.add(handle)

    def stop(self) -> None:
        """Hand nothing over any more."""
        for timer in self.timers:
            timer.cancel()
        for task in self.tasks:
            task.cancel()
        for line in self.idle:
            line.close()
        for container in (self.timers, self.idle, self.places, self.ready, self.delays):
            container.clear()
