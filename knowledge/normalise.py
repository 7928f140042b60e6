"""Folding what people type to plain letters, at a cost that no message can run up.

A message is cut before it is normalised (U+FDFA grows 18-fold under NFKC) and again afterwards. The tail is kept with
the head, because a long message is mostly a story with its question last.
"""

import re
import unicodedata

MOST_RAW = 600
"""Characters of a message looked at: this many from its end, and as many from its beginning."""
INVISIBLE = frozenset(("Cf", "Cn", "Co", "Cs", "Mn", "Me"))
MOST_CHARACTERS = 300
MOST_TOKENS = 40

_PLAIN = str.maketrans({"ø": "o", "æ": "a", "ß": "ss", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "œ": "oe"})
_NOT_LETTERS = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile(r"['’´`]")


def cut(text: str, most: int = MOST_RAW) -> str:
    """The text, or its beginning and its end when it is longer than two times `most` characters."""
    return text if len(text) <= 2 * most else f"{text[:most]} {text[-most:]}"


def visible(text: str) -> str:
    """The text without zero-width and bidirectional characters, loose accents and private signs."""
    return "".join(character for character in text if unicodedata.category(character) not in INVISIBLE)


def fold(text: str) -> str:
    """Lowercase letters a-z (å and ä as a, ö as o), digits and single spaces; other alphabets keep their letters."""
    text = _APOSTROPHES.sub("", cut(text))
    if not text.isascii():
        text = _MARKS.sub("", cut(unicodedata.normalize("NFKD", text))).casefold().translate(_PLAIN)
    if not text.isascii():
        text = visible(text)
    return _NOT_LETTERS.sub(" ", text.lower()).strip()


def shorten(folded: str) -> str:
    """A folded text of at most 300 characters and 40 words: the last ones, where the question stands."""
    if len(folded) > MOST_CHARACTERS:
        folded = folded[-MOST_CHARACTERS:].partition(" ")[2] or folded[-MOST_CHARACTERS:]
    return " ".join(folded.split()[-MOST_TOKENS:])


def words(folded: str) -> tuple[str, ...]:
    """The words of a folded text."""
    return tuple(folded.split())


def same(question: str) -> str:
    """What makes two ways of asking one: they differ in case, space and what they end with at most."""
    return " ".join(question.casefold().strip(" ?!.\n").split())
