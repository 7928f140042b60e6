"""How long a piece of work takes, whatever else the machine is doing meanwhile."""

import time
from collections.abc import Callable

MOST_TRIES = 25


def least_seconds(work: Callable[[], object], enough: float) -> float:
    """The least of this thread's own seconds that the work took: tried until it took less than enough, or 25 times.

    A busy or stolen processor only ever adds to a time, so the least one is the nearest to the truth.
    """
    return _least(work, enough, time.thread_time)


def quickest(work: Callable[[], object], enough: float) -> float:
    """The same by the clock on the wall, for work that may wait."""
    return _least(work, enough, time.monotonic)


def _least(work: Callable[[], object], enough: float, clock: Callable[[], float]) -> float:
    least = float("inf")
    for _ in range(MOST_TRIES):
        start = clock()
        work()
        least = min(least, clock() - start)
        if least < enough:
            break
    return least
