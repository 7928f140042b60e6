"""People write days in their own way, and are asked again rather than misunderstood."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.dates import MONTHS, MOST_DAYS, NEAR, NUMBERS, SPANS, WEEKDAYS, day_in, told
from dialogs.next_step import SOON
from tests.talk import shipped_content

MONDAY = dt.date(2026, 11, 23)

WRITTEN = {
    "i dag": "2026-11-23", "Idag": "2026-11-23", "today": "2026-11-23",
    "i morgon kväll": "2026-11-24", "imorgon": "2026-11-24", "tomorrow": "2026-11-24",
    "i övermorgon": "2026-11-25", "the day after tomorrow": "2026-11-25",
    "nästa vecka": "2026-11-30", "next week": "2026-11-30", "nästa månad": "2026-12-23",
    "15 mars": "2027-03-15", "den 15 mars": "2027-03-15", "Den 15:e mars 2028": "2028-03-15", "15e mars": "2027-03-15",
    "15 mar.": "2027-03-15", "15. mars": "2027-03-15", "senast den 1:a maj": "2027-05-01", "klart 5 juni": "2027-06-05",
    "fredagen den 15 januari": "2027-01-15", "5 juni kl 14": "2027-06-05", "15 jul": "2027-07-15",
    "March 15": "2027-03-15", "March 15th": "2027-03-15", "March 15, 2028": "2028-03-15",
    "15 March 2028": "2028-03-15", "the 15th of March": "2027-03-15", "Sept 3": "2027-09-03", "Mar 3rd": "2027-03-03",
    "Monday 7 December": "2026-12-07", "May 1": "2027-05-01",
    "23 november": "2026-11-23", "22 november": "2027-11-22", "29 februari 2028": "2028-02-29",
    "mars": "2027-03-31", "i slutet av mars": "2027-03-31", "mars 2028": "2028-03-31", "november": "2026-11-30",
    "december": "2026-12-31", "i feb": "2027-02-28", "feb 2028": "2028-02-29", "by the end of May": "2027-05-31",
    "may": "2027-05-31", "May 2028": "2028-05-31",
    "2027-03-15": "2027-03-15", "senast 2027-3-5": "2027-03-05",
    "15/3": "2027-03-15", "15/3 2028": "2028-03-15", "15/3-2028": "2028-03-15", "ons 25/11": "2026-11-25",
    "om två veckor": "2026-12-07", "om 2 veckor": "2026-12-07", "om en vecka": "2026-11-30",
    "om tio dagar": "2026-12-03",
    "om tre månader": "2027-02-21", "om 3 mån": "2027-02-21", "om ett halvår": "2027-05-24", "om ett år": "2027-11-23",
    "in two weeks": "2026-12-07", "in 10 days": "2026-12-03", "in a month": "2026-12-23", "in a year": "2027-11-23",
    "på fredag": "2026-11-27", "nästa fredag": "2026-11-27", "fredagen": "2026-11-27", "by Friday": "2026-11-27",
    "på måndag": "2026-11-30", "Sunday": "2026-11-29",
}  # fmt: skip

UNTOLD = (
    "", "snart", "15", "den 15", "31 april", "30 februari 2027", "2026-02-30", "99/99", "0/0", "0 mars", "2025-03-15",
    "15 mars 2025", "2040-01-01", "om 0 dagar", "om 999 veckor", "om några dagar", "till jul", "Jan fixar det",
    "we may do it", "i dagarna", "vi daglig", "marsipan", "augustifesten", "sommaren", "en vardag", "0000-00-00",
    "1 januari 9999", "december 9999", "15 mars 0000",
)  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_a_day_is_told_from_how_people_write_it(written: str) -> None:
    more = f"Helst {written}!" if " " in written else f"{written}!"
    for text in (written, written.upper(), f"  {written.replace(' ', '   ')}\n", more):
        assert day_in(text, MONDAY) == dt.date.fromisoformat(WRITTEN[written]), text


@pytest.mark.parametrize("written", UNTOLD)
def test_what_is_no_day_or_has_been_or_is_far_off_is_not_guessed_at(written: str) -> None:
    assert day_in(written, MONDAY) is None


WORDS = st.sampled_from(
    [*MONTHS, *WEEKDAYS, *SPANS, *NUMBERS, *NEAR, "om", "in", "den", "of", "/", "-", "e", ":e", ".", ","]
)
NUMBER = st.integers(0, 9999).map(str)
TEXTS = st.text() | st.lists(WORDS | NUMBER | st.text(max_size=3), max_size=8).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words), "-".join(words)])
)
TODAYS = st.dates(dt.date(2020, 1, 1), dt.date(2100, 12, 31))


@given(TEXTS, TODAYS)
def test_whatever_is_written_there_is_a_day_within_five_years_or_none(text: str, today: dt.date) -> None:
    day = day_in(text, today)
    assert day is None or today <= day <= today + dt.timedelta(days=MOST_DAYS)


@given(TODAYS, st.integers(0, MOST_DAYS))
def test_every_coming_day_can_be_written_in_full(today: dt.date, ahead: int) -> None:
    day = today + dt.timedelta(days=ahead)
    swedish, english = ([name for name, number in MONTHS.items() if number == day.month][each] for each in (0, -1))
    for written in (
        day.isoformat(), f"{day.day}/{day.month} {day.year}", f"den {day.day} {swedish} {day.year}",
        f"{english} {day.day}, {day.year}", f"the {day.day}th of {english.title()} {day.year}",
    ):  # fmt: skip
        assert day_in(written, today) == day, written


@given(TODAYS, st.integers(0, 300))
def test_a_day_without_a_year_is_the_next_one(today: dt.date, ahead: int) -> None:
    day = today + dt.timedelta(days=ahead)
    swedish = next(name for name, number in MONTHS.items() if number == day.month)
    assert day_in(f"{day.day} {swedish}", today) == day


@given(TODAYS, st.sampled_from(sorted(WEEKDAYS)))
def test_a_weekday_is_within_the_week_to_come_and_never_today(today: dt.date, name: str) -> None:
    day = day_in(name, today)
    assert day
    assert day.weekday() == WEEKDAYS[name]
    assert 1 <= (day - today).days <= 7


def test_the_days_offered_are_days_that_can_be_kept() -> None:
    assert all(0 < days <= MOST_DAYS for days in SOON)


@pytest.mark.parametrize("language", ["sv", "en"])
@given(st.integers(0, MOST_DAYS))
def test_a_day_is_told_so_that_it_is_read_as_the_same_day_with_the_year_only_where_it_is_another(
    language: str, away: int
) -> None:
    day = MONDAY + dt.timedelta(days=away)
    words = told(day, MONDAY, shipped_content().texts[language])
    assert day_in(words, MONDAY) == day
    assert WEEKDAYS[words.split()[0].casefold()] == day.weekday()
    assert (str(day.year) in words) == (day.year != MONDAY.year)
