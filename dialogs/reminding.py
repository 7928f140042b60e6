"""Being reminded of the next step: when, and by which way, as the person chooses."""

import datetime as dt
from dataclasses import replace

from dialogs.context import Context, Turn
from dialogs.definitions import Content
from dialogs.outcome import gone, stepped
from dialogs.records import Remind, Run
from dialogs.replies import Choice, File, Link, Reply
from dialogs.state import State
from dialogs.world import World

LATER = 30
"""Days after which one is reminded in any case."""
BEFORE = 1
"""Days before the day that was chosen."""
APART = 7
"""Two reminders that are nearer each other are one: the one before the chosen day."""


def days(run: Run, today: dt.date) -> tuple[dt.date, ...]:
    """The days to be reminded on: in a month, and just before the chosen day."""
    later = today + dt.timedelta(days=LATER)
    before = run.step.due - dt.timedelta(days=BEFORE) if run.step and run.step.due else None
    if before is None or before <= today:
        return (later,)
    return (before,) if abs(before - later) < dt.timedelta(days=APART) else tuple(sorted((before, later)))


def event_day(run: Run, today: dt.date) -> dt.date:
    """The day in the calendar: the one chosen, or in a month."""
    return run.step.due if run.step and run.step.due else today + dt.timedelta(days=LATER)


def remind(context: Context, _run_id: str, way: str = "") -> Turn:
    """`remind:<run>[:here|mail|file|none]`: by which way; nobody is reminded who has not asked for it."""
    run = context.found.run
    if run is None:
        return gone(context)
    on = days(run, context.world.now.date())
    back = context.choice(f"result:{run.id}", "result.whole", quiet=True)
    first, *more = [_why(context, run, day) for day in on]
    told = context.texts("remind.both", first=first, second=more[0]) if more else first
    if way == "none":
        return context.turn(context.say("remind.none", back), records=(Remind(run.id, "", ()),))
    if way == "here":
        stop = context.choice(f"remind:{run.id}:none", "remind.stop", quiet=True)
        key = "remind.here_sent" if context.world.sends else "remind.here_waits"
        also = () if context.world.sends else (context.choice(f"remind:{run.id}:file", "remind.way.file"),)
        return context.turn(context.say(key, *also, stop, back, days=told), records=(Remind(run.id, "here", on),))
    if way == "file":
        file = File(f"reminder/{run.id}.{context.language}.ics", context.texts("remind.file"))
        day = context.day(event_day(run, context.world.now.date()))
        return context.turn(replace(context.say("remind.file_here", back, day=day), file=file))
    if way == "mail" and "mail" in context.world.doors:
        link = Link(context.texts("remind.mail_page"), context.world.doors["mail"] + run.id)
        return context.turn(replace(context.say("remind.mail_here", back), links=(link,)))
    return context.turn(context.say("remind.offer", *_ways(context, run), back, days=told))


def _ways(context: Context, run: Run) -> list[Choice]:
    names = ["here", *(["mail"] if "mail" in context.world.doors else []), "file"]
    ways = [context.choice(f"remind:{run.id}:{name}", f"remind.way.{name}") for name in names]
    ways.append(context.choice("return", "menu.return", quiet=True))
    if run.reminders:
        ways.append(context.choice(f"remind:{run.id}:none", "remind.stop", quiet=True))
    return ways


def _why(context: Context, run: Run, day: dt.date) -> str:
    """A day to be reminded on, with why it is that one."""
    before = run.step is not None and run.step.due == day + dt.timedelta(days=BEFORE)
    return context.texts("remind.before" if before else "remind.later", day=context.day(day), count=LATER)


def reminder(content: Content, run: Run, language: str, world: World) -> Reply:
    """What is said when the day has come."""
    context = Context(content, State(language=language), world)
    return context.say(
        "remind.now" if run.step else "remind.now_no_step",
        context.choice(f"result:{run.id}", "walk.show_result"),
        context.choice(f"step:{run.id}", "step.change" if run.step else "step.choose"),
        context.choice("new", "remind.again"),
        context.choice(f"remind:{run.id}:none", "remind.stop", quiet=True),
        step=stepped(context, run),
    )
