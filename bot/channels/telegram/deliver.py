"""The only sender: takes what lies in the outbox, chat by chat in order, at the pace that Telegram allows.

- A row is marked as handed over, durably, before its call leaves (where nothing waits before it, by the transaction
  that made it), and removed after its answer has come. What has been
  handed over and not removed is unknown: sent or not. Telegram has no key that would make a send repeatable, but an
  edit is: so an unknown message is first looked for, by editing the messages that it may have become into itself
  (`_look`). Only when none of them is it, it is sent once more, and says so.
- A person who waits goes before a broadcast. Replies are held per chat only; a broadcast also over all chats.
- A refusal to go on (429) holds the chat that it concerns and nobody else.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.channels.telegram import wire
from bot.channels.telegram.chats import Chats
from bot.channels.telegram.lanes import Lane, Lanes
from bot.channels.telegram.transport import (
    CHANNEL,
    FIRST_RETRY_SECONDS,
    LOG,
    LONGEST_RETRY_SECONDS,
    MOST_CONNECTIONS,
    SEND_SECONDS,
    UPLOAD_SECONDS,
    NotCalled,
    Refused,
    Transport,
    Unknown,
)
from bot.channels.telegram.wire import Call, Upload
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.outbox import CARDS, MOST_AT_ONCE, OUTBOX, Item
from bot.store.tx import Tx
from dialogs.texts import Texts

GROUP_BURST, GROUP_PER_SECOND = 3, 15 / 60
"""Never more than 20 in any minute (core.telegram.org/bots/faq: "20 messages per minute to the same group")."""
CHAT_BURST = 3
BULK_BURST_SECONDS = 0.05
UNLIMITED = 1e12
SETTLE_SECONDS = 3.0
"""How long an unknown message may still be on its way before it is looked for."""
MOST_LOOKS = 200
LATEST_MARK_SECONDS = 0.02
"""How long what has come of a send may wait to be kept together with others; in a crash it is looked for."""
LEAST_AT_ONCE, SECONDS_A_CALL = 8, 0.002
"""Calls under way at once: one for each 2 ms that an answer takes, which is 500 a second however slow it is."""
STOP_SECONDS = 3.0
GONE = (
    "chat not found", "user is deactivated", "group chat was deleted", "peer_id_invalid", "not enough rights",
    "have no rights", "topic_closed",
)  # fmt: skip
NOT_THERE = ("not found", "can't be edited", "invalid")
Mark = Callable[[Tx], object]


@dataclass
class Promise:
    """To send something at once that is not committed yet."""

    posted: list[Item]
    """What it is the first of."""
    met: list[Item] = field(default_factory=list)
    """What has been fetched for the lane meanwhile."""


class Delivery:
    """Sends what is in the outbox."""

    def __init__(self, service: Service, transport: Transport) -> None:
        settings = service.settings
        self.service, self.transport = service, transport
        group = Pace(GROUP_BURST, GROUP_PER_SECOND) if settings.telegram_chat_rate else _pace(0, 0)
        self.lanes = Lanes(
            _pace(settings.telegram_chat_rate, CHAT_BURST),
            group,
            _pace(settings.telegram_bulk_rate, settings.telegram_bulk_rate * BULK_BURST_SECONDS),
        )
        self.chats = Chats()
        self._marks: list[Mark] = []
        self._handed: list[Lane] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._slowness = 0.0
        self._wordings: dict[str, tuple[Texts, wire.Wording]] = {}
        self._last = 0
        self._taken: set[int] = set()
        """Rows that were given to us by hand, as long as a fetch could bring them."""
        self._keep_by = 0.0
        self._turn = 0.0
        """When the next thing to everybody may leave."""
        self._promised: dict[str, Promise] = {}
        """Lanes that something is being handed over for right now."""
        self._stopping = False
        self._keeping = asyncio.Lock()
        """Held while marks are on their way into the store: those that fail come before what follows them."""
        self.knows = asyncio.Event()
        """Set once it is known which groups have become others."""
        self._unknown = 0
        self._fresh, self._stir = True, asyncio.Event()

    async def run(self) -> None:
        """Send until stopped."""
        watching = asyncio.create_task(self._watch())
        try:
            remembered = await self._remembered()
            while not (remembered or self._stopping):
                await asyncio.sleep(FIRST_RETRY_SECONDS)
                remembered = await self._remembered()
            self.knows.set()
            while not self._stopping:
                self._stir.clear()
                await self._round()
                await self._wait()
        finally:
            watching.cancel()
            if self._sending:
                _, late = await asyncio.wait(self._sending, timeout=STOP_SECONDS)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
            with suppress(StoreUnavailable):
                self._handed.clear()
                never_sent = [lane.items[0].id for lane in self.lanes if lane.items and lane.items[0].handed]
                self._marks += [partial(Tx.take_back, item=item) for item in never_sent]
                self._keep_by = 0.0
                await self._keep()

    def stop(self) -> None:
        """End `run` when what is under way has been answered."""
        self._stopping = True
        self._stir.set()

    async def _remembered(self) -> bool:
        """Look up what was known before a restart. False when that can't be read right now."""

        def look(tx: Tx) -> tuple[dict[str, str], set[str], dict[str, int], int]:
            unknown = tx.count_unsent(CHANNEL).get("sending", 0)
            return tx.moved(CHANNEL), tx.lanes_gone(CHANNEL), tx.newest_posted(CHANNEL), unknown

        try:
            moved, gone, newest, self._unknown = await self.service.store.read(look)
        except StoreUnavailable:
            return False
        self.chats.recall(moved, gone, newest)
        return True

    async def _watch(self) -> None:
        """Notice when something new is to be sent."""
        with self.service.live.listen([OUTBOX]) as news:
            while True:
                await news.wait()
                news.clear()
                self._fresh = True
                self._stir.set()

    async def _round(self) -> None:
        try:
            if self._fresh:
                await self._fetch()
            self._choose()
            await self._keep()
        except Exception as error:  # a mistake with one message must not silence all others
            if not isinstance(error, StoreUnavailable):
                logging.getLogger(LOG).exception("sending goes on after a mistake of ours")
            self._fresh = True
            await asyncio.sleep(FIRST_RETRY_SECONDS)
            self._stir.set()

    async def _wait(self) -> None:
        now = asyncio.get_running_loop().time()
        due = [self.lanes.due(now, room=self._under_way < self._most_at_once())]
        due += [self._keep_by - now] if self._marks else []
        soonest = min((max(0.0, each) for each in due if each is not None), default=None)
        try:
            async with asyncio.timeout(soonest):
                await self._stir.wait()
        except TimeoutError:
            pass

    # What is to be sent

    async def _fetch(self) -> None:
        self._fresh = False
        while items := await self.service.store.read(lambda tx: tx.unsent(CHANNEL, self._last)):
            for item in items:
                if promise := self._promised.get(item.lane):
                    promise.met += [] if item.unknown else [item]  # that one is the one promised
                elif item.id not in self._taken:
                    self._add(item)
            self._last = items[-1].id
            if len(items) < MOST_AT_ONCE:
                break

    @contextmanager
    def by_hand(self, lane: str) -> Iterator[list[Item]]:
        """Gives a list for what is put into the outbox for a chat: it is sent without being fetched.

        Nothing of it is where the block raises, for then its transaction has come to nothing.
        """
        posted: list[Item] = []
        try:
            yield posted
        except BaseException:
            posted.clear()
            raise
        finally:
            self._take_in(lane, posted)

    def ready(self, lane: str, posted: list[Item]) -> int | None:
        """The newest message known, where the first of `posted` can be sent at once; None where it must wait.

        It is asked within a transaction, in the store's thread. What is fetched for the lane meanwhile comes after it.
        """
        known = lane in self.lanes or lane in self._promised or lane in self.chats.gone
        if known or len(self.lanes) + len(self._promised) >= LEAST_AT_ONCE:
            return None
        self._promised[lane] = Promise(posted)
        return self.chats.newest(lane)

    def _take_in(self, lane: str, posted: list[Item]) -> None:
        promise, met = self._promised.get(lane), dict[int, Item]()
        if promise and promise.posted is posted:
            met = {item.id: item for item in self._promised.pop(lane).met}
        for identity, item in sorted({**met, **{item.id: item for item in posted}}.items()):
            if item.handed or identity in met or identity > self._last:  # the others have been fetched meanwhile
                self._taken.add(identity)
                self._add(item)
        self._stir.set()

    def _add(self, item: Item) -> None:
        if item.lane in self.chats.gone:
            self._marks.append(partial(Tx.hold, item=item.id))
            return
        lane = self.lanes.lane(item.lane)
        if item.unknown:
            item.upto = self._may_have_become(lane, item)
        self.lanes.add(lane, item)

    async def lane_back(self, lane: str) -> None:
        """A chat can be reached again: what waited there is sent.

        What was to be held there and is not yet kept comes first, so that it is let go with the rest. StoreUnavailable
        when that can't be kept.
        """
        async with self._keeping:
            await self._lane_back(lane)

    async def _lane_back(self, lane: str) -> None:
        was_gone = lane in self.chats.gone
        self.chats.gone.discard(lane)
        ours, fetched, taken = self._in_hand(lane), self._last, self._taken.copy()
        marks, self._marks = self._marks, []

        def work(tx: Tx) -> list[Item]:
            for mark in marks:
                mark(tx)
            tx.lane_back(CHANNEL, lane)
            return tx.unsent_in(CHANNEL, lane)

        try:
            items = await self.service.store.write(work)
        except Exception:
            self._marks = [*marks, *self._marks]
            self.chats.gone |= {lane} if was_gone else set()
            raise
        ours |= self._in_hand(lane)
        for item in items:
            if not item.unknown and item.id not in ours and (item.id <= fetched or item.id in taken):
                self._add(item)
        if was_gone:
            self.service.live.wake([CARDS])  # what has never been said there left nothing in the store
        self._fresh = True
        self._stir.set()

    def _in_hand(self, lane: str) -> set[int]:
        return {item.id for item in self.lanes.lane(lane).items} if lane in self.lanes else set()

    def _may_have_become(self, lane: Lane, item: Item) -> int:
        """The last message that can have come of what is unknown now: each of those is one, with one heard between."""
        newest = max(self.chats.newest(lane.id), item.after or 0)
        return newest + 2 * self._unknown + 4

    def _sleep(self, lane: Lane, seconds: float) -> None:
        self.lanes.sleep(lane, asyncio.get_running_loop().time() + seconds)

    # Whose turn it is

    def _choose(self) -> None:
        now = asyncio.get_running_loop().time()
        self.lanes.wake(now)
        while self._under_way < self._most_at_once() and (lane := self.lanes.next(now)):
            self._under_way += 1
            head = lane.items[0]
            if head.handed and head.after is not None:
                head.handed = False
                self._send(lane, head.after)
            else:
                self._handed.append(lane)

    def _most_at_once(self) -> int:
        """How many calls to have under way: as many as Telegram's slowness asks for, for each is unknown in a crash."""
        return max(LEAST_AT_ONCE, min(MOST_CONNECTIONS, round(self._slowness / SECONDS_A_CALL)))

    async def _keep(self) -> None:
        """Make durable what has come of the calls, and what is handed over now; then it is sent."""
        async with self._keeping:
            await self._keep_all()

    async def _keep_all(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._handed and (not self._marks or now < self._keep_by):
            return
        after = [self._since(lane) for lane in self._handed]
        (marks, self._marks), (handed, self._handed) = (self._marks, []), (self._handed, [])

        def work(tx: Tx) -> list[bool]:
            for mark in marks:
                mark(tx)
            return [tx.hand_over(lane.items[0].id, since) for lane, since in zip(handed, after, strict=True)]

        try:
            wanted = await self.service.store.write(work)
            self._keep_by = asyncio.get_running_loop().time() + LATEST_MARK_SECONDS
            self._forget_taken()
        except Exception:
            self._marks, self._handed = [*marks, *self._marks], [*handed, *self._handed]
            raise
        for lane, since, still in zip(handed, after, wanted, strict=True):
            if still:
                self._send(lane, since)
            else:
                lane.items.popleft()  # its person has been forgotten meanwhile
                self._under_way -= 1
                self.lanes.rest(lane)
                self._stir.set()

    def _forget_taken(self) -> None:
        """What was taken in by hand and is durably done can't be fetched any more."""
        if len(self._taken) > MOST_AT_ONCE + 2 * len(self.lanes) and not self._marks:
            self._taken = {item.id for lane in self.lanes for item in lane.items}

    def _since(self, lane: Lane) -> int:
        """The newest message known as the head of a lane was first handed over: it has become a later one, if any."""
        item = lane.items[0]
        return item.after if item.unknown and item.after is not None else self.chats.newest(lane.id)

    # Sending

    def _send(self, lane: Lane, since: int) -> None:
        item = lane.items[0]
        item.after = since
        task = asyncio.create_task(self._sent(lane, item))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _sent(self, lane: Lane, item: Item) -> None:
        try:
            await self._in_step(lane)
            await self._attempt(lane, item)
            lane.tries = 0
        except NotCalled:
            self._again(lane, item, self._backoff(lane))
        except Unknown:
            self._unsure(lane, item)
        except Refused as refusal:
            self._refused(lane, item, refusal)
        except Exception:
            logging.getLogger(LOG).exception("a message could not be made")
            self._give_up(lane, item, "could not be made")
        self._under_way -= 1
        self._stir.set()

    async def _in_step(self, lane: Lane) -> None:
        """Space what goes to everybody evenly as it leaves: what was let go at one time may come out of the commit in a
        bunch. Replies do not wait, but what follows them does."""
        rate = self.service.settings.telegram_bulk_rate
        if rate:
            now = asyncio.get_running_loop().time()
            turn = min(max(now, self._turn), now + 1)
            self._turn = turn + 1 / rate
            if not lane.urgent:
                await asyncio.sleep(turn - now)

    async def _attempt(self, lane: Lane, item: Item) -> None:
        """Send the next part of an item; raises what the call raises."""
        calls = self._calls(lane, item)
        call, last = calls[item.part], item.part + 1 == len(calls)
        if item.unknown and not call.repeatable:
            if found := await self._look(lane, item, call):
                self._done(lane, item, found, last=last)
                return
            call, item.after = wire.repeated(call, self._words(item)), self.chats.newest(lane.id)
            self._count("repeated")
        call = await self._with_files(call, item)
        began = asyncio.get_running_loop().time()
        result = await self.transport.call(
            call.method, call.params, SEND_SECONDS if call.method == "sendMessage" else UPLOAD_SECONDS
        )
        self._slowness += (asyncio.get_running_loop().time() - began - self._slowness) / 20
        self._count("sent")
        self._done(lane, item, _message(call, result), last=last, native=_native(result))

    async def _with_files(self, call: Call, item: Item) -> Call:
        """The call with the content of what it names; ValueError when there is no such file any more."""
        made = {}
        for name, value in call.params.items():
            if isinstance(value, Upload):
                made[name] = Upload(value.name.rpartition("/")[2], await self._content(item, value.name))
        return replace(call, params={**call.params, **made}) if made else call

    async def _content(self, item: Item, name: str) -> bytes:
        """Whoever the item is for now: its person may have become another since it was fetched."""
        making = await self.service.store.read(lambda tx: self.service.media(tx, tx.person_of(item.id), name))
        if making is None:
            raise ValueError(name)
        return await asyncio.to_thread(making)

    def _calls(self, lane: Lane, item: Item) -> tuple[Call, ...]:
        return wire.calls(item.body, self.chats.chat(lane.id), item.hint, self._words(item))

    def _words(self, item: Item) -> wire.Wording:
        return self.wording(item.hint["lang"])

    def wording(self, language: str) -> wire.Wording:
        """The phrases of this channel in a language."""
        texts = self.service.library.content.texts[language]
        known = self._wordings.get(texts.language)
        if known is None or known[0] is not texts:
            keys = ("page.source", "telegram.notice", "telegram.reply_here", "telegram.repeated")
            known = self._wordings[texts.language] = (texts, wire.Wording(*map(texts, keys)))
        return known[1]

    async def _look(self, lane: Lane, item: Item, call: Call) -> int | None:
        """The message that an unknown one has become, found by editing what it may be into what it should be."""
        since, box = item.after or 0, self.chats.box(lane.id)
        upto = min(item.upto, since + MOST_LOOKS)
        known = await self.service.store.read(lambda tx: tx.posted_between(CHANNEL, since, upto))
        taken = {message for each, message in known if self.chats.box(each) == box}
        for message in range(since + 1, upto + 1):
            edit = wire.as_edit(call, message) if message not in taken else None
            if edit and await self._is_there(edit):
                self._count("found")
                return message
            item.after = message  # not this one: a look that is broken off goes on after it
        return None

    async def _is_there(self, edit: Call) -> bool:
        try:
            await self.transport.call(edit.method, edit.params, SEND_SECONDS)
        except Refused as refusal:
            if refusal.code != 400 or not refusal.says("not modified", *NOT_THERE):
                raise
            return refusal.says("not modified")
        return True

    # What comes of it

    def _done(self, lane: Lane, item: Item, message: int | None, *, last: bool, native: str | None = None) -> None:
        self._settled(item)
        if message is not None:
            self.chats.saw(lane.id, message)
        sent = partial(Tx.part_sent, item=item.id, channel=CHANNEL, message=message, parts_left=not last, native=native)
        self._marks.append(sent)
        item.part += 1
        if last and lane.items and lane.items[0] is item:
            lane.items.popleft()
        self.lanes.rest(lane)

    def _again(self, lane: Lane, item: Item, seconds: float) -> None:
        if not item.unknown:
            self._marks.append(partial(Tx.take_back, item=item.id))
        self._sleep(lane, seconds)

    def _unsure(self, lane: Lane, item: Item) -> None:
        if not self._calls(lane, item)[item.part].repeatable:
            if not item.unknown:
                item.unknown = True
                self._unknown += 1
                self._count("unknown")
            item.upto = self._may_have_become(lane, item)  # also of what has been sent once more
        self._sleep(lane, SETTLE_SECONDS + self._backoff(lane))

    def _settled(self, item: Item) -> None:
        if item.unknown:
            item.unknown = False
            self._unknown -= 1

    def _refused(self, lane: Lane, item: Item, refusal: Refused) -> None:
        if refusal.code == 429:
            self._again(lane, item, float(refusal.retry_after or self._backoff(lane)))
        elif refusal.code in (401, 404):
            logging.getLogger(LOG).error("Telegram does not know this bot: check TELEGRAM_TOKEN")
            self._again(lane, item, LONGEST_RETRY_SECONDS)
        elif refusal.into is not None:
            self.chats.move(lane.id, str(refusal.into))
            self._marks.append(partial(Tx.move_lane, channel=CHANNEL, lane=lane.id, into=str(refusal.into)))
            self._again(lane, item, 0.0)
        elif item.hint.get("native") and refusal.code == 400 and refusal.says("poll"):
            self._as_buttons(lane, item, refusal)
        elif refusal.code == 403 or refusal.says(*GONE):
            self._gone(lane, refusal.why)
        elif item.hint.get("edit"):
            self._not_edited(lane, item, refusal)
        else:
            logging.getLogger(LOG).warning("a message was refused: %s", refusal)
            self._give_up(lane, item, str(refusal))

    def _as_buttons(self, lane: Lane, item: Item, refusal: Refused) -> None:
        """A group may allow messages and no polls: it is asked with buttons rather than not at all."""
        logging.getLogger(LOG).info("a native poll was refused, and is asked with buttons: %s", refusal)
        item.hint = {name: value for name, value in item.hint.items() if name != "native"}
        self._marks.append(partial(Tx.change_hint, item=item.id, hint=item.hint))
        self._again(lane, item, 0.0)

    def _not_edited(self, lane: Lane, item: Item, refusal: Refused) -> None:
        """It says what it should already, or can't be changed any more: then it comes as a message of its own."""
        if refusal.says("not modified"):
            self._done(lane, item, item.hint["edit"], last=True)
        else:
            item.hint = {**item.hint, "edit": None}
            self._again(lane, item, 0.0)

    def _gone(self, lane: Lane, why: str) -> None:
        self._count("gone")
        self.chats.gone.add(lane.id)
        for item in lane.items:
            self._settled(item)
        lane.items.clear()
        self._marks.append(partial(Tx.lane_gone, channel=CHANNEL, lane=lane.id, why=why))
        self.lanes.rest(lane)

    def _give_up(self, lane: Lane, item: Item, why: str) -> None:
        self._count("refused")
        self._settled(item)
        self._marks.append(partial(Tx.refuse, item=item.id, why=why))
        lane.items.popleft()
        self.lanes.rest(lane)

    def _backoff(self, lane: Lane) -> float:
        """Seconds until the next try: doubled each time, with jitter, so that not all come back at once."""
        lane.tries += 1
        longest = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(lane.tries - 1, 10))
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads, keeps no secret

    def _count(self, outcome: str) -> None:
        self.service.metrics.sends.labels(CHANNEL, outcome).inc()


def _pace(per_second: float, burst: float) -> Pace:
    return Pace(max(1.0, burst), per_second) if per_second else Pace(UNLIMITED, UNLIMITED)


def _native(result: Any) -> str | None:
    """Telegram's id of the poll that a call sent, if it did."""
    poll = result.get("poll") if isinstance(result, dict) else None
    return str(poll["id"]) if isinstance(poll, dict) and "id" in poll else None


def _message(call: Call, result: Any) -> int | None:
    """The message that a call made or changed."""
    if isinstance(result, dict) and isinstance(result.get("message_id"), int):
        return int(result["message_id"])
    edited = call.params.get("message_id")
    return edited if isinstance(edited, int) else None
