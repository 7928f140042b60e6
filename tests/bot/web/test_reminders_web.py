"""The pages of a reminder by e-mail, its file for the calendar, and the desk's view of a question from the bridge."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from bot.channels.web import reminders
from bot.channels.web.app import create_app
from bot.channels.web.protection import form_fields
from bot.channels.web.reminders import ADDRESS, MOST_TRIES
from bot.pace import Pace
from bot.post import Letter, Post
from bot.service import Metrics
from dialogs import dates
from tests.post import SENDER, Mailbox, free_port, mailbox
from tests.stepping import DUE, STEP, stepped, walked, with_run
from tests.web import ELSEWHERE, PUBLIC, WEBINAR, Page, Person, Web, choices, read, running_web

MAIL = "anna@example.net"
WRONG = [
    "", " ", "anna", "anna@", "@example.net", "anna@example", "anna@example.n", "anna@example.99", "a b@example.net",
    "anna@exa mple.net", "anna@example.net\r\nBcc: eve@example.net", "anna@example.net\nX: y", "a@b@example.net",
    "anna@example.net,eve@example.net", "anna@example.net;eve@example.net", "<anna@example.net>",
    "Anna <anna@example.net>", '"anna"@example.net', "anna@[127.0.0.1]", "a\x00nna@example.net", "a\x7f@example.net",
    "=?utf-8?q?a=40evil.example=2cb?=@example.net", "=?utf-8?q?x=0a?=@example.net", f"{'a' * 65}@example.net",
    f"anna@{'a' * 200}.net", "anna@example.net?bcc=eve@example.net", "anna\u2028@example.net", "(anna)anna@example.net",
    "0@..A0", "anna@.example.net", "anna@example..net", "anna@-example.net", "anna@example-.net", "anna@example.net-",
    f"anna@{4 * ('a' * 62 + '.')}net",
]  # fmt: skip
RIGHT = [
    "anna@example.net", "anna.b+c@sub.example.co.uk", "a@b.se", "a@b-1.xn--p1ai", "o'neill_1@exa-mple.org",
    " anna@example.net ",
]  # fmt: skip


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def web(tmp_path: Path, box: Mailbox) -> AsyncIterator[Web]:
    """The application with a mail server."""
    async with running_web(tmp_path, smtp=box.url) as found:
        yield found


async def known(web: Web) -> tuple[Person, str]:
    """Somebody with a run, without having walked it; and the page's path."""
    anna = web.person()
    await anna.say("hej")
    await anna.get("/")
    person = await web.service.store.read(lambda tx: tx.person_at("web", anna.address or ""))
    return anna, f"/paminnelse/{await with_run(web, person or '')}"


def told(page: Page, web: Web, key: str) -> bool:
    """Whether a page says a phrase."""
    return web.says(key) in page.text


# The way there


async def test_the_chat_leads_to_the_page_and_keeps_no_link(web: Web, box: Mailbox) -> None:
    anna = web.person()
    run = await stepped(anna)
    message = (await anna.choose(f"remind:{run}:mail"))[-1]
    [link] = message["links"]
    assert link["url"] == f"{web.base}/paminnelse/{run}"
    page = await anna.get(f"/paminnelse/{run}")
    assert page.status_code == 200
    assert [each["name"] for each in read(page.text).all("input") if each.get("type") == "email"] == ["address"]
    assert (await anna.submit(f"/paminnelse/{run}", address=MAIL)).status_code == 200
    assert [each.to for each in box.letters] == [[MAIL]]


async def test_without_a_mail_server_there_are_no_such_pages(tmp_path: Path) -> None:
    async with running_web(tmp_path) as web:
        routes = cast("Starlette", web.app.app).routes
        assert not [each for each in routes if isinstance(each, Route) and each.path.startswith("/paminnelse")]
        anna = web.person()
        run = await stepped(anna)
        assert f"remind:{run}:mail" not in choices(await anna.history())
        for path in (f"/paminnelse/{run}", "/paminnelse/svar/x"):
            assert (await anna.get(path)).status_code == 404
            assert (await anna.submit(path, address=MAIL)).status_code == 404


async def test_the_letters_link_begins_with_the_public_address(tmp_path: Path, box: Mailbox) -> None:
    async with running_web(tmp_path, public=PUBLIC, smtp=box.url) as web:
        anna, path = await known(web)
        await anna.submit(path, address=MAIL)
        assert f"{PUBLIC}/paminnelse/svar/{box.letters[0].token}" in box.letters[0].text


# Writing the address


@pytest.mark.parametrize("address", RIGHT)
async def test_an_address_is_written_to(web: Web, box: Mailbox, address: str) -> None:
    anna, path = await known(web)
    page = await anna.submit(path, address=address)
    assert page.status_code == 200
    assert told(read(page.text), web, "page.remind_sent")
    assert [each.to for each in box.letters] == [[address.strip()]]


@pytest.mark.parametrize("address", WRONG)
async def test_what_is_no_address_is_kept_in_the_form_and_nothing_is_sent(web: Web, box: Mailbox, address: str) -> None:
    anna, path = await known(web)
    before = await web.rows()
    response = await anna.submit(path, address=address)
    assert response.status_code == 422
    page = read(response.text)
    [field] = [each for each in page.all("input") if each.get("name") == "address"]
    assert field["value"].split() == address.strip()[:254].split()
    assert field["aria-invalid"] == "true"
    assert "fel" in field["aria-describedby"].split()
    assert told(page, web, "page.remind_wrong")
    assert (box.letters, await web.rows()) == ([], before)


@given(st.from_regex(ADDRESS, fullmatch=True))
@example("0@a.A0")
def test_no_address_that_is_taken_can_be_more_than_one_recipient(address: str) -> None:
    assert not set(address) & set(' \t\r\n<>,;:"()[]\\?\x00')
    written = Post("localhost", 25, "smtp", SENDER)._written(Letter(address, "Ämne", "Hej", "https://x.example/"))
    assert written["To"].addresses[0].addr_spec == address
    assert (len(written["To"].addresses), written["Bcc"], written["Cc"]) == (1, None, None)
    assert bytes(written).count(b"\nTo:") + bytes(written).startswith(b"To:") == 1


@given(st.text(max_size=80))
def test_no_text_breaks_what_may_be_an_address(text: str) -> None:
    if ADDRESS.fullmatch(text):
        assert text.isprintable()


async def test_markup_in_an_address_is_text(web: Web) -> None:
    anna, path = await known(web)
    ordinary = {tag for tag, _ in read((await anna.get(path)).text).elements}
    script = '"><script>alert(1)</script>'
    page = read((await anna.submit(path, address=script)).text)
    assert {tag for tag, _ in page.elements} <= ordinary
    assert [each["value"] for each in page.all("input") if each.get("name") == "address"] == [script]


async def test_somebody_elses_run_is_not_there(web: Web, box: Mailbox) -> None:
    _, path = await known(web)
    eve, nobody = web.person(), web.person()
    await eve.say("hej")
    await eve.get("/")
    before = await web.rows()
    for person in (eve, nobody):
        assert (await person.get(path)).status_code == 404
        assert (await person.submit(path, address=MAIL)).status_code == 404
    for missing in ("/paminnelse/nej", "/paminnelse/svar", "/paminnelse/%00", "/paminnelse/" + "x" * 5000):
        assert (await eve.get(missing)).status_code == 404
    assert (box.letters, await web.rows()) == ([], before)


async def test_a_form_from_another_site_sends_nothing(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    for headers in ({}, {"Origin": ELSEWHERE}, {"Origin": web.base, "Sec-Fetch-Site": "cross-site"}):
        assert (await anna.submit(path, headers, address=MAIL)).status_code == 403
    assert box.letters == []


async def test_so_many_letters_and_no_more(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    answers = [await anna.submit(path, address=f"anna{number}@example.net") for number in range(MOST_TRIES + 2)]
    assert [each.status_code for each in answers] == [200] * MOST_TRIES + [429] * 2
    assert told(read(answers[-1].text), web, "page.remind_enough")
    assert len(box.letters) == MOST_TRIES
    last = box.letters[-1]
    assert (await web.person().submit(f"/paminnelse/svar/{last.token}", answer="yes")).status_code == 200
    assert await web.service.store.read(lambda tx: tx.mail_of("r1")) == (last.to[0], "sv"), "the one refused took over"


async def test_no_more_either_for_one_who_takes_it_back_in_between(web: Web, box: Mailbox) -> None:
    anna = web.person()
    run = await stepped(anna)
    for number in range(MOST_TRIES + 1):
        await anna.submit(f"/paminnelse/{run}", address=f"bo{number}@example.net")
        await anna.choose(f"remind:{run}:here")
    assert len(box.letters) == MOST_TRIES


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_a_slow_answer_to_a_letter_is_none_to_a_newer_one(
    web: Web, box: Mailbox, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(request: Request) -> dict[str, str]:
        if answers in request.url.path:
            began.set()
            await go.wait()
        return await form_fields(request)

    anna, path = await known(web)
    await anna.submit(path, address=MAIL)
    began, go, answers = asyncio.Event(), asyncio.Event(), f"/paminnelse/svar/{box.letters[0].token}"
    monkeypatch.setattr(reminders, "form_fields", slow)
    answered = asyncio.create_task(web.person().submit(answers, answer=answer))
    await began.wait()
    await anna.submit(path, address="granne@example.net")
    before = await web.rows()
    go.set()
    assert (await answered).status_code == 404
    assert await web.rows() == before


async def test_only_the_newest_letter_has_a_way_in(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    for address in ("en@example.net", "tva@example.net"):
        await anna.submit(path, address=address)
    first, second = box.letters
    assert (await anna.get(f"/paminnelse/svar/{first.token}")).status_code == 404
    assert (await anna.get(f"/paminnelse/svar/{second.token}")).status_code == 200


async def test_all_together_can_ask_for_so_many_letters_at_once(web: Web, box: Mailbox) -> None:
    service = replace(web.service, letters=Pace(2, 0.001), metrics=Metrics.fresh())
    hurried = replace(web, service=service, app=create_app(service))
    anna, path = await known(hurried)
    statuses = [(await anna.submit(path, address=f"a{number}@example.net")).status_code for number in range(3)]
    assert (statuses, len(box.letters)) == ([200, 200, 429], 2)


async def test_a_server_that_is_down_keeps_what_was_typed_and_does_not_count(tmp_path: Path) -> None:
    port = free_port()
    async with running_web(tmp_path, smtp=f"smtp://127.0.0.1:{port}?from={SENDER}") as web:
        anna, path = await known(web)
        for _ in range(MOST_TRIES + 2):
            response = await anna.submit(path, address=MAIL)
            assert response.status_code == 503
            page = read(response.text)
            assert [each["value"] for each in page.all("input") if each.get("name") == "address"] == [MAIL]
            assert told(page, web, "page.remind_failed")
        assert MAIL not in repr(await web.rows())
        async with mailbox(port) as box:
            assert (await anna.submit(path, address=MAIL)).status_code == 200
            assert len(box.letters) == 1


async def test_a_letter_that_fails_leaves_the_address_that_said_yes(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    await anna.submit(path, address=MAIL)
    await anna.submit(f"/paminnelse/svar/{box.letters[0].token}", answer="yes")
    box.refuses = {"fel@example.net": "550 no such user"}
    assert (await anna.submit(path, address="fel@example.net")).status_code == 503
    assert await web.service.store.read(lambda tx: tx.mail_of("r1")) == (MAIL, "sv")


async def test_while_nothing_can_be_stored_no_letter_is_sent(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    with web.refusing():
        assert (await anna.submit(path, address=MAIL)).status_code == 503
    assert box.letters == []


async def test_many_at_once_are_no_more_than_one_after_the_other(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    answers = await asyncio.gather(*(anna.submit(path, address=f"a{number}@example.net") for number in range(8)))
    assert sorted(each.status_code for each in answers) == [200] * MOST_TRIES + [429] * (8 - MOST_TRIES)
    assert len(box.letters) == MOST_TRIES


# From the letter


async def lettered(web: Web, box: Mailbox) -> str:
    """Where the link of a letter leads."""
    anna, path = await known(web)
    await anna.submit(path, address=MAIL)
    return f"/paminnelse/svar/{box.letters[-1].token}"


async def test_opening_the_link_changes_nothing(web: Web, box: Mailbox) -> None:
    path = await lettered(web, box)
    before = await web.rows()
    for method in ("GET", "HEAD", "GET"):
        response = await web.person().http.request(method, path)
        assert (response.status_code, "set-cookie" in response.headers) == (200, False)
        assert response.headers["cache-control"] == "no-store"
    assert await web.rows() == before
    buttons = read((await web.person().get(path)).text).all("button")
    assert [each["value"] for each in buttons if each.get("name") == "answer"] == ["yes", "no"]


async def test_yes_tells_the_days_and_keeps_them(web: Web, box: Mailbox) -> None:
    path = await lettered(web, box)
    page = await web.person().submit(path, answer="yes")
    kept = [row[1] for row in (await web.rows())["reminder"]]
    assert kept == [(web.clock().date() + dt.timedelta(days=30)).isoformat(), "2027-03-14"]
    texts, today = web.service.library.content.texts["sv"], web.clock().date()
    assert all(dates.told(dt.date.fromisoformat(day), today, texts) in page.text for day in kept)


async def test_yes_twice_is_once_and_no_after_yes_is_no(web: Web, box: Mailbox) -> None:
    path, bo = await lettered(web, box), web.person()
    for answer in ("yes", "yes"):
        assert (await bo.submit(path, answer=answer)).status_code == 200
    assert len((await web.rows())["reminder"]) == 2
    assert (await bo.submit(path, answer="no")).status_code == 200
    assert (await web.rows())["reminder"] == []
    assert MAIL not in repr(await web.rows())
    assert (await bo.submit(path, answer="yes")).status_code == 404


@pytest.mark.parametrize("answer", ["", "ja", "YES", "no ", "yes\0"])
async def test_what_is_neither_yes_nor_no_asks_again(web: Web, box: Mailbox, answer: str) -> None:
    path = await lettered(web, box)
    before = await web.rows()
    response = await web.person().submit(path, answer=answer)
    assert response.status_code == 400
    assert len([each for each in read(response.text).all("button") if each.get("name") == "answer"]) == 2
    assert await web.rows() == before


async def test_a_yes_from_another_site_is_none(web: Web, box: Mailbox) -> None:
    path = await lettered(web, box)
    before = await web.rows()
    for headers in ({}, {"Origin": ELSEWHERE}):
        assert (await web.person().submit(path, headers, answer="yes")).status_code == 403
    assert await web.rows() == before


@pytest.mark.parametrize("token", ["x", "%00", "a" * 5000, "..%2f..", "å"])
async def test_a_made_up_token_leads_nowhere(web: Web, box: Mailbox, token: str) -> None:
    await lettered(web, box)
    for response in (
        await web.person().get(f"/paminnelse/svar/{token}"),
        await web.person().submit(f"/paminnelse/svar/{token}", answer="no"),
    ):
        assert response.status_code == 404
    assert MAIL in repr(await web.rows())


async def test_a_letter_about_somebody_forgotten_leads_nowhere(web: Web, box: Mailbox) -> None:
    anna, path = await known(web)
    await anna.submit(path, address=MAIL)
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert (await anna.get(f"/paminnelse/svar/{box.letters[0].token}")).status_code == 404


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_pages_speak_the_language_asked_for(web: Web, box: Mailbox, language: str) -> None:
    anna, path = await known(web)
    assert read((await anna.get(f"{path}?lang={language}")).text).all("html")[0]["lang"] == language
    await anna.submit(f"{path}?lang={language}", address=MAIL)
    texts = web.service.library.content.texts[language]
    assert box.letters[0].message["Subject"] == texts("mail.confirm.subject")
    page = await web.person().get(f"/paminnelse/svar/{box.letters[0].token}")
    assert read(page.text).all("html")[0]["lang"] == language


# The file for the calendar


def event_in(content: bytes) -> Any:
    """The one event of a calendar."""
    [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return event


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_file_offered_in_the_chat_is_an_event_on_the_day(web: Web, language: str) -> None:
    anna = web.person()
    run = await stepped(anna)
    await anna.choose(f"lang:{language}") if language == "en" else None
    file = (await anna.choose(f"remind:{run}:file"))[-1]["file"]
    first, second = await anna.get(file["url"]), await anna.get(file["url"])
    assert first.headers["content-type"].startswith("text/calendar")
    assert (first.content, len(first.content)) == (second.content, file["bytes"])
    event = event_in(first.content)
    assert (event.get("SUMMARY"), event.decoded("DTSTART"), event.get("URL")) == (STEP, DUE, web.base)
    [alarm] = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") < dt.timedelta(0)
    assert (await web.rows())["reminder"] == []


async def test_the_same_file_stays_the_same_event_when_the_day_moves(web: Web) -> None:
    anna = web.person()
    run = await stepped(anna)
    path = f"/media/reminder/{run}.sv.ics"
    before = event_in((await anna.get(path)).content)
    await anna.choose(f"step:{run}")
    for words in (STEP, "Bo", "1 juni"):
        await anna.say(words)
    after = event_in((await anna.get(path)).content)
    assert (before.get("UID"), after.decoded("DTSTART")) == (after.get("UID"), dt.date(2027, 6, 1))


async def test_the_file_is_only_its_persons(web: Web) -> None:
    anna, eve = web.person(), web.person()
    run = await stepped(anna)
    await eve.say("hej")
    assert (await anna.get(f"/media/reminder/{run}.sv.ics")).status_code == 200
    for name in (f"{run}.sv.ics", f"{run}.en.ics"):
        assert (await eve.get(f"/media/reminder/{name}")).status_code == 404
    for name in (f"{run}.ics", f"{run}.de.ics", f"{run}.sv.txt", f"{run}.sv.ics.exe", f"../{run}.sv.ics"):
        assert (await anna.get(f"/media/reminder/{name}")).status_code == 404


# The bridge, at the desk


async def test_the_desk_shows_what_a_question_is_about_and_nothing_of_it_is_markup(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    ordinary = {tag for tag, _ in read((await moderator.get("/moderator")).text).elements}
    number = await anna.ask_moderator()
    shown = {tag for path in ("/moderator", f"/moderator/fragor/{number}")
             for tag, _ in read((await moderator.get(path)).text).elements}  # fmt: skip
    run = await walked(anna)
    await anna.choose(f"result:{run}:behov")
    offered = choices(await anna.choose(f"bridge:{run}:behov"))
    statement = offered[0].split(":")[2]
    await anna.choose(offered[0])
    assert len((await web.rows())["question"]) == number, "nothing is sent before the yes"
    await anna.say("<script>alert(1)</script> Hur då?")
    definition = web.service.library.content.checklists["fem-faktorer"]
    words = definition.statement_by_id[statement].wording["start"]["sv"]
    factor = web.says("factor.behov")
    for path in ("/moderator", "/moderator/ko", f"/moderator/fragor/{number + 1}"):
        response = await moderator.get(path)
        assert response.status_code == 200
        page = read(response.text)
        assert words in page.text
        assert factor in page.text
        assert {tag for tag, _ in page.elements} <= ordinary | shown | {"bdi", "strong", "br"}, path


@pytest.mark.parametrize("factor", ["behov", "borttagen", "<i>behov</i>", None])
async def test_a_statement_is_text_and_a_factor_may_be_gone_from_the_content(web: Web, factor: str | None) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.say("hej")
    person = await web.service.store.read(lambda tx: tx.person_at("web", anna.address or ""))
    script = "<img src=x onerror=alert(1)> Vi har **frågat**"
    await web.service.store.write(
        lambda tx: tx.ask(person or "", 1, "Hur?", "sv", None, (), web.clock(), factor=factor, statement=script)
    )
    for path in ("/moderator", "/moderator/fragor/1"):
        response = await moderator.get(path)
        assert response.status_code == 200
        page = read(response.text)
        assert script in page.text
        assert ([each for each in page.all("img") if "onerror" in each], page.all("i")) == ([], [])


async def test_the_answer_to_a_bridged_question_comes_to_its_asker(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await web.service.store.write(lambda tx: tx.set_phase(WEBINAR, "open", web.clock()))
    run = await walked(anna, "vet-ej")
    await anna.choose(f"result:{run}:behov")
    first = choices(await anna.choose(f"bridge:{run}:behov"))[0]
    await anna.choose(first)
    await anna.choose(f"{first}:send")
    [row] = (await web.rows())["question"]
    assert WEBINAR in row
    await moderator.decide(row[0], answer="Fråga handlaren.")
    last = (await anna.history())[-1]
    assert (last["kind"], "Fråga handlaren." in last["text"]) == ("moderator", True)
