"""The answers of a result for a spreadsheet, and the whole result for another program."""

import csv as sheet
import dataclasses
import datetime as dt
import io
import json as notation
import re

from dialogs.replies import bare
from dialogs.report import Report
from dialogs.texts import Texts

FORMULA = re.compile(r"\s*[=+\-@|＝＋－＠｜﹦﹢﹣﹫]|[\t\r\n]")
"""What makes a spreadsheet calculate a cell, or run something, instead of showing it."""
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
COLUMNS = ("day", "level", "purpose", "factor", "id", "statement", "answer", "note")


def csv(report: Report, texts: Texts) -> bytes:
    """The answers as given, one a row, with what is needed to put the rows of several results together.

    Semicolons and a byte order mark: so a Swedish spreadsheet opens it with a double click.
    """
    written = io.StringIO(newline="")
    rows = sheet.writer(written, delimiter=";")
    rows.writerow(harmless(texts(f"document.table.{name}")) for name in COLUMNS)
    names = {part.factor: part.name for part in report.parts}
    for each in report.answers:
        factor = names.get(each.factor, each.factor) or texts("document.lights")
        cells = (
            report.day.isoformat(), report.level, report.purpose,
            factor, each.statement, each.wording, each.label, each.note,
        )  # fmt: skip
        rows.writerow(map(harmless, cells))
    return written.getvalue().encode("utf-8-sig")


def json(report: Report) -> bytes:
    """The whole result, names and order as in `Report`; days as YYYY-MM-DD."""
    written = notation.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2, default=dt.date.isoformat)
    return bare(written).encode()


def harmless(cell: str) -> str:
    """The words of a cell as no spreadsheet reads anything else than words into them."""
    shown = UNSEEN.sub("", bare(cell))
    return f"'{shown}" if FORMULA.match(shown) else shown
