"""What a channel that sends knows of the outside: what can't be reached, what has moved, when it was out of touch."""

import datetime as dt
import json
from dataclasses import dataclass

from bot.store.outbox import CARDS
from bot.store.rows import QUEUE, Rows, moment, stamp


@dataclass(frozen=True)
class Outage:
    """A time when a channel could not be reached."""

    began: dt.datetime
    ended: dt.datetime


@dataclass
class Reach(Rows):
    """Lanes that are gone or have moved, and outages."""

    def lane_gone(self, channel: str, lane: str, why: str) -> None:
        """Nothing reaches a lane any more: what waits there is kept, with the reason.

        What is of today only, and keys that are never kept, are not.
        """
        self._run("UPDATE address SET gone = ? WHERE channel = ? AND (address = ? OR address LIKE ?)",
                  why, channel, lane, f"{lane}:%")  # fmt: skip
        self._unsay_cards(channel, lane)
        passing = """DELETE FROM outbox WHERE channel = ? AND lane = ?
            AND (body LIKE '%"kind":"announcement"%' OR body LIKE '%"links":%')"""
        self._run(passing, channel, lane)
        self._run(
            "UPDATE outbox SET state = 'held', why = ? WHERE channel = ? AND lane = ? AND state <> 'refused'",
            why, channel, lane,
        )  # fmt: skip
        self.touched.add(QUEUE)

    def lane_back(self, channel: str, lane: str) -> bool:
        """A lane can be reached again, and what waited there is to be sent. False when it had not been gone."""
        back = self._run(
            "UPDATE address SET gone = NULL WHERE channel = ? AND (address = ? OR address LIKE ?) AND gone IS NOT NULL",
            channel, lane, f"{lane}:%",
        )  # fmt: skip
        sql = "UPDATE outbox SET state = 'waiting' WHERE channel = ? AND lane = ? AND state = 'held'"
        if self._run(sql, channel, lane) + back:
            self.touched.add(QUEUE)
        if self._one("SELECT 1 FROM card WHERE lane = ?", lane):
            self.touched.add(CARDS)
        return back > 0

    def _unsay_cards(self, channel: str, lane: str) -> None:
        """What is under way of the cards there is not sent: each is to be said anew, as it stands then."""
        mine = """FROM outbox WHERE channel = ? AND lane = ? AND hint LIKE '%"card":%'"""
        for (hint,) in self._all(f"SELECT hint {mine}", channel, lane):
            sql = "UPDATE card SET said = '', over = 0 WHERE lane = ? AND question = ?"
            self._run(sql, lane, json.loads(hint)["card"])
            self.touched.add(CARDS)
        self._run(f"DELETE {mine}", channel, lane)
        self._run("DELETE FROM card WHERE lane = ? AND message IS NULL", lane)

    def lanes_gone(self, channel: str) -> set[str]:
        """Every lane that can't be reached."""
        rows = self._all("SELECT address FROM address WHERE channel = ? AND gone IS NOT NULL", channel)
        return {row[0].partition(":")[0] for row in rows}

    def move_lane(self, channel: str, lane: str, into: str) -> None:
        """A group has become another chat; its people keep their addresses. There messages are counted anew."""
        known = self._one("SELECT into_lane FROM moved WHERE channel = ? AND lane = ?", channel, lane)
        if known is None or known[0] != into:
            self._run("DELETE FROM posted WHERE channel = ? AND lane = ?", channel, lane)
            self._unsay_cards(channel, lane)
            self._run("DELETE FROM card WHERE lane = ?", lane)
            self._run("DELETE FROM poll_post WHERE channel = ? AND lane = ?", channel, lane)
            self._run("UPDATE native_poll SET ended = 1 WHERE channel = ? AND lane = ?", channel, lane)
        self._run(
            """INSERT INTO moved (channel, lane, into_lane) VALUES (?, ?, ?)
            ON CONFLICT (channel, lane) DO UPDATE SET into_lane = excluded.into_lane""",
            channel, lane, into,
        )  # fmt: skip

    def moved(self, channel: str) -> dict[str, str]:
        """Every group that has become another chat, and which."""
        return dict(self._all("SELECT lane, into_lane FROM moved WHERE channel = ?", channel))

    def in_touch(self, channel: str, now: dt.datetime) -> None:
        """The channel reaches the outside."""
        self._run(
            """INSERT INTO contact (channel, at) VALUES (?, ?)
            ON CONFLICT (channel) DO UPDATE SET at = excluded.at""",
            channel, stamp(now),
        )  # fmt: skip

    def last_in_touch(self, channel: str) -> dt.datetime | None:
        """When it last did."""
        row = self._one("SELECT at FROM contact WHERE channel = ?", channel)
        return moment(row[0]) if row else None

    def note_outage(self, channel: str, outage: Outage) -> None:
        """A time when it did not."""
        self._run("INSERT INTO outage (channel, began, ended) VALUES (?, ?, ?)",
                  channel, stamp(outage.began), stamp(outage.ended))  # fmt: skip
        self.touched.add(QUEUE)

    def outages(self, since: dt.datetime) -> list[Outage]:
        """Every time since when a channel was out of touch."""
        rows = self._all("SELECT began, ended FROM outage WHERE ended > ? ORDER BY ended", stamp(since))
        return [Outage(moment(began), moment(ended)) for began, ended in rows]

    def addresses_active(self, channel: str, since: dt.datetime, until: dt.datetime) -> list[str]:
        """Addresses of people who were last heard of between two moments."""
        rows = self._all(
            """SELECT a.address FROM address a JOIN person p ON p.id = a.person
            WHERE a.channel = ? AND a.gone IS NULL AND p.active > ? AND p.active <= ?""",
            channel, stamp(since), stamp(until),
        )  # fmt: skip
        return [row[0] for row in rows]
