"""Polls and feedback in the whole conversation, on the real store: votes in are votes counted, whatever happens."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import announcing, jobs
from dialogs.records import PollRun
from tests.people import Person, Village, keys, shipped, village
from tests.polls import OPENING, WEBINAR
from tests.web import Web, running_web

PLACES = ("stockholm", "goteborg", "malmo", "annan-stad", "tatort", "landsbygd")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Village]:
    """A village whose webinar is open, with the opening poll open."""
    async with village(tmp_path / "x.db") as found:
        await found.store.write(lambda tx: tx.set_phase(WEBINAR, "open", found.clock()))
        await opened(found)
        yield found


async def opened(here: Village) -> int:
    poll = shipped().content.polls[OPENING]
    assert await here.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, poll, here.clock()))
    return (await here.store.read(lambda tx: tx.polls(WEBINAR, None, "open")))[-1].id


async def the_run(here: Village, run: int = 1) -> PollRun:
    found = await here.store.read(lambda tx: tx.poll_run(run, None))
    assert found
    recounted = await here.store.read(lambda tx: tx.recount(run))
    counts = {question: {name: n for name, n in of_it.items() if n} for question, of_it in found.counts.items()}
    assert {question: of_it for question, of_it in counts.items() if of_it} == recounted
    return found


async def votes(person: Person, place: str, run: int = 1, key: str | None = None) -> list[str]:
    return keys((await person.presses(f"vote:{run}:plats:{place}", key)).messages)


async def test_thirty_vote_with_double_clicks_and_changes_and_each_counts_once(here: Village) -> None:
    chance = random.Random(47)
    people = [here.newcomer(f"p{number}") for number in range(30)]
    for person in people:
        await person.says("hej")
    last: dict[str, str] = {}

    async def presses(person: Person) -> None:
        for place in chance.choices(PLACES, k=chance.randint(1, 4)):
            key = str(uuid.uuid4())
            first, second = await asyncio.gather(votes(person, place, key=key), votes(person, place, key=key))
            assert first == second
            last[person.name] = place

    await asyncio.gather(*map(presses, people))
    run = await the_run(here)
    assert run.voters("plats") == 30
    for place in PLACES:
        assert run.counts["plats"].get(place, 0) == list(last.values()).count(place)


async def test_who_comes_late_is_asked_with_the_first_answer(here: Village) -> None:
    anna = here.newcomer()
    assert keys((await anna.says("hej")).messages) == ["welcome", "small.greeting", "poll.question"]
    await anna.presses("vote:1:plats:*")
    assert (await the_run(here)).voters("plats") == 1


async def test_a_closed_poll_is_run_again_and_the_old_one_is_kept(here: Village) -> None:
    anna = here.newcomer()
    await anna.says("hej")
    await votes(anna, "tatort")
    await here.store.write(lambda tx: tx.close_poll(1, here.clock()))
    assert (await votes(anna, "landsbygd"))[0] == "poll.closed"
    again = await opened(here)
    await votes(anna, "landsbygd", again)
    first, second = await the_run(here, 1), await the_run(here, again)
    assert first.counts["plats"]["tatort"] == second.counts["plats"]["landsbygd"] == 1
    assert (first.number, second.number) == (1, 2)


async def test_a_poll_keeps_the_words_it_was_opened_with(here: Village) -> None:
    run = await the_run(here)
    library = shipped()
    text = await here.store.read(lambda tx: tx.edition(run.edition))
    assert text == library.content.polls[OPENING].source
    changed = PollRun(9, WEBINAR, OPENING, 1, "gammal", "open")
    old = (text or "").replace("Var finns du?", "Var bor du?")
    assert library.poll(changed, lambda _: old).title["sv"] == "Var bor du?"
    assert library.poll(changed, lambda _: "inte yaml: [").questions == ()


async def test_a_vote_of_somebody_forgotten_stays_counted(here: Village) -> None:
    anna = here.newcomer()
    await anna.says("hej")
    await votes(anna, "tatort")
    await anna.says("glöm mig")
    await anna.presses("forget:yes")
    assert (await the_run(here)).counts["plats"]["tatort"] == 1
    people = await here.store.read(lambda tx: [row[0] for row in tx.db.execute("SELECT person FROM ballot")])
    assert await here.store.read(lambda tx: [tx.exists(person) for person in people]) == [False]


async def test_two_devices_that_become_one_person_have_one_vote(here: Village) -> None:
    anna, phone = here.newcomer(), here.newcomer("phone")
    for person, place in ((anna, "tatort"), (phone, "landsbygd")):
        await person.says("hej")
        await votes(person, place)
        here.clock.pass_by(seconds=1)
    who = await here.store.read(lambda tx: tx.person_at("web", anna.address or ""))
    await here.store.write(lambda tx: tx.join("web", phone.address or "", who or "", here.clock()))
    run = await the_run(here)
    assert (run.voters("plats"), run.counts["plats"]["landsbygd"]) == (1, 1)


async def test_feedback_is_kept_for_its_webinar(here: Village) -> None:
    anna = here.newcomer()
    await anna.says("hej")
    await anna.says("utvärdering")
    await anna.presses(f"feedback:{WEBINAR}:betyg:4")
    await anna.says("Exemplen från andra byar")
    assert await here.store.read(lambda tx: tx.feedback(WEBINAR)) == {
        "betyg": ("4",),
        "bra": ("Exemplen från andra byar",),
    }


# Told to everybody


async def told(web: Web) -> None:
    while await web.service.store.write(lambda tx: announcing.tell_some(tx, web.service)):
        pass


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path) as found:
        await jobs.webinar(found.service, {"code": WEBINAR, "phase": "open"})
        await told(found)
        yield found


async def open_poll(web: Web) -> None:
    poll = web.service.library.content.polls[OPENING]
    await web.service.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, poll, web.clock()))


async def test_everybody_in_the_webinar_is_asked_once_in_their_language_and_nobody_who_has_voted(web: Web) -> None:
    anna, bo, cia = web.person(), web.person(), web.person()
    for person in (anna, bo, cia):
        await person.say("hej", webinar=WEBINAR)
    await bo.choose("lang:en")
    await open_poll(web)
    for choice in ("vote:1:plats:tatort", "vote:1:landsdel:norrland"):
        await cia.choose(choice)
    await told(web)
    last = [(await person.history())[-1] for person in (anna, bo, cia)]
    assert [each["kind"] for each in last] == ["announcement", "announcement", "poll"]
    assert [each["choices"][1]["label"] for each in last[:2]] == ["Göteborg", "Gothenburg"]
    await anna.choose("vote:1:plats:landsbygd")
    assert (await web.service.store.read(lambda tx: tx.recount(1)))["plats"] == {"": 2, "tatort": 1, "landsbygd": 1}


async def test_a_poll_that_has_closed_meanwhile_is_told_to_nobody(web: Web) -> None:
    anna = web.person()
    await anna.say("hej", webinar=WEBINAR)
    await open_poll(web)
    await web.service.store.write(lambda tx: tx.close_poll(1, web.clock()))
    await told(web)
    assert (await anna.history())[-1]["kind"] != "announcement"
    assert (await web.rows())["announcement"] == []


async def test_when_the_webinar_closes_feedback_is_asked_of_those_who_have_not_given_it(web: Web) -> None:
    anna, bo = web.person(), web.person()
    for person in (anna, bo):
        await person.say("hej", webinar=WEBINAR)
    await bo.choose("feedback")
    for question in web.service.library.content.feedback:
        await bo.choose(f"feedback:{WEBINAR}:{question.id}:pass")
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "closed"})
    await told(web)
    offered = [[choice["id"] for choice in (await person.history())[-1]["choices"]] for person in (anna, bo)]
    assert offered == [[f"feedback:{WEBINAR}"], []]
    assert (await anna.choose(f"feedback:{WEBINAR}"))[-1]["input"] == "feedback"
