"""Answers that wait to be released, and the whole of a webinar's questions: for the screen, the report and exports."""

import datetime as dt
from dataclasses import dataclass

from bot.store.questions import GuardFailed, Questions
from bot.store.rows import moment, stamp
from dialogs.records import Question


@dataclass(frozen=True)
class Line:
    """A line of a ledger, whole."""

    question: int
    webinar: str | None
    version: int
    at: dt.datetime
    by: str
    what: str
    state: str
    text: str
    entry: str | None
    reason: str | None
    mark: str | None


@dataclass
class Afterwards(Questions):
    """The queue, and what is made of all of it."""

    def propose(self, question: int, version: int, actor: str, text: str, now: dt.datetime) -> None:
        """An answer that somebody else may release; the latest counts.

        GuardFailed unless the ledger stands at `version` and the question is to be followed up later.
        """
        self._guard(question, version)
        if self._state(question) != "later":
            raise GuardFailed
        self._run(
            """INSERT INTO proposal (question, text, at, by) VALUES (?, ?, ?, ?) ON CONFLICT (question)
            DO UPDATE SET text = excluded.text, at = excluded.at, by = excluded.by""",
            question, text, stamp(now), actor,
        )  # fmt: skip
        self._line(question, version + 1, "later", actor, now, what="proposed", text=text)

    def questions_in(self, webinar: str | None) -> list[Question]:
        """Every question that came in a webinar, or all there are, as they were asked."""
        return self._questions("(? IS NULL OR q.webinar = ?)", webinar, webinar, most=-1)

    def ledgers_in(self, webinar: str | None) -> list[Line]:
        """Every line of their ledgers, question by question."""
        rows = self._all(
            """SELECT q.number, q.webinar, t.version, t.at, t.actor, t.what, t.state, coalesce(t.text, ''), t.entry,
            t.reason, t.mark FROM transition t JOIN question q ON q.number = t.question
            WHERE (? IS NULL OR q.webinar = ?) ORDER BY q.number, t.version""",
            webinar, webinar,
        )  # fmt: skip
        return [Line(number, of, version, moment(at), *rest) for number, of, version, at, *rest in rows]

    def spent(self, webinar: str) -> list[dt.timedelta]:
        """How long each question that was answered in the broadcast took, since the webinar was opened."""
        rows = self._all(
            """SELECT l.at, a.at FROM transition l JOIN question q ON q.number = l.question JOIN transition a
            ON a.question = l.question AND a.version = (SELECT min(version) FROM transition
            WHERE question = l.question AND version > l.version AND what <> 'note') WHERE l.state = 'live'
            AND l.what = 'state' AND a.state = 'answered' AND a.what = 'state' AND q.webinar = ? AND q.lead IS NULL
            AND a.at >= coalesce((SELECT at FROM webinar WHERE code = q.webinar), '') ORDER BY a.at""",
            webinar,
        )  # fmt: skip
        return [moment(answered) - moment(begun) for begun, answered in rows]
