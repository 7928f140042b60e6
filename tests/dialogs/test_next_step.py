"""The one next step: what, who, and by when; changed as often as people change their minds."""

import datetime as dt
from dataclasses import replace

import pytest

from dialogs.dates import told
from dialogs.events import Chose, Said
from dialogs.next_step import MOST_STEP_CHARACTERS, MOST_WHO_CHARACTERS, OFFERED_GAPS, SOON
from dialogs.records import Step, TakeStep
from dialogs.replies import quoted
from tests.talk import NOW, Say, Talk, choices_of, greeted, keys, shipped_content

CHECKLIST = shipped_content().checklist
TODAY = NOW.date()
OWN = "Bjud in till ett möte"


def finished(answer: str = "nej") -> Talk:
    """Somebody whose result is shown."""
    talk = greeted()
    talk.walk()
    talk.finish(answer)
    return talk


def stepping(talk: Talk | None = None) -> Talk:
    """Somebody who has said what and who, before the day."""
    talk = talk or finished()
    talk.play(Chose("step:run1"), Said(OWN), Said("Anna"))
    return talk


def test_a_step_is_chosen_from_the_gaps_with_who_and_a_day() -> None:
    talk = finished()
    talk((Chose("step:*"), [Say("step.what", "step:run1:*", "result:run1", input="step")]))
    gaps = [choice.split(":")[2] for choice in choices_of(talk.last) if choice.startswith("step:")]
    assert 0 < len(gaps) <= OFFERED_GAPS
    assert all(talk.run.answers[gap] == "nej" for gap in gaps)
    advice = CHECKLIST.statement_by_id[gaps[1]].advice["sv"][:MOST_STEP_CHARACTERS]
    turn = talk((Chose(f"step:*:{gaps[1]}"), [Say("step.who", "who:run1:none", input="who")]))
    assert turn.records == (TakeStep("run1", Step(advice)),)
    turn = talk((Said("Anna i byalaget"), [Say("step.when", "due:run1:14", "due:run1:none", input="day")]))
    assert turn.records == (TakeStep("run1", Step(advice, "Anna i byalaget")),)
    turn = talk((Said("om två veckor"), [Say("step.taken", "document:run1", "step:run1", "result:run1")]))
    assert turn.records == (TakeStep("run1", Step(advice, "Anna i byalaget", TODAY + dt.timedelta(days=14))),)
    assert talk.state.dialog == "ask"
    talk.hear(Chose("result:run1"))
    assert quoted("Anna i byalaget") in talk.turns[-1].replies[1].text


def test_a_step_may_be_ones_own_words_and_nobodys_and_have_no_day() -> None:
    talk = finished()
    turn = talk(
        (Chose("step:*"), ["step.what"]),
        (Said("  Bjud in\n till   ett möte "), ["step.who"]),
        (Chose("who:*"), ["step.when"]),
        (Chose("due:*:none"), ["step.taken"]),
    )
    assert turn.records == (TakeStep("run1", Step(OWN)),)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_is_offered_is_something_to_do_and_not_the_statement_that_was_answered(language: str) -> None:
    talk = finished()
    talk.play(Chose(f"lang:{language}"), Chose("step:run1"))
    offered = [choice for choice in talk.last.choices if choice.id.startswith("step:")]
    for choice in offered:
        gap = CHECKLIST.statement_by_id[choice.id.split(":")[2]]
        assert gap.advice[language].startswith(choice.label)
        assert choice.label.endswith(".")
    assert len({choice.label for choice in offered}) == len(offered)


def test_from_the_day_one_goes_back_to_who_and_from_there_to_what_and_then_to_the_result() -> None:
    for back in (Said("tillbaka"), None):
        talk = stepping()
        talk(
            (back or Chose("who:run1"), [Say("step.who", "step:run1", input="who")]),
            (back or Chose("step:run1"), [Say("step.what", "result:run1", input="step")]),
            (back or Chose("result:run1"), ["result.bicycle", "result", "result.factor"]),
        )
        talk((Chose("step:*"), ["step.what"]), (Said("Ring"), ["step.who"]), (Said("Bo"), ["step.when"]))
        assert talk.run.step == Step("Ring", "Bo")


def test_whoever_was_to_change_an_answer_gets_out_of_it() -> None:
    for back in (Said("tillbaka"), Chose("result:run1")):
        talk = finished()
        talk.hear(Chose("change:*"))
        assert choices_of(talk.last)[-1] == "result:run1"
        talk((back, ["result.bicycle", "result", "result.factor"]))


def test_a_day_is_told_as_one_says_it() -> None:
    talk = stepping()
    talk.hear(Said("2026-12-04"))
    swedish, english = (told(dt.date(2026, 12, 4), TODAY, talk.content.texts[language]) for language in ("sv", "en"))
    assert (swedish in talk.last.text, "2026-12-04" in talk.last.text) == (True, False)
    talk.play(Chose("lang:en"), Chose("result:run1"))
    assert english in talk.turns[-1].replies[1].text


def test_where_nothing_is_missing_a_step_is_ones_own() -> None:
    talk = finished("ja")
    talk((Chose("step:*"), [Say("step.what_own", "result:run1", input="step")]))
    talk((Said("Fira"), ["step.who"]))


@pytest.mark.parametrize("days", SOON)
def test_a_day_may_be_one_of_those_offered(days: int) -> None:
    talk = stepping()
    talk.hear(Chose(f"due:*:{days}"))
    assert talk.run.step == Step(OWN, "Anna", TODAY + dt.timedelta(days=days))


@pytest.mark.parametrize("unreadable", ["snart", "15 mars 2020", "31 april", "2099-01-01", "🚲 sen"])
def test_a_day_that_cannot_be_read_or_has_been_is_asked_for_again(unreadable: str) -> None:
    talk = stepping()
    turn = talk((Said(unreadable), [Say("step.unclear_day", "due:run1:14", input="day")]))
    assert (turn.records, talk.state.dialog) == ((), "day")
    talk((Said("den 15 mars"), ["step.taken"]))
    assert talk.run.step == Step(OWN, "Anna", dt.date(2027, 3, 15))


@pytest.mark.parametrize("no", ["nej", "vet inte", "Nej!"])
def test_no_in_words_is_nobody_and_no_day(no: str) -> None:
    talk = finished()
    talk.play(Chose("step:run1"), Said(OWN))
    talk((Said(no), ["step.when"]), (Said(no), ["step.taken"]))
    assert talk.run.step == Step(OWN)


def test_a_step_is_changed_later_and_what_is_not_changed_stays_until_then() -> None:
    talk = stepping()
    talk.hear(Said("15 mars"))
    talk((Chose("result:run1"), ["result.bicycle", "result", "result.factor"]))
    talk((Chose("step:run1"), ["step.what"]), (Said("Ring kommunen"), ["step.who"]))
    assert talk.run.step == Step("Ring kommunen", "Anna", dt.date(2027, 3, 15))
    talk((Said("Bo"), ["step.when"]))
    assert talk.run.step == Step("Ring kommunen", "Bo", dt.date(2027, 3, 15))
    talk((Chose("due:*:none"), ["step.taken"]))
    assert talk.run.step == Step("Ring kommunen", "Bo")


def test_words_without_end_are_cut() -> None:
    talk = finished()
    talk.play(Chose("step:run1"), Said("å" * 4000), Said("ö" * 4000))
    assert talk.run.step == Step("å" * MOST_STEP_CHARACTERS, "ö" * MOST_WHO_CHARACTERS)


@pytest.mark.parametrize("said", [(), (OWN,), (OWN, "Anna")])
def test_doing_something_else_leaves_the_step_as_far_as_it_came(said: tuple[str, ...]) -> None:
    talk = finished()
    talk.play(Chose("step:run1"), *map(Said, said))
    before = talk.run.step
    talk((Said("hjälp"), ["help"]), (Said("tack"), ["small.thanks"]))
    assert talk.run.step == before
    assert talk.state.dialog == "ask"


def test_a_question_after_the_step_is_a_question_again() -> None:
    talk = stepping()
    talk((Said("om en vecka"), ["step.taken"]), (Said("Vad räknas som landsbygd?"), ["answer"]))


def test_the_day_is_counted_from_the_day_it_is_said() -> None:
    talk = stepping()
    talk.world = replace(talk.world, now=NOW + dt.timedelta(days=100))
    talk.hear(Chose("due:*:14"))
    assert talk.run.step
    assert talk.run.step.due == TODAY + dt.timedelta(days=114)


def test_the_step_of_somebody_else_cannot_be_taken() -> None:
    talk = stepping()
    stranger = greeted(kept=talk.kept, who="berit")
    for choice in ("step:run1", "step:run1:behov-lokal-1", "who:run1:none", "due:run1:14"):
        stranger.step(Chose(choice))
        assert keys(stranger.turns[-1].replies) == ["walk.gone"]
    assert talk.run.step == Step(OWN, "Anna")


def test_a_day_for_no_step_is_met_with_a_way_on() -> None:
    talk = finished()
    for choice in ("due:run1:14", "who:run1:none"):
        talk.step(Chose(choice))
        assert choices_of(talk.last)
    assert talk.kept.runs["run1"][1].step is None
