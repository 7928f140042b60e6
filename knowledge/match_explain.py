"""Why a message was treated as it was, for a curator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowledge.match_calibrate import Thresholds
from knowledge.match_decide import Ranking
from knowledge.match_model import Model
from knowledge.normalise import words
from knowledge.query import Match

LANGUAGES = {"sv": "svenska", "en": "engelska"}
DECISIONS = {
    "answer": "svarar med",
    "suggest": "föreslår",
    "handover": "lämnar till moderatorn",
    "reply": "svarar på småprat:",
}
SMALL_TALK = {
    "greeting": "en hälsning",
    "thanks": "ett tack",
    "farewell": "ett hej då",
    "praise": "beröm",
    "abuse": "ovett",
    "chatter": "prat om annat",
    "yes": "ett ja",
    "no": "ett nej",
    "gibberish": "obegripligt",
}
SHOWN = 100
"""Characters shown of a text that spoke for an entry: some are whole answers."""


@dataclass(frozen=True)
class Explanation:
    """`words` tells how much the best entry's score loses without each word, `variants` which texts spoke loudest."""

    match: Match
    folded: str
    language: str
    small_talk: str | None
    ranking: Ranking
    thresholds: Thresholds
    words: tuple[tuple[str, float], ...]
    variants: tuple[tuple[str, float], ...]

    def text(self, titles: Mapping[str, str] | None = None) -> str:
        """The explanation in Swedish, a line for each fact. `titles` are those of the entries."""
        return "\n".join((*self._decision(), *self._nearest(titles or {}), *self._limits(), *self._voices()))

    def _decision(self) -> Iterator[str]:
        yield f"Beslut: {_decided(self.match)}"
        yield f"Läst som: {self.folded} ({LANGUAGES.get(self.language, self.language)})"
        if self.small_talk:
            yield f"Småprat i meddelandet: {SMALL_TALK[self.small_talk]}"
        for part in self.match.parts:
            yield f'Delfråga: "{part.text}" {_decided(part)}'

    def _nearest(self, titles: Mapping[str, str]) -> Iterator[str]:
        if self.match.candidates:
            yield "\nNärmast, med hur troligt det är:"
        for candidate in self.match.candidates:
            yield f"  {_percent(candidate.score):>6}  {candidate.topic}  {titles.get(candidate.topic, '')}".rstrip()

    def _limits(self) -> Iterator[str]:
        sure, together, limits = self.ranking.sure, self.ranking.together, self.thresholds
        answer_from = f"Svarar från {_percent(limits.answer_from)}, ett ensamt ord bara om det är nyckelord."
        yield f"\nSäkerhet: {_percent(sure)}. {answer_from}"
        yield f"De tre närmaste ihop: {_percent(together)}. Föreslår från {_percent(limits.suggest_from)}."

    def _voices(self) -> Iterator[str]:
        if self.words:
            weights = sorted(self.words, key=lambda pair: -pair[1])
            yield "\nOrden som väger mest för det närmaste svaret (minus: talar emot):"
            yield "  " + ", ".join(f"{word} {_signed(weight)}" for word, weight in weights)
        loudest = [(text, weight) for text, weight in self.variants if weight > 0]
        if loudest:
            yield "Texterna som talar mest för det:"
        for text, weight in loudest:
            yield f"  {_signed(weight)}  {text if len(text) <= SHOWN else text[:SHOWN] + ' …'}"


def _decided(match: Match) -> str:
    if match.reply:
        return f"{DECISIONS[match.decision]} {SMALL_TALK[match.reply]}"
    return f"{DECISIONS[match.decision]} {match.topic or ', '.join(match.offered)}".rstrip()


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",")


def _signed(weight: float) -> str:
    return f"{weight:+.2f}".replace(".", ",")


def weighed_words(model: Model, question: str, entry: int) -> tuple[tuple[str, float], ...]:
    """How much the score of an entry falls when each word is taken away."""
    found = words(question)
    whole = float(model.scores(question)[entry])
    without = (" ".join((*found[:place], *found[place + 1 :])) for place in range(len(found)))
    return tuple(
        (word, round(whole - float(model.scores(rest)[entry]), 3)) for word, rest in zip(found, without, strict=True)
    )
