"""Zoom's report of polls → how many gave each answer. Who answered is not even looked at."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.imports.reading import Table, table_of
from bot.imports.words import header, words
from dialogs.clean import clean

SHOULD = "ange Zooms rapport över omröstningar, med rubriker som User Name och Submitted Date/Time"
ABOUT = ("number", "name", "email", "time")
"""Columns about who answered, and when; the answers come after the last of them."""
MOST_CHARACTERS = 500
"""Of a question or an answer."""


_LOOSE = re.compile(r"\d{4},? \d{1,2}:\d\d(:\d\d)?( ?[AaPp]\.?[Mm]\.?)?")
"""The second half of a date that was written without quotation marks: "Jan 1, 2022 10:00:00"."""


@dataclass(frozen=True)
class PollQuestion:
    """A question of a poll: each answer and how many gave it, the first given first."""

    poll: str
    question: str
    line: int
    answers: tuple[tuple[str, int], ...]


@dataclass
class _Block:
    """The rows of one poll under way."""

    poll: str
    start: int
    heads: tuple[str, ...]
    """What the header says above each answer; empty where rows hold pairs of question and answer."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, line: int, question: str, answer: str) -> None:
        if not question or not answer:
            return
        counter = self.counts.setdefault(question, Counter())
        self.lines.setdefault(question, line)
        counter.update(dict.fromkeys(_choices(answer), 1))


def parse(text: str, file: str = "polls.csv") -> tuple[PollQuestion, ...]:
    """The polls in a report. ContentError when it is none, or broken: then nothing should be taken from it."""
    table = table_of(file, text, _is_header, SHOULD)
    return tuple(
        PollQuestion(block.poll, question, block.lines[question], tuple(counter.items()))
        for block in _blocks(table)
        for question, counter in block.counts.items()
    )


def _blocks(table: Table) -> Iterator[_Block]:
    """A block for each header, named by the line above it."""
    names: Counter[str] = Counter()
    block: _Block | None = None
    title = _title(table.preamble[-1][1]) if table.preamble else ""
    for line, cells in ((table.line, table.header), *table.rows):
        if _is_header(cells):
            if block:
                yield block
            block = _begun(title, cells, names)
        elif block and len(cells) > block.start:
            _take(block, line, cells)
        title = _title(cells)
    if block:
        yield block


def _title(cells: Sequence[str]) -> str:
    """What a line of one cell says, if it can be a poll's name."""
    filled = [cell for cell in cells if cell]
    alone = _short(filled[0]) if len(filled) == 1 else ""
    return "" if header(alone) in words().sections or alone.isdigit() else alone


def _begun(title: str, cells: Sequence[str], names: "Counter[str]") -> _Block:
    poll = title or f"{sum(names.values()) + 1}"
    names[poll] += 1
    start = max(place for place, cell in enumerate(cells) if _kind(cell) in ABOUT) + 1
    heads = tuple(_short(cell) for cell in cells[start:])
    pairs = all(not head or _kind(head) in ("question", "answer") for head in heads)
    return _Block(poll if names[poll] == 1 else f"{poll} ({names[poll]})", start, () if pairs else heads)


def _take(block: _Block, line: int, cells: Sequence[str]) -> None:
    """What one person answered."""
    given = cells[block.start :]
    if given and _LOOSE.fullmatch(given[0]):
        given = given[1:]
    if block.heads:
        for question, answer in zip(block.heads, given, strict=False):
            block.add(line, question, answer)
    elif len(given) == 1:
        block.add(line, block.poll, given[0])
    else:
        for question, answer in zip(given[0::2], given[1::2], strict=False):
            block.add(line, _short(question), answer)


def _is_header(cells: Sequence[str]) -> bool:
    kinds = {_kind(cell) for cell in cells}
    return len(kinds & set(ABOUT)) > 1 and ("time" in kinds or ("name" in kinds and "question" not in kinds))


def _kind(cell: str) -> str:
    return words().headers.get(header(cell), "")


def _choices(answer: str) -> list[str]:
    """The answers in a cell: several are joined by semicolons or stand on lines of their own."""
    pieces = (_short(piece) for part in answer.split(";") for piece in part.splitlines())
    return [piece for piece in pieces if piece]


def _short(text: str) -> str:
    """A text that may be kept: what people wrote themselves may hold anything."""
    return " ".join(clean(text).text.split())[:MOST_CHARACTERS]
