"""The queue of updates: what waits for the bot, until it has confirmed it or its life is over."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests.botapi.things import Refused

DAY = 24 * 3600.0
LIVES = {"callback_query": 150.0, "inline_query": 30.0}
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
MOST_SECONDS = 50
ANOTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"

encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(eq=False, slots=True)
class Update:
    """One update, and what became of it. Times are of the monotonic clock."""

    update_id: int
    kind: str
    data: bytes
    """The whole update as JSON."""
    place: tuple[str, int]
    """Webhooks hand over one at a time of a place: a chat, or a user for callbacks."""
    chat_id: int
    message_id: int
    expires: float
    enqueued: float
    handed: float | None = None
    """When first handed over."""
    times: int = 0
    """How often it was handed over."""
    given: bool = False
    """Whether it was handed over since it was last put in the queue."""
    loose: bool = False
    """Out of order or given again: an offset above it confirms it only when it was handed over."""
    waits: bool = True
    """Whether it is in the queue."""
    replied: float | None = None


@dataclass(eq=False, slots=True)
class Poll:
    """A getUpdates call that waits."""

    answer: Callable[[int, bytes], None]
    limit: int
    timer: asyncio.TimerHandle | None = None


class Queue:
    """Updates in the order in which they are given."""

    def __init__(self, now: Callable[[], float], first: int = 1_000_000) -> None:
        self.now = now
        self.pending: deque[Update] = deque()
        self.all: dict[int, Update] = {}
        self.next_id = first
        self.allowed: frozenset[str] = frozenset()
        self.put_hook: Callable[[Update], None] | None = None
        """Called with each update put in while a webhook is set."""
        self.handed_hook: Callable[[Update], None] | None = None
        self.crawl = False
        """Whether a poller that asks for the same again at once is slowed down, as Telegram does."""
        self.conflicts = 0
        self._poll: Poll | None = None
        self._soon = False
        self._loose = 0
        self._asked: tuple[int, float, float] = (-1, -60.0, -60.0)
        """Offset, start and end of the last getUpdates."""

    def lets_in(self, kind: str) -> bool:
        """Whether the bot wants this kind."""
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def put(self, kind: str, body: Mapping[str, Any], place: tuple[str, int], chat_id: int, message_id: int = 0) -> int:
        """Add an update; its id. One that the bot does not want is not kept and has no id: 0."""
        if not self.lets_in(kind):
            return 0
        number = self.next_id
        self.next_id += 1
        data = encode({"update_id": number, kind: body}).encode()
        expires = self.now() + LIVES.get(kind, DAY)
        update = Update(number, kind, data, place, chat_id, message_id, expires, time.monotonic())
        self.all[number] = update
        self.pending.append(update)
        self._arrived(update)
        return number

    def _arrived(self, update: Update) -> None:
        if self.put_hook:
            self.put_hook(update)
        if self._poll and not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._serve)

    def redeliver(self, *update_ids: int) -> None:
        """Give updates once more that were confirmed already."""
        for number in update_ids:
            update = self.all[number]
            if not update.waits:
                update.waits = True
                self._loosen(update)
                self.pending.appendleft(update)
                self._arrived(update)

    def shuffle(self, seed: int = 0) -> None:
        """Give what waits out of order."""
        waiting = list(self.pending)
        random.Random(seed).shuffle(waiting)
        self.pending = deque(waiting)
        for update in waiting:
            self._loosen(update)

    def _loosen(self, update: Update) -> None:
        update.given = False
        self._loose += not update.loose
        update.loose = True

    def drop(self, update: Update) -> None:
        """Take an update out of the queue: confirmed, or too old."""
        if update.waits:
            update.waits = False
            self._loose -= update.loose
            update.loose = False

    def confirm(self, update: Update) -> None:
        """Take out an update that a webhook has taken."""
        self.drop(update)
        self.tidy_front()

    def clear(self) -> None:
        """Forget everything that waits."""
        for update in self.pending:
            self.drop(update)
        self.pending.clear()

    def tidy(self) -> None:
        """Drop what is too old, or was taken out."""
        now = self.now()
        for update in self.pending:
            if update.expires <= now:
                self.drop(update)
        if not all(update.waits for update in self.pending):
            self.pending = deque(update for update in self.pending if update.waits)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            for update in list(self.pending)[:offset]:
                self.drop(update)
        elif self._loose:
            for update in self.pending:
                if update.update_id < offset and (update.given or not update.loose):
                    self.drop(update)
        else:
            while self.pending and self.pending[0].update_id < offset:
                self.drop(self.pending.popleft())
            return
        self.pending = deque(update for update in self.pending if update.waits)

    def handed(self, update: Update) -> None:
        """Note that an update goes out now."""
        update.times += 1
        update.given = True
        if update.handed is None:
            update.handed = time.monotonic()
            if self.handed_hook:
                self.handed_hook(update)

    def poll(self, params: Mapping[str, Any], answer: Callable[[int, bytes], None]) -> Poll | None:
        """A getUpdates call: answered at once, or later; what waits is given back, to be hung up."""
        if self.put_hook:
            self.conflicts += 1
            raise Refused(409, HOOKED)
        self._end_poll(ANOTHER_POLLER)
        if "allowed_updates" in params:
            self.allowed = frozenset(params["allowed_updates"] or ())
        offset, limit = params.get("offset", 0), params.get("limit", 100)
        seconds: float = min(MOST_SECONDS, max(0, params.get("timeout", 0)))
        limit, seconds = self._slowed(offset, limit, seconds)
        if offset:
            self._confirm(offset)
        self.tidy_front()
        self._poll = Poll(answer, limit)
        if self.pending or not seconds:
            self._serve()
            return None
        self._poll.timer = asyncio.get_running_loop().call_later(seconds, self._serve)
        return self._poll

    def _slowed(self, offset: int, limit: int, seconds: float) -> tuple[int, float]:
        now = time.monotonic()
        before, started, ended = self._asked
        if self.crawl and offset == before:
            seconds = max(3.0, seconds) if now < started + 3 else seconds
            limit = 1 if now < ended + 0.5 else limit
        self._asked = (offset, now, now)
        return limit, seconds

    def tidy_front(self) -> None:
        """Drop what is too old from the front."""
        now = self.now()
        while self.pending and (not self.pending[0].waits or self.pending[0].expires <= now):
            self.drop(self.pending.popleft())

    def _serve(self) -> None:
        self._soon = False
        poll, self._poll = self._poll, None
        if poll is None:
            return
        if poll.timer:
            poll.timer.cancel()
        self._asked = (*self._asked[:2], time.monotonic())
        now = self.now()
        given = list(islice((each for each in self.pending if each.waits and each.expires > now), poll.limit))
        poll.answer(200, b'{"ok":true,"result":[%s]}' % b",".join(update.data for update in given))
        for update in given:
            self.handed(update)

    def _end_poll(self, why: str) -> None:
        poll, self._poll = self._poll, None
        if poll:
            self.conflicts += 1
            if poll.timer:
                poll.timer.cancel()
            poll.answer(409, encode(Refused(409, why).body()).encode())

    def hang_up(self, poll: Poll | None = None) -> None:
        """Forget the call that waits: its line is gone."""
        if self._poll and poll in (None, self._poll):
            if self._poll.timer:
                self._poll.timer.cancel()
            self._poll = None

    def end_by_webhook(self) -> None:
        """A webhook was set while a poller waited."""
        self._end_poll("Conflict: terminated by setWebhook request")
