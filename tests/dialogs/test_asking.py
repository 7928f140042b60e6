"""Somebody asks: answered at once, understood halfway, or handed on to a moderator."""

from typing import get_args

import pytest

from dialogs import moderator
from dialogs.context import Context
from dialogs.events import Arrived, Chose, Said
from dialogs.records import AskQuestion, Decide, Label
from dialogs.replies import NUMBER, bare
from dialogs.state import MOST_ASKED, State
from dialogs.world import Phase
from knowledge.entries import fill
from knowledge.query import Candidate, Match
from tests.content import shipped_knowledge
from tests.talk import Kept, Say, Talk, choices_of, greeted, keys, shipped_content, world

ANSWERED = "Vad räknas som landsbygd?"
EVENT = "När slutar sändningen?"
UNKNOWN = "Vad kostar en elcykel?"
HALF = Match("suggest", offered=("landsbygd-definition", "sluttid"), text="landet")
NEAR = tuple(Candidate(topic, 0.5) for topic in ("landsbygd-definition", "sluttid", "inspelning"))


def test_a_question_that_is_known_is_answered_with_its_source() -> None:
    talk = greeted()
    talk((Said(ANSWERED), [Say("answer", "not:1", kind="answer")]))
    assert talk.last.heading
    assert talk.last.note
    assert talk.last.sources
    assert talk.state.previous == "landsbygd-definition"


def test_an_answer_that_was_not_meant_leads_to_others_and_to_the_moderator() -> None:
    talk = greeted(heard_as={ANSWERED: Match("answer", "landsbygd-definition", candidates=NEAR, text=ANSWERED)})
    talk(
        (Said(ANSWERED), ["answer"]),
        (Chose("not:1"), [Say("suggest.several", "entry:sluttid:1", "entry:inspelning:1", "send:1")]),
        (Chose("entry:inspelning:1"), [Say("answer", "not:1")]),
    )
    assert "entry:landsbygd-definition:1" not in talk.offered
    assert [(label.entry, label.origin) for label in talk.kept.labels] == [
        (None, "not_meant"),
        ("inspelning", "suggestion"),
    ]


def test_an_answer_with_nothing_near_it_leads_to_the_moderator() -> None:
    talk = greeted(heard_as={ANSWERED: Match("answer", "sluttid", candidates=NEAR[1:2], text=ANSWERED)})
    talk((Said(ANSWERED), ["answer"]), (Chose("not:1"), [Say("offer.letterbox", "send:1", kind="offer")]))


def test_a_question_half_understood_is_asked_about() -> None:
    talk = greeted(heard_as={"landet": HALF})
    talk(
        (Said("landet"), [Say("suggest.several", "entry:landsbygd-definition:1", "send:1", kind="suggestion")]),
        (Chose("entry:landsbygd-definition:1"), ["answer"]),
    )
    assert talk.kept.labels == [Label("landet", "sv", "landsbygd-definition", "suggestion")]


def test_choosing_the_same_suggestion_twice_teaches_nothing_new() -> None:
    talk = greeted(heard_as={"landet": HALF})
    talk.play(Said("landet"), Chose("entry:sluttid:1"), Chose("entry:sluttid:1"))
    assert len(talk.kept.labels) == 1


def test_one_suggestion_is_asked_about_as_one() -> None:
    talk = greeted(heard_as={"landet": Match("suggest", offered=("sluttid",), text="landet")})
    talk((Said("landet"), [Say("suggest.one", "entry:sluttid:1", "send:1")]))


def test_several_questions_in_one_message_are_each_taken_care_of() -> None:
    parts = (Match("answer", "sluttid", text="När slutar det?"), Match("handover", text=UNKNOWN), HALF)
    together = Match("answer", "sluttid", parts=parts, text="allt på en gång")
    talk = greeted(heard_as={"allt på en gång": together})
    talk(
        (
            Said("allt på en gång"),
            [Say("answer", "not:1"), Say("offer.letterbox", "send:2"), Say("suggest.several", "send:3")],
        ),
        (Chose("send:2"), ["receipt.letterbox"]),
    )
    assert [asked.text for asked in talk.state.asked] == ["När slutar det?", UNKNOWN, "landet"]
    assert talk.kept.questions[1][1].text == UNKNOWN


def test_at_most_four_questions_of_a_message_are_taken() -> None:
    many = Match("answer", "sluttid", parts=(Match("answer", "sluttid", text="När?"),) * 7, text="många")
    talk = greeted(heard_as={"många": many})
    talk((Said("många"), ["answer"] * 4))


def test_a_question_nobody_has_written_about_is_offered_to_the_moderator() -> None:
    talk = greeted()
    turn = talk(
        (Said(UNKNOWN), [Say("offer.letterbox", "send:1", kind="offer")]),
        (Chose("send:1"), [Say("receipt.letterbox", "mine", kind="receipt")]),
    )
    assert f"F-{NUMBER}" in bare(turn.replies[0].text)
    assert isinstance(turn.records[0], AskQuestion)
    assert (turn.records[0].text, turn.records[0].webinar) == (UNKNOWN, None)


def test_while_the_webinar_is_open_the_question_goes_to_its_queue() -> None:
    talk = greeted("open")
    talk((Said(UNKNOWN), ["offer.webinar"]), (Chose("send:1"), ["receipt.webinar"]))
    assert talk.kept.questions[1][1].webinar == "landet-lar-47"


@pytest.mark.parametrize("phase", ["planned", "closed"])
def test_before_and_after_the_webinar_the_question_goes_to_the_letterbox(phase: Phase) -> None:
    talk = greeted(phase)
    talk((Said(UNKNOWN), ["offer.letterbox"]), (Chose("send:1"), ["receipt.letterbox"]))
    assert talk.kept.questions[1][1].webinar is None


def test_a_question_is_sent_once_however_often_the_button_is_pressed() -> None:
    talk = greeted()
    talk(
        (Said(UNKNOWN), ["offer.letterbox"]),
        (Chose("send:1"), ["receipt.letterbox"]),
        (Chose("send:1"), [Say("question.sent_already", "mine")]),
        (Chose("send:1"), ["question.sent_already"]),
    )
    assert len(talk.kept.questions) == 1


def test_an_old_question_is_forgotten_politely() -> None:
    talk = greeted()
    talk.play(*[Said(f"{UNKNOWN} {number}") for number in range(MOST_ASKED + 1)])
    assert len(talk.state.asked) == MOST_ASKED
    talk((Chose("send:1"), ["question.too_old"]), (Chose("send:6"), ["receipt.letterbox"]))


def test_i_can_see_what_became_of_my_questions() -> None:
    talk = greeted()
    talk((Chose("mine"), [Say("mine.none", "help")]))
    talk.play(Said(UNKNOWN), Chose("send:1"))
    talk.kept.decide(1, "answered", "Det beror på cykeln.")
    turn = talk((Chose("mine"), ["mine"]))
    assert "F-1" in bare(turn.replies[0].text)
    assert "Det beror på cykeln." in turn.replies[0].text


@pytest.mark.parametrize("typed", ["F-1", "f1", "f 1", "/F-1", " F-1 "])
def test_a_code_shows_its_asker_the_question(typed: str) -> None:
    talk = greeted()
    talk.play(Said(UNKNOWN), Chose("send:1"))
    talk((Said(typed), ["mine"]))
    assert UNKNOWN in talk.last.text


@pytest.mark.parametrize("typed", ["F-1", "F-2", "F-0", "F-999999999"])
def test_a_code_of_somebody_else_tells_nothing(typed: str) -> None:
    kept = Kept()
    berit = greeted(kept=kept, who="berit")
    berit.play(Said(UNKNOWN), Chose("send:1"))
    anna = greeted(kept=kept, who="anna")
    anna((Said(typed), [Say("code.not_yours", "mine")]))
    assert UNKNOWN not in anna.last.text


def test_small_talk_is_answered_and_nothing_is_queued() -> None:
    talk = greeted()
    talk((Said("hej"), ["small.greeting"]), (Said("tack"), ["small.thanks"]), (Said("asdfgh"), ["small.gibberish"]))
    assert talk.state.asked == ()
    assert talk.turns[-1].records == ()


def test_somebody_who_just_starts_writing_is_welcomed_once() -> None:
    Talk()((Said("hej"), [Say("welcome", kind="welcome"), "small.greeting"]), (Said("tack"), ["small.thanks"]))


def test_somebody_who_opens_the_page_is_welcomed_with_where_to_begin() -> None:
    Talk()(
        (Arrived(), [Say("welcome", "checklist", "tools", "help", "lang:en", kind="welcome")]),
        (Said("hej"), ["small.greeting"]),
    )


def test_the_welcome_says_how_long_what_is_written_is_kept() -> None:
    assert "30" in Talk().hear(Arrived()).replies[0].text


def test_personal_numbers_are_taken_out_and_the_person_is_told() -> None:
    talk = greeted()
    talk.hear(Said("Ring mig på 070-174 06 05 om bussen till macken"))
    assert talk.turns[-1].replies[0].key == "clean.removed"
    assert "174" not in repr(talk.state)


@pytest.mark.parametrize(("phase", "present"), [("planned", True), ("open", True), ("closed", False), (None, False)])
def test_the_webinar_is_spoken_of_in_the_present_tense_only_before_its_end(phase: Phase | None, present: bool) -> None:
    entry = shipped_content().knowledge.entries["sluttid"]
    webinar = shipped_content().webinars["landet-lar-47"]
    live = fill(entry.wording("sv").while_open or "", webinar.facts("sv"))
    talk = greeted(phase)
    talk((Said(EVENT), ["answer"]))
    assert live
    assert (talk.last.text == live) is present
    assert (talk.last.text == entry.wording("sv").answer) is not present


def test_an_entry_about_a_webinar_that_does_not_tell_falls_back_to_its_own_text() -> None:
    for entry in shipped_content().knowledge.entries.values():
        for phase in get_args(Phase):
            talk = greeted(phase)
            talk.step(Chose(f"entry:{entry.id}"))
            assert keys(talk.turns[-1].replies) == ["answer"]
            assert "{" not in talk.last.text, entry.id


def test_an_entry_that_the_curator_has_removed_meanwhile_is_no_error() -> None:
    gone = Match("answer", "removed", candidates=(Candidate("removed", 0.9),), text="borta")
    half = Match("suggest", offered=("removed", "sluttid"), text="halvt")
    none = Match("suggest", offered=("removed",), text="inget")
    talk = greeted(heard_as={"borta": gone, "halvt": half, "inget": none})
    talk(
        (Said("borta"), ["offer.letterbox"]),
        (Said("halvt"), [Say("suggest.one", "entry:sluttid:2")]),
        (Said("inget"), ["offer.letterbox"]),
    )
    talk.step(Chose("entry:removed:2"))
    assert keys(talk.turns[-1].replies) == ["entry.gone"]


def test_what_a_moderator_decides_is_told_in_the_language_of_the_question() -> None:
    talk = greeted()
    talk.play(Chose("lang:en"), Said("Where is the cheapest sushi in Osaka?"), Chose("send:1"))
    question = talk.kept.questions[1][1]
    context = moderator.surroundings(shipped_content(), question, world())
    english = shipped_content().texts["en"]

    (answered,) = moderator.answer(context, question, "On the left.", "maria")
    with_entry, label = moderator.answer_with_entry(context, question, "sluttid", "maria")
    (declined,) = moderator.decline(context, question, "off_topic", "maria")
    (in_words,) = moderator.decline(context, question, "Fråga kocken", "maria")

    decisions = [decision for decision in (answered, with_entry, declined, in_words) if isinstance(decision, Decide)]
    told = [decision.to_asker[question.language] for decision in decisions]
    assert keys(told) == ["moderator.answer", "moderator.entry", "moderator.declined", "moderator.declined"]
    assert {reply.kind for reply in told} == {"moderator"}
    assert all(f"F-{NUMBER}" in bare(reply.text) for reply in told)
    assert english("decline.off_topic") in told[2].text
    assert "Fråga kocken" in told[3].text
    assert label == Label(question.text, "en", "sluttid", "moderator")
    assert {decision.version for decision in decisions} == {question.version}


def test_every_reason_to_decline_has_words_in_both_languages() -> None:
    for language in ("sv", "en"):
        context = Context(shipped_content(), State(language=language), world())
        assert all(f"decline.{reason}" in context.texts for reason in moderator.DECLINE_REASONS)


def test_a_choice_without_its_question_still_answers() -> None:
    talk = greeted()
    talk.step(Chose("entry:sluttid"))
    assert keys(talk.turns[-1].replies) == ["answer"]
    assert choices_of(talk.last)


def test_a_question_in_the_other_language_is_answered_in_it_with_a_tap_to_go_on() -> None:
    talk = greeted()
    wording = shipped_knowledge().entries["landsbygd-definition"].wording("en")
    turn = talk((Said(wording.variants[0]), [Say("answer", "not:1", "lang:en")]))
    assert turn.replies[0].heading == wording.title
    assert talk.state.language == "sv"
