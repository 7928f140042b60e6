"""The rules of the checklist hold for every way of answering it."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialogs import checklist as rules
from dialogs.records import Run
from tests.talk import NOW, shipped_content

CHECKLIST = shipped_content().checklist
ANSWERS = [answer.id for answer in CHECKLIST.answers]
STATEMENTS = sorted(CHECKLIST.statement_by_id)
GIVEN = [*ANSWERS, "an-answer-of-old"]

all_given = st.lists(st.sampled_from(GIVEN), min_size=len(STATEMENTS), max_size=len(STATEMENTS)).map(
    lambda answers: dict(zip(STATEMENTS, answers, strict=True))
)
runs = st.builds(
    lambda level, length, answers: Run("r", CHECKLIST.id, 1, CHECKLIST.edition, level, "start", length, NOW, answers),
    st.sampled_from([level.id for level in CHECKLIST.levels]),
    st.sampled_from(["short", "full"]),
    st.dictionaries(st.sampled_from(STATEMENTS), st.sampled_from(GIVEN)) | all_given,
)


def everything(answer: str, length: str = "full") -> Run:
    """A run where every statement has the same answer."""
    given = dict.fromkeys(STATEMENTS, answer)
    return Run("r", CHECKLIST.id, 1, CHECKLIST.edition, "lokal", "start", length, NOW, given)


@given(runs)
def test_the_weakest_factor_comes_first_and_those_with_too_few_answers_last(run: Run) -> None:
    profiles = rules.profile(CHECKLIST, run)
    assert {found.factor.id for found in profiles} == {factor.id for factor in CHECKLIST.factors}
    for one, other in pairwise(profiles):
        assert (one.band is None) <= (other.band is None)
        if one.band and other.band:
            assert one.share <= other.share


@given(runs, st.data())
def test_a_factor_depends_on_its_own_statements_only(run: Run, data: st.DataObject) -> None:
    """Never an average: a strong factor cannot hide a weak one."""
    factor = data.draw(st.sampled_from([factor.id for factor in CHECKLIST.factors]))
    others = [each for each in STATEMENTS if CHECKLIST.statement_by_id[each].factor != factor]
    changed = data.draw(st.dictionaries(st.sampled_from(others), st.sampled_from(ANSWERS)))
    later = replace(run, answers={**run.answers, **changed})
    assert _of(run, factor) == _of(later, factor)


@given(runs)
def test_the_order_of_answering_makes_no_difference(run: Run) -> None:
    other_way = replace(run, answers=dict(reversed(run.answers.items())))
    assert rules.profile(CHECKLIST, run) == rules.profile(CHECKLIST, other_way)
    assert rules.unanswered(CHECKLIST, run) == rules.unanswered(CHECKLIST, other_way)
    assert rules.lit(CHECKLIST, run) == rules.lit(CHECKLIST, other_way)


@given(runs)
def test_what_is_left_and_what_is_answered_make_the_whole(run: Run) -> None:
    asked = rules.statements(CHECKLIST, run)
    left = rules.unanswered(CHECKLIST, run)
    assert [statement for statement in asked if statement.id not in run.answers] == list(left)
    assert all(run.level in statement.levels for statement in asked)
    factors = [statement.factor for statement in asked]
    assert list(dict.fromkeys(factors))[:5] == [factor.id for factor in CHECKLIST.factors]


@given(runs)
def test_points_are_within_what_is_possible_and_unknown_answers_give_none(run: Run) -> None:
    for found in rules.profile(CHECKLIST, run):
        assert 0 <= found.points <= found.possible
        assert (found.band is not None) == (found.possible >= 2 * CHECKLIST.min_answered)
        given = [run.answers.get(gap.id) for gap in found.gaps]
        assert given == sorted(given, key=lambda answer: ("nej", "delvis", "vet-ej").index(answer or ""))


@given(runs, st.sampled_from([*STATEMENTS, *CHECKLIST.reflection_by_id]))
def test_going_back_is_one_step_back_also_from_the_reflections(run: Run, statement: str) -> None:
    asked = [found.id for found in rules.statements(CHECKLIST, run)]
    asked += [found.id for found in rules.reflections(CHECKLIST, run)]
    before = rules.before(CHECKLIST, run, statement)
    if statement in asked[1:]:
        assert before
        assert asked.index(before.id) == asked.index(statement) - 1
    else:
        assert before is None


def test_a_better_answer_never_makes_a_factor_weaker() -> None:
    shares = [rules.profile(CHECKLIST, everything(answer))[0].share for answer in ("nej", "delvis", "ja")]
    assert shares == sorted(shares)
    assert len(set(shares)) == 3


def test_nobody_who_knows_nothing_is_given_a_verdict() -> None:
    for found in rules.profile(CHECKLIST, everything("vet-ej")):
        assert found.band is None
        assert found.unknown == len(found.gaps)


def test_what_does_not_apply_is_no_gap() -> None:
    for found in rules.profile(CHECKLIST, everything("ej-aktuellt")):
        assert (found.band, found.gaps, found.possible) == (None, (), 0)
        assert found.not_applicable


def test_the_lights_that_shine_come_before_the_half_lit_and_the_unknown() -> None:
    lights = [light.id for light in CHECKLIST.warnings if "lokal" in light.levels]
    mixed = ("vet-ej", "ja", "nej", "delvis")
    run = replace(everything("ja"), answers={light: mixed[index % 4] for index, light in enumerate(lights)})
    shown = [answer for _, answer in rules.lit(CHECKLIST, run)]
    assert shown == sorted(shown, key=["ja", "delvis", "vet-ej"].index)
    assert "nej" not in shown


def test_the_short_walk_can_always_be_judged() -> None:
    for level in CHECKLIST.levels:
        run = replace(everything("ja", "short"), level=level.id)
        assert len(rules.statements(CHECKLIST, run)) < len(rules.statements(CHECKLIST, replace(run, length="full")))
        assert all(found.band for found in rules.profile(CHECKLIST, run))


def _of(run: Run, factor: str) -> rules.FactorProfile:
    return next(found for found in rules.profile(CHECKLIST, run) if found.factor.id == factor)
