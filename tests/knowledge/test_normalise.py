from hypothesis import given
from hypothesis import strategies as st

from knowledge.normalise import MOST_CHARACTERS, MOST_TOKENS, fold, shorten
from tests.effort import least_seconds


def test_a_message_typed_without_dots_folds_like_one_with_them() -> None:
    assert fold("Räcker det att KLICKA på länken?") == fold("racker det att klicka pa lanken")


def test_a_word_with_a_hidden_space_or_a_soft_hyphen_in_it_is_still_that_word() -> None:
    assert fold("gles\u200bbygd") == fold("gles\u00adbygd") == fold("\u202eglesbygd\u2069") == "glesbygd"


def test_full_width_letters_and_stacked_accents_fold_to_plain_ones() -> None:
    assert fold("ｍａｃｋ") == fold("m\u0301\u0302a\u0303c\u0304k") == "mack"


def test_apostrophes_vanish_and_other_signs_part_words() -> None:
    assert fold("what's an e-mail/SMS?") == "whats an e mail sms"


def test_a_long_story_keeps_the_question_at_its_end() -> None:
    story = "Vi bor långt från allt och det har hänt så mycket här. " * 60
    assert shorten(fold(f"{story}När slutar sändningen?")).endswith("nar slutar sandningen")


def test_a_shortened_message_begins_with_a_whole_word() -> None:
    assert shorten("abcdefghij " * 40).split()[0] == "abcdefghij"


def test_a_letter_that_grows_eighteenfold_costs_next_to_nothing() -> None:
    letters = "\ufdfa" * 4096
    assert len(shorten(fold(letters))) <= MOST_CHARACTERS
    assert least_seconds(lambda: shorten(fold(letters)), 0.05) < 0.05


@given(st.text(max_size=2000))
def test_whatever_is_typed_folds_to_something_short_and_folds_no_further(text: str) -> None:
    folded = shorten(fold(text))
    assert len(folded) <= MOST_CHARACTERS
    assert len(folded.split()) <= MOST_TOKENS
    assert "  " not in folded
    assert folded == folded.strip()
