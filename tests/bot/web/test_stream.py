"""Streams over the real server: nothing is missed and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot import jobs
from bot.channels.web import stream as streams
from tests.web import UNKNOWN, WEBINAR, Frame, Person, Serving, Web, frames, fresh_key, serving, told, until

SOON = 5.0


@pytest.fixture
async def server(web: Web) -> AsyncIterator[Serving]:
    async with serving(web) as found:
        yield found


@asynccontextmanager
async def listening(
    server: Serving, person: Person, path: str = "/api/v1/events", **headers: str
) -> AsyncIterator[AsyncIterator[Frame]]:
    """The pieces of somebody's stream."""
    async with (
        httpx.AsyncClient(base_url=server.base, cookies=person.http.cookies, timeout=SOON) as http,
        http.stream("GET", path, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield frames(response)


async def taken(stream: AsyncIterator[Frame], count: int, event: str = "message") -> list[Frame]:
    """The next so many pieces of one kind."""
    found: list[Frame] = []
    async with asyncio.timeout(SOON):
        async for frame in stream:
            found += [frame] if frame.event == event else []
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {len(found)}")


async def drained(stream: AsyncIterator[Frame]) -> None:
    """Read a stream to its end."""
    async for _ in stream:
        pass


async def test_somebody_unknown_gets_no_stream(web: Web) -> None:
    response = await web.person().get("/api/v1/events")
    assert (response.status_code, response.content) == (204, b"")


async def test_the_stream_brings_what_was_said_and_then_what_is_said(web: Web, server: Serving) -> None:
    anna = web.person()
    before = await anna.say("hej")
    async with listening(server, anna) as stream:
        shown = await taken(stream, len(before))
        after = await anna.say(UNKNOWN)
        shown += await taken(stream, len(after))
    assert [frame.id for frame in shown] == [each["id"] for each in before + after]
    assert [httpx.Response(200, text=frame.data).json() for frame in shown] == before + after


async def test_a_moderators_answer_arrives_while_one_watches(web: Web, server: Serving) -> None:
    anna, moderator = web.person(), await web.moderator()
    number = await anna.ask_moderator()
    last = (await anna.history())[-1]["id"]
    async with listening(server, anna, f"/api/v1/events?after={last}") as stream:
        await moderator.decide(number, answer="Det beror på cykeln.")
        (frame,) = await taken(stream, 1)
    assert "Det beror på cykeln." in frame.data


async def test_the_stream_of_who_is_forgotten_says_so_and_ends(web: Web, server: Serving) -> None:
    anna = web.person()
    last = (await anna.say("hej"))[-1]["id"]
    async with listening(server, anna, f"/api/v1/events?after={last}") as stream:
        await anna.say("glöm mig")
        await anna.choose("forget:yes")
        await taken(stream, 1, "erased")
        async with asyncio.timeout(SOON):
            await drained(stream)


async def test_nobody_hears_what_is_said_to_somebody_else(web: Web, server: Serving) -> None:
    anna, bo = web.person(), web.person()
    await anna.say("hej")
    await bo.say("hej")
    async with listening(server, bo, "/api/v1/events?after=m-3") as stream:
        await anna.say("Annas egen fråga")
        mine = await bo.say("tack")
        shown = await taken(stream, len(mine))
    assert "Anna" not in "".join(frame.data for frame in shown)


async def test_after_a_break_everything_missed_is_replayed_once(web: Web, server: Serving) -> None:
    anna = web.person()
    await anna.say("hej")
    async with listening(server, anna) as stream:
        seen = await taken(stream, 2)
    for _ in range(80):
        await anna.say("hej")
    async with listening(server, anna, **{"Last-Event-ID": seen[-1].id}) as stream:
        seen += await taken(stream, 161)
    assert [frame.id for frame in seen] == [f"m-{number}" for number in range(1, 164)]


async def test_what_the_browser_remembers_goes_before_what_the_page_asked_for(web: Web, server: Serving) -> None:
    anna = web.person()
    await anna.say("hej")
    async with listening(server, anna, "/api/v1/events?after=m-1", **{"Last-Event-ID": "m-2"}) as stream:
        assert [frame.id for frame in await taken(stream, 1)] == ["m-3"]


async def test_who_remembers_more_than_there_is_after_a_restore_hears_everything(web: Web, server: Serving) -> None:
    anna = web.person()
    before = await anna.say("hej")
    async with listening(server, anna, **{"Last-Event-ID": "m-99"}) as stream:
        shown = await taken(stream, len(before))
        shown += await taken(stream, len(await anna.say("tack")))
    assert [frame.id for frame in shown] == [each["id"] for each in await anna.history("m-99")]


async def test_listening_while_others_write_leaves_no_gap(web: Web, server: Serving) -> None:
    anna = web.person()
    await anna.say("hej")

    async def watched() -> list[str]:
        """Watch with a new connection every few messages, as a phone in a tunnel does."""
        seen: list[str] = []
        while len(seen) < 103:
            async with listening(server, anna, **{"Last-Event-ID": seen[-1] if seen else ""}) as stream:
                seen += [frame.id for frame in await taken(stream, min(9, 103 - len(seen)))]
        return seen

    watching = [asyncio.create_task(watched()) for _ in range(3)]
    for _ in range(50):
        await anna.say("hej")
    expected = [f"m-{number}" for number in range(1, 104)]
    assert await asyncio.gather(*watching) == [expected] * 3


async def test_the_posts_answer_arrives_in_the_stream_too(web: Web, server: Serving) -> None:
    anna, key = web.person(), fresh_key()
    await anna.say("hej")
    async with listening(server, anna, "/api/v1/events?after=m-3") as stream:
        answer = told(await anna.post({"text": UNKNOWN}, key))
        assert [frame.id for frame in await taken(stream, len(answer))] == [each["id"] for each in answer]
        await anna.post({"text": UNKNOWN}, key)
        more = await anna.say("tack")
        assert [frame.id for frame in await taken(stream, len(more))] == [each["id"] for each in more]


async def test_a_quiet_stream_shows_that_it_lives(web: Web, server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    anna = web.person()
    await anna.say("hej")
    async with listening(server, anna, "/api/v1/events?after=m-3") as stream:
        assert len(await taken(stream, 3, "comment")) == 3


async def test_streams_end_when_the_service_stops(web: Web, server: Serving) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.say("hej")
    async with (
        listening(server, anna) as chat,
        listening(server, moderator, "/moderator/events") as desk,
        listening(server, anna, f"/scen/{WEBINAR}/events") as screen,
    ):
        await taken(chat, 3)
        web.service.live.close()
        server.server.should_exit = True
        async with asyncio.timeout(SOON):
            for stream in (chat, desk, screen):
                await drained(stream)
            await server.task


async def test_who_goes_away_is_no_longer_listened_for(web: Web, server: Serving) -> None:
    anna = web.person()
    await anna.say("hej")
    async with listening(server, anna) as stream:
        await taken(stream, 3)
        assert web.service.live.listeners() == 1
    await until(lambda: not web.service.live.listeners())


async def test_the_desk_is_told_when_there_is_something_new(web: Web, server: Serving) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.say(UNKNOWN)
    async with listening(server, moderator, "/moderator/events") as stream:
        await taken(stream, 1, "queue")
        await anna.choose("send:1")
        await taken(stream, 1, "queue")


async def test_the_big_screen_follows_the_queue(web: Web, server: Serving) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    anna, moderator = web.person(), await web.moderator()
    await anna.say("hej", webinar=WEBINAR)
    async with listening(server, anna, f"/scen/{WEBINAR}/events") as stream:
        seen = await taken(stream, 1, "screen")
        number = await anna.ask_moderator()
        seen += await taken(stream, 1, "screen")
        await moderator.decide(number, act="live")
        seen += await taken(stream, 1, "screen")
    shown = [httpx.Response(200, text=each.data).json() for each in seen]
    assert [each["left"] for each in shown] == ["", web.says("page.left_one"), web.says("page.left_none")]
    assert [bool(each["live"]) for each in shown] == [False, False, True]
    assert shown[-1]["live"]["text"] == UNKNOWN
