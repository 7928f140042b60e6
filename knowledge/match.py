"""From a message to what the chat should do with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.entries import Knowledge
from knowledge.match_index import Hit, Index, Row
from knowledge.normalise import fold, shorten, words
from knowledge.query import Candidate, Match, Query
from knowledge.small_talk import Leftover, SmallTalk, gibberish

ANSWER_FROM, SUGGEST_FROM, CLEAR_LEAD = 0.62, 0.40, 0.06
"""Scores from which an answer is given or offered, and the lead over the runner-up that an answer needs."""
HIGHEST = 1.2
KEPT = 5

VariantRow = tuple[str, str, Iterable[str], str]
"""(topic, language, variants, answer)"""


@dataclass(frozen=True)
class Explanation:
    """Why a message was answered as it was, for a curator."""

    folded: str
    small_talk: str | None
    hits: tuple[Hit, ...]
    answer_from: float
    suggest_from: float
    match: Match


class Matcher:
    """A knowledge base ready to be asked. Immutable; build a new one when the content changes."""

    def __init__(self, indexes: Mapping[str, Index], small_talk: SmallTalk) -> None:
        self._indexes = indexes
        self._small_talk = small_talk

    def match(self, query: Query) -> Match:
        """What to do with a message."""
        return self.explain(query).match

    def rank(self, text: str, language: str = "sv", limit: int = KEPT) -> tuple[Candidate, ...]:
        """The entries nearest to a text, best first, whatever would be decided."""
        return _candidates(self._nearest(shorten(fold(text)), language, limit))

    def explain(self, query: Query) -> Explanation:
        """What to do with a message, and why."""
        folded = shorten(fold(query.text))
        talk = self._small_talk.leftover(folded)
        hits = self._nearest(" ".join(talk.rest), query.language, KEPT) if talk.rest else ()
        match = _decide(query.text, folded, talk, hits)
        return Explanation(folded, talk.kind, hits, ANSWER_FROM, SUGGEST_FROM, match)

    def _nearest(self, folded: str, language: str, limit: int) -> tuple[Hit, ...]:
        index = self._indexes.get(language) or self._indexes.get("sv")
        return index.nearest(folded, limit) if index and folded else ()


def build(knowledge: Knowledge) -> Matcher:
    """The matcher of a knowledge base."""
    rows = [
        (entry.id, language, (wording.title, *wording.variants, *wording.keywords), wording.answer)
        for entry in knowledge.entries.values()
        for language, wording in entry.wordings.items()
    ]
    return build_from_variants(rows, SmallTalk(knowledge.small_talk))


def build_from_variants(rows: Iterable[VariantRow], small_talk: SmallTalk | None = None) -> Matcher:
    """The matcher of any list of topics with ways of asking."""
    by_language: dict[str, list[Row]] = defaultdict(list)
    for topic, language, variants, answer in rows:
        by_language[language].append(Row(topic, tuple(variants), answer))
    indexes = {language: Index(found) for language, found in by_language.items()}
    return Matcher(indexes, small_talk or SmallTalk({}))


def _decide(text: str, folded: str, talk: Leftover, hits: tuple[Hit, ...]) -> Match:
    if gibberish(folded):
        return Match("reply", reply="gibberish", text=text)
    candidates = _candidates(hits)
    best = hits[0].score if hits else 0.0
    if talk.kind and (not talk.rest or (best < SUGGEST_FROM and "?" not in text)):
        return Match("reply", reply=talk.kind, candidates=candidates, text=text)
    if best < SUGGEST_FROM:
        return Match("handover", candidates=candidates, text=text)
    lead = best - (hits[1].score if len(hits) > 1 else 0.0)
    if best >= ANSWER_FROM and lead >= CLEAR_LEAD and len(words(folded)) > 1:
        return Match("answer", hits[0].topic, candidates=candidates, text=text)
    offered = tuple(hit.topic for hit in hits[:3])
    return Match("suggest", offered=offered, candidates=candidates, text=text)


def _candidates(hits: Iterable[Hit]) -> tuple[Candidate, ...]:
    return tuple(Candidate(hit.topic, round(min(1.0, hit.score / HIGHEST), 4)) for hit in hits)
