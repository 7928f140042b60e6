"""A mail server on loopback that takes letters, and people who read them.

async with mailbox() as box:
    ...Settings(smtp_url=box.url)...
    [letter] = box.letters
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "paminn@example.org"
PASSWORD = "hemligt-losenord"
TOKEN = re.compile(r"/paminnelse/svar/([\w-]+)")


@dataclass(frozen=True)
class Taken:
    """A letter as the server got it."""

    sender: str
    to: list[str]
    message: EmailMessage
    raw: bytes

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.message.get_content())

    @property
    def token(self) -> str:
        """What its link ends with."""
        found = TOKEN.search(self.text)
        assert found
        return found[1]


@dataclass
class Mailbox:
    """A mail server that keeps what it is given."""

    port: int
    letters: list[Taken] = field(default_factory=list)
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Address → what is said instead of taking a letter to it."""

    @property
    def url(self) -> str:
        """What SMTP_URL is set to."""
        return f"smtp://127.0.0.1:{self.port}?from={SENDER}"

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(Taken(envelope.mail_from or "", list(envelope.rcpt_tos), message, raw))
        return "250 OK"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def mailbox(port: int = 0, **options: Any) -> AsyncIterator[Mailbox]:
    """A server on loopback; `options` are aiosmtpd's."""
    box = Mailbox(port)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, enable_SMTPUTF8=True, hostname="localhost", **options), "127.0.0.1", port
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
