"""Reminders of a run's next step, and the addresses they go to by e-mail."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.rows import Rows, stamp

HERE, MAIL = "here", "mail"


@dataclass
class Reminders(Rows):
    """What is to be said on a day, once."""

    def remind(self, run: str, way: str, days: Iterable[dt.date]) -> None:
        """Remind of a run on these days; what was to come before no longer does."""
        self._run("DELETE FROM reminder WHERE run = ? AND sent IS NULL", run)
        if way != MAIL:
            self._run("DELETE FROM mail WHERE run = ?", run)
        for day in days:
            self._run(
                "INSERT INTO reminder (run, day, way) VALUES (?, ?, ?) ON CONFLICT (run, day) DO NOTHING",
                run, day.isoformat(), way,
            )  # fmt: skip

    def reminders_due(self, today: dt.date, way: str) -> list[tuple[str, str, dt.date]]:
        """(run, person, day) of what is to be said by now, the oldest first."""
        rows = self._all(
            """SELECT reminder.run, run.person, reminder.day FROM reminder JOIN run ON run.id = reminder.run
            WHERE reminder.sent IS NULL AND reminder.way = ? AND reminder.day <= ? ORDER BY reminder.day LIMIT 100""",
            way, today.isoformat(),
        )  # fmt: skip
        return [(run, person, dt.date.fromisoformat(day)) for run, person, day in rows]

    def reminded(self, run: str, day: dt.date, now: dt.datetime) -> None:
        """It has been said."""
        self._run("UPDATE reminder SET sent = ? WHERE run = ? AND day = ?", stamp(now), run, day.isoformat())

    def forget_address_after_last(self, run: str) -> None:
        """The address goes when nothing more is to be sent to it."""
        self._run(
            "DELETE FROM mail WHERE run = ? AND NOT EXISTS (SELECT 1 FROM reminder WHERE run = ? AND sent IS NULL)",
            run, run,
        )  # fmt: skip

    def ask_by_mail(self, run: str, address: str, hashed: str, language: str, now: dt.datetime) -> int:
        """An address that is to say yes; how many letters have been asked for, this one included."""
        row = self._one(
            """INSERT INTO mail (run, address, hash, language, tries, at) VALUES (?, ?, ?, ?, 1, ?)
            ON CONFLICT (run) DO UPDATE SET address = excluded.address, hash = excluded.hash,
            language = excluded.language, tries = tries + 1, confirmed = NULL, at = excluded.at RETURNING tries""",
            run, address, hashed, language, stamp(now),
        )  # fmt: skip
        return int(row[0]) if row else 0

    def asked_by_mail(self, hashed: str) -> tuple[str, str] | None:
        """(run, language) of the letter that this token was in."""
        row = self._one("SELECT run, language FROM mail WHERE hash = ?", hashed)
        return (row[0], row[1]) if row else None

    def renew_mail(self, run: str, hashed: str) -> None:
        """The token of the next letter takes the place of the last one's."""
        self._run("UPDATE mail SET hash = ? WHERE run = ?", hashed, run)

    def confirm_mail(self, run: str, now: dt.datetime) -> None:
        """Whoever reads that address has said yes."""
        self._run("UPDATE mail SET confirmed = ? WHERE run = ?", stamp(now), run)

    def mail_of(self, run: str) -> tuple[str, str] | None:
        """(address, language) that has said yes."""
        row = self._one("SELECT address, language FROM mail WHERE run = ? AND confirmed IS NOT NULL", run)
        return (row[0], row[1]) if row else None

    def run_owner(self, run: str) -> str | None:
        """Whose run it is."""
        row = self._one("SELECT person FROM run WHERE id = ?", run)
        return row[0] if row else None
