"""`backup`: a consistent copy, also while the service runs."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.ports import StoreUnavailable
from bot.settings import Settings
from bot.store import sqlite


def run(asked: Namespace, settings: Settings) -> int:
    """1 when there is nothing to copy or the target exists."""
    if not settings.database.exists():
        print(f"servicelotsen: {settings.database} does not exist", file=sys.stderr)
        return 1
    if asked.file.exists():
        print(f"servicelotsen: {asked.file} exists already; choose another name", file=sys.stderr)
        return 1
    try:
        sqlite.copy(settings.database, asked.file)
    except StoreUnavailable as error:
        _jobs.complain(f"{asked.file} can't be written: {error}")
    return 0
