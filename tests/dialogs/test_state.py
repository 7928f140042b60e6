"""The state of a conversation survives the store, and whatever else is found there; and any walk through it."""

import json
from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.context import Turn
from dialogs.events import Arrived, Chose, Event, Said
from dialogs.state import MOST_ASKED, VERSION, Asked, State, dump, load
from tests.talk import Talk, shipped_content

words = st.text(max_size=20)
maybe = st.none() | words
states = st.builds(
    State,
    language=st.sampled_from(["sv", "en"]),
    webinar=maybe,
    welcomed=st.booleans(),
    dialog=words,
    asked=st.lists(
        st.builds(Asked, number=st.integers(1), text=words, sent=st.booleans(), answered=maybe), max_size=3
    ).map(tuple),
    previous=maybe,
    run=maybe,
    statement=maybe,
    heard=maybe,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
LEFTOVERS = (
    "ja",
    "nej",
    "1",
    "hej",
    "Vad räknas som landsbygd?",
    "Vad kostar en elcykel?",
    "qwerty asdf",
    "F-1",
    "",
    "🚲",
)


@given(states)
def test_a_state_comes_back_from_the_store_as_it_was(state: State) -> None:
    assert load(json.loads(json.dumps(dump(state)))) == state


@given(values)
def test_whatever_is_kept_a_conversation_can_begin(kept: object) -> None:
    assert isinstance(load(kept), State)


@settings(max_examples=40, deadline=None)
@given(states, st.sampled_from(sorted(State.__dataclass_fields__)), values)
def test_a_state_with_one_broken_field_is_a_state_all_the_same(state: State, field: str, value: object) -> None:
    found = load({**dump(state), field: value})
    assert load(json.loads(json.dumps(dump(found)))) == found
    assert found.language in ("sv", "en")
    _step(found, Said("Vad räknas som landsbygd?"))
    _step(found, Chose("resume:x"))


@given(states, values)
def test_a_remembered_question_that_is_broken_is_left_behind(state: State, broken: object) -> None:
    found = load({**dump(state), "asked": [broken]})
    assert all(isinstance(asked.number, int) and isinstance(asked.text, str) for asked in found.asked)


@given(states, st.integers() | words)
def test_a_state_of_another_time_is_begun_again_in_the_same_language(state: State, version: int | str) -> None:
    found = load({**dump(state), "version": version})
    wanted = state if version == VERSION else State(language=state.language, welcomed=True)
    assert found == wanted


def test_a_state_that_misses_a_new_field_gets_its_default() -> None:
    kept = dump(State(language="en", run="r1"))
    del kept["heard"]
    assert load(kept) == State(language="en", run="r1")


def test_only_the_latest_questions_are_remembered_and_their_numbers_go_on() -> None:
    state = State()
    for number in range(20):
        state, asked = state.remember(f"fråga {number}")
        assert asked.number == number + 1
    assert len(state.asked) == MOST_ASKED
    assert state.question("20")
    assert state.question("1") is None
    assert len(json.dumps(asdict(state))) < 1000


events = st.one_of(
    st.just(Arrived()),
    st.sampled_from(LEFTOVERS).map(Said),
    st.sampled_from(sorted(shipped_content().commands)).map(Said),
    words.map(Said),
    words.map(Chose),
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_walk_through_the_conversation_ends_in_an_error(data: st.DataObject) -> None:
    talk = Talk()
    for _ in range(data.draw(st.integers(1, 25))):
        press = data.draw(st.integers(0, 9))
        if talk.offered and press < 7:
            latest = talk.offered[-8:] if press else list(dict.fromkeys(talk.offered))
            event: Event = Chose(data.draw(st.sampled_from(latest)))
        else:
            event = data.draw(events)
        turn = talk.step(event)
        assert turn.replies
        assert any(reply.choices or reply.input for reply in turn.replies), event


@settings(max_examples=30, deadline=None)
@given(states, events)
def test_no_state_and_event_lead_to_an_error(state: State, event: Event) -> None:
    assert _step(state, event).replies


def _step(state: State, event: Event) -> Turn:
    return Talk(state=state).step(event)
