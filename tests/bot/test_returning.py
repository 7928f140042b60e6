"""Going on somewhere else: one person, several doors."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.content import SHORT_WALK
from tests.telegram import Village, in_telegram
from tests.web import UNKNOWN, Json, Person, fresh_key, read


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[Village]:
    """The service on the web and in Telegram."""
    async with in_telegram(tmp_path) as found:
        yield found


async def links(person: Person) -> dict[str, str]:
    """The links that somebody is given, by what each begins with."""
    await person.say("hjälp")
    message: Json = (await person.choose("return"))[-1]
    return {("web" if "/tillbaka/" in link["url"] else "telegram"): link["url"] for link in message["links"]}


def payload(link: str) -> str:
    """What Telegram hands over of a deep link."""
    return httpx.URL(link).params["start"]


async def follow(person: Person, link: str) -> httpx.Response:
    """Open a link and press the button on its page."""
    path = httpx.URL(link).path
    page = await person.get(path)
    return await person.submit(path, key=read(page.text).hidden["key"])


async def test_a_checklist_begun_on_the_web_goes_on_in_telegram(village: Village) -> None:
    bo, anna = village.web.person(), village.api.user("Bo")
    for choice in ("checklist", *SHORT_WALK):
        offered = (await bo.choose(choice))[-1]["choices"]
    await bo.choose(offered[0]["id"])
    anna.starts(payload((await links(bo))["telegram"]))
    assert (await anna.next()).text.startswith(village.says("return.here"))
    assert "Fråga 2 av 15" in (await anna.next()).text
    anna.writes("ja")
    assert "Fråga 3 av 15" in (await anna.next()).text
    assert "Fråga 3 av 15" in (await bo.history())[-1]["heading"]


async def test_a_link_is_good_in_another_browser_and_opening_it_changes_nothing(village: Village) -> None:
    bo, elsewhere = village.web.person(), village.web.person()
    await bo.say("hej")
    link = (await links(bo))["web"]
    before = await village.web.rows("contact")
    await elsewhere.get(httpx.URL(link).path)
    assert await village.web.rows("contact") == before
    assert (await follow(elsewhere, link)).status_code == 303
    assert [each["id"] for each in await elsewhere.history()] == [each["id"] for each in await bo.history()]


async def test_who_had_written_there_already_keeps_questions_and_checklists(village: Village) -> None:
    bo, elsewhere, maria = village.web.person(), village.web.person(), await village.web.moderator()
    number = await elsewhere.ask_moderator()
    await bo.say("hej")
    await follow(elsewhere, (await links(bo))["web"])
    await maria.decide(number, answer="Fråga handlaren.")
    for browser in (bo, elsewhere):
        assert "Fråga handlaren." in (await browser.history())[-1]["text"]
        assert "F-1" in (await browser.say("mina frågor"))[-1]["text"]


async def test_an_answer_reaches_every_door(village: Village) -> None:
    bo, phone, maria = village.web.person(), village.api.user("Bo"), await village.web.moderator()
    await bo.say("hej")
    phone.starts(payload((await links(bo))["telegram"]))
    await phone.next()
    number = await bo.ask_moderator(UNKNOWN)
    await maria.decide(number, answer="Fråga handlaren.")
    assert "Fråga handlaren." in (await phone.next()).text
    assert "Fråga handlaren." in (await bo.history())[-1]["text"]


async def test_what_is_said_on_the_web_is_not_repeated_in_telegram(village: Village) -> None:
    bo, phone = village.web.person(), village.api.user("Bo")
    await bo.say("hej")
    phone.starts(payload((await links(bo))["telegram"]))
    await phone.next()
    await bo.say("hej igen")
    await phone.quiet()


async def test_the_token_is_kept_only_as_a_hash(village: Village) -> None:
    bo = village.web.person()
    token = (await links(bo))["web"].rpartition("/")[2]
    assert len(token) >= 22
    assert token not in repr(await village.web.rows())
    assert all("links" not in message for message in await bo.history())


async def test_without_javascript_the_link_is_on_the_page_that_answers(village: Village) -> None:
    bo = village.web.person()
    await bo.say("hjälp")
    page = await bo.submit("/", key=fresh_key(), choice="return")
    assert page.status_code == 200
    assert [each["href"] for each in read(page.text).all("a") if "/tillbaka/" in each.get("href", "")]


async def test_a_link_that_is_made_up_or_too_old_leads_nowhere(village: Village) -> None:
    bo, phone = village.web.person(), village.api.user("Bo")
    link = payload((await links(bo))["telegram"])
    phone.starts("p-hittepa")
    assert village.says("link.lost") in [(await phone.next()).text, (await phone.next()).text]
    village.clock.forward(days=91)
    phone.starts(link)
    assert village.says("link.lost") in [(await phone.next()).text, (await phone.next()).text]


async def test_forget_me_empties_every_door(village: Village) -> None:
    bo, phone = village.web.person(), village.api.user("Bo")
    await bo.say("hej")
    phone.starts(payload((await links(bo))["telegram"]))
    await phone.next()
    phone.writes("glöm mig")
    await phone.next()
    phone.presses(data="forget:yes")
    await phone.next()
    await village.settled()
    kept = await village.web.rows("seen", "secret", "probe", "contact", "_sqlite_migrations", "sqlite_sequence",
                                  "invite", "session")  # fmt: skip
    assert {table for table, rows in kept.items() if rows} == set()


async def test_a_moderators_link_leads_from_telegram_to_the_desk(village: Village) -> None:
    maria = village.api.user("Maria")
    token = await village.web.invited()
    maria.starts(f"m-{token}")
    way = [(await maria.next()).text, (await maria.next()).text][1]
    assert f"{village.public}/moderator/logga-in/{token}" in way
    assert token not in repr(await village.web.rows("outbox"))


async def test_a_link_tapped_where_a_conversation_goes_on_replaces_nothing(village: Village) -> None:
    bo, phone = village.web.person(), village.api.user("Bo")
    await bo.say("hej")
    link = payload((await links(bo))["telegram"])
    phone.writes(UNKNOWN)
    await village.settled()
    phone.starts(link)
    await village.settled()
    assert (await village.keys(phone))[-1] == "return.taken"
    await bo.say("hej igen")
    await phone.next()


async def test_in_a_group_no_key_to_a_conversation_is_given(village: Village) -> None:
    anna = village.api.user("Anna")
    group = village.api.group("Byalaget", [anna])
    anna.writes("/hjalp", in_=group)
    await village.settled()
    anna.presses(data="return", in_=group)
    await village.settled()
    assert not [each for each in group.messages if "/tillbaka/" in each.text or "start=p-" in each.text]
