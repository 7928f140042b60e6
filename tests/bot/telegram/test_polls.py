"""A poll in Telegram: a message with buttons, a press told to the one who pressed, a tally now and then."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot import announcing, jobs
from bot.channels.telegram import tallies
from dialogs.definitions import Poll
from tests.botapi.groups import Group
from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.polls import OPENING, WEBINAR, every_kind, with_polls
from tests.telegram import TRANSPORTS, Village, beside, in_telegram
from tests.web import until

SECONDS = 0.3
"""In place of four, so that nobody waits."""


@pytest.fixture(params=TRANSPORTS)
async def village(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Village]:
    """The service in Telegram with the webinar open, and what is said to everybody being said."""
    monkeypatch.setattr(tallies, "EVERY_SECONDS", SECONDS)
    async with in_telegram(tmp_path, request.param) as found:
        await jobs.webinar(found.service, {"code": WEBINAR, "phase": "open"})
        async with beside(announcing.run(found.service)):
            yield found
        assert found.api.complaints == []


async def byalaget(village: Village, *names: str) -> tuple[Group, list[Person]]:
    """A group, one of whose members has spoken to us there."""
    people = [village.api.user(name) for name in names]
    group = village.api.group("Byalaget", people)
    people[0].writes("/om", in_=group)
    await group.until(lambda: group.messages)
    await village.settled()
    return group, people


async def opened(village: Village, poll: Poll | None = None) -> None:
    wanted = poll or village.service.library.content.polls[OPENING]
    await village.service.store.write(lambda tx: announcing.open_poll(tx, WEBINAR, wanted, village.clock()))


async def asked(group: Group, question: str = "plats") -> Message:
    """The message of a question in a group."""
    await group.until(lambda: [each for each in group.messages if _asks(each, question)])
    return next(each for each in group.messages if _asks(each, question))


def _asks(message: Message, question: str) -> bool:
    return any(f":{question}:" in data for _, data in message.buttons)


async def presses(village: Village, person: Person, message: Message, group: Group, choice: str) -> str:
    """Press a button in a group; what the one who pressed is told."""
    pressed = person.presses(data=choice, message=message, in_=group)
    await until(lambda: person.told(pressed) is not None)
    return str((person.told(pressed) or {}).get("text", ""))


def edits(village: Village, message: Message) -> list[str]:
    """What a message has been changed into, in order."""
    return [str(given["text"]) for _, method, given in village.api.app.arrivals
            if method.lower() == "editmessagetext" and int(given["message_id"]) == message.message_id]  # fmt: skip


async def test_everybody_in_a_group_votes_under_one_message_and_each_is_told_alone(village: Village) -> None:
    group, [anna, bo, cia] = await byalaget(village, "Anna", "Bo", "Cia")
    await opened(village)
    message = await asked(group)
    await asked(group, "landsdel")
    had = len(group.messages)
    for person, place in ((anna, "tatort"), (bo, "landsbygd"), (cia, "landsbygd"), (cia, "malmo")):
        told = await presses(village, person, message, group, f"vote:1:plats:{place}")
        assert told.startswith("Din röst: ")
        assert village.says("poll.can_change") in told
    await until(lambda: "Malmö: 1 (33 %)" in (edits(village, message) or [""])[-1])
    assert (await village.service.store.read(lambda tx: tx.recount(1)))["plats"] == {
        "": 3, "tatort": 1, "landsbygd": 1, "malmo": 1,
    }  # fmt: skip
    assert len(group.messages) == had, "a vote adds nothing to the group's talk"


async def test_the_tally_changes_now_and_then_however_many_vote(village: Village) -> None:
    group, people = await byalaget(village, *(f"Person {number}" for number in range(12)))
    await opened(village)
    message, began = await asked(group), time.monotonic()
    for person in people:
        await presses(village, person, message, group, "vote:1:plats:tatort")
    await until(lambda: "Tätort: 12 (100 %)" in (edits(village, message) or [""])[-1])
    assert len(edits(village, message)) <= (time.monotonic() - began) / SECONDS + 2


async def test_one_who_votes_in_two_groups_and_alone_has_one_vote(village: Village) -> None:
    group, [anna] = await byalaget(village, "Anna")
    other = village.api.group("Kommunen", [anna])
    anna.writes("/om", in_=other)
    await other.until(lambda: other.messages)
    await village.settled()
    await opened(village)
    for each, place in ((group, "tatort"), (other, "malmo")):
        await presses(village, anna, await asked(each), each, f"vote:1:plats:{place}")
    assert (await village.service.store.read(lambda tx: tx.recount(1)))["plats"] == {"": 1, "malmo": 1}
    had = len(anna.messages)
    anna.starts(f"w-{WEBINAR}")
    await anna.until(lambda: len(anna.messages) > had)
    await village.settled()
    anna.writes("omröstning")
    await anna.until(lambda: any("landsdel" in data for each in anna.messages for _, data in each.buttons))
    await village.settled()
    anna.writes("/start")
    await village.settled()
    anna.presses(data="vote:1:landsdel:norrland", message=next(
        each for each in anna.messages if _asks(each, "landsdel")))  # fmt: skip
    await village.settled()
    assert (await village.service.store.read(lambda tx: tx.recount(1)))["plats"] == {"": 1, "malmo": 1}


async def test_who_has_only_pressed_is_not_written_to(village: Village) -> None:
    group, [_anna, bo] = await byalaget(village, "Anna", "Bo")
    await opened(village)
    await presses(village, bo, await asked(group), group, "vote:1:plats:tatort")
    await jobs.webinar(village.service, {"code": WEBINAR, "phase": "closed"})
    await group.until(lambda: "slut för i dag" in group.last.text)
    await village.settled()
    assert bo.messages == []


@pytest.mark.parametrize("first", ["vote", "start"])
async def test_who_votes_in_a_group_and_first_writes_to_us_at_the_same_time_can_be_reached(
    village: Village, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, [_anna, bo] = await byalaget(village, "Anna", "Bo")
    await opened(village)
    message, write = await asked(group), village.service.store.write
    await village.settled()

    async def slow(work: Any) -> Any:
        await asyncio.sleep(0.1)
        return await write(work)

    monkeypatch.setattr(village.service.store, "write", slow)
    votes = partial(bo.presses, data="vote:1:plats:tatort", message=message, in_=group)
    for does in (votes, bo.starts) if first == "vote" else (bo.starts, votes):
        does()
    await village.settled()
    assert bo.messages
    assert [row[5] for row in await village.rows("address") if row[1] == str(bo.id)] == [None]


async def test_when_it_closes_the_message_says_how_it_went_and_its_buttons_go(village: Village) -> None:
    group, [anna] = await byalaget(village, "Anna")
    await opened(village)
    message = await asked(group)
    await presses(village, anna, message, group, "vote:1:plats:tatort")
    await village.service.store.write(lambda tx: tx.close_poll(1, village.clock()))
    await until(lambda: not [each for each in group.messages if each.message_id == message.message_id and each.buttons])
    told = await presses(village, anna, message, group, "vote:1:plats:malmo")
    assert told == village.says("poll.over")
    async with asyncio.timeout(5):
        while await village.rows("poll_post"):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    assert (await village.service.store.read(lambda tx: tx.recount(1)))["plats"] == {"": 1, "tatort": 1}


async def test_a_press_of_what_is_no_poll_is_answered_and_kept_nowhere(village: Village) -> None:
    group, [anna] = await byalaget(village, "Anna")
    await opened(village)
    message = await asked(group)
    assert await presses(village, anna, message, group, "vote:1:plats:fel") == village.says("poll.gone")
    assert await presses(village, anna, message, group, "vote:99:plats:tatort") == village.says("poll.gone")
    assert await village.rows("ballot") == []


async def test_in_ones_own_chat_a_ticked_option_changes_the_message(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = village.service.library
    monkeypatch.setattr(library, "content", with_polls(library.content, every_kind()))
    anna = village.api.user("Anna")
    anna.starts(f"w-{WEBINAR}")
    await anna.next()
    await village.settled()
    await opened(village, every_kind())
    await anna.until(lambda: _asks(anna.last, "ett"))
    anna.presses(data="vote:1:ett:ja", message=anna.last)
    await anna.until(lambda: _asks(anna.last, "flera"))
    await village.settled()
    had = len(anna.messages)
    for choice in ("butik", "mack"):
        anna.presses(data=f"vote:1:flera:{choice}", message=anna.last)
        await village.settled()
    assert len(anna.messages) == had
    assert [text for text, _ in anna.last.buttons][:2] == ["✓ Butik", "✓ Mack"]


async def test_what_is_to_be_written_is_answered_elsewhere_than_in_the_group(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = village.service.library
    monkeypatch.setattr(library, "content", with_polls(library.content, every_kind()))
    group, _ = await byalaget(village, "Anna")
    await opened(village, every_kind())
    page = f"{village.public}/w/{WEBINAR}/omrostning"
    await group.until(lambda: len([each for each in group.messages if page in each.text]) == 2)
    assert [each.buttons for each in group.messages if page in each.text] == [[], []]
