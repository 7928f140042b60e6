"""Days as people write them and as they are told them, in Swedish and English."""

import datetime as dt
import re
from contextlib import suppress

from dialogs.texts import Texts

MONTHS = {
    name: number
    for number, names in enumerate(
        ("januari january", "februari february", "mars march", "april", "maj may", "juni june", "juli july",
         "augusti august", "september", "oktober october", "november", "december"), 1)
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("måndag monday", "tisdag tuesday", "onsdag wednesday", "torsdag thursday", "fredag friday", "lördag saturday",
         "söndag sunday"))
    for name in names.split()
}  # fmt: skip
SPANS = {"dag": 1, "dagar": 1, "day": 1, "days": 1, "vecka": 7, "veckor": 7, "week": 7, "weeks": 7,
         "månad": 30, "månader": 30, "mån": 30, "month": 30, "months": 30, "halvår": 182, "år": 365, "year": 365,
         "years": 365}  # fmt: skip
NUMBERS = {
    name: number
    for number, names in enumerate(
        ("en ett a an one", "två two", "tre three", "fyra four", "fem five", "sex six", "sju seven", "åtta eight",
         "nio nine", "tio ten"), 1)
    for name in names.split()
}  # fmt: skip
NEAR = {"i övermorgon": 2, "day after tomorrow": 2, "i dag": 0, "idag": 0, "today": 0, "i morgon": 1, "imorgon": 1,
        "tomorrow": 1, "nästa vecka": 7, "next week": 7, "nästa månad": 30, "next month": 30}  # fmt: skip
MOST_DAYS = 1830
"""Five years: further off is a slip of the pen."""

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:[ /-](\d{4}))?\b")
_BRIEFLY = {"sept": 9, **{name[:3]: number for name, number in MONTHS.items()}}
_ORDINAL = r"(?::?e|:a|st|nd|rd|th)?"
_NAMED = re.compile(
    rf"\b(?:(\d{{1,2}}){_ORDINAL}\.? (?:of )?)?({'|'.join([*MONTHS, *_BRIEFLY])})\b\.?"
    rf"(?: (\d{{1,2}}){_ORDINAL}\b)?(?:,? (\d{{4}})\b)?"
)
_SPAN = re.compile(r"\b(?:om|in) (\d{1,3}|[a-zåäö]+) ([a-zåäö]+)")


def told(day: dt.date, today: dt.date, texts: Texts) -> str:
    """A day as one says it, "fredag 4 december"; with the year when it is another than this."""
    weekday, month = (texts(key).split()[index] for key, index in (
        ("day.weekdays", day.weekday()), ("day.months", day.month - 1),
    ))  # fmt: skip
    key = "day.told" if day.year == today.year else "day.told_year"
    return texts(key, weekday=weekday, day=day.day, month=month, year=day.year)


def day_in(text: str, today: dt.date) -> dt.date | None:
    """The day a text speaks of, from today on and within five years; None when it speaks of none that can be told."""
    folded = " ".join(text.casefold().split())
    day = _near(folded, today) or _iso(folded) or _slashed(folded, today) or _span(folded, today) or _named(
        folded, today
    ) or _weekday(folded, today)  # fmt: skip
    return day if day and today <= day <= today + dt.timedelta(days=MOST_DAYS) else None


def _near(text: str, today: dt.date) -> dt.date | None:
    near = (days for word, days in NEAR.items() if re.search(rf"\b{word}\b", text))
    return next((today + dt.timedelta(days=days) for days in near), None)


def _iso(text: str) -> dt.date | None:
    found = _ISO.search(text)
    return _date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _slashed(text: str, today: dt.date) -> dt.date | None:
    """15/3: the day first, as both languages do here."""
    found = _SLASHED.search(text)
    return _coming(found[3], int(found[2]), int(found[1]), today) if found else None


def _named(text: str, today: dt.date) -> dt.date | None:
    """15 mars, 15 mars 2027, March 15; a month alone is its last day."""
    for found in _NAMED.finditer(text):
        month = MONTHS.get(found[2]) or _BRIEFLY[found[2]]
        if day := found[1] or found[3]:
            return _coming(found[4], month, int(day), today)
        if found[4] or _alone(text, found[2]):
            return _end_of(found[4], month, today)
    return None


def _alone(text: str, name: str) -> bool:
    """Whether a month without a day is meant: Jan may be a person, "may" a maybe, and jul is Christmas."""
    if name in MONTHS and name != "may":
        return True
    return name != "jul" and re.fullmatch(rf"(?:.*\b(?:i|av|före|in|of|by|before) )?{name}[.!]*", text) is not None


def _span(text: str, today: dt.date) -> dt.date | None:
    """om två veckor, in 10 days."""
    found = _SPAN.search(text)
    if not found or found[2] not in SPANS:
        return None
    count = int(found[1]) if found[1].isdecimal() else NUMBERS.get(found[1], 0)
    return today + dt.timedelta(days=count * SPANS[found[2]]) if count else None


def _weekday(text: str, today: dt.date) -> dt.date | None:
    """The next such day, never today."""
    number = next((number for name, number in WEEKDAYS.items() if re.search(rf"\b{name}(en)?\b", text)), None)
    return None if number is None else today + dt.timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _coming(year: str | None, month: int, day: int, today: dt.date) -> dt.date | None:
    """The day in the year named, else the next time it comes."""
    if year:
        return _date(int(year), month, day)
    found = _date(today.year, month, day)
    return found if found and found >= today else _date(today.year + 1, month, day)


def _end_of(year: str | None, month: int, today: dt.date) -> dt.date | None:
    for each in (int(year),) if year else (today.year, today.year + 1):
        first_after = _date(each + month // 12, month % 12 + 1, 1)
        if first_after and (year or first_after > today):
            return first_after - dt.timedelta(days=1)
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    with suppress(ValueError):
        return dt.date(year, month, day)
    return None
