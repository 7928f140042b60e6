"""Rounds on a real store: every answer in its place, whoever comes, goes, changes their mind or is gone."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.carrying_out import OFFER_DAYS
from bot.conversations import Conversations, Handled, Inbound, NeverOffered
from bot.media import Media
from bot.retention import Retention, purge
from bot.store.tx import Tx
from dialogs import checklist as rules
from dialogs.checklist import NO, PARTLY, UNKNOWN, YES
from dialogs.events import Arrived, Chose, Said
from dialogs.records import Round, Run
from dialogs.replies import Link
from dialogs.reporting import report
from dialogs.spread import LEAST, Spread, spread
from tests.people import FACTS, NOON, Person, Village, keys, shipped, village

Given = str | Mapping[str, str]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Village]:
    async with village(tmp_path / "test.db") as found:
        library = copy(shipped())
        doors = {"web": "https://b.example/tillbaka/", "round web": "https://b.example/r/"}
        media = Media("https://b.example", library, found.clock)
        yield replace(
            found, conversations=Conversations(found.store, library, FACTS, found.clock, doors=doors, media=media)
        )


async def begins(place: Village, name: str = "leader", length: str = "short") -> tuple[Person, str]:
    """Somebody starts a round; its code."""
    leader = place.newcomer(name)
    await leader.presses("round")
    path = ["together", "fem-faktorer", "lokal", "start", length]
    for count in range(1, 6):
        await leader.presses(":".join(path[:count]))
    return leader, leader.offered("round:*").split(":")[1]


async def joins(person: Person, code: str) -> Handled:
    """Somebody writes the code and takes part."""
    await person.says(code)
    return await person.presses(f"round:{code}:join")


async def answers(person: Person, given: Given, most: int = 1000) -> None:
    """Answers each statement alike, or as given (otherwise yes)."""
    for _ in range(most):
        body = person.shown[-1].body
        if body["key"] != "walk.statement":
            return
        _, run, statement, _ = body["choices"][0]["id"].split(":")
        answer = given if isinstance(given, str) else given.get(statement, YES)
        await person.presses(f"a:{run}:{statement}:{answer}")


async def through(place: Village, code: str, name: str, given: Given) -> Person:
    """Somebody comes and answers everything."""
    person = place.newcomer(name)
    await joins(person, code)
    await answers(person, given)
    assert person.shown[-1].body["key"] == "round.thanks"
    return person


async def shows(leader: Person, code: str) -> list[str]:
    """The leader looks, also when asked whether to wait for somebody; the keys of what is said."""
    await leader.says(code)
    said = keys((await leader.presses(f"round:{code}:show")).messages)
    return keys((await leader.presses(f"round:{code}:show-yes")).messages) if said[0].startswith("round.look") else said


async def closes(leader: Person, code: str) -> Handled:
    """The leader closes the round."""
    await leader.says(code)
    await leader.presses(f"round:{code}:close")
    return await leader.presses(f"round:{code}:close-yes")


async def who(person: Person) -> str:
    """The person's id."""
    found = await person.village.store.read(lambda tx: tx.person_at("web", person.address or ""))
    assert found
    return found


async def round_of(place: Village, code: str, person: Person | None = None) -> Round:
    """The round as it is kept."""
    identity = await who(person) if person else None
    found = await place.store.read(lambda tx: tx.round(code, identity))
    assert found
    return found


async def statements(place: Village, code: str) -> list[str]:
    """What everybody is asked."""
    found = await round_of(place, code)
    run = Run("", found.checklist, found.version, "", found.level, found.purpose, found.length, NOON)
    return [each.id for each in rules.statements(shipped().content.checklists[found.checklist], run)]


async def spreads(place: Village, code: str) -> dict[str, Spread]:
    """What is shown of each statement."""
    batches = (await round_of(place, code)).batches
    return {each: spread(batches, each) for each in await statements(place, code)}


async def rows(place: Village, sql: str, *values: Any) -> list[Any]:
    return await place.store.read(lambda tx: list(tx.db.execute(sql, values)))


async def purged(place: Village) -> dict[str, int]:
    return await place.store.write(lambda tx: purge(tx, Retention(), place.clock()))


def told(person: Person, key: str) -> int:
    """How often something has been shown."""
    return [message.body["key"] for message in person.shown].count(key)


# Many people


async def test_twelve_people_end_in_the_right_spread_with_nothing_lost(place: Village) -> None:
    leader, code = await begins(place)
    asked = await statements(place, code)
    mixed = (YES, PARTLY, NO, YES, UNKNOWN, NO, NO, YES)
    given = [{each: mixed[(person * (place_ + 1)) % len(mixed)] for place_, each in enumerate(asked)}
             for person in range(12)]  # fmt: skip
    for number, answers_ in enumerate(given):
        await through(place, code, f"person {number}", answers_)
        if number in (4, 8):
            await shows(leader, code)
    await closes(leader, code)
    found = await round_of(place, code)
    assert (found.joined, found.waiting, found.closed) == (12, 0, True)
    assert [max(sum(each.values()) for each in batch.values()) for batch in found.batches] == [5, 4, 3]
    for each in asked:
        expected = Counter(person[each] for person in given)
        shown = spread(found.batches, each)
        if sum(sum(batch[each].values()) for batch in found.batches) == sum(vars(shown).values()):
            assert (shown.yes, shown.partly, shown.no, shown.unknown) == tuple(
                expected[answer] for answer in (YES, PARTLY, NO, UNKNOWN)
            )
        assert shown.scored == 0 or shown.scored >= 3
    assert any(spread(found.batches, each).scored >= 9 for each in asked)
    assert len(await rows(place, "SELECT 1 FROM given")) == 12 * len(asked)


async def test_all_twelve_are_in_the_spread_where_all_know(place: Village) -> None:
    leader, code = await begins(place)
    for number in range(12):
        await through(place, code, f"person {number}", (YES, PARTLY, NO, YES)[number % 4])
    await shows(leader, code)
    assert set((await spreads(place, code)).values()) == {Spread(yes=6, partly=3, no=3)}


async def test_what_is_shown_changes_by_three_at_a_time(place: Village) -> None:
    leader, code = await begins(place)
    seen: dict[int, tuple[str, set[Spread]]] = {}
    for number, given in enumerate((YES, YES, NO, NO, NO, PARTLY), 1):
        await through(place, code, f"person {number}", given)
        if number in (2, 3, 5, 6):
            seen[number] = (await shows(leader, code))[0], set((await spreads(place, code)).values())
    three = {Spread(yes=2, no=1)}
    assert seen == {
        2: ("round.few", {Spread()}),
        3: ("round.overview", three),
        5: ("round.overview", three),
        6: ("round.overview", {Spread(yes=2, partly=1, no=3)}),
    }


# Coming, going, answering again


async def test_who_comes_when_it_is_over_is_told_and_answers_nothing(place: Village) -> None:
    leader, code = await begins(place)
    await closes(leader, code)
    late = place.newcomer("late")
    assert keys((await late.says(code)).messages) == ["welcome", "round.closed_to_others"]
    with pytest.raises(NeverOffered):
        await late.presses(f"round:{code}:join")
    assert await rows(place, "SELECT 1 FROM run") == []


async def test_who_leaves_before_being_counted_is_not_counted(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await people[0].says(code)
    await people[0].presses(f"round:{code}:leave")
    assert await shows(leader, code) == ["round.few"]
    found = await round_of(place, code, people[0])
    assert (found.joined, found.waiting, found.run) == (2, 2, None)
    assert len(await rows(place, "SELECT 1 FROM run")) == 3, "the answers stay with their person"


async def test_who_leaves_after_being_counted_stays_counted_and_only_once(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await shows(leader, code)
    await people[0].says(code)
    await people[0].presses(f"round:{code}:leave")
    assert set((await spreads(place, code)).values()) == {Spread(no=3)}
    await joins(people[0], code)
    await answers(people[0], YES)
    for number in (3, 4):
        await through(place, code, f"person {number}", PARTLY)
    await shows(leader, code)
    assert set((await spreads(place, code)).values()) == {Spread(no=3)}
    found = await round_of(place, code, people[0])
    assert (found.joined, found.waiting) == (5, 2)
    assert found.run
    await through(place, code, "person 5", PARTLY)
    await shows(leader, code)
    assert set((await spreads(place, code)).values()) == {Spread(no=3, partly=3)}


async def test_who_joins_again_goes_on_with_the_same_run(place: Village) -> None:
    _, code = await begins(place)
    ann = place.newcomer()
    await joins(ann, code)
    await answers(ann, NO, 4)
    open_ = ann.shown[-1].body["choices"][0]["id"]
    for event in (Chose(f"round:{code}:join"), Arrived(round=code, joins=True)):
        again = await ann.does(event)
        assert keys(again.messages) == ["walk.statement"]
        assert again.messages[-1].body["choices"][0]["id"] == open_
    assert len(await rows(place, "SELECT 1 FROM run")) == 1
    await answers(ann, NO)
    again = await ann.does(Arrived(round=code, joins=True))
    assert "walk.statement" not in keys(again.messages)
    assert (await round_of(place, code)).joined == 1


async def test_a_link_opened_by_somebody_new_takes_part_at_once(place: Village) -> None:
    _, code = await begins(place)
    ann = place.newcomer()
    handled = await ann.does(Arrived(round=code, joins=True))
    assert keys(handled.messages) == ["welcome", "round.joined", "walk.statement"]
    assert (await round_of(place, code, ann)).run


async def test_an_answer_changed_after_being_counted_changes_nothing_shown(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", YES) for number in range(3)]
    await shows(leader, code)
    first = (await statements(place, code))[0]
    run = (await round_of(place, code, people[0])).run
    await people[0].presses(f"a:{run}:{first}:nej")
    await shows(leader, code)
    await closes(leader, code)
    assert (await spreads(place, code))[first] == Spread(yes=3)
    kept = await place.store.read(lambda tx: tx.run(_owner(tx, run), run or ""))
    assert kept
    assert kept.answers[first] == NO


def _owner(tx: Tx, run: str | None) -> str:
    return str(next(iter(tx.db.execute("SELECT person FROM run WHERE id = ?", (run,))))[0])


async def test_an_answer_changed_before_being_counted_counts_as_it_is_then(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", YES) for number in range(3)]
    first = (await statements(place, code))[0]
    await people[0].presses(f"a:{(await round_of(place, code, people[0])).run}:{first}:nej")
    await shows(leader, code)
    assert (await spreads(place, code))[first] == Spread(yes=2, no=1)


async def test_who_joined_without_answering_is_still_in_when_it_closes(place: Village) -> None:
    leader, code = await begins(place)
    for number in range(3):
        await through(place, code, f"person {number}", YES)
    await joins(place.newcomer("silent"), code)
    await closes(leader, code)
    found = await round_of(place, code)
    assert (found.joined, len(found.batches)) == (4, 1)


async def test_closing_counts_the_statements_that_three_have_answered(place: Village) -> None:
    leader, code = await begins(place)
    await through(place, code, "ann", YES)
    for number, most in enumerate((5, 2)):
        person = place.newcomer(f"person {number}")
        await joins(person, code)
        await answers(person, NO, most)
    await closes(leader, code)
    shown = list((await spreads(place, code)).values())
    assert shown[:2] == [Spread(yes=1, no=2)] * 2
    assert set(shown[2:]) == {Spread()}


async def test_who_is_in_the_middle_when_it_closes_goes_on_alone(place: Village) -> None:
    leader, code = await begins(place)
    slow = place.newcomer("slow")
    await joins(slow, code)
    await answers(slow, YES, 2)
    await closes(leader, code)
    await answers(slow, YES)
    assert slow.shown[-1].body["key"] == "round.late"
    assert told(slow, "round.thanks") == 0


async def test_who_is_in_the_middle_when_it_closes_is_told_that_the_rest_is_for_them_alone(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", YES) for number in range(3)]
    slow = place.newcomer("slow")
    await joins(slow, code)
    await answers(slow, YES, 2)
    await closes(leader, code)
    texts = shipped().content.texts["sv"]
    last = [(await person.history())[-1].body for person in (people[0], slow)]
    assert [body.get("note") for body in last] == [None, texts("round.alone_now")]
    [way] = [choice["id"] for choice in last[1]["choices"] if choice["id"].startswith("resume:")]
    assert keys((await slow.presses(way)).messages) == ["round.alone_now", "walk.statement"]


async def test_a_round_of_few_is_said_to_be_over_with_what_there_is_instead(place: Village) -> None:
    leader, code = await begins(place)
    anna = await through(place, code, "anna", YES)
    await closes(leader, code)
    last = (await anna.history())[-1].body
    assert last["key"] == "round.over_told_few"
    assert keys((await anna.presses("result:*")).messages)[:2] == ["result.bicycle", "result"]
    assert keys((await anna.presses("together")).messages) == ["walk.which"]


# Forgotten


async def forgets(person: Person) -> None:
    for act in (person.says("glöm mig"), person.presses("forget:yes")):
        await act


async def test_who_is_forgotten_before_being_counted_leaves_nothing(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await forgets(people[0])
    assert await shows(leader, code) == ["round.few"]
    assert (await round_of(place, code)).joined == 2
    assert {row[0] for row in await rows(place, "SELECT DISTINCT run FROM given")} == {
        row[0] for row in await rows(place, "SELECT id FROM run")
    }


async def test_who_is_forgotten_after_being_counted_stays_in_the_sum_only(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await shows(leader, code)
    gone = await who(people[0])
    await forgets(people[0])
    await shows(leader, code)
    assert set((await spreads(place, code)).values()) == {Spread(no=3)}
    assert (await round_of(place, code)).joined == 3
    kept = await rows(place, "SELECT * FROM round") + await rows(place, "SELECT * FROM round_batch")
    assert gone not in repr(kept)
    assert await rows(place, "SELECT 1 FROM run WHERE person = ?", gone) == []


async def test_a_batch_leads_back_to_nobody(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", (NO, YES, YES)[number]) for number in range(3)]
    await shows(leader, code)
    [(_, number, count, counts)] = await rows(place, "SELECT * FROM round_batch")
    assert (number, count) == (0, 3)
    assert all(set(answers_) <= {YES, NO} for answers_ in json.loads(counts).values())
    for person in people:
        assert await who(person) not in counts


async def test_a_round_whose_leader_is_forgotten_goes_on_without_one(place: Village) -> None:
    leader, code = await begins(place)
    for number in range(3):
        await through(place, code, f"person {number}", NO)
    await forgets(leader)
    ann = await through(place, code, "ann", YES)
    found = await round_of(place, code, ann)
    assert (found.leads, found.closed, found.joined) == (False, False, 4)
    assert keys((await ann.says(code)).messages) == ["round.member"]
    for doing in ("close", "close-yes", "show", "hand"):
        with pytest.raises(NeverOffered):
            await ann.presses(f"round:{code}:{doing}")
    assert not (await round_of(place, code)).closed
    back = place.newcomer("leader")
    assert keys((await back.says(code)).messages) == ["welcome", "round.invited"]
    await joins(back, code)


async def test_nobody_is_told_twice_who_a_leader_that_is_gone_was(place: Village) -> None:
    leader, code = await begins(place)
    await leader.presses(f"round:{code}:join")
    gone = await who(leader)
    await forgets(leader)
    assert gone not in repr(await rows(place, "SELECT * FROM round"))
    assert (await round_of(place, code)).joined == 0


# One person after all


async def link(person: Person) -> str:
    """A token by which somebody returns from elsewhere."""
    await person.says("hjälp")
    handled = await person.presses("return")
    return str(handled.messages[-1].body["links"][0]["url"]).rpartition("/")[2]


async def returns(person: Person, token: str, key: str = "returns") -> None:
    """Somebody opens a link of another person's, who is the same from then on."""
    inbound = Inbound("web", f"{key}-{person.name}", Arrived(), person.address, "fresh", returning=token)
    handled = await person.village.conversations.handle(inbound)
    person.shown += handled.messages


@pytest.mark.parametrize("before", [True, False], ids=["counted before", "not counted"])
async def test_two_in_a_round_who_become_one_are_counted_once(place: Village, before: bool) -> None:
    leader, code = await begins(place)
    phone, desk = await through(place, code, "phone", NO), place.newcomer("desk")
    if before:
        for number in range(2):
            await through(place, code, f"person {number}", NO)
        await shows(leader, code)
    await joins(desk, code)
    await answers(desk, YES, 3)
    await returns(phone, await link(desk))
    assert await who(phone) == await who(desk)
    found = await round_of(place, code, desk)
    assert found.joined == (3 if before else 1)
    assert len(await rows(place, "SELECT 1 FROM run WHERE round = ?", code)) == (3 if before else 1)
    await desk.presses(f"resume:{found.run}")
    await answers(desk, YES)
    for number in range(2, 4 if before else 5):
        await through(place, code, f"person {number}", PARTLY)
    await shows(leader, code)
    if before:
        assert set((await spreads(place, code)).values()) == {Spread(no=3)}
        assert (await round_of(place, code)).waiting == 2
    else:
        assert set((await spreads(place, code)).values()) == {Spread(yes=1, partly=3)}


async def test_two_leaders_of_a_round_who_become_one_may_still_be_counted_in_it(place: Village) -> None:
    leader, code = await begins(place)
    cia = place.newcomer("cia")
    for number in range(3):
        await through(place, code, f"person {number}", YES)
    await shows(leader, code)
    await leader.presses(f"round:{code}:joint")
    await answers(leader, PARTLY)
    while leader.shown[-1].body["key"] == "walk.reflection":
        await leader.presses("reflect:*")
    await cia.says(await key_of(leader, code))
    await returns(leader, await link(cia))
    await cia.says(code)
    await cia.presses(f"round:{code}:join")
    await answers(cia, NO)
    assert (await round_of(place, code, cia)).waiting == 1


async def test_a_leader_who_becomes_one_with_a_member_leads_and_takes_part(place: Village) -> None:
    leader, code = await begins(place)
    phone = await through(place, code, "phone", NO)
    await returns(phone, await link(leader))
    found = await round_of(place, code, phone)
    assert found.leads
    assert found.run
    await closes(phone, code)
    assert told(phone, "round.over") == 1
    said = [line.body["key"] for line in await phone.history()]
    assert not [key for key in said if key.startswith("round.over_told")]


async def test_who_was_counted_and_left_is_not_counted_again_as_somebody_else(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await shows(leader, code)
    await people[0].says(code)
    await people[0].presses(f"round:{code}:leave")
    phone = await through(place, code, "phone", YES)
    await returns(phone, await link(people[0]))
    found = await round_of(place, code, phone)
    assert found.run
    assert (found.joined, found.waiting) == (3, 0)


# Handing over


async def key_of(leader: Person, code: str) -> str:
    """A key to the round, as it is shown."""
    await leader.says(code)
    handled = await leader.presses(f"round:{code}:hand")
    return str(Link(**handled.messages[-1].body["links"][0]).url)


async def test_a_key_hands_the_round_over_once(place: Village) -> None:
    leader, code = await begins(place)
    ann, eve = place.newcomer("ann"), place.newcomer("eve")
    key = await key_of(leader, code)
    kept = await rows(place, "SELECT * FROM round_offer") + [line.body for line in await leader.history()]
    assert key.removeprefix("L-") not in repr(kept), "only its hash is kept"
    assert keys((await ann.says(key)).messages) == ["welcome", "round.taken", "round.lead"]
    assert keys((await eve.says(key)).messages) == ["welcome", "round.key_lost"]
    assert [(await round_of(place, code, each)).leads for each in (leader, ann, eve)] == [False, True, False]
    for doing in ("close", "hand"):
        assert keys((await leader.presses(f"round:{code}:{doing}")).messages) == ["round.invited"]
    await closes(ann, code)
    assert (await round_of(place, code)).closed


async def test_a_key_that_is_wrong_or_too_old_hands_nothing_over(place: Village) -> None:
    leader, code = await begins(place)
    ann = place.newcomer("ann")
    key = await key_of(leader, code)
    await ann.says("L-abc_DEF-123_ghi-JKL_45")
    assert ann.shown[-1].body["key"] == "round.key_lost"
    place.clock.pass_by(days=OFFER_DAYS)
    await ann.says(key)
    assert ann.shown[-1].body["key"] == "round.key_lost"
    assert (await round_of(place, code, leader)).leads
    assert await rows(place, "SELECT 1 FROM round_offer")
    place.clock.pass_by(days=2)
    await purged(place)
    assert await rows(place, "SELECT 1 FROM round_offer") == []


async def together(leader: Person, code: str) -> Handled:
    """The leader closes the round, and its people answer together to the end."""
    await closes(leader, code)
    handled = await leader.presses(f"round:{code}:joint")
    await answers(leader, PARTLY)
    while leader.shown[-1].body["key"] == "walk.reflection":
        handled = await leader.presses("reflect:*")
    return handled


async def test_who_hands_over_keeps_what_was_answered_together_and_is_told_who_leads(place: Village) -> None:
    leader, code = await begins(place)
    for number in range(3):
        await through(place, code, f"person {number}", (YES, YES, NO)[number])
    handled = await together(leader, code)
    picture = handled.messages[1].body["image"]["name"]
    cia = place.newcomer("cia")
    await cia.says(await key_of(leader, code))
    told_ = (await leader.history())[-1].body
    assert told_["key"] == "round.taken_told"
    assert keys((await leader.presses(told_["choices"][0]["id"])).messages)[:2] == ["result.bicycle", "result"]
    media, owner = place.conversations.media, await who(leader)
    making = await place.store.read(lambda tx: media(tx, owner, picture))
    assert making
    assert making.what[0].people == 3
    mine, hers = (await round_of(place, code, leader)).joint, (await round_of(place, code, cia)).joint
    assert mine
    assert hers
    kept = [await place.store.read(lambda tx, run=run: tx.run(_owner(tx, run), run)) for run in (mine, hers)]  # type: ignore[misc]
    assert kept[0] == replace(kept[1], id=mine), "she has all that they answered"
    assert len([run for run in await place.store.read(lambda tx: tx.every_run()) if run.joint]) == 1
    assert keys((await leader.presses(f"round:{code}")).messages) == ["round.closed"]
    assert leader.offered(f"result:{mine}")
    await forgets(leader)
    await cia.says(code)
    assert keys((await cia.presses(f"resume:{hers}")).messages)[:2] == ["result.bicycle", "result"]
    assert await rows(place, "SELECT 1 FROM given WHERE run = ?", mine) == []


async def test_a_round_may_go_to_and_fro_and_everybody_keeps_one_copy(place: Village) -> None:
    leader, code = await begins(place)
    await together(leader, code)
    cia, dan = place.newcomer("cia"), place.newcomer("dan")
    for giving, taking in ((leader, cia), (cia, leader), (leader, dan)):
        await taking.says(await key_of(giving, code))
    runs = [(await round_of(place, code, person)).joint for person in (leader, cia, dan)]
    assert len(set(runs) - {None}) == 3
    assert len(await rows(place, "SELECT 1 FROM run")) == 3


async def test_what_is_being_answered_together_goes_along_with_the_key(place: Village) -> None:
    leader, code = await begins(place)
    await closes(leader, code)
    await leader.presses(f"round:{code}:joint")
    run = (await round_of(place, code, leader)).joint
    cia = place.newcomer("cia")
    await cia.says(await key_of(leader, code))
    assert ((await round_of(place, code, leader)).joint, (await round_of(place, code, cia)).joint) == (None, run)
    assert keys((await cia.presses(f"round:{code}:joint")).messages) == ["walk.statement"]


async def test_those_in_the_round_are_told_once_that_there_is_a_joint_answer(place: Village) -> None:
    leader, code = await begins(place)
    anna = await through(place, code, "anna", YES)
    await leader.presses(f"round:{code}:join")
    await together(leader, code)
    said = [[line.body["key"] for line in await person.history()].count("round.joint_told")
            for person in (anna, leader)]  # fmt: skip
    assert said == [1, 0]
    assert (await anna.history())[-1].body["choices"][0]["id"] == f"round:{code}"


async def test_a_key_typed_in_other_words_and_in_small_letters_hands_the_round_over(place: Village) -> None:
    leader, code = await begins(place)
    cia = place.newcomer("cia")
    handled = await cia.says(f"Göran gav mig nyckeln {(await key_of(leader, code)).lower()}!")
    assert keys(handled.messages) == ["welcome", "round.taken", "round.lead"]


async def test_every_key_is_used_up_when_one_is_taken(place: Village) -> None:
    leader, code = await begins(place)
    first, second = await key_of(leader, code), await key_of(leader, code)
    ann, eve = place.newcomer("ann"), place.newcomer("eve")
    await ann.says(second)
    await eve.says(first)
    assert eve.shown[-1].body["key"] == "round.key_lost"


# Closing


async def test_closing_tells_everybody_but_the_leader_once_and_in_their_own_language(place: Village) -> None:
    leader, code = await begins(place)
    await leader.presses(f"round:{code}:join")
    swede, briton, gone, never = (place.newcomer(name) for name in ("swede", "briton", "gone", "never"))
    await briton.presses("lang:en")
    for person in (swede, briton, gone):
        await joins(person, code)
    await gone.says(code)
    await gone.presses(f"round:{code}:leave")
    await never.says(code)
    await closes(leader, code)
    with pytest.raises(NeverOffered):
        await swede.presses(f"round:{code}:close-yes")
    await leader.presses(f"round:{code}:close-yes")
    texts = shipped().content.texts
    said = {}
    for person in (leader, swede, briton, gone, never):
        said[person.name] = [
            line.body["text"] for line in await person.history() if line.body["key"].startswith("round.over_told")
        ]
    swedish, english = (texts[language]("round.over_told_few", code=code, least=LEAST) for language in ("sv", "en"))
    assert said == {"leader": [], "swede": [swedish], "briton": [english], "gone": [], "never": []}
    await swede.presses(f"round:{code}")
    handled = await swede.presses(f"round:{code}:show")
    assert keys(handled.messages) == ["round.few_over"]


async def test_what_was_told_waits_for_the_next_visit_and_leads_to_the_answers(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", (YES, YES, NO)[number]) for number in range(3)]
    assert keys((await closes(leader, code)).messages) == ["round.over", "round.overview", "round.first"]
    last = (await people[0].history())[-1]
    assert [choice["id"] for choice in last.body["choices"]] == [f"round:{code}:show"]
    handled = await people[0].presses(f"round:{code}:show")
    assert keys(handled.messages) == ["round.overview", "round.first"]


# The content of the start


async def test_who_comes_late_answers_the_edition_of_the_start(place: Village) -> None:
    _, code = await begins(place)
    asked = await statements(place, code)
    library = place.conversations.library
    shipped_ = library.content.checklist
    changed = replace(
        shipped_, edition="another", version=shipped_.version + 1, source="",
        statements=tuple(each for each in shipped_.statements if each.id != asked[0]),
    )  # fmt: skip
    library.content = replace(library.content, checklists={**library.content.checklists, changed.id: changed})
    late = await through(place, code, "late", NO)
    run = (await round_of(place, code, late)).run
    [(edition, version)] = await rows(place, "SELECT edition, version FROM run WHERE id = ?", run)
    assert (edition, version) == (shipped_.edition, shipped_.version)
    assert {row[0] for row in await rows(place, "SELECT statement FROM given WHERE run = ?", run)} == set(asked)
    fresh, _ = await begins(place, "fresh")
    assert (await rows(place, "SELECT edition FROM round WHERE leader = ?", await who(fresh)))[0][0] == "another"


# Together


async def test_answering_together_ends_in_a_result_of_all_its_people(place: Village) -> None:
    leader, code = await begins(place)
    for number in range(4):
        await through(place, code, f"person {number}", (YES, YES, NO, NO)[number])
    await closes(leader, code)
    handled = await leader.presses(f"round:{code}:joint")
    assert keys(handled.messages) == ["round.joint_begun", "walk.statement"]
    assert handled.messages[-1].body["note"]
    again = await leader.presses(f"round:{code}:joint")
    assert keys(again.messages) == ["walk.statement"]
    await answers(leader, PARTLY)
    while leader.shown[-1].body["key"] == "walk.reflection":
        handled = await leader.presses("reflect:*")
    assert keys(handled.messages)[:2] == ["result.bicycle", "result"]
    picture = handled.messages[1].body["image"]["name"]
    person, media = await who(leader), place.conversations.media
    making = await place.store.read(lambda tx: media(tx, person, picture))
    assert making
    assert making.what[0].people == 4
    assert making().startswith(b"\x89PNG")
    found = await round_of(place, code, leader)
    assert found.joint
    assert (found.joined, found.waiting) == (4, 0), "what is answered together is nobody's own answer"
    run = await place.store.read(lambda tx: tx.run(person, found.joint or ""))
    assert run
    assert run.joint
    content = shipped().content
    assert report(content, content.checklist, run, "sv", NOON, None, found.joined).people == 4


async def test_the_picture_of_a_round_is_anybodys_who_has_its_code(place: Village) -> None:
    _, code = await begins(place)
    media = place.conversations.media
    assert (await place.store.read(lambda tx: media(tx, None, f"round/{code}.png"))) is not None
    for name in ("round/R-2222-2222.png", f"round/{code}.pdf", f"round/{code}"):
        assert (await place.store.read(lambda tx, name=name: media(tx, None, name))) is None  # type: ignore[misc]


# Retention


async def test_a_round_goes_after_its_days_and_the_runs_stay(place: Village) -> None:
    leader, code = await begins(place)
    people = [await through(place, code, f"person {number}", NO) for number in range(3)]
    await shows(leader, code)
    await people[0].says(code)
    await people[0].presses(f"round:{code}:leave")
    await leader.presses(f"round:{code}:joint")
    days = Retention().round_days
    place.clock.pass_by(days=days - 1)
    for person in (leader, *people):
        await person.says("hej")
    assert (await purged(place))["round"] == 0
    await round_of(place, code)
    place.clock.pass_by(days=2)
    assert (await purged(place))["round"] == 1
    assert await place.store.read(lambda tx: tx.round(code, None)) is None
    for table in ("round", "round_batch", "round_offer"):
        assert await rows(place, f"SELECT 1 FROM {table}") == []  # noqa: S608 - ours
    assert await rows(place, "SELECT 1 FROM run WHERE round IS NOT NULL OR counted_in IS NOT NULL OR joint") == []
    assert len(await rows(place, "SELECT 1 FROM run")) == 4
    assert keys((await people[1].presses("result:*")).messages)[:2] == ["result.bicycle", "result"]
    assert keys((await people[1].presses(f"round:{code}")).messages) == ["round.gone"]
    assert keys((await leader.says("runda")).messages) == ["round.none"]
    assert keys((await people[0].does(Said(code))).messages) == ["round.gone"]
