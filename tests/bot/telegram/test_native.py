"""A poll that is Telegram's own in groups: anonymous, so what is voted there is told apart from our own votes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from bot import announcing, jobs
from bot.channels.telegram import deliver, native, tallies
from bot.exporting import EXPORTERS, Wanted, table
from dialogs.records import NativeVotes, PollRun
from tests import botapi
from tests import polls as ours
from tests.botapi.groups import Group
from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.polls import WEBINAR
from tests.telegram import MODES, TRANSPORTS, Village, beside, in_telegram
from tests.web import until

ARRIVED, LOST = ("cut_after", "hang_after"), ("cut", "hang")
"""What keeps the answer to a send away, and what keeps the message away too."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "EVERY_SECONDS", 0.2)
    for module in (deliver, native):
        monkeypatch.setattr(module, "SEND_SECONDS", 1.0)
    monkeypatch.setattr(deliver, "UPLOAD_SECONDS", 1.0)
    monkeypatch.setattr(deliver, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(deliver, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(deliver, "STOP_SECONDS", 0.2)


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


@pytest.fixture
async def village(api: botapi.Api, tmp_path: Path, transport: str) -> AsyncIterator[Village]:
    """The service in Telegram with the webinar open, and what is said to everybody being said."""
    async with in_telegram(tmp_path, transport, api=api) as found:
        await begun(found)
        async with beside(announcing.run(found.service)):
            yield found


async def begun(village: Village) -> None:
    await jobs.webinar(village.service, {"code": WEBINAR, "phase": "open"})


async def gathered(village: Village, name: str, *people: Person) -> Group:
    """A group, one of whose members has spoken to us there."""
    group = village.api.group(name, people)
    people[0].writes("/om", in_=group)
    await group.until(lambda: group.messages)
    await village.settled()
    return group


def users(village: Village, *names: str) -> list[Person]:
    return [village.api.user(name) for name in names]


async def opened(village: Village) -> None:
    done = village.service.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, ours.native(), village.clock()))
    assert await done


async def closed(village: Village, run: int = 1) -> None:
    assert await village.service.store.write(lambda tx: tx.close_poll(run, village.clock()))


def polls_in(group: Group) -> list[Message]:
    return [each for each in group.messages if each.poll]


def with_buttons(group: Group) -> list[Message]:
    """Where one votes by pressing."""
    return [each for each in group.messages if any(data.startswith("vote:") for _, data in each.buttons)]


async def asked(group: Group, number: int = 2) -> Sequence[Message]:
    """The native polls of a group, as soon as there are so many."""
    await group.until(lambda: len(polls_in(group)) == number)
    return polls_in(group)


async def the_run(village: Village, run: int = 1) -> PollRun:
    found = await village.service.store.read(lambda tx: village.service.conversations.poll(tx, run, None))
    assert found
    return found


async def counted(village: Village, *options: int, voters: int, question: str = "ett") -> None:
    """Wait until that is how the votes lie in Telegram's own polls."""
    await so(village, lambda run: run.native.get(question) == NativeVotes(voters, options))


async def so(village: Village, test: Callable[[PollRun], bool]) -> None:
    async with asyncio.timeout(5):
        while not test(await the_run(village)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def ended(village: Village) -> None:
    """Wait until nothing more is to be done with any native poll."""
    async with asyncio.timeout(10):
        while await village.service.store.read(lambda tx: tx.native_polls("telegram")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("mode", MODES)
async def test_three_vote_in_the_group_one_of_them_on_the_web_too_and_the_two_are_told_apart(
    api: botapi.Api, tmp_path: Path, transport: str, mode: str
) -> None:
    async with in_telegram(tmp_path, transport, mode, api=api) as village, beside(announcing.run(village.service)):
        await begun(village)
        anna, bo, cia = users(village, "Anna", "Bo", "Cia")
        group = await gathered(village, "Byalaget", anna, bo, cia)
        await opened(village)
        one, several = await asked(group)
        assert (one.poll or {})["is_anonymous"] is (several.poll or {})["is_anonymous"] is True
        assert with_buttons(group) == [], "nothing else to press"
        for who, answer in ((anna, "Ja"), (bo, "Ja"), (cia, "Nej")):
            who.votes(one, answer)
        cia.votes(several, "Mat", "Mack")
        annas = village.web.person()
        await annas.say("hej", webinar=WEBINAR)
        await counted(village, 2, 1, voters=3)
        await counted(village, 1, 0, 1, voters=1, question="flera")
        told = next(each["text"] for each in await annas.choose("vote:1:ett:ja") if each["sender"] == "bot")
        assert "Ja: 1 (100 %)" in told.partition(village.says("poll.native"))[0]
        assert "Ja: 2 (67 %)" in told.partition(village.says("poll.native"))[2]
        assert village.says("poll.native_apart") in told
        run = await the_run(village)
        assert run.counts["ett"] == {"": 1, "ja": 1}
        await closed(village)
        await ended(village)
        assert [(each.poll or {})["is_closed"] for each in (one, several)] == [True, True]
        await counted(village, 2, 1, voters=3)
        assert [len(await village.rows(name)) for name in ("ballot", "person")] == [1, 2], "nobody is known by a vote"


async def test_on_the_pages_and_in_the_export_they_are_a_source_of_their_own(village: Village) -> None:
    anna, bo = users(village, "Anna", "Bo")
    group = await gathered(village, "Byalaget", anna, bo)
    await opened(village)
    one, _ = await asked(group)
    anna.votes(one, "Nej")
    bo.votes(one, "Nej")
    await counted(village, 0, 2, voters=2)
    reader = village.web.person()
    for path in (f"/w/{WEBINAR}/omrostning", f"/scen/{WEBINAR}/omrostning"):
        page = (await reader.get(path)).text
        assert "Nej: 0 (0\xa0%)" in page
        assert "Nej: 2 (100\xa0%)" in page
        assert village.says("poll.native_apart") in page
        assert "vote:1:ett:nej" in page or "/scen/" in path
    wanted = Wanted(village.service.library.content, "sv")
    rows = await village.service.store.read(lambda tx: list(table(EXPORTERS["polls"], tx, wanted).rows))
    found = {(row[3], row[7], row[9]): row[11:] for row in rows}
    assert found["here", "ett", "nej"] == (0, 0)
    assert found["telegram", "ett", "nej"] == (2, 2)


async def test_a_vote_that_is_changed_or_taken_back_is_counted_as_it_is_now(village: Village) -> None:
    anna, bo = users(village, "Anna", "Bo")
    group = await gathered(village, "Byalaget", anna, bo)
    await opened(village)
    one, _ = await asked(group)
    first = anna.votes(one, "Ja")
    anna.votes(one, "Nej")
    bo.votes(one, "Nej")
    await counted(village, 0, 2, voters=2)
    bo.votes(one)
    await counted(village, 0, 1, voters=1)
    village.api.world.redeliver(first)
    await village.settled()
    await counted(village, 0, 1, voters=1)


async def test_what_telegram_tells_in_another_order_ends_the_same(
    api: botapi.Api, tmp_path: Path, transport: str
) -> None:
    async with in_telegram(tmp_path, transport, api=api) as village, beside(announcing.run(village.service)):
        await begun(village)
        people = users(village, *(f"Person {number}" for number in range(20)))
        group = await gathered(village, "Byalaget", *people)
        await opened(village)
        one, _ = await asked(group)
        await village.settled()
    for number, who in enumerate(people):
        who.votes(one, "Nej" if number % 4 else "Ja")
    people[0].votes(one)
    api.world.shuffle(seed=47)
    async with in_telegram(tmp_path, transport, api=api) as village:
        await village.settled()
        await counted(village, 4, 15, voters=19)


async def test_each_group_has_its_own_and_one_that_has_thrown_us_out_does_no_harm(village: Village) -> None:
    anna, bo = users(village, "Anna", "Bo")
    group, other = await gathered(village, "Byalaget", anna, bo), await gathered(village, "Kommunen", anna)
    await opened(village)
    (one, _), (another, _) = await asked(group), await asked(other)
    assert (one.poll or {})["id"] != (another.poll or {})["id"]
    for who, message in ((anna, one), (bo, one), (anna, another)):
        who.votes(message, "Ja")
    await counted(village, 3, 0, voters=3)
    other.removes_bot()
    await village.settled()
    await closed(village)
    await ended(village)
    assert [(each.poll or {})["is_closed"] for each in (one, another)] == [True, False]
    await counted(village, 3, 0, voters=3)


@pytest.mark.parametrize("fault", ["server_error", "cut", "cut_after", "too_many"])
async def test_it_is_stopped_in_the_end_whatever_goes_wrong(village: Village, fault: str) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    await opened(village)
    one, several = await asked(group)
    await village.settled()
    anna.votes(one, "Ja")
    wrong = village.api.fault(fault, method="stopPoll", times=3, seconds=1.0)
    await closed(village)
    await ended(village)
    assert [(each.poll or {})["is_closed"] for each in (one, several)] == [True, True]
    assert wrong.hits >= 2
    await counted(village, 1, 0, voters=1)


async def test_how_it_ended_is_known_from_stopping_it_whatever_else_is_told(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    await opened(village)
    one, _ = await asked(group)
    await village.settled()
    village.api.world.queue.allowed = frozenset({"message"})
    assert anna.votes(one, "Ja") == 0, "we are not told of it"
    await closed(village)
    await ended(village)
    await counted(village, 1, 0, voters=1)


async def test_a_poll_that_somebody_has_deleted_is_let_go(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    await opened(village)
    one, several = await asked(group)
    anna.votes(one, "Ja")
    await counted(village, 1, 0, voters=1)
    one.deleted = True
    await closed(village)
    await ended(village)
    assert (several.poll or {})["is_closed"]
    await counted(village, 1, 0, voters=1)


# What goes wrong on the way there


@pytest.mark.parametrize("kind", [*ARRIVED, *LOST])
async def test_a_poll_whose_sending_was_cut_stands_once_and_its_votes_are_counted(village: Village, kind: str) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    village.api.fault(kind, chat=group, method="sendPoll", times=1)
    await opened(village)
    await village.settled()
    one, several = await asked(group)
    assert village.says("telegram.repeated") not in (several.poll or {})["question"]
    assert (village.says("telegram.repeated") in (one.poll or {})["question"]) is (kind in LOST)
    anna.votes(one, "Ja")
    anna.votes(several, "Post", "Mack")
    await counted(village, 1, 0, voters=1)
    await counted(village, 0, 1, 1, voters=1, question="flera")
    assert not [each for each in polls_in(group) if each.buttons]


async def test_what_is_found_out_about_a_poll_may_be_cut_too(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    village.api.fault("cut_after", chat=group, method="sendPoll", times=1)
    cut = village.api.fault("cut_after", chat=group, method="editMessageReplyMarkup", times=4)
    await opened(village)
    await village.settled()
    one, _ = await asked(group)
    anna.votes(one, "Ja")
    await counted(village, 1, 0, voters=1)
    assert cut.hits == 4
    await until(lambda: not one.buttons)


@pytest.mark.parametrize("message", ["a text", "none"])
async def test_what_is_no_poll_is_let_go_and_the_others_are_looked_after(village: Village, message: str) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    number = group.last.message_id if message == "a text" else 999
    await opened(village)
    one, several = await asked(group)
    await village.settled()
    await village.service.store.write(
        lambda tx: tx.note_native("telegram", str(group.id), number, (1, "ett"), None, "2026")
    )
    async with asyncio.timeout(5):
        while len(await village.service.store.read(lambda tx: tx.native_polls("telegram"))) > 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await closed(village)
    await ended(village)
    assert [(each.poll or {})["is_closed"] for each in (one, several)] == [True, True]


@pytest.mark.parametrize("kind", ["hang_after", "hang"])
async def test_after_a_restart_nothing_comes_twice_and_the_votes_go_on(
    api: botapi.Api, tmp_path: Path, transport: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "UPLOAD_SECONDS", 30.0)
    async with in_telegram(tmp_path, transport, api=api) as village, beside(announcing.run(village.service)):
        await begun(village)
        [anna] = users(village, "Anna")
        group = await gathered(village, "Byalaget", anna)
        fault = api.fault(kind, chat=group, method="sendPoll", times=1)
        await opened(village)
        await until(lambda: fault.hits == 1)
    if kind == "hang_after":
        anna.votes(polls_in(group)[0], "Ja")
    async with in_telegram(tmp_path, transport, api=api) as village, beside(announcing.run(village.service)):
        await village.settled()
        one, several = await asked(group)
        anna.votes(one, "Ja")
        await counted(village, 1, 0, voters=1)
    async with in_telegram(tmp_path, transport, api=api) as village, beside(announcing.run(village.service)):
        await village.settled()
        await closed(village)
        await ended(village)
        assert polls_in(group) == [one, several]
        assert [(each.poll or {})["is_closed"] for each in (one, several)] == [True, True]


async def test_a_group_that_has_moved_before_it_came_is_asked_where_it_is_now(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    group.becomes_supergroup(announced=False)
    await opened(village)
    one, several = await asked(group)
    anna.votes(one, "Ja")
    await counted(village, 1, 0, voters=1)
    await closed(village)
    await ended(village)
    assert [(each.poll or {})["is_closed"] for each in (one, several)] == [True, True]


async def test_in_a_group_that_moves_meanwhile_nothing_is_stopped_that_is_not_ours_and_it_can_be_asked_again(
    village: Village,
) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    await opened(village)
    one, _ = await asked(group)
    anna.votes(one, "Ja")
    await village.settled()
    group.becomes_supergroup()
    await village.settled()
    await counted(village, 1, 0, voters=1)
    anna.writes("omröstning @servicelotsen_bot", in_=group)
    again, _ = await asked(group)
    anna.votes(again, "Ja")
    await counted(village, 2, 0, voters=2)
    await closed(village)
    await ended(village)
    assert (again.poll or {})["is_closed"]


@pytest.mark.parametrize("why", ["not enough rights to send polls to the chat", "CHAT_SEND_POLL_FORBIDDEN"])
async def test_a_group_that_allows_no_polls_is_asked_with_buttons(village: Village, why: str) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    village.api.fault("refused", method="sendPoll", code=400, text=f"Bad Request: {why}")
    await opened(village)
    await group.until(lambda: len(with_buttons(group)) == 2)
    await village.settled()
    assert len(await village.rows("poll_post")) == 2
    pressed = anna.presses(data="vote:1:ett:ja", message=with_buttons(group)[0], in_=group)
    await until(lambda: anna.told(pressed) is not None)
    assert (await the_run(village)).counts["ett"] == {"": 1, "ja": 1}
    assert await village.rows("native_poll") == []
    late = await gathered(village, "Sent ute", anna)
    anna.writes("omröstning @servicelotsen_bot", in_=late)
    await late.until(lambda: len(with_buttons(late)) == 2)
    firsts = [next(data for _, data in each.buttons) for each in with_buttons(late)]
    assert firsts == ["vote:1:ett:ja", "vote:1:flera:mat"]


# Who asks


async def test_who_asks_for_the_poll_in_the_group_is_led_to_the_one_that_stands_there(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    group = await gathered(village, "Byalaget", anna)
    await opened(village)
    await asked(group)
    await village.settled()
    anna.writes("omröstning @servicelotsen_bot", in_=group)
    await group.until(lambda: village.says("poll.native_here") in group.last.text)
    await village.settled()
    assert len(polls_in(group)) == 2


async def test_a_group_that_comes_late_is_asked_all_of_it_once_when_somebody_asks(village: Village) -> None:
    anna, bo = users(village, "Anna", "Bo")
    await opened(village)
    await village.settled()
    late = await gathered(village, "Sent ute", anna, bo)
    for who in (anna, bo):
        who.writes("omröstning @servicelotsen_bot", in_=late)
    one, several = await asked(late)
    await village.settled()
    assert [(each.poll or {})["question"] for each in (one, several)] == [
        each.wording["sv"] for each in ours.native().questions
    ]
    assert len(polls_in(late)) == 2
    bo.votes(several, "Mat")
    await counted(village, 1, 0, 0, voters=1, question="flera")


async def test_in_ones_own_chat_it_is_asked_with_buttons_and_counted_as_ours(village: Village) -> None:
    anna, *_ = users(village, "Anna")
    anna.starts(f"w-{WEBINAR}")
    await anna.next()
    await village.settled()
    await opened(village)
    await anna.until(lambda: anna.last.buttons and "vote:1:ett:ja" in [data for _, data in anna.last.buttons])
    anna.presses(data="vote:1:ett:ja", message=anna.last)
    await anna.until(lambda: "Ja: 1 (100 %)" in anna.messages[-1].text or "Ja: 1 (100 %)" in anna.messages[-2].text)
    assert (await the_run(village)).counts["ett"] == {"": 1, "ja": 1}
    assert village.api.count("sendPoll") == 0
