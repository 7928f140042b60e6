"""A question as one message in the moderators' group: how far it has come, and a button for each way on.

Who asked is never in it. Everything that a button does is in its id: `q:<number>:<version>:<act>[:<value>]`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.moderator import acts
from dialogs.moderator import DECLINE_REASONS
from dialogs.queue import WAITING
from dialogs.records import Question
from dialogs.replies import Choice, Link, Reply, quoted
from dialogs.texts import Texts

PRESS = "q"
DECLINING, BACK, RELEASE = "declining", "show", "release"
"""Buttons that are no act by themselves: show the reasons, show the card again, send the lecturer's answer."""
PRESSED = (*acts.QUICK, "decline", "join", "split", "undo", "answer")
"""Acts that a button may mean."""
MOST_SHOWN, MOST_ALIKE_SHOWN = 600, 120
"""Characters of a question, and of one like it: a card stays one message."""


@dataclass(frozen=True)
class Card:
    """What a card is made of."""

    texts: Texts
    question: Question
    page: str
    """The address of the question at the desk."""
    alike: Sequence[Question] = ()
    """Earlier questions that seem to ask the same."""
    undoable: bool = False
    overdue: bool = False

    def reply(self) -> Reply:
        """The message."""
        question, link = self.question, Link(self.texts("card.page"), self.page, kept=True)
        shown = Reply("card", "\n".join(self._lines()), "moderator", tuple(self._choices()), heading=self._heading())
        how = question.state in WAITING and question.lead is None and question.reachable
        return replace(shown, links=(link,), note=self.texts("card.how") if how else None)

    def declining(self) -> Reply:
        """The same with the reasons to decline, and the way back, in place of the buttons."""
        reasons = [self._choice(f"decline:{reason}", f"decline.{reason}") for reason in DECLINE_REASONS]
        return replace(self.reply(), choices=(*reasons, self._choice(BACK, "card.back", quiet=True)))

    def _heading(self) -> str:
        return f"{self.question.code} · {self.texts(f'page.state.{self.question.state}')}"

    def _lines(self) -> Iterator[str]:
        question = self.question
        yield " · ".join(self._marks())
        if question.state == "withdrawn":
            return
        yield _quoted(question.shown, MOST_SHOWN)
        if question.wording:
            yield f"{self.texts('page.original')}: {_quoted(question.text, MOST_SHOWN)}"
        if question.answer and question.state not in WAITING:
            yield f"{self.texts('card.answer')}: {_quoted(question.answer, MOST_SHOWN)}"
        if question.proposed and question.state in WAITING:
            yield f"{self.texts('page.proposed')}: {_quoted(question.proposed, MOST_SHOWN)}"
        for each in self.alike:
            yield f"{self.texts('page.alike')} {each.code}: {_quoted(each.shown, MOST_ALIKE_SHOWN)}"

    def _marks(self) -> Iterator[str]:
        question, say = self.question, self.texts
        yield say(f"page.kind.{question.kind}")
        yield question.webinar or say("page.letterbox")
        factor = f"factor.{question.factor}"
        if factor in say:
            yield say(factor)
        if question.origin != "chat":
            yield say(f"page.origin.{question.origin}")
        elif not question.reachable:
            yield say("page.unreachable")
        elif question.blocked:
            yield say("page.blocked")
        if self.overdue:
            yield say("page.overdue")
        if question.pinned:
            yield say("page.pinned")
        if question.lead:
            yield say("card.with", code=f"F-{question.lead}")
        if question.joined:
            yield say("page.joined", count=question.joined)
        if question.votes:
            yield say("page.votes", count=question.votes)

    def _choices(self) -> Iterator[Choice]:
        question = self.question
        if self.undoable:
            yield self._choice("undo", "page.act.undo")
        if question.lead:
            yield self._choice("split", "page.act.split")
        if question.lead or question.state not in WAITING:
            return
        if question.proposed and acts.possible(question, "answer"):
            yield self._choice(RELEASE, "card.release")
        for act in acts.QUICK:
            if acts.possible(question, act):
                yield self._choice(act, f"page.act.{act}")
        if acts.possible(question, "decline"):
            yield self._choice(DECLINING, "card.declining")
        for each in self.alike:
            label = self.texts("page.act.join_into", code=each.code)
            yield Choice(self._id(f"join:{each.number}"), label, quiet=True)

    def _choice(self, what: str, key: str, *, quiet: bool = False) -> Choice:
        return Choice(self._id(what), self.texts(key), quiet)

    def _id(self, what: str) -> str:
        return f"{PRESS}:{self.question.number}:{self.question.version}:{what}"


def _quoted(text: str, most: int) -> str:
    return quoted(text if len(text) <= most else f"{text[: most - 1].rstrip()}…")


def gone(texts: Texts, number: int) -> Reply:
    """In place of a card whose question is kept no longer."""
    return Reply("card.gone", texts("card.gone", code=f"F-{number}"), "moderator")


@dataclass(frozen=True)
class Press:
    """A button of a card, as it was pressed."""

    number: str
    version: str
    act: str
    value: str = ""

    @staticmethod
    def of(choice: str) -> "Press | None":
        """What a button's id says; None when it is no card's."""
        kind, *parts = choice.split(":")
        return Press(*parts[:4]) if kind == PRESS and len(parts) in (3, 4) else None

    @property
    def form(self) -> dict[str, str]:
        """The value as the act's form names it."""
        return {"into" if self.act == "join" else "reason": self.value} if self.value else {}
