"""The Bot API over bare httpx.

Its requests go over lines of our own making (line.py), without a client around them: there are no cookies, redirects or
logins here. A line for each connection, the one used last first: a shared pool is searched for every call, which costs
more the larger it is.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from bot.channels.telegram.line import Line, context
from bot.channels.telegram.transport import CONNECT_SECONDS, NotCalled, Unknown, answered
from bot.channels.telegram.wire import Upload

SURELY_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Plain:
    """Speaks to the Bot API through httpx."""

    def __init__(self, base: str, token: str) -> None:
        self._url = f"{base.rstrip('/')}/bot{token}/"
        self._context = context(base)
        self._idle: list[Line] = []
        self._busy: set[Line] = set()
        self._addresses: dict[str, httpx.URL] = {}

    async def call(self, method: str, params: Mapping[str, Any], seconds: float) -> Any:
        """The result of a method."""
        try:
            request = self._request(method, params, seconds)
        except ValueError as error:
            raise NotCalled(type(error).__name__) from None
        line = self._idle.pop() if self._idle else Line(self._context)
        self._busy.add(line)
        try:
            response = await line.handle_async_request(request)
            return answered(response.status_code, await response.aread())
        except SURELY_NOT_SENT as error:
            raise NotCalled(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unknown(type(error).__name__) from None
        finally:
            self._busy.discard(line)
            self._idle.append(line)

    def _request(self, method: str, params: Mapping[str, Any], seconds: float) -> httpx.Request:
        if method not in self._addresses:
            self._addresses[method] = httpx.URL(self._url + method)
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS).as_dict()
        return httpx.Request("POST", self._addresses[method], **_body(params), extensions={"timeout": timeout})

    async def close(self) -> None:
        """Hang up, whatever is under way."""
        for line in (*self._busy, *self._idle):
            await line.aclose()


def _body(params: Mapping[str, Any]) -> dict[str, Any]:
    """JSON; with a file among the values a form, whose nested values are JSON."""
    files = {name: (each.name, each.content) for name, each in params.items() if isinstance(each, Upload)}
    if not files:
        content = _ENCODER.encode(params).encode()
        return {"content": content, "headers": {"Content-Type": "application/json"}}
    rest = {name: each for name, each in params.items() if name not in files}
    return {"data": {name: _field(each) for name, each in rest.items()}, "files": files}


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
