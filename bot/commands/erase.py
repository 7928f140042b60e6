"""`erase`: one person's data."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """1 when there is no such person."""
    found = _jobs.do(settings, "erase", person=asked.person)
    print("erased" if found else "there is no such person", file=sys.stderr)
    return 0 if found else 1
