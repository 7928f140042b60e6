"""Everything registered has an example here: a new choice, dialog, command, kind, event or record asks for its own."""

from dataclasses import replace
from typing import get_args

import pytest

from dialogs import engine, load, moderator
from dialogs.context import Turn
from dialogs.events import EVENTS, Arrived, CameBack, Chose, Event, Gathered, Said, Showed
from dialogs.records import (
    RECORDS,
    AddQuestion,
    Amend,
    AnswerStatement,
    AskQuestion,
    Block,
    CloseRound,
    CountRound,
    Decide,
    FinishRun,
    Forget,
    GiveFeedback,
    Join,
    JoinDesk,
    KeepReturn,
    Knock,
    Label,
    LeaveDesk,
    LeaveRound,
    Lengthen,
    NoteStatement,
    OfferRound,
    Order,
    Propose,
    Question,
    Record,
    Remind,
    Reword,
    Split,
    StartRound,
    StartRun,
    Subscribe,
    Support,
    TakeRound,
    TakeStep,
    Undo,
    Vote,
    Withdraw,
)
from dialogs.replies import INPUTS, KINDS, Input, Kind
from dialogs.together import key_of
from dialogs.world import Phase
from tests.polls import every_kind, with_polls
from tests.talk import NOW, WEBINAR, Kept, Talk, greeted, keys, shipped_content, world

Example = tuple[Event, ...]

ASKED: Example = (Said("Vad räknas som landsbygd?"),)
OFFERED: Example = (Said("Vad kostar en elcykel?"),)
WALKING: Example = (
    Chose("checklist"), Chose("new:fem-faktorer"), Chose("new:*:lokal"), Chose("new:*:lokal:start"),
    Chose("new:*:lokal:start:short"),
)  # fmt: skip
ANSWERED: Example = (*WALKING, *[Chose("a:*:delvis")] * 15)
FINISHED: Example = (*ANSWERED, Chose("reflect:*"))
STEP: Example = (*FINISHED, Chose("step:*"))
WHO: Example = (*STEP, Said("Bjud in till ett möte"))
DAY: Example = (*WHO, Chose("who:*"))
LACKING: Example = (*WALKING, *[Chose("a:*:nej")] * 15, Chose("reflect:*"))
BRIDGE: Example = (*LACKING, Chose("bridge:*:behov"), Chose("bridge:*:behov-lokal-1"))
ROUND: Example = (
    Chose("round"), Chose("together"), Chose("together:fem-faktorer"), Chose("together:fem-faktorer:lokal"),
    Chose("together:fem-faktorer:lokal:start"), Chose("together:fem-faktorer:lokal:start:short"),
)  # fmt: skip
HANDED: Example = (*ROUND, Chose("round:*:hand"))
VOTED: Example = (
    Chose("poll"), Chose("vote:1:ett:ja"), Chose("vote:1:flera:mack"), Chose("poll:1"), Chose("vote:1:skala:2"),
)  # fmt: skip
SUBSCRIBED: Example = (Chose("calls"), Chose("subscribe:calls"))
KNOCKED: Example = (Arrived(desk="tok"),)
FEEDBACK: Example = (Chose("feedback"), Chose("feedback:*:5"))
SENT: Example = (*OFFERED, Chose("send:1"))
REWORD: Example = (*SENT, Chose("mine"), Chose("reword:1"))
SIGN: Example = (*OFFERED, Chose("sign:1"))
WITHDRAWN: Example = (*SENT, Chose("mine"), Chose("withdraw:1"), Chose("withdraw:1:yes"))
SUPPORTED: Example = (Chose("questions"), Chose("support:9"))

CHOICES: dict[str, tuple[Example, str]] = {
    "start": ((Chose("start"),), "start"),
    "help": ((Chose("help"),), "help"),
    "about": ((Chose("help"), Chose("about")), "about"),
    "webinar": ((Chose("webinar"),), "webinar.none"),
    "share": ((Chose("webinar"), Chose("share")), "share"),
    "poster": ((Chose("webinar"), Chose("share"), Chose("poster")), "share.file"),
    "language": ((Chose("language"),), "language.choose"),
    "lang": ((Chose("lang:en"),), "language.changed"),
    "forget": ((Chose("about"), Chose("forget")), "forget.sure"),
    "ask": ((Chose("ask"),), "ask.away"),
    "heard": ((*WALKING, *OFFERED, Chose("heard:ask")), "offer.letterbox"),
    "return": ((Chose("help"), Chose("return")), "return.link"),
    "entry": ((*ASKED, Chose("not:1"), Chose("entry:*:1")), "answer"),
    "not": ((*ASKED, Chose("not:1")), "suggest.*"),
    "send": ((*OFFERED, Chose("send:1")), "receipt.letterbox"),
    "mine": ((*SENT, Chose("mine")), "mine"),
    "sign": (SIGN, "queue.name_wanted"),
    "withdraw": (WITHDRAWN, "queue.withdrawn"),
    "reword": (REWORD, "queue.reword_wanted"),
    "meant": ((*SENT, Said("Jag menar en begagnad"), Chose("meant:1:2")), "queue.reworded"),
    "questions": ((Chose("questions"),), "questions"),
    "support": (SUPPORTED, "queue.supported"),
    "tools": ((Chose("tools"), Chose("tools:plan")), "tools.factor"),
    "tool": ((Chose("tools"), Chose("tools:plan"), Chose("tool:*")), "tool"),
    "calls": ((Chose("calls"),), "calls"),
    "checklist": ((Chose("checklist"),), "walk.which"),
    "new": ((Chose("checklist"), Chose("new:fem-faktorer"), Chose("new:fem-faktorer:regional")), "walk.purpose"),
    "resume": ((*WALKING, Said("paus"), Chose("resume:*")), "walk.statement"),
    "a": ((*WALKING, Chose("a:*:nej")), "walk.statement"),
    "note": ((*WALKING, Chose("note:*")), "walk.note_wanted"),
    "back": ((*WALKING, Chose("a:*:nej"), Chose("back:*")), "walk.statement"),
    "show": ((*WALKING, Chose("note:*"), Chose("show:*")), "walk.statement"),
    "pause": ((*WALKING, Chose("pause")), "walk.paused"),
    "why": ((*WALKING, Chose("why:*")), "walk.why"),
    "reflect": ((*ANSWERED, Chose("reflect:*")), "result.bicycle"),
    "keep": ((*ANSWERED, Said("Byalaget"), Chose("reconsider:*"), Chose("keep:*")), "result.bicycle"),
    "reconsider": ((*FINISHED, Chose("reconsider:*")), "walk.reflection"),
    "longer": ((*FINISHED, Chose("longer:*")), "walk.longer_begun"),
    "document": ((*FINISHED, Chose("document:*"), Chose("document:*:txt")), "document.here"),
    "step": (STEP, "step.what"),
    "who": ((*WHO, Chose("who:*")), "step.when"),
    "due": ((*DAY, Chose("due:*:14")), "step.taken"),
    "result": ((*FINISHED, Chose("result:*:plan")), "result.factor"),
    "change": ((*FINISHED, Chose("change:*")), "walk.change"),
    "remind": ((*DAY, Chose("due:*:14"), Chose("remind:*"), Chose("remind:*:here")), "remind.here_waits"),
    "bridge": ((*BRIDGE, Chose("bridge:*:send")), "receipt.letterbox"),
    "together": (ROUND, "round.begun"),
    "round": ((*ROUND, Chose("round:*:show")), "round.few"),
    "poll": ((Chose("poll"),), "poll.question"),
    "vote": ((Chose("poll"), Chose("vote:1:ett:ja")), "poll.voted"),
    "feedback": (FEEDBACK, "feedback.question"),
    "subscribe": (SUBSCRIBED, "subscription.begun"),
    "desk": ((*KNOCKED, Chose("desk:join")), "desk.joined"),
    "unsubscribe": ((*SUBSCRIBED, Chose("unsubscribe:calls")), "subscription.ended"),
}
"""Verb → events that end with such a choice, and the key of the first reply to it."""

DIALOGS: dict[str, tuple[Example, str, str]] = {
    "ask": ((), "hej", "small.greeting"),
    "picking": (WALKING[:2], "bygd", "walk.purpose"),
    "checklist": (WALKING, "ja", "walk.statement"),
    "note": ((*WALKING, Chose("note:*")), "Vi frågade i våras", "walk.noted"),
    "reflection": (ANSWERED, "Byalaget", "result.bicycle"),
    "step": (STEP, "Bjud in till ett möte", "step.who"),
    "who": (WHO, "Anna", "step.when"),
    "day": (DAY, "om två veckor", "step.taken"),
    "bridge": (BRIDGE, "Hur frågar vi alla?", "receipt.letterbox"),
    "ballot": (VOTED, "fiber", "poll.voted"),
    "feedback": (FEEDBACK, "Samtalen", "feedback.question"),
    "forget": ((Said("glöm mig"),), "nej", "forget.kept"),
    "reword": (REWORD, "Vad kostar en elcykel begagnad?", "queue.reworded"),
    "sign": (SIGN, "Anna från Jämtland", "receipt.letterbox"),
}
"""Dialog → events that lead into it, words said there, and the key of the first reply to them."""

KIND_EXAMPLES: dict[Kind, Example] = {
    "text": (Chose("help"),),
    "welcome": (Arrived(),),
    "answer": ASKED,
    "suggestion": (*ASKED, Chose("not:1")),
    "offer": OFFERED,
    "receipt": (*OFFERED, Chose("send:1")),
    "statement": WALKING,
    "result": FINISHED,
    "poll": (Chose("poll"),),
    "moderator": (*OFFERED, Chose("send:1")),
}
"""Kind of reply → events that end with one; a moderator's answers to the question of the last event."""

EVENT_EXAMPLES: dict[type[Event], tuple[Event, str]] = {
    Arrived: (Arrived(), "welcome"),
    Said: (Said("hej"), "small.greeting"),
    Chose: (Chose("help"), "help"),
    Showed: (Showed("voice"), "showed.voice"),
    Gathered: (Gathered("run1", 3), "walk.gathered"),
}

RECORD_EXAMPLES: dict[type[Record], Example] = {
    AskQuestion: (*OFFERED, Chose("send:1")),
    Label: (*ASKED, Chose("not:1")),
    StartRun: WALKING,
    AnswerStatement: (*WALKING, Chose("a:*:ja")),
    NoteStatement: (*WALKING, Chose("note:*"), Said("Vi frågade i våras")),
    FinishRun: (*ANSWERED, Said("Byalaget")),
    Lengthen: (*FINISHED, Chose("longer:*")),
    TakeStep: WHO,
    Remind: (*DAY, Chose("due:*:14"), Chose("remind:*"), Chose("remind:*:here")),
    Vote: (Chose("poll"), Chose("vote:1:ett:nej")),
    GiveFeedback: FEEDBACK,
    Subscribe: SUBSCRIBED,
    Knock: KNOCKED,
    JoinDesk: (*KNOCKED, Chose("desk:join")),
    LeaveDesk: (*KNOCKED, Chose("desk:join"), Chose("desk:leave")),
    KeepReturn: (Chose("help"), Chose("return")),
    StartRound: ROUND,
    CloseRound: (*ROUND, Chose("round:*:close"), Chose("round:*:close-yes")),
    OfferRound: HANDED,
    TakeRound: (*HANDED, Said(f"L-{key_of(world().token)}")),
    Forget: (Said("glöm mig"), Chose("forget:yes")),
    Withdraw: WITHDRAWN,
    Reword: (*REWORD, Said("Vad kostar en elcykel begagnad?")),
    Support: SUPPORTED,
    Decide: SENT,
}
"""Record → events that end with one; a moderator's decision is about the question of the last event."""
DESK = (Amend, Order, Join, Split, Undo, AddQuestion, Block, Propose)
"""What moderators do without words to an asker: tests/bot/web/test_desk.py."""


OF_A_WEBINAR = ("share", "poster", "questions", "support")
"""Choices that only a webinar offers."""
OF_A_POLL = ("poll", "vote", "feedback")
"""Choices that need a webinar with an open poll: here one with every kind of question."""


def played(events: Example, phase: Phase | None = None) -> tuple[Talk, Turn]:
    """A welcomed person who did all that."""
    own = any(isinstance(event, Chose) and event.choice.split(":")[0] in OF_A_POLL for event in events)
    phase = "open" if own else phase
    others = Question(9, "Finns det cyklar att hyra?", "sv", WEBINAR, NOW, "approved", 2)
    talk = greeted(phase, kept=Kept({9: ("bo", others)} if phase else {}))
    if KNOCKED[0] in events:
        doors = {**talk.world.doors, "moderators": "https://t.example/m-"}
        talk.world = replace(talk.world, sends=True, doors=doors)
    if own:
        talk.content = with_polls(talk.content, every_kind())
        talk.kept.polls.open(every_kind())
    if Chose("meant:1:2") in events:
        talk.play(*SENT)
        talk.kept.decide(1, "asked", "Ny eller begagnad?")
        events = events[len(SENT) :]
    return talk, talk.play(*events) if events else talk.turns[-1]


@pytest.mark.parametrize("verb", engine.CHOICES)
def test_every_choice_has_an_example(verb: str) -> None:
    events, key = CHOICES[verb]
    last = events[-1]
    assert isinstance(last, Chose)
    assert last.choice.split(":")[0] == verb
    _, turn = played(events, "open" if verb in OF_A_WEBINAR else None)
    assert turn.replies[0].key.startswith(key.removesuffix("*"))


def test_every_choice_that_names_a_run_says_so() -> None:
    done = [Chose(each) for each in ("step:*", "step:*:behov-lokal-1", "who:*", "due:*:14", "remind:*", "document:*")]
    talk, _ = played((*BRIDGE, Chose("bridge:*:send"), *done, Chose("result:*:plan"), Chose("change:*:plan")))
    naming = {choice.split(":")[0] for choice in talk.offered if "run1" in choice.split(":")}
    assert naming <= set(engine.OF_A_RUN)
    assert set(engine.OF_A_RUN) <= engine.CHOICES.keys()
    assert all(CHOICES[verb][0][: len(WALKING)] == WALKING for verb in engine.OF_A_RUN)


@pytest.mark.parametrize("dialog", engine.DIALOGS)
def test_every_dialog_has_an_example(dialog: str) -> None:
    events, words, key = DIALOGS[dialog]
    talk, _ = played(events)
    assert talk.state.dialog == dialog
    assert talk.hear(Said(words)).replies[0].key == key


@pytest.mark.parametrize("dialog", engine.BRIEF)
def test_a_brief_dialog_is_left_for_another_one_that_exists(dialog: str) -> None:
    talk, _ = played(DIALOGS[dialog][0])
    talk.hear(Said("hjälp"))
    assert talk.state.dialog == engine.BRIEF[dialog]


@pytest.mark.parametrize("command", engine.COMMANDS)
def test_every_word_of_a_command_does_what_its_choice_does(command: str) -> None:
    words = [word for word, name in shipped_content().commands.items() if name == command]
    assert words
    for said in [*words, *(f"/{word.upper()}!" for word in words)]:
        for events in ((), WALKING):
            by_word, by_choice = played(events)[0], played(events)[0]
            chosen = by_choice.step(Chose(engine.COMMANDS[command]))
            assert by_word.step(Said(said)) == chosen, said
            assert chosen.replies[0].key != "choice.unknown"


def test_the_curators_commands_are_the_engines() -> None:
    assert set(load.COMMANDS) == engine.COMMANDS.keys()
    assert set(engine.WALKING) <= engine.CHOICES.keys()


@pytest.mark.parametrize("choice", sorted(engine.OPENING))
def test_everything_on_the_first_page_works_for_somebody_unknown(choice: str) -> None:
    talk = Talk()
    assert keys(talk.hear(Chose(choice)).replies)[0] == "welcome"
    assert "choice.unknown" not in keys(talk.turns[-1].replies)


def test_what_the_welcome_offers_is_on_the_first_page() -> None:
    for language in ("sv", "en"):
        talk = greeted()
        talk.hear(Chose(f"lang:{language}"))
        talk.hear(Arrived())
        assert {choice.id for choice in talk.last.choices} <= engine.OPENING


@pytest.mark.parametrize("kind", set(KINDS) - {"announcement"})  # said by bot/announcing.py, tested there
def test_every_kind_of_reply_has_an_example(kind: Kind) -> None:
    talk, turn = played(KIND_EXAMPLES[kind])
    said = [reply.kind for reply in turn.replies]
    if kind == "moderator":
        said = [record.to_asker["sv"].kind for record in decided(talk) if isinstance(record, Decide)]
    assert kind in said
    assert set(KINDS) == set(get_args(Kind))


@pytest.mark.parametrize("wanted", INPUTS)
def test_every_input_is_asked_for_where_its_dialog_waits(wanted: Input) -> None:
    talk, turn = played(DIALOGS[wanted][0])
    assert turn.replies[-1].input == wanted
    assert talk.state.dialog == wanted
    assert set(INPUTS) == set(get_args(Input))


@pytest.mark.parametrize("event", set(EVENTS) - {CameBack})
def test_every_event_has_an_example(event: type[Event]) -> None:
    done, key = EVENT_EXAMPLES[event]
    assert isinstance(done, event)
    talk, _ = played(WALKING if event is Gathered else ())
    assert talk.step(done).replies[0].key == key


@pytest.mark.parametrize("record", set(RECORDS) - {LeaveRound, CountRound, *DESK})  # the first two: test_together.py
def test_every_record_has_an_example(record: type[Record]) -> None:
    talk, turn = played(RECORD_EXAMPLES[record], "open" if record is Support else None)
    kept = decided(talk) if record is Decide else turn.records
    assert [found for found in kept if type(found) is record]


def decided(talk: Talk) -> tuple[Record, ...]:
    """What a moderator's answer to the first question is kept as."""
    _, question = talk.kept.questions[1]
    return moderator.answer(moderator.surroundings(shipped_content(), question, world()), question, "Ja.", "maria")
