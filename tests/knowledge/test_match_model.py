import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import match_model
from knowledge.language import guess, written
from knowledge.match_calibrate import calibrate, constants, sureness
from knowledge.match_model import Fitted, Row, fit
from knowledge.match_questions import asks, follows_up, questions
from knowledge.match_texts import Features, Texts
from knowledge.match_train import softmax, train
from knowledge.normalise import fold

PLAIN = Features.of("sv")
NAMES = ("mack", "butik", "apotek", "postombud", "bankomat", "skola", "checklista", "webbinarium", "cykel", "riktning")
ROWS = [
    Row(
        name,
        (f"Var finns {name} i byn?", f"vad är {name}", f"{name} tack", f"vem sköter {name} hos er"),
        not_this=(f"Vad kostar en ny {name} i dag?",),
    )
    for name in NAMES
]


def best(fitted: Fitted, text: str) -> str:
    return fitted.model.topics[int(fitted.model.scores(fold(text))[:-1].argmax())]


def test_texts_are_alike_as_far_as_they_share_rare_letters_and_words() -> None:
    texts = Texts.of([PLAIN.count(text) for text in ("var finns macken", "var finns apoteket")], np.array([0, 1]))
    alike = texts.similar(texts.vector(PLAIN.count("macken")))
    assert alike[0] > 3 * alike[1]
    assert texts.kernel() == pytest.approx(texts.kernel().T)
    assert texts.kernel().diagonal() == pytest.approx(1, abs=1e-4)


def test_what_no_text_uses_makes_a_question_less_alike() -> None:
    texts = Texts.of([PLAIN.count("var finns macken")], np.array([0]))
    near, far = (texts.similar(texts.vector(PLAIN.count(text)))[0] for text in ("finns macken", "finns zebror macken"))
    assert near > far


def test_training_separates_what_can_be_separated() -> None:
    kernel = np.array([[1, 0.5, 0.1], [0.5, 1, 0.1], [0.1, 0.1, 1]], np.float32)
    speaks = train(kernel, np.array([0, 1, 2], np.int32), np.ones(3, np.float32), 3)
    assert (kernel @ speaks).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_trained_base_and_one_too_large_for_that_find_the_same_obvious_entries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained = fit(ROWS, PLAIN)
    monkeypatch.setattr(match_model, "MOST_TRAINED", 0)
    untrained = fit(ROWS, PLAIN)
    assert (trained.kernel is None, untrained.kernel is None) == (False, True)
    for name in NAMES:
        assert best(trained, f"finns det {name} här") == best(untrained, f"finns det {name} här") == name
    assert untrained.model.voices(fold("var finns mack"), 0)[0][0].count("mack")


def test_what_an_entry_says_it_does_not_answer_moves_the_question_towards_none() -> None:
    with_counterexample = fit(ROWS, PLAIN).model
    without = fit([Row(row.topic, row.variants) for row in ROWS], PLAIN).model
    question = fold("vad kostar en ny mack")
    assert softmax(with_counterexample.scores(question))[-1] > softmax(without.scores(question))[-1]


def test_synonyms_bring_a_word_nobody_used_to_its_entry() -> None:
    fitted = fit(ROWS, Features.of("sv", [("mack", "tankställe")]))
    assert best(fitted, "tankställe") == "mack"


def test_thresholds_come_from_the_base_itself_and_from_constants_when_it_is_too_small() -> None:
    limits = calibrate(fit(ROWS, PLAIN))
    assert 0 < limits.answer_from < 1
    assert 0 < limits.suggest_from < 1
    assert calibrate(fit(ROWS[:3], PLAIN)) == constants(3)


def test_thresholds_of_a_base_too_large_to_train_come_from_it_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_model, "MOST_TRAINED", 0)
    assert calibrate(fit(ROWS, PLAIN)) != constants(len(ROWS))


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=5))
def test_a_runner_up_never_makes_surer(likely: list[float]) -> None:
    ranked = -np.sort(-np.array(likely, np.float32))
    assert sureness(ranked) <= ranked[0]


def test_small_words_tell_the_language_and_a_name_alone_does_not() -> None:
    assert guess("when does it end", "sv") == "en"
    assert guess("nar slutar det och var finns bilderna", "en") == "sv"
    assert guess("leader", "sv") == "sv"


def test_swedish_written_as_spoken_reads_as_written() -> None:
    assert written("va e de o hur gor ja", "sv") == "vad ar de och hur gor jag"
    assert written("tell me", "en") == "tell me"


def test_a_message_is_taken_apart_into_its_questions() -> None:
    assert questions("Hej! När slutar det? Och var finns bilderna?") == ("När slutar det?", "var finns bilderna?")
    assert questions("när slutar det och var finns bilderna") == ("när slutar det", "var finns bilderna")
    assert questions("Vi har ingen mack. Vem hjälper oss?") == ()


def test_a_question_shows_by_its_mark_or_its_first_word() -> None:
    assert asks("macken?", "macken")
    assert asks("var är macken", "var ar macken")
    assert not asks("macken är stängd", "macken ar stangd")


def test_a_follow_up_says_nothing_by_itself() -> None:
    assert follows_up("och var")
    assert not follows_up("och var ligger macken")
    assert not follows_up("")
