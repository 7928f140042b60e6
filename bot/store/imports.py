"""What has come in from other programs' exports."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from bot.store.rows import QUEUE, Rows, stamp

PollRow = tuple[str, str, str, int]
"""poll, question, answer, how many"""


@dataclass
class Imports(Rows):
    """Questions that are here already, and polls."""

    def imported(self, webinar: str, digest: str) -> int | None:
        """The question that came of what has this digest; None when it has not come in."""
        row = self._one("SELECT question FROM imported WHERE webinar = ? AND digest = ?", webinar, digest)
        return row[0] if row else None

    def note_import(self, webinar: str, digest: str, question: int, now: dt.datetime) -> None:
        """It has come in, as this question."""
        self._run("INSERT INTO imported (webinar, digest, question, at) VALUES (?, ?, ?, ?)",
                  webinar, digest, question, stamp(now))  # fmt: skip

    def vote_elsewhere(self, question: int, votes: int) -> bool:
        """A later export shows more votes for a question; False when it does not."""
        sql = "UPDATE question SET votes_elsewhere = ? WHERE number = ? AND votes_elsewhere < ?"
        changed = self._run(sql, votes, question, votes) > 0
        if changed:
            self.touched.add(QUEUE)
        return changed

    def polls_elsewhere(self, webinar: str) -> list[PollRow]:
        """The polls of a webinar that were held elsewhere, each in the order of its report."""
        sql = "SELECT poll, question, answer, count FROM imported_poll WHERE webinar = ? ORDER BY poll, place"
        return [(poll, question, answer, count) for poll, question, answer, count in self._all(sql, webinar)]

    def replace_polls(self, webinar: str, polls: Collection[PollRow], now: dt.datetime) -> None:
        """These polls take the place of those with the same names, as a whole."""
        for name in {row[0] for row in polls}:
            self._run("DELETE FROM imported_poll WHERE webinar = ? AND poll = ?", webinar, name)
        for place, (poll, question, answer, count) in enumerate(polls):
            self._run(
                """INSERT INTO imported_poll (webinar, poll, question, answer, count, place, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                webinar, poll, question, answer, count, place, stamp(now),
            )  # fmt: skip
