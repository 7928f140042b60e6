"""Conversations held in the terminal, held again through the API, through plain forms, and straight into the store."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.conversations import Inbound
from dialogs.events import Arrived, Chose, Event, Said
from tests.journeys.replay import JOURNEYS, steps
from tests.web import Person, Web, choices, fresh_key, told

Hear = Callable[[Event, list[str]], Awaitable[list[str]]]
"""Answers an event: gives the keys of what was said, and adds what was offered to the list."""


async def replay(path: Path, hear: Hear, *, arrives: bool) -> None:
    """Play a journey and compare the keys of what is said at every step.

    A page has no arrival of its own: what was said on arrival comes with the first thing that the person does.
    """
    offered: list[str] = []
    before: list[str] = []
    for event, expected in steps(path, offered):
        if isinstance(event, Arrived) and not arrives:
            before = expected
        else:
            assert await hear(event, offered) == before + expected, event
            before = []


def by_api(web: Web) -> Hear:
    """Through the API. The keys are not in its answers, so they are read from the store."""
    anna = web.person()

    async def hear(event: Event, offered: list[str]) -> list[str]:
        had = len(await web.keys(anna))
        body = {"text": event.text} if isinstance(event, Said) else {"choice": chosen(event)}
        messages = told(await anna.post(body))
        offered += choices(messages)
        return await said(web, anna, had)

    return hear


def by_form(web: Web) -> Hear:
    """Through the forms of the page."""
    anna, last = web.person(), "m-0"

    async def hear(event: Event, offered: list[str]) -> list[str]:
        nonlocal last
        had = len(await web.keys(anna))
        fields = {"text": event.text} if isinstance(event, Said) else {"choice": chosen(event)}
        answer = await anna.submit("/", key=fresh_key(), **fields)
        assert answer.status_code in (303, 200), "200 where a link is shown, which is kept nowhere"
        news = await anna.history(after=last)
        last = news[-1]["id"] if news else last
        offered += choices(news)
        return await said(web, anna, had)

    return hear


async def said(web: Web, person: Person, had: int) -> list[str]:
    """The keys said since; what is said to somebody just forgotten is kept nowhere."""
    return (await web.keys(person))[had:] if person.address else ["forget.done"]


def by_store(web: Web) -> Hear:
    """Through the conversations and the store, as the terminal does."""

    async def hear(event: Event, offered: list[str]) -> list[str]:
        inbound = Inbound("console", fresh_key(), event, "terminal", "terminal")
        handled = await web.service.conversations.handle(inbound)
        bodies = [message.body for message in handled.messages if message.sender != "you"]
        offered += [choice["id"] for body in bodies for choice in body.get("choices", ())]
        return [body["key"] for body in bodies]

    return hear


def chosen(event: Event) -> str:
    """The choice of an event that makes one."""
    assert isinstance(event, Chose)
    return event.choice


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
@pytest.mark.parametrize("way", [by_api, by_form])
async def test_a_journey_goes_the_same_way_on_the_web(web: Web, path: Path, way: Callable[[Web], Hear]) -> None:
    await replay(path, way(web), arrives=False)


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
async def test_a_journey_goes_the_same_way_through_the_store(web: Web, path: Path) -> None:
    await replay(path, by_store(web), arrives=True)


def test_there_are_journeys() -> None:
    assert JOURNEYS
