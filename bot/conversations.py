"""One event through the conversation: looked up, stepped, kept in one transaction, and only then answered."""

import asyncio
import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Literal
from zoneinfo import ZoneInfo

from bot.bodies import body, to_keep
from bot.carrying_out import Occasion, carry_out
from bot.in_order import InOrder
from bot.library import Library
from bot.media import Making, forget_made
from bot.ports import Store, StoreUnavailable
from bot.roles import DESK_ROLES
from bot.store.outbox import SENT
from bot.store.rows import hashed
from bot.store.tx import Message, Seen, Tx
from dialogs import engine, polling
from dialogs import state as states
from dialogs.clean import clean
from dialogs.context import Turn
from dialogs.definitions import Checklist, Webinar
from dialogs.events import Arrived, CameBack, Chose, Event, Gathered, Said
from dialogs.records import Forget, PollRun, Question, Round, Run
from dialogs.replies import Reply
from dialogs.state import State
from dialogs.world import Found, Needs, Phase, World, phase_of
from knowledge.match import Matcher
from knowledge.query import Match, Query

TRIES = 4
"""The first only tells what is to be looked up, where that takes long."""
SWEDEN = ZoneInfo("Europe/Stockholm")
FORGET_ME = "forget:yes"
REMEMBERED = 256
BORN_HOURS = 24
MOST_DIGITS = 16
"""How long a first event can be repeated without the cookie that it gave."""


class NeverOffered(Exception):
    """The choice was never offered to this person."""


class KeyReused(Exception):
    """The key has been used for something else."""


class Busy(Exception):
    """The world changed under the event three times over."""


Beside = Callable[[Tx, str | None, Sequence[Message], str], None]
"""What else a channel keeps with an event, in its transaction: given the person (None when forgotten), the lines that
the event left, and the language spoken from now on."""


@dataclass(frozen=True)
class Given:
    """An answer, a note or both as a device recorded it. The key is the device's own: taken once."""

    statement: str
    answer: str | None
    note: str | None
    at: dt.datetime
    key: str


@dataclass(frozen=True)
class Inbound:
    """What a channel received. `address` is None for somebody not known yet; `fresh_address` is theirs if so."""

    channel: str
    key: str
    event: Event
    address: str | None
    fresh_address: str
    language: str = "sv"
    webinar: str | None = None
    speak: str | None = None
    """The language asked for with this very event; `language` is only where a new person begins."""
    returning: str | None = None
    """The token of a link of somebody's own, by which they come from somewhere else."""
    asked: bool = True
    """Whether the person was asked before following such a link, which replaces the conversation that was here."""
    shared: bool = False
    """Whether others read along."""
    scope: str | None = None
    """What the key belongs to, where that is the whole channel; otherwise it belongs to the person."""
    beside: Beside | None = None
    given: tuple[Given, ...] = ()
    """Answers to the run of a Gathered event."""
    waited: dt.timedelta = dt.timedelta()
    """How long ago it was done, where there was no contact then. Not in the digest: it grows with each try."""

    @property
    def digest(self) -> str:
        """What tells another event under the same key apart."""
        said = f"{type(self.event).__name__}\0{self.event!r}\0{self.webinar}"
        if self.given:  # not `at`, which depends on when the batch was sent
            said += repr([(each.key, each.statement, each.answer, each.note) for each in self.given])
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Handled:
    """What came of an event, as kept. After "glöm mig" `person` is None and `messages` are kept nowhere."""

    person: str | None
    address: str | None
    messages: tuple[Message, ...]
    language: str | None = None
    """What the service speaks to the person from now on; None to one who has been forgotten."""
    repeated: bool = False
    erased: bool = False


@dataclass(frozen=True)
class _Again:
    """The step needs another look-up than the one it was given, and not one to be made while others wait."""

    query: Query | None
    making: Making | None = None
    """A file to be made before it can be offered with its size."""


class Matches:
    """The last matches of the matcher in use: what is handed over is asked for again, and many people ask the same."""

    def __init__(self) -> None:
        self._matcher: Matcher | None = None
        self._remembered: Callable[[Query], Match] | None = None

    def of(self, matcher: Matcher, query: Query) -> Match:
        """What the matcher makes of a query."""
        if self._remembered is None or matcher is not self._matcher:
            self._matcher, self._remembered = matcher, lru_cache(maxsize=REMEMBERED)(matcher.match)
        return self._remembered(query)


@dataclass
class Conversations:
    """Every channel's way in. Events of one person are handled one at a time, in order."""

    store: Store
    library: Library
    facts: Mapping[str, str]
    clock: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(SWEDEN))
    doors: dict[str, str] = field(default_factory=dict)
    """Where a link can lead (a channel to return to, the moderators' desk) → the address to put its token after."""
    media: Callable[[Tx, str | None, str], Making | None] = lambda *_: None
    """Finds how to make a file that a reply names, for the person it was given to."""
    _matches: Matches = field(default_factory=Matches)
    _in_order: InOrder = field(default_factory=InOrder)

    async def handle(self, inbound: Inbound) -> Handled:
        """Take in an event: once it returns, everything it caused is durable.

        Raises NeverOffered, KeyReused, Busy, and what the store raises.
        """
        inbound = replace(inbound, event=cleaned(inbound.event))
        async with self._in_order.turn(f"{inbound.channel}:{inbound.address or inbound.key}"):
            query, match, matcher, made = None, None, self.library.matcher, frozenset[Making]()
            for _ in range(TRIES):
                result = await self.store.write(
                    partial(self._take, inbound=inbound, query=query, match=match, by=matcher, made=made)
                )
                if isinstance(result, Handled):
                    await self._scrub_after(result)
                    return result
                query, matcher = result.query, self.library.matcher
                match = None if query is None else await asyncio.to_thread(matcher.match, query)
                if result.making:
                    await asyncio.to_thread(result.making)
                    made |= {result.making}
        raise Busy

    async def _scrub_after(self, handled: Handled) -> None:
        """What "glöm mig" has erased leaves the files too; where that must wait, the next purge does it."""
        if handled.erased:
            forget_made()
            with suppress(StoreUnavailable):
                await self.store.scrub()

    async def world(self, webinar: str | None, before: str | None = None) -> World:
        """The world as an event would meet it now."""
        return await self.store.read(lambda tx: self._world(tx, webinar, before))

    def _take(
        self, tx: Tx, inbound: Inbound, query: Query | None, match: Match | None, by: Matcher,
        made: frozenset[Making],
    ) -> Handled | _Again:  # fmt: skip
        now, content = self.clock().astimezone(dt.UTC), self.library.content
        if self.library.matcher is not by:
            return _Again(query)
        person = tx.person_at(inbound.channel, inbound.address) if inbound.address else None
        if person and inbound.address and not inbound.scope and not tx.confirmed(inbound.channel, inbound.address):
            tx.confirm(inbound.channel, inbound.address)
        if again := self._repeated(tx, inbound, person, now):
            return again
        if inbound.returning is not None:
            person, inbound = self._returned(tx, person, inbound, now)
        state, last = self._state(tx, person, inbound)
        label = self._label(tx, inbound, person, state)
        world = self._world_of(tx, inbound, state)
        event = self._gather(tx, inbound, person, now) if isinstance(inbound.event, Gathered) else inbound.event
        needs = engine.needs(content, state, event, world)
        if needs.match != query:
            if not (needs.match and by.quick):
                return _Again(needs.match)
            match = self._matches.of(by, needs.match)
        turn = engine.step(content, state, event, world, self._found(tx, person, needs, match, now, world.webinar))
        making = next((found for found in self._files(tx, person, turn) if found not in made), None)
        if making:
            return _Again(needs.match, making)
        if any(isinstance(record, Forget) for record in turn.records):
            return self._forget(tx, inbound, person, turn, now)
        if person is None:
            person = secrets.token_hex(12)  # never a hyphen first: it is typed after `servicelotsen erase`
            tx.create_person(person, inbound.channel, inbound.fresh_address, now)
            return self._keep(tx, inbound, person, turn, label, last, now, born=True)
        return self._keep(tx, inbound, person, turn, label, last, now, born=False)

    def _gather(self, tx: Tx, inbound: Inbound, person: str | None, now: dt.datetime) -> Event:
        """Keep what a device recorded; `at` within the run's own time, since a device's clock may be wrong."""
        run = tx.run(person, inbound.event.run) if person and isinstance(inbound.event, Gathered) else None
        if run is None:
            raise NeverOffered
        new = {
            each.statement
            for each in inbound.given
            if tx.give(run.id, each.statement, min(max(each.at, run.started), now), now,
                       answer=each.answer, note=each.note, key=each.key)
        }  # fmt: skip
        return Gathered(run.id, len(new))

    def _repeated(self, tx: Tx, inbound: Inbound, person: str | None, now: dt.datetime) -> Handled | None:
        if person is None and isinstance(inbound.event, CameBack):
            return Handled(None, None, ())  # forgotten meanwhile: there is nobody to ask again
        scope = inbound.scope or person
        seen = tx.seen(scope, inbound.key) if scope else None
        if seen is None and scope is None:
            seen = tx.born(inbound.channel, inbound.key, now - dt.timedelta(hours=BORN_HOURS))
        if seen is None:
            return None
        if seen.digest and seen.digest != inbound.digest:
            raise KeyReused
        messages = tx.messages(seen.person, seen.first - 1, seen.last - seen.first + 1)
        kept, _ = tx.state(seen.person)
        language = states.load(kept).language if kept else None
        address = tx.address_of(inbound.channel, seen.person)
        return Handled(seen.person, address, tuple(messages), language, repeated=True)

    def _state(self, tx: Tx, person: str | None, inbound: Inbound) -> tuple[State, int]:
        if person is None:
            return State(language=inbound.language), 0
        kept, last = tx.state(person)
        state = states.load(kept) if kept else State(language=inbound.language)
        return (replace(state, language=inbound.speak) if inbound.speak else state), last

    def _label(self, tx: Tx, inbound: Inbound, person: str | None, state: State) -> str:
        """What the person's own line in the log says; refuses a choice that was never offered."""
        event = inbound.event
        if isinstance(event, Said):
            return event.text
        if not isinstance(event, Chose) or event.choice == engine.UNKNOWN:
            return ""
        verb = event.choice.split(":")[0]
        label = tx.offered(person, event.choice) if person and verb != "vote" else None
        if label is None and event.choice in engine.OPENING:
            texts = self.library.content.texts[state.language]
            key = f"menu.{event.choice}"
            label = texts(key) if key in texts else event.choice
        if label is None and verb in engine.PUBLIC:
            label = self._public_label(tx, event.choice, state)
        if event.choice == FORGET_ME and person is None and inbound.address:
            return ""  # forgotten already, and the answer was lost on its way
        if label is None:
            raise NeverOffered(event.choice)
        return label

    def _public_label(self, tx: Tx, choice: str, state: State) -> str | None:
        """What a choice that is everybody's is called; None when there is nothing such to choose."""
        verb, run, question, option, *_ = (*choice.split(":"), "", "", "")
        found = self.poll(tx, int(run), None) if run.isascii() and run.isdigit() and len(run) < MOST_DIGITS else None
        if found is None or not found.definition.questions:
            return None
        if verb == "poll":
            return self.library.content.texts[state.language]("menu.poll")
        return polling.label_of(found, question, option, state.language)

    def poll(self, tx: Tx, run: int, person: str | None) -> PollRun | None:
        """A run of a poll as somebody meets it, in the words that it was opened with."""
        found = tx.poll_run(run, person)
        return self.worded(tx, found) if found else None

    def worded(self, tx: Tx, run: PollRun) -> PollRun:
        """The same run in the words that it was opened with."""
        return replace(run, definition=self.library.poll(run, tx.edition))

    def _world(self, tx: Tx, asked: str | None, before: str | None) -> World:
        """The world in the webinar asked for, else in the person's own while it lasts, else in one that is open."""
        phases = tx.phases()
        live = [code for code in (before, *phases) if code and self.phase(phases, code) in ("planned", "open")]
        code = asked or next(iter(live), before)
        webinar = self.library.content.webinars.get(code or "")
        polling = webinar is not None and tx.polling(webinar.code)
        return World(
            self.clock(), secrets.token_hex(5), webinar, self.phase(phases, code or ""), self.facts, polling=polling
        )

    def phase(self, phases: Mapping[str, str], code: str) -> Phase:
        """How far a webinar has come, by the phases that are kept."""
        today = self.clock().astimezone(SWEDEN).date()
        return phase_of(self.library.content.webinars.get(code), phases.get(code), today)

    def _world_of(self, tx: Tx, inbound: Inbound, state: State) -> World:
        """The world as this event meets it, with a key of its own to give away."""
        elsewhere = {inbound.channel, "mail", "list"} if inbound.channel != "web" else set()
        doors = {door: address for door, address in self.doors.items() if door not in elsewhere}
        world = self._world(tx, inbound.webinar, state.webinar)
        return replace(
            world, token=secrets.token_urlsafe(16), doors=doors, shared=inbound.shared, sends=inbound.channel in SENT
        )

    def _returned(self, tx: Tx, person: str | None, inbound: Inbound, now: dt.datetime) -> tuple[str | None, Inbound]:
        """The person whom a link leads to, at the address it was opened at; who was there becomes the same person."""
        owner = tx.returning(hashed(inbound.returning or ""), now)
        if owner is None:
            return person, replace(inbound, event=Arrived(lost=True))
        if person not in (None, owner) and not inbound.asked:
            return person, replace(inbound, event=Arrived(taken=True))
        address = inbound.address or inbound.fresh_address
        tx.join(inbound.channel, address, owner, now)
        return owner, replace(inbound, address=address, event=Arrived(returned=True))

    def _found(
        self, tx: Tx, person: str | None, needs: Needs, match: Match | None, now: dt.datetime,
        webinar: Webinar | None,
    ) -> Found:  # fmt: skip
        code = tx.offered_round(hashed(needs.key), now) if needs.key else needs.round
        round_ = tx.round(code, person) if code else None
        if person is None:
            public, _ = self._public(tx, "", needs, webinar)
            unknown = Found(match, round=round_, definition=self._walked(tx, round_), public=public)
            return self._polls(tx, None, needs, unknown)
        asker = tx.asker(needs.code) if needs.code else None
        mine = asker is not None and asker[0] == person
        identity = (round_.joint if needs.joint else round_.run) if round_ else needs.run
        run = tx.run(person, identity) if identity else None
        if run and run.round and round_ is None:
            round_ = tx.round(run.round, person)
        found = Found(
            match,
            tx.questions_of(person) if needs.questions else (),
            tx.question(needs.code) if needs.code and mine else None,
            run,
            self._walked(tx, round_ or run),
            tx.run_before(person, run) if run else None,
            *self._public(tx, person, needs, webinar),
            tx.sender_blocked(person),
            round_,
        )
        knocked = tx.knocked(person, now, DESK_ROLES) if needs.desk else None
        found = replace(found, knocked=knocked[1].role) if knocked else found
        return self._polls(tx, person, needs, found)

    def _polls(self, tx: Tx, person: str | None, needs: Needs, found: Found) -> Found:
        """The same with the polls and the feedback that are wanted."""
        if needs.poll is None and needs.polls is None and needs.feedback is None:
            return found
        runs = polling.current(tx.polls(needs.polls, person)) if needs.polls else ()
        return replace(
            found,
            poll=self.poll(tx, needs.poll, person) if needs.poll is not None else None,
            polls=tuple(self.worded(tx, run) for run in runs),
            feedback=tx.feedback_of(needs.feedback, person) if needs.feedback and person else {},
        )

    def _public(
        self, tx: Tx, person: str, needs: Needs, webinar: Webinar | None
    ) -> tuple[tuple[Question, ...], frozenset[int]]:
        """What everybody may see of the questions of a webinar: what is taken up now, then the most wondered.

        And which of it is theirs.
        """
        if not needs.public or webinar is None or webinar.questions != "public":
            return (), frozenset()
        found = sorted(
            tx.public_questions(webinar.code),
            key=lambda each: (each.state == "answered", each.state != "live", -each.votes - each.joined, each.number),
        )
        mine = {each.number for each in found if tx.supports(each.number, person) or tx.asks(each.number, person)}
        return tuple(found), frozenset(mine)

    def _walked(self, tx: Tx, walked: Run | Round | None) -> Checklist | None:
        return self.library.checklist(walked, tx.edition) if walked else None

    def _files(self, tx: Tx, person: str | None, turn: Turn) -> Iterator[Making]:
        """How to make the files that a turn offers."""
        for reply in turn.replies:
            if reply.file and (making := self.media(tx, person, reply.file.name)):
                yield making

    def _forget(self, tx: Tx, inbound: Inbound, person: str | None, turn: Turn, now: dt.datetime) -> Handled:
        erased = tx.erase(person) if person else False
        said = tuple(Message(0, "bot", body(reply), now) for reply in turn.replies)
        self._remember(tx, inbound, None, (0, 0), said, turn.state.language, now)
        return Handled(None, None, said, erased=erased)

    def _remember(
        self, tx: Tx, inbound: Inbound, person: str | None, lines: tuple[int, int], said: Sequence[Message],
        language: str, now: dt.datetime, *, born: bool = False,
    ) -> None:  # fmt: skip
        """The event is handled, never to be handled again, and its channel keeps what is its own."""
        scope = inbound.scope or person
        if scope:
            seen = Seen("", "", *lines) if inbound.scope else Seen(scope, inbound.digest, *lines)
            tx.remember(scope, inbound.key, seen, inbound.channel if born else None, now)
        if inbound.beside:
            inbound.beside(tx, person, said, language)

    def _keep(
        self, tx: Tx, inbound: Inbound, person: str, turn: Turn, label: str, last: int, now: dt.datetime, *, born: bool
    ) -> Handled:
        lines = _lines(inbound.event, turn, label)
        said = last + next((index for index, (sender, _) in enumerate(lines, 1) if sender == "you"), 0)
        of = Occasion(person, now, self.library.content.texts, message=said, waited=inbound.waited)
        asked = carry_out(tx, of, turn.records)
        messages = []
        for number, (sender, reply) in enumerate(lines, last + 1):
            kept = body(reply, asked)
            if reply.file:
                making = self.media(tx, person, reply.file.name)
                kept["file"]["bytes"] = len(making()) if making else 0
            tx.say(person, number, sender, to_keep(kept), now)
            messages.append(Message(number, sender, kept, now))
        tx.keep_state(person, states.dump(turn.state), last + len(lines))
        tx.active(person, now)
        self._remember(
            tx, inbound, person, (last + 1, last + len(lines)), messages, turn.state.language, now, born=born
        )
        address = inbound.fresh_address if born else inbound.address
        return Handled(person, address, tuple(messages), turn.state.language)


def cleaned(event: Event) -> Event:
    """The event with what the person wrote made safe to keep."""
    if isinstance(event, Said):
        found = clean(event.text)
        return Said(found.text, found.removed)
    return event


def _lines(event: Event, turn: Turn, label: str) -> list[tuple[Literal["you", "bot"], Reply]]:
    """The log's new lines: a welcome comes before what the person said, everything else after."""
    mine: list[tuple[Literal["you", "bot"], Reply]] = [("you", Reply("said", label))] if label else []
    silent = not isinstance(event, Said | Chose)
    first = [("bot", reply) for reply in turn.replies if reply.kind == "welcome" and not silent]
    rest = [("bot", reply) for reply in turn.replies if reply.kind != "welcome" or silent]
    return [*first, *mine, *rest]  # type: ignore[list-item]
