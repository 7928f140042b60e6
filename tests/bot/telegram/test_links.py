"""How people come: by a link to a webinar, in a language, or by one of the commands that Telegram offers them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import announcing, jobs
from bot.channels.telegram.wire import COMMANDS
from dialogs.replies import bare
from tests.botapi.people import Person
from tests.telegram import GLEST, MODES, TRANSPORTS, Village, beside, in_telegram
from tests.web import WEBINAR, until

WAYS = tuple(zip(TRANSPORTS, MODES, strict=False))
LANGUAGES = ("sv", "en")
EVERYBODY = '{"type": "default"}'
"""The scope of commands for all chats."""
LOST_FOR_WORDS = ("offer.", "suggest.", "choice.unknown", "ask.empty", "ask.wordless", "small.", "question.too_old")
"""What is said to something that was not understood."""


@pytest.fixture(params=WAYS, ids=" ".join)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service in Telegram, ready to be spoken to. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, *request.param) as found:
        await until(lambda: found.api.count("setMyShortDescription") == 1 + len(LANGUAGES))
        await until(lambda: found.channel.webhook is None or found.channel.webhook.receiver)
        yield found
        assert found.api.complaints == []


async def state_of(village: Village, person: Person) -> dict[str, object]:
    """What the conversation remembers of somebody."""
    who = next(row[2] for row in await village.rows("address") if row[1] == str(person.id))
    found: dict[str, object] = json.loads(next(row[1] for row in await village.rows("conversation") if row[0] == who))
    return found


def in_words(village: Village, language: str, key: str, **values: object) -> str:
    """A phrase in a language, as Telegram shows it."""
    return bare(village.service.library.content.texts[language](key, **values))


async def set_phase(village: Village, phase: str) -> None:
    await jobs.webinar(village.service, {"code": WEBINAR, "phase": phase})


# Links


async def test_a_link_leads_into_its_webinar_and_its_announcements_come(village: Village) -> None:
    anna, bo = village.api.user("Anna"), village.api.user("Bo")
    anna.starts(f"w-{WEBINAR}")
    bo.starts()
    hello = await anna.next()
    await bo.next()
    await village.settled()
    title = village.service.library.content.webinars[WEBINAR].title["sv"]
    assert title in hello.text
    assert (await state_of(village, anna))["webinar"] == WEBINAR
    assert (await state_of(village, bo))["webinar"] is None

    async with beside(announcing.run(village.service)):
        await set_phase(village, "open")
        assert (await anna.next()).text == village.says("announce.open", title=title)
        await village.settled()
        await set_phase(village, "closed")
        assert (await anna.next()).text == village.says("announce.closed", title=title)
        await village.settled()
    assert await village.keys(anna) == ["welcome", "announce.open", "announce.closed"]
    assert await village.keys(bo) == ["welcome"]


async def test_a_link_followed_in_the_middle_of_a_conversation_joins_the_webinar(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.starts()
    await anna.next()
    anna.writes(GLEST)
    await anna.next()
    anna.starts(f"w-{WEBINAR}")
    await anna.next()
    await village.settled()
    assert (await state_of(village, anna))["webinar"] == WEBINAR
    assert len(await village.rows("person")) == 1


@pytest.mark.parametrize("payload", ["w-ingen-san", WEBINAR, "w-", "w-landet-lar-47x", "47", "_-_", "a" * 64])
async def test_a_link_that_leads_nowhere_says_so_and_the_conversation_begins(village: Village, payload: str) -> None:
    anna = village.api.user("Anna")
    anna.starts(payload)
    await anna.until(lambda: len(anna.messages) == 2)
    await village.settled()
    assert await village.keys(anna) == ["welcome", "link.lost"]
    assert (await state_of(village, anna))["webinar"] is None
    assert anna.last.buttons


async def test_without_a_payload_nothing_is_lost(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.starts()
    await anna.next()
    await village.settled()
    assert await village.keys(anna) == ["welcome"]


# Languages


@pytest.mark.parametrize(("told", "spoken"), [("sv", "sv"), ("en", "en"), ("en-GB", "en"), ("fi", "sv"), (None, "sv")])
async def test_the_language_of_somebodys_telegram_is_where_the_conversation_begins(
    village: Village, told: str | None, spoken: str
) -> None:
    anna = village.api.user("Anna", language=told)
    anna.starts()
    hello = await anna.next()
    await village.settled()
    assert in_words(village, spoken, "telegram.notice") in hello.text
    assert (await state_of(village, anna))["language"] == spoken


@pytest.mark.parametrize(("profile", "chosen"), [("sv", "en"), ("en", "sv")])
async def test_who_changes_language_stays_there(village: Village, profile: str, chosen: str) -> None:
    anna = village.api.user("Anna", language=profile)
    anna.starts(f"w-{WEBINAR}")
    await anna.next()
    anna.presses(data=f"lang:{chosen}")
    assert in_words(village, chosen, "language.changed") in (await anna.next()).text
    for text in ("/start", "/om", "/hjalp"):
        anna.writes(text)
        await anna.next()
        await village.settled()
        assert (await state_of(village, anna))["language"] == chosen
    assert in_words(village, chosen, "help") in anna.last.text
    async with beside(announcing.run(village.service)):
        await set_phase(village, "open")
        title = village.service.library.content.webinars[WEBINAR].title[chosen]
        assert (await anna.next()).text == in_words(village, chosen, "announce.open", title=title)


# Commands


async def test_telegram_is_told_the_commands_in_each_language_and_for_all_others(village: Village) -> None:
    world, texts = village.api.world, village.service.library.content.texts
    assert {scope for scope, _ in world.commands} == {EVERYBODY}
    assert {language for _, language in world.commands} == {"", *LANGUAGES}
    for (_, code), commands in world.commands.items():
        say = texts[code or village.service.settings.language]
        assert [each["command"] for each in commands] == list(COMMANDS)
        assert [each["description"] for each in commands] == [say(f"telegram.command.{name}") for name in COMMANDS]
    for what in ("description", "short_description"):
        said = {code: world.texts[what, code] for code in ("", *LANGUAGES)}
        assert all(said.values())
        assert said["sv"] == said[""] != said["en"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_that_telegram_offers_is_understood(village: Village, language: str) -> None:
    offered = [each["command"] for each in village.api.world.commands[EVERYBODY, language]]
    assert offered
    said: dict[str, str] = {}
    for command in offered:
        person = village.api.user(command, language=language)
        person.writes(f"/{command}")
        await village.settled()
        keys = await village.keys(person)
        assert keys[0] == "welcome"
        said[command] = keys[-1]
        assert (await state_of(village, person))["language"] == language
    assert not [key for key in said.values() if key.startswith(LOST_FOR_WORDS)], said
    assert len(set(said.values())) == len(said), said


async def test_what_is_no_command_is_not_understood(village: Village) -> None:
    """So that the test above can fail."""
    anna = village.api.user("Anna")
    anna.writes("/cykelpump")
    await village.settled()
    assert (await village.keys(anna))[-1].startswith(LOST_FOR_WORDS)


async def test_a_question_after_its_command_is_asked(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.writes(f"/fraga {GLEST}")
    await village.settled()
    assert await village.keys(anna) == ["welcome", "answer"]
