"""What may become knowledge: answers in writing as new entries, and ways of asking for entries that there are.

Each is read anew from what was asked, until somebody edits or decides it. Names are never in it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dialogs.aftermath import Told, aftermath
from dialogs.clean import clean
from dialogs.records import Question
from knowledge.fields import LANGUAGES
from knowledge.normalise import same

STATES = ("proposed", "approved", "dismissed")
ACTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "save": (("proposed",), "proposed"),
    "approve": (("proposed",), "approved"),
    "dismiss": (("proposed",), "dismissed"),
    "again": (("approved", "dismissed"), "proposed"),
}
"""What can be done → the states it can be done in, and the one it leads to."""


@dataclass(frozen=True)
class Tied:
    """A question that somebody in the chat tied to an entry."""

    id: int
    text: str
    language: str
    entry: str
    at: dt.datetime


@dataclass(frozen=True)
class Words:
    """What a contribution says."""

    wordings: tuple[str, ...]
    answer: str = ""


@dataclass(frozen=True)
class Contribution:
    """A new entry, or ways of asking for one that there is, on its way into the knowledge base."""

    key: str
    """F-27-sv of a question, L-5-sv of what was tied: the same each time."""
    language: str
    wordings: tuple[str, ...]
    """How it is asked, each once; a new entry's title first."""
    day: dt.date
    """When it was answered or tied."""
    answer: str = ""
    """Of a new entry; empty for ways of asking."""
    entry: str = ""
    """Whose ways of asking they are; empty for a new entry."""
    webinar: str | None = None
    by: str = ""
    """The role that has put the words as they stand; empty for somebody in the chat."""
    also: tuple[tuple[str, str], ...] = ()
    """How a new entry was asked for in another language, with that language."""
    near: tuple[str, ...] = ()
    """Entries that come closest."""
    removed: tuple[str, ...] = ()
    """Kinds of personal data that were taken out."""
    questions: tuple[int, ...] = ()
    tied: tuple[int, ...] = ()
    """Whose words are in it: numbers of questions, and of what was tied."""
    state: str = "proposed"
    """One of STATES."""
    version: int = 0
    """How often it was edited or decided: what a guard compares."""
    decided_by: str = ""
    decided: dt.datetime | None = None

    @property
    def code(self) -> str:
        """F-27, or L-5 for what was tied."""
        return self.key.rpartition("-")[0]

    @property
    def words(self) -> Words:
        """What it says."""
        return Words(self.wordings, self.answer)


def contributions(questions: Iterable[Question], tied: Iterable[Tied], zone: dt.tzinfo) -> dict[str, Contribution]:
    """What questions that were answered in writing give, and what people tied to entries, by key."""
    told = [each for each in aftermath(questions, zone).of("written") if each.question.kind == "question"]
    found = [contribution for each in told for contribution in _answered(each, zone)]
    found += _tied(sorted(tied, key=_place), zone)
    return {each.key: each for each in found}


def standing(fresh: Mapping[str, Contribution], kept: Mapping[str, Contribution]) -> dict[str, Contribution]:
    """What there is now: as it was edited or decided, else as it is read anew. Only what is approved outlives it."""
    return {**fresh, **{k: each for k, each in kept.items() if each.state == "approved" or k in fresh}}


def decided(
    found: Contribution, fresh: Contribution | None, act: str, words: Words, by: str, now: dt.datetime
) -> Contribution | str:
    """A contribution after an act of ACTS, or the phrase that says why not: two people stand behind what is approved.

    `fresh` is the contribution as it is read anew, if it still is.
    """
    states, state = ACTS[act]
    if found.state not in states:
        return "web.contribution_overtaken"
    changed = words != found.words
    if act == "save":
        return replace(found, wordings=words.wordings, answer=words.answer, by=by if changed else found.by)
    if act == "again":
        return _again(found, fresh)
    if act == "approve" and changed:
        return "web.contribution_changed"
    if act == "approve" and by == found.by:
        return "web.contribution_own"
    return replace(found, state=state, decided_by=by, decided=now)


def _again(found: Contribution, fresh: Contribution | None) -> Contribution | str:
    """Proposed once more; read anew where somebody has been forgotten whose words are in it."""
    if fresh is None:
        return "web.contribution_gone"
    whole = set(found.questions) <= set(fresh.questions) and set(found.tied) <= set(fresh.tied)
    return replace(found if whole else fresh, state="proposed", version=found.version, decided_by="", decided=None)


def _answered(told: Told, zone: dt.tzinfo) -> Iterator[Contribution]:
    """A new entry of an answer in somebody's own words; of one with an entry, its ways of asking by language."""
    question = told.question
    heard = [each for each in (question, *told.together) if not each.forgotten]
    answer = clean(question.answer or "")
    said = {language: _wordings(heard, language) for language in LANGUAGES}
    own, removed = said[question.language]
    based = Contribution(
        f"{question.code}-{question.language}", question.language, own,
        (question.decided or question.asked).astimezone(zone).date(), webinar=question.webinar, by=question.by or "",
        near=question.candidates, removed=tuple(dict.fromkeys((*removed, *answer.removed))),
        questions=tuple(each.number for each in heard),
    )  # fmt: skip
    if question.entry:
        for language, (wordings, taken) in said.items():
            if wordings:
                yield replace(based, key=f"{question.code}-{language}", language=language, wordings=wordings,
                              entry=question.entry, removed=taken)  # fmt: skip
    elif own and answer.text:
        others = [(language, words) for language, (wordings, _) in said.items() for words in wordings]
        also = tuple(each for each in others if each[0] != question.language)
        yield replace(based, answer=answer.text, also=also)


def _wordings(questions: Sequence[Question], language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How questions were put in a language, each once; what was taken out of them."""
    cleaned = [clean(text) for each in questions if each.language == language for text in (each.shown, each.text)]
    kinds = dict.fromkeys(kind for each in cleaned for kind in each.removed)
    return each_once(each.text for each in cleaned), tuple(kinds)


def each_once(texts: Iterable[str]) -> tuple[str, ...]:
    """Ways of asking on one line each, as first put."""
    found: dict[str, str] = {}
    for text in texts:
        if words := " ".join(text.split()):
            found.setdefault(same(words), words)
    return tuple(found.values())


def _tied(tied: Iterable[Tied], zone: dt.tzinfo) -> Iterator[Contribution]:
    """A way of asking for each wording that was tied to an entry, however many wrote it."""
    for (entry, language, _), group in groupby(tied, key=lambda each: _place(each)[:3]):
        first, *others = group
        cleaned = clean(first.text)
        if wordings := each_once([cleaned.text]):
            yield Contribution(
                f"L-{first.id}-{language}", language, wordings, first.at.astimezone(zone).date(), entry=entry,
                removed=cleaned.removed, tied=(first.id, *(each.id for each in others)),
            )  # fmt: skip


def _place(tied: Tied) -> tuple[str, str, str, int]:
    return tied.entry, tied.language, same(" ".join(clean(tied.text).text.split())), tied.id
