"""When each update was put in the queue, first handed over, and first replied to."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.botapi.things import Chat, Message
from tests.botapi.updates import Update
from tests.botapi.world import Tap, World


@dataclass
class Ledger:
    """Matches the bot's messages to updates: by what they reply to, otherwise the oldest handed over in that chat."""

    world: World
    replies: int = 1
    """How many messages the bot sends for one update."""
    fed: dict[int, Update] = field(default_factory=dict)
    """Updates that are to be replied to."""
    open: dict[int, deque[Update]] = field(default_factory=dict)
    said: "Counter[int]" = field(default_factory=Counter)
    """Messages of the bot by chat."""
    answered: dict[int, float] = field(default_factory=dict)
    """When the bot answered a tap, by update."""
    done: list[Update] = field(default_factory=list)
    last: float = 0.0
    """When the bot said its last."""
    all_done: Callable[[], None] = lambda: None
    _counts: "Counter[int]" = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.world.on_said = self.hears
        self.world.on_answered = self.answers
        self.world.queue.handed_hook = self.handed

    def expect(self, update_id: int) -> None:
        """An update that is to be replied to."""
        if update_id:
            self.fed[update_id] = self.world.queue.all[update_id]

    @property
    def waiting(self) -> int:
        """How many have no reply yet."""
        return len(self.fed) - len(self.done)

    def handed(self, update: Update) -> None:
        """An update went out for the first time."""
        if update.update_id in self.fed:
            self.open.setdefault(update.chat_id, deque()).append(update)

    def hears(self, chat: Chat, message: Message) -> None:
        """The bot said something."""
        self.said[chat.id] += 1
        self.last = now = time.monotonic()
        waiting = self.open.get(chat.id)
        if not waiting:
            return
        replied = message.reply_to
        update = next((each for each in waiting if replied and each.message_id == replied), waiting[0])
        self._counts[update.update_id] += 1
        if update.replied is None:
            update.replied = now
            self.done.append(update)
        if self._counts[update.update_id] >= self.replies:
            waiting.remove(update)
        if len(self.done) == len(self.fed):
            self.all_done()

    def answers(self, tap: Tap) -> None:
        """The bot answered a tap."""
        self.answered.setdefault(tap.update_id, time.monotonic())

    def stats(self) -> dict[str, Any]:
        """All of it, in milliseconds."""
        from_handed = [(each.replied or 0) - (each.handed or 0) for each in self.done]
        from_queue = [(each.replied or 0) - each.enqueued for each in self.done]
        taps = [at - (self.fed[key].handed or at) for key, at in self.answered.items() if key in self.fed]
        first = min((each.enqueued for each in self.fed.values()), default=0.0)
        return {
            "fed": len(self.fed),
            "replied": len(self.done),
            "handed_more_than_once": sum(each.times > 1 for each in self.fed.values()),
            "seconds": max(0.0, self.last - first),
            "said": sum(self.said.values()),
            "said_by_chat": {str(key): count for key, count in self.said.items()},
            "reply_ms_from_handed": spread(from_handed),
            "reply_ms_from_enqueued": spread(from_queue),
            "tap_answer_ms_from_handed": spread(taps),
        }


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst, in milliseconds."""
    if not seconds:
        return {}
    ranked = sorted(seconds)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}
    found = {
        name: round(ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000, 3) for name, share in shares.items()
    }
    return {"count": len(ranked), **found}
