import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot.retention import PASSING, Retention, load, purge
from bot.settings import SettingsError
from bot.store.tx import Seen, Tx, stamp
from dialogs.contributions import Contribution
from dialogs.records import NativeVotes
from tests.people import NOON, Person, Village, village


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Village]:
    async with village(tmp_path / "test.db") as found:
        yield found


def file(tmp_path: Path, text: str) -> str:
    (tmp_path / "retention.yaml").write_text(text, encoding="utf-8")
    return str(tmp_path / "retention.yaml")


def test_what_the_owner_has_not_decided_keeps_its_default(tmp_path: Path) -> None:
    assert load("") == Retention()
    assert load(file(tmp_path, "chat_days: 30\n")) == Retention(chat_days=30)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("chat_days: 30\nquestion_dags: 3\n", 2), ("chat_days: -5\n", 1), ("chat_days: 0\n", 1),
        ("question_days: 2\nchat_days: 1.5\n", 2), ("chat_days: 99999999\n", 1), ("chat_days: länge\n", 1),
        ("- chat_days\n", 1),
    ],
)  # fmt: skip
def test_a_retention_that_cannot_be_meant_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(SettingsError, match=rf"retention\.yaml:{line}: "):
        load(file(tmp_path, text))


def test_a_retention_file_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff")
    for name in ("bad", "missing"):
        with pytest.raises(SettingsError, match=name):
            load(str(tmp_path / name))


def test_every_class_has_something_to_purge() -> None:
    used = {name for _, _, name in PASSING} | {"chat_days", "question_days", "round_days"}
    assert used == {field.name for field in fields(Retention)}


async def grow_old(place: Village, days: float) -> dict[str, int]:
    place.clock.pass_by(days=days)
    return await place.store.write(lambda tx: purge(tx, Retention(), place.clock()))


async def test_a_purge_takes_each_class_when_its_days_are_over(place: Village) -> None:
    await Person(place, "ann").asks_a_moderator()

    def more(tx: Tx) -> None:
        tx.dead_letter("web", "ValueError", NOON)
        tx.label("x", "sv", None, "not_meant", NOON)
        tx.note_import("w", "digest", tx.ask(None, None, "?", "sv", "w", (), NOON, origin="zoom-chat"), NOON)
        tx.replace_polls("w", [("1", "Buss?", "Ja", 3)], NOON)
        tx.note_native("telegram", "-1", 41, (1, "var"), "p", stamp(NOON))
        tx.native_counted("telegram", "p", NativeVotes(1, (1, 0)), NOON, update=1, final=False)
        tx.add_invite("i", "moderator", None, NOON, NOON)
        tx.open_session("s", "moderator", None, NOON)
        tx.remember("nobody", "key", Seen("nobody", "d", 1, 1), None, NOON)

    await place.store.write(more)
    assert not any((await grow_old(place, 0.5)).values())
    found = {days: {name for name, count in (await grow_old(place, after)).items() if count}
             for days, after in ((2, 1.5), (8, 6), (31, 23), (91, 60), (366, 275))}  # fmt: skip
    assert found == {
        2: {"session", "invite"}, 8: {"seen"}, 31: {"dead_letter"}, 91: {"person"},
        366: {"question", "label", "imported", "imported_poll", "native_poll", "native_votes"},
    }  # fmt: skip


async def test_what_may_become_knowledge_goes_with_its_question_and_what_is_approved_stays(place: Village) -> None:
    await Person(place, "ann").asks_a_moderator()
    asked = Contribution("F-1-sv", "sv", ("Vad kostar det?",), NOON.date(), "Tusen.", questions=(1,))

    def keep(tx: Tx) -> None:
        tx.keep_contribution(asked)
        tx.keep_contribution(replace(asked, key="F-2-sv", state="approved"))

    await place.store.write(keep)
    assert (await grow_old(place, 91))["contribution"] == 0, "she has not asked to be forgotten"
    assert (await grow_old(place, 275))["contribution"] == 1
    assert set(await place.store.read(lambda tx: tx.contributions())) == {"F-2-sv"}


async def test_who_comes_back_in_time_is_kept(place: Village) -> None:
    ann = Person(place, "ann")
    await ann.says("hej")
    place.clock.pass_by(days=80)
    await ann.says("hej igen")
    assert (await grow_old(place, 80))["person"] == 0
    assert await ann.history()
    assert (await grow_old(place, 11))["person"] == 1
    assert not await ann.history()


async def test_a_clock_that_has_gone_back_purges_nothing(place: Village) -> None:
    await Person(place, "ann").asks_a_moderator()
    assert not any((await grow_old(place, -dt.timedelta(days=400).days)).values())
