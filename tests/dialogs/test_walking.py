"""A village walks through the checklist: from its level to what to mend first."""

from dataclasses import replace
from typing import Any

import pytest

from dialogs import checklist as rules
from dialogs.events import Chose, Said
from dialogs.outcome import SHOWN_GAPS
from dialogs.records import AnswerStatement, FinishRun, NoteStatement, StartRun
from dialogs.replies import bare
from dialogs.walk import MOST_NOTE_CHARACTERS
from tests.talk import Kept, Say, Talk, choices_of, greeted, keys, shipped_content

UNCLEAR = "qwerty asdf"
RESULT = ["result.bicycle", "result", "result.factor"]
"""What a result with something to mend is said in."""


def walking(length: str = "short", checklist: str = "fem-faktorer", **known: Any) -> Talk:
    """Somebody before the first statement."""
    talk = greeted(**known)
    talk.walk(length, checklist=checklist)
    return talk


def finished(answer: str = "nej", length: str = "short") -> Talk:
    """Somebody who has answered everything alike and said nothing to the reflections."""
    talk = walking(length)
    talk.finish(answer)
    return talk


def opened(talk: Talk) -> str:
    """The statement that is open."""
    return talk.state.statement or ""


def test_checklist_level_purpose_and_length_are_chosen_one_at_a_time() -> None:
    content = shipped_content()
    checklist = content.checklist
    level, purpose, new = checklist.levels[0].id, checklist.purposes[0].id, f"new:{checklist.id}"
    talk = greeted()
    turn = talk(
        (Said("checklista"), [Say("walk.which", *(f"new:{each}" for each in content.checklists))]),
        (Chose(new), [Say("walk.level", *(f"{new}:{each.id}" for each in checklist.levels))]),
        (Chose(f"{new}:{level}"), [Say("walk.purpose", *(f"{new}:{level}:{each.id}" for each in checklist.purposes))]),
        (
            Chose(f"{new}:{level}:{purpose}"),
            [Say("walk.length", f"{new}:{level}:{purpose}:short", f"{new}:{level}:{purpose}:full")],
        ),
        (
            Chose(f"{new}:{level}:{purpose}:short"),
            ["walk.begin", Say("walk.statement", "a:run1:*:ja", "note:run1:*", "why:run1:*", "pause")],
        ),
    )
    assert turn.records == (
        StartRun("run1", checklist.id, checklist.version, checklist.edition, checklist.source, level, purpose, "short"),
    )
    assert talk.state.dialog == "checklist"


def test_what_has_one_option_only_is_not_asked() -> None:
    talk = greeted()
    talk((Chose("checklist"), ["walk.which"]), (Chose("new:forbered-ansokan"), ["walk.begin", "walk.statement"]))
    assert (talk.run.level, talk.run.purpose, talk.run.length) == ("lokal", "ansokan", "full")


def test_where_there_is_one_checklist_only_it_is_not_asked_which() -> None:
    content = shipped_content()
    one = replace(content, checklists={"fem-faktorer": content.checklists["fem-faktorer"]})
    greeted(content=one)((Chose("checklist"), [Say("walk.level", "new:fem-faktorer:lokal")]))


def test_every_answer_is_offered_and_the_first_statement_has_no_way_back() -> None:
    talk = walking()
    answers = [f"a:run1:{opened(talk)}:{answer.id}" for answer in shipped_content().checklist.answers]
    assert choices_of(talk.last)[:5] == answers
    assert not [choice for choice in choices_of(talk.last) if choice.startswith("back")]
    talk((Chose("a:*:ja"), [Say("walk.statement", "back:run1:*")]))


@pytest.mark.parametrize("length", ["short", "full"])
@pytest.mark.parametrize("level", ["lokal", "regional"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_whole_walk_leads_to_a_result(length: str, level: str, language: str) -> None:
    talk = greeted()
    talk.hear(Chose(f"lang:{language}"))
    talk.walk(length, level, "ongoing")
    asked = rules.statements(shipped_content().checklist, talk.run)
    for statement in asked:
        assert opened(talk) == statement.id
        talk.hear(Chose("a:*:delvis"))
    for reflection in rules.reflections(shipped_content().checklist, talk.run):
        assert opened(talk) == reflection.id
        turn = talk.hear(Said("Byalaget"))
    assert keys(turn.replies) == ["result.bicycle", "result", "result.factor"]
    Say("result", "step:run1", "document:run1", "result:run1:behov", "new", kind="result").check(turn.replies[1])
    assert turn.records[-1] == FinishRun("run1")
    assert set(talk.run.answers) == {statement.id for statement in asked}
    assert "Byalaget" in talk.turns[-1].replies[1].text
    assert talk.state.dialog == "ask"


def test_the_statement_tells_how_far_we_have_come() -> None:
    talk = walking()
    count = len(rules.statements(shipped_content().checklist, talk.run))
    talk.hear(Chose("a:*:ja"))
    assert talk.last.heading
    assert "2" in talk.last.heading
    assert str(count) in talk.last.heading


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("ja", "ja"), ("Nej!", "nej"), ("delvis", "delvis"), ("vet inte", "vet-ej"), ("Inte aktuellt.", "ej-aktuellt")],
)
def test_an_answer_may_be_typed(typed: str, answer: str) -> None:
    talk = walking()
    statement = opened(talk)
    turn = talk((Said(typed), ["walk.statement"]))
    assert turn.records == (AnswerStatement("run1", statement, answer),)


@pytest.mark.parametrize(
    ("language", "typed", "answer"),
    [
        ("sv", "lite", "delvis"),
        ("sv", "5", "ej-aktuellt"),
        ("sv", "inte riktigt", "delvis"),
        ("sv", "Kanske", "delvis"),
        ("sv", "nja", "delvis"),
        ("sv", "Jo, det tror jag!", "ja"),
        ("sv", "det tror jag inte", "nej"),
        ("sv", "absolut", "ja"),
        ("sv", "absolut inte", "nej"),
        ("sv", "absolut inte än", "nej"),
        ("sv", "inte riktigt säker", "vet-ej"),
        ("en", "not quite", "delvis"),
        ("en", "maybe", "delvis"),
        ("en", "I think so", "ja"),
        ("en", "I don’t think so", "nej"),
        ("en", "not yet", "nej"),
    ],
)
def test_an_answer_in_other_words_than_the_buttons_is_told_as_what_it_was_taken(
    language: str, typed: str, answer: str
) -> None:
    talk = greeted()
    talk.hear(Chose(f"lang:{language}"))
    talk.walk()
    statement = opened(talk)
    turn = talk.hear(Said(typed))
    assert keys(turn.replies) == ["walk.taken", "walk.statement"]
    assert turn.records == (AnswerStatement("run1", statement, answer),)
    assert shipped_content().checklist.answer_by_id[answer].label[language] in turn.replies[0].text


def test_who_changes_an_answer_in_other_words_is_told_once_what_it_is_now() -> None:
    talk = walking()
    talk((Said("ja"), ["walk.statement"]), (Chose("back:*"), ["walk.statement"]))
    talk((Said("kanske"), ["walk.changed", "walk.statement"]))


def test_what_is_not_understood_at_a_statement_can_be_answered_with_a_button_there() -> None:
    talk = walking()
    statement = opened(talk)
    talk((Said(UNCLEAR), [Say("walk.unclear", *(f"a:run1:{statement}:{each}" for each in ("ja", "delvis", "nej")))]))
    turn = talk((Chose(f"a:run1:{statement}:nej"), ["walk.statement"]))
    assert turn.records == (AnswerStatement("run1", statement, "nej"),)


def test_every_warning_light_says_that_yes_means_it_is_on() -> None:
    talk, texts = walking("full"), shipped_content().texts["sv"]
    said = []
    while talk.last.key == "walk.statement":
        statement = shipped_content().checklist.statement_by_id[opened(talk)]
        told = "\n".join(filter(None, (bare(talk.last.text), talk.last.note)))
        said.append((statement.factor is None, any(texts(f"walk.lights.{key}") in told for key in ("intro", "yes"))))
        talk.hear(Chose("a:*:nej"))
    assert said.count((True, True)) > 1
    assert {is_a_light for is_a_light, is_told in said if is_a_light != is_told} == set()


def test_what_is_left_is_counted_as_the_length_and_the_list_count_it() -> None:
    """Nine of fifteen answered leave six; the short walk and what is left of the whole one are the whole one."""
    talk, checklist = walking(), shipped_content().checklist
    short = rules.statements(checklist, talk.run)
    whole = rules.statements(checklist, replace(talk.run, length="full"))
    talk.play(*[Chose("a:*:ja")] * 9)
    talk((Said("paus"), ["walk.paused"]))
    assert str(len(short) - 9) in talk.last.text
    assert rules.left(checklist, talk.run) == len(short) - 9
    talk.play(Chose("resume:*"), *[Chose("a:*:ja")] * (len(short) - 9))
    assert rules.left(checklist, talk.run) == len(rules.reflections(checklist, talk.run)) > 0
    talk.finish("ja")
    longer = next(each for each in talk.turns[-1].replies[1].choices if each.id == "longer:run1")
    assert str(len(whole) - len(short)) in longer.label


def test_two_taps_on_the_same_answer_are_one() -> None:
    talk = walking()
    first = opened(talk)
    talk((Chose(f"a:*:{first}:ja"), ["walk.statement"]))
    after_one = (talk.state, talk.last)
    turn = talk((Chose(f"a:*:{first}:ja"), ["walk.statement"]))
    assert turn.records == ()
    assert (talk.state, talk.last) == after_one


def test_an_old_button_changes_the_answer_and_the_walk_goes_on_where_it_was() -> None:
    talk = walking()
    first = opened(talk)
    talk.play(Chose("a:*:ja"), Chose("a:*:ja"))
    there = opened(talk)
    talk((Chose(f"a:*:{first}:nej"), ["walk.changed", "walk.statement"]))
    assert talk.run.answers[first] == "nej"
    assert opened(talk) == there


def test_back_shows_the_statement_before_with_the_answer_it_has() -> None:
    talk = walking()
    first = opened(talk)
    talk((Chose("a:*:ja"), ["walk.statement"]), (Chose("back:*"), [Say("walk.statement", f"a:run1:{first}:nej")]))
    assert opened(talk) == first
    assert talk.last.note
    assert talk.run.answers == {first: "ja"}
    talk((Said("nej"), ["walk.changed", "walk.statement"]))


def test_back_in_words_goes_back_too_and_stops_at_the_beginning() -> None:
    talk = walking()
    first = opened(talk)
    talk.play(Chose("a:*:ja"), Said("tillbaka"))
    assert opened(talk) == first
    talk((Said("tillbaka"), ["walk.statement"]))


def test_a_note_is_kept_with_its_statement() -> None:
    talk = walking()
    first = opened(talk)
    turn = talk(
        (Chose("note:*"), [Say("walk.note_wanted", f"show:run1:{first}", input="note")]),
        (Said("Vi frågade i våras"), ["walk.noted", "walk.statement"]),
    )
    assert turn.records == (NoteStatement("run1", first, "Vi frågade i våras"),)
    assert opened(talk) == first


def test_a_note_on_an_answered_statement_leads_on() -> None:
    talk = walking()
    first = opened(talk)
    talk.hear(Chose("a:*:ja"))
    there = opened(talk)
    talk((Chose(f"note:*:{first}"), ["walk.note_wanted"]), (Said("efteråt"), ["walk.noted", "walk.statement"]))
    assert opened(talk) == there
    assert talk.run.notes == {first: "efteråt"}


def test_a_long_note_is_cut_and_that_is_said() -> None:
    talk = walking()
    talk.play(Chose("note:*"))
    talk((Said("å" * 4096), ["walk.noted_short", "walk.statement"]))
    assert len(next(iter(talk.run.notes.values()))) == MOST_NOTE_CHARACTERS


def test_a_note_can_be_left_unwritten() -> None:
    talk = walking()
    there = talk.state
    talk((Chose("note:*"), ["walk.note_wanted"]), (Chose("show:*"), ["walk.statement"]))
    assert talk.state == there


def test_after_another_button_what_is_written_is_no_note() -> None:
    talk = walking()
    talk(
        (Chose("note:*"), ["walk.note_wanted"]),
        (Said("hjälp"), [Say("help", "resume:*")]),
        (Said("ja"), ["walk.statement"]),
    )
    assert talk.run.notes == {}
    assert list(talk.run.answers.values()) == ["ja"]


def test_words_that_could_be_anything_are_asked_about_and_kept_as_a_note() -> None:
    talk = walking()
    talk(
        (Said(UNCLEAR), [Say("walk.unclear", "heard:note", "heard:ask", "resume:*")]),
        (Chose("heard:note"), ["walk.noted", "walk.statement"]),
    )
    assert list(talk.run.notes.values()) == [UNCLEAR]
    assert "resume:run1" not in choices_of(talk.last)


def test_words_that_could_be_anything_may_have_been_a_question() -> None:
    talk = walking()
    question = "Vad kostar en elcykel?"
    talk(
        (Said(question), ["walk.unclear"]),
        (Chose("heard:ask"), [Say("offer.letterbox", "send:1", "resume:*")]),
        (Chose("send:1"), [Say("receipt.letterbox", "resume:*")]),
        (Chose("resume:*"), ["walk.statement"]),
    )
    assert talk.kept.questions[1][1].text == question
    talk.step(Chose("heard:ask"))
    assert keys(talk.turns[-1].replies) == ["question.too_old"]


def test_a_question_in_the_middle_is_answered_and_the_walk_goes_on() -> None:
    talk = walking()
    there = talk.state
    talk((Said("Vad räknas som landsbygd?"), ["answer", "walk.statement"]))
    assert talk.state == there


def test_looking_around_in_the_middle_leaves_a_way_back() -> None:
    talk = walking()
    talk(
        (Said("verktyg"), [Say("tools.choose", "resume:run1")]),
        (Said("mina frågor"), [Say("mine.none", "resume:run1")]),
        (Chose("resume:*"), ["walk.statement"]),
    )


def test_looking_around_before_a_reflection_is_answered_leaves_a_way_back() -> None:
    talk = walking()
    talk.answer_all()
    talk((Chose("tools"), [Say("tools.choose", "resume:run1")]), (Chose("resume:*"), ["walk.reflection"]))


def test_the_walk_can_be_paused_and_taken_up_another_day() -> None:
    talk = walking()
    talk(
        (Chose("a:*:ja"), ["walk.statement"]),
        (Chose("pause"), [Say("walk.paused", "resume:run1")]),
        (Said("tack"), ["small.thanks"]),
        (Said("checklista"), [Say("walk.unfinished", "resume:run1", "new")]),
        (Chose("resume:*"), ["walk.statement"]),
    )
    assert len(talk.run.answers) == 1


def test_a_new_walk_may_be_begun_instead() -> None:
    talk = walking()
    talk.play(Chose("a:*:ja"), Said("pausa"), Said("checklista"))
    talk((Chose("new"), ["walk.which"]))
    talk.walk("full", "regional")
    assert talk.state.run == "run2"
    assert talk.run.answers == {}
    assert len(talk.kept.runs) == 2


def test_a_walk_without_answers_is_nothing_to_go_on_with() -> None:
    talk = walking()
    talk((Said("checklista"), ["walk.which"]))


def test_there_is_nothing_to_pause_outside_the_walk() -> None:
    greeted()((Said("paus"), [Say("pause.nothing", "checklist")]))


def test_the_weakest_factor_is_shown_first_with_advice_and_tools() -> None:
    talk = walking("full")
    while talk.last.key == "walk.statement":
        talk.hear(Chose("a:*:nej" if "samverkan" in opened(talk) else "a:*:ja"))
    talk.pass_by()
    _, overview, factor = talk.turns[-1].replies
    assert next(choice for choice in choices_of(overview) if choice.startswith("result:")) == "result:run1:samverkan"
    assert [choice for choice in choices_of(factor) if choice.startswith("tool:")]
    assert choices_of(factor)[-2:] == ["change:run1:samverkan", "result:run1"]
    gaps = [each for each in shipped_content().checklist.statements if each.id in talk.run.answers
            and talk.run.answers[each.id] == "nej"]  # fmt: skip
    assert [gap.advice["sv"] in factor.text for gap in gaps] == [index < SHOWN_GAPS for index in range(len(gaps))]


def test_a_factor_is_read_by_itself_and_the_note_stands_with_it() -> None:
    talk = walking()
    first = opened(talk)
    talk.play(Chose("note:*"), Said("Vi frågade i våras"))
    talk.finish("nej")
    factor = shipped_content().checklist.statement_by_id[first].factor
    talk((Chose(f"result:*:{factor}"), [Say("result.factor", "change:*", "result:run1", kind="result")]))
    assert "Vi frågade i våras" in talk.last.text
    talk((Chose("result:run1"), RESULT))


def test_where_everything_is_well_there_is_no_advice_to_give() -> None:
    talk = finished("ja")
    assert keys(talk.turns[-1].replies) == ["result.bicycle", "result"]
    talk((Chose("result:*:plan"), ["result.factor"]))
    assert shipped_content().texts["sv"]("result.no_gaps") in talk.last.text


@pytest.mark.parametrize("answer", ["vet-ej", "ej-aktuellt"])
def test_too_few_answers_are_called_too_few(answer: str) -> None:
    talk = finished(answer)
    checklist = shipped_content().checklist
    assert talk.turns[-1].replies[1].text.count(checklist.too_few["sv"]) == len(checklist.factors)


def test_the_warning_lights_that_shine_are_shown() -> None:
    talk = walking("full")
    lights = {light.id for light in shipped_content().checklist.warnings}
    while talk.last.key == "walk.statement":
        talk.hear(Chose("a:*:ja" if opened(talk) in lights else "a:*:delvis"))
    talk.pass_by()
    Say("result", "result:run1:lights").check(talk.turns[-1].replies[1])
    talk((Chose("result:*:lights"), [Say("result.lights", "result:run1", kind="result")]))
    for light, _ in rules.lit(shipped_content().checklist, talk.run):
        assert light.advice["sv"] in talk.last.text


def test_lights_nobody_knows_of_are_named_without_being_said_to_shine() -> None:
    talk = finished("vet-ej", "full")
    checklist = shipped_content().checklist
    talk((Chose("result:*:lights"), ["result.lights"]))
    for light in (each for each in checklist.warnings if "lokal" in each.levels):
        assert light.wording["start"]["sv"] in talk.last.text
        assert light.advice["sv"] not in talk.last.text


def test_lights_that_are_out_are_said_to_be_out() -> None:
    talk = finished("nej", "full")
    talk.step(Chose("result:run1:lights"))
    assert talk.last.text == shipped_content().texts["sv"]("result.no_lights")


def test_an_answer_is_changed_from_the_result() -> None:
    talk = finished()
    first = next(iter(talk.run.answers))
    factor = shipped_content().checklist.statement_by_id[first].factor
    talk(
        (Chose(f"result:*:{factor}"), ["result.factor"]),
        (Chose(f"change:*:{factor}"), [Say("walk.change", f"show:run1:{first}")]),
        (Chose(f"show:*:{first}"), ["walk.statement"]),
        (Chose(f"a:*:{first}:ja"), ["walk.changed", *RESULT]),
    )
    assert talk.run.answers[first] == "ja"
    assert talk.state.dialog == "ask"


@pytest.mark.parametrize("old", ["resume:run1", "note", "pause then resume"])
def test_a_finished_walk_is_never_asked_about_again(old: str) -> None:
    talk = finished()
    first = next(iter(talk.run.answers))
    if old == "note":
        talk(
            (Chose(f"note:*:{first}"), ["walk.note_wanted"]),
            (Said("efteråt"), ["walk.noted", *RESULT]),
        )
        assert "efteråt" in talk.turns[-1].replies[-1].text
    elif old == "resume:run1":
        talk.step(Chose(old))
        assert keys(talk.turns[-1].replies) == RESULT
    else:
        talk((Said("paus"), ["pause.nothing"]), (Said("tillbaka"), RESULT))
    assert talk.state.dialog == "ask"


def test_the_answers_of_a_forgotten_walk_are_not_somebody_elses() -> None:
    kept = Kept()
    anna, berit = walking(kept=kept, who="anna"), greeted(kept=kept, who="berit")
    anna.hear(Chose("a:*:ja"))
    for choice in anna.offered:
        if "run1" in choice:
            berit.step(Chose(choice))
            assert keys(berit.turns[-1].replies) == ["walk.gone"], choice
    assert len(kept.runs["run1"][1].answers) == 1


def test_a_walk_that_is_gone_is_answered_with_a_new_one() -> None:
    talk = walking()
    talk.hear(Chose("a:*:ja"))
    talk.kept.runs.clear()
    talk((Chose("a:*:nej"), [Say("walk.gone", "new", "checklist")]))
    assert (talk.state.dialog, talk.state.run) == ("ask", None)


@pytest.mark.parametrize("dialog", ["checklist", "note", "reflection", "step", "day"])
def test_words_for_a_walk_that_is_gone_are_met_with_a_way_on(dialog: str) -> None:
    talk = walking()
    if dialog == "note":
        talk.hear(Chose("note:*"))
    if dialog == "reflection":
        talk.answer_all()
    if dialog in ("step", "day"):
        talk.finish()
        talk.hear(Chose("step:*"))
    if dialog == "day":
        talk.play(Said("Bjud in"), Chose("who:*"))
    assert talk.state.dialog == dialog
    talk.kept.runs.clear()
    talk((Said("Byalaget"), [Say("walk.gone", "new")]))


def test_a_walk_begun_with_another_checklist_goes_on_with_its_own() -> None:
    content = shipped_content()
    shipped = content.checklist
    other = replace(
        shipped,
        id="annan",
        statements=tuple(replace(each, id=f"annan-{each.id}") for each in shipped.statements),
        warnings=(),
    )
    talk = walking(checklist="annan", content=replace(content, checklists={"annan": other}))
    talk.hear(Chose("a:*:nej"))
    talk.content = replace(content, checklists={shipped.id: shipped, "annan": other})
    talk((Chose("note:*"), ["walk.note_wanted"]), (Said("kvar"), ["walk.noted", "walk.statement"]))
    talk((Chose("back:*"), ["walk.statement"]), (Said("nej"), ["walk.statement"]))
    talk.answer_all("nej")
    talk((Said("Byalaget"), RESULT))
    talk((Chose("change:*"), ["walk.change"]), (Chose("show:*"), ["walk.statement"]))


def test_a_walk_whose_checklist_has_been_rewritten_is_no_error() -> None:
    content = shipped_content()
    talk = walking("full")
    talk.play(Chose("a:*:ja"), Chose("a:*:nej"))
    shipped = content.checklist
    talk.content = replace(
        content,
        checklists={shipped.id: replace(shipped, statements=shipped.statements[5:], answers=shipped.answers[1:])},
    )
    for choice in [*talk.offered, "resume:run1", "result:run1", "result:run1:behov", "change:run1:behov"]:
        talk.step(Chose(choice))
        assert talk.turns[-1].replies
    talk.step(Said("ja"))


def test_changing_an_answer_of_a_factor_that_is_not_there_shows_the_result() -> None:
    talk = finished()
    talk.step(Chose("change:run1:nothing"))
    assert keys(talk.turns[-1].replies) == RESULT


def test_a_double_tap_on_the_length_begins_one_run() -> None:
    talk = greeted()
    talk.walk()
    turn = talk.hear(Chose("new:fem-faktorer:lokal:start:short"))
    assert turn.records == ()
    assert talk.state.run == "run1"


def test_the_result_can_be_seen_again_later() -> None:
    talk = finished()
    talk(
        (Said("checklista"), [Say("walk.finished", "result:*", "new")]),
        (Chose("result:*"), RESULT),
    )


def test_a_note_on_what_carries_is_not_lost_in_the_result() -> None:
    talk = walking()
    noted = opened(talk)
    talk((Chose("note:*"), ["walk.note_wanted"]), (Said("Vi frågade alla i våras"), ["walk.noted", "walk.statement"]))
    talk.finish("ja")
    factor = shipped_content().checklist.statement_by_id[noted].factor
    assert "Vi frågade alla i våras" in bare(talk.hear(Chose(f"result:*:{factor}")).replies[0].text)


def test_a_tool_opened_from_the_result_leads_back_to_it() -> None:
    talk = finished()
    talk((Chose("tool:*"), [Say("tool", "result:run1")]))


def test_back_without_a_walk_is_no_lost_walk() -> None:
    greeted()((Said("tillbaka"), ["pause.nothing"]))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_bots_own_article_on_answering_tells_every_answer_and_how_to_go_on(language: str) -> None:
    content = shipped_content()
    told = content.knowledge.entries["checklista-svar-och-resultat"].wording(language).answer.casefold()
    assert [each.id for each in content.checklist.answers if each.label[language].casefold() not in told] == []
    ways = [word for word, command in content.commands.items() if command in ("checklist", "resume") and word in told]
    assert {content.commands[word] for word in ways} == {"checklist", "resume"}
