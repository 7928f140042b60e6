"""The page of a round: what it is about, a button that takes part, and the way back for who is in it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dialogs.records import Round
from tests.bot.web.test_browser_pages import faults
from tests.browser import PHONE, Site, Visit, Visitor, browser, people, site, visit
from tests.web import ELSEWHERE, ROUND, Json, Person, Web, choices, fresh_key, read

__all__ = ["browser", "people", "site", "visit"]
NOT_EVENTS = ("probe", "address", "contact")


async def begins(web: Web, length: str = "short") -> tuple[Person, str]:
    """Somebody starts a round in the chat; its code."""
    leader = web.person()
    await leader.choose("round")
    path = ["together", "fem-faktorer", "lokal", "start", length]
    for count in range(1, 6):
        messages = await leader.choose(":".join(path[:count]))
    return leader, choices(messages)[-1].split(":")[1]


async def takes_part(person: Person, code: str, key: str | None = None) -> Json:
    """Somebody opens the page and presses its button; the last message of the chat that it leads to."""
    page = await person.get(f"/r/{code}")
    assert page.status_code == 200
    pressed = await person.submit(f"/r/{code}", key=key or read(page.text).hidden["key"])
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/#senaste")
    return (await person.history())[-1]


async def answers(person: Person, answer: str = "ja") -> None:
    """Answers every statement that is left."""
    while (await person.history())[-1]["kind"] == "statement":
        await person.choose(next(each for each in choices(await person.history())[::-1] if each.endswith(f":{answer}")))


async def round_of(web: Web, code: str) -> Round:
    found = await web.service.store.read(lambda tx: tx.round(code, None))
    assert found
    return found


async def test_opening_the_page_changes_nothing_and_says_what_it_is_about(web: Web) -> None:
    _, code = await begins(web)
    before = await web.rows("probe")
    for path in (f"/r/{code}", f"/r/{code.lower()}", f"/r/{code.replace('-', '')}"):
        response = await web.person().get(path)
        assert response.status_code == 200
        assert "set-cookie" not in response.headers
        page = read(response.text)
        checklist = web.service.library.content.checklist
        for words in (checklist.title, checklist.levels[0].label, checklist.purposes[0].label):
            assert words["sv"] in page.text
        assert code in page.text
        assert web.says("round.join") in page.text
    assert await web.rows("probe") == before


async def test_the_button_leads_into_the_chat_with_the_first_statement(web: Web) -> None:
    _, code = await begins(web)
    anna = web.person()
    statement = await takes_part(anna, code)
    assert statement["kind"] == "statement"
    assert statement["progress"]["done"] == 1
    assert await web.keys(anna) == ["welcome", "round.joined", "walk.statement"]
    assert (await round_of(web, code)).joined == 1
    chat = read((await anna.get("/")).text)
    assert [each for each in chat.all("button") if each.get("value", "").startswith("a:")]


async def test_a_button_pressed_twice_takes_part_once(web: Web) -> None:
    _, code = await begins(web)
    anna, key = web.person(), fresh_key()
    for _ in range(2):
        await takes_part(anna, code, key)
    assert (await round_of(web, code)).joined == 1
    assert await web.keys(anna) == ["welcome", "round.joined", "walk.statement"]


async def test_who_is_in_it_is_led_back_to_where_it_stopped(web: Web) -> None:
    _, code = await begins(web)
    anna = web.person()
    await takes_part(anna, code)
    await anna.choose(next(each for each in choices(await anna.history()) if each.endswith(":ja")))
    page = read((await anna.get(f"/r/{code}")).text)
    assert web.says("round.back") in page.text
    assert web.says("round.join") not in [each.strip() for each in page.texts]
    statement = await takes_part(anna, code)
    assert statement["progress"]["done"] == 2
    assert (await round_of(web, code)).joined == 1


async def test_who_leads_it_is_led_back_without_taking_part(web: Web) -> None:
    leader, code = await begins(web)
    assert web.says("round.back") in read((await leader.get(f"/r/{code}")).text).text
    await takes_part(leader, code)
    assert (await web.keys(leader))[-1] == "round.lead"
    assert (await round_of(web, code)).joined == 0


async def test_a_round_that_is_over_says_so_and_shows_how_the_answers_lie(web: Web) -> None:
    leader, code = await begins(web)
    for answer in ("ja", "ja", "nej"):
        anna = web.person()
        await takes_part(anna, code)
        await answers(anna, answer)
    for doing in ("close", "close-yes"):
        await leader.choose(f"round:{code}:{doing}")
    assert (await web.keys(anna))[-1] == "round.over_told"
    late = web.person()
    page = read((await late.get(f"/r/{code}")).text)
    assert web.says("round.back") in page.text
    assert web.says("round.join") not in [each.strip() for each in page.texts]
    await takes_part(late, code)
    assert await web.keys(late) == ["welcome", "round.closed_to_others"]
    await anna.choose(f"round:{code}:show")
    assert (await web.keys(anna))[-2:] == ["round.overview", "round.first"]
    assert (await round_of(web, code)).joined == 3


@pytest.mark.parametrize("code", ["R-2222-2222", "nej", "R-ABCD-EFG", "R", "x" * 300, "<script>", "R-٧BCD-EFGH"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_round_that_is_not_there_says_so_with_a_way_on(web: Web, method: str, code: str) -> None:
    await web.begin_round()
    before = await web.rows("probe")
    response = await web.person().http.request(
        method, f"/r/{code}", headers={"Origin": web.base}, data={"key": fresh_key()} if method == "POST" else None
    )
    assert response.status_code == 404
    page = read(response.text)
    assert [each for each in page.all("a") if each.get("href") == "/"]
    assert not page.all("script") or "<script>" not in page.text
    assert await web.rows("probe") == before


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ELSEWHERE}, {"Origin": "null"}, {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}]
)
async def test_a_form_of_another_site_takes_no_part(web: Web, headers: dict[str, str]) -> None:
    await web.begin_round()
    before = await web.rows("probe")
    response = await web.person().submit(f"/r/{ROUND}", headers, key=fresh_key())
    assert response.status_code == 403
    assert await web.rows("probe") == before


@pytest.mark.parametrize("key", ["", "fel", "x" * 5000])
async def test_a_form_without_its_key_takes_no_part(web: Web, key: str) -> None:
    await web.begin_round()
    response = await web.person().submit(f"/r/{ROUND}", key=key)
    assert response.status_code >= 400
    assert (await round_of(web, ROUND)).joined == 0


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_page_speaks_the_readers_language_and_so_does_the_chat(web: Web, language: str) -> None:
    await web.begin_round()
    anna = web.person()
    page = (await anna.get(f"/r/{ROUND}", **{"Accept-Language": language})).text
    assert read(page).all("html")[0]["lang"] == language
    await anna.submit(f"/r/{ROUND}", {"Origin": web.base, "Accept-Language": language}, key=read(page).hidden["key"])
    texts = web.service.library.content.texts[language]
    shown = [message["text"] for message in await anna.history()]
    assert texts("round.joined", least=3) in shown


async def test_the_page_of_somebody_who_cannot_be_stored_says_so(web: Web) -> None:
    await web.begin_round()
    anna = web.person()
    with web.refusing():
        response = await anna.submit(f"/r/{ROUND}", key=fresh_key())
    assert response.status_code == 503
    assert response.headers["retry-after"]


async def test_the_invitation_has_its_links_and_a_picture_that_opens(web: Web) -> None:
    leader, code = await begins(web)
    share = next(each for each in await leader.choose(f"round:{code}:invite") if "image" in each)
    assert [link["url"] for link in share["links"]] == [f"{web.base}/r/{code}"]
    picture = await web.person().get(share["image"]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


async def test_a_key_is_shown_to_be_read_and_is_no_link(web: Web) -> None:
    leader, code = await begins(web)
    page = await leader.submit("/", key=fresh_key(), choice=f"round:{code}:hand")
    assert page.status_code == 200
    found = read(page.text)
    key = next(each.strip() for each in found.texts if each.strip().startswith("L-"))
    assert not [each for each in found.all("a") if each.get("href", "").startswith("L-")]
    anna = web.person()
    assert [message["kind"] for message in await anna.say(key)]
    assert await web.keys(anna) == ["welcome", "round.taken", "round.lead"]
    assert key not in repr([message["text"] for message in await leader.history()])


# In a browser


@pytest.fixture
def invited(visit: Visit) -> tuple[Visitor, str]:
    """Somebody who has started a round, and its address."""
    leader = visit(size=PHONE)
    leader.says("runda")
    for choice in ("together", "together:fem-faktorer", "together:fem-faktorer:lokal",
                   "together:fem-faktorer:lokal:start", "together:fem-faktorer:lokal:start:short"):  # fmt: skip
        leader.presses(choice)
    return leader, str(leader.page.locator('.msg a[href*="/r/R-"]').last.get_attribute("href"))


@pytest.mark.browser
def test_the_page_has_no_fault_that_axe_finds(
    invited: tuple[Visitor, str], people: Callable[..., BrowserContext], browser: Browser, site: Site
) -> None:
    _, address = invited
    for language in ("sv", "en"):
        page = people().new_page()
        page.goto(f"{site.url}/r/{address.rpartition('/')[2]}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert faults(page) == []


@pytest.mark.browser
def test_everything_a_leader_sees_has_no_fault_that_axe_finds(invited: tuple[Visitor, str]) -> None:
    leader, address = invited
    at = f"round:{address.rpartition('/')[2]}"
    assert faults(leader.page) == []
    for choice in (
        f"{at}:invite",
        f"{at}:hand",
        at,
        f"{at}:show",
        at,
        f"{at}:close",
        f"{at}:close-yes",
        at,
        f"{at}:joint",
    ):
        with leader.page.expect_response("**/api/v1/messages"):
            leader.page.locator(f'.ways[open] button[value="{choice}"]').last.click()
        leader.settled()
        assert faults(leader.page) == [], choice
        if choice.endswith("hand"):
            link = leader.last.locator(".link")
            expect(link).to_contain_text("L-")
            expect(link.locator("a")).to_have_count(0)
    expect(leader.last.locator('button[value^="a:"]')).not_to_have_count(0)


@pytest.mark.browser
def test_the_keyboard_alone_takes_part(
    invited: tuple[Visitor, str], people: Callable[..., BrowserContext], site: Site
) -> None:
    _, address = invited
    page: Page = people().new_page()
    page.goto(f"{site.url}/r/{address.rpartition('/')[2]}")
    button = page.locator("main form button")
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/#senaste")
    expect(page.locator('.msg.statement:last-child button[value^="a:"]')).not_to_have_count(0)
    page.reload()
    expect(page.locator(".msg.statement")).to_have_count(1)


@pytest.mark.browser
def test_who_reads_a_rounds_page_gets_no_cookie(
    invited: tuple[Visitor, str], people: Callable[..., BrowserContext], site: Site
) -> None:
    _, address = invited
    page = people().new_page()
    page.goto(f"{site.url}/r/{address.rpartition('/')[2]}")
    assert page.context.cookies() == []
