"""What each record of a turn comes to in the store, inside the event's transaction."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.bodies import body
from bot.store.rows import hashed
from bot.store.tx import Tx
from dialogs.records import (
    AnswerStatement,
    AskQuestion,
    CloseRound,
    CountRound,
    Decide,
    FinishRun,
    Forget,
    GiveFeedback,
    KeepReturn,
    Label,
    LeaveRound,
    Lengthen,
    NoteStatement,
    OfferRound,
    Record,
    Remind,
    Run,
    StartRound,
    StartRun,
    TakeRound,
    TakeStep,
    Vote,
)
from dialogs.replies import Choice, Reply
from dialogs.service import RETURN_DAYS
from dialogs.state import load
from dialogs.texts import Texts

OFFER_DAYS = 7
"""How long the key to a round is good for."""


@dataclass(frozen=True)
class Occasion:
    """The event that a record belongs to."""

    person: str
    """Empty for a moderator's own doings."""
    now: dt.datetime
    texts: Mapping[str, Texts] = field(default_factory=dict)
    """What others are told of it is said with."""
    message: int = 0
    """The person's own line in the log."""


def _ask(tx: Tx, of: Occasion, record: AskQuestion) -> int:
    line = tx.line_saying(of.person, record.text) or of.message
    return tx.ask(
        of.person, line, record.text, record.language, record.webinar, record.candidates, of.now,
        factor=record.factor, statement=record.statement,
    )  # fmt: skip


def _label(tx: Tx, of: Occasion, record: Label) -> None:
    tx.label(record.text, record.language, record.entry, record.origin, of.now)


def _start(tx: Tx, of: Occasion, record: StartRun) -> None:
    run = Run(
        record.run, record.checklist, record.version, record.edition, record.level, record.purpose, record.length,
        of.now, round=record.round, joint=record.joint,
    )  # fmt: skip
    tx.start_run(of.person, run, record.source)


def _lengthen(tx: Tx, _: Occasion, record: Lengthen) -> None:
    tx.lengthen(record.run)


def _answer(tx: Tx, of: Occasion, record: AnswerStatement) -> None:
    tx.give(record.run, record.statement, of.now, of.now, answer=record.answer)


def _note(tx: Tx, of: Occasion, record: NoteStatement) -> None:
    tx.give(record.run, record.statement, of.now, of.now, note=record.note)


def _finish(tx: Tx, of: Occasion, record: FinishRun) -> None:
    tx.finish_run(record.run, of.now)


def _step(tx: Tx, _: Occasion, record: TakeStep) -> None:
    tx.take_step(record.run, record.step)


def _remind(tx: Tx, _: Occasion, record: Remind) -> None:
    tx.remind(record.run, record.way, record.days)


def _start_round(tx: Tx, of: Occasion, record: StartRound) -> None:
    tx.start_round(of.person, record, of.now)


def _leave_round(tx: Tx, _: Occasion, record: LeaveRound) -> None:
    tx.leave_round(record.run)


def _count_round(tx: Tx, _: Occasion, record: CountRound) -> None:
    tx.count_round(record.round, finished=True)


def _close_round(tx: Tx, of: Occasion, record: CloseRound) -> None:
    """The last batch, and the news of it to everybody who took part."""
    tx.count_round(record.round, finished=False)
    for person in tx.close_round(record.round, of.now):
        texts = of.texts[load(tx.state(person)[0]).language]
        text, show = texts("round.over_told", code=record.round), texts("round.show")
        told = Reply("round.over_told", text, choices=(Choice(f"round:{record.round}:show", show),))
        tx.say_later(person, "bot", body(told), of.now)


def _offer_round(tx: Tx, of: Occasion, record: OfferRound) -> None:
    tx.offer_round(record.round, hashed(record.token), of.now + dt.timedelta(days=OFFER_DAYS))


def _take_round(tx: Tx, of: Occasion, record: TakeRound) -> None:
    tx.take_round(record.round, of.person)


def _vote(tx: Tx, of: Occasion, record: Vote) -> None:
    tx.vote(of.person, record, of.now)


def _give_feedback(tx: Tx, of: Occasion, record: GiveFeedback) -> None:
    tx.give_feedback(of.person, record.webinar, record.question, record.answer, of.now)


def _return(tx: Tx, of: Occasion, record: KeepReturn) -> None:
    tx.keep_return(hashed(record.token), of.person, of.now, of.now + dt.timedelta(days=RETURN_DAYS))


def _decide(tx: Tx, of: Occasion, record: Decide) -> None:
    """A moderator's decision, and its message to the asker with it. GuardFailed when overtaken."""
    tx.decide(record.question, record.version, record.state, record.by, of.now,
              text=record.text, entry=record.entry, reason=record.reason)  # fmt: skip
    asker = tx.asker(record.question)
    if asker and record.to_asker:
        person, message = asker
        tx.say_later(person, "moderator", body(replace(record.to_asker, reply_to=message)), of.now)


def _forget(tx: Tx, of: Occasion, _: Forget) -> None:
    tx.erase(of.person)


KEEPING: Mapping[type[Record], Callable[[Tx, Occasion, Any], int | None]] = {
    AskQuestion: _ask,
    Label: _label,
    StartRun: _start,
    Lengthen: _lengthen,
    AnswerStatement: _answer,
    NoteStatement: _note,
    FinishRun: _finish,
    TakeStep: _step,
    Remind: _remind,
    StartRound: _start_round,
    LeaveRound: _leave_round,
    CountRound: _count_round,
    CloseRound: _close_round,
    OfferRound: _offer_round,
    TakeRound: _take_round,
    Vote: _vote,
    GiveFeedback: _give_feedback,
    KeepReturn: _return,
    Decide: _decide,
    Forget: _forget,
}
"""Kind of record → how it is kept; the number it was given, if any."""


def carry_out(tx: Tx, of: Occasion, records: tuple[Record, ...]) -> int | None:
    """Keep all records of a turn; the number that a question among them was given.

    GuardFailed, and nothing kept, when somebody else has decided meanwhile.
    """
    numbers = [KEEPING[type(record)](tx, of, record) for record in records]
    return next((number for number in numbers if number), None)
