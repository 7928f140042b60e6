"""The round: started, entered by a code, led, looked at, answered together, handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs import checklist as rules
from dialogs.checklist import NO, PARTLY, UNKNOWN, YES
from dialogs.clean import clean
from dialogs.context import Context, Turn
from dialogs.definitions import Statement
from dialogs.events import Arrived, Chose, Said
from dialogs.records import (
    AnswerStatement,
    CloseRound,
    CountRound,
    FinishRun,
    LeaveRound,
    OfferRound,
    Round,
    Run,
    StartRound,
    StartRun,
    TakeRound,
)
from dialogs.replies import Reply
from dialogs.spread import LEAST
from dialogs.state import State
from dialogs.together import (
    ALPHABET,
    LEADERS,
    LETTERS,
    SHOWN_FIRST,
    code_of,
    enter,
    key_of,
    key_typed,
    like_a_key,
    only_words,
    seen,
    typed,
)
from dialogs.world import Found
from tests.talk import NOW, Say, Talk, choices_of, greeted, keys, shipped_content, world

FRESH = st.integers(0, 2**40 - 1).map(lambda number: f"{number:010x}")
LED = "round.lead"
WAYS = ("invite", "show", "close", "hand")
"""What an open round offers its leader."""


# The code


@given(FRESH)
def test_a_code_is_read_as_it_is_made_also_after_cleaning(fresh: str) -> None:
    code = code_of(fresh)
    assert typed(clean(code).text) == code
    assert not set("ILOU") & set(code[2:])


@given(FRESH, st.sampled_from(["{}", "/{}", " {} ", "{}\n"]), st.sampled_from(["-", " ", ""]), st.booleans())
def test_a_code_may_be_typed_as_people_type(fresh: str, around: str, between: str, lower: bool) -> None:
    code = code_of(fresh)
    written = around.format(code.replace("-", between))
    assert typed(written.lower() if lower else written) == code


@given(FRESH, FRESH)
def test_two_rounds_seldom_have_the_same_code(one: str, other: str) -> None:
    if one[2:] != other[2:]:
        assert code_of(one) != code_of(other)


@pytest.mark.parametrize("text", ["R-7KQM-4XTP nu", "koden är R-7KQM-4XTP."])
def test_a_code_in_other_words_is_read_when_it_is_spelled_as_it_was_given(text: str) -> None:
    assert typed(text) == "R-7KQM-4XTP"


def test_every_letter_of_the_alphabet_is_in_a_code() -> None:
    made = {code_of(f"{first << 35 | last:010x}") for first in range(32) for last in range(32)}
    assert {code[2] for code in made} == set(LETTERS)
    assert {code[-1] for code in made} == set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    ["R-7IQM-4XTP", "R-7LQM-4XTP", "R-7OQM-4XTP", "R-7UQM-4XTP", "R-7KQM-4XT", "R-7KQM-4XTPA", "7KQM-4XTP",
     "R--7KQM-4XTP", "koden är 7KQM-4XTP", "r-7kqm-4xtp nu", "XR-7KQM-4XTP",
     "R-7KQM\n4XTP", "R-7KQÅ-4XTP", "R-٧KQM-4XTP",
     "", "F-27", "L-7KQM-4XTP"],
)  # fmt: skip
def test_what_is_no_code_is_not_read_as_one(text: str) -> None:
    assert typed(text) is None


@given(st.text())
def test_any_text_at_all_is_a_code_or_not(text: str) -> None:
    for read in (typed(text), key_typed(text)):
        assert read is None or len(read) in (11, 19, 22)


def test_a_key_of_the_kind_given_before_is_read_wherever_it_is() -> None:
    token = "abc_DEF-123_ghi-JKL_45"
    assert key_typed(f"L-{token}") == key_typed(f" /L-{token}\n") == key_typed(f"här: l-{token}.") == token
    for other in (token, f"L-{token}x", f"L-{token[:-1]}", f"XL-{token}"):
        assert key_typed(other) is None


@given(st.text())
def test_a_key_is_read_wherever_it_is_in_either_case_and_also_after_cleaning(token: str) -> None:
    key = key_of(token)
    for written in (f"L-{key}", f"l-{key.lower()}", f"/L {key.replace('-', ' ')}\n".replace(" ", "-", 1)):
        assert key_typed(clean(f"Göran gav mig nyckeln {written}, tack").text) == key
    assert key_typed(key) is None


@pytest.mark.parametrize(
    "text",
    [
        "Göran gav mig nyckeln L-2Upq-iqlz5pyUSjRzLU7R",
        "L-KQM7-A4XT-PB2C-D3E",
        "l-kqm7-a4xt-pb2c-d3efg",
        "L-KQM7-A4XT-UB2C",
    ],
)
def test_what_is_meant_as_a_key_is_never_offered_to_be_sent_on(text: str) -> None:
    talk = greeted()
    turn = talk((Said(text), ["round.key_odd"]))
    assert turn.records == ()
    assert not [choice for choice in choices_of(talk.last) if choice.startswith("send")]


@pytest.mark.parametrize(
    "text", ["L-formad byggnad", "Vad är en L-lan?", "l-karnitin i lanthandeln", "L abcd efgh jkmn pqrs"]
)
def test_words_are_no_key(text: str) -> None:
    assert not key_typed(text)
    assert not like_a_key(text)


@pytest.mark.parametrize(("text", "words"), [("Ragna Berg", True), ("restskatt", True), ("R-ABCD-EFGH", False),
                                             ("rabcd4fgh", False), ("/RABCDEFGH", False)])  # fmt: skip
def test_what_could_be_words_is_told_from_a_code(text: str, words: bool) -> None:
    assert only_words(text) is words


# A round and its people


def begun(length: str = "short", **known: object) -> Talk:
    """Somebody who has started a round."""
    talk = greeted(**known)  # type: ignore[arg-type]
    talk.hear(Chose("round"))
    path = ["together", "fem-faktorer", "lokal", "start", length]
    for count in range(1, 6):
        talk.hear(Chose(":".join(path[:count])))
    return talk


def code(talk: Talk) -> str:
    """The code of the round entered last."""
    assert talk.state.round
    return talk.state.round


def asked(leader: Talk) -> tuple[Statement, ...]:
    """What everybody in the round is asked."""
    round_ = leader.kept.rounds.begun[code(leader)]
    run = Run("", round_.checklist, round_.version, "", round_.level, round_.purpose, round_.length, NOW)
    return rules.statements(shipped_content().checklists[round_.checklist], run)


def guest(leader: Talk, who: str) -> Talk:
    """Somebody who has come to the leader's round and taken part."""
    talk = greeted(kept=leader.kept, who=who)
    talk.play(Said(code(leader)), Chose("round:*:join"))
    return talk


def answers(talk: Talk, given: str | Mapping[str, str], most: int = 1000) -> Talk:
    """Answers each statement alike, or as given (otherwise yes)."""
    for _ in range(most):
        if talk.last.key != "walk.statement":
            break
        answer = given if isinstance(given, str) else given.get(talk.state.statement or "", YES)
        talk.hear(Chose(f"a:*:{answer}"))
    return talk


def joined(leader: Talk, *given: str | Mapping[str, str]) -> list[Talk]:
    """One more for each answer given, through with it."""
    number = len(leader.kept.runs)
    return [answers(guest(leader, f"person {number + each}"), given[each]) for each in range(len(given))]


def shows(leader: Talk) -> Turn:
    """The leader looks how the answers lie, also when asked whether to wait for somebody."""
    leader.hear(Said(code(leader)))
    turn = leader.hear(Chose(f"round:{code(leader)}:show"))
    sure = f"round:{code(leader)}:show-yes"
    return leader.hear(Chose(sure)) if sure in choices_of(turn.replies[-1]) else turn


def closes(leader: Talk) -> Turn:
    leader.play(Said(code(leader)), Chose("round:*:close"))
    return leader.hear(Chose("round:*:close-yes"))


def counted(leader: Talk) -> int:
    """How many batches there are."""
    return len(leader.kept.rounds.begun[code(leader)].batches)


# Starting


def test_a_round_is_begun_by_choosing_what_everybody_walks() -> None:
    content = shipped_content()
    talk = greeted()
    turn = talk(
        (Said("runda"), [Say("round.none", "together")]),
        (Chose("together"), [Say("walk.which", *(f"together:{each}" for each in content.checklists))]),
        (Chose("together:fem-faktorer"), [Say("walk.level", "together:fem-faktorer:lokal")]),
        (Chose("together:*:lokal"), [Say("walk.purpose", "together:fem-faktorer:lokal:start")]),
        (Chose("together:*:start"), [Say("walk.length", "together:*:short", "together:*:full")]),
        (Chose("together:*:short"), ["round.begun", "round.share", Say(LED, *(f"round:R-*:{way}" for way in WAYS))]),
    )
    checklist = content.checklists["fem-faktorer"]
    assert turn.records == (
        StartRound(code(talk), checklist.id, checklist.version, checklist.edition, checklist.source, "lokal", "start",
                   "short"),
    )  # fmt: skip
    assert typed(code(talk)) == code(talk)


def test_the_round_is_offered_where_a_checklist_is_chosen_too() -> None:
    talk = greeted()
    talk((Chose("checklist"), [Say("walk.which", "together")]), (Chose("together"), ["walk.which"]))
    assert "together" not in choices_of(talk.last)


def test_what_has_one_option_only_is_not_asked() -> None:
    talk = greeted()
    talk.play(Chose("round"), Chose("together"))
    talk((Chose("together:forbered-ansokan"), ["round.begun", "round.share", LED]))


def test_the_invitation_has_a_picture_and_a_link_for_each_door() -> None:
    talk = begun()
    _, share, _ = talk.turns[-1].replies
    assert share.image
    assert share.image.name == f"round/{code(talk)}.png"
    assert share.image.alt
    assert [link.url for link in share.links] == [
        f"https://b.example/r/{code(talk)}", f"https://t.example/bot?start=r-{code(talk)}",
    ]  # fmt: skip
    assert code(talk) in share.text
    talk((Chose("round:*:invite"), ["round.share", LED]))
    assert [link.url for link in talk.turns[-1].replies[0].links] == [link.url for link in share.links]


def test_without_doors_there_is_the_code() -> None:
    talk = begun()
    talk.world = replace(talk.world, doors={})
    share = talk.hear(Chose("round:*:invite")).replies[0]
    assert share.links == ()
    assert code(talk) in share.text


def test_a_second_tap_goes_on_with_the_round_that_the_first_began() -> None:
    talk = begun()
    first = code(talk)
    turn = talk.hear(Chose("together:*:short"))
    assert turn.records == ()
    assert keys(turn.replies) == ["round.share", LED]
    assert code(talk) == first
    assert len(talk.kept.rounds.begun) == 1


def test_another_round_may_be_begun_of_another_kind_or_once_somebody_has_come() -> None:
    talk = begun()
    talk.hear(Chose("together:*:full"))
    assert len(talk.kept.rounds.begun) == 2
    joined(talk, YES)
    talk.hear(Chose("together:*:full"))
    assert len(talk.kept.rounds.begun) == 3


def test_the_leader_may_answer_too() -> None:
    talk = begun()
    talk((Chose("round:*:join"), ["round.joined", "walk.statement"]))
    answers(talk, YES)
    assert keys(talk.turns[-1].replies)[-1] == "round.thanks"
    assert shipped_content().texts["sv"]("round.thanks_told") not in talk.last.text, "who leads it closes it"
    texts = shipped_content().texts["sv"]
    talk((Chose("round:*"), [Say(LED, "resume:run1")]))
    assert texts("round.my_result") in [choice.label for choice in talk.last.choices]
    assert texts("round.answer_on") not in [choice.label for choice in talk.last.choices]


def test_the_result_of_one_person_in_a_round_is_not_said_to_be_everybodys() -> None:
    leader = begun()
    [anna] = joined(leader, YES)
    own = anna.hear(Chose("result:*")).replies[0]
    closes(leader)
    leader.hear(Chose("round:*:joint"))
    leader.finish()
    ours = leader.turns[-1].replies[0]
    assert own.key == ours.key == "result.bicycle"
    assert own.heading != ours.heading
    assert own.image
    assert ours.image
    assert own.image.alt.split(":")[0] != ours.image.alt.split(":")[0]


def test_who_has_left_is_not_said_to_be_with_us() -> None:
    leader, texts = begun(), shipped_content().texts["sv"]
    anna, *_ = joined(leader, YES, YES, NO, NO)
    shows(leader)
    anna.play(Said(code(leader)), Chose("round:*:leave"))
    leader.hear(Said(code(leader)))
    assert texts("round.here.many", count=3) in leader.last.text
    assert texts("round.done.many", count=3) in leader.last.text


def test_one_person_is_spoken_of_as_one() -> None:
    leader, texts = begun(), shipped_content().texts["sv"]
    joined(leader, YES)
    leader.hear(Said(code(leader)))
    assert texts("round.here.one") in leader.last.text
    assert texts("round.done.one") in leader.last.text
    assert texts("round.done.one") in shows(leader).replies[0].text
    joined(leader, YES, YES)
    shows(leader)
    joined(leader, NO)
    assert shows(leader).replies[0].note == texts("round.uncounted_one", least=LEAST)
    leader.hear(Said(code(leader)))
    leader.hear(Chose("round:*:close"))
    assert texts("round.halfway.none") in leader.last.text
    assert closes(leader).replies[1].note == texts("round.left_out_one", least=LEAST)


# Entering


def test_the_code_leads_to_what_the_round_is_about_and_a_button_takes_part() -> None:
    leader = begun()
    guest_ = greeted(kept=leader.kept, who="berit")
    at = f"round:{code(leader)}"
    turn = guest_((Said(code(leader).lower().replace("-", " ")), [Say("round.invited", f"{at}:join")]))
    assert turn.records == ()
    assert turn.replies[0].heading
    turn = guest_((Chose(f"{at}:join"), ["round.joined", "walk.statement"]))
    round_ = leader.kept.rounds.begun[code(leader)]
    [record] = turn.records
    assert isinstance(record, StartRun)
    assert record.round == round_.code
    assert not record.joint
    for name in ("checklist", "version", "edition", "level", "purpose", "length"):
        assert getattr(record, name) == getattr(round_, name)


def test_a_link_leads_there_too_and_one_with_a_yes_takes_part() -> None:
    leader = begun()
    arriving = Talk(kept=leader.kept, who="berit")
    arriving((Arrived(round=code(leader)), ["welcome", "round.invited"]))
    other = Talk(kept=leader.kept, who="cia")
    other((Arrived(round=code(leader), joins=True), ["welcome", "round.joined", "walk.statement"]))


@pytest.mark.parametrize("event", [Said("R-2222-2222"), Arrived(round="R-2222-2222"), Arrived(round="x" * 60)])
def test_a_code_of_no_round_is_said_to_be_none(event: Said | Arrived) -> None:
    greeted()((event, [Say("round.gone", "checklist")]))


def test_a_name_with_the_shape_of_a_code_is_a_name() -> None:
    talk = greeted()
    talk.walk()
    talk.finish()
    talk.play(Chose("step:*"), Said("Bjud in till ett möte"))
    talk((Said("Ragna Berg"), ["step.when"]))


def test_a_code_of_letters_only_is_a_code_where_there_is_that_round() -> None:
    talk = begun()
    kept, made = talk.kept.rounds, code(talk)
    kept.begun["R-RAGN-BERG"] = replace(kept.begun.pop(made), code="R-RAGN-BERG")
    kept.leaders["R-RAGN-BERG"] = kept.leaders[made]
    talk((Said("r ragn berg"), [LED]))


def test_who_is_in_a_round_and_writes_a_word_does_not_enter_it() -> None:
    leader = begun()
    person = guest(leader, "berit")
    assert not keys(person.hear(Said("restskatt")).replies)[0].startswith("round.")


def test_who_comes_again_goes_on_with_the_same_run() -> None:
    leader = begun()
    person = answers(guest(leader, "berit"), YES, 3)
    there, runs = person.state.statement, len(leader.kept.runs)
    person((Said("paus"), ["walk.paused"]), (Said(code(leader)), [Say("round.member", "resume:*", "round:*:leave")]))
    person((Chose("resume:*"), ["walk.statement"]))
    assert person.state.statement == there
    for event in (Chose("round:*:join"), Arrived(round=code(leader), joins=True)):
        turn = person.hear(event)
        assert keys(turn.replies) == ["walk.statement"]
        assert turn.records == ()
        assert person.state.statement == there
    assert len(leader.kept.runs) == runs


def test_a_rounds_statements_end_without_reflections_and_with_thanks() -> None:
    leader = begun()
    person = answers(guest(leader, "berit"), PARTLY)
    assert person.turns[-1].records[-1] == FinishRun(person.run.id)
    assert keys(person.turns[-1].replies) == ["round.thanks"], "the own result waits behind a button"
    assert f"result:{person.run.id}" in choices_of(person.last)
    assert f"round:{code(leader)}" in choices_of(person.last)
    assert set(person.run.answers) == {each.id for each in asked(leader)}
    assert not [choice for choice in person.offered if choice.startswith("longer:")]


def test_a_round_is_as_long_as_it_began() -> None:
    leader = begun()
    person = answers(guest(leader, "berit"), PARTLY)
    turn = person.step(Chose(f"longer:{person.run.id}"))
    assert turn.records == ()
    assert person.run.length == "short"


def test_who_leaves_keeps_the_answers_and_is_out_of_it() -> None:
    leader = begun()
    person = answers(guest(leader, "berit"), YES, 2)
    run = person.run.id
    person.play(Said(code(leader)))
    turn = person((Chose("round:*:leave"), [Say("round.left", f"resume:{run}", "checklist")]))
    assert turn.records == (LeaveRound(run),)
    assert person.state.round is None
    person((Chose(f"resume:{run}"), ["walk.statement"]))
    assert len(person.run.answers) == 2
    assert person.run.round is None
    person((Chose("round"), ["round.none"]))


def test_there_is_nothing_to_leave_for_one_who_is_not_in_it() -> None:
    leader = begun()
    stranger = greeted(kept=leader.kept, who="berit")
    turn = stranger.step(Chose(f"round:{code(leader)}:leave"))
    assert (keys(turn.replies), turn.records) == (["round.invited"], ())


def test_two_taps_on_taking_part_are_one() -> None:
    leader = begun()
    person = guest(leader, "berit")
    turn = person.hear(Chose("round:*:join"))
    assert (keys(turn.replies), turn.records) == (["walk.statement"], ())


# What is whose


@pytest.mark.parametrize("what", [*LEADERS, "show", "all"])
@pytest.mark.parametrize("part", ["stranger", "member"])
def test_only_the_leader_can_close_hand_over_or_see(what: str, part: str) -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    shows(leader)
    other = greeted(kept=leader.kept, who="eve") if part == "stranger" else guest(leader, "berit")
    turn = other.step(Chose(f"round:{code(leader)}:{what}"))
    assert turn.records == ()
    assert keys(turn.replies)[:1] == ["round.invited" if part == "stranger" else "round.member"]
    offered = {choice.rpartition(":")[2] for reply in turn.replies for choice in choices_of(reply)}
    assert not offered & {*LEADERS, "show", "all"}


def test_what_cannot_be_done_in_a_round_shows_it() -> None:
    leader = begun()
    assert keys(leader.step(Chose(f"round:{code(leader)}:nothing")).replies) == [LED]
    assert keys(leader.step(Chose(f"round:{code(leader)}:show:more")).replies) == ["choice.unknown"]


def test_the_round_alone_leads_to_the_one_entered_last() -> None:
    leader = begun()
    leader((Said("tack"), ["small.thanks"]), (Said("runda"), [LED]))
    leader.kept.rounds.begun.clear()
    leader((Said("runda"), ["round.none"]))
    leader((Chose("round:*:show"), ["round.gone"]))


# Looking


def test_nothing_is_shown_of_fewer_than_three() -> None:
    leader = begun()
    joined(leader, YES, NO)
    turn = shows(leader)
    assert (keys(turn.replies), turn.records) == (["round.few"], ())
    guest(leader, "in the middle")
    assert keys(shows(leader).replies) == ["round.few"]
    assert counted(leader) == 0


def test_three_who_are_through_are_counted_when_the_leader_looks() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    turn = shows(leader)
    assert keys(turn.replies) == ["round.overview", "round.first"]
    assert turn.records == (CountRound(code(leader)),)
    again = shows(leader)
    assert again.records == ()
    assert [reply.text for reply in again.replies] == [reply.text for reply in turn.replies]


@pytest.mark.parametrize("more", [1, 2])
def test_one_or_two_more_change_nothing_that_is_shown(more: int) -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    before = shows(leader)
    joined(leader, *[NO] * more)
    after = shows(leader)
    assert after.records == ()
    assert [reply.text for reply in after.replies] == [reply.text for reply in before.replies]
    assert after.replies[0].note != before.replies[0].note
    joined(leader, *[NO] * (LEAST - more))
    assert shows(leader).records == (CountRound(code(leader)),)


def test_every_statement_can_be_read_factor_by_factor() -> None:
    leader = begun("full")
    joined(leader, YES, PARTLY, NO)
    shows(leader)
    turn = leader.hear(Chose("round:*:all"))
    assert set(keys(turn.replies)) == {"round.all"}
    assert len(turn.replies) == len(shipped_content().checklist.factors) + 1
    assert choices_of(turn.replies[-1]) == [f"round:{code(leader)}"]
    said = "\n".join(reply.text for reply in turn.replies)
    assert said.count("\n\n") == len(asked(leader)) - len(turn.replies)


def test_before_anything_is_counted_all_statements_are_few() -> None:
    leader = begun()
    joined(leader, YES)
    assert keys(leader.step(Chose(f"round:{code(leader)}:all")).replies) == ["round.few"]


def thanked(talk: Talk) -> str:
    """What was said to somebody who has just answered the last statement."""
    assert talk.last.key == "round.thanks"
    return talk.last.text


def test_a_look_that_would_leave_somebody_out_is_asked_about_first() -> None:
    leader = begun()
    leader.hear(Chose("round:*:join"))
    joined(leader, YES, YES, NO)
    leader.hear(Said(code(leader)))
    turn = leader((Chose("round:*:show"), [Say("round.look_one", "round:*:show-yes", f"round:{code(leader)}")]))
    assert turn.records == ()
    assert counted(leader) == 0
    guest(leader, "in the middle")
    leader((Chose("round:*:show"), ["round.look"]), (Chose("round:*:show-yes"), ["round.overview", "round.first"]))
    assert counted(leader) == 1
    leader.hear(Said(code(leader)))
    leader((Chose("round:*:show"), ["round.overview", "round.first"]))


def test_a_leader_who_has_not_answered_is_asked_before_the_first_look_only() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    leader.hear(Said(code(leader)))
    leader((Chose("round:*:show"), [Say("round.look_alone", "round:*:join", "round:*:show-yes")]))
    leader.hear(Chose("round:*:show-yes"))
    joined(leader, YES, YES, NO)
    leader((Said(code(leader)), [LED]), (Chose("round:*:show"), ["round.overview", "round.first"]))


def test_nobody_is_asked_where_all_who_are_in_it_are_through() -> None:
    leader = begun()
    leader.hear(Chose("round:*:join"))
    answers(leader, YES)
    joined(leader, YES, NO)
    leader.hear(Said(code(leader)))
    assert leader((Chose("round:*:show"), ["round.overview", "round.first"])).records == (CountRound(code(leader)),)


def test_the_thanks_say_when_the_answers_are_counted_and_promise_no_more() -> None:
    leader, texts = begun(), shipped_content().texts["sv"]
    few, one, enough = (texts(f"round.thanks_{end}", count=count) for end, count in (("few", 2), ("one", 1), ("in", 0)))
    for said in (few, one, enough, enough):
        [person] = joined(leader, YES)
        assert said in thanked(person)
        assert texts("round.thanks_told") in thanked(person)
    shows(leader)
    for said in (few, one, enough):
        late = guest(leader, f"late {said}")
        assert keys(late.turns[-1].replies) == ["round.joined_later", "walk.statement"]
        assert said in thanked(answers(late, YES))


def test_who_changes_a_counted_answer_is_told_that_the_round_keeps_the_first() -> None:
    leader = begun()
    anna, *_ = joined(leader, YES, YES, NO)
    choice = f"a:{anna.run.id}:{asked(leader)[0].id}:"
    anna.step(Chose(f"{choice}delvis"))
    assert (anna.turns[-1].replies[0].key, anna.turns[-1].replies[0].note) == ("walk.changed", None)
    shows(leader)
    anna.step(Chose(f"{choice}nej"))
    assert (anna.turns[-1].replies[0].key, anna.turns[-1].replies[0].note) == (
        "walk.changed", shipped_content().texts["sv"]("round.stays"),
    )  # fmt: skip


# What to talk about first


def wording(statement: Statement) -> str:
    """A statement as the round words it."""
    return statement.wording["start"]["sv"]


def order(reply: Reply, statements: Sequence[Statement]) -> list[str]:
    """The statements of a reply, as they come."""
    found = {reply.text.find(wording(each)): each.id for each in statements}
    return [found[place] for place in sorted(found) if place >= 0]


def each_gives(leader: Talk, *by_person: Mapping[int, str]) -> tuple[Turn, tuple[Statement, ...]]:
    """A round in which each gives yes, but to the statements (by number) that say otherwise; what its leader sees."""
    statements = asked(leader)
    joined(leader, *({statements[number].id: answer for number, answer in given.items()} for given in by_person))
    return shows(leader), statements


def test_opposed_comes_before_split_and_what_is_agreed_on_is_left_out() -> None:
    leader = begun()
    turn, statements = each_gives(
        leader,
        {0: PARTLY, 1: NO, 2: NO, 3: PARTLY},
        {0: PARTLY, 1: NO, 2: YES, 3: PARTLY},
        {0: YES, 1: PARTLY, 2: PARTLY, 3: YES},
        {0: YES, 1: PARTLY, 2: YES, 3: PARTLY},
    )
    split_strong, split_weak, opposed = (statements[number].id for number in (0, 1, 2))
    split_between = statements[3].id
    assert order(turn.replies[1], statements) == [opposed, split_weak, split_between, split_strong]


def test_the_weak_comes_before_the_strong_among_the_opposed() -> None:
    leader = begun()
    turn, statements = each_gives(leader, {0: NO, 1: NO}, {1: NO}, {0: YES}, {1: NO})
    assert order(turn.replies[1], statements) == [statements[1].id, statements[0].id]


def test_what_many_do_not_know_is_worth_talking_about_last() -> None:
    leader = begun()
    unknown = {0: UNKNOWN}
    turn, statements = each_gives(leader, unknown, unknown, {**unknown, 4: NO}, {4: NO}, {4: NO}, {4: PARTLY})
    assert order(turn.replies[1], statements) == [statements[4].id, statements[0].id]


def test_at_most_so_many_come_first() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    turn = shows(leader)
    assert len(order(turn.replies[1], asked(leader))) == SHOWN_FIRST
    assert f"round:{code(leader)}:all" in choices_of(turn.replies[1])


def test_where_all_agree_there_is_nothing_to_talk_about_first() -> None:
    leader = begun()
    joined(leader, PARTLY, PARTLY, PARTLY)
    turn = shows(leader)
    assert order(turn.replies[1], asked(leader)) == []
    assert turn.replies[1].heading is None
    Say("round.first", "round:*:all", "round:*:joint", kind="result").check(turn.replies[1])


def test_the_overview_says_of_each_factor_whether_people_agree() -> None:
    leader = begun()
    statements = asked(leader)
    vision = next(each for each in statements if each.factor == "riktning")
    against = {vision.id: NO}
    joined(leader, against, against, YES)
    overview = shows(leader).replies[0]
    texts, checklist = shipped_content().texts["sv"], shipped_content().checklist
    lines, yes = overview.text.split("\n"), checklist.answer_by_id[YES].label["sv"]
    assert len(lines) == len(checklist.factors)
    expected = {
        factor.id: texts("round.factor", factor=factor.label["sv"], unknown="",
                         verdict=texts("round.factor.opposed" if factor.id == "riktning" else "round.factor.agreed",
                                       count=1, middle=yes))
        for factor in checklist.factors
    }  # fmt: skip
    assert lines == list(expected.values())


# Closing


def test_closing_is_asked_about_first_and_can_be_left() -> None:
    leader = begun()
    turn = leader((Chose("round:*:close"), [Say("round.close_sure", "round:*:close-yes", "round:R-*")]))
    assert turn.records == ()
    leader((Chose(f"round:{code(leader)}"), [LED]))


def test_closing_counts_those_in_the_middle_too_and_tells_how_it_went() -> None:
    leader = begun()
    joined(leader, YES, NO)
    answers(guest(leader, "in the middle"), YES, 1)
    turn = closes(leader)
    assert turn.records == (CloseRound(code(leader)),)
    assert keys(turn.replies) == ["round.over", "round.overview", "round.first"]
    first = asked(leader)[0]
    assert order(turn.replies[2], asked(leader)) == [first.id]


def test_a_round_of_few_that_is_closed_shows_nothing() -> None:
    leader = begun()
    joined(leader, YES, NO)
    assert keys(closes(leader).replies) == ["round.over", "round.few_over"]
    Say("round.few_over", "together", "round:*:joint").check(leader.last)


def test_who_took_part_in_a_round_of_few_has_their_own_result_and_can_start_another() -> None:
    leader = begun()
    anna, _ = joined(leader, YES, NO)
    closes(leader)
    run = anna.run.id
    anna.hear(Said(code(leader)))
    anna((Chose("round:*:show"), [Say("round.few_over", f"result:{run}", "together")]))
    anna((Chose("result:*"), ["result.bicycle", "result"]))


def test_a_second_tap_on_closing_changes_nothing() -> None:
    leader = begun()
    closes(leader)
    for choice in ("close", "close-yes"):
        turn = leader.step(Chose(f"round:{code(leader)}:{choice}"))
        assert (keys(turn.replies), turn.records) == (["round.lead_closed"], ())


def test_who_took_part_sees_a_closed_round_but_leads_nothing_in_it() -> None:
    leader = begun()
    people = joined(leader, YES, YES, NO)
    closes(leader)
    turn = people[0]((Said(code(leader)), [Say("round.closed", "round:*:show")]))
    turn = people[0].hear(Chose("round:*:show"))
    assert keys(turn.replies) == ["round.overview", "round.first"]
    assert turn.records == ()
    assert not [choice for choice in choices_of(turn.replies[1]) if choice.endswith(":joint")]
    turn = people[0].hear(Chose("round:*:all"))
    assert set(keys(turn.replies)) == {"round.all"}


def test_who_comes_when_it_is_over_is_told_so() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    closes(leader)
    late = greeted(kept=leader.kept, who="late")
    late((Said(code(leader)), [Say("round.closed_to_others", "checklist")]))
    assert not [choice for choice in late.offered if choice.startswith("round:")]
    assert keys(late.step(Chose(f"round:{code(leader)}:show")).replies) == ["round.closed_to_others"]
    turn = late.step(Chose(f"round:{code(leader)}:join"))
    assert (keys(turn.replies), turn.records) == (["round.closed_to_others"], ())
    turn = late.step(Arrived(round=code(leader), joins=True))
    assert (keys(turn.replies), turn.records) == (["round.closed_to_others"], ())


def test_who_gets_through_after_it_was_closed_is_told_so() -> None:
    leader = begun()
    slow = answers(guest(leader, "slow"), YES, 2)
    closes(leader)
    slow.hear(Said(code(leader)))
    slow((Chose("resume:*"), ["round.alone_now", "walk.statement"]))
    answers(slow, YES)
    assert keys(slow.turns[-1].replies)[-1] == "round.late"


def test_a_round_that_has_lost_its_leader_is_led_by_whoever_in_it_wants_to() -> None:
    leader = begun()
    member = guest(leader, "member")
    number = code(leader)
    leader.kept.rounds.leaders.pop(number)
    member((Said(number), [Say("round.member", "round:*:lead")]))
    turn = member.hear(Chose("round:*:lead"))
    assert (keys(turn.replies), turn.records) == (["round.taken", "round.lead"], (TakeRound(number),))
    another = guest(leader, "another")
    assert keys(another.step(Chose(f"round:{number}:lead")).replies) == ["round.member"]


def test_nobody_leaves_a_closed_round() -> None:
    leader = begun()
    [person] = joined(leader, YES)
    closes(leader)
    turn = person.step(Chose(f"round:{code(leader)}:leave"))
    assert (keys(turn.replies), turn.records) == (["round.closed"], ())


# Together


def test_the_group_answers_together_with_how_each_answered_beside() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    closes(leader)
    turn = leader((Chose("round:*:joint"), ["round.joint_begun", "walk.statement"]))
    [record] = turn.records
    assert isinstance(record, StartRun)
    assert record.joint
    assert record.round == code(leader)
    alone = leader.last.note
    assert alone
    assert shipped_content().texts["sv"]("round.verdict.opposed") in alone
    turn = leader.hear(Chose("a:*:delvis"))
    assert isinstance(turn.records[0], AnswerStatement)
    assert leader.last.note
    answers(leader, PARTLY)
    assert leader.last.key == "walk.reflection"
    leader.pass_by()
    assert keys(leader.turns[-1].replies)[:2] == ["result.bicycle", "result"]
    assert "round.thanks" not in keys(leader.turns[-1].replies)
    assert leader.run.joint
    leader((Said(code(leader)), [Say("round.lead_closed", f"resume:{leader.run.id}")]))


def test_a_second_tap_on_answering_together_goes_on() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    closes(leader)
    leader.hear(Chose("round:*:joint"))
    leader.hear(Chose("a:*:ja"))
    there, runs = leader.state.statement, len(leader.kept.runs)
    turn = leader.hear(Chose("round:*:joint"))
    assert (keys(turn.replies), turn.records) == (["walk.statement"], ())
    assert (leader.state.statement, len(leader.kept.runs)) == (there, runs)


def test_who_answers_alone_is_never_told_how_others_answered() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    shows(leader)
    person = guest(leader, "late")
    assert person.last.note is None
    leader.play(Said(code(leader)), Chose("round:*:join"))
    assert leader.last.note is None


def test_a_group_may_answer_together_what_too_few_answered_alone() -> None:
    leader = begun()
    joined(leader, YES)
    closes(leader)
    leader((Chose("round:*"), ["round.lead_closed"]), (Chose("round:*:joint"), ["round.joint_begun", "walk.statement"]))
    assert leader.last.note
    assert shipped_content().texts["sv"]("round.verdict.few") in leader.last.note


# Handing over


def test_a_key_makes_somebody_else_lead() -> None:
    leader = begun()
    turn = leader((Chose("round:*:hand"), [Say("round.hand_over", "round:R-*")]))
    token = key_of(leader.world.token)
    assert turn.records == (OfferRound(code(leader), token),)
    [link] = turn.replies[0].links
    assert link.url == f"L-{token}"
    assert token not in turn.replies[0].text
    berit = greeted(kept=leader.kept, who="berit")
    turn = berit((Said(link.url), ["round.taken", Say(LED, *(f"round:R-*:{way}" for way in WAYS))]))
    assert turn.records == (TakeRound(code(leader)),)
    assert berit.state.round == code(leader)
    leader((Said(code(leader)), ["round.invited"]))
    turn = berit(
        (Chose("round:*:close"), ["round.close_sure"]), (Chose("round:*:close-yes"), ["round.over", "round.few_over"])
    )
    assert turn.records == (CloseRound(code(leader)),)


def test_a_key_works_once_and_another_never() -> None:
    leader = begun()
    [link] = leader.hear(Chose("round:*:hand")).replies[0].links
    stranger = greeted(kept=leader.kept, who="eve")
    stranger((Said("L-abc_DEF-123_ghi-JKL_45"), [Say("round.key_lost", "checklist")]))
    greeted(kept=leader.kept, who="berit").play(Said(link.url))
    turn = stranger((Said(link.url), ["round.key_lost"]))
    assert turn.records == ()


# Where others read along


def in_a_group(leader: Talk) -> Talk:
    talk = greeted(kept=leader.kept, who="in a group")
    talk.world = replace(talk.world, shared=True)
    return talk


def test_in_a_group_no_round_is_begun() -> None:
    talk = greeted()
    talk.world = replace(talk.world, shared=True)
    talk((Chose("round"), ["round.none"]), (Chose("together"), ["round.alone"]))
    turn = talk.step(Chose("together:fem-faktorer:lokal:start:short"))
    assert (keys(turn.replies), turn.records) == (["round.alone"], ())


def test_in_a_group_a_code_leads_to_where_one_answers_alone() -> None:
    leader = begun()
    for event in (Said(code(leader)), Arrived(round=code(leader)), Arrived(round=code(leader), joins=True)):
        turn = in_a_group(leader).step(event)
        assert (keys(turn.replies), turn.records) == (["round.alone", "round.share"], ())
        assert len(turn.replies[1].links) == 2
    turn = in_a_group(leader).step(Chose(f"round:{code(leader)}:join"))
    assert (keys(turn.replies), turn.records) == (["round.alone", "round.share"], ())


def test_in_a_group_nobody_takes_a_round_over() -> None:
    leader = begun()
    [link] = leader.hear(Chose("round:*:hand")).replies[0].links
    turn = in_a_group(leader).step(Said(link.url))
    assert (keys(turn.replies), turn.records) == (["round.alone"], ())


def test_what_a_closed_round_came_to_is_for_those_who_took_part() -> None:
    leader = begun()
    joined(leader, YES, YES, NO)
    closes(leader)
    turn = in_a_group(leader).step(Said(code(leader)))
    assert keys(turn.replies) == ["round.closed_to_others"]


# On its own, and over time


def test_a_round_is_walked_as_it_began_when_the_content_has_changed() -> None:
    leader = begun()
    shipped = shipped_content().checklist
    other = replace(shipped, edition="another", version=shipped.version + 1, statements=shipped.statements[2:])
    late = greeted(kept=leader.kept, who="late", content=replace(shipped_content(), checklists={shipped.id: other}))
    late.play(Said(code(leader)), Chose("round:*:join"))
    assert late.run.edition == shipped.edition
    answers(late, YES)
    assert set(late.run.answers) == {each.id for each in asked(leader)}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_everything_in_a_round_is_said_in_either_language(language: str) -> None:
    leader = begun()
    leader.hear(Chose(f"lang:{language}"))
    joined(leader, YES, YES, NO)
    leader.hear(Said(code(leader)))
    for what in ("invite", "show", "all", "hand", "close", "close-yes", "show", "joint", "join", "leave"):
        turn = leader.step(Chose(f"round:{code(leader)}:{what}"))
        assert all(reply.text for reply in turn.replies)
        assert all(choice.label for reply in turn.replies for choice in reply.choices)


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_any_part_of_a_round_ends_with_a_way_on(leads: bool, closed: bool) -> None:
    checklist = shipped_content().checklist
    found = Round("R-ABCD-EFGH", checklist.id, checklist.version, checklist.edition, "lokal", "start", "short", leads,
                  closed, 4, 1)  # fmt: skip
    context = Context(shipped_content(), State(), replace(world(), fresh="0"), Found(round=found, definition=checklist))
    for what in ("", "show", "all", "leave", *LEADERS):
        turn = enter(context, found.code, what)
        assert turn.replies[-1].choices, what
    assert seen(context, found).choices
