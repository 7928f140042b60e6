"""People who talk to the whole conversation, store included, without a channel in between."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bot.conversations import Conversations, Handled, Inbound
from bot.library import SHIPPED, Library
from bot.ports import Store
from bot.store.tx import Message
from dialogs.events import Chose, Event, Said
from tests.stores import OnCommit, nobody, opened

FACTS = {"owner": "Byalaget", "contact": "hej@example.org", "chat_days": "90", "question_days": "365"}
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
UNKNOWN = "Vad heter ordförandens hund i Kälarne hembygdsförening?"
"""A question that the knowledge base rightly has no answer to."""


@cache
def shipped() -> Library:
    """The shipped content and its matcher, loaded once for all tests."""
    return Library(SHIPPED)


@dataclass
class Clock:
    """A clock that only moves when told."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        """The time."""
        return self.now

    def pass_by(self, **amount: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**amount)


@dataclass
class Village:
    """A store and a conversation on it."""

    store: Store
    conversations: Conversations
    clock: Clock

    def newcomer(self, name: str = "ann") -> "Person":
        """Somebody who has never written."""
        return Person(self, name)


@dataclass
class Person:
    """Somebody with a browser: the cookie it was given, and what it has shown."""

    village: Village
    name: str
    address: str | None = None
    shown: list[Message] = field(default_factory=list)

    async def does(self, event: Event, key: str | None = None, *, known: bool = True) -> Handled:
        """Send an event, once. `known` is False where the browser has lost, or never got, its cookie."""
        address = self.address if known else None
        inbound = Inbound("web", key or str(uuid.uuid4()), event, address, f"{self.name}-cookie-{uuid.uuid4()}")
        handled = await self.village.conversations.handle(inbound)
        self.address = handled.address
        self.shown += handled.messages
        return handled

    async def says(self, text: str, key: str | None = None) -> Handled:
        """Write something."""
        return await self.does(Said(text), key)

    async def presses(self, choice: str, key: str | None = None) -> Handled:
        """Press a choice by its id, or by its beginning followed by `*`: the one shown last."""
        return await self.does(Chose(self.offered(choice)), key)

    def offered(self, choice: str) -> str:
        """The newest choice shown that begins like this; without `*`, just the choice."""
        if not choice.endswith("*"):
            return choice
        found: list[str] = [each["id"] for message in self.shown for each in message.body.get("choices", ())]
        return next(each for each in reversed(found) if each.startswith(choice[:-1]))

    async def history(self) -> list[Message]:
        """Everything in this person's log."""
        person = await self.village.store.read(lambda tx: tx.person_at("web", self.address or ""))
        return await self.village.store.read(lambda tx: tx.messages(person, 0, 10_000)) if person else []

    async def asks_a_moderator(self, text: str = UNKNOWN) -> int:
        """Write a question that is handed over; its number."""
        await self.says(text)
        await self.presses("send:*")
        return (await self.village.store.read(lambda tx: tx.queue("new")))[-1].number


@asynccontextmanager
async def village(file: Path, on_commit: OnCommit = nobody) -> AsyncIterator[Village]:
    """A village on a database file."""
    async with opened(file, on_commit) as store:
        await asyncio.to_thread(lambda: shipped().matcher)
        clock = Clock()
        yield Village(store, Conversations(store, shipped(), FACTS, clock), clock)


def keys(messages: tuple[Message, ...] | list[Message]) -> list[str]:
    """The keys of what was said back."""
    return [message.body["key"] for message in messages if message.sender != "you"]
