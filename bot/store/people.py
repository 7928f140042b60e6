"""People and their addresses: identity apart from content."""

import datetime as dt
from dataclasses import dataclass

from bot.store.rows import Rows, stamp


@dataclass
class People(Rows):
    """Who there is, and where each is reached."""

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
