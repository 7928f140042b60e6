"""Pictures and files that a reply names, made when they are asked for. None is stored."""

import datetime as dt
import io
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import segno

from bot import bicycle, documents
from bot.documents.calendar import ics
from bot.library import Library
from bot.store.tx import Tx
from dialogs.bicycle import name as bicycle_name
from dialogs.reminding import event_day
from dialogs.report import Report
from dialogs.reporting import report
from knowledge.fields import LANGUAGES

MOST_ADDRESS_CHARACTERS = 300
MOST_REMEMBERED = 32
"""Files that stay in memory until others take their place: what is offered is soon fetched."""


@dataclass(frozen=True)
class Making:
    """How to make a picture or a file. Calling it does, away from the store: it may take a tenth of a second."""

    by: Callable[..., bytes]
    what: tuple[Any, ...]
    """All that it is made from; compared, so that the same need not be made twice."""

    def __call__(self) -> bytes:
        """The file itself."""
        return _made(self)


@lru_cache(maxsize=MOST_REMEMBERED)
def _made(making: Making) -> bytes:
    return making.by(*making.what)


def forget_made() -> None:
    """Let go of every file in memory, as when somebody wants to be forgotten."""
    _made.cache_clear()


@dataclass(frozen=True)
class Media:
    """Finds what is named `qr/<webinar>.png`, `bicycle/<run>.<language>.<mark>.png` and the like."""

    base: str
    library: Library
    clock: Callable[[], dt.datetime]

    def __call__(self, tx: Tx, person: str | None, name: str) -> Making | None:
        """How to make a picture or a file; None when there is nothing of that name for this person."""
        kind, _, rest = name.partition("/")
        named, _, suffix = rest.rpartition(".")
        find = KINDS.get(kind)
        return find(self, tx, person, named, suffix) if find else None


def qr(address: str, suffix: str) -> bytes:
    """A QR code that leads to an address, as `png` or `pdf`."""
    written = io.BytesIO()
    segno.make(address[:MOST_ADDRESS_CHARACTERS], error="m").save(written, kind=suffix, scale=8, border=4)
    return written.getvalue()


def _qr(media: Media, _tx: Tx, _person: str | None, code: str, suffix: str) -> Making | None:
    if suffix not in ("png", "pdf") or code not in media.library.content.webinars:
        return None
    return Making(qr, (f"{media.base}/w/{code}", suffix))


def _round(media: Media, tx: Tx, _person: str | None, code: str, suffix: str) -> Making | None:
    return Making(qr, (f"{media.base}/r/{code}", suffix)) if suffix == "png" and tx.round(code, None) else None


def _document(media: Media, tx: Tx, person: str | None, named: str, suffix: str) -> Making | None:
    found = _reported(media, tx, person, named) if suffix in documents.FORMS else None
    return Making(documents.FORMS[suffix], (found, media.library.content.texts[found.language])) if found else None


def _bicycle(media: Media, tx: Tx, person: str | None, named: str, suffix: str) -> Making | None:
    """The answers as they were are not kept, so the picture of a result that has changed since only says so.

    Without a mark, as the addresses were once, it is the result of today.
    """
    plain = ".".join(named.split(".")[:2])
    found = _reported(media, tx, person, plain) if suffix in bicycle.FORMS else None
    if found is None:
        return None
    texts = media.library.content.texts[found.language]
    if named not in (plain, bicycle_name(found)):
        return Making(bicycle.EARLIER[suffix], (texts,))
    return Making(bicycle.FORMS[suffix], (found, texts))


def _reminder(media: Media, tx: Tx, person: str | None, named: str, suffix: str) -> Making | None:
    found = _reported(media, tx, person, named) if suffix == "ics" else None
    run = tx.run(person, found.run) if found and person else None
    if found is None or run is None:
        return None
    now = media.clock()
    made = dt.datetime.combine(found.day, dt.time(), now.tzinfo)  # the same however often it is made
    return Making(
        ics, (found, media.library.content.texts[found.language], event_day(run, now.date()), made, media.base)
    )


def _reported(media: Media, tx: Tx, person: str | None, named: str) -> Report | None:
    """The report of a person's own run, in the language that the file's name says."""
    identity, _, language = named.partition(".")
    run = tx.run(person, identity) if person else None
    if run is None or language not in LANGUAGES:
        return None
    content = media.library.content
    definition = media.library.checklist(run, tx.edition)
    round_ = tx.round(run.round, person) if run.joint and run.round else None
    before = tx.run_before(person or "", run)
    return report(content, definition, run, language, media.clock(), before, round_.joined if round_ else 1)


KINDS: Mapping[str, Callable[..., Making | None]] = {
    "qr": _qr,
    "round": _round,
    "bicycle": _bicycle,
    "document": _document,
    "reminder": _reminder,
}
"""Kind of file → finds how to make one: given the media, a transaction, whose it is, its name and its suffix."""


def content_type(name: str) -> str:
    """What kind of file it is."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
