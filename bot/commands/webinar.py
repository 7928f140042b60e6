"""`webinar`: list, plan, open, close, archive, recording."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.settings import Settings

PHASES = {"plan": "planned", "open": "open", "close": "closed", "archive": "archived"}


def run(asked: Namespace, settings: Settings) -> int:
    """The webinars and their phase on stdout."""
    if asked.action != "list" and not asked.code:
        print(f"servicelotsen webinar {asked.action}: which one? Give its CODE.", file=sys.stderr)
        return 2
    phases = _jobs.do(settings, "webinar", code=asked.code, phase=PHASES.get(asked.action),
                      recording=asked.action == "recording")  # fmt: skip
    for code, phase in phases.items():
        print(f"{code}\t{phase}")
    return 0
