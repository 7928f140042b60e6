"""Says on the day what people have asked to be reminded of: in the chat, or by e-mail."""

import asyncio
import datetime as dt
import logging
import secrets

from bot.bodies import body
from bot.ports import StoreUnavailable
from bot.post import Letter, NotSent, Post
from bot.service import Service
from bot.store.reminders import HERE, MAIL
from bot.store.rows import hashed
from bot.store.tx import Tx
from dialogs.reminding import reminder
from dialogs.replies import bare
from dialogs.state import load
from dialogs.world import World

EVERY_SECONDS = 60.0
FROM_HOUR = 8
"""Nobody is woken by a reminder."""
MOST_DAYS_LATE = 7
"""After so many days a letter that can't be sent is given up, and its address forgotten."""


async def run(service: Service) -> None:
    """Remind people, until cancelled."""
    while True:
        try:
            await remind(service)
        except StoreUnavailable:
            logging.getLogger("bot.reminding").warning("cannot store; trying again")
        await asyncio.sleep(EVERY_SECONDS)


async def remind(service: Service) -> None:
    """Everything that is due by now."""
    now = service.clock()
    if now.hour < FROM_HOUR:
        return
    await service.store.write(lambda tx: _say(tx, service, now))
    for identity, _, day in await service.store.read(lambda tx: tx.reminders_due(now.date(), MAIL)):
        await _mail(service, identity, day, now)


def _say(tx: Tx, service: Service, now: dt.datetime) -> None:
    """Said and noted as said in one transaction: once."""
    for identity, person, day in tx.reminders_due(now.date(), HERE):
        found = tx.run(person, identity)
        if found:
            language = load(tx.state(person)[0]).language
            world = World(now, "")
            tx.say_later(person, "bot", body(reminder(service.library.content, found, language, world)), now)
        tx.reminded(identity, day, now)


async def _mail(service: Service, identity: str, day: dt.date, now: dt.datetime) -> None:
    """One letter, noted as sent once the server has taken it: a crash in between sends it twice rather than never."""
    token = secrets.token_urlsafe(16)
    written = await service.store.read(lambda tx: _letter(tx, service, identity, token))
    if written:
        try:
            await asyncio.to_thread(_send, service.post, written)
        except NotSent as error:
            late = (now.date() - day).days >= MOST_DAYS_LATE
            what = "given up" if late else "trying again"
            logging.getLogger("bot.reminding").warning("a letter was not sent (%s); %s", error, what)
            if not late:
                return

    def done(tx: Tx) -> None:
        tx.reminded(identity, day, now)
        if written:
            tx.letter_sent(identity, written.to, hashed(token))

    await service.store.write(done)


def _send(post: Post | None, written: Letter) -> None:
    if post is None:
        raise NotSent("SMTP_URL is not set any more")
    post.send(written)


def _letter(tx: Tx, service: Service, identity: str, token: str) -> Letter | None:
    """The reminder as a letter, with a token to say no by; None when nobody has said yes to it."""
    found, owner = tx.mail_of(identity), tx.run_owner(identity)
    run = tx.run(owner, identity) if owner else None
    if found is None or run is None:
        return None
    address, language = found
    said = reminder(service.library.content, run, language, World(service.clock(), ""))
    return letter(service, address, language, "mail.reminder", token, said=bare(said.text))


def letter(service: Service, address: str, language: str, phrase: str, token: str, **values: str) -> Letter:
    """A letter in somebody's language, with the page where one says yes or no."""
    texts = service.library.content.texts[language]
    owner = service.settings.owner_name or texts("owner.unset")
    link = f"{service.base}/paminnelse/svar/{token}"
    text = bare(texts(phrase, link=link, chat=f"{service.base}/", owner=owner, **values))
    return Letter(address, bare(texts(f"{phrase}.subject")), text, link)
