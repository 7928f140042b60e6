"""What is said to everybody in a webinar: kept first, then told in batches, so that a crash skips nobody."""

import asyncio
import datetime as dt
import json

from bot.bodies import body
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.announcements import ANNOUNCEMENTS
from bot.store.tx import Tx
from dialogs.replies import Reply
from dialogs.state import load

AT_ONCE = 200
RETRY_SECONDS = 5.0


def set_phase(tx: Tx, code: str, phase: str, now: dt.datetime) -> None:
    """Open or close a webinar; when that changes something, everybody in it is to be told."""
    if tx.phases().get(code, "closed") != phase:
        tx.set_phase(code, phase, now)
        tx.announce(code, f"announce.{phase}", now)


async def run(service: Service) -> None:
    """Tell everybody, until cancelled."""
    with service.live.listen([ANNOUNCEMENTS]) as news:
        while True:
            news.clear()
            try:
                more = True
                while more:
                    more = await service.store.write(lambda tx: tell_some(tx, service))
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await news.wait()


def tell_some(tx: Tx, service: Service) -> bool:
    """Tell the next people of the oldest announcement. False when there is nobody left to tell."""
    found = tx.announcement()
    if found is None:
        return False
    identity, code, phrase, after = found
    webinar, now = service.library.content.webinars.get(code), service.clock()
    if webinar is None:
        tx.announced(identity, None)
        return True
    people = tx.gathered(code, after, AT_ONCE)
    for person, state in people:
        language = load(json.loads(state)).language
        text = service.library.content.texts[language](phrase, title=webinar.title[language])
        tx.say_later(person, "bot", body(Reply(phrase, text, "announcement")), now, code)
    tx.announced(identity, people[-1][0] if people else None)
    return True
