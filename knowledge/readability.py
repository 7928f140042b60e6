"""How hard a text is to read: sentences, words and LIX.

LIX (läsbarhetsindex, Björnsson 1968): words per sentence + 100 × share of words longer than six letters.
Under 30 is very easy, 30-40 easy (fiction), 40-50 medium (newspapers).
"""

import re

_WORD = re.compile(r"[^\W_]+(?:[-'’.:][^\W_]+){0,40}")
_SENTENCE_END = re.compile(r'(?<=[.!?])["”)]?\s(?=[A-ZÅÄÖ0-9{"”])')


def words(text: str) -> list[str]:
    """The words of a text; 12.45 and e-post count as one."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in _SENTENCE_END.split(" ".join(text.split())) if part]


def lix(text: str) -> float:
    """LIX of a text; 0 for an empty one."""
    found = words(text)
    if not found:
        return 0.0
    long_words = sum(len(word) > 6 for word in found)
    return len(found) / len(sentences(text)) + 100 * long_words / len(found)
