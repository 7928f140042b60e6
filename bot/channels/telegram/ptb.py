"""The Bot API through python-telegram-bot: its Bot, its requests, its errors, inside our own loop and routes.

Neither its Updater nor its Application: they acknowledge an update before it has been handled. Methods are called by
name with plain values, so that what is newer than the library goes out and comes in unchanged.
"""

import os
from collections.abc import Mapping
from typing import Any

import httpx
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.channels.telegram.plain import SURELY_NOT_SENT
from bot.channels.telegram.transport import CONNECT_SECONDS, MOST_CONNECTIONS, NotCalled, Refused, Unknown
from bot.channels.telegram.wire import Upload

CODES: Mapping[type[TelegramError], int] = {
    Forbidden: 403, InvalidToken: 401, Conflict: 409, BadRequest: 400,
}  # fmt: skip
"""What each of the library's errors was on the wire."""


class _Bot(Bot):
    """A bot whose every method may be called by name: the library would rather have its own spelling used."""

    @classmethod
    def _warn(
        cls, message: str | PTBUserWarning, category: type[Warning] = PTBUserWarning, stacklevel: int = 0
    ) -> None: ...


class Ptb:
    """Speaks to the Bot API through python-telegram-bot."""

    def __init__(self, base: str, token: str) -> None:
        os.environ.setdefault(
            "PTB_TIMEDELTA", "true"
        )  # the library's own switch: times as timedelta, without a warning
        self._requests = [
            HTTPXRequest(connection_pool_size=size, connect_timeout=CONNECT_SECONDS, pool_timeout=60)
            for size in (1, MOST_CONNECTIONS)
        ]
        waiting, others = self._requests
        self._bot = _Bot(token, base_url=f"{base.rstrip('/')}/bot", request=others, get_updates_request=waiting)

    async def call(self, method: str, params: Mapping[str, Any], seconds: float) -> Any:
        """The result of a method."""
        values = {name: _value(each) for name, each in params.items()}
        try:
            return await self._bot.do_api_request(method, values, read_timeout=seconds, write_timeout=seconds)
        except RetryAfter as error:
            wait = error.retry_after
            raise Refused(429, error.message, wait if isinstance(wait, int) else wait.total_seconds()) from None
        except ChatMigrated as error:
            raise Refused(400, error.message, into=error.new_chat_id) from None
        except TelegramError as error:
            raise _meaning(error) from None

    async def close(self) -> None:
        """Hang up."""
        for request in self._requests:
            await request.shutdown()


def _value(value: Any) -> Any:
    return InputFile(value.content, filename=value.name) if isinstance(value, Upload) else value


def _meaning(error: TelegramError) -> Exception:
    """What an error says about whether the call was carried out."""
    cause = error.__cause__
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), None)
    if code == 401 and "not found" in str(cause).lower():
        return Refused(404, "Not Found")
    if code:
        return Refused(code, error.message)
    if isinstance(cause, SURELY_NOT_SENT):
        return NotCalled(type(cause).__name__)
    if isinstance(cause, httpx.HTTPError):
        return Unknown(type(cause).__name__)
    return NotCalled(type(error).__name__) if isinstance(error, NetworkError) else Unknown(type(error).__name__)
