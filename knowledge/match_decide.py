"""From probabilities to a decision: answer, offer or hand over."""

from dataclasses import dataclass

from knowledge.match_calibrate import Thresholds, sureness
from knowledge.match_texts import Floats
from knowledge.normalise import words
from knowledge.query import Candidate, Decision, Match

OFFERED = 3
WORTH_OFFERING = 0.1
"""An entry is offered beside the best when it is at least this share as likely."""


@dataclass(frozen=True)
class Ranking:
    """The best entries, best first, with how likely each is, and how sure the engine is of the first (all 0 to 1)."""

    topics: tuple[str, ...]
    likely: tuple[float, ...]
    sure: float
    together: float

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """For a `Match`."""
        return tuple(Candidate(topic, round(p, 4)) for topic, p in zip(self.topics, self.likely, strict=True))

    @property
    def offered(self) -> tuple[str, ...]:
        """What the chat would show as "menade du"."""
        least = WORTH_OFFERING * self.likely[0] if self.likely else 0.0
        pairs = zip(self.topics[:OFFERED], self.likely, strict=False)
        return tuple(topic for topic, p in pairs if p >= least)


NOTHING = Ranking((), (), 0.0, 0.0)


def ranking(topics: tuple[str, ...], likely: Floats, limit: int) -> Ranking:
    """The best `limit` of all entries. `likely` are their probabilities, in the order of `topics`."""
    order = (-likely).argsort(kind="stable")[:limit]
    best = likely[order]
    return Ranking(
        tuple(topics[number] for number in order),
        tuple(float(p) for p in best),
        float(sureness(best)) if len(best) else 0.0,
        float(best[:OFFERED].sum()),
    )


def decided(text: str, question: str, ranked: Ranking, thresholds: Thresholds) -> Match:
    """What a message gets whose question (folded) is ranked like this."""
    decision = _decide(ranked, thresholds, one_word=len(words(question)) == 1)
    return Match(
        decision,
        ranked.topics[0] if decision == "answer" else None,
        ranked.offered if decision == "suggest" else (),
        ranked.candidates,
        text=text,
    )


def _decide(ranked: Ranking, thresholds: Thresholds, *, one_word: bool) -> Decision:
    """A single word gets an offer at most: too little to be sure of."""
    if ranked.sure >= thresholds.answer_from:
        return "suggest" if one_word else "answer"
    return "suggest" if ranked.together >= thresholds.suggest_from else "handover"
