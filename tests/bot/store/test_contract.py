"""What every store must do: each method of a transaction, and what a transaction promises."""

import asyncio
import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports import Store, StoreUnavailable
from bot.store.announcements import Announcements
from bot.store.cards import Cards
from bot.store.contributions import Contributions
from bot.store.native import NativePolls
from bot.store.notices import Notices
from bot.store.outbox import Outbox
from bot.store.polls import Polls
from bot.store.questions import Questions
from bot.store.reach import Reach
from bot.store.reminders import Reminders
from bot.store.rounds import Rounds
from bot.store.subscriptions import Subscriptions
from bot.store.tx import QUEUE, GuardFailed, Seen, Tx, person_topic
from dialogs.records import Run, Step

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER, TOMORROW = NOW + dt.timedelta(minutes=5), NOW + dt.timedelta(days=1)


Given = tuple[str, dt.datetime, str | None, str | None, str | None]
"""statement, when by the clock of who gave it, answer, note, key"""


class Refused(Exception):
    """A job that changes its mind."""


def meet(tx: Tx, person: str = "ann", channel: str = "web") -> None:
    tx.create_person(person, channel, f"{person}-cookie", NOW)
    tx.keep_state(person, {"version": 1}, 0)


def question_of(tx: Tx, person: str = "ann", text: str = "När kommer bussen?") -> int:
    return tx.ask(person, 1, text, "sv", None, (), NOW)


def run(name: str = "r1", length: str = "short", started: dt.datetime = NOW, checklist: str = "fem-faktorer") -> Run:
    return Run(name, checklist, 3, "abc", "lokal", "start", length, started)


def say(tx: Tx, person: str, *texts: str) -> None:
    for number, text in enumerate(texts, 1):
        tx.say(person, number, "you", {"text": text}, NOW)


def test_every_method_of_a_transaction_is_met_here() -> None:
    # test_outbox.py, test_rounds.py, test_queue.py, test_reminders.py, test_polls.py, test_native.py and so on
    parts = (Outbox, Reach, Announcements, Rounds, Questions, Notices, Reminders, Polls, NativePolls, Subscriptions)
    elsewhere = {name for part in (*parts, Cards, Contributions) for name in vars(part)}
    methods = {name for name in dir(Tx) if callable(getattr(Tx, name)) and not name.startswith("_")} - elsewhere
    assert len(methods) > 30
    met = set(re.findall(r"\b(?:tx|Tx)\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


# People


async def test_a_person_is_found_by_the_address_of_one_channel(store: Store) -> None:
    await store.write(meet)
    assert await store.read(lambda tx: tx.person_at("web", "ann-cookie")) == "ann"
    assert await store.read(lambda tx: tx.person_at("console", "ann-cookie")) is None
    assert await store.read(lambda tx: tx.address_of("web", "ann")) == "ann-cookie"
    assert await store.read(lambda tx: tx.address_of("console", "ann")) is None
    assert await store.read(lambda tx: (tx.exists("ann"), tx.exists("bo"))) == (True, False)


async def test_what_is_spoken_to_a_person_is_known(store: Store) -> None:
    await store.write(meet)
    assert await store.read(lambda tx: (tx.language("ann"), tx.language("nobody"))) == ("sv", "sv")
    await store.write(lambda tx: tx.keep_state("ann", {"version": 1, "language": "en"}, 0))
    assert await store.read(lambda tx: tx.language("ann")) == "en"


async def test_two_people_cannot_have_the_same_address(store: Store) -> None:
    await store.write(meet)
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(lambda tx: tx.create_person("bo", "web", "ann-cookie", NOW))
    assert not await store.read(lambda tx: tx.exists("bo"))


async def test_an_address_is_confirmed_when_it_has_come_back(store: Store) -> None:
    await store.write(meet)
    assert not await store.read(lambda tx: tx.confirmed("web", "ann-cookie"))
    await store.write(lambda tx: tx.confirm("web", "ann-cookie"))
    assert await store.read(lambda tx: tx.confirmed("web", "ann-cookie"))
    assert not await store.read(lambda tx: tx.confirmed("web", "unheard-of"))


async def test_who_has_been_silent_is_told_by_the_last_thing_done(store: Store) -> None:
    await store.write(lambda tx: meet(tx, "ann"))
    await store.write(lambda tx: meet(tx, "bo"))
    await store.write(lambda tx: tx.active("bo", TOMORROW))
    assert await store.read(lambda tx: tx.people_inactive_since(LATER)) == ["ann"]


async def test_forgetting_takes_everything_but_the_question(store: Store) -> None:
    def live(tx: Tx) -> int:
        meet(tx)
        say(tx, "ann", "hej")
        tx.remember("ann", "key", Seen("ann", "digest", 1, 1), "web", NOW)
        tx.start_run("ann", run(), "id: fem-faktorer")
        tx.give("r1", "behov-1", NOW, NOW, answer="ja")
        tx.take_step("r1", Step("Bjud in"))
        return question_of(tx)

    number = await store.write(live)
    assert await store.write(lambda tx: tx.erase("ann"))
    assert not await store.write(lambda tx: tx.erase("ann"))
    left = await store.read(lambda tx: (
        tx.exists("ann"), tx.person_at("web", "ann-cookie"), tx.messages("ann", 0), tx.state("ann"),
        tx.run("ann", "r1"), tx.seen("ann", "key"), tx.asker(number), tx.questions_of("ann"),
    ))  # fmt: skip
    assert left == (False, None, [], (None, 0), None, None, None, ())
    for table in ("given", "step", "run"):
        assert await store.read(lambda tx, name=table: tx.db.execute(f"SELECT * FROM {name}").fetchall()) == []  # type: ignore[misc] # noqa: S608
    question = await store.read(lambda tx: tx.question(number))
    assert question is not None
    assert (question.text, question.reachable) == ("När kommer bussen?", False)


# Conversations and what was received


async def test_a_state_is_kept_and_replaced(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: tx.keep_state("ann", {"heard": "åäö \U0001f33e"}, 4))
    assert await store.read(lambda tx: tx.state("ann")) == ({"heard": "åäö \U0001f33e"}, 4)
    assert await store.read(lambda tx: tx.state("bo")) == (None, 0)
    await store.write(lambda tx: tx.keep_state("ann", {"language": "en"}, 4))
    assert await store.read(lambda tx: (tx.language("ann"), tx.language("bo"))) == ("en", "sv")


async def test_a_key_belongs_to_its_person_and_is_used_once(store: Store) -> None:
    seen = Seen("ann", "digest", 1, 3)
    await store.write(meet)
    await store.write(lambda tx: tx.remember("ann", "key", seen, None, NOW))
    assert await store.read(lambda tx: tx.seen("ann", "key")) == seen
    assert await store.read(lambda tx: tx.seen("bo", "key")) is None
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(lambda tx: tx.remember("ann", "key", seen, None, NOW))


async def test_a_first_answer_can_be_fetched_again_until_its_address_has_come_back(store: Store) -> None:
    seen = Seen("ann", "digest", 1, 3)
    await store.write(meet)
    await store.write(lambda tx: tx.remember("ann", "key", seen, "web", NOW))
    assert await store.read(lambda tx: tx.born("web", "key", NOW)) == seen
    assert await store.read(lambda tx: tx.born("console", "key", NOW)) is None
    assert await store.read(lambda tx: tx.born("web", "another", NOW)) is None
    assert await store.read(lambda tx: tx.born("web", "key", LATER)) is None
    await store.write(lambda tx: tx.confirm("web", "ann-cookie"))
    assert await store.read(lambda tx: tx.born("web", "key", NOW)) is None


async def test_a_later_event_never_gives_its_person_away(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: tx.remember("ann", "key", Seen("ann", "d", 1, 1), None, NOW))
    assert await store.read(lambda tx: tx.born("web", "key", NOW)) is None


# Messages


async def test_a_log_is_read_from_a_number_on_and_oldest_first(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: meet(tx, "bo"))
    await store.write(lambda tx: say(tx, "ann", "ett", "två", "tre"))
    await store.write(lambda tx: say(tx, "bo", "x"))
    found = await store.read(lambda tx: tx.messages("ann", 1))
    assert [(each.number, each.sender, each.body["text"]) for each in found] == [(2, "you", "två"), (3, "you", "tre")]
    assert found[0].at == NOW
    assert [each.number for each in await store.read(lambda tx: tx.messages("ann", 0, 1))] == [1]
    assert [each.number for each in await store.read(lambda tx: tx.latest("ann", 2))] == [2, 3]


async def test_what_is_said_later_takes_the_next_number(store: Store, told: list[str]) -> None:
    await store.write(meet)
    await store.write(lambda tx: say(tx, "ann", "hej"))
    await store.write(lambda tx: tx.keep_state("ann", {}, 1))
    told.clear()
    await store.write(lambda tx: tx.say_later("ann", "moderator", {"text": "svar"}, LATER))
    last = (await store.read(lambda tx: tx.latest("ann", 1)))[0]
    assert (last.number, last.sender, told) == (2, "moderator", [person_topic("ann")])
    assert (await store.read(lambda tx: tx.state("ann")))[1] == 2


async def test_nobody_is_told_later_once_forgotten(store: Store, told: list[str]) -> None:
    await store.write(lambda tx: tx.say_later("ann", "moderator", {"text": "svar"}, NOW))
    assert told == []


@pytest.mark.parametrize("choice", ["a:r_1:s%:ja", 'send:"1"', "entry:åäö!", "back\\slash"])
async def test_a_choice_is_known_by_its_exact_id_and_person(store: Store, choice: str) -> None:
    offered = {"text": "?", "choices": [{"id": choice, "label": "Ja"}, {"id": "no", "label": "Nej"}]}
    await store.write(meet)
    await store.write(lambda tx: tx.say("ann", 1, "bot", offered, NOW))
    assert await store.read(lambda tx: tx.offered("ann", choice)) == "Ja"
    assert await store.read(lambda tx: tx.offered("bo", choice)) is None
    for forged in (choice[:-1], choice + "x", choice.replace("_", "x").replace("%", "yy") + "z", "%", "_", ""):
        assert await store.read(lambda tx, id_=forged: tx.offered("ann", id_)) is None  # type: ignore[misc]


async def test_writing_what_looks_like_a_choice_offers_nothing(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: tx.say("ann", 1, "you", {"text": '"id":"forget:yes"'}, NOW))
    assert await store.read(lambda tx: tx.offered("ann", "forget:yes")) is None


# Questions and their ledger


async def test_questions_are_numbered_in_order_and_begin_as_new(store: Store, told: list[str]) -> None:
    await store.write(meet)
    told.clear()
    first, second = await store.write(
        lambda tx: (question_of(tx), tx.ask("ann", 3, "Två?", "en", "w", ("a", "b"), NOW))
    )
    assert second == first + 1
    found = await store.read(lambda tx: tx.question(second))
    assert found is not None
    assert (found.code, found.state, found.version) == (f"F-{second}", "new", 1)
    assert (found.language, found.webinar, found.candidates) == ("en", "w", ("a", "b"))
    assert (found.decided, found.by, found.answer) == (None, None, None)
    assert await store.read(lambda tx: tx.asker(second)) == ("ann", 3)
    assert set(told) == {QUEUE}
    assert await store.read(lambda tx: tx.question(second + 1)) is None


async def test_a_number_is_never_used_again(store: Store) -> None:
    await store.write(meet)
    number = await store.write(question_of)
    await store.write(lambda tx: tx.delete_questions(TOMORROW))
    assert await store.write(question_of) > number


async def test_the_queue_shows_who_waits_longest_first_and_what_was_decided_last_first(store: Store) -> None:
    await store.write(meet)
    one, two, three = [await store.write(question_of) for _ in range(3)]
    await store.write(lambda tx: tx.decide(one, 1, "answered", "mod", NOW, text="svar", entry="bredband"))
    await store.write(lambda tx: tx.decide(two, 1, "declined", "mod", LATER, text="nej", reason="off_topic"))
    assert [each.number for each in await store.read(lambda tx: tx.queue("new"))] == [three]
    assert [each.number for each in await store.read(lambda tx: tx.queue("answered", "declined"))] == [two, one]
    assert [each.number for each in await store.read(lambda tx: tx.queue("answered", "declined", most=1))] == [two]
    assert [each.number for each in await store.read(lambda tx: tx.questions_of("ann"))] == [three, two, one]
    assert await store.read(Tx.count_questions) == {"new": 1, "answered": 1, "declined": 1}
    found = await store.read(lambda tx: tx.question(one))
    assert found is not None
    assert (found.state, found.version, found.by, found.answer) == ("answered", 2, "mod", "svar")
    assert (found.entry, found.decided) == ("bredband", NOW)


async def test_a_decision_on_what_has_changed_meanwhile_keeps_nothing(store: Store, told: list[str]) -> None:
    await store.write(meet)
    number = await store.write(question_of)
    await store.write(lambda tx: tx.decide(number, 1, "answered", "anna", NOW, text="först"))
    told.clear()
    for version in (0, 1, 3):
        with pytest.raises(GuardFailed):
            await store.write(lambda tx, v=version: tx.decide(number, v, "declined", "bo", NOW, text="sen"))  # type: ignore[misc]
    with pytest.raises(GuardFailed):
        await store.write(lambda tx: tx.decide(number + 1, 1, "answered", "bo", NOW, text="okänd"))
    found = await store.read(lambda tx: tx.question(number))
    assert found is not None
    assert (found.by, found.answer, told) == ("anna", "först", [])


async def test_of_many_who_decide_at_once_one_wins(store: Store) -> None:
    await store.write(meet)
    number = await store.write(question_of)
    results = await asyncio.gather(
        *(
            store.write(lambda tx, by=f"m{each}": tx.decide(number, 1, "answered", by, NOW, text=by))  # type: ignore[misc]
            for each in range(20)
        ),
        return_exceptions=True,
    )
    assert results.count([(number, 2)]) == 1
    assert sum(isinstance(result, GuardFailed) for result in results) == 19


async def test_a_question_from_elsewhere_has_nobody_and_lives_like_any_other(store: Store, told: list[str]) -> None:
    def bring(tx: Tx) -> int:
        number = tx.ask(None, None, "När?", "sv", "w", (), NOW, origin="zoom-chat", votes=2)
        tx.note_import("w", "digest", number, NOW)
        return number

    number = await store.write(bring)
    assert await store.read(lambda tx: (tx.imported("w", "digest"), tx.imported("v", "digest"))) == (number, None)
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(bring)
    assert await store.write(lambda tx: (tx.vote_elsewhere(number, 2), tx.vote_elsewhere(number, 5))) == (False, True)
    found = await store.read(lambda tx: tx.question(number))
    assert found
    assert (found.origin, found.votes_elsewhere, found.reachable, found.state) == ("zoom-chat", 5, False, "new")
    assert await store.read(lambda tx: tx.asker(number)) is None
    await store.write(lambda tx: tx.decide(number, 1, "answered", "mod", NOW, text="Nu"))
    assert await store.read(Tx.count_questions) == {"answered": 1}
    await store.write(meet)
    assert await store.write(lambda tx: tx.erase("ann"))
    assert await store.write(lambda tx: tx.delete_questions(LATER)) == 1
    assert set(told) >= {QUEUE}


async def test_polls_held_elsewhere_are_replaced_by_name(store: Store) -> None:
    first, second = [("1", "Buss?", "Ja", 3), ("1", "Buss?", "Nej", 1)], [("2", "Mack?", "Ja", 9)]
    await store.write(lambda tx: tx.replace_polls("w", [*first, *second], NOW))
    await store.write(lambda tx: tx.replace_polls("w", [("1", "Buss?", "Kanske", 2)], LATER))
    assert await store.read(lambda tx: tx.polls_elsewhere("w")) == [("1", "Buss?", "Kanske", 2), *second]
    assert await store.read(lambda tx: tx.polls_elsewhere("v")) == []


# Runs


def begin(tx: Tx, person: str, *runs: Run) -> None:
    meet(tx, person)
    for each in runs:
        tx.start_run(person, each, "text")


async def walked(store: Store, *given: Given, person: str = "ann") -> Run:
    """A run in which all that was given, in that order."""
    await store.write(lambda tx: begin(tx, person, run()))
    for each in given:
        await store.write(lambda tx, it=each: tx.give("r1", it[0], it[1], LATER, answer=it[2], note=it[3], key=it[4]))  # type: ignore[misc]
    found = await store.read(lambda tx: tx.run(person, "r1"))
    assert found
    return found


async def test_a_run_keeps_the_latest_answer_and_note_in_any_order(store: Store) -> None:
    found = await walked(
        store,
        ("plan-1", NOW, None, "fråga Eva", None),
        ("plan-1", NOW, "nej", None, None),
        ("behov-1", NOW, "ja", None, None),
        ("plan-1", LATER, "delvis", None, None),
        ("behov-1", NOW, None, "x", None),
        ("behov-1", NOW, None, "", None),
    )
    assert found.answers == {"plan-1": "delvis", "behov-1": "ja"}
    assert found.notes == {"plan-1": "fråga Eva", "behov-1": ""}
    assert (found.version, found.edition, found.length) == (3, "abc", "short")
    assert (found.started, found.finished, found.step) == (NOW, None, None)


async def test_what_was_said_last_by_the_clock_counts_whenever_it_arrives(store: Store) -> None:
    found = await walked(
        store,
        ("plan-1", LATER, "ja", None, "phone-2"),
        ("plan-1", NOW, "nej", "för sent", "phone-1"),
        ("behov-1", NOW, "ja", None, "b"),
        ("behov-1", NOW, "nej", None, "a"),
    )
    assert (found.answers, found.notes) == ({"plan-1": "ja", "behov-1": "ja"}, {"plan-1": "för sent"})


async def test_a_key_is_taken_once_in_its_run(store: Store) -> None:
    await store.write(lambda tx: begin(tx, "ann", run(), run("r2")))

    def give(name: str, answer: str, key: str | None) -> Callable[[Tx], bool]:
        return lambda tx: tx.give(name, "plan-1", NOW, LATER, answer=answer, key=key)

    assert await store.write(give("r1", "ja", "k"))
    assert not await store.write(give("r1", "nej", "k"))
    assert await store.write(give("r2", "delvis", "k"))
    assert await store.write(give("r2", "nej", None))
    assert await store.write(give("r2", "nej", None))
    answers = await store.read(lambda tx: [found.answers for name in ("r1", "r2") if (found := tx.run("ann", name))])
    assert answers == [{"plan-1": "ja"}, {"plan-1": "delvis"}]


async def test_a_short_walk_that_is_through_can_become_longer_and_be_through_again(store: Store) -> None:
    await walked(store)
    await store.write(lambda tx: tx.finish_run("r1", LATER))
    found = await store.read(lambda tx: tx.run("ann", "r1"))
    assert found
    assert (found.length, found.finished) == ("short", LATER)
    await store.write(lambda tx: tx.lengthen("r1"))
    found = await store.read(lambda tx: tx.run("ann", "r1"))
    assert found
    assert (found.length, found.finished) == ("full", None)
    await store.write(lambda tx: tx.finish_run("r1", TOMORROW))
    found = await store.read(lambda tx: tx.run("ann", "r1"))
    assert found
    assert found.finished == TOMORROW


@pytest.mark.parametrize("due", [None, dt.date(2027, 3, 15)])
async def test_the_step_taken_last_counts(store: Store, due: dt.date | None) -> None:
    await walked(store)
    await store.write(lambda tx: tx.take_step("r1", Step("Bjud in", "Anna", dt.date(2026, 5, 1))))
    await store.write(lambda tx: tx.take_step("r1", Step("Ring kommunen", "", due)))
    found = await store.read(lambda tx: tx.run("ann", "r1"))
    assert found
    assert found.step == Step("Ring kommunen", "", due)


async def test_the_words_a_run_began_with_are_kept_once(store: Store) -> None:
    await walked(store)
    await store.write(lambda tx: tx.start_run("ann", run("r2"), "another text of the same mark"))
    assert await store.read(lambda tx: (tx.edition("abc"), tx.edition("never kept"))) == ("text", None)


async def test_the_run_before_is_ones_own_of_the_same_kind_finished_before_this_began(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx)
        meet(tx, "bo")
        runs = {
            "first": run("first", started=NOW), "second": run("second", started=LATER),
            "open": run("open", started=LATER), "other": run("other", checklist="forbered-ansokan"),
            "late": run("late", started=NOW),
        }  # fmt: skip
        for each in runs.values():
            tx.start_run("ann", each, "")
        tx.start_run("bo", run("his"), "")
        for name in ("first", "second", "other", "his"):
            tx.finish_run(name, runs.get(name, run()).started)
        tx.finish_run("late", TOMORROW + dt.timedelta(days=2))

    await store.write(work)
    latest = run("now", started=TOMORROW)
    before = await store.read(lambda tx: tx.run_before("ann", latest))
    assert before
    assert before.id == "second"
    regional = Run("now", "fem-faktorer", 3, "abc", "regional", "start", "short", TOMORROW)
    assert await store.read(lambda tx: tx.run_before("ann", regional)) is None
    assert await store.read(lambda tx: tx.run_before("ann", run("early", started=NOW - dt.timedelta(days=1)))) is None
    assert await store.read(lambda tx: tx.run_before("ann", run("first"))) is None


async def test_a_run_is_nobody_elses(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: meet(tx, "bo"))
    await store.write(lambda tx: tx.start_run("ann", run(), ""))
    assert await store.read(lambda tx: tx.run("bo", "r1")) is None


# Webinars, secrets, signing in


async def test_a_webinars_phase_is_its_latest(store: Store, told: list[str]) -> None:
    await store.write(lambda tx: tx.set_phase("w1", "open", NOW))
    await store.write(lambda tx: tx.set_phase("w2", "planned", LATER))
    assert list(await store.read(Tx.phases)) == ["w2", "w1"]
    await store.write(lambda tx: tx.set_phase("w1", "closed", TOMORROW))
    assert list((await store.read(Tx.phases)).items()) == [("w1", "closed"), ("w2", "planned")]
    assert told == ["webinar:w1", "webinar:w2", "webinar:w1"]


async def test_a_secret_is_made_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.secret("cookies", "first")) == "first"
    assert await store.write(lambda tx: tx.secret("cookies", "second")) == "first"


async def test_a_probe_writes_and_leaves_one_row(store: Store) -> None:
    await store.write(lambda tx: tx.probe(NOW))
    await store.write(lambda tx: tx.probe(LATER))
    assert await store.write(lambda tx: tx.delete_old("probe", "at", TOMORROW)) == 1


async def test_an_invite_is_looked_at_without_being_used(store: Store) -> None:
    await store.write(lambda tx: tx.add_invite("h", "moderator", "w1", NOW, LATER))
    for _ in range(2):
        found = await store.read(lambda tx: tx.invite("h"))
        assert found is not None
        assert (found.role, found.webinar, found.expires, found.used) == ("moderator", "w1", LATER, False)
    assert await store.read(lambda tx: tx.invite("unknown")) is None


async def test_of_fifty_who_use_an_invite_at_once_one_gets_in(store: Store) -> None:
    await store.write(lambda tx: tx.add_invite("h", "moderator", None, NOW, LATER))
    results = await asyncio.gather(*(store.write(lambda tx: tx.redeem("h", NOW)) for _ in range(50)))
    assert sum(result is not None for result in results) == 1
    used = await store.read(lambda tx: tx.invite("h"))
    assert used is not None
    assert used.used


async def test_an_expired_or_unknown_invite_lets_nobody_in(store: Store) -> None:
    await store.write(lambda tx: tx.add_invite("h", "moderator", None, NOW, LATER))
    assert await store.write(lambda tx: (tx.redeem("h", LATER), tx.redeem("other", NOW))) == (None, None)


async def test_an_invite_lets_whoever_came_by_it_into_the_moderators_group_once(store: Store) -> None:
    def come(tx: Tx) -> None:
        for person in ("ann", "bo"):
            meet(tx, person)
        tx.add_invite("h", "host", "w1", NOW, TOMORROW)
        tx.add_invite("talk", "lecturer", "w1", NOW, TOMORROW)
        tx.knock("h", "ann")
        tx.knock("talk", "bo")

    await store.write(come)
    known = await store.read(lambda tx: (tx.knocked("ann", NOW, ("host",)), tx.knocked("bo", NOW, ("host",))))
    assert known[0] is not None
    assert known[0][0] == "h"
    assert known[1] is None
    assert await store.read(lambda tx: tx.knocked("ann", TOMORROW, ("host",))) is None
    assert await store.read(lambda tx: tx.desk_member("ann", NOW - (LATER - NOW))) is None
    for person in ("ann", "bo"):
        await store.write(lambda tx, person=person: tx.join_desk(person, LATER, ("host",)))  # type: ignore[misc]
    joined = await store.read(lambda tx: tx.desk_member("ann", NOW))
    assert joined is not None
    assert (joined.role, joined.webinar) == ("host", "w1")
    assert await store.read(lambda tx: (tx.desk_member("ann", LATER), tx.desk_member("bo", NOW))) == (None, None)
    await store.write(lambda tx: tx.leave_desk("ann"))
    await store.write(lambda tx: tx.join_desk("ann", LATER, ("host",)))
    assert await store.read(lambda tx: tx.desk_member("ann", NOW)) is None


async def test_two_who_become_one_are_not_at_the_desk_until_they_sign_in_anew(store: Store) -> None:
    def become_one(tx: Tx) -> None:
        for person in ("ann", "bo"):
            meet(tx, person)
            tx.add_invite(person, "host", None, NOW, TOMORROW)
            tx.knock(person, person)
        tx.join_desk("bo", NOW, ("host",))
        tx.join("web", "bo-cookie", "ann", NOW)
        tx.join_desk("ann", LATER, ("host",))

    await store.write(become_one)
    assert await store.read(lambda tx: tx.desk_member("ann", NOW)) is not None
    await store.write(lambda tx: tx.join("telegram", "123", "ann", NOW))
    assert await store.read(lambda tx: tx.desk_member("ann", NOW - (LATER - NOW))) is None


async def test_who_is_forgotten_is_not_at_the_desk_and_has_not_knocked(store: Store) -> None:
    def come(tx: Tx) -> None:
        meet(tx)
        for each in ("h", "g"):
            tx.add_invite(each, "host", None, NOW, TOMORROW)
            tx.knock(each, "ann")
            tx.join_desk("ann", NOW, ("host",) if each == "h" else ())
        tx.erase("ann")

    await store.write(come)
    gone = await store.read(lambda tx: (tx.desk_member("ann", NOW - (LATER - NOW)), tx.knocked("ann", NOW, ("host",))))
    assert gone == (None, None)


async def test_a_session_lives_until_it_is_closed(store: Store) -> None:
    await store.write(lambda tx: tx.open_session("s", "moderator", None, NOW))
    await store.write(lambda tx: tx.touch_session("s", LATER))
    found = await store.read(lambda tx: tx.session("s"))
    assert found is not None
    assert (found.role, found.created, found.active) == ("moderator", NOW, LATER)
    await store.write(lambda tx: tx.close_session("s"))
    assert await store.read(lambda tx: tx.session("s")) is None


async def test_what_is_past_its_time_goes_and_the_rest_stays(store: Store) -> None:
    def live(tx: Tx) -> None:
        meet(tx)
        tx.dead_letter("web", "ValueError", NOW)
        tx.dead_letter("web", "ValueError", TOMORROW)
        tx.label("Finns det buss?", "sv", "kollektivtrafik", "suggestion", NOW)
        question_of(tx)
        tx.ask("ann", 2, "senare", "sv", None, (), TOMORROW)

    await store.write(live)
    gone = await store.write(lambda tx: (
        tx.delete_old("dead_letter", "at", LATER), tx.delete_old("label", "at", LATER), tx.delete_questions(LATER)
    ))  # fmt: skip
    assert gone == (1, 1, 1)
    assert [each.text for each in await store.read(lambda tx: tx.queue("new"))] == ["senare"]


# What a transaction promises


async def test_a_job_that_fails_undoes_itself_and_nobody_else(store: Store, told: list[str]) -> None:
    def fails(tx: Tx) -> None:
        meet(tx, "bo")
        say(tx, "bo", "borta")
        raise Refused

    before, failed, after = await asyncio.gather(
        store.write(lambda tx: say_after_meeting(tx, "ann")), store.write(fails),
        store.write(lambda tx: say_after_meeting(tx, "cia")), return_exceptions=True,
    )  # fmt: skip
    assert (before, after) == (None, None)
    assert isinstance(failed, Refused)
    assert await store.read(lambda tx: [tx.exists(each) for each in ("ann", "bo", "cia")]) == [True, False, True]
    assert set(told) == {person_topic("ann"), person_topic("cia")}


def say_after_meeting(tx: Tx, person: str) -> None:
    meet(tx, person)
    say(tx, person, "hej")


async def test_once_a_write_has_returned_it_can_be_read(store: Store) -> None:
    for each in range(50):
        await store.write(lambda tx, who=f"p{each}": meet(tx, who))  # type: ignore[misc]
        assert await store.read(lambda tx, who=f"p{each}": tx.exists(who))  # type: ignore[misc]


async def test_reading_sees_one_moment(store: Store) -> None:
    await store.write(meet)

    def look_twice(tx: Tx) -> tuple[int, int]:
        first = len(tx.messages("ann", 0))
        time.sleep(0.2)
        return first, len(tx.messages("ann", 0))

    looking = asyncio.create_task(store.read(look_twice))
    await asyncio.sleep(0.05)
    await store.write(lambda tx: say(tx, "ann", "hej"))
    assert await looking == (0, 0)
    assert await store.read(lambda tx: len(tx.messages("ann", 0))) == 1


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.read(meet)
    assert not await store.read(lambda tx: tx.exists("ann"))


async def test_somebody_who_stops_waiting_disturbs_nobody(store: Store) -> None:
    waiting = [asyncio.create_task(store.write(lambda tx, who=f"p{n}": meet(tx, who))) for n in range(10)]  # type: ignore[misc]
    await asyncio.sleep(0)
    waiting[3].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in done].count(True) == 1
    assert await store.read(lambda tx: tx.exists("p9"))


async def test_what_was_asked_for_before_closing_is_done_and_nothing_after(store: Store) -> None:
    last: list[Callable[[Tx], None]] = [lambda tx, who=f"p{n}": meet(tx, who) for n in range(5)]  # type: ignore[misc]
    waiting = [asyncio.create_task(store.write(work)) for work in last]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [None] * 5
    with pytest.raises(StoreUnavailable):
        await store.write(meet)


# Coming back


async def test_a_link_to_return_by_leads_to_its_person_while_it_is_good(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx)
        tx.keep_return("hash", "ann", NOW, TOMORROW)

    await store.write(work)
    assert await store.read(lambda tx: tx.returning("hash", LATER)) == "ann"
    assert await store.read(lambda tx: tx.returning("hash", TOMORROW)) is None
    assert await store.read(lambda tx: tx.returning("another", NOW)) is None


async def test_a_new_address_joins_the_person(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: tx.join("telegram", "7", "ann", NOW))
    assert await store.read(lambda tx: tx.person_at("telegram", "7")) == "ann"


async def test_who_was_at_the_address_becomes_the_same_person(store: Store) -> None:
    def work(tx: Tx) -> int:
        meet(tx)
        meet(tx, "bo", "telegram")
        tx.say("bo", 1, "you", {"text": "hej"}, NOW)
        tx.start_run("bo", run("r"), "")
        number = question_of(tx, "bo")
        tx.join("telegram", "bo-cookie", "ann", NOW)
        return number

    number = await store.write(work)
    assert await store.read(lambda tx: tx.person_at("telegram", "bo-cookie")) == "ann"
    assert await store.read(lambda tx: tx.asker(number)) == ("ann", None)
    assert await store.read(lambda tx: tx.run("ann", "r")) is not None
    assert await store.read(lambda tx: (tx.exists("bo"), tx.messages("bo", 0))) == (False, [])


async def test_the_latest_line_that_holds_some_words_is_found(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx)
        for number, (sender, text) in enumerate([("you", "hej du"), ("bot", "hej"), ("you", "hej igen")], 1):
            tx.say("ann", number, sender, {"text": text}, NOW)

    await store.write(work)
    assert await store.read(lambda tx: [tx.line_saying("ann", words) for words in ("hej", "du", "bot")]) == [3, 1, None]


# Afterwards: what waits to be released, and everything that came in a webinar


def asked_in(tx: Tx, webinar: str | None, *states: str) -> int:
    """A question moved through some states, a minute apart."""
    number = tx.ask(None, 0, "Vem äger bron?", "sv", webinar, (), NOW)
    for version, state in enumerate(states, 1):
        tx.decide(number, version, state, "moderator", NOW + dt.timedelta(minutes=version))
    return number


async def test_a_proposal_waits_beside_its_question_until_it_is_bettered(store: Store) -> None:
    number = await store.write(lambda tx: asked_in(tx, "w", "later"))
    await store.write(lambda tx: tx.propose(number, 2, "lecturer", "Byn.", NOW))
    await store.write(lambda tx: tx.propose(number, 3, "lecturer", "Byn, tror jag.", LATER))
    found = await store.read(lambda tx: tx.question(number))
    assert found
    assert (found.proposed, found.proposed_at, found.state, found.version) == ("Byn, tror jag.", LATER, "later", 4)
    assert (await store.read(lambda tx: tx.ledger(number)))[-1].what == "proposed"


@pytest.mark.parametrize("states", [(), ("approved",), ("later", "answered"), ("later", "live")])
async def test_only_what_is_followed_up_later_takes_a_proposal(store: Store, states: tuple[str, ...]) -> None:
    number = await store.write(lambda tx: asked_in(tx, "w", *states))
    with pytest.raises(GuardFailed):
        await store.write(lambda tx: tx.propose(number, len(states) + 1, "lecturer", "Byn.", NOW))
    found = await store.read(lambda tx: tx.question(number))
    assert found
    assert (found.proposed, found.version) == ("", len(states) + 1)


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_a_proposal_on_another_version_is_refused(store: Store, version: int) -> None:
    number = await store.write(lambda tx: asked_in(tx, "w", "later"))
    with pytest.raises(GuardFailed):
        await store.write(lambda tx: tx.propose(number, version, "lecturer", "Byn.", NOW))


async def test_how_long_questions_took_is_from_live_to_answered(store: Store) -> None:
    minute = dt.timedelta(minutes=1)

    def work(tx: Tx) -> None:
        asked_in(tx, "w", "live", "answered")
        asked_in(tx, "w", "next", "live", "answered")
        asked_in(tx, "w", "live", "next", "answered")
        asked_in(tx, "w", "answered")
        asked_in(tx, "other", "live", "answered")

    await store.write(work)
    assert await store.read(lambda tx: tx.spent("w")) == [minute, minute]
    await store.write(lambda tx: tx.set_phase("w", "open", NOW + minute * 3))
    assert await store.read(lambda tx: tx.spent("w")) == [minute], "only since the webinar was opened"


async def test_everything_that_came_in_a_webinar_is_found(store: Store) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        return asked_in(tx, "w", "approved"), asked_in(tx, None)

    first, second = await store.write(work)
    assert [each.number for each in await store.read(lambda tx: tx.questions_in("w"))] == [first]
    assert [each.number for each in await store.read(lambda tx: tx.questions_in(None))] == [first, second]
    lines = await store.read(lambda tx: tx.ledgers_in("w"))
    assert [(each.question, each.version, each.state, each.by) for each in lines] == [
        (first, 1, "new", "asker"), (first, 2, "approved", "moderator"),
    ]  # fmt: skip


async def test_every_run_is_found_but_one_persons_in_a_round(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx)
        for name, round_, joint in (("alone", None, False), ("one", "R-1", False), ("all", "R-1", True)):
            tx.start_run("ann", replace(run(name), round=round_, joint=joint), "")

    await store.write(work)
    assert {each.id for each in await store.read(lambda tx: tx.every_run())} == {"alone", "all"}
