"""What another engine thinks of a question that the first one is unsure of.

The first engine is always asked, the second only where the first would offer entries, hand over, or answer by a hair:
fewer than half of the questions. Both say how likely each entry is as the natural log of its odds; together they say
the mean.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from knowledge.match_calibrate import Thresholds
from knowledge.match_decide import Ranking
from knowledge.match_texts import Floats
from knowledge.match_train import softmax
from knowledge.normalise import cut, shorten

NONE = ""
"""Stands for "none of these" among the entries."""
BY_A_HAIR = 1.1
"""An answer less sure than this many times what an answer takes is worth a second opinion."""

Ask = Callable[[str], Mapping[str, float] | None]
"""A message's words -> the score of each entry and of NONE; None when there is no time for it."""

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class SecondOpinion:
    """Another engine's view of the entries of one language, and how sure both must be together."""

    ask: Ask
    thresholds: Thresholds


def unsure(ranked: Ranking, thresholds: Thresholds, question: str) -> bool:
    """Whether a folded question deserves a second opinion.

    One in another alphabet does not: no entry is written in it, and its letters would take long to read.
    """
    return question.isascii() and ranked.sure < BY_A_HAIR * thresholds.answer_from


def together(topics: tuple[str, ...], scores: Floats, said: Mapping[str, float]) -> Floats:
    """How likely each entry is in the eyes of both engines. `scores` has that of none last."""
    others = np.array([said[topic] for topic in (*topics, NONE)], np.float32)
    return softmax(agreed(scores, others))[..., :-1]


def agreed(scores: Floats, others: Floats) -> Floats:
    """The scores of both engines in one."""
    found: Floats = (scores + others) * np.float32(0.5)
    return found


def as_said(text: str) -> str:
    """The words of a text as they are written, at most as many as the first engine reads."""
    return shorten(" ".join(_WORDS.findall(cut(text))))
