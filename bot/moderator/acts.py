"""What a moderator can do about a question: from a form to records, or to the sentence that says what it lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dialogs import moderator as decisions
from dialogs import queue
from dialogs.clean import visible
from dialogs.context import Context
from dialogs.records import Amend, Block, Join, Question, Record, Split, Undo
from dialogs.texts import Texts
from knowledge.entries import FACTORS

Form = Mapping[str, str]
MOST_WORDING_CHARACTERS = 1000
MOST_NOTE_CHARACTERS = 1000


@dataclass(frozen=True)
class Doing:
    """A moderator about to do something to a question, in its asker's surroundings."""

    context: Context
    question: Question
    form: Form
    texts: Texts
    """Of the desk."""
    by: str
    into: Question | None = None
    """The question that the form names to join with, if this moderator may touch it."""

    def amend(self, what: str, value: str) -> tuple[Record, ...]:
        """A change that moves the question nowhere."""
        return (Amend(self.question.number, self.question.version, self.by, what, value),)


Done = tuple[Record, ...] | str


def _move(state: str) -> Callable[[Doing], Done]:
    return lambda doing: decisions.move(doing.context, doing.question, state, doing.by)


def _spoken(doing: Doing) -> Done:
    mark = visible(doing.form.get("mark", ""))[: decisions.MOST_MARK_CHARACTERS]
    return decisions.answer_spoken(doing.context, doing.question, mark, doing.by)


def _answer(doing: Doing) -> Done:
    typed = visible(doing.form.get("answer", ""))
    if not typed:
        return doing.texts("web.no_answer")
    if len(typed) > decisions.MOST_ANSWER_CHARACTERS:
        return doing.texts("web.answer_too_long", most=decisions.MOST_ANSWER_CHARACTERS)
    return decisions.answer(doing.context, doing.question, typed, doing.by)


def _entry(doing: Doing) -> Done:
    entry = doing.form.get("entry", "")
    if entry not in doing.context.content.knowledge.entries:
        return doing.texts("web.no_entry")
    return decisions.answer_with_entry(doing.context, doing.question, entry, doing.by)


def _decline(doing: Doing) -> Done:
    """With the stock reason chosen, the moderator's own words, or both."""
    reason, own = doing.form.get("reason", ""), visible(doing.form.get("own_reason", ""))
    own = own[: decisions.MOST_ANSWER_CHARACTERS]
    if reason in decisions.DECLINE_REASONS:
        return decisions.decline(doing.context, doing.question, reason, doing.by, own)
    return decisions.decline(doing.context, doing.question, own, doing.by) if own else doing.texts("web.no_reason")


def _ask(doing: Doing) -> Done:
    typed = visible(doing.form.get("ask", ""))[: decisions.MOST_ANSWER_CHARACTERS]
    if not doing.question.reachable:
        return doing.texts("web.nobody_to_ask")
    if not typed:
        return doing.texts("web.no_answer")
    return decisions.ask_back(doing.context, doing.question, typed, doing.by)


def _chosen(what: str, allowed: tuple[str, ...]) -> Callable[[Doing], Done]:
    def amend(doing: Doing) -> Done:
        value = doing.form.get(what, "")
        return doing.amend(what, value) if value in allowed else doing.texts("web.bad_form")

    return amend


def _wording(doing: Doing) -> Done:
    typed = visible(doing.form.get("wording", ""))[:MOST_WORDING_CHARACTERS]
    return doing.amend("wording", typed) if typed else doing.texts("web.empty")


def _note(doing: Doing) -> Done:
    typed = visible(doing.form.get("note", ""))[:MOST_NOTE_CHARACTERS]
    return doing.amend("note", typed) if typed else doing.texts("web.empty")


def _join(doing: Doing) -> Done:
    into = doing.into
    if into is None or into.number == doing.question.number or into.lead == doing.question.number:
        return doing.texts("web.no_such_code")
    if into.state not in queue.WAITING:
        return doing.texts("web.not_waiting")
    return (Join(doing.question.number, doing.question.version, into.number, doing.by),)


def _split(doing: Doing) -> Done:
    return (Split(doing.question.number, doing.question.version, doing.by),)


def _undo(doing: Doing) -> Done:
    return (Undo(doing.question.number, doing.question.version, doing.by),)


def _block(doing: Doing) -> Done:
    return (Block(doing.question.number, doing.question.version, doing.by),)


def _unblock(doing: Doing) -> Done:
    return (Block(doing.question.number, doing.question.version, doing.by, blocked=False),)


ACTS: Mapping[str, Callable[[Doing], Done]] = {
    **{state: _move(state) for state in ("approved", "next", "live", "later")},
    "spoken": _spoken,
    "answer": _answer,
    "entry": _entry,
    "decline": _decline,
    "ask": _ask,
    "kind": _chosen("kind", queue.KINDS),
    "factor": _chosen("factor", ("", *FACTORS)),
    "pinned": _chosen("pinned", ("yes", "no")),
    "wording": _wording,
    "note": _note,
    "join": _join,
    "split": _split,
    "undo": _undo,
    "block": _block,
    "unblock": _unblock,
}
"""Name of an act, as forms and buttons say it → what is kept because of it, or what is missing."""

LEADS_TO: Mapping[str, str] = {
    "approved": "approved", "next": "next", "live": "live", "later": "later", "spoken": "answered",
    "answer": "answered", "entry": "answered", "decline": "declined", "ask": "asked",
}  # fmt: skip
"""Act → the state it moves a question to."""
QUICK = ("approved", "next", "live", "spoken", "later")
"""Acts that need no words: buttons on every card, in this order."""
IN_BROADCAST = ("next", "live", "spoken")
"""Acts that belong to a broadcast: what lies in the letterbox has none."""


def named(form: Form) -> str:
    """The act that a form means: the one it names, or the one that its fields belong to."""
    if form.get("act") in ACTS:
        return form["act"]
    return next((act for act, field in (("entry", "entry"), ("decline", "reason")) if field in form), "answer")


def off_air(question: Question, act: str) -> bool:
    """Whether it is done in a broadcast, and the question came by the letterbox and so belongs to none."""
    return act in IN_BROADCAST and question.webinar is None


def possible(question: Question, act: str) -> bool:
    """Whether it can be done to the question as it is now."""
    if off_air(question, act):
        return False
    if act in LEADS_TO:
        return queue.may(question, LEADS_TO[act])
    sender = question.reachable and question.sender_blocked == (act == "unblock")
    asked_for = {"join": question.state in queue.WAITING, "split": question.lead is not None}
    return {**asked_for, "block": sender, "unblock": sender}.get(act, True)


def code(text: str) -> str:
    """The number in a code as somebody typed it: "f-27" is 27."""
    return text.strip().upper().removeprefix("F").lstrip(" -")
