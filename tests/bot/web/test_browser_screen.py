"""The screen in a room, the line for another chat, and the lecturer at her page: in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from bot.commands import _jobs
from bot.settings import load
from dialogs.screen import MOST_CHARACTERS, MOST_NEXT_CHARACTERS
from tests.bot.web.test_browser_pages import sideways
from tests.browser import PHONE, WEBINAR, Site, Visit, browser, desk, people, site, visit

__all__ = ["browser", "desk", "people", "site", "visit"]
pytestmark = pytest.mark.browser

PROJECTOR, LAPTOP = (1920, 1080), (1280, 800)
SCREEN = f"/scen/{WEBINAR}"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHORT = "Vad kostar en brygga?"
NEXT = "Vem äger marken vid den gamla skolan?"
LONG = (
    "Vår butik har stängt och närmaste mack ligger sex mil bort. Vi är tolv hushåll, en byskola och en anläggning "
    "för turister som alla behöver bränsle och paket året runt. Kan byalaget driva en station utan personal "
    "tillsammans med butiken i grannbyn, och finns det pengar att söka för det? Vem äger i så fall tankarna, och vad "
    "händer med dem när ingen längre orkar?"
)
LARGEST, SMALLEST = 100, 38
"""Pixels on a projector: what is read from ten metres, where the picture is about two metres high."""


@dataclass
class Queue:
    """A moderator's page, to bring questions and move them by."""

    page: Page
    url: str

    def adds(self, *lines: str) -> None:
        """Bring questions of one's own."""
        self.page.goto(f"{self.url}/moderator")
        self.page.locator("summary", has_text="Lägg till").click()
        self.page.locator("#nya").fill("\n".join(lines))
        self.page.locator("#nya + button").click()
        self.page.wait_for_load_state()

    def moves(self, text: str, act: str) -> None:
        """Press a button on the page of the question with these words."""
        self.page.goto(f"{self.url}/moderator")
        self.page.locator("#ko .words a", has_text=text[:60]).first.click()
        self.page.locator(f"main .card button[name=act][value={act}]").first.click()
        self.page.wait_for_url("**/moderator")


@pytest.fixture
def queue(desk: BrowserContext, site: Site) -> Iterator[Queue]:
    found = Queue(desk.new_page(), site.url)
    yield found
    found.page.goto(f"{site.url}/moderator")
    while found.page.locator("#ko button[value=spoken]").count():
        found.page.locator("#ko button[value=spoken]").first.click()
        found.page.wait_for_timeout(300)
    found.page.close()


def letters(page: Page) -> float:
    """How large the question is written, in pixels."""
    return float(page.locator("#fraga").evaluate("each => parseFloat(getComputedStyle(each).fontSize)"))


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollHeight > innerHeight"))


def faults(page: Page) -> str:
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return str(report.generate_report()) if report.violations_count else ""


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=str)
def test_the_screen_follows_the_queue_by_itself(visit: Visit, queue: Queue, size: tuple[int, int]) -> None:
    screen = visit(path=SCREEN, size=size).page
    joining = screen.locator(".qr svg").bounding_box()
    expect(screen.locator("#fraga")).to_be_hidden()
    queue.adds(SHORT, NEXT)
    queue.moves(NEXT, "next")
    queue.moves(SHORT, "live")
    expect(screen.locator("#fraga")).to_have_text(SHORT)
    expect(screen.locator("#fraga")).to_be_in_viewport(ratio=1)
    expect(screen.locator(".soon li")).to_have_text([NEXT])
    expect(screen.locator(".qr svg")).to_be_visible()
    expect(screen.locator(".address")).to_be_visible()
    smaller = screen.locator(".qr svg").bounding_box()
    assert joining
    assert smaller
    assert smaller["width"] < joining["width"]
    queue.moves(SHORT, "spoken")
    expect(screen.locator("#fraga")).to_be_hidden()
    expect(screen.locator(".qr svg")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("text", [SHORT, LONG], ids=["short", "long"])
def test_a_question_is_read_from_ten_metres_and_nothing_is_cut_off(visit: Visit, queue: Queue, text: str) -> None:
    queue.adds(text, NEXT, f"{NEXT} {NEXT}")
    queue.moves(NEXT, "next")
    queue.moves(text, "live")
    for size in (PROJECTOR, LAPTOP):
        screen = visit(path=SCREEN, size=size).page
        assert not overflows(screen), size
        for name in ("#fraga", ".soon", ".qr svg", ".address", "#kvar"):
            expect(screen.locator(name), f"{name} {size}").to_be_in_viewport(ratio=1)
        if size == PROJECTOR:
            assert letters(screen) >= (LARGEST if text == SHORT else SMALLEST)


LANDSCAPES = (PROJECTOR, LAPTOP, (1280, 720), (1024, 768))
PUT = """([text, next]) => {
  document.body.classList.add("asking");
  document.getElementById("fraga").textContent = text;
  document.getElementById("namn").textContent = "Anna Andersson, Strömsund";
  document.querySelector(".soon").hidden = false;
  document.querySelector(".soon ol").innerHTML = `<li>${next}</li><li>${next}</li>`;
  document.getElementById("kvar").textContent = "68 frågor kvar";
  document.getElementById("plats").textContent = "Tiden räcker till ungefär 12 till";
}"""


@pytest.mark.parametrize("size", [*LANDSCAPES, PHONE], ids=str)
def test_words_of_any_length_leave_room_for_all_the_rest(visit: Visit, size: tuple[int, int]) -> None:
    screen = visit(path=SCREEN, size=size).page
    words = "Vem äger marken vid den gamla skolan och hur söker en byaförening bidrag till laddstationer "
    for length in range(1, MOST_CHARACTERS + 1, 7):
        screen.evaluate(PUT, [(words * 5)[:length], (words * 2)[:MOST_NEXT_CHARACTERS]])
        assert not sideways(screen), length
        if size != PHONE:
            assert not overflows(screen), length


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=str)
def test_one_long_word_is_broken_and_an_address_only_before_a_slash(visit: Visit, size: tuple[int, int]) -> None:
    screen = visit(path=SCREEN, size=size).page
    parts = screen.locator(".address span").evaluate_all("all => all.map(each => each.getClientRects().length)")
    heights = screen.locator(".address span").evaluate_all("all => all.map(each => each.offsetHeight)")
    assert set(parts) == {1}
    assert len(set(heights)) == 1, "each part is on one line"
    screen.evaluate(PUT, ["Landsbygdsutvecklingsprojektsamordningsfunktion" * 4, "Byalagsföreningsordförande" * 4])
    assert not sideways(screen)


def test_when_the_webinar_closes_the_screen_thanks_by_itself(visit: Visit, queue: Queue, site: Site) -> None:
    settings = load({}, None, site.data)
    queue.adds(SHORT)
    queue.moves(SHORT, "live")
    screen = visit(path=SCREEN, size=PROJECTOR).page
    expect(screen.locator("#fraga")).to_be_visible()
    expect(screen.locator("#slut")).to_be_hidden()
    _jobs.do(settings, "webinar", code=WEBINAR, phase="closed")
    expect(screen.locator("#fraga")).to_be_hidden()
    expect(screen.locator("#slut")).to_be_visible()
    assert faults(screen) == ""
    _jobs.do(settings, "webinar", code=WEBINAR, phase="open")
    expect(screen.locator("#fraga")).to_be_visible()


def test_without_javascript_the_screen_says_the_same(visit: Visit, queue: Queue) -> None:
    queue.adds(SHORT)
    queue.moves(SHORT, "live")
    live = visit(path=SCREEN, size=PROJECTOR).page.locator("main").inner_text()
    plain = visit(path=SCREEN, size=PROJECTOR, java_script_enabled=False).page.locator("main").inner_text()
    assert SHORT in plain
    assert plain == live


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("size", [(320, 740), PHONE, LAPTOP, PROJECTOR], ids=str)
def test_the_screen_with_a_question_has_no_fault_that_axe_finds(
    visit: Visit, queue: Queue, size: tuple[int, int], language: str
) -> None:
    queue.adds(SHORT, NEXT)
    queue.moves(NEXT, "next")
    queue.moves(SHORT, "live")
    screen = visit(path=SCREEN, size=size, language=language).page
    expect(screen.locator("#fraga")).to_be_visible()
    assert faults(screen) == ""
    assert not screen.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_the_line_for_another_chat_is_copied_or_selected(queue: Queue, desk: BrowserContext, site: Site) -> None:
    desk.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    queue.page.goto(f"{site.url}/moderator")
    queue.page.locator("#skarmar summary").click()
    line = queue.page.locator("input.copy")
    button = queue.page.locator("button.copy")
    button.click()
    expect(button).to_have_text("Kopierat")
    copied = queue.page.evaluate("navigator.clipboard.readText()")
    assert copied == line.input_value() == f"Ställ din fråga här: {site.url}/w/{WEBINAR}"
    assert queue.page.evaluate("getSelection().toString()") in (copied, "")
    assert faults(queue.page) == ""


@pytest.fixture
def lecturer(people: Callable[..., BrowserContext], site: Site, queue: Queue) -> Callable[..., Page]:
    """Signs the lecturer in at a browser of some size, with a question to answer."""
    queue.adds(SHORT)
    queue.moves(SHORT, "later")

    def come(**options: object) -> Page:
        page = people(**options).new_page()
        page.goto(str(_jobs.do(load({}, None, site.data), "invite", role="lecturer", webinar=WEBINAR)))
        page.locator("main button").click()
        page.wait_for_url("**/forelasare")
        return page

    return come


def test_what_the_lecturer_writes_elsewhere_stays_when_she_saves_one_answer(
    lecturer: Callable[..., Page], queue: Queue
) -> None:
    queue.adds(NEXT)
    queue.moves(NEXT, "later")
    page = lecturer(size=LAPTOP)
    boxes = page.locator("li.card textarea")
    boxes.nth(1).fill("Halva svaret")
    boxes.nth(0).fill("Omkring tusen kronor.")
    page.locator("li.card button.go").nth(0).click()
    expect(page.locator("main li .meta").first).to_contain_text("Sparat")
    expect(boxes.nth(0)).to_have_value("Omkring tusen kronor.")
    expect(boxes.nth(1)).to_have_value("Halva svaret")
    page.locator("li.card button.go").nth(1).click()
    expect(page.locator("main li .meta")).to_have_count(2)
    assert page.evaluate("Object.keys(sessionStorage)") == []


@pytest.mark.parametrize("size", [(320, 740), LAPTOP], ids=str)
def test_the_lecturer_answers_by_keyboard_and_the_moderator_has_it(
    lecturer: Callable[..., Page], queue: Queue, size: tuple[int, int]
) -> None:
    page = lecturer(size=size)
    assert faults(page) == ""
    page.locator("textarea").first.focus()
    page.keyboard.type("Omkring tusen kronor.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("textarea").first).to_have_value("Omkring tusen kronor.")
    expect(page.locator("main li .meta").first).to_contain_text("Sparat")
    assert faults(page) == ""
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    queue.page.goto(f"{queue.url}/moderator")
    queue.page.locator("li.card", has_text="Svar att släppa").locator(".words a").click()
    expect(queue.page.locator("#answer")).to_have_value("Omkring tusen kronor.")
    assert faults(queue.page) == ""
    queue.page.locator("#answer ~ button.go").click()
    queue.page.wait_for_url("**/moderator")
    page.reload()
    expect(page.locator("textarea")).to_have_count(0)
