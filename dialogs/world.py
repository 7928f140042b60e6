"""What a step needs of the world, given to it as values."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dialogs.definitions import Checklist, Webinar
from dialogs.records import PollRun, Question, Round, Run
from knowledge.query import Match, Query

Phase = Literal["planned", "open", "closed", "archived"]


def phase_of(webinar: Webinar | None, kept: str | None, today: dt.date) -> Phase:
    """The phase that is kept; without one a webinar is planned until its day has passed. An undated example is over."""
    if kept is not None or webinar is None:
        return next((phase for phase in get_args(Phase) if phase == kept), "closed")
    ahead = webinar.day >= today if webinar.day else not webinar.example
    return "planned" if ahead else "closed"


@dataclass(frozen=True)
class World:
    """The world as one event meets it. `now` is local time; `fresh` is a random id for what the event creates."""

    now: dt.datetime
    fresh: str
    webinar: Webinar | None = None
    phase: Phase = "closed"
    facts: Mapping[str, str] = field(default_factory=dict)
    """PRODUCT_PLACES: owner, contact, chat_days, question_days; and letterbox_days where something is promised."""
    token: str = ""
    """128 random bits, for a link that somebody may return by."""
    doors: Mapping[str, str] = field(default_factory=dict)
    """Channel that can be returned to → the address that a token is put after."""
    shared: bool = False
    """Whether others read along, as in a group."""
    sends: bool = False
    """Whether what comes later is sent to the person; otherwise it waits where it is fetched."""
    polling: bool = False
    """Whether a poll is open in the webinar."""

    @property
    def live(self) -> bool:
        """Whether the webinar may be spoken of in the present tense."""
        return self.webinar is not None and self.phase in ("planned", "open")


@dataclass(frozen=True)
class Needs:
    """What a step wants looked up before it runs."""

    match: Query | None = None
    questions: bool = False
    """This person's own questions."""
    code: int | None = None
    """A question by its number, whoever asked it."""
    run: str | None = None
    round: str | None = None
    joint: bool = False
    """Whether the run wanted is the one that the round's people answer together, not the person's own."""
    key: str | None = None
    """What a round is handed over by."""
    public: bool = False
    """The questions of the webinar that everybody may see."""
    poll: int | None = None
    """A run of a poll, with this person's votes."""
    polls: str | None = None
    """The webinar whose current polls are wanted, with this person's votes."""
    feedback: str | None = None
    """The webinar that this person's feedback is wanted of."""
    desk: bool = False
    """The moderator's sign-in link that this person came by."""


@dataclass(frozen=True)
class Found:
    """What was looked up for a step. `code` is only ever a question of this very person."""

    match: Match | None = None
    questions: tuple[Question, ...] = ()
    code: Question | None = None
    run: Run | None = None
    definition: Checklist | None = None
    """The edition of the checklist that this run, or this round, walks."""
    earlier: Run | None = None
    """The run of the same kind that was finished before this one."""
    public: tuple[Question, ...] = ()
    """What everybody may see of the webinar's questions; those that this person supports or asked in `supported`."""
    supported: frozenset[int] = frozenset()
    blocked: bool = False
    """Whether a moderator has blocked this person's questions."""
    round: Round | None = None
    """The round asked for, or the one whose people answer this run together."""
    poll: PollRun | None = None
    polls: tuple[PollRun, ...] = ()
    """Oldest first."""
    feedback: Mapping[str, str] = field(default_factory=dict)
    """Question → what was said; empty where it was passed by."""
    knocked: str | None = None
    """The role that the sign-in link is for which this person came by, while it is good."""
