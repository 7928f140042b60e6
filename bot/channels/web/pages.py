"""The pages people see: the chat, about, the big screen. Everything works without JavaScript."""

import asyncio
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.bodies import body, once
from bot.channels.web import reminders, screens
from bot.channels.web.api import Door, Problem, checked, chosen
from bot.channels.web.protection import form_fields, same_origin
from bot.channels.web.render import Rendered, render
from bot.media import content_type
from bot.service import Service
from bot.store.tx import Message, Tx
from dialogs import engine, together, walk
from dialogs.clean import MOST_CHARACTERS
from dialogs.context import Context
from dialogs.events import Arrived, Event, Said
from dialogs.replies import INPUTS
from dialogs.state import State
from dialogs.state import load as load_state
from dialogs.world import Found, World

HERE = Path(__file__).parent
SHOWN_MESSAGES = 100
MOST_TOKEN_CHARACTERS = 100
ASSESSED = "2026-11-28"
"""The day the accessibility statement was last gone through."""


@dataclass(frozen=True)
class Pages:
    """Renders templates with what all of them need."""

    service: Service

    def html(self, template: str, language: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page in one language."""
        settings = self.service.settings
        texts = self.service.library.content.texts[language]
        other = "en" if language == "sv" else "sv"
        shared = {
            "lang": language,
            "t": texts,
            "owner": settings.owner_name or None,
            "contact": settings.owner_contact or None,
            "privacy_url": settings.privacy_url or None,
            "other_lang_url": f"?lang={other}",
            "chat_days": self.service.retention.chat_days,
            "telegram": bool(settings.telegram_token),
            "moderator_chat": bool(settings.moderator_chat),
            "question_days": self.service.retention.question_days,
            "round_days": self.service.retention.round_days,
        }
        return HTMLResponse(_templates().get_template(template).render({**shared, **values}), status)

    def kept(self, template: str, media_type: str) -> Response:
        """What a browser keeps beside the pages, in no language."""
        return Response(_templates().get_template(template).render(), media_type=media_type)

    def error(self, request: Request, door: Door, status: int, what: str) -> Response:
        """A page that says what went wrong and what to do next."""
        language = door.language(request)
        message = self.service.library.content.texts[language](what, most=MOST_CHARACTERS)
        return self.html("error.html", language, {"status": status, "message": message}, status)


@cache
def _templates() -> Environment:
    """The templates, each compiled when it is first shown."""
    loader = FileSystemLoader(HERE / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False)
    environment.globals["static"] = _static
    return environment


@cache
def _static(name: str) -> str:
    """The address of a static file, with a mark of its content, so that it can be cached for ever."""
    mark = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def routes(door: Door, pages: Pages) -> Sequence[BaseRoute]:
    """The routes of the pages."""
    service = door.service

    async def chat(request: Request) -> Response:
        code = request.path_params.get("code")
        if code is not None and code not in service.library.content.webinars:
            return pages.error(request, door, 404, "web.no_webinar")
        if request.method == "POST":
            return await _posted(request, door, pages, code)
        return await _chat(request, door, pages, code)

    async def about(request: Request) -> Response:
        language = door.language(request)
        return pages.html("om.html", language, {"assessed": ASSESSED})

    return [
        Route("/", chat, methods=["GET", "POST"]),
        Route("/w/{code}", chat, methods=["GET", "POST"]),
        Route("/om", about),
        Route("/media/{name:path}", partial(_media, door=door, pages=pages)),
        Route("/tillbaka/{token}", partial(_return, door=door, pages=pages), methods=["GET", "POST"]),
        Route("/r/{code}", partial(_round, door=door, pages=pages), methods=["GET", "POST"]),
        *reminders.routes(door, pages),
        *screens.routes(door, pages),
        Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
        Mount("/static", _CachedStatic(directory=HERE / "static"), name="static"),
    ]


class _CachedStatic(StaticFiles):
    """Static files are addressed by a mark of their content and may be kept for a year."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


async def _posted(request: Request, door: Door, pages: Pages, code: str | None) -> Response:
    """A form sent without JavaScript: kept, then 303 back to the page."""
    texts = pages.service.library.content.texts[door.language(request)]
    if not same_origin(request):
        return pages.error(request, door, 403, "web.cross_site")
    fields = await form_fields(request)
    typed = fields.get("text", "")
    choice = fields.get("choice")
    if not choice and not typed.strip():
        return await _chat(request, door, pages, code, status=400, error=texts("web.empty"))
    language = door.asked_language(request)
    try:
        event: Event = chosen(choice) if choice else Said(checked(typed, texts))
        handled = await door.handle(request, fields.get("key", ""), event, code, language)
        if any(once(message.body) for message in handled.messages):
            page = await _chat(request, door, pages, code, said=handled.messages)  # kept nowhere: shown now or never
            return door.answer(page, handled, request)
    except Problem as problem:
        kept = "" if choice else typed
        page = await _chat(request, door, pages, code, status=problem.status, error=problem.detail, typed=kept)
        page.headers.update(problem.headers)
        return page
    back = RedirectResponse(request.scope["path"] + "#senaste", status_code=303)
    return door.answer(back, handled, request)


async def _media(request: Request, door: Door, pages: Pages) -> Response:
    """A picture or a file: somebody's own only to whoever carries that person's cookie."""
    name, person = request.path_params["name"], await door.person(request)
    making = await door.service.store.read(lambda tx: door.service.media(tx, person, name))
    if making is None:
        return pages.error(request, door, 404, "web.not_found")
    return Response(await asyncio.to_thread(making), media_type=content_type(name))


async def _return(request: Request, door: Door, pages: Pages) -> Response:
    """The page of a link to return by. Opening it changes nothing: chat apps open links to preview them."""
    if request.method == "POST":
        return await _returned(request, door, pages)
    return pages.html("tillbaka.html", door.language(request), {"key": str(uuid.uuid4())})


async def _returned(request: Request, door: Door, pages: Pages) -> Response:
    """The button on that page: this browser goes on with the conversation that the link leads to."""
    token = request.path_params["token"][:MOST_TOKEN_CHARACTERS]
    return await _arrived(request, door, pages, Arrived(), token)


async def _arrived(
    request: Request, door: Door, pages: Pages, event: Arrived, returning: str | None = None
) -> Response:
    """A button that leads into the chat."""
    if not same_origin(request):
        return pages.error(request, door, 403, "web.cross_site")
    fields = await form_fields(request)
    try:
        handled = await door.handle(request, fields.get("key", ""), event, None, None, returning)
    except Problem as problem:
        page = pages.html("error.html", door.language(request), {"status": problem.status, "message": problem.detail},
                          problem.status)  # fmt: skip
        page.headers.update(problem.headers)
        return page
    return door.answer(RedirectResponse("/#senaste", status_code=303), handled, request)


async def _round(request: Request, door: Door, pages: Pages) -> Response:
    """The page of a round. Opening it changes nothing; its button takes part, or leads back to where one was."""
    code = together.typed(request.path_params["code"])
    person = await door.person(request)
    found = await door.service.store.read(lambda tx: tx.round(code, person)) if code else None
    if found is None:
        return pages.error(request, door, 404, "round.gone")
    if request.method == "POST":
        joins = not (found.leads or found.closed)
        return await _arrived(request, door, pages, Arrived(round=found.code, joins=joins))
    service, language = door.service, door.language(request)
    definition = await service.store.read(lambda tx: service.library.checklist(found, tx.edition))
    world = await service.conversations.world(None)
    context = Context(service.library.content, State(language=language), world, Found(definition=definition))
    shown = render(Message(0, "bot", body(together.seen(context, found)), world.now))
    button = "round.back" if found.leads or found.run or found.closed else "round.join"
    return pages.html("runda.html", language, {"shown": shown, "button": button, "key": str(uuid.uuid4())})


async def _chat(
    request: Request, door: Door, pages: Pages, code: str | None, *, status: int = 200, error: str | None = None,
    typed: str = "", said: Sequence[Message] = (),
) -> Response:  # fmt: skip
    service = pages.service
    person = await door.person(request)
    kept, messages = await service.store.read(lambda tx: _log(tx, person))
    state = load_state(kept) if kept else State(language=door.language(request))
    asked = door.asked_language(request)
    language = asked or state.language
    world = await service.conversations.world(code, state.webinar)
    fresh = {message.number: message for message in said}
    rendered = [render(fresh.get(message.number, message)) for message in messages]
    values = {
        "webinar": _webinar(world, language),
        "messages": rendered,
        "welcome": _welcome(service, language, world),
        "key": str(uuid.uuid4()),
        "action": request.scope["path"] + (f"?lang={asked}" if asked else ""),
        "known": person is not None,
        "last_id": rendered[-1]["id"] if rendered else "",
        "inputs": INPUTS,
        "wanted": state.dialog if state.dialog in INPUTS else None,
        "run": state.run if state.dialog in walk.OPEN else "",
        "error": error,
        "typed": typed,
    }
    return pages.html("chat.html", language, values, status)


def _log(tx: Tx, person: str | None) -> tuple[Any, list[Message]]:
    return (tx.state(person)[0], tx.latest(person, SHOWN_MESSAGES)) if person else (None, [])


def _webinar(world: World, language: str) -> dict[str, Any] | None:
    found = world.webinar
    if found is None:
        return None
    return {"code": found.code, "title": found.title[language], "example": found.example, "phase": world.phase,
            "polling": world.polling}  # fmt: skip


def _welcome(service: Service, language: str, world: World) -> Rendered:
    """The first message, shown to somebody who has not said anything: nothing is kept for it."""
    reply = engine.welcome(Context(service.library.content, State(language=language), world))
    return render(Message(0, "bot", body(reply), world.now))
