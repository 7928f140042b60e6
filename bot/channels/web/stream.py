"""Server-sent events: what all streams share."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

HEARTBEAT_SECONDS = 20.0
RETRY_MILLISECONDS = 2000
CALM_SECONDS = 0.25
"""Live values are sent at most so often: the latest wins."""
BEAT = ": still here\n\n"
BEGIN = f"retry: {RETRY_MILLISECONDS}\n\n"


def response(request: Request, frames: AsyncIterator[str]) -> Response:
    """The stream; a HEAD request gets its headers and no stream, which would never end."""
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(frames, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def frame(event: str, data: Any, identity: str | None = None) -> str:
    """One event."""
    numbered = f"id: {identity}\n" if identity else ""
    return f"event: {event}\n{numbered}data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def changed(event: asyncio.Event) -> bool:
    """Wait for a change; False when it is time for a heartbeat instead."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await event.wait()
    except TimeoutError:
        return False
    return True
