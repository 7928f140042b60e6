"""Rounds: who takes part, what has been counted, who leads."""

import datetime as dt
import json
from dataclasses import dataclass

from bot.store.rows import dumps, stamp
from bot.store.runs import LEFT, Runs
from dialogs.records import Round, StartRound
from dialogs.spread import Counts, batch_of


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
            run=next((run[0] for run in alone if run[1] == person), None),
            joint=next((run[0] for run in runs if run[2] and run[1] == person), None),
            answering=len(answering),
            counted=counted,
            led=leader is not None,
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
        """The round is over; whoever took part in it and is still here, but for its leader."""
        self._run("UPDATE round SET closed = ? WHERE code = ?", stamp(now), code)
        rows = self._all(
            """SELECT DISTINCT person FROM run WHERE round = ? AND NOT joint
            AND person <> (SELECT coalesce(leader, '') FROM round WHERE code = ?)""",
            code, code,
        )  # fmt: skip
        return [person for (person,) in rows]

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

    def take_round(self, code: str, person: str) -> None:
        """The person leads the round, and what its people answer together; keys to it are used up."""
        self._run("UPDATE round SET leader = ? WHERE code = ?", person, code)
        self._run("UPDATE run SET person = ? WHERE round = ? AND joint", person, code)
        self._run("DELETE FROM round_offer WHERE round = ?", code)

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
