"""One connection to a server, for httpx: asyncio's streams and the parser that our web server stands on (httptools).

What httpx brings itself (httpcore, anyio, h11) is made for many servers, two event loops and HTTP/2, and costs as much
for one small call as all the rest of taking in and answering an update. Requests and answers stay httpx's own.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass, field

import httptools
import httpx

MOST_READ_BYTES = 64 * 1024
MOST_UNSENT_BYTES = 64 * 1024


def context(base: str) -> ssl.SSLContext | None:
    """What all connections to a server share, where it speaks TLS."""
    return httpx.create_ssl_context() if base.startswith("https:") else None


@dataclass
class _Answer:
    """An answer as it comes in: what httptools calls."""

    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.content += body

    def on_message_complete(self) -> None:
        self.complete = True


class Line(httpx.AsyncBaseTransport):
    """One connection, opened when it is needed and again when it has ended."""

    def __init__(self, shared: ssl.SSLContext | None) -> None:
        self._context = shared
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request, read to its end. Raises httpx's TransportErrors; then the connection is gone."""
        patience = request.extensions["timeout"]
        content = await request.aread()
        reader, writer = await self._connected(request.url, patience["connect"])
        try:
            await self._write(writer, _head(request) + content, patience["write"])
            answer, parser = await self._read(reader, patience["read"])
        except BaseException:
            await self.aclose()
            raise
        if not parser.should_keep_alive():
            await self.aclose()
        return httpx.Response(
            parser.get_status_code(), headers=answer.headers, content=bytes(answer.content), request=request
        )

    async def _connected(
        self, url: httpx.URL, seconds: float | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._ends and not _ended(*self._ends):
            return self._ends
        await self.aclose()
        try:
            self._ends = await self._opened(url.host, url.port or _PORTS[url.scheme], seconds)
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection in time") from None
        except OSError as error:  # ssl.SSLError is one
            raise httpx.ConnectError(type(error).__name__) from None
        return self._ends

    async def _opened(
        self, host: str, port: int, seconds: float | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the first of a host's addresses that answers; each has its share of the time."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        named = host if self._context else None
        for number, address in enumerate(addresses, 1):
            try:
                async with asyncio.timeout(seconds / len(addresses) if seconds else None):
                    return await asyncio.open_connection(address, port, ssl=self._context, server_hostname=named)
            except (TimeoutError, OSError):
                if number == len(addresses):
                    raise
        raise OSError("no address")

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, seconds: float | None) -> None:
        try:
            writer.write(data)
            if writer.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
                async with asyncio.timeout(seconds):
                    await writer.drain()
        except TimeoutError:
            raise httpx.WriteTimeout("not sent in time") from None
        except OSError as error:
            raise httpx.WriteError(type(error).__name__) from None

    async def _read(
        self, reader: asyncio.StreamReader, seconds: float | None
    ) -> tuple[_Answer, httptools.HttpResponseParser]:
        answer = _Answer()
        parser = httptools.HttpResponseParser(answer)
        try:
            async with asyncio.timeout(seconds):
                while not answer.complete:
                    data = await reader.read(MOST_READ_BYTES)
                    if not data:
                        raise httpx.RemoteProtocolError("the line was cut")
                    parser.feed_data(data)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time") from None
        except OSError as error:
            raise httpx.ReadError(type(error).__name__) from None
        except httptools.HttpParserError as error:
            raise httpx.RemoteProtocolError(type(error).__name__) from None
        return answer, parser

    async def aclose(self) -> None:
        """Hang up; whoever waits for an answer is told at once."""
        if self._ends:
            reader, writer = self._ends
            self._ends = None
            writer.transport.abort()
            if not reader.at_eof():
                reader.feed_eof()


def _ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the other side has hung up while nobody was speaking."""
    return reader.at_eof() or reader.exception() is not None or writer.is_closing()


_PORTS = {"http": 80, "https": 443}


def _head(request: httpx.Request) -> bytes:
    """The request line and the headers."""
    lines = [request.method.encode("ascii") + b" " + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])
