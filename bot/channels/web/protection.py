"""What every answer carries, and which requests may change anything."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
}
"""On every response, errors and streams included (OWASP ASVS 5.0, 3.4)."""
HSTS = "max-age=31536000; includeSubDomains"
MOST_BODY_BYTES = 64 * 1024


class Protection:
    """Adds the headers; a page or an answer with somebody's words is never cached."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app, self.secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(HEADERS)
                headers.setdefault("cache-control", "no-store")
                if self.secure:
                    headers["strict-transport-security"] = HSTS
                message["headers"] = headers.raw
            await send(message)

        await self.app(scope, receive, protected)


def same_origin(request: Request) -> bool:
    """Whether a form post comes from our own page: Sec-Fetch-Site, or Origin where a browser does not send it.

    A request with neither is refused (OWASP CSRF cheat sheet: Fetch-Metadata with mandatory Origin fallback).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def own_program(headers: Headers, host: str) -> bool:
    """Whether an API call may change something: from our own page, or from a program that is no browser.

    The API asks for a JSON body and a header of its own, which no page of another origin can send without asking
    first (and is never allowed); so only a call that says it is cross-site is refused.
    """
    if headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


async def limited_body(request: Request) -> bytes | None:
    """The body, or None when it is larger than anything we take; reading stops there."""
    if int(request.headers.get("content-length", "0") or 0) > MOST_BODY_BYTES:
        return None
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BODY_BYTES:
            return None
    return bytes(found)
