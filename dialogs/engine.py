"""One event in, one turn out.

The rules, in the order they are tried:
1. A choice names its own handler (CHOICES); it carries all it needs, so it is valid whatever the person is doing.
   Words that name one of the choices a walk or a round begins with are that choice while it stands open.
2. A command word works anywhere (the curator's commands.yaml says which words; COMMANDS below says what they do).
3. A code such as F-27 asks what became of that question; one such as R-7KQM-4XTP leads to a round, and a key to it
   makes one lead it.
4. Other text belongs to the dialog under way (DIALOGS); "ask" is the one that is always there.
Whatever happens, the turn offers a way on, and a checklist under way can be resumed from it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from inspect import Parameter, signature

from dialogs import (
    ask,
    bridge,
    desk,
    feedback,
    next_step,
    outcome,
    picking,
    polling,
    questions,
    reminding,
    service,
    subscribing,
    together,
    toolbox,
    walk,
)
from dialogs.clean import has_words
from dialogs.context import Context, Turn
from dialogs.definitions import Content
from dialogs.events import Arrived, CameBack, Chose, Event, Gathered, Said, Showed
from dialogs.records import Forget
from dialogs.replies import Reply
from dialogs.state import State
from dialogs.world import Found, Needs, World
from knowledge.query import Query

Handler = Callable[..., Turn]

CHOICES: Mapping[str, Handler] = {
    "start": service.start,
    "help": service.help_,
    "about": service.about,
    "webinar": service.webinar,
    "share": service.share,
    "poster": service.poster,
    "language": service.language,
    "lang": service.speak,
    "forget": service.forget,
    "ask": service.ask_away,
    "heard": service.heard,
    "return": service.return_link,
    "entry": ask.entry_chosen,
    "not": ask.not_meant,
    "send": ask.send,
    "mine": questions.mine,
    "sign": questions.sign,
    "withdraw": questions.withdraw,
    "reword": questions.reword,
    "meant": questions.meant,
    "questions": questions.listed,
    "support": questions.support,
    "tools": toolbox.tools,
    "tool": toolbox.tool,
    "calls": toolbox.calls,
    "checklist": walk.begin,
    "new": walk.new,
    "resume": walk.resume,
    "a": walk.answered,
    "note": walk.note,
    "why": walk.why,
    "back": walk.back,
    "show": walk.show,
    "pause": walk.pause,
    "reflect": walk.reflect,
    "keep": walk.keep,
    "reconsider": walk.reconsider,
    "longer": walk.longer,
    "result": outcome.result,
    "change": outcome.change,
    "document": outcome.document,
    "step": next_step.step,
    "who": next_step.who,
    "due": next_step.due,
    "remind": reminding.remind,
    "bridge": bridge.bridge,
    "together": together.begin,
    "round": together.enter,
    "poll": polling.poll,
    "vote": polling.vote,
    "feedback": feedback.feedback,
    "subscribe": subscribing.subscribe,
    "unsubscribe": subscribing.unsubscribe,
    "desk": desk.desk,
}
"""Verb of a choice id (`verb:argument:…`) → handler."""

OF_A_RUN = (
    "resume", "a", "note", "why", "back", "show", "reflect", "keep", "reconsider", "longer", "result", "change",
    "document", "step", "who", "due", "remind", "bridge",
)  # fmt: skip
"""Choices whose first argument is the run they belong to."""
WALKING = ("checklist", "new", "pause", *OF_A_RUN)
"""Choices that need the run, or move in it."""

COMMANDS: Mapping[str, str] = {
    "start": "start", "help": "help", "ask": "ask", "checklist": "checklist", "tools": "tools", "calls": "calls",
    "webinar": "webinar", "language": "language", "swedish": "lang:sv", "english": "lang:en", "mine": "mine",
    "questions": "questions", "round": "round", "poll": "poll", "feedback": "feedback", "forget": "forget",
    "about": "about", "back": "back", "pause": "pause", "prepare": "checklist:forbered-ansokan", "together": "together",
    "resume": "checklist:resume", "change": "checklist:change", "result": "checklist:result",
    "remind": "checklist:remind",
}  # fmt: skip
"""Command → the choice it stands for."""

DIALOGS: Mapping[str, Callable[[Context, str], Turn]] = {
    "ask": ask.said,
    "picking": picking.said,
    "checklist": walk.said,
    "note": walk.note_said,
    "reflection": walk.reflection_said,
    "step": next_step.step_said,
    "who": next_step.who_said,
    "day": next_step.day_said,
    "bridge": bridge.bridge_said,
    "reword": questions.reword_said,
    "sign": questions.sign_said,
    "ballot": polling.ballot_said,
    "feedback": feedback.feedback_said,
    "forget": service.forget_said,
}
"""Name of a dialog → who gets its free text."""

MATCHED = ("ask", "picking", "checklist", "reflection", "forget")
"""Dialogs in which free text may be a question."""
BRIEF: Mapping[str, str] = {
    "forget": "ask", "note": "checklist", "step": "ask", "who": "ask", "day": "ask", "bridge": "ask",
    "reword": "ask", "sign": "ask", "ballot": "ask", "feedback": "ask",
}  # fmt: skip
"""Dialogs that wait for the very next thing written → the one that goes on when a button is pressed instead."""

ONE_BACK: Mapping[str, str] = {"step": "result", "who": "step", "day": "who"}
"""Dialogs about the next step → the choice that is one step back from them."""

OPENING = frozenset((*COMMANDS.values(),)) - {"back", "pause", "forget"}
"""Choices on the first page, valid for somebody who has not said anything yet."""

PUBLIC = ("vote", "poll")
"""Choices that are everybody's: valid for one they were never offered to, as under a message in a group."""
OWN_NEEDS_OF_WORDS: Mapping[str, Callable[[State, World], Needs]] = {
    "ballot": polling.needs_of_words, "feedback": feedback.needs_of_words,
}  # fmt: skip
"""Dialogs whose free text does."""

WORDLESS = ("ballot", "feedback")
"""Dialogs that say themselves what they wanted, of what has no words."""
UNKNOWN = "unknown"
"""The choice a channel makes for a person who pressed something that was never offered to them."""

_CODE = re.compile(r"/?f[ -]?(\d{1,9})", re.IGNORECASE)


def needs(content: Content, state: State, event: Event, world: World) -> Needs:
    """What must be looked up before `step` can run with these."""
    found = _needs(content, state, event, world)
    if not (world.webinar and world.polling and _comes(state, event)):
        return found
    return replace(found, polls=world.webinar.code)


def _comes(state: State, event: Event) -> bool:
    """Whether somebody comes to the webinar with this, and to nothing else."""
    if isinstance(event, Arrived):
        return not (event.round or event.desk or event.returned)
    return not state.welcomed


def _needs(content: Content, state: State, event: Event, world: World) -> Needs:
    if isinstance(event, Arrived):
        return Needs(run=state.run if event.returned else None, round=event.round)
    if isinstance(event, CameBack):
        asked = state.open_question if state.dialog == "ask" else None
        return Needs(match=_query(state, asked.text, world) if asked else None, run=state.run)
    if isinstance(event, Gathered):
        return Needs(run=event.run)
    verb, *arguments = _choice(Context(content, state, world), event)
    if lookup := LOOKUPS.get(verb):
        return lookup(state, arguments, world)
    run = arguments[0] if verb in OF_A_RUN and arguments else state.run
    run = run if verb in WALKING or state.dialog != "ask" else None
    if isinstance(event, Said) and not verb:
        return _needs_of_words(state, event.text, world, run)
    return Needs(run=run, questions=verb == "bridge" and arguments[-1:] == ["send"])


def _first(arguments: list[str]) -> str:
    return arguments[0] if arguments else ""


def _round_needs(state: State, arguments: list[str], _: World) -> Needs:
    return Needs(round=_first(arguments) or state.round, joint=arguments[1:] == ["joint"])


def _asked_needs(state: State, arguments: list[str], world: World) -> Needs:
    asked = state.question(_first(arguments))
    return Needs(match=_query(state, asked.text, world) if asked else None)


def _heard_needs(state: State, _: list[str], world: World) -> Needs:
    return Needs(match=_query(state, state.heard, world) if state.heard else None, run=state.run)


def _code_needs(_state: State, arguments: list[str], _world: World) -> Needs:
    return Needs(code=_number(_first(arguments)))


LOOKUPS: Mapping[str, Callable[[State, list[str], World], Needs]] = {
    "round": _round_needs,
    "together": lambda state, *_: Needs(round=state.round),
    "not": _asked_needs,
    "send": _asked_needs,
    "sign": _asked_needs,
    "heard": _heard_needs,
    "mine": lambda *_: Needs(questions=True),
    "withdraw": _code_needs,
    "reword": _code_needs,
    "meant": _code_needs,
    "questions": lambda *_: Needs(public=True),
    "support": lambda *_: Needs(public=True),
    "poll": polling.needs,
    "vote": polling.needs,
    "feedback": feedback.needs,
    "desk": lambda *_: Needs(desk=True),
}
"""Verb of a choice → what is to be looked up for it, beside a run, given its arguments."""


def _needs_of_words(state: State, text: str, world: World, run: str | None) -> Needs:
    if code := _CODE.fullmatch(text.strip()):
        return Needs(code=int(code[1]))
    round_ = together.typed(text)
    if round_ and not together.only_words(text):
        return Needs(round=round_)
    if key := together.key_typed(text):
        return Needs(key=key)
    if state.dialog in OWN_NEEDS_OF_WORDS:
        return OWN_NEEDS_OF_WORDS[state.dialog](state, world)
    if state.dialog == "reword":
        return Needs(code=_number(state.about or ""))
    if state.dialog == "sign":
        return _asked_needs(state, [state.about or ""], world)
    matched = state.dialog in MATCHED and has_words(text)
    query = _query(state, text, world) if matched else None
    return Needs(match=query, questions=matched and state.dialog in ("ask", "picking"), run=run, round=round_)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _query(state: State, text: str, world: World) -> Query:
    return Query(text, state.language, world.webinar.code if world.webinar and world.live else None, state.previous)


def _choice(context: Context, event: Event) -> list[str]:
    """The choice that an event makes, split at its colons; [""] when it makes none."""
    if isinstance(event, Chose):
        return event.choice.split(":")
    if not isinstance(event, Said):
        return [""]
    command, state = context.content.commands.get(_word(event.text), ""), context.state
    if command == "back" and state.run and state.dialog in ONE_BACK:
        return [ONE_BACK[state.dialog], state.run]
    return (picking.typed(context, event.text) or COMMANDS.get(command, "")).split(":")


def _word(text: str) -> str:
    return text.casefold().strip().removeprefix("/").rstrip(" .!").replace("_", " ")


def step(content: Content, state: State, event: Event, world: World, found: Found) -> Turn:
    """What comes of an event. `found` answers what `needs` asked for with the same state and event."""
    if world.webinar:
        state = replace(state, webinar=world.webinar.code)
    context = Context(content, state, world, found)
    verb, *arguments = _choice(context, event)
    match event:
        case Arrived():
            return _arrived(context, event)
        case CameBack():
            return service.came_back(context)
        case Gathered():
            return walk.gathered(context, event.new)
        case Showed():
            shown = context.turn(context.say(f"showed.{event.what}", *ask.menu(context)))
            return _welcomed(context, _resumable(context, shown))
    if isinstance(event, Said) and not verb:
        turn = _said(context, event)
    else:
        turn = _chosen(context, verb, arguments)
        if _in_a_group(context, verb):
            return turn
        turn = _resumable(context, turn) if verb not in WALKING else turn
    return _welcomed(context, turn)


def _arrived(context: Context, event: Arrived) -> Turn:
    if event.desk is not None:
        return _welcomed(context, desk.arrived(context, event.desk))
    if event.returned:
        return _welcomed(context, service.returned(context))
    if event.round is not None:
        return _welcomed(context, together.enter(context, event.round, "join" if event.joins else ""))
    wrong = "link.lost" if event.lost else "return.taken" if event.taken else None
    said = (context.say(wrong, *ask.menu(context)),) if wrong else ()
    return _welcomed(context, Turn(context.state, said), anew=True)


def _said(context: Context, event: Said) -> Turn:
    if context.state.dialog not in DIALOGS:
        context = context.with_state(replace(context.state, dialog="ask"))
    if not has_words(event.text) and context.state.dialog not in WORDLESS:
        unread = context.say("ask.wordless" if event.text else "ask.empty", *ask.menu(context))
        turn = _resumable(context, context.turn(unread))
    elif _CODE.fullmatch(event.text.strip()):
        turn = questions.code(context)
    elif code := _round_typed(context, event.text):
        turn = together.enter(context, code)
    elif together.key_typed(event.text):
        turn = together.taken(context)
    elif together.like_a_key(event.text):
        turn = _resumable(context, context.turn(context.say("round.key_odd", *ask.menu(context))))
    else:
        turn = DIALOGS[context.state.dialog](context, event.text)
    if event.removed:
        kinds = ", ".join(context.texts(f"removed.{kind}") for kind in event.removed)
        turn = turn.after(context.say("clean.removed", kinds=kinds))
    return turn


def _round_typed(context: Context, text: str) -> str | None:
    """The code of a round in a text that is nothing else. What could be words is one only where there is that round."""
    code, found = together.typed(text), context.found.round
    return code if not together.only_words(text) or (found and found.code == code) else None


def _in_a_group(context: Context, verb: str) -> bool:
    """Whether it is a press under what stands in a group for all: it is confirmed, and leads to nothing else."""
    return verb == "vote" and context.world.shared


def _chosen(context: Context, verb: str, arguments: list[str]) -> Turn:
    handler = CHOICES.get(verb)
    if handler is None or not _takes(handler, len(arguments)):
        return context.turn(context.say("choice.unknown", *ask.menu(context)))
    left = _left(context)
    if left and verb != context.state.dialog and not _in_a_group(context, verb):
        context = context.with_state(replace(context.state, dialog=left))
    return handler(context, *arguments)


def _left(context: Context) -> str | None:
    """The dialog that goes on when a brief one is left: the walk, where somebody stopped at a statement to ask."""
    run = context.found.run
    walking = context.state.dialog == "bridge" and run is not None and not run.finished
    return "checklist" if walking else BRIEF.get(context.state.dialog)


@cache
def _takes(handler: Handler, count: int) -> bool:
    """Whether a handler can be called with so many arguments beside the context."""
    parameters = list(signature(handler).parameters.values())[1:]
    least = sum(parameter.default is Parameter.empty for parameter in parameters)
    return least <= count <= len(parameters)


def _resumable(context: Context, turn: Turn) -> Turn:
    """A turn that left the checklist, or the choice it begins with, for a moment, with the way back to it."""
    to = _under_way(turn.state)
    if not to or not turn.replies:
        return turn
    *others, last = turn.replies
    if last.kind == "statement" or any(f"{choice.id}:".startswith(f"{to}:") for choice in last.choices):
        return turn
    way = context.with_state(turn.state).choice(to, "walk.resume_plain", quiet=True)
    return replace(turn, replies=(*others, replace(last, choices=(*last.choices, way))))


def _under_way(state: State) -> str | None:
    """The choice that leads back to what stands open."""
    if state.dialog == "picking":
        return state.wanted
    return f"resume:{state.run}" if state.dialog in ("checklist", "reflection") and state.run else None


def _welcomed(context: Context, turn: Turn, *, anew: bool = False) -> Turn:
    """The first turn of a conversation begins with who is speaking, what is kept and how to reach a person."""
    forgotten = any(isinstance(record, Forget) for record in turn.records)
    if forgotten or (turn.state.welcomed and not anew):
        return turn
    here = context.with_state(replace(turn.state, welcomed=True))
    said = replace(turn, state=here.state, replies=(welcome(here, alone=not turn.replies), *turn.replies))
    return polling.late(here, said) if context.found.polls else said


def welcome(context: Context, *, alone: bool = True) -> Reply:
    """The first message. With nothing after it, it offers where to begin."""
    return service.welcome(context, alone=alone)
