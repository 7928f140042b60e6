"""A table as CSV, as a workbook or as JSON lines. Whatever people wrote is text in all three, never a formula."""

import csv as sheet
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import xlsxwriter

from bot.conversations import SWEDEN
from bot.documents.table import UNSEEN, harmless
from bot.exporting import Cell, Column, Table
from dialogs.replies import bare
from dialogs.texts import Texts

MOST_CELL_CHARACTERS = 32_767
"""In a cell of a workbook."""
WIDE = ("text", "wording", "answer", "statement", "note", "reason")
WIDTH, WIDE_WIDTH = 14, 48


@dataclass(frozen=True)
class Style:
    """How people are to read it."""

    texts: Texts
    excel: bool = False
    """As a Swedish Excel opens CSV by a double click: with a byte order mark and semicolons."""


def csv(table: Table, style: Style) -> bytes:
    """Comma-separated values in UTF-8; headings and known values in words."""
    written = io.StringIO(newline="")
    rows = sheet.writer(written, delimiter=";" if style.excel else ",")
    rows.writerow(_heading(column, style.texts) for column in table.columns)
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        rows.writerow(cell if isinstance(cell, int) else harmless(_said(cell, column, style.texts))
                      for cell, column in cells)  # fmt: skip
    return written.getvalue().encode("utf-8-sig" if style.excel else "utf-8")


def xlsx(table: Table, style: Style) -> bytes:
    """A workbook with one sheet: strings typed as strings, a heading that stays, and a filter."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    page, heading, flowing = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    flowing.set_align("top")
    for place, column in enumerate(table.columns):
        page.set_column(place, place, WIDE_WIDTH if column.name in WIDE else WIDTH, flowing)
        page.write_string(0, place, _heading(column, style.texts), heading)
    for number, row in enumerate(table.rows, 1):
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            if isinstance(cell, int):
                page.write_number(number, place, cell)
            elif cell is not None:
                said = UNSEEN.sub("", bare(_said(cell, column, style.texts)))
                page.write_string(number, place, said[:MOST_CELL_CHARACTERS])
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return written.getvalue()


def jsonl(table: Table, _: Style) -> bytes:
    """An object a line, for other programs: names and values as the service itself calls them, moments in ISO 8601."""
    names = [column.name for column in table.columns]
    lines = (json.dumps(dict(zip(names, map(_value, row), strict=True)), ensure_ascii=False) for row in table.rows)
    return "".join(f"{bare(line)}\n" for line in lines).encode("utf-8", "replace")


def _heading(column: Column, texts: Texts) -> str:
    key = f"document.table.{column.name}"
    return texts(key) if key in texts else column.name


def _said(cell: Cell, column: Column, texts: Texts) -> str:
    if isinstance(cell, dt.datetime):
        return cell.astimezone(SWEDEN).strftime("%Y-%m-%d %H:%M:%S")
    key = f"{column.said}{cell}"
    if column.said and key in texts:
        return " ".join(texts(key, code="").split())  # the code that a phrase names stands in a column of its own
    return str("" if cell is None else cell)


def _value(cell: Cell) -> str | int | None:
    return cell.astimezone(SWEDEN).isoformat(timespec="seconds") if isinstance(cell, dt.datetime) else cell


WRITERS: Mapping[str, Callable[[Table, Style], bytes]] = {"csv": csv, "xlsx": xlsx, "jsonl": jsonl}
"""Format → how a table is written in it."""
