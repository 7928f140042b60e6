"""What can be taken out of the database as a table, and how each is gathered. Light: the command line asks it too."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.roles import ELSEWHERE, ROLES

if TYPE_CHECKING:
    from bot.store.tx import Tx
    from dialogs.definitions import Content, PollQuestion
    from dialogs.records import PollRun

FORMATS = ("csv", "xlsx", "jsonl")
Cell = str | int | dt.datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """A column by its name in JSON. `said` begins the phrases that its values are shown by to people."""

    name: str
    said: str = ""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: one webinar's rows or all, with or without names."""

    content: "Content"
    language: str
    webinar: str | None = None
    names: bool = False


@dataclass(frozen=True)
class Exporter:
    """A table that can be taken out. `named` columns come last, and only with names."""

    columns: tuple[Column, ...]
    rows: "Callable[[Tx, Wanted], Iterator[Row]]"
    named: tuple[Column, ...] = ()
    by_webinar: bool = True

    def shown(self, wanted: Wanted) -> tuple[Column, ...]:
        """The columns there are."""
        return self.columns + (self.named if wanted.names else ())


@dataclass(frozen=True)
class Table:
    """Rows to write, as wide as the columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def table(exporter: Exporter, tx: "Tx", wanted: Wanted) -> Table:
    """The table as it is wanted."""
    columns = exporter.shown(wanted)
    return Table(columns, tuple(row[: len(columns)] for row in exporter.rows(tx, wanted)))


def _questions(tx: "Tx", wanted: Wanted) -> Iterator[Row]:
    from dialogs.aftermath import outcome
    from dialogs.moderator import SPOKEN

    questions = tx.questions_in(wanted.webinar)
    by_number = {each.number: each for each in questions}
    for each in questions:
        yield (
            each.code, each.webinar, each.asked, each.kind, each.state, outcome(each, by_number), each.text,
            each.wording or None, each.answer, each.entry, each.reason if each.reason != SPOKEN else None, each.mark,
            each.decided, each.votes, each.votes_elsewhere, each.origin,
            f"F-{each.lead}" if each.lead else None, each.factor, each.statement, each.language, each.name or None,
        )  # fmt: skip


def _ledger(tx: "Tx", wanted: Wanted) -> Iterator[Row]:
    """What colleagues noted for each other is theirs, and comes only with names."""
    for each in tx.ledgers_in(wanted.webinar):
        text = None if each.what == "note" and not wanted.names else each.text or None
        if each.what == "joined":
            text = f"F-{each.text}"
        yield (
            f"F-{each.question}", each.webinar, each.version, each.at, _role(each.by), each.what, each.state, text,
            each.entry, each.reason, each.mark,
        )  # fmt: skip


def _role(actor: str) -> str:
    """Who did it: a role, never a person."""
    return actor if actor in (*ROLES, ELSEWHERE) else "asker"


def _checklists(tx: "Tx", wanted: Wanted) -> Iterator[Row]:
    """One answer a row. Runs are numbered here, so that nothing in the table leads back to a person."""
    for number, run in enumerate(tx.every_run(), 1):
        definition = wanted.content.checklists.get(run.checklist)
        statements = definition.statement_by_id if definition else {}
        given = {*run.answers, *run.notes} if wanted.names else {*run.answers}
        for name in sorted(given, key=lambda each: (list(statements).index(each) if each in statements else 999, each)):
            words = statements[name].wording.get(run.purpose, {}) if name in statements else {}
            factor = statements[name].factor if name in statements else None
            yield (
                number, run.checklist, run.version, run.level, run.purpose, run.length, run.started.date().isoformat(),
                run.finished.date().isoformat() if run.finished else None, factor, name,
                words.get(wanted.language), run.answers.get(name), run.notes.get(name) or None,
            )  # fmt: skip


def _polls(tx: "Tx", wanted: Wanted) -> Iterator[Row]:
    """An option a row, in the words it was voted on; then what was written: what all may read, or all with names."""
    from bot.library import poll_of

    for webinar in _polled(tx, wanted):
        for run in tx.polls(webinar, None, "open", "closed"):
            about = (webinar, run.poll, run.number, "here", run.state, run.opened, run.closed)
            definition = poll_of(wanted.content, run, tx.edition)
            for question in definition.questions:
                asked = (*about, question.id, question.wording[wanted.language])
                yield from ((*asked, *counted) for counted in _counted(run, question, wanted.language))
                written = (each for each in tx.written(run.id) if each.question == question.id)
                yield from ((*asked, None, each.text, None, None) for each in written if each.released or wanted.names)
                asked = (*about[:3], "telegram", *about[4:], *asked[7:])
                yield from ((*asked, *counted) for counted in _native(run, question, wanted.language))
        for poll, wording, answer, count in tx.polls_elsewhere(webinar):
            yield (webinar, poll, None, "elsewhere", None, None, None, None, wording, None, answer, count, None)


def _counted(run: "PollRun", question: "PollQuestion", language: str) -> Iterator[Row]:
    from dialogs.polling import bars

    voters = run.voters(question.id)
    yield from ((bar.id, bar.label, bar.count, voters) for bar in bars(run, question, language))


def _native(run: "PollRun", question: "PollQuestion", language: str) -> Iterator[Row]:
    from dialogs.polling import native_bars

    for bar in native_bars(run, question, language):
        yield bar.id, bar.label, bar.count, run.native[question.id].voters


def _feedback(tx: "Tx", wanted: Wanted) -> Iterator[Row]:
    """An answer a row, in no order that tells who gave which."""
    wording = {each.id: each.wording[wanted.language] for each in wanted.content.feedback}
    for webinar in _polled(tx, wanted):
        for question, answers in tx.feedback(webinar).items():
            yield from ((webinar, question, wording.get(question), answer) for answer in answers)


def _polled(tx: "Tx", wanted: Wanted) -> tuple[str, ...]:
    return (wanted.webinar,) if wanted.webinar else tx.polled()


def _columns(*names: str, **said: str) -> tuple[Column, ...]:
    return tuple(Column(name, said.get(name, "")) for name in names)


EXPORTERS: Mapping[str, Exporter] = {
    "questions": Exporter(
        _columns(
            "code", "webinar", "asked", "kind", "state", "outcome", "text", "wording", "answer", "entry", "reason",
            "mark", "decided", "votes", "votes_elsewhere", "origin", "joined", "factor", "statement", "language",
            kind="page.kind.", state="page.state.", outcome="document.webinar.outcome.", factor="factor.",
            reason="decline.",
        ),
        _questions,
        named=_columns("name"),
    ),
    "ledger": Exporter(
        _columns("code", "webinar", "version", "at", "by", "what", "state", "text", "entry", "reason", "mark",
                 by="page.by.", what="page.what.", state="page.state.", reason="decline."),
        _ledger,
    ),
    "checklists": Exporter(
        _columns("run", "checklist", "version", "level", "purpose", "length", "started", "finished", "factor",
                 "statement", "wording", "answer", factor="factor."),
        _checklists,
        named=_columns("note"),
        by_webinar=False,
    ),
    "polls": Exporter(
        _columns("webinar", "poll", "number", "source", "state", "opened", "closed", "question", "wording", "option",
                 "answer", "count", "voters", source="document.table.source.", state="page.poll_state."),
        _polls,
    ),
    "feedback": Exporter(_columns("webinar", "question", "wording", "answer"), _feedback),
}  # fmt: skip
"""Word of the command line → what it takes out."""
