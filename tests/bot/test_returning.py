"""Going on somewhere else: one person, several doors."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.content import SHORT_WALK
from tests.stepping import with_run
from tests.telegram import Village, in_telegram
from tests.web import UNKNOWN, Json, Person, choices, fresh_key, read, until


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


async def test_what_was_held_for_who_has_become_another_is_sent_and_sending_goes_on(village: Village) -> None:
    bo, laptop, maria = village.web.person(), village.web.person(), await village.web.moderator()
    phone, cia = village.api.user("Bo"), village.api.user("Cia")
    number = await laptop.ask_moderator()
    phone.starts(payload((await links(laptop))["telegram"]))
    await phone.next()
    phone.blocks_bot()
    await village.settled()
    await maria.decide(number, answer="Fråga handlaren.")
    await unsent(village, "held")
    await bo.say("hej")
    await follow(laptop, (await links(bo))["web"])
    phone.unblocks_bot()
    await phone.until(lambda: "Fråga handlaren." in phone.last.text)
    cia.writes("/om")
    await village.settled()
    assert cia.messages


async def unsent(village: Village, state: str) -> None:
    """Wait until one message is left to send, in such a state."""
    async with asyncio.timeout(5):
        while [row[9] for row in await village.rows("outbox")] != [state]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def test_a_file_on_its_way_reaches_who_has_become_another(village: Village) -> None:
    bo, phone = village.web.person(), village.api.user("Bo")
    await bo.say("hej")
    phone.starts()
    await phone.next()
    await village.settled()
    store, now = village.service.store, village.clock()
    mine = await store.read(lambda tx: tx.person_at("telegram", str(phone.id))) or ""
    into = await store.read(lambda tx: tx.person_at("web", bo.address or "")) or ""
    run = await with_run(village.web, mine)
    refused = village.api.fault("too_many", chat=phone, method="sendDocument", times=1, seconds=1)
    plan = {"name": f"document/{run}.sv.pdf", "title": "Plan", "bytes": 1}
    await store.write(lambda tx: tx.say_later(mine, "bot", {"key": "file", "text": "Här är den", "file": plan}, now))
    await until(lambda: refused.hits)
    await store.write(lambda tx: tx.join("telegram", str(phone.id), into, now))
    await village.settled()
    assert "document" in phone.last.body


@pytest.mark.parametrize("pressed", [True, False])
async def test_what_comes_again_after_one_has_become_another_is_done_once(village: Village, *, pressed: bool) -> None:
    bo, anna, key = village.web.person(), village.web.person(), fresh_key()
    await bo.say("hej")
    offered = choices(await anna.say(UNKNOWN))
    wanted = {"choice": offered[0]} if pressed else {"text": "Vad räknas som glest?"}
    assert (await anna.post(wanted, key)).status_code == 200
    await follow(anna, (await links(bo))["web"])
    before = await village.web.rows("contact")
    assert (await anna.post(wanted, key)).status_code == 200
    assert await village.web.rows("contact") == before
