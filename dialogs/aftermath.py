"""What became of a webinar's questions: what its report is written from."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dialogs.definitions import FeedbackQuestion
from dialogs.moderator import SPOKEN
from dialogs.records import PollRun, Question

OUTCOMES = ("broadcast", "written", "joined", "open", "declined", "withdrawn")
"""How a question can have ended: said in the broadcast, answered in writing, taken together with another, not answered
yet, declined, or taken back by its asker."""
READ = ("approved", "next", "live", "later")
"""States of questions without an answer yet whose words a moderator has let through."""
WIDTHS = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 15, 60, 360, 1440, 10_080))
MOST_BARS = 30


@dataclass(frozen=True)
class Told:
    """A question with what became of it, and those taken together with it."""

    question: Question
    outcome: str
    together: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Bar:
    """How many questions came from a moment on."""

    begins: dt.datetime
    count: int


@dataclass(frozen=True)
class Voices:
    """What people said when they were asked: in polls held here and elsewhere, and about the webinar."""

    polls: tuple[PollRun, ...] = ()
    elsewhere: tuple[tuple[str, str, str, int], ...] = ()
    """poll, question, answer, how many"""
    feedback: tuple[tuple[FeedbackQuestion, tuple[str, ...]], ...] = ()
    """Each question with all that was answered, in no order that tells who said what."""


SILENCE = Voices()
"""Where nobody has been asked, or nobody has answered."""


@dataclass(frozen=True)
class Aftermath:
    """A webinar's questions, counted and sorted, and what people said when asked. Names are never in it."""

    told: tuple[Told, ...]
    counts: Mapping[str, int]
    """Outcome → how many questions, those taken together each counted as such."""
    beside: Mapping[str, int]
    """Kind → how many things came that were no questions: trouble, comments, tips."""
    bars: tuple[Bar, ...]
    width: dt.timedelta
    voices: Voices = SILENCE

    @property
    def count(self) -> int:
        """How many questions there were."""
        return sum(self.counts.values())

    def of(self, outcome: str) -> tuple[Told, ...]:
        """The questions that ended so, in the order they were asked."""
        return tuple(each for each in self.told if each.outcome == outcome)


def aftermath(questions: Iterable[Question], zone: dt.tzinfo, voices: Voices = SILENCE) -> Aftermath:
    """Of all that came in a webinar, in the order it came."""
    everything = tuple(questions)
    ours = {each.number: each for each in everything if _counts(each)}
    outcomes = {number: outcome(each, ours) for number, each in ours.items()}
    told = tuple(Told(each, outcomes[each.number], _together(each, ours))
                 for each in ours.values() if outcomes[each.number] != "joined")  # fmt: skip
    found = Counter(outcomes.values())
    beside = Counter(each.kind for each in everything if each.number not in ours)
    bars, width = over_time([each.asked.astimezone(zone) for each in ours.values()])
    return Aftermath(told, {name: found[name] for name in OUTCOMES}, beside, bars, width, voices)


def outcome(question: Question, others: Mapping[int, Question]) -> str:
    """How a question ended; joined when the one it goes along with is among the others."""
    if question.state == "withdrawn":
        return "withdrawn"
    if question.lead in others:
        return "joined"
    if question.state == "answered":
        return "broadcast" if question.reason == SPOKEN or question.mark else "written"
    return "declined" if question.state == "declined" else "open"


def _counts(question: Question) -> bool:
    """Comments and tips are no questions, unless somebody has answered them; technical trouble never is one."""
    return question.kind == "question" or (question.kind != "trouble" and question.state == "answered")


def _together(question: Question, ours: Mapping[int, Question]) -> tuple[Question, ...]:
    return tuple(each for each in ours.values() if each.lead == question.number and each.state != "withdrawn")


def over_time(moments: Sequence[dt.datetime]) -> tuple[tuple[Bar, ...], dt.timedelta]:
    """How many came in each stretch of time from the first to the last, empty ones too, and how long a stretch is."""
    if not moments:
        return (), WIDTHS[0]
    first, last = min(moments), max(moments)
    width = next((each for each in WIDTHS if (last - first) / each < MOST_BARS - 1), (last - first) / (MOST_BARS - 1))
    begin = _floored(first, width)
    counts = Counter((each - begin) // width for each in moments)
    return tuple(Bar(begin + width * place, counts[place]) for place in range(max(counts) + 1)), width


def _floored(moment: dt.datetime, width: dt.timedelta) -> dt.datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // width * width
