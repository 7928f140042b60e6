"""`eval`: how well labelled questions are answered, and which entries are taken for one another."""

import json
import sys
from argparse import Namespace
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from bot.commands.ask import _load, _query, _timed
from bot.library import text_of
from bot.scoring import Confusion, Figures, Labelled, Scored, confusions, figures, grouped, percentile
from bot.settings import Settings
from knowledge.complaints import Complaint
from knowledge.fields import nearest
from knowledge.load import NAME_AN_ENTRY, expected
from knowledge.match import Matcher
from knowledge.query import Query

COLUMNS = tuple(each.name for each in fields(Figures))
LEGEND = """
top1, top3  rätt svar först, eller bland de tre första
right       rätt svar gavs        useful  rätt svar gavs eller erbjöds
held        frågor utan svar som gick till moderatorn eller fick ett fritt svar
harm        fel svar gavs, av alla frågor        error  fel svar, av alla givna svar"""
VERDICTS = {"wrong": "fel svar", "lost": "borde till moderatorn", "missed": "hittades inte"}
MOST_SHOWN = 80


def run(asked: Namespace, settings: Settings) -> int:
    """Figures on stdout; 1 when lines could not be used, which the figures then leave out."""
    _, matcher = _load(asked.kb, settings)
    topics = {topic for model in matcher.models.values() for topic in model.topics}
    complaints: list[Complaint] = []
    questions = _labelled(asked.file, topics, complaints)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    scored = [_scored(matcher, question) for question in questions]
    for line in _told(scored, asked.by, asked.worst):
        print(line)
    return 1 if complaints else 0


def _scored(matcher: Matcher, question: Labelled) -> Scored:
    return Scored(question, *_timed(matcher, question.query))


def _labelled(path: Path, topics: Collection[str], complaints: list[Complaint]) -> list[Labelled]:
    text = text_of(path, "ange en .jsonl med frågor och facit, sparad som UTF-8")
    if path.suffix == ".yaml":
        return _expected(path, text, topics)
    lines = enumerate(text.split("\n"), 1)
    return [each for number, line in lines if line.strip() for each in _line(path, number, line, topics, complaints)]


def _expected(path: Path, text: str, topics: Collection[str]) -> list[Labelled]:
    """The questions of a file of content/expected, whose name is their language."""
    return [
        Labelled(
            Query(each.text, each.language), each.topic, each.also_ok, {"lang": each.language, "style": each.style}
        )
        for each in expected([(f"expected/{path.name}", text)], topics)
    ]


def _line(
    path: Path, number: int, line: str, topics: Collection[str], complaints: list[Complaint]
) -> Iterator[Labelled]:
    try:
        row = json.loads(line)
        query, topic, also = _query(row), row["topic"], tuple(row.get("also_ok") or ())
        unknown = [each for each in (topic, *also) if each is not None and each not in topics]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        should = 'skriv {"id": "1", "text": "…", "lang": "sv", "topic": "…"}, med null när inget svar passar'
        complaints.append(Complaint(str(path), number, "raden går inte att läsa som en fråga med facit", should))
        return
    for each in unknown:
        should = nearest(str(each), topics, NAME_AN_ENTRY)
        complaints.append(Complaint(str(path), number, f"svaret {each!r} finns inte", should))
    if not unknown:
        yield Labelled(query, topic, also, _noted(row, query))


def _noted(row: dict[str, Any], query: Query) -> dict[str, str]:
    return {**{name: str(value) for name, value in row.items()}, "lang": query.language}


def _told(scored: Sequence[Scored], by: str | None, worst: int) -> Iterator[str]:
    if not scored:
        yield "Inga frågor att mäta."
        return
    rows = {"alla": figures(scored), **grouped(scored, "lang"), **(grouped(scored, by) if by else {})}
    width = max(map(len, rows))
    yield "  ".join((" " * width, *(f"{name:>6}" for name in COLUMNS)))
    for name, row in rows.items():
        yield "  ".join((name.ljust(width), f"{row.n:>6}", *(_share(getattr(row, each)) for each in COLUMNS[1:])))
    yield LEGEND
    p50, p99, most = (percentile([each.micros for each in scored], share) for share in (0.5, 0.99, 1))
    yield f"\nTid per fråga i mikrosekunder: p50 {p50}  p99 {p99}  max {most}"
    yield from _confused(confusions(scored), worst)


def _confused(found: Sequence[Confusion], worst: int) -> Iterator[str]:
    if found:
        yield "\nFörväxlingar (antal, vad som hände, vad frågan ville ha -> vad den fick, ett exempel):"
    for each in found[:worst]:
        shown = each.example if len(each.example) <= MOST_SHOWN else f"{each.example[:MOST_SHOWN]} …"
        yield f'{each.count:>4}  {VERDICTS[each.verdict]}: {each.wanted} -> {each.got}  "{" ".join(shown.split())}"'
    if len(found) > worst:
        yield f"… och {len(found) - worst} till: --worst {len(found)}"


def _share(found: float | None) -> str:
    return "     -" if found is None else f"{found:6.3f}"
