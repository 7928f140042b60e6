"""What every answer carries, and which requests may change anything."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
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
MOST_FORM_FIELDS = 10
NO_LIMITS: Mapping[str, int] = {}
"""No path with a limit of its own."""


class Protection:
    """Adds the headers and stops a body that never ends; a page with somebody's words is never cached."""

    def __init__(self, app: ASGIApp, *, secure: bool, most_bytes: Mapping[str, int] = NO_LIMITS) -> None:
        self.app, self.secure, self.most_bytes = app, secure, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        body = _Body(scope, receive, self.most_bytes.get(scope["path"], MOST_BODY_BYTES))

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(HEADERS)
                headers.setdefault("cache-control", "no-store")
                if self.secure:
                    headers["strict-transport-security"] = HSTS
                if body.unread:
                    headers["connection"] = "close"
                message["headers"] = headers.raw
            await send(message)

        await self.app(scope, body.receive, protected)


class _Body:
    """A request's body. Larger than anything we take, it is refused; what is left unread ends the connection."""

    def __init__(self, scope: Scope, receive: Receive, most: int) -> None:
        headers = Headers(scope=scope)
        self._receive, self._received, self._most = receive, 0, most
        self.unread = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"

    async def receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        self.unread = self.unread and message.get("more_body", False)
        if self._received > self._most:
            raise HTTPException(413)
        return message


def same_origin(request: Request) -> bool:
    """Whether a form post comes from our own page: Sec-Fetch-Site, or Origin where a browser does not send it.

    A request with neither is refused (OWASP CSRF cheat sheet: Fetch-Metadata with mandatory Origin fallback).
    """
    told = "sec-fetch-site" in request.headers or "origin" in request.headers
    return told and own_program(request)


def own_program(request: Request) -> bool:
    """Whether an API call may change something: from our own page, or from a program that is no browser.

    The API asks for a JSON body and a header of its own, which no page of another origin can send without asking
    first (and is never allowed); so only a call that says it is cross-site is refused.
    """
    if request.headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
        return False
    origin, host = request.headers.get("origin"), request.headers.get("host")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


async def form_fields(request: Request, most: int = MOST_FORM_FIELDS) -> dict[str, str]:
    """What a form without files holds. HTTPException 400 when it can't be read, 413 when it does not end."""
    try:
        form = await request.form(max_files=0, max_fields=most)
    except ValueError as error:  # what the parser raises beside HTTPException
        raise HTTPException(400) from error
    return {name: str(value) for name, value in form.items()}
