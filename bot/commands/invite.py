"""`invite`: a one-time sign-in link."""

import sys
from argparse import Namespace

from bot.commands import _jobs
from bot.moderator.signing_in import INVITE_MINUTES
from bot.roles import LECTURER_ROLES
from bot.settings import Settings


def run(asked: Namespace, settings: Settings) -> int:
    """The link on stdout."""
    if asked.role in LECTURER_ROLES and not asked.webinar:
        print(f"servicelotsen invite: a {asked.role} answers for one webinar: give --webinar CODE.", file=sys.stderr)
        return 2
    serving = _jobs.serving(settings)
    print(_jobs.do(settings, "invite", role=asked.role, webinar=asked.webinar))
    print(f"The link works once, within {INVITE_MINUTES} minutes.", file=sys.stderr)
    if not serving:
        known = "PUBLIC_URL" if settings.public_url else "the default, as PUBLIC_URL is not set"
        print(f"No service is running on {settings.data}: the address is {known}.", file=sys.stderr)
    return 0
