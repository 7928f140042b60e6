"""`purge`: everything past its retention."""

from argparse import Namespace

from bot.commands import _jobs
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """How many of each class, on stdout."""
    for name, count in _jobs.do(settings, "purge", dry_run=asked.dry_run).items():
        print(f"{name}\t{count}")
    return 0
