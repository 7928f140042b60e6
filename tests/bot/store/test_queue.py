"""The moderators' queue: whatever people do and in whatever order, the ledger is right and nobody is forgotten."""

import datetime as dt
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlite_utils import Database

from bot.carrying_out import Occasion, carry_out
from bot.ports import Store
from bot.store.migrations import migrations
from bot.store.notices import Notices
from bot.store.questions import Questions
from bot.store.tx import QUEUE, GuardFailed, TooLate, Tx
from bot.telling import tell
from dialogs.queue import TRANSITIONS, WAITING, WITHDRAWABLE
from dialogs.records import (
    AddQuestion,
    Amend,
    AskQuestion,
    Block,
    Decide,
    Join,
    Order,
    Question,
    Record,
    Reword,
    Split,
    Support,
    Undo,
    Withdraw,
)
from dialogs.replies import NUMBER, Reply

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
UNDO = dt.timedelta(seconds=10)
LATER = NOW + dt.timedelta(minutes=5)
HERE = Path(__file__)


def meet(tx: Tx, *people: str) -> None:
    for person in people:
        tx.create_person(person, "web", f"{person}-cookie", NOW)
        tx.keep_state(person, {"version": 1, "language": "sv"}, 0)


def asked(tx: Tx, person: str | None = "ann", text: str = "När kommer bussen?", **more: Any) -> int:
    return tx.ask(person, 1, text, "sv", "w", (), NOW, **more)


def found(tx: Tx, number: int) -> Question:
    question = tx.question(number)
    assert question
    return question


def at(tx: Tx, number: int) -> int:
    """The version of a question."""
    return found(tx, number).version


def carry(tx: Tx, record: Record, now: dt.datetime = NOW, person: str = "") -> int | None:
    return carry_out(tx, Occasion(person, now, undo=UNDO), (record,))


def decision(question: Question, state: str, by: str = "moderator", **more: Any) -> Decide:
    told = {language: Reply(f"moderator.{state}", f"F-{NUMBER} {state} {language}") for language in ("sv", "en")}
    return Decide(question.number, question.version, state, by, to_asker=told, **more)


@contextmanager
def in_memory() -> Iterator[Tx]:
    """A transaction of its own on an empty database, as the store would open it."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Database(db))
    db.execute("PRAGMA foreign_keys=ON")
    yield Tx(db)
    db.close()


@pytest.fixture
def tx() -> Iterator[Tx]:
    with in_memory() as opened:
        meet(opened, "ann", "bo", "cia")
        yield opened


def test_every_method_of_the_queue_is_met_here() -> None:
    for part in (Questions, Notices):
        methods = {name for name, each in vars(part).items() if callable(each) and not name.startswith("_")}
        source = "".join(path.read_text(encoding="utf-8") for path in (HERE, HERE.with_name("test_contract.py")))
        assert methods <= set(re.findall(r"\b(?:tx|Tx)\.([a-z_]+)\b", source)), part


# How many there are


def test_who_has_technical_trouble_is_never_among_those_left_out(tx: Tx) -> None:
    first, second, trouble, pinned = (asked(tx) for _ in range(4))
    tx.amend(trouble, 1, "mod", "kind", "trouble", LATER)
    tx.amend(pinned, 1, "mod", "pinned", "yes", LATER)
    assert [each.number for each in tx.queue("new", "asked", most=3)] == [pinned, trouble, first]
    assert tx.count_queue() == {"new": 4}
    tx.join_question(second, 1, first, "mod", LATER)
    tx.decide(pinned, 2, "later", "mod", LATER)
    assert tx.count_queue() == {"new": 2, "later": 1}
    assert tx.count_queue("another") == {}


# One thing at a time


def test_what_is_changed_beside_the_state_is_in_the_ledger_and_the_original_is_kept(tx: Tx) -> None:
    number = asked(tx)
    for version, (what, value) in enumerate(
        [("kind", "tip"), ("wording", "När går bussen?"), ("factor", "plan"), ("pinned", "yes"), ("note", "Till Eva")],
        1,
    ):
        tx.amend(number, version, "mod", what, value, LATER)
    question = found(tx, number)
    assert (question.kind, question.factor, question.pinned) == ("tip", "plan", True)
    assert (question.shown, question.text, question.state, question.version) == (
        "När går bussen?", "När kommer bussen?", "new", 6,
    )  # fmt: skip
    assert [(line.what, line.value) for line in tx.ledger(number)][1:3] == [
        ("kind", "tip"), ("wording", "När går bussen?"),
    ]  # fmt: skip
    with pytest.raises(GuardFailed):
        tx.amend(number, 5, "mod", "kind", "comment", LATER)
    tx.amend(number, 6, "mod", "factor", "", LATER)
    assert found(tx, number).factor is None


def test_those_up_next_stand_as_they_came_until_they_are_ordered(tx: Tx) -> None:
    one, two, three = (asked(tx) for _ in range(3))
    for number in (three, one, two):
        tx.decide(number, 1, "next", "mod", NOW)
    assert [each.number for each in tx.queue("next")] == [three, one, two]
    tx.order((one, two, three))
    assert [each.number for each in tx.queue("next")] == [one, two, three]
    tx.decide(one, 2, "live", "mod", NOW)
    tx.undo(one, 3, "mod", NOW, NOW - UNDO)
    assert [each.number for each in tx.queue("next")] == [one, two, three], "undone, it stands where it stood"
    tx.decide(asked(tx), 1, "next", "mod", NOW)
    assert tx.queue("next")[-1].number == 4
    tx.amend(three, 2, "mod", "pinned", "yes", NOW)
    assert tx.queue("next")[0].number == three


def test_joined_questions_go_along_and_each_asker_is_told_with_her_own_code(tx: Tx) -> None:
    one, two, nobodys = asked(tx), asked(tx, "bo"), asked(tx, None)
    for number in (two, nobodys):
        carry(tx, Join(number, 1, one, "mod"))
    assert tx.members(one) == [two, nobodys]
    assert [each.number for each in tx.queue(*TRANSITIONS)] == [one]
    assert (found(tx, one).joined, found(tx, two).lead) == (2, one)
    carry(tx, decision(found(tx, one), "answered"))
    assert {found(tx, number).state for number in (one, two, nobodys)} == {"answered"}
    due = tx.notices_due(LATER)
    assert [(person, body["text"]) for person, body in due] == [
        ("ann", f"F-{one} answered sv"), ("bo", f"F-{two} answered sv"),
    ]  # fmt: skip
    assert tx.notices_due(LATER) == []


def test_what_was_decided_by_itself_is_not_decided_again_with_the_others(tx: Tx) -> None:
    one, two = asked(tx), asked(tx, "bo")
    tx.join_question(two, 1, one, "mod", NOW)
    tx.decide(two, 2, "declined", "mod", NOW, text="nej")
    assert tx.decide(one, 1, "answered", "mod", NOW) == [(one, 2)]
    assert found(tx, two).state == "declined"


def test_a_question_is_not_joined_with_what_gets_no_answer_any_more(tx: Tx) -> None:
    one, two, three = asked(tx), asked(tx, "bo"), asked(tx, "cia")
    tx.decide(one, 1, "answered", "mod", NOW)
    for question, version, into in ((two, 1, one), (one, 2, two), (two, 1, two), (two, 1, 99), (two, 2, three)):
        with pytest.raises(GuardFailed):
            tx.join_question(question, version, into, "mod", NOW)
    tx.join_question(two, 1, three, "mod", NOW)
    for question, version, into in ((three, 1, two), (two, 2, three)):
        with pytest.raises(GuardFailed):
            tx.join_question(question, version, into, "mod", NOW)
    with pytest.raises(GuardFailed):
        tx.split_question(three, 1, "mod", NOW)


def test_splitting_brings_along_what_came_along(tx: Tx) -> None:
    one, two, three, four = (asked(tx) for _ in range(4))
    tx.join_question(two, 1, one, "mod", NOW)
    tx.join_question(one, 1, three, "mod", NOW)
    tx.join_question(three, 1, four, "mod", NOW)
    assert tx.members(four) == [one, two, three]
    tx.split_question(three, at(tx, three), "mod", LATER)
    assert (tx.members(three), tx.members(four)) == ([one, two], [])
    tx.split_question(one, at(tx, one), "mod", LATER)
    assert (tx.members(one), tx.members(three)) == ([two], [])
    tx.split_question(two, at(tx, two), "mod", LATER)
    assert [each.number for each in tx.queue("new")] == [one, two, three, four]


def test_splitting_one_that_was_brought_takes_along_what_it_had_brought_itself(tx: Tx) -> None:
    one, two, three, four = (asked(tx) for _ in range(4))
    tx.join_question(two, 1, one, "mod", NOW)
    tx.join_question(one, 1, three, "mod", NOW)
    tx.join_question(three, 1, four, "mod", NOW)
    tx.split_question(one, at(tx, one), "mod", LATER)
    assert (tx.members(one), tx.members(four)) == ([two], [three])
    tx.join_question(one, at(tx, one), four, "mod", LATER)
    tx.split_question(three, at(tx, three), "mod", LATER)
    assert (tx.members(three), tx.members(four)) == ([], [one, two])


def test_one_that_was_moved_comes_along_when_the_one_it_was_moved_to_goes_back_and_forth(tx: Tx) -> None:
    one, two, five, six = (asked(tx) for _ in range(4))
    tx.join_question(six, 1, five, "mod", NOW)
    tx.join_question(five, 1, two, "mod", NOW)
    tx.join_question(five, at(tx, five), one, "mod", NOW)
    assert (tx.members(one), tx.members(two)) == ([five, six], [])
    for _ in range(2):
        tx.join_question(one, at(tx, one), two, "mod", NOW)
        assert tx.members(two) == [one, five, six]
        tx.split_question(one, at(tx, one), "mod", NOW)
        assert (tx.members(one), tx.members(two)) == ([five, six], [])
    tx.withdraw(one, NOW)
    assert tx.members(five) == [six]
    tx.split_question(six, at(tx, six), "mod", NOW)
    assert tx.members(five) == []


def test_what_one_brought_stays_with_the_rest_when_it_is_taken_back(tx: Tx) -> None:
    lead, middle, last = asked(tx), asked(tx, "bo"), asked(tx, "cia")
    tx.join_question(last, 1, middle, "mod", NOW)
    tx.join_question(middle, 1, lead, "mod", NOW)
    tx.withdraw(middle, NOW)
    assert tx.members(lead) == [last]
    tx.split_question(last, at(tx, last), "mod", NOW)
    assert tx.members(lead) == []


def test_one_is_supported_once_by_each_however_they_are_joined(tx: Tx) -> None:
    one, two = asked(tx, "ann"), asked(tx, "bo")
    for number in (one, two):
        tx.support(number, "cia")
        tx.support(number, "cia")
    tx.support(one, "bo")
    assert [found(tx, number).votes for number in (one, two)] == [2, 1]
    tx.join_question(two, 1, one, "mod", NOW)
    assert (found(tx, one).votes, found(tx, one).joined) == (1, 1), "Bo has asked it, and is no vote beside that"
    assert tx.supports(two, "bo")
    assert tx.asks(one, "bo")
    assert not tx.asks(one, "cia")
    tx.split_question(two, 2, "mod", NOW)
    assert [found(tx, number).votes for number in (one, two)] == [2, 1]
    assert not tx.supports(two, "bo")


def test_who_wonders_is_known_once_and_neither_who_asks_nor_who_is_forgotten(tx: Tx) -> None:
    one, two, three = asked(tx, "ann"), asked(tx, "bo"), asked(tx, "cia")
    for number in (one, two):
        for person in ("bo", "cia", "dan"):
            tx.support(number, person)
    assert tx.wondering([one]) == ["bo", "cia"], "Dan has never been here"
    assert tx.wondering([one, two]) == ["cia"]
    assert tx.wondering([three]) == []
    tx.erase("cia")
    assert tx.wondering([one, two]) == []


def test_who_is_forgotten_goes_on_counting_once_and_by_no_name(tx: Tx) -> None:
    one, two, three = asked(tx, "ann", name="Ann"), asked(tx, "bo", name="Bo"), asked(tx, "cia")
    for number in (one, two, three):
        tx.support(number, "bo")
    tx.erase("bo")
    tx.join_question(one, 1, three, "mod", NOW)
    question = found(tx, three)
    assert question.votes == 1
    assert (found(tx, two).votes, found(tx, two).name, found(tx, two).reachable) == (0, "", False)
    assert "bo" not in repr([tx.db.execute(f"SELECT * FROM {table}").fetchall() for table in ("support", "signature")])  # noqa: S608


def test_two_who_turn_out_to_be_one_count_once_and_stay_blocked(tx: Tx) -> None:
    one = asked(tx, "ann")
    hers = asked(tx, "bo")
    for person in ("bo", "cia"):
        tx.support(one, person)
    tx.block_sender(hers, 1, "mod", NOW)
    carry(tx, decision(found(tx, hers), "next"))
    tx.join("web", "bo-cookie", "cia", NOW)
    assert found(tx, one).votes == 1
    assert tx.sender_blocked("cia")
    assert [person for person, _ in tx.notices_due(LATER)] == ["cia"]


def test_a_blocked_sender_can_be_let_in_again(tx: Tx) -> None:
    number = asked(tx)
    carry(tx, Block(number, 1, "mod"))
    assert (tx.sender_blocked("ann"), tx.sender_blocked("bo"), tx.sender_blocked("")) == (True, False, False)
    assert found(tx, number).sender_blocked
    with pytest.raises(GuardFailed):
        carry(tx, Block(number, 1, "other"))
    carry(tx, Block(number, 2, "mod", blocked=False))
    assert not tx.sender_blocked("ann")
    assert [line.what for line in tx.ledger(number)] == ["state", "blocked", "let_in"]


def test_new_words_of_the_asker_make_one_that_was_asked_back_wait_anew(tx: Tx) -> None:
    number = asked(tx)
    tx.decide(number, 1, "asked", "mod", NOW, text="Vilken buss?")
    assert found(tx, number).answer == "Vilken buss?"
    tx.reword(number, "När kommer buss 7?", LATER)
    question = found(tx, number)
    assert (question.state, question.shown, question.text) == ("new", "När kommer buss 7?", "När kommer bussen?")
    assert question.answer is None
    tx.decide(number, 3, "approved", "mod", LATER)
    tx.undo(number, 4, "mod", LATER, NOW)
    assert (found(tx, number).state, found(tx, number).answer) == ("new", None)


def test_what_is_taken_back_leaves_the_others_to_the_oldest_of_them_with_their_votes(tx: Tx) -> None:
    one, two, three = asked(tx, "ann"), asked(tx, "bo"), asked(tx, "cia")
    meet(tx, "dan")
    tx.support(one, "dan")
    for number in (two, three):
        tx.join_question(number, 1, one, "mod", NOW)
    carry(tx, decision(found(tx, one), "next"))
    carry(tx, Withdraw(one), person="ann")
    assert (found(tx, one).state, found(tx, two).state, tx.members(two)) == ("withdrawn", "next", [three])
    assert (found(tx, two).votes, found(tx, two).joined) == (1, 1)
    assert [person for person, _ in tx.notices_due(LATER)] == ["bo", "cia"], "who has taken hers back is told nothing"


def test_what_is_through_leads_none_that_still_waits_when_its_lead_is_taken_back(tx: Tx) -> None:
    lead, through, waiting = asked(tx), asked(tx, "bo"), asked(tx, "cia")
    for number in (through, waiting):
        tx.join_question(number, 1, lead, "mod", NOW)
    tx.decide(through, 2, "declined", "mod", NOW)
    tx.withdraw(lead, LATER)
    assert [each.number for each in tx.queue("new")] == [waiting]
    assert tx.members(waiting) == [through]


def test_what_is_through_takes_none_along_that_still_waits(tx: Tx) -> None:
    lead, through, waiting = asked(tx), asked(tx, "bo"), asked(tx, "cia")
    tx.join_question(waiting, 1, through, "mod", NOW)
    tx.join_question(through, 1, lead, "mod", NOW)
    tx.decide(through, 2, "declined", "mod", NOW)
    tx.split_question(through, 3, "mod", LATER)
    assert (tx.members(lead), tx.members(through)) == ([waiting], [])


@pytest.mark.parametrize("seconds", [10, 11, 3600])
def test_what_has_been_told_is_not_undone(tx: Tx, seconds: float) -> None:
    number = asked(tx)
    carry(tx, decision(found(tx, number), "approved"))
    then = NOW + dt.timedelta(seconds=seconds)
    assert not tx.undoable(number, then - UNDO)
    with pytest.raises(TooLate):
        carry(tx, Undo(number, 2, "mod"), then)
    assert tx.next_notice() == NOW + UNDO


def test_what_has_been_told_is_not_undone_whatever_the_clocks_say(tx: Tx) -> None:
    number = asked(tx)
    carry(tx, decision(found(tx, number), "approved"))
    assert len(tx.notices_due(NOW + UNDO)) == 1
    with pytest.raises(TooLate):
        carry(tx, Undo(number, 2, "mod"), NOW)


def test_an_undo_takes_back_one_step_and_what_was_to_be_told_of_it(tx: Tx) -> None:
    number = asked(tx)
    for seconds, state in enumerate(("approved", "next", "declined")):
        carry(tx, decision(found(tx, number), state, reason="x"), NOW + dt.timedelta(seconds=seconds))
    assert tx.undoable(number, NOW)
    carry(tx, Undo(number, 4, "mod"), NOW + dt.timedelta(seconds=5))
    question = found(tx, number)
    assert (question.state, question.version) == ("next", 5)
    assert not tx.undoable(number, NOW)
    with pytest.raises(GuardFailed):
        carry(tx, Undo(number, 5, "mod"), NOW)
    assert [body["text"].split()[1] for _, body in tx.notices_due(LATER)] == ["approved", "next"]


def test_only_a_decision_is_undone(tx: Tx) -> None:
    number, other = asked(tx), asked(tx)
    with pytest.raises(GuardFailed):
        carry(tx, Undo(number, 1, "mod"))
    tx.decide(number, 1, "next", "mod", NOW)
    tx.amend(number, 2, "mod", "note", "x", NOW)
    for version in (2, 3):
        with pytest.raises(GuardFailed):
            carry(tx, Undo(number, version, "mod"))
    tx.withdraw(other, NOW)
    with pytest.raises(GuardFailed):
        carry(tx, Undo(other, 2, "mod"))


def test_one_that_goes_along_is_undone_with_the_one_it_goes_along_with(tx: Tx) -> None:
    one, two = asked(tx), asked(tx, "bo")
    tx.join_question(two, 1, one, "mod", NOW)
    carry(tx, decision(found(tx, one), "answered"))
    with pytest.raises(GuardFailed):
        carry(tx, Undo(two, 3, "mod"))
    carry(tx, Undo(one, 2, "mod"))
    assert {found(tx, number).state for number in (one, two)} == {"new"}
    assert tx.next_notice() is None


def test_a_question_that_is_nobodys_can_be_undone_too(tx: Tx) -> None:
    number = carry(tx, AddQuestion("Vad händer sen?", "sv", "w", "moderator", "question")) or 0
    assert tx.asker(number) is None
    tx.decide(number, 1, "answered", "mod", NOW)
    carry(tx, Undo(number, 2, "mod"), NOW + dt.timedelta(seconds=9))
    assert found(tx, number).state == "new"


def test_what_waits_to_be_told_goes_with_the_person_and_comes_along_with_one_who_returns(tx: Tx) -> None:
    one, two = asked(tx), asked(tx, "bo")
    tx.note_later(one, 2, "ann", {"text": "x", "reply_to": 7}, LATER)
    tx.note_later(two, 2, "bo", {"text": "y", "reply_to": 7}, LATER)
    tx.erase("ann")
    tx.join("web", "bo-cookie", "cia", NOW)
    assert tx.notices_due(LATER) == [("cia", {"text": "y"})], "a line of another conversation is replied to no more"
    assert not tx.untell(two)


async def test_of_two_moderators_in_the_same_second_one_wins_and_the_other_is_told(
    store: Store, told: list[str]
) -> None:
    await store.write(lambda tx: meet(tx, "ann"))
    number = await store.write(asked)
    seen = await store.read(lambda tx: found(tx, number))
    told.clear()
    await store.write(lambda tx: carry(tx, decision(seen, "answered", "anna", text="Ja.")))
    for record in (
        decision(seen, "declined", "bo"), Amend(number, 1, "bo", "note", "x"), Join(number, 1, number, "bo"),
        Split(number, 1, "bo"), Undo(number, 1, "bo"), Block(number, 1, "bo"),
    ):  # fmt: skip
        with pytest.raises(GuardFailed):
            await store.write(lambda tx, it=record: carry(tx, it))  # type: ignore[misc]
    lines = await store.read(lambda tx: tx.ledger(number))
    assert [(line.version, line.by, line.state, line.value) for line in lines] == [
        (1, "asker", "new", ""), (2, "anna", "answered", "Ja."),
    ]  # fmt: skip
    assert QUEUE in told
    assert await store.read(lambda tx: len(tx.db.execute("SELECT * FROM notice").fetchall())) == 1


# Anything in any order

PEOPLE = ("ann", "bo", "cia", "dan", "eva")
WAITING_ON = {each for state in WAITING for each in TRANSITIONS[state]}
"""Where one that goes along with another may come, whatever its own state was."""
PICK = st.integers(0, 10_000)
STATE = st.sampled_from([state for state in TRANSITIONS if state not in ("new", "withdrawn")])


@dataclass
class Asker:
    """Who asked what and wonders what, as it ought to be."""

    questions: dict[int, str | None] = field(default_factory=dict)
    support: set[tuple[int, str]] = field(default_factory=set)
    told: Counter[int] = field(default_factory=Counter)
    cut: set[int] = field(default_factory=set)
    """Questions of which something that was to be told is told no more, or to another log."""


@settings(max_examples=20, stateful_step_count=100, deadline=None)
class AnyQueue(RuleBasedStateMachine):
    """Askers, viewers and moderators who do what they may and what they may not."""

    def __init__(self) -> None:
        super().__init__()
        self._open = in_memory()
        self.tx = self._open.__enter__()
        meet(self.tx, *PEOPLE)
        self.now, self.people, self.model = NOW, list(PEOPLE), Asker()

    def teardown(self) -> None:
        """Everybody is told what is left, and nobody anything twice."""
        self.told_in_time()
        self._open.__exit__(None, None, None)

    def told_in_time(self) -> None:
        tell(self.tx, self.now + UNDO)
        for number, person in self.model.questions.items():
            if person is None or number in self.model.cut:
                continue
            lines = self.tx.ledger(number)
            decided = sum(line.what == "state" for line in lines[1:]) - sum(line.what == "undo" for line in lines)
            texts = [each.body["text"] for each in self.tx.messages(person, 0, 10_000)]
            assert sum(text.startswith(f"F-{number} ") for text in texts) == decided

    def one(self, pick: int) -> Question:
        number = list(self.model.questions)[pick % len(self.model.questions)]
        return found(self.tx, number)

    def someone(self, pick: int) -> str:
        return self.people[pick % len(self.people)]

    def do(self, record: Record, person: str = "") -> bool:
        """Whether it was kept; what is refused leaves no trace."""
        self.now += dt.timedelta(seconds=1)
        self.tx.db.execute("SAVEPOINT act")
        try:
            carry(self.tx, record, self.now, person)
        except GuardFailed:
            self.tx.db.execute("ROLLBACK TO act")
            return False
        finally:
            self.tx.db.execute("RELEASE act")
        return True

    # What people do

    @rule(pick=PICK, text=st.sampled_from(["När?", "Var?", "Hur då?"]))
    def ask(self, pick: int, text: str) -> None:
        person = self.someone(pick)
        self.tx.db.execute("BEGIN")
        number = carry(self.tx, AskQuestion(text, "sv", "w"), self.now, person)
        self.tx.db.execute("COMMIT")
        assert number == len(self.model.questions) + 1
        self.model.questions[number] = person

    @rule()
    def add(self) -> None:
        number = carry(self.tx, AddQuestion("Tillagd?", "sv", "w", "moderator", "question"), self.now)
        assert number
        self.model.questions[number] = None

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK, state=STATE, stale=st.integers(0, 3))
    def decide(self, pick: int, state: str, stale: int) -> None:
        """As a moderator who saw the newest version, or now and then an older one."""
        question = self.one(pick)
        if state not in TRANSITIONS[question.state]:
            return
        seen = replace(question, version=question.version - (stale == 0))
        along = [each for each in self.tx.members(question.number) if found(self.tx, each).state in WAITING]
        kept = self.do(decision(seen, state, text=f"svar {question.version}"))
        assert kept == (stale != 0)
        if kept:
            assert {found(self.tx, each).state for each in (question.number, *along)} == {state}

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK, what=st.sampled_from(["kind", "wording", "pinned", "note"]))
    def amend(self, pick: int, what: str) -> None:
        question = self.one(pick)
        value = {"kind": "tip", "pinned": "yes"}.get(what, "annat")
        assert self.do(Amend(question.number, question.version, "mod", what, value))

    @precondition(lambda self: len(self.model.questions) > 1)
    @rule(pick=PICK, other=PICK, apart=st.booleans())
    def join(self, pick: int, other: int, apart: bool) -> None:
        """Joined, and half of the time split at once, which restores everything."""
        question, into = self.one(pick), self.one(other)
        before = self.shape()
        if not self.do(Join(question.number, question.version, into.number, "mod")):
            assert self.shape() == before
            return
        lead = found(self.tx, question.number).lead
        assert lead
        assert lead in (into.number, into.lead)
        if apart and question.lead is None:
            assert self.do(Split(question.number, at(self.tx, question.number), "mod"))
            assert self.shape() == before

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK)
    def split(self, pick: int) -> None:
        question = self.one(pick)
        assert self.do(Split(question.number, question.version, "mod")) == (question.lead is not None)

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK, state=STATE, late=st.booleans())
    def decide_and_undo(self, pick: int, state: str, late: bool) -> None:
        """Undone in time everything is as before; later nothing changes."""
        question = self.one(pick)
        if state not in TRANSITIONS[question.state]:
            return
        before = self.shape()
        assert self.do(decision(question, state))
        after = self.shape()
        if late:
            self.now += UNDO
        undone = self.do(Undo(question.number, at(self.tx, question.number), "mod"))
        if question.lead is None or found(self.tx, question.lead).state in WAITING:
            assert undone is not late
        assert self.shape() == (before if undone else after)

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK)
    def undo(self, pick: int) -> None:
        question = self.one(pick)
        may = self.tx.undoable(question.number, self.now + dt.timedelta(seconds=1) - UNDO)
        assert self.do(Undo(question.number, question.version, "mod")) <= may

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        question = self.one(pick)
        person = self.model.questions[question.number]
        if question.state not in WITHDRAWABLE or person is None:
            return
        members = self.tx.members(question.number)
        supporters = {each for number, each in self.model.support if number == question.number}
        assert self.do(Withdraw(question.number), person)
        self.model.cut.add(question.number)
        if members:
            self.model.support -= {(question.number, each) for each in supporters}
            leads = next(each for each in members if found(self.tx, each).lead is None)
            self.model.support |= {(leads, each) for each in supporters}

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK)
    def reword(self, pick: int) -> None:
        question = self.one(pick)
        person = self.model.questions[question.number]
        if question.state in WITHDRAWABLE and person:
            assert self.do(Reword(question.number, f"Jag menar {question.version}"), person)
            if question.state == "asked":
                self.model.cut.add(question.number)  # what was meant is asked no more, if it was still under way

    @precondition(lambda self: self.model.questions)
    @rule(pick=PICK, who=PICK)
    def wonder(self, pick: int, who: int) -> None:
        question, person = self.one(pick), self.someone(who)
        assert self.do(Support(question.number), person)
        self.model.support.add((question.number, person))

    @precondition(lambda self: self.model.questions)
    @rule(turned=st.booleans())
    def order(self, turned: bool) -> None:
        numbers = [each.number for each in self.tx.queue("next")]
        wanted = numbers[::-1] if turned else numbers
        assert self.do(Order(tuple(wanted)))
        if not any(each.pinned for each in self.tx.queue("next")):
            assert [each.number for each in self.tx.queue("next")] == wanted

    @rule(seconds=st.sampled_from([1, 5, 30]))
    def wait(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)
        tell(self.tx, self.now)

    @precondition(lambda self: len(self.people) > 2)
    @rule(pick=PICK)
    def forget(self, pick: int) -> None:
        person = self.someone(pick)
        mine = {number for number, who in self.model.questions.items() if who == person}
        too = {each for number in mine for each in self.joined_with(number)}
        self.tx.erase(person)
        self.people.remove(person)
        nobody = f"nobody {len(self.people)}"
        self.model.support = {
            (number, nobody if who == person else who)
            for number, who in self.model.support
            if who != person or number not in too
        }
        self.model.questions |= dict.fromkeys(mine)

    @precondition(lambda self: len(self.people) > 2)
    @rule(pick=PICK, other=PICK)
    def become_one(self, pick: int, other: int) -> None:
        person, into = self.someone(pick), self.someone(other)
        if person == into:
            return
        self.tx.join("web", f"{person}-cookie", into, self.now)
        self.people.remove(person)
        self.model.support = {(number, into if who == person else who) for number, who in self.model.support}
        for number, who in self.model.questions.items():
            if who == person:
                self.model.questions[number] = into
                self.model.cut.add(number)

    # What must be so

    def joined_with(self, number: int) -> list[int]:
        lead = found(self.tx, number).lead or number
        return [lead, *self.tx.members(lead)]

    def shape(self) -> dict[str, Any]:
        """All that joining and splitting, or deciding and undoing, must leave as it was."""
        questions = [found(self.tx, number) for number in self.model.questions]
        return {
            "questions": [
                (each.number, each.state, each.lead, each.answer, each.reason, each.entry, each.mark, each.votes,
                 each.shown, each.pinned) for each in questions
            ],
            "next": [each.number for each in self.tx.queue("next")],
            "notices": self.tx.db.execute("SELECT question, person, body FROM notice ORDER BY id").fetchall(),
        }  # fmt: skip

    @invariant()
    def the_ledger_explains_every_state(self) -> None:
        for number in self.model.questions:
            question, lines = found(self.tx, number), self.tx.ledger(number)
            assert [line.version for line in lines] == list(range(1, question.version + 1))
            assert (lines[0].what, lines[0].state, lines[-1].state) == ("state", "new", question.state)
            for before, line in pairwise(lines):
                assert before.state in WAITING or line.what not in ("state", "reworded")
                if line.what == "state" and line.state == "withdrawn":
                    assert before.state in WITHDRAWABLE
                elif line.what == "state":
                    joined = any(each.what == "joined" for each in lines[: line.version - 1])
                    assert line.state in (WAITING_ON if joined else TRANSITIONS[before.state])
                elif line.what == "undo":
                    assert line.state in {each.state for each in lines[: line.version - 2]}
                elif line.what == "reworded" and before.state == "asked":
                    assert line.state == "new"
                else:
                    assert line.state == before.state

    @invariant()
    def nobody_who_asked_is_lost(self) -> None:
        shown = {each.number for each in self.tx.queue(*TRANSITIONS)}
        for number, person in self.model.questions.items():
            question, asker = found(self.tx, number), self.tx.asker(number)
            assert (asker[0] if asker else None) == person
            assert number in shown or question.lead in shown
            if question.lead and question.state in WAITING:
                assert found(self.tx, question.lead).state in WAITING, "nothing would be told of it any more"

    @invariant()
    def each_person_counts_once(self) -> None:
        by_lead: defaultdict[int, list[int]] = defaultdict(list)
        for number in self.model.questions:
            by_lead[found(self.tx, number).lead or number].append(number)
        for lead, joined in by_lead.items():
            wonder = {who for number, who in self.model.support if number in joined}
            assert found(self.tx, lead).votes == len(wonder - {self.model.questions[number] for number in joined})


def test_two_thousand_random_acts_leave_the_ledger_right_and_nobody_lost() -> None:
    run_state_machine_as_test(AnyQueue)


async def test_viewers_see_what_was_approved_and_not_what_was_only_answered_in_writing(store: Store) -> None:
    def lives(tx: Tx) -> None:
        ways: list[tuple[str, ...]] = [
            ("approved",), ("answered",), ("next", "later", "answered"), ("answered spoken",), ("declined",),
            ("approved", "undo", "answered"), ("live", "undo", "approved", "answered"), ("later", "answered"), (),
        ]  # fmt: skip
        for way in ways:
            number = asked(tx, None)
            for version, state in enumerate(way, 1):
                if state == "undo":
                    tx.undo(number, version, "moderator", NOW, NOW - UNDO)
                else:
                    reason = "spoken" if "spoken" in state else None
                    tx.decide(number, version, state.split()[0], "moderator", NOW, reason=reason)
        trouble = asked(tx, None, kind="trouble")
        tx.decide(trouble, 1, "approved", "moderator", NOW)
        tx.join_question(asked(tx, None), 1, 1, "moderator", NOW)

    await store.write(lives)
    shown = await store.read(lambda tx: tx.public_questions("w"))
    assert [each.number for each in shown] == [1, 3, 4, 7]
    assert await store.read(lambda tx: tx.public_questions("another")) == ()
