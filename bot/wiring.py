"""Puts the service together: the only place that names concrete classes."""

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot import retention
from bot.conversations import SWEDEN, Conversations
from bot.library import Library, folders
from bot.live import Live
from bot.service import Service
from bot.settings import Settings
from bot.store.sqlite import SqliteStore


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
        }
        conversations = Conversations(store, library, facts, clock)
        yield Service(settings, secret, library, store, live, conversations, kept, clock)
    finally:
        live.close()
        await store.close()
