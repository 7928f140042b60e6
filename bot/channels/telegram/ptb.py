"""The Bot API through python-telegram-bot: its Bot and its requests, inside our own loop and routes.

Neither its Updater nor its Application: they acknowledge an update before it has been handled. Methods are called by
name with plain values, so that what is newer than the library goes out and comes in unchanged; and what an answer means
is read by the same function as in the other transport (transport.answered), before the library makes errors of it.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from telegram import Bot, InputFile
from telegram.error import NetworkError
from telegram.request import BaseRequest, HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.channels.telegram.line import Line, context
from bot.channels.telegram.plain import SURELY_NOT_SENT
from bot.channels.telegram.transport import CONNECT_SECONDS, SEND_SECONDS, NotCalled, Refused, Unknown, answered
from bot.channels.telegram.wire import Upload


class Ptb:
    """Speaks to the Bot API through python-telegram-bot."""

    def __init__(self, base: str, token: str) -> None:
        self._lines = _Lines(context(base))
        self._bot = _Bot(
            token, base_url=f"{base.rstrip('/')}/bot", request=self._lines, get_updates_request=self._lines
        )

    async def call(self, method: str, params: Mapping[str, Any], seconds: float) -> Any:
        """The result of a method."""
        values = {name: _value(each) for name, each in params.items()}
        try:
            return await self._bot.do_api_request(method, values, read_timeout=seconds, write_timeout=seconds)
        except NetworkError as error:
            raise _meaning(error.__cause__) from None

    async def close(self) -> None:
        """Hang up."""
        await self._lines.shutdown()


class _Bot(Bot):
    """A bot whose every method may be called by name: the library would rather have its own spelling used."""

    @classmethod
    def _warn(
        cls, message: str | PTBUserWarning, category: type[Warning] = PTBUserWarning, stacklevel: int = 0
    ) -> None: ...


class _Lines(BaseRequest):
    """A request for each connection, the one used last first: a shared pool looks at all its connections every time."""

    def __init__(self, shared: ssl.SSLContext | None) -> None:
        self._context = shared
        self._idle: list[HTTPXRequest] = []
        self._busy: set[HTTPXRequest] = set()

    @property
    def read_timeout(self) -> float | None:
        """How long an answer may take, where a call does not say."""
        return SEND_SECONDS

    async def initialize(self) -> None:
        """Nothing to begin with: a connection is made when it is needed."""

    async def do_request(self, *asked: Any, **more: Any) -> tuple[int, bytes]:
        """One request, over a connection that nobody uses. What its answer means is raised, inside a NetworkError."""
        line = self._idle.pop() if self._idle else self._line()
        self._busy.add(line)
        try:
            status, content = await line.do_request(*asked, **more)
        finally:
            self._busy.discard(line)
            self._idle.append(line)
        answered(status, content)
        return status, content

    def _line(self) -> HTTPXRequest:
        over = {"transport": Line(self._context)}
        return HTTPXRequest(connection_pool_size=1, connect_timeout=CONNECT_SECONDS, httpx_kwargs=over)

    async def shutdown(self) -> None:
        """Hang up, whatever is under way."""
        for line in (*self._busy, *self._idle):
            await line.shutdown()


def _value(value: Any) -> Any:
    return InputFile(value.content, filename=value.name) if isinstance(value, Upload) else value


def _meaning(cause: BaseException | None) -> Exception:
    """What lies behind an error of the library."""
    if isinstance(cause, NotCalled | Unknown | Refused):
        return cause
    if isinstance(cause, (*SURELY_NOT_SENT, UnicodeError)):
        return NotCalled(type(cause).__name__)
    return Unknown(type(cause).__name__)
