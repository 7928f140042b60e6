"""What the service keeps about itself: webinars' phases, secrets, and what retention removes."""

import datetime as dt
from dataclasses import dataclass

from bot.store.rows import QUEUE, Rows, stamp


@dataclass
class Upkeep(Rows):
    """Phases, secrets, and cleaning up."""

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

    def people_inactive_since(self, before: dt.datetime) -> list[str]:
        """People who have done nothing since, and whom nothing they asked for still waits to remind."""
        sql = """SELECT id FROM person WHERE active < ? AND NOT EXISTS (SELECT 1 FROM run JOIN reminder
            ON reminder.run = run.id WHERE run.person = person.id AND reminder.sent IS NULL)"""
        return [row[0] for row in self._all(sql, stamp(before))]

    def delete_questions(self, before: dt.datetime) -> int:
        """Questions asked before, with their ledger; how many."""
        at = stamp(before)
        old = "SELECT number FROM question WHERE at < ?"
        self._run(f"UPDATE question SET under = lead WHERE under IN ({old})", at)  # noqa: S608 - ours
        self._run(f"UPDATE question SET lead = NULL, under = NULL WHERE lead IN ({old})", at)  # noqa: S608 - ours
        for table in ("signature", "support", "notice", "proposal"):
            self._run(f"DELETE FROM {table} WHERE question IN ({old})", at)  # noqa: S608 - ours
        self._run("DELETE FROM transition WHERE question IN (SELECT number FROM question WHERE at < ?)", at)
        self.touched.add(QUEUE)
        return self._run("DELETE FROM question WHERE at < ?", at)

    def delete_old(self, table: str, column: str, before: dt.datetime) -> int:
        """Rows of a table of passing things; how many. `table` and `column` are ours (retention.py)."""
        sql = f"DELETE FROM {table} WHERE {column} < ?"  # noqa: S608 - never from outside
        return self._run(sql, stamp(before))
