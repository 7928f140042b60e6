"""The votes in a browser: bars that move while one looks, on a phone and on a projector, each with its words."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from bot.library import SHIPPED
from tests.bot.web.test_browser_pages import faults, sideways
from tests.browser import LAPTOP, PHONE, WEBINAR, Site, Visit, browser, desk, free_port, people, site, started, visit
from tests.polls import EVERY_KIND

__all__ = ["browser", "desk", "people", "site", "visit"]
pytestmark = pytest.mark.browser

PROJECTOR = (1920, 1080)
PAGE, SCREEN, DESK = f"/w/{WEBINAR}/omrostning", f"/scen/{WEBINAR}/omrostning", "/moderator/omrostningar"


@pytest.fixture
def polled(desk: BrowserContext, site: Site) -> Iterator[Page]:
    """The desk's page, with a fresh run of the opening poll open. It is closed after: streams are few in a browser."""
    page = desk.new_page()
    page.goto(site.url + DESK)
    run_anew(page)
    yield page
    page.close()


def run_anew(page: Page) -> None:
    """Whatever is there is closed, and the poll opened again."""
    for doing in ("close", "again", "open"):
        button = page.locator(f"button[value={doing}]")
        if button.count():
            button.first.click()
            page.wait_for_load_state()
    expect(page.locator("button[value=close]")).to_have_count(1)


def share(page: Page, option: str) -> float:
    """How long a bar is, in per cent of its track."""
    return float(page.locator(f"[data-line={option}] progress").first.get_attribute("value") or 0)


@pytest.mark.parametrize("size", [PHONE, PROJECTOR])
def test_bars_and_their_words_move_while_one_looks(visit: Visit, polled: Page, size: tuple[int, int]) -> None:
    page = visit(path=SCREEN if size == PROJECTOR else PAGE, size=size).page
    line = page.locator("[data-line=tatort]")
    expect(line).to_contain_text("Tätort: 0 (0 %)")
    voter = visit(path=PAGE).page
    voter.locator("[data-line=tatort] button").click()
    expect(line).to_contain_text("Tätort: 1 (100 %)")
    assert share(page, "tatort") == 100
    other = visit(path=PAGE).page
    other.locator("[data-line=landsbygd] button").click()
    expect(line).to_contain_text("Tätort: 1 (50 %)")
    expect(page.locator(".count").first).to_have_text("Har röstat: 2")
    expect(polled.locator("[data-line=tatort]").first).to_contain_text("Tätort: 1 (50 %)")
    assert not sideways(page)
    assert faults(page) == []


@pytest.mark.parametrize("size", [PHONE, PROJECTOR])
def test_votes_in_telegrams_own_polls_are_a_part_of_their_own_and_read_as_such(
    visit: Visit, polled: Page, site: Site, size: tuple[int, int]
) -> None:
    with closing(sqlite3.connect(site.data / "servicelotsen.db")) as db, db:
        run = db.execute("SELECT max(id) FROM poll_run").fetchone()[0]
        for question, votes in (("plats", "[0,0,0,1,2,0]"), ("landsdel", "[1,2,0]")):
            poll = f"{run}-{question}"
            db.execute("INSERT INTO native_poll (channel, lane, message, run, question, poll, at) "
                       "VALUES ('telegram', '-1', 1, ?, ?, ?, '2026')", (run, question, poll))  # fmt: skip
            db.execute("INSERT INTO native_votes VALUES ('telegram', ?, ?, 3, 1, 0, '2026')", (poll, votes))
    page = visit(path=SCREEN if size == PROJECTOR else PAGE, size=size).page
    part = page.locator(f"[data-question='{run}-plats-telegram']")
    expect(part.locator("[data-line=tatort]")).to_contain_text("Tätort: 2 (67 %)")
    expect(page.locator(f"[data-question='{run}-plats'] [data-line=tatort]")).to_contain_text("Tätort: 0 (0 %)")
    assert part.locator("button").count() == 0
    assert size == PHONE or page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert not sideways(page)
    assert faults(page) == []
    polled.reload()
    assert faults(polled) == []


def test_the_desk_follows_the_votes_of_a_poll_that_has_run_before(visit: Visit, polled: Page) -> None:
    run_anew(polled)
    run_anew(polled)
    broken: list[object] = []

    def breaks(error: object) -> None:
        broken.append(error)

    polled.on("pageerror", breaks)
    visit(path=PAGE).page.locator("[data-line=tatort] button").click()
    expect(polled.locator("[data-line=tatort]").first).to_contain_text("Tätort: 1")
    assert broken == []


def colour(node: Locator, what: str) -> str:
    return str(node.evaluate(f"each => getComputedStyle(each).{what}"))


def test_the_bar_of_ones_own_vote_stands_out_from_its_button(visit: Visit, polled: Page) -> None:
    page = visit(path=PAGE).page
    page.locator("[data-line=malmo] button").click()
    own = page.locator("[data-line=malmo] button[aria-pressed=true]")
    assert colour(own, "backgroundColor") != colour(own.locator("progress"), "color")
    assert faults(page) == []


def test_everything_fits_a_projector(visit: Visit, polled: Page) -> None:
    page = visit(path=SCREEN, size=PROJECTOR).page
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for option in ("stockholm", "gotaland"):
        expect(page.locator(f"[data-line={option}]")).to_be_in_viewport()
    assert page.locator("[data-line]").count() == 9


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with a poll of every kind besides the shipped one, of as long options as there are."""
    content, data = tmp_path_factory.mktemp("content"), tmp_path_factory.mktemp("full")
    shutil.copytree(SHIPPED.dialogs, content / "dialogs")
    long = "Ja, en butik med post, apoteksombud och drivmedel som drivs av en förening i samverkan"
    polls = content / "dialogs" / "polls"
    (polls / "alla-slag.yaml").write_text(EVERY_KIND.replace('sv: "Ja"', f'sv: "{long}"').replace("hidden", "open"))
    with started(data, free_port(), CONTENT=str(content)) as found:
        yield found


def test_all_questions_of_several_polls_fit_each_under_its_own_name(
    people: Callable[..., BrowserContext], full: Site
) -> None:
    page, screen = people().new_page(), people(size=PROJECTOR).new_page()
    page.goto(full.invitation)
    page.locator("main button").click()
    page.goto(full.url + DESK)
    for number in (1, 2):
        page.locator("button[value=open]").first.click()
        expect(page.locator("button[value=close]")).to_have_count(number)
    voter = people().new_page()
    voter.goto(full.url + PAGE)
    voter.locator("[data-line=ja] button").click()
    screen.goto(full.url + SCREEN)
    for width, height in (PROJECTOR, LAPTOP, (1280, 720)):
        screen.set_viewport_size({"width": width, "height": height})
        expect(screen.locator(".poll")).to_have_count(7)
        assert screen.evaluate("document.documentElement.scrollHeight <= innerHeight"), width
        assert not sideways(screen)
    expect(screen.locator(".whose", has_text="Alla slag")).to_have_count(1)
    assert screen.locator(".whose").count() == 2
    assert "Alla slag" not in screen.locator("h1").inner_text()
    assert "(100\xa0%)" in str(screen.locator("[data-line=ja]").text_content())


def test_a_page_that_is_open_follows_when_the_poll_closes(visit: Visit, polled: Page) -> None:
    page = visit(path=PAGE).page
    expect(page.locator("section button")).to_have_count(9)
    polled.locator("button[value=close]").click()
    expect(page.locator("section button")).to_have_count(0)


def test_it_works_by_keyboard_and_without_javascript(
    people: Callable[..., BrowserContext], site: Site, polled: Page
) -> None:
    page = people(java_script_enabled=False).new_page()
    page.goto(site.url + PAGE)
    button = page.locator("[data-line=malmo] button")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-line=malmo] button[aria-pressed=true]")).to_contain_text("✓ Malmö: 1 (100 %)")


def test_the_chat_asks_when_a_poll_opens_and_the_desk_has_no_fault(visit: Visit, polled: Page) -> None:
    viewer = visit()
    viewer.says("hej")
    run_anew(polled)
    expect(viewer.last).to_contain_text("På vilken sorts plats")
    viewer.presses("vote:")
    expect(viewer.last).to_contain_text("I vilken landsdel?")
    polled.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    assert faults(polled) == []
