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
            self._forget_address(run)
        for day in days:
            self._run(
                "INSERT INTO reminder (run, day, way) VALUES (?, ?, ?) ON CONFLICT (run, day) DO NOTHING",
                run, day.isoformat(), way,
            )  # fmt: skip

    def reminders_due(self, today: dt.date, way: str) -> list[tuple[str, str, dt.date]]:
        """(run, person, latest day) of what is to be said by now, once for each run, the oldest first."""
        rows = self._all(
            """SELECT reminder.run, run.person, max(reminder.day) FROM reminder JOIN run ON run.id = reminder.run
            WHERE reminder.sent IS NULL AND reminder.way = ? AND reminder.day <= ?
            GROUP BY reminder.run ORDER BY max(reminder.day) LIMIT 100""",
            way, today.isoformat(),
        )  # fmt: skip
        return [(run, person, dt.date.fromisoformat(day)) for run, person, day in rows]

    def reminded(self, run: str, day: dt.date, now: dt.datetime) -> None:
        """It has been said, and with it what was to be said before."""
        self._run("UPDATE reminder SET sent = ? WHERE run = ? AND day <= ? AND sent IS NULL",
                  stamp(now), run, day.isoformat())  # fmt: skip

    def reminded_by(self, run: str) -> str | None:
        """The way that something still waits to be said by."""
        row = self._one("SELECT way FROM reminder WHERE run = ? AND sent IS NULL", run)
        return row[0] if row else None

    def letter_sent(self, run: str, address: str, hashed: str) -> None:
        """A reminder has gone to an address: its token counts from now on. After the last one the address goes."""
        self._run("UPDATE mail SET hash = ? WHERE run = ? AND address = ? AND confirmed IS NOT NULL",
                  hashed, run, address)  # fmt: skip
        self.forget_address_after_last(run)

    def forget_address_after_last(self, run: str) -> None:
        """The address that has said yes goes when nothing more is to be sent to it."""
        sql = "SELECT 1 FROM mail WHERE run = ? AND confirmed IS NOT NULL"
        if self._one(sql, run) and not self.reminded_by(run):
            self._forget_address(run)

    def _forget_address(self, run: str) -> None:
        """Only how many letters have been asked for stays, so that nobody is sent more by asking anew."""
        self._run("UPDATE mail SET address = '', hash = '', confirmed = NULL WHERE run = ?", run)

    def forget_unanswered(self, before: dt.datetime) -> int:
        """Addresses that have not said yes go; how many."""
        sql = "UPDATE mail SET address = '', hash = '' WHERE address <> '' AND confirmed IS NULL AND at < ?"
        return self._run(sql, stamp(before))

    def count_letter(self, run: str, most: int, now: dt.datetime) -> bool:
        """A letter that asks for a yes is to be sent. False when there have been as many as may be."""
        row = self._one(
            """INSERT INTO mail (run, address, hash, language, tries, at) VALUES (?, '', '', '', 1, ?)
            ON CONFLICT (run) DO UPDATE SET tries = tries + 1 WHERE tries < ? RETURNING tries""",
            run, stamp(now), most,
        )  # fmt: skip
        return row is not None

    def letter_failed(self, run: str) -> None:
        """It was not sent after all."""
        self._run("UPDATE mail SET tries = tries - 1 WHERE run = ?", run)

    def ask_by_mail(self, run: str, address: str, hashed: str, language: str, now: dt.datetime) -> None:
        """A letter has gone to an address that is to say yes."""
        self._run("UPDATE mail SET address = ?, hash = ?, language = ?, confirmed = NULL, at = ? WHERE run = ?",
                  address, hashed, language, stamp(now), run)  # fmt: skip

    def asked_by_mail(self, hashed: str) -> tuple[str, str] | None:
        """(run, language) of the letter that this token was in."""
        row = self._one("SELECT run, language FROM mail WHERE hash = ?", hashed)
        return (row[0], row[1]) if row else None

    def confirm_mail(self, run: str, now: dt.datetime) -> None:
        """Whoever reads that address has said yes."""
        self._run("UPDATE mail SET confirmed = ? WHERE run = ?", stamp(now), run)

    def refuse_mail(self, run: str) -> None:
        """Whoever reads that address has said no; what was to be said elsewhere still is."""
        self._run("DELETE FROM reminder WHERE run = ? AND way = ? AND sent IS NULL", run, MAIL)
        self._forget_address(run)

    def mail_of(self, run: str) -> tuple[str, str] | None:
        """(address, language) that has said yes."""
        row = self._one("SELECT address, language FROM mail WHERE run = ? AND confirmed IS NOT NULL", run)
        return (row[0], row[1]) if row else None

    def run_owner(self, run: str) -> str | None:
        """Whose run it is."""
        row = self._one("SELECT person FROM run WHERE id = ?", run)
        return row[0] if row else None
