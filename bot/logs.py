"""What the service writes to its log: nothing of what people say, and never a secret."""

import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from bot.post import Post
from bot.settings import Settings

TALKATIVE = ("httpx", "httpcore", "telegram")
"""Libraries whose log tells addresses, and with them the bot's token, or what was said."""


@dataclass(frozen=True)
class Redact(logging.Filter):
    """Blackens secrets in whatever is about to be written, tracebacks included."""

    secrets: tuple[str, ...]

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the record is written, without its secrets."""
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.msg, record.args = self.clean(record.getMessage()), None
        record.exc_text = self.clean(record.exc_text or "") or None
        return True

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def begin(settings: Settings) -> None:
    """Write the log to stderr."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    silence()
    guard(logging.getLogger().handlers, settings)


def silence() -> None:
    """Let the talkative libraries speak only of what has gone badly wrong."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def guard(handlers: Iterable[logging.Handler], settings: Settings) -> None:
    """Put the filter on handlers."""
    token = settings.telegram_token
    password = Post.at(settings.smtp_url).password if settings.smtp_url else ""
    secrets = (token, token.partition(":")[2], settings.telegram_webhook_secret, settings.smtp_url, password)
    for handler in handlers:
        handler.addFilter(Redact(tuple(filter(None, secrets))))
