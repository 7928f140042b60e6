"""The seam to the two ways of speaking to the Bot API, and what can come of a call."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

CHANNEL = "telegram"
LOG = "bot.telegram"
"""Not the name of the library, whose log is kept silent."""
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.5, 60.0
SEND_SECONDS, UPLOAD_SECONDS, CONNECT_SECONDS = 15.0, 60.0, 5.0
MOST_CONNECTIONS = 48
"""Beside the one that waits for updates. Peers measured: a larger shared pool makes each call slower."""


class NotCalled(Exception):
    """The call surely changed nothing: no connection, or an answer that makes no sense. Trying again can help."""


class Unknown(Exception):
    """The call may have been carried out: it was sent, and no answer came."""


class Refused(Exception):
    """Telegram's own no: its code and words, and when or where to try instead."""

    def __init__(self, code: int, why: str, retry_after: float | None = None, into: int | None = None) -> None:
        self.code, self.why, self.retry_after, self.into = code, why, retry_after, into
        super().__init__(f"{code} {why}")

    def says(self, *words: str) -> bool:
        """Whether the words of the refusal hold one of these."""
        return any(each in self.why.lower() for each in words)


class Transport(Protocol):
    """Speaks to the Bot API. Nothing it raises or logs holds the token."""

    async def call(self, method: str, params: Mapping[str, Any], seconds: float) -> Any:
        """The result of a method, as JSON values. Upload values are sent as files.

        `seconds` is how long to wait for the answer. Raises NotCalled, Unknown and Refused.
        """
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


def answered(status: int, content: bytes) -> Any:
    """The result in an answer as it came. Raises what the answer means."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and found.get("ok") is True and "result" in found:
        return found["result"]
    if status >= 500:
        raise NotCalled(f"status {status}")
    code = found.get("error_code") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(code, int):
        raise Unknown(f"status {status}, and not Telegram's kind of answer")
    more = found.get("parameters") or {}
    raise Refused(code, str(found.get("description", "")), more.get("retry_after"), more.get("migrate_to_chat_id"))
