"""Tells askers what a moderator has decided, once it can't be taken back any more."""

import asyncio
import datetime as dt

from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.notices import NOTICES
from bot.store.tx import Tx

RETRY_SECONDS = 5.0


async def run(service: Service) -> None:
    """Tell everybody in time, until cancelled."""
    with service.live.listen([NOTICES]) as news:
        while True:
            news.clear()
            try:
                due = await service.store.write(lambda tx: tell(tx, service.clock()))
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            left = None if due is None else max(0.05, (due - service.clock()).total_seconds())
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                continue


def tell(tx: Tx, now: dt.datetime) -> dt.datetime | None:
    """Say all that is due: said and no longer to be said in one transaction. When the next is due."""
    for person, body in tx.notices_due(now):
        tx.say_later(person, "moderator", body, now)
    return tx.next_notice()
