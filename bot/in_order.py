"""One at a time for each key, in the order they came; different keys side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class InOrder:
    """A lock for each key that somebody holds or waits for, and for no other."""

    _locks: dict[str, tuple[asyncio.Lock, int]] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Wait for one's turn, and keep it for as long as the block runs."""
        lock, waiting = self._locks.get(who, (asyncio.Lock(), 0))
        self._locks[who] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[who]
            if waiting > 1:
                self._locks[who] = (lock, waiting - 1)
            else:
                del self._locks[who]
