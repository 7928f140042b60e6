"""How alike texts are: weighted letter groups, words and synonyms, compared through an inverted index.

A text becomes the groups of three and four letters of its folded form, across word gaps (so split compounds and lost
spaces survive), its words, and the curator's synonym groups its words stand in. The weight of each is
(1 + ln n) · √ln(1 + (N − d + ½) / (d + ½)) with n its count in the text, N the number of entries and d the number of
entries that use it (shared/eval/README.md), scaled so that every text has length 1. What no text uses still counts in
the length: a question about something else stays far from everything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from knowledge.language import written
from knowledge.normalise import fold, words

Floats = NDArray[np.float32]
Places = NDArray[np.int32]

COMMON = 40
"""Texts that use a feature from which it counts as common when likenesses are computed all at once."""
MOST_VISITED = 60_000
"""Places of the index looked at for one text, rarest features first: the bound on the cost in a large base."""


@dataclass(frozen=True)
class Features:
    """What a text of one language is made of. `groups` names the synonym group of a folded word."""

    language: str
    groups: Mapping[str, str]

    @classmethod
    def of(cls, language: str, synonyms: Iterable[Sequence[str]] = ()) -> "Features":
        """The features for a language and a curator's groups of synonyms."""
        return cls(language, {fold(word): f"~{number}" for number, group in enumerate(synonyms) for word in group})

    def count(self, folded: str) -> Counter[str]:
        """The features of a folded text and how often each occurs."""
        folded = written(folded, self.language)
        padded = f" {folded} "
        found = [padded[place : place + 3] for place in range(len(padded) - 2)]
        found += [padded[place : place + 4] for place in range(len(padded) - 3)]
        for word in words(folded):
            found.append(f"={word}")
            if word in self.groups:
                found.append(self.groups[word])
        return Counter(found)


@dataclass(frozen=True)
class Vector:
    """A text as the numbers of its known features and their weights."""

    features: Places
    weights: Floats


@dataclass(frozen=True)
class Texts:
    """Texts that others can be compared with, as an inverted index.

    `numbers` names the features and `rarity` weighs them. The texts that use feature n, and its weight in each, are
    `rows` and `weights` from `ends[n - 1]` to `ends[n]`. `unknown` weighs a feature that no text uses.
    """

    numbers: Mapping[str, int]
    size: int
    unknown: float
    rarity: Floats
    rows: Places
    weights: Floats
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, counted: Sequence[Mapping[str, int]], entries: Places) -> "Texts":
        """The index of texts by their counted features; `entries` tells which entry each text belongs to."""
        names = list(chain.from_iterable(counted))
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        columns = np.fromiter(map(numbers.__getitem__, names), np.int32, len(names))
        counts = np.fromiter(chain.from_iterable(text.values() for text in counted), np.float32, len(names))
        rows = np.repeat(np.arange(len(counted), dtype=np.int32), np.fromiter(map(len, counted), np.int64))
        rarity = _rarity(columns, entries[rows], len(numbers))
        weights = _unit(_tf(counts) * rarity[columns], rows, len(counted))
        order = np.argsort(columns, kind="stable")
        ends = np.cumsum(np.bincount(columns, minlength=len(numbers)))
        unknown = float(_idf(np.zeros(1), int(entries.max(initial=0)) + 1)[0])
        return cls(numbers, len(counted), unknown, rarity, rows[order], weights[order], ends)

    def knows(self, feature: str) -> bool:
        """Whether one of these texts has a feature."""
        return feature in self.numbers

    def vector(self, counted: Mapping[str, int]) -> Vector:
        """A text that need not be among these."""
        known = [(self.numbers[name], count) for name, count in counted.items() if name in self.numbers]
        features = np.fromiter((number for number, _ in known), np.int32, len(known))
        weights = _tf(np.fromiter((count for _, count in known), np.float32, len(known))) * self.rarity[features]
        strange = _tf(np.fromiter((n for name, n in counted.items() if name not in self.numbers), np.float32))
        length = float(np.sqrt(np.square(weights).sum() + np.square(strange * self.unknown).sum()))
        return Vector(features, weights / (length or 1.0))

    def similar(self, vector: Vector) -> Floats:
        """How alike a text and each of these are: the cosine, 0 to 1."""
        ends = self.ends[vector.features]
        starts = np.where(vector.features > 0, self.ends[vector.features - 1], 0)
        lengths = ends - starts
        if lengths.sum() > MOST_VISITED:
            return self._similar_by_rarest(vector, lengths)
        slices = [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        if not slices:
            return np.zeros(self.size, np.float32)
        rows = np.concatenate([self.rows[part] for part in slices])
        weights = np.concatenate([self.weights[part] for part in slices]) * np.repeat(vector.weights, lengths)
        return np.bincount(rows, weights, self.size).astype(np.float32)

    def _similar_by_rarest(self, vector: Vector, lengths: NDArray[np.int64]) -> Floats:
        order = np.argsort(lengths, kind="stable")
        kept = order[np.cumsum(lengths[order]) <= MOST_VISITED]
        return self.similar(Vector(vector.features[kept], vector.weights[kept]))

    def kernel(self) -> Floats:
        """How alike each two of these texts are."""
        _, dense = self._common()
        found: Floats = dense @ dense.T
        for _, rows, weights in self._rare():
            pairs = rows[:, :, None] * self.size + rows[:, None, :]
            np.add.at(found.reshape(-1), pairs.reshape(-1), (weights[:, :, None] * weights[:, None, :]).reshape(-1))
        return found

    def by_feature(self, spoken: Floats) -> Floats:
        """What each feature says (features × columns) when each of these texts says `spoken` (texts × columns)."""
        found = np.zeros((len(self.numbers), spoken.shape[1]), np.float32)
        common, dense = self._common()
        found[common] = dense.T @ spoken
        for features, rows, weights in self._rare():
            found[features] = np.einsum("fr,frc->fc", weights, spoken[rows], optimize=True)
        return found

    def _common(self) -> tuple[NDArray[np.int64], Floats]:
        """The features that many texts use, and their weights (texts × features)."""
        counts = np.diff(self.ends, prepend=0)
        features = np.flatnonzero(counts > COMMON)
        kept = np.repeat(counts > COMMON, counts)
        dense = np.zeros((self.size, len(features)), np.float32)
        dense[self.rows[kept], np.repeat(np.arange(len(features)), counts[features])] = self.weights[kept]
        return features, dense

    def _rare(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
        """The other features, together with all that as many texts use, these texts and their weights."""
        counts = np.diff(self.ends, prepend=0)
        for count in range(1, COMMON + 1):
            features = np.flatnonzero(counts == count)
            places = (self.ends[features] - count)[:, None] + np.arange(count)
            yield features, self.rows[places].astype(np.int64), self.weights[places]


def _tf(counts: Floats) -> Floats:
    return (1 + np.log(counts)).astype(np.float32)


def _idf(df: NDArray[np.float64], entries: int) -> Floats:
    return np.sqrt(np.log(1 + (entries - df + 0.5) / (df + 0.5))).astype(np.float32)


def _rarity(columns: Places, entries: NDArray[np.int32], features: int) -> Floats:
    pairs = np.unique(entries.astype(np.int64) * features + columns)
    df = np.bincount(pairs % features, minlength=features) if features else np.zeros(0)
    return _idf(df.astype(np.float64), int(entries.max(initial=0)) + 1)


def _unit(weights: Floats, rows: Places, size: int) -> Floats:
    lengths = np.sqrt(np.bincount(rows, np.square(weights), size))
    return (weights / np.maximum(lengths, 1e-9)[rows]).astype(np.float32)
