"""What an asker is to be told a moment later, so that a moderator can take it back first."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from bot.store.rows import QUEUE, Rows, dumps, moment, stamp

NOTICES = "notices"
"""Topic touched when there is something to be told later."""


@dataclass
class Notices(Rows):
    """News under way."""

    def note_later(
        self, question: int, version: int, person: str, body: dict[str, Any], due: dt.datetime
    ) -> None:  # fmt: skip
        """To be told when it is due, unless the line of the ledger it comes of is undone."""
        self._run("INSERT INTO notice (question, version, person, body, due) VALUES (?, ?, ?, ?, ?)",
                  question, version, person, dumps(body), stamp(due))  # fmt: skip
        self.touched.add(NOTICES)

    def untell(self, question: int, version: int | None = None) -> bool:
        """What is to be told of a line of its ledger, or of any, no longer is. False when there was nothing (more)."""
        sql = "DELETE FROM notice WHERE question = ? AND coalesce(?, version) = version"
        return self._run(sql, question, version) > 0

    def notices_due(self, now: dt.datetime, most: int = 100) -> list[tuple[str, dict[str, Any]]]:
        """(person, body) of what is to be told now; they are under way no longer."""
        rows = self._all("SELECT id, person, body FROM notice WHERE due <= ? ORDER BY id LIMIT ?", stamp(now), most)
        for identity, _, _ in rows:
            self._run("DELETE FROM notice WHERE id = ?", identity)
        self.touched |= {QUEUE} if rows else set()
        return [(person, json.loads(body)) for _, person, body in rows]

    def next_notice(self) -> dt.datetime | None:
        """When something is to be told next."""
        row = self._one("SELECT min(due) FROM notice")
        return moment(row[0]) if row and row[0] else None
