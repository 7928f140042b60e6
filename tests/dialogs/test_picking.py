"""What a checklist begins with is chosen in words, and what is asked in between does not lose it."""

import pytest

from dialogs.events import Chose, Said
from tests.talk import Say, Talk, greeted, keys, shipped_content

LEVEL, PURPOSE = "new:fem-faktorer", "new:fem-faktorer:lokal"
LENGTH = "new:fem-faktorer:lokal:start"


def standing(at: str = LEVEL, language: str = "sv") -> Talk:
    """Somebody before a choice that stands open."""
    talk = greeted()
    talk.play(Chose(f"lang:{language}"), Chose("checklist"))
    parts = at.split(":")
    for count in range(2, len(parts) + 1):
        talk.hear(Chose(":".join(parts[:count])))
    return talk


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("at", ["new", LEVEL, PURPOSE, LENGTH])
def test_every_label_may_be_typed_as_it_stands_or_carelessly(at: str, language: str) -> None:
    for choice in standing(at, language).last.choices:
        for said in (choice.label, choice.label.upper(), choice.label.replace("ö", "o").rstrip("?") + "!"):
            typed, pressed = standing(at, language), standing(at, language)
            assert typed.hear(Said(said)) == pressed.hear(Chose(choice.id)), said


@pytest.mark.parametrize(
    ("language", "at", "typed", "key"),
    [
        ("sv", "new", "cykeln", "walk.level"),
        ("sv", "new", "ansökan", "walk.begin"),
        ("sv", LEVEL, "bygd", "walk.purpose"),
        ("sv", LEVEL, "Byn!", "walk.purpose"),
        ("sv", LEVEL, "ort", "walk.purpose"),
        ("sv", LEVEL, "län", "walk.purpose"),
        ("sv", PURPOSE, "vi vill börja", "walk.length"),
        ("sv", PURPOSE, "börja", "walk.length"),
        ("sv", PURPOSE, "starta", "walk.length"),
        ("sv", PURPOSE, "igång", "walk.length"),
        ("sv", LENGTH, "kort", "walk.begin"),
        ("sv", LENGTH, "hela", "walk.begin"),
        ("en", LEVEL, "village", "walk.purpose"),
        ("en", PURPOSE, "start", "walk.length"),
        ("en", LENGTH, "Short", "walk.begin"),
    ],
)
def test_the_words_that_the_content_lists_are_taken_as_the_choice(language: str, at: str, typed: str, key: str) -> None:
    assert keys(standing(at, language).hear(Said(typed)).replies)[0] == key


def test_the_choices_of_a_round_are_typed_too() -> None:
    talk = greeted()
    talk(
        (Said("starta en runda"), [Say("walk.which", "together:fem-faktorer")]),
        (Said("är vår cykel hel"), ["walk.level"]),
        (Said("bygd"), ["walk.purpose"]),
        (Said("börja"), ["walk.length"]),
        (Said("kort"), ["round.begun", "round.share", "round.lead"]),
    )
    talk = greeted()
    talk.play(Said("starta en runda"))
    talk((Said("Förbered en ansökan"), ["round.begun", "round.share", "round.lead"]))


def test_what_is_asked_in_between_is_answered_and_the_choice_offered_again() -> None:
    again = Say("walk.level", f"{LEVEL}:lokal", f"{LEVEL}:regional")
    talk = standing()
    talk(
        (Said("Vad räknas som landsbygd?"), ["answer", again]),
        (Said("Vad kostar en elcykel?"), ["offer.letterbox", again]),
        (Said("bananer"), ["offer.letterbox", again]),
        (Chose("send:*"), [Say("receipt.letterbox", LEVEL)]),
        (Said("bygd"), ["walk.purpose"]),
    )


def test_looking_around_leaves_a_way_back_to_the_choice() -> None:
    talk = standing(PURPOSE)
    talk((Said("hjälp"), [Say("help", PURPOSE)]), (Chose("tools"), [Say("tools.choose", PURPOSE)]))
    talk((Chose(PURPOSE), ["walk.purpose"]), (Said("verktyg"), ["tools.choose"]), (Said("fortsätt"), ["walk.purpose"]))
    talk((Chose("lang:en"), ["language.changed_walking", "walk.purpose"]), (Said("we want to start"), ["walk.length"]))


def test_who_begins_from_the_start_or_pauses_is_asked_no_more() -> None:
    for said in ("/start", "meny", "paus"):
        talk = standing(PURPOSE)
        talk.hear(Said(said))
        assert keys(talk.hear(Said("Vad räknas som landsbygd?")).replies) == ["answer"]


def test_words_that_name_a_choice_are_nothing_special_when_none_stands_open() -> None:
    talk = standing(LENGTH)
    talk((Said("kort"), ["walk.begin", "walk.statement"]), (Said("bygd"), ["walk.unclear"]))


def test_the_moderator_who_asked_back_gets_an_answer_while_a_choice_stands_open() -> None:
    talk = greeted()
    talk.play(Said("Vad kostar en elcykel?"), Chose("send:1"))
    talk.kept.decide(1, "asked", "Ny eller begagnad?")
    talk.play(Chose("checklist"), Chose(LEVEL))
    talk((Said("bananer"), [Say("offer.letterbox", "meant:1:2"), "walk.level"]))


@pytest.mark.parametrize("said", ["förbered en ansökan", "Förbered ansökan!", "prepare an application"])
def test_the_check_before_an_application_begins_when_its_name_is_typed(said: str) -> None:
    talk = greeted()
    talk((Said(said), ["walk.begin", "walk.statement"]))
    assert talk.run.checklist == "forbered-ansokan"


def test_the_check_before_an_application_does_not_throw_away_a_run_under_way() -> None:
    talk = greeted()
    talk.walk()
    talk.hear(Chose("a:*:ja"))
    talk((Said("förbered en ansökan"), [Say("walk.unfinished", "resume:run1", "new:forbered-ansokan")]))
    talk((Chose("new:forbered-ansokan"), ["walk.begin", "walk.statement"]))


def test_a_run_under_way_goes_on_and_is_changed_in_words() -> None:
    talk = greeted()
    talk.walk()
    talk.hear(Chose("a:*:ja"))
    first = shipped_content().checklist.factors[0].id
    talk((Said("fortsätt"), ["walk.statement"]), (Said("paus"), ["walk.paused"]), (Said("go on"), ["walk.statement"]))
    talk((Said("jag vill ändra ett svar"), [Say("walk.change_where", f"change:run1:{first}", "resume:run1")]))
    talk((Chose(f"change:run1:{first}"), ["walk.change"]), (Chose("show:*"), ["walk.statement"]))
    talk((Said("visa resultatet"), [Say("walk.unfinished", "resume:run1")]))
    talk((Said("påminn oss"), [Say("walk.unfinished", "resume:run1")]))


def test_a_finished_run_is_shown_changed_and_reminded_of_in_words() -> None:
    talk = greeted()
    talk.walk()
    talk.finish("nej")
    talk((Said("resultat"), ["result.bicycle", "result", "result.factor"]))
    talk((Said("visa resultatet"), ["result.bicycle", "result", "result.factor"]))
    talk((Said("påminn oss"), [Say("remind.offer", "remind:run1:here")]))
    talk((Said("remind us"), [Say("remind.offer", "remind:run1:here")]))
    talk((Said("ändra svar"), [Say("walk.change_where", "change:run1:behov", "result:run1")]))


@pytest.mark.parametrize("said", ["fortsätt", "resultat", "ändra svar", "påminn oss"])
def test_who_has_no_run_is_offered_one(said: str) -> None:
    greeted()((Said(said), ["walk.which"]))
