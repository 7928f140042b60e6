"""What is said to everybody in a webinar, kept until everybody has been told."""

import datetime as dt
from dataclasses import dataclass

from bot.store.outbox import in_webinar, lane_of
from bot.store.rows import Rows, stamp

ANNOUNCEMENTS = "announcements"
"""Topic touched when there is something to say to everybody."""


@dataclass
class Announcements(Rows):
    """Announcements under way."""

    def announce(self, webinar: str, phrase: str, now: dt.datetime, poll: int | None = None) -> None:
        """Something is to be said to everybody in a webinar; `poll` is the run of a poll that it is about."""
        self._run("INSERT INTO announcement (webinar, phrase, after, at, poll) VALUES (?, ?, '', ?, ?)",
                  webinar, phrase, stamp(now), poll)  # fmt: skip
        self.touched.add(ANNOUNCEMENTS)

    def announcement(self) -> tuple[int, str, str, str, int | None] | None:
        """The oldest announcement not said to everybody: (id, webinar, phrase, last person told, run of a poll)."""
        row = self._one("SELECT id, webinar, phrase, after, poll FROM announcement ORDER BY id LIMIT 1")
        return (row[0], row[1], row[2], row[3], row[4]) if row else None

    def groups_gathered(self, channel: str, webinar: str) -> list[str]:
        """The lanes of a channel that several people share, and somebody in the webinar is one of them."""
        rows = self._all(
            """SELECT DISTINCT a.address FROM address a JOIN conversation c ON c.person = a.person
            WHERE a.channel = ? AND a.address LIKE '%:%' AND a.gone IS NULL AND c.state LIKE ?""",
            channel, in_webinar(webinar),
        )  # fmt: skip
        return sorted({lane_of(row[0]) for row in rows})

    def gathered(self, webinar: str, after: str, most: int) -> list[tuple[str, str]]:
        """(person, state as kept) of people in a webinar, in the order of their ids, from the one after `after`."""
        sql = "SELECT person, state FROM conversation WHERE person > ? AND state LIKE ? ORDER BY person LIMIT ?"
        return [(person, state) for person, state in self._all(sql, after, in_webinar(webinar), most)]

    def announced(self, announcement: int, last: str | None) -> None:
        """It has been said to people up to this one; None when it has been said to all."""
        if last is None:
            self._run("DELETE FROM announcement WHERE id = ?", announcement)
        else:
            self._run("UPDATE announcement SET after = ? WHERE id = ?", last, announcement)
