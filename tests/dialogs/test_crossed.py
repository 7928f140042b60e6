"""Crossed votes: no small cell is shown, and none can be worked out, held against every table there could be."""

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.crossed import LEAST, crossed, hiding

Table = list[list[int]]


def fitting(table: Table, shown: dict[tuple[int, int], int]) -> Iterator[Table]:
    """Every table with the same sums and the same cells shown."""
    columns = [sum(line[column] for line in table) for column in range(len(table[0]))]
    rows = [sum(line) for line in table]

    def fill(row: int, left: Sequence[int]) -> Iterator[Table]:
        if row == len(rows):
            if not any(left):
                yield []
            return
        for line in product(*(range(min(rows[row], most) + 1) for most in left)):
            if sum(line) == rows[row] and all(shown.get((row, at), count) == count for at, count in enumerate(line)):
                for rest in fill(row + 1, [most - count for most, count in zip(left, line, strict=True)]):
                    yield [list(line), *rest]

    return fill(0, columns)


def concluded(table: Table, shown: dict[tuple[int, int], int], cell: tuple[int, int]) -> tuple[int, int]:
    """The least and the most that a cell can be, the most up to what may be shown."""
    values = [each[cell[0]][cell[1]] for each in fitting(table, shown)]
    return min(values), min(LEAST, max(values))


@given(st.integers(2, 3).flatmap(lambda width: st.lists(
    st.lists(st.sampled_from((0, 0, 1, 2, 4, 5, 6, 8)), min_size=width, max_size=width), min_size=2, max_size=3,
)))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_is_shown_tells_no_more_of_a_small_cell_than_the_sums_do(table: Table) -> None:
    hidden = hiding(table)
    every = {(row, column): count for row, line in enumerate(table) for column, count in enumerate(line)}
    shown = {cell: count for cell, count in every.items() if cell not in hidden}
    assert all(count >= LEAST for count in shown.values())
    if not shown:
        return
    for cell, count in every.items():
        if count < LEAST:
            assert concluded(table, shown, cell) == concluded(table, {}, cell)


def test_large_cells_are_all_shown() -> None:
    assert hiding([[5, 9], [7, 12]]) == frozenset()


def test_one_small_cell_takes_others_with_it() -> None:
    """Alone it could be worked out from the sums of its row and its column."""
    assert len(hiding([[3, 40, 30], [20, 30, 40], [25, 35, 45]])) >= 4


def test_a_table_names_its_options_and_leaves_out_what_is_hidden() -> None:
    counts = {("norr", "stad"): 12, ("norr", "land"): 30, ("syd", "stad"): 22, ("syd", "land"): 6}
    found = crossed(counts, ("norr", "syd"), ("stad", "land"))
    assert found.cells == ((12, 30), (22, 6))
    assert found.anything
    few = crossed({("norr", "stad"): 1}, ("norr", "syd"), ("stad", "land"))
    assert not few.anything
