"""The bridge from a checklist to the moderators: asking about exactly the statement that was no or don't know."""

from dataclasses import replace

from dialogs import checklist as rules
from dialogs.ask import queued
from dialogs.context import Context, Turn
from dialogs.definitions import Statement
from dialogs.outcome import definition_of, gone, labels, whole, worded
from dialogs.records import Run
from dialogs.replies import Choice
from dialogs.walk import answer_in_words, resume

OPENS = (rules.NO, rules.UNKNOWN)
"""Answers that one may ask about."""


def bridge(context: Context, _run_id: str, about: str, sure: str = "") -> Turn:
    """`bridge:<run>:<factor>|<statement>[:send]`: which statement; then what is sent, and a yes to sending it."""
    run = context.found.run
    if run is None:
        return gone(context)
    statement = definition_of(context, run).statement_by_id.get(about)
    if statement is None:
        return _which(context, run, about)
    if sure == "send":
        return _sent(context, run, statement, _usual(context, run, statement))
    state = replace(context.state, dialog="bridge", run=run.id, statement=statement.id)
    send = context.choice(f"bridge:{run.id}:{statement.id}:send", "bridge.send")
    never_mind = context.choice(
        f"result:{run.id}" if run.finished else f"resume:{run.id}", "walk.never_mind", quiet=True
    )
    offered = context.say(
        "bridge.offer", send, never_mind,
        statement=worded(context, run, statement.id), answer=_answer(context, run, statement),
        question=_usual(context, run, statement),
    )  # fmt: skip
    return Turn(state, (replace(offered, input="bridge"),))


def _which(context: Context, run: Run, factor: str) -> Turn:
    """The statements of a factor that one may ask about; straight to it when there is one."""
    open_ = [
        statement
        for statement in rules.statements(definition_of(context, run), run)
        if statement.factor == factor and run.answers.get(statement.id) in OPENS
    ]
    if len(open_) == 1:
        return bridge(context, run.id, open_[0].id)
    if not open_:  # an old button: the answers have been changed since
        return whole(context, run) if run.finished else resume(context)
    choices = [Choice(f"bridge:{run.id}:{each.id}", worded(context, run, each.id)) for each in open_]
    back = context.choice(f"result:{run.id}:{factor}", "walk.back", quiet=True)
    return context.turn(context.say("bridge.which", *choices, back))


def bridge_said(context: Context, text: str) -> Turn:
    """The question in the person's own words: writing it is the yes to sending it."""
    run = context.found.run
    statement = definition_of(context, run).statement_by_id.get(context.state.statement or "") if run else None
    if run is None or statement is None:
        return gone(context)
    if answer_in_words(definition_of(context, run), text) == rules.NO:
        state = replace(context.state, dialog="ask" if run.finished else "checklist")
        there = context.with_state(state)
        on = f"result:{run.id}" if run.finished else f"resume:{run.id}"
        key = "result.whole" if run.finished else "walk.resume_plain"
        return Turn(state, (there.say("bridge.not_sent", there.choice(on, key)),))
    return _sent(context, run, statement, text)


def _usual(context: Context, run: Run, statement: Statement) -> str:
    return context.texts(
        "bridge.question", answer=_answer(context, run, statement), statement=worded(context, run, statement.id)
    )


def _answer(context: Context, run: Run, statement: Statement) -> str:
    return labels(context, definition_of(context, run)).get(
        run.answers.get(statement.id, ""), context.texts("walk.no_answer")
    )


def _sent(context: Context, run: Run, statement: Statement, text: str) -> Turn:
    state = replace(context.state, dialog="ask" if run.finished else "checklist", statement=statement.id)
    about = f"{worded(context, run, statement.id)} ({_answer(context, run, statement)})"
    if any((each.state, each.text, each.statement) == ("new", text, about) for each in context.found.questions):
        return Turn(state, (context.say("question.sent_already", context.choice("mine", "menu.mine")),))
    receipt, record = queued(context, text, factor=statement.factor, statement=about)
    on = f"result:{run.id}" if run.finished else f"resume:{run.id}"
    key = "result.whole" if run.finished else "walk.resume_plain"
    receipt = replace(receipt, choices=(context.choice(on, key), *receipt.choices))
    return Turn(state, (receipt,), (record,) if record else ())
