"""Polls and feedback: their runs, one ballot for each person and question, and the votes counted with each ballot."""

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.native import POLLS, NativePolls, poll_topic
from bot.store.rows import dumps, moment, stamp
from dialogs.records import PollRun, Vote

__all__ = ["POLLS", "PollPost", "Polls", "Written", "poll_topic"]


@dataclass(frozen=True)
class Written:
    """An answer in somebody's own words. Changed words are another ballot: `ballot` is of these very words."""

    ballot: int
    question: str
    text: str
    released: bool


@dataclass(frozen=True)
class PollPost:
    """A question of a poll as a message in a group, which is to say how the votes lie."""

    channel: str
    lane: str
    message: int
    run: int
    question: str
    language: str


@dataclass
class Polls(NativePolls):
    """Runs of polls. `tally` always holds what the ballots say; both change in the same transaction."""

    # Runs

    def draft_poll(self, webinar: str, poll: str, now: dt.datetime) -> int:
        """The run of a poll that is to be opened next: the one that waits, or a new one."""
        row = self._one(
            "SELECT id FROM poll_run WHERE webinar = ? AND poll = ? AND state = 'draft'", webinar, poll
        ) or self._one(
            """INSERT INTO poll_run (webinar, poll, number, edition, state, drafted)
            VALUES (?, ?, (SELECT count(*) + 1 FROM poll_run WHERE webinar = ? AND poll = ?), '', 'draft', ?)
            RETURNING id""",
            webinar, poll, webinar, poll, stamp(now),
        )  # fmt: skip
        self._changed(webinar)
        return int(row[0]) if row else 0

    def open_poll(self, run: int, edition: str, source: str, now: dt.datetime) -> bool:
        """Let people vote, in these words. False when it is no draft, or the poll is open already."""
        row = self._one(
            """UPDATE poll_run SET state = 'open', edition = ?, opened = ? WHERE id = ? AND state = 'draft'
            AND NOT EXISTS (SELECT 1 FROM poll_run AS other WHERE other.webinar = poll_run.webinar
            AND other.poll = poll_run.poll AND other.state = 'open') RETURNING webinar""",
            edition, stamp(now), run,
        )  # fmt: skip
        if row is None:
            return False
        self._run("INSERT INTO edition (mark, source) VALUES (?, ?) ON CONFLICT (mark) DO NOTHING", edition, source)
        self._changed(row[0])
        return True

    def close_poll(self, run: int, now: dt.datetime) -> bool:
        """Nobody votes any more. False when it is not open."""
        row = self._one(
            "UPDATE poll_run SET state = 'closed', closed = ? WHERE id = ? AND state = 'open' RETURNING webinar",
            stamp(now), run,
        )  # fmt: skip
        if row:
            self._changed(row[0])
        return row is not None

    def poll_run(self, run: int, person: str | None) -> PollRun | None:
        """A run as this person meets it, its words left out."""
        row = self._one(f"SELECT {_COLUMNS} FROM poll_run WHERE id = ?", run)  # noqa: S608 - ours
        return self._whole_poll(row, person) if row else None

    def polls(self, webinar: str, person: str | None, *states: str) -> tuple[PollRun, ...]:
        """The runs of a webinar in these states, or in any; in the order they were made."""
        asked = f"SELECT {_COLUMNS} FROM poll_run WHERE webinar = ? ORDER BY id"  # noqa: S608 - ours
        rows = self._all(asked, webinar)
        return tuple(self._whole_poll(row, person) for row in rows if not states or row[5] in states)

    def polled(self) -> tuple[str, ...]:
        """The webinars that have polls, held here or elsewhere, or feedback."""
        return tuple(webinar for (webinar,) in self._all(
            """SELECT webinar FROM poll_run UNION SELECT webinar FROM imported_poll
            UNION SELECT webinar FROM feedback ORDER BY 1"""
        ))  # fmt: skip

    def polling(self, webinar: str) -> bool:
        """Whether a poll is open in a webinar."""
        return self._one("SELECT 1 FROM poll_run WHERE webinar = ? AND state = 'open'", webinar) is not None

    def _whole_poll(self, row: tuple[Any, ...], person: str | None) -> PollRun:
        identity, webinar, poll, number, edition, state, opened, closed = row
        counts: dict[str, dict[str, int]] = {}
        for question, option, count in self._all("SELECT question, option, votes FROM tally WHERE run = ?", identity):
            counts.setdefault(question, {})[option] = count
        released: dict[str, tuple[str, ...]] = {}
        shown = "SELECT question, text FROM ballot WHERE run = ? AND released = 1 ORDER BY id"
        for question, text in self._all(shown, identity):
            released[question] = (*released.get(question, ()), text)
        mine = self._all("SELECT question, answer FROM ballot WHERE run = ? AND person = ?", identity, person)
        return PollRun(
            identity, webinar, poll, number, edition, state, moment(opened) if opened else None,
            moment(closed) if closed else None, counts, released,
            {question: tuple(json.loads(answer)) for question, answer in mine}, native=self.native_votes(identity),
        )  # fmt: skip

    def _changed(self, webinar: str) -> None:
        self.touched |= {POLLS, poll_topic(webinar)}

    # Votes

    def vote(self, person: str, vote: Vote, now: dt.datetime) -> bool:
        """Put a ballot in place of the one before; none for a vote of nothing. False when the poll is not open."""
        row = self._one("SELECT webinar FROM poll_run WHERE id = ? AND state = 'open'", vote.run)
        if row is None:
            return False
        self._discard(vote.run, vote.question, person)
        if vote.picked or vote.text:
            self._run(
                "INSERT INTO ballot (run, person, question, answer, text, at) VALUES (?, ?, ?, ?, ?, ?)",
                vote.run, person, vote.question, dumps(list(vote.picked)), vote.text, stamp(now),
            )  # fmt: skip
            self._count(vote.run, vote.question, vote.picked, 1)
        self._changed(row[0])
        return True

    def _discard(self, run: int, question: str, person: str) -> None:
        sql = "DELETE FROM ballot WHERE run = ? AND question = ? AND person = ? RETURNING answer"
        for (answer,) in self._all(sql, run, question, person):
            self._count(run, question, json.loads(answer), -1)

    def _count(self, run: int, question: str, picked: Iterable[str], votes: int) -> None:
        """Under "" stands how many have answered the question."""
        for option in ("", *picked):
            self._run(
                """INSERT INTO tally (run, question, option, votes) VALUES (?, ?, ?, ?)
                ON CONFLICT (run, question, option) DO UPDATE SET votes = tally.votes + excluded.votes""",
                run, question, option, votes,
            )  # fmt: skip

    def recount(self, run: int) -> Mapping[str, Mapping[str, int]]:
        """The votes counted anew from the ballots, in the shape of PollRun.counts: what the tally must say."""
        counts: dict[str, dict[str, int]] = {}
        for question, answer in self._all("SELECT question, answer FROM ballot WHERE run = ?", run):
            of_it = counts.setdefault(question, {})
            for option in ("", *json.loads(answer)):
                of_it[option] = of_it.get(option, 0) + 1
        return counts

    def crossed(self, run: int, one: str, other: str) -> Mapping[tuple[str, str], int]:
        """How many have picked each pair of options in two questions: every cell, also those too small to be shown."""
        rows = self._all(
            """SELECT a.answer, b.answer FROM ballot a JOIN ballot b ON b.run = a.run AND b.person = a.person
            WHERE a.run = ? AND a.question = ? AND b.question = ?""",
            run, one, other,
        )  # fmt: skip
        counts: dict[tuple[str, str], int] = {}
        for pair in rows:
            [first], [second] = (json.loads(answer)[:1] for answer in pair)
            counts[first, second] = counts.get((first, second), 0) + 1
        return counts

    def written(self, run: int) -> tuple[Written, ...]:
        """What people have written in a run, the oldest first."""
        rows = self._all(
            "SELECT id, question, text, released FROM ballot WHERE run = ? AND text <> '' ORDER BY id", run
        )
        return tuple(Written(ballot, question, text, bool(released)) for ballot, question, text, released in rows)

    def release(self, ballot: int, *, shown: bool) -> bool:
        """Show somebody's words to all, or hide them. False when they have been changed meanwhile."""
        row = self._one(
            """UPDATE ballot SET released = ? WHERE id = ? AND text <> ''
            RETURNING (SELECT webinar FROM poll_run WHERE poll_run.id = ballot.run)""",
            int(shown), ballot,
        )  # fmt: skip
        if row:
            self._changed(row[0])
        return row is not None

    def forget_words(self, before: dt.datetime) -> int:
        """What was written before is forgotten; that somebody answered stays counted."""
        sql = "UPDATE ballot SET text = '', released = 0 WHERE at < ? AND text <> ''"
        return self._run(sql, stamp(before))

    # Feedback

    def give_feedback(self, person: str, webinar: str, question: str, answer: str, now: dt.datetime) -> None:
        """What somebody says to one question about a webinar; the latest counts, and empty is passed by."""
        self._run(
            """INSERT INTO feedback (webinar, person, question, answer, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (webinar, person, question) DO UPDATE SET answer = excluded.answer, at = excluded.at""",
            webinar, person, question, answer, stamp(now),
        )  # fmt: skip
        self._changed(webinar)

    def feedback_of(self, webinar: str, person: str) -> Mapping[str, str]:
        """What somebody has said about a webinar, by question."""
        sql = "SELECT question, answer FROM feedback WHERE webinar = ? AND person = ?"
        return dict(self._all(sql, webinar, person))

    def feedback(self, webinar: str) -> Mapping[str, tuple[str, ...]]:
        """What everybody has said about a webinar, by question: in no order that tells who said what."""
        found: dict[str, tuple[str, ...]] = {}
        sql = "SELECT question, answer FROM feedback WHERE webinar = ? AND answer <> '' ORDER BY question, answer"
        for question, answer in self._all(sql, webinar):
            found[question] = (*found.get(question, ()), answer)
        return found

    # Whose they are

    def unlink_votes(self, person: str) -> None:
        """Votes and feedback stay counted, and lead back to nobody: each run gets an id of its own for them."""
        runs = "SELECT DISTINCT run FROM ballot WHERE person = ?"
        for (run,) in self._all(runs, person):
            sql = "UPDATE ballot SET person = ? WHERE run = ? AND person = ?"
            self._run(sql, secrets.token_hex(12), run, person)
        for (webinar,) in self._all("SELECT DISTINCT webinar FROM feedback WHERE person = ?", person):
            sql = "UPDATE feedback SET person = ? WHERE webinar = ? AND person = ?"
            self._run(sql, secrets.token_hex(12), webinar, person)

    def join_votes(self, other: str, into: str) -> None:
        """Two people have become one: of two votes in the same question, and two answers, the latest counts."""
        twice = """SELECT a.run, a.question, a.at <= b.at FROM ballot a JOIN ballot b
            ON b.run = a.run AND b.question = a.question WHERE a.person = ? AND b.person = ?"""
        for run, question, older in self._all(twice, other, into):
            self._discard(run, question, other if older else into)
            row = self._one("SELECT webinar FROM poll_run WHERE id = ?", run)
            self._changed(row[0] if row else "")
        self._run("UPDATE ballot SET person = ? WHERE person = ?", into, other)
        said = """DELETE FROM feedback WHERE person = ? AND EXISTS (SELECT 1 FROM feedback AS kept WHERE kept.person = ?
            AND kept.webinar = feedback.webinar AND kept.question = feedback.question AND kept.at {} feedback.at)"""
        self._run(said.format(">="), other, into)
        self._run(said.format(">"), into, other)
        self._run("UPDATE feedback SET person = ? WHERE person = ?", into, other)

    # In groups

    def poll_posts(self) -> list[PollPost]:
        """Every message in a group that may have to say something else."""
        rows = self._all("SELECT channel, lane, message, run, question, language FROM poll_post ORDER BY message")
        return [PollPost(*row) for row in rows]

    def drop_poll_post(self, post: PollPost) -> None:
        """A message that is not to be changed any more: it says how it ended, or is gone."""
        sql = "DELETE FROM poll_post WHERE channel = ? AND lane = ? AND message = ?"
        self._run(sql, post.channel, post.lane, post.message)


_COLUMNS = "id, webinar, poll, number, edition, state, opened, closed"
