"""A result as a document: PDF, plain text, table and data."""

from collections.abc import Callable, Mapping

from bot import bicycle
from bot.documents import table, text
from bot.documents.pdf import pdf
from dialogs.bicycle import described
from dialogs.report import Report
from dialogs.texts import Texts


def _pdf(report: Report, texts: Texts) -> bytes:
    return pdf(report, texts, bicycle.svg(report, texts), described(report, texts))


def _text(report: Report, texts: Texts) -> bytes:
    return text.text(report, texts).encode()


def _json(report: Report, _: Texts) -> bytes:
    return table.json(report)


FORMS: Mapping[str, Callable[[Report, Texts], bytes]] = {"pdf": _pdf, "txt": _text, "csv": table.csv, "json": _json}
"""The suffix of a file → how it is made of a report."""
