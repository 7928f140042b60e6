"""The votes and the feedback in a webinar's report: bars, each with its words and number. No two questions crossed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from dialogs import polling
from dialogs.aftermath import Voices
from dialogs.clean import visible
from dialogs.crossed import LEAST
from dialogs.definitions import FeedbackQuestion, PollQuestion
from dialogs.feedback import RATINGS
from dialogs.records import PollRun
from dialogs.texts import Texts


@dataclass(frozen=True)
class Row:
    """A bar: what it is of, how long it is, and its number as it is written."""

    label: str
    count: int
    shown: str


@dataclass(frozen=True)
class Chart:
    """A question with its bars, what was written to it and may be read by all, and what else there is to say."""

    heading: str
    rows: tuple[Row, ...]
    quotes: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A round of a poll, or a question of the feedback."""

    heading: str
    small: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Chapter:
    """All polls, or all feedback."""

    heading: str
    columns: tuple[str, str]
    parts: tuple[Part, ...]


def chapters(voices: Voices, texts: Texts) -> Iterator[Chapter]:
    """What there is, in the order it is read."""
    columns = texts("document.webinar.column.answer"), texts("document.webinar.column.count")
    polls = (*_polls(voices, texts), *_elsewhere(voices, texts))
    feedback = tuple(_asked(question, answers, texts) for question, answers in voices.feedback if answers)
    for key, parts in (("document.webinar.polls", polls), ("document.webinar.feedback", feedback)):
        if parts:
            yield Chapter(texts(key), columns, parts)


def without(voices: Voices, texts: Texts) -> str:
    """What there is none of, in words."""
    missing = {
        "document.webinar.polls_none": not (voices.polls or voices.elsewhere),
        "document.webinar.feedback_none": not any(answers for _, answers in voices.feedback),
    }
    return " ".join(texts(key) for key, is_missing in missing.items() if is_missing)


def _polls(voices: Voices, texts: Texts) -> Iterator[Part]:
    again = {run.poll for run in voices.polls if run.number > 1}
    for run in voices.polls:
        small = [texts("document.webinar.round", number=run.number)] if run.poll in again else []
        if run.state == "open":
            small.append(texts("document.webinar.poll_open"))
        charts = tuple(_voted(run, question, texts) for question in run.definition.questions if run.state == "closed")
        yield Part(run.definition.title[texts.language], " ".join(small), charts)


def _voted(run: PollRun, question: PollQuestion, texts: Texts) -> Chart:
    voters, middle = run.voters(question.id), polling.mean(run, question)
    bars = polling.bars(run, question, texts.language) if voters else ()
    below = [texts("poll.voters", count=voters)]
    if middle is not None:
        below.append(texts("poll.mean", mean=polling.decimal(middle, texts.language)))
    if question.kind == "cloud" and voters and not bars:
        below.append(texts("poll.no_words"))
    return Chart(
        question.wording[texts.language],
        tuple(_row(bar.label, bar.count, bar.share, texts) for bar in bars),
        tuple(map(visible, run.released.get(question.id, ()))),
        tuple(below),
    )


def _row(label: str, count: int, share: int, texts: Texts) -> Row:
    return Row(label, count, texts("document.webinar.share", count=count, share=share))


def _elsewhere(voices: Voices, texts: Texts) -> Iterator[Part]:
    """What came in from another program, where anybody may have written anything."""
    for poll, rows in groupby(voices.elsewhere, key=lambda row: row[0]):
        charts = tuple(
            _counted(question, [(answer, count) for _, _, answer, count in asked], texts)
            for question, asked in groupby(rows, key=lambda row: row[1])
        )
        yield Part(visible(poll), texts("document.webinar.elsewhere"), charts)


def _counted(question: str, answers: list[tuple[str, int]], texts: Texts) -> Chart:
    """As with the words of a cloud, what only one person has answered is not shown: it may be their own words."""
    rows = tuple(Row(visible(answer), count, str(count)) for answer, count in answers if count >= polling.LEAST_SAME)
    alone = len(answers) - len(rows)
    below = (texts("document.webinar.alone", count=alone),) if alone else ()
    return Chart(visible(question), rows, (), below)


def _asked(question: FeedbackQuestion, answers: tuple[str, ...], texts: Texts) -> Part:
    chart = _rated(answers, texts) if question.kind == "rating" else _written(answers, texts)
    return Part(question.wording[texts.language], "", (chart,))


def _rated(answers: tuple[str, ...], texts: Texts) -> Chart:
    """The ratings of few are not shown: they were given to nobody but the organiser."""
    count = len(answers)
    if count < LEAST:
        return Chart("", (), (), (texts("document.webinar.few_ratings", count=count, least=LEAST),))
    rows = (_row(each, given := answers.count(each), round(100 * given / count), texts) for each in RATINGS)
    mean = polling.decimal(sum(map(int, answers)) / count, texts.language)
    return Chart("", tuple(rows), (), (texts("page.feedback_rating", mean=mean, count=count),))


def _written(answers: tuple[str, ...], texts: Texts) -> Chart:
    return Chart("", (), (), (texts("document.webinar.own_words", count=len(answers)),))
