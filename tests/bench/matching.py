"""The matching against what most bots do, at 100, 1,000 and 5,000 topics, on the questions of content/expected.

Topics beyond the shipped ones are copies in an invented language: every longer word has its vowels and its consonants
turned a few steps, so that topics stay apart and look like language. Above 100 topics each keeps eight ways of asking.
The comparisons answer from 90 and offer from 75 (of 100), as bots with rapidfuzz mostly do; FTS5 only ranks.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from knowledge.entries import Expected
from knowledge.load import expected
from knowledge.match import VariantRow, build, build_from_variants
from knowledge.match_prepared import pack
from knowledge.normalise import fold, words
from knowledge.query import Candidate, Match, Query
from tests.content import knowledge_files, shipped_knowledge

SIZES = (100, 1000, 5000)
VARIANTS_WHEN_GROWN = 8
LETTERS = ("aeiouyåäö", "bcdfghjklmnpqrstvwxz")
ANSWER_FROM, SUGGEST_FROM = 90.0, 75.0
QUESTIONS = {"ours": 400, "WRatio": 40, "token_sort_ratio": 60, "FTS5 bm25": 120}

Ask = Callable[[str], Match]
Scorer = Callable[..., float]


@dataclass(frozen=True)
class Engine:
    """Something to ask: how long it took to build, and its size in MB where it can be told."""

    name: str
    ask: Ask
    build_seconds: float
    megabytes: float | None = None


def rows() -> list[dict[str, Any]]:
    """One row for each engine and size. Needs about a minute."""
    asked = [each for each in expected(knowledge_files(), shipped_knowledge().entries) if each.language == "sv"]
    return [{"topics": size, **_measured(engine, asked)} for size in SIZES for engine in _engines(size, grown(size))]


def grown(size: int) -> list[VariantRow]:
    """The Swedish variants of the shipped topics, and of as many copies in an invented language as it takes."""
    most = None if size <= len(shipped_knowledge().entries) else VARIANTS_WHEN_GROWN
    shipped = [
        (entry.id, "sv", (wording.title, *wording.variants[:most]), wording.answer)
        for entry in shipped_knowledge().entries.values()
        for wording in (entry.wording("sv"),)
    ]
    copies = ((number // len(shipped), shipped[number % len(shipped)]) for number in range(size))
    return [
        (f"{topic}~{turn}" if turn else topic, language, tuple(turned(text, turn) for text in variants), answer)
        for turn, (topic, language, variants, answer) in copies
    ]


def turned(text: str, steps: int) -> str:
    """The text with the letters of its longer words moved on, vowels among vowels."""
    if not steps:
        return text
    table = str.maketrans(
        {letter: row[(place + steps * (place + 1)) % len(row)] for row in LETTERS for place, letter in enumerate(row)}
    )
    return re.sub(r"\w{4,}", lambda word: f"{word[0].translate(table)}{steps % 7 or ''}", text.lower())


def _engines(size: int, variants: Sequence[VariantRow]) -> Iterator[Engine]:
    start = time.perf_counter()
    whole = size == SIZES[0]
    matcher = build(shipped_knowledge(), languages=("sv",)) if whole else build_from_variants(variants)
    took = time.perf_counter() - start
    yield Engine("ours", lambda text: matcher.match(Query(text)), took, len(pack(matcher, "")) / 1e6)
    pairs = [(topic, fold(variant)) for topic, _, texts, _ in variants for variant in texts]
    yield Engine("WRatio", _by_rapidfuzz(fuzz.WRatio, pairs), 0.0)
    yield Engine("token_sort_ratio", _by_rapidfuzz(fuzz.token_sort_ratio, pairs), 0.0)
    start = time.perf_counter()
    ask = _by_fts5(pairs)
    yield Engine("FTS5 bm25", ask, time.perf_counter() - start)


def _by_rapidfuzz(scorer: Scorer, pairs: Sequence[tuple[str, str]]) -> Ask:
    texts = [text for _, text in pairs]

    def ask(text: str) -> Match:
        found = process.extract(fold(text)[:300], texts, scorer=scorer, limit=60)
        best: dict[str, float] = {}
        for _, score, number in found:
            best.setdefault(pairs[number][0], score)
        candidates = tuple(Candidate(topic, score / 100) for topic, score in list(best.items())[:5])
        top = max(best.values(), default=0.0)
        if top >= ANSWER_FROM:
            return Match("answer", candidates[0].topic, candidates=candidates)
        offered = tuple(candidate.topic for candidate in candidates[:3])
        return Match("suggest" if top >= SUGGEST_FROM else "handover", offered=offered, candidates=candidates)

    return ask


def _by_fts5(pairs: Sequence[tuple[str, str]]) -> Ask:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE variants USING fts5(topic UNINDEXED, text)")
    base.executemany("INSERT INTO variants VALUES (?, ?)", pairs)
    query = "SELECT topic FROM variants WHERE variants MATCH ? ORDER BY bm25(variants) LIMIT 60"

    def ask(text: str) -> Match:
        wanted = " OR ".join(f'"{word}"' for word in words(fold(text))[:40])
        found = dict.fromkeys(topic for (topic,) in base.execute(query, (wanted,))) if wanted else {}
        return Match("handover", candidates=tuple(Candidate(topic, 0.0) for topic in list(found)[:5]))

    return ask


def _measured(engine: Engine, asked: Sequence[Expected]) -> dict[str, Any]:
    step = max(1, len(asked) // QUESTIONS[engine.name])
    chosen = asked[::step]
    answers, micros = [], []
    for question in chosen:
        start = time.perf_counter()
        answers.append(engine.ask(question.text))
        micros.append((time.perf_counter() - start) * 1e6)
    micros.sort()
    decides = engine.name != "FTS5 bm25"
    return {
        "engine": engine.name,
        "questions": len(chosen),
        **_figures(chosen, answers, decides=decides),
        "p50_us": round(micros[len(micros) // 2]),
        "p99_us": round(micros[int(len(micros) * 0.99)]),
        "build_s": round(engine.build_seconds, 2),
        "mb": None if engine.megabytes is None else round(engine.megabytes, 1),
    }


def _figures(asked: Sequence[Expected], answers: Sequence[Match], *, decides: bool) -> dict[str, float | None]:
    """As shared/eval's score.py counts them."""
    pairs = list(zip(asked, answers, strict=True))
    inside = [({q.topic, *q.also_ok}, a) for q, a in pairs if q.topic]
    outside = [a for q, a in pairs if not q.topic]
    right = sum(a.decision == "answer" and a.topic in accepted for accepted, a in inside)
    offered = sum(a.decision == "suggest" and bool(accepted & set(a.offered)) for accepted, a in inside)
    harm = sum(a.decision == "answer" for _, a in inside) - right + sum(a.decision == "answer" for a in outside)
    held = sum(a.decision in ("handover", "reply") for a in outside)
    decided: dict[str, float | None] = {
        "right": _share(right, inside),
        "useful": _share(right + offered, inside),
        "harm": _share(harm, pairs),
        "held": _share(held, outside),
    }
    return {
        "top1": _share(sum(_topics(a, 1) & accepted != set() for accepted, a in inside), inside),
        "top3": _share(sum(_topics(a, 3) & accepted != set() for accepted, a in inside), inside),
        **(decided if decides else dict.fromkeys(decided)),
    }


def _topics(match: Match, most: int) -> set[str | None]:
    return {candidate.topic for candidate in match.candidates[:most]}


def _share(count: int, of: Sequence[object]) -> float | None:
    return round(count / len(of), 3) if of else None
