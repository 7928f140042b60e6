"""The seam to the store: what the rest of the program may expect of any of them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from bot.store.tx import Tx

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The store can't keep anything right now. Nothing was kept; trying again later can help."""


class StoreLocked(Exception):
    """Another servicelotsen already uses this database."""


class Store(Protocol):
    """Durable storage. Work is a plain function of a transaction, run in the store's own thread."""

    async def read(self, work: Callable[[Tx], T]) -> T:
        """The result of looking at the last committed state."""
        ...

    async def write(self, work: Callable[[Tx], T]) -> T:
        """The result of `work`, returned only after its changes are durable.

        An exception raised by `work` undoes it alone and is raised here. StoreUnavailable when the commit fails.
        """
        ...

    async def scrub(self) -> None:
        """Make sure that what was deleted can't be read from any file of the store."""
        ...

    async def close(self) -> None:
        """Finish what was asked and let go of the files."""
        ...
