"""The rules of a walk through the checklist: order, what is left, and the profile that comes of the answers.

Each factor is judged by itself and never averaged: the factors must interact, and one weak part can stop the rest
(seed:L51-53, seed:L99).
"""

from dataclasses import dataclass

from dialogs.definitions import Band, Checklist, Factor, Interplay, Reflection, Statement
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
    """What this run asks, factor by factor and then the warning lights. The short run asks the core of it."""
    asked = [
        statement for factor in checklist.factors for statement in checklist.statements if statement.factor == factor.id
    ]
    return tuple(
        statement
        for statement in (*asked, *checklist.warnings)
        if run.level in statement.levels and (statement.core or run.length == "full")
    )


def reflections(checklist: Checklist, run: Run) -> tuple[Reflection, ...]:
    """The open questions this run ends with, in order. In a round they are for everybody together."""
    if run.round and not run.joint:
        return ()
    return tuple(each for each in checklist.reflections if each.core or run.length == "full")


def unanswered(checklist: Checklist, run: Run) -> tuple[Statement, ...]:
    """What is left to answer, in order."""
    return tuple(statement for statement in statements(checklist, run) if statement.id not in run.answers)


def unsaid(checklist: Checklist, run: Run) -> tuple[Reflection, ...]:
    """The reflections that have neither been answered nor passed by."""
    return tuple(each for each in reflections(checklist, run) if each.id not in run.notes)


def left(checklist: Checklist, run: Run) -> int:
    """How many statements remain, which is what a run's length tells and the list shows; then how many reflections."""
    return len(unanswered(checklist, run)) or len(unsaid(checklist, run))


def before(checklist: Checklist, run: Run, thing: str) -> Statement | Reflection | None:
    """What was asked before this statement or reflection, or None at the beginning."""
    asked: list[Statement | Reflection] = [*statements(checklist, run), *reflections(checklist, run)]
    index = next((index for index, found in enumerate(asked) if found.id == thing), 0)
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


def interplay(checklist: Checklist, profiles: tuple[FactorProfile, ...], lights: int = 0) -> tuple[Interplay, ...]:
    """What the weak parts do to the others, most important first. `lights` is how many warning lights are lit.

    A rule is left out when one before it speaks of the same weak and unknown factors already.
    """
    ends = {checklist.bands[-1].id: "weak", checklist.bands[0].id: "well"}
    signs = {found.factor.id: ends.get(found.band.id, "") if found.band else "unknown" for found in profiles}
    told: list[Interplay] = []
    spoken: set[str] = set()
    for rule in checklist.interplay:
        wanted = dict.fromkeys(rule.weak, "weak") | dict.fromkeys(rule.well, "well")
        wanted |= dict.fromkeys(rule.unknown, "unknown")
        concerned = {*rule.weak, *rule.unknown} or {*rule.well}
        holds = lights >= rule.lit and all(signs.get(factor) == sign for factor, sign in wanted.items())
        if holds and not concerned <= spoken:
            told.append(rule)
            spoken |= concerned
    return tuple(told)
