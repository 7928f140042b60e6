"""Being reminded of the next step: only when asked for, by the way chosen, until one has changed one's mind."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.dates import told
from dialogs.events import Chose, Said
from dialogs.records import Remind, Run, Step
from dialogs.reminding import APART, BEFORE, LATER, days, event_day, reminder
from tests.talk import DOORS, NOW, Say, Talk, choices_of, greeted, keys, shipped_content, world

TODAY = NOW.date()
MONTH = TODAY + dt.timedelta(days=LATER)
OWN = "Bjud in till ett möte"
MAIL = "https://b.example/paminnelse/"


def stepped(due: str = "15 mars", **known: object) -> Talk:
    """Somebody who has a step, who does it, and a day, with a mail server about."""
    talk = greeted()
    talk.world = replace(talk.world, **{"doors": {**DOORS, "mail": MAIL}, **known})  # type: ignore[arg-type]
    talk.walk()
    talk.finish("nej")
    talk.play(Chose("step:run1"), Said(OWN), Said("Anna"), Said(due))
    return talk


def with_step(due: dt.date | None) -> Run:
    return Run("r", "fem-faktorer", 1, "e", "lokal", "start", "short", NOW, step=Step(OWN, "Anna", due))


def said(day: dt.date, language: str = "sv") -> str:
    return told(day, TODAY, shipped_content().texts[language])


# The days

DATES = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@given(DATES, st.none() | DATES)
def test_the_days_are_to_come_in_order_and_before_the_step_is_due(today: dt.date, due: dt.date | None) -> None:
    found = days(with_step(due), today)
    month = today + dt.timedelta(days=LATER)
    assert found
    assert list(found) == sorted(set(found))
    assert all(day > today for day in found)
    nearly = dt.timedelta(days=APART)
    assert month in found or any(abs(day - month) < nearly for day in found)
    assert all(due is not None and day == due - dt.timedelta(days=BEFORE) for day in found if day != month)


@given(DATES, st.integers(-400, 400))
def test_a_step_is_reminded_of_before_its_day_whenever_that_can_be(today: dt.date, away: int) -> None:
    due = today + dt.timedelta(days=away)
    before = due - dt.timedelta(days=BEFORE)
    assert (before in days(with_step(due), today)) == (away > BEFORE)


@given(DATES)
def test_without_a_step_it_is_in_a_month(today: dt.date) -> None:
    run = replace(with_step(None), step=None)
    assert days(run, today) == (event_day(run, today),) == (today + dt.timedelta(days=LATER),)


@given(DATES, DATES)
def test_the_calendar_has_the_chosen_day_itself(today: dt.date, due: dt.date) -> None:
    assert event_day(with_step(due), today) == due


# Choosing


def test_nobody_is_reminded_who_has_not_asked_for_it() -> None:
    talk = stepped()
    talk.play(Chose("remind:run1"), Chose("result:run1"), Said("tack"))
    assert not [record for turn in talk.turns for record in turn.records if isinstance(record, Remind)]


def test_after_the_step_one_is_asked_by_which_way() -> None:
    talk = stepped()
    assert "remind:run1" in choices_of(talk.last)
    talk((Chose("remind:run1"), [Say("remind.offer", "remind:run1:here", "remind:run1:mail", "remind:run1:file",
                                     "return", "result:run1")]))  # fmt: skip


def test_the_result_offers_it_once_there_is_a_step() -> None:
    talk = greeted()
    talk.walk()
    talk.finish("nej")
    talk.hear(Chose("result:run1"))
    offered = [each for reply in talk.turns[-1].replies for each in choices_of(reply)]
    assert "remind:run1" not in offered
    talk.play(Chose("step:run1"), Said(OWN), Chose("result:run1"))
    assert "remind:run1" in [each for reply in talk.turns[-1].replies for each in choices_of(reply)]


def test_here_is_in_a_month_and_before_the_day() -> None:
    talk = stepped()
    turn = talk(
        (Chose("remind:run1"), ["remind.offer"]),
        (Chose("remind:*:here"), [Say("remind.here_waits", "remind:run1:none", "result:run1")]),
    )
    assert turn.records == (Remind("run1", "here", (MONTH, dt.date(2027, 3, 14))),)


def test_where_it_is_sent_it_is_said_so() -> None:
    talk = stepped(sends=True)
    talk((Chose("remind:run1"), ["remind.offer"]), (Chose("remind:*:here"), ["remind.here_sent"]))


def test_the_days_that_are_told_are_those_that_are_kept() -> None:
    talk = stepped()
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    _, on = talk.kept.reminders["run1"]
    assert all(said(day) in talk.last.text for day in on)


def test_a_step_without_a_day_is_reminded_of_in_a_month() -> None:
    talk = stepped("vet inte")
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    assert talk.kept.reminders["run1"] == ("here", (MONTH,))


def test_a_mail_server_is_needed_for_mail() -> None:
    talk = stepped(doors=DOORS)
    talk.hear(Chose("remind:run1"))
    assert "remind:run1:mail" not in choices_of(talk.last)
    talk.step(Chose("remind:run1:mail"))
    assert (keys(talk.turns[-1].replies), talk.turns[-1].records) == (["remind.offer"], ())


def test_mail_is_a_page_of_its_own_and_nothing_is_kept_yet() -> None:
    talk = stepped()
    turn = talk((Chose("remind:run1"), ["remind.offer"]), (Chose("remind:*:mail"), ["remind.mail_here"]))
    assert [link.url for link in turn.replies[0].links] == [f"{MAIL}run1"]
    assert turn.records == ()
    assert talk.kept.reminders == {}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_calendar_gets_a_file_in_the_persons_language(language: str) -> None:
    talk = stepped()
    talk.play(Chose(f"lang:{language}"), Chose("remind:run1"))
    turn = talk((Chose("remind:*:file"), [Say("remind.file_here", "result:run1")]))
    assert turn.replies[0].file
    assert turn.replies[0].file.name == f"reminder/run1.{language}.ics"
    assert said(dt.date(2027, 3, 15), language) in turn.replies[0].text
    assert turn.records == ()


def test_in_a_group_the_link_to_go_on_by_is_not_given() -> None:
    talk = stepped(shared=True, sends=True)
    talk((Chose("remind:run1"), ["remind.offer"]), (Chose("return"), ["return.shared"]))
    talk((Chose("remind:run1:here"), ["remind.here_sent"]))


def test_each_day_is_told_with_why_it_is_that_one() -> None:
    talk = stepped("om två veckor")
    before, later = TODAY + dt.timedelta(days=13), TODAY + dt.timedelta(days=LATER)
    texts = talk.content.texts["sv"]
    for choice in ("remind:run1", "remind:*:here"):
        talk.hear(Chose(choice))
        first = texts("remind.before", day=said(before))
        second = texts("remind.later", day=said(later), count=LATER)
        assert texts("remind.both", first=first, second=second) in talk.last.text


def test_a_page_that_cannot_call_offers_the_calendar_beside_its_own_reminder_and_a_chat_that_can_does_not() -> None:
    for sends in (False, True):
        talk = stepped(sends=sends)
        talk.play(Chose("remind:run1"), Chose("remind:*:here"))
        assert ("remind:run1:file" in choices_of(talk.last)) is not sends


def test_the_result_tells_that_a_reminder_is_set_until_it_no_longer_is() -> None:
    talk = stepped()
    texts = talk.content.texts["sv"]
    for choice, is_set in (("here", True), ("none", False)):
        talk.play(Chose("remind:run1"), Chose(f"remind:*:{choice}"), Chose("result:run1"))
        result = next(reply for reply in talk.turns[-1].replies if reply.key == "result")
        label = next(each.label for each in result.choices if each.id == "remind:run1")
        assert (said(MONTH) in result.text) is is_set
        assert label == texts("remind.change" if is_set else "remind.choose")


def test_only_a_reminder_that_is_there_is_offered_to_be_taken_back() -> None:
    talk = stepped()
    talk.hear(Chose("remind:run1"))
    assert "remind:run1:none" not in choices_of(talk.last)
    talk.play(Chose("remind:run1"), Chose("remind:*:here"), Chose("remind:run1"))
    talk((Chose("remind:*:none"), ["remind.none"]))


# Changing one's mind


def test_no_takes_back_what_was_to_come() -> None:
    talk = stepped()
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    turn = talk((Chose("remind:*:none"), [Say("remind.none", "result:run1")]))
    assert turn.records == (Remind("run1", "", ()),)


def test_no_twice_and_yes_again() -> None:
    talk = stepped()
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    for choice in ("none", "none", "here"):
        talk.step(Chose(f"remind:run1:{choice}"))
    assert talk.kept.reminders["run1"] == ("here", (MONTH, dt.date(2027, 3, 14)))


def test_asking_later_counts_from_then() -> None:
    talk = stepped()
    talk.world = replace(talk.world, now=NOW + dt.timedelta(days=100))
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    later = TODAY + dt.timedelta(days=100)
    assert talk.kept.reminders["run1"] == ("here", (dt.date(2027, 3, 14), later + dt.timedelta(days=LATER)))


def test_a_day_that_has_been_is_not_reminded_of() -> None:
    talk = stepped("om två veckor")
    talk.world = replace(talk.world, now=NOW + dt.timedelta(days=20))
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    assert talk.kept.reminders["run1"] == ("here", (TODAY + dt.timedelta(days=20 + LATER),))


def test_an_unfinished_walk_may_be_reminded_of_and_goes_on() -> None:
    talk = greeted()
    talk.walk()
    talk.play(Chose("a:*:ja"))
    talk.step(Chose("remind:run1:here"))
    assert (keys(talk.turns[-1].replies), talk.kept.reminders["run1"]) == (["remind.here_waits"], ("here", (MONTH,)))
    assert talk.state.dialog == "checklist"
    talk((Said("ja"), ["walk.statement"]))


def test_a_new_walk_has_no_reminder_of_the_old_one() -> None:
    talk = stepped()
    talk.play(Chose("remind:run1"), Chose("remind:*:here"))
    talk.walk()
    talk.finish("nej")
    assert set(talk.kept.reminders) == {"run1"}
    assert talk.state.run == "run2"


# What can't be


@pytest.mark.parametrize("way", ["", ":here", ":mail", ":file", ":none", ":hittepa"])
def test_somebody_elses_run_is_not_reminded_of(way: str) -> None:
    anna = stepped()
    eve = greeted(kept=anna.kept, who="eve")
    eve.world = anna.world
    eve.step(Chose(f"remind:run1{way}"))
    assert keys(eve.turns[-1].replies) == ["walk.gone"]
    assert (eve.turns[-1].records, anna.kept.reminders, eve.last.file) == ((), {}, None)


@pytest.mark.parametrize("way", ["hittepa", "HERE", "", "here "])
def test_a_way_that_is_not_there_asks_again(way: str) -> None:
    talk = stepped()
    talk.step(Chose(f"remind:run1:{way}"))
    assert (keys(talk.turns[-1].replies), talk.turns[-1].records) == (["remind.offer"], ())


@pytest.mark.parametrize("choice", ["remind", "remind:run1:here:nu"])
def test_a_choice_with_too_little_or_too_much_is_unknown(choice: str) -> None:
    talk = stepped()
    talk.step(Chose(choice))
    assert keys(talk.turns[-1].replies) == ["choice.unknown"]


def test_a_run_that_is_gone_is_met_with_a_way_on() -> None:
    talk = stepped()
    talk.hear(Chose("remind:run1"))
    talk.kept.runs.clear()
    talk.hear(Chose("remind:*:here"))
    assert keys(talk.turns[-1].replies) == ["walk.gone"]
    assert (choices_of(talk.last)[0], talk.kept.reminders) == ("new", {})


# When the day has come


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_reminder_says_the_step_and_the_ways_on(language: str) -> None:
    content, run = shipped_content(), with_step(dt.date(2027, 3, 15))
    said = reminder(content, run, language, world())
    assert said.key == "remind.now"
    assert OWN in said.text
    assert choices_of(said) == ["result:r", "step:r", "new", "remind:r:none"]
    assert said.choices[0].label == content.texts[language]("walk.show_result")


def test_without_a_step_it_reminds_of_the_result() -> None:
    said = reminder(shipped_content(), replace(with_step(None), step=None), "sv", world())
    assert (said.key, choices_of(said)[:2]) == ("remind.now_no_step", ["result:r", "step:r"])
