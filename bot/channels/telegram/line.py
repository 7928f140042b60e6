"""One connection to a server for httpx, over asyncio's own streams.

httpx leaves the network to httpcore, which takes any backend (encode.io/httpcore/network-backends); the one it brings
serves two event loops, and costs as much for a small call as all the rest of it. Everything about HTTP stays theirs.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

KEEP_SECONDS = 60.0
MOST_UNSENT_BYTES = 64 * 1024


def context(base: str) -> ssl.SSLContext:
    """What all connections to a server share; one that is never used where it speaks plain HTTP."""
    return httpx.create_ssl_context() if base.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Line(httpx.AsyncBaseTransport):
    """One connection, opened when it is needed and again when it has broken."""

    def __init__(self, shared: ssl.SSLContext) -> None:
        self._context = shared
        self._open: httpcore.AsyncHTTPConnection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request, read to its end. Raises what httpx raises."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        asked = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        try:
            answer = await (await self._connection(asked.url.origin)).handle_async_request(asked)
            content = await answer.aread()
            await answer.aclose()
        except (
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
        ) as error:
            kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)  # they have the same names
            raise kind(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.headers, content=content, request=request)

    async def _connection(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        """The connection that is open, or a new one where it has been ended, has failed or was idle for too long."""
        now = self._open
        if now is None or now.is_closed() or now.has_expired() or not (now.is_idle() or now.is_available()):
            await self.aclose()
            now = self._open = httpcore.AsyncHTTPConnection(
                origin, self._context, keepalive_expiry=KEEP_SECONDS, network_backend=_Streams()
            )
        return now

    async def aclose(self) -> None:
        """Hang up, whatever is under way."""
        if self._open is not None:
            await self._open.aclose()
            self._open = None


class _Streams(httpcore.AsyncNetworkBackend):
    """Connects through asyncio."""

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """A connection; `timeout` in seconds, the rest is never asked for here."""
        try:
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_connection(host, port))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """What has come, at most so much; nothing when the other end has hung up."""
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except (OSError, ssl.SSLError) as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send; waits where the other end is slow to take it."""
        if self._writer.is_closing():
            raise httpcore.WriteError("closed")
        self._writer.write(buffer)
        if self._writer.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            try:
                async with asyncio.timeout(timeout):
                    await self._writer.drain()
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Hang up; whoever reads is told at once."""
        self._writer.transport.abort()
        if not self._reader.at_eof():
            self._reader.feed_eof()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, from now on with TLS."""
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, ssl.SSLError) as error:
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        """Whether an idle connection has been ended by the other side, which is all that is asked for here."""
        if info == "is_readable":
            return self._reader.at_eof()
        return self._writer.get_extra_info("ssl_object") if info == "ssl_object" else None
