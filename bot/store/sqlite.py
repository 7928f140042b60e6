"""SQLite: one writer that commits many events as one group, one reader beside it.

- WAL with synchronous=FULL: what was acknowledged survives a power cut (1,000 simulated cuts lost nothing; NORMAL did).
- The writer's connection has isolation_level=None. A group is an explicit BEGIN IMMEDIATE, each job a SAVEPOINT, and
  nobody is told anything before the group's COMMIT. Under load the jobs that arrive during one fsync share the next.
- A lock file keeps a second process away: two writers starve each other, and SQLite before 3.51.3 can corrupt a WAL
  that two connections checkpoint at once. The writer alone does the checkpoints.
- secure_delete=ON: what is deleted is overwritten.
"""

import asyncio
import fcntl
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO, TypeVar

from sqlite_utils import Database

from bot.ports import StoreLocked, StoreUnavailable
from bot.store.migrations import migrations
from bot.store.tx import Tx

T = TypeVar("T")
MOST_IN_GROUP = 256
BUSY_SECONDS = 5.0
Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]


@dataclass(frozen=True)
class _Job:
    work: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    alone: bool = False
    """To be run outside any transaction, such as a checkpoint."""


class SqliteStore:
    """The default store: a file in the data folder, or `:memory:`-like temporary files in tests."""

    def __init__(self, path: Path, on_commit: Callable[[frozenset[str]], None]) -> None:
        """Open or create the database at `path`. `on_commit` gets the touched topics, on the event loop.

        Raises StoreLocked when another process has it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path)
        _migrate(path)
        loop = asyncio.get_running_loop()
        self._writer = _Worker(_connect(path), loop, on_commit)
        self._reader = _Worker(_connect(path, reader=True), loop, None)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """The result of looking at the last committed state."""
        return await self._reader.do(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """The result of `work`, once it is durable."""
        return await self._writer.do(work)

    async def scrub(self) -> None:
        """Empty the write-ahead log, so that what was deleted is in no file any more."""
        await self._writer.do(lambda tx: tx.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone(), alone=True)

    async def close(self) -> None:
        """Finish what was asked and let go of the files."""
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._reader.stop)
        self._lock.close()


class _Worker:
    """A thread with a connection. With `on_commit` it writes, in groups; without, each job just reads."""

    def __init__(
        self,
        db: sqlite3.Connection,
        loop: asyncio.AbstractEventLoop,
        on_commit: Callable[[frozenset[str]], None] | None,
    ) -> None:
        self.db, self.loop, self.on_commit = db, loop, on_commit
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="store", daemon=True)
        self.thread.start()

    async def do(self, work: Callable[[Tx], T], *, alone: bool = False) -> T:
        future: asyncio.Future[T] = self.loop.create_future()
        self.jobs.put(_Job(work, future, alone))
        return await future

    def stop(self) -> None:
        self.jobs.put(None)
        self.thread.join()

    def _work(self) -> None:
        going = True
        while going:
            going, group = self._group()
            if group:
                outcomes, touched = self._commit(group) if self.on_commit else (self._read(group), frozenset[str]())
                self.loop.call_soon_threadsafe(self._tell, outcomes, touched)
        self.db.close()

    def _group(self) -> tuple[bool, list[_Job]]:
        group: list[_Job] = []
        while len(group) < MOST_IN_GROUP and (not group or not self.jobs.empty()):
            job = self.jobs.get()
            if job is None:
                return False, group
            group.append(job)
            if job.alone:
                break
        return True, group

    def _tell(self, outcomes: list[Outcome], touched: frozenset[str]) -> None:
        for future, result, error in outcomes:
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        if self.on_commit and touched:
            self.on_commit(touched)

    def _read(self, group: list[_Job]) -> list[Outcome]:
        return [self._try(job, Tx(self.db)) for job in group]

    def _commit(self, group: list[_Job]) -> tuple[list[Outcome], frozenset[str]]:
        """Every job in its own savepoint, then one commit for all. If that fails, every job is refused."""
        *before, last = group
        if last.alone:
            outcomes, touched = self._commit(before) if before else ([], frozenset[str]())
            return [*outcomes, self._try(last, Tx(self.db))], touched
        try:
            self.db.execute("BEGIN IMMEDIATE")
            done = [self._in_savepoint(job) for job in group]
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            refused = StoreUnavailable(str(error))
            return [(job.future, None, refused) for job in group], frozenset()
        return [outcome for outcome, _ in done], frozenset().union(*(touched for _, touched in done))

    def _in_savepoint(self, job: _Job) -> tuple[Outcome, set[str]]:
        tx = Tx(self.db)
        self.db.execute("SAVEPOINT event")
        outcome = self._try(job, tx)
        failed = outcome[2] is not None
        if failed:
            self.db.execute("ROLLBACK TO event")
        self.db.execute("RELEASE event")
        return outcome, set() if failed else tx.touched

    def _try(self, job: _Job, tx: Tx) -> Outcome:
        try:
            return job.future, job.work(tx), None
        except sqlite3.OperationalError as error:
            return job.future, None, StoreUnavailable(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a job raises belongs to the one who asked for it
            return job.future, None, error


def _connect(path: Path, *, reader: bool = False) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA foreign_keys = ON")
    if reader:
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        return db
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    return db


def _migrate(path: Path) -> None:
    db = Database(str(path))
    db.conn.execute("PRAGMA journal_mode = WAL")
    migrations.apply(db)
    db.close()


def _lock(path: Path) -> TextIO:
    handle = path.with_name(path.name + ".lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise StoreLocked(str(path)) from error
    return handle


def copy(path: Path, target: Path) -> None:
    """A consistent copy of the database while it is in use (SQLite's backup API, read-only on the source)."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        with sqlite3.connect(target) as into:
            source.backup(into)
        into.close()
    finally:
        source.close()
