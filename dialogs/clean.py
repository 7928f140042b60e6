"""What people write, made safe to keep: invisible and confusing characters out, personal numbers masked.

Cleaning never changes what a person meant: letters, digits, punctuation, emoji and line breaks stay as written.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

MOST_CHARACTERS = 4096

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = ("Cc", "Cf", "Co", "Cs", "Cn")  # controls, invisible marks, private use, half surrogates, unassigned
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]")
_NEW_EMOJI = re.compile("[\U0001f000-\U0001faff]")  # emoji younger than Python's table count as unassigned there
_JOINER, _COLOUR, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"  # they hold emoji together, and hide in words
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
    seen = [char for char in _BREAKS.sub("\n", text).replace("\t", " ") if _shows(char)]
    kept, marks = [""], 0
    for char, following in zip(seen, [*seen, ""][1:], strict=True):
        if char in (_JOINER, _COLOUR):
            if _holds_emoji(kept[-1], char, following):
                kept.append(char)
            continue
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    lines = [line.rstrip() for line in "".join(kept).strip().split("\n")]
    return "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1]))


def _shows(char: str) -> bool:
    if char in ("\n", _JOINER, _COLOUR) or _NEW_EMOJI.match(char):
        return True
    return unicodedata.category(char) not in _DROPPED and not _BLANK.match(char)


def _holds_emoji(before: str, char: str, following: str) -> bool:
    if char == _JOINER:
        return (before == _COLOUR or _is_symbol(before)) and _is_symbol(following)
    return _is_symbol(before) or before in ("\u203c", "\u2049", "\u2139", "\u3030") or following == _KEYCAP


def _is_symbol(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) in ("So", "Sm", "Sk") or bool(_NEW_EMOJI.match(char)))


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

    The check digit is asked for only where the digits could be something else, a telephone number or a day and a time
    of day: a number with a slip of the pen is still somebody's.
    """
    digits = _digits(text)[-10:]
    month, day = int(digits[2:4]), int(digits[4:6])
    real = 1 <= month <= 12 and 1 <= (day - 60 if day > 60 else day) <= 31
    return real and (not _ELSE.fullmatch(text) or _luhn(digits))


def _is_phone(text: str) -> bool:
    return not _WHEN.match(text)


def _is_card(text: str) -> bool:
    """A number that passes Luhn's check, alone or with the three digits from the back of a card after it."""
    digits = _digits(text)
    return _luhn(digits) or (len(digits) > 16 and _luhn(digits[:16]))


def _any(_: str) -> bool:
    return True


_GAP = r"[ \u00a0\u2009\u202f/.()‐‑‒–—−-]{0,3}"
_AT = r"(?:\s?@\s?|\s?[(\[{]\s?(?:at|a|@|snabel-?a)\s?[)\]}]\s?|\ssnabel-a\s)"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|punkt|\.)\s?[)\]}]\s?)"
_ELSE = re.compile(r"0[1-9]\d{8}|\d{4}-\d\d-\d\d [012]\d[0-5]\d")
_WHEN = re.compile(
    r"0\d[-./ ][01]\d[-./ ](?:19|20)\d\d(?!\d)"  # 05-11-2026
    rf"|[012]\d[.:][0-5]\d{_GAP}[012]\d[.:][0-5]\d(?!\d)"  # 08.30-16.00
    r"|[012]\d[0-5]\d ?[-–] ?[012]\d[0-5]\d\Z"  # 0830-1600
)

MASKS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        "e-post",
        re.compile(rf"(?<![\w.+-])[\w.+-]+{_AT}[\w-]+(?:{_DOT}[\w-]+){{0,8}}?{_DOT}[^\W\d_]{{2,}}", re.IGNORECASE),
        _any,
    ),
    (
        "kortnummer",
        re.compile(
            rf"(?<!\d)\d{{4}}{_GAP}(?:\d{{6}}{_GAP}\d{{4,5}}"
            rf"|\d{{4}}{_GAP}\d{{4}}{_GAP}(?:\d{{4}}{_GAP}\d{{3}}|\d{{1,7}}))(?!\d)"
        ),
        _is_card,
    ),
    (
        "personnummer",
        re.compile(
            rf"(?<!\d)(?:(?:18|19|20){_GAP})?\d\d{_GAP}\d\d{_GAP}\d\d{_GAP}\+?{_GAP}\d{{4}}(?!\d|[-./]\d\d(?!\d))"
        ),
        _is_personnummer,
    ),
    (
        "telefonnummer",
        re.compile(
            r"(?<!\d)(?<!(?<!\d)(?:19|20)\d\d[-./])(?<!(?<!\d)[0-3]\d[-.])"
            rf"(?:(?:\+|00){_GAP}(?=[1-9])(?:\d{_GAP}){{7,14}}\d"
            rf"|46{_GAP}(?=7)(?:\d{_GAP}){{8}}\d|0(?=[1-9])(?:{_GAP}\d){{7,9}})(?!\d)"
        ),
        _is_phone,
    ),
)
"""What is masked in the chat: name shown in brackets, shape, and the check that it really is one."""
