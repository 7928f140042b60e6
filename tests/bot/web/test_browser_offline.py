"""A checklist on a phone without coverage: kept, answered, sent once, and told in one reply."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser import LAPTOP, PHONE, Site, Visit, Visitor, browser, people, site, visit
from tests.content import SHORT_WALK

__all__ = ["browser", "people", "site", "visit"]
pytestmark = pytest.mark.browser

FIRST, SECOND, THIRD = "behov-lokal-1", "behov-lokal-3", "behov-lokal-5"
STATEMENTS = 15
API = "**/api/v1/checklists/**"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"]}
LATE = 15_000
"""Milliseconds: longer than the list waits before it sends, or tries again."""


@dataclass(frozen=True)
class Phone(Visitor):
    """Somebody with a run in the chat, its list, and coverage that comes and goes."""

    run: str

    @property
    def status(self) -> Any:
        return self.page.get_by_role("status")

    @property
    def origin(self) -> str:
        return "/".join(self.page.url.split("/")[:3])

    def lists(self) -> None:
        """Open the list's page."""
        self.page.goto(f"{self.origin}/checklista#{self.run}")
        expect(self.page.locator("#svar fieldset").first).to_be_visible()

    def leaves_coverage(self) -> None:
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        self.page.context.set_offline(True)

    def comes_back(self) -> None:
        self.page.context.set_offline(False)

    def looks_away(self) -> None:
        """Turn to something else, which sends what waits at once."""
        self.page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", {value: true, configurable: true});
                document.dispatchEvent(new Event("visibilitychange"));
                delete document.hidden;
            }"""
        )

    def answers(self, statement: str, answer: str) -> None:
        self.page.locator(f'input[name="{statement}"][value="{answer}"]').check()

    def notes(self, statement: str, note: str) -> None:
        field = self.field(statement)
        box = field.locator("textarea")
        if not box.is_visible():
            field.locator(".note summary").click()
        box.fill(note)
        box.blur()

    def field(self, statement: str) -> Any:
        return self.page.locator(f'fieldset:has(input[name="{statement}"])')

    def chosen(self) -> dict[str, str]:
        """Statement → the answer that the list shows."""
        found: dict[str, str] = self.page.locator("input:checked").evaluate_all(
            "all => Object.fromEntries(all.map(each => [each.name, each.value]))"
        )
        return found

    def waiting(self) -> list[dict[str, str]]:
        """What is kept on the phone and waits to be sent."""
        found: list[dict[str, str]] = self.page.evaluate("run => Lists.read(run).pending", self.run)
        return found

    def sent(self) -> None:
        """Nothing waits any more."""
        self.page.wait_for_function("run => !Lists.read(run).pending.length", arg=self.run, timeout=LATE)

    def document(self) -> dict[str, Any]:
        """The run as the server has it."""
        response = self.page.request.get(f"{self.origin}/api/v1/checklists/{self.run}")
        found: dict[str, Any] = response.json()
        return found

    def said(self) -> list[dict[str, Any]]:
        """Everything in the log as the server has it."""
        response = self.page.request.get(f"{self.origin}/api/v1/messages")
        found: list[dict[str, Any]] = response.json()["messages"]
        return found


Walk = Callable[..., Phone]


@pytest.fixture
def walk(visit: Visit) -> Walk:
    """Somebody before the first statement of a short walk."""

    def begin(**options: Any) -> Phone:
        visitor = visit(path="/", **options)
        with visitor.page.expect_response(API):
            for choice in ("checklist", *SHORT_WALK):
                visitor.presses(choice)
        offered = visitor.last.locator('button[value^="a:"]').first.get_attribute("value")
        return Phone(visitor.page, offered.split(":")[1])

    return begin


# Without coverage


def test_a_list_is_answered_without_coverage_and_sent_once_with_one_reply(walk: Walk) -> None:
    phone = walk()
    before = len(phone.said())
    phone.page.locator(f'a[href$="/checklista#{phone.run}"]').last.click()
    expect(phone.page.locator("#svar fieldset")).to_have_count(STATEMENTS + 1)
    phone.leaves_coverage()
    phone.page.reload()
    expect(phone.page.locator("#svar fieldset")).to_have_count(STATEMENTS + 1)
    phone.answers(FIRST, "ja")
    phone.answers(SECOND, "nej")
    phone.notes(SECOND, "Bussen slutar gå klockan sju")
    expect(phone.status).to_contain_text("2")
    assert [sorted(each) for each in phone.waiting()] == [
        ["answer", "at", "key", "statement"], ["answer", "at", "key", "statement"], ["at", "key", "note", "statement"],
    ]  # fmt: skip
    told = phone.status.inner_text()
    phone.page.reload()
    expect(phone.status).to_have_text(told)
    assert phone.chosen() == {FIRST: "ja", SECOND: "nej"}
    batches: list[Any] = []
    phone.page.on("request", lambda request: batches.append(request) if request.url.endswith("/answers") else None)
    phone.comes_back()
    phone.sent()
    expect(phone.status).not_to_have_text(told)
    assert len([each for each in batches if each.response()]) == 1
    assert phone.document()["answers"] == {
        FIRST: {"answer": "ja", "note": None}, SECOND: {"answer": "nej", "note": "Bussen slutar gå klockan sju"},
    }  # fmt: skip
    said = phone.said()[before:]
    assert [each["kind"] for each in said] == ["text", "statement"]
    assert f"a:{phone.run}:{THIRD}:ja" in [each["id"] for each in said[-1]["choices"]]
    phone.page.goto(phone.origin)
    expect(phone.last).to_have_id(said[-1]["id"])


def test_answers_sent_before_the_answer_was_lost_are_not_doubled(walk: Walk) -> None:
    phone = walk()
    before = len(phone.said())
    phone.lists()
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    phone.page.route("**/answers", lose_the_first)
    phone.answers(FIRST, "ja")
    phone.looks_away()
    phone.sent()
    assert len(lost) == 1
    assert [each["kind"] for each in phone.said()[before:]] == ["text", "statement"]
    assert phone.document()["answers"] == {FIRST: {"answer": "ja", "note": None}}


def test_many_answers_in_a_row_get_one_reply_also_with_coverage(walk: Walk) -> None:
    phone = walk()
    before = len(phone.said())
    phone.lists()
    for statement in (FIRST, SECOND, THIRD):
        phone.answers(statement, "ja")
    phone.sent()
    assert [each["kind"] for each in phone.said()[before:]] == ["text", "statement"]


def test_everything_answered_leads_to_the_result_in_the_chat(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.leaves_coverage()
    names: list[str] = phone.page.locator("input[value=ja]").evaluate_all("all => all.map(each => each.name)")
    for name in names:
        phone.answers(name, "ja")
    phone.page.locator("fieldset textarea").last.fill("Byalaget")
    phone.page.locator("fieldset textarea").last.blur()
    expect(phone.page.locator("#resultat span")).to_be_visible()
    expect(phone.page.locator("#resultat a")).to_be_hidden()
    assert phone.page.locator("#framsteg").evaluate("bar => [bar.value, bar.max]") == [STATEMENTS, STATEMENTS]
    phone.comes_back()
    phone.page.locator("#resultat a").click()
    expect(phone.page.locator(".result bdi", has_text="Byalaget").first).to_be_visible()
    assert phone.document()["finished"]


def test_the_app_opens_on_the_kept_list_when_there_is_no_coverage(walk: Walk, site: Site) -> None:
    phone = walk()
    phone.leaves_coverage()
    for path in ("/", "/#senaste"):
        phone.page.goto("about:blank")
        phone.page.goto(site.url + path)
        expect(phone.page.locator("#svar fieldset")).to_have_count(STATEMENTS + 1)
    phone.answers(FIRST, "delvis")
    phone.page.goto("about:blank")
    phone.comes_back()
    phone.page.goto(site.url)
    expect(phone.last).to_have_class(re.compile(r"^msg bot statement\b"), timeout=LATE)
    asked = phone.last.locator('button[value^="a:"]').first  # the next one, whether the page or the stream brought it
    expect(asked).not_to_have_attribute("value", re.compile(f":{FIRST}:"), timeout=LATE)
    phone.sent()
    assert phone.document()["answers"][FIRST]["answer"] == "delvis", "the chat sends what the list has kept"


def test_without_coverage_and_without_a_list_one_is_told_so(visit: Visit, site: Site) -> None:
    visitor = visit(path="/")
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    visitor.page.context.set_offline(True)
    visitor.page.goto(site.url + "/")
    expect(visitor.page.locator("#utan")).to_be_visible()
    visitor.page.goto(site.url + "/checklista")
    expect(visitor.page.locator("#ingen")).to_be_visible()
    expect(visitor.page.locator("#listan")).to_be_hidden()


def test_a_net_that_never_answers_does_not_hide_the_list(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.page.route(API, lambda _: None)
    phone.page.reload()
    expect(phone.page.locator("#svar fieldset").first).to_be_visible()
    phone.answers(FIRST, "ja")
    assert [each["statement"] for each in phone.waiting()] == [FIRST]


def test_what_is_being_written_survives_that_the_list_comes_late(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    held: list[Route] = []
    phone.page.route(API, lambda route: held.append(route))  # noqa: PLW0108 - append has no signature
    phone.page.reload()
    phone.field(FIRST).locator(".note summary").click()
    box = phone.field(FIRST).locator("textarea")
    box.press_sequentially("Halva")
    while not held:
        phone.page.wait_for_timeout(20)
    with phone.page.expect_response(API):
        held.pop().continue_()
    phone.page.wait_for_timeout(200)
    expect(box).to_have_value("Halva")
    expect(box).to_be_focused()


def test_what_was_pressed_in_the_chat_without_coverage_goes_with_the_list(walk: Walk) -> None:
    phone = walk()
    phone.presses(f"a:{phone.run}:{FIRST}:ja")
    phone.leaves_coverage()
    phone.page.locator(f'.ways[open] button[value="a:{phone.run}:{SECOND}:delvis"]').last.click()
    expect(phone.page.locator(".waiting")).to_have_count(1)
    phone.page.locator("#utan a").click()
    expect(phone.page.locator("#svar fieldset").first).to_be_visible()
    assert phone.chosen() == {FIRST: "ja", SECOND: "delvis"}, "also what was answered in the chat before"
    phone.answers(SECOND, "nej")
    phone.comes_back()
    phone.sent()
    phone.page.go_back()
    phone.settled()
    assert phone.document()["answers"][SECOND]["answer"] == "nej", "the later answer counts"


# More than one tab, device or person


def second_tab(phone: Phone, path: str) -> Phone:
    tab = Phone(phone.page.context.new_page(), phone.run)
    tab.page.goto(phone.origin + path)
    return tab


def test_the_chat_in_another_tab_follows_the_list(walk: Walk) -> None:
    phone = walk()
    shown = len(phone.shown())
    tab = second_tab(phone, f"/checklista#{phone.run}")
    tab.answers(FIRST, "ja")
    tab.answers(SECOND, "ja")
    tab.looks_away()
    expect(phone.page.locator(".msg")).to_have_count(shown + 2, timeout=LATE)
    expect(phone.last.locator(f'button[value="a:{phone.run}:{THIRD}:ja"]')).to_be_visible()
    phone.presses(f"a:{phone.run}:{THIRD}:ja")
    tab.page.reload()
    expect(tab.page.locator(f'input[name="{THIRD}"][value="ja"]')).to_be_checked()


def test_two_tabs_of_the_list_lose_nothing_to_each_other(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    tab = second_tab(phone, f"/checklista#{phone.run}")
    phone.leaves_coverage()
    phone.answers(FIRST, "ja")
    tab.answers(SECOND, "nej")
    phone.answers(THIRD, "delvis")
    expected = {FIRST: "ja", SECOND: "nej", THIRD: "delvis"}
    expect(tab.page.locator("input:checked")).to_have_count(3)
    assert phone.chosen() == tab.chosen() == expected
    phone.comes_back()
    phone.sent()
    assert {key: each["answer"] for key, each in phone.document()["answers"].items()} == expected


def test_an_answer_that_waits_in_the_chat_does_not_overtake_a_later_one_in_the_list(walk: Walk) -> None:
    phone = walk()
    tab = second_tab(phone, f"/checklista#{phone.run}")
    expect(tab.page.locator("#svar fieldset").first).to_be_visible()
    phone.leaves_coverage()
    phone.page.locator(f'.ways[open] button[value="a:{phone.run}:{FIRST}:ja"]').last.click()
    expect(phone.page.locator("#utan")).to_be_visible()
    tab.answers(FIRST, "nej")
    phone.comes_back()
    tab.sent()
    phone.settled()
    assert phone.document()["answers"][FIRST]["answer"] == "nej"


@pytest.mark.parametrize("first", ["phone", "computer"])
def test_two_devices_end_alike_whichever_sends_first(
    walk: Walk, people: Callable[..., BrowserContext], site: Site, first: str
) -> None:
    phone = walk()
    other = people(size=LAPTOP, storage_state=phone.page.context.storage_state(indexed_db=False))
    computer = Phone(other.new_page(), phone.run)
    computer.page.goto(f"{site.url}/checklista#{phone.run}")
    phone.lists()
    phone.leaves_coverage()
    computer.leaves_coverage()
    phone.answers(FIRST, "ja")
    computer.answers(FIRST, "nej")
    computer.answers(SECOND, "nej")
    phone.page.wait_for_timeout(50)
    phone.answers(SECOND, "ja")
    for device in (phone, computer) if first == "phone" else (computer, phone):
        device.comes_back()
        device.sent()
    found = {key: each["answer"] for key, each in phone.document()["answers"].items()}
    assert found == {FIRST: "nej", SECOND: "ja"}
    for device in (phone, computer):
        device.page.reload()
        expect(device.page.locator(f'input[name="{FIRST}"][value="nej"]')).to_be_checked()
        expect(device.page.locator(f'input[name="{SECOND}"][value="ja"]')).to_be_checked()


def test_who_is_forgotten_has_no_list_on_the_phone_either(walk: Walk) -> None:
    phone = walk()
    assert phone.page.evaluate("localStorage.length") == 1
    phone.says("glöm mig")
    phone.presses("forget:yes")
    assert phone.page.evaluate("localStorage.length") == 0
    phone.page.goto(phone.origin + "/checklista")
    expect(phone.page.locator("#ingen")).to_be_visible()
    expect(phone.page.locator("#listan")).to_be_hidden()


def test_a_list_of_somebody_else_is_told_apart_and_what_was_answered_stays(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.leaves_coverage()
    phone.answers(FIRST, "ja")
    phone.page.context.clear_cookies()
    phone.comes_back()
    expect(phone.page.locator("#bort")).to_be_visible()
    expect(phone.status).to_have_text(phone.page.locator("#listan").get_attribute("data-foreign") or "-")
    phone.page.reload()
    expect(phone.page.locator("#bort")).to_be_visible()
    assert [each["statement"] for each in phone.waiting()] == [FIRST]
    assert phone.chosen() == {FIRST: "ja"}
    phone.page.locator("#bort").click()
    expect(phone.page.locator("#ingen")).to_be_visible()
    assert phone.page.evaluate("localStorage.length") == 0


def test_what_the_server_refuses_stays_and_does_not_stop_the_rest(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.page.evaluate("run => Lists.record(run, {statement: 'nej-1', answer: 'ja'})", phone.run)
    phone.answers(FIRST, "ja")
    phone.looks_away()
    phone.page.wait_for_function("() => Lists.refused.size", timeout=LATE)
    expect(phone.status).to_contain_text("1")
    phone.answers(SECOND, "ja")
    phone.looks_away()
    phone.page.wait_for_function("run => Lists.read(run).pending.length === 1", arg=phone.run, timeout=LATE)
    assert phone.document()["answers"].keys() == {FIRST, SECOND}


def test_long_notes_are_sent_in_batches_that_the_server_takes(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.leaves_coverage()
    phone.page.evaluate(
        "run => { for (let i = 0; i < 90; i++) Lists.record(run, {statement: i % 2 ? 'behov-lokal-1' : 'behov-lokal-3',"
        " note: i + ' ' + '豊'.repeat(490)}); }",
        phone.run,
    )
    phone.comes_back()
    phone.sent()
    assert {key: each["note"].split()[0] for key, each in phone.document()["answers"].items()} == {
        FIRST: "89", SECOND: "88",
    }  # fmt: skip


def test_a_phone_that_can_keep_no_more_says_so_and_still_sends(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    phone.page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    phone.answers(FIRST, "ja")
    expect(phone.status).to_have_text(phone.page.locator("#listan").get_attribute("data-full") or "-")
    phone.looks_away()
    phone.sent()
    assert phone.document()["answers"][FIRST]["answer"] == "ja"


# How it is used and looks


def test_the_list_is_answered_by_keys_alone(walk: Walk) -> None:
    phone = walk()
    phone.lists()
    keys = phone.page.keyboard
    tab_to(phone.page, f'input[name="{FIRST}"]')
    keys.press("Space")
    for _ in range(2):
        keys.press("ArrowRight")
    tab_to(phone.page, f'fieldset:has([name="{FIRST}"]) .note summary')
    keys.press("Enter")
    tab_to(phone.page, f'fieldset:has([name="{FIRST}"]) textarea')
    keys.type("Hej")
    tab_to(phone.page, f'input[name="{SECOND}"]')
    keys.press("Space")
    assert phone.chosen() == {FIRST: "nej", SECOND: "ja"}
    phone.looks_away()
    phone.sent()
    assert phone.document()["answers"] == {
        FIRST: {"answer": "nej", "note": "Hej"}, SECOND: {"answer": "ja", "note": None},
    }  # fmt: skip


def tab_to(page: Page, wanted: str) -> None:
    """Step with Tab; each stop must show that it has the focus, and not lie under the bar."""
    for _ in range(20):
        page.keyboard.press("Tab")
        stop: dict[str, Any] = page.evaluate(
            """wanted => {
                const at = document.activeElement, box = at.getBoundingClientRect();
                const bar = document.querySelector('.bar').getBoundingClientRect();
                return {at: at.outerHTML.slice(0, 200), there: at.matches(wanted),
                    outline: getComputedStyle(at).outlineStyle, hidden: box.top > bar.top && box.top < bar.bottom};
            }""",
            wanted,
        )
        assert stop["outline"] != "none", stop["at"]
        assert not stop["hidden"], stop["at"]
        if stop["there"]:
            return
    pytest.fail(f"Tab never came to {wanted}")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_on_the_list_and_it_never_scrolls_sideways(walk: Walk, language: Literal["sv", "en"]) -> None:
    phone = walk(language=language)
    page = phone.page
    phone.lists()
    assert page.locator("html").get_attribute("lang") == page.locator("#svar").get_attribute("lang") == language
    phone.leaves_coverage()
    phone.answers(FIRST, "nej")
    phone.notes(FIRST, "Hej")
    phone.field(SECOND).locator(".why summary").click()
    for width, theme in ((320, "light"), (360, "dark"), (1280, "light")):
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        report = Axe().run(page, options=OPTIONS)
        assert not report.violations_count, f"{width} {theme}: {report.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    sizes = page.locator("fieldset label, fieldset summary, fieldset textarea").evaluate_all(
        "all => all.filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 43.5, "large enough for a thumb"


def test_the_list_trips_over_no_policy_and_no_script_fails(walk: Walk) -> None:
    phone = walk()
    heard: list[str] = []
    phone.page.on("console", lambda message: heard.append(message.text))
    phone.page.on("pageerror", lambda error: heard.append(str(error)))
    phone.lists()
    phone.answers(FIRST, "ja")
    phone.looks_away()
    phone.sent()
    assert heard == []


def test_the_service_can_be_put_on_the_home_screen(visit: Visit, site: Site) -> None:
    page = visit(path="/").page
    address = page.locator("link[rel=manifest]").get_attribute("href") or ""
    response = page.request.get(site.url + address)
    assert response.headers["content-type"].startswith("application/manifest+json")
    manifest = response.json()
    assert manifest["name"]
    assert manifest["short_name"]
    assert manifest["display"] == "standalone"
    assert page.request.get(site.url + manifest["start_url"]).ok
    sizes: dict[str, str] = {}
    for icon in manifest["icons"]:
        found = page.request.get(site.url + icon["src"])
        assert found.ok
        assert found.headers["content-type"].startswith(icon["type"])
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", found.body()[16:24])
            sizes[icon.get("purpose", "any") + icon["sizes"]] = f"{width}x{height}"
    assert sizes == {"any192x192": "192x192", "any512x512": "512x512", "maskable512x512": "512x512"}
    for shortcut in manifest.get("shortcuts", ()):
        assert page.request.get(site.url + shortcut["url"]).ok
    client = page.context.new_cdp_session(page)
    assert client.send("Page.getAppManifest")["errors"] == []
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wrong = client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each for each in wrong if each["errorId"] != "in-incognito"] == []
