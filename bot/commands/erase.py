"""`erase`: one person's data."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """1 when there is no such person."""
    person = _jobs.do(settings, "erase", person=asked.person)
    told = f"erased; should an older backup be restored: servicelotsen erase {person}"
    print(told if person else "there is no such person", file=sys.stderr)
    return 0 if person else 1
