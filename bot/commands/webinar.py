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
    waiting = _jobs.do(settings, "waiting", code=asked.code) if asked.action == "archive" else 0
    if waiting:
        print(f"{waiting} still waiting: they stay in the desk's queue until they are decided", file=sys.stderr)
    return 0
