"""Why a message was treated as it was, for a curator."""

from dataclasses import dataclass

from knowledge.match_calibrate import Thresholds
from knowledge.match_decide import Ranking
from knowledge.match_model import Model
from knowledge.normalise import words
from knowledge.query import Match

DECISIONS = {
    "answer": "svarar",
    "suggest": "föreslår",
    "handover": "lämnar till moderatorn",
    "reply": "svarar på småpratet",
}


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

    def text(self) -> str:
        """The explanation in Swedish, a line for each fact."""
        match, limits = self.match, self.thresholds
        chosen = match.topic or ", ".join(match.offered) or match.reply or ""
        return "\n".join(
            (
                f"Beslut: {DECISIONS[match.decision]} {chosen}".rstrip(),
                f"Läst som ({self.language}): {self.folded}",
                *((f"Småprat: {self.small_talk}",) if self.small_talk else ()),
                *(f"  {candidate.score:.3f}  {candidate.topic}" for candidate in match.candidates),
                f"Säkerhet: {self.ranking.sure:.3f}, svarar från {limits.answer_from:.3f}",
                f"De tre bästa ihop: {self.ranking.together:.3f}, föreslår från {limits.suggest_from:.3f}",
                "Ordens vikt för den bästa: " + ", ".join(f"{word} {weight:+.2f}" for word, weight in self.words),
                *(f"Talar för den: {text} ({weight:+.2f})" for text, weight in self.variants),
                *(f"Delfråga: {part.text} -> {DECISIONS[part.decision]}" for part in match.parts),
            )
        )


def weighed_words(model: Model, question: str, entry: int) -> tuple[tuple[str, float], ...]:
    """How much the score of an entry falls when each word is taken away."""
    found = words(question)
    whole = float(model.scores(question)[entry])
    without = (" ".join((*found[:place], *found[place + 1 :])) for place in range(len(found)))
    return tuple(
        (word, round(whole - float(model.scores(rest)[entry]), 3)) for word, rest in zip(found, without, strict=True)
    )
