"""What several people's answers to the same statements say together, without ever telling one from another.

Answers are counted in batches of at least `LEAST` people, each batch once and for all: what somebody changes afterwards
does not show, and two views never differ by fewer people. Within a statement the same holds for the answers that can be
scored, since somebody may have answered don't know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dialogs.checklist import NO, NOT_APPLICABLE, PARTLY, UNKNOWN, YES
from dialogs.texts import Texts

SCORED = (NO, PARTLY, YES)
LEAST = 3
AGREED_SHARE = 0.8
OPPOSED_SHARE = 0.25

Counts = Mapping[str, Mapping[str, int]]
"""Statement → answer → how many."""
Verdict = Literal["agreed", "split", "opposed", "few"]


@dataclass(frozen=True)
class Spread:
    """How the answers to one statement lie."""

    yes: int = 0
    partly: int = 0
    no: int = 0
    unknown: int = 0
    not_applicable: int = 0

    @property
    def scored(self) -> int:
        """How many answers say something about the statement."""
        return self.yes + self.partly + self.no

    @property
    def verdict(self) -> Verdict:
        """Agreed from 80 % alike; opposed when a quarter says yes and a quarter no; few under three answers."""
        if self.scored < LEAST:
            return "few"
        if max(self.yes, self.partly, self.no) >= AGREED_SHARE * self.scored:
            return "agreed"
        return "opposed" if min(self.yes, self.no) >= OPPOSED_SHARE * self.scored else "split"

    @property
    def middle(self) -> str | None:
        """The lower median of the scored answers; None when they are too few."""
        if self.scored < LEAST:
            return None
        place = (self.scored - 1) // 2
        return NO if place < self.no else PARTLY if place < self.no + self.partly else YES


def in_words(found: Spread, texts: Texts, labels: Mapping[str, str]) -> str:
    """How the answers to one statement lie, in words. `labels` name the answers."""
    unknown = texts("round.unknown", count=found.unknown) if found.unknown else ""
    if found.middle is None:
        return texts("round.verdict.few") + unknown
    given = ((YES, found.yes), (PARTLY, found.partly), (NO, found.no))
    counts = ", ".join(f"{number} {labels[answer].lower()}" for answer, number in given if number)
    middle = texts("round.middle", middle=labels[found.middle].lower()) if found.verdict != "agreed" else ""
    verdict = texts(f"round.verdict.{found.verdict}")
    return texts("round.spread", verdict=verdict, counts=counts, unknown=unknown, middle=middle).strip()


def count(answers: Iterable[Mapping[str, str]]) -> dict[str, dict[str, int]]:
    """The answers (statement → answer) of some people, counted."""
    counts: dict[str, dict[str, int]] = {}
    for person in answers:
        for statement, answer in person.items():
            of_it = counts.setdefault(statement, {})
            of_it[answer] = of_it.get(answer, 0) + 1
    return counts


def spread(batches: Sequence[Counts], statement: str) -> Spread:
    """What may be shown of a statement after these batches."""
    shown: dict[str, int] = {}
    waiting: dict[str, int] = {}
    for batch in batches:
        waiting = _sum(waiting, batch.get(statement, {}))
        if _safe(waiting):
            shown, waiting = _sum(shown, waiting), {}
    return Spread(*(shown.get(answer, 0) for answer in (YES, PARTLY, NO, UNKNOWN, NOT_APPLICABLE)))


def _safe(counts: Mapping[str, int]) -> bool:
    """Whether nobody can be told apart in what these would add."""
    scored = sum(counts.get(answer, 0) for answer in SCORED)
    return sum(counts.values()) >= LEAST and (scored == 0 or scored >= LEAST)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {answer: one.get(answer, 0) + other.get(answer, 0) for answer in {*one, *other}}


def batch_of(answers: Sequence[Mapping[str, str]]) -> tuple[Counts, ...]:
    """The answers of people who have not been counted, as a batch; none while they are too few."""
    return (count(answers),) if len(answers) >= LEAST else ()
