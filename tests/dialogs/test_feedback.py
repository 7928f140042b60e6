"""Feedback in conversation: short, each question may be passed by, taken up again, and never asked twice."""

from dataclasses import replace

import pytest

from dialogs.context import Context
from dialogs.events import Chose, Said
from dialogs.feedback import MOST_CHARACTERS, offer
from dialogs.replies import plain, quoted
from dialogs.state import State
from tests.polls import WEBINAR
from tests.talk import Say, Talk, choices_of, greeted, keys, shipped_content, world

AT = f"feedback:{WEBINAR}"
QUESTIONS = [question.id for question in shipped_content().feedback]


def kept(talk: Talk) -> dict[str, str]:
    return talk.kept.polls.feedback(WEBINAR, talk.who)


def through() -> Talk:
    talk = greeted("open")
    talk.play(Chose("feedback"), Chose(f"{AT}:betyg:4"), Said("Exemplen"), Chose(f"{AT}:battre:pass"),
              Said("Något om mackar"), Said("Tack!"))  # fmt: skip
    return talk


def test_it_asks_for_what_a_webinar_wants_to_know() -> None:
    assert QUESTIONS == ["betyg", "bra", "battre", "tips", "kommentar"]


def test_one_question_after_the_other_and_thanks() -> None:
    talk = greeted("open")
    talk(
        (Said("utvärdering"), [Say("feedback.question", f"{AT}:betyg:5", f"{AT}:betyg:pass", input="feedback")]),
        (Chose(f"{AT}:betyg:5"), [Say("feedback.question", f"{AT}:bra:pass")]),
        (Said("Exemplen"), [Say("feedback.question", f"{AT}:battre:pass")]),
        (Chose(f"{AT}:battre:pass"), [Say("feedback.question", f"{AT}:tips:pass")]),
        (Said("Något om mackar"), [Say("feedback.question", f"{AT}:kommentar:pass")]),
        (Chose(f"{AT}:kommentar:pass"), ["feedback.thanks"]),
    )
    assert kept(talk) == {"betyg": "5", "bra": "Exemplen", "battre": "", "tips": "Något om mackar", "kommentar": ""}
    assert "Exemplen" in plain(talk.last.text)
    assert talk.state.dialog == "ask"


def test_a_rating_may_be_written_and_nothing_else_is_one() -> None:
    talk = greeted("open")
    talk.hear(Chose("feedback"))
    wanted = ["feedback.rating_wanted", "feedback.question"]
    talk((Said("6"), wanted), (Said("ganska bra"), wanted), (Said("👍"), wanted))
    assert kept(talk) == {}
    talk.hear(Said("4"))
    assert kept(talk) == {"betyg": "4"}


@pytest.mark.parametrize("text", ["fyra", "En fyra!", "4.", "four"])
def test_a_rating_may_be_written_in_words(text: str) -> None:
    talk = greeted("open")
    talk.play(Chose("feedback"), Said(text))
    assert kept(talk) == {"betyg": "4"}


def test_signs_only_are_no_answer_to_what_wants_words() -> None:
    talk = greeted("open")
    talk.play(Chose("feedback"), Chose(f"{AT}:betyg:4"))
    talk((Said("👍"), ["feedback.text_wanted", "feedback.question"]), (Said("Exemplen"), ["feedback.question"]))


def test_each_question_stands_apart_from_its_answer_in_the_receipt() -> None:
    lines = through().last.text.splitlines()
    assert len([line for line in lines if not line]) == len(QUESTIONS)
    assert lines[-1] == quoted("Tack!")


def test_it_is_taken_up_where_it_was_left() -> None:
    talk = greeted("open")
    talk.play(Chose("feedback"), Chose(f"{AT}:betyg:4"), Said("hjälp"))
    talk((Chose("feedback"), [Say("feedback.question", f"{AT}:bra:pass")]))


def test_who_is_through_is_not_asked_again_but_may_change() -> None:
    talk = through()
    before = len(talk.kept.polls.said)
    talk((Chose("feedback"), [Say("feedback.thanks", f"{AT}:betyg", f"{AT}:kommentar")]))
    talk((Chose(f"{AT}:betyg"), ["feedback.question"]), (Chose(f"{AT}:betyg:2"), ["feedback.thanks"]))
    assert kept(talk)["betyg"] == "2"
    assert len(talk.kept.polls.said) == before


def test_passing_by_an_answer_keeps_it() -> None:
    talk = through()
    talk.play(Chose(f"{AT}:bra"), Chose(f"{AT}:bra:pass"))
    assert kept(talk)["bra"] == "Exemplen"


def test_it_is_offered_until_one_is_through() -> None:
    context = Context(shipped_content(), State(), world("closed"))
    assert [choice.id for choice in offer(context, WEBINAR, frozenset())] == [AT]
    assert offer(context, WEBINAR, frozenset(QUESTIONS)) == ()
    assert len(offer(context, WEBINAR, frozenset(QUESTIONS[:2]))) == 1


def test_it_belongs_to_the_webinar_it_was_offered_for() -> None:
    talk = greeted("closed")
    talk.world = replace(talk.world, webinar=None)
    talk.step(Chose(f"{AT}:betyg:3"))
    assert kept(talk) == {"betyg": "3"}
    talk.hear(Said("Exemplen"))
    assert kept(talk)["bra"] == "Exemplen"


def test_without_a_webinar_or_where_others_read_along_there_is_none() -> None:
    assert keys(greeted().hear(Chose("feedback")).replies) == ["feedback.none"]
    talk = greeted("open")
    assert keys(talk.step(Chose("feedback:fel")).replies) == ["feedback.none"]
    talk.world = replace(talk.world, shared=True)
    assert keys(talk.hear(Chose("feedback")).replies) == ["feedback.alone"]
    talk.content = replace(talk.content, feedback=())
    assert keys(talk.hear(Chose("feedback")).replies) == ["feedback.none"]


def test_words_are_bounded_and_personal_numbers_taken_out() -> None:
    talk = greeted("open")
    talk.play(Chose("feedback"), Chose(f"{AT}:betyg:4"), Said("Ring 070-123 45 67 " + "x" * 3000))
    assert len(kept(talk)["bra"]) == MOST_CHARACTERS
    assert "123 45 67" not in kept(talk)["bra"]
    assert choices_of(talk.last)
