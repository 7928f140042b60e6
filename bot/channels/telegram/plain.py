"""The Bot API over bare httpx.

A client for each connection, the one used last first: httpx searches a shared pool for every call, which costs more the
larger it is. httpx writes addresses, and with them the token, to its log at INFO; settings of the log keep it silent
(bot/logs.py).
"""

import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from bot.channels.telegram.transport import CONNECT_SECONDS, MOST_CONNECTIONS, NotCalled, Unknown, answered
from bot.channels.telegram.wire import Upload

JSON = {"Content-Type": "application/json"}
SURELY_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Plain:
    """Speaks to the Bot API through httpx."""

    def __init__(self, base: str, token: str) -> None:
        self._url = f"{base.rstrip('/')}/bot{token}/"
        self._context = (
            httpx.create_ssl_context() if base.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self._idle: list[httpx.AsyncClient] = []

    async def call(self, method: str, params: Mapping[str, Any], seconds: float) -> Any:
        """The result of a method."""
        client = self._idle.pop() if self._idle else self._client()
        try:
            response = await client.post(
                self._url + method, **_body(params), timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS)
            )
            with suppress(ValueError):
                return answered(response.status_code, json.loads(response.content))
            return answered(response.status_code, None)
        except SURELY_NOT_SENT as error:
            raise NotCalled(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unknown(type(error).__name__) from None
        finally:
            if len(self._idle) < MOST_CONNECTIONS:
                self._idle.append(client)
            else:
                await client.aclose()

    def _client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=60)
        return httpx.AsyncClient(verify=self._context, limits=limits)

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            await self._idle.pop().aclose()


def _body(params: Mapping[str, Any]) -> dict[str, Any]:
    """JSON; with a file among the values a form, whose nested values are JSON."""
    files = {name: (each.name, each.content) for name, each in params.items() if isinstance(each, Upload)}
    if not files:
        return {"content": json.dumps(params, ensure_ascii=False).encode(), "headers": JSON}
    rest = {name: each for name, each in params.items() if name not in files}
    return {"data": {name: _field(each) for name, each in rest.items()}, "files": files}


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
