from knowledge.match import build_from_variants
from knowledge.query import Query
from knowledge.small_talk import SmallTalk

ROWS = [
    ("sluttid", "sv", ["När slutar sändningen?", "hur länge håller ni på"], "Den slutar kvart i ett."),
    ("ljud", "sv", ["Jag hör ingenting", "var höjer man volymen?"], "Ljudet ändrar du längst ner."),
    ("inspelning", "sv", ["Går det att se den i efterhand?", "spelas det in"], "Ja, den spelas in."),
]
TALK = SmallTalk({"greeting": {"sv": ["hej", "god morgon"]}, "thanks": {"sv": ["tack"]}})
MATCHER = build_from_variants(ROWS, TALK)


def test_a_question_asked_as_a_variant_is_answered() -> None:
    match = MATCHER.match(Query("nar slutar sändningen"))
    assert (match.decision, match.topic) == ("answer", "sluttid")


def test_a_question_about_something_else_goes_to_a_moderator() -> None:
    assert MATCHER.match(Query("Vem vann Melodifestivalen?")).decision == "handover"


def test_a_greeting_gets_a_greeting_and_a_greeting_with_a_question_an_answer() -> None:
    assert MATCHER.match(Query("Hej!")).reply == "greeting"
    assert MATCHER.match(Query("Hej! Hur länge håller ni på?")).topic == "sluttid"
