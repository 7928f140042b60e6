"""The pages without JavaScript: plain forms, plain links."""

from pathlib import Path

import httpx
import pytest

from bot import jobs
from bot.pace import Pace
from dialogs.clean import MOST_CHARACTERS
from tests.content import SHORT_WALK
from tests.web import ELSEWHERE, UNKNOWN, WEBINAR, Page, Person, Web, fresh_key, kinds, read, running_web

HURRIED = Pace(burst=3, per_second=0.1)
PLACES = ["/", f"/w/{WEBINAR}"]


async def opened(person: Person, path: str = "/") -> Page:
    """A page that opens without complaint."""
    response = await person.get(path)
    assert response.status_code == 200, response.text
    return read(response.text)


async def sent(person: Person, path: str = "/", **fields: str) -> httpx.Response:
    """A form filled in and sent from a page as it stands."""
    return await person.submit(path, **{"key": (await opened(person, path)).hidden["key"], **fields})


def buttons(page: Page) -> list[str]:
    """The choices on a page."""
    return [each["value"] for each in page.all("button") if each.get("name") == "choice"]


def messages(page: Page) -> list[str]:
    """The ids of the messages on a page."""
    ids = [each.get("id", "") for each in page.all("article")]
    return [each for each in ids if each.startswith("m-")]


@pytest.mark.parametrize("place", PLACES)
async def test_who_only_reads_sees_the_welcome_and_a_form(web: Web, place: str) -> None:
    page = await opened(web.person(), place)
    assert web.says("welcome", chat_days=90).split("\ue000")[0] in page.text
    assert page.all("textarea")
    assert all(form["method"] == "post" for form in page.all("form"))
    assert not messages(page)
    assert buttons(page)


@pytest.mark.parametrize("place", PLACES)
async def test_a_question_asked_by_form_is_answered_on_the_page(web: Web, place: str) -> None:
    anna = web.person()
    answer = await sent(anna, place, text="Vad räknas som landsbygd?")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{place}#senaste"
    page = await opened(anna, place)
    assert messages(page) == ["m-1", "m-2", "m-3"]
    assert [each for each in page.elements if each[1].get("id") == "senaste"]
    assert kinds(await anna.history()) == ["welcome", "said", "answer"]


async def test_sending_the_same_form_twice_changes_nothing(web: Web) -> None:
    anna = web.person()
    key = (await opened(anna)).hidden["key"]
    for _ in range(3):
        assert (await anna.submit("/", key=key, text=UNKNOWN)).status_code == 303
    assert len(await anna.history()) == 3


async def test_every_opening_of_the_page_brings_a_new_key(web: Web) -> None:
    anna = web.person()
    assert (await opened(anna)).hidden["key"] != (await opened(anna)).hidden["key"]


async def test_a_choice_is_pressed_without_sending_what_stands_in_the_box(web: Web) -> None:
    anna = web.person()
    assert (await sent(anna, choice="checklist", text="något halvskrivet")).status_code == 303
    assert "något halvskrivet" not in [each["text"] for each in await anna.history()]
    assert (await web.keys(anna))[-1].startswith("walk.")


async def test_the_checklist_is_walked_by_plain_buttons(web: Web) -> None:
    anna = web.person()
    for start in ("checklist", *SHORT_WALK):
        await sent(anna, choice=start)
    for answer in ("ja", "delvis", "nej"):
        page = await opened(anna)
        offered = [each for each in buttons(page) if each.startswith("a:") and each.endswith(f":{answer}")]
        await sent(anna, choice=offered[-1])
    assert len((await web.rows())["given"]) == 3
    assert (await anna.history())[-1]["kind"] == "statement"


async def test_an_old_button_still_works_politely(web: Web) -> None:
    anna = web.person()
    await sent(anna, text=UNKNOWN)
    old = next(each for each in buttons(await opened(anna)) if each.startswith("send:"))
    for _ in range(6):
        await sent(anna, text=UNKNOWN)
    assert (await sent(anna, choice=old)).status_code == 303
    assert (await web.keys(anna))[-1] == "question.too_old"


async def test_what_was_typed_is_kept_when_it_is_too_long(web: Web) -> None:
    typed = "Är det här för långt? " * 200
    response = await sent(web.person(), text=typed)
    assert response.status_code == 413
    page = read(response.text)
    assert typed in page.text
    assert web.says("web.too_long") in page.text
    assert page.hidden["key"]
    assert not (await web.rows())["person"]


async def test_the_longest_text_is_taken_whatever_its_letters(web: Web) -> None:
    assert (await sent(web.person(), text="\U0001f6b2" * MOST_CHARACTERS)).status_code == 303


async def test_what_was_typed_is_kept_when_nothing_can_be_stored(web: Web) -> None:
    anna = web.person()
    await anna.say("hej")
    with web.refusing():
        response = await sent(anna, text="Hur många affärer finns det?")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    page = read(response.text)
    assert "Hur många affärer finns det?" in page.text
    assert web.says("web.cannot_store") in page.text


async def test_somebody_in_a_hurry_keeps_what_was_typed(tmp_path: Path) -> None:
    async with running_web(tmp_path, pace=HURRIED) as web:
        anna = web.person()
        answers = [await sent(anna, text=f"Fråga {number}") for number in range(6)]
        refused = next(each for each in answers if each.status_code == 429)
        assert refused.headers["retry-after"]
        assert web.says("web.too_fast") in read(refused.text).text
        assert f"Fråga {answers.index(refused)}" in read(refused.text).text


@pytest.mark.parametrize("text", ["", "   ", "\r\n"])
async def test_an_empty_form_says_what_to_do(web: Web, text: str) -> None:
    response = await sent(web.person(), text=text)
    assert response.status_code == 400
    assert web.says("web.empty") in read(response.text).text
    assert not (await web.rows())["person"]


@pytest.mark.parametrize("key", ["", "hej", "0" * 31])
async def test_a_form_without_a_good_key_keeps_what_was_typed(web: Web, key: str) -> None:
    response = await sent(web.person(), key=key, text=UNKNOWN)
    assert response.status_code == 400
    assert UNKNOWN in read(response.text).text
    assert web.says("web.bad_key") in read(response.text).text


async def test_a_key_used_for_something_else_is_refused(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    await sent(anna, key=key, text=UNKNOWN)
    response = await sent(anna, key=key, text="hej")
    assert response.status_code == 422
    assert web.says("web.key_reused") in read(response.text).text


async def test_a_choice_never_offered_is_refused_on_a_page_one_can_go_on_from(web: Web) -> None:
    response = await sent(web.person(), choice="send:1")
    assert response.status_code == 422
    assert read(response.text).all("textarea")


async def test_a_form_from_another_site_is_refused(web: Web) -> None:
    response = await web.person().submit("/", {"Origin": ELSEWHERE}, key=fresh_key(), text=UNKNOWN)
    assert response.status_code == 403
    assert web.says("web.cross_site") in read(response.text).text
    assert not (await web.rows())["person"]


@pytest.mark.parametrize("path", ["/nej", "/w/nej", "/scen/nej", "/static/nej.css", "/moderator/nej"])
async def test_a_page_that_does_not_exist_says_so(web: Web, path: str) -> None:
    response = await web.person().get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert read(response.text).all("a")


@pytest.mark.parametrize("path", ["/w/nej", "/nej"])
async def test_a_form_sent_to_a_page_that_does_not_exist_says_so(web: Web, path: str) -> None:
    assert (await web.person().submit(path, key=fresh_key(), text=UNKNOWN)).status_code == 404


@pytest.mark.parametrize("path", ["/", "/om", f"/scen/{WEBINAR}", "/nej"])
@pytest.mark.parametrize("language", ["sv", "en"])
async def test_pages_speak_the_language_asked_for(web: Web, path: str, language: str) -> None:
    by_address = await web.person().get(f"{path}?lang={language}")
    by_browser = await web.person().get(path, **{"Accept-Language": f"{language}-XX,de"})
    for response in (by_address, by_browser):
        assert read(response.text).all("html")[0]["lang"] == language


async def test_a_language_chosen_by_link_stays_with_the_first_question(web: Web) -> None:
    anna = web.person()
    page = await opened(anna, "/?lang=en")
    action = page.all("form")[0]["action"].partition("#")[0]
    await anna.submit(action, key=page.hidden["key"], text="hello")
    assert (await opened(anna)).all("html")[0]["lang"] == "en"


async def test_two_people_on_the_same_page_see_their_own_conversations(web: Web) -> None:
    anna, bo = web.person(), web.person()
    await sent(anna, text="Annas egen fråga")
    await sent(bo, text="Bosses egen fråga")
    assert "Bosses egen fråga" not in (await opened(anna)).text
    assert "Annas egen fråga" not in (await opened(bo)).text


async def test_the_big_screen_shows_the_address_and_how_many_wait(web: Web) -> None:
    page = await opened(web.person(), f"/scen/{WEBINAR}")
    assert f"127.0.0.1:8080/w/{WEBINAR}" in page.text
    assert page.all("svg")
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    anna = web.person()
    await anna.say("hej", webinar=WEBINAR)
    await anna.ask_moderator()
    assert web.says("page.left_one") in (await opened(web.person(), f"/scen/{WEBINAR}")).text


async def test_static_files_are_kept_by_the_browser_and_pages_are_not(web: Web) -> None:
    anyone = web.person()
    page = await opened(anyone)
    addresses = [each["href"] for each in page.all("link")] + [each["src"] for each in page.all("script")]
    kept = [address for address in addresses if address.startswith("/static/")]
    assert len(kept) >= 3
    for address in kept:
        response = await anyone.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    pages = ("/", "/om", "/checklista", "/sw.js", "/app.webmanifest", "/nej", "/moderator")
    for path in (*pages, "/api/v1/messages", "/static/nej.css"):
        assert (await anyone.get(path)).headers["cache-control"] == "no-store"


async def test_search_engines_are_asked_to_stay_away(web: Web) -> None:
    assert "Disallow: /" in (await web.person().get("/robots.txt")).text
