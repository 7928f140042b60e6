"""How sure is sure enough: thresholds from the knowledge base itself.

Every third entry is left out in turn and its ways of asking are put to the rest, which can't answer them. Whatever
probability those questions still reach is what a question beside the base may reach. A curator's own base thus gets
its own thresholds, with nothing set by hand but the two shares below.
"""

from dataclasses import dataclass

import numpy as np

from knowledge.match_model import Fitted, Model, likeness
from knowledge.match_texts import Floats, Places
from knowledge.match_train import softmax, train
from knowledge.normalise import fold, shorten

FOLDS = 3
ROUNDS = 6
OFFERED_WRONGLY = 0.70
ANSWERED_WRONGLY = 0.14
"""Shares of the questions whose own entry is missing that may still get an offer, and an answer."""
LEAST_ASKED, LEAST_ENTRIES = 30, 10
SAMPLED = 300


@dataclass(frozen=True)
class Thresholds:
    """`answer_from` is compared with sureness, `suggest_from` with the probability of the best three together."""

    answer_from: float
    suggest_from: float


def sureness(ranked: Floats) -> Floats:
    """The best probability, lowered by a near runner-up: p₁ · (p₁ / (p₁ + p₂))². `ranked` is best first."""
    first = ranked[..., 0]
    second = ranked[..., 1] if ranked.shape[-1] > 1 else np.zeros_like(first)
    found: Floats = first * np.square(first / np.maximum(first + second, 1e-9))
    return found


def constants(entries: int) -> Thresholds:
    """Thresholds for a base too small to tell: some way above what a question about nothing at all reaches."""
    nothing = 1 / (entries + 1)
    return Thresholds(nothing + (1 - nothing) * 0.12, 3 * nothing + (1 - 3 * nothing) * 0.1)


def calibrate(fitted: Fitted) -> Thresholds:
    """The thresholds of one language's entries; constants when there is too little to learn from."""
    if too_little(fitted.model):
        return constants(len(fitted.model.topics))
    if fitted.kernel is None:
        return limits(_masked(fitted))
    return limits(softmax(left_out(fitted, fitted.kernel))[:, :-1])


def too_little(model: Model) -> bool:
    """Whether a model has too few entries or ways of asking to tell its own thresholds."""
    return len(model.topics) < LEAST_ENTRIES or sum(lesson.asked for lesson in model.lessons) < LEAST_ASKED


def limits(probabilities: Floats, offered_wrongly: float = OFFERED_WRONGLY) -> Thresholds:
    """The thresholds from what questions reach whose own entry is missing (questions × entries)."""
    ranked = -np.sort(-probabilities, axis=1)[:, :3]
    return Thresholds(
        round(float(np.quantile(sureness(ranked), 1 - ANSWERED_WRONGLY)), 4),
        round(float(np.quantile(ranked.sum(axis=1), 1 - offered_wrongly)), 4),
    )


def left_out(fitted: Fitted, kernel: Floats) -> Floats:
    """The scores of the other entries, and of none, for the questions of each entry left out."""
    asked = np.array([lesson.asked for lesson in fitted.model.lessons])
    return np.concatenate([_one_fold(fitted, kernel, fold, asked) for fold in range(FOLDS)])


def _one_fold(fitted: Fitted, kernel: Floats, fold: int, asked: Places) -> Floats:
    entries = len(fitted.model.topics)
    out = (fitted.labels % FOLDS == fold) & (fitted.labels < entries)
    kept = np.flatnonzero(~out & (fitted.weights > 0))
    labels = fitted.labels[kept]
    speaks = train(kernel[np.ix_(kept, kept)], labels, fitted.weights[kept], entries + 1, ROUNDS)
    scores = kernel[np.ix_(np.flatnonzero(out & asked), kept)] @ speaks
    scores[:, fold:entries:FOLDS] = -np.inf
    return scores


def _masked(fitted: Fitted) -> Floats:
    """As `_left_out` for a base that is not trained: leaving an entry out is then the same as not looking at it."""
    model = fitted.model
    asked = [number for number, lesson in enumerate(model.lessons) if lesson.asked]
    found = []
    for number in asked[:: max(1, len(asked) // SAMPLED)]:
        folded = shorten(fold(model.lessons[number].text))
        scores = likeness(model.texts.similar(model.vector(folded)), model.starts)
        scores[fitted.labels[number]] = -np.inf
        found.append(np.sort(softmax(scores)[:-1])[::-1][:FOLDS])
    return np.stack(found)
