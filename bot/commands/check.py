"""`check`: everything a curator can have got wrong, said at once, and what could be better."""

import datetime as dt
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path

import knowledge.load
from bot import links, prepared
from bot.library import files, folders, read
from bot.settings import Settings
from knowledge.complaints import Complaint, ContentError
from knowledge.entries import Knowledge
from knowledge.load import LIX_GOOD, expected, hard_to_read
from knowledge.query import Query
from knowledge.review import KINDS, Remark, doubled, quick, thorough

SHOWN = 10
"""Suggestions shown without --review."""


def run(asked: Namespace, settings: Settings) -> int:
    """0 when all content can be used, 1 with complaints on stderr. Suggestions are data, not complaints."""
    known, texts = _content(asked.kb, settings)
    questions = expected(texts.items(), known.entries)
    if asked.ask:
        titles = {slug: entry.wording(asked.lang).title for slug, entry in known.entries.items()}
        print(prepared.matcher(known, texts.items()).explain(Query(asked.ask, asked.lang)).text(titles))
        return 0
    complaints = [
        f"{file}:1: svaret är svårläst (LIX {score:.0f}); högst {LIX_GOOD} är målet"
        for score, file in hard_to_read(known)
    ]
    complaints += [_placed(remark, texts) for remark in doubled(known)]
    if asked.links:
        complaints += links.broken(known)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    remarks = quick(known, dt.datetime.now(dt.UTC).date())
    if asked.review:
        remarks += thorough(known, prepared.matcher(known, texts.items()))
    print(_summary(known, len(questions)))
    for line in _suggestions(remarks, texts, asked.review or SHOWN):
        print(line)
    return 1 if complaints else 0


def _content(kb: Path | None, settings: Settings) -> tuple[Knowledge, dict[str, str]]:
    """The knowledge base, and its files."""
    if kb is None:
        where = folders(settings.content)
        return read(where).knowledge, dict(files(where.knowledge))
    if not kb.is_dir():
        raise ContentError((Complaint(str(kb), 1, "mappen finns inte", "ange en mapp ordnad som knowledge/content"),))
    texts = dict(files(kb))
    return knowledge.load.load(texts.items()), texts


def _summary(known: Knowledge, questions: int) -> str:
    wordings = [wording for entry in known.entries.values() for wording in entry.wordings.values()]
    reviewed = sum(wording.reviewed is not None for wording in wordings)
    return (
        f"{len(known.entries)} svar, {len(wordings)} texter, {sum(len(each.variants) for each in wordings)} frågesätt, "
        f"{len(known.tools)} verktyg, {questions} väntade frågor. Granskade av ägaren: {reviewed} av {len(wordings)}."
    )


def _suggestions(remarks: Sequence[Remark], texts: Mapping[str, str], most: int) -> Iterator[str]:
    shown = _worst(remarks, most)
    for kind, heading in KINDS.items():
        found = [remark for remark in shown if remark.kind == kind]
        if found:
            yield f"\n{heading} ({sum(remark.kind == kind for remark in remarks)}):"
            yield from (_placed(remark, texts) for remark in found)
    if len(remarks) > most:
        yield f"\n… och {len(remarks) - most} till. De N värsta: servicelotsen check --review N"


def _worst(remarks: Sequence[Remark], most: int) -> list[Remark]:
    """The worst of every kind, then the next of every kind, and so on."""
    ranked = zip_longest(*([remark for remark in remarks if remark.kind == kind] for kind in KINDS))
    return list(islice((remark for rank in ranked for remark in rank if remark), most))


def _placed(remark: Remark, texts: Mapping[str, str]) -> str:
    return str(Complaint(remark.file, _line(texts[remark.file], remark.near), remark.what, remark.should))


def _line(text: str, near: str) -> int:
    """The line of a file where a text stands; 1 when it is written in another way there."""
    return next((number for number, line in enumerate(text.split("\n"), 1) if near in line), 1)
