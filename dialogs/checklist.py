"""The rules of a walk through the checklist: order, what is left, and the profile that comes of the answers.

Each factor is judged by itself and never averaged: the factors must interact, and one weak part can stop the rest
(seed:L51-53, seed:L99).
"""

from dataclasses import dataclass

from dialogs.definitions import Band, Checklist, Factor, Statement
from dialogs.records import Run

YES, PARTLY, NO, UNKNOWN, NOT_APPLICABLE = "ja", "delvis", "nej", "vet-ej", "ej-aktuellt"


@dataclass(frozen=True)
class FactorProfile:
    """How one factor stands. `band` is None when fewer answers than the checklist asks for can be scored."""

    factor: Factor
    points: int
    possible: int
    unknown: int
    not_applicable: int
    band: Band | None
    gaps: tuple[Statement, ...]
    """What to mend: no before partly before don't know."""

    @property
    def share(self) -> float:
        """Points of the possible, 0 to 1."""
        return self.points / self.possible if self.possible else 0.0


def statements(checklist: Checklist, run: Run) -> tuple[Statement, ...]:
    """What this run asks, in order. The short run asks the core; the full one everything, then the warning lights."""
    asked = [
        statement
        for factor in checklist.factors
        for statement in checklist.statements
        if statement.factor == factor.id and run.level in statement.levels and (statement.core or run.length == "full")
    ]
    lights = [light for light in checklist.warnings if run.level in light.levels and run.length == "full"]
    return (*asked, *lights)


def unanswered(checklist: Checklist, run: Run) -> tuple[Statement, ...]:
    """What is left to answer, in order."""
    return tuple(statement for statement in statements(checklist, run) if statement.id not in run.answers)


def before(checklist: Checklist, run: Run, statement: str) -> Statement | None:
    """The statement asked before this one, or None at the beginning."""
    asked = statements(checklist, run)
    index = next((index for index, found in enumerate(asked) if found.id == statement), 0)
    return asked[index - 1] if index else None


def profile(checklist: Checklist, run: Run) -> tuple[FactorProfile, ...]:
    """The factors, weakest first; those with too few answers last."""
    profiles = [_factor(checklist, run, factor) for factor in checklist.factors]
    return tuple(sorted(profiles, key=lambda found: (found.band is None, found.share)))


def _factor(checklist: Checklist, run: Run, factor: Factor) -> FactorProfile:
    asked = [statement for statement in statements(checklist, run) if statement.factor == factor.id]
    given = {statement.id: run.answers.get(statement.id) for statement in asked}
    scored = [points for answer in given.values() if (points := _points(checklist, answer)) is not None]
    best = max(answer.points or 0 for answer in checklist.answers)
    points, possible = sum(scored), best * len(scored)
    enough = len(scored) >= checklist.min_answered
    return FactorProfile(
        factor,
        points,
        possible,
        sum(answer == UNKNOWN for answer in given.values()),
        sum(answer == NOT_APPLICABLE for answer in given.values()),
        band(checklist, points / possible) if enough else None,
        tuple(statement for wanted in (NO, PARTLY, UNKNOWN) for statement in asked if given[statement.id] == wanted),
    )


def _points(checklist: Checklist, answer: str | None) -> int | None:
    known = checklist.answer_by_id.get(answer or "")
    return known.points if known else None


def band(checklist: Checklist, share: float) -> Band:
    """The band of a share of the possible points."""
    return next((band for band in checklist.bands if share >= band.least), checklist.bands[-1])


def lit(checklist: Checklist, run: Run) -> tuple[tuple[Statement, str], ...]:
    """The warning lights that shine: (light, ja | delvis | vet-ej), lit before half lit before unknown."""
    lights = [light for light in checklist.warnings if run.level in light.levels]
    return tuple(
        (light, answer) for answer in (YES, PARTLY, UNKNOWN) for light in lights if run.answers.get(light.id) == answer
    )
