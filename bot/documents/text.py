"""The document of a result as plain text: the same words as the PDF, and all of them."""

import textwrap
from collections.abc import Iterator

from bot.documents.order import Document, Item, Room, Row, Section, document
from dialogs.replies import bare
from dialogs.report import Report
from dialogs.texts import Texts

WIDTH = 72
TO_WRITE_ON = "_" * 40


def text(report: Report, texts: Texts) -> str:
    """The result as plain text, at most 72 characters a line."""
    return bare("\n".join(_lines(document(report, texts, Room()))) + "\n")


def _lines(found: Document) -> Iterator[str]:
    yield from _heading(found.title, "=")
    for item in found.facts:
        yield from _wrapped(_labelled(item))
    yield from ("", *_wrapped(found.intro))
    for row in found.rows:
        yield from _wrapped(_row(found.columns, row), "* ")
    for section in found.sections:
        yield from ("", *_heading(section.heading, "-"), *_section(section))
    if found.closing:
        yield from ("", *_wrapped(found.closing))
    yield from ("", found.foot)


def _heading(words: str, under: str) -> list[str]:
    lines = textwrap.wrap(words, WIDTH)
    return [*lines, under * max(map(len, lines), default=0)]


def _row(columns: tuple[str, ...], row: Row) -> str:
    """A row of the table in words: "Samverkan, navet: Behöver arbete. Poäng: 1 av 6. …"."""
    part, state, *counts = (", ".join(filter(None, (cell.text, cell.small))) for cell in row.cells)
    counted = (f"{column}: {count}" for column, count in zip(columns[2:], counts, strict=True))
    return ". ".join((f"{part}: {state.rstrip('.')}", *counted)) + "."


def _section(section: Section) -> Iterator[str]:
    for item in section.items:
        yield from _wrapped(_labelled(item)) if section.kind == "step" else _item(item)
    for words in section.after:
        yield from _wrapped(words)


def _labelled(item: Item) -> str:
    return f"{item.head}: {TO_WRITE_ON if item.open else item.text}"


def _item(item: Item) -> Iterator[str]:
    head = f"{item.head} ({': '.join(item.marks)})" if item.marks else item.head
    below = (f"{item.small}: {TO_WRITE_ON}",) if item.open else (item.text, item.small)
    for index, words in enumerate(filter(None, (head, *below))):
        yield from _wrapped(words, "  " if index else "* ")


def _wrapped(words: str, first: str = "") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)
