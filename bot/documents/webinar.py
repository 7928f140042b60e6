"""The report of a webinar, to publish: what became of each question, when they came, votes and feedback. No names."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.documents.pdf import written
from bot.documents.votes import Chapter, Row, chapters, without
from dialogs.aftermath import OUTCOMES, READ, Aftermath, Bar, Told
from dialogs.clean import visible
from dialogs.definitions import Webinar
from dialogs.moderator import DECLINE_REASONS
from dialogs.records import Question
from dialogs.replies import bare
from dialogs.texts import Texts

TEMPLATE = Path(__file__).parent / "webinar.typ"
MOST_PAGES = 6
ROOMS = (None, 900, 500, 250, 120)
"""Characters in one question or answer, from the most to the least that is tried."""
GROUPS = ("broadcast", "written", "open", "declined")
"""What is listed, in this order; what was joined stands under its lead, and what was taken back is only counted."""
WITHHELD = ("personal",)
"""Stock reasons for which a question's words are not published."""
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LABELS = 6
"""About how many of the bars are named."""


@dataclass(frozen=True)
class Occasion:
    """What the report is of, when it is made and by whom."""

    webinar: Webinar
    now: dt.datetime
    owner: str


@dataclass(frozen=True)
class Words:
    """Words of somebody, and their language."""

    text: str
    language: str


@dataclass(frozen=True)
class Item:
    """A question as it is listed. The first words are the question's own."""

    code: str
    question: Words
    said: tuple[Words, ...]
    small: tuple[str, ...]
    together: tuple[tuple[str, Words], ...]
    """Those taken together with it: what they are, and their words."""


@dataclass(frozen=True)
class Group:
    """Questions that ended the same way."""

    heading: str
    items: tuple[Item, ...]
    after: str


@dataclass(frozen=True)
class Column:
    """A bar of the chart over time; its label is empty for most."""

    label: str
    count: int


@dataclass(frozen=True)
class Publication:
    """All that the report says."""

    language: str
    kind: str
    title: str
    day: tuple[int, int, int]
    facts: tuple[str, ...]
    sum: str
    beside: str
    without: str
    outcomes_heading: str
    outcome_columns: tuple[str, str]
    outcomes: tuple[Row, ...]
    time_heading: str
    time_caption: str
    time_alt: str
    time: tuple[Column, ...]
    groups: tuple[Group, ...]
    made_heading: str
    made: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    foot: str


def pdf(found: Aftermath, of: Occasion, texts: Texts) -> bytes:
    """The report as a tagged PDF: the questions on at most six pages, or more when there are very many, then votes."""
    for room in ROOMS:
        words = bare(json.dumps(dataclasses.asdict(publication(found, of, texts, room)), ensure_ascii=False))
        pages = MOST_PAGES if room != ROOMS[-1] else 1000 * MOST_PAGES
        if made := written(TEMPLATE, words, {"pages": str(pages)}):
            return made
    raise AssertionError("the last room is for any number")


def publication(found: Aftermath, of: Occasion, texts: Texts, room: int | None = None) -> Publication:
    """The report in plain strings, in the order it is read; each text cut to the room there is."""
    title = of.webinar.title[texts.language]
    return Publication(
        texts.language,
        texts("document.webinar.title"),
        title,
        (of.now.year, of.now.month, of.now.day),
        tuple(_facts(found, of, texts)),
        _sum(found, texts),
        _beside(found, texts),
        without(found.voices, texts),
        texts("document.webinar.outcomes"),
        (texts("document.webinar.column.outcome"), texts("document.webinar.column.count")),
        tuple(Row(texts(f"document.webinar.outcome.{name}"), count, str(count))
              for name, count in found.counts.items() if count),
        texts("document.webinar.time"),
        _width(found.width, texts),
        _alt(found, texts),
        tuple(_columns(found)),
        tuple(_groups(found, texts, room)),
        texts("document.webinar.made"),
        tuple(_made(of, texts, room)),
        tuple(chapters(found.voices, texts)),
        texts("document.webinar.foot", title=title),
    )  # fmt: skip


def _facts(found: Aftermath, of: Occasion, texts: Texts) -> Iterator[str]:
    yield of.webinar.about[texts.language]
    if day := of.webinar.facts(texts.language).get("date"):
        yield texts("document.webinar.day", day=day)
    if found.bars:
        asked = [each.question.asked.astimezone(of.now.tzinfo).date().isoformat() for each in found.told]
        days = sorted(set(asked)) or [found.bars[0].begins.date().isoformat()]
        key = "document.webinar.asked" if len(days) == 1 else "document.webinar.asked_between"
        yield texts(key, day=days[0], first=days[0], last=days[-1])
    if of.webinar.example:
        yield f"{texts('webinar.example')}."


def _sum(found: Aftermath, texts: Texts) -> str:
    """ "47 frågor: 31 i sändning, 9 skriftligt, 4 sammanförda, 3 avböjda." """
    if not found.count:
        return texts("document.webinar.sum_none")
    parts = ", ".join(_part(name, found.counts[name], texts) for name in OUTCOMES if found.counts[name])
    key = "document.webinar.sum_one" if found.count == 1 else "document.webinar.sum_many"
    return texts(key, count=found.count, parts=parts)


def _part(name: str, count: int, texts: Texts) -> str:
    key = f"document.webinar.part.{name}"
    return texts(f"{key}.one" if count == 1 and f"{key}.one" in texts else key, count=count)


def _beside(found: Aftermath, texts: Texts) -> str:
    parts = [texts(f"document.webinar.kind.{kind}", count=count) for kind, count in sorted(found.beside.items())]
    return texts("document.webinar.beside", parts=", ".join(parts)) if parts else ""


def _width(width: dt.timedelta, texts: Texts) -> str:
    if width == DAY:
        return texts("document.webinar.time.day")
    units = (("days", DAY), ("hours", HOUR)) if width > HOUR else ()
    name, unit = next((each for each in units if width >= each[1]), ("minutes", HOUR / 60))
    return texts(f"document.webinar.time.{name}", count=round(width / unit))


def _columns(found: Aftermath) -> Iterator[Column]:
    every = max(1, round(len(found.bars) / LABELS))
    for place, bar in enumerate(found.bars):
        yield Column("" if place % every else _moment(bar, found), bar.count)


def _moment(bar: Bar, found: Aftermath) -> str:
    """When it begins: the time of day where all is one day, else the day, and the time too where it is needed."""
    if len({each.begins.date() for each in found.bars}) == 1:
        return f"{bar.begins:%H.%M}"
    return f"{bar.begins:%d/%m}" if found.width >= DAY else f"{bar.begins:%d/%m %H.%M}"


def _alt(found: Aftermath, texts: Texts) -> str:
    if not found.bars:
        return ""
    peak = max(found.bars, key=lambda bar: bar.count)
    first, last, highest = (_moment(bar, found) for bar in (found.bars[0], found.bars[-1], peak))
    return texts("document.webinar.time.alt", count=found.count, first=first, last=last, most=peak.count, peak=highest)


def _groups(found: Aftermath, texts: Texts, room: int | None) -> Iterator[Group]:
    for name in GROUPS:
        told = found.of(name)
        shown = [each for each in told if name != "open" or each.question.state in READ]
        unread = len(told) - len(shown)
        if told:
            after = texts("document.webinar.unread", count=unread) if unread else ""
            heading = texts(f"document.webinar.group.{name}", count=len(told))
            yield Group(heading, tuple(_item(each, texts, room) for each in shown), after)


def _item(told: Told, texts: Texts, room: int | None) -> Item:
    question = told.question
    withheld = question.state == "declined" and question.reason in WITHHELD
    hidden = Words(texts("document.webinar.withheld"), texts.language)
    together = () if withheld else tuple(
        (texts("document.webinar.together", code=each.code), _quoted(each, room)) for each in told.together
    )  # fmt: skip
    small = []
    if told.outcome == "broadcast" and question.mark:
        small.append(texts("document.webinar.mark", mark=visible(question.mark)))
    if votes := question.votes + question.votes_elsewhere:
        small.append(texts("document.webinar.votes", count=votes))
    words = hidden if withheld else _quoted(question, room)
    return Item(question.code, words, tuple(_said(told, texts, room)), tuple(small), together)


def _said(told: Told, texts: Texts, room: int | None) -> Iterator[Words]:
    """The answer in writing, or why there is none."""
    question = told.question
    answer = Words(_cut(visible(bare(question.answer or "")), room), question.language)
    if told.outcome == "written":
        yield answer
    if told.outcome == "declined":
        stock = question.reason in DECLINE_REASONS
        reason = texts(f"decline.{question.reason}") if stock else answer.text
        yield Words(texts("document.webinar.reason", reason=reason), texts.language)


def _quoted(question: Question, room: int | None) -> Words:
    return Words(_cut(" ".join(visible(question.shown).split()), room), question.language)


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _made(of: Occasion, texts: Texts, room: int | None) -> Iterator[str]:
    owner = of.owner or texts("document.webinar.owner")
    yield texts("document.webinar.made.ours", day=of.now.date().isoformat(), owner=owner)
    yield texts("document.webinar.made.names")
    yield texts("document.webinar.made.counts")
    if room is not None:
        yield texts("document.webinar.made.cut")
