"""The web application: pages, API, moderators' pages, health and metrics."""

from prometheus_client import Gauge, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import moderator
from bot.channels.web import api, pages
from bot.channels.web.cookies import PersonCookie
from bot.channels.web.protection import Protection
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.tx import Tx

ERRORS = {404: "web.not_found", 405: "web.not_found", 503: "web.cannot_store"}


def create_app(service: Service) -> Protection:
    """The ASGI application of a service."""
    door = api.Door(service, PersonCookie(service.secret, service.settings.secure))
    rendered = pages.Pages.of(service)
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

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 503 if _stores(error) else 500
        if request.url.path.startswith("/api/"):
            return api.Problem(status, "Det gick inte. Försök igen om en stund.").response()
        return rendered.error(request, door, status, ERRORS.get(status, "web.failed"))

    routes = [
        *pages.routes(door, rendered),
        *api.routes(door),
        *moderator.routes(service, rendered),
        Route("/health", health),
        Route("/metrics", metrics),
    ]
    handlers = {HTTPException: failed, StoreUnavailable: failed, Exception: failed}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Protection(app, secure=service.settings.secure)


def _stores(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable)
