"""In a group: heard only when addressed, answered where the question stands, and each member for themselves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.telegram import deliver
from bot.channels.telegram.deliver import Delivery
from tests.botapi.groups import Group
from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.content import SHORT_WALK
from tests.telegram import GLEST, MODES, TRANSPORTS, Village, in_telegram
from tests.web import UNKNOWN, until

WAYS = tuple(zip(TRANSPORTS, MODES, strict=False))
"""Each transport and each mode once."""


@pytest.fixture(params=WAYS, ids=" ".join)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service in Telegram, ready to be spoken to. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, *request.param) as found:
        await until(lambda: found.channel.webhook is None or found.channel.webhook.receiver)
        yield found
        assert found.api.complaints == []


def byalaget(village: Village, *names: str, privacy: bool = True, forum: bool = False) -> tuple[Group, list[Person]]:
    people = [village.api.user(name) for name in names]
    return village.api.group("Byalaget", people, privacy=privacy, forum=forum), people


def at(group: Group, person: Person) -> str:
    """A member's address in a group."""
    return f"{group.id}:{person.id}"


def to_bot(village: Village, text: str) -> str:
    return f"@{village.api.username} {text}"


async def answered(village: Village, group: Group, person: Person, text: str) -> Message:
    """Somebody writes something that the bot hears in a group; what it says last."""
    had = len(group.messages)
    assert person.writes(text, in_=group)
    await group.until(lambda: len(group.messages) > had)
    await village.settled()
    return group.last


def data_of(message: Message, beginning: str) -> str:
    """The first button of a message whose data begins like this."""
    found = [data for _, data in message.buttons if data.startswith(beginning)]
    assert found, f"no {beginning} in {message}"
    return found[0]


# What is heard


@pytest.mark.parametrize("privacy", [True, False])
async def test_only_what_is_meant_for_the_bot_is_heard(village: Village, *, privacy: bool) -> None:
    group, [anna] = byalaget(village, "Anna", privacy=privacy)
    await answered(village, group, anna, to_bot(village, GLEST))
    assert (await village.keys(anna, at(group, anna)))[-1] == "answer"
    said = await answered(village, group, anna, "/om")
    assert (await village.keys(anna, at(group, anna)))[-1] == "about"

    heard = await village.rows("message")
    for text in (GLEST, "Ska vi fika?", "hjälp"):
        anna.writes(text, in_=group)
    anna.sends_sticker(in_=group)
    anna.sends_photo("Vår bygd", in_=group)
    bo = village.api.user("Bo")
    group.joins(bo)
    bo.writes("Hej alla!", reply_to=anna.last_written(group), in_=group)
    await village.settled()
    assert await village.rows("message") == heard

    assert anna.writes("/hjalp", reply_to=said, in_=group)
    await group.until(lambda: group.last is not said)
    assert anna.writes(GLEST, reply_to=group.last, in_=group)
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-2:] == ["help", "answer"]


async def test_an_administrator_that_hears_everything_still_answers_only_what_is_meant_for_it(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    group.makes_admin(anna)
    await village.settled()
    had = len(group.messages)
    assert anna.writes(GLEST, in_=group)
    await village.settled()
    assert len(group.messages) == had
    assert await village.rows("person") == []


@pytest.mark.parametrize("text", ["/hjalp@en_annan_bot", "/checklista@en_annan_bot nu"])
async def test_another_bots_command_is_left_to_it(village: Village, text: str) -> None:
    group, [anna] = byalaget(village, "Anna", privacy=False)
    assert anna.writes(text, in_=group)
    await village.settled()
    assert group.messages == []
    assert anna.writes(f"/hjalp@{village.api.username}", in_=group)
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-1] == "help"


# Where it is answered


async def test_an_answer_replies_to_the_one_who_asked(village: Village) -> None:
    group, people = byalaget(village, "Anna", "Bo")
    for person in people:
        answer = await answered(village, group, person, to_bot(village, GLEST))
        assert answer.reply_to == person.last_written(group)


async def test_an_answer_stays_in_the_topic_of_its_question(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna", forum=True)
    for name in ("Vägar", "Butiken"):
        topic = group.topic(name)
        had = len(group.messages)
        anna.writes(to_bot(village, GLEST), in_=group, thread=topic)
        await group.until(lambda had=had: len(group.messages) > had)  # type: ignore[misc]
        await village.settled()
        assert {message.thread for message in group.messages[had:]} == {topic}
        assert group.last.reply_to == anna.last_written(group)


async def test_a_press_in_a_topic_is_answered_there(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna", forum=True)
    topic = group.topic("Butiken")
    anna.writes("/verktyg", in_=group, thread=topic)
    await group.until(lambda: group.messages)
    await village.settled()
    had = len(group.messages)
    anna.presses(data=data_of(group.last, "tools:"), in_=group)
    await group.until(lambda: len(group.messages) > had)
    assert group.last.thread == topic


async def test_a_moderators_answer_comes_as_a_reply_in_the_group(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    asked = await sent_to_moderator(village, group, anna)
    await decided(village)
    await group.until(lambda: group.last.reply_to == asked)
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-1] == "moderator.answer"


async def test_a_moderators_answer_stands_beside_its_question_in_the_topic(village: Village) -> None:
    """Telegram puts a reply where the message is that it answers (tdlib/telegram-bot-api#447)."""
    group, [anna] = byalaget(village, "Anna", forum=True)
    topic = group.topic("Butiken")
    asked = await sent_to_moderator(village, group, anna, topic)
    had = len(group.messages)
    await decided(village)
    await group.until(lambda: len(group.messages) > had)
    assert group.chat.messages[asked].thread == topic
    assert (group.last.thread, group.last.reply_to) in ((topic, asked), (None, asked))


async def sent_to_moderator(village: Village, group: Group, person: Person, thread: int | None = None) -> int:
    """Somebody's question in a group is sent on; the id of the message that asked it."""
    person.writes(to_bot(village, UNKNOWN), in_=group, thread=thread)
    asked = person.last_written(group)
    await group.until(lambda: any(data.startswith("send:") for each in group.messages for _, data in each.buttons))
    await village.settled()
    person.presses(data=data_of(group.last, "send:"), in_=group)
    await village.settled()
    return asked


async def decided(village: Village) -> None:
    maria = await village.web.moderator()
    assert (await maria.decide(1, answer="Det ordnar sig.")).status_code == 303


# Each for themselves


async def test_two_members_each_have_their_own_conversation(village: Village) -> None:
    group, [anna, bo] = byalaget(village, "Anna", "Bo")
    await answered(village, group, anna, "/checklista")
    await answered(village, group, bo, "/om")
    assert await village.keys(anna, at(group, anna)) == ["welcome", "walk.which"]
    assert await village.keys(bo, at(group, bo)) == ["welcome", "about"]
    assert len(await village.rows("person")) == 2


async def test_what_was_asked_in_private_is_not_told_in_the_group(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    anna.writes(UNKNOWN)
    await anna.until(lambda: any(data.startswith("send:") for each in anna.messages for _, data in each.buttons))
    await village.settled()
    anna.presses(data=data_of(anna.last, "send:"))
    await village.settled()
    for text in ("/mina", "F-1"):
        said = await answered(village, group, anna, text if text[0] == "/" else to_bot(village, text))
        assert UNKNOWN not in said.text
    assert (await village.keys(anna, at(group, anna)))[-2:] == ["mine.none", "code.not_yours"]
    anna.writes("/mina")
    await anna.until(lambda: UNKNOWN in anna.last.text)
    assert len(await village.rows("person")) == 2


async def test_somebody_elses_buttons_say_whose_they_are_and_change_nothing(village: Village) -> None:
    group, [anna, bo] = byalaget(village, "Anna", "Bo")
    for person in (bo, anna):
        await answered(village, group, person, "/checklista")
    before = await village.web.rows("contact", "seen")
    had = list(group.chat.events)
    pressed = bo.presses(data="new:fem-faktorer", message=group.last, in_=group)
    await until(lambda: bo.told(pressed))
    assert (bo.told(pressed) or {})["text"] == village.says("telegram.not_yours")
    await village.settled()
    assert await village.web.rows("contact", "seen") == before
    assert group.chat.events == had


async def test_somebody_who_never_wrote_presses_in_vain(village: Village) -> None:
    group, [anna, bo] = byalaget(village, "Anna", "Bo")
    said = await answered(village, group, anna, "/checklista")
    pressed = bo.presses(data="new:fem-faktorer", message=said, in_=group)
    await until(lambda: bo.told(pressed))
    assert (bo.told(pressed) or {})["text"] == village.says("telegram.not_yours")
    assert len(await village.rows("person")) == 1


async def test_ones_own_buttons_work_and_the_press_is_answered_without_words(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    said = await answered(village, group, anna, "/checklista")
    pressed = anna.presses(data="new:fem-faktorer", message=said, in_=group)
    await until(lambda: anna.told(pressed))
    assert "text" not in (anna.told(pressed) or {})
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-1] == "walk.level"


async def test_ones_own_button_works_before_we_have_heard_that_it_arrived(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    await answered(village, group, anna, "/om")
    village.api.fault("late", chat=group, method="sendMessage", times=1, seconds=0.5)
    had = len(group.messages)
    anna.writes("/checklista", in_=group)
    await group.until(lambda: len(group.messages) > had)
    pressed = anna.presses(data="new:fem-faktorer", in_=group)
    await until(lambda: anna.told(pressed))
    assert "text" not in (anna.told(pressed) or {})
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-1] == "walk.level"


# Coming and going


async def test_a_bot_that_is_added_says_hello_once(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    group.chat.bot_status = "left"
    added = group.adds_bot(anna)
    hello = await group.next()
    assert hello.text == village.says("telegram.group", name=village.api.username)
    await village.settled()
    village.api.world.redeliver(added)
    await village.settled()
    assert group.messages == [hello]


async def test_being_made_an_administrator_is_no_reason_to_say_hello_again(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    group.chat.bot_status = "left"
    group.adds_bot(anna)
    hello = await group.next()
    group.makes_admin(anna)
    await village.settled()
    assert group.messages == [hello]


async def test_a_bot_that_is_thrown_out_sends_nothing_more_until_it_is_let_in_again(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    await sent_to_moderator(village, group, anna)
    group.removes_bot(anna)
    await village.settled()
    before = len(village.api.app.arrivals)
    await decided(village)
    async with asyncio.timeout(5):
        while [row[9] for row in await village.rows("outbox")] != ["held"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    assert [given for _, _, given in village.api.app.arrivals[before:] if given.get("chat_id") == group.id] == []

    had = len(group.messages)
    group.adds_bot(anna)
    await group.until(lambda: len(group.messages) == had + 2)
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-1] == "moderator.answer"


async def test_what_is_to_be_said_while_the_bot_is_being_let_in_is_said(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hello is met by the sender before that knows; that it must wait is kept only after the rest was let go."""

    async def slow(self: Delivery, lane: str) -> None:
        await asyncio.sleep(0.6)
        await lane_back(self, lane)

    lane_back = Delivery.lane_back
    monkeypatch.setattr(Delivery, "lane_back", slow)
    monkeypatch.setattr(deliver, "LATEST_MARK_SECONDS", 0.3)
    group, [anna] = byalaget(village, "Anna")
    await answered(village, group, anna, "/om")
    group.removes_bot(anna)
    await village.settled()
    group.adds_bot(anna)
    hello = village.says("telegram.group", name=village.api.username)
    await group.until(lambda: group.last.text == hello)


# Input wanted


async def test_a_note_is_asked_for_as_a_reply_and_taken_from_one(village: Village) -> None:
    group, [anna] = byalaget(village, "Anna")
    said = await answered(village, group, anna, "/checklista")
    for choice in (*SHORT_WALK, "note:"):
        anna.presses(data=data_of(said, choice), message=said, in_=group)
        await village.settled()
        said = group.last
    assert said.markup.get("force_reply") or village.says("telegram.reply_here") in said.text

    anna.writes("Vi frågade i våras", in_=group)
    await village.settled()
    assert group.last is said
    anna.writes("Vi frågade i våras", reply_to=said, in_=group)
    await village.settled()
    assert (await village.keys(anna, at(group, anna)))[-2:] == ["walk.noted", "walk.statement"]
    assert "Vi frågade i våras" in [row[4] for row in await village.rows("given")]


async def test_in_private_nobody_is_asked_to_reply(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.writes("/checklista")
    await anna.until(lambda: anna.messages)
    await village.settled()
    for choice in (*SHORT_WALK, "note:"):
        anna.presses(data=data_of(anna.last, choice))
        await village.settled()
    assert (await village.keys(anna))[-1] == "walk.note_wanted"
    assert village.says("telegram.reply_here") not in anna.last.text
    assert "force_reply" not in anna.last.markup
