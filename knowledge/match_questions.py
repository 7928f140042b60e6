"""The questions in one message, and what makes a message a question."""

import re

from knowledge.normalise import cut, fold, words

MOST_PARTS = 4
LEAST_WORDS = 2

QUESTION_MARKS = "?؟？"
"""As Latin, Arabic and Chinese scripts write it."""
ASKING = frozenset(
    fold(
        "vad va var vart när hur vem vems vilka vilken vilket varför kan kunde får fick ska skulle finns fanns "
        "är måste behöver går vet har hinner räknas gäller what when where who whose which why how can could may do "
        "does did should is are will would has have"
    ).split()
)
"""Words that open a question, folded."""

FOLLOWING = frozenset(
    fold(
        "och men så då nu var vart när hur vem varför vad vadå mer mera berätta det den dom de sen sedan jaha ok okej "
        "exempel till exempelvis länge mycket många ofta and but so then where when how who why what more tell me it "
        "them that about much long many for example"
    ).split()
)
"""Words that say nothing without what was said before, folded."""

_SENTENCE = re.compile(r"[^?!.\n…]+[?!.\n…]*")
_JOINS = re.compile(
    r"\b(?:och|samt|and)\b(?=\s+(?:vad|var|vart|när|hur|vem|vilka|vilken|vilket|varför|kan|får|ska|finns|måste|"
    r"what|when|where|who|which|why|how|can|do|does|is|are)\b)",
    re.IGNORECASE,
)


def asks(text: str, folded: str) -> bool:
    """Whether a message is put as a question."""
    found = words(folded)
    return any(mark in text for mark in QUESTION_MARKS) or bool(found and found[0] in ASKING)


def bare(folded: str) -> bool:
    """Whether a message is a single word that opens a question: "???? vad"."""
    found = words(folded)
    return len(found) == 1 and found[0] in ASKING


def follows_up(folded: str) -> bool:
    """Whether a message only makes sense after another one: "och var?", "varför då"."""
    found = words(folded)
    return bool(found) and all(word in FOLLOWING for word in found)


def questions(text: str) -> tuple[str, ...]:
    """The questions of a message that holds several, in order; empty when it holds one."""
    parts = [part.strip(" ,;") for sentence in _SENTENCE.findall(cut(text)) for part in _JOINS.split(sentence)]
    asking = [part for part in parts if len(words(folded := fold(part))) >= LEAST_WORDS and asks(part, folded)]
    return tuple(asking[:MOST_PARTS]) if len(asking) > 1 else ()
