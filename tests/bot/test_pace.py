from hypothesis import given
from hypothesis import strategies as st

from bot.pace import MOST_REMEMBERED, Pace


def test_a_burst_is_let_through_and_then_a_steady_pace() -> None:
    pace = Pace(burst=3, per_second=2)
    assert [pace.wait("ann", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert pace.wait("ann", 0.25) == 0.25
    assert [pace.wait("ann", 1.0) for _ in range(3)] == [0, 0, 0.5]


def test_one_who_floods_slows_nobody_else() -> None:
    pace = Pace(burst=3, per_second=1)
    for _ in range(100):
        pace.wait("ann", 0.0)
    assert pace.wait("bo", 0.0) == 0


def test_being_told_to_wait_costs_nothing() -> None:
    pace = Pace(burst=1, per_second=1)
    pace.wait("ann", 0.0)
    for _ in range(50):
        assert pace.wait("ann", 0.5) == 0.5
    assert pace.wait("ann", 1.0) == 0


def test_who_has_been_quiet_longest_is_forgotten_first() -> None:
    pace = Pace(burst=1, per_second=1e-9)
    for n in range(MOST_REMEMBERED + 1):
        pace.wait(f"p{n}", float(n))
    assert pace.wait("p1", MOST_REMEMBERED) > 0
    assert pace.wait("p0", MOST_REMEMBERED) == 0
    assert len(pace._buckets) == MOST_REMEMBERED


@given(st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_the_burst_and_the_pace_allow(gaps: list[float]) -> None:
    pace, now, let_through = Pace(burst=5, per_second=2), 0.0, 0
    for gap in gaps:
        now += gap
        let_through += not pace.wait("ann", now)
        assert let_through <= 5 + 2 * now + 1e-6


@given(st.floats(0, 1), st.integers(1, 20))
def test_who_waits_as_long_as_told_gets_through(gap: float, tries: int) -> None:
    pace, now = Pace(burst=2, per_second=3), 0.0
    for _ in range(tries):
        now += gap
        if wait := pace.wait("ann", now):
            now += wait + 1e-9
            assert pace.wait("ann", now) == 0
