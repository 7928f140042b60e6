"""A moderator in a real browser: with the thumb on a phone, with keys only at a laptop, and with eyes of all kinds."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.bot.web.test_browser_pages import faults
from tests.browser import LAPTOP, PHONE, WEBINAR, Site, Visitor, browser, free_port, people, started

__all__ = ["browser", "people"]
pytestmark = pytest.mark.browser

UNDO = 6
LONG = (
    "Varför är det så svårt att få tag på handläggaren? Vi har ringt sedan i augusti. Det är en lång historia: först "
    "var handläggaren ledig, sedan hade hon slutat, och nu har ingen ärendet. "
    "Se https://www.example.org/en/mycket/lang/adress/som/inte/gar/att/bryta/nagonstans/alls/hur/man/an/forsoker"
)
TYPED = (
    "Hur får vi bidrag till en badplats i byn?", "Jag hör inget och bilden fryser", "Tips: titta på bokbussen i Sveg",
    "Kan vi få bidrag till badplatsen i byn?", LONG, "Vem räknar på en elbilspool?", "Tack för en bra dag",
    "Vad händer med posten när butiken stänger?", "Går det att ha två ombud i samma by?",
    "Hur många handlar lokalt i Jämtland?", "Vem äger frågan om bredband hos oss?", "Får man ha en obemannad mack?",
)  # fmt: skip
"""A queue of a dozen."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service, where a decision can be taken back for a few seconds."""
    with started(tmp_path_factory.mktemp("data"), free_port(), UNDO_SECONDS=str(UNDO)) as found:
        yield found


@pytest.fixture(scope="module")
def cookies(browser: Browser, site: Site) -> Any:
    """A moderator's, signed in by the one-time link and its button."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.invitation)
    page.locator("main button").click()
    page.wait_for_url("**/moderator")
    kept = context.cookies()
    context.close()
    return kept


Sit = Callable[..., Page]


@pytest.fixture
def sit(people: Callable[..., BrowserContext], site: Site, cookies: Any) -> Sit:
    """Sits down at the desk, at a screen of some size."""

    def open_queue(path: str = "/moderator", **options: Any) -> Page:
        context = people(**options)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(site.url + path)
        return page

    return open_queue


def asked(people: Callable[..., BrowserContext], site: Site, text: str) -> tuple[Visitor, str]:
    """Somebody who has asked, and the code of the question."""
    page = people().new_page()
    page.goto(f"{site.url}/w/{WEBINAR}")
    viewer = Visitor(page)
    viewer.says(text)
    if page.locator('.ways[open] button[value^="not:"]').count():
        viewer.presses("not:")
    viewer.presses("send:")
    return viewer, page.locator(".receipt .text strong").last.inner_text()


def brought(page: Page, *texts: str) -> list[str]:
    """Questions added at the desk; their codes."""
    before = set(codes(page))
    page.locator("summary", has_text="Lägg till").click()
    page.locator("#nya").fill("\n".join(texts))
    page.locator("#nya ~ button").click()
    expect(page.locator("#ko section li.card")).to_have_count(len(before) + len(texts))
    return [code for code in codes(page) if code not in before]


def codes(page: Page) -> list[str]:
    return [each.removeprefix("q-") for each in page.locator("#ko section li.card").evaluate_all(
        "all => all.map(each => each.id)"
    )]  # fmt: skip


def card(page: Page, number: str) -> Locator:
    return page.locator(f"#q-{number}")


def stands_in(page: Page, number: str, part: str) -> None:
    expect(page.locator(f"section[aria-labelledby=del-{part}] #q-{number}")).to_have_count(1)


def press(page: Page, number: str, act: str) -> None:
    card(page, number).locator(f'.acts button[value="{act}"]').click()


def test_on_a_phone_a_question_goes_all_the_way_by_thumb_and_is_undone(
    people: Callable[..., BrowserContext], site: Site, sit: Sit
) -> None:
    viewer, code = asked(people, site, "Kan någon hjälpa oss att laga båtbryggan?")
    number = code.removeprefix("F-")
    page = sit(size=PHONE, has_touch=True, is_mobile=True)
    for act, part in (("approved", "approved"), ("next", "next"), ("live", "live")):
        press(page, number, act)
        stands_in(page, number, part)
    press(page, number, "spoken")
    expect(page.locator(f"section #q-{number}")).to_have_count(0)
    undo = page.locator(".done button").first
    expect(undo).to_be_in_viewport()
    box = undo.evaluate("each => each.getBoundingClientRect().toJSON()")
    assert box["y"] > PHONE[1] / 2, "at the lower edge, where the thumb is"
    assert min(box["width"], box["height"]) >= 44
    undo.click()
    stands_in(page, number, "live")
    expect(page.locator(".done")).to_have_count(0, timeout=(UNDO + 3) * 1000)
    expect(viewer.page.locator(".msg.person")).to_have_count(3, timeout=10_000)
    assert "besvarad" not in " ".join(viewer.page.locator(".msg.person").all_inner_texts()).lower()


def test_at_a_laptop_keys_alone_do_the_same(sit: Sit) -> None:
    page = sit(size=LAPTOP)
    first, second = brought(page, "Vem kan måla om bryggan?", "Hur djupt är det vid bryggan?")
    keys = page.keyboard
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == f"a-{first}":
            break
        keys.press("Tab")
    for key, part in (("g", "approved"), ("t", "next"), ("n", "live")):
        keys.press(key)
        stands_in(page, first, part)
        expect(page.locator(f"#a-{first}")).to_be_focused()
    keys.press("b")
    expect(page.locator(f"section #q-{first}")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text(f"F-{first}")
    assert page.evaluate("document.getElementById('ko').contains(document.activeElement)")
    keys.press("u")  # or Å, which Playwright can't press
    stands_in(page, first, "live")
    page.locator(f"#a-{first}").focus()
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == f"a-{second}":
            break
        keys.press("j")
    expect(page.locator(f"#a-{second}")).to_be_focused()
    keys.press("k")
    expect(page.locator(f"#a-{second}")).not_to_be_focused()


def test_keys_do_nothing_where_one_writes_or_elsewhere_on_the_page(sit: Sit) -> None:
    page = sit(size=LAPTOP)
    (number,) = brought(page, "Finns det en båtuthyrning?")
    page.locator("summary", has_text="Lägg till").click()
    page.locator("#nya").type("gtnbf")
    page.locator("#om").focus()
    for key in "gtnbf":
        page.keyboard.press(key)
    page.locator(f"#a-{number}").focus()
    page.keyboard.press("Control+g")
    stands_in(page, number, "new")
    expect(page.locator("#nya")).to_have_value("gtnbf")


def test_what_is_chosen_stays_chosen_when_something_new_comes_and_is_moved_at_once(
    people: Callable[..., BrowserContext], site: Site, sit: Sit
) -> None:
    page = sit(size=PHONE)
    one, two = brought(page, "Vad kostar en ny brygga?", "Vem sköter bryggan på vintern?")
    expect(page.locator("#flera")).to_be_hidden()
    for number in (one, two):
        page.locator(f"#v-{number}").check()
    expect(page.locator("#flera")).to_be_in_viewport()
    _, code = asked(people, site, "Får hundar bada vid bryggan?")
    expect(card(page, code.removeprefix("F-"))).to_have_count(1)
    for number in (one, two):
        expect(page.locator(f"#v-{number}")).to_be_checked()
    page.locator('#flera button[value="next"]').click()
    for number in (one, two):
        stands_in(page, number, "next")


def test_who_was_overtaken_is_told_without_leaving_the_queue(sit: Sit) -> None:
    slow = sit(size=PHONE)
    (number,) = brought(slow, "Hur lång är bryggan?")
    slow.locator("#levande input").uncheck()
    fast = sit(size=LAPTOP)
    press(fast, number, "next")
    stands_in(fast, number, "next")
    press(slow, number, "approved")
    expect(slow.get_by_role("alert")).to_be_visible()
    expect(slow.get_by_role("alert")).to_be_in_viewport()
    expect(slow).to_have_url(re.compile("/moderator$"))
    slow.locator("#levande input").check()
    stands_in(slow, number, "next")


def test_it_works_without_scripts_too(sit: Sit) -> None:
    live = sit(size=PHONE)
    (number,) = brought(live, "Är bryggan skyddad för vind?")
    page = sit(size=PHONE, java_script_enabled=False)
    page.locator(f"#q-{number} button[value=next]").click()
    stands_in(page, number, "next")
    page.locator(f"#v-{number}").check()
    page.locator('#flera button[value="later"]').click()
    stands_in(page, number, "later")


def test_half_an_answer_is_still_there_after_a_search_and_gone_when_it_is_sent_or_one_signs_out(sit: Sit) -> None:
    page = sit(size=PHONE)
    (number,) = brought(page, "Vem äger bryggan i Zanzibar?")
    page.goto(page.url.partition("/moderator")[0] + f"/moderator/fragor/{number}")
    page.locator("#answer").fill("Det beror på")
    page.locator("#note").fill("Eva vet")
    page.locator("#sok").fill("landsbygd")
    page.locator("#sok").press("Enter")
    page.wait_for_url("**sok=landsbygd**")
    expect(page.locator("#answer")).to_have_value("Det beror på")
    page.locator("#note ~ button").click()
    page.wait_for_url("**/moderator")
    page.locator(f"#a-{number}").click()
    expect(page.locator("#answer")).to_have_value("Det beror på")
    expect(page.locator("#note")).to_have_value("")
    page.locator("#sok").fill("service")
    expect(page.locator("#answer")).to_have_value("Det beror på")
    page.locator("#answer ~ button.go").click()
    page.wait_for_url("**/moderator")
    page.locator("#avgjorda summary").click()
    page.locator(f"#a-{number}").click()
    page.locator("#note").fill("Till dig")
    assert [each.partition("\0")[2] for each in page.evaluate("Object.values(sessionStorage)")] == ["Till dig"]
    page.evaluate(
        "document.querySelector('form[action$=logga-ut]').addEventListener('submit', e => e.preventDefault())"
    )
    page.locator("form[action$=logga-ut] button").click()
    assert page.evaluate("Object.values(sessionStorage)") == []


@pytest.fixture
def full(sit: Sit) -> str:
    """A queue of a dozen in several states; the number of one with much about it."""
    page = sit(size=LAPTOP)
    numbers = brought(page, *TYPED)
    for number, act in zip(numbers, ("approved", "next", "next", "live", "later"), strict=False):
        press(page, number, act)
        expect(page.locator(".done")).to_be_visible()
    return numbers[-1]


def test_the_desk_has_no_fault_that_axe_finds(sit: Sit, full: str) -> None:
    page = sit(size=LAPTOP)
    page.locator("input[name=q]").first.check()
    for fold in page.locator("details > summary:visible").all():
        fold.click()
    assert faults(page) == []
    page.goto(page.url.partition("/moderator")[0] + f"/moderator/fragor/{full}")
    assert faults(page) == []


def test_no_two_buttons_of_a_question_are_called_the_same(sit: Sit, full: str) -> None:
    page = sit(f"/moderator/fragor/{full}", size=LAPTOP)
    names = re.findall(r'- button "([^"]+)"', page.locator("main").aria_snapshot())
    assert len(names) > 10
    assert [name for name in names if names.count(name) > 1] == []


def test_the_desk_in_english_has_none_either(people: Callable[..., BrowserContext], tmp_path: Path) -> None:
    with started(tmp_path, free_port(), LANGUAGE="en", UNDO_SECONDS="60") as english:
        page = people(size=LAPTOP, language="en").new_page()
        page.goto(english.invitation)
        page.locator("main button").click()
        page.locator("summary", has_text="Add").click()
        page.locator("#nya").fill("\n".join(TYPED))
        page.locator("#nya ~ button").click()
        press(page, "1", "next")
        expect(page.locator(".done")).to_contain_text("Undo")
        assert faults(page) == []
        page.goto(english.url + "/moderator/fragor/1")
        assert faults(page) == []
        page.locator("#note").fill("Ask Eva")
        page.locator("#note ~ button").click()


@pytest.mark.parametrize("width", [320, 360])
def test_nothing_is_wider_than_a_small_phone(sit: Sit, full: str, width: int, tmp_path: Path) -> None:
    page = sit(size=(width, 640))
    for path in ("/moderator", f"/moderator/fragor/{full}"):
        page.goto(page.url.partition("/moderator")[0] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.screenshot(path=tmp_path / "seen.png", full_page=True)


def test_every_button_is_big_enough_for_a_thumb(sit: Sit, full: str) -> None:
    page = sit(size=PHONE)
    for path in ("/moderator", f"/moderator/fragor/{full}"):
        page.goto(page.url.partition("/moderator")[0] + path)
        heights = page.locator("main :is(button, .button, select, .check):visible").evaluate_all(
            "all => all.filter(each => each.isConnected).map(each => each.getBoundingClientRect().height)"
        )
        assert heights
        assert min(heights) >= 44
