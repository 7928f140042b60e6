"""A line to a server over TLS, as to Telegram's own; the certificate in tests/data/tls is for this machine only."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import wiring
from bot.channels.telegram.transport import NotCalled, Transport, Unknown
from bot.settings import Settings
from tests.telegram import TRANSPORTS

TLS = Path(__file__).parents[2] / "data" / "tls"
ANSWER = b'{"ok":true,"result":{"id":1,"username":"servicelotsen_bot"}}'


@asynccontextmanager
async def secure_server() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers whatever it is asked, over TLS: its address, and what it has been asked."""
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    asked: list[bytes] = []
    lines: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                asked.append(head.split()[1] + b" " + await reader.readexactly(int(length.split(b":")[1])))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shown)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        for line in lines:
            line.transport.abort()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.05)


def speaking(name: str, base: str) -> Transport:
    return wiring.transport(Settings(telegram_token="1:abc", telegram_api_base=base, telegram_transport=name))


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_what_is_said_over_tls_arrives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    async with secure_server() as (base, asked):
        transport = speaking(name, base)
        long = "å" * 200_000
        for text in ("hej", long, "igen"):
            found = await transport.call("sendMessage", {"chat_id": 1, "text": text}, 5)
            assert found["username"] == "servicelotsen_bot"
        await transport.close()
    assert len(asked) == 3
    assert all(each.startswith(b"/bot1:abc/sendMessage ") for each in asked)
    assert len(asked[1]) > len(long)


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_a_server_that_nobody_vouches_for_is_told_nothing(name: str) -> None:
    async with secure_server() as (base, asked):
        transport = speaking(name, base)
        with pytest.raises((NotCalled, Unknown)) as refused:
            await transport.call("getMe", {}, 5)
        await transport.close()
    assert type(refused.value) is NotCalled
    assert asked == []
