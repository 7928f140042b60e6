"""Long polling: an update is confirmed, by asking for what follows it, only when everything it caused is durable."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from bot.channels.telegram.away import Away
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.transport import (
    FIRST_RETRY_SECONDS,
    LOG,
    LONGEST_RETRY_SECONDS,
    NotCalled,
    Refused,
    Transport,
    Unknown,
)
from bot.channels.telegram.wire import ALLOWED_UPDATES
from bot.conversations import Busy
from bot.in_order import InOrder
from bot.ports import StoreUnavailable

POLL_SECONDS = 50
"""The longest that Telegram waits before it answers an empty queue (tdlib/telegram-bot-api, Client.h)."""
MOST_UPDATES = 100


@dataclass
class Poller:
    """Asks for updates, again and again."""

    transport: Transport
    receiver: Receiver
    away: Away
    _failures: int = 0
    _in_order: InOrder = field(default_factory=InOrder)

    async def run(self) -> None:
        """Ask until cancelled, however often asking fails."""
        offset = None
        while True:
            try:
                updates = await self._ask(offset)
                self._failures = 0
                await self.away.in_touch()
                await asyncio.gather(*(self._take(update) for update in updates))
                if not updates and self.away.was:
                    await self.away.make_good()
            except Exception as error:  # noqa: BLE001 - whatever came in place of updates: ask again
                self._failures += 1
                await self._pause(error, self._failures)
                continue
            offset = _after(updates)

    async def _ask(self, offset: int | None) -> list[Any]:
        """The next updates. Without an offset it asks for everything unconfirmed: ids may begin anew when it was quiet.

        It does not wait as long as there may have been an outage: what had piled up is to be taken in at once.
        """
        wait = POLL_SECONDS if self.away.known and not self.away.was and not self._failures else 0
        params: dict[str, Any] = {"timeout": wait, "limit": MOST_UPDATES, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            params["offset"] = offset
        found: list[Any] = await self.transport.call("getUpdates", params, wait + 10)
        return found

    async def _take(self, update: Any) -> None:
        """Take in an update, however long storing may fail: it is not confirmed before, nor overtaken in its chat."""
        async with self._in_order.turn(self.receiver.stands_in(update)):
            failures = 0
            while True:
                try:
                    await self.receiver.take(update)
                except (StoreUnavailable, Busy):
                    failures += 1
                    await asyncio.sleep(min(FIRST_RETRY_SECONDS * 2**failures, 5.0))
                else:
                    return

    async def _pause(self, error: Exception, failures: int) -> None:
        seconds = min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_RETRY_SECONDS)
        if isinstance(error, Refused) and error.code in (401, 404):
            logging.getLogger(LOG).error("Telegram does not know this bot: check TELEGRAM_TOKEN")
            seconds = LONGEST_RETRY_SECONDS
        elif isinstance(error, Refused):
            logging.getLogger(LOG).warning("can't ask for updates: %s", error)
            seconds = max(seconds, error.retry_after or 0.0)
        elif isinstance(error, NotCalled | Unknown):
            if failures == 1:
                logging.getLogger(LOG).warning("can't reach Telegram (%s); trying again", error)
        else:
            logging.getLogger(LOG).error("can't take in updates (%s); trying again", type(error).__name__)
        await asyncio.sleep(seconds)


def _after(updates: list[Any]) -> int | None:
    """The offset that confirms these updates; None when there were none."""
    ids = [
        update["update_id"]
        for update in updates
        if isinstance(update, dict) and isinstance(update.get("update_id"), int)
    ]
    return ids[-1] + 1 if ids else None
