"""How much of the processor a piece of work takes, whatever else the machine is doing meanwhile."""

import time
from collections.abc import Callable

MOST_TRIES = 25


def least_seconds(work: Callable[[], object], enough: float) -> float:
    """The least of this thread's own seconds that the work took: tried until it took less than enough, or 25 times.

    A busy or stolen processor only ever adds to a time, so the least one is the nearest to the truth.
    """
    least = float("inf")
    for _ in range(MOST_TRIES):
        start = time.thread_time()
        work()
        least = min(least, time.thread_time() - start)
        if least < enough:
            break
    return least
