import asyncio

from bot.live import Live


def test_a_change_wakes_those_who_listen_to_it_and_nobody_else() -> None:
    live = Live()
    with live.listen(["person:ann", "webinar:w"]) as ann, live.listen(["person:bo"]) as bo:
        live.wake(["person:ann", "person:nobody"])
        assert (ann.is_set(), bo.is_set()) == (True, False)
        ann.clear()
        live.wake(["webinar:w"])
        assert ann.is_set()


def test_two_tabs_of_one_person_are_both_woken() -> None:
    live = Live()
    with live.listen(["person:ann"]) as one, live.listen(["person:ann"]) as other:
        live.wake(["person:ann"])
        assert (one.is_set(), other.is_set()) == (True, True)


def test_who_has_left_is_remembered_nowhere() -> None:
    live = Live()
    with live.listen(["a", "b", "a"]):
        assert live.listeners() == 1
    assert live.listeners() == 0
    assert not live._listeners
    live.wake(["a"])
    assert not live._listeners


def test_closing_wakes_everybody_for_the_last_time() -> None:
    live = Live()
    with live.listen(["a"]) as one, live.listen(["b"]) as other:
        live.close()
        assert (one.is_set(), other.is_set(), live.closing) == (True, True, True)


async def test_a_change_between_looking_and_waiting_is_not_lost() -> None:
    live = Live()
    with live.listen(["a"]) as changed:
        changed.clear()
        live.wake(["a"])
        await asyncio.wait_for(changed.wait(), 1)
