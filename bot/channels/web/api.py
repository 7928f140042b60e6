"""The chat for programs: JSON in, JSON out, and a stream. The page uses the same."""

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web import stream
from bot.channels.web.cookies import PersonCookie, fresh_address
from bot.channels.web.protection import own_program
from bot.channels.web.render import number, render
from bot.conversations import Busy, Given, Handled, Inbound, KeyReused, NeverOffered
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.tx import Message, Tx, person_topic
from dialogs.clean import MOST_CHARACTERS
from dialogs.events import Chose, Event, Said
from dialogs.texts import Texts

CHANNEL = "web"
PAGE = 200
MOST_CHOICE_CHARACTERS = 200
NO_TIME = dt.timedelta()
MOST_WAITED = 10**11
"""Milliseconds: about three years, longer than any run is kept."""


class Problem(Exception):
    """A request that can't be served, said so that a person understands it (RFC 9457)."""

    def __init__(self, status: int, detail: str, retry_after: int | None = None) -> None:
        self.status, self.detail, self.retry_after = status, detail, retry_after
        super().__init__(detail)

    @property
    def headers(self) -> dict[str, str]:
        """When to try again, if that can help."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}

    def response(self) -> Response:
        """As problem JSON."""
        body = {"type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status}
        return JSONResponse(
            {**body, "detail": self.detail}, self.status, self.headers, media_type="application/problem+json"
        )


@dataclass(frozen=True)
class Door:
    """The way from a request into the conversation, for the API and for forms without JavaScript alike."""

    service: Service
    cookie: PersonCookie

    async def handle(
        self, request: Request, key: str, event: Event, webinar: str | None, language: str | None,
        returning: str | None = None, given: tuple[Given, ...] = (), waited: dt.timedelta = NO_TIME,
    ) -> Handled:  # fmt: skip
        """Take in an event. Raises Problem with what to tell the person."""
        address = self.cookie.read(request)
        texts = self.service.library.content.texts[language or self.language(request)]
        wait = self.service.pace.wait(address, asyncio.get_running_loop().time()) if address else 0.0
        if wait:
            raise Problem(429, texts("web.too_fast"), retry_after=max(1, round(wait)))
        inbound = Inbound(
            CHANNEL, _key(key, texts("web.bad_key")), event, address, fresh_address(),
            language or self.language(request), webinar, language, returning, given=given, waited=waited,
        )  # fmt: skip
        try:
            handled = await self.service.conversations.handle(inbound)
        except NeverOffered:
            raise Problem(422, texts("web.never_offered")) from None
        except KeyReused:
            raise Problem(422, texts("web.key_reused")) from None
        except Busy:
            raise Problem(503, texts("web.busy"), retry_after=1) from None
        except StoreUnavailable:
            self.service.metrics.events.labels(CHANNEL, "refused").inc()
            raise Problem(503, texts("web.cannot_store"), retry_after=5) from None
        self.service.metrics.events.labels(CHANNEL, "repeated" if handled.repeated else "handled").inc()
        return handled

    def answer(self, response: Response, handled: Handled, request: Request) -> Response:
        """The response, with the cookie given or taken as the event asks for."""
        if handled.address is None:
            self.cookie.take(response)
        elif handled.address != self.cookie.read(request):
            self.cookie.give(response, handled.address)
        return response

    async def person(self, request: Request) -> str | None:
        """Who asks, by cookie; the first time it comes back it is noted."""
        address = self.cookie.read(request)
        if address is None:
            return None

        def look(tx: Tx) -> tuple[str | None, bool]:
            return tx.person_at(CHANNEL, address), tx.confirmed(CHANNEL, address)

        person, confirmed = await self.service.store.read(look)
        if person and not confirmed:
            with suppress(StoreUnavailable):  # reading works when writing does not; the next visit notes it
                await self.service.store.write(lambda tx: tx.confirm(CHANNEL, address))
        return person

    def asked_language(self, request: Request) -> str | None:
        """The language named in the address."""
        asked = request.query_params.get("lang", "")
        return asked if asked in self.service.library.content.texts else None

    def language(self, request: Request) -> str:
        """The language asked for in the address, else the browser's first one that we speak, else ours."""
        if asked := self.asked_language(request):
            return asked
        for part in request.headers.get("accept-language", "").split(",")[:10]:
            primary = part.partition(";")[0].strip()[:2].lower()
            if primary in self.service.library.content.texts:
                return primary
        return self.service.settings.language


def routes(door: Door) -> Sequence[BaseRoute]:
    """The API's routes."""
    service = door.service

    async def post(request: Request) -> Response:
        try:
            found, key = await json_object(request), request.headers.get("idempotency-key", "")
            event, webinar, language = _event(found, door, request)
            handled = await door.handle(request, key, event, webinar, language, waited=_waited(found))
        except Problem as problem:
            return problem.response()
        body = {"messages": [render(each) for each in handled.messages]}
        return door.answer(JSONResponse({**body, "language": handled.language}), handled, request)

    async def history(request: Request) -> Response:
        person = await door.person(request)
        after = number(request.query_params.get("after"))
        messages = await service.store.read(lambda tx: _history(tx, person, after)) if person else []
        return JSONResponse({"messages": [render(each) for each in messages]})

    async def events(request: Request) -> Response:
        person = await door.person(request)
        if person is None:
            return Response(status_code=204)
        after = number(request.headers.get("last-event-id") or request.query_params.get("after"))
        return stream.response(request, _stream(service, person, after))

    return [
        Route("/api/v1/messages", post, methods=["POST"]),
        Route("/api/v1/messages", history),
        Route("/api/v1/events", events),
    ]


async def _stream(service: Service, person: str, after: int) -> AsyncIterator[str]:
    """Everything after a message, then whatever comes. The cursor is the outbox: a slow reader loses nothing."""
    yield stream.BEGIN
    after = await service.store.read(lambda tx: _cursor(tx, person, after))

    def look(tx: Tx) -> tuple[list[Message], bool]:
        return tx.messages(person, after, PAGE), tx.exists(person)

    with service.live.listen([person_topic(person)]) as news:
        while not service.live.closing:
            news.clear()
            messages, there = await service.store.read(look)
            for message in messages:
                after = message.number
                rendered = render(message)
                yield stream.frame("message", rendered, rendered["id"])
            if not there:
                yield stream.frame("erased", {})
                return
            if not messages and not await stream.changed(news):
                yield stream.BEAT


def _history(tx: Tx, person: str, after: int) -> list[Message]:
    return tx.messages(person, _cursor(tx, person, after), PAGE)


def _cursor(tx: Tx, person: str, after: int) -> int:
    """The number to go on from. Nobody has a message that is yet to come, unless a backup was restored: then from 0."""
    _, last = tx.state(person)
    return after if after <= last else 0


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Problem says what it is instead."""
    if not own_program(request):
        raise Problem(403, "Anropet kommer från en annan webbplats.")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Problem(415, "Skicka JSON med Content-Type: application/json.")
    raw = await request.body()
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Problem(400, "Det där är inte giltig JSON.") from None
    if not isinstance(found, dict):
        raise Problem(400, "Skicka ett JSON-objekt med text eller choice.")
    return found


def _event(found: dict[str, Any], door: Door, request: Request) -> tuple[Event, str | None, str | None]:
    text, choice, webinar = found.get("text"), found.get("choice"), found.get("webinar")
    content = door.service.library.content
    if not (webinar is None or isinstance(webinar, str)):
        raise Problem(400, "Skicka webinar som text.")
    if webinar is not None and webinar not in content.webinars:
        raise Problem(422, content.texts[door.language(request)]("web.no_webinar"))
    language = next((each for each in content.texts if each == found.get("lang")), None)
    if isinstance(choice, str) and text is None:
        return chosen(choice), webinar, language
    if not isinstance(text, str) or choice is not None:
        raise Problem(400, "Skicka antingen text eller choice, som text.")
    return Said(checked(text, content.texts[language or door.language(request)])), webinar, language


def _waited(found: dict[str, Any]) -> dt.timedelta:
    """How long ago it was done, by the clock of the one who did it; no time for anything odd."""
    waited = found.get("waited")
    return dt.timedelta(milliseconds=waited) if type(waited) is int and 0 < waited < MOST_WAITED else NO_TIME


def chosen(choice: str) -> Chose:
    """A choice as pressed; half surrogates, which no store can hold, make it one that was never offered."""
    return Chose(choice[:MOST_CHOICE_CHARACTERS].encode(errors="replace").decode())


def checked(text: str, texts: Texts) -> str:
    """A text short enough to take in; Problem 413 otherwise. The sender keeps it and can shorten it."""
    if len(text) > MOST_CHARACTERS:
        raise Problem(413, texts("web.too_long", most=MOST_CHARACTERS))
    return text


def _key(key: str, complaint: str) -> str:
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise Problem(400, complaint) from None
