"""Stores for tests: the real ones, on a temporary file. A new store is registered here and meets the same suite."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ports import Store
from bot.store.sqlite import SqliteStore

OnCommit = Callable[[Iterable[str]], None]
Opener = Callable[[Path, OnCommit], Store]

STORES: Mapping[str, Opener] = {"sqlite": SqliteStore}
"""Name → how to open one in a folder's file."""


def nobody(_: Iterable[str]) -> None:
    """Nobody listens for changes."""


@asynccontextmanager
async def opened(path: Path, on_commit: OnCommit = nobody, name: str = "sqlite") -> AsyncIterator[Store]:
    """A store, closed afterwards."""
    store = STORES[name](path, on_commit)
    try:
        yield store
    finally:
        await store.close()
