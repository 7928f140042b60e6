"""People whose questions the first engine is unsure of, and somebody else who is asked about them."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.match import Matcher, build_from_variants
from knowledge.match_calibrate import Thresholds, constants
from knowledge.match_decide import Ranking
from knowledge.match_texts import Floats
from knowledge.match_train import softmax
from knowledge.meaning import Learned, Meaning, study
from knowledge.normalise import MOST_CHARACTERS, MOST_TOKENS
from knowledge.query import Query
from knowledge.second_opinion import NONE, SecondOpinion, as_said, together, unsure
from knowledge.small_talk import SmallTalk
from tests.content import shipped_knowledge
from tests.talk import shipped_matcher

TOPICS = ("sluttid", "ljud", "inspelning")
BASE = build_from_variants(
    [
        ("sluttid", "sv", ["När slutar sändningen?", "hur länge håller ni på"], "Den slutar kvart i ett."),
        ("ljud", "sv", ["Jag hör ingenting", "var höjer man volymen?"], "Ljudet ändrar du längst ner."),
        ("inspelning", "sv", ["Går det att se den i efterhand?", "spelas det in"], "Ja, den spelas in."),
    ],
    SmallTalk({"greeting": {"sv": ["hej"]}}),
)
LIMITS = Thresholds(0.5, 0.3)
STRANGE = "Barnen behöver hämtas snart"
"""A question in words that nobody has used for what is meant."""


class Friend:
    """Somebody who is asked for an opinion, remembers what, and always says the same."""

    def __init__(self, says: Mapping[str, float] | None) -> None:
        self.says, self.asked = says, list[str]()

    def __call__(self, words: str) -> Mapping[str, float] | None:
        self.asked.append(words)
        return self.says


def sure_of(topic: str) -> Friend:
    return Friend({each: 30.0 * (each == topic) for each in (*TOPICS, NONE)})


def helped_by(friend: Friend, matcher: Matcher = BASE) -> Matcher:
    return matcher.with_opinions({"sv": SecondOpinion(friend, LIMITS)})


@pytest.mark.parametrize("text", ["När slutar sändningen?", "Hej!", "asdfghjkl", "", "!!!", "播放时间是什么时候"])
def test_nobody_is_bothered_with_what_is_sure_or_small_talk_or_in_letters_that_no_entry_uses(text: str) -> None:
    friend = sure_of("ljud")
    assert helped_by(friend).match(Query(text)) == BASE.match(Query(text))
    assert friend.asked == []


def test_nobody_is_bothered_with_a_curators_keyword_or_with_what_follows_on_from_an_answer() -> None:
    friend = Friend({})
    matcher = helped_by(friend, shipped_matcher())
    entry = next(each for each in shipped_knowledge().entries.values() if each.wording("sv").keywords)
    matcher.match(Query(entry.wording("sv").keywords[0]))
    matcher.match(Query("och var?", previous=entry.id))
    assert friend.asked == []


def test_a_question_in_strange_words_is_answered_when_somebody_else_understands_it() -> None:
    friend = sure_of("sluttid")
    match = helped_by(friend).match(Query(f"{STRANGE}, när?"))
    assert (match.decision, match.topic) == ("answer", "sluttid")
    assert match.candidates[0].topic == "sluttid"
    assert friend.asked == [f"{STRANGE} när"]


def test_what_somebody_else_finds_nowhere_in_the_base_goes_to_the_moderator() -> None:
    question = Query("Hur länge är apoteket öppet på lördag?")
    unhelped = BASE.with_opinions({"sv": SecondOpinion(Friend(dict.fromkeys((*TOPICS, NONE), 0.0)), LIMITS)})
    assert unhelped.match(question).candidates[0].topic == "sluttid"
    assert helped_by(sure_of(NONE)).match(question).decision == "handover"


def test_one_word_gets_an_offer_at_most_however_sure_somebody_else_is() -> None:
    match = helped_by(sure_of("ljud")).match(Query("hörapparat"))
    assert (match.decision, match.offered) == ("suggest", ("ljud",))


def test_without_time_for_a_second_opinion_the_first_one_counts() -> None:
    busy = Friend(None)
    assert helped_by(busy).match(Query(STRANGE)) == BASE.match(Query(STRANGE))
    assert busy.asked == [STRANGE]


def test_a_second_opinion_on_swedish_says_nothing_about_english() -> None:
    rows = [
        ("slides", "en", ["where are the slides", "can I get the pictures"], ""),
        ("ljud", "sv", ["inget ljud"], ""),
    ]
    friend = sure_of("ljud")
    helped_by(friend, build_from_variants(rows)).match(Query("how would one possibly know", "en"))
    assert friend.asked == []


def test_answers_by_a_hair_are_worth_asking_about_and_clear_ones_are_not() -> None:
    limits = Thresholds(0.5, 0.3)
    ranked = [Ranking(("ljud",), (0.9,), sure, 0.9) for sure in (0.1, 0.51, 0.6)]
    assert [unsure(each, limits, "var ar ljudet") for each in ranked] == [True, True, False]


FOUR_SCORES = st.lists(st.floats(-20, 20, width=32), min_size=4, max_size=4)


@given(FOUR_SCORES, FOUR_SCORES)
def test_neither_engine_is_heard_more_than_the_other(one: list[float], other: list[float]) -> None:
    def likely(scores: list[float], said: list[float]) -> Floats:
        return together(TOPICS, np.array(scores, np.float32), dict(zip((*TOPICS, NONE), said, strict=True)))

    assert likely(one, other) == pytest.approx(likely(other, one), rel=1e-4)
    assert likely(one, one) == pytest.approx(softmax(np.array(one, np.float32))[:-1], rel=1e-4)


@given(st.text(max_size=3000))
def test_what_is_read_aloud_is_short_and_made_of_words(text: str) -> None:
    said = as_said(text)
    assert len(said) <= MOST_CHARACTERS
    assert len(said.split()) <= MOST_TOKENS


def test_of_a_long_story_the_question_at_its_end_is_read_with_its_own_letters() -> None:
    assert as_said("Det var en gång. " * 40 + "När öppnar affären i Åmål?").endswith("När öppnar affären i Åmål")


def test_directions_that_point_the_same_way_speak_for_the_same_entry() -> None:
    model = BASE.models["sv"]
    random = np.random.default_rng(1)
    towards = random.normal(size=(len(TOPICS), 16)).astype(np.float32)
    directions = np.stack([towards[lesson.entry] for lesson in model.lessons])
    directions += random.normal(size=directions.shape).astype(np.float32) / 10
    learned = study(model, directions)
    meaning = Meaning(model, directions, learned)
    assert learned.thresholds == constants(len(TOPICS))
    for topic, direction in zip(TOPICS, towards, strict=True):
        said = meaning.says(direction)
        assert set(said) == {*TOPICS, NONE}
        assert max(said, key=said.__getitem__) == topic


def test_the_thresholds_of_both_together_come_from_the_base_itself() -> None:
    model = shipped_matcher().models["en"]
    directions = np.random.default_rng(1).normal(size=(len(model.lessons), 8)).astype(np.float32)
    learned: Learned = study(model, directions)
    assert learned.thresholds != constants(len(model.topics))
    assert 0 < learned.thresholds.answer_from < 1
    assert 0 < learned.thresholds.suggest_from < 1
