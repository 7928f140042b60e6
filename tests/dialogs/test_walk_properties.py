"""However people wander through a checklist, the result is that of the answers they ended with."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import checklist as rules
from dialogs.definitions import Checklist
from dialogs.events import Chose, Said
from dialogs.reporting import report
from dialogs.state import State, dump, load
from tests.talk import NOW, Talk, greeted, keys, shipped_content

CONTENT = shipped_content()
WALKS = [
    (checklist.id, level.id, purpose.id, length)
    for checklist in CONTENT.checklists.values()
    for level in checklist.levels
    for purpose in checklist.purposes
    for length in ("short", "full")
    if checklist.id == "fem-faktorer" or length == "full"
]
WORDS = st.sampled_from(["Vi frågade i våras", "på tisdag", "ja", "nej", "<b>", "fråga Eva"])


@dataclass
class Wanderer:
    """Somebody who does anything in any order, and what has been answered and noted so far."""

    talk: Talk
    checklist: Checklist
    draw: Callable[[st.SearchStrategy[str]], str]
    answers: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> list[str]:
        return [each.id for each in rules.statements(self.checklist, self.talk.run)]

    @property
    def reflections(self) -> list[str]:
        return [each.id for each in rules.reflections(self.checklist, self.talk.run)]

    def answer(self) -> None:
        """Answer what stands open, or pass the reflection by."""
        here = self.talk.state.statement or ""
        if self.talk.state.dialog == "reflection":
            self.reflect(here)
        elif self.talk.state.dialog == "checklist":
            self.give(here)

    def give(self, statement: str) -> None:
        answer = self.draw(st.sampled_from([each.id for each in self.checklist.answers]))
        self.answers[statement] = answer
        self.talk.step(Chose(f"a:run1:{statement}:{answer}"))

    def reflect(self, reflection: str) -> None:
        said = self.draw(st.sampled_from(["Byalaget", "Kommunen", ""]))
        self.notes[reflection] = said
        self.talk.step(Said(said) if said else Chose(f"reflect:run1:{reflection}"))

    def change(self) -> None:
        """An old button, or one from the result."""
        self.give(self.draw(st.sampled_from(self.asked)))

    def reconsider(self) -> None:
        reflection = self.draw(st.sampled_from(self.reflections))
        self.talk.step(Chose(f"reconsider:run1:{reflection}"))
        kept = self.notes.get(reflection)
        if kept and self.draw(st.sampled_from(["keep", "change"])) == "keep":
            self.talk.step(Chose(f"keep:run1:{reflection}"))
        else:
            self.reflect(reflection)

    def back(self) -> None:
        self.talk.step(Chose(f"back:run1:{self.draw(st.sampled_from([*self.asked, *self.reflections]))}"))

    def back_in_words(self) -> None:
        self.talk.step(Said("tillbaka"))

    def show(self) -> None:
        self.talk.step(Chose(f"show:run1:{self.draw(st.sampled_from(self.asked))}"))

    def why(self) -> None:
        self.talk.step(Chose(f"why:run1:{self.draw(st.sampled_from(self.asked))}"))

    def note(self) -> None:
        statement, words = self.draw(st.sampled_from(self.asked)), self.draw(WORDS)
        self.notes[statement] = words
        self.talk.step(Chose(f"note:run1:{statement}"))
        self.talk.step(Said(words))

    def note_left_unwritten(self) -> None:
        self.talk.step(Chose(f"note:run1:{self.draw(st.sampled_from(self.asked))}"))
        self.talk.step(Chose("resume:run1"))

    def pause(self) -> None:
        self.talk.step(Chose("pause"))
        self.talk.step(Chose(self.draw(st.sampled_from(["checklist", "help", "tools", "mine"]))))
        self.talk.step(Chose("resume:run1"))

    def look_at_the_result(self) -> None:
        self.talk.step(Chose(self.draw(st.sampled_from(["result:run1", "result:run1:plan", "change:run1:behov"]))))

    def take_a_step_in_thought_only(self) -> None:
        self.talk.step(Chose("step:run1"))
        self.talk.step(Chose("resume:run1"))

    def speak_another_language(self) -> None:
        self.talk.step(Chose("lang:en"))
        self.talk.step(Chose("lang:sv"))

    def restart(self) -> None:
        """The state passes through the store, or is lost there and begun again."""
        lost = self.draw(st.sampled_from(["kept", "lost"])) == "lost"
        self.talk.state = State(welcomed=True) if lost else load(dump(self.talk.state))
        self.talk.step(Chose("resume:run1"))


WAYS: tuple[Callable[[Wanderer], None], ...] = (
    *[Wanderer.answer] * 12, Wanderer.change, Wanderer.reconsider, Wanderer.back, Wanderer.back_in_words,
    Wanderer.show, Wanderer.why, Wanderer.note, Wanderer.note_left_unwritten, Wanderer.pause,
    Wanderer.look_at_the_result, Wanderer.take_a_step_in_thought_only, Wanderer.speak_another_language,
    Wanderer.restart,
)  # fmt: skip


def begun(walk: tuple[str, str, str, str]) -> Talk:
    talk = greeted()
    talk.step(Chose(":".join(["new", *walk])))
    assert keys(talk.turns[-1].replies) == ["walk.begin", "walk.statement"]
    return talk


def wander(talk: Talk, checklist: Checklist, data: st.DataObject, most: int) -> Wanderer:
    """Any sequence of what can be done, checked against a plain record of it at every step."""
    wanderer = Wanderer(talk, checklist, data.draw)
    for way in data.draw(st.lists(st.sampled_from(WAYS), max_size=most)):
        way(wanderer)
        assert (talk.run.answers, talk.run.notes) == (wanderer.answers, wanderer.notes)
        assert any(reply.choices or reply.input for reply in talk.turns[-1].replies)
        assert len(talk.kept.runs) == 1
    return wanderer


def finish(wanderer: Wanderer) -> None:
    """Answer all that is left, in the order it is asked."""
    talk = wanderer.talk
    talk.step(Chose("resume:run1"))
    for _ in range(100):
        if talk.run.finished:
            break
        wanderer.answer()
    assert talk.run.finished
    assert set(talk.run.answers) == set(wanderer.asked)


def straight(walk: tuple[str, str, str, str], answers: dict[str, str], notes: dict[str, str]) -> Talk:
    """Somebody who gives the same answers one after the other."""
    talk = begun(walk)
    while talk.last.key == "walk.statement":
        here = talk.state.statement or ""
        if here in notes and here not in talk.run.notes:
            talk.step(Chose(f"note:run1:{here}"))
            talk.step(Said(notes[here]))
        talk.step(Chose(f"a:run1:{here}:{answers[here]}"))
    while talk.last.key == "walk.reflection":
        here = talk.state.statement or ""
        talk.step(Said(notes[here]) if notes[here] else Chose(f"reflect:run1:{here}"))
    return talk


def same(one: Talk, other: Talk, checklist: Checklist) -> None:
    """Both have the same profile, the same report, and are told the same."""
    assert rules.profile(checklist, one.run) == rules.profile(checklist, other.run)
    for language in ("sv", "en"):
        reports = [report(CONTENT, checklist, talk.run, language, NOW) for talk in (one, other)]
        assert reports[0] == reports[1]
    told = [talk.step(Chose("result:run1")).replies for talk in (one, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("walk", WALKS, ids=":".join)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_way_through_leads_to_the_result_of_its_last_answers(
    walk: tuple[str, str, str, str], data: st.DataObject
) -> None:
    checklist = CONTENT.checklists[walk[0]]
    wanderer = wander(begun(walk), checklist, data, most=60)
    finish(wanderer)
    for way in data.draw(st.lists(st.sampled_from(WAYS), max_size=8)):
        way(wanderer)
        assert (wanderer.talk.run.answers, wanderer.talk.run.notes) == (wanderer.answers, wanderer.notes)
    assert wanderer.talk.run.finished
    same(wanderer.talk, straight(walk, wanderer.answers, wanderer.notes), checklist)


@pytest.mark.parametrize("walk", [walk for walk in WALKS if walk[3] == "short"], ids=":".join)
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_short_walk_made_longer_at_any_time_leads_to_the_result_of_a_full_one(
    walk: tuple[str, str, str, str], data: st.DataObject
) -> None:
    checklist = CONTENT.checklists[walk[0]]
    wanderer = wander(begun(walk), checklist, data, most=25)
    if data.draw(st.booleans()):
        finish(wanderer)
    wanderer.talk.step(Chose("longer:run1"))
    assert (wanderer.talk.run.length, wanderer.talk.run.finished) == ("full", None)
    later = wander(wanderer.talk, checklist, data, most=0)
    later.answers, later.notes = wanderer.answers, wanderer.notes
    finish(later)
    same(later.talk, straight((*walk[:3], "full"), later.answers, later.notes), checklist)


@pytest.mark.parametrize("walk", WALKS[:2], ids=":".join)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_two_people_who_walk_at_once_do_not_meet(walk: tuple[str, str, str, str], data: st.DataObject) -> None:
    anna, berit = begun(walk), greeted(who="berit")
    berit.kept = anna.kept
    berit.step(Chose(":".join(["new", *walk])))
    before = replace(berit.run)
    wanderer = Wanderer(anna, CONTENT.checklists[walk[0]], data.draw)
    for way in data.draw(st.lists(st.sampled_from(WAYS), max_size=10)):
        way(wanderer)
    assert berit.run == before
    berit.step(Chose("a:run1:behov-lokal-1:ja"))
    assert (anna.run.answers, keys(berit.turns[-1].replies)) == (wanderer.answers, ["walk.gone"])
