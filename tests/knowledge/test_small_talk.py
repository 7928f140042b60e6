import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.normalise import fold
from knowledge.small_talk import SmallTalk, gibberish

TALK = SmallTalk(
    {
        "greeting": {"sv": ["hej", "god middag"], "en": ["hello there"]},
        "thanks": {"sv": ["tack", "tack så mycket"]},
        "farewell": {"sv": ["hej då", "ha en fin dag"]},
        "praise": {"sv": ["bra", "toppen"]},
        "abuse": {"sv": ["idiot", "håll käften", "fan"]},
        "chatter": {"sv": ["hur mår du", "test"]},
        "yes": {"sv": ["ja", "jo"]},
    }
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hej!", "greeting"),
        ("hej hej på dig", "greeting"),
        ("Tack så mycket, ha en fin dag!", "farewell"),
        ("Hur mår du?", "chatter"),
        ("ja", "yes"),
        ("håll käften din idiot", "abuse"),
        ("tack sa mycekt", "thanks"),
    ],
)
def test_a_message_of_nothing_but_small_talk_is_named_after_it(text: str, kind: str) -> None:
    left = TALK.leftover(fold(text))
    assert (left.kind, left.question) == (kind, None)


def test_a_greeting_before_a_question_is_peeled_off() -> None:
    assert TALK.leftover(fold("Hej! När slutar det? Tack")).question == "nar slutar det"


def test_a_small_word_inside_a_question_is_no_small_talk() -> None:
    left = TALK.leftover(fold("lagrar ni det ja skriver"))
    assert not left.wins(asked=False, found=False)


def test_an_insult_among_a_few_words_wins_but_not_over_a_question() -> None:
    left = TALK.leftover(fold("fy fan va dum"))
    assert left.wins(asked=False, found=False)
    assert not left.wins(asked=True, found=False)


def test_a_greeting_with_a_place_is_a_greeting() -> None:
    left = TALK.leftover(fold("god middag på er alla från soliga Jokkmokk"))
    assert left.kind == "greeting"
    assert left.wins(asked=False, found=True)


@pytest.mark.parametrize("text", ["......", "asdfghjkl", "xcvb lkj pppp", "12345", "öööö", "", "?!", "hjklm"])
def test_keys_hit_at_random_are_gibberish(text: str) -> None:
    assert gibberish(fold(text))


@pytest.mark.parametrize("text", ["hjälp", "when", "mack", "où", "помогите", "助けて"])
def test_a_word_of_any_language_is_no_gibberish(text: str) -> None:
    assert not gibberish(fold(text))


@given(st.text(max_size=400))
def test_whatever_is_typed_has_some_leftover(text: str) -> None:
    folded = fold(text)
    left = TALK.leftover(folded)
    assert len(left.rest) <= len(folded.split())
