"""Whose turn it is: people in their chats, and everybody at once."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.chats import Chats
from bot.channels.telegram.lanes import Lane, Lanes
from bot.pace import Pace
from bot.store.outbox import Item

ANNA, BO, GROUP = "1", "2", "-3"
numbers = count(1)


def item(lane: str, kind: str = "answer") -> Item:
    return Item(next(numbers), lane, None, None, {"kind": kind}, {}, 0, None, unknown=False)


def lanes(*, chat: float = 1e9, bulk: float = 1e9) -> Lanes:
    return Lanes(Pace(1, chat), Pace(1, 0.25), Pace(1, bulk))


def put(among: Lanes, lane: str, kind: str = "answer") -> Lane:
    found = among.lane(lane)
    among.add(found, item(lane, kind))
    return found


def sent(among: Lanes, lane: Lane) -> None:
    lane.items.popleft()
    among.rest(lane)


def test_who_waits_goes_before_a_broadcast_that_was_there_first() -> None:
    among = lanes(bulk=1)
    put(among, BO, "announcement")
    anna = put(among, ANNA)
    assert among.next(0) is anna
    assert among.next(0) is None, "the answer counts for the pace that holds over all chats"
    assert among.due(0, room=True) == 1
    assert among.due(0, room=False) is None
    found = among.next(1)
    assert found
    assert found.id == BO


def test_a_chat_becomes_urgent_when_its_person_asks_while_a_broadcast_waits_in_it() -> None:
    among = lanes(bulk=1)
    anna, bo = put(among, ANNA, "announcement"), put(among, BO, "announcement")
    assert among.next(0) is anna
    put(among, BO)
    assert among.next(0) is bo


def test_one_chat_is_sent_one_thing_at_a_time_at_its_own_pace_and_holds_up_nobody() -> None:
    among = lanes()
    group, bo = put(among, GROUP), put(among, BO)
    put(among, GROUP)
    assert {among.next(0), among.next(0)} == {group, bo}
    assert among.next(0) is None
    sent(among, group)
    assert among.next(0) is None, "a group gets one in four seconds here"
    assert among.due(0, room=False) == 4
    among.wake(4)
    assert among.next(4) is group
    sent(among, group)
    assert GROUP not in among


@given(st.lists(st.tuples(st.sampled_from((ANNA, BO, GROUP)), st.booleans()), max_size=30))
def test_everything_leaves_once_and_each_chat_in_order(asked: list[tuple[str, bool]]) -> None:
    among, now = lanes(chat=2, bulk=3), 0.0
    for lane, broadcast in asked:
        put(among, lane, "announcement" if broadcast else "answer")
    left: dict[str, list[int]] = {lane.id: [each.id for each in lane.items] for lane in among}
    while len(among):
        if turn := among.next(now):
            assert turn.items[0].id == left[turn.id].pop(0)
            sent(among, turn)
        else:
            due = among.due(now, room=True)
            assert due is not None
            now += max(due, 0.001)
            among.wake(now)
    assert not any(left.values())


def test_a_group_that_has_become_another_chat_keeps_its_lane_and_counts_its_messages_anew() -> None:
    chats = Chats()
    chats.saw(ANNA, 7)
    assert (chats.newest(BO), chats.newest("-5"), chats.lane_at(-5)) == (7, 7, "-5")
    chats.move("-5", "-1000000000001")
    assert (chats.chat("-5"), chats.lane_at(-1000000000001), chats.newest("-5")) == (-1000000000001, "-5", 0)
    chats.recall({"-6": "-1000000000002"}, {BO}, {"-6": 3, ANNA: 4})
    assert (chats.newest("-6"), chats.newest(ANNA), chats.gone) == (3, 7, {BO})
