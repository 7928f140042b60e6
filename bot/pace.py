"""How fast something may go on: buckets that refill. Never by network address, which a whole village may share."""

from collections import OrderedDict
from dataclasses import dataclass, field

BURST = 30
PER_SECOND = 5.0
MOST_REMEMBERED = 20_000


@dataclass
class Pace:
    """A token bucket for each key; the ones unused longest are forgotten. `now` is monotonic, in seconds."""

    burst: float = BURST
    per_second: float = PER_SECOND
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: float) -> float:
        """0.0 when the person may go on (and it is counted), otherwise the seconds to wait."""
        due = self.due(key, now)
        if not due:
            self.spend(key, now)
        return due

    def due(self, key: str, now: float) -> float:
        """The seconds until the next one may go on; nothing is counted."""
        left = self._left(key, now)
        return 0.0 if left >= 1 else (1 - left) / self.per_second

    def spend(self, key: str, now: float) -> None:
        """One has gone on, whether or not it was its turn: later ones wait the longer, a second more at most."""
        self._buckets[key] = (max(self._left(key, now) - 1, -self.per_second), now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)

    def _left(self, key: str, now: float) -> float:
        left, before = self._buckets.get(key, (self.burst, now))
        return min(self.burst, left + (now - before) * self.per_second)
