"""What is to be kept because of an event. The store carries each out inside the event's transaction."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from dialogs.definitions import NO_POLL, Poll
from dialogs.replies import Reply


@dataclass(frozen=True)
class AskQuestion:
    """Queue a question for the moderators. The store numbers it; NUMBER in the same turn's replies becomes it."""

    text: str
    language: str
    webinar: str | None
    candidates: tuple[str, ...] = ()
    """Entries the matcher came closest to, best first: a start for the moderator."""
    factor: str | None = None
    statement: str | None = None
    """What of the checklist it is about: a factor's id, and a statement's wording."""
    kind: str = "question"
    name: str = ""
    """Who asks, as far as they wanted it told: kept apart from the question."""


@dataclass(frozen=True)
class Label:
    """A person has shown which entry a question belongs to (or, with None, that none fits): a proposed variant."""

    text: str
    language: str
    entry: str | None
    origin: str
    """suggestion | not_meant | moderator"""


@dataclass(frozen=True)
class StartRun:
    """A walk through the checklist begins, with the very words of `edition`."""

    run: str
    checklist: str
    version: int
    edition: str
    source: str
    """The edition's text, kept once for all its runs."""
    level: str
    purpose: str
    length: str
    round: str | None = None
    joint: bool = False
    """Whether the round's people answer it together."""


@dataclass(frozen=True)
class Remind:
    """Remind of a run's next step on these days, by this way; without days, no more."""

    run: str
    way: str
    """here (where the conversation is); empty without days"""
    days: tuple[dt.date, ...]


@dataclass(frozen=True)
class StartRound:
    """Several people are to answer the same statements, each alone. Whoever starts it leads it."""

    round: str
    checklist: str
    version: int
    edition: str
    source: str
    level: str
    purpose: str
    length: str


@dataclass(frozen=True)
class LeaveRound:
    """A person's run is no longer part of its round; what has been counted stays counted."""

    run: str


@dataclass(frozen=True)
class CountRound:
    """The finished answers that have not been counted become a batch, if they are enough people's."""

    round: str


@dataclass(frozen=True)
class CloseRound:
    """The round is over: what has been answered is counted, and everybody in it is told."""

    round: str


@dataclass(frozen=True)
class OfferRound:
    """Whoever comes with this token leads the round. The store keeps only its hash."""

    round: str
    token: str


@dataclass(frozen=True)
class TakeRound:
    """The person leads the round from now on; what it was offered by is used up."""

    round: str


@dataclass(frozen=True)
class Lengthen:
    """The short walk goes on as the full one."""

    run: str


@dataclass(frozen=True)
class AnswerStatement:
    """An answer to one statement; the latest counts."""

    run: str
    statement: str
    answer: str


@dataclass(frozen=True)
class NoteStatement:
    """A note on one statement, or what was said to a reflection (also nothing); the latest counts."""

    run: str
    statement: str
    note: str


@dataclass(frozen=True)
class FinishRun:
    """The walk is through."""

    run: str


@dataclass(frozen=True)
class Step:
    """The one next step that was chosen: what, who (empty for nobody yet), and by when."""

    what: str
    who: str = ""
    due: dt.date | None = None


@dataclass(frozen=True)
class TakeStep:
    """The next step of a run; the latest counts."""

    run: str
    step: Step


@dataclass(frozen=True)
class Vote:
    """A person's vote in one question of a poll's run, in place of the one before; one of nothing takes it back."""

    run: int
    question: str
    picked: tuple[str, ...]
    """Options, or the folded words of a cloud: what is counted."""
    text: str = ""
    """What was written where nothing is counted."""


@dataclass(frozen=True)
class GiveFeedback:
    """What a person says to one question about a webinar, in place of what they said before; empty when passed by."""

    webinar: str
    question: str
    answer: str


@dataclass(frozen=True)
class Subscribe:
    """A person is to be told of a topic, or no more; `topic` is one of TOPICS, a recording's with its webinar."""

    topic: str
    on: bool = True


@dataclass(frozen=True)
class Knock:
    """A person came by a moderator's sign-in link with this token, and has not used it up. Only its hash is kept."""

    token: str


@dataclass(frozen=True)
class JoinDesk:
    """The person uses up the link they came by, and may act in the moderators' group."""


@dataclass(frozen=True)
class LeaveDesk:
    """The person acts there no more."""


@dataclass(frozen=True)
class KeepReturn:
    """Whoever comes with this token goes on with the person's conversation. The store keeps only its hash."""

    token: str


@dataclass(frozen=True)
class Forget:
    """Erase this person: addresses, messages, state, runs. Questions stay without their asker."""


@dataclass(frozen=True)
class Decide:
    """A moderator moves a question to another state, valid only while it is at the version she saw.

    Questions joined with it go along, and each one's asker is told.
    """

    question: int
    version: int
    state: str
    """One of dialogs/queue.py's STATES."""
    by: str
    text: str = ""
    entry: str | None = None
    reason: str | None = None
    mark: str | None = None
    """When in the broadcast it was answered, as written."""
    to_asker: Mapping[str, Reply] = field(default_factory=dict)
    """By language; NUMBER in it becomes the number of each one's own question."""
    to_others: Mapping[str, Reply] = field(default_factory=dict)
    """What those who wonder the same are told, by language."""


@dataclass(frozen=True)
class Amend:
    """A moderator changes something about a question that moves it nowhere; in its ledger all the same."""

    question: int
    version: int
    by: str
    what: str
    """kind | wording | factor | pinned | note"""
    value: str


@dataclass(frozen=True)
class Order:
    """The questions up next, in the order they are to be taken."""

    questions: tuple[int, ...]


@dataclass(frozen=True)
class Join:
    """A question is the same as another and goes along with it from now on."""

    question: int
    version: int
    into: int
    by: str


@dataclass(frozen=True)
class Split:
    """A joined question goes its own way again."""

    question: int
    version: int
    by: str


@dataclass(frozen=True)
class Undo:
    """The latest decision about a question is taken back, as long as its asker has not been told."""

    question: int
    version: int
    by: str


@dataclass(frozen=True)
class Propose:
    """The lecturer's answer to a question that is followed up later: nobody gets it before a moderator releases it."""

    question: int
    version: int
    by: str
    text: str


@dataclass(frozen=True)
class AddQuestion:
    """A question that a moderator brings: typed for somebody, her own, or pasted from another chat."""

    text: str
    language: str
    webinar: str | None
    by: str
    kind: str
    candidates: tuple[str, ...] = ()
    factor: str | None = None


@dataclass(frozen=True)
class Block:
    """Whoever asked this sends no more questions; or may send them again."""

    question: int
    version: int
    by: str
    blocked: bool = True


@dataclass(frozen=True)
class Withdraw:
    """The asker takes a question back."""

    question: int


@dataclass(frozen=True)
class Reword:
    """The asker says it better, or says what they meant when a moderator asked. Earlier words are kept."""

    question: int
    text: str


@dataclass(frozen=True)
class Support:
    """One more person wonders the same; once each, whichever of the joined questions it was."""

    question: int


Record = (
    AskQuestion
    | Label
    | StartRun
    | Lengthen
    | AnswerStatement
    | NoteStatement
    | FinishRun
    | TakeStep
    | Remind
    | Subscribe
    | StartRound
    | LeaveRound
    | CountRound
    | CloseRound
    | OfferRound
    | TakeRound
    | Vote
    | GiveFeedback
    | Knock
    | JoinDesk
    | LeaveDesk
    | KeepReturn
    | Forget
    | Decide
    | Amend
    | Order
    | Join
    | Split
    | Undo
    | Propose
    | AddQuestion
    | Block
    | Withdraw
    | Reword
    | Support
)
RECORDS: tuple[type[Record], ...] = get_args(Record)


@dataclass(frozen=True)
class Run:
    """One walk through the checklist as kept: answers and notes by statement, in no order."""

    id: str
    checklist: str
    version: int
    edition: str
    level: str
    purpose: str
    length: str
    started: dt.datetime
    answers: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """By statement or reflection; empty where a note was taken back, or a reflection passed by."""
    finished: dt.datetime | None = None
    step: Step | None = None
    round: str | None = None
    joint: bool = False
    reminders: tuple[dt.date, ...] = ()
    """The days on which its people are still to be reminded of the step."""


@dataclass(frozen=True)
class Round:
    """A round as one person meets it."""

    code: str
    checklist: str
    version: int
    edition: str
    level: str
    purpose: str
    length: str
    leads: bool
    """Whether this person leads it."""
    closed: bool
    joined: int
    """How many take part or have taken part."""
    waiting: int
    """How many are through and have not been counted."""
    batches: tuple[Mapping[str, Mapping[str, int]], ...] = ()
    """What has been counted, in the order it was: statement → answer → how many."""
    fresh: tuple[Mapping[str, Mapping[str, int]], ...] = ()
    """Those who are through and have not been counted, as a batch; none while they are too few."""
    last: tuple[Mapping[str, Mapping[str, int]], ...] = ()
    """The same with those who are not through: what closing the round would count."""
    run: str | None = None
    """This person's own run in it."""
    joint: str | None = None
    """The run that its people answer together, where this person started it."""
    answering: int = 0
    """How many have answered something and have not been counted: what closing would count, if it is enough."""
    counted: int = 0
    """How many people the batches hold."""
    led: bool = True
    """Whether anybody leads it: not when the one who did has been forgotten."""
    here: int = 0
    """How many take part now: neither left nor forgotten."""
    done: int = 0
    """How many of those are through."""
    kept: bool = False
    """Whether this person's own answers have been counted, and stay as they were then."""
    agreed: bool = False
    """Whether what its people answer together is finished, where this person has it."""


WHATS = ("state", "undo", "kind", "wording", "factor", "pinned", "note", "joined", "split", "reworded", "blocked",
         "let_in", "proposed")  # fmt: skip
"""What a line of a question's ledger can be. Only `state`, `undo` and `reworded` say which state it is in, and why."""


@dataclass(frozen=True)
class Entry:
    """A line of a question's ledger."""

    version: int
    at: dt.datetime
    by: str
    what: str
    """One of WHATS."""
    state: str
    value: str
    """What was written, set or noted."""


POLL_STATES = ("draft", "open", "closed")


@dataclass(frozen=True)
class NativeVotes:
    """Votes in a question's native polls, all groups together: anonymous, so they are never added to the ballots."""

    voters: int
    options: tuple[int, ...]
    """In the order of the question's options."""


@dataclass(frozen=True)
class PollRun:
    """One run of a poll as one person meets it."""

    id: int
    webinar: str
    poll: str
    number: int
    """1, and one more each time it is run again."""
    edition: str
    state: str
    """One of POLL_STATES."""
    opened: dt.datetime | None = None
    closed: dt.datetime | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Question → option → how many have picked it; under "" how many have answered the question."""
    released: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Question → what people have written and a moderator has released."""
    mine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Question → what this person has picked; empty where something was written. Without what is unanswered."""
    definition: Poll = NO_POLL
    """The poll in the words that it was opened with."""
    native: Mapping[str, NativeVotes] = field(default_factory=dict)
    """Question → votes in native polls; without the questions that stand in no group as such."""

    def voters(self, question: str) -> int:
        """How many have answered a question."""
        return self.counts.get(question, {}).get("", 0)


@dataclass(frozen=True)
class Question:
    """A question in the queue, with its present state derived from the ledger."""

    number: int
    text: str
    """As it was asked."""
    language: str
    webinar: str | None
    asked: dt.datetime
    state: str
    version: int
    """How many lines the ledger holds: what a guard compares."""
    candidates: tuple[str, ...] = ()
    decided: dt.datetime | None = None
    """When it came to its present state."""
    by: str | None = None
    answer: str | None = None
    entry: str | None = None
    reason: str | None = None
    mark: str | None = None
    reachable: bool = True
    """False when the asker has been forgotten, or it is nobody's."""
    blocked: bool = False
    """Whether the asker can't be reached right now: every address refuses what we send."""
    factor: str | None = None
    statement: str | None = None
    """What of the checklist it is about: a factor's id, and a statement's wording."""
    kind: str = "question"
    wording: str = ""
    """As a moderator put it, or the asker the second time; empty while it stands as asked."""
    pinned: bool = False
    place: int = 0
    """Its place among those up next."""
    lead: int | None = None
    """The question that it goes along with."""
    joined: int = 0
    """How many go along with it."""
    votes: int = 0
    """How many others wonder the same."""
    name: str = ""
    """Who asks, as far as they wanted it told."""
    sender_blocked: bool = False
    """Whether a moderator takes no more questions from whoever asked it."""

    origin: str = "chat"
    """chat, desk (a moderator's own), or the kind of export that it came in with: zoom-chat, zoom-qa."""
    votes_elsewhere: int = 0
    """How many have given it a vote where it was asked."""
    proposed: str = ""
    """The lecturer's answer, which waits for a moderator to release it."""
    proposed_at: dt.datetime | None = None
    forgotten: bool = False
    """Whether its asker has asked to be forgotten: nothing new is made of the words."""
    note: str = ""
    """What moderators last noted for each other."""

    @property
    def shown(self) -> str:
        """The words that stand for it now."""
        return self.wording or self.text

    @property
    def code(self) -> str:
        """The label people see: F-27."""
        return f"F-{self.number}"
