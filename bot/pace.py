"""How fast one person may write: a bucket that refills. Never by network address, which a whole village may share."""

from collections import OrderedDict
from dataclasses import dataclass, field

BURST = 30
PER_SECOND = 5.0
MOST_REMEMBERED = 20_000


@dataclass
class Pace:
    """A token bucket for each key; the ones unused longest are forgotten."""

    burst: float = BURST
    per_second: float = PER_SECOND
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: float) -> float:
        """0.0 when the person may go on (and it is counted), otherwise the seconds to wait. `now` is monotonic."""
        left, before = self._buckets.pop(key, (self.burst, now))
        left = min(self.burst, left + (now - before) * self.per_second)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.per_second
