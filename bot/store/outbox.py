"""What is to be sent, as rows that live until the outside has confirmed them; and what became of it there.

A lane is what is sent in order: a chat. An address is its lane, or `lane:member` where several people share one.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.native import POLLS, NativePolls
from bot.store.rows import dumps, stamp

OUTBOX = "outbox"
"""Topic touched when there is something to send."""
CARDS = "cards"
"""Topic touched when a question has come to the moderators' group."""
MOST_AT_ONCE = 500
"""Rows fetched with one look."""
SENT = ("telegram",)
"""Channels that send. The readers of the others come and fetch from the log."""


@dataclass
class Item:
    """Something to be sent."""

    id: int
    lane: str
    person: str | None
    number: int | None
    body: dict[str, Any]
    hint: dict[str, Any]
    part: int
    """How many of its parts the outside has confirmed."""
    after: int | None
    unknown: bool
    """Whether it was handed over without its outcome being known: it may be there already."""
    handed: bool = False
    """Whether it has been handed over durably and may be sent at once."""
    upto: int = 0
    """The last message that it can have become, if it is unknown."""


def in_webinar(webinar: str) -> str:
    """What the kept state of somebody in a webinar is LIKE."""
    return f'%"webinar":{json.dumps(webinar)}%'


def lane_of(address: str) -> str:
    """The chat of an address."""
    return address.partition(":")[0]


@dataclass
class Outbox(NativePolls):
    """What is to be sent, and where it went."""

    def post(
        self, channel: str, lane: str, person: str | None, number: int | None, body: dict[str, Any],
        hint: Mapping[str, Any], now: dt.datetime,
    ) -> None:  # fmt: skip
        """Something to send; `person` and `number` are None where no log keeps it."""
        self.post_by_hand(channel, lane, person, number, body, hint, now)
        self.touched.add(OUTBOX)

    def post_by_hand(
        self, channel: str, lane: str, person: str | None, number: int | None, body: dict[str, Any],
        hint: Mapping[str, Any], now: dt.datetime, after: int | None = None,
    ) -> Item:  # fmt: skip
        """Something that the caller gives to the sender itself; with `after` it is handed over by this."""
        row = self._one(
            """INSERT INTO outbox (channel, lane, person, number, body, hint, after, state, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            channel, lane, person, number, dumps(body), dumps(hint), after,
            "waiting" if after is None else "sending", stamp(now),
        )  # fmt: skip
        return Item(row[0] if row else 0, lane, person, number, body, dict(hint), 0, after, False, after is not None)

    def post_to_all(
        self,
        person: str,
        number: int,
        body: dict[str, Any],
        language: str,
        now: dt.datetime,
        webinar: str | None = None,
        *,
        groups: bool = True,
    ) -> None:
        """Something to send to every address of a person that we send to; without `groups` to no lane that is shared.

        What is said to all of a `webinar` comes once to a lane that several of them share, without choices: those
        would be one member's own.
        """
        reached = "SELECT channel, address FROM address WHERE person = ?"
        if webinar is not None:
            reached += " AND gone IS NULL"  # what is said to everybody is of today
        for channel, address in self._all(reached, person):
            lane = lane_of(address)
            shared = lane != address
            if shared and not groups:
                continue
            said = {name: each for name, each in body.items() if name != "choices"} if shared and webinar else body
            if channel in SENT and (webinar is None or self._speaks_for(channel, lane, webinar) in (None, person)):
                asked = self.posted_as(person, body["reply_to"], lane) if "reply_to" in body else None
                self.post(channel, lane, person, number, said, {"lang": language, "reply": asked}, now)

    def _speaks_for(self, channel: str, lane: str, webinar: str) -> str | None:
        """The one of those who share a lane who is told for all; None for a lane that is somebody's own."""
        sql = """SELECT min(a.person) FROM address a JOIN conversation c ON c.person = a.person
            WHERE a.channel = ? AND a.address LIKE ? AND c.state LIKE ?"""
        row = self._one(sql, channel, f"{lane}:%", in_webinar(webinar))
        return row[0] if row else None

    def unsent(self, channel: str, after: int, most: int = MOST_AT_ONCE) -> list[Item]:
        """What is to be sent, oldest first, from the row after `after`."""
        rows = self._all(
            """SELECT id, lane, person, number, body, hint, part, after, state FROM outbox
            WHERE channel = ? AND id > ? AND state IN ('waiting', 'sending') ORDER BY id LIMIT ?""",
            channel, after, most,
        )  # fmt: skip
        return [_item(row) for row in rows]

    def unsent_in(self, channel: str, lane: str) -> list[Item]:
        """What is to be sent in one lane."""
        rows = self._all(
            """SELECT id, lane, person, number, body, hint, part, after, state FROM outbox
            WHERE channel = ? AND lane = ? AND state IN ('waiting', 'sending') ORDER BY id""",
            channel, lane,
        )  # fmt: skip
        return [_item(row) for row in rows]

    def count_unsent(self, channel: str) -> dict[str, int]:
        """How much there is in each state."""
        return dict(self._all("SELECT state, count(*) FROM outbox WHERE channel = ? GROUP BY state", channel))

    def hand_over(self, item: int, after: int) -> bool:
        """It is about to be sent: until it is settled its outcome is unknown. False when it is no longer to be sent."""
        return self._run("UPDATE outbox SET state = 'sending', after = ? WHERE id = ?", after, item) > 0

    def person_of(self, item: int) -> str | None:
        """Whose it is."""
        row = self._one("SELECT person FROM outbox WHERE id = ?", item)
        return row[0] if row else None

    def take_back(self, item: int) -> None:
        """It was surely not sent, and waits again."""
        self._run("UPDATE outbox SET state = 'waiting' WHERE id = ? AND state = 'sending'", item)

    def part_sent(
        self, item: int, channel: str, message: int | None, *, parts_left: bool, native: str | None = None
    ) -> None:
        """The outside has confirmed a part of it, as that message; with the last one it is done.

        `native` is the outside's own id of a poll, where it is one.
        """
        what = "UPDATE outbox SET state = 'waiting', part = part + 1" if parts_left else "DELETE FROM outbox"
        row = self._one(f"{what} WHERE id = ? RETURNING lane, person, number, hint, at", item)
        if row and message is not None and not parts_left and '"poll"' in row[3]:
            hint = json.loads(row[3])
            if hint.get("native"):
                self.note_native(channel, row[0], message, (hint["poll"][0], hint["poll"][1]), native, row[4])
            else:
                self._note_poll_post(channel, row[0], message, hint)
        if row and message is not None and '"card"' in row[3]:
            self.touched.add(CARDS)
            sql = "UPDATE card SET message = ? WHERE lane = ? AND question = ?"
            self._run(sql, message, row[0], json.loads(row[3])["card"])
        if row and message is not None and None not in row[1:3]:  # of one who became another no line is left
            self.note_posted(channel, row[0], message, row[1], row[2])

    def _note_poll_post(self, channel: str, lane: str, message: int, hint: Mapping[str, Any]) -> None:
        """A question of a poll stands in a group from now on, to be changed as votes come: hint `poll` says which."""
        run, question = hint["poll"]
        self.touched.add(POLLS)
        self._run(
            """INSERT INTO poll_post (channel, lane, message, run, question, language) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (channel, lane, message) DO NOTHING""",
            channel, lane, message, run, question, hint["lang"],
        )  # fmt: skip

    def change_hint(self, item: int, hint: Mapping[str, Any]) -> None:
        """It is to be sent in another way."""
        self._run("UPDATE outbox SET hint = ? WHERE id = ?", dumps(hint), item)

    def refuse(self, item: int, why: str) -> None:
        """It will not be sent; the reason is kept."""
        self._run("UPDATE outbox SET state = 'refused', why = ? WHERE id = ?", why, item)

    def hold(self, item: int) -> None:
        """It waits until its lane can be reached again."""
        self._run("UPDATE outbox SET state = 'held' WHERE id = ?", item)

    # Where it went

    def note_posted(self, channel: str, lane: str, message: int, person: str, number: int) -> None:
        """A message outside is this line of a person's log; an edited one is its latest line."""
        self._run(
            """INSERT INTO posted (channel, lane, message, person, number) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (channel, lane, message) DO UPDATE SET person = excluded.person, number = excluded.number""",
            channel, lane, message, person, number,
        )  # fmt: skip

    def posted(self, channel: str, lane: str, message: int) -> tuple[str, int] | None:
        """Whose line a message outside is: (person, number)."""
        sql = "SELECT person, number FROM posted WHERE channel = ? AND lane = ? AND message = ?"
        row = self._one(sql, channel, lane, message)
        return (row[0], row[1]) if row else None

    def posted_as(self, person: str, number: int, lane: str) -> int | None:
        """Which message of a lane a line of a log is."""
        sql = "SELECT max(message) FROM posted WHERE person = ? AND number = ? AND lane = ?"
        row = self._one(sql, person, number, lane)
        return row[0] if row else None

    def newest_in(self, channel: str, lane: str) -> int | None:
        """The newest message known in a lane."""
        row = self._one("SELECT max(message) FROM posted WHERE channel = ? AND lane = ?", channel, lane)
        return row[0] if row else None

    def newest_posted(self, channel: str) -> dict[str, int]:
        """The newest message known in each lane."""
        sql = f"SELECT lane, max(message) FROM ({_KNOWN}) AS known GROUP BY lane"  # noqa: S608 - ours
        return dict(self._all(sql, *[channel] * 5))

    def posted_between(self, channel: str, after: int, upto: int) -> set[tuple[str, int]]:
        """(lane, message) of every message known with a number in a range, its end included."""
        sql = f"SELECT lane, message FROM ({_KNOWN}) AS known WHERE message > ? AND message <= ?"  # noqa: S608 - ours
        return {(lane, message) for lane, message in self._all(sql, *[channel] * 5, after, upto)}


def _item(row: Iterable[Any]) -> Item:
    identity, lane, person, number, body, hint, part, after, state = row
    return Item(identity, lane, person, number, json.loads(body), json.loads(hint), part, after, state == "sending")


_KNOWN = """SELECT lane, message FROM posted WHERE channel = ? UNION SELECT lane, message FROM poll_post
    WHERE channel = ? UNION SELECT lane, message FROM native_poll WHERE channel = ? AND (ended = 0
    OR NOT EXISTS (SELECT 1 FROM moved WHERE moved.channel = ? AND moved.lane = native_poll.lane))
    UNION SELECT lane, message FROM card WHERE ? = 'telegram' AND message IS NOT NULL"""
"""Messages that we know to be ours, where their chat counts as it did: somebody's lines, polls of everybody, and cards
of the moderators' group."""
