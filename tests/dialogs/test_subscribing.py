"""Somebody who wants to be told of something: what they are promised, and how they end it."""

from dataclasses import replace

import pytest

from dialogs import subscribing
from dialogs.context import Context
from dialogs.events import Chose, Said
from dialogs.records import Subscribe
from dialogs.state import State
from tests.talk import FACTS, WEBINAR, Say, greeted, keys, shipped_content, world

EVERY = ("calls", "webinars", f"recording:{WEBINAR}")


@pytest.mark.parametrize("topic", EVERY)
def test_what_is_begun_is_ended_and_taken_up_again(topic: str) -> None:
    talk = greeted()
    begun = talk.step(Chose(f"subscribe:{topic}"))
    ended = talk((Chose(f"unsubscribe:{topic}"), [Say("subscription.ended", f"subscribe:{topic}", "help")]))
    assert keys(begun.replies) == ["subscription.begun"]
    assert (begun.records, ended.records) == ((Subscribe(topic),), (Subscribe(topic, on=False),))


@pytest.mark.parametrize("topic", ["", "allt", "calls:x", "recording", "recording:borta", "a" * 500])
def test_what_nobody_can_be_told_of_is_not_promised(topic: str) -> None:
    talk = greeted()
    for verb in ("subscribe", "unsubscribe"):
        turn = talk.step(Chose(f"{verb}:{topic}"))
        assert (keys(turn.replies), turn.records) == (["entry.gone"], ())


def test_the_promise_says_how_long_it_is_kept_and_that_a_page_can_only_wait() -> None:
    texts = shipped_content().texts["sv"]
    for sends in (True, False):
        there = Context(shipped_content(), State(), replace(world(), sends=sends))
        said = subscribing.subscribe(there, "calls").replies[0].text
        assert FACTS["chat_days"] in said
        assert (texts("subscription.page") in said) is not sends


def test_who_waits_for_a_recording_is_told_where_it_is_and_nothing_of_what_was_to_come() -> None:
    content = shipped_content()
    words = "Sändningen spelas in och läggs ut på https://exempel.se/film/47. Håll utkik (https://exempel.se)!"
    landet = replace(content.webinars[WEBINAR], details={"recording": {"sv": words, "en": words}})
    told = subscribing.news(Context(content, State(), world()), f"recording:{WEBINAR}", landet, "")
    assert told.text.splitlines()[1:] == ["https://exempel.se/film/47", "https://exempel.se"]
    told = subscribing.news(Context(content, State(), world()), f"recording:{WEBINAR}", content.webinars[WEBINAR], "")
    assert len(told.text.splitlines()) == 1


def test_in_a_group_it_is_for_each_alone() -> None:
    turn = subscribing.subscribe(Context(shipped_content(), State(), replace(world(), shared=True)), "calls")
    assert (keys(turn.replies), turn.records) == (["subscription.alone"], ())


def test_it_is_offered_where_one_would_want_it() -> None:
    talk = greeted("open")
    talk((Said("utlysningar"), [Say("calls", "subscribe:calls")]))
    talk((Chose("webinar"), [Say("webinar", f"subscribe:recording:{WEBINAR}", "subscribe:webinars")]))
    talk = greeted("planned")
    assert not [each for each in talk.hear(Chose("webinar")).replies[0].choices if "recording" in each.id]
