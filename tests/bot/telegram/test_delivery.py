"""What is said arrives: once, in order, at the pace that Telegram allows, whatever goes wrong on the way.

Received by polling: sending is the same in both modes. Waiting times are shortened, and Telegram's seconds where it
keeps them.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import announcing, jobs
from bot.channels.telegram import channel, deliver, poll
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.transport import MOST_CONNECTIONS
from bot.conversations import Conversations, Handled, Inbound
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.store.outbox import OUTBOX
from bot.store.sqlite import SqliteStore
from bot.store.tx import Tx
from dialogs.replies import plain
from tests import botapi
from tests.botapi.groups import Group
from tests.botapi.people import Person, Room
from tests.botapi.things import Message
from tests.content import SHORT_WALK
from tests.telegram import GLEST, TRANSPORTS, Village, beside, in_telegram
from tests.web import UNKNOWN, WEBINAR, read

ASKED = ("/hjalp", "/om", "/verktyg", "/utlysningar", "/sprak", "/mina")
"""Each has an answer of its own."""
BURST = 3
"""Replies that come at once, as the setting TELEGRAM_CHAT_RATE promises."""
ARRIVED = ("hang_after", "cut_after", "half", "late")
"""What keeps the answer to a send away after the message has arrived."""
LOST = ("hang", "cut")
"""What keeps the message away too."""
PATIENCE = 1.0
"""How long an answer to a send is waited for here."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (deliver, poll, channel):
        monkeypatch.setattr(module, "FIRST_RETRY_SECONDS", 0.05)
        monkeypatch.setattr(module, "LONGEST_RETRY_SECONDS", 0.4)
    monkeypatch.setattr(deliver, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(deliver, "SEND_SECONDS", PATIENCE)
    monkeypatch.setattr(deliver, "STOP_SECONDS", 0.2)


@pytest.fixture(params=TRANSPORTS)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service over each transport. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, request.param) as found:
        yield found
        assert found.api.complaints == []


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def api() -> AsyncIterator[botapi.Api]:
    """Telegram before the service, or between two of its lives."""
    async with botapi.serving() as found:
        yield found
        assert found.complaints == []


# What is looked at


async def all_sent(village: Village, seconds: float = 10.0) -> None:
    """Wait until nothing is left to send, and every update has been confirmed."""
    async with asyncio.timeout(seconds):
        while village.api.world.updates() or await unsent(village):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def unsent(village: Village) -> dict[str, int]:
    """How many rows of the outbox there are in each state."""
    return await village.service.store.read(lambda tx: tx.count_unsent("telegram"))


async def left_over(village: Village, state: str, number: int = 1) -> None:
    """Wait until nothing is left but what has been given up, or is kept for later."""
    async with asyncio.timeout(5):
        while await unsent(village) != {state: number}:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


@dataclass
class Told:
    """What stands in somebody's chat, from top to bottom, and what the log says was said to them."""

    chat: list[str]
    log: list[str]


async def told(village: Village, *people: Person) -> list[Told]:
    """Both, as keys. A message is known by the note that the service made of it, and must hold its words."""

    def key_of(tx: Tx, person: Person, message: Message) -> str:
        who, number = tx.posted("telegram", str(person.id), message.message_id) or ("", 0)
        line = next(iter(tx.messages(who, number - 1, 1)), None)
        if line is None:
            return "not noted"
        return str(line.body["key"]) if plain(line.body["text"]) in message.text else "other words"

    def look(tx: Tx) -> list[Told]:
        found = []
        for person in people:
            who = tx.person_at("telegram", str(person.id))
            lines = tx.messages(who, 0, 10_000) if who else []
            chat = [key_of(tx, person, message) for message in person.messages]
            found.append(Told(chat, [line.body["key"] for line in lines if line.sender != "you"]))
        return found

    return await village.service.store.read(look)


async def all_told_once_in_order(village: Village, *people: Person) -> None:
    for person, found in zip(people, await told(village, *people), strict=True):
        assert found.chat == found.log, person.user.first_name
        assert found.chat


def counted(village: Village, outcome: str) -> float:
    """How many sends have come to this, as /metrics tells."""
    labels = {"channel": "telegram", "outcome": outcome}
    return village.service.metrics.registry.get_sample_value("servicelotsen_sends_total", labels) or 0.0


def calls_to(api: botapi.Api, room: Room, *methods: str) -> list[float]:
    """When the bot called something for a chat."""
    wanted = methods or ("sendMessage", "editMessageText")
    return [at for at, method, given in api.app.arrivals if method in wanted and given.get("chat_id") == room.id]


def is_repeated(village: Village, message: Message) -> bool:
    return village.says("telegram.repeated") in message.text


# What is done


async def started(village: Village, *names: str) -> list[Person]:
    """People who have pressed Start and been welcomed."""
    people = [village.api.user(name) for name in names]
    for person in people:
        person.starts()
    for person in people:
        await person.next()
    await all_sent(village)
    return people


async def has_asked(village: Village, person: Person, room: Room | None = None) -> int:
    """Somebody sends a question on to the moderators; its number."""
    here, before = room or person, sendable(room or person)
    person.writes(f"@{village.api.username} {UNKNOWN}" if room else UNKNOWN, in_=room)
    await here.until(lambda: sendable(here) != before)
    await all_sent(village)
    person.presses(data=sendable(here), in_=room)
    await all_sent(village)
    return len(await village.rows("question"))


def sendable(room: Room) -> str | None:
    """The newest button that sends a question on."""
    offered = [data for message in room.messages for _, data in message.buttons if data.startswith("send:")]
    return offered[-1] if offered else None


async def answered_by_moderator(village: Village, number: int, text: str = "Det ordnar sig.") -> None:
    maria = await village.web.moderator()
    assert (await maria.decide(number, answer=text)).status_code == 303


async def opens_webinar(village: Village) -> None:
    await jobs.webinar(village.service, {"code": WEBINAR, "phase": "open"})


async def answer_time(person: Person, text: str) -> float:
    """How long somebody waits until the next message."""
    began = time.monotonic()
    person.writes(text)
    await person.next(10)
    return time.monotonic() - began


# Pace


async def test_ten_replies_come_at_the_chats_pace_after_a_burst(tmp_path: Path, transport: str) -> None:
    rate = 20.0
    async with in_telegram(tmp_path, transport, telegram_chat_rate=rate) as village:
        village.api.world.limits = botapi.Limits(chat_rate=rate, chat_burst=4, overall_per_second=1000)
        anna = village.api.user("Anna")
        anna.starts()
        for text in itertools.islice(itertools.cycle(ASKED), 9):
            anna.writes(text)
        await anna.until(lambda: len(anna.messages) == 10)
        await all_sent(village)

        times = calls_to(village.api, anna)
        assert len(times) == 10
        assert times[-1] - times[0] >= (10 - BURST) / rate - 0.02
        assert (village.api.world.too_many, village.api.world.early) == (0, 0)
        await all_told_once_in_order(village, anna)


async def test_the_first_replies_come_at_once_and_the_next_at_the_chats_pace(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_chat_rate=0.4) as village:
        village.api.world.limits = botapi.Limits(chat_rate=0.4)
        anna = village.api.user("Anna")
        anna.starts()
        for text in ASKED[:BURST]:
            anna.writes(text)
        await anna.until(lambda: len(anna.messages) == BURST + 1)
        times = calls_to(village.api, anna)
        assert times[BURST - 1] - times[0] < 2.2
        assert times[BURST] - times[0] > 2.4
        assert village.api.world.too_many == 0


async def test_without_rates_nobody_waits(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_chat_rate=0.0, telegram_bulk_rate=0.0) as village:
        [anna] = await started(village, "Anna")
        began = time.monotonic()
        for text in itertools.islice(itertools.cycle(ASKED), 24):
            anna.writes(text)
        await anna.until(lambda: len(anna.messages) == 25, 20)
        assert time.monotonic() - began < 15  # at one a second it would take 21
        await all_sent(village)
        await all_told_once_in_order(village, anna)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_a_group_never_gets_more_than_twenty_in_a_minute(gaps: list[float]) -> None:
    pace, now, sent = Pace(deliver.GROUP_BURST, deliver.GROUP_PER_SECOND), 0.0, list[float]()
    for gap in gaps:
        now += gap
        now += pace.due("-1", now)
        if not pace.wait("-1", now):
            sent.append(now)
        assert sum(now - 60 < at <= now for at in sent) <= 20


async def test_a_group_gets_what_its_minute_allows_and_is_never_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry = 30
    monkeypatch.setattr(deliver, "GROUP_PER_SECOND", deliver.GROUP_PER_SECOND * hurry)
    async with in_telegram(tmp_path, telegram_chat_rate=1000.0) as village:
        village.api.world.limits = botapi.Limits(chat_burst=1000, overall_per_second=1000, speed=hurry)
        group, people = group_of_three(village)
        for text, person in zip(itertools.islice(itertools.cycle(ASKED), 24), itertools.cycle(people), strict=False):
            person.writes(text, in_=group)
        await group.until(lambda: len(group.messages) >= 24, 15)
        await all_sent(village)
        assert village.api.world.too_many == 0


async def test_a_groups_burst_is_no_more_than_any_chat_bears(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_chat_rate=1.0) as village:
        village.api.world.limits = botapi.Limits()
        group, people = group_of_three(village)
        for text, person in zip(ASKED, itertools.cycle(people), strict=False):
            person.writes(text, in_=group)
        await group.until(lambda: len(group.messages) >= deliver.GROUP_BURST)
        assert village.api.world.too_many == 0


def group_of_three(village: Village) -> tuple[Group, list[Person]]:
    people = [village.api.user(name) for name in ("Anna", "Bo", "Cia")]
    return village.api.group("Byalaget", people), people


async def test_everybody_in_a_webinar_is_told_at_the_rate_and_who_asks_meanwhile_is_answered_at_once(
    tmp_path: Path,
) -> None:
    """The best of three: a busy machine only ever takes from the rate, and adds to the waiting."""
    rate = 60.0
    for attempt in range(3):
        told, waited = await broadcast(tmp_path / str(attempt), rate)
        if told >= 0.95 * rate and waited < 1:
            return
    assert told >= 0.95 * rate
    assert waited < 1


async def broadcast(tmp_path: Path, rate: float) -> tuple[float, float]:
    """Messages a second that a webinar's people are told with, and how long one waits who asks meanwhile."""
    people_there, slow = 240, 0.5
    async with in_telegram(tmp_path, telegram_bulk_rate=rate) as village:
        people = [village.api.user(f"Person {number}") for number in range(people_there)]
        for person in people:
            person.starts(f"w-{WEBINAR}")
        await all_sent(village, 60)
        allowed = int(rate / 28 * 30 / slow)  # Telegram's 30 to our 28, counted over two seconds at a time
        village.api.world.limits = botapi.Limits(chat_rate=100, overall_per_second=allowed, speed=slow)
        before = len(village.api.app.arrivals)

        async with beside(announcing.run(village.service)):
            await opens_webinar(village)
            others = [village.api.user(f"Tittare {number}") for number in range(5)]
            waits = [await answer_time(person, GLEST) for person in others]
            await until_so(lambda: all(len(each.messages) == 2 for each in people), 30)
        await all_sent(village)

        opened = village.says("announce.open", title=title(village))
        assert all([message.text for message in each.messages][1:] == [opened] for each in people)
        known = {person.id for person in people}
        times = [at for at, _, given in village.api.app.arrivals[before:] if given.get("chat_id") in known]
        assert len(times) == people_there
        assert (village.api.world.too_many, village.api.world.early) == (0, 0)
    return (len(times) - 1) / (times[-1] - times[0]), max(waits)


def title(village: Village) -> str:
    return village.service.library.content.webinars[WEBINAR].title["sv"]


async def until_so(so: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def test_who_writes_before_the_announcement_has_come_gets_it_first_and_the_answer_soon(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_bulk_rate=5.0) as village:
        people = [village.api.user(f"Person {number}") for number in range(60)]
        for person in people:
            person.starts(f"w-{WEBINAR}")
        await all_sent(village)
        async with beside(announcing.run(village.service)):
            await opens_webinar(village)
            await until_so(lambda: any(len(each.messages) == 2 for each in people))
            waiting = [each for each in reversed(people) if len(each.messages) == 1][:3]
            for person in waiting:
                person.writes(GLEST)
            await until_so(lambda: all(len(each.messages) == 3 for each in waiting))
            assert sum(len(each.messages) == 1 for each in people) > len(people) / 4
        await until_so(lambda: all(len(each.messages) >= 2 for each in people), 20)
        await all_sent(village)
        for found in await told(village, *waiting):
            assert found.chat == found.log == ["welcome", "announce.open", "answer"]


async def test_who_asks_goes_before_a_broadcast_without_a_rate(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_bulk_rate=0.0) as village:
        people = [village.api.user(f"Person {number}") for number in range(400)]
        for person in people:
            person.starts(f"w-{WEBINAR}")
        await all_sent(village, 30)
        [anna] = await started(village, "Anna")
        village.api.world.latency = 0.4
        async with beside(announcing.run(village.service)):
            await opens_webinar(village)
            await until_so(lambda: sum(len(each.messages) == 2 for each in people) > MOST_CONNECTIONS)
            await answer_time(anna, GLEST)
            assert any(len(each.messages) == 1 for each in people)
        await all_sent(village, 30)


async def test_replies_do_not_wait_for_the_rate_of_broadcasts(tmp_path: Path) -> None:
    async with in_telegram(tmp_path, telegram_bulk_rate=1.0) as village:
        people = await started(village, "Anna", "Bo", "Cia", "Dan", "Eva", "Fia", "Gun", "Ho")
        waits = await asyncio.gather(*(answer_time(each, GLEST) for each in people))
        assert max(waits) < 5  # the last of eight would wait 7 seconds or more


async def test_more_chats_than_connections_are_all_served(village: Village) -> None:
    people = [village.api.user(f"Person {number}") for number in range(4 * MOST_CONNECTIONS)]
    for person in people:
        person.starts()
    await all_sent(village)
    await all_told_once_in_order(village, *people)


# Too many requests


async def test_one_chat_is_held_as_long_as_told_and_no_other(village: Village) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    hold = village.api.fault("too_many", chat=anna, method="sendMessage", times=1, seconds=3)
    for text in ASKED[:3]:
        anna.writes(text)
    await until_so(lambda: hold.hits == 1)
    held = time.monotonic()
    for text in ASKED[:3]:
        bo.writes(text)
    await bo.until(lambda: len(bo.messages) == 4)
    assert len(anna.messages) == 1
    await anna.until(lambda: len(anna.messages) == 4)
    assert time.monotonic() - held > 2.9
    assert village.api.world.early == 0
    await all_sent(village)
    await all_told_once_in_order(village, anna, bo)


async def test_a_tenth_of_the_chats_held_leaves_the_others_as_quick_as_ever(village: Village) -> None:
    people = await started(village, *(f"Person {number}" for number in range(100)))
    held, well = people[:10], people[10:]
    for number, person in enumerate(held):
        village.api.fault("too_many", chat=person, method="sendMessage", times=2, seconds=1 + number % 2)
    for person in held:
        for text in ASKED[:2]:
            person.writes(text)
    waits = await asyncio.gather(*(answer_time(person, "/hjalp") for person in well))
    assert statistics.quantiles(waits, n=20)[-1] < 2
    await all_sent(village, 20)
    assert village.api.world.early == 0
    await all_told_once_in_order(village, *people)


async def test_asking_for_updates_waits_as_long_as_told(api: botapi.Api, tmp_path: Path, transport: str) -> None:
    hold = api.fault("too_many", method="getUpdates", seconds=1)
    async with in_telegram(tmp_path, transport, api=api) as village:
        await until_so(lambda: hold.hits == 1)
        anna = api.user("Anna")
        anna.starts()
        await asyncio.sleep(1.2)
        assert hold.hits == 2
        api.all_well()
        await anna.next()
        await all_sent(village)
        await all_told_once_in_order(village, anna)
        assert api.world.early == 0


# Telegram is ill, or away


@pytest.mark.parametrize("code", [500, 502])
@pytest.mark.parametrize("kind", ["server_error", "html"])
async def test_an_ill_telegram_is_asked_again_with_growing_pauses(village: Village, kind: str, code: int) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    before = len(calls_to(village.api, anna))
    village.api.fault(kind, chat=anna, method="sendMessage", times=4, code=code)
    for text in ASKED[:3]:
        anna.writes(text)
    assert await answer_time(bo, GLEST) < 1
    await anna.until(lambda: len(anna.messages) == 4)
    await all_sent(village)
    times = calls_to(village.api, anna)[before:]
    assert len(times) == 4 + 3
    for tried, (earlier, later) in enumerate(itertools.pairwise(times[:5])):
        assert later - earlier >= 0.5 * min(0.05 * 2**tried, 0.4) - 0.005
    await all_told_once_in_order(village, anna, bo)
    assert counted(village, "repeated") == 0


@pytest.mark.parametrize("refuse", [True, False])
async def test_what_is_written_and_answered_while_telegram_is_away_arrives_when_it_is_back(
    village: Village, *, refuse: bool
) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    number = await has_asked(village, anna)
    await village.api.down(refuse=refuse)
    await answered_by_moderator(village, number)
    bo.writes(GLEST)
    await asyncio.sleep(0.3)
    assert (len(anna.messages), len(bo.messages)) == (3, 1)
    await village.api.up()
    await anna.until(lambda: len(anna.messages) == 4)
    await bo.until(lambda: len(bo.messages) == 2)
    await all_sent(village)
    await all_told_once_in_order(village, anna, bo)


async def test_an_outage_amid_two_hundred_conversations_loses_and_doubles_nothing(village: Village) -> None:
    people = [village.api.user(f"Person {number}") for number in range(200)]
    for person in people:
        person.starts()
        for text in ASKED[:2]:
            person.writes(text)
    await until_so(lambda: sum(len(each.messages) for each in people) > 100, 20)
    await village.api.down()
    for person in people:
        person.writes("/sprak")
    await asyncio.sleep(0.3)
    await village.api.up()
    await all_sent(village, 60)
    await all_told_once_in_order(village, *people)
    [first] = await told(village, people[0])
    assert first.log == ["welcome", "help", "about", "language.choose"]


# The outcome of a send is unknown


@pytest.mark.parametrize("kind", ARRIVED)
async def test_a_message_that_had_arrived_is_found_again(village: Village, kind: str) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    fault = village.api.fault(kind, chat=anna, method="sendMessage", times=1, seconds=PATIENCE + 0.5)
    for text in ASKED[:3]:
        anna.writes(text)
    await until_so(lambda: fault.hits == 1)
    assert await answer_time(bo, GLEST) < PATIENCE
    await anna.until(lambda: len(anna.messages) == 4)
    await all_sent(village)
    await all_told_once_in_order(village, anna, bo)
    assert not any(is_repeated(village, message) for message in anna.messages)
    assert [counted(village, each) for each in ("unknown", "found", "repeated")] == [1, 1, 0]


@pytest.mark.parametrize("kind", LOST)
async def test_a_message_that_had_not_arrived_is_sent_once_more_and_says_so(village: Village, kind: str) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    fault = village.api.fault(kind, chat=anna, method="sendMessage", times=1)
    for text in ASKED[:3]:
        anna.writes(text)
    await until_so(lambda: fault.hits == 1)
    assert await answer_time(bo, GLEST) < PATIENCE
    await anna.until(lambda: len(anna.messages) == 4)
    await all_sent(village)
    await all_told_once_in_order(village, anna, bo)
    assert [is_repeated(village, message) for message in anna.messages] == [False, True, False, False]
    assert [counted(village, each) for each in ("unknown", "found", "repeated")] == [1, 0, 1]


@pytest.mark.parametrize("kind", ["cut_after", "cut"])
@pytest.mark.parametrize("supergroup", [False, True])
async def test_in_a_group_an_unknown_message_is_found_or_repeated_too(
    village: Village, kind: str, *, supergroup: bool
) -> None:
    anna = village.api.user("Anna")
    group = village.api.group("Byalaget", [anna], supergroup=supergroup)
    anna.writes("/hjalp", in_=group)
    await all_sent(village)
    had = len(group.messages)
    village.api.fault(kind, chat=group, method="sendMessage", times=1)
    for text in ASKED[1:3]:
        anna.writes(text, in_=group)
    await all_sent(village)
    assert len(group.messages) == had + 2
    assert [is_repeated(village, each) for each in group.messages[had:]] == [kind == "cut", False]


async def test_a_part_of_a_long_answer_that_is_unknown_is_found_and_the_rest_follows(village: Village) -> None:
    [anna] = await started(village, "Anna")
    number = await has_asked(village, anna)
    had = len(anna.messages)
    second = partial(_is_call, len(calls_to(village.api, anna)) + 2, itertools.count(len(calls_to(village.api, anna))))
    fault = village.api.fault("cut_after", chat=anna, method="sendMessage", times=1, when=second)
    await answered_by_moderator(village, number, "🚲" * 3000)
    await all_sent(village)
    assert fault.hits == 1
    parts = anna.messages[had:]
    assert len(parts) == 2
    assert sum(each.text.count("🚲") for each in parts) == 3000
    assert counted(village, "repeated") == 0


def _is_call(wanted: int, number: "itertools.count[int]", _method: str, _params: Any) -> bool:
    return next(number) == wanted - 1


async def test_what_arrives_unanswered_at_the_second_try_is_found_too(village: Village) -> None:
    [anna] = await started(village, "Anna")
    faults = [village.api.fault(kind, chat=anna, method="sendMessage", times=1) for kind in ("hang", "hang_after")]
    anna.writes("/om")
    await all_sent(village)
    assert [fault.hits for fault in faults] == [1, 1]
    assert len(anna.messages) == 2
    await all_told_once_in_order(village, anna)


async def test_many_unknown_at_once_are_each_found_or_repeated(village: Village) -> None:
    people = await started(village, *(f"Person {number}" for number in range(30)))
    for number, person in enumerate(people):
        village.api.fault(("cut_after", "cut", "half")[number % 3], chat=person, method="sendMessage", times=1)
    for person in people:
        person.writes("/hjalp")
        person.writes("/om")
    await all_sent(village, 30)
    await all_told_once_in_order(village, *people)
    assert [counted(village, each) for each in ("unknown", "found", "repeated")] == [30, 20, 10]


# A chat that takes nothing more


async def gone(village: Village, person: Person) -> str | None:
    """Why an address can't be reached."""
    why: str | None = next(row[5] for row in await village.rows("address") if row[1] == str(person.id))
    return why


async def blocked_without_telling(village: Village, person: Person) -> None:
    """Somebody blocks the bot while it is not told, and a moderator answers."""
    number = await has_asked(village, person)
    person.chat.blocked = True
    await answered_by_moderator(village, number)
    await left_over(village, "held")


async def test_who_has_blocked_the_bot_is_marked_and_what_waits_is_kept_with_its_reason(village: Village) -> None:
    [anna] = await started(village, "Anna")
    await blocked_without_telling(village, anna)
    assert "blocked" in (await gone(village, anna) or "")
    [kept] = await village.rows("outbox")
    assert kept[9] == "held"
    assert "blocked" in kept[10]
    assert counted(village, "gone") == 1
    desk = read((await (await village.web.moderator()).get("/moderator")).text).text
    assert village.says("page.blocked") in desk


async def test_nobody_is_called_blocked_who_is_not(village: Village) -> None:
    [anna] = await started(village, "Anna")
    await has_asked(village, anna)
    desk = read((await (await village.web.moderator()).get("/moderator")).text).text
    assert village.says("page.blocked") not in desk


async def test_nothing_more_is_sent_to_a_chat_that_is_gone(village: Village) -> None:
    [anna] = await started(village, "Anna")
    number = await has_asked(village, anna)
    await blocked_without_telling(village, anna)
    before = len(calls_to(village.api, anna))
    await answered_by_moderator(village, number)
    await left_over(village, "held", 2)
    assert len(calls_to(village.api, anna)) == before


async def test_unblocking_brings_what_waited_once_in_order(village: Village) -> None:
    [anna] = await started(village, "Anna")
    numbers = [await has_asked(village, anna) for _ in range(2)]
    anna.blocks_bot()
    await until_so(lambda: not village.api.world.updates())
    for number in numbers:
        await answered_by_moderator(village, number)
    had = len(anna.messages)
    await asyncio.sleep(0.2)
    assert len(anna.messages) == had
    anna.unblocks_bot()
    await anna.until(lambda: len(anna.messages) == had + 2)
    await all_sent(village)
    await all_told_once_in_order(village, anna)
    assert await gone(village, anna) is None


async def test_who_writes_again_gets_what_waited_before_the_answer(village: Village) -> None:
    [anna] = await started(village, "Anna")
    await blocked_without_telling(village, anna)
    anna.chat.blocked = False
    anna.writes(GLEST)
    await all_sent(village)
    await all_told_once_in_order(village, anna)
    assert await gone(village, anna) is None


async def test_who_lets_the_bot_back_after_its_restart_gets_what_waited(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    async with in_telegram(tmp_path, transport, api=api) as village:
        [anna] = await started(village, "Anna")
        await blocked_without_telling(village, anna)
    async with in_telegram(tmp_path, transport, api=api) as village:
        had = len(anna.messages)
        anna.unblocks_bot()
        await anna.until(lambda: len(anna.messages) == had + 1)
        await all_sent(village)
        await all_told_once_in_order(village, anna)


async def test_that_a_chat_is_gone_is_not_kept_after_it_has_come_back(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeping it takes long and fails, while they let the bot in again."""
    [anna] = await started(village, "Anna")
    number, store = await has_asked(village, anna), village.service.store
    failing, back, write, lane_back = asyncio.Event(), asyncio.Event(), store.write, Delivery.lane_back

    async def slow(work: Any) -> Any:
        if "Delivery._keep" in work.__qualname__ and refused.hits and not failing.is_set():
            failing.set()
            await asyncio.wait([asyncio.create_task(back.wait())], timeout=0.5)
            raise StoreUnavailable("database is locked")
        return await write(work)

    async def told(self: Delivery, lane: str) -> None:
        await lane_back(self, lane)
        back.set()

    refused = village.api.fault("forbidden", chat=anna, method="sendMessage", times=1)
    monkeypatch.setattr(store, "write", slow)
    monkeypatch.setattr(Delivery, "lane_back", told)
    await answered_by_moderator(village, number)
    await asyncio.wait_for(failing.wait(), 5)
    anna.writes("/om")
    await all_sent(village)
    await all_told_once_in_order(village, anna)
    assert await gone(village, anna) is None


@pytest.mark.parametrize("why", ["user is deactivated", "chat not found"])
async def test_a_chat_that_does_not_exist_any_more_is_gone_too(village: Village, why: str) -> None:
    [anna] = await started(village, "Anna")
    number = await has_asked(village, anna)
    if why == "user is deactivated":
        anna.deactivates()
    else:
        village.api.fault("refused", chat=anna, code=400, text=f"Bad Request: {why}")
    await answered_by_moderator(village, number)
    await left_over(village, "held")
    assert why in (await gone(village, anna) or "").lower()
    [kept] = await village.rows("outbox")
    assert why in kept[10].lower()


async def test_what_telegram_will_not_have_is_given_up_and_the_next_goes_out(village: Village) -> None:
    [anna] = await started(village, "Anna")
    village.api.fault("refused", chat=anna, method="sendMessage", code=400, text="Bad Request: not today", times=1)
    anna.writes("/hjalp")
    anna.writes("/om")
    await anna.until(lambda: len(anna.messages) == 2)
    await left_over(village, "refused")
    assert [found.chat for found in await told(village, anna)] == [["welcome", "about"]]
    [kept] = await village.rows("outbox")
    assert (kept[9], kept[4]) == ("refused", 3)
    assert "not today" in kept[10].lower()
    assert await gone(village, anna) is None
    assert counted(village, "refused") == 1


# A group becomes another chat


async def member(village: Village) -> tuple[Person, Group, str]:
    """A member of a group who has asked a moderator there, the group, and the member's address."""
    anna = village.api.user("Anna")
    group = village.api.group("Byalaget", [anna])
    address = f"{group.id}:{anna.id}"
    await has_asked(village, anna, group)
    return anna, group, address


async def test_a_refused_send_tells_that_a_group_has_moved(village: Village) -> None:
    anna, group, address = await member(village)
    old, new = group.id, group.becomes_supergroup(announced=False)
    await answered_by_moderator(village, 1)
    await group.next()
    await all_sent(village)
    assert await village.rows("moved") == [("telegram", str(old), str(new))]
    assert len(group.messages) == 1
    anna.writes("/om", in_=group)
    await all_sent(village)
    assert (await village.keys(anna, address))[-2:] == ["moderator.answer", "about"]
    assert len(group.messages) == 2
    assert len(await village.rows("person")) == 1


@pytest.mark.parametrize("turned", [False, True], ids=["as it comes", "the other way round"])
async def test_a_notice_tells_that_a_group_has_moved(village: Village, *, turned: bool) -> None:
    anna, group, address = await member(village)
    old = group.id
    new = group.becomes_supergroup()
    if turned:
        seeds = itertools.count()
        while village.api.world.updates()[0].chat_id != new:
            village.api.world.shuffle(next(seeds))
    await all_sent(village)
    assert await village.rows("moved") == [("telegram", str(old), str(new))]
    await answered_by_moderator(village, 1)
    anna.writes("/om", in_=group)
    await all_sent(village)
    assert sorted((await village.keys(anna, address))[-2:]) == ["about", "moderator.answer"]
    assert len(group.messages) == 2
    assert len(await village.rows("person")) == 1
    assert calls_to(village.api, group)


async def test_after_a_move_and_a_restart_an_unknown_message_is_still_found(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    async with in_telegram(tmp_path, transport, api=api) as village:
        anna, group, _ = await member(village)
        group.becomes_supergroup()
        await all_sent(village)
    async with in_telegram(tmp_path, transport, api=api) as village:
        api.fault("cut_after", chat=group, method="sendMessage", times=1)
        anna.writes("/om", in_=group)
        await all_sent(village)
        assert len(group.messages) == 1
        assert counted(village, "found") == 1


async def test_who_writes_in_a_group_that_has_moved_is_known_there_right_after_a_restart(
    api: botapi.Api, tmp_path: Path, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though looking up what was known before it takes a while."""

    async def slow(self: SqliteStore, work: Any) -> Any:
        await asyncio.sleep(0.5 if "Delivery._remembered" in work.__qualname__ else 0)
        return await read_all(self, work)

    read_all = SqliteStore.read
    monkeypatch.setattr(SqliteStore, "read", slow)
    async with in_telegram(tmp_path, transport, api=api) as village:
        anna, group, _ = await member(village)
        group.becomes_supergroup()
        await all_sent(village)
    anna.writes(f"/verktyg@{api.username}", in_=group)
    async with in_telegram(tmp_path, transport, api=api) as village:
        await all_sent(village)
        assert len(await village.rows("person")) == 1


async def test_first_words_in_a_supergroup_are_of_who_was_in_the_group(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    """That it has moved and what is written there wait together at Telegram."""
    async with in_telegram(tmp_path, transport, api=api) as village:
        anna, group, address = await member(village)
    group.becomes_supergroup()
    anna.writes(f"/verktyg@{api.username}", in_=group)
    async with in_telegram(tmp_path, transport, api=api) as village:
        await all_sent(village)
        assert (await village.keys(anna, address))[-1] == "tools.choose"
        assert len(await village.rows("person")) == 1


# The token is wrong


async def test_without_a_right_token_the_web_answers_and_later_everything_is_delivered(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    api.fault("refused", code=401, text="Unauthorized")
    anna = api.user("Anna")
    async with in_telegram(tmp_path, transport, api=api) as village:
        anna.starts()
        assert await village.web.person().say(GLEST)
        await asyncio.sleep(0.3)
        api.all_well()
        await anna.next()
        await all_sent(village)

        api.fault("refused", code=401, text="Unauthorized", method="*[!Q]*")
        for text in ASKED[:3]:
            anna.writes(text)
        assert await village.web.person().say(GLEST)
        await asyncio.sleep(0.5)
        assert len(anna.messages) == 1
        api.all_well()
        await all_sent(village)
        await all_told_once_in_order(village, anna)
        assert len(anna.messages) == 4


# Forgotten


async def test_who_is_forgotten_gets_the_farewell_and_nothing_that_waited(village: Village) -> None:
    anna, bo = await started(village, "Anna", "Bo")
    [(person,)] = [row[2:3] for row in await village.rows("address") if row[1] == str(anna.id)]
    hold = village.api.fault("too_many", chat=anna, method="sendMessage", times=1, seconds=1)
    for text in (GLEST, "/om"):
        anna.writes(text)
    await until_so(lambda: hold.hits == 1)
    anna.writes("glöm mig")
    anna.writes("ja")
    await anna.until(lambda: len(anna.messages) == 2)
    await all_sent(village)
    await asyncio.sleep(0.2)
    assert len(anna.messages) == 2
    assert village.says("forget.done") in anna.last.text
    for table, rows in (await village.web.rows()).items():
        for row in rows:
            assert not any(mark in str(value) for mark in (person, str(anna.id)) for value in row), table
    bo.writes("/om")
    await all_sent(village)
    await all_told_once_in_order(village, bo)


# A restart


@pytest.mark.parametrize("kind", ["hang_after", "hang"])
async def test_what_was_under_way_at_a_restart_is_found_or_repeated_and_what_waited_follows(
    api: botapi.Api, tmp_path: Path, transport: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "SEND_SECONDS", 30.0)
    async with in_telegram(tmp_path, transport, api=api) as village:
        [anna] = await started(village, "Anna")
        fault = api.fault(kind, chat=anna, method="sendMessage", times=1)
        for text in ASKED[:3]:
            anna.writes(text)
        await until_so(lambda: fault.hits == 1 and not api.world.updates())
        assert await unsent(village) == {"sending": 1, "waiting": 2}
    assert still_at_work() == []
    async with in_telegram(tmp_path, transport, api=api) as village:
        await all_sent(village)
        await all_told_once_in_order(village, anna)
        repeated = [is_repeated(village, message) for message in anna.messages]
        assert repeated == [False, kind == "hang", False, False]


def still_at_work() -> list[str]:
    """What a delivery that has stopped still does."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith(deliver.Delivery.__name__)]


async def test_what_waited_for_its_turn_at_a_restart_is_sent_after_it(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    async with in_telegram(tmp_path, transport, api=api, telegram_chat_rate=0.001) as village:
        people = [api.user(name) for name in ("Anna", "Bo")]
        for person in people:
            person.starts()
            for text in ASKED:
                person.writes(text)
        await until_so(lambda: all(len(each.messages) == BURST for each in people))
        await until_so(lambda: not api.world.updates())
    async with in_telegram(tmp_path, transport, api=api) as village:
        await all_sent(village)
        await all_told_once_in_order(village, *people)
        assert [len(each.messages) for each in people] == [7, 7]


# Edited in place


async def at_second_statement(village: Village, person: Person) -> Message:
    """Somebody has answered the first statement of the checklist, and sees the second in its place."""
    person.writes("/checklista")
    for choice in SHORT_WALK:
        await person.until(partial(offered, person, choice))
        person.presses(data=choice)
    await person.until(lambda: person.messages and answers(person.last))
    statement = person.last
    person.presses(data=answers(statement)[0], message=statement)
    await person.until(lambda: statement.edits)
    await all_sent(village)
    return statement


def offered(person: Person, choice: str) -> bool:
    return any(choice == data for message in person.messages for _, data in message.buttons)


def answers(message: Message) -> list[str]:
    """The data of a statement's answers."""
    return [data for _, data in message.buttons if data.startswith("a:")]


async def test_a_statement_that_was_deleted_meanwhile_gives_way_to_a_new_message(village: Village) -> None:
    anna = village.api.user("Anna")
    statement = await at_second_statement(village, anna)
    pressed = answers(statement)[0]
    statement.deleted = True
    anna.presses(data=pressed, message=statement)
    await anna.until(lambda: answers(anna.last))
    await all_sent(village)
    assert anna.last is not statement
    assert answers(anna.last)[0] != pressed
    assert statement.text not in anna.last.text


@pytest.mark.parametrize("kind", ["cut_after", "cut", "server_error"])
async def test_a_change_in_place_whose_outcome_is_unknown_is_simply_made_again(village: Village, kind: str) -> None:
    anna = village.api.user("Anna")
    statement = await at_second_statement(village, anna)
    had, edits = len(anna.messages), len(statement.edits)
    village.api.fault(kind, chat=anna, method="editMessageText", times=1)
    anna.presses(data=answers(statement)[0], message=statement)
    await anna.until(lambda: len(statement.edits) == edits + 1)
    await all_sent(village)
    assert len(anna.messages) == had
    assert len(statement.edits) == edits + 1
    assert counted(village, "repeated") == 0


@pytest.fixture
def met_first(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender finds what is said by itself before it is given to it."""

    async def slow(self: Conversations, inbound: Inbound) -> Handled:
        handled = await handle(self, inbound)
        village.service.live.wake([OUTBOX])
        await asyncio.sleep(0.1)
        return handled

    handle = Conversations.handle
    monkeypatch.setattr(Conversations, "handle", slow)


@pytest.mark.usefixtures("met_first")
async def test_what_one_event_says_stays_in_order_when_the_sender_meets_it_first(village: Village) -> None:
    people = [village.api.user(name) for name in ("Anna", "Bo", "Cia")]
    for person in people:
        person.writes(UNKNOWN)  # the first thing they write: it is greeted, and then answered
    await all_sent(village)
    for person in people:
        assert len(person.messages) == 2
        await all_told_once_in_order(village, person)


@pytest.mark.usefixtures("met_first")
async def test_members_who_write_in_a_group_at_once_are_each_answered_once(village: Village) -> None:
    group, people = group_of_three(village)
    for person in people:
        person.writes(f"/om@{village.api.username}", in_=group)
    await all_sent(village)
    asked = [person.last_written(group) for person in people]
    assert sorted(each.reply_to or 0 for each in group.messages) == sorted([*asked, *asked]), "greeted, and answered"


@pytest.mark.usefixtures("met_first")
async def test_a_chat_whose_reply_could_not_be_kept_is_answered_when_it_can(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        monkeypatch.setattr(Tx, "post_by_hand", post)
        raise StoreUnavailable("the disk is full")

    [anna] = await started(village, "Anna")
    post = Tx.post_by_hand
    monkeypatch.setattr(Tx, "post_by_hand", full)
    for text in ASKED[:2]:
        anna.writes(text)
    await all_sent(village)
    assert len(anna.messages) == 3
    await all_told_once_in_order(village, anna)


async def test_what_telegram_brings_twice_is_answered_once(village: Village) -> None:
    [anna] = await started(village, "Anna")
    updates = [anna.writes(text) for text in ASKED[:3]]
    await all_sent(village)
    village.api.world.redeliver(*updates)
    await all_sent(village)
    await all_told_once_in_order(village, anna)
    assert len(anna.messages) == 4
