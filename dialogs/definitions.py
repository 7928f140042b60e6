"""What the curator defines for conversations: checklists, webinars, polls, command words, phrases."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dialogs.texts import Texts
from knowledge.entries import Knowledge
from knowledge.fields import Words

LENGTHS = ("short", "full")
PICKED = ("single", "several", "scale")
"""Kinds of a poll's question whose answers are picked among options."""
WRITTEN = ("text", "cloud")
"""Kinds whose answers are written."""
POLL_KINDS = (*PICKED, *WRITTEN)
RESULTS = ("hidden", "open")
"""When the votes are shown: to those who have voted and when it has closed, or to all at once."""
POLL_FORMS = ("buttons", "native")
"""What a poll can be in a Telegram group: a message with buttons, or Telegram's own poll, which is anonymous."""
NATIVE = ("single", "several")
"""Kinds of a poll's question that Telegram's own poll can ask."""
FEEDBACK_KINDS = ("rating", "text")


@dataclass(frozen=True)
class Answer:
    """One of the five answers to a statement; `points` is None for answers left out of the sum."""

    id: str
    label: Words
    points: int | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """A level or a purpose to choose before a run."""

    id: str
    label: Words
    words: tuple[str, ...] = ()
    """What people may type for it beside its label."""


@dataclass(frozen=True)
class Band:
    """A range of a factor's share of possible points, from `least` up."""

    id: str
    least: float
    label: Words


@dataclass(frozen=True)
class Factor:
    """One of the five factors."""

    id: str
    label: Words
    intro: Words
    missing: Words
    part: Words
    """The part of the bicycle that stands for it."""


@dataclass(frozen=True)
class Interplay:
    """What factors that are weak, well or unknown at the same time mean together. All must hold, the lights too."""

    id: str
    weak: tuple[str, ...]
    well: tuple[str, ...]
    unknown: tuple[str, ...]
    words: Words
    lit: int = 0
    """How many warning lights must be lit at the least."""


@dataclass(frozen=True)
class Statement:
    """Something to answer: a statement of a factor, or a warning light (where yes is the warning)."""

    id: str
    factor: str | None
    levels: tuple[str, ...]
    core: bool
    """Whether the short run asks it too."""
    wording: Mapping[str, Words]
    """By purpose."""
    why: Words
    """Why it is asked, in one sentence."""
    why_sources: tuple[str, ...]
    advice: Words
    tools: tuple[str, ...]
    sources: tuple[str, ...]
    kind: str = "statement"
    """statement | hinder | risk"""

    def worded(self, purpose: str) -> Words:
        """As a run with this purpose words it; in the first wording where it has none of its own."""
        return self.wording.get(purpose) or next(iter(self.wording.values()))


@dataclass(frozen=True)
class Reflection:
    """An open question after the statements, without score."""

    id: str
    core: bool
    """Whether the short run asks it too."""
    question: Words
    label: Words
    """A few words for it, in results."""
    none: Words
    """What to press when there is nothing to say."""
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Checklist:
    """A checklist as defined; the rules of a run are in dialogs/checklist.py."""

    id: str
    version: int
    title: Words
    offer: Words
    """What to press to begin it."""
    words: tuple[str, ...]
    """What people may type for it beside that."""
    closing: Words
    """What its result says last; empty for most."""
    purposes: tuple[Option, ...]
    levels: tuple[Option, ...]
    answers: tuple[Answer, ...]
    bands: tuple[Band, ...]
    """Highest first."""
    too_few: Words
    min_answered: int
    factors: tuple[Factor, ...]
    statements: tuple[Statement, ...]
    warnings: tuple[Statement, ...]
    reflections: tuple[Reflection, ...]
    interplay: tuple[Interplay, ...]
    """Most important first."""
    edition: str
    """A mark of its very words: a run keeps the edition that it began with."""
    source: str
    """The file it was read from, as text."""

    @cached_property
    def reflection_by_id(self) -> Mapping[str, Reflection]:
        """The reflections by id."""
        return {reflection.id: reflection for reflection in self.reflections}

    @cached_property
    def answer_by_id(self) -> Mapping[str, Answer]:
        """The answers by id."""
        return {answer.id: answer for answer in self.answers}

    @cached_property
    def factor_by_id(self) -> Mapping[str, Factor]:
        """The factors by id."""
        return {factor.id: factor for factor in self.factors}

    @cached_property
    def statement_by_id(self) -> Mapping[str, Statement]:
        """Statements and warning lights by id."""
        return {statement.id: statement for statement in (*self.statements, *self.warnings)}


@dataclass(frozen=True)
class Webinar:
    """A webinar as its file says. What happened with it (open, closed) is in the store."""

    code: str
    example: bool
    title: Words
    about: Words
    questions: str
    """public (others see what has been approved, and may support it) | hidden"""
    details: Mapping[str, Words]
    """The places of knowledge.entries.WEBINAR_PLACES that have a value."""
    names: bool = False
    """Whether the screen tells who asks, where they wanted it told."""

    def facts(self, language: str) -> dict[str, str]:
        """What event entries may read, in one language."""
        return {name: words[language] for name, words in self.details.items()}

    @property
    def day(self) -> dt.date | None:
        """The day that the file tells, where it can be read."""
        try:
            return dt.date.fromisoformat(self.facts("sv").get("date", "").strip())
        except ValueError:
            return None


@dataclass(frozen=True)
class PollQuestion:
    """One question of a poll."""

    id: str
    kind: str
    """One of POLL_KINDS."""
    wording: Words
    options: tuple[Option, ...]
    """What to pick among; of a scale in rising order, each id its number. Empty for what is written."""

    @cached_property
    def option_by_id(self) -> Mapping[str, Option]:
        """The options by id."""
        return {option.id: option for option in self.options}


@dataclass(frozen=True)
class Poll:
    """A poll as defined. What happened with it (runs, votes) is in the store."""

    id: str
    webinar: str | None
    """The webinar it belongs to; None for one that can be run in any."""
    title: Words
    results: str
    """One of RESULTS."""
    telegram: str
    """One of POLL_FORMS."""
    questions: tuple[PollQuestion, ...]
    edition: str
    """A mark of its very words: a run keeps the edition that it was opened with."""
    source: str
    """The file it was read from, as text."""

    @cached_property
    def question_by_id(self) -> Mapping[str, PollQuestion]:
        """The questions by id."""
        return {question.id: question for question in self.questions}


NO_POLL = Poll("", None, {}, "hidden", "buttons", (), "", "")
"""What a run has for its poll whose words this program can't read any more."""


@dataclass(frozen=True)
class FeedbackQuestion:
    """One question after a webinar."""

    id: str
    kind: str
    """One of FEEDBACK_KINDS."""
    wording: Words


@dataclass(frozen=True)
class Content:
    """Everything a conversation speaks from."""

    knowledge: Knowledge
    texts: Mapping[str, Texts]
    commands: Mapping[str, str]
    """Folded word → name of the command."""
    kinds: Mapping[str, tuple[str, ...]]
    """Kind of thing in the queue → words, folded, that tell it."""
    trouble_groups: tuple[str, ...]
    """Groups of entries that are about technical trouble."""
    factor_words: Mapping[str, tuple[str, ...]]
    """Factor → how words begin, folded, that tell that a question is about it."""
    checklists: Mapping[str, Checklist]
    webinars: Mapping[str, Webinar]
    polls: Mapping[str, Poll] = field(default_factory=dict)
    feedback: tuple[FeedbackQuestion, ...] = ()
    """What is asked after a webinar, in order; nothing is asked without any."""

    def polls_of(self, webinar: str) -> tuple[Poll, ...]:
        """The polls that can be run in a webinar: its own first, then those of no webinar."""
        fitting = [poll for poll in self.polls.values() if poll.webinar in (webinar, None)]
        return tuple(sorted(fitting, key=lambda poll: (poll.webinar is None, poll.id)))

    @property
    def checklist(self) -> Checklist:
        """The first checklist offered in the chat: the first file by name."""
        return next(iter(self.checklists.values()))
