"""The queue's rules, and what its askers and other viewers meet of it."""

from dataclasses import replace

import pytest

from dialogs import load, moderator
from dialogs.events import Chose, Event, Said
from dialogs.moderator import surroundings
from dialogs.queue import (
    KINDS,
    MOST_ALIKE,
    PUBLIC,
    STATES,
    TOLD,
    TRANSITIONS,
    WAITING,
    WITHDRAWABLE,
    alike,
    factor_of,
    kind_of,
    may,
)
from dialogs.records import AskQuestion, Decide, Question, Reword, Support, Withdraw
from dialogs.replies import NUMBER, bare
from dialogs.world import Phase
from knowledge.complaints import ContentError
from knowledge.entries import FACTORS
from knowledge.query import Candidate, Match
from tests.content import dialog_files, shipped_knowledge
from tests.talk import NOW, WEBINAR, Kept, Say, Talk, choices_of, greeted, keys, shipped_content, world

UNKNOWN = "Vad kostar en elcykel?"
ANNA: tuple[Event, ...] = (Said(UNKNOWN), Chose("send:1"))


def question(number: int = 1, text: str = UNKNOWN, state: str = "new", **more: object) -> Question:
    return replace(Question(number, text, "sv", WEBINAR, NOW, state, 1), **more)  # type: ignore[arg-type]


def others(*questions: Question) -> Kept:
    """What somebody else has asked."""
    return Kept({each.number: ("bo", each) for each in questions})


# What it is

SAID = {
    "trouble": [
        "Jag hör inget", "HÖR INGENTING!!", "Ljudet hackar hela tiden.",
        "det är inget ljud hos oss", "Varför fryser? Bilden fryser", "bara svart bild",
        "Hjälp, jag kommer inte in", "there is no sound", "I can't hear you",
        "the picture is frozen", "Link doesn't work",
    ],
    "tip": [
        "Tips: se Jämtlands servicekarta", "Ett förslag är att ringa kommunen",
        "Jag vill tipsa om Coompanion", "A tip: call them first", "I suggest a pause",
    ],
    "comment": [
        "Tack för i dag", "Håller med Eva", "Bra sagt!", "Thank you",
        "Very interesting", "Vi har en lanthandel i Kälarne", "We have a shop.", "",
        "Harmoni i bygden",
    ],
    "question": [
        "Hur många bor där", "Vad kostar det", "och bussen då?", "Får man ta med hund",
        "- Var ligger Kälarne", "How long is it", "Is there a bus", "the bus?",
        "Vad är en hackathon?", "Kan man få bidrag till en mack? Tack på förhand!",
        "متى ينتهي؟", "什么时候结束？", "Har ni tips på någon som kan hjälpa?", "Any tips for a small shop? Thanks",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, said in SAID.items() for text in said], ids=str)
def test_what_it_is_is_told_by_its_words_or_its_form(kind: str, text: str) -> None:
    assert kind_of(shipped_content(), text) == kind


def test_what_means_an_entry_about_trouble_is_trouble_and_what_only_comes_near_one_is_not() -> None:
    content = shipped_content()
    (entry, *_) = [each.id for each in content.knowledge.entries.values() if each.group in content.trouble_groups]
    near_it = (Candidate(entry, 0.1), Candidate("sluttid", 0.1))
    for match, kind in (
        (Match("answer", entry), "trouble"), (Match("suggest", offered=(entry, "sluttid")), "trouble"),
        (Match("suggest", offered=("sluttid", entry)), "question"), (Match("handover", candidates=near_it), "question"),
        (Match("answer", "finns-inte"), "question"), (None, "question"),
    ):  # fmt: skip
        assert kind_of(content, "Vad gör jag nu?", match) == kind
    assert kind_of(content, "Tips: fråga Sveg", Match("suggest", offered=(entry,))) == "tip"


def test_every_word_of_the_curators_makes_it_that_kind_also_in_capitals() -> None:
    content = shipped_content()
    assert set(content.kinds) == set(KINDS) - {"question"}
    for kind, words in content.kinds.items():
        assert words
        assert {kind_of(content, f"Nu: {word.upper()}.") for word in words} <= {kind, *content.kinds}
        assert kind_of(content, words[0]) == kind


ABOUT = {
    "behov": ["Hur undersöker vi vad invånarna vill ha?", "HOW DO WE SURVEY RESIDENTS?"],
    "forankring": ["Hur håller man engagemanget uppe bland ideella?"],
    "samverkan": ["Hur får vi samverkan med kommunen?"],
    "plan": ["Vad kostar det och vem finansierar?", "Which grants cover the budget?"],
    "riktning": ["Vilken vision har ni för framtiden?"],
    None: ["", "Kan man ha med sig hund?", "Finns behov av budget?", "?!", "Kålplantor"],
}


@pytest.mark.parametrize(("factor", "text"), [(factor, text) for factor, said in ABOUT.items() for text in said])
def test_the_factor_that_most_words_tell_of_is_proposed(factor: str | None, text: str) -> None:
    assert factor_of(shipped_content(), text) == factor


def test_every_beginning_of_a_word_alone_tells_its_factor() -> None:
    words = shipped_content().factor_words
    assert set(words) == set(FACTORS)
    for factor, beginnings in words.items():
        assert {factor_of(shipped_content(), word.upper()) for word in beginnings} == {factor}


def test_a_question_to_the_moderators_brings_its_factor() -> None:
    talk = greeted("open")
    for event in ANNA:
        talk.step(event)
    (asked,) = [each for each in talk.turns[-1].records if isinstance(each, AskQuestion)]
    assert asked.factor == factor_of(shipped_content(), UNKNOWN) == "plan"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("trouble_groups: [", "trouble_groups: [finns-inte, "),
        ("tip: [", "tips: ["),
        ("comment: ", "x: "),
        ("  behov: [", "  behoven: ["),
        ("factors:", "faktorer:"),
    ],
)
def test_a_mistake_in_the_kinds_is_complained_of(old: str, new: str) -> None:
    files = dict(dialog_files())
    assert old in files["kinds.yaml"]
    files["kinds.yaml"] = files["kinds.yaml"].replace(old, new, 1)
    with pytest.raises(ContentError) as told:
        load.load(files.items(), shipped_knowledge())
    assert {each.file for each in told.value.complaints} == {"kinds.yaml"}


# Which way it may go


def test_a_question_may_go_where_the_table_says_and_never_to_where_it_is() -> None:
    for state in STATES:
        asked = question(state=state)
        assert {other for other in STATES if may(asked, other)} == set(TRANSITIONS[state])
        assert not may(asked, state)
        assert not may(asked, "new")
        assert not may(asked, "withdrawn"), "only its asker takes it back"
    assert not may(question(state="of another time"), "approved")


def test_all_that_waits_can_be_answered_put_off_or_declined_and_the_rest_is_over() -> None:
    assert {state for state in STATES if not TRANSITIONS[state]} == {"answered", "declined", "withdrawn"}
    for state in WAITING:
        assert {"answered", "declined"} <= set(TRANSITIONS[state])
    assert set(WITHDRAWABLE) == set(WAITING) - {"live"}
    assert set(TOLD) <= set(WAITING)
    assert set(PUBLIC) <= set(STATES)


# The same again


def test_likely_the_same_are_those_with_nearly_the_same_words_the_most_alike_first() -> None:
    asked = question(1, "Vad kostar en elcykel i år?")
    same, nearly, other = (
        question(2, "vad kostar en elcykel i år"),
        question(3, "Vad kostar en ny elcykel i år, ungefär?"),
        question(4, "När går bussen till Ragunda?"),
    )
    assert [each.number for each in alike(asked, [other, nearly, same, asked])] == [2, 3]
    assert alike(asked, [replace(same, kind="tip")]) == ()


def test_the_same_nearest_entry_makes_up_for_other_words() -> None:
    asked = question(1, "Hur får vi bidrag till macken?", candidates=("servicebidrag",))
    other = question(2, "Kan macken i byn få bidrag?", candidates=("servicebidrag", "bredband"))
    assert [each.number for each in alike(asked, [other])] == [2]
    assert alike(asked, [replace(other, candidates=())]) == ()
    assert alike(replace(asked, candidates=()), [replace(other, candidates=())]) == ()
    bus = question(3, "När går bussen?", candidates=("servicebidrag",))
    assert alike(asked, [bus]) == ()


def test_likeness_is_of_the_words_as_they_stand_now_and_a_few_are_enough() -> None:
    asked = question(1, "Jo, en sak till", wording=UNKNOWN)
    many = [question(number, UNKNOWN) for number in range(2, 9)]
    assert len(alike(asked, many)) == MOST_ALIKE
    assert alike(question(1, "Jo, en sak till"), many) == ()


# With a name, or without


def test_a_question_can_be_sent_with_a_name_which_only_the_moderator_sees() -> None:
    talk = greeted("open")
    turn = talk(
        (Said(UNKNOWN), [Say("offer.webinar", "send:1", "sign:1")]),
        (Chose("sign:1"), [Say("queue.name_wanted", "send:1", input="sign")]),
        (Said("  Anna   från\nJämtland "), [Say("receipt.webinar", "mine", kind="receipt")]),
    )
    (record,) = turn.records
    assert isinstance(record, AskQuestion)
    assert (record.text, record.name, record.webinar) == (UNKNOWN, "Anna från Jämtland", WEBINAR)
    talk((Chose("send:1"), ["question.sent_already"]))
    talk.step(Chose("sign:1"))
    assert keys(talk.turns[-1].replies) == ["question.too_old"]


def test_with_a_name_it_comes_with_the_entries_it_is_near_as_without() -> None:
    text = "Får man servicebidrag till en cykelverkstad?"
    records = []
    for way in ((Chose("not:1"), Chose("send:1")), (Chose("not:1"), Chose("send:1"))):
        talk = greeted()
        talk.play(Said(text))
        if any(choice.startswith("not:") for choice in choices_of(talk.last)):
            talk.play(way[0])
        records.append(talk.play(way[1]).records[-1])
    talk = greeted()
    talk.play(Said(text))
    talk.step(Chose("sign:1"))
    signed = talk.step(Said("Anna")).records[-1]
    assert isinstance(signed, AskQuestion)
    assert isinstance(records[0], AskQuestion)
    assert signed.candidates == records[0].candidates != ()


def test_who_would_rather_have_no_name_sends_without() -> None:
    talk = greeted()
    talk((Said(UNKNOWN), ["offer.letterbox"]), (Chose("sign:1"), ["queue.name_wanted"]),
         (Chose("send:1"), ["receipt.letterbox"]))  # fmt: skip
    assert talk.kept.questions[1][1].name == ""
    talk((Said("hej"), ["small.greeting"]))


def test_a_name_is_cut_where_it_is_no_name_any_more() -> None:
    talk = greeted()
    talk.play(Said(UNKNOWN), Chose("sign:1"), Said("Anna " * 50))
    assert len(talk.kept.questions[1][1].name) == 60


def test_trouble_while_the_webinar_is_open_is_answered_as_trouble() -> None:
    talk = greeted("open")
    talk.play(Said("Jag hör inget alls och bilden fryser i Kälarne"))
    send = next(each for each in reversed(talk.offered) if each.startswith(("send:", "not:")))
    talk.play(Chose(send))
    if send.startswith("not:"):
        talk.play(Chose("send:*"))
    assert talk.last.key == "receipt.trouble"
    assert talk.kept.questions[1][1].kind == "trouble"


# One's own


def test_ones_own_question_is_taken_back_after_a_second_thought() -> None:
    talk = greeted()
    talk.play(*ANNA)
    talk(
        (Chose("mine"), [Say("mine", "reword:1", "withdraw:1")]),
        (Chose("withdraw:1"), [Say("queue.withdraw_sure", "withdraw:1:yes", "mine")]),
    )
    assert talk.turns[-1].records == ()
    turn = talk((Chose("withdraw:1:yes"), [Say("queue.withdrawn", "mine")]))
    assert turn.records == (Withdraw(1),)
    talk((Chose("mine"), ["mine"]))
    assert not [each for each in choices_of(talk.last) if each.startswith(("withdraw", "reword"))]
    talk((Chose("withdraw:1:yes"), ["queue.too_late"]))


@pytest.mark.parametrize("state", STATES)
def test_what_can_be_taken_back_or_reworded_depends_on_how_far_it_has_come(state: str) -> None:
    talk = greeted()
    talk.play(*ANNA)
    talk.kept.decide(1, state, "Svaret.")
    for verb in ("withdraw:1", "reword:1"):
        talk.step(Chose(verb))
        assert (talk.last.key == "queue.too_late") is (state not in WITHDRAWABLE)


def test_ones_own_question_is_said_better_and_what_is_said_next_is_a_question_again() -> None:
    talk = greeted()
    talk.play(*ANNA, Chose("mine"))
    turn = talk(
        (Chose("reword:1"), [Say("queue.reword_wanted", "mine", input="reword")]),
        (Said("Vad kostar en begagnad elcykel?"), [Say("queue.reworded", "mine")]),
    )
    assert turn.records == (Reword(1, "Vad kostar en begagnad elcykel?"),)
    kept = talk.kept.questions[1][1]
    assert (kept.shown, kept.text) == ("Vad kostar en begagnad elcykel?", UNKNOWN)
    talk((Said(UNKNOWN), ["offer.letterbox"]))


def test_a_rewording_is_given_up_by_a_button_and_too_late_when_it_is_through_meanwhile() -> None:
    talk = greeted()
    talk.play(*ANNA, Chose("mine"), Chose("reword:1"), Chose("mine"))
    talk((Said(UNKNOWN), ["offer.letterbox"]))
    talk.play(Chose("mine"), Chose("reword:1"))
    talk.kept.decide(1, "answered", "Tusen.")
    talk((Said("Vad kostar den?"), [Say("queue.too_late", "mine")]))
    assert talk.turns[-1].records == ()


@pytest.mark.parametrize("walks", [False, True])
def test_a_question_is_reworded_in_the_middle_of_a_checklist_which_is_found_again(walks: bool) -> None:
    talk = greeted()
    talk.play(*ANNA)
    if walks:
        talk.walk()
    before = talk.state.statement
    talk.play(Chose("mine"), Chose("reword:1"), Said("Vad kostar en begagnad elcykel?"))
    assert talk.turns[-1].records == (Reword(1, "Vad kostar en begagnad elcykel?"),)
    assert talk.state.statement == before


def test_somebody_elses_question_is_neither_taken_back_nor_reworded() -> None:
    talk = greeted(kept=others(question(1)))
    for forged in ("withdraw:1:yes", "withdraw:1", "reword:1", "withdraw:x", "reword:", "withdraw:99999999999"):
        talk.step(Chose(forged))
        assert keys(talk.turns[-1].replies)[0] in ("queue.too_late", "choice.unknown")
        assert talk.turns[-1].records == ()


def test_who_is_asked_what_they_meant_answers_with_one_tap_and_both_versions_are_kept() -> None:
    talk = greeted()
    talk.play(*ANNA)
    asked = talk.kept.questions[1][1]
    (decided,) = moderator.ask_back(
        surroundings(shipped_content(), asked, world()), asked, "Vilken <b>sort</b>?", "mod"
    )
    assert isinstance(decided, Decide)
    for language, reply in decided.to_asker.items():
        assert [choice.id for choice in reply.choices] == [f"reword:{NUMBER}"]
        assert reply.choices[0].label == shipped_content().texts[language]("queue.reword")
        assert "Vilken <b>sort</b>?" in bare(reply.text)
    talk.kept.decide(1, "asked", decided.text)
    talk((Chose("mine"), [Say("mine", "reword:1")]))
    assert "Vilken <b>sort</b>?" in bare(talk.last.text)
    talk.play(Chose("reword:1"), Said("En lastcykel"))
    kept = talk.kept.questions[1][1]
    assert (kept.state, kept.shown, kept.text) == ("new", "En lastcykel", UNKNOWN)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_told_of_ones_own_question(state: str) -> None:
    for language in ("sv", "en"):
        talk = greeted()
        talk.hear(Chose(f"lang:{language}"))
        talk.play(*ANNA)
        talk.kept.decide(1, state, "Det beror på.")
        talk.hear(Chose("mine"))
        assert "F-1" in bare(talk.last.text)
        assert ("Det beror på." in talk.last.text) is (state in ("answered", "declined", "asked"))


@pytest.mark.parametrize("mark", ["", "12.31"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_was_answered_in_the_broadcast_is_told_as_that_to_everybody(mark: str, language: str) -> None:
    asked = replace(question(7), language=language)
    context = surroundings(shipped_content(), asked, world())
    (decided,) = moderator.answer_spoken(context, asked, mark, "mod")
    assert isinstance(decided, Decide)
    assert decided.mark == (mark or None)
    assert mark in decided.text
    assert "F-" not in decided.text, "others read it too"
    assert f"F-{NUMBER}" in bare(decided.to_asker["sv"].text)
    assert mark in decided.to_asker["en"].text


# Everybody's


def test_the_public_questions_are_shown_with_their_state_and_supported_once() -> None:
    kept = others(
        question(1, "Finns det cyklar att hyra?", "approved", votes=3),
        question(2, "Vem betalar skylten?", "answered", answer="Kommunen."),
        question(3, "Hemligt?", "new"), question(4, "Hör ni mig?", "live", kind="trouble"),
    )  # fmt: skip
    talk = greeted("open", kept=kept)
    turn = talk((Chose("questions"), [Say("questions", "support:1")]))
    text = bare(talk.last.text)
    assert all(part in text for part in ("F-1", "3 undrar detsamma", "Vem betalar skylten?", "Kommunen."))
    assert "Hemligt" not in text
    assert "Hör ni" not in text
    assert [each for each in choices_of(turn.replies[0]) if each.startswith("support")] == ["support:1"]
    turn = talk((Chose("support:1"), [Say("queue.supported", "questions")]))
    assert turn.records == (Support(1),)
    talk((Chose("support:1"), ["queue.supported_already"]), (Chose("questions"), ["questions"]))
    assert "support:1" not in choices_of(talk.last)


@pytest.mark.parametrize("forged", ["support:2", "support:3", "support:4", "support:99", "support:x", "support:"])
def test_only_what_is_public_and_still_waits_is_supported(forged: str) -> None:
    kept = others(
        question(2, "Besvarad?", "answered"), question(3, "Ny?", "new"), question(4, "x", "next", kind="trouble")
    )
    talk = greeted("open", kept=kept)
    talk.step(Chose(forged))
    assert keys(talk.turns[-1].replies) == ["queue.too_late"]
    assert talk.turns[-1].records == ()


@pytest.mark.parametrize(("phase", "key"), [(None, "queue.hidden"), ("open", "questions"), ("closed", "questions")])
def test_questions_are_public_only_in_a_webinar_that_says_so(phase: Phase | None, key: str) -> None:
    kept = others(question(1, "Finns det cyklar att hyra?", "approved"))
    talk = greeted(phase, kept=kept)
    talk((Chose("questions"), [key]), (Said("frågor"), [key]))
    if phase:
        webinar = replace(shipped_content().webinars[WEBINAR], questions="hidden")
        hidden = Talk(replace(world(phase), webinar=webinar), kept=kept)
        hidden.play(Said("hej"))
        hidden((Chose("questions"), ["queue.hidden"]))
        assert "cyklar" not in hidden.last.text


def test_nothing_public_yet_is_said() -> None:
    greeted("open")((Chose("questions"), [Say("queue.none_public", "help")]))


# Who is blocked


def test_a_blocked_sender_is_told_at_every_way_and_nothing_is_kept() -> None:
    kept = Kept()
    talk = greeted(kept=kept)
    talk.play(*ANNA, Said("Vad kostar en traktor?"))
    kept.blocked.add("anna")
    for choice in ("send:2", "sign:2", "send:2", "reword:1"):
        talk.step(Chose(choice))
        assert keys(talk.turns[-1].replies) == ["queue.blocked"], choice
        assert talk.turns[-1].records == ()
    assert len(kept.questions) == 1
    talk((Said("hej"), ["small.greeting"]), (Said("Vad räknas som landsbygd?"), ["answer"]))
    talk.step(Chose("withdraw:1"))
    assert talk.last.key == "queue.withdraw_sure", "what one has asked is one's own to take back"


def test_who_is_blocked_while_writing_sends_nothing() -> None:
    for way in ("sign:2", "reword:1"):
        talk = greeted()
        talk.play(*ANNA, Said("Vad kostar en traktor?"))
        talk.step(Chose(way))
        talk.kept.blocked.add("anna")
        talk((Said("Något mer"), ["queue.blocked"]))
        assert talk.turns[-1].records == ()


def test_what_is_just_written_may_be_what_was_asked_back_for() -> None:
    talk = greeted("open")
    talk.play(Said(UNKNOWN), Chose("send:1"))
    before = talk.hear(Said("Jag menar en begagnad"))
    assert not [each for reply in before.replies for each in reply.choices if each.id.startswith("meant:")]
    talk.kept.decide(1, "asked", "Ny eller begagnad?")
    last = talk.hear(Said("Jag menar en begagnad")).replies[-1]
    assert last.choices[0].id == "meant:1:3"
    assert any(each.id == "send:3" for each in last.choices), "it may be a new question all the same"
    talk.play(Chose("meant:1:3"))
    _, question = talk.kept.questions[1]
    assert (question.state, question.text) == ("new", UNKNOWN)
    assert question.shown == f"{UNKNOWN}\nJag menar en begagnad"
    assert keys(talk.hear(Chose("meant:1:3")).replies) == ["queue.too_late"]
    assert keys(talk.hear(Said("Vad räknas som landsbygd?")).replies) == ["answer"], "a sure answer is one"
