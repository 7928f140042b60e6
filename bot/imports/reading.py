"""A file as somebody's program wrote it → text, and text → the rows of a table.

Zoom's exports come with and without byte order marks, as UTF-8 or UTF-16, with any line ends, and pass through
spreadsheets on their way. What is no text at all is refused in words.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from bot.library import reason
from knowledge.complaints import Complaint, ContentError

T = TypeVar("T")
MOST_BYTES = 5 * 1024 * 1024
MOST_CELLS = 200
HEADER_ROWS = 40
"""Among how many rows the header is looked for; what stands above it is preamble."""
DELIMITERS = ",;\t|"
OTHER_FORMATS = (
    (b"PK\x03\x04", "en zip-fil eller ett Excel-ark"),
    (b"%PDF", "en pdf"),
    (b"\x89PNG", "en bild"),
    (b"\xff\xd8\xff", "en bild"),
    (b"\x1f\x8b", "en gzip-fil"),
    (b"\xd0\xcf\x11\xe0", "ett äldre Office-dokument"),
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x7f]")
_SAMPLE = 64 * 1024
_LINE_END = re.compile(r"\r*\n|\r")
SHOULD = "ange filen som Zoom sparade, oförändrad (.txt eller .csv)"


@dataclass(frozen=True)
class Table:
    """A table below its header: the rows above it, the header's cells, and (line, cells) of every row below."""

    preamble: tuple[tuple[int, tuple[str, ...]], ...]
    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def bytes_of(path: Path) -> bytes:
    """The bytes of a file that somebody named. ContentError when it can't be read or is too large."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # one more than is taken: text_of sees that it is too large
    except (OSError, ValueError) as error:
        refuse(str(path), 1, f"filen går inte att läsa ({reason(error)})", SHOULD)


def text_of(name: str, data: bytes) -> str:
    """The text of a file. ContentError when it is too large or no text."""
    if len(data) > MOST_BYTES:
        refuse(name, 1, "filen är större än 5 MiB", "dela den i flera filer")
    for start, what in OTHER_FORMATS:
        if data.startswith(start):
            refuse(name, 1, f"filen är {what}", SHOULD)
    text = _decoded(data).removeprefix("\ufeff")
    if "\0" in text:
        refuse(name, _line_at(text, text.index("\0")), "här finns ett nolltecken: filen är ingen text", SHOULD)
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) * 50 > len(sample):
        refuse(name, 1, "filen är full av styrtecken: den är ingen text", SHOULD)
    return text


def lines_of(text: str) -> list[str]:
    """The lines of a text. U+2028 and its like end none: they are line breaks within a message."""
    return _LINE_END.split(text)


def refuse(name: str, line: int, what: str, should: str) -> NoReturn:
    """ContentError with one complaint."""
    raise ContentError((Complaint(name, line, what, should),))


def _line_at(text: str, place: int) -> int:
    return len(_LINE_END.findall(text, 0, place)) + 1


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _whole(data[len(mark) :], encoding)
    return _whole(data, _wide(data[:_SAMPLE]) or "utf-8")


def _wide(sample: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of western text is zero."""
    pairs = len(sample) // 2
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and max(high, low) * 2 > pairs and min(high, low) * 10 < pairs:
        return "utf-16-be" if high > low else "utf-16-le"
    return None


def _whole(data: bytes, encoding: str) -> str:
    """Decoded; a character cut off at the end is left out, and what is not UTF-8 is taken for Windows' own."""
    if encoding != "utf-8":
        return data[: len(data) // 2 * 2].decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        mostly = data.decode("utf-8", "replace")
    broken, right = mostly.count("\ufffd"), sum(ord(char) > 127 for char in mostly)
    return mostly if broken * 10 <= right else data.decode("cp1252", "replace")


def table_of(name: str, text: str, is_header: Callable[[tuple[str, ...]], bool], should: str) -> Table:
    """The table in a text, by whichever delimiter shows its header. ContentError when there is none, or it is broken.

    Rows may have any number of cells.
    """
    head = text[:_SAMPLE]
    for delimiter in sorted(DELIMITERS, key=head.count, reverse=True):
        top = _first(_rows(text, delimiter), HEADER_ROWS)
        place = next((number for number, (_, cells) in enumerate(top) if is_header(cells)), None)
        if place is not None:
            rows = _checked(name, text, delimiter)
            line, header = rows[place]
            return Table(tuple(rows[:place]), line, header, tuple(rows[place + 1 :]))
    return refuse(name, 1, f"ingen av de {HEADER_ROWS} första raderna är en rubrikrad", should)


def _first(rows: Iterator[T], most: int) -> list[T]:
    """As many rows as can be read, up to `most`."""
    found: list[T] = []
    try:
        for row in rows:
            found.append(row)
            if len(found) == most:
                break
    except csv.Error:
        pass  # told by _checked, if this is the delimiter
    return found


def _checked(name: str, text: str, delimiter: str) -> list[tuple[int, tuple[str, ...]]]:
    found: list[tuple[int, tuple[str, ...]]] = []
    last = 1
    try:
        for line, cells in _rows(text, delimiter):
            last = line + 1
            if len(cells) > MOST_CELLS:
                refuse(name, line, f"raden har {len(cells)} celler", f"högst {MOST_CELLS}: {SHOULD}")
            found.append((line, cells))
    except csv.Error as error:
        should = "stäng varje citattecken, och dubblera dem som står inuti en text"
        refuse(name, last, f"raden går inte att läsa som CSV ({error})", should)
    return found


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(the line where it begins, its cells without empty ones at the end) of every row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for row in reader:
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, tuple(cells)
        line = reader.line_num + 1
