"""Puts the service together: the only place that names concrete classes."""

import datetime as dt
import importlib.util
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot import retention
from bot.conversations import SWEDEN, Conversations
from bot.library import Library, folders
from bot.live import Live
from bot.service import Service
from bot.settings import Settings, SettingsError
from bot.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from bot.channels.telegram.channel import Telegram
    from bot.channels.telegram.transport import Transport


def now() -> dt.datetime:
    """The time, in Sweden."""
    return dt.datetime.now(SWEDEN)


@asynccontextmanager
async def running(settings: Settings, clock: Callable[[], dt.datetime] = now) -> AsyncIterator[Service]:
    """A service with its store open.

    Raises ContentError, SettingsError and StoreLocked before anything is changed.
    """
    library = Library(folders(settings.content))
    kept = retention.load(settings.retention)
    live = Live()
    store = SqliteStore(settings.database, live.wake)
    try:
        fresh = secrets.token_urlsafe(32)
        secret = await store.write(lambda tx: tx.secret("cookies", fresh))
        facts = {
            "owner": settings.owner_name,
            "contact": settings.owner_contact,
            "chat_days": str(kept.chat_days),
            "question_days": str(kept.question_days),
            "letterbox_days": str(settings.letterbox_days or ""),
        }
        conversations = Conversations(store, library, facts, clock)
        yield Service(settings, secret, library, store, live, conversations, kept, clock)
    finally:
        live.close()
        await store.close()


async def telegram(service: Service) -> "Telegram | None":
    """The Telegram channel of a service; None without a token. Only then is what it stands on imported."""
    settings = service.settings
    if not settings.telegram_token:
        return None
    from bot.channels.telegram.channel import Telegram
    from bot.channels.telegram.webhook import Webhook

    fresh = secrets.token_urlsafe(32)
    kept = await service.store.write(lambda tx: tx.secret("telegram webhook", fresh))
    webhook = Webhook(settings.telegram_webhook_secret or kept) if settings.telegram_mode == "webhook" else None
    return Telegram(service, transport(settings), webhook)


def transport(settings: Settings) -> "Transport":
    """The way to the Bot API that the settings ask for, or the one that is installed. SettingsError when it is not."""
    if transport_name(settings) == "ptb":
        from bot.channels.telegram.ptb import Ptb

        return Ptb(settings.telegram_api_base, settings.telegram_token)
    from bot.channels.telegram.plain import Plain

    return Plain(settings.telegram_api_base, settings.telegram_token)


def transport_name(settings: Settings) -> str:
    """`ptb` or `httpx`: the one asked for, else ptb where it is. SettingsError when it is asked for and is not."""
    installed = importlib.util.find_spec("telegram") is not None
    if settings.telegram_transport == "ptb" and not installed:
        raise SettingsError("TELEGRAM_TRANSPORT is ptb, but python-telegram-bot is not installed: pip install '.[ptb]'")
    return settings.telegram_transport or ("ptb" if installed else "httpx")
