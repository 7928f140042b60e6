"""Polls and feedback in the store: each person counts once, the tally is what the ballots say, nothing leads back."""

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ports import Store
from bot.store.polls import POLLS, Polls, poll_topic
from bot.store.rows import dumps
from bot.store.tx import Tx
from dialogs.records import PollRun, Vote
from tests.stores import opened

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)


def meet(tx: Tx, *people: str) -> None:
    for person in people:
        tx.create_person(person, "web", f"{person}-cookie", NOW)
        tx.keep_state(person, {"version": 1, "webinar": "w1"}, 0)


def opened_poll(tx: Tx, poll: str = "plats", webinar: str = "w1") -> int:
    run = tx.draft_poll(webinar, poll, NOW)
    assert tx.open_poll(run, "abc", "id: plats", NOW)
    return run


async def begun(store: Store, *people: str) -> int:
    def work(tx: Tx) -> int:
        meet(tx, *people)
        return opened_poll(tx)

    return await store.write(work)


async def votes(store: Store, person: str, run: int, *picked: str, at: dt.datetime = NOW, text: str = "") -> bool:
    return await store.write(lambda tx: tx.vote(person, Vote(run, "var", picked, text), at))


async def found(store: Store, run: int, person: str | None = None) -> PollRun:
    kept = await store.read(lambda tx: tx.poll_run(run, person))
    assert kept
    assert kept.counts.get("var", {}).get("", 0) == (await recounted(store, run)).get("var", {}).get("", 0)
    return kept


async def recounted(store: Store, run: int) -> dict[str, dict[str, int]]:
    counts = await store.read(lambda tx: tx.recount(run))
    return {question: dict(of_it) for question, of_it in counts.items()}


def without_zeros(run: PollRun) -> dict[str, dict[str, int]]:
    counts = {question: {option: n for option, n in of_it.items() if n} for question, of_it in run.counts.items()}
    return {question: of_it for question, of_it in counts.items() if of_it}


def test_every_method_is_met_here() -> None:
    methods = {name for name in vars(Polls) if not name.startswith("_")}
    met = set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods <= met, methods - met


# Runs


async def test_a_poll_is_drafted_opened_and_closed(store: Store) -> None:
    run = await store.write(lambda tx: tx.draft_poll("w1", "plats", NOW))
    assert await store.write(lambda tx: tx.draft_poll("w1", "plats", LATER)) == run
    draft = await found(store, run)
    assert (draft.webinar, draft.poll, draft.number, draft.state, draft.edition) == ("w1", "plats", 1, "draft", "")
    assert not await store.read(lambda tx: tx.polling("w1"))
    assert await store.write(lambda tx: tx.open_poll(run, "abc", "id: plats", NOW))
    assert not await store.write(lambda tx: tx.open_poll(run, "def", "id: annat", LATER))
    kept = await found(store, run)
    assert (kept.state, kept.edition, kept.opened) == ("open", "abc", NOW)
    assert await store.read(lambda tx: (tx.polling("w1"), tx.polling("w2"))) == (True, False)
    assert await store.read(lambda tx: tx.edition("abc")) == "id: plats"
    assert await store.write(lambda tx: tx.close_poll(run, LATER))
    assert not await store.write(lambda tx: tx.close_poll(run, LATER))
    assert (await found(store, run)).closed == LATER
    assert not await store.read(lambda tx: tx.polling("w1"))


async def test_run_again_it_is_a_new_run_and_the_old_one_is_kept(store: Store) -> None:
    first = await begun(store, "ann")
    await votes(store, "ann", first, "skog")
    again = await store.write(lambda tx: tx.draft_poll("w1", "plats", NOW))
    assert not await store.write(lambda tx: tx.open_poll(again, "abc", "id: plats", NOW)), "it is open already"
    await store.write(lambda tx: tx.close_poll(first, NOW))
    assert await store.write(lambda tx: tx.open_poll(again, "abc", "id: plats", NOW))
    await votes(store, "ann", again, "fjäll")
    runs = await store.read(lambda tx: tx.polls("w1", "ann"))
    assert [(run.number, run.state, dict(run.mine)) for run in runs] == [
        (1, "closed", {"var": ("skog",)}), (2, "open", {"var": ("fjäll",)}),
    ]  # fmt: skip
    assert [run.id for run in await store.read(lambda tx: tx.polls("w1", None, "open"))] == [again]
    assert await store.read(lambda tx: tx.polls("w2", None)) == ()


async def test_there_is_no_run_that_was_never_made(store: Store) -> None:
    assert await store.read(lambda tx: tx.poll_run(99, "ann")) is None
    assert not await store.write(lambda tx: tx.close_poll(99, NOW))
    assert not await votes(store, "ann", 99, "skog")


async def test_the_words_of_a_poll_are_kept_as_long_as_its_runs(store: Store) -> None:
    await begun(store)
    assert await store.write(lambda tx: tx.delete_unused_editions()) == 0


async def test_who_listens_to_a_poll_is_woken(tmp_path: Path) -> None:
    woken: set[str] = set()
    async with opened(tmp_path / "x.db", woken.update) as store:
        run = await begun(store, "ann")
        woken.clear()
        await votes(store, "ann", run, "skog")
        assert woken == {POLLS, poll_topic("w1")}


# Votes


async def test_a_vote_is_counted_and_a_later_one_takes_its_place(store: Store) -> None:
    run = await begun(store, "ann", "bo")
    assert await votes(store, "ann", run, "skog")
    assert await votes(store, "bo", run, "skog")
    assert await votes(store, "ann", run, "fjäll")
    kept = await found(store, run, "ann")
    assert without_zeros(kept) == {"var": {"": 2, "skog": 1, "fjäll": 1}} == await recounted(store, run)
    assert kept.mine == {"var": ("fjäll",)}
    assert kept.voters("var") == 2
    assert (await found(store, run, "cia")).mine == {}


async def test_a_vote_of_nothing_takes_it_back(store: Store) -> None:
    run = await begun(store, "ann")
    await votes(store, "ann", run, "skog", "fjäll")
    await votes(store, "ann", run)
    assert without_zeros(await found(store, run, "ann")) == {}
    assert (await found(store, run, "ann")).mine == {}


async def test_a_closed_poll_takes_no_vote(store: Store) -> None:
    run = await begun(store, "ann")
    await votes(store, "ann", run, "skog")
    await store.write(lambda tx: tx.close_poll(run, NOW))
    assert not await votes(store, "ann", run, "fjäll")
    assert without_zeros(await found(store, run)) == {"var": {"": 1, "skog": 1}}


PEOPLE = ("ann", "bo", "cia")
Step = tuple[str, str, str, tuple[str, ...]]
STEPS = st.tuples(
    st.sampled_from(("vote",) * 6 + ("close", "again", "erase", "join")),
    st.sampled_from(PEOPLE),
    st.sampled_from(("var", "hur")),
    st.sets(st.sampled_from(("a", "b", "c"))).map(lambda picked: tuple(sorted(picked))),
)


@dataclass
class Model:
    """What must have been counted, by the simplest rule: by run, question and person what they voted last."""

    tx: Tx
    runs: list[int] = field(default_factory=list)
    last: dict[tuple[int, str, str], tuple[str, ...]] = field(default_factory=dict)
    gone: int = 0

    def vote(self, person: str, question: str, picked: tuple[str, ...]) -> None:
        if self.tx.exists(person) and self.tx.vote(person, Vote(self.runs[-1], question, picked), NOW):
            self.last[self.runs[-1], question, person] = picked

    def close(self, *_: object) -> None:
        self.tx.close_poll(self.runs[-1], NOW)

    def again(self, *_: object) -> None:
        self.close()
        self.runs.append(opened_poll(self.tx))

    def erase(self, person: str, *_: object) -> None:
        """Their votes stay, as nobody's."""
        self.tx.erase(person)
        self.gone += 1
        self.last = {(run, question, f"{self.gone}" if who == person else who): picked
                     for (run, question, who), picked in self.last.items()}  # fmt: skip

    def join(self, person: str, *_: object) -> None:
        """Of two votes at the same time, that of the conversation that goes on counts."""
        if person == "ann" or not (self.tx.exists(person) and self.tx.exists("ann")):
            return
        self.tx.join("web", f"{person}-cookie", "ann", NOW)
        for at in [at for at in self.last if at[2] == person]:
            picked = self.last.pop(at)
            self.last[at[0], at[1], "ann"] = self.last.get((at[0], at[1], "ann")) or picked

    def check(self) -> None:
        for run in self.runs:
            kept = self.tx.poll_run(run, None)
            assert kept
            assert without_zeros(kept) == self.tx.recount(run)
            assert all(votes >= 0 for of_it in kept.counts.values() for votes in of_it.values())
            for question in ("var", "hur"):
                voted = [picked for at, picked in self.last.items() if at[:2] == (run, question) and picked]
                assert kept.voters(question) == len(voted), "each person counts once"
                for option in "abc":
                    count = kept.counts.get(question, {}).get(option, 0)
                    assert count == sum(option in picked for picked in voted), "the last vote counts"


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=60, deadline=None)
async def test_whatever_happens_the_tally_is_what_the_ballots_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    def work(tx: Tx) -> None:
        meet(tx, *PEOPLE)
        model = Model(tx, [opened_poll(tx)])
        for what, person, question, picked in steps:
            getattr(model, what)(person, question, picked)
        model.check()

    async with opened(tmp_path_factory.mktemp("polls") / "x.db") as store:
        await store.write(work)


# Crossed, and written


async def test_two_questions_are_crossed_by_person(store: Store) -> None:
    run = await begun(store, *PEOPLE)

    def work(tx: Tx) -> None:
        for person, one, other in (("ann", "a", "x"), ("bo", "a", "y"), ("cia", "a", "x")):
            tx.vote(person, Vote(run, "var", (one,)), NOW)
            tx.vote(person, Vote(run, "hur", (other,)), NOW)
        tx.vote("ann", Vote(run, "hur", ()), NOW)

    await store.write(work)
    assert await store.read(lambda tx: tx.crossed(run, "var", "hur")) == {("a", "y"): 1, ("a", "x"): 1}


async def test_what_was_written_is_shown_when_it_is_released_and_only_those_very_words(store: Store) -> None:
    run = await begun(store, "ann", "bo")
    await votes(store, "ann", run, text="bygdebuss")
    await votes(store, "bo", run, text="samlokalisering")
    first, second = await store.read(lambda tx: tx.written(run))
    assert (first.text, first.question, first.released) == ("bygdebuss", "var", False)
    assert (await found(store, run)).released == {}
    assert await store.write(lambda tx: tx.release(first.ballot, shown=True))
    assert (await found(store, run)).released == {"var": ("bygdebuss",)}
    assert await store.write(lambda tx: tx.release(first.ballot, shown=False))
    assert (await found(store, run)).released == {}
    await votes(store, "bo", run, text="något helt annat")
    assert not await store.write(lambda tx: tx.release(second.ballot, shown=True))
    assert (await found(store, run)).released == {}


async def test_words_are_forgotten_after_their_time_and_stay_counted(store: Store) -> None:
    run = await begun(store, "ann", "bo")
    await votes(store, "ann", run, text="gammalt")
    await votes(store, "bo", run, text="nytt", at=LATER)
    [old, _] = await store.read(lambda tx: tx.written(run))
    await store.write(lambda tx: tx.release(old.ballot, shown=True))
    assert await store.write(lambda tx: tx.forget_words(LATER)) == 1
    assert [each.text for each in await store.read(lambda tx: tx.written(run))] == ["nytt"]
    kept = await found(store, run)
    assert (kept.voters("var"), kept.released) == (2, {})


# Feedback


async def test_feedback_is_kept_once_for_each_question(store: Store) -> None:
    await store.write(lambda tx: meet(tx, "ann", "bo"))
    await store.write(lambda tx: tx.give_feedback("ann", "w1", "betyg", "4", NOW))
    await store.write(lambda tx: tx.give_feedback("ann", "w1", "betyg", "5", LATER))
    await store.write(lambda tx: tx.give_feedback("ann", "w1", "bra", "", NOW))
    await store.write(lambda tx: tx.give_feedback("bo", "w1", "betyg", "3", NOW))
    await store.write(lambda tx: tx.give_feedback("bo", "w2", "betyg", "1", NOW))
    assert await store.read(lambda tx: tx.feedback_of("w1", "ann")) == {"betyg": "5", "bra": ""}
    assert await store.read(lambda tx: tx.feedback("w1")) == {"betyg": ("3", "5")}


# Whose they are


async def test_votes_of_somebody_forgotten_stay_and_lead_back_to_nobody(store: Store) -> None:
    run = await begun(store, "ann", "bo")
    await votes(store, "ann", run, "skog")
    await store.write(lambda tx: tx.give_feedback("ann", "w1", "betyg", "4", NOW))
    await store.write(lambda tx: tx.close_poll(run, NOW))
    again = await store.write(opened_poll)
    await votes(store, "ann", again, "skog")
    await store.write(lambda tx: tx.erase("ann"))
    for each in (run, again):
        assert without_zeros(await found(store, each, "ann")) == {"var": {"": 1, "skog": 1}}
        assert (await found(store, each, "ann")).mine == {}
    people = await store.read(lambda tx: [row[0] for row in tx.db.execute("SELECT person FROM ballot")])
    assert len(set(people)) == 2, "the runs can't be tied to each other either"
    assert "ann" not in people
    assert await store.read(lambda tx: tx.feedback("w1")) == {"betyg": ("4",)}
    assert await store.read(lambda tx: tx.feedback_of("w1", "ann")) == {}
    await store.write(lambda tx: tx.unlink_votes("bo"))  # who has not voted has nothing to unlink


@pytest.mark.parametrize(("here", "there", "counts"), [(NOW, LATER, "fjäll"), (LATER, NOW, "skog")])
async def test_two_who_become_one_have_one_vote_the_latest(
    store: Store, here: dt.datetime, there: dt.datetime, counts: str
) -> None:
    run = await begun(store, "ann", "bo")
    await votes(store, "ann", run, "skog", at=here)
    await votes(store, "bo", run, "fjäll", at=there)
    await store.write(lambda tx: tx.give_feedback("ann", "w1", "betyg", "1", here))
    await store.write(lambda tx: tx.give_feedback("bo", "w1", "betyg", "2", there))
    await store.write(lambda tx: tx.give_feedback("bo", "w1", "bra", "Samtalen", there))
    await store.write(lambda tx: tx.join("web", "bo-cookie", "ann", LATER))
    kept = await found(store, run, "ann")
    assert kept.mine == {"var": (counts,)}
    assert without_zeros(kept) == {"var": {"": 1, counts: 1}} == await recounted(store, run)
    said = await store.read(lambda tx: tx.feedback_of("w1", "ann"))
    assert said == {"betyg": "2" if counts == "fjäll" else "1", "bra": "Samtalen"}


async def test_one_vote_of_two_who_become_one_comes_along(store: Store) -> None:
    run = await begun(store, "ann", "bo")
    await votes(store, "bo", run, "fjäll")
    await store.write(lambda tx: tx.join_votes("bo", "ann"))
    assert (await found(store, run, "ann")).mine == {"var": ("fjäll",)}


# In groups


async def test_a_question_that_stands_in_a_group_is_known_when_it_has_been_sent(store: Store) -> None:
    def sent(tx: Tx) -> None:
        hints: list[dict[str, Any]] = [{"lang": "sv", "poll": [7, "var"]}, {"lang": "sv"}]
        for number, hint in enumerate(hints, 1):
            tx.post("telegram", "-1", None, None, {"text": "fråga"}, hint, NOW)
            tx.part_sent(number, "telegram", 40 + number, parts_left=False)

    await store.write(sent)
    [post] = await store.read(lambda tx: tx.poll_posts())
    assert (post.lane, post.message, post.run, post.question, post.language) == ("-1", 41, 7, "var", "sv")
    await store.write(lambda tx: tx.drop_poll_post(post))
    assert await store.read(lambda tx: tx.poll_posts()) == []
    assert dumps({"poll": [7]}).startswith('{"poll"'), "what part_sent looks for"


async def test_a_question_is_not_changed_any_more_in_a_group_that_has_moved(store: Store) -> None:
    def work(tx: Tx) -> None:
        for number, lane in enumerate(("-1", "-2"), 1):
            tx.post("telegram", lane, None, None, {"text": "fråga"}, {"lang": "sv", "poll": [7, "var"]}, NOW)
            tx.part_sent(number, "telegram", 41, parts_left=False)
        assert tx.newest_posted("telegram") == {"-1": 41, "-2": 41}
        tx.move_lane("telegram", "-1", "-1001")

    await store.write(work)
    assert [post.lane for post in await store.read(lambda tx: tx.poll_posts())] == ["-2"]
    assert await store.read(lambda tx: tx.newest_posted("telegram")) == {"-2": 41}


async def test_the_webinars_with_polls_or_feedback_are_known(store: Store) -> None:
    def work(tx: Tx) -> tuple[str, ...]:
        meet(tx, "ann")
        opened_poll(tx, webinar="w2")
        tx.replace_polls("w3", [("Start", "Hör ni?", "Ja", 1)], NOW)
        tx.give_feedback("ann", "w1", "betyg", "5", NOW)
        return tx.polled()

    assert await store.read(lambda tx: tx.polled()) == ()
    assert await store.write(work) == ("w1", "w2", "w3")
