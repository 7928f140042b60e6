"""Rounds: who takes part, what has been counted, who leads."""

import datetime as dt
import json
from dataclasses import dataclass

from bot.store.rows import dumps, stamp
from bot.store.runs import LEFT, Runs
from dialogs.records import Round, StartRound
from dialogs.spread import Counts, batch_of

COPIED = {"given": "statement, answer, note, at, key, received", "step": "what, who, due"}
"""What belongs to a run and is copied with it."""


@dataclass
class Rounds(Runs):
    """Rounds and their batches. A batch holds counts only: nothing in it leads back to a person."""

    def start_round(self, person: str, record: StartRound, now: dt.datetime) -> None:
        """A round begins, led by this person."""
        self._keep_edition(record.edition, record.source)
        self._run(
            """INSERT INTO round (code, checklist, version, edition, level, purpose, length, leader, started)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            record.round, record.checklist, record.version, record.edition, record.level, record.purpose,
            record.length, person, stamp(now),
        )  # fmt: skip

    def round(self, code: str, person: str | None) -> Round | None:
        """A round as this person meets it."""
        row = self._one(
            """SELECT code, checklist, version, edition, level, purpose, length, leader, closed
            FROM round WHERE code = ?""",
            code,
        )  # fmt: skip
        if row is None:
            return None
        code, checklist, version, edition, level, purpose, length, leader, closed = row
        leads = person is not None and leader == person
        runs = self._all("SELECT id, person, joint, finished, counted FROM run WHERE round = ?", code)
        alone = [run for run in runs if not run[2]]
        mine = next((run for run in alone if run[1] == person), None)
        joint = next((run for run in runs if run[2] and run[1] == person), None)
        uncounted = [run for run in alone if not run[4]]
        batches = self.batches(code)
        counted = sum(row[0] for row in self._all("SELECT people FROM round_batch WHERE round = ?", code))
        answering = self._answers([run[0] for run in uncounted])
        return Round(
            code, checklist, version, edition, level, purpose, length, leads, closed is not None,
            joined=counted + len(uncounted),
            waiting=sum(run[3] is not None for run in uncounted),
            batches=batches,
            fresh=batch_of(self._answers([run[0] for run in uncounted if run[3]])) if leads else (),
            last=batch_of(answering) if leads else (),
            run=mine[0] if mine else None,
            joint=joint[0] if joint else None,
            answering=len(answering),
            counted=counted,
            led=leader is not None,
            here=len(alone),
            done=sum(run[3] is not None for run in alone),
            kept=mine is not None and bool(mine[4]),
            agreed=joint is not None and joint[3] is not None,
        )  # fmt: skip

    def batches(self, code: str) -> tuple[Counts, ...]:
        """What has been counted, in order."""
        rows = self._all("SELECT counts FROM round_batch WHERE round = ? ORDER BY number", code)
        return tuple(json.loads(counts) for (counts,) in rows)

    def _answers(self, runs: list[str]) -> list[dict[str, str]]:
        """The answers of each run that has any."""
        given = [self._given(run)[0] for run in runs]
        return [answers for answers in given if answers]

    def count_round(self, code: str, *, finished: bool) -> None:
        """Make a batch of those not counted, of the finished ones or of all who answered; nothing if too few."""
        rows = self._all("SELECT id, finished FROM run WHERE round = ? AND NOT joint AND NOT counted", code)
        runs = {run: self._given(run)[0] for run, through in rows if through or not finished}
        answers = [given for given in runs.values() if given]
        for batch in batch_of(answers):
            self._run(
                """INSERT INTO round_batch (round, number, people, counts)
                VALUES (?, (SELECT count(*) FROM round_batch WHERE round = ?), ?, ?)""",
                code, code, len(answers), dumps(batch),
            )  # fmt: skip
            for run in (run for run, given in runs.items() if given):
                self._run("UPDATE run SET counted = 1 WHERE id = ?", run)

    def close_round(self, code: str, now: dt.datetime) -> list[str]:
        """The round is over; who is to be told."""
        self._run("UPDATE round SET closed = ? WHERE code = ?", stamp(now), code)
        return self.taking_part(code)

    def taking_part(self, code: str) -> list[str]:
        """Whoever takes part in a round and is still here, but for its leader."""
        rows = self._all(
            "SELECT DISTINCT person FROM run WHERE round = ? AND NOT joint AND person <> ?",
            code, self.leading(code) or "",
        )  # fmt: skip
        return [person for (person,) in rows]

    def leading(self, code: str) -> str | None:
        """Whoever leads a round, while anybody does."""
        row = self._one("SELECT leader FROM round WHERE code = ?", code)
        return row[0] if row else None

    def leave_round(self, run: str) -> None:
        """The run is no longer part of its round; what has been counted stays."""
        self._run(f"UPDATE run SET {LEFT} WHERE id = ?", run)  # noqa: S608 - ours

    def offer_round(self, code: str, hashed: str, expires: dt.datetime) -> None:
        """Whoever has this key may lead the round."""
        self._run("INSERT INTO round_offer (hash, round, expires) VALUES (?, ?, ?)", hashed, code, stamp(expires))

    def offered_round(self, hashed: str, now: dt.datetime) -> str | None:
        """The round that a key is for, as long as it is good."""
        row = self._one("SELECT round FROM round_offer WHERE hash = ? AND expires > ?", hashed, stamp(now))
        return row[0] if row else None

    def take_round(self, code: str, person: str, fresh: str) -> None:
        """The person leads the round, and what its people answer together; keys to it are used up.

        `fresh` names a copy of what has been answered together: who led the round keeps that, and forgets it alone.
        """
        runs = self._all(
            """SELECT id, person, finished FROM run WHERE round = ? AND joint
            ORDER BY CASE WHEN person = ? THEN 0 ELSE 1 END, counted""",
            code, self.leading(code),
        )  # fmt: skip
        if runs and person not in [run[1] for run in runs]:
            self._take_joint(runs[0][0], person, fresh if runs[0][2] else None)
        self._run("UPDATE round SET leader = ? WHERE code = ?", person, code)
        self._run("DELETE FROM round_offer WHERE round = ?", code)

    def _take_joint(self, run: str, person: str, copy: str | None) -> None:
        """Answers given together become this person's, as a copy or as they are; `counted` says that there is one."""
        if copy is None:
            self._run("UPDATE run SET person = ? WHERE id = ?", person, run)
            return
        self._run("UPDATE run SET counted = 1 WHERE id = ?", run)
        kept = "checklist, version, edition, level, purpose, length, started, finished, round, joint"
        self._run(f"INSERT INTO run (id, person, {kept}) SELECT ?, ?, {kept} FROM run WHERE id = ?",  # noqa: S608 - ours
                  copy, person, run)  # fmt: skip
        for table, columns in COPIED.items():
            self._run(f"INSERT INTO {table} (run, {columns}) SELECT ?, {columns} FROM {table} WHERE run = ?",  # noqa: S608
                      copy, run)  # fmt: skip

    def delete_rounds(self, before: dt.datetime) -> int:
        """Rounds that began before; how many. The runs stay with their people."""
        old = "SELECT code FROM round WHERE started < ?"
        at = stamp(before)
        for table in ("round_batch", "round_offer"):
            self._run(f"DELETE FROM {table} WHERE round IN ({old})", at)  # noqa: S608 - ours
        self._run(f"UPDATE run SET round = NULL, joint = 0 WHERE round IN ({old})", at)  # noqa: S608 - ours
        self._run(f"UPDATE run SET counted_in = NULL WHERE counted_in IN ({old})", at)  # noqa: S608 - ours
        return self._run("DELETE FROM round WHERE started < ?", at)

    def delete_unused_editions(self) -> int:
        """Editions that nobody walks any more; how many."""
        return self._run(
            """DELETE FROM edition WHERE mark NOT IN
            (SELECT edition FROM run UNION SELECT edition FROM round UNION SELECT edition FROM poll_run)"""
        )
