"""`report`: what was asked in a webinar and what became of it, votes and feedback, as a PDF to publish. Reads only."""

import sys
from argparse import Namespace

from bot.commands import _files, _jobs
from bot.documents import webinar
from bot.library import folders, read
from bot.ports import StoreUnavailable
from bot.publishing import gathered
from bot.settings import Settings
from bot.store import sqlite
from bot.wiring import now


def run(asked: Namespace, settings: Settings) -> int:
    """The report in a file; 1 when there is no such webinar, or nothing to read."""
    content = read(folders(settings.content))
    if asked.webinar not in content.webinars:
        _jobs.complain(f"there is no webinar {asked.webinar!r}; content has {', '.join(content.webinars) or 'none'}")
    try:
        with sqlite.looking(settings.database) as tx:
            found = gathered(tx, content, asked.webinar)
    except StoreUnavailable as error:
        _jobs.complain(f"{settings.database} can't be read: {error}")
    of = webinar.Occasion(content.webinars[asked.webinar], now(), settings.owner_name)
    _files.put(asked.out, webinar.pdf(found, of, content.texts[settings.language]))
    print("Read it through before you publish it: what people wrote may point to somebody.", file=sys.stderr)
    return 0
