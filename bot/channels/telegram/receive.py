"""Takes in updates: once `take` returns, everything an update causes is durable, and it is never taken in twice.

The caller confirms an update to Telegram only then. What is taken in is remembered by its id in a stored set, never as
"greater than the last": ids begin anew at random after a week without updates.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.bodies import body
from bot.channels.telegram import native, wire
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.moderators import Moderators
from bot.channels.telegram.transport import CHANNEL, LOG, NotCalled, Refused, Transport, Unknown
from bot.channels.telegram.wire import Counted, Did, Incoming, Me, Membership, Moved, Place
from bot.conversations import Busy, Inbound, KeyReused, NeverOffered
from bot.in_order import InOrder
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.outbox import Item
from bot.store.tx import Message, Seen, Tx
from dialogs import engine
from dialogs.clean import MOST_CHARACTERS, clean
from dialogs.events import Arrived, CameBack, Chose, Event, Said
from dialogs.replies import Reply, plain

TYPING_AFTER_SECONDS = 1.0
CALL_SECONDS = 10.0
MOST_MESSAGES = 10_000
WEBINAR, ROUND, RETURN, DESK = "w-", "r-", "p-", "m-"
"""What the payload of a deep link begins with."""
VOTE = "vote"
IN_PLACE = ("a", "back", VOTE)
"""Choices on a statement or in a poll: what follows comes in its place, as long as nothing has been said after it."""
MOST_TOLD = 200
"""Characters in the answer to a press (core.telegram.org/bots/api, answerCallbackQuery)."""


@dataclass(frozen=True)
class Receiver:
    """The way of an update into the conversation."""

    service: Service
    transport: Transport
    delivery: Delivery
    me: Me
    moderators: Moderators | None = None
    _in_order: InOrder = field(default_factory=InOrder)
    _told: Pace = field(default_factory=lambda: Pace(1, 0.1))
    _aside: set["asyncio.Task[None]"] = field(default_factory=set)

    async def take(self, update: Any) -> None:
        """Take in an update. StoreUnavailable or Busy, and nothing kept, when it can't be now: then it must come again.

        An update that can't be understood is noted without its content and done with: it must not block its chat.
        """
        try:
            incoming = wire.read(update, self.me)
            async with self._in_order.turn(wire.stands_in(incoming)):
                await self._take(incoming)
        except (StoreUnavailable, Busy):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: this update is to blame and must not come again
            await self._dead_letter(error)

    async def _take(self, incoming: Incoming | None) -> None:
        match incoming:
            case Did() as did:
                await self._did(did)
            case Moved() as moved:
                await self._moved(moved)
            case Membership() as membership:
                await self._membership(membership)
            case Counted() as counted:
                await self.service.store.write(lambda tx: native.keep(tx, counted, self.service.clock()))

    def stands_in(self, update: Any) -> str:
        """In whose order an update is to be taken in, as long as keeping it is tried again."""
        try:
            return wire.stands_in(wire.read(update, self.me))
        except Exception:  # noqa: BLE001 - what can't be read is noted when it is taken in
            return ""

    async def _dead_letter(self, error: Exception) -> None:
        what = type(error).__name__
        logging.getLogger(LOG).error("an update could not be taken in: %s", what)
        self._count("dead")
        await self.service.store.write(lambda tx: tx.dead_letter(CHANNEL, what, self.service.clock()))

    def _count(self, outcome: str) -> None:
        self.service.metrics.events.labels(CHANNEL, outcome).inc()

    # A person did something

    async def _did(self, did: Did) -> None:
        lane = self.delivery.chats.lane_at(did.place.chat)
        address = f"{lane}:{did.place.user}" if did.place.group else lane
        if did.place.message is not None and not did.callback:
            self.delivery.chats.saw(lane, did.place.message)
        if lane in self.delivery.chats.gone:
            await self.delivery.lane_back(lane)
        if self.moderators and lane == self.moderators.lane and await self._moderated(self.moderators, did):
            return
        if did.callback and did.place.group and _verb(did.event) == VOTE:
            await self._voted(did)
            return
        if did.callback and not await self._theirs(did, lane, address):
            return
        if self.service.pace.wait(f"{CHANNEL}:{address}", asyncio.get_running_loop().time()):
            self._too_fast(did)
            return
        if did.edited and not await self._new_words(did, lane):
            return
        if isinstance(did.event, Chose) and did.event.choice.startswith(wire.DIGEST):
            did = replace(did, event=Chose(await self._whole(did.event.choice, address)))
        slow = asyncio.get_running_loop().call_later(TYPING_AFTER_SECONDS, self._typing, did.place)
        try:
            with self.delivery.by_hand(lane) as posted:
                await self._handle(self._inbound(did, lane, address, posted))
        finally:
            slow.cancel()

    async def _moderated(self, moderators: Moderators, did: Did) -> bool:
        """Whether it was something that moderators do in their group; then it has been done, or told why not."""
        now = asyncio.get_running_loop().time()
        if did.callback and self.service.pace.wait(f"{CHANNEL}:{did.place.user}", now):
            told: tuple[str, bool] | None = (
                self.service.library.content.texts[self._language(None)]("web.too_fast"),
                False,
            )
        else:
            told = await moderators.take(did)
        if told and did.callback:
            said, alert = told
            shown = {"text": said[:MOST_TOLD], "show_alert": alert} if said else {}
            self._call("answerCallbackQuery", {"callback_query_id": did.callback, **shown})
        return told is not None

    async def _voted(self, did: Did) -> None:
        """A press under a poll in a group: it is the member's own vote, and confirmed to nobody else.

        It counts for the same person as in their own chat with us, whichever group it is pressed in. We may not write
        to that chat before they have: until then it is one that can't be reached.
        """
        async with self._in_order.turn(str(did.place.user)):  # they may be writing to us for the first time
            await self._vote(did)

    async def _vote(self, did: Did) -> None:
        address, said = str(did.place.user), ""
        known = await self.service.store.read(lambda tx: tx.person_at(CHANNEL, address) is not None)

        def beside(tx: Tx, _person: str | None, _said: Sequence[Message], _language: str) -> None:
            if not known:
                tx.lane_gone(CHANNEL, address, "not started")

        texts = self.service.library.content.texts[self._language(did.language)]
        if self.service.pace.wait(f"{CHANNEL}:{address}", asyncio.get_running_loop().time()):
            said = texts("web.too_fast")
        else:
            inbound = Inbound(
                CHANNEL, did.key, did.event, address, address, self._language(did.language), shared=True,
                scope=CHANNEL, beside=beside,
            )  # fmt: skip
            try:
                handled = await self.service.conversations.handle(inbound)
            except NeverOffered:
                said = texts("poll.gone")
            except KeyReused:
                said = ""
            else:
                said = next((plain(each.body["text"]) for each in handled.messages if each.sender != "you"), "")
                self._count("repeated" if handled.repeated else "handled")
            if not known:
                self.delivery.chats.gone.add(address)
        told = {"text": said[:MOST_TOLD]} if said else {}
        self._call("answerCallbackQuery", {"callback_query_id": did.callback, **told})

    async def _handle(self, inbound: Inbound) -> None:
        """Hand the event over. A press of something never offered here, such as a forged one, is answered politely."""
        try:
            try:
                handled = await self.service.conversations.handle(inbound)
            except NeverOffered:
                handled = await self.service.conversations.handle(replace(inbound, event=Chose(engine.UNKNOWN)))
        except KeyReused:
            self._count("repeated")  # the same id with other words: it has been answered
            return
        self._count("repeated" if handled.repeated else "handled")

    def _inbound(self, did: Did, lane: str, address: str, posted: list[Item]) -> Inbound:
        event, webinar = self._event(did)
        link = did.link or ""
        returning = link.removeprefix(RETURN) if link.startswith(RETURN) and not did.place.group else None
        hint = {
            "thread": did.place.thread,
            "reply": did.place.message if did.place.group and not did.callback else None,
        }
        pressed = did.place.message if _in_place(event) else None

        def beside(tx: Tx, person: str | None, said: Sequence[Message], language: str) -> None:
            mine = next((message.number for message in said if message.sender == "you"), None)
            if person and mine and did.place.message is not None and not did.callback:
                tx.note_posted(CHANNEL, lane, did.place.message, person, mine)
            self._post(tx, lane, person, said, {**hint, "lang": language}, pressed, posted)

        return Inbound(
            CHANNEL, did.key, event, address, address, self._language(did.language), webinar,
            returning=returning, asked=False, shared=did.place.group, scope=CHANNEL, beside=beside,
        )  # fmt: skip

    def _event(self, did: Did) -> tuple[Event, str | None]:
        """What the person did, with the webinar that a link leads to; a link that leads nowhere says so."""
        if isinstance(did.event, Said):
            return Said(did.event.text[:MOST_CHARACTERS]), None
        if isinstance(did.event, Chose):
            return did.event, None
        if not isinstance(did.event, Arrived) or did.link is None:
            return did.event, None
        kind, rest = did.link[:2], did.link[2:]
        if kind == WEBINAR and rest in self.service.library.content.webinars:
            return Arrived(rest), rest
        if kind == ROUND:
            return Arrived(round=rest), None
        if kind == DESK and not did.place.group:
            return Arrived(desk=rest), None
        return Arrived(lost=True), None

    def _post(
        self,
        tx: Tx,
        lane: str,
        person: str | None,
        said: Sequence[Message],
        hint: Mapping[str, Any],
        pressed: int | None,
        posted: list[Item],
    ) -> None:
        """Put the replies into the outbox, and into `posted`.

        A lone statement comes in place of the one pressed, if that is the last thing.

        Where nothing else waits in the chat, the first is handed over in this very transaction.
        """
        replies = [message for message in said if message.sender != "you"]
        given = {name: value for name, value in hint.items() if value is not None}
        if pressed and len(replies) == 1 and replies[0].body.get("kind") in ("statement", "poll"):
            given |= {"edit": pressed} if (tx.newest_in(CHANNEL, lane) or 0) <= pressed else {}
        now = self.service.clock()
        posted.clear()  # of a try that was undone
        for message in replies:
            number = message.number if person else None
            asked = _asked_of_a_group(message.body) if lane.startswith("-") else None
            for kept, also in native.in_a_group(tx, self.service, lane, message.body, asked):
                after = self.delivery.ready(lane, posted) if not posted else None
                posted.append(tx.post_by_hand(CHANNEL, lane, person, number, kept, {**given, **also}, now, after))

    def _language(self, told: str | None) -> str:
        return told if told and told in self.service.library.content.texts else self.service.settings.language

    async def _new_words(self, did: Did, lane: str) -> bool:
        """Whether a changed message is the last thing the person wrote, and says something else now."""
        if did.place.message is None or not isinstance(did.event, Said):
            return False
        message = did.place.message

        def look(tx: Tx) -> str | None:
            person, number = tx.posted(CHANNEL, lane, message) or (None, 0)
            lines = tx.messages(person, number - 1) if person else []
            mine = [line for line in lines if line.sender == "you"]
            return str(mine[0].body["text"]) if len(mine) == 1 and mine[0].number == number else None

        before = await self.service.store.read(look)
        return before is not None and before != clean(did.event.text).text

    async def _theirs(self, did: Did, lane: str, address: str) -> bool:
        """Answer the press at once, so that the button stops waiting. In a group it may be somebody else's button."""
        if not did.place.group:
            self._call("answerCallbackQuery", {"callback_query_id": did.callback})
            return True

        def look(tx: Tx) -> bool:
            posted = tx.posted(CHANNEL, lane, did.place.message or 0)
            person = tx.person_at(CHANNEL, address)
            if posted is None and isinstance(did.event, Chose):
                offered = person is not None and tx.offered(person, did.event.choice) is not None
                return offered or did.event.choice in engine.OPENING
            return posted is not None and posted[0] == person

        theirs = await self.service.store.read(look)
        texts = self.service.library.content.texts[self._language(did.language)]
        said = {} if theirs else {"text": texts("telegram.not_yours")}
        self._call("answerCallbackQuery", {"callback_query_id": did.callback, **said})
        return theirs

    async def _whole(self, digest: str, address: str) -> str:
        """The choice behind a digest, among those offered to this person."""

        def look(tx: Tx) -> str:
            person = tx.person_at(CHANNEL, address)
            said = tx.messages(person, 0, MOST_MESSAGES) if person else []
            offered = (choice["id"] for line in said for choice in line.body.get("choices", ()))
            return next((choice for choice in offered if wire.data(choice) == digest), digest)

        return await self.service.store.read(look)

    def _typing(self, place: Place) -> None:
        self._call("sendChatAction", {**_where(place), "action": "typing"})

    def _too_fast(self, did: Did) -> None:
        """Say once that it went too fast; what was written is not kept."""
        self._count("too_fast")
        if not self._told.wait(str(did.place.chat), asyncio.get_running_loop().time()):
            texts = self.service.library.content.texts[self._language(did.language)]
            self._call("sendMessage", {**_where(did.place), "text": texts("web.too_fast")})

    def _call(self, method: str, params: Mapping[str, Any]) -> None:
        """A call beside everything else: nobody waits for it, and nothing is lost with it."""

        async def call() -> None:
            try:
                await self.transport.call(method, params, CALL_SECONDS)
            except (NotCalled, Unknown, Refused) as error:
                logging.getLogger(LOG).debug("%s: %s", method, error)

        task = asyncio.create_task(call())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def finish(self) -> None:
        """Wait for the calls beside."""
        if self._aside:
            await asyncio.wait(self._aside, timeout=CALL_SECONDS)

    async def came_back(self, address: str, key: str) -> None:
        """Ask somebody again what stood open before an outage; with the same key only once."""
        lane = address.partition(":")[0]

        def beside(tx: Tx, person: str | None, said: Sequence[Message], language: str) -> None:
            self._post(tx, lane, person, said, {"lang": language}, None, posted)

        with self.delivery.by_hand(lane) as posted:
            await self._handle(Inbound(CHANNEL, key, CameBack(), address, address, scope=CHANNEL, beside=beside))

    # Something happened to a chat

    async def _once(self, update: int, work: Callable[[Tx], None]) -> None:
        """Do something for an update, unless it has been done."""

        def take(tx: Tx) -> None:
            if tx.seen(CHANNEL, str(update)) is None:
                tx.remember(CHANNEL, str(update), Seen("", "", 0, 0), None, self.service.clock())
                work(tx)

        await self.service.store.write(take)

    async def _moved(self, moved: Moved) -> None:
        lane, into = self.delivery.chats.lane_at(moved.chat), str(moved.into)
        await self._once(moved.update, lambda tx: tx.move_lane(CHANNEL, lane, into))
        self.delivery.chats.move(lane, into)

    async def _membership(self, membership: Membership) -> None:
        lane = self.delivery.chats.lane_at(membership.chat)
        if membership.inside:
            await self._once(membership.update, lambda tx: self._let_in(tx, lane, membership))
            await self.delivery.lane_back(lane)
        else:
            await self._once(membership.update, lambda tx: tx.lane_gone(CHANNEL, lane, "my_chat_member"))
            self.delivery.chats.gone.add(lane)

    def _let_in(self, tx: Tx, lane: str, membership: Membership) -> None:
        """In a group: say who came, and how to be heard by it."""
        if membership.group and membership.came:
            language = self._language(None)
            text = self.service.library.content.texts[language]("telegram.group", name=self.me.username)
            tx.post(
                CHANNEL, lane, None, None, body(Reply("telegram.group", text)), {"lang": language}, self.service.clock()
            )


def _where(place: Place) -> dict[str, int]:
    """The chat, and the topic in it."""
    return {"chat_id": place.chat, **({"message_thread_id": place.thread} if place.thread else {})}


def _verb(event: Event) -> str | None:
    return event.choice.split(":")[0] if isinstance(event, Chose) else None


def _in_place(event: Event) -> bool:
    return _verb(event) in IN_PLACE


def _asked_of_a_group(body: Mapping[str, Any]) -> list[Any] | None:
    """The run and the question of a poll that a message asks everybody in a group."""
    votes = [each["id"].split(":") for each in body.get("choices", ()) if each["id"].startswith(f"{VOTE}:")]
    return [int(votes[0][1]), votes[0][2]] if votes else None
