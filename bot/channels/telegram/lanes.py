"""Whose turn it is among chats with something to be sent: who waits before a broadcast, at the pace that is allowed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from bot.pace import Pace
from bot.store.outbox import Item

EVERYBODY = "everybody"
"""The one key of the pace that holds over all chats."""


@dataclass(eq=False)
class Lane:
    """A chat, and what is to be sent to it."""

    id: str
    items: deque[Item] = field(default_factory=deque)
    busy: bool = False
    queue: "deque[Lane] | None" = None
    """The queue that it stands in."""
    tries: int = 0

    @property
    def urgent(self) -> bool:
        """Whether a person waits for something in it."""
        return any(item.body.get("kind") != "announcement" for item in self.items)


class Lanes:
    """Lanes by their id. Times are monotonic, in seconds."""

    def __init__(self, chat: Pace, group: Pace, bulk: Pace) -> None:
        self.chat_pace, self.group_pace, self.bulk_pace = chat, group, bulk
        self._lanes: dict[str, Lane] = {}
        self._urgent: deque[Lane] = deque()
        self._bulk: deque[Lane] = deque()
        self._asleep: list[tuple[float, int, Lane]] = []
        self._order = count()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, lane: str) -> bool:
        return lane in self._lanes

    def lane(self, identity: str) -> Lane:
        """The lane with this id, which may be new and empty."""
        return self._lanes.setdefault(identity, Lane(identity))

    def add(self, lane: Lane, item: Item) -> None:
        """Something more is to be sent, after what is there already."""
        lane.items.append(item)
        self._line_up(lane)

    def sleep(self, lane: Lane, until: float) -> None:
        """Nothing leaves in it before then."""
        lane.busy, lane.queue = True, None
        heappush(self._asleep, (until, next(self._order), lane))

    def rest(self, lane: Lane) -> None:
        """The lane is free for what comes next in it; an empty one is no lane any more."""
        lane.busy, lane.queue = False, None
        if lane.items:
            self._line_up(lane)
        else:
            self._lanes.pop(lane.id, None)

    def wake(self, now: float) -> None:
        """Those that have slept long enough."""
        while self._asleep and self._asleep[0][0] <= now:
            self.rest(heappop(self._asleep)[2])

    def next(self, now: float) -> Lane | None:
        """The lane whose first item may leave now, which keeps it busy; it counts for the pace."""
        for queue in (self._urgent, self._bulk):
            while queue and not (queue is self._bulk and self.bulk_pace.due(EVERYBODY, now)):
                lane = queue.popleft()
                if lane.queue is not queue:
                    continue  # it stands in the other queue by now, or has been sent
                if wait := self._held(lane, now):
                    self.sleep(lane, now + wait)
                    continue
                lane.busy, lane.queue = True, None
                self.bulk_pace.spend(EVERYBODY, now)
                return lane
        return None

    def due(self, now: float, *, room: bool) -> float | None:
        """The seconds until there may be a next one, where there was none; None when that depends on what comes.

        With no `room` nothing but sleep ends by itself.
        """
        due = [self._asleep[0][0] - now] if self._asleep else []
        if self._bulk and room:
            due.append(self.bulk_pace.due(EVERYBODY, now))
        return min(due, default=None)

    def _line_up(self, lane: Lane) -> None:
        queue = self._urgent if lane.urgent else self._bulk
        if lane.items and not lane.busy and lane.queue is not queue:
            lane.queue = queue
            queue.append(lane)

    def _held(self, lane: Lane, now: float) -> float:
        pace = self.group_pace if lane.id.startswith("-") else self.chat_pace
        return pace.wait(lane.id, now)
