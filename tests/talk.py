"""Conversations played against the core: the shipped content, the real matcher, and what was kept, in memory.

A story is a row of exchanges: what the person does, and the keys of what is said back.

    talk((Said("Vad kostar en elcykel?"), [Say("offer.letterbox", "send:1", kind="offer")]))

`*` in a choice stands for anything and is read from the choices offered, the newest first: `a:*:ja`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from dialogs import engine, load
from dialogs.clean import clean
from dialogs.context import Turn
from dialogs.definitions import Checklist, Content
from dialogs.events import Arrived, Chose, Event, Said
from dialogs.queue import PUBLIC
from dialogs.records import (
    AnswerStatement,
    AskQuestion,
    FinishRun,
    Forget,
    JoinDesk,
    KeepReturn,
    Knock,
    Label,
    LeaveDesk,
    Lengthen,
    NoteStatement,
    Question,
    Record,
    Remind,
    Reword,
    Round,
    Run,
    StartRun,
    Subscribe,
    Support,
    TakeStep,
    Withdraw,
)
from dialogs.replies import Reply
from dialogs.state import State, dump
from dialogs.state import load as load_state
from dialogs.world import Found, Needs, Phase, World
from knowledge import match
from knowledge.match import Matcher
from knowledge.query import Match
from tests.content import dialog_files, shipped_knowledge
from tests.polls import Polls
from tests.rounds import Rounds

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
FACTS = {"owner": "Byalaget", "contact": "hej@example.org", "chat_days": "30", "question_days": "365"}
WEBINAR = "landet-lar-47"
DOORS = {
    "web": "https://b.example/", "desk": "https://desk.example/", "round web": "https://b.example/r/",
    "round telegram": "https://t.example/bot?start=r-",
}  # fmt: skip


@cache
def shipped_content() -> Content:
    """The shipped content of the conversation, loaded once for all tests."""
    return load.load(dialog_files(), shipped_knowledge())


@cache
def shipped_matcher() -> Matcher:
    """The matcher of the shipped knowledge base, built once for all tests."""
    return match.build(shipped_knowledge())


def world(phase: Phase | None = None, fresh: str = "run1") -> World:
    """The world with the shipped webinar in a phase, or with no webinar at all."""
    webinar = shipped_content().webinars[WEBINAR] if phase else None
    return World(NOW, fresh, webinar, phase or "closed", FACTS, token="hemlis-hemlis-hemlis-x", doors=DOORS)


@dataclass(frozen=True)
class Say:
    """What one reply must be: its key, and as far as given its kind, choices (all of them or more) and input."""

    key: str
    choices: tuple[str, ...] = ()
    kind: str | None = None
    input: str | None = None

    def __init__(self, key: str, *choices: str, kind: str | None = None, input: str | None = None) -> None:  # noqa: A002
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "input", input)

    def check(self, reply: Reply) -> None:
        """Fail unless the reply is this."""
        offered = choices_of(reply)
        assert reply.key == self.key
        assert self.kind in (None, reply.kind), (self, reply.kind)
        assert self.input in (None, reply.input), (self, reply.input)
        for pattern in self.choices:
            assert any(fnmatchcase(identity, pattern) for identity in offered), (self, offered)


@dataclass
class Kept:
    """What a store would keep for everybody, in memory."""

    questions: dict[int, tuple[str, Question]] = field(default_factory=dict)
    runs: dict[str, tuple[str, Run]] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)
    rounds: Rounds = field(default_factory=Rounds)
    polls: Polls = field(default_factory=Polls)
    subscriptions: frozenset[str] = frozenset()
    reminders: dict[str, tuple[str, tuple[dt.date, ...]]] = field(default_factory=dict)
    support: set[tuple[str, int]] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    knocked: str | None = None
    """The role of the sign-in link that somebody came by."""

    def found(self, who: str, needs: Needs, matched: Match | None, content: Content) -> Found:
        """What a person's event asked for."""
        asker, question = self.questions.get(needs.code or 0, ("", None))
        public = [each for _, each in self.questions.values() if each.state in PUBLIC and each.kind != "trouble"]
        round_ = self.rounds.found(self.rounds.offers.get(needs.key or "", needs.round), who, self.runs)
        wanted = (round_.joint if needs.joint else round_.run) if round_ else needs.run
        owner, run = self.runs.get(wanted or "", ("", None))
        run = run if owner == who else None
        round_ = round_ or (self.rounds.found(run.round, who, self.runs) if run else None)
        walked = round_ or run
        mine = tuple(found for person, found in self.questions.values() if person == who)
        return Found(
            matched,
            mine if needs.questions else (),
            question if asker == who else None,
            run,
            self._definition(walked, content) if walked else None,
            self._before(who, run) if run else None,
            public=tuple(public) if needs.public else (),
            supported=frozenset(number for person, number in self.support if person == who),
            blocked=who in self.blocked,
            poll=self.polls.found(needs.poll, who),
            polls=self.polls.current(who) if needs.polls else (),
            feedback=self.polls.feedback(needs.feedback, who),
            knocked=self.knocked if needs.desk else None,
            round=round_,
        )

    def _definition(self, run: Run | Round, content: Content) -> Checklist | None:
        known = content.checklists.get(run.checklist)
        if known and known.edition == run.edition:
            return known
        text = self.editions.get(run.edition) or self.rounds.editions.get(run.edition)
        return load.edition(text) if text else None

    def _before(self, who: str, run: Run) -> Run | None:
        same = [each for owner, each in self.runs.values() if owner == who and each.id != run.id
                and (each.checklist, each.level) == (run.checklist, run.level)]  # fmt: skip
        done = [(each.finished, each) for each in same if each.finished and each.finished <= run.started]
        return max(done, key=lambda found: found[0])[1] if done else None

    def carry_out(self, who: str, record: Record, now: dt.datetime = NOW) -> None:
        """Keep one record."""
        if self.rounds.carry_out(who, record, self.runs) or self.polls.carry_out(who, record):
            return
        match record:
            case AskQuestion():
                self._ask(who, record)
            case Label():
                self.labels.append(record)
            case KeepReturn(token):
                self.tokens[token] = who
            case Forget():
                self.runs = {run: kept for run, kept in self.runs.items() if kept[0] != who}
                self.questions = {number: ("", asked) for number, (_, asked) in self.questions.items()}
            case Withdraw(number):
                self.decide(number, "withdrawn", "")
            case Reword(number, text):
                person, question = self.questions[number]
                state = "new" if question.state == "asked" else question.state
                self.questions[number] = (person, replace(question, wording=text, state=state))
            case Support(number):
                self.support.add((who, number))
            case Knock() | JoinDesk() | LeaveDesk():
                self.knocked = "moderator" if isinstance(record, Knock) else None
            case _:
                self._walk(who, record, now)

    def _ask(self, who: str, asked: AskQuestion) -> None:
        number = len(self.questions) + 1
        self.questions[number] = (
            who,
            Question(number, asked.text, asked.language, asked.webinar, NOW, "new", 1, asked.candidates,
                     factor=asked.factor, statement=asked.statement, kind=asked.kind, name=asked.name),
        )  # fmt: skip

    def _walk(self, who: str, record: Record, now: dt.datetime) -> None:
        match record:
            case StartRun(run, checklist, version, edition, source, level, purpose, length):
                self.editions[edition] = source
                begun = Run(run, checklist, version, edition, level, purpose, length, now)
                self.runs[run] = (who, replace(begun, round=record.round, joint=record.joint))
            case Lengthen(run):
                self._change(run, length="full", finished=None)
            case TakeStep(run, step):
                self._change(run, step=step)
            case AnswerStatement(run, statement, answer):
                self._change(run, answers={**self.runs[run][1].answers, statement: answer})
            case NoteStatement(run, statement, note):
                self._change(run, notes={**self.runs[run][1].notes, statement: note})
            case FinishRun(run):
                self._change(run, finished=now)
            case Remind(run, way, days):
                self.reminders[run] = (way, days)
                self._change(run, reminders=days)
            case Subscribe(topic, on):
                self.subscriptions = self.subscriptions | {topic} if on else self.subscriptions - {topic}
            case _:
                raise AssertionError(record)

    def _change(self, run: str, **changes: object) -> None:
        who, kept = self.runs[run]
        self.runs[run] = (who, replace(kept, **changes))  # type: ignore[arg-type]

    def decide(self, number: int, state: str, answer: str) -> None:
        """A moderator's decision, as the ledger would show it."""
        who, asked = self.questions[number]
        self.questions[number] = (who, replace(asked, state=state, answer=answer, version=asked.version + 1))


@dataclass
class Talk:
    """One person's conversation with the core."""

    world: World = field(default_factory=world)
    content: Content = field(default_factory=shipped_content)
    heard_as: Mapping[str, Match] = field(default_factory=dict)
    """Texts whose match is given instead of looked up, for stories about what follows a match."""
    kept: Kept = field(default_factory=Kept)
    who: str = "anna"
    state: State = field(default_factory=State)
    turns: list[Turn] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    """Every choice offered so far, the newest last."""

    def __call__(self, *exchanges: tuple[Event, Sequence[str | Say]]) -> Turn:
        """Play a story and check what is said at each step. Gives the last turn."""
        for event, expected in exchanges:
            turn = self.hear(event)
            said = [reply.key for reply in turn.replies]
            assert said == [each.key if isinstance(each, Say) else each for each in expected], event
            for each, reply in zip(expected, turn.replies, strict=True):
                if isinstance(each, Say):
                    each.check(reply)
        return self.turns[-1]

    def play(self, *events: Event) -> Turn:
        """Play events whatever is said, and give the last turn."""
        for event in events:
            self.hear(event)
        return self.turns[-1]

    def hear(self, event: Event) -> Turn:
        """One event as the service would handle it; a choice must have been offered, or stand on the first page."""
        if isinstance(event, Chose):
            event = Chose(self.meant(event.choice))
        return self.step(event)

    def meant(self, pattern: str) -> str:
        """The newest offered choice of a pattern."""
        if pattern in engine.OPENING:
            return pattern
        return next(choice for choice in reversed(self.offered) if fnmatchcase(choice, pattern))

    def step(self, event: Event) -> Turn:
        """One event, also one that was never offered. The state passes through the store as JSON each time."""
        if isinstance(event, Said) and not event.removed:
            cleaned = clean(event.text)
            event = Said(cleaned.text, cleaned.removed)
        turn = self._stepped(event)
        for record in turn.records:
            self.kept.carry_out(self.who, record, self.world.now)
        self.state = load_state(json.loads(json.dumps(dump(turn.state))))
        assert self.state == turn.state
        self.turns.append(turn)
        self.offered += [choice for reply in turn.replies for choice in choices_of(reply)]
        return turn

    def _stepped(self, event: Event) -> Turn:
        begun = event.choice if isinstance(event, Chose) else self.state.wanted or ""
        begins = begun.startswith("together")
        number = len(self.kept.rounds.begun) if begins else len(self.kept.runs)
        fresh = f"{number + 1:010x}" if begins else f"run{number + 1}"
        present = replace(self.world, polling=self.kept.polls.polling, fresh=fresh)
        needs = engine.needs(self.content, self.state, event, present)
        query = needs.match
        matched = (self.heard_as.get(query.text) or shipped_matcher().match(query)) if query else None
        found = self.kept.found(self.who, needs, matched, self.content)
        return engine.step(self.content, self.state, event, present, found)

    @property
    def last(self) -> Reply:
        """What was said last."""
        return self.turns[-1].replies[-1]

    @property
    def run(self) -> Run:
        """The run this person is at."""
        return self.kept.runs[self.state.run or ""][1]

    def walk(
        self, length: str = "short", level: str = "lokal", purpose: str = "start", checklist: str = "fem-faktorer"
    ) -> None:
        """Choose a checklist and stand before its first statement. What has one option only is not asked."""
        self.play(Chose("checklist"))
        path = [checklist, level, purpose, length]
        for choice in (":".join(["new", *path[:count]]) for count in range(1, 5)):
            if choice in self.offered:
                self.hear(Chose(choice))

    def answer_all(self, answer: str = "ja") -> None:
        """Answer every statement that is left with the same answer."""
        while self.last.key == "walk.statement":
            self.hear(Chose(f"a:*:{answer}"))

    def pass_by(self) -> None:
        """Say nothing to the reflections that are left."""
        while self.last.key == "walk.reflection":
            self.hear(Chose("reflect:*"))

    def finish(self, answer: str = "ja") -> None:
        """Answer what is left, all alike, and say nothing to the reflections."""
        self.answer_all(answer)
        self.pass_by()


def choices_of(reply: Reply) -> list[str]:
    """The ids of a reply's choices."""
    return [choice.id for choice in reply.choices]


def keys(replies: Iterable[Reply]) -> list[str]:
    """The keys of what was said."""
    return [reply.key for reply in replies]


def greeted(phase: Phase | None = None, **known: Any) -> Talk:
    """A person who has been welcomed already."""
    talk = Talk(world(phase), **known)
    talk.hear(Arrived())
    return talk
