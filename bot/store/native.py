"""Telegram's own polls in groups: where each stands, and how many have voted there. Nobody knows who.

The two are kept apart, joined by Telegram's id of the poll: votes may be heard of before we have kept where it stands.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.store.rows import Rows, dumps, stamp
from dialogs.records import NativeVotes

POLLS = "polls"
"""Topic touched when anything in any poll changes."""
LONGEST_ON_ITS_WAY = dt.timedelta(days=1)
"""Telegram keeps an update no longer (core.telegram.org/bots/api, Getting updates)."""


def poll_topic(webinar: str) -> str:
    """Topic touched when a poll of a webinar, or its votes, change."""
    return f"polls:{webinar}"


@dataclass(frozen=True)
class NativePoll:
    """A question as a native poll in a group."""

    id: int
    lane: str
    message: int
    run: int
    question: str
    poll: str | None
    """Telegram's id of it; None where its sending was cut, and it was found again by its message only."""
    state: str
    """Of the run that it belongs to: one of dialogs.records.POLL_STATES."""


@dataclass
class NativePolls(Rows):
    """Native polls, and the votes in them."""

    def note_native(
        self, channel: str, lane: str, message: int, asked: tuple[int, str], poll: str | None, at: str
    ) -> None:
        """A question of a run stands in a group from now on; `at` as it is kept."""
        self._run(
            "INSERT INTO native_poll (channel, lane, message, run, question, poll, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            channel, lane, message, *asked, poll, at,
        )  # fmt: skip
        self._told(asked[0])

    def native_polls(self, channel: str) -> list[NativePoll]:
        """Every native poll in which people may be voting, the oldest first."""
        rows = self._all(
            """SELECT native_poll.id, lane, message, run, question, native_poll.poll, state FROM native_poll
            JOIN poll_run ON poll_run.id = run WHERE channel = ? AND ended = 0 ORDER BY native_poll.id""",
            channel,
        )  # fmt: skip
        return [NativePoll(*row) for row in rows]

    def native_stands(self, channel: str, lane: str, run: int, question: str) -> bool:
        """Whether a question stands in a group, or is on its way there."""
        standing = "SELECT 1 FROM native_poll WHERE channel = ? AND lane = ? AND run = ? AND question = ? AND ended = 0"
        coming = """SELECT 1 FROM outbox WHERE channel = ? AND lane = ? AND state <> 'refused'
            AND hint LIKE ?"""
        return bool(
            self._one(standing, channel, lane, run, question)
            or self._one(coming, channel, lane, f'%"poll":{dumps([run, question])}%')
        )

    def native_known(self, native: int, poll: str) -> None:
        """Telegram's id of a native poll has been found out."""
        row = self._one("UPDATE native_poll SET poll = ? WHERE id = ? RETURNING run", poll, native)
        self._told(row[0] if row else 0)

    def native_ended(self, native: int) -> None:
        """It has been stopped, or is out of our reach: its votes stay, and nothing more is done with it."""
        self._run("UPDATE native_poll SET ended = 1 WHERE id = ?", native)

    def native_counted(
        self, channel: str, poll: str, votes: NativeVotes, now: dt.datetime, *, update: int | None, final: bool
    ) -> bool:
        """How the votes lie, by an update or (None) by the answer to our stopping it. False when later ones are known.

        Counts are absolute, and less is no sign of age, for a vote can be taken back: the latest says it all. That is
        told by the update's number, which rises, except after a week of silence; so what is kept for longer than an
        update can be on its way gives way to any. What was counted when it was closed is final.
        """
        counted = self._run(
            """INSERT INTO native_votes (channel, poll, options, voters, update_id, final, at)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, poll) DO UPDATE SET options = excluded.options,
            voters = excluded.voters, update_id = excluded.update_id, final = excluded.final, at = excluded.at
            WHERE excluded.final >= native_votes.final AND (excluded.update_id IS NULL
            OR native_votes.update_id IS NULL OR excluded.update_id > native_votes.update_id OR native_votes.at < ?)""",
            channel, poll, dumps(votes.options), votes.voters, update, int(final), stamp(now),
            stamp(now - LONGEST_ON_ITS_WAY),
        )  # fmt: skip
        row = self._one("SELECT run FROM native_poll WHERE channel = ? AND poll = ?", channel, poll)
        if counted and row:
            self._told(row[0])
        return counted > 0

    def native_votes(self, run: int) -> Mapping[str, NativeVotes]:
        """The votes in the native polls of a run, by question, all groups together; 0 where none has been heard of."""
        rows = self._all(
            """SELECT question, coalesce(options, '[]'), coalesce(voters, 0) FROM native_poll LEFT JOIN native_votes
            ON native_votes.channel = native_poll.channel AND native_votes.poll = native_poll.poll WHERE run = ?""",
            run,
        )  # fmt: skip
        found: dict[str, NativeVotes] = {}
        for question, options, voters in rows:
            before = found.get(question, NativeVotes(0, ()))
            found[question] = NativeVotes(before.voters + voters, _added(before.options, json.loads(options)))
        return found

    def _told(self, run: int) -> None:
        row = self._one("SELECT webinar FROM poll_run WHERE id = ?", run)
        self.touched |= {POLLS, poll_topic(row[0] if row else "")}


def _added(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(sum, zip_longest(one, other, fillvalue=0)))
