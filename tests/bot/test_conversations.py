import asyncio
import json
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterable
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from bot import retention
from bot.carrying_out import Occasion, carry_out
from bot.conversations import Conversations, Handled, KeyReused, NeverOffered
from bot.store.tx import QUEUE, GuardFailed, Message, Tx, person_topic
from dialogs import moderator
from dialogs.events import Arrived, Chose, Said
from dialogs.records import Question
from tests.people import FACTS, UNKNOWN, Person, Village, keys, shipped, village


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
async def place(tmp_path: Path, woken: list[str]) -> AsyncIterator[Village]:
    async with village(tmp_path / "test.db", woken.extend) as found:
        yield found


@pytest.fixture
def ann(place: Village) -> Person:
    return place.newcomer("ann")


async def count(place: Village, table: str) -> int:
    """Rows of a table, whoever they belong to."""
    rows: int = await place.store.read(lambda tx: tx.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    return rows


async def decide(place: Village, number: int, text: str, by: str = "mod") -> None:
    question = await place.store.read(lambda tx: tx.question(number))
    assert question
    await decide_as_seen(place, question, text, by)


async def decide_as_seen(place: Village, question: Question, text: str, by: str) -> None:
    world = await place.conversations.world(None)
    records = moderator.answer(moderator.surroundings(shipped().content, question, world), question, text, by)
    await place.store.write(lambda tx: carry_out(tx, Occasion("", place.clock()), records))


def told(messages: Iterable[Message]) -> list[str]:
    """Messages as a channel would send them."""
    return [json.dumps([each.number, each.sender, each.body, each.at.isoformat()]) for each in messages]


# Keys


async def test_the_same_event_twice_gives_the_same_answer_and_changes_nothing(
    place: Village, ann: Person, woken: list[str]
) -> None:
    await ann.says("Vad räknas som landsbygd?", key := str(uuid.uuid4()))
    first = ann.shown[:]
    before, woken[:] = await ann.history(), []
    again = await ann.says("Vad räknas som landsbygd?", key)
    assert again.repeated
    assert told(again.messages) == told(first)
    assert await ann.history() == before
    assert woken == []


async def test_a_repetition_is_answered_as_it_was_then_whatever_has_happened_since(ann: Person) -> None:
    await ann.says("hej")
    first = await ann.says(UNKNOWN, key := str(uuid.uuid4()))
    await ann.presses("send:*")
    await ann.presses("lang:en")
    assert told((await ann.says(UNKNOWN, key)).messages) == told(first.messages)


async def test_the_same_key_for_something_else_is_refused(ann: Person) -> None:
    await ann.says("hej", first := str(uuid.uuid4()))
    await ann.says("Vad är en LEA?", second := str(uuid.uuid4()))
    for key in (first, second):
        with pytest.raises(KeyReused):
            await ann.says("något annat", key)
        with pytest.raises(KeyReused):
            await ann.does(Chose("help"), key)


async def test_two_people_may_happen_to_use_the_same_key(place: Village, ann: Person) -> None:
    bo = place.newcomer("bo")
    await ann.says("hej")
    await bo.says("hallå")
    key = str(uuid.uuid4())
    assert not (await ann.says("Vad är en LEA?", key)).repeated
    assert not (await bo.says("Vem får söka?", key)).repeated


async def test_a_first_answer_lost_on_its_way_is_given_again_with_the_same_person(place: Village, ann: Person) -> None:
    first = await ann.does(Said("hej"), key := str(uuid.uuid4()))
    again = await ann.does(Said("hej"), key, known=False)
    assert again.repeated
    assert (again.person, again.address) == (first.person, first.address)
    assert told(again.messages) == told(first.messages)
    assert await count(place, "person") == 1


async def test_a_first_answer_asked_for_twice_at_once_makes_one_person(place: Village, ann: Person) -> None:
    key = str(uuid.uuid4())
    found = await asyncio.gather(*(ann.does(Said("hej"), key, known=False) for _ in range(10)))
    assert len({(each.person, each.address) for each in found}) == 1
    assert sum(not each.repeated for each in found) == 1
    assert await count(place, "person") == 1


@pytest.mark.parametrize("repeated", [True, False])
async def test_once_the_cookie_has_come_back_its_key_gives_nothing_away(ann: Person, repeated: bool) -> None:
    first = await ann.does(Said("hej"), key := str(uuid.uuid4()))
    if repeated:
        await ann.does(Said("hej"), key)
    else:
        await ann.says("Vad är en LEA?")
    stranger = replace(ann, address=None, shown=[])
    other = await stranger.does(Said("hej"), key)
    assert (other.person != first.person, other.address != first.address) == (True, True)


async def test_after_a_day_a_lost_first_answer_is_somebody_new(place: Village, ann: Person) -> None:
    first = await ann.does(Said("hej"), key := str(uuid.uuid4()))
    place.clock.pass_by(hours=25)
    assert (await ann.does(Said("hej"), key, known=False)).person != first.person


# Choices


@pytest.mark.parametrize("choice", ["send:7", "a:0123456789:behov-1:ja", "forget:yes", "nonsense", "", "%", "lang:xx"])
async def test_what_was_never_offered_cannot_be_chosen(place: Village, ann: Person, choice: str) -> None:
    with pytest.raises(NeverOffered):
        await ann.does(Chose(choice))
    await ann.says("hej")
    before = await ann.history()
    with pytest.raises(NeverOffered):
        await ann.does(Chose(choice))
    assert await ann.history() == before
    assert await count(place, "person") == 1


async def test_what_was_offered_to_somebody_else_cannot_be_chosen(place: Village, ann: Person) -> None:
    bo = place.newcomer("bo")
    await ann.says(UNKNOWN)
    await bo.says("hej")
    with pytest.raises(NeverOffered):
        await bo.does(Chose(ann.offered("send:*")))


async def test_an_old_choice_is_still_answered(ann: Person) -> None:
    await ann.says(UNKNOWN)
    old = ann.offered("send:*")
    for n in range(8):
        await ann.says(f"{UNKNOWN} {n}")
    assert keys((await ann.does(Chose(old))).messages)


async def test_a_persons_id_can_be_typed_at_a_prompt(place: Village) -> None:
    people = [(await place.newcomer(f"p{n}").says("hej")).person or "" for n in range(20)]
    assert all(person.isascii() and person.isalnum() for person in people)


async def test_the_first_page_has_choices_for_somebody_new(place: Village, ann: Person) -> None:
    handled = await ann.does(Chose("checklist"))
    assert handled.person
    assert [message.sender for message in handled.messages].count("you") == 1


# Order


async def test_what_one_person_does_at_once_is_handled_in_order(ann: Person) -> None:
    await ann.says("hej")
    await asyncio.gather(*(ann.says(f"{UNKNOWN} {n}") for n in range(40)))
    said = [message.body["text"] for message in await ann.history() if message.sender == "you"]
    assert said == ["hej", *(f"{UNKNOWN} {n}" for n in range(40))]
    numbers = [message.number for message in await ann.history()]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_people_do_not_wait_for_each_other_and_nobody_gets_anothers_words(place: Village) -> None:
    people = [place.newcomer(f"p{n}") for n in range(30)]
    await asyncio.gather(*(person.says(f"{UNKNOWN} {person.name}") for person in people))
    for person in people:
        said = [message.body["text"] for message in await person.history() if message.sender == "you"]
        assert said == [f"{UNKNOWN} {person.name}"]
    assert place.conversations._in_order._locks == {}


# The world changes under an event


async def test_content_read_again_while_people_write_is_used_whole(place: Village) -> None:
    library = copy(shipped())
    place.conversations = Conversations(place.store, library, FACTS, place.clock)
    people = [place.newcomer(f"p{n}") for n in range(20)]
    talking = [asyncio.create_task(person.says("Vad räknas som landsbygd?")) for person in people]
    await asyncio.to_thread(library.reload)
    handled = await asyncio.gather(*talking)
    assert all(keys(each.messages) for each in handled)


# Questions and moderators


async def test_a_moderators_answer_reaches_the_asker_and_says_which_question(
    place: Village, ann: Person, woken: list[str]
) -> None:
    number = await ann.asks_a_moderator()
    asked = next(message for message in ann.shown if message.sender == "you")
    woken.clear()
    await decide(place, number, "Den heter Bamse.")
    last = (await ann.history())[-1]
    assert (last.sender, last.body["key"], last.body["kind"]) == ("moderator", "moderator.answer", "moderator")
    assert "Bamse" in last.body["text"]
    assert last.body["reply_to"] >= asked.number
    person = await place.store.read(lambda tx: tx.person_at("web", ann.address or ""))
    assert set(woken) == {QUEUE, person_topic(person or "")}


async def test_the_receipt_carries_the_number_that_the_queue_gave(place: Village, ann: Person) -> None:
    number = await ann.asks_a_moderator()
    assert f"F-{number}" in ann.shown[-1].body["text"]
    assert "{number}" not in ann.shown[-1].body["text"]


async def test_only_its_asker_is_told_what_became_of_a_question(place: Village, ann: Person) -> None:
    number = await ann.asks_a_moderator()
    await decide(place, number, "Bamse.")
    bo = place.newcomer("bo")
    assert "Bamse" not in str((await bo.says(f"F-{number}")).messages)
    assert "Bamse" in str((await ann.says(f"F-{number}")).messages)


async def test_of_two_moderators_who_saw_the_same_question_one_decides(place: Village, ann: Person) -> None:
    number = await ann.asks_a_moderator()
    question = await place.store.read(lambda tx: tx.question(number))
    assert question
    both = (decide_as_seen(place, question, f"Svar från {by}", by) for by in ("anna", "bo"))
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == sorted(["NoneType", GuardFailed.__name__])
    answers = [message for message in await ann.history() if message.sender == "moderator"]
    decided = await place.store.read(lambda tx: tx.question(number))
    assert decided
    assert len(answers) == 1
    assert (decided.answer or "") in answers[0].body["text"]


# Forgetting


async def forgets(person: Person, key: str | None = None) -> Handled:
    await person.says("glöm mig")
    return await person.does(Chose("forget:yes"), key)


async def test_forgetting_erases_all_and_leaves_the_question(place: Village, ann: Person) -> None:
    number = await ann.asks_a_moderator()
    await ann.says("checklista")
    handled = await forgets(ann)
    assert (handled.person, handled.address, keys(handled.messages)) == (None, None, ["forget.done"])
    for table in ("person", "address", "conversation", "message", "seen", "run", "given", "step"):
        assert await count(place, table) == 0, table
    question = await place.store.read(lambda tx: tx.question(number))
    assert question
    assert (question.text, question.reachable) == (UNKNOWN, False)
    await decide(place, number, "Bamse.")
    assert await count(place, "message") == 0


async def test_forgetting_again_says_the_same_when_the_answer_was_lost(place: Village, ann: Person) -> None:
    await ann.says("hej")
    cookie = ann.address
    await forgets(ann, key := str(uuid.uuid4()))
    ann.address = cookie
    again = await ann.does(Chose("forget:yes"), key)
    assert (again.person, keys(again.messages)) == (None, ["forget.done"])
    assert await count(place, "person") == 0


async def test_who_has_been_forgotten_is_somebody_new(place: Village, ann: Person) -> None:
    first = await ann.says("hej")
    cookie = ann.address
    await forgets(ann)
    ann.address = cookie
    later = await ann.says("hej igen")
    assert (later.person != first.person, later.address != cookie) == (True, True)
    assert later.messages[0].number == 1


@pytest.mark.parametrize("how", ["forgotten", "purged"])
async def test_no_word_of_somebody_erased_is_left_in_any_file(
    tmp_path: Path, place: Village, ann: Person, how: str
) -> None:
    for n in range(30):
        await ann.says(f"Kodordet är Zanzibarmynta nummer {n}")
        await ann.presses("checklist")
    assert in_any_file(tmp_path, b"Zanzibarmynta")
    if how == "forgotten":
        await forgets(ann)
    else:
        place.clock.pass_by(days=91)
        await place.store.write(lambda tx: retention.purge(tx, retention.Retention(), place.clock()))
        await place.store.scrub()
    kept = await place.store.read(lambda tx: tx.db.execute("SELECT count(*) FROM label").fetchone()[0])
    assert kept == 0
    assert not in_any_file(tmp_path, b"Zanzibarmynta")


def in_any_file(folder: Path, marker: bytes) -> bool:
    """Copied by another process: closing a database's file here would drop SQLite's locks on it."""
    return subprocess.run(["grep", "-a", "-q", "-r", marker, str(folder)]).returncode == 0


# A small talk with everything, again and again


async def test_arriving_again_is_welcomed_again_and_keeps_the_log(ann: Person) -> None:
    await ann.does(Arrived())
    await ann.says("hej")
    before = len(await ann.history())
    handled = await ann.does(Arrived())
    assert keys(handled.messages) == ["welcome"]
    assert len(await ann.history()) == before + 1


async def test_a_broken_state_is_restarted_politely(place: Village, ann: Person) -> None:
    handled = await ann.says("checklista")
    person = handled.person
    assert person

    def spoil(tx: Tx) -> None:
        tx.keep_state(person, {"version": 99, "language": "en", "asked": "?"}, tx.state(person)[1])

    await place.store.write(spoil)
    assert keys((await ann.says("hello")).messages)
