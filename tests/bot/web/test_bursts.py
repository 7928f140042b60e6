"""Everybody at once: what each was answered is kept once, and whoever watches sees all of it without asking again.

How long it takes is measured by `make bench`.
"""

import asyncio
import json
from collections import Counter

import httpx

from bot import announcing, jobs
from bot.store.tx import Tx
from tests.crowd import text
from tests.polls import OPENING, WEBINAR
from tests.web import Moderator, Person, Web, choices, frames, fresh_key, read, serving, told

VOTERS, ASKERS = 200, 80
DOUBLE_EVERY, REPEAT_EVERY = 20, 50
PLACES = ("stockholm", "goteborg", "malmo", "annan-stad", "tatort", "landsbygd")
LONG = 60
"""Seconds for all of it, on the busiest of machines."""


async def open_poll(web: Web) -> None:
    poll, now = web.service.library.content.polls[OPENING], web.clock()
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    assert await web.service.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, poll, now))


async def crowd(web: Web, size: int) -> list[Person]:
    """People who have met the service before."""
    people = [web.person() for _ in range(size)]
    for person in people:
        await person.choose("help", webinar=WEBINAR)
    return people


async def test_of_many_votes_at_once_each_counts_once_and_the_screen_shows_all(web: Web) -> None:
    """(L2) One in twenty presses twice at once, and one in fifty's browser sends the same again afterwards."""
    await open_poll(web)
    voters = await crowd(web, VOTERS)
    keys = [fresh_key() for _ in voters]

    async def vote(number: int) -> str:
        choice = {"choice": f"vote:1:plats:{PLACES[number % len(PLACES)]}"}
        clicks = 1 + (number % DOUBLE_EVERY == 0)
        answers = await asyncio.gather(*(voters[number].post(choice, keys[number]) for _ in range(clicks)))
        return {str(told(answer)) for answer in answers}.pop()

    async with serving(web) as server, asyncio.timeout(LONG):
        watching = asyncio.create_task(last_votes(server.base, web.says("poll.voters", count=VOTERS)))
        answered = await asyncio.gather(*(vote(number) for number in range(VOTERS)))
        for number in range(0, VOTERS, REPEAT_EVERY):
            again = {"choice": f"vote:1:plats:{PLACES[number % len(PLACES)]}"}
            assert str(told(await voters[number].post(again, keys[number]))) == answered[number]
        await watching
    wanted = Counter(PLACES[number % len(PLACES)] for number in range(VOTERS))
    (run,) = await web.service.store.read(lambda tx: tx.polls(WEBINAR, None))
    assert dict(run.counts["plats"]) == {**wanted, "": VOTERS}
    assert await web.service.store.read(lambda tx: tx.recount(run.id)) == run.counts


async def last_votes(base: str, below: str) -> None:
    """Watch the votes on a projector until it says this."""
    at = f"/scen/{WEBINAR}/omrostning/events"
    async with httpx.AsyncClient(base_url=base, timeout=LONG) as http, http.stream("GET", at) as response:
        async for frame in frames(response):
            if frame.event == "polls" and json.loads(frame.data)["questions"]["1-plats"]["below"] == below:
                return


async def test_of_many_questions_at_once_each_is_there_once_with_its_own_receipt_and_the_desk_has_all(web: Web) -> None:
    """(L3) Two in five ask nearly the same as another, and some press twice."""
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    moderator, askers = await web.moderator(), await crowd(web, ASKERS)
    async with serving(web) as server, asyncio.timeout(LONG):
        watching = asyncio.create_task(all_at_the_desk(server.base, moderator))
        codes = await asyncio.gather(*(asks(asker, number) for number, asker in enumerate(askers)))
        await watching
    kept = await web.service.store.read(lambda tx: {each.code: each.text for each in tx.questions_in(WEBINAR)})
    assert kept == {code: text(number) for number, code in enumerate(codes)}
    assert len(kept) == ASKERS


async def asks(asker: Person, number: int) -> str:
    """The code on the receipt of a question that is sent to the moderators."""
    offered = choices(await asker.say(text(number)))
    while not (send := next((each for each in offered if each.startswith("send:")), "")):
        offered = choices(await asker.choose(next(each for each in offered if each.startswith("not:"))))
    key, clicks = fresh_key(), 1 + (number % DOUBLE_EVERY == 0)
    answers = await asyncio.gather(*(asker.post({"choice": send}, key) for _ in range(clicks)))
    (receipt,) = {str(told(answer)) for answer in answers}
    who = await asker.web.service.store.read(lambda tx: mine(tx, asker))
    (code,) = [each for each in who if each in receipt]
    return code


def mine(tx: Tx, asker: Person) -> list[str]:
    """The codes of what somebody has asked."""
    person = tx.person_at("web", asker.address or "")
    return [f"F-{number}" for (number,) in tx.db.execute("SELECT number FROM question WHERE person = ?", (person,))]


async def all_at_the_desk(base: str, moderator: Moderator) -> None:
    """Keep the desk open, whose page fetches the lists when the stream says so, until everybody's question is there."""
    desk = httpx.AsyncClient(base_url=base, cookies=moderator.http.cookies, timeout=LONG)
    async with desk as http, http.stream("GET", "/moderator/events") as response:
        async for _ in (frame async for frame in frames(response) if frame.event == "queue"):
            listed = read((await http.get("/moderator/ko")).text)
            if len({each["id"] for each in listed.all("li") if each.get("id", "").startswith("q-")}) == ASKERS:
                return
