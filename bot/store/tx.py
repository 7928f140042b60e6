"""Everything that is read and written, as methods of one transaction.

The SQL is portable on purpose (ON CONFLICT, RETURNING, UTC ISO timestamps): PostgreSQL is to follow behind the same
methods. Times come in from outside; nothing here looks at a clock.
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dialogs.records import Question, Run

QUEUE = "queue"
"""Topic touched when a question changes."""


def person_topic(person: str) -> str:
    """Topic touched when a person's message log grows."""
    return f"person:{person}"


class GuardFailed(Exception):
    """Somebody else has decided meanwhile: what this record was based on is no longer so."""


@dataclass(frozen=True)
class Seen:
    """An event handled before: whose, what it said, and which messages it left."""

    person: str
    digest: str
    first: int
    last: int


@dataclass(frozen=True)
class Message:
    """One line of a person's log. `body` is the channel-neutral reply, or what the person wrote."""

    number: int
    sender: str
    """you | bot | moderator"""
    body: dict[str, Any]
    at: dt.datetime


@dataclass(frozen=True)
class Invite:
    """A one-time sign-in link, known by its hash."""

    role: str
    webinar: str | None
    expires: dt.datetime
    used: bool


@dataclass(frozen=True)
class Session:
    """Somebody signed in."""

    role: str
    webinar: str | None
    created: dt.datetime
    active: dt.datetime


@dataclass
class Tx:
    """One transaction on the store. `touched` collects the topics to wake once it is committed."""

    db: sqlite3.Connection
    touched: set[str] = field(default_factory=set)

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.db.execute(sql, values).fetchone()
        return row

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, values).fetchall()

    def _run(self, sql: str, *values: object) -> int:
        return self.db.execute(sql, values).rowcount

    # People and their addresses

    def create_person(self, person: str, channel: str, address: str, now: dt.datetime) -> None:
        """Somebody new, reached at one address."""
        at = stamp(now)
        self._run("INSERT INTO person (id, created, active) VALUES (?, ?, ?)", person, at, at)
        self._run("INSERT INTO address (channel, address, person, created) VALUES (?, ?, ?, ?)",
                  channel, address, person, at)  # fmt: skip

    def person_at(self, channel: str, address: str) -> str | None:
        """Whose address this is."""
        row = self._one("SELECT person FROM address WHERE channel = ? AND address = ?", channel, address)
        return row[0] if row else None

    def address_of(self, channel: str, person: str) -> str | None:
        """A person's address in a channel."""
        row = self._one("SELECT address FROM address WHERE channel = ? AND person = ?", channel, person)
        return row[0] if row else None

    def confirmed(self, channel: str, address: str) -> bool:
        """Whether the address has been used since it was given out."""
        row = self._one("SELECT confirmed FROM address WHERE channel = ? AND address = ?", channel, address)
        return bool(row and row[0])

    def confirm(self, channel: str, address: str) -> None:
        """The address has come back: its owner has it."""
        self._run("UPDATE address SET confirmed = 1 WHERE channel = ? AND address = ?", channel, address)

    def active(self, person: str, now: dt.datetime) -> None:
        """The person did something: retention counts from here."""
        self._run("UPDATE person SET active = ? WHERE id = ?", stamp(now), person)

    def exists(self, person: str) -> bool:
        """Whether the person is (still) here."""
        return self._one("SELECT 1 FROM person WHERE id = ?", person) is not None

    def erase(self, person: str) -> bool:
        """Forget a person: everything but the questions, which lose their asker. False when there is none."""
        self._run("UPDATE question SET person = NULL, message = NULL WHERE person = ?", person)
        self._run("DELETE FROM answer WHERE run IN (SELECT id FROM run WHERE person = ?)", person)
        for table in ("run", "message", "conversation", "address", "seen"):
            self._run(f"DELETE FROM {table} WHERE person = ?", person)  # noqa: S608 - names are ours
        self.touched |= {person_topic(person), QUEUE}
        return self._run("DELETE FROM person WHERE id = ?", person) > 0

    # Conversations

    def state(self, person: str) -> tuple[Any, int]:
        """The kept state as JSON values (None when there is none) and the number of the last message."""
        row = self._one("SELECT state, last FROM conversation WHERE person = ?", person)
        return (json.loads(row[0]), row[1]) if row else (None, 0)

    def keep_state(self, person: str, state: dict[str, Any], last: int) -> None:
        """Replace the state."""
        self._run(
            """INSERT INTO conversation (person, state, last) VALUES (?, ?, ?)
            ON CONFLICT (person) DO UPDATE SET state = excluded.state, last = excluded.last""",
            person, dumps(state), last,
        )  # fmt: skip

    def seen(self, scope: str, key: str) -> Seen | None:
        """An event handled before."""
        row = self._one("SELECT person, digest, first, last FROM seen WHERE scope = ? AND key = ?", scope, key)
        return Seen(*row) if row else None

    def born(self, channel: str, key: str, since: dt.datetime) -> Seen | None:
        """The event with this key that created its person, unless that person's address has been used since."""
        row = self._one(
            """SELECT s.person, s.digest, s.first, s.last FROM seen s JOIN address a ON a.person = s.person
            WHERE s.born = ? AND s.key = ? AND s.at >= ? AND a.channel = s.born AND a.confirmed = 0""",
            channel, key, stamp(since),
        )  # fmt: skip
        return Seen(*row) if row else None

    def remember(self, scope: str, key: str, seen: Seen, born: str | None, now: dt.datetime) -> None:
        """The event is handled."""
        self._run(
            "INSERT INTO seen (scope, key, digest, person, first, last, born, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            scope, key, seen.digest, seen.person, seen.first, seen.last, born, stamp(now),
        )  # fmt: skip

    def dead_letter(self, channel: str, error: str, now: dt.datetime) -> None:
        """Something that can't be handled, noted without its content."""
        self._run("INSERT INTO dead_letter (channel, error, at) VALUES (?, ?, ?)", channel, error, stamp(now))

    # Messages

    def say(self, person: str, number: int, sender: str, body: dict[str, Any], now: dt.datetime) -> None:
        """A line in a person's log."""
        self._run(
            "INSERT INTO message (person, number, sender, body, at) VALUES (?, ?, ?, ?, ?)",
            person, number, sender, dumps(body), stamp(now),
        )  # fmt: skip
        self.touched.add(person_topic(person))

    def say_later(self, person: str, body: dict[str, Any], now: dt.datetime) -> None:
        """A line that is not part of the person's own turn: a moderator's answer."""
        row = self._one("UPDATE conversation SET last = last + 1 WHERE person = ? RETURNING last", person)
        if row:
            self.say(person, row[0], "moderator", body, now)

    def messages(self, person: str, after: int, most: int = 200) -> list[Message]:
        """The lines after a number, oldest first."""
        rows = self._all(
            "SELECT number, sender, body, at FROM message WHERE person = ? AND number > ? ORDER BY number LIMIT ?",
            person, after, most,
        )  # fmt: skip
        return [_message(row) for row in rows]

    def latest(self, person: str, most: int) -> list[Message]:
        """The last lines, oldest first."""
        rows = self._all(
            "SELECT number, sender, body, at FROM message WHERE person = ? ORDER BY number DESC LIMIT ?", person, most
        )
        return [_message(row) for row in reversed(rows)]

    def offered(self, person: str, choice: str) -> str | None:
        """The label of a choice that was once offered to this person, or None if it never was."""
        wanted = json.dumps(choice, ensure_ascii=False).replace("!", "!!").replace("%", "!%").replace("_", "!_")
        row = self._one(
            "SELECT body FROM message WHERE person = ? AND body LIKE ? ESCAPE '!' ORDER BY number DESC LIMIT 1",
            person, f'%"id":{wanted}%',
        )  # fmt: skip
        choices = json.loads(row[0]).get("choices", []) if row else []
        return next((each["label"] for each in choices if each["id"] == choice), None)

    # Questions and their ledger

    def ask(
        self, person: str, message: int, text: str, language: str, webinar: str | None, near: Iterable[str],
        now: dt.datetime,
    ) -> int:  # fmt: skip
        """Queue a question; its number."""
        row = self._one(
            """INSERT INTO question (person, message, text, language, webinar, candidates, at)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            person, message, text, language, webinar, dumps(list(near)), stamp(now),
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

    def asker(self, number: int) -> tuple[str, int] | None:
        """Whose question it is and which of the person's messages it was; None when forgotten."""
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
            t.at, t.actor, t.text, t.entry, t.reason, q.person FROM {_LEDGER}
            WHERE {where} ORDER BY {order} LIMIT ?"""  # noqa: S608 - the conditions are written in this file
        return [_question(row) for row in self._all(sql, *values, most)]

    def label(self, text: str, language: str, entry: str | None, origin: str, now: dt.datetime) -> None:
        """A question that a person tied to an entry: a proposed variant for the curator."""
        self._run("INSERT INTO label (text, language, entry, origin, at) VALUES (?, ?, ?, ?, ?)",
                  text, language, entry, origin, stamp(now))  # fmt: skip

    # Runs through the checklist

    def start_run(self, person: str, run: Run) -> None:
        """A walk begins."""
        self._run(
            """INSERT INTO run (id, person, checklist, version, level, purpose, length, started)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            run.id, person, run.checklist, run.version, run.level, run.purpose, run.length, stamp(run.started),
        )  # fmt: skip

    def answer(self, run: str, statement: str, answer: str, now: dt.datetime) -> None:
        """The latest answer to a statement counts."""
        self._run(
            """INSERT INTO answer (run, statement, answer, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (run, statement) DO UPDATE SET answer = excluded.answer, at = excluded.at""",
            run, statement, answer, stamp(now),
        )  # fmt: skip

    def note(self, run: str, statement: str, note: str, now: dt.datetime) -> None:
        """The latest note on a statement counts; an empty one removes it."""
        self._run(
            """INSERT INTO answer (run, statement, note, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (run, statement) DO UPDATE SET note = excluded.note, at = excluded.at""",
            run, statement, note or None, stamp(now),
        )  # fmt: skip

    def finish_run(self, run: str, owner: str | None, now: dt.datetime) -> None:
        """The walk is through."""
        self._run("UPDATE run SET owner = ?, finished = ? WHERE id = ?", owner, stamp(now), run)

    def run(self, person: str, run: str) -> Run | None:
        """One of this person's runs."""
        row = self._one(
            """SELECT id, checklist, version, level, purpose, length, started, owner, finished
            FROM run WHERE id = ? AND person = ?""",
            run, person,
        )  # fmt: skip
        if row is None:
            return None
        rows = self._all("SELECT statement, answer, note FROM answer WHERE run = ?", run)
        answers = {statement: answer for statement, answer, _ in rows if answer}
        notes = {statement: note for statement, _, note in rows if note}
        finished = moment(row[8]) if row[8] else None
        identity, checklist, version, level, purpose, length, started, owner, _ = row
        return Run(
            identity, checklist, version, level, purpose, length, moment(started), answers, notes, owner, finished
        )

    # Webinars

    def phases(self) -> dict[str, str]:
        """planned | open | closed for each webinar that something has happened with, latest first."""
        return dict(self._all("SELECT code, phase FROM webinar ORDER BY at DESC"))

    def set_phase(self, code: str, phase: str, now: dt.datetime) -> None:
        """Open or close a webinar."""
        self._run(
            """INSERT INTO webinar (code, phase, at) VALUES (?, ?, ?)
            ON CONFLICT (code) DO UPDATE SET phase = excluded.phase, at = excluded.at""",
            code, phase, stamp(now),
        )  # fmt: skip
        self.touched.add(f"webinar:{code}")

    def secret(self, name: str, fresh: str) -> str:
        """A secret made once: in the database, so that one file is all there is to back up."""
        self._run("INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, fresh)
        row = self._one("SELECT value FROM secret WHERE name = ?", name)
        return str(row[0]) if row else fresh

    def probe(self, now: dt.datetime) -> None:
        """Write something, to know that writing works."""
        sql = "INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
        self._run(sql, stamp(now))

    # Signing in

    def add_invite(self, hashed: str, role: str, webinar: str | None, now: dt.datetime, expires: dt.datetime) -> None:
        """A one-time link, kept as its hash."""
        self._run("INSERT INTO invite (hash, role, webinar, created, expires) VALUES (?, ?, ?, ?, ?)",
                  hashed, role, webinar, stamp(now), stamp(expires))  # fmt: skip

    def invite(self, hashed: str) -> Invite | None:
        """The invite of a link."""
        row = self._one("SELECT role, webinar, expires, used FROM invite WHERE hash = ?", hashed)
        return Invite(row[0], row[1], moment(row[2]), row[3] is not None) if row else None

    def redeem(self, hashed: str, now: dt.datetime) -> Invite | None:
        """Use an invite up. None when it is unknown, used or expired: exactly one of many at once gets it."""
        at = stamp(now)
        row = self._one(
            """UPDATE invite SET used = ? WHERE hash = ? AND used IS NULL AND expires > ?
            RETURNING role, webinar, expires""",
            at, hashed, at,
        )  # fmt: skip
        return Invite(row[0], row[1], moment(row[2]), used=True) if row else None

    def open_session(self, hashed: str, role: str, webinar: str | None, now: dt.datetime) -> None:
        """Somebody has signed in."""
        at = stamp(now)
        self._run("INSERT INTO session (hash, role, webinar, created, active) VALUES (?, ?, ?, ?, ?)",
                  hashed, role, webinar, at, at)  # fmt: skip

    def session(self, hashed: str) -> Session | None:
        """The session of a cookie."""
        row = self._one("SELECT role, webinar, created, active FROM session WHERE hash = ?", hashed)
        return Session(row[0], row[1], moment(row[2]), moment(row[3])) if row else None

    def touch_session(self, hashed: str, now: dt.datetime) -> None:
        """The session is in use."""
        self._run("UPDATE session SET active = ? WHERE hash = ?", stamp(now), hashed)

    def close_session(self, hashed: str) -> None:
        """Signed out: the cookie is dead at once."""
        self._run("DELETE FROM session WHERE hash = ?", hashed)

    # Retention

    def people_inactive_since(self, before: dt.datetime) -> list[str]:
        """People who have done nothing since."""
        return [row[0] for row in self._all("SELECT id FROM person WHERE active < ?", stamp(before))]

    def delete_questions(self, before: dt.datetime) -> int:
        """Questions asked before, with their ledger; how many."""
        at = stamp(before)
        self._run("DELETE FROM transition WHERE question IN (SELECT number FROM question WHERE at < ?)", at)
        return self._run("DELETE FROM question WHERE at < ?", at)

    def delete_old(self, table: str, column: str, before: dt.datetime) -> int:
        """Rows of a table of passing things; how many. `table` and `column` are ours (retention.py)."""
        sql = f"DELETE FROM {table} WHERE {column} < ?"  # noqa: S608 - never from outside
        return self._run(sql, stamp(before))


_LEDGER = """question q JOIN transition t ON t.question = q.number
    AND t.version = (SELECT max(version) FROM transition WHERE question = q.number)"""


def _message(row: tuple[Any, ...]) -> Message:
    return Message(row[0], row[1], json.loads(row[2]), moment(row[3]))


def _question(row: tuple[Any, ...]) -> Question:
    number, text, language, webinar, at, state, version, near, decided, actor, answer, entry, reason, person = row
    done = state != "new"
    return Question(
        number, text, language, webinar, moment(at), state, version, tuple(json.loads(near)),
        moment(decided) if done else None, actor if done else None, answer, entry, reason, person is not None,
    )  # fmt: skip


def dumps(value: Any) -> str:
    """JSON as kept: no spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stamp(moment: dt.datetime) -> str:
    """A moment as kept: UTC, ISO 8601, sortable."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(stamp: str) -> dt.datetime:
    """A moment read back, in UTC."""
    return dt.datetime.fromisoformat(stamp)
