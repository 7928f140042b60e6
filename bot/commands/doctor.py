"""`doctor`: what is configured, what is reachable, and what is wrong."""

import asyncio
import os
import platform
import shutil
import sqlite3
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import control, logs, retention
from bot.channels.telegram.transport import NotCalled, Refused, Unknown
from bot.commands import _jobs
from bot.library import folders, read, reason
from bot.post import NotSent, Post
from bot.settings import Settings
from bot.wiring import transport, transport_name
from knowledge.complaints import ContentError

FIXED_SQLITE = (3, 51, 3)
"""The first SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""
TELEGRAM_SECONDS = 5.0
LITTLE_SPACE_MIB = 500
MOST_SOCKET_BYTES = 107
"""How long a socket's path can be on Linux (unix(7))."""
UNSET: Mapping[str, str] = {
    "owner_name": 'sidorna säger "testinstallation"',
    "owner_contact": "/om visar ingen kontaktväg",
    "privacy_url": "/om visar bara vår egen text om personuppgifter",
    "public_url": "länkar får den lokala adressen, och kakan skyddas inte av https",
}
"""Setting → what it means that it is unset."""
MARKS = {"ok": "ok  ", "warn": "OBS ", "bad": "FEL "}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: str
    what: str


def run(_: Namespace, settings: Settings) -> int:
    """The report on stdout; 1 when something is wrong."""
    findings = list(examine(settings))
    for finding in findings:
        print(MARKS[finding.level] + finding.what)
    return 1 if any(finding.level == "bad" for finding in findings) else 0


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything worth knowing, secrets excepted."""
    yield Finding("ok", f"Python {platform.python_version()}")
    yield _sqlite()
    yield from _content(settings)
    yield from _data(settings)
    yield from _owner(settings)
    yield from _telegram(settings)
    yield _post(settings)
    kept = retention.load(settings.retention)
    level = "ok" if settings.retention else "warn"
    yield Finding(level, f"gallring: chatt {kept.chat_days} dagar, frågor {kept.question_days} dagar"
                  + ("" if settings.retention else " (gissade förval: låt ägaren bestämma RETENTION)"))  # fmt: skip


def _sqlite() -> Finding:
    fixed = sqlite3.sqlite_version_info >= FIXED_SQLITE
    note = "" if fixed else " (har WAL-reset-felet; en enda skrivare i taget skyddar, kör aldrig två på samma fil)"
    return Finding("ok", f"SQLite {sqlite3.sqlite_version}{note}")


def _content(settings: Settings) -> Iterator[Finding]:
    try:
        content = read(folders(settings.content))
    except ContentError as error:
        yield Finding("bad", f"innehållet har {len(error.complaints)} fel; kör servicelotsen check")
        return
    yield Finding("ok", f"innehåll: {len(content.knowledge.entries)} svar, {len(content.webinars)} webbinarier")


def _data(settings: Settings) -> Iterator[Finding]:
    running = "igång" if _jobs.serving(settings) else "inte igång"
    yield Finding("ok", f"tjänsten är {running} på {settings.data}")
    for path in dict.fromkeys((settings.data, settings.database.parent, settings.database)):
        try:
            _try_to_write(path, folder=path != settings.database)
        except OSError as error:
            yield Finding("bad", f"{path} går inte att skriva till ({reason(error)})")
            return
    if len(os.fsencode(control.socket_path(settings.data))) > MOST_SOCKET_BYTES:
        yield Finding("bad", f"sökvägen till {settings.data} är för lång; välj en annan mapp med --data")
    exists = settings.database.exists()
    yield Finding("ok", f"databas: {settings.database}" + ("" if exists else " (skapas vid start)"))
    free = shutil.disk_usage(_nearest(settings.database)).free // 2**20
    yield Finding("ok" if free > LITTLE_SPACE_MIB else "bad", f"ledigt utrymme: {free} MiB")


def _post(settings: Settings) -> Finding:
    """Whether the mail server answers. No letter is sent."""
    if not settings.smtp_url:
        return Finding("ok", "e-post: av (SMTP_URL är inte satt)")
    post = Post.at(settings.smtp_url)
    try:
        post.greet()
    except NotSent as error:
        return Finding("bad", f"e-postservern {post.host} går inte att använda ({error}): kontrollera SMTP_URL")
    return Finding("ok", f"e-post: {post.host}, från {post.sender}")


def _telegram(settings: Settings) -> Iterator[Finding]:
    """Whether the bot's token works, and how updates come. Telegram is asked who the bot is, and nothing else."""
    if not settings.telegram_token:
        yield Finding("ok", "Telegram: av (TELEGRAM_TOKEN är inte satt)")
        if settings.moderator_chat:
            yield Finding("warn", "MODERATOR_CHAT är satt men inte TELEGRAM_TOKEN: kön finns bara på webben")
        return
    try:
        me = asyncio.run(_asked(settings, "getMe", {}))
    except Refused as refusal:
        wrong = (
            "TELEGRAM_TOKEN gäller inte: kontrollera den hos @BotFather"
            if refusal.code in (401, 404)
            else "försök igen"
        )
        yield Finding("bad", f"Telegram svarar {refusal.code}: {wrong}")
    except (NotCalled, Unknown) as error:
        yield Finding("bad", f"Telegram går inte att nå på {settings.telegram_api_base} ({error})")
    else:
        yield Finding("ok", f"Telegram: @{me['username']}, {settings.telegram_mode}, {transport_name(settings)}")
        yield from _moderators(settings)
    if settings.telegram_mode == "webhook" and not settings.secure:
        yield Finding("warn", "Telegram ringer bara upp https-adresser: PUBLIC_URL behöver vara en sådan")


def _moderators(settings: Settings) -> Iterator[Finding]:
    """Whether the moderators' group is one that the bot is in."""
    if not settings.moderator_chat:
        return
    try:
        group = asyncio.run(_asked(settings, "getChat", {"chat_id": int(settings.moderator_chat)}))
    except Refused as refusal:
        moved = f": den har flyttat till {refusal.into}" if refusal.into else ": är boten med i gruppen?"
        yield Finding("bad", f"MODERATOR_CHAT går inte att nå{moved}")
    except (NotCalled, Unknown) as error:
        yield Finding("bad", f"MODERATOR_CHAT kunde inte frågas efter ({error})")
    else:
        yield Finding("ok", f"moderatorernas grupp: {group.get('title', '')}")


async def _asked(settings: Settings, method: str, params: Mapping[str, Any]) -> Any:
    logs.silence()
    line = transport(settings)
    try:
        return await line.call(method, params, TELEGRAM_SECONDS)
    finally:
        await line.close()


def _try_to_write(path: Path, *, folder: bool) -> None:
    """OSError when a folder can't be made or written in, or a file that is there not changed. Nothing is left."""
    if folder:
        tempfile.TemporaryDirectory(dir=_nearest(path)).cleanup()
    elif path.exists():
        path.open("r+b").close()


def _nearest(path: Path) -> Path:
    """The file or folder itself, or the nearest folder above it that is there."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())


def _owner(settings: Settings) -> Iterator[Finding]:
    for name, meaning in UNSET.items():
        value = getattr(settings, name)
        if value:
            yield Finding("ok", f"{name.upper()}: {value}")
        else:
            yield Finding("warn", f"{name.upper()} är inte satt: {meaning}")
    if settings.public_url and not settings.secure:
        yield Finding("warn", "PUBLIC_URL är inte https; kakan skyddas då sämre")
