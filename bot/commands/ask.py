"""`ask`: one question, or a stream of them, against the knowledge base."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import knowledge.load
from bot import prepared, semantic
from bot.library import files, folders, text_of
from bot.settings import Settings
from knowledge.complaints import Complaint, ContentError
from knowledge.entries import Knowledge
from knowledge.match import Matcher, build_from_variants
from knowledge.query import Match, Query
from knowledge.small_talk import SmallTalk

MOST_CHARACTERS = 4096


def run(asked: Namespace, settings: Settings) -> int:
    """Answer on stdout."""
    known, matcher = _load(asked.kb, settings, many=asked.jsonl)
    if asked.jsonl:
        return _stream(matcher)
    text = " ".join(asked.text).strip()
    if not text:
        print('servicelotsen ask: write a question, like: servicelotsen ask "Vad är en LEA?"', file=sys.stderr)
        return 2
    match, micros = _timed(matcher, Query(text[:MOST_CHARACTERS], asked.lang))
    print(json.dumps(as_json(match, micros), ensure_ascii=False) if asked.json else _told(match, known, asked.lang))
    return 0


def _load(kb: Path | None, settings: Settings, *, many: bool = True) -> tuple[Knowledge | None, Matcher]:
    """The knowledge base, where it is in the shipped layout, and its matcher; `many` questions are worth a wait."""
    texts = list(files(kb if kb and kb.is_dir() else folders(settings.content).knowledge))
    known = knowledge.load.load(texts)
    if kb and not kb.is_dir():
        return None, build_from_variants(_rows(kb), SmallTalk(known.small_talk))
    return known, _with_second_opinion(prepared.matcher(known, texts), prepared.digest(texts), many=many)


def _with_second_opinion(matcher: Matcher, key: str, *, many: bool) -> Matcher:
    engine = semantic.installed()
    found = engine and semantic.kept(matcher, key, engine)
    if engine and not found and many:
        print("Lär in vad texterna betyder. Det görs en gång och tar några minuter …", file=sys.stderr)
        found = semantic.learned(matcher, key, engine)
    return found or matcher


def _rows(path: Path) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    should = "ange en mapp ordnad som knowledge/content, eller en .jsonl med svar, sparad som UTF-8"
    for line, text in enumerate(text_of(path, should).split("\n"), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
            yield str(row["topic"]), str(row.get("lang", "sv")), tuple(row["variants"]), str(row.get("answer", ""))
        except (ValueError, KeyError, TypeError) as error:
            should = 'skriv {"topic": "…", "lang": "sv", "variants": ["…"], "answer": "…"}'
            raise ContentError((Complaint(str(path), line, "raden går inte att läsa som ett svar", should),)) from error


def _stream(matcher: Matcher) -> int:
    status = 0
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            query = _query(row)
        except (ValueError, KeyError, TypeError, RecursionError):
            should = 'skriv {"id": "1", "text": "…", "lang": "sv"}'
            print(Complaint("stdin", number, "raden går inte att läsa som en fråga", should), file=sys.stderr)
            status = 1
            continue
        match, micros = _timed(matcher, query)
        print(json.dumps({"id": row.get("id"), **as_json(match, micros)}, ensure_ascii=False), flush=True)
    return status


def _query(row: dict[str, Any]) -> Query:
    return Query(
        str(row["text"])[:MOST_CHARACTERS],
        str(row.get("lang") or "sv"),
        *(str(row[each]) if row.get(each) else None for each in ("webinar", "previous")),
    )


def _timed(matcher: Matcher, query: Query) -> tuple[Match, int]:
    begun = time.perf_counter_ns()
    match = matcher.match(query)
    return match, (time.perf_counter_ns() - begun) // 1000


def as_json(match: Match, micros: int) -> dict[str, Any]:
    """A decision in the contract's shape."""
    shown: dict[str, Any] = {
        "decision": match.decision,
        "topic": match.topic,
        "offered": list(match.offered),
        "candidates": [{"topic": each.topic, "score": round(each.score, 4)} for each in match.candidates],
        "micros": micros,
    }
    if match.parts:
        shown["parts"] = [{"text": part.text, **as_json(part, micros)} for part in match.parts]
    return shown


def _told(match: Match, known: Knowledge | None, language: str) -> str:
    topics = [match.topic] if match.topic else list(match.offered)
    if known is None or not topics:
        return f"{match.decision} {' '.join(topics)}".strip()
    if match.topic is None:
        return "\n".join(["Menade du:", *(f"- {known.entries[each].wording(language).title}" for each in topics)])
    entry = known.entries[match.topic]
    wording = entry.wording(language)
    sources = [f"Källa: {each.title[language]} ({each.age[language]})" for each in known.sources_of(entry.sources)]
    return "\n".join([wording.title, "", wording.answer, "", *sources])
