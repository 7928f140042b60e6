"""`invite`: a one-time sign-in link."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.moderator.signing_in import INVITE_MINUTES, link
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """The link on stdout."""
    token = _jobs.do(settings, "invite", role=asked.role, webinar=asked.webinar)
    print(link(settings.public_url.rstrip("/") or "http://127.0.0.1:8080", token))
    print(f"The link works once, within {INVITE_MINUTES} minutes.", file=sys.stderr)
    return 0
