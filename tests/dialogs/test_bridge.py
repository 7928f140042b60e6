"""The bridge: on "no" or "don't know" one asks the moderators about exactly this, with a yes to what is sent."""

from dataclasses import replace

import pytest

from dialogs.events import Chose, Said
from dialogs.records import AskQuestion, Question
from tests.talk import WEBINAR, Say, Talk, choices_of, greeted, keys, shipped_content, world

CHECKLIST = shipped_content().checklist
OWN = "Hur når vi dem som inte har internet?"


def finished(answer: str = "nej", talk: Talk | None = None) -> Talk:
    """Somebody whose result is shown."""
    talk = talk or greeted()
    talk.walk()
    talk.finish(answer)
    return talk


def walking(*answers: str) -> Talk:
    """Somebody who has answered so much and gone one statement back."""
    talk = greeted()
    talk.walk()
    talk.play(*(Chose(f"a:*:{answer}") for answer in answers), Chose("back:*"))
    return talk


def at_offer(talk: Talk) -> Talk:
    """Somebody before the yes to sending, about a need."""
    talk.play(Chose("bridge:run1:behov"), Chose("bridge:run1:behov-lokal-1"))
    assert talk.last.key == "bridge.offer"
    return talk


def bridges(talk: Talk) -> list[str]:
    """What has been offered of the bridge, in the last turn."""
    return [each for reply in talk.turns[-1].replies for each in choices_of(reply) if each.startswith("bridge:")]


def queued(talk: Talk) -> list[Question]:
    return [question for _, question in talk.kept.questions.values()]


# The way there


@pytest.mark.parametrize("answer", ["nej", "vet-ej", "delvis", "ja"])
def test_only_no_and_dont_know_may_be_asked_about(answer: str) -> None:
    known = {each.id for each in CHECKLIST.answers}
    assert answer in known, known
    talk = finished(answer)
    talk.hear(Chose("result:run1:behov"))
    assert bridges(talk) == (["bridge:run1:behov"] if answer in ("nej", "vet-ej") else [])


@pytest.mark.parametrize(("answer", "offered"), [("nej", True), ("vet-ej", True), ("delvis", False), ("ja", False)])
def test_in_the_walk_it_is_offered_where_the_answer_is_seen_again(answer: str, offered: bool) -> None:
    talk = walking(answer)
    assert talk.last.key == "walk.statement"
    assert bool(bridges(talk)) == offered


def test_before_any_answer_there_is_nothing_to_ask_about() -> None:
    talk = greeted()
    talk.walk()
    assert bridges(talk) == []


def test_one_chooses_among_the_open_statements_of_the_factor() -> None:
    talk = finished()
    turn = talk((Chose("bridge:run1:behov"), [Say("bridge.which", "result:run1:behov")]))
    asked = [each.split(":")[2] for each in bridges(talk)]
    assert len(asked) > 1
    assert all(CHECKLIST.statement_by_id[each].factor == "behov" for each in asked)
    assert turn.records == ()


def test_where_one_statement_is_open_it_is_not_asked_which() -> None:
    talk = greeted()
    talk.walk()
    talk.hear(Chose("a:*:nej"))
    talk.finish("ja")
    talk((Chose("bridge:run1:behov"), [Say("bridge.offer", "bridge:run1:*:send", input="bridge")]))


# Consent


def test_nothing_is_sent_before_the_yes_and_what_is_sent_is_shown() -> None:
    talk = at_offer(finished())
    assert not [record for turn in talk.turns for record in turn.records if isinstance(record, AskQuestion)]
    assert talk.state.dialog == "bridge"
    shown = talk.last.text
    turn = talk((Chose("bridge:*:send"), [Say("receipt.letterbox", "result:run1", "mine", kind="receipt")]))
    [record] = turn.records
    assert isinstance(record, AskQuestion)
    assert record.text in shown
    assert talk.state.dialog == "ask"


def test_the_question_carries_factor_statement_and_answer() -> None:
    talk = at_offer(finished())
    talk.hear(Chose("bridge:*:send"))
    [question] = queued(talk)
    wording = CHECKLIST.statement_by_id["behov-lokal-1"].wording["start"]["sv"]
    label = CHECKLIST.answer_by_id["nej"].label["sv"]
    assert question.factor == "behov"
    assert question.statement == f"{wording} ({label})"
    assert wording in question.text


def test_it_may_be_asked_in_ones_own_words() -> None:
    talk = at_offer(finished("vet-ej"))
    talk((Said(OWN), [Say("receipt.letterbox", kind="receipt")]))
    [question] = queued(talk)
    assert (question.text, question.factor) == (OWN, "behov")
    assert question.statement
    assert question.statement.endswith(f"({CHECKLIST.answer_by_id['vet-ej'].label['sv']})")


def test_the_words_are_sent_even_if_the_knowledge_base_has_an_answer() -> None:
    talk = at_offer(finished())
    talk((Said("Vad räknas som landsbygd?"), ["receipt.letterbox"]))
    assert len(queued(talk)) == 1


@pytest.mark.parametrize("said", ["hjälp", "checklista", "verktyg"])
def test_a_command_is_no_question(said: str) -> None:
    talk = at_offer(finished())
    talk.hear(Said(said))
    assert queued(talk) == []
    assert talk.state.dialog != "bridge"


def test_who_changes_ones_mind_sends_nothing() -> None:
    talk = at_offer(finished())
    talk((Chose("result:run1"), ["result.bicycle", "result", "result.factor"]), (Said("tack"), ["small.thanks"]))
    assert queued(talk) == []


def test_wordless_signs_are_no_question() -> None:
    talk = at_offer(finished())
    talk.hear(Said("🚲"))
    assert queued(talk) == []
    assert choices_of(talk.last)


def test_an_old_button_pressed_again_sends_no_second_one() -> None:
    talk = at_offer(finished())
    talk((Chose("bridge:*:send"), ["receipt.letterbox"]), (Chose("bridge:*:send"), [Say("question.sent_already")]))
    assert len(queued(talk)) == 1
    talk.kept.decide(1, "answered", "Fråga grannen.")
    talk((Chose("bridge:*:send"), ["receipt.letterbox"]))
    assert len(queued(talk)) == 2


def test_two_statements_are_two_questions() -> None:
    talk = at_offer(finished())
    talk.hear(Chose("bridge:*:send"))
    other = next(each for each in talk.offered if each.startswith("bridge:run1:behov-") and "lokal-1" not in each)
    talk.play(Chose(other), Chose("bridge:*:send"))
    assert len({question.statement for question in queued(talk)}) == 2


def test_its_status_is_told_like_any_questions() -> None:
    talk = at_offer(finished())
    talk.hear(Chose("bridge:*:send"))
    talk((Chose("mine"), ["mine"]), (Said("F-1"), ["mine"]))


# Where it goes


def test_with_a_webinar_open_it_goes_to_its_moderators() -> None:
    talk = at_offer(finished(talk=greeted("open")))
    talk((Chose("bridge:*:send"), [Say("receipt.webinar", kind="receipt")]))
    assert queued(talk)[0].webinar == WEBINAR


@pytest.mark.parametrize("phase", [None, "planned", "closed"])
def test_with_none_open_it_goes_to_the_letterbox(phase: str | None) -> None:
    talk = at_offer(finished(talk=greeted(phase)))  # type: ignore[arg-type]
    talk((Said(OWN), [Say("receipt.letterbox", kind="receipt")]))
    assert queued(talk)[0].webinar is None


def test_a_webinar_that_opens_meanwhile_gets_it() -> None:
    talk = at_offer(finished())
    talk.world = replace(world("open"), fresh=talk.world.fresh)
    talk((Chose("bridge:*:send"), ["receipt.webinar"]))


@pytest.mark.parametrize("sends", [True, False])
def test_who_is_not_sent_answers_is_told_that_they_wait(sends: bool) -> None:
    talk = finished()
    talk.world = replace(talk.world, sends=sends)
    at_offer(talk).hear(Chose("bridge:*:send"))
    receipt = talk.content.texts["sv"]("receipt.page")
    assert (receipt in talk.last.text) == (not sends)


def test_in_a_group_the_question_is_asked_all_the_same() -> None:
    talk = finished()
    talk.world = replace(talk.world, shared=True, sends=True)
    at_offer(talk)((Said(OWN), ["receipt.letterbox"]))
    assert queued(talk)[0].factor == "behov"


def test_in_english_the_statement_and_the_question_are_english() -> None:
    talk = greeted()
    talk.hear(Chose("lang:en"))
    at_offer(finished(talk=talk)).hear(Chose("bridge:*:send"))
    [question] = queued(talk)
    assert question.language == "en"
    assert question.statement
    assert question.statement.startswith(CHECKLIST.statement_by_id["behov-lokal-1"].wording["start"]["en"])


# In the middle of a walk


def test_from_the_walk_one_comes_back_to_it() -> None:
    talk = walking("nej", "ja")
    talk.hear(Chose("back:*"))
    talk((Chose("bridge:run1:*"), [Say("bridge.offer", "bridge:run1:*:send", "resume:run1", input="bridge")]))
    talk((Chose("bridge:*:send"), [Say("receipt.letterbox", "resume:run1")]))
    assert talk.state.dialog == "checklist"
    talk((Chose("resume:run1"), ["walk.statement"]))
    assert len(talk.run.answers) == 2


def test_never_mind_in_the_walk_asks_the_next_statement() -> None:
    talk = walking("nej")
    talk((Chose("bridge:run1:*"), ["bridge.offer"]), (Chose("resume:run1"), ["walk.statement"]))
    assert queued(talk) == []


def test_words_after_the_receipt_are_an_answer_in_the_walk() -> None:
    talk = walking("nej")
    talk.play(Chose("bridge:run1:*"), Said(OWN))
    asked = talk.state.statement
    talk((Said("ja"), ["walk.changed", "walk.statement"]))
    assert talk.run.answers == {asked: "ja"}


def test_something_else_in_between_leaves_a_way_back_to_the_walk() -> None:
    talk = walking("nej")
    talk((Chose("bridge:run1:*"), ["bridge.offer"]), (Said("hjälp"), [Say("help", "resume:run1")]))
    assert (talk.state.dialog, talk.state.run) == ("checklist", "run1")


# What can't be


@pytest.mark.parametrize(
    "choice",
    [
        "bridge:run1:behov-lokal-1", "bridge:run1:behov-lokal-1:send", "bridge:run1:behov", "bridge:nej:behov",
        "bridge:run1:hittepa", "bridge::",
    ],
)  # fmt: skip
def test_somebody_elses_run_cannot_be_asked_about(choice: str) -> None:
    anna = finished()
    eve = greeted(kept=anna.kept, who="eve")
    eve.step(Chose(choice))
    assert keys(eve.turns[-1].replies) == ["walk.gone"]
    assert queued(anna) == []


@pytest.mark.parametrize("choice", ["bridge:run1", "bridge", "bridge:run1:behov:send:mer"])
def test_a_choice_with_too_little_or_too_much_is_unknown(choice: str) -> None:
    talk = finished()
    talk.step(Chose(choice))
    assert keys(talk.turns[-1].replies) == ["choice.unknown"]


@pytest.mark.parametrize("forged", ["bridge:run1:hittepa", "bridge:run1:hittepa:send", "bridge:run1:lights"])
def test_a_factor_that_is_not_there_leads_to_the_result_and_the_run_is_kept(forged: str) -> None:
    talk = finished("ja")
    talk.step(Chose(forged))
    assert "result" in keys(talk.turns[-1].replies)
    assert talk.state.run == "run1"
    assert queued(talk) == []


def test_an_old_button_after_the_answers_were_changed_loses_nothing() -> None:
    talk = walking("nej")
    old = "bridge:run1:behov"
    talk.hear(Chose("a:*:ja"))
    talk.step(Chose(old))
    assert keys(talk.turns[-1].replies) == ["walk.statement"]
    assert talk.state.run == "run1"


def test_words_for_a_run_that_is_gone_meanwhile_are_met_with_a_way_on() -> None:
    talk = at_offer(finished())
    talk.kept.runs.clear()
    talk.hear(Said(OWN))
    assert keys(talk.turns[-1].replies) == ["walk.gone"]
    assert choices_of(talk.last)
    assert queued(talk) == []


def test_glom_mig_before_the_yes_sends_nothing() -> None:
    talk = at_offer(finished())
    talk.play(Said("glöm mig"), Chose("forget:yes"))
    talk.step(Chose("bridge:run1:behov-lokal-1:send"))
    assert queued(talk) == []
