"""What is said to everybody in a webinar: to each once, in their own language, whatever stops in the middle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot import announcing, jobs
from bot.service import Service
from bot.store.tx import Tx
from tests.telegram import in_telegram
from tests.web import WEBINAR, Person, Web, running_web


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path) as found:
        yield found


@asynccontextmanager
async def telling(service: Service) -> AsyncIterator[None]:
    """What `serve` runs beside everything else; it must not end by itself."""
    task = asyncio.create_task(announcing.run(service))
    try:
        yield
    finally:
        ended = task.done()
        task.cancel()
        [why] = await asyncio.gather(task, return_exceptions=True)
        if ended:
            raise AssertionError("nobody is told any more") from why


async def set_phase(web: Web, phase: str) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": phase})


async def everybody_told(web: Web) -> None:
    """Wait until no announcement is under way."""
    async with asyncio.timeout(5):
        while (await web.rows())["announcement"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def viewers(web: Web, number: int) -> list[Person]:
    """People in the webinar."""
    people = [web.person() for _ in range(number)]
    for person in people:
        await person.say("hej", webinar=WEBINAR)
    return people


async def announcements(web: Web, person: Person) -> list[str]:
    return [key for key in await web.keys(person) if key.startswith("announce.")]


async def test_everybody_in_the_webinar_is_told_once_and_nobody_else(web: Web) -> None:
    people = await viewers(web, 5)
    elsewhere = web.person()
    await elsewhere.say("hej")
    async with telling(web.service):
        await set_phase(web, "open")
        await everybody_told(web)
    assert [await announcements(web, person) for person in people] == [["announce.open"]] * 5
    assert await announcements(web, elsewhere) == []


async def test_it_stands_in_the_log_of_somebody_on_the_web(web: Web) -> None:
    [anna] = await viewers(web, 1)
    async with telling(web.service):
        await set_phase(web, "open")
        await everybody_told(web)
    last = (await anna.history())[-1]
    assert (last["sender"], last["kind"]) == ("bot", "announcement")
    assert (await web.rows())["outbox"] == []


async def test_each_is_told_in_their_own_language(web: Web) -> None:
    anna, bo = await viewers(web, 2)
    await bo.choose("lang:en")
    async with telling(web.service):
        await set_phase(web, "open")
        await everybody_told(web)
    content = web.service.library.content
    for person, language in ((anna, "sv"), (bo, "en")):
        who = await web.service.store.read(lambda tx, at=person.address or "": tx.person_at("web", at))  # type: ignore[misc]
        [said] = await web.service.store.read(lambda tx, who=who or "": tx.latest(who, 1))  # type: ignore[misc]
        title = content.webinars[WEBINAR].title[language]
        assert said.body["text"] == content.texts[language]("announce.open", title=title)


async def test_people_in_telegram_are_sent_it_and_people_on_the_web_find_it(tmp_path: Path) -> None:
    async with in_telegram(tmp_path) as village:
        anna, bo, cia = village.api.user("Anna"), village.api.user("Bo", language="en"), village.web.person()
        for person in (anna, bo):
            person.starts(f"w-{WEBINAR}")
            await person.next()
        await cia.say("hej", webinar=WEBINAR)
        async with telling(village.service):
            await set_phase(village.web, "open")
            title = village.service.library.content.webinars[WEBINAR].title
            assert (await anna.next()).text == village.says("announce.open", title=title["sv"])
            assert title["en"] in (await bo.next()).text
            await everybody_told(village.web)
        await village.settled()
        assert [len(person.messages) for person in (anna, bo)] == [2, 2]
        assert await announcements(village.web, cia) == ["announce.open"]


async def test_a_group_is_told_once_however_many_of_its_members_are_there(tmp_path: Path) -> None:
    async with in_telegram(tmp_path) as village:
        people = [village.api.user(name) for name in ("Anna", "Bo", "Cia")]
        group = village.api.group("Byalaget", people)
        async with telling(village.service):
            await set_phase(village.web, "open")
            await everybody_told(village.web)
            for person in people:
                person.writes("/om", in_=group)
            await village.settled()
            had = len(group.messages)
            await set_phase(village.web, "closed")
            await everybody_told(village.web)
            await village.settled()
        title = village.service.library.content.webinars[WEBINAR].title["sv"]
        said = [message.text for message in group.messages[had:]]
        assert said == [village.says("announce.closed", title=title)]


async def test_who_has_been_forgotten_is_not_told(web: Web) -> None:
    anna, bo = await viewers(web, 2)
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    async with telling(web.service):
        await set_phase(web, "open")
        await everybody_told(web)
    assert await announcements(web, bo) == ["announce.open"]
    assert len((await web.rows())["person"]) == 1


# A stop in the middle


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
async def test_a_stop_in_the_middle_skips_nobody_and_tells_nobody_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 2)
    async with running_web(tmp_path) as web:
        people = await viewers(web, 5)
        await set_phase(web, "open")
        for _ in range(batches):
            assert await web.service.store.write(lambda tx: announcing.tell_some(tx, web.service))
        told = [person for person in people if await announcements(web, person)]
        assert len(told) == min(5, 2 * batches)
    async with running_web(tmp_path) as again:
        async with telling(again.service):
            await everybody_told(again)
        for person in people:
            assert await announcements(again, person) == ["announce.open"]


async def test_one_announcement_comes_after_the_other(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 1)
    people = await viewers(web, 3)
    for phase in ("open", "closed", "open"):
        await set_phase(web, phase)
    async with telling(web.service):
        await everybody_told(web)
    for person in people:
        assert await announcements(web, person) == ["announce.open", "announce.closed", "announce.open"]


async def test_while_nothing_can_be_stored_it_is_tried_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "RETRY_SECONDS", 0.02)
    [anna] = await viewers(web, 1)
    await set_phase(web, "open")
    with web.refusing():
        async with telling(web.service):
            await asyncio.sleep(0.2)
    async with telling(web.service):
        await everybody_told(web)
    assert await announcements(web, anna) == ["announce.open"]


async def test_it_goes_on_by_itself_when_storing_works_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "RETRY_SECONDS", 0.02)
    [anna] = await viewers(web, 1)
    await set_phase(web, "open")
    async with telling(web.service):
        with web.refusing():
            await asyncio.sleep(0.1)
        await everybody_told(web)
    assert await announcements(web, anna) == ["announce.open"]


async def test_a_webinar_that_the_content_no_longer_has_holds_up_no_other(web: Web) -> None:
    [anna] = await viewers(web, 1)
    await web.service.store.write(lambda tx: tx.announce("borttaget", "announce.open", web.clock()))
    await set_phase(web, "open")
    async with telling(web.service):
        await everybody_told(web)
    assert await announcements(web, anna) == ["announce.open"]


# Only when something changes


async def phases(web: Web, *wanted: str) -> list[tuple[str, str]]:
    """(webinar, phrase) of what is to be told after these changes."""
    for phase in wanted:
        await set_phase(web, phase)
    return [(row[1], row[2]) for row in (await web.rows())["announcement"]]


async def test_opening_twice_is_told_once(web: Web) -> None:
    assert await phases(web, "open", "open") == [(WEBINAR, "announce.open")]


async def test_closing_what_is_open_is_told(web: Web) -> None:
    assert await phases(web, "open", "closed", "closed") == [(WEBINAR, "announce.open"), (WEBINAR, "announce.closed")]


@pytest.mark.parametrize("unseen", [("closed",), ("planned", "closed"), ("planned", "archived", "closed")])
async def test_what_was_never_open_ends_without_a_word(web: Web, unseen: tuple[str, ...]) -> None:
    assert await phases(web, *unseen) == []


async def test_a_webinar_that_is_put_away_is_told_of_no_more(web: Web) -> None:
    assert await phases(web, "planned", "open", "closed", "archived") == [
        (WEBINAR, "announce.open"), (WEBINAR, "announce.closed"),
    ]  # fmt: skip


async def test_a_new_webinar_has_not_begun_until_its_day_has_passed(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    library = web.service.library
    day = {"sv": "2026-12-01", "en": "2026-12-01"}
    new = replace(library.content.webinars[WEBINAR], code="byabio", example=False, details={"date": day})
    monkeypatch.setattr(library, "content", replace(library.content, webinars={WEBINAR: new, "byabio": new}))
    anna = web.person()
    await anna.say("hej", webinar="byabio")
    told = await anna.choose("webinar", webinar="byabio")
    assert web.says("webinar.planned") in told[-1]["text"]
    assert (await jobs.webinar(web.service, {}))["byabio"] == "planned"
    web.clock.forward(days=9)
    assert (await jobs.webinar(web.service, {}))["byabio"] == "closed"


async def test_asking_how_it_stands_tells_nobody(web: Web) -> None:
    await jobs.webinar(web.service, {})
    await jobs.webinar(web.service, {"code": WEBINAR})
    assert (await web.rows())["announcement"] == []


async def test_the_phase_and_its_announcement_are_kept_together_or_not_at_all(web: Web) -> None:
    def fails(tx: Tx) -> None:
        announcing.set_phase(tx, WEBINAR, "open", web.clock())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await web.service.store.write(fails)
    rows = await web.rows()
    assert (rows["announcement"], rows["webinar"]) == ([], [])
