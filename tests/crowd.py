"""What many ask at once: each in words of their own, and some nearly the same as another."""

OF_THE_SAME = 5
"""How many ask in a row about the same; two of them in nearly the same words."""
WORDINGS = (
    "Vad kostar en elcykel i {place}?", "Vad kostar en elcykel i {place} då?", "Har någon i {place} provat bokbuss?",
    "Vem äger bryggan i {place} nu?", "Finns det en tandläkare kvar i {place}?",
)  # fmt: skip


def text(number: int) -> str:
    """The words of a question: each its own, and every fifth nearly those of the one before."""
    return WORDINGS[number % OF_THE_SAME].format(place=f"By{number // OF_THE_SAME}")
