"""Telegram's limits on sending, which it answers with 429; and who came back too early."""

import math
import time
from collections import deque
from dataclasses import dataclass, field

from tests.botapi.things import Chat, too_many

EVERYWHERE = 0
"""Stands for all chats."""


@dataclass(frozen=True)
class Limits:
    """How much is let through. `speed` makes the server's seconds shorter, so that tests are quick."""

    chat_rate: float = 1
    chat_burst: int = 4
    group_per_minute: int = 20
    overall_per_second: int = 30
    speed: float = 1


@dataclass
class Gate:
    """Counts sends and refuses those above the limits, and those that come before their time."""

    limits: Limits | None = None
    too_many: int = 0
    early: int = 0
    _until: dict[int, float] = field(default_factory=dict)
    _buckets: dict[int, tuple[float, float]] = field(default_factory=dict)
    _groups: dict[int, deque[float]] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=deque)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look at."""
        return self.limits is None and not self._until

    def now(self) -> float:
        """The server's own seconds."""
        return time.monotonic() * (self.limits.speed if self.limits else 1)

    def hold(self, chat_id: int, seconds: float) -> None:
        """Say 429 to a chat, or to EVERYWHERE, for so long."""
        self._until[chat_id] = max(self._until.get(chat_id, 0), self.now() + seconds)
        self.too_many += 1

    def held(self, chat_id: int) -> None:
        """Refuse a request of a chat whose time has not come."""
        now = self.now()
        for who in (EVERYWHERE, chat_id):
            until = self._until.get(who, 0)
            if now < until:
                self.early += 1
                self.too_many += 1
                raise too_many(math.ceil(until - now))
            self._until.pop(who, None)

    def passes(self, chat: Chat) -> None:
        """Count one send to a chat, or refuse it."""
        limits = self.limits
        if limits is None:
            return
        now = self.now()
        group = self._window(self._groups.setdefault(chat.id, deque()), now - 60) if chat.id < 0 else deque[float]()
        everywhere = self._window(self._all, now - 1)
        tokens, at = self._buckets.get(chat.id, (float(limits.chat_burst), now))
        tokens = min(float(limits.chat_burst), tokens + (now - at) * limits.chat_rate)
        if tokens < 1:
            self._refuse(chat.id, (1 - tokens) / limits.chat_rate)
        if len(group) >= limits.group_per_minute:
            self._refuse(chat.id, group[0] + 60 - now)
        if len(everywhere) >= limits.overall_per_second:
            self._refuse(EVERYWHERE, everywhere[0] + 1 - now)
        self._buckets[chat.id] = (tokens - 1, now)
        group.append(now)
        everywhere.append(now)

    def _refuse(self, chat_id: int, seconds: float) -> None:
        rounded = max(1, math.ceil(seconds))
        self.hold(chat_id, rounded)
        raise too_many(rounded)

    @staticmethod
    def _window(times: deque[float], since: float) -> deque[float]:
        while times and times[0] <= since:
            times.popleft()
        return times
