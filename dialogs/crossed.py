"""Two questions of a poll crossed, with nothing in it that tells of few people.

How each question's votes lie by itself is known to everybody. So a cell is hidden when it is small, and further cells
are hidden until those who know the sums and the cells shown can conclude no more about a small one than from the sums
alone: neither that it is less than it could be, nor that it is more.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

LEAST = 5
"""A cell with fewer people is not shown."""

Cell = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True)
class Crossed:
    """A table of two questions: its options, and the counts that may be shown (None where they may not)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]

    @property
    def anything(self) -> bool:
        """Whether there is anything to show."""
        return any(cell is not None for row in self.cells for cell in row)


def crossed(counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]) -> Crossed:
    """What may be shown of how many have picked each pair."""
    table = [[counts.get((row, column), 0) for column in columns] for row in rows]
    hidden = hiding(table)
    cells = tuple(
        tuple(None if (row, column) in hidden else count for column, count in enumerate(line))
        for row, line in enumerate(table)
    )
    return Crossed(tuple(rows), tuple(columns), cells)


def hiding(table: Sequence[Sequence[int]]) -> frozenset[Cell]:
    """The cells to hide. At worst it is all of them: then only the sums are left, which are known anyhow."""
    every = [(row, column) for row, line in enumerate(table) for column in range(len(line))]
    small = [cell for cell in every if table[cell[0]][cell[1]] < LEAST]
    hidden = set(small)
    while given_away := next((cell for cell in small if not _safe(table, hidden, cell)), None):
        beside = [cell for cell in every if cell not in hidden]
        near = [cell for cell in beside if cell[0] == given_away[0] or cell[1] == given_away[1]]
        hidden.add(min(near or beside, key=lambda cell: (table[cell[0]][cell[1]], cell)))
    return frozenset(hidden)


def _safe(table: Sequence[Sequence[int]], hidden: set[Cell], cell: Cell) -> bool:
    """Whether a hidden cell could be as large, up to the least that is shown, and as small as the sums alone allow."""
    row, column = cell
    count = table[row][column]
    in_row, in_column = sum(table[row]), sum(line[column] for line in table)
    most = min(LEAST, in_row, in_column)
    least = max(0, in_row + in_column - sum(map(sum, table)))
    more = _movable(table, hidden - {cell}, ("row", row), ("column", column), most - count)
    fewer = _movable(table, hidden - {cell}, ("column", column), ("row", row), count - least)
    return more >= most - count and fewer >= count - least


Node = tuple[str, int]


def _movable(table: Sequence[Sequence[int]], hidden: set[Cell], start: Node, end: Node, wanted: int) -> int:
    """How many people could be moved among the hidden cells, all sums kept, along ways from `start` to `end`.

    From a row to a column a way takes people out of their cell, from a column to a row it puts people into one.
    """
    room = {(("row", row), ("column", column)): table[row][column] for row, column in hidden}
    moved = 0
    while moved < wanted and (way := _way(room, hidden, start, end)):
        steps = list(pairwise(way))
        few = min([wanted - moved, *(room[step] for step in steps if step in room)])
        for one, other in steps:
            if (one, other) in room:
                room[one, other] -= few
            else:
                room[other, one] += few
        moved += few
    return moved


def _way(room: Mapping[tuple[Node, Node], int], hidden: set[Cell], start: Node, end: Node) -> list[Node] | None:
    """The shortest way, over cells that still have somebody in them where it takes people out."""
    before: dict[Node, Node | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == end:
            return _back(before, here)
        for row, column in hidden:
            one, other = ("row", row), ("column", column)
            following = other if here == one and room[one, other] else one if here == other else None
            if following and following not in before:
                before[following] = here
                waiting.append(following)
    return None


def _back(before: Mapping[Node, Node | None], end: Node) -> list[Node]:
    way: list[Node] = []
    here: Node | None = end
    while here is not None:
        way.append(here)
        here = before[here]
    return way[::-1]
