"""What every store must do for a round: each method of a transaction on rounds."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.rounds import Rounds
from bot.store.tx import Tx
from dialogs.records import Round, Run, StartRound

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER, TOMORROW = NOW + dt.timedelta(minutes=5), NOW + dt.timedelta(days=1)
CODE = "R-ABCD-EFGH"
PEOPLE = ("ann", "bo", "cia", "dag")


def begin(tx: Tx, *people: str, code: str = CODE, now: dt.datetime = NOW) -> None:
    """A round that the first of these leads."""
    for person in people or PEOPLE:
        if not tx.exists(person):
            tx.create_person(person, "web", f"{person}-cookie", NOW)
            tx.keep_state(person, {"version": 1}, 0)
    tx.start_round((people or PEOPLE)[0], StartRound(code, "fem", 3, "mark", "source", "lokal", "start", "short"), now)


def walk(
    tx: Tx, person: str, given: Mapping[str, str], *, through: bool = True, code: str | None = CODE,
    joint: bool = False, name: str = "",
) -> str:  # fmt: skip
    """Somebody's run in the round; its id."""
    run = f"{name or person}-{code}-{joint}"
    tx.start_run(person, Run(run, "fem", 3, "mark", "lokal", "start", "short", NOW, round=code, joint=joint), "source")
    for statement, answer in given.items():
        tx.give(run, statement, NOW, NOW, answer=answer)
    if through:
        tx.finish_run(run, LATER)
    return run


async def seen(store: Store, person: str | None = None, code: str = CODE) -> Round:
    found = await store.read(lambda tx: tx.round(code, person))
    assert found
    return found


def test_every_method_on_rounds_is_met_here() -> None:
    methods = {name for name, found in vars(Rounds).items() if callable(found) and not name.startswith("_")}
    assert len(methods) >= 9
    assert methods <= set(re.findall(r"\btx\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))


async def test_a_round_is_as_it_was_begun_and_led_by_one(store: Store) -> None:
    await store.write(begin)
    found = await seen(store, "ann")
    assert found == Round(CODE, "fem", 3, "mark", "lokal", "start", "short", True, False, 0, 0)
    for other in ("bo", None, "unheard-of"):
        assert (await seen(store, other)).leads is False
    assert await store.read(lambda tx: tx.round("R-2222-2222", "ann")) is None
    assert await store.read(lambda tx: tx.edition("mark")) == "source"


async def test_two_rounds_cannot_have_the_same_code(store: Store) -> None:
    await store.write(begin)
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(begin)


async def test_a_round_knows_who_is_in_and_who_is_through(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        walk(tx, "ann", {"a": "ja"})
        walk(tx, "bo", {"a": "nej"}, through=False)
        walk(tx, "cia", {}, through=False)
        walk(tx, "dag", {"a": "nej"}, code=None)
        walk(tx, "ann", {"a": "delvis"}, joint=True)

    await store.write(work)
    found = await seen(store, "ann")
    assert (found.joined, found.waiting, found.batches, found.fresh, found.last) == (3, 1, (), (), ())
    assert (found.run, found.joint) == (f"ann-{CODE}-False", f"ann-{CODE}-True")
    assert ((await seen(store, "bo")).run, (await seen(store, "bo")).joint) == (f"bo-{CODE}-False", None)
    assert (await seen(store, "dag")).run is None
    run = await store.read(lambda tx: tx.run("ann", f"ann-{CODE}-True"))
    assert run
    assert (run.round, run.joint) == (CODE, True)


async def test_nobody_has_two_runs_in_a_round(store: Store) -> None:
    await store.write(begin)
    await store.write(lambda tx: walk(tx, "bo", {}))
    with pytest.raises(Exception, match="UNIQUE"):
        await store.write(lambda tx: walk(tx, "bo", {}, name="again"))


async def test_only_who_leads_is_told_what_counting_would_give(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        for person in ("bo", "cia"):
            walk(tx, person, {"a": "ja", "b": "nej"})
        walk(tx, "dag", {"a": "nej"}, through=False)

    await store.write(work)
    leading = await seen(store, "ann")
    assert (leading.fresh, leading.last) == ((), ({"a": {"ja": 2, "nej": 1}, "b": {"nej": 2}},))
    await store.write(lambda tx: tx.finish_run(f"dag-{CODE}-False", LATER))
    assert (await seen(store, "ann")).fresh == ({"a": {"ja": 2, "nej": 1}, "b": {"nej": 2}},)
    for other in ("bo", None):
        assert ((await seen(store, other)).fresh, (await seen(store, other)).last) == ((), ())


async def test_a_batch_is_of_three_or_more_and_counted_once(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        for person in ("ann", "bo"):
            walk(tx, person, {"a": "ja"})
        tx.count_round(CODE, finished=True)

    await store.write(work)
    assert await store.read(lambda tx: tx.batches(CODE)) == ()
    await store.write(lambda tx: walk(tx, "cia", {"a": "nej"}))
    await store.write(lambda tx: walk(tx, "ann", {"a": "nej"}, joint=True))
    for _ in range(2):
        await store.write(lambda tx: tx.count_round(CODE, finished=True))
    assert await store.read(lambda tx: tx.batches(CODE)) == ({"a": {"ja": 2, "nej": 1}},)
    found = await seen(store, "ann")
    assert (found.joined, found.waiting, found.fresh) == (3, 0, ())
    await store.write(lambda tx: tx.give(f"cia-{CODE}-False", "a", TOMORROW, TOMORROW, answer="ja"))
    assert await store.read(lambda tx: tx.batches(CODE)) == ({"a": {"ja": 2, "nej": 1}},)


async def test_batches_keep_their_order(store: Store) -> None:
    def work(tx: Tx) -> None:
        people = tuple(f"p{number:02}" for number in range(36))
        begin(tx, *people)
        for number, person in enumerate(people):
            walk(tx, person, {"a": "ja", f"s{number // 3:02}": "nej"})
            if number % 3 == 2:
                tx.count_round(CODE, finished=True)

    await store.write(work)
    found = await store.read(lambda tx: tx.batches(CODE))
    assert [next(each for each in batch if each != "a") for batch in found] == [f"s{number:02}" for number in range(12)]


async def test_closing_counts_all_who_answered_and_names_who_is_to_be_told(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        begin(tx)
        walk(tx, "ann", {"a": "ja"})
        walk(tx, "bo", {"a": "ja"}, through=False)
        walk(tx, "cia", {"a": "nej"}, through=False)
        walk(tx, "dag", {}, through=False)
        tx.count_round(CODE, finished=False)
        return tx.close_round(CODE, LATER)

    assert sorted(await store.write(work)) == ["bo", "cia", "dag"]
    found = await seen(store)
    assert (found.closed, found.batches, found.joined) == (True, ({"a": {"ja": 2, "nej": 1}},), 4)


async def test_a_run_that_leaves_is_somebodys_own(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        run = walk(tx, "bo", {"a": "ja"})
        tx.leave_round(run)

    await store.write(work)
    assert (await seen(store, "bo")).run is None
    assert (await seen(store)).joined == 0
    run = await store.read(lambda tx: tx.run("bo", f"bo-{CODE}-False"))
    assert run
    assert (run.round, run.answers) == (None, {"a": "ja"})
    await store.write(lambda tx: walk(tx, "bo", {"a": "nej"}, name="again"))
    found = await seen(store, "bo")
    assert (found.joined, found.waiting, found.run) == (1, 1, f"again-{CODE}-False")


async def test_who_was_counted_and_left_comes_back_without_being_counted_again(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        begin(tx, code="R-2222-2222")
        for person in ("ann", "bo", "cia"):
            walk(tx, person, {"a": "ja"})
        tx.count_round(CODE, finished=True)
        tx.leave_round(f"bo-{CODE}-False")
        walk(tx, "bo", {"a": "nej"}, name="again")
        walk(tx, "bo", {"a": "nej"}, code="R-2222-2222")

    await store.write(work)
    found = await seen(store, "bo")
    assert (found.joined, found.waiting, found.run) == (3, 0, f"again-{CODE}-False")
    assert (await seen(store, "bo", "R-2222-2222")).waiting == 1


async def test_a_key_leads_to_its_round_while_it_is_good_and_is_used_up(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        begin(tx, code="R-2222-2222")
        tx.offer_round(CODE, "one", TOMORROW)
        tx.offer_round(CODE, "two", TOMORROW)
        tx.offer_round("R-2222-2222", "other", TOMORROW)

    await store.write(work)
    assert await store.read(lambda tx: tx.offered_round("one", LATER)) == CODE
    assert await store.read(lambda tx: tx.offered_round("one", TOMORROW)) is None
    assert await store.read(lambda tx: tx.offered_round("three", LATER)) is None
    await store.write(lambda tx: tx.take_round(CODE, "bo", "copy"))
    assert [(await seen(store, each)).leads for each in ("ann", "bo")] == [False, True]
    keys = await store.read(lambda tx: [tx.offered_round(each, LATER) for each in ("one", "two", "other")])
    assert keys == [None, None, "R-2222-2222"]


@pytest.mark.parametrize("through", [True, False])
async def test_joint_answers_are_copied_to_the_next_leader_once_finished_and_moved_before(
    store: Store, through: bool
) -> None:
    def work(tx: Tx) -> tuple[str | None, list[str]]:
        begin(tx)
        walk(tx, "bo", {"a": "nej"})
        walk(tx, "ann", {"a": "ja"}, through=through, joint=True)
        led = tx.leading(CODE)
        tx.take_round(CODE, "cia", "copy")
        return led, tx.taking_part(CODE)

    assert await store.write(work) == ("ann", ["bo"])
    assert await store.read(lambda tx: tx.leading(CODE)) == "cia"
    ann, cia = await seen(store, "ann"), await seen(store, "cia")
    joint = f"ann-{CODE}-True"
    assert (ann.joint, cia.joint) == ((joint, "copy") if through else (None, joint))
    assert (ann.agreed, cia.agreed) == (through, through)
    run = await store.read(lambda tx: tx.run("cia", cia.joint or ""))
    assert run
    assert (run.answers, run.joint, run.round) == ({"a": "ja"}, True, CODE)


async def test_old_rounds_go_and_runs_stay(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        begin(tx, code="R-2222-2222", now=TOMORROW)
        for person in ("ann", "bo", "cia"):
            walk(tx, person, {"a": "ja"})
            walk(tx, person, {"a": "nej"}, code="R-2222-2222")
        walk(tx, "ann", {"a": "ja"}, joint=True)
        tx.count_round(CODE, finished=True)
        tx.offer_round(CODE, "one", TOMORROW)
        tx.leave_round(f"cia-{CODE}-False")

    await store.write(work)
    assert await store.write(lambda tx: tx.delete_rounds(NOW)) == 0
    assert await store.write(lambda tx: tx.delete_rounds(LATER)) == 1
    assert await store.read(lambda tx: tx.round(CODE, "ann")) is None
    assert await store.read(lambda tx: (tx.batches(CODE), tx.offered_round("one", LATER))) == ((), None)
    for joint in (False, True):
        run = await store.read(lambda tx, joint=joint: tx.run("ann", f"ann-{CODE}-{joint}"))  # type: ignore[misc]
        assert run
        assert (run.round, run.joint, run.answers) == (None, False, {"a": "ja"})
    kept = await seen(store, "ann", "R-2222-2222")
    assert (kept.joined, kept.waiting) == (3, 3)


async def test_an_edition_goes_when_nobody_walks_it_any_more(store: Store) -> None:
    await store.write(begin)
    mark = (await seen(store, "ann")).edition
    assert await store.write(lambda tx: tx.delete_unused_editions()) == 0
    assert await store.read(lambda tx: tx.edition(mark))
    await store.write(lambda tx: tx.delete_rounds(LATER))
    assert await store.write(lambda tx: tx.delete_unused_editions()) == 1
    assert await store.read(lambda tx: tx.edition(mark)) is None


async def test_a_round_outlives_its_leader_and_the_runs_of_who_is_forgotten(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        for person in PEOPLE:
            walk(tx, person, {"a": "ja"})
        tx.erase("ann")
        tx.count_round(CODE, finished=True)
        tx.erase("bo")

    await store.write(work)
    found = await seen(store, "cia")
    assert (found.leads, found.joined, found.batches) == (False, 3, ({"a": {"ja": 3}},))
    assert sorted(await store.write(lambda tx: tx.close_round(CODE, LATER))) == ["cia", "dag"]


async def test_two_who_become_one_have_one_run_in_the_round(store: Store) -> None:
    def work(tx: Tx) -> None:
        begin(tx)
        walk(tx, "bo", {"a": "ja"})
        walk(tx, "ann", {"a": "nej"})
        walk(tx, "ann", {"a": "nej"}, joint=True)
        tx.join("web", "ann-cookie", "bo", LATER)

    await store.write(work)
    found = await seen(store, "bo")
    assert (found.leads, found.joined, found.waiting) == (True, 1, 1)
    assert (found.run, found.joint) == (f"bo-{CODE}-False", f"ann-{CODE}-True")
    assert await store.read(lambda tx: tx.run("bo", f"ann-{CODE}-False")) is not None, "it is kept, as a run of its own"


async def test_the_words_of_a_walk_go_when_nobody_walks_them_any_more(store: Store) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        begin(tx)
        first = tx.delete_unused_editions()
        tx.delete_rounds(LATER)
        return first, tx.delete_unused_editions()

    assert await store.write(work) == (0, 1)
