"""What each record of a turn comes to in the store, inside the event's transaction."""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.bodies import body
from bot.roles import DESK_ROLES
from bot.store.rows import hashed
from bot.store.tx import TooLate, Tx
from dialogs.records import (
    AddQuestion,
    Amend,
    AnswerStatement,
    AskQuestion,
    Block,
    CloseRound,
    CountRound,
    Decide,
    FinishRun,
    Forget,
    GiveFeedback,
    Join,
    JoinDesk,
    KeepReturn,
    Knock,
    Label,
    LeaveDesk,
    LeaveRound,
    Lengthen,
    NoteStatement,
    OfferRound,
    Order,
    Propose,
    Record,
    Remind,
    Reword,
    Run,
    Split,
    StartRound,
    StartRun,
    Subscribe,
    Support,
    TakeRound,
    TakeStep,
    Undo,
    Vote,
    Withdraw,
)
from dialogs.reminding import days
from dialogs.replies import Choice, Reply
from dialogs.service import RETURN_DAYS
from dialogs.spread import LEAST
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
    undo: dt.timedelta = dt.timedelta()
    """How long a moderator's decision can be taken back before its asker is told."""
    message: int = 0
    """The person's own line in the log."""
    waited: dt.timedelta = dt.timedelta()
    """How long ago it was done."""


def _ask(tx: Tx, of: Occasion, record: AskQuestion) -> int:
    line = tx.line_saying(of.person, record.text) or of.message
    return tx.ask(
        of.person, line, record.text, record.language, record.webinar, record.candidates, of.now,
        factor=record.factor, statement=record.statement, kind=record.kind, name=record.name,
    )  # fmt: skip


def _label(tx: Tx, of: Occasion, record: Label) -> None:
    tx.label(record.text, record.language, record.entry, record.origin, of.now, of.person or None)


def _start(tx: Tx, of: Occasion, record: StartRun) -> None:
    run = Run(
        record.run, record.checklist, record.version, record.edition, record.level, record.purpose, record.length,
        of.now, round=record.round, joint=record.joint,
    )  # fmt: skip
    tx.start_run(of.person, run, record.source)


def _lengthen(tx: Tx, _: Occasion, record: Lengthen) -> None:
    tx.lengthen(record.run)


def _answer(tx: Tx, of: Occasion, record: AnswerStatement) -> None:
    """As old as it is, so that it does not overtake a later one; within the run's own time, as clocks may be wrong."""
    run = tx.run(of.person, record.run) if of.waited else None
    at = max(of.now - of.waited, run.started) if run else of.now
    tx.give(record.run, record.statement, at, of.now, answer=record.answer)


def _note(tx: Tx, of: Occasion, record: NoteStatement) -> None:
    tx.give(record.run, record.statement, of.now, of.now, note=record.note)


def _finish(tx: Tx, of: Occasion, record: FinishRun) -> None:
    """Those in a round whose leader is through with what they answered together are told."""
    tx.finish_run(record.run, of.now)
    run = tx.run(of.person, record.run)
    if run and run.joint and run.round:
        for person in tx.taking_part(run.round):
            _news(tx, of, person, "round.joint_told", run.round, {f"round:{run.round}": "round.back"})


def _step(tx: Tx, of: Occasion, record: TakeStep) -> None:
    """What is to remind of the step moves with its day."""
    tx.take_step(record.run, record.step)
    run, way = tx.run(of.person, record.run), tx.reminded_by(record.run)
    if run and way:
        tx.remind(run.id, way, days(run, of.now.date()))


def _remind(tx: Tx, _: Occasion, record: Remind) -> None:
    tx.remind(record.run, record.way, record.days)


def _start_round(tx: Tx, of: Occasion, record: StartRound) -> None:
    tx.start_round(of.person, record, of.now)


def _leave_round(tx: Tx, _: Occasion, record: LeaveRound) -> None:
    tx.leave_round(record.run)


def _count_round(tx: Tx, _: Occasion, record: CountRound) -> None:
    tx.count_round(record.round, finished=True)


def _close_round(tx: Tx, of: Occasion, record: CloseRound) -> None:
    """The last batch, and the news of it to everybody who took part, with what there is for them now."""
    code = record.round
    tx.count_round(code, finished=False)
    told = tx.close_round(code, of.now)
    enough = bool(tx.batches(code))
    for person in told:
        found = tx.round(code, person)
        run = tx.run(person, found.run or "") if found else None
        note = None if run is None or run.finished else "round.alone_now"
        ways = {f"round:{code}:show": "round.show"} if enough else {}
        ways |= {f"resume:{run.id}": "round.answer_alone"} if run and note else {}
        ways |= {f"result:{run.id}": "round.my_result", "together": "round.again"} if run and not enough else {}
        ways |= {} if enough else {f"round:{code}": "round.back"}
        _news(tx, of, person, "round.over_told" if enough else "round.over_told_few", code, ways, note)


def _news(
    tx: Tx, of: Occasion, person: str, key: str, code: str, ways: Mapping[str, str], note: str | None = None
) -> None:
    """Tell somebody, in their own language, what has become of a round; `ways` on are choices with their phrases."""
    texts = of.texts[load(tx.state(person)[0]).language]
    choices = tuple(Choice(choice, texts(label)) for choice, label in ways.items())
    told = Reply(key, texts(key, code=code, least=LEAST), choices=choices, note=texts(note) if note else None)
    tx.say_later(person, "bot", body(told), of.now)


def _offer_round(tx: Tx, of: Occasion, record: OfferRound) -> None:
    tx.offer_round(record.round, hashed(record.token), of.now + dt.timedelta(days=OFFER_DAYS))


def _take_round(tx: Tx, of: Occasion, record: TakeRound) -> None:
    """Who led it until now is told."""
    before = tx.leading(record.round)
    tx.take_round(record.round, of.person, secrets.token_hex(5))
    found = tx.round(record.round, before)
    if before is None or before == of.person or found is None:
        return
    kept = {f"result:{found.joint}": "round.joint_result"} if found.agreed else {}
    note = "round.joint_kept" if kept else None
    _news(tx, of, before, "round.taken_told", record.round, {**kept, f"round:{record.round}": "round.back"}, note)


def _vote(tx: Tx, of: Occasion, record: Vote) -> None:
    tx.vote(of.person, record, of.now)


def _subscribe(tx: Tx, of: Occasion, record: Subscribe) -> None:
    if record.on:
        tx.subscribe(of.person, record.topic, of.now)
    else:
        tx.unsubscribe(of.person, record.topic)


def _give_feedback(tx: Tx, of: Occasion, record: GiveFeedback) -> None:
    tx.give_feedback(of.person, record.webinar, record.question, record.answer, of.now)


def _knock(tx: Tx, of: Occasion, record: Knock) -> None:
    tx.knock(hashed(record.token), of.person)


def _join_desk(tx: Tx, of: Occasion, _: JoinDesk) -> None:
    tx.join_desk(of.person, of.now, DESK_ROLES)


def _leave_desk(tx: Tx, of: Occasion, _: LeaveDesk) -> None:
    tx.leave_desk(of.person)


def _return(tx: Tx, of: Occasion, record: KeepReturn) -> None:
    tx.keep_return(hashed(record.token), of.person, of.now, of.now + dt.timedelta(days=RETURN_DAYS))


def _decide(tx: Tx, of: Occasion, record: Decide) -> None:
    """A moderator's decision; each asker, and who wonders the same, is told in their own language."""
    moved = tx.decide(
        record.question, record.version, record.state, record.by, of.now,
        text=record.text, entry=record.entry, reason=record.reason, mark=record.mark,
    )  # fmt: skip
    for number, version in moved:
        asker, question = tx.asker(number), tx.question(number)
        reply = record.to_asker.get(question.language) if question else None
        if asker and reply:
            person, message = asker
            _tell(tx, of, (number, version), person, body(replace(reply, reply_to=message), number))
    for person in tx.wondering([number for number, _ in moved]) if record.to_others else ():
        _tell(tx, of, moved[0], person, body(record.to_others[load(tx.state(person)[0]).language]))


def _tell(tx: Tx, of: Occasion, line: tuple[int, int], person: str, told: dict[str, Any]) -> None:
    """Tell somebody of a (question, version), once it can't be taken back any more."""
    if of.undo:
        tx.note_later(*line, person, told, of.now + of.undo)
    else:
        tx.say_later(person, "moderator", told, of.now)


def _undo(tx: Tx, of: Occasion, record: Undo) -> None:
    """TooLate when somebody has been told already."""
    for number, version in tx.undo(record.question, record.version, record.by, of.now, of.now - of.undo):
        if not tx.untell(number, version) and tx.asker(number):
            raise TooLate


def _amend(tx: Tx, of: Occasion, record: Amend) -> None:
    tx.amend(record.question, record.version, record.by, record.what, record.value, of.now)


def _order(tx: Tx, _: Occasion, record: Order) -> None:
    tx.order(record.questions)


def _join(tx: Tx, of: Occasion, record: Join) -> None:
    tx.join_question(record.question, record.version, record.into, record.by, of.now)


def _split(tx: Tx, of: Occasion, record: Split) -> None:
    tx.split_question(record.question, record.version, record.by, of.now)


def _propose(tx: Tx, of: Occasion, record: Propose) -> None:
    tx.propose(record.question, record.version, record.by, record.text, of.now)


def _add(tx: Tx, of: Occasion, record: AddQuestion) -> int:
    return tx.ask(
        None, 0, record.text, record.language, record.webinar, record.candidates, of.now,
        kind=record.kind, by=record.by, factor=record.factor,
    )  # fmt: skip


def _block(tx: Tx, of: Occasion, record: Block) -> None:
    tx.block_sender(record.question, record.version, record.by, of.now, blocked=record.blocked)


def _withdraw(tx: Tx, of: Occasion, record: Withdraw) -> None:
    tx.untell(record.question)
    tx.withdraw(record.question, of.now)


def _reword(tx: Tx, of: Occasion, record: Reword) -> None:
    """Who has just said what they meant is not asked it, if the moderator's question is still under way."""
    question = tx.question(record.question)
    if question and question.state == "asked":
        tx.untell(record.question)
    tx.reword(record.question, record.text, of.now)


def _support(tx: Tx, of: Occasion, record: Support) -> None:
    tx.support(record.question, of.person)


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
    Subscribe: _subscribe,
    Knock: _knock,
    JoinDesk: _join_desk,
    LeaveDesk: _leave_desk,
    KeepReturn: _return,
    Decide: _decide,
    Undo: _undo,
    Amend: _amend,
    Order: _order,
    Join: _join,
    Split: _split,
    Propose: _propose,
    AddQuestion: _add,
    Block: _block,
    Withdraw: _withdraw,
    Reword: _reword,
    Support: _support,
    Forget: _forget,
}
"""Kind of record → how it is kept; the number it was given, if any."""


def carry_out(tx: Tx, of: Occasion, records: tuple[Record, ...]) -> int | None:
    """Keep all records of a turn; the number that a question among them was given.

    GuardFailed, and nothing kept, when somebody else has decided meanwhile.
    """
    numbers = [KEEPING[type(record)](tx, of, record) for record in records]
    return next((number for number in numbers if number), None)
