"""Who has asked to be told of what, and which calls were open the last time somebody looked."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from bot.store.rows import Rows, stamp


@dataclass
class Subscriptions(Rows):
    """A person and a topic, once each."""

    def subscribe(self, person: str, topic: str, now: dt.datetime) -> None:
        """Somebody is to be told of it."""
        sql = "INSERT INTO subscription (person, topic, at) VALUES (?, ?, ?) ON CONFLICT (person, topic) DO NOTHING"
        self._run(sql, person, topic, stamp(now))

    def unsubscribe(self, person: str, topic: str) -> None:
        """Somebody is not to be told of it any more."""
        self._run("DELETE FROM subscription WHERE person = ? AND topic = ?", person, topic)

    def subscribers(self, topic: str, after: str, most: int) -> list[tuple[str, str]]:
        """(person, state as kept) of those to be told, in the order of their ids, from the one after `after`."""
        sql = """SELECT s.person, c.state FROM subscription s JOIN conversation c ON c.person = s.person
            WHERE s.topic = ? AND s.person > ? ORDER BY s.person LIMIT ?"""
        return [(person, state) for person, state in self._all(sql, topic, after, most)]

    def join_subscriptions(self, other: str, into: str) -> None:
        """Two people have become one."""
        self._run(
            """INSERT INTO subscription (person, topic, at) SELECT ?, topic, at FROM subscription WHERE person = ?
            ON CONFLICT (person, topic) DO NOTHING""",
            into, other,
        )  # fmt: skip
        self._run("DELETE FROM subscription WHERE person = ?", other)

    def calls_open(self, calls: Collection[str]) -> bool:
        """These calls are open. Whether one of them was not, the last time; the first time there is none before."""
        before = {row[0] for row in self._all("SELECT call FROM open_call")}
        now = {"", *calls}  # "": somebody has looked
        for call in before - now:
            self._run("DELETE FROM open_call WHERE call = ?", call)
        for call in now - before:
            self._run("INSERT INTO open_call (call) VALUES (?)", call)
        return bool(before) and bool(now - before)
