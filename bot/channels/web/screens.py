"""The big screen of a webinar: the question taken up now, or the way in. It needs no click and no signing in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.announcing import OVER
from bot.channels.web import stream
from bot.channels.web.api import Door
from bot.service import Service
from bot.store.tx import QUEUE, Tx
from dialogs.clean import visible
from dialogs.definitions import Webinar
from dialogs.records import Question
from dialogs.screen import MOST_CHARACTERS, MOST_NEXT_CHARACTERS, STATES, OnScreen, fitted, on_screen, size
from dialogs.texts import Texts
from dialogs.world import Phase

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

MOST_BASE_CHARACTERS = 300
"""A Host header can be longer than any QR code."""
MOST_QUESTIONS = 1000


def routes(door: Door, pages: "Pages") -> Sequence[BaseRoute]:
    """The screen and what keeps it fresh."""
    service = door.service

    async def screen(request: Request) -> Response:
        webinar = service.library.content.webinars.get(request.path_params["code"])
        if webinar is None:
            return pages.error(request, door, 404, "web.no_webinar")
        base = service.public_url or str(request.base_url)[:MOST_BASE_CHARACTERS].rstrip("/")
        address = f"{base}/w/{webinar.code}"
        language = door.language(request)
        values = {
            "webinar": webinar,
            "title": webinar.title[language],
            "address": address,
            "qr_svg": segno.make(address, error="m").svg_inline(scale=8, border=2, omitsize=True),
            "shown": await _now(service, webinar, language),
        }
        return pages.html("scen.html", language, values)

    async def events(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in service.library.content.webinars:
            return pages.error(request, door, 404, "web.no_webinar")
        return stream.response(request, _stream(service, code, door.language(request)))

    return [Route("/scen/{code}", screen), Route("/scen/{code}/events", events)]


async def _now(service: Service, webinar: Webinar, language: str) -> dict[str, Any]:
    """What is on the screen, in words: the page and the stream say the same."""

    def look(tx: Tx) -> tuple[OnScreen, Phase]:
        phase = service.conversations.phase(tx.phases(), webinar.code)
        questions = () if phase in OVER else tx.queue(*STATES, webinar=webinar.code, most=MOST_QUESTIONS)
        spent, now = tx.spent(webinar.code), service.clock()
        return on_screen(webinar, questions, spent, now, opened=phase == "open"), phase

    found, phase = await service.store.read(look)
    texts = service.library.content.texts[language]
    return {**_words(found, texts), "join": _join(texts, webinar, phase)}


def _join(texts: Texts, webinar: Webinar, phase: Phase) -> tuple[str, str]:
    """That the webinar is over, with where its recording will be while that is news; and what the address is for."""
    if phase not in OVER:
        return "", texts("page.screen_join")
    recording = webinar.facts(texts.language).get("recording", "") if phase == "closed" else ""
    return f"{texts('page.screen_over')} {recording}".strip(), texts("page.screen_still")


def _words(found: OnScreen, texts: Texts) -> dict[str, Any]:
    live = _question(found.live, MOST_CHARACTERS) if found.live else None
    return {
        "live": {**live, "size": size(live["text"]), "name": visible(found.name)} if live else None,
        "next": [_question(each, MOST_NEXT_CHARACTERS) for each in found.next],
        "left": _counted("page.left", found.left, texts) if live or found.left else "",
        "room": "" if found.room is None else _counted("page.room", found.room, texts),
    }


def _question(question: Question, most: int) -> dict[str, Any]:
    return {"code": question.code, "language": question.language, "text": fitted(question.shown, most)}


def _counted(key: str, count: int, texts: Texts) -> str:
    return texts({0: f"{key}_none", 1: f"{key}_one"}.get(count, f"{key}_many"), count=count)


async def _stream(service: Service, code: str, language: str) -> AsyncIterator[str]:
    """What is on the screen whenever it has changed: the latest wins, and time that goes by changes it too."""
    before = None
    with service.live.listen([QUEUE, f"webinar:{code}"]) as news:
        while not service.live.closing:
            news.clear()
            webinar = service.library.content.webinars.get(code)
            if webinar is None:
                return
            shown = await _now(service, webinar, language)
            if shown != before:
                before = shown
                yield stream.frame("screen", shown)
            if await stream.changed(news):
                await asyncio.sleep(stream.CALM_SECONDS)
            else:
                yield stream.BEAT
