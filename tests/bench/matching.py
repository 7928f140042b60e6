"""The matching against what most bots do, at 100, 1,000 and 5,000 topics, on the questions of content/expected.

Topics beyond the shipped ones are copies in an invented language: every longer word has its vowels and its consonants
turned a few steps, so that topics stay apart and look like language. Above 100 topics each keeps eight ways of asking.
The rapidfuzz scorers answer from 90 and offer from 75 (of 100), as bots with rapidfuzz mostly do. The others only rank:
they get the thresholds that would have been best for these very questions, which no bot can know beforehand.
"""

import re
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import bm25s
import numpy as np
from rapidfuzz import fuzz, process

from bot.scoring import Labelled, Scored, figures, percentile
from knowledge.load import expected
from knowledge.match import VariantRow, build, build_from_variants
from knowledge.match_prepared import pack
from knowledge.normalise import fold, words
from knowledge.query import Candidate, Match, Query
from tests.content import knowledge_files, shipped_knowledge

SIZES = (100, 1000, 5000)
VARIANTS_WHEN_GROWN = 8
LETTERS = ("aeiouyåäö", "bcdfghjklmnpqrstvwxz")
USUAL = (90.0, 75.0)
MOST_HARM, LEAST_HELD = 0.03, 0.6
"""What thresholds chosen in hindsight must keep to (issue B)."""
ASKED = 400
ASKED_SLOWLY = {"WRatio": 40, "token_sort_ratio": 60}
"""Questions for the engines that need tens of milliseconds each."""
HITS = 60

Ranked = list[tuple[str, float]]
"""(topic, score) of the best variants, best first."""
Pair = tuple[str, str]
"""(topic, folded variant)"""


@dataclass(frozen=True)
class Engine:
    """Something to ask, and its size in MB. `limits` are what it answers and offers from; None where it only ranks."""

    name: str
    ask: Callable[[str], Match | Ranked]
    megabytes: float
    limits: tuple[float, float] | None = None


def rows() -> list[dict[str, Any]]:
    """One row for each engine and size. Needs about a minute."""
    asked = [
        Labelled(Query(each.text), each.topic, each.also_ok, {"style": each.style})
        for each in expected(knowledge_files(), shipped_knowledge().entries)
        if each.language == "sv"
    ]
    return [
        {"topics": size, **_measured(engine, seconds, asked)}
        for size in SIZES
        for engine, seconds in _engines(size, grown(size))
    ]


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


def _engines(size: int, variants: Sequence[VariantRow]) -> Iterator[tuple[Engine, float]]:
    """Each engine and the seconds it took to build, one at a time."""
    pairs = [(topic, fold(variant)) for topic, _, texts, _ in variants for variant in texts]
    makers: tuple[Callable[[], Engine], ...] = (
        lambda: _ours(None if size == SIZES[0] else variants),
        lambda: _rapidfuzz("WRatio", fuzz.WRatio, pairs),
        lambda: _rapidfuzz("token_sort_ratio", fuzz.token_sort_ratio, pairs),
        lambda: _fts5(pairs),
        lambda: _bm25s(pairs),
        lambda: _tf_idf(pairs),
    )
    for make in makers:
        start = time.perf_counter()
        engine = make()
        yield engine, time.perf_counter() - start


def _ours(variants: Sequence[VariantRow] | None) -> Engine:
    """The matcher of some variants, or of the shipped content as it is served."""
    matcher = build_from_variants(variants) if variants else build(shipped_knowledge(), languages=("sv",))
    return Engine("ours", lambda text: matcher.match(Query(text)), len(pack(matcher, "")) / 1e6)


def _rapidfuzz(name: str, scorer: Callable[..., float], pairs: Sequence[Pair]) -> Engine:
    texts = [text for _, text in pairs]

    def ask(text: str) -> Ranked:
        found = process.extract(fold(text)[:300], texts, scorer=scorer, limit=HITS)
        return [(pairs[number][0], score) for _, score, number in found]

    return Engine(name, ask, sum(map(sys.getsizeof, texts)) / 1e6, USUAL)


def _fts5(pairs: Sequence[Pair]) -> Engine:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE variants USING fts5(topic UNINDEXED, text)")
    base.executemany("INSERT INTO variants VALUES (?, ?)", pairs)
    query = f"SELECT topic, -rank FROM variants WHERE variants MATCH ? ORDER BY rank LIMIT {HITS}"  # noqa: S608

    def ask(text: str) -> Ranked:
        wanted = " OR ".join(f'"{word}"' for word in words(fold(text))[:40])
        return list(base.execute(query, (wanted,))) if wanted else []

    pages, size = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return Engine("FTS5 bm25", ask, pages * size / 1e6)


def _bm25s(pairs: Sequence[Pair]) -> Engine:
    index = bm25s.BM25()
    index.index([list(words(text)) for _, text in pairs], show_progress=False)

    def ask(text: str) -> Ranked:
        known = [word for word in words(fold(text))[:40] if word in index.vocab_dict]
        if not known:
            return []
        numbers, scores = index.retrieve([known], k=HITS, show_progress=False)
        return [(pairs[number][0], float(score)) for number, score in zip(numbers[0], scores[0], strict=True)]

    arrays = sum(value.nbytes for value in index.scores.values() if isinstance(value, np.ndarray))
    return Engine("bm25s", ask, (arrays + sys.getsizeof(index.vocab_dict)) / 1e6)


def _tf_idf(pairs: Sequence[Pair]) -> Engine:
    """The nearest variant by the cosine of its words, weighed (1 + ln tf) · ln(N / df)."""
    counted = [Counter(words(text)) for _, text in pairs]
    df = Counter(word for text in counted for word in text)
    idf = {word: float(np.log(len(pairs) / count)) for word, count in df.items()}
    listed: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, text in enumerate(counted):
        for word, weight in _unit(text, idf).items():
            listed[word].append((number, weight))
    postings = {word: tuple(np.array(column) for column in zip(*found, strict=True)) for word, found in listed.items()}

    def ask(text: str) -> Ranked:
        scores = np.zeros(len(pairs))
        for word, weight in _unit(Counter(words(fold(text))[:40]), idf).items():
            numbers, weights = postings[word]
            scores[numbers] += weight * weights
        best = np.argsort(-scores)[:HITS]
        return [(pairs[number][0], float(scores[number])) for number in best if scores[number] > 0]

    size = sum(column.nbytes for columns in postings.values() for column in columns)
    return Engine("TF-IDF nearest", ask, (size + sys.getsizeof(postings)) / 1e6)


def _unit(counted: Counter[str], idf: dict[str, float]) -> dict[str, float]:
    """The weights of the known words of a text, of length 1."""
    weights = {word: (1 + np.log(count)) * idf[word] for word, count in counted.items() if word in idf}
    length = float(np.sqrt(sum(weight**2 for weight in weights.values()))) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _measured(engine: Engine, build_seconds: float, asked: Sequence[Labelled]) -> dict[str, Any]:
    chosen = asked[:: max(1, len(asked) // ASKED_SLOWLY.get(engine.name, ASKED))]
    answers, micros = [], []
    for question in chosen:
        start = time.perf_counter_ns()
        answers.append(engine.ask(question.query.text))
        micros.append((time.perf_counter_ns() - start) // 1000)
    scored = _scored(chosen, answers, engine.limits)
    return {
        "engine": engine.name,
        **{name: share if share is None else round(share, 3) for name, share in asdict(figures(scored)).items()},
        "p50_us": percentile(micros, 0.5),
        "p99_us": percentile(micros, 0.99),
        "build_s": round(build_seconds, 2),
        "mb": round(engine.megabytes, 1),
    }


def _scored(
    asked: Sequence[Labelled], answers: Sequence[Match | Ranked], limits: tuple[float, float] | None
) -> list[Scored]:
    ranked = [_best(answer) for answer in answers if not isinstance(answer, Match)]
    limits = limits or _hindsight(asked, ranked)
    matches = [answer if isinstance(answer, Match) else _decided(_best(answer), *limits) for answer in answers]
    return [Scored(*pair) for pair in zip(asked, matches, strict=True)]


def _best(ranked: Ranked) -> tuple[Candidate, ...]:
    """The best five topics, each with its best score."""
    best: dict[str, float] = {}
    for topic, score in ranked:
        best.setdefault(topic, score)
    return tuple(Candidate(*pair) for pair in list(best.items())[:5])


def _decided(candidates: tuple[Candidate, ...], answer_from: float, suggest_from: float) -> Match:
    score = candidates[0].score if candidates else float("-inf")
    if score >= answer_from:
        return Match("answer", candidates[0].topic, candidates=candidates)
    offered = tuple(candidate.topic for candidate in candidates[:3])
    return Match("suggest" if score >= suggest_from else "handover", offered=offered, candidates=candidates)


def _hindsight(asked: Sequence[Labelled], ranked: Sequence[tuple[Candidate, ...]]) -> tuple[float, float]:
    """The lowest score to answer from with little harm, and the lowest to offer from with enough held."""
    firsts = [
        (each[0].score, each[0].topic in question.accepted, bool(question.accepted))
        for question, each in zip(asked, ranked, strict=False)
        if each
    ]
    outside = sorted(score for score, _, inside in firsts if not inside)
    wrong = sorted((score for score, right, _ in firsts if not right), reverse=True)
    allowed = int(MOST_HARM * len(asked))
    above = np.nextafter
    answer_from = above(wrong[allowed], np.inf) if allowed < len(wrong) else -np.inf
    beside = sum(not question.accepted for question in asked)
    let_through = int((1 - LEAST_HELD) * beside)
    suggest_from = above(outside[-let_through - 1], np.inf) if let_through < len(outside) else -np.inf
    return float(answer_from), float(suggest_from)
