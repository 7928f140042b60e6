"""The entries of one language, trained: how likely each is to answer a question, or none of them.

Every variant, title and keyword speaks for its entry, its answer a third as loud. What the curator
wrote under `not_this` and no other entry claims speaks for "none of these", so that near misses reach a moderator.
Bases too large to be trained are ranked by likeness alone: .6 the nearest variant, .4 the entry's variants together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.match_texts import Features, Floats, Places, Texts, Vector
from knowledge.match_train import softmax, train
from knowledge.normalise import fold, shorten

MOST_TRAINED = 5000
"""Texts in one language up to which a base is trained: the kernel then takes 100 MB while building."""
ANSWER_WEIGHT = 0.3
CLAIMED_FROM = 0.4
"""A `not_this` question that another entry would get with this probability belongs to that entry."""
ROUGHLY = 3
"""Rounds of training to see whose a `not_this` question is."""
NEAREST, TOGETHER, SHARPNESS, NONE_SCORE = np.float32(0.6), np.float32(0.4), np.float32(16), np.float32(0.3)


@dataclass(frozen=True)
class Row:
    """One entry in one language, as the matching needs it."""

    topic: str
    variants: tuple[str, ...]
    answer: str = ""
    not_this: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A text to learn from. `entry` is the number of its entry, or the number of entries for "none of these".

    `owner` is the entry that a `not_this` question was written for, -1 for all others.
    """

    text: str
    entry: int
    weight: float = 1.0
    owner: int = -1

    @property
    def asked(self) -> bool:
        """Whether it is a way of asking rather than a sentence of an answer or a counterexample."""
        return self.weight == 1.0 and self.owner < 0


@dataclass(frozen=True)
class Model:
    """The entries of one language.

    `speaks` (lessons × entries and none) and `says` (features × entries and none) are None in a base too large
    to train.
    """

    topics: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    features: Features
    texts: Texts
    speaks: Floats | None
    says: Floats | None
    starts: Places

    def vector(self, folded: str) -> Vector:
        """A folded question in the model's features."""
        return self.texts.vector(self.features.count(folded))

    def scores(self, folded: str) -> Floats:
        """The score of each entry, and last of none, for a folded question."""
        vector = self.vector(folded)
        if self.says is None:
            return likeness(self.texts.similar(vector), self.starts)
        found: Floats = vector.weights @ self.says[vector.features]
        return found

    def voices(self, folded: str, entry: int) -> tuple[tuple[str, float], ...]:
        """The three lessons that add most to the score of an entry, and how much."""
        added = self.texts.similar(self.vector(folded))
        mine = np.array([lesson.entry == entry for lesson in self.lessons])
        added = added * (mine if self.speaks is None else self.speaks[:, entry])
        loudest = np.argsort(-added)[:3]
        return tuple((self.lessons[number].text, round(float(added[number]), 3)) for number in loudest)


@dataclass(frozen=True)
class Fitted:
    """A model with what was needed to make it, for calibration."""

    model: Model
    kernel: Floats | None
    labels: Places
    weights: Floats


def fit(rows: Sequence[Row], features: Features) -> Fitted:
    """The model of the entries of one language."""
    lessons = tuple(_lessons(rows))
    trained = len(lessons) <= MOST_TRAINED
    if not trained:
        lessons = tuple(_plain_lessons(rows))
    labels = np.array([lesson.entry for lesson in lessons], np.int32)
    weights = np.array([lesson.weight for lesson in lessons], np.float32)
    texts = Texts.of([features.count(shorten(fold(lesson.text))) for lesson in lessons], labels)
    kernel = texts.kernel() if trained else None
    speaks = None
    if kernel is not None:
        weights = _unclaimed(kernel, lessons, labels, weights, len(rows))
        speaks = learn(kernel, labels, weights, len(rows))
    says = None if speaks is None else texts.by_feature(speaks)
    starts = np.searchsorted(labels, np.arange(len(rows) + 1)).astype(np.int32)
    model = Model(tuple(row.topic for row in rows), lessons, features, texts, speaks, says, starts)
    return Fitted(model, kernel, labels, weights)


def learn(kernel: Floats, labels: Places, weights: Floats, entries: int) -> Floats:
    """How much each lesson speaks for each entry; lessons of no weight say nothing."""
    heard = np.flatnonzero(weights)
    speaks = np.zeros((len(labels), entries + 1), np.float32)
    speaks[heard] = train(kernel[np.ix_(heard, heard)], labels[heard], weights[heard], entries + 1)
    return speaks


def likeness(similar: Floats, starts: Places) -> Floats:
    """Scores without training. The last lesson of each entry holds all its variants together."""
    nearest = np.maximum.reduceat(similar, starts[:-1])
    blended = NEAREST * nearest + TOGETHER * similar[starts[1:] - 1]
    found: Floats = SHARPNESS * np.append(blended, NONE_SCORE)
    return found


def _lessons(rows: Sequence[Row]) -> Iterator[Lesson]:
    for entry, row in enumerate(rows):
        yield from (Lesson(variant, entry) for variant in row.variants)
        if row.answer:
            yield Lesson(row.answer, entry, ANSWER_WEIGHT)
    for entry, row in enumerate(rows):
        yield from (Lesson(question, len(rows), 1.0, entry) for question in row.not_this)


def _plain_lessons(rows: Sequence[Row]) -> Iterator[Lesson]:
    for entry, row in enumerate(rows):
        yield from (Lesson(variant, entry) for variant in row.variants)
        yield Lesson(" ".join(row.variants), entry, ANSWER_WEIGHT)


def _unclaimed(kernel: Floats, lessons: Sequence[Lesson], labels: Places, weights: Floats, entries: int) -> Floats:
    """The weights, with nothing for the `not_this` questions that another entry claims."""
    first = int(np.searchsorted(labels, entries))
    if first == len(labels):
        return weights
    speaks = train(kernel[:first, :first], labels[:first], weights[:first], entries, ROUGHLY)
    likely = softmax(kernel[first:, :first] @ speaks)
    owners = np.array([lesson.owner for lesson in lessons[first:]])
    likely[np.arange(len(owners)), owners] = 0
    return np.append(weights[:first], np.where(likely.max(axis=1) < CLAIMED_FROM, weights[first:], 0)).astype(
        np.float32
    )
