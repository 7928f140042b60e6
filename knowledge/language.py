"""Which language a message is written in, by its small words, and how those are spelt when written as spoken."""

from collections.abc import Mapping

from knowledge.normalise import fold, words

SMALL = {
    "sv": frozenset(
        fold(
            "och det att som är av för på med den till inte om har jag ni vi hur vad var när vem varför kan ska får "
            "måste finns man ett någon något mig dig oss er här där vart hos men från eller"
        ).split()
    ),
    "en": frozenset(
        fold(
            "the and is are of to for with it that this what how when where who why which can could do does did should "
            "will would you your we our my there have has not from or be been"
        ).split()
    ),
}
"""Words that only one of the languages has, folded."""

CLEAR = 2

SPOKEN: Mapping[str, Mapping[str, str]] = {
    "sv": {
        "va": "vad", "e": "ar", "o": "och", "ja": "jag", "mej": "mig", "dej": "dig", "sej": "sig", "dom": "de",
        "d": "det", "nan": "nagon", "nans": "nagons", "nat": "nagot", "nara": "nagra", "san": "sadan", "sant": "sadant",
        "sana": "sadana", "vart": "var", "mkt": "mycket", "asa": "alltsa", "oxa": "ocksa", "me": "med", "inge": "inget",
        "int": "inte", "tipps": "tips",
    }
}  # fmt: skip
"""Small words as they are typed on a phone -> as they are written, both folded."""


def guess(folded: str, expected: str) -> str:
    """`expected`, unless the message has two or more small words of another language and more than of that one."""
    found = set(words(folded))
    own = len(found & SMALL.get(expected, frozenset()))
    other, count = max(
        ((name, len(found & small)) for name, small in SMALL.items() if name != expected), key=lambda pair: pair[1]
    )
    return other if count >= CLEAR and count > own else expected


def perhaps(folded: str, language: str) -> tuple[str, ...]:
    """The other languages that a short message may be in: it has a small word of theirs and none of `language`."""
    found = set(words(folded))
    if found & SMALL.get(language, frozenset()):
        return ()
    return tuple(name for name, small in SMALL.items() if name != language and found & small)


def written(folded: str, language: str) -> str:
    """A folded text with the small words that were written as spoken put right."""
    spoken = SPOKEN.get(language, {})
    return " ".join(spoken.get(word, word) for word in words(folded)) if spoken else folded
