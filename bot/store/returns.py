"""Coming back from somewhere else: links of a person's own, and one person behind several addresses."""

import datetime as dt
import json
from dataclasses import dataclass

from bot.store.polls import Polls
from bot.store.rows import QUEUE, dumps, person_topic, stamp
from bot.store.runs import COUNTED_BEFORE, LEFT
from bot.store.subscriptions import Subscriptions


@dataclass
class Returns(Polls, Subscriptions):
    """Links to return by, known by their hashes."""

    def keep_return(self, hashed: str, person: str, now: dt.datetime, expires: dt.datetime) -> None:
        """A link that leads to this person."""
        self._run("INSERT INTO return_link (hash, person, created, expires) VALUES (?, ?, ?, ?)",
                  hashed, person, stamp(now), stamp(expires))  # fmt: skip

    def returning(self, hashed: str, now: dt.datetime) -> str | None:
        """Whom a link leads to, as long as it is good."""
        row = self._one("SELECT person FROM return_link WHERE hash = ? AND expires > ?", hashed, stamp(now))
        return row[0] if row else None

    def join(self, channel: str, address: str, into: str, now: dt.datetime) -> None:
        """The address is this person's from now on.

        Somebody who was there before becomes the same person: questions, labels, runs and addresses come along, and
        what waits to be sent; the conversation that goes on is the one returned to.
        """
        row = self._one("SELECT person FROM address WHERE channel = ? AND address = ?", channel, address)
        # Who acts among the moderators signs in by each account: a way back to a conversation is none to the desk.
        self._run("DELETE FROM desk_member WHERE person IN (?, ?)", into, row[0] if row else into)
        if row is None:
            self._run("INSERT INTO address (channel, address, person, created) VALUES (?, ?, ?, ?)",
                      channel, address, into, stamp(now))  # fmt: skip
        elif row[0] != into:
            other = row[0]
            self._run("UPDATE invite SET person = NULL WHERE person = ?", other)
            self._run("UPDATE question SET person = ?, message = NULL WHERE person = ?", into, other)
            self._run("UPDATE OR IGNORE support SET person = ? WHERE person = ?", into, other)
            self._run("DELETE FROM support WHERE person = ?", other)
            self._run(
                "UPDATE person SET blocked = (SELECT max(blocked) FROM person WHERE id IN (?, ?)) WHERE id = ?",
                into, other, into,
            )  # fmt: skip
            for identity, told in self._all("SELECT id, body FROM notice WHERE person = ?", other):
                plain = {name: value for name, value in json.loads(told).items() if name != "reply_to"}
                self._run("UPDATE notice SET person = ?, body = ? WHERE id = ?", into, dumps(plain), identity)
            self._run("UPDATE outbox SET person = ?, number = NULL WHERE person = ?", into, other)
            self._run("UPDATE round SET leader = ? WHERE leader = ?", into, other)
            self.join_votes(other, into)
            self.join_subscriptions(other, into)
            # one person answers a round once: the run of the conversation that goes on stays in it
            self._run(
                f"""UPDATE run SET {LEFT} WHERE person = ?
                AND (round, joint) IN (SELECT round, joint FROM run WHERE person = ?)""",  # noqa: S608 - ours
                other, into,
            )  # fmt: skip
            for table in ("address", "run", "return_link", "label"):
                self._run(f"UPDATE {table} SET person = ? WHERE person = ?", into, other)  # noqa: S608 - ours
            self._run(COUNTED_BEFORE, into, into)
            # what was handled is not handled again; the lines that it left are no more
            self._run(
                "UPDATE OR IGNORE seen SET scope = ?, person = ?, first = 1, last = 0, born = NULL WHERE scope = ?",
                into, into, other,
            )  # fmt: skip
            for table in ("message", "conversation", "posted", "seen"):
                self._run(f"DELETE FROM {table} WHERE person = ?", other)  # noqa: S608 - names are ours
            self._run("DELETE FROM person WHERE id = ?", other)
            self.touched |= {person_topic(other), QUEUE}
