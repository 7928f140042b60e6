"""Conversations held in the terminal, held again in Telegram: written, and pressed on the buttons that stand there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram.wire import data
from dialogs.events import Arrived, Chose, Event, Said
from tests.botapi.people import Person
from tests.journeys.replay import JOURNEYS, steps
from tests.telegram import TRANSPORTS, Village, in_telegram


@pytest.fixture(params=TRANSPORTS)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service over each transport. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, request.param) as found:
        yield found
        assert found.api.complaints == []


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
async def test_a_journey_goes_the_same_way_in_telegram(village: Village, path: Path) -> None:
    anna = village.api.user("Anna")
    offered: list[str] = []
    for event, expected in steps(path, offered):
        had, seen = len(await village.keys(anna)), len(anna.chat.events)
        does(anna, event)
        await village.settled()
        assert await said(village, anna, had) == expected, event
        news = [message for _, message in anna.chat.events[seen:]]
        assert len(news) == len(expected), event
        offered += [pressed for message in news for _, pressed in message.buttons]


def does(person: Person, event: Event) -> None:
    """Write it, or press the button: a choice that no button carries fails."""
    match event:
        case Arrived():
            person.starts()
        case Said(text):
            person.writes(text)
        case Chose(choice):
            person.presses(data=data(choice))
        case _:
            raise AssertionError(event)


async def said(village: Village, person: Person, had: int) -> list[str]:
    """The keys said since; what is said to somebody just forgotten is kept nowhere, and stands in the chat."""
    keys = await village.keys(person)
    if keys:
        return keys[had:]
    return ["forget.done"] if village.says("forget.done") in person.last.text else []


def test_there_are_journeys() -> None:
    assert JOURNEYS
