"""`reload`: the content again, all or nothing."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.settings import Settings


def run(_: Namespace, settings: Settings) -> int:
    """1 with the complaints on stderr when the old content was kept."""
    complaints = _jobs.do(settings, "reload")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0
