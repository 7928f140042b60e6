"""Zoom's report of questions and answers → the questions. Names and addresses are not even looked at."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.imports.reading import refuse, table_of
from bot.imports.words import header, words

SHOULD = "ange Zooms rapport över frågor och svar, med rubriker som Question och Answer"
_ADDRESS = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+")
_BY = re.compile(r"([^:：]{3,120}?)[:：]\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class QaQuestion:
    """A question with its answers, as the report has them."""

    text: str
    line: int
    at: str = ""
    answers: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """All answers in writing, one under the other; empty while there is none."""
        return "\n".join(each for each in self.answers if not _spoken(each))

    @property
    def spoken(self) -> bool:
        """Whether it was answered aloud."""
        return any(_spoken(each) for each in self.answers)


def parse(text: str, file: str = "qa.csv") -> tuple[QaQuestion, ...]:
    """The questions in a report. ContentError when it is none, or broken: then nothing should be taken from it."""
    table = table_of(file, text, _is_header, SHOULD)
    columns, found = _columns(table.header), list[QaQuestion]()
    numbers: list[str] = []
    for line, cells in table.rows:
        if _is_header(cells):
            columns = _columns(cells)
            continue
        asked, answers, number = _row(file, line, cells, columns)
        if found and (not asked or (asked == found[-1].text and number == numbers[-1])):
            found[-1] = replace(found[-1], answers=tuple(dict.fromkeys((*found[-1].answers, *answers))))
        elif asked:
            at = _cell(cells, columns, "time")
            found.append(QaQuestion(asked, line, at, answers))
            numbers.append(number)
    return tuple(found)


def _is_header(cells: Sequence[str]) -> bool:
    kinds = {words().headers.get(header(cell)) for cell in cells}
    return "question" in kinds and bool(kinds & {"answer", "name", "email"})


def _columns(cells: Sequence[str]) -> Mapping[str, int]:
    """Which column is where; the first of each kind counts. `last` is where the named ones end."""
    found: dict[str, int] = {"last": len(cells) - 1}
    for place, cell in enumerate(cells):
        if kind := words().headers.get(header(cell)):
            found.setdefault(kind, place)
    return found


def _cell(cells: Sequence[str], columns: Mapping[str, int], kind: str) -> str:
    place = columns.get(kind, len(cells))
    return cells[place] if place < len(cells) else ""


def _row(file: str, line: int, cells: Sequence[str], columns: Mapping[str, int]) -> tuple[str, tuple[str, ...], str]:
    """(question, answers, number). A row with more cells than the header may only have more answers."""
    last, answer = columns["last"], columns.get("answer")
    beyond = tuple(cell for cell in cells[last + 1 :] if cell)
    asked, given = _cell(cells, columns, "question"), _cell(cells, columns, "answer")
    slipped = _ADDRESS.fullmatch(asked) or any(_ADDRESS.fullmatch(each) for each in (given, *beyond))
    if slipped or (beyond and answer != last):
        should = "sätt citattecken runt en text med kommatecken, eller hämta rapporten på nytt"
        refuse(file, line, f"raden har {len(cells)} celler och cellerna passar inte under rubrikerna", should)
    answers = tuple(each for each in (_without_name(cell) for cell in (given, *beyond)) if each)
    return asked, answers, _cell(cells, columns, "number")


def _spoken(answer: str) -> bool:
    return header(answer) in words().answered_live


def _without_name(answer: str) -> str:
    """An answer without "Answered by Host:" before it."""
    found = _BY.fullmatch(answer)
    small = found[1].strip().casefold() if found else ""
    return found[2].strip() if found and small.startswith(tuple(words().answered_by)) else answer
