"""What is said: conversations, their message log, and the keys of events received."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from bot.store.outbox import Outbox
from bot.store.rows import dumps, moment, person_topic, stamp


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


@dataclass
class Messages(Outbox):
    """Conversations and what is said in them."""

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

    def language(self, person: str) -> str:
        """What is spoken to the person."""
        row = self._one("SELECT state FROM conversation WHERE person = ?", person)
        return str(json.loads(row[0]).get("language", "sv")) if row else "sv"

    def say(self, person: str, number: int, sender: str, body: dict[str, Any], now: dt.datetime) -> None:
        """A line in a person's log."""
        self._run(
            "INSERT INTO message (person, number, sender, body, at) VALUES (?, ?, ?, ?, ?)",
            person, number, sender, dumps(body), stamp(now),
        )  # fmt: skip
        self.touched.add(person_topic(person))

    def say_later(
        self, person: str, sender: str, body: dict[str, Any], now: dt.datetime, webinar: str | None = None, *,
        groups: bool = True,
    ) -> None:  # fmt: skip
        """A line that is not part of the person's own turn, such as a moderator's answer: also sent where we send.

        With `webinar` it is said to all who are in it; without `groups` it is sent to nobody's group.
        """
        row = self._one("UPDATE conversation SET last = last + 1 WHERE person = ? RETURNING last, state", person)
        if row:
            self.say(person, row[0], sender, body, now)
            self.post_to_all(person, row[0], body, json.loads(row[1]).get("language", "sv"), now, webinar,
                             groups=groups)  # fmt: skip

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

    def line_saying(self, person: str, words: str) -> int | None:
        """The person's latest line that holds these words."""
        rows = self._all(
            "SELECT number, body FROM message WHERE person = ? AND sender = 'you' ORDER BY number DESC LIMIT 50", person
        )
        return next((number for number, kept in rows if words in json.loads(kept)["text"]), None)

    def offered(self, person: str, choice: str) -> str | None:
        """The label of a choice that was once offered to this person, or None if it never was."""
        wanted = json.dumps(choice, ensure_ascii=False).replace("!", "!!").replace("%", "!%").replace("_", "!_")
        row = self._one(
            "SELECT body FROM message WHERE person = ? AND body LIKE ? ESCAPE '!' ORDER BY number DESC LIMIT 1",
            person, f'%"id":{wanted}%',
        )  # fmt: skip
        choices = json.loads(row[0]).get("choices", []) if row else []
        return next((each["label"] for each in choices if each["id"] == choice), None)


def _message(row: tuple[Any, ...]) -> Message:
    return Message(row[0], row[1], json.loads(row[2]), moment(row[3]))
