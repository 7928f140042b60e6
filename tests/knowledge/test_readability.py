import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.readability import lix, sentences, words


def test_lix_is_words_a_sentence_and_the_share_of_long_words() -> None:
    assert lix("Byn har en affär. Kommunen hjälper handlaren gärna.") == 8 / 2 + 100 * 3 / 8


def test_six_letters_are_short_and_seven_are_long() -> None:
    assert lix("affärn") == 1
    assert lix("affären") == 101


@pytest.mark.parametrize("word", ["12.45", "e-post", "kl", "SCB:s", "don't"])
def test_a_time_or_a_hyphenated_word_counts_as_one(word: str) -> None:
    assert words(word) == [word]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ja. Nej! Kanske? Ål.", 4),
        ("Vi ses klockan 12.45 i dag.", 1),
        ('Hon sa "ja." Han gick.', 2),
        ("Sändningen slutar {ends}. {recording}", 2),
        ("En rad\nsom fortsätter.", 1),
        ("", 0),
        (" \n ", 0),
    ],
)
def test_sentences_are_told_apart(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text())
def test_any_text_has_a_measure(text: str) -> None:
    assert lix(text) >= 0
    assert (lix(text) == 0) == (not words(text))
