"""R4: delivered twice, late, at once or after a restart, what is kept is what one orderly delivery keeps."""

import asyncio
import hashlib
import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bot.store.tx import Tx
from dialogs.events import Chose, Event, Said
from tests.people import UNKNOWN, Person, Village, village

PEOPLE, EVENTS, WINDOW = 40, 2000, 100
TEXTS = (
    "hej", "Vad räknas som landsbygd?", UNKNOWN, "checklista", "ja", "nej", "delvis", "verktyg", "in english",
    "på svenska", "mina frågor", "paus", "tillbaka", "😀", "   ", "ni då? och sen?", "19121212-1212 är mitt nummer",
)  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One thing a person will do: write a text, or press one of the choices of the last message that has any."""

    person: int
    key: str
    text: str
    press: int | None


@dataclass
class World:
    """Everybody, and what each event turned out to be when it was first delivered."""

    people: dict[int, Person] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)

    def move(self, place: Village) -> None:
        """The service has been started again."""
        for person in self.people.values():
            person.village = place

    async def deliver(self, place: Village, planned: Planned) -> None:
        person = self.people.setdefault(planned.person, Person(place, f"p{planned.person}"))
        event = self.events.setdefault(planned.key, self._event(person, planned))
        await person.does(event, planned.key)

    def _event(self, person: Person, planned: Planned) -> Event:
        shown = [message for message in person.shown if message.body.get("choices")]
        if planned.press is None or not shown:
            return Said(planned.text)
        choices = [each["id"] for each in max(shown, key=lambda message: message.number).body["choices"]]
        choice: str = choices[planned.press % len(choices)]
        return Said(planned.text) if choice.startswith("forget") else Chose(choice)


def plan(chance: random.Random) -> list[Planned]:
    return [
        Planned(
            chance.randrange(PEOPLE), f"{n:032x}", chance.choice(TEXTS), chance.choice((None, 0, 0, 1, 2, 3)),
        )
        for n in range(EVENTS)
    ]  # fmt: skip


def deliveries(planned: list[Planned], chance: random.Random) -> list[list[Planned]]:
    """Each event one to five times, in shuffled windows that keep each person's own order of first deliveries."""
    windows = []
    for start in range(0, len(planned), WINDOW):
        window: list[Planned] = []
        for person in chance.sample(range(PEOPLE), PEOPLE):
            own = [each for each in planned[start : start + WINDOW] if each.person == person]
            for nth, each in enumerate(own):
                window += [each, *chance.sample(own[: nth + 1], min(nth + 1, chance.randrange(3)))]
        early = planned[: start + 1]
        window += chance.sample(early, min(len(early), 20))
        windows.append(window)
    return windows


async def hand_in(place: Village, world: World, window: list[Planned]) -> None:
    """People side by side, each person's own deliveries in order but for the last two, which come at once."""
    mine: dict[int, list[Planned]] = defaultdict(list)
    for each in window:
        mine[each.person].append(each)

    async def one(own: list[Planned]) -> None:
        for each in own:
            await world.deliver(place, each)
        await asyncio.gather(*(world.deliver(place, each) for each in own[-2:]))

    await asyncio.gather(*(one(own) for own in mine.values()))


async def kept(place: Village, world: World) -> str:
    """A hash of everything kept, person by person, random names replaced by the order they appear in."""
    digest = hashlib.sha256()
    for number, person in sorted(world.people.items()):
        digest.update(await place.store.read(lambda tx, who=person: everything(tx, who)))  # type: ignore[misc]
        digest.update(str(number).encode())
    return digest.hexdigest()


def everything(tx: Tx, who: Person) -> bytes:
    person = tx.person_at("web", who.address or "") or ""
    asked = sorted(tx.questions_of(person), key=lambda question: question.number)
    found = {
        "messages": [(each.number, each.sender, each.body) for each in tx.messages(person, 0, 10_000)],
        "state": tx.state(person),
        "questions": [(f"F-{each.number}", each.text, each.state, each.candidates) for each in asked],
        "runs": [(run, vars(tx.run(person, run))) for (run,) in runs(tx, person)],
    }
    return nameless(json.dumps(found, default=str, ensure_ascii=False)).encode()


def runs(tx: Tx, person: str) -> list[tuple[str]]:
    return tx.db.execute("SELECT id FROM run WHERE person = ? ORDER BY rowid", (person,)).fetchall()


def nameless(text: str) -> str:
    """The text with run ids, rounds' and questions' codes numbered in the order they are first met."""
    met: dict[str, str] = {}
    codes = r"\b[0-9a-f]{10}\b|\bF-\d+\b|\bR-\w{4}-\w{4}\b|\bL-[\w-]{22}|\b(?:reword|withdraw):\d+|\"about\": \"\d+"
    return re.sub(codes, lambda found: met.setdefault(found[0], f"<{len(met)}>"), text)


async def test_deliveries_repeated_shuffled_and_interrupted_leave_what_one_orderly_delivery_leaves(
    tmp_path: Path,
) -> None:
    planned = plan(random.Random(7))
    async with village(tmp_path / "orderly.db") as place:
        orderly = World()
        for each in planned:
            await orderly.deliver(place, each)
        wanted = await kept(place, orderly)

    unruly, windows = World(), deliveries(planned, random.Random(8))
    middle = len(windows) // 2
    for part in (windows[:middle], windows[middle:]):
        async with village(tmp_path / "unruly.db") as place:
            unruly.move(place)
            for window in part:
                await hand_in(place, unruly, window)
            found = await kept(place, unruly)
    assert sum(map(len, windows)) > 1.5 * EVENTS
    assert unruly.events == orderly.events or found == wanted
    assert found == wanted
