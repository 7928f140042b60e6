"""What only SQLite's store promises: groups, one writer, a foreign lock, a full disk, deleted is gone, copies."""

import asyncio
import datetime as dt
import re
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bot.ports import StoreLocked, StoreUnavailable
from bot.store.sqlite import SqliteStore, copy
from bot.store.tx import Tx, person_topic
from tests.effort import quickest
from tests.stores import nobody

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
FILLER = "x" * 20_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
async def store(file: Path, told: list[str]) -> AsyncIterator[SqliteStore]:
    found = SqliteStore(file, told.extend)
    yield found
    await found.close()


def meet(tx: Tx, person: str) -> None:
    tx.create_person(person, "web", f"{person}-cookie", NOW)
    tx.say(person, 1, "you", {"text": f"hej från {person}"}, NOW)


def breaks_the_commit(tx: Tx) -> None:
    """A row that points nowhere, noticed only by COMMIT."""
    tx.db.execute("PRAGMA defer_foreign_keys = ON")
    tx.say("nobody-at-all", 1, "you", {"text": "hej"}, NOW)


def grow(tx: Tx, number: int) -> None:
    tx.create_person(f"big{number}", "web", f"big{number}", NOW)
    tx.say(f"big{number}", 1, "you", {"text": FILLER}, NOW)


@asynccontextmanager
async def held(store: SqliteStore) -> AsyncIterator[None]:
    """The writer at work on something, so that what comes meanwhile shares the next group."""
    begun, release = threading.Event(), threading.Event()

    def work(_: Tx) -> None:
        begun.set()
        release.wait(5)

    working = asyncio.create_task(store.write(work))
    await asyncio.to_thread(begun.wait, 5)
    yield
    release.set()
    await working


@contextmanager
def foreign(what: str, file: Path, seconds: float) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.foreign", what, str(file), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield
        process.kill()


def in_files(file: Path, marker: str) -> int:
    """In how many places a text is in the database's files. Read by another process: see sqlite.org/howtocorrupt."""
    names = [str(each) for each in file.parent.glob(f"{file.name}*")]
    found = subprocess.run(["grep", "-a", "-o", "-h", marker, *names], capture_output=True)
    assert found.returncode in (0, 1), found.stderr
    return len(found.stdout.splitlines())


# Groups


async def test_what_arrives_during_one_commit_shares_the_next_and_is_told_after_it(store: SqliteStore) -> None:
    log: list[str] = []
    store._writer.db.set_trace_callback(lambda sql: log.append(sql) if sql in ("BEGIN IMMEDIATE", "COMMIT") else None)
    async with held(store):
        tasks = []
        for each in range(20):
            task = asyncio.ensure_future(store.write(lambda tx, who=f"p{each}": meet(tx, who)))  # type: ignore[misc]
            task.add_done_callback(lambda _: log.append("told"))
            tasks.append(task)
        await asyncio.sleep(0.05)
        assert log == ["BEGIN IMMEDIATE"]
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)
    assert log == ["BEGIN IMMEDIATE", "COMMIT"] * 2 + ["told"] * 20
    assert not store._writer.db.in_transaction


async def test_when_a_commit_fails_its_whole_group_is_refused_and_the_next_goes_on(
    store: SqliteStore, told: list[str]
) -> None:
    async with held(store):
        group = [store.write(lambda tx: meet(tx, "ann")), store.write(breaks_the_commit)]
        tasks = [asyncio.ensure_future(each) for each in group]
        await asyncio.sleep(0.05)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [StoreUnavailable, StoreUnavailable]
    assert not store._writer.db.in_transaction
    assert told == []
    assert not await store.read(lambda tx: tx.exists("ann"))
    await store.write(lambda tx: meet(tx, "ann"))
    assert told == [person_topic("ann")]


async def test_a_job_that_fails_in_a_group_leaves_the_others_and_no_open_transaction(
    store: SqliteStore, told: list[str]
) -> None:
    async with held(store):
        group = [store.write(lambda tx, who=who: meet(tx, who)) for who in ("ann", "ann", "bo")]  # type: ignore[misc]
        tasks = [asyncio.ensure_future(each) for each in group]
        await asyncio.sleep(0.05)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [type(None), sqlite3.IntegrityError, type(None)]
    assert not store._writer.db.in_transaction
    assert set(told) == {person_topic("ann"), person_topic("bo")}


async def test_durability_is_never_traded_for_speed(store: SqliteStore) -> None:
    pragmas = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
    found = [store._writer.db.execute(f"PRAGMA {each}").fetchone()[0] for each in pragmas]
    assert found == ["wal", 2, 1, 1]


# One writer


async def test_a_second_store_on_the_same_file_is_refused_at_once(store: SqliteStore, file: Path) -> None:
    def refused() -> None:
        with pytest.raises(StoreLocked):
            SqliteStore(file, nobody)

    assert quickest(refused, 1) < 1
    await store.write(lambda tx: meet(tx, "ann"))


async def test_the_next_store_opens_when_the_first_is_closed(file: Path) -> None:
    for _ in range(2):
        store = SqliteStore(file, nobody)
        await store.write(lambda tx: tx.probe(NOW))
        await store.close()


def test_a_file_that_is_no_database_is_refused_in_words_and_left_alone(file: Path) -> None:
    file.write_text("kära dagbok " * 500)
    with pytest.raises(StoreUnavailable, match="not a database"):
        SqliteStore(file, nobody)
    assert file.read_text().startswith("kära dagbok")


async def test_only_the_owner_can_read_the_files(store: SqliteStore, file: Path) -> None:
    await store.write(lambda tx: meet(tx, "ann"))
    copy(file, file.with_name("copy"))
    assert {each.stat().st_mode & 0o077 for each in file.parent.iterdir() if not each.name.endswith(".lock")} == {0}


# A foreign lock (R7)


async def test_while_somebody_else_holds_the_lock_reading_is_quick_and_writing_gives_up_in_time(
    store: SqliteStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = 1.0
    monkeypatch.setattr("bot.store.sqlite.BUSY_SECONDS", patience)
    await store.write(lambda tx: meet(tx, "ann"))
    with foreign("lock", file, 30):
        for _ in range(5):  # a busy machine only ever adds: one round within the bounds is enough
            read, waited = await one_round(store)
            if read <= 0.05 and waited <= patience + 0.5:
                break
    assert read <= 0.05
    assert waited <= patience + 0.5
    await store.write(lambda tx: meet(tx, "bo"))
    kept = await store.read(lambda tx: [tx.exists(each) for each in ("ann", "bo", "p0", "p19")])
    assert kept == [True, True, False, False]


async def one_round(store: SqliteStore) -> tuple[float, float]:
    """A hundred reads while twenty writers wait: the seconds of the second slowest read, and of the slowest writer."""
    writers = [asyncio.create_task(timed_write(store, n * 0.1, f"p{n}")) for n in range(20)]
    reads = []
    for _ in range(100):
        begun = time.monotonic()
        assert await store.read(lambda tx: tx.exists("ann"))
        reads.append(time.monotonic() - begun)
        await asyncio.sleep(0.02)
    return sorted(reads)[98], max(await asyncio.gather(*writers))


async def timed_write(store: SqliteStore, after: float, person: str) -> float:
    await asyncio.sleep(after)
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await store.write(lambda tx: meet(tx, person))
    return time.monotonic() - begun


async def test_the_operator_is_told_once_when_writing_fails_and_once_when_it_works_again(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        caplog.clear()
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await store.write(breaks_the_commit)
        assert [each.levelname for each in caplog.records] == ["ERROR"]
        await store.write(lambda tx: tx.probe(NOW))
        await store.write(lambda tx: tx.probe(NOW))
        assert [each.levelname for each in caplog.records] == ["ERROR", "WARNING"]
    assert "hej" not in caplog.text


async def test_who_writes_while_a_lock_is_held_for_a_moment_only_waits(store: SqliteStore, file: Path) -> None:
    with foreign("lock", file, 0.3):
        await store.write(lambda tx: meet(tx, "ann"))
    assert await store.read(lambda tx: tx.exists("ann"))


# A full disk (R6)


async def test_when_no_page_is_left_nothing_is_told_as_kept_and_room_is_enough_to_go_on(store: SqliteStore) -> None:
    await store.write(lambda tx: meet(tx, "ann"))
    await store.write(lambda tx: limit(tx, tx.db.execute("PRAGMA page_count").fetchone()[0] + 20))
    kept, refused = await fill(store)
    assert kept
    assert refused
    assert not store._writer.db.in_transaction
    assert await store.read(lambda tx: [n for n in range(40) if tx.exists(f"big{n}")]) == kept
    await store.write(lambda tx: limit(tx, 100_000))
    await store.write(lambda tx: grow(tx, 99))
    assert await store.read(lambda tx: tx.exists("big99"))


def limit(tx: Tx, pages: int) -> None:
    tx.db.execute(f"PRAGMA max_page_count = {pages}")


async def test_when_the_disk_takes_no_more_nothing_is_told_as_kept_and_it_heals_by_itself(
    store: SqliteStore, file: Path
) -> None:
    await store.write(lambda tx: meet(tx, "ann"))
    with file_size_at_most(400_000):
        kept, refused = await fill(store)
        assert await store.read(lambda tx: tx.exists("ann"))
    assert kept
    assert refused
    await store.write(lambda tx: grow(tx, 99))
    assert await store.read(lambda tx: [n for n in range(100) if tx.exists(f"big{n}")]) == [*kept, 99]
    await store.scrub()
    assert store._writer.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@contextmanager
def file_size_at_most(size: int) -> Iterator[None]:
    """The kernel refuses to make any file of this process larger, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def fill(store: SqliteStore) -> tuple[list[int], list[int]]:
    """Write until refused, one at a time; who was told "kept" and who "refused"."""
    kept, refused = [], []
    for number in range(40):
        try:
            await store.write(lambda tx, n=number: grow(tx, n))  # type: ignore[misc]
            kept.append(number)
        except StoreUnavailable:
            refused.append(number)
    return kept, refused


# What is deleted is gone (P1)


async def test_nothing_of_somebody_erased_is_left_in_any_file(store: SqliteStore, file: Path) -> None:
    def live(tx: Tx, person: str) -> None:
        tx.create_person(person, "web", f"{person}-MARKER", NOW)
        tx.keep_state(person, {"heard": "MARKER " * 20}, 40)
        for number in range(40):
            tx.say(person, number, "you", {"text": f"MARKER {number} " + "å" * (number * 37)}, NOW)

    people = [f"p{n}" for n in range(50)]
    await store.write(lambda tx: meet(tx, "ann"))
    for person in people:
        await store.write(lambda tx, who=person: live(tx, who))  # type: ignore[misc]
        await store.write(lambda tx, who=person: tx.keep_state(who, {"heard": "MARKER"}, 41))  # type: ignore[misc]
    assert in_files(file, "MARKER") >= 2000
    await store.write(lambda tx: [tx.erase(person) for person in people])
    await store.scrub()
    assert in_files(file, "MARKER") == 0
    assert in_files(file, "hej från ann") == 1


async def test_scrubbing_says_when_somebody_still_reads_what_was_deleted(
    store: SqliteStore, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store.write(lambda tx: meet(tx, "MARKER"))
    with foreign("read", file, 30):
        await store.write(lambda tx: tx.erase("MARKER"))
        with pytest.raises(StoreUnavailable):
            await store.scrub()
        assert in_files(file, "MARKER")
    await store.scrub()
    assert not in_files(file, "MARKER")


# Copies


async def test_a_copy_taken_while_people_write_is_whole(store: SqliteStore, file: Path) -> None:
    async def write() -> None:
        for n in range(200):
            await store.write(lambda tx, who=f"p{n}": meet(tx, who))  # type: ignore[misc]

    writing = asyncio.create_task(write())
    targets = [file.with_name(f"copy{n}.db") for n in range(3)]
    for target in targets:
        await asyncio.sleep(0.02)
        await asyncio.to_thread(copy, file, target)
    await writing
    for target in targets:
        db = sqlite3.connect(target)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        alone = "SELECT count(*) FROM person WHERE id NOT IN (SELECT person FROM message)"
        assert db.execute(alone).fetchone() == (0,)
        db.close()


async def test_a_copy_that_fails_leaves_nothing_half_done(store: SqliteStore, file: Path) -> None:
    target = file.with_name("copy.db")
    for n in range(20):
        await store.write(lambda tx, n=n: grow(tx, n))  # type: ignore[misc]
    with file_size_at_most(100_000), pytest.raises(StoreUnavailable):
        copy(file, target)
    assert not target.exists()


def test_a_folder_with_odd_characters_can_be_copied_from(tmp_path: Path) -> None:
    folder = tmp_path / "å #1 50% ?"
    folder.mkdir()
    sqlite3.connect(folder / "a.db").close()
    copy(folder / "a.db", folder / "b.db")
    assert (folder / "b.db").exists()


def test_every_table_is_documented_by_its_use() -> None:
    """A table that no method of a transaction names is dead weight."""
    source = Path(__file__).parents[3] / "bot" / "store"
    made = set(re.findall(r"CREATE TABLE (\w+)", (source / "migrations.py").read_text(encoding="utf-8")))
    used = "\n".join(path.read_text(encoding="utf-8") for path in source.glob("*.py"))
    assert {table for table in made if not re.search(rf"\b(?:FROM|INTO|UPDATE|JOIN) {table}\b", used)} == set()
