"""Conversations held in the terminal, replayed through the core."""

from pathlib import Path

import pytest

from bot.channels.console import without_run
from dialogs.engine import CHOICES
from dialogs.events import Chose
from tests.journeys.replay import JOURNEYS, steps
from tests.talk import Talk, keys


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
def test_a_recorded_journey_goes_the_same_way_again(path: Path) -> None:
    talk = Talk()
    for event, expected in steps(path, talk.offered):
        assert keys(talk.hear(event).replies) == expected, event


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
def test_a_journey_presses_buttons_that_exist_and_names_no_run(path: Path) -> None:
    pressed = [event.choice for event, _ in steps(path, ()) if isinstance(event, Chose)]
    assert {choice.split(":")[0] for choice in pressed} <= CHOICES.keys()
    assert [without_run(choice) for choice in pressed] == pressed


def test_there_are_journeys() -> None:
    assert len(JOURNEYS) >= 5
