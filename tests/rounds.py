"""Rounds as a store would keep them, in memory, for conversations played against the core."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dialogs.records import (
    CloseRound,
    CountRound,
    LeaveRound,
    OfferRound,
    Record,
    Round,
    Run,
    StartRound,
    TakeRound,
)
from dialogs.spread import batch_of, count

Owned = Mapping[str, tuple[str, Run]]
"""Run → whose it is, and the run."""


@dataclass
class Rounds:
    """Everybody's rounds."""

    begun: dict[str, Round] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    """Runs that have been counted."""

    def found(self, code: str | None, who: str, runs: Owned) -> Round | None:
        """A round as a person meets it."""
        round_ = self.begun.get(code or "")
        if round_ is None:
            return None
        leads = self.leaders.get(round_.code) == who
        mine = {run.joint: run.id for owner, run in runs.values() if owner == who and run.round == code}
        uncounted = self._uncounted(round_.code, runs)
        alone = [run for _, run in runs.values() if run.round == code and not run.joint]
        through = [run.answers for run in uncounted if run.finished]
        return replace(
            round_,
            leads=leads,
            joined=round_.joined + len(uncounted),
            waiting=len(through),
            fresh=batch_of(through) if leads else (),
            last=batch_of([run.answers for run in uncounted if run.answers]) if leads else (),
            run=mine.get(False),
            joint=mine.get(True),
            led=round_.code in self.leaders,
            answering=sum(bool(run.answers) for run in uncounted),
            counted=round_.joined,
            here=len(alone),
            done=sum(run.finished is not None for run in alone),
            kept=mine.get(False) in self.counted,
            agreed=mine.get(True) is not None and runs[mine[True]][1].finished is not None,
        )

    def _uncounted(self, code: str, runs: Owned) -> list[Run]:
        return [run for _, run in runs.values() if run.round == code and not run.joint and run.id not in self.counted]

    def carry_out(self, who: str, record: Record, runs: dict[str, tuple[str, Run]]) -> bool:
        """Keep one record, if it is about a round; whether it is."""
        match record:
            case StartRound(code, checklist, version, edition, source, level, purpose, length):
                self.begun[code] = Round(
                    code, checklist, version, edition, level, purpose, length, False, False, 0, 0
                )  # fmt: skip
                self.leaders[code], self.editions[edition] = who, source
            case CountRound(code):
                self._count(code, [run for run in self._uncounted(code, runs) if run.finished])
            case CloseRound(code):
                self._count(code, self._uncounted(code, runs))
                self.begun[code] = replace(self.begun[code], closed=True)
            case LeaveRound(run):
                runs[run] = (who, replace(runs[run][1], round=None))
            case OfferRound(code, token):
                self.offers[token] = code
            case TakeRound(code):
                self.leaders[code] = who
                self.offers = {token: other for token, other in self.offers.items() if other != code}
            case _:
                return False
        return True

    def _count(self, code: str, runs: list[Run]) -> None:
        given = [run for run in runs if run.answers]
        if batch_of([run.answers for run in given]):
            kept = self.begun[code]
            batches = (*kept.batches, count(run.answers for run in given))
            self.begun[code] = replace(kept, batches=batches, joined=kept.joined + len(given))
            self.counted |= {run.id for run in given}
