"""Runs through a checklist."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bot.store.rows import Rows, moment, stamp
from dialogs.records import Run, Step


@dataclass
class Runs(Rows):
    """Runs with everything that was ever answered in them, and the editions they walk."""

    def start_run(self, person: str, run: Run, source: str) -> None:
        """A walk begins. The edition's text is kept once."""
        self._keep_edition(run.edition, source)
        self._run(
            """INSERT INTO run (id, person, checklist, version, edition, level, purpose, length, started, round, joint)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            run.id, person, run.checklist, run.version, run.edition, run.level, run.purpose, run.length,
            stamp(run.started), run.round, int(run.joint),
        )  # fmt: skip
        if run.round:
            self._run(COUNTED_BEFORE, person, person)

    def _keep_edition(self, mark: str, source: str) -> None:
        self._run("INSERT INTO edition (mark, source) VALUES (?, ?) ON CONFLICT (mark) DO NOTHING", mark, source)

    def edition(self, mark: str) -> str | None:
        """The text of an edition that a run began with."""
        row = self._one("SELECT source FROM edition WHERE mark = ?", mark)
        return row[0] if row else None

    def give(
        self, run: str, statement: str, at: dt.datetime, received: dt.datetime, *,
        answer: str | None = None, note: str | None = None, key: str | None = None,
    ) -> bool:  # fmt: skip
        """Keep an answer, a note or both. False, and nothing kept, when the key has been taken before.

        Nothing is ever written over: of each statement the latest by `at` (then by key) counts.
        """
        sql = """INSERT INTO given (run, statement, answer, note, at, key, received) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, key) DO NOTHING"""
        return self._run(sql, run, statement, answer, note, stamp(at), key, stamp(received)) > 0

    def lengthen(self, run: str) -> None:
        """The short walk goes on as the full one."""
        self._run("UPDATE run SET length = 'full', finished = NULL WHERE id = ?", run)

    def finish_run(self, run: str, now: dt.datetime) -> None:
        """The walk is through."""
        self._run("UPDATE run SET finished = ? WHERE id = ?", stamp(now), run)

    def take_step(self, run: str, step: Step) -> None:
        """The next step; the latest counts."""
        self._run(
            """INSERT INTO step (run, what, who, due) VALUES (?, ?, ?, ?)
            ON CONFLICT (run) DO UPDATE SET what = excluded.what, who = excluded.who, due = excluded.due""",
            run, step.what, step.who, step.due.isoformat() if step.due else None,
        )  # fmt: skip

    def run(self, person: str, run: str) -> Run | None:
        """One of this person's runs."""
        row = self._one(f"SELECT {_COLUMNS} FROM run WHERE id = ? AND person = ?", run, person)  # noqa: S608 - ours
        return self._whole(row) if row else None

    def every_run(self) -> list[Run]:
        """Everybody's runs, oldest first, but those of one person in a round, whose answers are only shown added up.

        Of what a group answered together there is one, though who led it before keeps a copy."""
        rows = self._all(f"SELECT {_COLUMNS} FROM run WHERE {_SHOWN_ALONE} ORDER BY started, id")  # noqa: S608 - ours
        return [self._whole(row) for row in rows]

    def run_before(self, person: str, run: Run) -> Run | None:
        """The latest run of the same checklist on the same level that was finished before this one began.

        What a group answered together is never compared with what one of them answered alone.
        """
        row = self._one(
            f"""SELECT {_COLUMNS} FROM run WHERE person = ? AND checklist = ? AND level = ? AND id <> ?
            AND joint = ? AND finished <= ? ORDER BY finished DESC LIMIT 1""",  # noqa: S608 - ours
            person, run.checklist, run.level, run.id, int(run.joint), stamp(run.started),
        )  # fmt: skip
        return self._whole(row) if row else None

    def _whole(self, row: tuple[Any, ...]) -> Run:
        *known, started, finished, round_, joint = row
        answers, notes = self._given(row[0])
        identity, checklist, version, edition, level, purpose, length = known
        return Run(
            identity, checklist, int(version), edition, level, purpose, length, moment(started), answers, notes,
            moment(finished) if finished else None, self._step(identity), round_, bool(joint),
            self._reminders(identity),
        )  # fmt: skip

    def _given(self, run: str) -> tuple[dict[str, str], dict[str, str]]:
        """What counts of all that was given: answers and notes by statement."""
        answers: dict[str, str] = {}
        notes: dict[str, str] = {}
        sql = "SELECT statement, answer, note FROM given WHERE run = ? ORDER BY at, coalesce(key, ''), id"
        for statement, answer, note in self._all(sql, run):
            if answer is not None:
                answers[statement] = answer
            if note is not None:
                notes[statement] = note
        return answers, notes

    def _reminders(self, run: str) -> tuple[dt.date, ...]:
        rows = self._all("SELECT day FROM reminder WHERE run = ? AND sent IS NULL ORDER BY day", run)
        return tuple(dt.date.fromisoformat(day) for (day,) in rows)

    def _step(self, run: str) -> Step | None:
        row = self._one("SELECT what, who, due FROM step WHERE run = ?", run)
        return Step(row[0], row[1], dt.date.fromisoformat(row[2]) if row[2] else None) if row else None


LEFT = "counted_in = CASE WHEN counted AND NOT joint THEN round END, round = NULL"
"""What is set in a run that is no longer part of its round."""
COUNTED_BEFORE = """UPDATE run SET counted = 1 WHERE person = ? AND NOT joint
    AND round IN (SELECT counted_in FROM run WHERE person = ?)"""
"""Nobody is counted twice in a round, who answers it again."""

_SHOWN_ALONE = "(joint OR (round IS NULL AND counted_in IS NULL)) AND NOT counted"
_COLUMNS = "id, checklist, version, edition, level, purpose, length, started, finished, round, joint"
