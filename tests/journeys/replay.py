"""Recorded conversations (`servicelotsen chat --record`), replayed through whatever answers events.

offered: list[str] = []
for event, expected in steps(path, offered):
    …answer the event, append the ids of the choices offered to `offered`, compare the keys with `expected`…
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dialogs.events import Arrived, Chose, Event, Said

JOURNEYS = tuple(sorted(Path(__file__).parent.glob("*.jsonl")))


def steps(path: Path, offered: Sequence[str]) -> Iterator[tuple[Event, list[str]]]:
    """Each event of a journey and the keys of its replies. The `*` of a recorded choice is a run's random id: it is
    found among the choices `offered` so far, the newest last, which the caller keeps.
    """
    for line in path.read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        yield _event(step, offered), step["replies"]


def _event(step: dict[str, Any], offered: Sequence[str]) -> Event:
    if "said" in step:
        return Said(step["said"])
    return Chose(_resolved(step["chose"], offered)) if "chose" in step else Arrived()


def _resolved(choice: str, offered: Sequence[str]) -> str:
    pattern = re.compile(re.escape(choice).replace(r"\*", "[^:]+"))
    return next((found for found in reversed(offered) if pattern.fullmatch(found)), choice)
