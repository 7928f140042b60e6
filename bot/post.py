"""E-mail, over SMTP. Only what somebody has asked for is sent, to the address they wrote themselves."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

SECONDS = 20.0
PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465}
LOCAL = ("localhost", "127.0.0.1", "::1")


class NotSent(Exception):
    """The letter was not taken; trying again later can help."""


@dataclass(frozen=True)
class Letter:
    """An e-mail of plain text."""

    to: str
    subject: str
    text: str
    stop: str
    """Where one says no to more letters."""


@dataclass(frozen=True)
class Post:
    """A mail server as SMTP_URL names it: `smtp://user:password@host:587?from=address`, or `smtps://…`."""

    host: str
    port: int
    scheme: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> "Post":
        """The server of an address. ValueError says what it lacks, and never shows a password."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("it is no address") from None
        sender = parse_qs(parts.query).get("from", [""])[0]
        if parts.scheme not in PORTS or not host:
            raise ValueError("it should begin with smtp:// or smtps:// and name a host")
        if not all(parseaddr(sender)[1].rpartition("@")) or not sender.isprintable():
            raise ValueError("it should end with ?from= and the address that letters come from")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port or PORTS[parts.scheme], parts.scheme, sender, user, password)

    def send(self, letter: Letter) -> None:
        """Hand a letter over. NotSent when the server can't be reached or refuses it."""
        _, sender = parseaddr(self.sender)
        self._do(lambda line: line.send_message(self._written(letter), sender, [letter.to]))

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Message-ID"] = make_msgid(domain=parseaddr(self.sender)[1].rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{letter.stop}>"
        message.set_content(letter.text)
        return message

    def greet(self) -> None:
        """Open a line and sign in, and send nothing. NotSent when that can't be done."""
        self._do(lambda line: line.noop())

    def _do(self, work: Callable[[smtplib.SMTP], object]) -> None:
        try:
            with self._line() as line:
                work(line)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(type(error).__name__) from None

    @contextmanager
    def _line(self) -> Iterator[smtplib.SMTP]:
        """An open line, secured unless the server is on this very machine: there its certificate names no host."""
        secured = ssl.create_default_context()
        if self.scheme == "smtps":
            line: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=secured)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.scheme == "smtp" and self.host not in LOCAL:
                line.starttls(context=secured)
            if self.user:
                line.login(self.user, self.password)
            yield line
            with suppress(OSError, smtplib.SMTPException):  # what has been taken is sent, however they part
                line.quit()
        finally:
            line.close()
