"""Runs through the checklist."""

import datetime as dt
from dataclasses import dataclass

from bot.store.rows import Rows, moment, stamp
from dialogs.records import Run


@dataclass
class Runs(Rows):
    """Runs with their answers and notes."""

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
