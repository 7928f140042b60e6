"""From a message to what the chat should do with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.entries import Entry, Knowledge
from knowledge.language import guess, perhaps
from knowledge.match_calibrate import Thresholds, calibrate
from knowledge.match_decide import NOTHING, Ranking, decided, ranking
from knowledge.match_explain import Explanation, weighed_words
from knowledge.match_model import Model, Row, fit
from knowledge.match_questions import asks, bare, follows_up, questions
from knowledge.match_texts import Features, Floats
from knowledge.match_train import softmax
from knowledge.normalise import fold, shorten, words
from knowledge.query import Candidate, Decision, Match, Query
from knowledge.second_opinion import SecondOpinion, as_said, together, unsure
from knowledge.small_talk import Leftover, SmallTalk, gibberish

KEPT = 5
NEVER = Thresholds(1.0, 1.0)
"""For a language that the base does not have."""
LIVE, SAME, RELATED, FOLLOWED = 0.7, 1.0, 1.5, 10.0
"""Added to the score (natural log of the odds) of entries about the webinar that is on, of the entry answered just
before, of those related to it, and of both when a message says nothing without what was before ("och var?")."""
SHORT = 4
"""Words up to which a message may lean on the answer before."""

VariantRow = tuple[str, str, Iterable[str], str]
"""(topic, language, variants, answer)"""
Calibration = Mapping[str, Thresholds]
"""The thresholds of each language."""


@dataclass(frozen=True)
class Context:
    """What the matcher knows of the entries beside their words."""

    entries: Mapping[str, Entry]
    keywords: Mapping[str, Mapping[str, tuple[str, ...]]]
    """language -> folded keyword -> the entries it was written for"""


@dataclass(frozen=True)
class _Read:
    """One message, read."""

    folded: str
    language: str
    kind: str | None
    question: str
    ranked: Ranking
    match: Match
    settled: bool = True
    """Whether something else than likelihood decided: small talk, a keyword, what was said before."""


class Matcher:
    """A knowledge base ready to be asked. Immutable; build a new one when the content changes."""

    def __init__(
        self,
        models: Mapping[str, Model],
        calibration: Calibration,
        talk: SmallTalk,
        known: Context,
        opinions: Mapping[str, SecondOpinion] | None = None,
    ) -> None:
        self.models, self.calibration, self._talk, self._known = models, calibration, talk, known
        self.opinions = opinions or {}

    @property
    def quick(self) -> bool:
        """Whether a match takes about a millisecond, with nobody else to be asked."""
        return not self.opinions

    def with_opinions(self, opinions: Mapping[str, SecondOpinion]) -> "Matcher":
        """This matcher with a second opinion for some of its languages."""
        return Matcher(self.models, self.calibration, self._talk, self._known, opinions)

    def match(self, query: Query) -> Match:
        """What to do with a message, and with each question in it when it holds several."""
        read = self._read(query)
        match = replace(self._reconsidered(query, read), language=read.language)
        if match.decision == "reply":
            return match
        parts = tuple(self._part(query, part) for part in questions(query.text))
        return replace(match, parts=_fitting(parts, match))

    def _part(self, query: Query, text: str) -> Match:
        read = self._read(replace(query, text=text))
        return replace(read.match, language=read.language)

    def rank(self, text: str, language: str = "sv", limit: int = KEPT) -> tuple[Candidate, ...]:
        """The entries nearest to a text, best first, whatever would be decided."""
        folded = shorten(fold(text))
        return self._ranked(folded, Query(text, language), self._language(folded, language), limit).candidates

    def explain(self, query: Query) -> Explanation:
        """What to do with a message, and why."""
        read = self._read(query)
        model = self.models.get(read.language)
        found: tuple[tuple[tuple[str, float], ...], ...] = ((), ())
        if model and read.ranked.topics:
            entry = model.topics.index(read.ranked.topics[0])
            found = (weighed_words(model, read.question, entry), model.voices(read.question, entry))
        thresholds = self.calibration.get(read.language, NEVER)
        return Explanation(self.match(query), read.folded, read.language, read.kind, read.ranked, thresholds, *found)

    def _read(self, query: Query) -> _Read:
        """The message read in its language; in another it may be written in when only that one has a sure answer."""
        folded = shorten(fold(query.text))
        read = self._read_in(self._language(folded, query.language), folded, query)
        if read.match.decision != "handover":
            return read
        others = (self._read_in(each, folded, query) for each in perhaps(folded, read.language) if each in self.models)
        return next((other for other in others if other.match.decision == "answer"), read)

    def _read_in(self, language: str, folded: str, query: Query) -> _Read:
        talk = self._talk.leftover(folded)
        if self._says_nothing(folded, query):
            match = Match("reply", reply="gibberish", text=query.text)
            return _Read(folded, language, "gibberish", "", NOTHING, match)
        question = folded if talk.question is None else talk.question
        ranked = self._ranked(question, query, language, KEPT)
        settled = self._settled(query, question, language, ranked)
        match = settled or decided(query.text, question, ranked, self.calibration.get(language, NEVER))
        if _only_talk(talk, query.text, match.decision):
            settled = match = Match("reply", reply=talk.kind, candidates=ranked.candidates, text=query.text)
        return _Read(folded, language, talk.kind, question, ranked, match, settled is not None)

    def _reconsidered(self, query: Query, read: _Read) -> Match:
        """The decision once a second opinion is heard, where there is one and the first is unsure."""
        opinion = self.opinions.get(read.language)
        limits = self.calibration.get(read.language, NEVER)
        if opinion is None or read.settled or not unsure(read.ranked, limits, read.question):
            return read.match
        said = opinion.ask(as_said(query.text))
        if said is None:
            return read.match
        model = self.models[read.language]
        likely = together(model.topics, self._scores(model, read.question, query), said)
        return decided(query.text, read.question, ranking(model.topics, likely, KEPT), opinion.thresholds)

    def _settled(self, query: Query, question: str, language: str, ranked: Ranking) -> Match | None:
        """What a keyword or the answer before decides, whatever is likely."""
        named = self._named(question, language)
        if len(named) == 1:
            return Match("answer", named[0], candidates=_first(named, ranked), text=query.text)
        if named:
            return Match("suggest", offered=named[:3], candidates=_first(named, ranked), text=query.text)
        if query.previous in self._known.entries and follows_up(question):
            return Match("suggest", offered=ranked.offered, candidates=ranked.candidates, text=query.text)
        return None

    def _ranked(self, folded: str, query: Query, language: str, limit: int) -> Ranking:
        model = self.models.get(language)
        if model is None or not folded:
            return NOTHING
        return ranking(model.topics, softmax(self._scores(model, folded, query))[:-1], limit)

    def _scores(self, model: Model, folded: str, query: Query) -> Floats:
        return model.scores(folded) + self._leaning(model, folded, query)

    def _leaning(self, model: Model, folded: str, query: Query) -> Floats:
        """What the situation adds to the score of each entry."""
        added = np.zeros(len(model.topics) + 1, np.float32)
        before = self._known.entries.get(query.previous or "")
        short = before is not None and len(words(folded)) <= SHORT
        for number, topic in enumerate(model.topics if query.webinar or short else ()):
            entry = self._known.entries.get(topic)
            if query.webinar and entry and entry.freshness == "event":
                added[number] += LIVE
            if short and before and (topic == before.id or topic in before.related):
                added[number] += (SAME if topic == before.id else RELATED) + follows_up(folded) * FOLLOWED
        return added

    def _says_nothing(self, folded: str, query: Query) -> bool:
        """Whether there is nothing to look for: keys hit at random, one letter, a lone "vad" that follows nothing."""
        if bare(folded):
            return query.previous not in self._known.entries
        return gibberish(folded) and not self._knows(folded)

    def _knows(self, folded: str) -> bool:
        told = [word for word in words(folded) if len(word) > 1]
        return any(model.texts.knows(f"={word}") for word in told for model in self.models.values())

    def _named(self, folded: str, language: str) -> tuple[str, ...]:
        return self._known.keywords.get(language, {}).get(folded, ())

    def _language(self, folded: str, expected: str) -> str:
        language = guess(folded, expected)
        if language in self.models:
            return language
        return expected if expected in self.models else next(iter(self.models), expected)


def build(
    knowledge: Knowledge, calibration: Calibration | None = None, languages: Sequence[str] = ("sv", "en")
) -> Matcher:
    """The matcher of a knowledge base, in some of its languages.

    `calibration` spares working out the thresholds (a third of the time): that of an earlier matcher of the same base.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for entry in knowledge.entries.values():
        for language in languages:
            rows[language].append(_row(entry, language))
    features = {language: Features.of(language, groups) for language, groups in knowledge.synonyms.items()}
    return assemble(knowledge, *_learnt(rows, features, calibration))


def assemble(knowledge: Knowledge, models: Mapping[str, Model], calibration: Calibration) -> Matcher:
    """The matcher of a knowledge base whose models are there already."""
    known = Context(knowledge.entries, {language: _keywords(knowledge, language) for language in models})
    return Matcher(models, calibration, SmallTalk(knowledge.small_talk), known)


def build_from_variants(rows: Iterable[VariantRow], small_talk: SmallTalk | None = None) -> Matcher:
    """The matcher of any list of topics with ways of asking."""
    by_language: dict[str, list[Row]] = defaultdict(list)
    for topic, language, variants, answer in rows:
        by_language[language].append(Row(topic, tuple(dict.fromkeys(variants)), answer))
    return Matcher(*_learnt(by_language, {}, None), small_talk or SmallTalk({}), Context({}, {}))


def _learnt(
    rows: Mapping[str, Sequence[Row]], features: Mapping[str, Features], calibration: Calibration | None
) -> tuple[dict[str, Model], dict[str, Thresholds]]:
    models, thresholds = {}, dict(calibration or {})
    for language, found in rows.items():
        fitted = fit(found, features.get(language, Features.of(language)))
        models[language] = fitted.model
        if language not in thresholds:
            thresholds[language] = calibrate(fitted)
    return models, thresholds


def _row(entry: Entry, language: str) -> Row:
    wording = entry.wording(language)
    asked = dict.fromkeys((wording.title, *wording.variants, *wording.keywords))
    return Row(entry.id, tuple(asked), wording.answer, wording.not_this)


def _keywords(knowledge: Knowledge, language: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in knowledge.entries.values():
        for keyword in dict.fromkeys(fold(keyword) for keyword in entry.wording(language).keywords):
            found[keyword] = (*found.get(keyword, ()), entry.id)
    return found


def _fitting(parts: tuple[Match, ...], whole: Match) -> tuple[Match, ...]:
    """The questions of a message, when something fits at least two of them and those stand first for the whole of it
    too; what fits none is among them, to be handed over. Otherwise it is one question in several sentences.
    """
    likely = [candidate.topic for candidate in whole.candidates[: len(parts)]]
    fitting = tuple(p for p in parts if p.decision in ("answer", "suggest") and p.candidates[0].topic in likely)
    several = len({part.candidates[0].topic for part in fitting}) > 1
    return tuple(part for part in parts if part.decision != "reply") if several else ()


def _only_talk(talk: Leftover, text: str, decision: Decision) -> bool:
    """Whether a message gets a reply to its small talk. A sure answer beats chatter ("är du en robot?")."""
    if talk.question is None:
        return decision != "answer" or talk.kind != "chatter"
    asked = "?" in text if talk.kind == "abuse" else asks(text, talk.question)
    return decision != "answer" and talk.wins(asked=asked, found=decision == "suggest")


def _first(named: tuple[str, ...], ranked: Ranking) -> tuple[Candidate, ...]:
    """The candidates with those named by a keyword before the others."""
    likely = dict(zip(ranked.topics, ranked.likely, strict=True))
    order = (*named, *(topic for topic in ranked.topics if topic not in named))
    best = max(ranked.likely, default=0.0)
    return tuple(Candidate(t, round(best if t in named else likely[t], 4)) for t in order[:KEPT])
