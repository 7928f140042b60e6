"""What an outage costs, and making it good.

Telegram keeps a button press for 150 seconds and a message for a day (tdlib/telegram-bot-api, Client.cpp: add_update).
What was pressed while we were away may be gone without a trace, so the open question is asked once more; after a day
the moderators are told that messages may be gone too.
"""

import datetime as dt
import logging
from dataclasses import dataclass

from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.transport import CHANNEL, LOG
from bot.service import Service
from bot.store.reach import Outage
from bot.store.tx import Tx

PRESSES_KEPT = dt.timedelta(seconds=150)
MESSAGES_KEPT = dt.timedelta(hours=24)
STILL_THERE = dt.timedelta(hours=1)
"""Who was heard of so long before an outage was in the middle of something."""
MARK_EVERY = dt.timedelta(seconds=20)


@dataclass
class Away:
    """Keeps the time of the last contact, and notices when it was long ago."""

    service: Service
    receiver: Receiver
    _marked: dt.datetime | None = None
    _outage: Outage | None = None

    @property
    def was(self) -> bool:
        """Whether there was an outage that has not been made good yet."""
        return self._outage is not None

    @property
    def known(self) -> bool:
        """Whether Telegram has been reached since we started."""
        return self._marked is not None or self._outage is not None

    async def in_touch(self) -> None:
        """Telegram has been reached. The mark is not moved before an outage has been made good."""
        now = self.service.clock()
        last = self._marked or await self.service.store.read(lambda tx: tx.last_in_touch(CHANNEL))
        if self._outage is None and last and now - last > PRESSES_KEPT:
            self._outage = Outage(last, now)
            logging.getLogger(LOG).warning("out of touch with Telegram from %s to %s", last, now)
        if self._outage is None and (last is None or self._marked is None or now - last > MARK_EVERY):
            await self.service.store.write(lambda tx: tx.in_touch(CHANNEL, now))
            self._marked = now

    async def make_good(self) -> None:
        """Ask again what stood open; call it when what waited at Telegram has been taken in."""
        outage = self._outage
        if outage is None:
            return

        def left(tx: Tx) -> list[str]:
            return tx.addresses_active(CHANNEL, outage.began - STILL_THERE, outage.ended)

        for address in await self.service.store.read(left):
            await self.receiver.came_back(address, f"back:{outage.began.isoformat()}:{address}")
        now = self.service.clock()

        def good(tx: Tx) -> None:
            if outage.ended - outage.began > MESSAGES_KEPT:
                tx.note_outage(CHANNEL, outage)
            tx.in_touch(CHANNEL, now)

        await self.service.store.write(good)
        self._outage, self._marked = None, now
