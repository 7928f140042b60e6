"""Who has asked to be told is told, once each time, in their own chat; nobody else is."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import announcing, jobs
from dialogs.subscribing import TOLD
from knowledge.entries import Call, Calls
from tests.bot.test_announcing import everybody_told, telling
from tests.telegram import in_telegram
from tests.web import WEBINAR, Person, Web, running_web

WORDS = {"sv": "Servicebidrag", "en": "Service grant"}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path) as found:
        yield found


async def subscribe(person: Person, *topics: str) -> None:
    """Press what is offered where one would look for it."""
    for topic in topics:
        await (person.say("utlysningar") if topic == "calls" else person.say("webbinarium", webinar=WEBINAR))
        await person.choose(f"subscribe:{topic}")


async def told(web: Web, person: Person) -> list[str]:
    return [key.removeprefix(TOLD) for key in await web.keys(person) if key.startswith(TOLD)]


def list_calls(web: Web, *names: str, opens: dt.date | None = None) -> None:
    """The curator's list of calls, all open."""
    content = web.service.library.content
    calls = tuple(Call(name, WORDS, "Länsstyrelsen", WORDS, "open", opens, None, ()) for name in names)
    knowledge = replace(content.knowledge, calls=Calls(web.clock().date(), None, calls))
    web.service.library.content = replace(content, knowledge=knowledge)


async def look(web: Web) -> None:
    """What is done now and then, and when the content is read again."""
    await web.service.store.write(lambda tx: announcing.tell_of_calls(tx, web.service))
    await everybody_told(web)


async def test_a_call_that_opens_is_told_to_those_who_asked_and_once(web: Web) -> None:
    anna, bo, cia = web.person(), web.person(), web.person()
    list_calls(web, "old")
    await look(web)
    for person in (anna, bo):
        await subscribe(person, "calls")
    await bo.choose("unsubscribe:calls")
    await cia.say("hej")
    async with telling(web.service):
        await look(web)
        list_calls(web, "old", "new")
        for _ in range(2):
            await look(web)
    assert [await told(web, person) for person in (anna, bo, cia)] == [["calls"], [], []]
    assert WORDS["sv"] in (await anna.history())[-1]["html"]


async def test_what_was_open_before_anybody_looked_is_no_news(web: Web) -> None:
    anna = web.person()
    await subscribe(anna, "calls")
    list_calls(web, "old")
    async with telling(web.service):
        await look(web)
    assert await told(web, anna) == []


async def test_a_call_opens_on_its_day_without_anybody_doing_anything(web: Web) -> None:
    anna = web.person()
    await subscribe(anna, "calls")
    list_calls(web, "coming", opens=web.clock().date() + dt.timedelta(days=2))
    async with telling(web.service):
        await look(web)
        assert await told(web, anna) == []
        web.clock.forward(days=2)
        await look(web)
    assert await told(web, anna) == ["calls"]


async def test_the_next_webinar_is_told_to_who_is_not_in_it(web: Web) -> None:
    anna, bo = web.person(), web.person()
    for person in (anna, bo):
        await subscribe(person, "webinars")
    content = web.service.library.content
    other = replace(content.webinars[WEBINAR], code="nasta")
    web.service.library.content = replace(content, webinars={**content.webinars, "nasta": other})
    await bo.say("hej", webinar="nasta")
    async with telling(web.service):
        await jobs.webinar(web.service, {"code": "nasta", "phase": "open"})
        await everybody_told(web)
    assert (await told(web, anna), await told(web, bo)) == (["webinars"], [])
    assert "/w/nasta" in (await anna.history())[-1]["html"]


async def test_a_recording_is_told_of_once(web: Web) -> None:
    anna = web.person()
    await subscribe(anna, f"recording:{WEBINAR}")
    async with telling(web.service):
        for _ in range(2):
            await jobs.webinar(web.service, {"code": WEBINAR, "recording": True})
            await everybody_told(web)
    assert await told(web, anna) == ["recording"]
    assert (await web.rows())["subscription"] == []


async def test_in_telegram_it_is_sent(tmp_path: Path) -> None:
    async with in_telegram(tmp_path) as village:
        anna = village.api.user("Anna")
        anna.starts()
        await anna.next()
        anna.writes("utlysningar")
        await anna.next()
        anna.presses(village.says("menu.subscribe.calls"))
        await anna.next()
        await look(village.web)
        list_calls(village.web, "new")
        async with telling(village.service):
            await look(village.web)
            assert WORDS["sv"] in (await anna.next()).text
