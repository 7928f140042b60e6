"""Askers are told of a decision once it can't be taken back: not before, not twice, and each in their own words."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot import jobs, telling
from bot.ports import StoreUnavailable
from bot.store.notices import NOTICES
from bot.store.tx import Tx
from tests.web import WEBINAR, Json, Person, Web, running_web, until

UNDO = 10


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path, undo=UNDO) as found:
        yield found


@asynccontextmanager
async def telling_on(web: Web) -> AsyncIterator["asyncio.Task[None]"]:
    """What tells askers is at work."""
    task = asyncio.create_task(telling.run(web.service))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def said(person: Person) -> list[Json]:
    """What moderators have said to somebody."""
    return [each for each in await person.history() if each["sender"] == "moderator"]


async def tell(web: Web) -> dt.datetime | None:
    return await web.service.store.write(lambda tx: telling.tell(tx, web.clock()))


async def waiting(web: Web) -> dt.datetime | None:
    return await web.service.store.read(Tx.next_notice)


async def test_nobody_is_told_before_the_time_to_undo_is_over_and_then_once(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    number = await anna.ask_moderator()
    await moderator.decide(number, answer="Det beror på.")
    due = web.clock() + dt.timedelta(seconds=UNDO)
    web.clock.forward(seconds=9.9)
    assert await tell(web) == due
    assert await said(anna) == []
    web.clock.forward(seconds=0.1)
    assert await tell(web) is None
    for _ in range(3):
        web.clock.forward(hours=1)
        await tell(web)
    (told,) = await said(anna)
    assert "Det beror på." in told["text"]
    assert f"F-{number}" in told["text"]
    asked = next(each for each in await anna.history() if each["sender"] == "you")
    assert told["reply_to"] == asked["id"]


async def test_what_is_undone_is_never_told_and_what_was_decided_before_it_is(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    await moderator.decide(1, act="approved")
    await moderator.decide(1, answer="Fel svar.")
    await moderator.decide(1, act="undo")
    web.clock.forward(minutes=5)
    await tell(web)
    assert await web.keys(anna) == [*(await web.keys(anna))[:-1], "moderator.approved"]
    assert "Fel svar." not in str(await said(anna))
    await moderator.decide(1, answer="Rätt svar.")
    web.clock.forward(minutes=5)
    await tell(web)
    assert [each["text"].count("Rätt svar.") for each in await said(anna)] == [0, 1]


async def test_every_change_of_state_is_told_in_its_order(web: Web) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    for fields in ({"act": "approved"}, {"act": "next"}, {"act": "live"}, {"act": "spoken", "mark": "12.31"}):
        await moderator.decide(1, **fields)
        web.clock.forward(seconds=1)
    assert await said(anna) == []
    web.clock.forward(seconds=UNDO)
    await tell(web)
    keys = [key for key in await web.keys(anna) if key.startswith("moderator.")]
    assert keys == [f"moderator.{each}" for each in ("approved", "next", "live", "spoken_at")]


async def test_after_a_restart_it_is_told_once_all_the_same(tmp_path: Path) -> None:
    async with running_web(tmp_path, undo=UNDO) as web:
        anna, moderator = web.person(), await web.moderator()
        await anna.ask_moderator()
        await moderator.decide(1, answer="Det beror på.")
        cookies = dict(anna.http.cookies)
    for later in (5, 60, 120):
        async with running_web(tmp_path, undo=UNDO) as web:
            web.clock.forward(seconds=later)
            again = web.person()
            again.http.cookies.update(cookies)
            async with telling_on(web):
                if later > UNDO:
                    await until_told(again)
                else:
                    await asyncio.sleep(0.2)
            assert len(await said(again)) == (later > UNDO)


async def until_told(person: Person, times: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(await said(person)) < times:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def test_joined_askers_are_each_told_in_their_own_language_with_their_own_code(web: Web) -> None:
    anna, bo, moderator = web.person(), web.person(), await web.moderator()
    await anna.ask_moderator()
    await bo.say("hello", lang="en")
    await bo.ask_moderator("What does an electric bicycle cost?")
    await moderator.decide(2, act="join", into="F-1")
    await moderator.decide(1, reason="off_topic")
    web.clock.forward(seconds=UNDO)
    await tell(web)
    texts = {language: web.service.library.content.texts[language] for language in ("sv", "en")}
    for person, language, code in ((anna, "sv", "F-1"), (bo, "en", "F-2")):
        (told,) = await said(person)
        assert texts[language]("decline.off_topic") in told["text"]
        assert code in told["text"]


async def test_who_is_forgotten_or_takes_it_back_meanwhile_is_told_nothing(web: Web) -> None:
    anna, bo, moderator = web.person(), web.person(), await web.moderator()
    await anna.ask_moderator()
    await bo.ask_moderator()
    for number in (1, 2):
        await moderator.decide(number, act="next")
    await bo.choose("mine")
    await bo.choose("withdraw:2")
    await bo.choose("withdraw:2:yes")
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert await waiting(web) is None
    web.clock.forward(seconds=UNDO)
    await tell(web)
    assert await said(bo) == []


async def test_it_tells_by_itself_also_what_is_decided_later(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    await anna.ask_moderator()
    async with telling_on(web):
        for number in (1, 2):
            await moderator.decide(number, act="approved")
            await asyncio.sleep(0.05)
            assert len(await said(anna)) == number - 1
            web.clock.forward(seconds=UNDO)
            web.service.live.wake([NOTICES])
            await until_told(anna, number)


async def test_it_waits_and_goes_on_when_nothing_can_be_stored(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    await moderator.decide(1, act="approved")
    web.clock.forward(seconds=UNDO)
    monkeypatch.setattr(telling, "RETRY_SECONDS", 0.02)
    tried: list[dt.datetime] = []
    real = telling.tell

    def failing(tx: Tx, now: dt.datetime) -> dt.datetime | None:
        tried.append(now)
        if len(tried) < 3:
            raise StoreUnavailable
        return real(tx, now)

    monkeypatch.setattr(telling, "tell", failing)
    async with telling_on(web) as task:
        await until(lambda: len(tried) >= 3)
        await until_told(anna)
        assert not task.done()
    assert len(await said(anna)) == 1
