"""Questions to the moderators, with their ledger."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.rows import QUEUE, Rows, dumps, moment, stamp
from dialogs.records import Entry, Question

STEPS = ("state", "undo", "reworded")
"""Lines of the ledger that say which state a question is in, and why."""


class GuardFailed(Exception):
    """Somebody else has decided meanwhile: what this record was based on is no longer so."""


@dataclass
class Questions(Rows):
    """The queue. Everything that happens to a question is a line in its ledger, written once and never changed."""

    def ask(
        self, person: str | None, message: int | None, text: str, language: str, webinar: str | None,
        near: Iterable[str], now: dt.datetime, *, factor: str | None = None, statement: str | None = None,
        kind: str = "question", name: str = "", by: str = "asker", origin: str | None = None, votes: int = 0,
    ) -> int:  # fmt: skip
        """Queue a question; its number. Without a person it is nobody's: a moderator's own, or from elsewhere."""
        row = self._one(
            """INSERT INTO question (person, message, text, language, webinar, candidates, at, factor, statement, kind,
                origin, votes_elsewhere)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            person, message, text, language, webinar, dumps(list(near)), stamp(now), factor, statement, kind, origin,
            votes,
        )  # fmt: skip
        number: int = row[0] if row else 0
        if name:
            self._run("INSERT INTO signature (question, name) VALUES (?, ?)", number, name)
        self._line(number, 1, "new", by, now)
        return number

    def decide(
        self, question: int, version: int, state: str, actor: str, now: dt.datetime, *,
        text: str = "", entry: str | None = None, reason: str | None = None, mark: str | None = None,
    ) -> list[tuple[int, int]]:  # fmt: skip
        """Move a question and those joined with it; (number, its new version) of each.

        GuardFailed unless the ledger stands at `version`.
        """
        self._guard(question, version)
        moved = []
        for number in (question, *self.members(question)):
            at = self._version(number) + 1
            self._line(number, at, state, actor, now, text=text, entry=entry, reason=reason, mark=mark)
            moved.append((number, at))
        if state != "next":
            self._run("UPDATE question SET place = 0 WHERE number = ?", question)
        return moved

    def amend(self, question: int, version: int, actor: str, what: str, value: str, now: dt.datetime) -> None:
        """Change something that moves it nowhere. GuardFailed unless the ledger stands at `version`."""
        self._guard(question, version)
        self._line(question, version + 1, self._state(question), actor, now, what=what, text=value)
        if what in _COLUMNS:
            sql = f"UPDATE question SET {what} = ? WHERE number = ?"  # noqa: S608 - one of ours
            self._run(sql, _COLUMNS[what](value), question)

    def order(self, questions: Sequence[int]) -> None:
        """The questions up next, first to last."""
        for place, number in enumerate(questions, 1):
            self._run("UPDATE question SET place = ? WHERE number = ?", place, number)
        self.touched.add(QUEUE)

    def join_question(self, question: int, version: int, into: int, actor: str, now: dt.datetime) -> None:
        """It goes along with another from now on, with those that went along with it. GuardFailed when overtaken."""
        self._guard(question, version)
        row = self._one("SELECT coalesce(lead, number) FROM question WHERE number = ?", into)
        lead = row[0] if row else None
        if lead is None or lead == question:
            raise GuardFailed
        for number in (question, *self.members(question)):
            self._run("UPDATE question SET lead = ? WHERE number = ?", lead, number)
            self._line(number, self._version(number) + 1, self._state(number), actor, now, what="joined",
                       text=str(lead))  # fmt: skip

    def split_question(self, question: int, version: int, actor: str, now: dt.datetime) -> None:
        """It goes its own way again, from the state it is in. GuardFailed when overtaken."""
        self._guard(question, version)
        self._run("UPDATE question SET lead = NULL WHERE number = ?", question)
        self._line(question, version + 1, self._state(question), actor, now, what="split")

    def undo(self, question: int, version: int, actor: str, now: dt.datetime) -> list[int]:
        """Take the latest decision back, and with it those of the joined ones; their numbers.

        GuardFailed when something else has happened since, or it was no decision.
        """
        self._guard(question, version)
        taken = self._one("SELECT what, at FROM transition WHERE question = ? AND version = ?", question, version)
        if taken is None or taken[0] != "state" or version == 1:
            raise GuardFailed
        joined = (question, *self.members(question))
        return [number for number in joined if self._undone(number, taken[1], actor, now)]

    def _undone(self, question: int, at: str, actor: str, now: dt.datetime) -> bool:
        rows = self._all(
            f"""SELECT state, text, entry, reason, mark, at FROM transition WHERE question = ? AND what IN {STEPS}
            ORDER BY version DESC LIMIT 2""",  # noqa: S608 - a constant
            question,
        )  # fmt: skip
        if len(rows) < 2 or rows[0][5] != at:
            return False
        state, text, entry, reason, mark, _ = rows[1]
        version = self._version(question) + 1
        self._line(question, version, state, actor, now, what="undo", text=text, entry=entry, reason=reason, mark=mark)
        return True

    def reword(self, question: int, text: str, now: dt.datetime) -> None:
        """The asker's new words; one that had been asked back waits anew."""
        state = self._state(question)
        self._line(question, self._version(question) + 1, "new" if state == "asked" else state, "asker", now,
                   what="reworded", text=text)  # fmt: skip
        self._run("UPDATE question SET wording = ? WHERE number = ?", text, question)

    def withdraw(self, question: int, now: dt.datetime) -> None:
        """The asker takes it back. What went along with it goes on by itself, led by the oldest of them."""
        members = self.members(question)
        self._run("UPDATE question SET lead = NULL WHERE number = ?", question)
        for number in members:
            self._run("UPDATE question SET lead = ? WHERE number = ?",
                      members[0] if number != members[0] else None, number)  # fmt: skip
        self._line(question, self._version(question) + 1, "withdrawn", "asker", now)

    def support(self, question: int, person: str) -> None:
        """One more person wonders the same."""
        self._run("INSERT INTO support (question, person) VALUES (?, ?) ON CONFLICT DO NOTHING", question, person)
        self.touched.add(QUEUE)

    def supports(self, question: int, person: str) -> bool:
        """Whether the person has said so, of this question or one joined with it."""
        sql = f"SELECT 1 FROM support WHERE person = ? AND question IN ({_SET})"  # noqa: S608 - a constant
        return self._one(sql, person, question) is not None

    def asks(self, question: int, person: str) -> bool:
        """Whether the person asked it, or one joined with it."""
        sql = f"SELECT 1 FROM question WHERE person = ? AND number IN ({_SET})"  # noqa: S608 - a constant
        return self._one(sql, person, question) is not None

    def block_sender(self, question: int, now: dt.datetime) -> None:
        """Whoever asked this sends no more questions."""
        self._run(
            "UPDATE person SET blocked = ? WHERE id = (SELECT person FROM question WHERE number = ?)",
            stamp(now), question,
        )  # fmt: skip
        self.touched.add(QUEUE)

    def sender_blocked(self, person: str) -> bool:
        """Whether a moderator has blocked this person's questions."""
        row = self._one("SELECT blocked FROM person WHERE id = ?", person)
        return bool(row and row[0])

    def _guard(self, question: int, version: int) -> None:
        if self._version(question) != version or not version:
            raise GuardFailed

    def _version(self, question: int) -> int:
        row = self._one("SELECT coalesce(max(version), 0) FROM transition WHERE question = ?", question)
        return int(row[0]) if row else 0

    def _state(self, question: int) -> str:
        row = self._one("SELECT state FROM transition WHERE question = ? ORDER BY version DESC LIMIT 1", question)
        return str(row[0]) if row else "new"

    def _line(
        self, question: int, version: int, state: str, actor: str, now: dt.datetime, *, what: str = "state",
        text: str | None = None, entry: str | None = None, reason: str | None = None, mark: str | None = None,
    ) -> None:  # fmt: skip
        self._run(
            """INSERT INTO transition (question, version, state, at, actor, text, entry, reason, what, mark)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            question, version, state, stamp(now), actor, text, entry, reason, what, mark,
        )  # fmt: skip
        self.touched.add(QUEUE)

    def members(self, question: int) -> list[int]:
        """The numbers of the questions that go along with it."""
        return [row[0] for row in self._all("SELECT number FROM question WHERE lead = ? ORDER BY number", question)]

    def ledger(self, question: int) -> list[Entry]:
        """All that has happened to a question, from the beginning."""
        rows = self._all(
            "SELECT version, at, actor, what, state, coalesce(text, '') FROM transition WHERE question = ? "
            "ORDER BY version",
            question,
        )  # fmt: skip
        return [Entry(version, moment(at), actor, what, state, text) for version, at, actor, what, state, text in rows]

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

    def queue(self, *states: str, webinar: str | None = None, most: int = 200) -> tuple[Question, ...]:
        """The questions in these states that lead themselves, of one webinar or of all: pinned first, then in order.

        Those up next stand as they were ordered, those with an end latest first, all others as they were asked.
        """
        marks = ", ".join("?" * len(states))
        order = "q.pinned DESC, q.place, CASE WHEN t.state IN ('answered', 'declined', 'withdrawn') THEN t.at END DESC"
        return tuple(
            self._questions(
                f"t.state IN ({marks}) AND q.lead IS NULL AND (? IS NULL OR q.webinar = ?)",
                *states, webinar, webinar, most=most, order=f"{order}, q.number",
            )
        )  # fmt: skip

    def count_questions(self, webinar: str | None = None) -> dict[str, int]:
        """How many questions there are in each state, of one webinar or of all."""
        sql = f"""SELECT t.state, count(*) FROM {_LEDGER} WHERE (? IS NULL OR q.webinar = ?)
            GROUP BY t.state"""  # noqa: S608 - a constant
        return dict(self._all(sql, webinar, webinar))

    def _questions(self, where: str, *values: object, most: int = 1000, order: str = "q.number") -> list[Question]:
        sql = f"SELECT {_WHOLE} FROM {_LEDGER} WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - written here
        return [_question(row) for row in self._all(sql, *values, most)]

    def label(self, text: str, language: str, entry: str | None, origin: str, now: dt.datetime) -> None:
        """A question that a person tied to an entry: a proposed variant for the curator."""
        self._run("INSERT INTO label (text, language, entry, origin, at) VALUES (?, ?, ?, ?, ?)",
                  text, language, entry, origin, stamp(now))  # fmt: skip


_COLUMNS: dict[str, Any] = {
    "kind": str,
    "wording": str,
    "factor": lambda value: value or None,
    "pinned": lambda value: int(value == "yes"),
}
"""What can be amended beside a note → how it is kept in the question's own row."""

_LEDGER = f"""question q JOIN transition t ON t.question = q.number
    AND t.version = (SELECT max(version) FROM transition WHERE question = q.number)
    JOIN transition s ON s.question = q.number
    AND s.version = (SELECT max(version) FROM transition WHERE question = q.number AND what IN {STEPS})
    LEFT JOIN proposal p ON p.question = q.number"""  # noqa: S608

_BLOCKED = """EXISTS (SELECT 1 FROM address WHERE person = q.person AND gone IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM address WHERE person = q.person AND gone IS NULL)"""

_SET = """SELECT m.number FROM question m JOIN question o ON coalesce(m.lead, m.number) = coalesce(o.lead, o.number)
    WHERE o.number = ?"""
"""The questions joined with one, itself included."""

_VOTES = """(SELECT count(DISTINCT v.person) FROM support v JOIN question m ON m.number = v.question
    WHERE m.number = q.number OR m.lead = q.number)"""

_WHOLE = f"""q.number, q.text, q.language, q.webinar, q.at, t.state, t.version, q.candidates, s.at, s.actor, s.what,
    s.text, s.entry, s.reason, s.mark, q.person, {_BLOCKED}, q.factor, q.statement, q.kind, q.wording, q.pinned,
    q.place, q.lead, (SELECT count(*) FROM question WHERE lead = q.number), {_VOTES},
    (SELECT name FROM signature WHERE question = q.number), q.origin, q.votes_elsewhere,
    p.text, p.at"""  # noqa: S608


def _question(row: tuple[Any, ...]) -> Question:
    number, text, language, webinar, at, state, version, near, since, actor = row[:10]
    what, answer, entry, reason, mark, person, blocked, factor, statement, kind = row[10:20]
    wording, pinned, place, lead, joined, votes, name, origin, elsewhere, *proposed = row[20:]
    decided = state != "new"
    return Question(
        number, text, language, webinar, moment(at), state, version, tuple(json.loads(near)),
        moment(since) if decided else None, actor if decided else None,
        answer if what != "reworded" else None, entry, reason, mark, person is not None, bool(blocked), factor,
        statement, kind, wording or "", bool(pinned), place, lead, joined, votes, name or "",
        origin or "chat", elsewhere,
        proposed=proposed[0] or "", proposed_at=moment(proposed[1]) if proposed[1] else None,
    )  # fmt: skip
