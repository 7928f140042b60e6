"""Greetings, thanks, abuse, gibberish: messages that get a reply of their own and never reach a moderator.

The phrases are content (small_talk.yaml). A message is small talk when phrases and filling words use it up; what is
left over otherwise is the question ("hej, när slutar det?").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge.normalise import fold, words

Phrases = Mapping[str, Mapping[str, Sequence[str]]]

FILLING = frozenset(
    fold(
        "och men så då nu där du ni er dig alla allihop va ju är en ett din ditt era på från i för det här "
        "and so you all then there oh are a an your the of from"
    ).split()
)
LOUDEST = ("no", "yes", "chatter", "greeting", "praise", "thanks", "farewell", "abuse")
"""Which kind names a message of several: the one furthest to the right ("hej då, tack" is a farewell)."""
PEELED = ("greeting", "thanks", "farewell")
"""What people put before and after a question."""
BESIDE = (*PEELED, "praise", "abuse")
"""What may be worth a reply though the message says something else too."""
ALIKE = 88.0
"""rapidfuzz ratio (0 to 100) from which a short message is a slip of the pen for a phrase."""
LEAST_ALIKE = 5
ROWS = ("qwertyuiopa", "asdfghjkloa", "zxcvbnm", "1234567890")
VOWELS = frozenset("aeiouy")


@dataclass(frozen=True)
class Leftover:
    """What a message says besides small talk.

    `kind` names the small talk found, if any, and `taken` counts the words of that kind. `rest` holds the words that
    belong to no phrase and are no filling. `question` is the message without greetings and thanks around it, None
    when small talk is all there is.
    """

    kind: str | None
    taken: int
    rest: tuple[str, ...]
    question: str | None

    def wins(self, *, asked: bool, found: bool) -> bool:
        """Whether the small talk is what to react to, though other words stand beside it.

        `asked` tells whether the message is put as a question, `found` whether some entry fits.
        """
        if self.kind not in BESIDE or asked:
            return False
        return self.taken * (1 if found else 2) >= len(self.rest)


class SmallTalk:
    """The phrases of all languages, ready to be found in a message."""

    def __init__(self, phrases: Phrases) -> None:
        self._kinds = {
            words(fold(phrase)): kind
            for kind in sorted(phrases, key=_loudness)
            for texts in phrases[kind].values()
            for phrase in texts
        }
        self._longest = max(map(len, self._kinds), default=0)
        self._joined = {" ".join(phrase): kind for phrase, kind in self._kinds.items()}

    def leftover(self, folded: str) -> Leftover:
        """The small talk in a folded message, and what is left over."""
        if slip := self._slip(folded):
            return Leftover(slip, len(words(folded)), (), None)
        found = words(folded)
        if not found:
            return Leftover(None, 0, (), "")
        taken = self._taken(found)
        pairs = tuple(zip(found, taken, strict=True))
        rest = tuple(word for word, kind in pairs if kind is None and word not in FILLING)
        kinds = [kind for _, kind in pairs if kind]
        if kinds and not rest:
            return Leftover(_loudest(kinds), len(kinds), (), None)
        beside = [kind for kind in (taken[0], taken[-1]) if kind] + ["abuse"] * ("abuse" in kinds)
        kind = _loudest(beside)
        return Leftover(kind, kinds.count(kind or ""), rest, " ".join(_peel(found, taken)))

    def _taken(self, found: tuple[str, ...]) -> list[str | None]:
        """The kind of the phrase that each word belongs to; longer phrases first."""
        taken: list[str | None] = []
        while len(taken) < len(found):
            length = self._phrase_at(found, len(taken))
            kind = self._kinds[found[len(taken) : len(taken) + length]] if length else None
            taken += [kind] * max(length, 1)
        return taken

    def _phrase_at(self, found: tuple[str, ...], place: int) -> int:
        for length in range(min(self._longest, len(found) - place), 0, -1):
            if found[place : place + length] in self._kinds:
                return length
        return 0

    def _slip(self, folded: str) -> str | None:
        if not LEAST_ALIKE <= len(folded) <= 30:
            return None
        found = process.extractOne(folded, self._joined.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
        return self._joined[found[0]] if found else None


def gibberish(folded: str) -> bool:
    """Whether a folded message holds nothing that could be a word: empty, keys in a row, one letter repeated."""
    return all(_no_word(word) for word in words(folded))


def _no_word(word: str) -> bool:
    if word.isdigit() or len(set(word)) == 1:
        return True
    if not word.isascii() or len(word) < 3:
        return False
    if any(word in row or word in row[::-1] for row in ROWS):
        return True
    return len(word) > 3 and not VOWELS & set(word)


def _peel(found: tuple[str, ...], taken: Sequence[str | None]) -> tuple[str, ...]:
    """The words without the greetings and thanks at both ends."""
    start, end = 0, len(found)
    while start < end and taken[start] in PEELED:
        start += 1
    while end > start and taken[end - 1] in PEELED:
        end -= 1
    return found[start:end]


def _loudness(kind: str) -> int:
    return LOUDEST.index(kind) if kind in LOUDEST else -1


def _loudest(kinds: Sequence[str]) -> str | None:
    return max(kinds, key=_loudness, default=None)
