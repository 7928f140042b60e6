"""How the votes lie, in the messages of groups under which they are given: changed as votes come, but not too often.

An edit that is lost does no harm, since the next one says it all: so these go past the outbox, and give way to it.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from bot.bodies import body
from bot.channels.telegram import wire
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.native import Natives
from bot.channels.telegram.transport import LOG, SEND_SECONDS, NotCalled, Refused, Transport, Unknown
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.polls import POLLS, PollPost
from bot.store.tx import Tx
from dialogs import polling
from dialogs.context import Context
from dialogs.records import PollRun
from dialogs.state import State
from dialogs.world import World

EVERY_SECONDS = 4.0
"""A message is changed at most so often."""
Found = list[tuple[PollPost, PollRun | None]]


@dataclass
class Tallies:
    """Keeps the polls' messages in groups up to date."""

    service: Service
    transport: Transport
    delivery: Delivery
    _said: dict[PollPost, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        with self.service.live.listen([POLLS]) as news:
            while True:
                news.clear()
                try:
                    later = await self._round()
                except Exception as error:  # a mistake with one poll must not stop all others
                    if not isinstance(error, StoreUnavailable):
                        logging.getLogger(LOG).exception("tallies go on after a mistake of ours")
                    later = EVERY_SECONDS
                await asyncio.sleep(max(EVERY_SECONDS, later))
                if not later:
                    await news.wait()

    async def _round(self) -> float:
        """Change every message that says something old. The seconds after which to try again; 0 when all is said."""
        later = await Natives(self.service, self.transport, self.delivery).settle()
        for post, run in await self.service.store.read(self._look):
            later = max(later, await self._say(post, run))
        return later

    def _look(self, tx: Tx) -> Found:
        return [(post, self.service.conversations.poll(tx, post.run, None)) for post in tx.poll_posts()]

    async def _say(self, post: PollPost, run: PollRun | None) -> float:
        question = run.definition.question_by_id.get(post.question) if run else None
        if run is None or question is None:
            await self._drop(post)
            return 0.0
        context = Context(self.service.library.content, State(language=post.language), World(self.service.clock(), ""))
        page = f"{self.service.base}/w/{run.webinar}/omrostning"
        reply = polling.group_post(context, run, question, page)
        if self._said.get(post) != reply.text:
            if wait := self.delivery.lanes.group_pace.wait(post.lane, asyncio.get_running_loop().time()):
                return wait
            chat = self.delivery.chats.chat(post.lane)
            [call, *_] = wire.calls(body(reply), chat, {"edit": post.message}, self.delivery.wording(post.language))
            try:
                await self._edit(post, call)
            except Refused as refusal:
                return refusal.retry_after or EVERY_SECONDS
            except (NotCalled, Unknown):
                return EVERY_SECONDS
            self._said[post] = reply.text
        if run.state == "closed":
            await self._drop(post)
        return 0.0

    async def _edit(self, post: PollPost, call: wire.Call) -> None:
        """A message that is gone is let go; that one says so already is no harm."""
        try:
            await self.transport.call(call.method, call.params, SEND_SECONDS)
        except Refused as refusal:
            if refusal.code not in (400, 403):
                raise
            if not refusal.says("not modified"):
                logging.getLogger(LOG).info("a poll in a group can't be changed any more: %s", refusal)
                await self._drop(post)

    async def _drop(self, post: PollPost) -> None:
        self._said.pop(post, None)
        await self.service.store.write(partial(Tx.drop_poll_post, post=post))
