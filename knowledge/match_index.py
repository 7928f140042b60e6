"""Trigrams of the variants of one language, and how near a question is to each entry.

The score is the trigram reference of shared/eval/README.md: trigrams of the folded text across word gaps, weighted
(1 + ln tf) · √ln(1 + (N − df + ½)/(df + ½)) with df counted in entries; .6 of the nearest variant, .4 of the entry's
centroid, .2 of its answer. Trigrams that nobody wrote count in the question's length.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from rapidfuzz import fuzz

from knowledge.normalise import fold, shorten

NEAREST_VARIANT, CENTROID, ANSWER, WORD_ORDER = 0.6, 0.4, 0.2, 0.2
LOOKED_AT, COMPARED = 24, 12
"""Entries whose variants are scored one by one, and those whose words are compared with rapidfuzz."""

Vector = Mapping[str, float]


@dataclass(frozen=True)
class Hit:
    """An entry found: its score (0 to about 1.4), and the variant nearest to the question."""

    topic: str
    score: float
    variant: str


@dataclass(frozen=True)
class Row:
    """One entry in one language, as the index needs it."""

    topic: str
    variants: tuple[str, ...]
    answer: str = ""


def trigrams(folded: str) -> Counter[str]:
    """The trigrams of a folded text, spaces included, and how often each occurs."""
    padded = f" {folded} "
    return Counter(padded[place : place + 3] for place in range(len(padded) - 2))


class Index:
    """The variants of one language."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(row for row in rows if row.variants)
        counted = [[trigrams(shorten(fold(variant))) for variant in row.variants] for row in self.rows]
        self._rarity = _rarity(counted)
        self._unknown = _idf(len(counted), 0)
        self._vectors = [[self._unit(counts) for counts in entry] for entry in counted]
        self._folded = [[shorten(fold(variant)) for variant in row.variants] for row in self.rows]
        self._postings = self._entry_postings()

    def nearest(self, folded: str, limit: int) -> tuple[Hit, ...]:
        """The entries nearest to a folded question, best first."""
        question = self._unit(trigrams(folded))
        rough = self._rough(question)
        looked_at = nlargest(LOOKED_AT, rough, key=rough.__getitem__)
        hits = sorted((self._closer(entry, rough[entry], question) for entry in looked_at), reverse=True)
        final = [self._by_words(hit, folded) for hit in hits[: max(COMPARED, limit)]]
        return tuple(sorted(final, key=lambda hit: -hit.score)[:limit])

    def _rough(self, question: Vector) -> dict[int, float]:
        found: dict[int, float] = defaultdict(float)
        for trigram, weight in question.items():
            for entry, share in self._postings.get(trigram, ()):
                found[entry] += weight * share
        return found

    def _closer(self, entry: int, rough: float, question: Vector) -> tuple[float, int, int]:
        scores = [_dot(question, vector) for vector in self._vectors[entry]]
        best = max(range(len(scores)), key=scores.__getitem__)
        return rough + NEAREST_VARIANT * scores[best], entry, best

    def _by_words(self, found: tuple[float, int, int], folded: str) -> Hit:
        score, entry, best = found
        alike = max(fuzz.token_sort_ratio(folded, variant) for variant in self._folded[entry]) / 100
        return Hit(self.rows[entry].topic, score + WORD_ORDER * alike, self.rows[entry].variants[best])

    def _unit(self, counts: Mapping[str, int]) -> dict[str, float]:
        weights = {t: (1 + math.log(n)) * self._rarity.get(t, self._unknown) for t, n in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {trigram: weight / length for trigram, weight in weights.items()}

    def _entry_postings(self) -> dict[str, list[tuple[int, float]]]:
        postings = defaultdict(list)
        for entry, (row, vectors) in enumerate(zip(self.rows, self._vectors, strict=True)):
            answer = self._unit(trigrams(fold(row.answer)))
            for trigram, share in _blend((CENTROID, _centroid(vectors)), (ANSWER, answer)).items():
                postings[trigram].append((entry, share))
        return dict(postings)


def _idf(entries: int, df: int) -> float:
    return math.sqrt(math.log(1 + (entries - df + 0.5) / (df + 0.5)))


def _rarity(counted: Sequence[Sequence[Mapping[str, int]]]) -> dict[str, float]:
    df = Counter(trigram for entry in counted for trigram in set().union(*entry))
    return {trigram: _idf(len(counted), count) for trigram, count in df.items()}


def _dot(question: Vector, vector: Vector) -> float:
    return sum(question[trigram] * vector[trigram] for trigram in question.keys() & vector.keys())


def _centroid(vectors: Sequence[Vector]) -> Vector:
    total: dict[str, float] = defaultdict(float)
    for vector in vectors:
        for trigram, weight in vector.items():
            total[trigram] += weight
    length = math.sqrt(sum(weight * weight for weight in total.values())) or 1.0
    return {trigram: weight / length for trigram, weight in total.items()}


def _blend(*parts: tuple[float, Vector]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for share, vector in parts:
        for trigram, weight in vector.items():
            total[trigram] += share * weight
    return total
