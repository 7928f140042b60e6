"""`purge`: everything past its retention."""

import sys
from argparse import Namespace

from bot import retention
from bot.commands import _jobs
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """How many of each class, on stdout. SettingsError when the file of RETENTION is wrong, whoever does the job."""
    retention.load(settings.retention)
    if _jobs.serving(settings):
        print("The running service does it, by the RETENTION it was started with.", file=sys.stderr)
    for name, count in _jobs.do(settings, "purge", dry_run=asked.dry_run).items():
        print(f"{name}\t{count}")
    return 0
