"""What is said about the service: help, language, the webinar, the toolbox, the calls, being forgotten."""

import datetime as dt
from dataclasses import replace
from typing import get_args

import pytest

from dialogs import toolbox
from dialogs.events import SHOWN, Arrived, CameBack, Chose, Said, Showed
from dialogs.records import Forget
from dialogs.state import State
from dialogs.toolbox import PAGE
from dialogs.world import Phase
from knowledge.entries import Call, Calls
from tests.talk import NOW, Say, Talk, choices_of, greeted, keys, shipped_content


def test_help_start_and_about_are_always_there() -> None:
    greeted()(
        (Said("hjälp"), [Say("help", "checklist", "tools", "calls", "mine", "about", "lang:en")]),
        (Chose("about"), [Say("about", "forget")]),
        (Said("börja om"), [Say("start", "checklist", "lang:en")]),
        (Said("/fraga"), [Say("ask.away", "help")]),
    )


def test_about_tells_who_runs_the_service_or_that_nobody_is_named() -> None:
    talk = greeted()
    assert "Byalaget" in talk.hear(Chose("about")).replies[0].text
    talk.world = replace(talk.world, facts={"chat_days": "30", "question_days": "365"})
    assert "Byalaget" not in talk.hear(Chose("about")).replies[0].text


def test_starting_over_leaves_the_checklist_to_be_taken_up_later() -> None:
    talk = greeted()
    talk.walk()
    talk(
        (Chose("a:*:ja"), ["walk.statement"]),
        (Said("start"), ["start"]),
        (Said("checklista"), [Say("walk.unfinished", "resume:*", "new")]),
    )
    assert talk.state.dialog == "ask"


def test_the_language_is_chosen_in_words_or_by_a_button() -> None:
    talk = greeted()
    talk(
        (Said("språk"), [Say("language.choose", "lang:sv", "lang:en")]),
        (Chose("lang:en"), [Say("language.changed", "lang:sv")]),
        (Said("på svenska"), [Say("language.changed", "lang:en")]),
        (Said("English!"), ["language.changed"]),
    )
    assert talk.state.language == "en"


def test_the_checklist_goes_on_in_the_other_language() -> None:
    talk = greeted()
    talk.walk()
    swedish = talk.last
    talk((Said("english"), [Say("language.changed_walking", "lang:sv"), "walk.statement"]))
    assert talk.last.text != swedish.text
    assert choices_of(talk.last) == choices_of(swedish)
    talk((Said("yes"), ["walk.statement"]))
    assert list(talk.run.answers.values()) == ["ja"]


def test_without_a_webinar_that_is_said() -> None:
    greeted()((Said("webbinarium"), [Say("webinar.none", "help")]))


@pytest.mark.parametrize("phase", get_args(Phase))
def test_the_webinar_is_shown_as_it_stands(phase: Phase) -> None:
    talk = greeted(phase)
    turn = talk((Chose("webinar"), [Say("webinar", "checklist")]))
    texts = shipped_content().texts["sv"]
    facts = shipped_content().webinars["landet-lar-47"].facts("sv")
    assert texts(f"webinar.{phase}") in turn.replies[0].text
    assert (facts["recording"] in turn.replies[0].text) is (phase in ("planned", "open"))
    assert turn.replies[0].note == texts("webinar.example")
    assert talk.state.webinar == "landet-lar-47"


def test_the_toolbox_is_browsed_by_factor_page_by_page() -> None:
    talk = greeted()
    talk(
        (Said("verktyg"), [Say("tools.choose", "tools:behov", "tools:hinder", "tools:risker")]),
        (Chose("tools:samverkan"), [Say("tools.factor", "tool:*", "tools:samverkan:1", "tools")]),
    )
    shown = [choice for choice in choices_of(talk.last) if choice.startswith("tool:")]
    talk((Chose("tools:samverkan:1"), ["tools.factor"]))
    assert not set(shown) & set(choices_of(talk.last))
    talk((Chose("tool:*"), [Say("tool", "tools:*", kind="answer")]))
    assert talk.last.heading
    assert talk.last.sources


def test_paging_shows_every_tool_of_every_factor_once() -> None:
    for factor, tools in shipped_content().knowledge.tools_by_factor.items():
        talk, seen = greeted(), list[str]()
        pages = ["", *(f":{page}" for page in range(1, -(-len(tools) // PAGE)))]
        for page in pages:
            talk.step(Chose(f"tools:{factor}{page}"))
            seen += [choice for choice in choices_of(talk.last) if choice.startswith("tool:")]
        assert seen == [f"tool:{tool.id}" for tool in tools]


@pytest.mark.parametrize("page", ["99", "-1", "", "x", "²", "0" * 9999 + "7", "9" * 9999])
def test_a_page_that_is_not_there_is_the_first(page: str) -> None:
    talk = greeted()
    talk.play(Chose("tools"), Chose("tools:behov"))
    first = choices_of(talk.last)
    talk.step(Chose(f"tools:behov:{page}"))
    assert choices_of(talk.last) == first


def test_every_tool_can_be_shown_in_both_languages() -> None:
    for language in ("sv", "en"):
        talk = Talk(state=State(language=language, welcomed=True))
        for tool in shipped_content().knowledge.tools:
            talk.step(Chose(f"tool:{tool}"))
            assert keys(talk.turns[-1].replies) == ["tool"]
            assert choices_of(talk.last)


def test_a_tool_that_is_gone_is_said_to_be_gone() -> None:
    talk = greeted()
    talk.step(Chose("tool:nothing"))
    assert keys(talk.turns[-1].replies) == ["entry.gone"]


def test_open_calls_are_listed_and_closed_ones_only_named() -> None:
    talk = greeted()
    day = dt.timedelta(days=1)
    calls = [_call("a", "open", None), _call("b", "open", NOW.date()), _call("c", "open", NOW.date() - day)]
    talk.content = replace(
        talk.content, knowledge=replace(talk.content.knowledge, calls=Calls(NOW.date(), None, tuple(calls)))
    )
    turn = talk((Said("utlysningar"), [Say("calls", "help")]))
    texts = talk.content.texts["sv"]
    assert turn.replies[0].text.startswith(texts("calls.open", checked=NOW.date()))
    assert turn.replies[0].text.endswith(texts("calls.closed", titles="c"))


def test_no_open_call_is_said_honestly() -> None:
    talk = greeted()
    talk.content = replace(talk.content, knowledge=replace(talk.content.knowledge, calls=Calls(None, None, ())))
    honest, _, _ = talk.content.texts["sv"]("calls.none", checked="§").partition("§")
    assert talk.hear(Chose("calls")).replies[0].text.startswith(honest)


@pytest.mark.parametrize("checked", [None, NOW.date() - dt.timedelta(days=toolbox.FRESH_DAYS + 1)])
def test_a_list_that_nobody_has_looked_through_for_long_promises_nothing(checked: dt.date | None) -> None:
    talk = greeted()
    tomorrow = NOW.date() + dt.timedelta(days=1)
    texts = talk.content.texts["sv"]
    for calls, says in (
        ((_call("a", "open", None),), "calls.old"), ((_call("b", "open", None, tomorrow),), "calls.old"),
        ((_call("c", "closed", None),), "calls.none"),
    ):  # fmt: skip
        talk.content = replace(
            talk.content, knowledge=replace(talk.content.knowledge, calls=Calls(checked, None, calls))
        )
        said = talk.hear(Chose("calls")).replies[0].text
        assert said.startswith(texts(says, checked=checked or texts("calls.unchecked")))


def test_a_call_that_is_to_open_is_named_with_its_day_and_is_not_open() -> None:
    talk = greeted()
    today, day = NOW.date(), dt.timedelta(days=1)
    calls = (_call("a", "open", None, today + day), _call("b", "open", None, today), _call("c", "closed", None, today))
    talk.content = replace(talk.content, knowledge=replace(talk.content.knowledge, calls=Calls(today, None, calls)))
    assert [call.id for call in toolbox.open_calls(talk.content.knowledge.calls, today)] == ["b"]
    texts = talk.content.texts["sv"]
    said = talk.hear(Chose("calls")).replies[0].text
    assert texts("calls.coming", title="a", publisher="Länsstyrelsen", opens=today + day) in said
    assert said.endswith(texts("calls.closed", titles="c"))


def _call(name: str, status: str, closes: dt.date | None, opens: dt.date | None = None) -> Call:
    words = {"sv": name, "en": name}
    return Call(name, words, "Länsstyrelsen", words, status, opens, closes, ())


@pytest.mark.parametrize("yes", [Chose("forget:yes"), Said("ja"), Said("Yes!")])
def test_i_can_be_forgotten(yes: Chose | Said) -> None:
    talk = greeted()
    talk.play(Said("Vad kostar en elcykel?"), Chose("send:1"))
    talk.walk()
    turn = talk(
        (Said("glöm mig"), [Say("forget.sure", "forget:yes", "forget:no")]),
        (yes, [Say("forget.done", "help")]),
    )
    assert turn.records == (Forget(),)
    assert talk.state == State()
    assert talk.kept.runs == {}
    talk((Chose("mine"), ["welcome", "mine.none"]))


def test_somebody_who_is_forgotten_is_still_spoken_to_in_their_language() -> None:
    talk = greeted()
    talk.play(Chose("lang:en"), Said("forget me"), Chose("forget:yes"))
    assert talk.state.language == "en"


@pytest.mark.parametrize("no", [Chose("forget:no"), Said("nej")])
def test_i_can_change_my_mind_about_being_forgotten(no: Chose | Said) -> None:
    talk = greeted()
    turn = talk((Said("glöm mig"), ["forget.sure"]), (no, [Say("forget.kept", "checklist")]))
    assert turn.records == ()
    assert talk.state.dialog == "ask"


def test_anything_but_yes_keeps_everything_and_is_answered() -> None:
    talk = greeted()
    talk((Said("glöm mig"), ["forget.sure"]), (Said("Vad räknas som landsbygd?"), ["forget.kept", "answer"]))
    assert talk.turns[-1].records == ()


@pytest.mark.parametrize("instead", [Chose("tools"), Chose("checklist"), Said("hjälp"), Chose("help")])
def test_a_yes_to_something_else_forgets_nobody(instead: Chose | Said) -> None:
    talk = greeted()
    talk.play(Said("glöm mig"), instead)
    assert talk.hear(Said("ja")).records == ()


def test_the_webinar_named_in_the_welcome_is_the_one_that_is_open() -> None:
    talk = greeted("open")
    title = shipped_content().webinars["landet-lar-47"].title["sv"]
    assert talk.hear(Arrived("landet-lar-47")).replies[0].heading == title
    assert greeted().hear(Arrived()).replies[0].heading is None


def test_a_statement_that_stood_open_during_an_outage_is_asked_again() -> None:
    talk = greeted()
    talk.walk()
    asked = talk.last
    talk((CameBack(), ["back", Say("walk.statement", "a:*:ja")]))
    assert talk.last == asked


def test_an_offer_that_stood_open_during_an_outage_is_made_again() -> None:
    talk = greeted()
    talk(
        (Said("Vad kostar en elcykel?"), ["offer.letterbox"]), (CameBack(), ["back", Say("offer.letterbox", "send:1")])
    )
    talk((Chose("send:1"), ["receipt.letterbox"]), (CameBack(), []))


def test_nothing_is_said_after_an_outage_to_somebody_who_had_nothing_open() -> None:
    greeted()((CameBack(), []))
    talk = greeted()
    talk.walk()
    talk((Said("paus"), ["walk.paused"]), (CameBack(), []))


@pytest.mark.parametrize("what", SHOWN)
def test_what_is_no_words_is_answered_with_what_can_be_done(what: str) -> None:
    greeted()((Showed(what), [Say(f"showed.{what}", "checklist", "help")]))


def test_a_link_that_leads_nowhere_says_so_after_the_welcome() -> None:
    Talk()((Arrived(lost=True), ["welcome", "link.lost"]))


def test_somebody_who_returns_goes_on_with_the_open_statement() -> None:
    talk = greeted()
    talk.walk()
    talk((Arrived(returned=True), ["return.here", "walk.statement"]))
    greeted()((Arrived(returned=True), [Say("return.here", "help")]))


def test_where_there_is_no_other_door_none_is_offered() -> None:
    talk = greeted()
    talk.world = replace(talk.world, doors={})
    assert not talk((Chose("help"), ["help"]), (Chose("return"), ["return.nowhere"])).records


def test_the_webinars_code_can_be_shown_and_printed() -> None:
    talk = greeted("open")
    shared = talk((Chose("webinar"), ["webinar"]), (Chose("share"), [Say("share", "poster")])).replies[0]
    assert shared.image
    assert (shared.image.name, bool(shared.image.alt)) == ("qr/landet-lar-47.png", True)
    printed = talk((Chose("poster"), ["share.file"])).replies[0]
    assert printed.file
    assert printed.file.name == "qr/landet-lar-47.pdf"


def test_a_moderators_link_is_a_way_to_the_desk() -> None:
    turn = greeted()((Arrived(desk="abc"), ["desk"]))
    assert [link.url for link in turn.replies[0].links] == ["https://desk.example/abc"]
