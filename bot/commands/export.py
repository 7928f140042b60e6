"""`export`: a table of what is in the database. Reads only, also while the service runs."""

import sys
from argparse import Namespace

from bot.commands import _files, _jobs
from bot.exporting import EXPORTERS, Wanted, table
from bot.library import folders, read
from bot.ports import StoreUnavailable
from bot.settings import Settings
from bot.store import sqlite


def run(asked: Namespace, settings: Settings) -> int:
    """The table on stdout or in a file; 2 when what is asked for does not go together."""
    exporter = EXPORTERS[asked.what]
    if wrong := _wrong(asked):
        print(f"servicelotsen export: {wrong}", file=sys.stderr)
        return 2
    content = read(folders(settings.content))
    if asked.webinar and asked.webinar not in content.webinars:
        _jobs.complain(f"there is no webinar {asked.webinar!r}; content has {', '.join(content.webinars) or 'none'}")
    wanted = Wanted(content, settings.language, asked.webinar, asked.with_names)
    try:
        with sqlite.looking(settings.database) as tx:
            found = table(exporter, tx, wanted)
    except StoreUnavailable as error:
        _jobs.complain(f"{settings.database} can't be read: {error}")
    from bot.documents.sheets import WRITERS, Style

    _files.put(asked.out, WRITERS[asked.format](found, Style(content.texts[settings.language], asked.excel)))
    print(f"{len(found.rows)} rows", file=sys.stderr)
    return 0


def _wrong(asked: Namespace) -> str:
    if asked.excel and asked.format != "csv":
        return "--excel is for --format csv"
    if asked.webinar and not EXPORTERS[asked.what].by_webinar:
        return f"{asked.what} belong to no webinar: leave out --webinar"
    if asked.format == "xlsx" and asked.out is None and sys.stdout.isatty():
        return "a workbook does not go to a terminal: give --out FILE.xlsx"
    return ""
