"""What people write, made safe to keep: invisible and confusing characters out, personal numbers masked.

Cleaning never changes what a person meant: letters, digits, punctuation, emoji and line breaks stay as written.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

MOST_CHARACTERS = 4096
MOST_NAME_CHARACTERS = 80

_KEEP = "\n\u200d\ufe0f"  # line breaks; joiner and variation selector hold emoji together
_DROPPED = (
    "Cc",
    "Cf",
    "Co",
    "Cs",
    "Cn",
)  # controls, invisible and bidi marks, private use, half surrogates, unassigned
_MOST_MARKS = 4  # combining marks on one letter; Vietnamese and Hebrew need three


@dataclass(frozen=True)
class Cleaned:
    """A text that may be stored, and the kinds of personal data that were taken out of it."""

    text: str
    removed: tuple[str, ...] = ()


def clean(text: str) -> Cleaned:
    """Clean and mask what a person wrote in the chat. Linear in the length of the text."""
    masked = visible(text)
    removed = []
    for kind, pattern, real in MASKS:
        masked, count = _mask(masked, kind, pattern, real)
        removed += [kind] * bool(count)
    return Cleaned(masked, tuple(removed))


def visible(text: str) -> str:
    """The text without control, invisible and private-use characters, floods of marks, and space around it."""
    kept, marks = [], 0
    for char in text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\t", " "):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if (category not in _DROPPED or char in _KEEP) and marks <= _MOST_MARKS:
            kept.append(char)
    lines = [line.rstrip() for line in "".join(kept).strip().split("\n")]
    return "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1]))


def has_words(text: str) -> bool:
    """Whether the text holds a letter or a digit: emoji and punctuation alone say nothing to search for."""
    return any(char.isalnum() for char in text)


def _mask(text: str, kind: str, pattern: re.Pattern[str], real: Callable[[str], bool]) -> tuple[str, int]:
    count = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        if not real(match[0]):
            return match[0]
        count += 1
        return f"[{kind}]"

    return pattern.sub(replaced, text), count


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _luhn(digits: str) -> bool:
    """Luhn's check over a whole number, its last digit the check digit (ISO/IEC 7812-1 annex B)."""
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_personnummer(text: str) -> bool:
    """A day that exists (samordningsnummer add 60) in the last ten digits; Skatteverket SKV 704.

    The check digit is not asked for: a number with a slip of the pen is still somebody's.
    """
    digits = _digits(text)[-10:]
    month, day = int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and 1 <= (day - 60 if day > 60 else day) <= 31


def _is_phone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


def _is_card(text: str) -> bool:
    return 13 <= len(_digits(text)) <= 19 and _luhn(_digits(text))


def _any(_: str) -> bool:
    return True


MASKS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("e-post", re.compile(r"[\w.+-]{1,64}(?:@|\(at\)|\[at\])[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), _any),
    ("kortnummer", re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\d)"), _is_card),
    ("personnummer", re.compile(r"(?<![\d-])(?:\d{2} ?)?\d{6} ?[-+–]? ?\d{4}(?![\d-])"), _is_personnummer),
    (
        "telefonnummer",
        re.compile(
            r"(?<![\d\w])(?:(?:\+|00)\d{1,3}[ -]?(?:\(0\))?|0)[ -]?\d{1,3}(?:[ /–-]{0,3}\d{2,4}){2,4}(?![\d\w])"
        ),
        _is_phone,
    ),
)
"""What is masked in the chat: name shown in brackets, shape, and the check that it really is one."""
