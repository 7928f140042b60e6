"""Questions to the moderators, with their ledger."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.rows import QUEUE, Rows, dumps, moment, stamp
from dialogs.queue import PUBLIC, WAITING
from dialogs.records import Entry, Question

STEPS = ("state", "undo", "reworded")
"""Lines of the ledger that say which state a question is in, and why."""


class GuardFailed(Exception):
    """Somebody else has decided meanwhile: what this record was based on is no longer so."""


class TooLate(GuardFailed):
    """What was to be taken back has been told already."""


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
        """Move a question and those joined with it that still wait; (number, its new version) of each.

        GuardFailed unless the ledger stands at `version`.
        """
        self._guard(question, version)
        moved = []
        along = [number for number in self.members(question) if self._state(number) in WAITING]
        for number in (question, *along):
            at = self._version(number) + 1
            self._line(number, at, state, actor, now, text=text, entry=entry, reason=reason, mark=mark)
            moved.append((number, at))
        if state == "next":
            self._run("UPDATE question SET place = (SELECT max(place) + 1 FROM question) WHERE number = ?", question)
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
        """It goes along with another from now on, with those that went along with it.

        GuardFailed when overtaken, and unless both still wait: nobody who asked is left without an answer.
        """
        self._guard(question, version)
        row = self._one("SELECT coalesce(lead, number) FROM question WHERE number = ?", into)
        lead = row[0] if row else question
        apart = lead != question and question not in self.members(lead)
        if not apart or not {self._state(question), self._state(lead)} <= set(WAITING):
            raise GuardFailed
        self._under(question, lead)
        for number in (question, *self._brought(question)):
            self._lead(number, lead, actor, now)

    def _lead(self, question: int, lead: int | None, actor: str, now: dt.datetime) -> None:
        """It goes along with another, or with none, and its ledger says so."""
        self._run("UPDATE question SET lead = ? WHERE number = ?", lead, question)
        self._line(question, self._version(question) + 1, self._state(question), actor, now,
                   what="joined" if lead else "split", text=str(lead) if lead else None)  # fmt: skip

    def split_question(self, question: int, version: int, actor: str, now: dt.datetime) -> None:
        """It goes its own way again, from the state it is in, with those that came along with it.

        One that is through takes none along that still wait: the queue would not show them any more.
        GuardFailed when overtaken, or when it goes along with none.
        """
        self._guard(question, version)
        row = self._one("SELECT lead FROM question WHERE number = ?", question)
        if row is None or row[0] is None:
            raise GuardFailed
        through, brought = self._state(question) not in WAITING, self._brought(question)
        mine = [number for number in brought if not (through and self._state(number) in WAITING)]
        if mine != brought:  # they are parted, each to whom it stays with
            for number in brought:
                self._under(number, question if number in mine else row[0])
        self._under(question, None)
        self._lead(question, None, actor, now)
        for number in mine:
            self._lead(number, question, actor, now)

    def _brought(self, question: int) -> list[int]:
        """The questions that go along with another because they went along with this one."""
        sql = """WITH RECURSIVE brought(number) AS (SELECT number FROM question WHERE under = ?
            UNION SELECT q.number FROM question q JOIN brought ON q.under = brought.number)
            SELECT number FROM brought ORDER BY number"""
        return [row[0] for row in self._all(sql, question)]

    def _under(self, question: int, parent: int | None) -> None:
        self._run("UPDATE question SET under = ? WHERE number = ?", parent, question)

    def undo(
        self, question: int, version: int, actor: str, now: dt.datetime, since: dt.datetime
    ) -> list[tuple[int, int]]:  # fmt: skip
        """Take the latest decision back, and with it those of the joined ones; (number, the version taken back).

        GuardFailed when something else has happened since, or it was no decision; TooLate when it is not after `since`.
        """
        self._guard(question, version)
        if not self._decided(question):
            raise GuardFailed
        if not self.undoable(question, since):
            raise TooLate
        row = self._one("SELECT state, at FROM transition WHERE question = ? AND version = ?", question, version)
        joined = (question, *self.members(question))
        return [(number, taken) for number in joined if row and (taken := self._undone(number, row, actor, now))]

    def undoable(self, question: int, since: dt.datetime) -> bool:
        """Whether the latest that has happened to a question is a moderator's decision, after `since`."""
        found = self._decided(question)
        return found is not None and found > stamp(since)

    def _decided(self, question: int) -> str | None:
        """When the latest line of the ledger was written, if it is a moderator's decision about this very question.

        One that goes along with another that is through would be left waiting by itself: undo the other.
        """
        row = self._one(
            """SELECT t.what, t.at, t.version, t.actor, q.lead FROM transition t JOIN question q
            ON q.number = t.question WHERE q.number = ? ORDER BY t.version DESC LIMIT 1""",
            question,
        )  # fmt: skip
        if row is None or row[0] != "state" or row[2] == 1 or row[3] == "asker":
            return None
        return row[1] if row[4] is None or self._state(row[4]) in WAITING else None

    def _undone(self, question: int, taken: tuple[str, str], actor: str, now: dt.datetime) -> int:
        """Back to the step before the one taken; the version of that one, or 0 where there is none."""
        rows = self._all(
            f"""SELECT version, state, at, what, text, entry, reason, mark FROM transition
            WHERE question = ? AND what IN {STEPS} ORDER BY version DESC LIMIT 2""",  # noqa: S608 - a constant
            question,
        )  # fmt: skip
        if len(rows) < 2 or rows[0][1:4] != (*taken, "state"):
            return 0
        _, state, _, what, text, entry, reason, mark = rows[1]
        self._line(question, self._version(question) + 1, state, actor, now, what="undo",
                   text=None if what == "reworded" else text, entry=entry, reason=reason, mark=mark)  # fmt: skip
        return int(rows[0][0])

    def reword(self, question: int, text: str, now: dt.datetime) -> None:
        """The asker's new words; one that had been asked back waits anew."""
        state = self._state(question)
        self._line(question, self._version(question) + 1, "new" if state == "asked" else state, "asker", now,
                   what="reworded", text=text)  # fmt: skip
        self._run("UPDATE question SET wording = ? WHERE number = ?", text, question)

    def withdraw(self, question: int, now: dt.datetime) -> None:
        """The asker takes it back. What went along with it goes on by itself, led by the oldest that still waits."""
        members = sorted(self.members(question), key=lambda number: self._state(number) not in WAITING)
        heir = members[0] if members else None
        self._run("UPDATE question SET under = coalesce(?, lead) WHERE under = ?", heir, question)
        self._run("UPDATE question SET lead = NULL, under = NULL WHERE number IN (?, ?)", question, heir)
        for number in members:
            self._lead(number, members[0] if number != members[0] else None, "asker", now)
        if members:
            sql = "UPDATE OR IGNORE support SET question = ? WHERE question = ?"
            self._run(sql, members[0], question)  # they wondered what the others still do
            self._run("UPDATE question SET place = (SELECT place FROM question WHERE number = ?) WHERE number = ?",
                      question, members[0])  # fmt: skip
        self._line(question, self._version(question) + 1, "withdrawn", "asker", now)

    def support(self, question: int, person: str) -> None:
        """One more person wonders the same."""
        self._run("INSERT INTO support (question, person) VALUES (?, ?) ON CONFLICT DO NOTHING", question, person)
        self.touched.add(QUEUE)

    def supports(self, question: int, person: str) -> bool:
        """Whether the person has said so, of this question or one joined with it."""
        sql = f"SELECT 1 FROM support WHERE person = ? AND question IN ({_SET})"  # noqa: S608 - a constant
        return self._one(sql, person, question) is not None

    def wondering(self, questions: Sequence[int]) -> list[str]:
        """Who wonders what these questions ask and has asked none of them, each once."""
        marks = ", ".join("?" * len(questions))
        rows = self._all(
            f"""SELECT id FROM person WHERE id IN (SELECT person FROM support WHERE question IN ({marks}))
            AND id NOT IN (SELECT person FROM question WHERE number IN ({marks}) AND person IS NOT NULL)
            ORDER BY id""",  # noqa: S608 - marks only
            *questions, *questions,
        )  # fmt: skip
        return [row[0] for row in rows]

    def asks(self, question: int, person: str) -> bool:
        """Whether the person asked it, or one joined with it."""
        sql = f"SELECT 1 FROM question WHERE person = ? AND number IN ({_SET})"  # noqa: S608 - a constant
        return self._one(sql, person, question) is not None

    def block_sender(self, question: int, version: int, actor: str, now: dt.datetime, *, blocked: bool = True) -> None:
        """Whoever asked this sends no more questions, or may again. GuardFailed when overtaken."""
        self._guard(question, version)
        self._run(
            "UPDATE person SET blocked = ? WHERE id = (SELECT person FROM question WHERE number = ?)",
            stamp(now) if blocked else None, question,
        )  # fmt: skip
        self._line(question, version + 1, self._state(question), actor, now, what="blocked" if blocked else "let_in")

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

        Those up next stand as they were ordered, those with an end latest first, all others as they were asked; new
        ones of technical trouble before other new ones, so that they are never those left out.
        """
        marks = ", ".join("?" * len(states))
        order = """q.pinned DESC, t.state = 'new' AND q.kind = 'trouble' DESC,
            CASE WHEN t.state = 'next' THEN q.place END,
            CASE WHEN t.state IN ('answered', 'declined', 'withdrawn') THEN t.at END DESC"""
        return tuple(
            self._questions(
                f"t.state IN ({marks}) AND q.lead IS NULL AND (? IS NULL OR q.webinar = ?)",
                *states, webinar, webinar, most=most, order=f"{order}, q.number",
            )
        )  # fmt: skip

    def public_questions(self, webinar: str) -> tuple[Question, ...]:
        """What viewers of a webinar may see: approved and not taken back, or answered in the broadcast.

        One that was answered in writing without having been approved stays between its asker and the moderators.
        """
        marks = ", ".join("?" * len(PUBLIC))
        where = f"""t.state IN ({marks}) AND q.lead IS NULL AND q.webinar = ? AND q.kind != 'trouble'
            AND (s.reason = 'spoken' OR EXISTS ({_APPROVED}))"""
        return tuple(self._questions(where, *PUBLIC, webinar))

    def count_queue(self, webinar: str | None = None) -> dict[str, int]:
        """How many questions in each state lead themselves, of one webinar or of all."""
        sql = f"""SELECT t.state, count(*) FROM {_LEDGER} WHERE q.lead IS NULL AND (? IS NULL OR q.webinar = ?)
            GROUP BY t.state"""  # noqa: S608 - a constant
        return dict(self._all(sql, webinar, webinar))

    def count_questions(self, webinar: str | None = None) -> dict[str, int]:
        """How many questions there are in each state, of one webinar or of all."""
        sql = f"""SELECT t.state, count(*) FROM {_LEDGER} WHERE (? IS NULL OR q.webinar = ?)
            GROUP BY t.state"""  # noqa: S608 - a constant
        return dict(self._all(sql, webinar, webinar))

    def _questions(self, where: str, *values: object, most: int = 1000, order: str = "q.number") -> list[Question]:
        sql = f"SELECT {_WHOLE} FROM {_LEDGER} WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - written here
        return [_question(row) for row in self._all(sql, *values, most)]


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

_APPROVED = f"""SELECT 1 FROM transition a WHERE a.question = q.number AND a.what = 'state'
    AND a.state IN ('approved', 'next', 'live') AND coalesce((SELECT n.what FROM transition n
    WHERE n.question = a.question AND n.version > a.version AND n.what IN {STEPS}
    ORDER BY n.version LIMIT 1), '') != 'undo'"""  # noqa: S608 - a constant
"""A decision to take a question up, which has not been undone."""

_SET = """SELECT m.number FROM question m JOIN question o ON coalesce(m.lead, m.number) = coalesce(o.lead, o.number)
    WHERE o.number = ?"""
"""The questions joined with one, itself included."""

_VOTES = """(SELECT count(DISTINCT v.person) FROM support v JOIN question m ON m.number = v.question
    WHERE (m.number = q.number OR m.lead = q.number) AND v.person NOT IN (SELECT a.person FROM question a
    WHERE (a.number = q.number OR a.lead = q.number) AND a.person IS NOT NULL))"""
"""How many wonder the same without having asked it: each person once, whichever of the joined ones it was."""

_WHOLE = f"""q.number, q.text, q.language, q.webinar, q.at, t.state, t.version, q.candidates, s.at, s.actor, s.what,
    s.text, s.entry, s.reason, s.mark, q.person, {_BLOCKED}, q.factor, q.statement, q.kind, q.wording, q.pinned,
    q.place, q.lead, (SELECT count(*) FROM question WHERE lead = q.number), {_VOTES},
    (SELECT name FROM signature WHERE question = q.number), coalesce(q.origin, (SELECT CASE actor WHEN 'asker'
    THEN 'chat' ELSE 'desk' END FROM transition WHERE question = q.number AND version = 1)), q.votes_elsewhere,
    coalesce((SELECT blocked FROM person WHERE id = q.person), ''), coalesce((SELECT text FROM transition
    WHERE question = q.number AND what = 'note' ORDER BY version DESC LIMIT 1), ''), p.text, p.at,
    q.forgotten"""  # noqa: S608


def _question(row: tuple[Any, ...]) -> Question:
    number, text, language, webinar, at, state, version, near, since, actor = row[:10]
    what, answer, entry, reason, mark, person, blocked, factor, statement, kind = row[10:20]
    wording, pinned, place, lead, joined, votes, name, origin, elsewhere, out = row[20:30]
    note, proposed, proposed_at, forgotten = row[30:]
    decided = state != "new"
    return Question(
        number, text, language, webinar, moment(at), state, version, tuple(json.loads(near)),
        moment(since) if decided else None, actor if decided else None,
        answer if what != "reworded" else None, entry, reason, mark, person is not None, bool(blocked), factor,
        statement, kind, wording or "", bool(pinned), place, lead, joined, votes, name or "", out != "",
        origin, elsewhere, note=note,
        proposed=proposed or "", proposed_at=moment(proposed_at) if proposed_at else None, forgotten=bool(forgotten),
    )  # fmt: skip
