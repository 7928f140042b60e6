"""Telegram's own polls in groups, where a poll's file asks for them: sent, counted apart from ours, and stopped.

They go out through the outbox like everything else; Telegram tells how the votes lie, each time in whole numbers. What
is done with a poll that stands (`settle`) does no harm when it is done twice, and is tried until it has been answered.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.announcing import in_group
from bot.bodies import body
from bot.channels.telegram import wire
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.transport import CHANNEL, LOG, SEND_SECONDS, NotCalled, Refused, Transport, Unknown
from bot.channels.telegram.wire import Counted
from bot.service import Service
from bot.store.native import NativePoll
from bot.store.tx import Tx
from dialogs.records import NativeVotes
from dialogs.replies import Reply

RETRY_SECONDS = 1.0
"""At least; who calls us takes a longer pause."""
Item = tuple[dict[str, Any], dict[str, Any]]
"""A reply as kept, and what its hint says beside."""


def keep(tx: Tx, counted: Counted, now: dt.datetime) -> None:
    """Keep how the votes lie in a native poll, as an update tells it."""
    votes = NativeVotes(counted.voters, counted.options)
    tx.native_counted(CHANNEL, counted.poll, votes, now, update=counted.update, final=counted.closed)


def in_a_group(tx: Tx, service: Service, lane: str, said: dict[str, Any], asked: Sequence[Any] | None) -> list[Item]:
    """What is sent to a group for a reply that asks a poll's question (`asked`: run, question).

    A native poll is asked there once, all of it: for who presses in it is not known, and can't be led on.
    """
    run = service.conversations.poll(tx, asked[0], None) if asked else None
    if asked is None or run is None or run.definition.telegram != "native":
        return [(said, {"poll": asked} if asked else {})]
    missing = [each for each in run.definition.questions if not tx.native_stands(CHANNEL, lane, run.id, each.id)]
    if not missing:
        key = "poll.native_here"
        return [(body(Reply(key, service.library.content.texts[service.settings.language](key))), {})]
    return [in_group(service, run, each, "poll") for each in missing]


@dataclass(frozen=True)
class Natives:
    """Looks after the native polls that stand in groups."""

    service: Service
    transport: Transport
    delivery: Delivery

    async def settle(self) -> float:
        """Stop those whose poll has closed, and find out what is not known. The seconds after which to try again."""
        later = 0.0
        for poll in await self.service.store.read(lambda tx: tx.native_polls(CHANNEL)):
            if poll.state == "closed":
                later = max(later, await self._surely(poll, self._stop))
            elif poll.poll is None:
                later = max(later, await self._surely(poll, self._find_out))
        return later

    async def _surely(self, poll: NativePoll, work: Callable[[NativePoll], Any]) -> float:
        """Do something with a poll; one that is gone, or is none, is let go."""
        if wait := self.delivery.lanes.group_pace.wait(poll.lane, asyncio.get_running_loop().time()):
            return wait
        try:
            await work(poll)
        except (NotCalled, Unknown):
            return RETRY_SECONDS
        except Refused as refusal:
            if refusal.code not in (400, 403):
                return refusal.retry_after or RETRY_SECONDS
            await self._let_go(poll, str(refusal))
        except (KeyError, TypeError, ValueError) as error:
            await self._let_go(poll, type(error).__name__)
        return 0.0

    async def _let_go(self, poll: NativePoll, why: str) -> None:
        logging.getLogger(LOG).info("nothing more is done with a native poll: %s", why)
        await self.service.store.write(lambda tx: tx.native_ended(poll.id))

    async def _stop(self, poll: NativePoll) -> None:
        """Let nobody vote any more; the answer says how it ended."""
        ended = wire.counted(0, await self._call("stopPoll", poll))
        votes = NativeVotes(ended.voters, ended.options)

        def work(tx: Tx) -> None:
            tx.native_known(poll.id, ended.poll)
            tx.native_counted(CHANNEL, ended.poll, votes, self.service.clock(), update=None, final=True)
            tx.native_ended(poll.id)

        await self.service.store.write(work)

    async def _find_out(self, poll: NativePoll) -> None:
        """Ask for Telegram's id of a poll whose sending was cut: only a change brings a message back, so it has a
        button for a moment."""
        label = self.service.library.content.texts[self.service.settings.language]("telegram.repeated")
        button = {"text": label, "callback_data": f"poll:{poll.run}:{poll.question}"}
        try:
            await self._call("editMessageReplyMarkup", poll, reply_markup={"inline_keyboard": [[button]]})
        except Refused as refusal:
            if not refusal.says("not modified"):  # then it has the button from a time before
                raise
        found = await self._call("editMessageReplyMarkup", poll)
        known = wire.counted(0, found["poll"]).poll
        await self.service.store.write(lambda tx: tx.native_known(poll.id, known))

    async def _call(self, method: str, poll: NativePoll, **more: Any) -> Any:
        chat = self.delivery.chats.chat(poll.lane)
        return await self.transport.call(method, {"chat_id": chat, "message_id": poll.message, **more}, SEND_SECONDS)
