"""The votes on a phone, on the big screen and at the desk, as pages without JavaScript and as streams."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import pytest

from bot import jobs
from bot.channels.web import stream
from bot.store.tx import Tx
from dialogs import load
from dialogs.records import NativeVotes
from tests.people import NOON
from tests.polls import NATIVE, OPENING, WEBINAR, every_kind, native, with_polls
from tests.web import Moderator, Person, Web, choices, frames, fresh_key, read, serving

PAGE, SCREEN, DESK = f"/w/{WEBINAR}/omrostning", f"/scen/{WEBINAR}/omrostning", "/moderator/omrostningar"


async def does(moderator: Moderator, do: str, **fields: str) -> httpx.Response:
    """Press a button of the desk's page."""
    return await moderator.submit(DESK, csrf=await moderator.csrf(), webinar=WEBINAR, do=do, **fields)


async def opened(web: Web, poll: str = OPENING) -> Moderator:
    """A poll is open; whoever opened it."""
    moderator = await web.moderator()
    assert (await does(moderator, "open", poll=poll)).status_code == 303
    return moderator


@pytest.fixture
def kinds(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The content has a poll of every kind, too."""
    library = web.service.library
    monkeypatch.setattr(library, "content", with_polls(library.content, every_kind()))
    return web


async def votes(person: Person, choice: str, key: str | None = None) -> httpx.Response:
    return await person.submit(PAGE, key=key or fresh_key(), choice=choice)


async def text_of(person: Person, path: str = PAGE) -> str:
    return read((await person.get(path)).text).text


# A phone


async def test_without_a_poll_the_page_says_so(web: Web) -> None:
    assert web.says("poll.none") in await text_of(web.person())
    assert web.says("poll.none") in await text_of(web.person(), SCREEN)
    for path in ("/w/nej/omrostning", "/scen/nej/omrostning"):
        assert (await web.person().get(path)).status_code == 404


async def test_a_press_votes_and_leads_back_to_its_question(web: Web) -> None:
    await opened(web)
    anna = web.person()
    response = await votes(anna, "vote:1:plats:tatort")
    assert (response.status_code, response.headers["location"]) == (303, f"{PAGE}#1-plats")
    page = read((await anna.get(PAGE)).text)
    assert "Tätort: 1 (100\xa0%)" in page.text
    assert [each["value"] for each in page.all("button") if each.get("aria-pressed") == "true"] == [
        "vote:1:plats:tatort"
    ]
    assert {each["id"] for each in page.all("section")} == {"1-plats", "1-landsdel"}


async def test_a_double_click_and_a_change_count_once(web: Web) -> None:
    await opened(web)
    anna, key = web.person(), fresh_key()
    await asyncio.gather(*(votes(anna, "vote:1:plats:tatort", key) for _ in range(3)))
    await votes(anna, "vote:1:plats:landsbygd")
    assert (await web.service.store.read(lambda tx: tx.recount(1)))["plats"]["landsbygd"] == 1


async def test_what_can_not_be_voted_for_is_refused(web: Web) -> None:
    await opened(web)
    anna = web.person()
    for choice in ("", "vote:1:plats:fel", "vote:99:plats:tatort", "vote:x", "send:1"):
        assert (await votes(anna, choice)).status_code == 422, choice
    assert (await votes(anna, "vote:1:plats:tatort", "fel")).status_code == 400
    assert await web.service.store.read(lambda tx: tx.recount(1)) == {}


async def test_hidden_votes_are_on_no_page_and_in_no_stream_before_one_has_voted(kinds: Web) -> None:
    await opened(kinds, "alla-slag")
    anna, bo = kinds.person(), kinds.person()
    await votes(anna, "vote:1:ett:ja")
    assert "Ja: 1 (100\xa0%)" in await text_of(anna)
    for path in (PAGE, SCREEN):
        text = await text_of(bo, path)
        assert "(100\xa0%)" not in text
        assert "Har röstat: 1" in text
    assert read((await bo.get(PAGE)).text).all("progress") == [], "a bar would say 0"
    async with serving(kinds) as server:
        assert "(100\xa0%)" in (await first(server.base, anna, PAGE))["questions"]["1-ett"]["lines"][0][1]
        for who, path in ((bo, PAGE), (anna, SCREEN)):
            assert "(100" not in json.dumps(await first(server.base, who, path))
    await does(await kinds.moderator(), "close", run="1")
    for path in (PAGE, SCREEN):
        assert "Ja: 1 (100\xa0%)" in await text_of(bo, path)


async def first(base: str, person: Person, path: str) -> dict[str, Any]:
    """What a stream says first."""
    async with (
        httpx.AsyncClient(base_url=base, cookies=person.http.cookies) as http,
        http.stream("GET", f"{path}/events") as response,
    ):
        async for frame in frames(response):
            found: dict[str, Any] = json.loads(frame.data)
            return found
    raise AssertionError


async def test_what_was_hidden_is_told_when_it_has_closed_also_while_another_is_open(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    await does(moderator, "open", poll=OPENING)
    anna = kinds.person()
    await votes(anna, "vote:1:ett:ja")
    await does(moderator, "close", run="1")
    page = await text_of(kinds.person())
    assert "Ja: 1 (100\xa0%)" in page
    assert "Alla slag" in page
    assert page.index("Tätort") < page.index("Ja: 1"), "what can be voted in comes first"
    assert "Ja: 1" not in await text_of(kinds.person(), SCREEN), "the room sees what is open"


async def test_how_an_earlier_round_ended_is_not_shown_to_who_votes_in_the_next(web: Web) -> None:
    moderator = await opened(web)
    await votes(web.person(), "vote:1:plats:tatort")
    for do, fields in (("close", {"run": "1"}), ("again", {"poll": OPENING}), ("open", {"poll": OPENING})):
        await does(moderator, do, **fields)
    assert "Tätort: 1" not in await text_of(web.person())


async def test_a_screen_without_an_open_poll_tells_how_the_last_one_closed_and_asks_nobody_to_vote(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    await does(moderator, "open", poll=OPENING)
    asks = kinds.says("page.poll_join")
    assert asks in await text_of(kinds.person(), SCREEN)
    await does(moderator, "close", run="2")
    kinds.clock.forward(minutes=1)
    await does(moderator, "close", run="1")
    screen = await text_of(kinds.person(), SCREEN)
    assert kinds.says("page.poll_closed") in screen
    assert "Butik?" in screen, "closed last, though it was opened first"
    assert "Tätort" not in screen
    assert asks not in screen
    assert read((await kinds.person().get(SCREEN)).text).all("svg") == []


async def test_a_cloud_says_why_it_shows_no_word_as_yet(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    anna, why = kinds.person(), kinds.says("poll.no_words")
    await anna.choose("poll:1:ord")
    await anna.say("bredband")
    assert why in await text_of(anna)
    assert why not in await text_of(kinds.person(), SCREEN), "it is hidden there as yet"
    await does(moderator, "close", run="1")
    assert why in await text_of(kinds.person(), SCREEN)


async def test_the_more_write_a_word_the_larger_it_stands_in_the_cloud(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    for words in ("mack", "mack, butik", "mack, butik, post", "mack, post", "mack, ensam"):
        somebody = kinds.person()
        await somebody.choose("poll:1:ord")
        await somebody.say(words)
    await does(moderator, "close", run="1")
    for size in (await sizes(kinds, SCREEN), await sizes(kinds, f"/w/{WEBINAR}/omrostning")):
        assert size == {"mack": "5", "butik": "1", "post": "1"}
    screen = await text_of(kinds.person(), SCREEN)
    assert kinds.says("poll.word", word="mack", count=5) in screen
    assert "ensam" not in screen, "only one has written it: it may be somebody's own"


async def sizes(web: Web, path: str) -> dict[str, str]:
    """Word → how large it stands on a page."""
    page = read((await web.person().get(path)).text)
    return {each["data-line"]: each["data-size"] for each in page.all("li") if each.get("data-size", "0") != "0"}


async def test_several_are_ticked_and_taken_back(kinds: Web) -> None:
    await opened(kinds, "alla-slag")
    anna = kinds.person()
    await votes(anna, "vote:1:flera:butik")
    await votes(anna, "vote:1:flera:mack")
    page = read((await anna.get(PAGE)).text)
    pressed = [each["value"] for each in page.all("button") if each.get("aria-pressed") == "true"]
    assert pressed == ["vote:1:flera:butik:off", "vote:1:flera:mack:off"]
    await votes(anna, pressed[0])
    assert (await kinds.service.store.read(lambda tx: tx.recount(1)))["flera"] == {"": 1, "mack": 1}


async def test_what_is_written_is_written_in_the_chat_and_shown_when_released(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    anna, bo = kinds.person(), kinds.person()
    response = await votes(anna, "poll:1:fritt")
    assert response.headers["location"] == f"/w/{WEBINAR}#senaste"
    await anna.say("Vi delar lokal <b>med</b> biblioteket")
    await votes(bo, "vote:1:ett:ja")
    await bo.choose("poll:1:fritt")
    await bo.say("Inget än")
    assert "biblioteket" not in await text_of(bo)
    desk = await text_of(moderator, DESK)
    assert "Vi delar lokal <b>med</b> biblioteket" in desk
    assert (await does(moderator, "show", run="1", ballot="1")).status_code == 303
    assert "Vi delar lokal <b>med</b> biblioteket" in await text_of(bo)
    await does(moderator, "hide", run="1", ballot="1")
    assert "biblioteket" not in await text_of(bo)
    assert (await does(moderator, "show", run="1", ballot="77")).status_code == 409


async def test_the_chats_page_leads_to_an_open_poll(web: Web) -> None:
    assert PAGE not in (await web.person().get(f"/w/{WEBINAR}")).text
    await opened(web)
    page = await web.person().get(f"/w/{WEBINAR}")
    assert PAGE in page.text
    assert 'value="poll"' in page.text
    assert "vote:1:plats:tatort" in choices(await web.person().choose("poll", webinar=WEBINAR))


# Telegram's own polls


async def in_groups(web: Web) -> Moderator:
    """A poll is open, with votes in Telegram's own one; whoever opened it."""
    moderator = await opened(web, "i-gruppen")

    def work(tx: Tx) -> None:
        tx.note_native("telegram", "-1", 41, (1, "ett"), "p", "2026")
        counted(tx, 2, 1)

    await web.service.store.write(work)
    return moderator


def counted(tx: Tx, *options: int) -> None:
    votes = NativeVotes(sum(options), options)
    tx.native_counted("telegram", "p", votes, NOON, update=sum(options), final=False)


@pytest.mark.parametrize("hidden", [False, True])
async def test_votes_in_telegrams_own_polls_are_a_part_of_their_own_and_hidden_with_ours(
    web: Web, monkeypatch: pytest.MonkeyPatch, *, hidden: bool
) -> None:
    text = NATIVE.replace("results: open", "results: hidden") if hidden else NATIVE
    library = web.service.library
    monkeypatch.setattr(library, "content", with_polls(library.content, load.poll_edition(text)))
    moderator, anna = await in_groups(web), web.person()
    heading = web.says("poll.native_of", question="Har ni en butik?")
    for who, path, seen in ((anna, PAGE, not hidden), (anna, SCREEN, not hidden), (moderator, DESK, True)):
        page = await text_of(who, path)
        assert (heading in page, "Ja: 2 (67\xa0%)" in page) == (seen, seen), path
        assert (web.says("poll.native_apart") in page) is seen
    await votes(anna, "vote:1:ett:nej")
    found = read((await anna.get(PAGE)).text)
    assert "Nej: 1 (100\xa0%)" in found.text
    assert "Nej: 1 (33\xa0%)" in found.text
    assert not [each for each in found.all("button") if "telegram" in each.get("value", "")]


async def test_votes_in_telegrams_own_polls_come_live(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CALM_SECONDS", 0.1)
    library = web.service.library
    monkeypatch.setattr(library, "content", with_polls(library.content, native()))
    await in_groups(web)
    seen: list[dict[str, Any]] = []
    async with (
        serving(web) as server,
        httpx.AsyncClient(base_url=server.base) as http,
        http.stream("GET", f"{SCREEN}/events") as response,
    ):
        async for frame in frames(response):
            seen.append(json.loads(frame.data))
            if len(seen) == 2:
                break
            await web.service.store.write(lambda tx: counted(tx, 2, 2))
    assert seen[0]["mark"] == seen[1]["mark"], "the page stays as it was built"
    shares = [[line[2] for line in each["questions"]["1-ett-telegram"]["lines"]] for each in seen]
    assert shares == [[67, 33], [50, 50]]


# Live


async def test_the_bars_are_live_and_at_most_four_times_a_second(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CALM_SECONDS", 0.1)
    await opened(web)
    seen: list[tuple[float, str]] = []

    async def watch(base: str) -> None:
        async with httpx.AsyncClient(base_url=base) as http, http.stream("GET", f"{SCREEN}/events") as response:
            async for frame in frames(response):
                if frame.event == "polls":
                    below = json.loads(frame.data)["questions"]["1-plats"]["below"]
                    seen.append((asyncio.get_running_loop().time(), below))

    async with serving(web) as server:
        watching = asyncio.create_task(watch(server.base))
        while not seen:  # noqa: ASYNC110 - the stream tells nobody else
            await asyncio.sleep(0.01)
        for _ in range(30):
            await votes(web.person(), "vote:1:plats:tatort")
        while seen[-1][1] != web.says("poll.voters", count=30):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    times = [time for time, _ in seen]
    assert len(seen) < 20
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.08


# The desk


async def test_the_desk_drafts_opens_closes_and_runs_again(web: Web) -> None:
    moderator = await web.moderator()
    assert web.says("page.poll_state.draft") in await text_of(moderator, DESK)
    assert (await does(moderator, "open", poll=OPENING)).status_code == 303
    assert (await does(moderator, "open", poll=OPENING)).status_code == 409, "it is open already"
    await votes(web.person(), "vote:1:plats:tatort")
    assert "Tätort: 1 (100\xa0%)" in await text_of(moderator, DESK)
    assert (await does(moderator, "close", run="1")).status_code == 303
    assert (await does(moderator, "close", run="1")).status_code == 409
    assert (await does(moderator, "again", poll=OPENING)).status_code == 303
    text = await text_of(moderator, DESK)
    assert web.says("page.poll_number", number=2) in text
    assert "Tätort: 1 (100\xa0%)" in text, "the old run is kept"
    assert (await does(moderator, "open", poll=OPENING)).status_code == 303
    runs = await web.service.store.read(lambda tx: tx.polls(WEBINAR, None))
    assert [(run.number, run.state) for run in runs] == [(1, "closed"), (2, "open")]
    for fields in ({"do": "nej"}, {"do": "open", "poll": "nej"}, {"do": "close", "run": "x"}):
        assert (await does(moderator, **fields)).status_code in (404, 409)


async def test_a_draft_shows_what_can_be_picked_and_no_votes(web: Web) -> None:
    moderator = await web.moderator()
    page = read((await moderator.get(DESK)).text)
    assert "Tätort" in page.text
    assert "(0" not in page.text
    assert page.all("progress") == []


async def test_a_poll_whose_file_is_gone_can_still_be_closed_and_read(
    kinds: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    moderator = await opened(kinds, "alla-slag")
    await votes(kinds.person(), "vote:1:ett:ja")
    library = kinds.service.library
    left = {name: poll for name, poll in library.content.polls.items() if name != "alla-slag"}
    monkeypatch.setattr(library, "content", replace(library.content, polls=left))
    assert "Ja: 1 (100\xa0%)" in await text_of(moderator, DESK)
    assert (await does(moderator, "close", run="1")).status_code == 303
    page = read((await moderator.get(DESK)).text)
    assert "Ja: 1 (100\xa0%)" in page.text
    assert [each for each in page.all("button") if each.get("value") == "again"] == []


async def test_closing_the_webinar_closes_its_polls_and_putting_it_away_takes_them_off_the_desk(web: Web) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    moderator = await opened(web)
    anna = web.person()
    await votes(anna, "vote:1:plats:tatort")
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "closed"})
    assert [run.state for run in await web.service.store.read(lambda tx: tx.polls(WEBINAR, None))] == ["closed"]
    assert web.says("page.poll_closed") in await text_of(anna)
    assert "Tätort: 1 (100\xa0%)" in await text_of(moderator, DESK)
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "archived"})
    assert "Tätort" not in await text_of(moderator, DESK)


async def test_a_desk_of_another_webinar_has_none_of_it(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    library = web.service.library
    other = replace(library.content.webinars[WEBINAR], code="annat")
    webinars = {**library.content.webinars, "annat": other}
    monkeypatch.setattr(library, "content", replace(library.content, webinars=webinars))
    moderator = Moderator(web)
    await moderator.sign_in(await web.invited("host", "annat"))
    assert "Var finns du?" not in await text_of(moderator, DESK)
    assert (await does(moderator, "open", poll=OPENING)).status_code == 404


async def test_crossed_votes_hide_what_is_small(web: Web) -> None:
    moderator = await opened(web)
    for number in range(26):
        person = web.person()
        await votes(person, f"vote:1:plats:{'landsbygd' if number % 2 else 'tatort'}")
        await votes(person, f"vote:1:landsdel:{'norrland' if number < 14 else 'svealand'}")
    assert "<table" not in (await moderator.get(DESK)).text, "votes still come"
    await does(moderator, "close", run="1")
    page = read((await moderator.get(DESK)).text)
    assert len(page.all("table")) == 1
    assert page.text.count("–") >= 12, "the empty cells are small too"
    assert "<table" not in (await web.person().get(PAGE)).text


async def test_feedback_is_read_at_the_desk(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.say("hej", webinar=WEBINAR)
    await anna.post({"choice": "feedback", "webinar": WEBINAR})
    await anna.choose(f"feedback:{WEBINAR}:betyg:4")
    await anna.say("Exemplen <i>var</i> bra")
    text = await text_of(moderator, DESK)
    assert "Exemplen <i>var</i> bra" in text
    assert web.says("page.feedback_rating", mean="4,0", count=1) in text


async def test_the_desks_stream_says_when_votes_and_words_have_come(kinds: Web) -> None:
    moderator = await opened(kinds, "alla-slag")
    anna = kinds.person()
    await votes(anna, "vote:1:ett:ja")
    await anna.choose("poll:1:fritt")
    await anna.say("Vi delar lokal")
    async with serving(kinds) as server:
        said = await first(server.base, moderator, DESK)
    assert "Ja: 1 (100\xa0%)" in json.dumps(said, ensure_ascii=False)
    assert said["written"] == str(2)
    assert said["mark"] in (await moderator.get(DESK)).text
