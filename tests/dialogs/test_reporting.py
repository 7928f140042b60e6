"""What a result says: the parts weakest first, what they do to each other, the lights, and what became of it since."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import checklist as rules
from dialogs.bicycle import described
from dialogs.definitions import Checklist, Interplay
from dialogs.events import Chose
from dialogs.outcome import FORMS, SHOWN_INTERPLAY
from dialogs.records import Run, Step
from dialogs.report import NextStep, Note, Report
from dialogs.reporting import report
from tests.talk import NOW, Talk, choices_of, greeted, shipped_content

SWEDEN = ZoneInfo("Europe/Stockholm")
CONTENT = shipped_content()
CHECKLIST = CONTENT.checklist
FACTORS = [factor.id for factor in CHECKLIST.factors]
WEAK, WELL, BETWEEN, UNKNOWN = "nej", "ja", "delvis", "vet-ej"
ANSWERS = [answer.id for answer in CHECKLIST.answers]


def run(checklist: Checklist = CHECKLIST, lights: str = "nej", length: str = "full", **factors: str) -> Run:
    """A run whose statements are answered alike in each factor; "ja" where nothing is said."""
    level, purpose = checklist.levels[0].id, checklist.purposes[0].id
    empty = Run("r", checklist.id, checklist.version, checklist.edition, level, purpose, length, NOW)
    answers = {each.id: factors.get(each.factor, WELL) if each.factor else lights
               for each in rules.statements(checklist, empty)}  # fmt: skip
    return replace(empty, answers=answers, finished=NOW)


def reported(given: Run, checklist: Checklist = CHECKLIST, earlier: Run | None = None, language: str = "sv") -> Report:
    return report(CONTENT, checklist, given, language, NOW, earlier)


def told(given: Run, checklist: Checklist = CHECKLIST) -> list[str]:
    """The ids of the rules that a run meets."""
    return [rule.id for rule in rules.interplay(checklist, rules.profile(checklist, given))]


# Interplay: half a bicycle


@pytest.mark.parametrize("checklist", CONTENT.checklists.values(), ids=CONTENT.checklists)
def test_where_all_is_alike_one_thing_is_said(checklist: Checklist) -> None:
    everything = set(FACTORS)
    for answer in (WEAK, WELL, UNKNOWN):
        found = rules.interplay(checklist, rules.profile(checklist, run(checklist, **dict.fromkeys(FACTORS, answer))))
        if answer != WEAK or any(set(rule.weak) == everything for rule in checklist.interplay):
            assert [{*rule.weak, *rule.well, *rule.unknown} for rule in found] == [everything]
        else:
            assert {factor for rule in found for factor in rule.weak} == everything
    assert told(run(checklist, **dict.fromkeys(FACTORS, BETWEEN)), checklist) == []


@pytest.mark.parametrize("checklist", CONTENT.checklists.values(), ids=CONTENT.checklists)
@pytest.mark.parametrize("factor", FACTORS)
def test_of_one_weak_part_something_is_said_in_every_checklist(checklist: Checklist, factor: str) -> None:
    for rest in (WELL, BETWEEN, UNKNOWN):
        found = rules.interplay(
            checklist, rules.profile(checklist, run(checklist, **{**dict.fromkeys(FACTORS, rest), factor: WEAK}))
        )
        assert [rule for rule in found if factor in rule.weak], rest


def test_half_a_bicycle_is_told_as_half_a_bicycle() -> None:
    assert told(run(samverkan=WEAK))[0] == "nav-svagt-annars-bra"
    assert told(run(behov=WEAK))[0] == "plan-utan-behov"
    assert told(run(plan=WEAK, riktning=WEAK))[0] == "plan-och-riktning-svaga"


@pytest.mark.parametrize("checklist", CONTENT.checklists.values(), ids=CONTENT.checklists)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_part_that_a_more_specific_rule_speaks_of_is_not_spoken_of_twice(checklist: Checklist, factor: str) -> None:
    found = rules.interplay(checklist, rules.profile(checklist, run(checklist, **{factor: WEAK})))
    assert [factor in rule.weak for rule in found] == [True]


@pytest.mark.parametrize("checklist", CONTENT.checklists.values(), ids=CONTENT.checklists)
def test_a_bicycle_whose_every_light_is_lit_is_not_told_that_it_looks_whole(checklist: Checklist) -> None:
    """Lights half lit, unknown or dark leave it as it was, and so does a single one."""
    lit, *others = (reported(run(checklist, lights), checklist).interplay for lights in ANSWERS)
    assert [len(lit), *map(len, others)] == [1] * len(ANSWERS)
    assert lit not in others
    dark = run(checklist)
    one = replace(dark, answers={**dark.answers, checklist.warnings[0].id: WELL})
    assert {*others, reported(one, checklist).interplay} == {others[0]}


def test_two_rules_for_a_part_are_told_only_when_the_later_says_something_new() -> None:
    words = {"sv": "x", "en": "x"}
    both, one, other, also = (
        Interplay("both", ("plan", "riktning"), (), (), words), Interplay("one", ("plan",), (), (), words),
        Interplay("other", ("riktning",), ("behov",), (), words),
        Interplay("also", ("plan", "samverkan"), (), (), words),
    )  # fmt: skip
    given = run(plan=WEAK, riktning=WEAK, samverkan=WEAK)
    assert told(given, replace(CHECKLIST, interplay=(both, one, other, also))) == ["both", "also"]
    assert told(given, replace(CHECKLIST, interplay=(one, both, other, also))) == ["one", "both", "also"]


@given(st.fixed_dictionaries({factor: st.sampled_from([WEAK, WELL, BETWEEN, UNKNOWN]) for factor in FACTORS}))
def test_what_is_told_holds(signs: dict[str, str]) -> None:
    for checklist in CONTENT.checklists.values():
        found = rules.interplay(checklist, rules.profile(checklist, run(checklist, **signs)))
        for rule in found:
            assert {signs[factor] for factor in rule.weak} <= {WEAK}
            assert {signs[factor] for factor in rule.well} <= {WELL}
            assert {signs[factor] for factor in rule.unknown} <= {UNKNOWN}
        order = [checklist.interplay.index(rule) for rule in found]
        assert order == sorted(order)
        weak = {factor for factor, sign in signs.items() if sign == WEAK}
        assert {factor for rule in found for factor in rule.weak} == weak


def test_in_the_chat_no_more_than_the_most_important_is_told() -> None:
    talk = greeted()
    talk.walk()
    while talk.last.key == "walk.statement":
        factor = CHECKLIST.statement_by_id[talk.state.statement or ""].factor
        talk.hear(Chose("a:*:delvis" if factor == "plan" else "a:*:nej"))
    talk.pass_by()
    found = rules.interplay(CHECKLIST, rules.profile(CHECKLIST, talk.run))
    shown = [rule.words["sv"] in talk.turns[-1].replies[0].text for rule in found]
    assert shown == [index < SHOWN_INTERPLAY for index in range(len(found))]


# The report


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_report_says_whose_it_is_in_the_language_asked_for(language: str) -> None:
    found = reported(run(), language=language)
    assert (found.run, found.language, found.title) == ("r", language, CHECKLIST.title[language])
    assert (found.level, found.purpose) == (CHECKLIST.levels[0].label[language], CHECKLIST.purposes[0].label[language])
    assert (found.version, found.day, found.people) == (CHECKLIST.version, NOW.date(), 1)
    assert str(len(found.answers)) in found.length
    assert [part.part for part in found.parts] == [
        CHECKLIST.factor_by_id[each.factor].part[language] for each in found.parts
    ]


def test_the_weakest_part_is_first_and_those_with_too_few_answers_last() -> None:
    found = reported(run(behov=UNKNOWN, plan=WEAK, riktning=BETWEEN))
    assert [(part.factor, part.sign) for part in found.parts] == [
        ("plan", "svag"), ("riktning", "pa-vag"), ("forankring", "bar"), ("samverkan", "bar"), ("behov", "okand"),
    ]  # fmt: skip
    assert found.parts[-1].state == CHECKLIST.too_few["sv"]
    assert found.parts[-1].unknown
    assert found.gaps[0].factor == CHECKLIST.factor_by_id["plan"].label["sv"]
    assert found.gaps[-1].factor == CHECKLIST.factor_by_id["behov"].label["sv"]


def test_what_does_not_apply_is_counted_apart() -> None:
    given = run()
    first, second, *_ = (each.id for each in CHECKLIST.statements if each.factor == "plan" and each.id in given.answers)
    given = replace(given, answers={**given.answers, first: "ej-aktuellt", second: UNKNOWN})
    whole, part = (next(each for each in reported(found).parts if each.factor == "plan") for found in (run(), given))
    assert (part.unknown, part.not_applicable) == (1, 1)
    assert part.possible == part.points == whole.possible - 4
    assert [gap.answer for gap in reported(given).gaps] == [CHECKLIST.answer_by_id[UNKNOWN].label["sv"]]


def test_lit_lights_come_before_half_lit_ones_and_those_nobody_knows_of_are_counted() -> None:
    given = run()
    lights = [light.id for light in CHECKLIST.warnings if light.id in given.answers]
    answers = dict(zip(lights, ["delvis", "vet-ej", "ja", "nej", "ja", "vet-ej", "delvis"], strict=False))
    found = reported(replace(given, answers={**given.answers, **answers}))
    assert [light.shine for light in found.lights] == ["lit", "lit", "half", "half"]
    assert found.unknown_lights == 2
    assert {light.kind for light in found.lights} <= {"hinder", "risk"}


def test_reflections_notes_and_step_come_along_as_they_were_written() -> None:
    given = run()
    noted = rules.statements(CHECKLIST, given)[3]
    notes = {"vem-cyklar": "<b>Byalaget</b>", "delaktighet": "", noted.id: "Vi frågade i våras", "of-old": "x"}
    due = dt.date(2027, 3, 15)
    found = reported(replace(given, notes=notes, step=Step("Bjud in", "Anna", due)))
    assert found.reflections == tuple(Note(each.label["sv"], notes.get(each.id, "")) for each in CHECKLIST.reflections)
    assert found.notes == (Note(noted.wording["start"]["sv"], "Vi frågade i våras"),)
    assert found.step == NextStep("Bjud in", "Anna", due)
    assert next(each for each in found.answers if each.statement == noted.id).note == "Vi frågade i våras"


def test_only_what_the_run_asks_is_in_its_report() -> None:
    given = run(length="short")
    found = reported(replace(given, answers=dict.fromkeys(CHECKLIST.statement_by_id, WEAK)))
    assert [each.statement for each in found.answers] == [each.id for each in rules.statements(CHECKLIST, given)]
    assert len(found.reflections) == sum(each.core for each in CHECKLIST.reflections)


@pytest.mark.parametrize(
    ("before", "now", "key"),
    [(WEAK, WELL, "difference.up"), (WELL, BETWEEN, "difference.down"), (BETWEEN, BETWEEN, "difference.same"),
     (UNKNOWN, WEAK, "difference.new")],
)  # fmt: skip
def test_a_second_run_tells_what_has_become_of_each_part(before: str, now: str, key: str) -> None:
    earlier = run(plan=before)
    profile = next(each for each in rules.profile(CHECKLIST, earlier) if each.factor.id == "plan")
    texts = CONTENT.texts["sv"]
    label = profile.band.label["sv"] if profile.band else ""
    values = {} if key == "difference.new" else {
        "before": label, "points": profile.points, "possible": profile.possible
    }  # fmt: skip
    found = {part.factor: part.difference for part in reported(run(plan=now), earlier=earlier).parts}
    assert found["plan"] == texts(key, **values)
    assert all(found.values())
    assert not any(part.difference for part in reported(run(plan=now)).parts)
    assert next(p for p in reported(run(plan=UNKNOWN), earlier=earlier).parts if p.factor == "plan").difference == ""


def test_a_short_and_a_full_run_are_compared_by_points_of_the_possible() -> None:
    found = reported(run(length="full"), earlier=run(length="short"))
    same, _, _ = CONTENT.texts["sv"]("difference.same", before="§", points="", possible="").partition("§")
    assert all(part.difference.startswith(same) for part in found.parts)


def test_the_second_walk_shows_the_difference_in_the_chat() -> None:
    talk = greeted()
    for later, answer in enumerate(("nej", "ja")):
        talk.world = replace(talk.world, now=NOW + dt.timedelta(days=100 * later))
        talk.step(Chose("new:fem-faktorer:lokal:start:short"))
        talk.finish(answer)
    better, _, _ = CONTENT.texts["sv"]("difference.up", before="§", points="", possible="").partition("§")
    assert _overview(talk).count(better) == len(FACTORS)
    talk.world = replace(talk.world, now=NOW + dt.timedelta(days=300))
    talk.step(Chose("new:fem-faktorer:regional:start:short"))
    talk.finish("ja")
    assert better not in _overview(talk)


def _overview(talk: Talk) -> str:
    return next(reply.text for reply in talk.turns[-1].replies if reply.key == "result")


@settings(max_examples=50)
@given(st.data())
def test_whatever_was_answered_a_report_is_whole_and_told_in_words(data: st.DataObject) -> None:
    checklist = data.draw(st.sampled_from([*CONTENT.checklists.values()]))
    answers = st.dictionaries(st.sampled_from(sorted(checklist.statement_by_id)), st.sampled_from([*ANSWERS, "of-old"]))
    empty = Run(
        "r", checklist.id, checklist.version, checklist.edition, data.draw(st.sampled_from(checklist.levels)).id,
        data.draw(st.sampled_from(checklist.purposes)).id, data.draw(st.sampled_from(["short", "full"])), NOW,
    )  # fmt: skip
    given, earlier = (replace(empty, answers=data.draw(answers)) for _ in range(2))
    language = data.draw(st.sampled_from(["sv", "en"]))
    found = reported(given, checklist, data.draw(st.sampled_from([earlier, None])), language)
    order = [(part.sign == "okand", part.points / part.possible if part.possible else 0.0) for part in found.parts]
    assert all(one <= other for one, other in pairwise(order))
    assert {part.factor for part in found.parts} == set(FACTORS)
    alt = described(found, CONTENT.texts[language])
    assert all(part.name in alt and part.part in alt for part in found.parts)
    assert isinstance(hash(found), int)  # a picture is remembered by the report that it shows


def test_a_walk_finished_after_midnight_in_sweden_is_named_by_the_day_it_was_there() -> None:
    """What the store gives back is in UTC, where that night is still the day before."""
    talk = greeted()
    talk.world = replace(talk.world, now=dt.datetime(2026, 11, 29, 0, 20, tzinfo=SWEDEN))
    talk.walk()
    talk.finish()
    talk.kept.runs["run1"] = ("anna", replace(talk.run, finished=dt.datetime(2026, 11, 28, 23, 11, tzinfo=dt.UTC)))
    for form in FORMS:
        talk.step(Chose(f"document:run1:{form}"))
        assert talk.last.file
        assert talk.last.file.title.endswith("2026-11-29")


def test_after_one_file_the_other_kinds_are_offered_beside_it() -> None:
    talk = greeted()
    talk.walk()
    talk.finish()
    talk.hear(Chose("document:*"))
    for form in FORMS:
        talk.hear(Chose(f"document:run1:{form}"))
        others = [f"document:run1:{each}" for each in FORMS if each != form]
        assert choices_of(talk.last) == [*others, "result:run1"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_line_of_a_part_with_too_few_answers_is_one_sentence(language: str) -> None:
    talk = greeted()
    talk.hear(Chose(f"lang:{language}"))
    talk.walk()
    talk.finish("vet-ej")
    assert all(f"{mark}," not in talk.turns[-1].replies[1].text for mark in ".!?")


def test_a_single_last_question_is_not_counted() -> None:
    for length, counted in (("short", False), ("full", True)):
        talk = greeted()
        talk.walk(length)
        talk.answer_all()
        assert any(sign.isdecimal() for sign in talk.last.heading or "") is counted
