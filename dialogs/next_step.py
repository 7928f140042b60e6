"""The one next step of a result: what, who, and by when."""

import datetime as dt
import re
from dataclasses import replace

from dialogs import checklist as rules
from dialogs.context import Context, Turn
from dialogs.dates import day_in
from dialogs.outcome import definition_of, gone, stepped
from dialogs.records import Run, Step, TakeStep
from dialogs.replies import Choice, Reply, quoted
from dialogs.walk import answer_in_words

OFFERED_GAPS = 4
SOON = (14, 30, 90)
"""Days from now that are offered."""
MOST_STEP_CHARACTERS = 200
MOST_WHO_CHARACTERS = 80
LEAST_SAID = 24
"""A sentence of fewer characters hardly says what to do: "Sätt ett datum nu."."""


def step(context: Context, _run_id: str, statement: str = "") -> Turn:
    """`step:<run>[:<statement>]`: what to do next: the advice for one of the largest gaps, or words of one's own."""
    run = context.found.run
    if run is None:
        return gone(context)
    found = definition_of(context, run).statement_by_id.get(statement)
    if found:
        return _taken(context, run, context.word(found.advice))
    gaps = [gap for profile in rules.profile(definition_of(context, run), run) for gap in profile.gaps[:2]]
    choices = [Choice(f"step:{run.id}:{gap.id}", _briefly(context.word(gap.advice))) for gap in gaps[:OFFERED_GAPS]]
    back = context.choice(f"result:{run.id}", "result.whole", quiet=True)
    state = replace(context.state, dialog="step", run=run.id)
    key = "step.what" if choices else "step.what_own"
    return Turn(state, (replace(context.say(key, *choices, back), input="step"),))


def _briefly(advice: str) -> str:
    """What to do, without what is said about it: the first sentence, or the first two where that says too little."""
    first, *rest = re.split(r"(?<=[.!?]) ", advice)
    return " ".join([first, *rest[: len(first) < LEAST_SAID]])


def step_said(context: Context, text: str) -> Turn:
    """The next step in the person's own words."""
    run = context.found.run
    return _taken(context, run, " ".join(text.split())) if run else gone(context)


def _taken(context: Context, run: Run, what: str) -> Turn:
    taken = Step(what[:MOST_STEP_CHARACTERS], run.step.who if run.step else "", run.step.due if run.step else None)
    return _who(context, replace(run, step=taken), (TakeStep(run.id, taken),))


def _who(context: Context, run: Run, records: tuple[TakeStep, ...] = ()) -> Turn:
    nobody = context.choice(f"who:{run.id}:none", "step.nobody_yet")
    state = replace(context.state, dialog="who", run=run.id)
    back = context.choice(f"step:{run.id}", "walk.back", quiet=True)
    asked = replace(context.say("step.who", nobody, back, what=quoted(run.step.what if run.step else "")), input="who")
    return Turn(state, (asked,), records)


def who(context: Context, run_id: str, nobody: str = "") -> Turn:
    """`who:<run>[:none]`: who does it, asked again; or nobody has it yet."""
    run = context.found.run
    if nobody or run is None:
        return _named(context, "")
    return _who(context, run) if run.step else step(context, run_id)


def who_said(context: Context, text: str) -> Turn:
    """Who does it: a name or a role; nobody, when the words say so."""
    run = context.found.run
    nobody = run and answer_in_words(definition_of(context, run), text) in (rules.NO, rules.UNKNOWN)
    return _named(context, "" if nobody else " ".join(text.split())[:MOST_WHO_CHARACTERS])


def _named(context: Context, name: str) -> Turn:
    run = context.found.run
    if run is None or run.step is None:
        return gone(context)
    later = replace(run, step=replace(run.step, who=name))
    return _when(context, later, (TakeStep(run.id, later.step),) if later.step else ())


def _when(context: Context, run: Run, records: tuple[TakeStep, ...] = (), *, again: bool = False) -> Turn:
    choices = [context.choice(f"due:{run.id}:{days}", f"step.in.{days}") for days in SOON]
    choices.append(context.choice(f"due:{run.id}:none", "step.no_day"))
    choices.append(context.choice(f"who:{run.id}", "walk.back", quiet=True))
    state = replace(context.state, dialog="day", run=run.id)
    return Turn(state, (replace(context.say("step.unclear_day" if again else "step.when", *choices), input="day"),),
                records)  # fmt: skip


def due(context: Context, _run_id: str, days: str) -> Turn:
    """`due:<run>:<days>|none`: by when."""
    day = context.world.now.date() + dt.timedelta(days=int(days)) if days.isdecimal() and len(days) < 4 else None
    return _dated(context, day)


def day_said(context: Context, text: str) -> Turn:
    """The day in words: "15 mars", "2027-03-15", "om två veckor"; asked again when it can't be read, or has been."""
    run = context.found.run
    if run is None or run.step is None:
        return gone(context)
    if answer_in_words(definition_of(context, run), text) in (rules.NO, rules.UNKNOWN):
        return _dated(context, None)
    day = day_in(text, context.world.now.date())
    return _dated(context, day) if day else _when(context, run, again=True)


def _dated(context: Context, day: dt.date | None) -> Turn:
    run = context.found.run
    if run is None or run.step is None:
        return gone(context)
    later = replace(run, step=replace(run.step, due=day))
    state = replace(context.state, dialog="ask", statement=None, heard=None)
    there = context.with_state(state)
    return Turn(state, (_told(there, later),), (TakeStep(run.id, later.step),) if later.step else ())


def _told(context: Context, run: Run) -> Reply:
    return context.say(
        "step.taken",
        context.choice(f"remind:{run.id}", "remind.choose"),
        context.choice(f"document:{run.id}", "document.choose"),
        context.choice(f"step:{run.id}", "step.change", quiet=True),
        context.choice(f"result:{run.id}", "result.whole", quiet=True),
        step=stepped(context, run),
    )
