"""Questions to the moderators, with their ledger."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.store.rows import QUEUE, Rows, dumps, moment, stamp
from dialogs.records import Question


class GuardFailed(Exception):
    """Somebody else has decided meanwhile: what this record was based on is no longer so."""


@dataclass
class Questions(Rows):
    """The queue: a question's state is its last transition."""

    def ask(
        self, person: str | None, message: int | None, text: str, language: str, webinar: str | None,
        near: Iterable[str], now: dt.datetime, *, factor: str | None = None, statement: str | None = None,
        origin: str | None = None, votes: int = 0,
    ) -> int:  # fmt: skip
        """Queue a question; its number. One that comes from elsewhere has nobody to be answered."""
        row = self._one(
            """INSERT INTO question (person, message, text, language, webinar, candidates, at, factor, statement,
                origin, votes_elsewhere)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            person, message, text, language, webinar, dumps(list(near)), stamp(now), factor, statement, origin,
            votes,
        )  # fmt: skip
        number: int = row[0] if row else 0
        self._transition(number, 1, "new", "asker", now)
        return number

    def decide(
        self, question: int, version: int, state: str, actor: str, now: dt.datetime, *,
        text: str, entry: str | None = None, reason: str | None = None,
    ) -> None:  # fmt: skip
        """Append a transition. GuardFailed unless the ledger stands at `version`."""
        row = self._one("SELECT max(version) FROM transition WHERE question = ?", question)
        if row is None or row[0] != version:
            raise GuardFailed
        self._transition(question, version + 1, state, actor, now, text, entry, reason)

    def _transition(
        self, question: int, version: int, state: str, actor: str, now: dt.datetime,
        text: str | None = None, entry: str | None = None, reason: str | None = None,
    ) -> None:  # fmt: skip
        self._run(
            """INSERT INTO transition (question, version, state, at, actor, text, entry, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            question, version, state, stamp(now), actor, text, entry, reason,
        )  # fmt: skip
        self.touched.add(QUEUE)

    def question(self, number: int) -> Question | None:
        """A question with its present state."""
        found = self._questions("q.number = ?", number)
        return found[0] if found else None

    def asker(self, number: int) -> tuple[str, int | None] | None:
        """Whose question it is and which of the person's messages it was, if it still is; None when forgotten."""
        row = self._one("SELECT person, message FROM question WHERE number = ? AND person IS NOT NULL", number)
        return (row[0], row[1]) if row else None

    def questions_of(self, person: str) -> tuple[Question, ...]:
        """A person's own questions, newest first."""
        return tuple(reversed(self._questions("q.person = ?", person)))

    def queue(self, *, waiting: bool, webinar: str | None = None, most: int = 200) -> tuple[Question, ...]:
        """The questions that wait (oldest first), or those decided (latest first), of one webinar or of all."""
        state, order = ("t.state = 'new'", "q.number") if waiting else ("t.state <> 'new'", "t.at DESC")
        return tuple(
            self._questions(f"{state} AND (? IS NULL OR q.webinar = ?)", webinar, webinar, most=most, order=order)
        )

    def count_questions(self) -> dict[str, int]:
        """How many questions there are in each state."""
        sql = f"SELECT t.state, count(*) FROM {_LEDGER} GROUP BY t.state"  # noqa: S608 - a constant
        return dict(self._all(sql))

    def _questions(self, where: str, *values: object, most: int = 1000, order: str = "q.number") -> list[Question]:
        sql = f"""SELECT q.number, q.text, q.language, q.webinar, q.at, t.state, t.version, q.candidates,
            t.at, t.actor, t.text, t.entry, t.reason, q.person, {_BLOCKED}, q.factor, q.statement,
            q.origin, q.votes_elsewhere FROM {_LEDGER}
            WHERE {where} ORDER BY {order} LIMIT ?"""  # noqa: S608 - the conditions are written in this file
        return [_question(row) for row in self._all(sql, *values, most)]

    def label(self, text: str, language: str, entry: str | None, origin: str, now: dt.datetime) -> None:
        """A question that a person tied to an entry: a proposed variant for the curator."""
        self._run("INSERT INTO label (text, language, entry, origin, at) VALUES (?, ?, ?, ?, ?)",
                  text, language, entry, origin, stamp(now))  # fmt: skip


_LEDGER = """question q JOIN transition t ON t.question = q.number
    AND t.version = (SELECT max(version) FROM transition WHERE question = q.number)"""

_BLOCKED = """EXISTS (SELECT 1 FROM address WHERE person = q.person AND gone IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM address WHERE person = q.person AND gone IS NULL)"""


def _question(row: tuple[Any, ...]) -> Question:
    number, text, language, webinar, at, state, version, near, decided, actor, answer, entry, reason, *asker = row
    done, (person, blocked, factor, statement, origin, votes) = state != "new", asker
    return Question(
        number, text, language, webinar, moment(at), state, version, tuple(json.loads(near)),
        moment(decided) if done else None, actor if done else None, answer, entry, reason,
        person is not None, bool(blocked), factor, statement, origin or "chat", votes,
    )  # fmt: skip
