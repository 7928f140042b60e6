"""What a curator might want to look at: nothing here is wrong, everything here could be better.

The matching is asked as people will ask it: each way of asking is left out of what it learns from and then put to it
(five parts in turn). A way of asking that another entry would then answer, two entries that keep taking each other's
questions, and an entry that is never found are all places where a few more words help.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.entries import Knowledge, Source
from knowledge.match import NEVER, Matcher
from knowledge.match_calibrate import Thresholds, sureness
from knowledge.match_explain import LANGUAGES
from knowledge.match_model import Model
from knowledge.match_train import softmax, train
from knowledge.normalise import fold

FOLDS = 5
BOTH_WAYS, MANY = 2, 6
"""Two entries are mixed up when each takes so many of the other's questions, or one takes many."""
NEARLY_THE_SAME = 90
"""rapidfuzz's `ratio` (0 to 100) from which two ways of asking are one."""
COMPARED_AT_ONCE = 500
REVIEW_DAYS, SOURCE_YEARS = 365, 3

KINDS = {
    "no-english": "Svar som saknas på engelska",
    "stale-review": "Granskat för mer än ett år sedan",
    "stale-source": "Uppgifter som kan ha ändrats",
    "crossing": "Frågesätt som ligger närmare ett annat svar",
    "mixed-up": "Svar som blandas ihop",
    "unfound": "Svar som inte hittas",
    "twin": "Nästan samma frågesätt i två svar",
}
"""Kind of remark → its heading."""


_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_OR_LATER = re.compile(r"\b(?:senare|efter)\b")


@dataclass(frozen=True)
class Remark:
    """Something to look at. `near` is a text of the file that shows the place."""

    kind: str
    file: str
    near: str
    what: str
    should: str


@dataclass(frozen=True)
class Tried:
    """What came first for a way of asking that had been left out: `found`, `likely` to be it (0 to 1), where its own
    entry was `own`. `sure` when the chat would have given that answer.
    """

    language: str
    topic: str
    text: str
    found: str
    own: float
    likely: float
    sure: bool


def quick(knowledge: Knowledge, today: dt.date) -> tuple[Remark, ...]:
    """What can be told at once: texts that are missing, texts and sources that have become old."""
    return (*_no_english(knowledge), *_old_reviews(knowledge, today), *_old_sources(knowledge, today))


def doubled(knowledge: Knowledge) -> Iterator[Remark]:
    """A title or a way of asking that also stands in another entry, letter for letter but for case: a mistake."""
    first: dict[tuple[str, str], str] = {}
    for entry in knowledge.entries.values():
        for language, wording in entry.wordings.items():
            for text in (wording.title, *wording.variants):
                other = first.setdefault((language, text.casefold()), entry.id)
                if other != entry.id:
                    what, should = f'"{text}" står också i {other}', "behåll frågan i ett av svaren"
                    yield Remark("doubled", wording.file, text, what, should)


def thorough(knowledge: Knowledge, matcher: Matcher) -> tuple[Remark, ...]:
    """What the matching tells about the ways of asking, worst first. Needs some seconds."""
    found = tried(knowledge, matcher)
    return (*_crossing(knowledge, found), *_mixed_up(knowledge, found), *_unfound(knowledge, found), *_twins(knowledge))


def tried(knowledge: Knowledge, matcher: Matcher) -> tuple[Tried, ...]:
    """Every title and way of asking, left out of the training in turn. A base too large to be trained has none."""
    return tuple(
        each
        for language, model in matcher.models.items()
        if model.speaks is not None
        for each in _left_out(language, model, np.any(model.speaks, axis=1), matcher.calibration.get(language, NEVER))
        if _written(knowledge, each)
    )


def _written(knowledge: Knowledge, each: Tried) -> bool:
    """Whether it is a title or a variant of its own language (not a keyword, not Swedish standing in for English)."""
    wording = knowledge.entries[each.topic].wordings.get(each.language)
    return wording is not None and each.text in (wording.title, *wording.variants)


def _left_out(language: str, model: Model, heard: NDArray[np.bool_], limits: Thresholds) -> Iterator[Tried]:
    kernel, entries = model.texts.kernel(), len(model.topics)
    labels = np.array([lesson.entry for lesson in model.lessons], np.int32)
    weights = np.array([lesson.weight for lesson in model.lessons], np.float32)
    asked = np.array([lesson.asked and lesson.entry < entries for lesson in model.lessons])
    for part in range(FOLDS):
        out = asked & (np.arange(len(labels)) % FOLDS == part)
        kept, tested = np.flatnonzero(heard & ~out), np.flatnonzero(out)
        scores = kernel[np.ix_(tested, kept)] @ train(
            kernel[np.ix_(kept, kept)], labels[kept], weights[kept], entries + 1
        )
        for number, likely in zip(tested, softmax(scores)[:, :-1], strict=True):
            lesson, first = model.lessons[number], int(likely.argmax())
            sure = float(sureness(-np.sort(-likely))) >= limits.answer_from
            found = float(likely[lesson.entry]), float(likely[first]), sure
            yield Tried(language, model.topics[lesson.entry], lesson.text, model.topics[first], *found)


def _crossing(knowledge: Knowledge, found: Sequence[Tried]) -> Iterator[Remark]:
    crossing = [each for each in found if each.sure and each.found != each.topic]
    for each in sorted(crossing, key=lambda each: each.own - each.likely):
        what = f'"{each.text}" liknar {each.found} mer ({each.likely:.0%} mot {each.own:.0%} utan den här raden)'
        should = "flytta den dit, eller skriv fler av samma slag här"
        yield Remark("crossing", _file(knowledge, each.topic, each.language), each.text, what, should)


def _mixed_up(knowledge: Knowledge, found: Sequence[Tried]) -> Iterator[Remark]:
    took = Counter((each.topic, each.found) for each in found if each.found != each.topic)
    pairs = {tuple(sorted(pair)) for pair in took}
    ranked = sorted(pairs, key=lambda pair: (-took[pair[0], pair[1]] - took[pair[1], pair[0]], pair))
    for one, other in ranked:
        there, back = took[one, other], took[other, one]
        known = other in knowledge.entries[one].distinct_from or one in knowledge.entries[other].distinct_from
        if not known and (min(there, back) >= BOTH_WAYS or max(there, back) >= MANY):
            what = f"blandas ihop med {other} ({there} frågesätt dras dit, {back} därifrån hit)"
            should = f"gör frågesätten mer olika, och skriv {other} under distinct_from när du har läst båda"
            yield Remark("mixed-up", _file(knowledge, one, "sv"), "distinct_from:", what, should)


def _unfound(knowledge: Knowledge, found: Sequence[Tried]) -> Iterator[Remark]:
    asked = dict.fromkeys((each.topic, each.language) for each in found)
    reached = {(each.topic, each.language) for each in found if each.found == each.topic}
    for topic, language in asked:
        if (topic, language) not in reached:
            what = f"inget frågesätt på {LANGUAGES.get(language, language)} leder hit om just det tas bort"
            should = "skriv fler sätt att fråga efter samma sak"
            yield Remark("unfound", _file(knowledge, topic, language), "variants:", what, should)


def _twins(knowledge: Knowledge) -> Iterator[Remark]:
    """Nearly equal ways of asking of different entries, language by language."""
    asked: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for entry in knowledge.entries.values():
        for language, wording in entry.wordings.items():
            asked[language] += [(entry.id, text, fold(text)) for text in wording.variants]
    for language, rows in asked.items():
        for (topic, text, _), (other, like, _) in _alike(rows):
            what, should = f'"{text}" är nästan "{like}" i {other}', "behåll frågan i ett av svaren"
            yield Remark("twin", _file(knowledge, topic, language), text, what, should)


def _alike(rows: Sequence[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], tuple[str, str, str]]]:
    folded = [text for _, _, text in rows]
    for start in range(0, len(rows), COMPARED_AT_ONCE):
        some = folded[start : start + COMPARED_AT_ONCE]
        scores = process.cdist(some, folded, scorer=fuzz.ratio, score_cutoff=NEARLY_THE_SAME, dtype=np.uint8)
        for place, other in np.argwhere(scores):
            if start + place < other and rows[start + place][0] != rows[other][0]:
                yield rows[start + place], rows[other]


def _no_english(knowledge: Knowledge) -> Iterator[Remark]:
    for entry in knowledge.entries.values():
        if "en" not in entry.wordings:
            what, should = "svaret finns bara på svenska", f"skriv en/{entry.id}.md"
            yield Remark("no-english", _file(knowledge, entry.id, "sv"), "title:", what, should)


def _old_reviews(knowledge: Knowledge, today: dt.date) -> Iterator[Remark]:
    for entry in knowledge.entries.values():
        for wording in entry.wordings.values():
            if wording.reviewed and (today - wording.reviewed).days > REVIEW_DAYS:
                what = f"granskades {wording.reviewed}"
                yield Remark("stale-review", wording.file, "reviewed:", what, "läs om svaret och skriv dagens datum")


def _old_sources(knowledge: Knowledge, today: dt.date) -> Iterator[Remark]:
    """Entries that may have changed and whose newest dated source is some years old, oldest first."""
    found = []
    for entry in knowledge.entries.values():
        years = [year for source in knowledge.sources_of(entry.sources) if (year := latest_year(source))]
        if entry.freshness == "check" and years and max(years) < today.year - SOURCE_YEARS:
            found.append((max(years), entry.id))
    for year, topic in sorted(found):
        what, should = f"nyaste källan är från {year}", "se efter om uppgifterna gäller, eller byt källa"
        yield Remark("stale-source", _file(knowledge, topic, "sv"), "sources:", what, should)


def latest_year(source: Source) -> int | None:
    """The last year that a source's age names; None when it names none or says "or later"."""
    age = source.age["sv"]
    years = [int(year) for year in _YEAR.findall(age)]
    return None if _OR_LATER.search(age) else max(years, default=None)


def _file(knowledge: Knowledge, topic: str, language: str) -> str:
    return knowledge.entries[topic].wordings[language].file
