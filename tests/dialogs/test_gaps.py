"""What people ask that has no entry: who is counted, what is left out, and what belongs together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.gaps import gaps
from dialogs.queue import KINDS, STATES
from dialogs.records import Question
from tests.aftermaths import question

FERRY, BREAD = "Vem betalar färjan till ön?", "Vad kostar ett bageri?"


def found(*questions: Question) -> list[tuple[int, list[int]]]:
    """How many people wonder, and the numbers of the questions."""
    return [(gap.people, [each.number for each in gap.questions]) for gap in gaps(questions)]


def asked(number: int, text: str = BREAD, state: str = "new", **more: Any) -> Question:
    return question(number, state, text=text, **more)


def test_what_most_people_wonder_comes_first() -> None:
    assert found(asked(1), asked(2, FERRY, votes=3), asked(3, "Hur ofta går bussen?", votes_elsewhere=1)) == [
        (4, [2]), (2, [3]), (1, [1]),
    ]  # fmt: skip


def test_what_moderators_joined_is_one_and_nobody_is_counted_twice() -> None:
    """Whoever wonders the same as the second one is counted with the first, which it goes along with."""
    assert found(asked(1, votes=3), asked(2, FERRY, lead=1, votes=2)) == [(5, [1, 2])]
    assert found(asked(1, entry="driftstod"), asked(2, FERRY, lead=1)) == []
    assert found(asked(2, FERRY, lead=7, votes=2)) == [(3, [2])]


def test_those_in_almost_the_same_words_stand_together() -> None:
    like = "vad kostar ett bageri"
    assert found(asked(1), asked(2, FERRY), asked(3, like)) == [(2, [1, 3]), (1, [2])]
    assert found(asked(1), asked(2, FERRY), asked(3, like, votes=9)) == [(11, [3, 1]), (1, [2])]


def test_less_likeness_is_enough_where_both_lie_nearest_the_same_entry() -> None:
    one, other = "Vem betalar färjan till ön?", "Vem står för färjan om vintern?"
    assert len(found(asked(1, one), asked(2, other))) == 2
    assert len(found(*(asked(n, text, candidates=("farja",)) for n, text in enumerate((one, other), 1)))) == 1


@pytest.mark.parametrize(
    "left_out",
    [
        asked(1, kind="trouble"), asked(1, kind="comment"), asked(1, kind="tip"),
        asked(1, state="answered", entry="driftstod"), asked(1, state="withdrawn"),
        asked(1, state="declined", reason="personal"), asked(1, sender_blocked=True),
    ],
)  # fmt: skip
def test_what_is_no_gap_is_left_out(left_out: Question) -> None:
    assert found(left_out) == []


@pytest.mark.parametrize("state", [each for each in STATES if each != "withdrawn"])
def test_whatever_became_of_it_without_an_entry_it_is_a_gap(state: str) -> None:
    assert found(asked(1, state=state, reason="off_topic")) == [(1, [1])]


many = st.builds(
    lambda number, text, state, kind, lead, votes: asked(number, text, state, kind=kind, lead=lead, votes=votes),
    st.integers(1, 30), st.sampled_from((FERRY, BREAD, "", "?", "bageri")), st.sampled_from(STATES),
    st.sampled_from(KINDS), st.none() | st.integers(1, 30), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(many, max_size=20, unique_by=lambda each: each.number))
def test_every_gap_is_there_once_whatever_was_asked(questions: list[Question]) -> None:
    numbers = [each.number for gap in gaps(questions) for each in gap.questions]
    wanted = {each.number for each in questions if each.kind == "question" and each.state != "withdrawn"}
    assert sorted(numbers) == sorted(wanted)
    assert [gap.people for gap in gaps(questions)] == sorted((gap.people for gap in gaps(questions)), reverse=True)
