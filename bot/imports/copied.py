"""What somebody copied from another program's chat → its lines, without the names that stand before the words.

A name is known by its company alone: a time beside it, or other lines that begin in the same way. Everything else is
left as it is: a name that a moderator can take away is better than half a question.
"""

import re
from collections.abc import Sequence

from bot.imports.words import words

LEAST_NAMED = 2
"""Lines that begin with a name and a colon, for that to be how a chat is written."""
MOST_HEAD_CHARACTERS, MOST_NAMES = 100, 4
PARTICLES = frozenset(("af", "da", "de", "den", "der", "di", "la", "van", "von"))
_MARK = re.compile(r"^(?:[-–—*•·]|\d{1,2}[.)])\s+")
_WHEN = r"\[?(?:(?:\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}(?:/\d{2,4})?),? )?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[AaPp][Mm])?\]?"
_TIME_FIRST = re.compile(rf"{_WHEN}(?:\s+(?:[-–]\s+)?(?P<rest>\S.*))?")
_TIME_LAST = re.compile(rf"(?P<rest>.+?)\s+{_WHEN}")
_NAME = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*")
_ASIDE = re.compile(r"\s*\([^()]*\)$")


def messages(text: str) -> list[str]:
    """The words of each line that has any."""
    lines = [_MARK.sub("", line.strip()) for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    said = [_without_time(line) for line, after in zip(lines, [*lines, ""][1:], strict=True)
            if not (after and _is_head(line))]  # fmt: skip
    named = [line for line in said if _named(line)]
    return [_named(line) or line for line in said] if len(named) >= max(LEAST_NAMED, len(said) / 2) else said


def _is_head(line: str) -> bool:
    """Whether a line says nothing but when, and who said what follows."""
    if len(line) > MOST_HEAD_CHARACTERS:
        return False
    found = _TIME_FIRST.fullmatch(line) or _TIME_LAST.fullmatch(line)
    return found is not None and (not found["rest"] or _is_name(found["rest"].rstrip(",")))


def _without_time(line: str) -> str:
    """The words after a time and a name."""
    found = _TIME_FIRST.fullmatch(line)
    return (_named(found["rest"] or "") if found else "") or line


def _named(line: str) -> str:
    """The words after a name and a colon; empty when it does not begin so."""
    name, _, said = line.partition(":")
    return said.strip() if said[:1].isspace() and _is_name(name.strip()) else ""


def _is_name(text: str) -> bool:
    names: Sequence[str] = _ASIDE.sub("", text[:MOST_HEAD_CHARACTERS]).split()
    if len(text) > MOST_HEAD_CHARACTERS or not 0 < len(names) <= MOST_NAMES or text.casefold() in words().labels:
        return False
    return names[-1] not in PARTICLES and all(
        _NAME.fullmatch(name) and (name in PARTICLES or not name[0].islower()) for name in names
    )
