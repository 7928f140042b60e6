"""How far a webinar has come, before anybody has said anything of it."""

import datetime as dt
from dataclasses import replace

import pytest

from dialogs.world import phase_of
from tests.talk import WEBINAR, shipped_content

TODAY = dt.date(2026, 11, 23)
LANDET = shipped_content().webinars[WEBINAR]


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        ("2026-11-23", "planned"),
        ("2026-12-01", "planned"),
        ("2026-11-22", "closed"),
        ("", "planned"),
        ("nån gång", "planned"),
    ],
)
def test_a_new_webinar_is_planned_until_its_day_has_passed(day: str, phase: str) -> None:
    new = replace(LANDET, example=False, details={"date": {"sv": day, "en": day}})
    assert phase_of(new, None, TODAY) == phase
    assert phase_of(new, "open", TODAY) == "open", "what somebody has said of it goes before"


def test_an_example_without_a_day_is_over_and_so_is_what_there_is_not() -> None:
    assert phase_of(LANDET, None, TODAY) == "closed"
    assert phase_of(None, None, TODAY) == "closed"
