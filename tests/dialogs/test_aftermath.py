"""What became of a webinar's questions: every one counted once, and only what is a question."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.aftermath import MOST_BARS, OUTCOMES, aftermath, over_time
from dialogs.queue import KINDS, STATES
from dialogs.records import Question
from tests.aftermaths import BEGAN, SWEDEN, ordinary, question


def counts(*questions: Question) -> dict[str, int]:
    return {name: count for name, count in aftermath(questions, SWEDEN).counts.items() if count}


def test_forty_seven_questions_are_counted_as_they_ended() -> None:
    found = aftermath(ordinary(), SWEDEN)
    assert (found.count, dict(found.beside)) == (47, {"trouble": 2, "comment": 1})
    assert counts(*ordinary()) == {"broadcast": 31, "written": 9, "joined": 4, "declined": 3}
    assert [each.number for each in found.of("broadcast")[0].together] == [41, 42]


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        (question(1, reason="spoken"), "broadcast"),
        (question(1, mark="12.31"), "broadcast"),
        (question(1, answer="Ja."), "written"),
        (question(1, entry="driftstod", answer="Ja."), "written"),
        (question(1, "declined", reason="off_topic"), "declined"),
        (question(1, "withdrawn"), "withdrawn"),
        (question(1, "withdrawn", lead=2), "withdrawn"),
        (question(1, "later"), "open"),
        (question(1, "new"), "open"),
        (question(1, lead=77, answer="Ja."), "written"),
        (question(1, kind="comment", answer="Tack!"), "written"),
    ],
)
def test_a_question_ends_in_one_way(asked: Question, outcome: str) -> None:
    assert counts(asked) == {outcome: 1}


@pytest.mark.parametrize(("kind", "state"), [("trouble", "answered"), ("comment", "approved"), ("tip", "new")])
def test_what_is_no_question_is_counted_beside(kind: str, state: str) -> None:
    found = aftermath([question(1, state, kind=kind)], SWEDEN)
    assert (found.count, dict(found.beside), found.told, found.bars) == (0, {kind: 1}, (), ())


questions = st.builds(
    lambda number, state, kind, lead, seconds: question(
        number, state, kind=kind, lead=lead if lead != number else None, asked=BEGAN + dt.timedelta(seconds=seconds)
    ),
    st.integers(1, 60), st.sampled_from(STATES), st.sampled_from(KINDS), st.none() | st.integers(1, 60),
    st.integers(0, 10**7),
)  # fmt: skip


@given(st.lists(questions, unique_by=lambda each: each.number, max_size=60))
def test_everything_that_came_is_counted_once(asked: list[Question]) -> None:
    found = aftermath(asked, SWEDEN)
    assert found.count + sum(found.beside.values()) == len(asked)
    assert sum(bar.count for bar in found.bars) == found.count
    assert set(found.counts) == set(OUTCOMES)
    assert len(found.bars) <= MOST_BARS + 1


def test_time_is_cut_where_a_clock_would_cut_it() -> None:
    bars, width = over_time([BEGAN + dt.timedelta(minutes=each) for each in (3, 4, 17)])
    assert width == dt.timedelta(minutes=5)
    assert [(f"{bar.begins:%H.%M}", bar.count) for bar in bars] == [
        ("12.00", 2), ("12.05", 0), ("12.10", 0), ("12.15", 1),
    ]  # fmt: skip
