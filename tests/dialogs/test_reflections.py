"""Why it is asked, the open questions at the end, and the short walk that becomes the full one."""

import pytest

from dialogs import checklist as rules
from dialogs.events import CameBack, Chose, Said
from dialogs.records import AnswerStatement, FinishRun, Lengthen, NoteStatement
from dialogs.replies import quoted
from dialogs.walk import MOST_NOTE_CHARACTERS
from tests.talk import Say, Talk, choices_of, greeted, keys, shipped_content

CHECKLIST = shipped_content().checklist
FIRST = CHECKLIST.reflections[0].id
RESULT = ["result.bicycle", "result"]


def walking(length: str = "short") -> Talk:
    talk = greeted()
    talk.walk(length)
    return talk


def reflecting(length: str = "short") -> Talk:
    """Somebody who has answered yes to everything, before the first reflection."""
    talk = walking(length)
    talk.answer_all()
    return talk


# Why


def test_why_is_told_with_its_source_and_the_statement_stands_open_again() -> None:
    talk = walking()
    there, asked = talk.state, talk.last
    turn = talk((Chose("why:*"), ["walk.why", Say("walk.statement", "a:run1:*:ja", kind="statement")]))
    statement = CHECKLIST.statement_by_id[there.statement or ""]
    assert turn.replies[0].text == statement.why["sv"]
    assert len(turn.replies[0].sources) == len(shipped_content().knowledge.sources_of(statement.why_sources))
    assert (turn.records, talk.state, talk.last) == ((), there, asked)


def test_why_can_be_asked_of_every_statement_in_both_languages() -> None:
    for checklist in shipped_content().checklists.values():
        for language in ("sv", "en"):
            talk = greeted()
            talk.hear(Chose(f"lang:{language}"))
            talk.walk("full", checklist=checklist.id)
            while talk.last.key == "walk.statement":
                statement = checklist.statement_by_id[talk.state.statement or ""]
                assert talk.hear(Chose("why:*")).replies[0].text == statement.why[language]
                talk.hear(Chose("a:*:nej"))


def test_why_of_a_statement_answered_long_ago_shows_that_one() -> None:
    talk = walking()
    first = talk.state.statement
    talk.play(Chose("a:*:ja"), Chose("a:*:nej"))
    talk((Chose(f"why:*:{first}"), ["walk.why", Say("walk.statement", f"a:run1:{first}:nej")]))
    assert talk.last.note
    talk((Said("nej"), ["walk.changed", "walk.statement"]))
    assert talk.run.answers[first or ""] == "nej"


# Reflections


@pytest.mark.parametrize("length", ["short", "full"])
def test_after_the_statements_come_the_reflections_one_at_a_time(length: str) -> None:
    talk = reflecting(length)
    asked = rules.reflections(CHECKLIST, talk.run)
    assert [each.id for each in asked] == [each.id for each in CHECKLIST.reflections if each.core or length == "full"]
    for number, each in enumerate(asked):
        assert (talk.state.dialog, talk.state.statement, talk.last.input) == ("reflection", each.id, "reflection")
        Say("walk.reflection", f"reflect:run1:{each.id}", f"back:run1:{each.id}", "pause").check(talk.last)
        assert talk.last.text == each.question["sv"]
        turn = talk.hear(Said(f"svar {number}"))
        assert turn.records[0] == NoteStatement("run1", each.id, f"svar {number}")
    assert turn.records[-1] == FinishRun("run1")
    assert keys(turn.replies) == RESULT
    for number, _ in enumerate(asked):
        assert quoted(f"svar {number}") in turn.replies[1].text


def test_nothing_to_say_is_a_result_too() -> None:
    talk = reflecting()
    turn = talk((Chose("reflect:*"), RESULT))
    assert turn.records == (NoteStatement("run1", FIRST, ""), FinishRun("run1"))
    assert shipped_content().texts["sv"]("result.none") in turn.replies[1].text


@pytest.mark.parametrize("nobody", ["nej", "Vet inte.", "NEJ!", *CHECKLIST.reflections[0].none.values()])
def test_nothing_in_words_is_nothing(nobody: str) -> None:
    talk = greeted()
    talk.hear(Chose("lang:en" if nobody == CHECKLIST.reflections[0].none["en"] else "lang:sv"))
    talk.walk()
    talk.answer_all()
    talk.hear(Said(nobody))
    assert talk.run.notes == {FIRST: ""}
    assert talk.run.finished


@pytest.mark.parametrize("somebody", ["ja", "Ja, byalaget", "nej, men snart Anna", "Nejdens byalag", "delvis"])
def test_other_words_are_kept_as_they_were_said(somebody: str) -> None:
    talk = reflecting()
    talk.hear(Said(somebody))
    assert talk.run.notes == {FIRST: somebody}


def test_words_on_many_lines_become_one_and_too_many_are_cut() -> None:
    talk = reflecting()
    turn = talk.hear(Said("  Byalaget \n och " + "x" * 4000))
    assert talk.run.notes == {FIRST: f"Byalaget och {'x' * 4000}"[:MOST_NOTE_CHARACTERS]}
    assert keys(turn.replies) == ["walk.noted_short", *RESULT]


def test_a_question_asked_in_between_is_answered_and_is_no_answer() -> None:
    talk = reflecting()
    there = talk.state
    talk((Said("Vad räknas som landsbygd?"), ["answer", "walk.reflection"]))
    assert (talk.state, talk.run.notes) == (there, {})
    talk((Said("Kommunen och byalaget"), RESULT))
    assert talk.run.notes == {FIRST: "Kommunen och byalaget"}


def test_what_was_said_is_shown_when_it_is_considered_again_and_can_be_kept() -> None:
    talk = reflecting()
    talk.hear(Said("Byalaget"))
    talk(
        (Chose(f"reconsider:*:{FIRST}"), [Say("walk.reflection", f"keep:run1:{FIRST}", f"reflect:run1:{FIRST}")]),
    )
    assert quoted("Byalaget") in (talk.last.note or "")
    turn = talk((Chose("keep:*"), RESULT))
    assert (turn.records, talk.run.notes, talk.state.dialog) == ((), {FIRST: "Byalaget"}, "ask")


def test_what_was_said_can_be_changed_afterwards_and_taken_back() -> None:
    talk = reflecting()
    talk.play(Said("Byalaget"), Chose("reconsider:*"))
    turn = talk((Said("Kommunen"), RESULT))
    assert turn.records == (NoteStatement("run1", FIRST, "Kommunen"),)
    talk.hear(Chose("reconsider:*"))
    turn = talk((Chose("reflect:*"), RESULT))
    assert turn.records == (NoteStatement("run1", FIRST, ""),)
    talk.hear(Chose("reconsider:*"))
    assert not [choice for choice in choices_of(talk.last) if choice.startswith("keep")]


def test_back_from_a_reflection_is_the_question_before_it() -> None:
    talk = reflecting("full")
    last = rules.statements(CHECKLIST, talk.run)[-1].id
    second = CHECKLIST.reflections[1].id
    talk.hear(Said("Byalaget"))
    assert talk.state.statement == second
    talk((Chose(f"back:*:{second}"), [Say("walk.reflection", f"keep:run1:{FIRST}")]))
    talk((Said("tillbaka"), ["walk.statement"]))
    assert talk.state.statement == last
    talk((Said("nej"), ["walk.changed", "walk.reflection"]))
    assert (talk.run.answers[last], talk.state.statement, talk.run.notes) == ("nej", second, {FIRST: "Byalaget"})


def test_two_taps_on_nothing_to_say_pass_one_reflection_by() -> None:
    talk = reflecting("full")
    talk.hear(Chose("reflect:*"))
    there = talk.state
    assert talk.hear(Chose(f"reflect:*:{FIRST}")).records == ()
    assert talk.state == there


def test_a_reflection_waits_through_a_pause_an_outage_and_another_language() -> None:
    talk = reflecting("full")
    talk(
        (Said("paus"), ["walk.paused"]),
        (Said("checklista"), [Say("walk.unfinished", "resume:run1")]),
        (Chose("resume:*"), ["walk.reflection"]),
        (CameBack(), ["back", "walk.reflection"]),
        (Said("english"), ["language.changed_walking", "walk.reflection"]),
    )
    assert talk.last.text == CHECKLIST.reflections[0].question["en"]
    assert rules.left(CHECKLIST, talk.run) == len(CHECKLIST.reflections)


def test_a_tool_opened_from_a_changed_result_leads_back_to_it() -> None:
    talk = walking()
    talk.finish("nej")
    talk.play(Chose("reconsider:*"), Said("Byalaget"))
    talk((Chose("tool:*"), [Say("tool", "result:run1")]))
    talk.play(Chose("change:*"), Chose("show:*"), Chose("a:*:delvis"))
    talk((Chose("tool:*"), [Say("tool", "result:run1")]))


# Longer


def test_the_short_walk_becomes_the_full_one_and_keeps_what_was_answered() -> None:
    talk = walking()
    talk.play(Chose("note:*"), Said("Vi frågade i våras"))
    talk.answer_all("delvis")
    talk.hear(Said("Byalaget"))
    answers, notes = dict(talk.run.answers), dict(talk.run.notes)
    Say("result", "longer:run1").check(talk.turns[-1].replies[1])
    turn = talk((Chose("longer:*"), ["walk.longer_begun", "walk.statement"]))
    assert turn.records == (Lengthen("run1"),)
    assert (talk.run.answers, talk.run.notes, talk.run.finished) == (answers, notes, None)
    assert talk.last.progress == (
        [each.id for each in rules.statements(CHECKLIST, talk.run)].index(talk.state.statement or "") + 1,
        len(rules.statements(CHECKLIST, talk.run)),
    )
    asked = []
    while talk.last.key == "walk.statement":
        asked.append(talk.state.statement)
        talk.hear(Chose("a:*:ja"))
    assert not set(asked) & set(answers)
    assert talk.state.statement == CHECKLIST.reflections[1].id
    talk.pass_by()
    assert talk.run.finished
    assert answers.items() <= talk.run.answers.items()
    assert notes.items() <= talk.run.notes.items()
    assert not [choice for choice in choices_of(talk.turns[-1].replies[1]) if choice.startswith("longer")]


def test_two_taps_on_longer_are_one() -> None:
    talk = walking()
    talk.finish()
    talk.hear(Chose("longer:*"))
    talk.hear(Chose("a:*:nej"))
    there = talk.state
    assert talk.hear(Chose("longer:*")).records == ()
    assert talk.state == there


def test_an_old_answer_can_be_changed_while_the_walk_is_made_longer() -> None:
    talk = walking()
    first = talk.state.statement or ""
    talk.finish()
    talk.hear(Chose("longer:*"))
    there = talk.state.statement
    turn = talk((Chose(f"a:*:{first}:nej"), ["walk.changed", "walk.statement"]))
    assert turn.records == (AnswerStatement("run1", first, "nej"),)
    assert talk.state.statement == there


def test_a_walk_that_is_full_already_is_not_offered_longer() -> None:
    talk = greeted()
    talk.walk(checklist="forbered-ansokan")
    talk.finish()
    assert not [choice for choice in talk.offered if choice.startswith("longer")]
    talk.step(Chose("longer:run1"))
    assert (keys(talk.turns[-1].replies)[0], talk.turns[-1].records) == ("result.bicycle", ())
