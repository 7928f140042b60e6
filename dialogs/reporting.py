"""From a run to its report: the result in words of one language."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from dialogs import checklist as rules
from dialogs.definitions import Checklist, Content, Option, Statement
from dialogs.records import Run
from dialogs.report import Gap, GivenAnswer, Light, NextStep, Note, Part, Report, Shine, Sign

RIDER = "vem-cyklar"
"""The reflection that asks who cycles."""
SHINES: dict[str, Shine] = {rules.YES: "lit", rules.PARTLY: "half"}


def report(
    content: Content,
    checklist: Checklist,
    run: Run,
    language: str,
    now: dt.datetime,
    earlier: Run | None = None,
    people: int = 1,
) -> Report:
    """The result of a run so far. `checklist` is the edition that it walks; `earlier` a run to compare it with;
    `people` how many answered together.

    `now` is local time: its day is the report's while the run is not finished.
    """
    profiles = rules.profile(checklist, run)
    asked = rules.statements(checklist, run)
    shining = rules.lit(checklist, run)
    lights = sum(answer == rules.YES for _, answer in shining)
    return Report(
        run=run.id,
        language=language,
        title=checklist.title[language],
        level=_label(checklist.levels, run.level, language),
        purpose=_label(checklist.purposes, run.purpose, language),
        length=content.texts[language](f"walk.length.{run.length}", count=len(asked)),
        version=run.version,
        day=(run.finished or now).astimezone(now.tzinfo).date(),
        people=people,
        parts=tuple(_parts(content, checklist, profiles, language, earlier)),
        interplay=tuple(rule.words[language] for rule in rules.interplay(checklist, profiles, lights)),
        lights=tuple(_lights(shining, run, language)),
        unknown_lights=sum(answer == rules.UNKNOWN for _, answer in shining),
        gaps=tuple(_gap(content, checklist, run, gap, language) for found in profiles for gap in found.gaps),
        reflections=tuple(_reflections(checklist, run, language)),
        notes=tuple(_notes(asked, run, language)),
        step=NextStep(run.step.what, run.step.who, run.step.due) if run.step else None,
        closing=checklist.closing[language],
        answers=tuple(_given(checklist, run, statement, language) for statement in asked),
        rider=run.notes.get(RIDER, ""),
        own=run.round is not None and not run.joint,
    )


def sign(checklist: Checklist, profile: rules.FactorProfile) -> Sign:
    """How a factor stands, as one of the four signs: the best band, the worst, one between, or none."""
    if profile.band is None:
        return "okand"
    ends: dict[str, Sign] = {checklist.bands[0].id: "bar", checklist.bands[-1].id: "svag"}
    return ends.get(profile.band.id, "pa-vag")


def _parts(
    content: Content, checklist: Checklist, profiles: Sequence[rules.FactorProfile], language: str, earlier: Run | None
) -> Iterator[Part]:
    before = {found.factor.id: found for found in rules.profile(checklist, earlier)} if earlier else {}
    for found in profiles:
        yield _part(content, checklist, found, language, before.get(found.factor.id))


def _part(
    content: Content, checklist: Checklist, found: rules.FactorProfile, language: str,
    before: rules.FactorProfile | None,
) -> Part:  # fmt: skip
    return Part(
        found.factor.id,
        found.factor.label[language],
        found.factor.part[language],
        sign(checklist, found),
        (found.band.label if found.band else checklist.too_few)[language],
        found.points,
        found.possible,
        found.unknown,
        found.not_applicable,
        _difference(content, found, before, language),
    )


def _difference(content: Content, found: rules.FactorProfile, before: rules.FactorProfile | None, language: str) -> str:
    """Against the run before: by points of the possible, since the two may have asked for different statements."""
    if before is None or found.band is None:
        return ""
    texts = content.texts[language]
    if before.band is None:
        return texts("difference.new")
    change = found.share - before.share
    key = "difference.up" if change > 0 else "difference.down" if change < 0 else "difference.same"
    return texts(key, before=before.band.label[language], points=before.points, possible=before.possible)


def _lights(shining: Iterable[tuple[Statement, str]], run: Run, language: str) -> Iterator[Light]:
    for light, answer in shining:
        if answer in SHINES:
            words, advice = light.worded(run.purpose)[language], light.advice[language]
            yield Light("risk" if light.kind == "risk" else "hinder", SHINES[answer], words, advice)


def _reflections(checklist: Checklist, run: Run, language: str) -> Iterator[Note]:
    for each in rules.reflections(checklist, run):
        yield Note(each.label[language], run.notes.get(each.id, ""))


def _notes(asked: Iterable[Statement], run: Run, language: str) -> Iterator[Note]:
    for statement in asked:
        if note := run.notes.get(statement.id):
            yield Note(statement.worded(run.purpose)[language], note)


def _gap(content: Content, checklist: Checklist, run: Run, gap: Statement, language: str) -> Gap:
    tools = content.knowledge.tools
    return Gap(
        checklist.factor_by_id[gap.factor or ""].label[language],
        gap.worded(run.purpose)[language],
        checklist.answer_by_id[run.answers[gap.id]].label[language],
        gap.advice[language],
        tuple(tools[tool].title[language] for tool in gap.tools if tool in tools),
    )


def _given(checklist: Checklist, run: Run, statement: Statement, language: str) -> GivenAnswer:
    answer = checklist.answer_by_id.get(run.answers.get(statement.id, ""))
    return GivenAnswer(
        statement.id,
        statement.factor or "",
        statement.worded(run.purpose)[language],
        answer.id if answer else "",
        answer.label[language] if answer else "",
        run.notes.get(statement.id, ""),
    )


def _label(options: tuple[Option, ...], identity: str, language: str) -> str:
    return next((option.label[language] for option in options if option.id == identity), identity)
