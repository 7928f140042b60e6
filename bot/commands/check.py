"""`check`: everything a curator can have got wrong, said at once."""

import sys
from argparse import Namespace

from bot import links, prepared
from bot.library import files, folders, read
from bot.settings import Settings
from knowledge.entries import Knowledge
from knowledge.load import LIX_GOOD, expected, hard_to_read
from knowledge.query import Query


def run(asked: Namespace, settings: Settings) -> int:
    """0 when all content can be used, 1 with complaints on stderr."""
    where = folders(settings.content)
    content = read(where)
    known = content.knowledge
    questions = expected(files(where.knowledge), known.entries)
    if asked.ask:
        print(prepared.matcher(known, files(where.knowledge)).explain(Query(asked.ask, asked.lang)).text())
        return 0
    complaints = [f"{file}:1: LIX {score:.0f}; aim for {LIX_GOOD} at most" for score, file in hard_to_read(known)]
    if asked.links:
        complaints += links.broken(known)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print(_summary(known, len(questions)))
    return 1 if complaints else 0


def _summary(known: Knowledge, questions: int) -> str:
    wordings = [wording for entry in known.entries.values() for wording in entry.wordings.values()]
    reviewed = sum(wording.reviewed is not None for wording in wordings)
    return (
        f"{len(known.entries)} svar, {len(wordings)} texter, {sum(len(each.variants) for each in wordings)} frågesätt, "
        f"{len(known.tools)} verktyg, {questions} väntade frågor. Granskade av ägaren: {reviewed} av {len(wordings)}."
    )
