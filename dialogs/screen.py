"""What a big screen shows of the queue: the question taken up now, the next ones, and how many there is time for."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dialogs.definitions import Webinar
from dialogs.records import Question

STATES = ("live", "next", "approved", "new", "asked")
"""States of questions that may still be taken up in the broadcast."""
BASIS = 3
"""How many answered questions it takes before anything is said of how long one takes."""
LEAST = dt.timedelta(minutes=1)
SHOWN_NEXT = 2
MOST_CHARACTERS, MOST_NEXT_CHARACTERS = 400, 110
SIZES = ((35, 1), (45, 2), (75, 3), (95, 4), (125, 5), (190, 6), (225, 7), (300, 8))
"""At most so many characters → how large they are written; 1 is the largest. They leave room on a laptop with wide
letters; where there is JavaScript the screen finds the size itself."""
_TIME = re.compile(r"\s*(\d{1,2})[.:](\d\d)\s*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class OnScreen:
    """What is shown. Names and technical trouble are never in it, but for the name where the webinar's file says so."""

    live: Question | None
    next: tuple[Question, ...]
    left: int
    room: int | None
    """About how many there is time for; None when nothing is known of it, or all have room."""
    names: bool

    @property
    def name(self) -> str:
        """Who asks the question taken up now, where that may be shown."""
        return self.live.name if self.live and self.names else ""


def on_screen(
    webinar: Webinar, questions: Sequence[Question], spent: Sequence[dt.timedelta], now: dt.datetime, *, opened: bool
) -> OnScreen:
    """Of a webinar's questions in STATES, in the queue's order. `spent` is how long each answered one took."""
    shown = [each for each in questions if each.kind != "trouble"]
    live = max((each for each in shown if each.state == "live"), key=lambda each: each.decided or now, default=None)
    up_next = [each for each in shown if each.state == "next"] if webinar.questions == "public" else []
    left = [each for each in shown if each.state in ("next", "approved") or _asked(each)]
    room = about_how_many(spent, time_left(webinar, now)) if opened else None
    all_fit = room is not None and room >= len(left)
    return OnScreen(live, tuple(up_next[:SHOWN_NEXT]), len(left), None if all_fit else room, webinar.names)


def _asked(question: Question) -> bool:
    return question.state in ("new", "asked") and question.kind == "question"


def time_left(webinar: Webinar, now: dt.datetime) -> dt.timedelta | None:
    """How long until the end that the webinar's file tells, never less than nothing; None when that is not today."""
    facts = webinar.facts("sv")
    ends = _TIME.fullmatch(facts.get("ends", ""))
    if ends is None or int(ends[1]) > 23 or int(ends[2]) > 59 or webinar.day not in (None, now.date()):
        return None
    end = now.replace(hour=int(ends[1]), minute=int(ends[2]), second=0, microsecond=0)
    return max(end - now, dt.timedelta())


def about_how_many(spent: Sequence[dt.timedelta], left: dt.timedelta | None) -> int | None:
    """How many questions fit in the time left, at the usual (median) time for one. None without a basis for it.

    Several answered in one breath, or marked afterwards, say nothing of how long the next takes: LEAST at least.
    """
    if left is None or len(spent) < BASIS:
        return None
    usual = median(each.total_seconds() for each in spent)
    return int(left.total_seconds() / max(usual, LEAST.total_seconds())) if usual else None


def size(text: str) -> int:
    """How large a question is written, so that it has room."""
    return next((number for most, number in SIZES if len(text) <= most), len(SIZES) + 1)


def fitted(text: str, most: int) -> str:
    """The words on one line, cut between words where they are too many."""
    flowing = _SPACE.sub(" ", text).strip()
    if len(flowing) <= most:
        return flowing
    cut = flowing[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
