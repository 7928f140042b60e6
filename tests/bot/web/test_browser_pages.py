"""What every page owes its readers: access for all, nothing from elsewhere, little to fetch, no cookie for a reader."""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser import WEBINAR, Site, Visit, Visitor, browser, desk, people, site, visit
from tests.content import SHORT_WALK, shipped_knowledge

__all__ = ["browser", "desk", "people", "site", "visit"]
pytestmark = pytest.mark.browser

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")
KNOWN = {language: shipped_knowledge().entries["landsbygd-definition"].wording(language) for language in LANGUAGES}
UNKNOWN = "Kan någon hjälpa oss att laga båtbryggan?"
WIDTHS = (320, 390, 1280)
MOST_FIRST_BYTES = 60_000
SMALLEST_TARGET = 44
AIR = 5
"""Pixels between the header's edge and what stands in it."""
ZOOMED = (320, 256)
"""What a window of 1280 x 1024 has at 400 per cent."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OTHERS = (
    "/om", f"/scen/{WEBINAR}", f"/scen/{WEBINAR}/omrostning", f"/w/{WEBINAR}/omrostning", "/no-such-page", "/moderator",
    "/tillbaka/x", "/checklista",
)  # fmt: skip
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"]}


def states(viewer: Visitor) -> Iterator[str]:
    """The chat in each of its states, one after the other."""
    yield "empty"
    language: Language = "en" if viewer.page.locator("html").get_attribute("lang") == "en" else "sv"
    viewer.says(KNOWN[language].variants[0])
    yield "answer"
    viewer.presses("not:")
    yield "suggestion"
    viewer.presses("send:")
    yield "receipt"
    viewer.says("checklista")
    for choice in SHORT_WALK:
        viewer.presses(choice)
    yield "statement"
    while viewer.page.locator(".msg.statement:last-child button[value^='a:']").count():
        viewer.presses("a:")
    viewer.says("Byalaget")
    yield "result"
    viewer.page.reload()
    yield "read again"


def faults(page: Page) -> list[str]:
    """What axe-core complains of, at every width and in both themes, and whether the page scrolls sideways."""
    found = []
    for width, theme in ((WIDTHS[0], "light"), (WIDTHS[1], "dark"), (WIDTHS[2], "light")):
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")  # where the chat is; half under the dock is no fault
        report = Axe().run(page, options=OPTIONS)
        if report.violations_count:
            found.append(f"{page.url} {width} px {theme}: {report.generate_report()}")
        if sideways(page):
            found.append(f"{page.url} {width} px: scrolls sideways")
    return found


def sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chat_has_no_fault_that_axe_finds_in_any_state(visit: Visit, language: Language) -> None:
    viewer = visit(language=language)
    assert viewer.page.locator("html").get_attribute("lang") == language
    found = {state: faults(viewer.page) for state in states(viewer)}
    assert not any(found.values()), found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", OTHERS)
def test_the_other_pages_have_no_fault_that_axe_finds(visit: Visit, path: str, language: Language) -> None:
    assert faults(visit(path=path, language=language).page) == []


def test_the_moderators_pages_have_no_fault_that_axe_finds(
    visit: Visit, people: Callable[..., BrowserContext], browser: Browser, site: Site, request: pytest.FixtureRequest
) -> None:
    door = people().new_page()
    door.goto(site.invitation)
    assert faults(door) == []
    viewer = visit()
    viewer.says(UNKNOWN)
    viewer.presses("send:")
    desk: BrowserContext = request.getfixturevalue("desk")
    page = desk.new_page()
    page.goto(f"{site.url}/moderator/luckor")
    assert faults(page) == []
    page.goto(f"{site.url}/moderator")
    assert faults(page) == []
    page.locator("#ko .words a").first.click()
    assert faults(page) == []
    page.locator("#sok").fill("driftstöd")
    page.locator("#sok + button").click()
    page.locator("main li summary").first.click()
    expect(page.locator("button[name=entry]").first).to_be_visible()
    assert faults(page) == []
    page.locator("#answer").fill("Fråga båtklubben.\nDe vet.")
    page.locator("#answer + button").click()
    page.wait_for_url("**/moderator")
    page.goto(f"{site.url}/moderator/forslag")
    assert faults(page) == []
    page.locator("button[value=approve]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults(page) == []
    page.locator("button[value=dismiss]").click()
    expect(page.locator("button[value=again]")).to_be_visible()
    assert faults(page) == []


def test_axe_finds_a_planted_fault(visit: Visit) -> None:
    page = visit().page
    page.evaluate("document.querySelector('.send').textContent = ''")
    assert Axe().run(page, options=OPTIONS).violations_count == 1


def test_at_four_hundred_per_cent_nothing_is_lost_and_nothing_scrolls_sideways(visit: Visit) -> None:
    viewer = visit(size=ZOOMED)
    for state in states(viewer):
        assert not sideways(viewer.page), state
        expect(viewer.box, state).to_be_enabled()
        viewer.box.scroll_into_view_if_needed()
        expect(viewer.page.locator(".send"), state).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 360])
def test_a_header_in_two_rows_has_air_around_it(visit: Visit, width: int) -> None:
    page = visit(language="en", size=(width, 740)).page
    air = """() => {
        const [head, name, links] = [".top", ".brand b", ".top nav a"].map(
            (each) => document.querySelector(each).getBoundingClientRect());
        return [name.top - head.top, head.bottom - links.bottom];
    }"""
    assert min(page.evaluate(air)) >= AIR


def test_text_spacing_of_the_readers_own_loses_nothing(visit: Visit) -> None:
    viewer = visit(size=(320, 740), bypass_csp=True)
    spacing = "* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}"
    for state in states(viewer):
        viewer.page.add_style_tag(content=spacing)
        assert not sideways(viewer.page), state


def test_everything_to_press_is_large_enough_for_a_thumb(visit: Visit) -> None:
    viewer = visit()
    small = (
        "all => all.filter(each => each.checkVisibility()).map(each => [each.outerHTML, each.getBoundingClientRect()])"
    )
    for state in states(viewer):
        for shape, box in viewer.page.locator("button, summary, header a, textarea").evaluate_all(small):
            assert box["height"] >= SMALLEST_TARGET - 0.5, (state, shape)
            assert box["width"] >= SMALLEST_TARGET - 0.5, (state, shape)


def test_the_chat_as_a_screen_reader_meets_it(visit: Visit) -> None:
    viewer = visit()
    log = viewer.page.get_by_role("log")
    expect(log).to_have_count(1)
    assert log.get_attribute("aria-live") == "polite"
    for state in states(viewer):
        tree = viewer.page.locator("body").aria_snapshot()
        assert re.search(r'- log "\S', tree), state
        assert re.search(r"heading .*\[level=1\]", tree), state
        assert not re.search(r"^\s*- (button|textbox|link|checkbox)(:|$| \[)", tree, re.MULTILINE), (state, tree)
        assert viewer.page.locator(".msg").count() == viewer.page.locator(".msg .name:text-matches('.')").count(), state
        expect(viewer.page.get_by_role("status"), state).to_be_attached()
        expect(viewer.page.locator("textarea"), state).to_have_accessible_name(re.compile("."))


def test_the_skip_link_leads_past_the_header(visit: Visit) -> None:
    page = visit().page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_first_view_is_small_and_asks_nobody_else(
    visit: Visit, people: Callable[..., BrowserContext], site: Site
) -> None:
    page = people().new_page()
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - append has no signature
    page.goto(f"{site.url}/w/{WEBINAR}", wait_until="networkidle")
    sizes = [request.sizes() for request in asked]
    assert sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes) < MOST_FIRST_BYTES
    assert len(asked) >= 4
    assert {request.url.split("/")[2] for request in asked} == {site.url.split("/")[2]}


def test_no_page_asks_another_origin(visit: Visit, site: Site) -> None:
    viewer = visit()
    asked: set[str] = set()
    viewer.page.context.on("request", lambda request: asked.add(request.url.split("/")[2]))
    viewer.says(KNOWN["sv"].variants[0])
    for path in ("/om", f"/scen/{WEBINAR}", "/moderator"):
        viewer.page.goto(site.url + path)
    assert asked == {site.url.split("/")[2]}


def test_one_who_only_reads_gets_no_cookie_and_one_who_writes_gets_one(visit: Visit, site: Site) -> None:
    viewer = visit()
    for path in ("/om", "/checklista", f"/scen/{WEBINAR}", f"/w/{WEBINAR}"):
        viewer.page.goto(site.url + path)
    assert viewer.page.context.cookies() == []
    viewer.says(KNOWN["sv"].variants[0])
    cookies = viewer.page.context.cookies()
    assert [each["httpOnly"] for each in cookies] == [True]
    assert viewer.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_no_page_trips_over_the_content_security_policy(visit: Visit, desk: BrowserContext, site: Site) -> None:
    viewer = visit()
    heard: list[str] = []
    viewer.page.on("console", lambda message: heard.append(message.text))
    viewer.page.on("pageerror", lambda error: heard.append(str(error)))
    for path in ("/", "/om", "/checklista", f"/scen/{WEBINAR}"):
        viewer.page.goto(site.url + path, wait_until="load")
    page = desk.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.goto(f"{site.url}/moderator")
    page.close()
    assert heard == []


def test_the_big_screen_counts_questions_as_they_come(visit: Visit) -> None:
    screen = visit(path=f"/scen/{WEBINAR}", size=(1920, 1080)).page
    left = screen.locator("#kvar")
    before = left.inner_text()
    viewer = visit()
    viewer.says(UNKNOWN)
    viewer.presses("send:")
    expect(left).not_to_have_text(before)
    expect(screen.locator(".qr svg")).to_be_in_viewport(ratio=1)
    assert screen.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_accessibility_statement_is_linked_from_every_page_and_has_its_parts(
    visit: Visit, site: Site, language: Language
) -> None:
    page = visit(language=language).page
    for path in ("/", "/moderator", "/no-such-page", "/om"):
        page.goto(site.url + path)
        expect(page.locator('a[href="/om"]').first).to_be_visible()
    assert page.locator("#tillganglighet ~ h3").count() >= 6
    expect(page.locator("#tillganglighet ~ p time")).to_have_attribute("datetime", re.compile(r"^20\d\d-\d\d-\d\d$"))
    text = page.locator("main").inner_text()
    assert all(part in text for part in ("Digg", "Anmäl bristande tillgänglighet", "12", "9", "axe-core"))
