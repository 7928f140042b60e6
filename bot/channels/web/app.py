"""The web application: pages, API, moderators' pages, health and metrics."""

from collections.abc import Mapping, Sequence
from functools import partial

from prometheus_client import Gauge, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import moderator
from bot.channels.web import api, checklists, pages, polls
from bot.channels.web.cookies import PersonCookie
from bot.channels.web.protection import NO_LIMITS, Protection
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.tx import Tx
from dialogs.clean import MOST_CHARACTERS

ERRORS = {
    400: "web.bad_form", 404: "web.not_found", 405: "web.not_found", 413: "web.too_long", 503: "web.cannot_store",
}  # fmt: skip


def create_app(service: Service, others: Sequence[Route] = (), most_bytes: Mapping[str, int] = NO_LIMITS) -> Protection:
    """The ASGI application of a service.

    `others` are routes of other channels, and `most_bytes` how large a body may be at a path of theirs.
    """
    door = api.Door(service, PersonCookie(service.secret, service.settings.secure))
    rendered = pages.Pages(service)
    service.conversations.media = service.media
    service.conversations.doors |= _doors(service)
    routes = [
        *pages.routes(door, rendered),
        *api.routes(door),
        *checklists.routes(door, rendered),
        *polls.routes(door, rendered),
        *moderator.routes(service, rendered),
        *_watched(service),
        *others,
    ]
    failed = partial(_failed, door, rendered)
    handlers = dict.fromkeys((HTTPException, StoreUnavailable, ClientDisconnect, Exception), failed)
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Protection(app, secure=service.settings.secure, most_bytes=most_bytes)


def _doors(service: Service) -> dict[str, str]:
    """What links to pages begin with."""
    paths = {"web": "tillbaka", "round web": "r", "desk": "moderator/logga-in"}
    if service.post:
        paths["mail"] = "paminnelse"
    return {"list": f"{service.base}/checklista#", **{door: f"{service.base}/{path}/" for door, path in paths.items()}}


def _watched(service: Service) -> list[Route]:
    """What an operator's programs look at."""
    streams = Gauge("servicelotsen_streams", "Open event streams", registry=service.metrics.registry)
    streams.set_function(service.live.listeners)
    waiting = Gauge("servicelotsen_questions", "Questions by state", ["state"], registry=service.metrics.registry)

    async def health(_: Request) -> Response:
        try:
            await service.store.write(lambda tx: tx.probe(service.clock()))
        except StoreUnavailable:
            return JSONResponse({"status": "cannot store"}, 503, {"Retry-After": "5"})
        return JSONResponse({"status": "ok", "entries": len(service.library.content.knowledge.entries)})

    async def metrics(_: Request) -> Response:
        for state, count in (await service.store.read(Tx.count_questions)).items():
            waiting.labels(state).set(count)
        return Response(generate_latest(service.metrics.registry), media_type="text/plain; version=0.0.4")

    return [Route("/health", health), Route("/metrics", metrics)]


async def _failed(door: api.Door, rendered: pages.Pages, request: Request, error: Exception) -> Response:
    """What an error is answered with: a problem to programs, a page to people."""
    found = _meaning(error)
    key = ERRORS.get(found.status_code, "web.failed")
    if request.scope["path"].startswith("/api/"):
        texts = door.service.library.content.texts[door.language(request)]
        response = api.Problem(found.status_code, texts(key, most=MOST_CHARACTERS)).response()
    else:
        response = rendered.error(request, door, found.status_code, key)
    response.headers.update(found.headers or {})
    return response


def _meaning(error: Exception) -> HTTPException:
    """What an error is to the one who asked."""
    match error:
        case HTTPException():
            return error
        case StoreUnavailable():
            return HTTPException(503, headers={"Retry-After": "5"})
        case ClientDisconnect():
            return HTTPException(400)
        case _:
            return HTTPException(500)
