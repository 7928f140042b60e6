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
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
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
SCRUB_SECONDS = 0.5
"""How long a checkpoint waits for readers; nobody can write meanwhile."""
Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]


@dataclass(frozen=True)
class _Job:
    work: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    alone: bool = False
    """To be run outside any transaction, such as a checkpoint."""
    asked: float = field(default_factory=time.monotonic)


class SqliteStore:
    """The default store: a file in the data folder, or `:memory:`-like temporary files in tests."""

    def __init__(self, path: Path, on_commit: Callable[[frozenset[str]], None]) -> None:
        """Open or create the database at `path`. `on_commit` gets the touched topics, on the event loop.

        Raises StoreLocked when another process has it, StoreUnavailable when it can't be opened.
        """
        self._lock = _lock(path)
        try:
            _private(path)
            _migrate(path)
            writer, reader = _connect(path), _connect(path, reader=True)
        except (sqlite3.Error, OSError) as error:
            self._lock.close()
            raise StoreUnavailable(str(error)) from error
        loop = asyncio.get_running_loop()
        self._writer = _Worker(writer, loop, on_commit)
        self._reader = _Worker(reader, loop, None)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """The result of looking at the last committed state."""
        return await self._reader.do(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """The result of `work`, once it is durable."""
        return await self._writer.do(work)

    async def scrub(self) -> None:
        """Empty the write-ahead log, so that what was deleted is in no file any more.

        StoreUnavailable while somebody reads an older state of the file: a backup, for one.
        """
        await self._writer.do(_checkpoint, alone=True)

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
        self.stopping = self.failing = False
        self.thread = threading.Thread(target=self._work, name="store", daemon=True)
        self.thread.start()

    async def do(self, work: Callable[[Tx], T], *, alone: bool = False) -> T:
        if self.stopping:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[T] = self.loop.create_future()
        self.jobs.put(_Job(work, future, alone))
        return await future

    def stop(self) -> None:
        self.stopping = True
        self.jobs.put(None)
        self.thread.join()

    def _work(self) -> None:
        going = True
        while going:
            going, group = self._group()
            if group:
                outcomes, touched = self._commit(group) if self.on_commit else (self._read(group), frozenset[str]())
                if not group[-1].alone:
                    self._watch(outcomes)
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

    def _watch(self, outcomes: list[Outcome]) -> None:
        """Tell the operator once when it begins to fail, and once when it works again."""
        refused = next((error for *_, error in outcomes if isinstance(error, StoreUnavailable)), None)
        what = "write" if self.on_commit else "read"
        if refused and not self.failing:
            logging.getLogger("store").error("can't %s: %s", what, refused)
        elif self.failing and not refused:
            logging.getLogger("store").warning("can %s again", what)
        self.failing = refused is not None

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
        return [self._look(job) for job in group]

    def _look(self, job: _Job) -> Outcome:
        """A job that reads sees one committed state, however many statements it takes."""
        try:
            self.db.execute("BEGIN")
            outcome = self._try(job, Tx(self.db))
            self.db.execute("ROLLBACK")
        except sqlite3.Error as error:
            return job.future, None, StoreUnavailable(str(error))
        return outcome

    def _commit(self, group: list[_Job]) -> tuple[list[Outcome], frozenset[str]]:
        """Every job in its own savepoint, then one commit for all. If that fails, every job is refused."""
        *before, last = group
        if last.alone:
            outcomes, touched = self._commit(before) if before else ([], frozenset[str]())
            return [*outcomes, self._try(last, Tx(self.db))], touched
        try:
            self.db.execute(f"PRAGMA busy_timeout = {_patience(group)}")
            self.db.execute("BEGIN IMMEDIATE")
            done = [self._in_savepoint(job) for job in group]
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            return [(job.future, None, StoreUnavailable(str(error))) for job in group], frozenset()
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


def _patience(group: list[_Job]) -> int:
    """Milliseconds to wait for a foreign lock: nobody waits longer than BUSY_SECONDS, time in the queue included."""
    waited = time.monotonic() - min(job.asked for job in group)
    return max(0, round((BUSY_SECONDS - waited) * 1000))


def _checkpoint(tx: Tx) -> None:
    tx.db.execute(f"PRAGMA busy_timeout = {round(SCRUB_SECONDS * 1000)}")
    busy, *_ = tx.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreUnavailable("the write-ahead log is being read")


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
    db.conn.execute("PRAGMA secure_delete = ON")
    migrations.apply(db)
    db.close()


def _lock(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.with_name(path.name + ".lock").open("w", encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(str(error)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise StoreLocked(str(path)) from error
    return handle


def _private(path: Path) -> None:
    """A file that is created is for its owner only; SQLite gives its -wal and -shm the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def looking(path: Path) -> Iterator[Tx]:
    """One committed state of a database to read from, also while it is in use; nothing can be changed.

    StoreUnavailable when there is none, or one of another version than this program's.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            yield Tx(db)
    except sqlite3.Error as error:
        raise StoreUnavailable(str(error)) from error


def copy(path: Path, target: Path) -> None:
    """A consistent copy of the database while it is in use (SQLite's backup API, read-only on the source).

    StoreUnavailable when it can't be made; nothing half done is left.
    """
    try:
        _private(target)
        source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(target)) as into:
            source.backup(into)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise StoreUnavailable(str(error)) from error
