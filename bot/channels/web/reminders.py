"""The pages of a reminder by e-mail: writing the address, and saying yes or no from the letter."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.api import Door
from bot.channels.web.protection import form_fields, same_origin
from bot.post import Letter, NotSent
from bot.reminding import letter
from bot.store.reminders import MAIL
from bot.store.rows import hashed
from bot.store.tx import Tx
from dialogs.dates import told
from dialogs.reminding import days
from dialogs.state import load
from dialogs.texts import Texts

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

ADDRESS = re.compile(
    r"[\w.!#$%&'*+/^`{|}~=-]{1,64}"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}"
    r"[^\W\d_][\w-]{0,61}[^\W_]"
)
"""What may be an address; whether it is one, the letter tells."""
MOST_ADDRESS_CHARACTERS = 254
MOST_TRIES = 3
MOST_TOKEN_CHARACTERS = 100


def routes(door: Door, pages: "Pages") -> Sequence[BaseRoute]:
    """The routes; there are none without a mail server."""
    if door.service.post is None:
        return ()
    return (
        Route("/paminnelse/svar/{token}", partial(_answer, door=door, pages=pages), methods=["GET", "POST"]),
        Route("/paminnelse/{run}", partial(_ask, door=door, pages=pages), methods=["GET", "POST"]),
    )


async def _ask(request: Request, door: Door, pages: "Pages") -> Response:
    """Whose run it is writes an address; a letter goes there."""
    identity, person = request.path_params["run"], await door.person(request)
    spoken = await door.service.store.read(lambda tx: _spoken(tx, person, identity)) if person else None
    if spoken is None:
        return pages.error(request, door, 404, "web.not_found")
    language = door.asked_language(request) or spoken
    show = partial(pages.html, "paminnelse.html", language)
    if request.method != "POST":
        return show({"state": "ask", "wrong": None, "typed": ""})
    if not same_origin(request):
        return pages.error(request, door, 403, "web.cross_site")
    address = (await form_fields(request)).get("address", "").strip()
    if len(address) > MOST_ADDRESS_CHARACTERS or not ADDRESS.fullmatch(address):
        typed = address[:MOST_ADDRESS_CHARACTERS]
        return show({"state": "ask", "wrong": "page.remind_wrong", "typed": typed}, 422)
    now, token = door.service.clock(), secrets.token_urlsafe(16)
    if not await door.service.store.write(lambda tx: tx.count_letter(identity, MOST_TRIES, now)):
        return show({"state": "ask", "wrong": "page.remind_enough", "typed": address}, 429)
    if failed := await _failed(door, letter(door.service, address, language, "mail.confirm", token)):
        await door.service.store.write(lambda tx: tx.letter_failed(identity))
        return show({"state": "ask", "wrong": "page.remind_failed", "typed": address}, failed)
    await door.service.store.write(lambda tx: tx.ask_by_mail(identity, address, hashed(token), language, now))
    return show({"state": "sent"})


def _spoken(tx: Tx, person: str, identity: str) -> str | None:
    """The language that is spoken with whoever's run it is; None when it is somebody else's."""
    return load(tx.state(person)[0]).language if tx.run(person, identity) else None


async def _failed(door: Door, written: Letter) -> int | None:
    """Send a letter; the status to answer with when that can't be done now."""
    post = door.service.post
    if post is None or door.service.letters.wait("letters", asyncio.get_running_loop().time()):
        return 429
    try:
        await asyncio.to_thread(post.send, written)
    except NotSent:
        return 503
    return None


async def _answer(request: Request, door: Door, pages: "Pages") -> Response:
    """Yes or no from a letter. Opening the page does nothing: mail programs open links to look at them."""
    token = hashed(request.path_params["token"][:MOST_TOKEN_CHARACTERS])
    found = await door.service.store.read(lambda tx: tx.asked_by_mail(token))
    language = found[1] if found else door.language(request)
    show = partial(pages.html, "paminnelse.html", language)
    if found is None:
        return show({"state": "gone"}, 404)
    if request.method != "POST":
        return show({"state": "answer"})
    if not same_origin(request):
        return pages.error(request, door, 403, "web.cross_site")
    answer = (await form_fields(request)).get("answer")
    if answer == "yes":
        texts = door.service.library.content.texts[language]
        on = await door.service.store.write(lambda tx: _yes(tx, door, token, texts))
        return show({"state": "gone"}, 404) if on is None else show({"state": "set", "days": on})
    if answer == "no":
        done = await door.service.store.write(lambda tx: _no(tx, token))
        return show({"state": "removed"}) if done else show({"state": "gone"}, 404)
    return show({"state": "answer"}, 400)


def _no(tx: Tx, token: str) -> bool:
    """The address has said no. False when another has been written to since."""
    found = tx.asked_by_mail(token)
    if found:
        tx.refuse_mail(found[0])
    return found is not None


def _yes(tx: Tx, door: Door, token: str, texts: Texts) -> str | None:
    """The address has said yes; the days it will be written to. None when another has been written to since."""
    found = tx.asked_by_mail(token)
    if found is None:
        return None
    identity = found[0]
    now, owner = door.service.clock(), tx.run_owner(identity)
    run = tx.run(owner, identity) if owner else None
    on = days(run, now.date()) if run else ()
    tx.confirm_mail(identity, now)
    tx.remind(identity, MAIL, on)
    return ", ".join(told(day, now.date(), texts) for day in on)
