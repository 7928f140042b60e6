"""Greetings, thanks, abuse, gibberish: messages that get a reply of their own and never reach a moderator.

The phrases are content (small_talk.yaml). A message is small talk when phrases and filling words use it up; what is
left over otherwise is the question ("hej, när slutar det?").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.normalise import fold, words

Phrases = Mapping[str, Mapping[str, Sequence[str]]]

FILLING = frozenset(fold("och men så då nu där du ni er dig alla allihop va ju and so you all then there oh").split())
WEIGHT = ("abuse", "no", "yes", "greeting", "praise", "chatter", "farewell", "thanks")
"""Which kind names a message of several kinds: the one furthest to the right, but abuse always."""
ROWS = ("qwertyuiopa", "asdfghjkloa", "zxcvbnm", "1234567890")
VOWELS = frozenset("aeiouy")


@dataclass(frozen=True)
class Leftover:
    """What a message says besides small talk: the kind found, and the words that belong to no phrase."""

    kind: str | None
    rest: tuple[str, ...]


class SmallTalk:
    """The phrases of all languages, ready to be found in a message."""

    def __init__(self, phrases: Phrases) -> None:
        self._kinds = {
            words(fold(phrase)): kind
            for kind in sorted(phrases, key=_weight)
            for texts in phrases[kind].values()
            for phrase in texts
        }
        self._longest = max(map(len, self._kinds), default=0)

    def leftover(self, folded: str) -> Leftover:
        """The kind of small talk in a folded message and the words left over."""
        left, kinds, rest, place = words(folded), list[str](), list[str](), 0
        while place < len(left):
            length = self._phrase_at(left, place)
            if length:
                kinds.append(self._kinds[left[place : place + length]])
            else:
                rest.append(left[place])
            place += length or 1
        if kinds and all(word in FILLING for word in rest):
            rest = []
        return Leftover(_main(kinds), tuple(rest))

    def _phrase_at(self, left: tuple[str, ...], place: int) -> int:
        for length in range(min(self._longest, len(left) - place), 0, -1):
            if left[place : place + length] in self._kinds:
                return length
        return 0


def gibberish(folded: str) -> bool:
    """Whether a folded message holds nothing that could be a word: empty, keys in a row, one letter repeated."""
    return all(_no_word(word) for word in words(folded))


def _no_word(word: str) -> bool:
    if word.isdigit() or len(set(word)) == 1:
        return True
    if not word.isascii():
        return False
    return (len(word) >= 3 and any(word in row or word in row[::-1] for row in ROWS)) or (
        len(word) >= 4 and not VOWELS & set(word)
    )


def _weight(kind: str) -> int:
    return WEIGHT.index(kind) if kind in WEIGHT else len(WEIGHT)


def _main(kinds: list[str]) -> str | None:
    if "abuse" in kinds:
        return "abuse"
    return max(kinds, key=_weight, default=None)
