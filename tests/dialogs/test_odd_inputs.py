"""Whatever arrives, wherever the conversation stands: never an error, never a dead end, nothing lost by a mistake."""

from collections.abc import Callable

import pytest

from dialogs import engine
from dialogs.clean import clean
from dialogs.context import Turn
from dialogs.events import Arrived, Chose, Event, Said
from dialogs.records import Forget
from dialogs.replies import KINDS, MARKS, NUMBER
from knowledge.query import Candidate, Match
from tests.talk import Talk, greeted, shipped_content

MADE_OF_SEVERAL = {
    "answer",
    "tool",
    "webinar",
    "mine",
    "calls",
    "result",
    "result.bicycle",
    "walk.statement",
    "walk.reflection",
    "poll.question",
    "feedback.question",
}
"""Keys of replies that no single phrase makes."""

HALF = Match("suggest", offered=("sluttid",), candidates=(Candidate("sluttid", 0.5),), text="halvt")


def asked() -> Talk:
    return _after(Said("Vad räknas som landsbygd?"))


def suggested() -> Talk:
    return _after(Said("halvt"))


def offered() -> Talk:
    return _after(Said("Vad kostar en elcykel?"))


def sent() -> Talk:
    return _after(Said("Vad kostar en elcykel?"), Chose("send:1"))


def choosing_a_checklist() -> Talk:
    return _after(Chose("checklist"))


def choosing_level() -> Talk:
    return _after(Chose("checklist"), Chose("new:fem-faktorer"))


def choosing_purpose() -> Talk:
    return _after(Chose("checklist"), Chose("new:fem-faktorer"), Chose("new:*:lokal"))


def choosing_length() -> Talk:
    return _after(Chose("checklist"), Chose("new:fem-faktorer"), Chose("new:*:lokal"), Chose("new:*:lokal:start"))


def statement_open() -> Talk:
    talk = greeted()
    talk.walk()
    return talk


def in_the_middle() -> Talk:
    talk = statement_open()
    talk.play(Chose("a:*:ja"), Chose("a:*:delvis"))
    return talk


def note_wanted() -> Talk:
    talk = in_the_middle()
    talk.hear(Chose("note:*"))
    return talk


def unclear() -> Talk:
    talk = in_the_middle()
    talk.hear(Said("qwerty asdf"))
    return talk


def reflection_open() -> Talk:
    talk = statement_open()
    talk.answer_all("delvis")
    return talk


def result_shown() -> Talk:
    talk = reflection_open()
    talk.hear(Chose("reflect:*"))
    return talk


def reflection_to_change() -> Talk:
    talk = reflection_open()
    talk.play(Said("Byalaget"), Chose("reconsider:*"))
    return talk


def step_wanted() -> Talk:
    talk = result_shown()
    talk.hear(Chose("step:*"))
    return talk


def who_wanted() -> Talk:
    talk = step_wanted()
    talk.hear(Said("Bjud in till ett möte"))
    return talk


def day_wanted() -> Talk:
    talk = who_wanted()
    talk.hear(Chose("who:*"))
    return talk


def step_taken() -> Talk:
    talk = day_wanted()
    talk.hear(Chose("due:*:14"))
    return talk


def document_offered() -> Talk:
    talk = result_shown()
    talk.hear(Chose("document:*"))
    return talk


def made_longer() -> Talk:
    talk = result_shown()
    talk.hear(Chose("longer:*"))
    return talk


def preparing_to_apply() -> Talk:
    talk = greeted()
    talk.walk(checklist="forbered-ansokan")
    return talk


def answer_to_change() -> Talk:
    talk = result_shown()
    talk.play(Chose("change:*"), Chose("show:*"))
    return talk


def forget_asked() -> Talk:
    return _after(Said("glöm mig"))


def paused() -> Talk:
    talk = in_the_middle()
    talk.hear(Chose("pause"))
    return talk


def in_english() -> Talk:
    talk = in_the_middle()
    talk.hear(Chose("lang:en"))
    return talk


def in_the_webinar() -> Talk:
    return greeted("open")


def not_yet_arrived() -> Talk:
    return Talk()


def _after(*events: Event) -> Talk:
    talk = greeted(heard_as={"halvt": HALF})
    talk.play(*events)
    return talk


STATES: tuple[Callable[[], Talk], ...] = (
    asked, suggested, offered, sent, choosing_a_checklist, choosing_level, choosing_purpose, choosing_length,
    statement_open, in_the_middle, note_wanted, unclear, reflection_open, reflection_to_change, result_shown,
    answer_to_change, step_wanted, who_wanted, day_wanted, step_taken, document_offered, made_longer,
    preparing_to_apply, forget_asked, paused, in_english, in_the_webinar, not_yet_arrived,
)  # fmt: skip

ODD: dict[str, tuple[Event, ...]] = {
    "nothing at all": (Said(""),),
    "spaces and lines": (Said(" \n\t \u2028 "),),
    "emoji only": (Said("👩‍🌾🚲🚲❤️"),),
    "punctuation only": (Said("?!... ---"),),
    "one letter": (Said("x"),),
    "digits": (Said("42"),),
    "digits of another script": (Said("٤٢ F-٤"),),
    "a very long number": (Said("9" * 4096),),
    "gibberish": (Said("asdfgh jkl qwrtz"),),
    "4,096 characters": (Said("vad räknas som gles bygd och varför " * 113 + "nu?"),),
    "4,096 marks on one letter": (Said("e" + "\u0301" * 4095),),
    "one word without end": (Said("å" * 4096),),
    "html": (Said("<script>alert(1)</script><b>hej</b>"),),
    "stars": (Said("**fet** *kursiv* ****"),),
    "places": (Said("{code} {answer} {0} {} {{x}}"),),
    "our own marks": (Said(f"{MARKS}{NUMBER}hej"),),
    "NUL and turned text": (Said("hej\x00\u202edå\u2066 \ud800"),),
    "what programs call nothing": (Said("None null NaN undefined"),),
    "another language": (Said("Où est la boulangerie, s'il vous plaît ?"),),
    "letters of another script": (Said("Где магазин? 店はどこですか"),),
    "yes out of the blue": (Said("ja"),),
    "no out of the blue": (Said("nej"),),
    "a code nobody has": (Said("F-999999999"),),
    "a code too long": (Said("F-99999999999999999999"),),
    "a command in the middle": (Said("/start"),),
    "a command with a payload": (Said("/start w-landet-lar-47"),),
    "a command that is none": (Said("/etc/passwd"),),
    "help in the middle": (Said("?"),),
    "personal numbers": (Said("811228-9874, 070-174 06 05"),),
    "an empty choice": (Chose(""),),
    "colons": (Chose(":::::"),),
    "an unknown verb": (Chose("vote:1:yes"),),
    "too many arguments": (Chose("tool:a:b:c:d"),),
    "too few arguments": (Chose("a"), Chose("send"), Chose("show:run1"), Chose("heard")),
    "a forged question": (Chose("send:999"), Chose("not:-1"), Chose("entry:nothing:1"), Chose("entry::")),
    "a forged run": (Chose("a:x:behov-lokal-1:ja"), Chose("resume:x"), Chose("result:x:plan"), Chose("longer:x"),
                     Chose("reflect:x:vem-cyklar"), Chose("keep:x:vem-cyklar"), Chose("why:x:behov-lokal-1"),
                     Chose("step:x"), Chose("who:x:none"), Chose("due:x:14"), Chose("document:x:pdf")),
    "a forged statement": (Chose("a:run1:nothing:ja"), Chose("a:run1:behov-lokal-1:maybe"), Chose("note:run1:nothing")),
    "a forged reflection": (Chose("reflect:run1:nothing"), Chose("keep:run1:behov-lokal-1"),
                            Chose("reconsider:run1:delaktighet"), Chose("back:run1:nothing"),
                            Chose("why:run1:nothing")),
    "a forged step": (Chose("step:run1:nothing"), Chose("who:run1:somebody"), Chose("due:run1:-1"),
                      Chose(f"due:run1:{'9' * 5000}"), Chose("due:run1:²"), Chose("document:run1:exe")),
    "a forged level": (Chose("new:nothing"), Chose("new:fem-faktorer:nothing"), Chose("new::lokal:start:short"),
                       Chose("new:fem-faktorer:lokal:nothing"), Chose("new:fem-faktorer:lokal:start:nothing")),
    "a forged page": (Chose("tools:behov:-1"), Chose("tools:nothing:9"), Chose(f"tools:behov:{'9' * 5000}")),
    "a forged language": (Chose("lang:xx"), Chose("lang:")),
    "a forged thought": (Chose("heard:note"), Chose("heard:nothing"), Chose("forget:maybe")),
    "names of python": (Chose("__class__:__init__"), Chose("said:x"), Chose("None")),
    "a choice without end": (Chose("a:" * 2000),),
    "two taps in a row": (Chose("checklist"), Chose("checklist")),
    "arriving again": (Arrived(), Arrived("nowhere")),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_odd_input_leads_to_an_error_or_a_dead_end(state: Callable[[], Talk]) -> None:
    for name, events in ODD.items():
        talk = state()
        known = len(talk.kept.runs)
        for event in events:
            turn = talk.step(event)
            assert _goes_on(turn), name
            assert not any(isinstance(record, Forget) for record in turn.records) or _agreed(state, name), name
        assert len(talk.kept.runs) == known, name


def _agreed(state: Callable[[], Talk], name: str) -> bool:
    """Only a yes to the very question whether to forget erases anybody."""
    return state is forget_asked and name == "yes out of the blue"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_button_that_never_existed_changes_nothing(state: Callable[[], Talk]) -> None:
    for forged in ("vote:1:yes", "tool:a:b:c", "", "a", "send:999", "tool:nothing", "tools:nothing:9"):
        talk = state()
        before = talk.state
        turn = talk.step(Chose(forged))
        assert turn.records == ()
        assert turn.state.asked == before.asked
        assert (turn.state.run, turn.state.statement) == (before.run, before.statement)
        assert turn.state.dialog == before.dialog or before.dialog in engine.BRIEF


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_button_ever_offered_still_works_when_pressed_twice(state: Callable[[], Talk]) -> None:
    offered = state().offered
    for choice in dict.fromkeys(offered):
        talk = state()
        for _ in range(2):
            assert _goes_on(talk.step(Chose(choice))), choice


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_broken_message_moves_nobody_in_the_checklist(state: Callable[[], Talk]) -> None:
    for name in ("nothing at all", "spaces and lines", "emoji only", "punctuation only", "a code nobody has"):
        talk = state()
        before = talk.state
        for event in ODD[name]:
            talk.step(event)
        assert (talk.state.dialog, talk.state.run, talk.state.statement) == (
            before.dialog,
            before.run,
            before.statement,
        )


def test_the_table_is_long_enough() -> None:
    assert len(ODD) >= 20
    assert len(STATES) >= 12


def test_what_a_person_wrote_is_never_taken_for_a_phrase() -> None:
    talk = reflection_open()
    name = clean("**Byn** {owner} <b>").text
    talk.hear(Said(name))
    assert name in talk.turns[-1].replies[1].text


def _goes_on(turn: Turn) -> bool:
    """Whether something real is said, and at least one way on is offered."""
    texts = shipped_content().texts[turn.state.language]
    for reply in turn.replies:
        assert reply.key in texts or reply.key in MADE_OF_SEVERAL
        assert reply.kind in KINDS
        assert reply.text.strip()
        assert all(choice.label.strip() for choice in reply.choices)
        assert len({choice.id for choice in reply.choices}) == len(reply.choices)
    return any(reply.choices or reply.input for reply in turn.replies)
