"""What the big screen shows of the queue, and what it never does."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.definitions import Webinar
from dialogs.records import Question
from dialogs.screen import BASIS, SIZES, about_how_many, fitted, on_screen, size, time_left
from tests.talk import WEBINAR, shipped_content

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
LANDET = shipped_content().webinars[WEBINAR]
FOUR_MINUTES = dt.timedelta(minutes=4)


def question(number: int, state: str = "next", **more: Any) -> Question:
    return Question(number, f"Fråga {number}?", "sv", WEBINAR, NOW, state, 2, name="Berit i Ramsele", **more)


def shown(*questions: Question, webinar: Webinar = LANDET, opened: bool = True) -> Any:
    return on_screen(webinar, questions, [FOUR_MINUTES] * BASIS, NOW, opened=opened)


def webinar(**facts: str) -> Webinar:
    return replace(LANDET, details={name: {"sv": text, "en": text} for name, text in facts.items()})


def test_one_question_is_live_and_two_come_next() -> None:
    found = shown(question(4), question(5), question(6), question(1, "live"), question(2, "approved"))
    assert (found.live.number, [each.number for each in found.next], found.left) == (1, [4, 5], 4)


def test_of_two_that_are_live_the_latest_is_shown() -> None:
    earlier = NOW - FOUR_MINUTES
    assert shown(question(2, "live", decided=earlier), question(1, "live", decided=NOW)).live.number == 1


@pytest.mark.parametrize("state", ["live", "next", "approved", "new"])
def test_technical_trouble_is_never_shown_or_counted(state: str) -> None:
    found = shown(question(1, state, kind="trouble"))
    assert (found.live, found.next, found.left) == (None, (), 0)


def test_a_comment_counts_once_a_moderator_has_taken_it_up() -> None:
    assert shown(question(1, "new", kind="comment")).left == 0
    assert shown(question(1, "approved", kind="comment")).left == 1


def test_where_questions_are_hidden_only_the_one_in_the_broadcast_is_shown() -> None:
    found = shown(question(1, "live"), question(2), webinar=replace(LANDET, questions="hidden"))
    assert (found.live.number, found.next, found.left) == (1, (), 1)


def test_a_name_is_shown_only_where_the_webinars_file_says_so() -> None:
    assert shown(question(1, "live")).name == ""
    assert shown(question(1, "live"), webinar=replace(LANDET, names=True)).name == "Berit i Ramsele"
    assert shown(webinar=replace(LANDET, names=True)).name == ""


@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({"ends": "12.45"}, 45),
        ({"ends": "12:45", "date": "2026-11-23"}, 45),
        ({"ends": " 11.30 "}, 0),
        ({"ends": "12.45", "date": "2026-11-24"}, None),
        ({"ends": "strax före ett"}, None),
        ({"ends": "25.10"}, None),
        ({"ends": "12.75"}, None),
        ({}, None),
    ],
)
def test_time_left_is_what_the_webinars_file_tells(facts: dict[str, str], minutes: int | None) -> None:
    assert time_left(webinar(**facts), NOW) == (None if minutes is None else dt.timedelta(minutes=minutes))


def test_nothing_is_said_of_the_time_before_there_is_a_basis() -> None:
    left = dt.timedelta(minutes=45)
    assert about_how_many([FOUR_MINUTES] * (BASIS - 1), left) is None
    assert about_how_many([FOUR_MINUTES] * BASIS, None) is None
    assert about_how_many([dt.timedelta()] * BASIS, left) is None
    assert about_how_many([dt.timedelta(seconds=1)] * BASIS, left) == 45, "the next takes a minute at least"
    assert about_how_many([FOUR_MINUTES] * BASIS, left) == 11
    assert shown(opened=False).room is None


def test_the_time_is_told_only_where_it_is_not_enough_for_all() -> None:
    facts = webinar(ends="12.10")
    assert shown(question(1), question(2), webinar=facts).room is None
    assert shown(question(1), question(2), question(3), webinar=facts).room == 2


def test_one_question_that_was_forgotten_live_does_not_spoil_the_guess() -> None:
    assert about_how_many([FOUR_MINUTES, FOUR_MINUTES, dt.timedelta(hours=1)], dt.timedelta(minutes=8)) == 2


def test_longer_questions_are_written_smaller() -> None:
    assert [size("x" * length) for length in (0, *(most for most, _ in SIZES), 5000)] == [1, *range(1, len(SIZES) + 2)]


@given(st.text(), st.integers(2, 50))
def test_what_is_fitted_is_short_and_on_one_line(words: str, most: int) -> None:
    assert len(fitted(words, most)) <= most
    assert "\n" not in fitted(words, most)


def test_words_are_cut_between_words() -> None:
    assert fitted("En fråga om bränsle", 15) == "En fråga om…"
    assert fitted("Enlångfrågautanmellanrum", 10) == "Enlångfrå…"
