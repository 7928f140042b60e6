"""Who waits for what to change: streams and open pages are woken when a commit has touched their topic."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Live:
    """Topics and those who listen to them. A wake-up says only "look again": nothing can be lost by being late."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.closing = False

    def wake(self, topics: Iterable[str]) -> None:
        """Something behind these topics has changed."""
        for topic in topics:
            for event in self._listeners.get(topic, ()):
                event.set()

    def close(self) -> None:
        """Wake everybody for the last time: the service is stopping."""
        self.closing = True
        self.wake(list(self._listeners))

    def listeners(self) -> int:
        """How many listen right now."""
        return len({event for events in self._listeners.values() for event in events})

    @contextmanager
    def listen(self, topics: Iterable[str]) -> Iterator[asyncio.Event]:
        """An event that is set whenever one of the topics changes; clear it before looking."""
        event = asyncio.Event()
        wanted = tuple(topics)
        for topic in wanted:
            self._listeners[topic].add(event)
        try:
            yield event
        finally:
            for topic in wanted:
                self._listeners[topic].discard(event)
                if not self._listeners[topic]:
                    del self._listeners[topic]
