"""A walk goes on with the very words it began with, whatever becomes of the content meanwhile."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversations import Conversations
from bot.library import SHIPPED, Folders, Library
from bot.media import Media
from dialogs.definitions import Checklist
from dialogs.records import Run
from tests.content import SHORT_WALK
from tests.people import FACTS, Person, Village, keys, shipped, village

REWRITTEN = "Det här påståendet är omskrivet."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The conversation's content, to be changed."""
    return Path(shutil.copytree(SHIPPED.dialogs, tmp_path / "dialogs"))


@pytest.fixture
async def place(tmp_path: Path, folder: Path) -> AsyncIterator[Village]:
    async with village(tmp_path / "test.db") as found:
        library = Library(Folders(SHIPPED.knowledge, folder))
        library.matcher = shipped().matcher
        media = Media("https://b.example", library, found.clock)
        found.conversations = Conversations(found.store, library, FACTS, found.clock, media=media)
        yield found


def checklist(place: Village) -> Checklist:
    return place.conversations.library.content.checklist


def first(place: Village) -> dict[str, str]:
    """The first statement's words, as today's content has them."""
    return dict(checklist(place).statements[0].wording["start"])


def rewrite(place: Village, folder: Path, *changes: tuple[str, str]) -> None:
    """The curator changes the checklist, and the service reads it again."""
    file = folder / "checklists" / "fem-faktorer.yaml"
    text = file.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")
    library = place.conversations.library
    matcher = library.matcher
    assert library.reload() == ()
    library.matcher = matcher


async def walking(place: Village, name: str = "ann") -> Person:
    """Somebody before the first statement of a short walk."""
    person = place.newcomer(name)
    for choice in ("checklist", *SHORT_WALK):
        await person.presses(choice)
    return person


def asked(person: Person) -> str:
    """What was said last."""
    return str(person.shown[-1].body["text"])


async def run_of(place: Village, person: Person) -> Run:
    owner = await place.store.read(lambda tx: tx.person_at("web", person.address or "")) or ""
    name = await place.store.read(lambda tx: tx.db.execute("SELECT id FROM run WHERE person = ?", (owner,)).fetchone())
    found = await place.store.read(lambda tx: tx.run(owner, name[0]))
    assert found
    return found


async def finishes(person: Person) -> None:
    """Answer what is left with no, and pass the reflections by."""
    while (body := person.shown[-1].body).get("kind") == "statement":
        wanted = "reflect:" if body.get("input") else "a:"
        await person.presses(next(each["id"] for each in body["choices"] if each["id"].startswith(wanted)
                                  and (wanted != "a:" or each["id"].endswith(":nej"))))  # fmt: skip


async def test_a_walk_under_way_keeps_its_words_and_a_new_one_gets_todays(place: Village, folder: Path) -> None:
    before = first(place)
    ann = await walking(place)
    assert before["sv"] in asked(ann)
    rewrite(place, folder, (before["sv"], REWRITTEN))
    assert first(place)["sv"] == REWRITTEN
    await ann.says("paus")
    await ann.presses("resume:*")
    assert before["sv"] in asked(ann)
    assert REWRITTEN not in asked(ann)
    bo = await walking(place, "bo")
    assert REWRITTEN in asked(bo)
    one, other = await run_of(place, ann), await run_of(place, bo)
    assert one.edition != other.edition == checklist(place).edition


async def test_its_result_its_whys_and_its_picture_are_in_the_words_it_began_with(place: Village, folder: Path) -> None:
    before, title = first(place), dict(checklist(place).title)
    advice = checklist(place).statements[0].advice["sv"]
    ann = await walking(place)
    rewrite(place, folder, (before["sv"], REWRITTEN), (advice, "Gör något annat."), (title["sv"], "Ny rubrik"))
    await ann.presses("why:*")
    assert before["sv"] in asked(ann)
    await finishes(ann)
    said = "\n".join(str(message.body) for message in ann.shown)
    assert before["sv"] in said
    assert advice in said
    assert title["sv"] in said
    assert not [words for words in (REWRITTEN, "Gör något annat.", "Ny rubrik") if words in said]
    picture = next(message.body["image"] for message in ann.shown if "image" in message.body)
    assert title["sv"] in picture["alt"]
    owner = await place.store.read(lambda tx: tx.person_at("web", ann.address or ""))
    media = place.conversations.media
    making = await place.store.read(lambda tx: media(tx, owner, picture["name"]))
    assert making
    assert making.what[0].title == title["sv"]


async def test_a_statement_that_is_gone_today_is_still_asked_of_who_began_with_it(place: Village, folder: Path) -> None:
    ann = await walking(place)
    run = await run_of(place, ann)
    rewrite(place, folder, ("id: behov-lokal-1\n", "id: behov-lokal-99\n"))
    await finishes(ann)
    done = await run_of(place, ann)
    assert run.finished is None
    assert done.finished
    assert "behov-lokal-1" in done.answers
    assert "behov-lokal-99" not in done.answers


async def test_the_short_walk_becomes_the_full_one_of_its_own_edition(place: Village, folder: Path) -> None:
    ann = await walking(place)
    await finishes(ann)
    rewrite(place, folder, ("id: behov-lokal-2\n", "id: behov-lokal-99\n"))
    await ann.presses("longer:*")
    await finishes(ann)
    done = await run_of(place, ann)
    assert done.length == "full"
    assert "behov-lokal-2" in done.answers


async def test_a_text_that_cannot_be_read_any_more_gives_way_to_todays(place: Village, folder: Path) -> None:
    ann = await walking(place)
    await ann.presses("a:*")
    rewrite(place, folder, (first(place)["sv"], REWRITTEN))
    await place.store.write(lambda tx: tx.db.execute("UPDATE edition SET source = 'id: [broken'"))
    await finishes(ann)
    assert (await run_of(place, ann)).finished
    assert "result" in keys(ann.shown)


async def test_the_library_knows_todays_edition_without_looking_it_up(place: Village, folder: Path) -> None:
    library = place.conversations.library
    run = await run_of(place, await walking(place))
    assert library.checklist(run, lambda _: pytest.fail("looked up")) is checklist(place)
    source = checklist(place).source
    rewrite(place, folder, (first(place)["sv"], REWRITTEN))
    kept = library.checklist(run, {run.edition: source}.get)
    assert kept
    assert (kept.edition, kept.source) == (run.edition, source)
    assert library.checklist(run, lambda _: None) is checklist(place)
    assert library.checklist(replace(run, checklist="gone"), {run.edition: source}.get) == kept


async def test_an_edition_is_kept_once_for_all_who_walk_it(place: Village) -> None:
    for name in ("ann", "bo", "cia"):
        await walking(place, name)
    count = await place.store.read(lambda tx: tx.db.execute("SELECT count(*) FROM edition").fetchone())
    assert count == (1,)
