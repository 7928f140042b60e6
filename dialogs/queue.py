"""The rules of the moderators' queue: what kinds of things there are, which way each may go, what its asker is told."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from dialogs.records import Question
from knowledge.match_questions import QUESTION_MARKS
from knowledge.query import Match

if TYPE_CHECKING:
    from dialogs.definitions import Content

KINDS = ("question", "trouble", "comment", "tip")
"""What a viewer's words are. Technical trouble has a lane of its own and is never put on a screen."""

TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    "new": ("approved", "next", "live", "answered", "later", "asked", "declined"),
    "approved": ("next", "live", "answered", "later", "asked", "declined"),
    "next": ("live", "approved", "answered", "later", "asked", "declined"),
    "live": ("answered", "next", "later", "declined"),
    "later": ("approved", "next", "live", "answered", "asked", "declined"),
    "asked": ("approved", "next", "live", "answered", "later", "declined"),
    "answered": (),
    "declined": (),
    "withdrawn": (),
}
"""State → the states a moderator can move a question to. `asked`: its asker is asked what they meant."""
STATES = tuple(TRANSITIONS)
WAITING = tuple(state for state, onward in TRANSITIONS.items() if onward)
"""States in which something is still to come."""
PUBLIC = ("approved", "next", "live", "answered")
"""States in which a question may be shown to other viewers, where the webinar allows it and it has been approved."""
WITHDRAWABLE = ("new", "approved", "next", "later", "asked")
TOLD = ("approved", "next", "live", "later")
"""States that the asker is told of in passing."""

ALIKE, ALIKE_BY_ENTRY = 80, 55
"""How alike words must be, of 100; our own judgement, tried on the questions of episode 47."""
LEAST_ALIKE = min(ALIKE, ALIKE_BY_ENTRY)
MOST_ALIKE = 3
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_QUESTION = re.compile(
    rf"[{QUESTION_MARKS}]|^\W*(vad|vem|vilka|vilken|vilket|var|vart|när|hur|varför|kan|får|ska|skall|finns|är|går|har|gäller|"
    r"what|who|which|where|when|how|why|can|may|is|are|does|do|will)\b",
    re.IGNORECASE,
)


def may(question: Question, state: str) -> bool:
    """Whether a moderator may move it there."""
    return state in TRANSITIONS.get(question.state, ())


def near(match: Match | None) -> tuple[str, ...]:
    """The entries that a match came closest to, best first, however unlikely."""
    return tuple(candidate.topic for candidate in match.candidates) if match else ()


def likely(match: Match | None) -> tuple[str, ...]:
    """The entries that the chat would answer with or offer, best first."""
    return ((match.topic,) if match.topic else match.offered) if match else ()


def kind_of(content: "Content", text: str, match: Match | None = None) -> str:
    """What a viewer's words seem to be: by the curator's words, the group of the entry meant, and the form.

    What asks something is a question also when it says thanks or asks for a tip; trouble is trouble however it is put.
    """
    folded = f" {' '.join(_WORD.findall(text.casefold()))} "
    told = [kind for kind, words in content.kinds.items() if any(f" {word} " in folded for word in words)]
    if "trouble" in told:
        return "trouble"
    asks = bool(_QUESTION.search(text))
    if told and not asks:
        return told[0]
    meant = content.knowledge.entries.get(next(iter(likely(match)), ""))
    if meant and meant.group in content.trouble_groups:
        return "trouble"
    return "question" if asks else "comment"


def factor_of(content: "Content", text: str) -> str | None:
    """The factor that a viewer's words seem to be about: the one that most words tell of, if it is one."""
    folded = f" {' '.join(_WORD.findall(text.casefold()))}"
    told = {factor: sum(f" {word}" in folded for word in words) for factor, words in content.factor_words.items()}
    most = max(told.values(), default=0)
    best = [factor for factor, count in told.items() if count == most > 0]
    return best[0] if len(best) == 1 else None


def alike(question: Question, others: Sequence[Question]) -> tuple[Question, ...]:
    """Those among the others that seem to ask the same, the most alike first.

    Words count most; less of them is enough where both come closest to the same entry. All are compared in one go: a
    desk of two hundred is 40,000 pairs, each time that it is drawn.
    """
    rivals = [other for other in others if other.number != question.number and other.kind == question.kind]
    words = [other.shown.casefold() for other in rivals]
    found = process.extract_iter(
        question.shown.casefold(), words, scorer=fuzz.token_set_ratio, score_cutoff=LEAST_ALIKE
    )
    near = [(likeness, rivals[place]) for _, likeness, place in found if likeness >= _least(question, rivals[place])]
    return tuple(other for _, other in sorted(near, key=lambda each: -each[0])[:MOST_ALIKE])


def likeness_of(question: Question, other: Question) -> float:
    """How alike two questions are, of 100; 0 where they don't seem to ask the same."""
    if other.number == question.number or other.kind != question.kind:
        return 0
    least = _least(question, other)
    return fuzz.token_set_ratio(question.shown.casefold(), other.shown.casefold(), score_cutoff=least)


def _least(question: Question, other: Question) -> int:
    return ALIKE_BY_ENTRY if _nearest(question) == _nearest(other) != "" else ALIKE


def _nearest(question: Question) -> str:
    return question.candidates[0] if question.candidates else ""
