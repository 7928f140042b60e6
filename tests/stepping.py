"""People who have walked a short checklist on the web and taken a next step."""

import datetime as dt

from bot.store.tx import Tx
from dialogs.records import Run, Step
from tests.content import SHORT_WALK
from tests.web import Person, Web, choices

STEP = "Bjud in till ett möte"
DUE = dt.date(2027, 3, 15)
MONTH = dt.date(2026, 12, 23)
"""A month from the day that the web's clock stands at."""


async def walked(person: Person, answer: str = "nej") -> str:
    """Walk all of it with one answer; the run."""
    for start in ("checklist", *SHORT_WALK):
        messages = await person.choose(start)
    while any(each.startswith("a:") for each in choices(messages[-1:])):
        messages = await person.choose(next(each for each in choices(messages) if each.endswith(f":{answer}")))
    while "input" in messages[-1]:
        messages = await person.choose(next(each for each in choices(messages) if each.startswith("reflect:")))
    return next(each.split(":")[1] for each in choices(messages) if each.startswith("step:"))


async def stepped(person: Person, due: str = "15 mars") -> str:
    """Walk, and say what, who and by when; the run."""
    run = await walked(person)
    await person.choose(f"step:{run}")
    for said in (STEP, "Anna", due):
        await person.say(said)
    await person.choose(f"remind:{run}")
    return run


async def with_run(web: Web, person: str, run: str = "r1", due: dt.date | None = DUE) -> str:
    """A run with a step, straight into the store, for a person who is there already."""
    definition = web.service.library.content.checklists["fem-faktorer"]
    begun = Run(run, definition.id, definition.version, definition.edition, "lokal", "start", "short", web.clock())

    def keep(tx: Tx) -> None:
        tx.start_run(person, begun, definition.source)
        tx.take_step(run, Step(STEP, "Anna", due))

    await web.service.store.write(keep)
    return run
