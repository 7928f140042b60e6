"""How several people's answers lie: verdicts at their limits, the middle, and that nobody's answer can be found out."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.checklist import NO, NOT_APPLICABLE, PARTLY, UNKNOWN, YES
from dialogs.spread import LEAST, SCORED, Counts, Spread, Verdict, batch_of, count, in_words, spread
from tests.talk import shipped_content

ANSWERS = (NO, PARTLY, YES, UNKNOWN, NOT_APPLICABLE)
MANY = st.integers(0, 40)


# The verdict, and the middle


@pytest.mark.parametrize(
    ("yes", "partly", "no", "verdict"),
    [
        (0, 0, 0, "few"), (1, 0, 0, "few"), (2, 0, 0, "few"), (1, 0, 1, "few"),
        (3, 0, 0, "agreed"), (0, 3, 0, "agreed"), (0, 0, 3, "agreed"),
        (4, 1, 0, "agreed"), (8, 2, 0, "agreed"), (8, 0, 2, "agreed"), (79, 21, 0, "split"), (80, 20, 0, "agreed"),
        (2, 1, 0, "split"), (7, 3, 0, "split"), (0, 2, 1, "split"), (2, 3, 1, "split"),
        (2, 0, 1, "opposed"), (1, 2, 1, "opposed"), (1, 1, 1, "opposed"), (3, 0, 1, "opposed"), (5, 5, 0, "split"),
        (25, 50, 25, "opposed"), (24, 51, 25, "split"), (25, 51, 24, "split"), (6, 6, 4, "opposed"),
        (6, 7, 4, "split"), (7, 0, 2, "split"), (4, 0, 4, "opposed"),
    ],
)  # fmt: skip
def test_a_verdict_at_its_limits(yes: int, partly: int, no: int, verdict: Verdict) -> None:
    assert Spread(yes, partly, no).verdict == verdict


@given(MANY, MANY, MANY, MANY, MANY)
def test_who_does_not_know_changes_neither_verdict_nor_middle(yes: int, partly: int, no: int, x: int, y: int) -> None:
    with_them, without = Spread(yes, partly, no, x, y), Spread(yes, partly, no)
    assert (with_them.verdict, with_them.middle) == (without.verdict, without.middle)
    assert (with_them.unknown, with_them.not_applicable) == (x, y)


@given(MANY, MANY, MANY)
def test_a_verdict_is_what_the_shares_say(yes: int, partly: int, no: int) -> None:
    found, scored = Spread(yes, partly, no), yes + partly + no
    assert (found.verdict == "few") == (scored < LEAST) == (found.middle is None)
    if scored >= LEAST:
        assert (found.verdict == "agreed") == (5 * max(yes, partly, no) >= 4 * scored)
        assert (found.verdict == "opposed") == (4 * yes >= scored and 4 * no >= scored)


@given(MANY, MANY, MANY)
def test_the_middle_is_the_lower_median(yes: int, partly: int, no: int) -> None:
    answers = [0] * no + [1] * partly + [2] * yes
    middle = SCORED[statistics.median_low(answers)] if len(answers) >= LEAST else None
    assert Spread(yes, partly, no).middle == middle


@pytest.mark.parametrize(
    ("yes", "partly", "no", "middle"),
    [(2, 0, 2, NO), (2, 0, 1, YES), (2, 2, 0, PARTLY), (0, 2, 2, NO), (3, 1, 2, PARTLY), (3, 0, 0, YES)],
)
def test_of_two_middles_the_lower_one_counts(yes: int, partly: int, no: int, middle: str) -> None:
    assert Spread(yes, partly, no).middle == middle


@pytest.mark.parametrize("unknown", [0, 2])
def test_few_answers_are_put_in_words_without_any_number_of_them(unknown: int) -> None:
    texts, labels = shipped_content().texts["sv"], {answer: answer for answer in ANSWERS}
    said = {in_words(Spread(yes, partly, no, unknown), texts, labels)
            for yes in range(3) for partly in range(3) for no in range(3) if yes + partly + no < LEAST}  # fmt: skip
    assert len(said) == 1


# What may be shown


@dataclass
class Party:
    """A round as `together._show` and `count_round` count it: those who are through, whenever the leader looks."""

    waiting: list[dict[str, str]] = field(default_factory=list)
    batches: list[Counts] = field(default_factory=list)
    counted: list[dict[str, str]] = field(default_factory=list)

    def look(self) -> None:
        """The leader looks: those who are through are counted, if they are enough."""
        if made := batch_of(self.waiting):
            self.batches += made
            self.counted += self.waiting
            self.waiting = []

    def close(self, unfinished: Sequence[dict[str, str]]) -> None:
        """The last of them, with those who are not through."""
        self.waiting += [answers for answers in unfinished if answers]
        self.look()


STATEMENTS = ("a", "b")
PEOPLE = st.fixed_dictionaries({name: st.sampled_from(ANSWERS) for name in STATEMENTS})
UNFINISHED = st.dictionaries(st.sampled_from(STATEMENTS), st.sampled_from(ANSWERS))
COMING = st.lists(st.one_of(PEOPLE, st.just("look")), max_size=40)


def steps(shown: Sequence[Spread]) -> list[tuple[int, int]]:
    """How many scored answers, and how many in all, each change of what is shown came from; the first one too."""
    found = []
    for before, after in zip([Spread(), *shown], shown, strict=False):
        if before != after:
            parts = [getattr(after, name) - getattr(before, name) for name in vars(after)]
            assert min(parts) >= 0, "what has been shown is never taken back"
            found.append((after.scored - before.scored, sum(parts)))
    return found


@given(COMING, st.lists(UNFINISHED, max_size=6))
def test_no_view_gives_anybodys_answer_away(
    coming: list[dict[str, str] | str], unfinished: list[dict[str, str]]
) -> None:
    party = Party()
    views: dict[str, list[Spread]] = {name: [] for name in STATEMENTS}
    for each in [*coming, "look", "close"]:
        if isinstance(each, dict):
            party.waiting.append(each)
        elif each == "look":
            party.look()
        else:
            party.close(unfinished)
        for name, seen in views.items():
            seen.append(spread(party.batches, name))
    for name, seen in views.items():
        for scored, people in steps(seen):
            assert scored == 0 or scored >= LEAST
            assert people >= LEAST
        assert seen[-1].scored == 0 or seen[-1].scored >= LEAST
        given = [person[name] for person in party.counted if name in person]
        for answer, count_ in zip((YES, PARTLY, NO, UNKNOWN, NOT_APPLICABLE), vars(seen[-1]).values(), strict=True):
            assert count_ <= given.count(answer), "nothing is made up"


@given(st.lists(st.lists(PEOPLE, min_size=LEAST, max_size=6), max_size=6))
def test_each_batch_only_adds_to_what_the_ones_before_showed(groups: list[list[dict[str, str]]]) -> None:
    batches = [count(group) for group in groups]
    for name in STATEMENTS:
        shown = [spread(batches[:number], name) for number in range(len(batches) + 1)]
        for scored, people in steps(shown):
            assert scored == 0 or scored >= LEAST
            assert people >= LEAST


@given(st.lists(PEOPLE, max_size=LEAST - 1))
def test_few_people_are_no_batch(people: list[dict[str, str]]) -> None:
    assert batch_of(people) == ()


@given(st.lists(PEOPLE, min_size=LEAST, max_size=12))
def test_a_batch_holds_no_order(people: list[dict[str, str]]) -> None:
    shuffled = sorted(people, key=repr)
    for name in STATEMENTS:
        assert spread(batch_of(people), name) == spread(batch_of(shuffled), name)


def test_a_batch_is_shown_of_a_statement_only_when_three_have_said_something_of_it() -> None:
    yes, unknown = {"a": YES}, {"a": UNKNOWN}
    first, second = count([yes, yes, unknown]), count([yes, unknown, unknown])
    assert spread([first], "a") == Spread()
    assert spread([first, second], "a") == Spread(yes=3, unknown=3)
    assert spread([first, second, second], "a") == Spread(yes=3, unknown=3)


def test_where_nobody_knows_that_is_shown() -> None:
    assert spread([count([{"a": UNKNOWN}] * 3)], "a") == Spread(unknown=3)
    assert spread([count([{"a": UNKNOWN}] * 3)], "a").verdict == "few"


def test_what_was_not_asked_is_empty() -> None:
    assert spread([], "a") == spread([count([{"b": YES}] * 3)], "a") == Spread()
