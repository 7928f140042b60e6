"""HTTP/1.1 as the Bot API server speaks it: requests in, answers out in order, and lines that break when asked to."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast
from urllib.parse import parse_qsl

import httptools
from python_multipart import parse_form
from python_multipart.multipart import Field, File

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class Unreadable(ValueError):
    """A body that is not what its type says."""


class Request:
    """One request, and the ways to answer it. Exactly one of reply, half and cut ends it; none leaves it hanging."""

    __slots__ = ("_pieces", "connection", "content_type", "gone", "method", "path", "query")

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.method = ""
        self.path = ""
        self.query = b""
        self.content_type = b""
        self._pieces: list[bytes] = []
        self.gone: Callable[[], None] | None = None
        """Called when the line is lost before the answer."""

    def take(self, piece: bytes) -> None:
        """Another piece of the body."""
        self._pieces.append(piece)

    @property
    def body(self) -> bytes:
        """The body."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def reply(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        """Answer."""
        plain = status == 200 and content_type == "application/json"
        data = _OK % (len(body), body) if plain else head(status, len(body), content_type) + body
        self.connection.answered(self, data)

    def half(self, status: int, body: bytes) -> None:
        """Answer with half of the body, then reset the line."""
        self.connection.breaks_off(head(status, len(body) + 1) + body[: len(body) // 2])

    def cut(self) -> None:
        """Close the line without an answer."""
        self.connection.cut()


def head(status: int, length: int, content_type: str = "application/json") -> bytes:
    """The head of an answer."""
    reason = REASONS.get(status, "Error")
    return f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n".encode()


class Connection(asyncio.Protocol):
    """A line to a client. Requests sent one after another without waiting are answered in their order."""

    def __init__(self, take: Callable[[Request], None], lines: "set[Connection]") -> None:
        self.take = take
        self.lines = lines
        self.transport: asyncio.Transport | None = None
        self.parser = httptools.HttpRequestParser(self)
        self.coming = Request(self)
        self.current: Request | None = None
        self.waiting: deque[Request] = deque()
        self.out: list[bytes] = []
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self.lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lines.discard(self)
        self.transport = None
        self.waiting.clear()
        if self.current and self.current.gone:
            self.current.gone()
        self.current = None

    def data_received(self, data: bytes) -> None:
        self.busy = True
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.cut()
        self.busy = False
        self.flush()

    def on_message_begin(self) -> None:
        self.coming = Request(self)

    def on_url(self, url: bytes) -> None:
        path, _, query = url.partition(b"?")
        self.coming.path = path.decode("latin-1")
        self.coming.query = query

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == 12 and name.lower() == b"content-type":
            self.coming.content_type = value

    def on_body(self, body: bytes) -> None:
        self.coming.take(body)

    def on_message_complete(self) -> None:
        self.coming.method = self.parser.get_method().decode()
        self.waiting.append(self.coming)
        self.next()

    def next(self) -> None:
        """Take what waits, one after the other."""
        while self.waiting and self.current is None and self.transport:
            self.current = self.waiting.popleft()
            self.take(self.current)

    def answered(self, request: Request, data: bytes) -> None:
        """An answer is ready. One that comes after its line broke is lost."""
        if request is not self.current:
            return
        self.current = None
        self.out.append(data)
        if not self.busy:
            self.busy = True
            self.next()
            self.busy = False
            self.flush()

    def flush(self) -> None:
        """Write what is ready."""
        if self.out and self.transport:
            self.transport.write(b"".join(self.out))
        self.out.clear()

    def cut(self) -> None:
        """Close at once."""
        if self.transport:
            self.transport.abort()

    def breaks_off(self, data: bytes) -> None:
        """Write something, then reset the line."""
        self.out.append(data)
        self.flush()
        if self.transport:
            line = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            asyncio.get_running_loop().call_later(0.01, self.cut)


def read(request: Request) -> tuple[dict[str, Any], dict[str, str], dict[str, bytes]]:
    """A request's parameters: those with types of their own (JSON), those that are strings, and files."""
    strings = dict(parse_qsl(request.query.decode(), keep_blank_values=True)) if request.query else {}
    body, kind = request.body, request.content_type
    if not body:
        return {}, strings, {}
    if kind.startswith(b"application/json"):
        return _object(body), strings, {}
    if kind.startswith(b"multipart/form-data"):
        fields, files = _parts(kind, body)
        return {}, {**strings, **fields}, files
    if kind.startswith(b"application/x-www-form-urlencoded"):
        return {}, {**strings, **dict(parse_qsl(body.decode(), keep_blank_values=True))}, {}
    raise Unreadable("unsupported content type")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise Unreadable("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise Unreadable("JSON object expected")
    return found


def _parts(kind: bytes, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}

    def on_field(field: Field) -> None:
        fields[(field.field_name or b"").decode()] = (field.value or b"").decode()

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        files[(file.field_name or b"").decode()] = file.file_object.read()
        file.close()

    parse_form({"Content-Type": kind}, BytesIO(body), on_field, on_file)
    return fields, files
