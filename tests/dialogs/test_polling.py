"""Polls in conversation: who votes what, what is shown when, and that each person counts once."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import load, polling
from dialogs.definitions import Poll
from dialogs.events import Arrived, Chose, Event, Said
from dialogs.polling import cloud_words, counted
from dialogs.records import NativeVotes, PollRun, Vote
from dialogs.replies import Reply, bare
from knowledge.complaints import ContentError
from tests.content import dialog_files, shipped_knowledge
from tests.polls import EVERY_KIND, NATIVE, OPENING, WEBINAR, every_kind, native, with_polls
from tests.talk import Kept, Say, Talk, choices_of, greeted, keys, shipped_content, world


def opening() -> Poll:
    return shipped_content().polls[OPENING]


def viewer(poll: Poll, who: str = "anna", kept: Kept | None = None, **known: Any) -> Talk:
    """Somebody in the webinar, with a poll open; others who share `kept` see the same votes."""
    talk = greeted("open", who=who, content=with_polls(shipped_content(), poll), kept=kept or Kept(), **known)
    if not talk.kept.polls.runs:
        talk.kept.polls.open(poll)
    return talk


def said(reply: Reply) -> str:
    return bare(reply.text)


def test_the_opening_poll_is_as_episode_47_had_it() -> None:
    place, part = opening().questions
    assert [each.label["sv"] for each in place.options] == [
        "Stockholm", "Göteborg", "Malmö", "Annan stad", "Tätort", "Landsbygd",
    ]  # fmt: skip
    assert [each.label["sv"] for each in part.options] == ["Norrland", "Svealand", "Götaland"]
    assert (place.kind, part.kind, opening().webinar) == ("single", "single", WEBINAR)


def test_two_ticks_are_given_one_after_the_other() -> None:
    talk = viewer(opening())
    talk(
        (Chose("poll"), [Say("poll.question", "vote:1:plats:landsbygd", kind="poll")]),
        (Chose("vote:1:plats:landsbygd"), [Say("poll.voted", "poll:1:plats"),
                                           Say("poll.question", "vote:1:landsdel:*")]),
        (Chose("vote:1:landsdel:norrland"), [Say("poll.voted", "poll:1:landsdel")]),
        (Chose("poll"), ["poll.question", "poll.question"]),
    )  # fmt: skip
    assert "Norrland: 1 (100 %)" in said(talk.turns[-2].replies[0])


def test_a_vote_can_be_changed_while_the_poll_is_open() -> None:
    talk = viewer(opening())
    talk.play(Chose("poll"), Chose("vote:1:plats:tatort"))
    talk((Chose("poll:1:plats"), [Say("poll.question", "vote:1:plats:landsbygd")]))
    turn = talk.hear(Chose("vote:1:plats:landsbygd"))
    assert "Tätort: 0 (0 %)" in said(turn.replies[0])
    assert talk.kept.polls.counts(1)["plats"] == {"": 1, "landsbygd": 1}


def test_after_the_close_a_vote_is_refused_and_the_result_is_told() -> None:
    talk = viewer(opening())
    talk.play(Chose("poll"), Chose("vote:1:plats:tatort"))
    talk.kept.polls.close(1)
    turn = talk.step(Chose("vote:1:plats:landsbygd"))
    assert keys(turn.replies) == ["poll.closed", "poll.question", "poll.question"]
    assert "Tätort: 1 (100 %)" in said(turn.replies[1])
    assert not turn.records
    talk((Chose("poll"), ["poll.latest", "poll.question", "poll.question"]))
    assert "Tätort: 1 (100 %)" in said(talk.turns[-1].replies[1])


def test_before_any_poll_there_is_none_and_after_several_the_last_closed_is_told() -> None:
    talk = greeted("open", content=with_polls(shipped_content(), every_kind()), kept=Kept())
    talk((Chose("poll"), ["poll.none"]))
    for poll in (opening(), every_kind()):
        talk.kept.polls.open(poll)
    talk.kept.polls.close(2)
    talk.kept.polls.close(1)
    talk((Chose("poll"), ["poll.latest", "poll.question", "poll.question"]))


@pytest.mark.parametrize("text", ["???!!", "👍", "1234"])
def test_signs_alone_are_no_word_of_a_cloud(text: str) -> None:
    talk = viewer(every_kind())
    talk.step(Chose("poll:1:ord"))
    talk((Said(text), ["poll.no_word"]), (Said("bredband"), ["poll.voted", "poll.question"]))


def test_what_is_hidden_is_shown_to_those_who_have_voted_and_to_all_when_it_closes() -> None:
    anna = viewer(every_kind())
    bo = viewer(every_kind(), "bo", anna.kept)
    anna.play(Chose("poll"), Chose("vote:1:ett:ja"))
    assert "Ja: 1 (100 %)" in said(anna.turns[-1].replies[0])
    assert "(100 %)" not in said(bo.hear(Chose("poll")).replies[0])
    anna.kept.polls.close(1)
    assert "Ja: 1 (100 %)" in said(bo.step(Chose("poll:1")).replies[1])


def test_an_open_result_is_shown_before_one_has_voted() -> None:
    anna = viewer(opening())
    anna.play(Chose("poll"), Chose("vote:1:plats:tatort"))
    assert "Tätort: 1 (100 %)" in said(viewer(opening(), "bo", anna.kept).hear(Chose("poll")).replies[0])


def test_several_are_ticked_and_unticked_and_done() -> None:
    talk = viewer(every_kind())
    talk.play(Chose("poll"), Chose("vote:1:ett:ja"))
    talk((Chose("vote:1:flera:butik"), [Say("poll.question", "vote:1:flera:butik:off", "vote:1:flera:mack", "poll:1")]))
    talk.step(Chose("vote:1:flera:butik"))  # a second tap on the old button
    talk.play(Chose("vote:1:flera:mack"), Chose("vote:1:flera:butik:off"))
    assert talk.kept.polls.counts(1)["flera"] == {"": 1, "mack": 1}
    talk((Chose("poll:1"), [Say("poll.question", "vote:1:skala:2")]))


def test_with_nothing_ticked_there_is_nothing_to_be_done_with() -> None:
    talk = viewer(every_kind())
    turn = talk.play(
        Chose("poll"), Chose("vote:1:ett:ja"), Chose("vote:1:flera:butik"), Chose("vote:1:flera:butik:off")
    )
    assert "poll:1" not in choices_of(turn.replies[0])
    assert talk.kept.polls.counts(1).get("flera", {}).get("", 0) == 0


def test_a_scale_tells_its_mean() -> None:
    anna = viewer(every_kind())
    for who, step in (("anna", "1"), ("bo", "2"), ("cia", "2")):
        talk = anna if who == "anna" else viewer(every_kind(), who, anna.kept)
        talk.step(Chose(f"vote:1:skala:{step}"))
    assert "Medelvärde: 1,7" in said(talk.turns[-1].replies[0])


def test_words_are_shown_when_several_have_written_them() -> None:
    anna = viewer(every_kind())
    anna.step(Chose("poll:1:ord"))
    assert (anna.state.dialog, anna.last.input) == ("ballot", "ballot")
    told = anna.hear(Said("Fiber, bättre bussar, anna@example.org, www.example.org, Storgatan 5"))
    assert anna.kept.polls.ballots[1, "ord", "anna"].picked == ("fiber", "bättre bussar")
    assert "fiber:" not in said(told.replies[0])
    bo = viewer(every_kind(), "bo", anna.kept)
    bo.step(Chose("poll:1:ord"))
    assert "fiber: 2 (100 %)" in said(bo.hear(Said("FIBER!")).replies[0])
    assert anna.state.dialog == "ask"


def test_what_is_no_word_is_asked_for_again() -> None:
    talk = viewer(every_kind())
    talk.step(Chose("poll:1:ord"))
    talk((Said("070-123 45 67"), ["clean.removed", "poll.no_word"]))
    assert talk.state.dialog == "ballot"
    talk((Said("mack"), ["poll.voted", "poll.question"]))


def test_a_text_is_kept_and_shown_to_nobody_else() -> None:
    talk = viewer(every_kind())
    talk.step(Chose("poll:1:fritt"))
    talk((Said("Vi delar lokal med biblioteket" + "x" * 900), ["poll.voted", "poll.question"]))
    kept = talk.kept.polls.ballots[1, "fritt", "anna"]
    assert (kept.picked, len(kept.text)) == ((), polling.MOST_TEXT_CHARACTERS)
    assert "biblioteket" not in said(viewer(every_kind(), "bo", talk.kept).step(Chose("poll:1:fritt")).replies[0])
    shown = replace(talk.kept.polls.runs[1], released={"fritt": ("Vi delar lokal",)}, counts={"fritt": {"": 1}})
    assert "Vi delar lokal" in bare(polling.lines(shipped_content().texts["sv"], shown, every_kind().questions[4])[0])


@pytest.mark.parametrize("choice", [
    "vote:9:ett:ja", "vote:1:fel:ja", "vote:1:ett:fel", "poll:9", "poll:x", "vote:ö:ett:ja", "poll:" + "9" * 40,
])  # fmt: skip
def test_what_is_no_poll_is_said_politely(choice: str) -> None:
    talk = viewer(every_kind())
    assert keys(talk.step(Chose(choice)).replies) in (["poll.gone"], ["poll.none"])


def test_who_comes_late_is_asked_at_once_and_not_again() -> None:
    talk = Talk(world("open"), content=with_polls(shipped_content(), opening()))
    talk.kept.polls.open(opening())
    talk((Said("hej"), ["welcome", "small.greeting", Say("poll.question", "vote:1:plats:landsbygd")]))
    talk((Said("hej"), ["small.greeting"]))
    talk.hear(Chose("vote:1:plats:landsbygd"))
    talk.hear(Chose("vote:1:landsdel:norrland"))
    assert "poll.question" not in keys(talk.step(Arrived()).replies)


def test_a_newcomer_in_a_group_is_not_asked_there_once_more() -> None:
    talk = Talk(replace(world("open"), shared=True))
    talk.kept.polls.open(opening())
    assert keys(talk.hear(Said("hej")).replies) == ["welcome", "small.greeting"]


def test_who_opens_the_page_is_offered_the_poll() -> None:
    talk = Talk(world("open"))
    talk.kept.polls.open(opening())
    assert keys(talk.hear(Chose("poll")).replies) == ["welcome", "poll.question"]


def test_a_vote_leaves_the_checklist_where_it_was() -> None:
    talk = viewer(opening())
    talk.walk()
    talk.step(Chose("vote:1:plats:tatort"))
    assert talk.state.dialog == "checklist"
    assert any(choice.startswith("resume:") for choice in choices_of(talk.last))


def test_in_a_group_a_vote_is_confirmed_and_nothing_more() -> None:
    talk = viewer(every_kind())
    talk.world = replace(talk.world, shared=True)
    for option, picked in (("butik", ("butik",)), ("mack", ("butik", "mack")), ("butik", ("mack",)), ("mack", ())):
        talk.step(Chose(f"vote:1:flera:{option}"))
        assert keys(talk.turns[-1].replies) == ["poll.voted"]
        [record] = talk.turns[-1].records
        assert isinstance(record, Vote)
        assert record.picked == picked
    assert keys(talk.step(Chose("poll:1:ord")).replies) == ["poll.alone"]


@pytest.mark.parametrize(("text", "words"), [
    ("Fiber", ("fiber",)), ("fiber, Fiber ,FIBER", ("fiber",)), ("a,b,c,d", ("a", "b", "c")), ("", ()), ("12", ()),
    ("http://x.se", ()), ("x@y.se", ()), ("Storgatan 5", ()), ("bättre   bussar.", ("bättre bussar",)),
    ("ett två tre fyra", ()), ("å" * 31, ()), ("det's", ("det's",)),
])  # fmt: skip
def test_words_of_a_cloud_are_folded_and_bounded(text: str, words: tuple[str, ...]) -> None:
    assert cloud_words(text) == words


VOTES = st.tuples(
    st.sampled_from(("anna", "bo", "cia")),
    st.sampled_from([f"vote:1:{question.id}:{option.id}{off}" for question in every_kind().questions
                     for option in question.options for off in ("", ":off")] + ["close", "open"]),
)  # fmt: skip


@given(st.lists(VOTES, max_size=25))
@settings(max_examples=80, deadline=None)
def test_whatever_is_pressed_each_person_counts_once_and_what_is_shown_is_what_is_kept(
    steps: list[tuple[str, str]],
) -> None:
    anna = viewer(every_kind())
    people = {who: viewer(every_kind(), who, anna.kept) for who in ("bo", "cia")} | {"anna": anna}
    votes = anna.kept.polls
    for who, choice in steps:
        if choice in ("close", "open"):
            votes.runs[1] = replace(votes.runs[1], state="closed" if choice == "close" else "open")
            continue
        before, open_ = dict(votes.ballots), votes.runs[1].state == "open"
        turn = people[who].step(Chose(choice))
        assert open_ or votes.ballots == before
        _shows_what_is_kept(turn.records, before, votes.found(1, who))
        for question in every_kind().questions:
            assert votes.counts(1).get(question.id, {}).get("", 0) <= len(people)


def _shows_what_is_kept(records: tuple[Any, ...], before: dict[Any, Vote], after: PollRun | None) -> None:
    """What the confirmation was made from, before anything was kept, is what is there afterwards."""
    for record in records:
        assert isinstance(record, Vote)
        assert after
        again = counted(after, record)
        assert dict(again.mine) == dict(after.mine)
        assert {option: n for option, n in again.counts[record.question].items() if n} == dict(
            after.counts.get(record.question, {})
        )


EVENTS: list[Event] = [Chose("poll"), Chose("poll:1"), Chose("poll:1:ord"), Said("fiber"), Said("hej")]


@given(st.lists(st.sampled_from(EVENTS), max_size=8))
@settings(max_examples=40, deadline=None)
def test_nothing_said_in_a_poll_is_a_dead_end(events: list[Event]) -> None:
    talk = viewer(every_kind())
    for event in events:
        turn = talk.step(event)
        assert turn.replies
        assert turn.replies[-1].choices or turn.replies[-1].input


# Telegram's own polls


def test_votes_in_telegrams_own_polls_stand_under_ours_and_are_never_added_to_them() -> None:
    talk = viewer(native())
    votes = {"ett": NativeVotes(3, (2, 1))}
    talk.kept.polls.runs[1] = replace(talk.kept.polls.runs[1], native=votes)
    before = said(talk.hear(Chose("poll")).replies[0])
    assert "Ja: 2 (67 %)" in before
    told = said(talk.hear(Chose("vote:1:ett:ja")).replies[0])
    ours, _, theirs = told.partition(bare(talk.content.texts["sv"]("poll.native")))
    assert "Ja: 1 (100 %)" in ours
    assert "Ja: 2 (67 %)" in theirs
    assert bare(talk.content.texts["sv"]("poll.native_apart")) in theirs
    assert "Nej: 1 (33 %)" in said(viewer(native(), "bo", talk.kept).hear(Chose("poll")).replies[0])


def test_where_nobody_has_voted_in_telegrams_own_polls_nothing_is_said_of_them() -> None:
    talk = viewer(native())
    talk.kept.polls.runs[1] = replace(talk.kept.polls.runs[1], native={"ett": NativeVotes(0, ())})
    talk.hear(Chose("poll"))
    assert talk.content.texts["sv"]("poll.native") not in talk.hear(Chose("vote:1:ett:ja")).replies[0].text


def test_votes_that_are_hidden_are_hidden_in_telegrams_own_polls_too() -> None:
    hidden = load.poll_edition(NATIVE.replace("results: open", "results: hidden"))
    talk = viewer(hidden)
    talk.kept.polls.runs[1] = replace(talk.kept.polls.runs[1], native={"ett": NativeVotes(3, (2, 1))})
    assert "(67 %)" not in said(talk.hear(Chose("poll")).replies[0])
    assert "(67 %)" in said(talk.hear(Chose("vote:1:ett:nej")).replies[0])


@pytest.mark.parametrize(("old", "new", "line", "words"), [
    ("kind: single", "kind: scale", 9, ("scale", "`telegram: buttons`", "single eller several")),
    ('sv: "Har ni en butik?"', f'sv: "{"a" * 301}"', 10, ("301", "högst 300")),
    ('en: "Post"', f'en: "{"🚲" * 51}"', 19, ("post", "102", "högst 100")),
])  # fmt: skip
def test_what_telegrams_own_poll_can_not_ask_is_told_with_its_line(
    old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    text = NATIVE.replace(old, new, 1).lstrip("\n")
    with pytest.raises(ContentError) as told:
        load.load([*dialog_files(), ("polls/i-gruppen.yaml", text)], shipped_knowledge())
    found = [str(each) for each in told.value.complaints]
    assert any(f"i-gruppen.yaml:{line - 1}:" in each and all(word in each for word in words) for each in found), found


def complaints(*changed: tuple[str, str]) -> list[str]:
    """What the loader says about the poll of every kind with something in it replaced."""
    text = EVERY_KIND
    for old, new in changed:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ContentError) as told:
        load.load([*dialog_files(), ("polls/alla-slag.yaml", text)], shipped_knowledge())
    return [str(each) for each in told.value.complaints]


@pytest.mark.parametrize(("old", "new", "word"), [
    ("kind: single", "kind: singel", "singel"),
    ("results: hidden", "results: dold", "dold"),
    ("telegram: buttons", "telegram: native", "native"),
    ("webinar: null", "webinar: landet-lar-46", "landet-lar-46"),
    ("id: nej,", "id: ja,", "två gånger"),
    ("id: flera", "id: ett", "två gånger"),
    ("      - {id: nej, sv: \"Nej\", en: \"No\"}\n", "", "1 alternativ"),
    ("{id: 2,", "{id: 9,", "stigande ordning"),
    ("    kind: cloud\n", "    kind: cloud\n    options: [{id: a, sv: A}]\n", "inga alternativ"),
    ("id: butik,", f"id: {'b' * 50},", "för långa"),
    ("title:", "titel:", "titel"),
    ("id: alla-slag", f"id: {OPENING}", "finns redan"),
])  # fmt: skip
def test_what_is_wrong_in_a_poll_is_told_in_swedish(old: str, new: str, word: str) -> None:
    assert any(word in line for line in complaints((old, new)))


def test_a_poll_without_questions_is_told() -> None:
    head, _, _ = EVERY_KIND.partition("questions:")
    with pytest.raises(ContentError, match="har ingen fråga"):
        load.poll_edition(head + "questions: []\n")
