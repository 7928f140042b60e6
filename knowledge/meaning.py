"""What the entries of one language mean, learned from what another engine makes of their texts.

That engine turns a text into a direction (a row of numbers); texts that mean much the same point much the same way.
Two directions are alike by ((1 + cos) / 2)⁴, taken around the middle of all questions: every direction such engines
give lies in a narrow cone. From there it is learned as in `match_model`, and calibrated together with its scores.
"""

from dataclasses import dataclass

import numpy as np

from knowledge.match_calibrate import Thresholds, constants, left_out, limits, too_little
from knowledge.match_model import Fitted, Model, learn
from knowledge.match_texts import Floats
from knowledge.match_train import softmax
from knowledge.second_opinion import NONE, agreed

OFFERED_WRONGLY = 0.75
"""Share of the questions whose own entry is missing that may still get an offer when both engines agree on it: more
than one engine alone is allowed, so that (on content/expected) useful and held gain alike."""


@dataclass(frozen=True)
class Learned:
    """How much each lesson speaks for each entry and none (lessons × entries and none), and how sure is sure enough."""

    speaks: Floats
    thresholds: Thresholds


class Meaning:
    """The directions of a model's lessons (lessons × numbers), and what was learned from them."""

    def __init__(self, model: Model, directions: Floats, learned: Learned) -> None:
        self._topics, self.learned = model.topics, learned
        self._middle = _middle(model, directions)
        self._lessons = _around(self._middle, directions)

    def says(self, direction: Floats) -> dict[str, float]:
        """The score of each entry, and of NONE, for a question in this direction."""
        alike = _alike(_around(self._middle, direction[None]), self._lessons)[0]
        return dict(zip((*self._topics, NONE), (alike @ self.learned.speaks).tolist(), strict=True))


def study(model: Model, directions: Floats) -> Learned:
    """Learn from the directions of the lessons of a trained model."""
    lessons = _around(_middle(model, directions), directions)
    kernel = _alike(lessons, lessons)
    labels = np.array([lesson.entry for lesson in model.lessons], np.int32)
    weights = np.array([lesson.weight for lesson in model.lessons], np.float32)
    heard = np.ones(len(labels), bool) if model.speaks is None else np.any(model.speaks, axis=1)
    fitted = Fitted(model, kernel, labels, np.where(heard, weights, np.float32(0)))
    speaks = learn(kernel, labels, fitted.weights, len(model.topics))
    return Learned(speaks, _thresholds(fitted, kernel))


def _thresholds(fitted: Fitted, kernel: Floats) -> Thresholds:
    if too_little(fitted.model):
        return constants(len(fitted.model.topics))
    scores = agreed(left_out(fitted, fitted.model.texts.kernel()), left_out(fitted, kernel))
    return limits(softmax(scores)[:, :-1], OFFERED_WRONGLY)


def _middle(model: Model, directions: Floats) -> Floats:
    asked = np.array([lesson.asked for lesson in model.lessons], bool)
    found: Floats = directions[asked].mean(axis=0)
    return found


def _around(middle: Floats, directions: Floats) -> Floats:
    moved = directions - middle
    found: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), np.float32(1e-9))
    return found


def _alike(left: Floats, right: Floats) -> Floats:
    found: Floats = np.square(np.square((1 + left @ right.T) * np.float32(0.5)))
    return found
