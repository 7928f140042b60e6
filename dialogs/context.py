"""What every part of the conversation works with: one event's surroundings, and the turn that comes of it."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from dialogs.dates import told
from dialogs.definitions import Content
from dialogs.records import Record
from dialogs.replies import Choice, Cited, Kind, Reply
from dialogs.state import State
from dialogs.texts import Texts
from dialogs.world import Found, World
from knowledge.entries import Source
from knowledge.fields import Words


@dataclass(frozen=True)
class Turn:
    """What comes of an event: the next state, what to say, what to keep."""

    state: State
    replies: tuple[Reply, ...] = ()
    records: tuple[Record, ...] = ()

    def after(self, *replies: Reply) -> "Turn":
        """The same turn, with this said first."""
        return replace(self, replies=(*replies, *self.replies))


@dataclass(frozen=True)
class Context:
    """The surroundings of one event."""

    content: Content
    state: State
    world: World
    found: Found = field(default_factory=Found)

    @property
    def language(self) -> str:
        """The person's language: sv or en."""
        return self.state.language

    @property
    def texts(self) -> Texts:
        """The phrases in the person's language."""
        return self.content.texts[self.state.language]

    def with_state(self, state: State) -> "Context":
        """The same surroundings with another state."""
        return replace(self, state=state)

    def say(self, key: str, *choices: Choice, kind: Kind = "text", **values: object) -> Reply:
        """A reply made of one phrase."""
        return Reply(key, self.texts(key, **values), kind, choices)

    def choice(self, identity: str, key: str, *, quiet: bool = False, **values: object) -> Choice:
        """A choice labelled with a phrase."""
        return Choice(identity, self.texts(key, **values), quiet)

    def word(self, words: Words) -> str:
        """One of a pair of texts, in the person's language."""
        return words[self.language]

    def day(self, day: dt.date) -> str:
        """A day as one says it, in the person's language."""
        return told(day, self.world.now.date(), self.texts)

    def turn(self, *replies: Reply, records: tuple[Record, ...] = ()) -> Turn:
        """A turn that keeps the state."""
        return Turn(self.state, replies, records)

    def cited(self, sources: tuple[Source, ...]) -> tuple[Cited, ...]:
        """Sources as they are shown."""
        return tuple(Cited(self.word(source.title), self.word(source.age), source.link) for source in sources)

    def facts(self) -> dict[str, Any]:
        """What product entries may read; the unset ones are said to be unset."""
        unset = {"owner": self.texts("owner.unset"), "contact": self.texts("contact.unset")}
        return {**unset, **{name: value for name, value in self.world.facts.items() if value}}
