"""Conversations held in the terminal, held again through the API, through forms, and straight into the store."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.conversations import Inbound
from dialogs.events import Arrived, Chose, Event, Said
from tests.journeys.replay import JOURNEYS, steps
from tests.web import Json, Person, Web, choices, fresh_key, told

Hear = Callable[[Event], Awaitable[None]]
ids = [path.stem for path in JOURNEYS]


async def replayed(path: Path, web: Web, hear: Callable[[Event, list[str]], Awaitable[list[str]]]) -> None:
    """Play a journey, comparing the keys of what is said at every step.

    A page has no arrival of its own: the welcome comes with the first thing said, and later arrivals are left out.
    """
    offered: list[str] = []
    waiting: list[str] = []
    for event, expected in steps(path, offered):
        if isinstance(event, Arrived):
            waiting = expected
            continue
        said = await hear(event, offered)
        assert said == [*waiting, *expected], event
        waiting = []
