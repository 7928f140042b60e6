"""A poll with every kind of question, and polls as a store would keep them, in memory."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from dialogs import load
from dialogs.definitions import Content, Poll
from dialogs.records import GiveFeedback, PollRun, Record, Vote

OPENING = "landet-lar-47-inledning"
WEBINAR = "landet-lar-47"

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)

EVERY_KIND = """
id: alla-slag
webinar: null
title: {sv: "Alla slag", en: "Every kind"}
results: hidden
telegram: buttons
questions:
  - id: ett
    kind: single
    wording: {sv: "Butik?", en: "Shop?"}
    options:
      - {id: ja, sv: "Ja", en: "Yes"}
      - {id: nej, sv: "Nej", en: "No"}
  - id: flera
    kind: several
    wording: {sv: "Vad finns hos er?", en: "What do you have?"}
    options:
      - {id: butik, sv: "Butik", en: "Shop"}
      - {id: mack, sv: "Mack", en: "Fuel"}
      - {id: post, sv: "Post", en: "Post"}
  - id: skala
    kind: scale
    wording: {sv: "Hur nöjd är du?", en: "How content are you?"}
    options:
      - {id: 1, sv: "1, inte alls", en: "1, not at all"}
      - {id: 2, sv: "2", en: "2"}
      - {id: 3, sv: "3, mycket", en: "3, very"}
  - id: ord
    kind: cloud
    wording: {sv: "Vad behövs?", en: "What is needed?"}
  - id: fritt
    kind: text
    wording: {sv: "Vad har ni provat?", en: "What have you tried?"}
"""


NATIVE = """
id: i-gruppen
webinar: null
title: {sv: "I gruppen", en: "In the group"}
results: open
telegram: native
questions:
  - id: ett
    kind: single
    wording: {sv: "Har ni en butik?", en: "Do you have a shop?"}
    options:
      - {id: ja, sv: "Ja", en: "Yes"}
      - {id: nej, sv: "Nej", en: "No"}
  - id: flera
    kind: several
    wording: {sv: "Vad finns i den?", en: "What is in it?"}
    options:
      - {id: mat, sv: "Mat", en: "Food"}
      - {id: post, sv: "Post", en: "Post"}
      - {id: mack, sv: "Mack", en: "Fuel"}
"""


@cache
def native() -> Poll:
    """A poll that is Telegram's own in groups."""
    return load.poll_edition(NATIVE)


@cache
def every_kind() -> Poll:
    """The poll with every kind of question."""
    return load.poll_edition(EVERY_KIND)


def with_polls(content: Content, *polls: Poll) -> Content:
    """The content with these polls too."""
    return replace(content, polls={**content.polls, **{poll.id: poll for poll in polls}})


@dataclass
class Polls:
    """Everybody's votes. Counted anew each time, by the simplest rule there is."""

    runs: dict[int, PollRun] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)
    """Runs in the order they were closed."""
    ballots: dict[tuple[int, str, str], Vote] = field(default_factory=dict)
    """By run, question and person."""
    said: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Feedback, by webinar, person and question."""

    def open(self, poll: Poll) -> PollRun:
        """Let people vote."""
        number = len(self.runs) + 1
        self.runs[number] = PollRun(number, WEBINAR, poll.id, number, poll.edition, "open", definition=poll)
        return self.runs[number]

    def close(self, run: int) -> None:
        """Nobody votes any more."""
        self.runs[run] = replace(self.runs[run], state="closed", closed=NOW + dt.timedelta(minutes=len(self.closed)))
        self.closed.append(run)

    @property
    def polling(self) -> bool:
        """Whether any is open."""
        return any(run.state == "open" for run in self.runs.values())

    def found(self, run: int | None, who: str) -> PollRun | None:
        """A run as somebody meets it."""
        if run not in self.runs:
            return None
        mine = {at[1]: vote.picked for at, vote in self.ballots.items() if at[0] == run and at[2] == who}
        return replace(self.runs[run], counts=self.counts(run), mine=mine)

    def current(self, who: str) -> tuple[PollRun, ...]:
        """The open runs, else the one closed last, as somebody meets them."""
        wanted = [run for run in self.runs if self.runs[run].state == "open"] or self.closed[-1:]
        return tuple(run for each in wanted if (run := self.found(each, who)))

    def counts(self, run: int) -> Mapping[str, Mapping[str, int]]:
        """The votes of a run."""
        counts: dict[str, dict[str, int]] = {}
        for at, vote in self.ballots.items():
            if at[0] == run:
                for option in ("", *vote.picked):
                    of_it = counts.setdefault(at[1], {})
                    of_it[option] = of_it.get(option, 0) + 1
        return counts

    def carry_out(self, who: str, record: Record) -> bool:
        """Keep one record, if it is a vote or feedback; whether it is."""
        match record:
            case Vote(run, question, picked, text):
                self.ballots.pop((run, question, who), None)
                if picked or text:
                    self.ballots[run, question, who] = record
            case GiveFeedback(webinar, question, answer):
                self.said[webinar, who, question] = answer
            case _:
                return False
        return True

    def feedback(self, webinar: str | None, who: str) -> dict[str, str]:
        """What somebody has said."""
        return {at[2]: answer for at, answer in self.said.items() if at[:2] == (webinar, who)}
