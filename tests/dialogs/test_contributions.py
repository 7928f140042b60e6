"""What becomes of answers and of what people tied to entries, and who may decide it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from dialogs.contributions import ACTS, STATES, Contribution, Tied, Words, contributions, decided, standing
from tests.aftermaths import NAME, SWEDEN, question

NOW = dt.datetime(2026, 11, 28, 9, 0, tzinfo=dt.UTC)
WORDS = Words(("Vad kostar ett bageri?",), "Det beror på lokalen.")
FOUND = Contribution("F-1-sv", "sv", WORDS.wordings, NOW.date(), WORDS.answer, by="moderator", questions=(1,))


def tied(number: int, text: str, entry: str = "driftstod", language: str = "sv") -> Tied:
    return Tied(number, text, language, entry, NOW)


def done(found: Contribution, act: str, by: str = "curator", words: Words | None = None, **more: Any) -> Any:
    return decided(found, more.get("fresh", found), act, words or found.words, by, NOW)


def test_an_answer_is_a_new_entry_with_all_its_wordings_and_without_names() -> None:
    asked = question(1, text="Vad kostar ett bageri? Ring 070-123 45 67", answer=" Det beror på. ", by="moderator")
    other = replace(question(3, lead=1, text="How much is a bakery?"), language="en")
    found = contributions([asked, question(2, lead=1, text="Är det dyrt?"), other], (), SWEDEN)
    (one,) = found.values()
    assert (one.key, one.entry, one.by, one.webinar) == ("F-1-sv", "", "moderator", asked.webinar)
    assert one.questions == (1, 2, 3)
    assert one.also == (("en", "How much is a bakery?"),)
    assert one.wordings[1] == "Är det dyrt?"
    assert one.removed == ("telefonnummer",)
    assert "070" not in str(one)
    assert NAME not in str(one)


def test_who_is_forgotten_is_no_part_of_it_and_another_asker_stands_for_the_question() -> None:
    asked = question(1, text="Annas ord?", answer="Ja.", forgotten=True)
    assert contributions([asked], (), SWEDEN) == {}
    (left,) = contributions([asked, question(2, lead=1, text="Bos ord?")], (), SWEDEN).values()
    assert (left.key, left.wordings, left.questions) == ("F-1-sv", ("Bos ord?",), (2,))


def test_the_same_words_tied_by_many_are_one_way_of_asking() -> None:
    found = contributions((), [tied(3, "vem  betalar"), tied(1, "Vem betalar?"), tied(2, "Vem betalar?", "inspelning"),
                               tied(4, " \u200b "), tied(5, "vem betalar", language="en")], SWEDEN)  # fmt: skip
    assert {each.key: each.tied for each in found.values()} == {"L-1-sv": (1, 3), "L-2-sv": (2,), "L-5-en": (5,)}
    assert {each.by for each in found.values()} == {""}


def test_only_what_is_approved_outlives_what_it_came_of() -> None:
    for state in STATES:
        kept = replace(FOUND, state=state, version=1)
        assert standing({}, {FOUND.key: kept}) == ({FOUND.key: kept} if state == "approved" else {})
        assert standing({FOUND.key: FOUND}, {FOUND.key: kept}) == {FOUND.key: kept}


def test_who_wrote_the_words_does_not_approve_them() -> None:
    assert done(FOUND, "approve", "moderator") == "web.contribution_own"
    approved = done(FOUND, "approve")
    assert (approved.state, approved.decided_by, approved.decided, approved.by) == (
        "approved", "curator", NOW, "moderator"
    )  # fmt: skip
    edited = done(FOUND, "save", words=Words(("Vad kostar det?",), "Tusen."))
    assert (edited.by, edited.words) == ("curator", Words(("Vad kostar det?",), "Tusen."))
    assert done(edited, "approve") == "web.contribution_own"
    assert done(edited, "approve", "moderator").state == "approved"
    assert done(replace(FOUND, by=""), "approve", "moderator").state == "approved", "nobody at the desk wrote it"


def test_saving_what_was_not_changed_makes_nobody_its_author() -> None:
    assert done(FOUND, "save").by == "moderator"


def test_what_is_approved_are_the_words_that_stood_there() -> None:
    assert done(FOUND, "approve", words=Words(FOUND.wordings, "Något annat.")) == "web.contribution_changed"


@pytest.mark.parametrize("act", ACTS)
def test_an_act_needs_the_state_it_is_for(act: str) -> None:
    for state in STATES:
        came = done(replace(FOUND, state=state), act)
        assert (came == "web.contribution_overtaken") is (state not in ACTS[act][0])
        assert isinstance(came, str) or came.state == ACTS[act][1]


def test_taken_up_again_it_waits_for_somebody_to_decide_and_keeps_its_edits() -> None:
    edited = replace(FOUND, wordings=("Hur dyrt?",), state="approved", version=3, decided_by="curator", decided=NOW)
    again = done(edited, "again", fresh=FOUND)
    assert again == replace(FOUND, wordings=("Hur dyrt?",), version=3)
    assert done(edited, "again", fresh=None) == "web.contribution_gone"
    without = replace(FOUND, wordings=("Bos ord?",), questions=(2,))
    assert done(edited, "again", fresh=without) == replace(without, version=3), "hers have been taken along"
    way, left = (replace(FOUND, answer="", questions=(), tied=each, state="approved") for each in ((1, 3), (3,)))
    assert done(replace(way, wordings=("Annas ord?",)), "again", fresh=left).wordings == FOUND.wordings
