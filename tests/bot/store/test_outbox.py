"""What every store must do for channels that send: the outbox, what became of it outside, announcements."""

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.ports import Store
from bot.store.announcements import ANNOUNCEMENTS, Announcements
from bot.store.outbox import OUTBOX, Item, Outbox, lane_of
from bot.store.reach import Outage, Reach
from bot.store.tx import QUEUE, Tx

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER, TOMORROW = NOW + dt.timedelta(minutes=5), NOW + dt.timedelta(days=1)
SENT = "telegram"


def test_every_method_is_met_here() -> None:
    parts: tuple[type, ...] = (Outbox, Reach, Announcements)
    methods = {
        name for part in parts for name, found in vars(part).items() if callable(found) and not name.startswith("_")
    }
    met = set(re.findall(r"\b(?:tx|Tx)\.([a-z_]+)\b", Path(__file__).read_text(encoding="utf-8")))
    assert methods
    assert methods <= met, methods - met


def meet(tx: Tx, person: str = "ann", address: str = "7", channel: str = SENT) -> None:
    tx.create_person(person, channel, address, NOW)
    tx.keep_state(person, {"language": "sv"}, 0)


def post(tx: Tx, lane: str, *texts: str, person: str | None = "ann", channel: str = SENT) -> None:
    for number, text in enumerate(texts, 1):
        tx.post(channel, lane, person, number if person else None, {"text": text}, {"lang": "sv"}, NOW)


def texts(items: list[Item]) -> list[str]:
    return [item.body["text"] for item in items]


async def unsent(store: Store, after: int = 0, channel: str = SENT) -> list[Item]:
    return await store.read(lambda tx: tx.unsent(channel, after))


async def done(store: Store, work: Callable[[Tx], Any]) -> list[Item]:
    """What is still to be sent after something was done."""
    await store.write(work)
    return await unsent(store)


# What is to be sent


async def test_what_is_posted_is_there_in_order_with_everything_that_sending_needs(
    store: Store, told: list[str]
) -> None:
    hint = {"lang": "sv", "reply": 4, "thread": None}
    await store.write(lambda tx: tx.post(SENT, "7", "ann", 3, {"text": "åäö \U0001f33e"}, hint, NOW))
    await store.write(lambda tx: post(tx, "8", "två", person=None))
    assert told == [OUTBOX, OUTBOX]
    one, two = await unsent(store)
    assert (one.lane, one.person, one.number) == ("7", "ann", 3)
    assert (one.body, one.hint) == ({"text": "åäö \U0001f33e"}, hint)
    assert (one.part, one.after, one.unknown) == (0, None, False)
    assert (two.lane, two.person, two.number) == ("8", None, None)
    assert one.id < two.id


async def test_each_channel_sees_its_own(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett"))
    await store.write(lambda tx: post(tx, "7", "annat", channel="elsewhere"))
    assert texts(await unsent(store)) == ["ett"]
    assert texts(await unsent(store, channel="elsewhere")) == ["annat"]
    assert await store.read(lambda tx: tx.count_unsent(SENT)) == {"waiting": 1}


async def test_it_is_fetched_in_portions_each_after_the_last(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", *"abcde"))
    first = await store.read(lambda tx: tx.unsent(SENT, 0, 2))
    assert texts(first) == ["a", "b"]
    assert texts(await unsent(store, first[-1].id)) == ["c", "d", "e"]


async def test_one_lane_is_looked_at_alone(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    await store.write(lambda tx: post(tx, "77", "annan"))
    assert texts(await store.read(lambda tx: tx.unsent_in(SENT, "7"))) == ["ett", "två"]
    assert await store.read(lambda tx: tx.unsent_in("elsewhere", "7")) == []


@pytest.mark.parametrize(("address", "lane"), [("7", "7"), ("-100:7", "-100"), ("-100", "-100")])
def test_an_address_is_in_its_lane(address: str, lane: str) -> None:
    assert lane_of(address) == lane


async def test_what_is_said_to_all_addresses_goes_to_those_that_are_sent_to(store: Store, told: list[str]) -> None:
    await store.write(lambda tx: meet(tx, "ann", "-100:7"))
    await store.write(lambda tx: meet(tx, "bo", "cookie", "web"))
    told.clear()
    await store.write(lambda tx: tx.post_to_all("bo", 1, {"text": "hej"}, "sv", NOW))
    assert (await unsent(store), told) == ([], [])
    await store.write(lambda tx: tx.post_to_all("ann", 5, {"text": "hej"}, "en", NOW))
    [item] = await unsent(store)
    assert (item.lane, item.person, item.number, item.hint["lang"]) == ("-100", "ann", 5, "en")
    assert item.hint["reply"] is None


async def test_what_answers_a_line_points_at_its_message_in_the_same_lane(store: Store) -> None:
    def ask(tx: Tx) -> None:
        meet(tx)
        tx.note_posted(SENT, "7", 41, "ann", 2)
        tx.note_posted(SENT, "-100", 99, "ann", 2)
        tx.post_to_all("ann", 5, {"text": "svar", "reply_to": 2}, "sv", NOW)

    [item] = await done(store, ask)
    assert item.hint["reply"] == 41


async def test_what_is_said_later_is_logged_and_posted_in_the_persons_language(store: Store, told: list[str]) -> None:
    await store.write(meet)
    await store.write(lambda tx: tx.keep_state("ann", {"language": "en"}, 4))
    await store.write(lambda tx: tx.say_later("ann", "moderator", {"text": "svar"}, NOW))
    [item] = await unsent(store)
    assert (item.number, item.hint["lang"]) == (5, "en")
    assert [line.number for line in await store.read(lambda tx: tx.messages("ann", 0))] == [5]
    assert OUTBOX in told


# Handing over


async def test_what_is_handed_over_is_unknown_until_it_is_settled(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    one, two = await unsent(store)
    assert await store.write(lambda tx: tx.hand_over(one.id, 40))
    first, second = await unsent(store)
    assert (first.unknown, first.after) == (True, 40)
    assert (second.unknown, second.after) == (False, None)
    assert await store.read(lambda tx: tx.count_unsent(SENT)) == {"sending": 1, "waiting": 1}
    assert two.id == second.id


async def test_what_is_gone_cannot_be_handed_over(store: Store) -> None:
    assert not await store.write(lambda tx: tx.hand_over(4711, 0))


async def test_what_was_surely_not_sent_waits_again(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett"))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.hand_over(item.id, 40))
    [again] = await done(store, lambda tx: tx.take_back(item.id))
    assert not again.unknown


async def test_what_has_been_refused_is_not_taken_back(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett"))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.refuse(item.id, "400 no"))
    assert await done(store, lambda tx: tx.take_back(item.id)) == []


async def test_what_was_sent_is_gone_and_known_as_its_message(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    one, _ = await unsent(store)
    await store.write(lambda tx: tx.hand_over(one.id, 40))
    left = await done(store, lambda tx: tx.part_sent(one.id, SENT, 41, parts_left=False))
    assert texts(left) == ["två"]
    assert await store.read(lambda tx: tx.posted(SENT, "7", 41)) == ("ann", 1)


async def test_of_a_long_one_the_next_part_waits(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "lång"))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.hand_over(item.id, 40))
    [rest] = await done(store, lambda tx: tx.part_sent(item.id, SENT, 41, parts_left=True))
    assert (rest.part, rest.unknown) == (1, False)
    assert await done(store, lambda tx: tx.part_sent(item.id, SENT, 42, parts_left=False)) == []
    assert await store.read(lambda tx: [tx.posted(SENT, "7", number) for number in (41, 42)]) == [("ann", 1)] * 2


async def test_what_no_log_keeps_is_known_as_nobodys(store: Store) -> None:
    await store.write(lambda tx: post(tx, "-100", "hej allihop", person=None))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.part_sent(item.id, SENT, 41, parts_left=False))
    assert await store.read(lambda tx: tx.posted(SENT, "-100", 41)) is None


async def test_what_arrives_after_its_person_was_forgotten_leaves_no_trace(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "ett"))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.hand_over(item.id, 40))
    await store.write(lambda tx: tx.note_posted(SENT, "7", 40, "ann", 1))
    assert await done(store, lambda tx: tx.erase("ann")) == []
    await store.write(lambda tx: tx.part_sent(item.id, SENT, 41, parts_left=False))
    assert await store.read(lambda tx: [tx.posted(SENT, "7", number) for number in (40, 41)]) == [None, None]
    assert not await store.write(lambda tx: tx.hand_over(item.id, 41))


async def test_what_is_on_its_way_is_of_whoever_its_person_has_become(store: Store) -> None:
    def becomes_another(tx: Tx) -> None:
        meet(tx)
        meet(tx, "bo", "8")
        post(tx, "7", "ett")
        tx.join(SENT, "7", "bo", NOW)

    await store.write(becomes_another)
    [item] = await unsent(store)
    assert await store.read(lambda tx: (tx.person_of(item.id), tx.person_of(item.id + 1))) == ("bo", None)
    assert await done(store, lambda tx: tx.part_sent(item.id, SENT, 41, parts_left=False)) == []


async def test_what_was_refused_is_kept_with_its_reason_and_not_sent(store: Store) -> None:
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    one, _ = await unsent(store)
    left = await done(store, lambda tx: tx.refuse(one.id, "400 no"))
    assert texts(left) == ["två"]
    assert await store.read(lambda tx: tx.count_unsent(SENT)) == {"refused": 1, "waiting": 1}
    assert await store.read(lambda tx: texts(tx.unsent_in(SENT, "7"))) == ["två"]
    assert await reasons(store) == ["400 no", None]


async def test_what_is_held_waits_until_its_lane_is_back(store: Store) -> None:
    def work(tx: Tx) -> None:
        meet(tx)
        tx.lane_gone(SENT, "7", "blocked")
        post(tx, "7", "ett")

    await store.write(work)
    [one] = await unsent(store)
    assert await done(store, lambda tx: tx.hold(one.id)) == []
    assert await store.read(lambda tx: tx.count_unsent(SENT)) == {"held": 1}
    assert await store.write(lambda tx: tx.lane_back(SENT, "7"))
    assert texts(await unsent(store)) == ["ett"]


async def test_what_is_given_by_hand_wakes_nobody_and_is_unknown_until_settled(store: Store, told: list[str]) -> None:
    made = await store.write(lambda tx: tx.post_by_hand(SENT, "7", None, None, {"text": "ett"}, {}, NOW, 40))
    assert OUTBOX not in told
    [kept] = await unsent(store)
    assert (made.id, made.after, made.handed, made.unknown) == (kept.id, kept.after, True, False)
    assert await store.read(lambda tx: tx.person_of(made.id)) is None
    assert kept.unknown


async def reasons(store: Store) -> list[str | None]:
    """Why each row of the outbox will not be sent."""
    return await store.read(lambda tx: [row[0] for row in tx.db.execute("SELECT why FROM outbox ORDER BY id")])


async def test_what_is_to_be_sent_in_another_way_is_so_after_a_restart_too(store: Store) -> None:
    await store.write(lambda tx: tx.post(SENT, "7", None, None, {"text": "Var?"}, {"lang": "sv", "native": {}}, NOW))
    await store.write(lambda tx: tx.change_hint(1, {"lang": "sv"}))
    [item] = await store.read(lambda tx: tx.unsent(SENT, 0))
    assert item.hint == {"lang": "sv"}


# Where it went


async def test_a_message_outside_is_the_latest_line_that_it_shows(store: Store) -> None:
    await store.write(lambda tx: tx.note_posted(SENT, "7", 41, "ann", 2))
    await store.write(lambda tx: tx.note_posted(SENT, "7", 41, "ann", 4))
    assert await store.read(lambda tx: tx.posted(SENT, "7", 41)) == ("ann", 4)
    assert await store.read(lambda tx: (tx.posted_as("ann", 2, "7"), tx.posted_as("ann", 4, "7"))) == (None, 41)
    assert await store.read(lambda tx: (tx.posted(SENT, "8", 41), tx.posted("elsewhere", "7", 41))) == (None, None)


async def test_the_newest_message_of_a_lane_is_known(store: Store) -> None:
    def work(tx: Tx) -> None:
        for lane, message in (("7", 41), ("7", 43), ("8", 99), ("-100", 3)):
            tx.note_posted(SENT, lane, message, "ann", message)

    await store.write(work)
    assert await store.read(lambda tx: (tx.newest_in(SENT, "7"), tx.newest_in(SENT, "9"))) == (43, None)
    assert await store.read(lambda tx: tx.newest_posted(SENT)) == {"7": 43, "8": 99, "-100": 3}
    assert await store.read(lambda tx: tx.newest_posted("elsewhere")) == {}


async def test_known_messages_in_a_range_are_found_its_end_included(store: Store) -> None:
    def work(tx: Tx) -> None:
        for message in (40, 41, 42, 43):
            tx.note_posted(SENT, str(message % 2), message, "ann", message)

    await store.write(work)
    assert await store.read(lambda tx: tx.posted_between(SENT, 40, 42)) == {("1", 41), ("0", 42)}
    assert await store.read(lambda tx: tx.posted_between("elsewhere", 0, 99)) == set()


# What can't be reached


async def gone(store: Store) -> dict[str, str | None]:
    """Address → why it can't be reached."""
    return await store.read(lambda tx: dict(tx.db.execute("SELECT address, gone FROM address").fetchall()))


async def test_a_lane_that_is_gone_takes_its_addresses_with_it_and_keeps_what_waits(
    store: Store, told: list[str]
) -> None:
    def live(tx: Tx) -> None:
        for person, address in (("ann", "-100:7"), ("bo", "-100:8"), ("cia", "-1001:7"), ("dan", "-100")):
            meet(tx, person, address)
        post(tx, "-100", "ett", "två")
        post(tx, "-1001", "annan", person="cia")

    await store.write(live)
    told.clear()
    left = await done(store, lambda tx: tx.lane_gone(SENT, "-100", "blocked"))
    assert texts(left) == ["annan"]
    assert told == [QUEUE]
    assert await gone(store) == {"-100:7": "blocked", "-100:8": "blocked", "-1001:7": None, "-100": "blocked"}
    assert await reasons(store) == ["blocked", "blocked", None]
    assert await store.read(lambda tx: tx.lanes_gone(SENT)) == {"-100"}
    assert await store.read(lambda tx: tx.lanes_gone("elsewhere")) == set()


async def test_a_lane_that_is_back_has_everything_that_waited_in_order(store: Store, told: list[str]) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    await store.write(lambda tx: tx.lane_gone(SENT, "7", "blocked"))
    told.clear()
    assert await store.write(lambda tx: tx.lane_back(SENT, "7"))
    assert QUEUE in told
    assert texts(await unsent(store)) == ["ett", "två"]
    assert await gone(store) == {"7": None}
    assert await store.read(lambda tx: tx.lanes_gone(SENT)) == set()


async def test_a_lane_that_was_not_gone_is_no_news(store: Store, told: list[str]) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "ett"))
    [item] = await unsent(store)
    await store.write(lambda tx: tx.refuse(item.id, "400 no"))
    told.clear()
    assert not await store.write(lambda tx: tx.lane_back(SENT, "7"))
    assert (await unsent(store), told) == ([], [])


async def test_what_was_refused_for_itself_stays_refused_when_its_lane_is_back(store: Store) -> None:
    await store.write(meet)
    await store.write(lambda tx: post(tx, "7", "ett", "två"))
    one, _ = await unsent(store)
    await store.write(lambda tx: tx.refuse(one.id, "400 no"))
    await store.write(lambda tx: tx.lane_gone(SENT, "7", "blocked"))
    left = await done(store, lambda tx: tx.lane_back(SENT, "7"))
    assert texts(left) == ["två"]


async def test_a_question_says_whether_its_asker_can_be_reached(store: Store) -> None:
    await store.write(meet)
    number = await store.write(lambda tx: tx.ask("ann", 1, "När?", "sv", None, (), NOW))

    async def blocked() -> bool:
        question = await store.read(lambda tx: tx.question(number))
        assert question is not None
        return question.blocked

    assert not await blocked()
    await store.write(lambda tx: tx.lane_gone(SENT, "7", "blocked"))
    assert await blocked()
    await store.write(lambda tx: tx.lane_back(SENT, "7"))
    assert not await blocked()


async def test_where_a_group_has_moved_is_known(store: Store) -> None:
    await store.write(lambda tx: tx.move_lane(SENT, "-5", "-1005"))
    await store.write(lambda tx: tx.move_lane(SENT, "-6", "-1006"))
    await store.write(lambda tx: tx.move_lane(SENT, "-5", "-1007"))
    assert await store.read(lambda tx: tx.moved(SENT)) == {"-5": "-1007", "-6": "-1006"}
    assert await store.read(lambda tx: tx.moved("elsewhere")) == {}


# In touch


async def test_the_last_contact_is_known(store: Store) -> None:
    assert await store.read(lambda tx: tx.last_in_touch(SENT)) is None
    for moment in (NOW, LATER):
        await store.write(lambda tx, at=moment: tx.in_touch(SENT, at))  # type: ignore[misc]
    assert await store.read(lambda tx: tx.last_in_touch(SENT)) == LATER
    assert await store.read(lambda tx: tx.last_in_touch("elsewhere")) is None


async def test_outages_are_told_as_long_as_they_are_news(store: Store, told: list[str]) -> None:
    outage = Outage(NOW, LATER)
    await store.write(lambda tx: tx.note_outage(SENT, outage))
    assert told == [QUEUE]
    assert await store.read(lambda tx: tx.outages(NOW)) == [outage]
    assert await store.read(lambda tx: tx.outages(LATER)) == []


async def test_who_was_heard_of_before_an_outage_is_found_where_they_can_be_reached(store: Store) -> None:
    def live(tx: Tx) -> None:
        for person, address in (("ann", "7"), ("bo", "8"), ("cia", "9"), ("dan", "10")):
            meet(tx, person, address)
        meet(tx, "eva", "cookie", "web")
        for person, at in (("ann", LATER), ("bo", LATER), ("cia", TOMORROW), ("eva", LATER)):
            tx.active(person, at)
        tx.lane_gone(SENT, "8", "blocked")

    await store.write(live)
    assert await store.read(lambda tx: tx.addresses_active(SENT, NOW, LATER)) == ["7"]
    assert await store.read(lambda tx: sorted(tx.addresses_active(SENT, NOW, TOMORROW))) == ["7", "9"]


# Announcements


async def test_announcements_are_told_oldest_first_and_end(store: Store, told: list[str]) -> None:
    assert await store.read(lambda tx: tx.announcement()) is None
    await store.write(lambda tx: tx.announce("w1", "announce.open", NOW))
    await store.write(lambda tx: tx.announce("w2", "announce.open", NOW))
    assert told == [ANNOUNCEMENTS, ANNOUNCEMENTS]
    first = await store.read(lambda tx: tx.announcement())
    assert first is not None
    assert first[1:] == ("w1", "announce.open", "", None)
    await store.write(lambda tx: tx.announced(first[0], "bo"))
    assert await store.read(lambda tx: tx.announcement()) == (*first[:3], "bo", None)
    await store.write(lambda tx: tx.announced(first[0], None))
    second = await store.read(lambda tx: tx.announcement())
    assert second is not None
    assert second[1] == "w2"
    assert second[0] != first[0]


async def test_people_in_a_webinar_are_gathered_in_portions(store: Store) -> None:
    def live(tx: Tx) -> None:
        for person, webinar in (("a", "w1"), ("b", "w2"), ("c", "w1"), ("d", None), ("e", "w1"), ("f", "w11")):
            meet(tx, person, person)
            tx.keep_state(person, {"language": "sv", "webinar": webinar}, 0)

    await store.write(live)
    first = await store.read(lambda tx: tx.gathered("w1", "", 2))
    assert [person for person, _ in first] == ["a", "c"]
    assert '"webinar":"w1"' in first[0][1]
    assert [person for person, _ in await store.read(lambda tx: tx.gathered("w1", "c", 2))] == ["e"]
    assert await store.read(lambda tx: tx.gathered("w3", "", 2)) == []


async def test_the_groups_of_people_in_a_webinar_are_found_once(store: Store) -> None:
    def live(tx: Tx) -> None:
        for person, address, webinar in (
            ("a", "-1:7", "w1"),
            ("b", "-1:8", "w1"),
            ("c", "9", "w1"),
            ("d", "-2:7", "w2"),
        ):
            meet(tx, person, address)
            tx.keep_state(person, {"language": "sv", "webinar": webinar}, 0)

    await store.write(live)
    assert await store.read(lambda tx: tx.groups_gathered(SENT, "w1")) == ["-1"]
    await store.write(lambda tx: tx.lane_gone(SENT, "-1", "kicked"))
    assert await store.read(lambda tx: tx.groups_gathered(SENT, "w1")) == []


async def test_what_is_not_for_groups_is_sent_to_none(store: Store) -> None:
    await store.write(lambda tx: meet(tx, "ann", "-1:7"))
    await store.write(lambda tx: meet(tx, "bo", "8"))
    for person in ("ann", "bo"):
        await store.write(partial(Tx.post_to_all, person=person, number=1, body={"text": "hej"}, language="sv", now=NOW,
                                  groups=False))  # fmt: skip
    assert [item.lane for item in await store.read(lambda tx: tx.unsent(SENT, 0))] == ["8"]
