"""`doctor`: what is configured, what is reachable, and what is wrong."""

import platform
import shutil
import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass

from bot import control, retention
from bot.library import folders, read
from bot.settings import Settings
from knowledge.complaints import ContentError

FIXED_SQLITE = (3, 51, 3)
"""The first SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""
LITTLE_SPACE_MIB = 500
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
    try:
        control.Client(control.socket_path(settings.data)).close()
        yield Finding("ok", f"tjänsten är igång på {settings.data}")
    except OSError:
        yield Finding("ok", f"tjänsten är inte igång på {settings.data}")
    exists = settings.database.exists()
    yield Finding("ok", f"databas: {settings.database}" + ("" if exists else " (skapas vid start)"))
    folder = next(
        parent for parent in (settings.database.parent, *settings.database.absolute().parents) if parent.exists()
    )
    free = shutil.disk_usage(folder).free // 2**20
    yield Finding("ok" if free > LITTLE_SPACE_MIB else "bad", f"ledigt utrymme: {free} MiB")


def _owner(settings: Settings) -> Iterator[Finding]:
    for name in ("owner_name", "owner_contact", "privacy_url", "public_url"):
        value = getattr(settings, name)
        if value:
            yield Finding("ok", f"{name.upper()}: {value}")
        else:
            yield Finding("warn", f"{name.upper()} är inte satt; sidorna säger testinstallation")
    if settings.public_url and not settings.secure:
        yield Finding("warn", "PUBLIC_URL är inte https; kakan skyddas då sämre")
