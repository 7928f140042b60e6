"""The webhook: updates that Telegram brings, served by our own web server and answered only after the commit."""

import hmac
import json
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.receive import Receiver
from bot.conversations import Busy
from bot.ports import StoreUnavailable

PATH = "/telegram/webhook"
HEADER = "x-telegram-bot-api-secret-token"
MOST_BYTES = 2 * 1024 * 1024
RETRY_SECONDS = 2


@dataclass
class Webhook:
    """Serves Telegram's calls. `receiver` is there as soon as we know who we are."""

    secret: str
    receiver: Receiver | None = None

    def route(self) -> Route:
        """Where Telegram calls."""
        return Route(PATH, self.serve, methods=["POST"])

    async def serve(self, request: Request) -> Response:
        """200 when the update is durable or can never be; anything else would bring it again and block its chat."""
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.secret.encode()):
            return Response(status_code=403)
        if self.receiver is None:
            return _later()
        try:
            update = json.loads(await request.body())
        except (ValueError, RecursionError, HTTPException):
            update = None
        try:
            await self.receiver.take(update)
        except (StoreUnavailable, Busy):
            return _later()
        return Response()


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": str(RETRY_SECONDS)})
