"""A viewer, a village actor and a moderator in a real browser, on a phone-sized screen."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from bot.store import sqlite
from tests.browser import Site, Visit, Visitor, browser, desk, free_port, people, site, started, visit
from tests.content import SHORT_WALK, shipped_knowledge

__all__ = ["browser", "desk", "people", "site", "visit"]
pytestmark = pytest.mark.browser

KNOWN = shipped_knowledge().entries["landsbygd-definition"].wording("sv")
UNKNOWN = "Kan någon hjälpa oss att laga båtbryggan?"
ANSWERS = ("ja", "nej", "delvis", "vet-ej")
MOST_STATEMENTS = 40
SMALL_PRINT = 125
"""Pixels: three lines of source and one for the rest."""

AT_ONCE = {"service_workers": "block"}
"""What the page asks for passes a test's routes, whenever its service worker comes to stand between."""
TAPPED_TWICE = """async log => {
    const newest = () => [...log.querySelectorAll('.ways[open] button[value^="a:"]')].at(-5);
    const press = () => {
        const { x, y, width, height } = newest().getBoundingClientRect();
        document.elementFromPoint(x + width / 2, y + height / 2)?.click();
    };
    const before = log.querySelectorAll(".statement").length;
    newest().click();
    await new Promise((done) => new MutationObserver(() => {
        if (log.querySelectorAll(".statement").length > before) done();
    }).observe(log, { childList: true }));
    press();
}"""
"""Presses an answer, and what takes presses in its place as soon as the next statement is there."""


def test_a_viewer_asks_on_a_phone_and_gets_an_answer_with_its_source(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    expect(viewer.last.locator(".heading")).to_have_text(KNOWN.title)
    expect(viewer.last.locator(".cited")).to_be_visible()
    expect(viewer.last.locator(".note")).to_be_visible()


def test_the_source_takes_little_room_and_the_rest_of_it_is_one_tap_away(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    small, others = viewer.last.locator(".small"), viewer.last.locator(".more :is(li, .hint)")
    expect(others.first).to_be_hidden()
    assert small.bounding_box()["height"] < SMALL_PRINT
    markup = re.sub(r">\s+", ">", small.inner_html())
    viewer.page.reload()
    assert re.sub(r">\s+", ">", small.inner_html()) == markup
    small.locator("summary").click()
    expect(others.first).to_be_visible()


def test_focus_stays_where_one_writes_and_the_welcome_is_not_doubled(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    expect(viewer.box).to_be_focused()
    expect(viewer.box).to_have_value("")
    expect(viewer.page.locator(".welcome")).to_have_count(1)
    assert len(viewer.shown()) == len(set(viewer.shown())) == 3


def test_an_empty_message_is_not_sent(visit: Visit) -> None:
    viewer = visit()
    sent: list[str] = []
    viewer.page.on("request", lambda request: sent.append(request.method))
    viewer.box.press("Enter")
    expect(viewer.page.get_by_role("status")).not_to_be_empty()
    expect(viewer.box).to_be_focused()
    assert "POST" not in sent


def test_markup_in_a_message_is_only_text(visit: Visit) -> None:
    viewer = visit()
    viewer.says("<img src=x onerror=document.title='hej'> <b>fet</b>")
    own = viewer.page.locator(".you .text").last
    expect(own).to_contain_text("<img")
    viewer.page.reload()
    expect(own).to_contain_text("<img")
    assert viewer.page.locator(".you :is(img, b:not(.name))").count() == 0
    assert viewer.page.title() != "hej"


def test_the_moderators_answer_arrives_in_the_viewers_open_page(visit: Visit, desk: BrowserContext, site: Site) -> None:
    viewer = visit()
    queue = desk.new_page()
    queue.goto(f"{site.url}/moderator")
    before = queue.locator("#ko section li.card").count()
    viewer.says(UNKNOWN)
    viewer.presses("send:")
    receipt = viewer.page.locator(".receipt .text strong").inner_text()
    assert receipt.startswith("F-")

    expect(queue.locator("#ko section li.card")).to_have_count(before + 1)
    expect(queue).to_have_title(f"({before + 1}) {queue.title().split(' ', 1)[1]}")
    queue.locator("#ko section li.card", has_text=receipt).locator(".words a").click()
    queue.locator("#answer").fill("Prova <b>båtklubben</b>.\nDe har en låda med verktyg.")
    queue.locator("#answer ~ button").click()
    queue.wait_for_url("**/moderator")

    arrived = viewer.page.locator(".msg.person")
    expect(arrived).to_have_count(1)
    expect(arrived).to_contain_text(receipt)
    expect(arrived).to_contain_text("<b>båtklubben</b>")
    expect(viewer.page.locator(f"{arrived.locator('.ref').get_attribute('href')}.you")).to_have_count(1)
    queue.close()


def test_the_queue_keeps_the_moderators_focus_while_it_is_refreshed(
    visit: Visit, desk: BrowserContext, site: Site
) -> None:
    viewer = visit()
    viewer.says(UNKNOWN)
    viewer.presses("send:")
    queue = desk.new_page()
    queue.goto(f"{site.url}/moderator")
    first = queue.locator("#ko section .words a").first
    first.focus()
    focused = first.get_attribute("id")
    waiting = queue.locator("#ko section li.card").count()
    viewer.says("Och vem kan måla om bryggan sedan?")
    viewer.presses("send:")
    expect(queue.locator("#ko section li.card")).to_have_count(waiting + 1)
    expect(queue.locator(f"#{focused}")).to_be_focused()
    expect(queue.get_by_role("status")).to_contain_text(str(waiting + 1))
    queue.close()


def test_a_moderator_who_comes_second_keeps_her_text_and_sees_the_first_answer(
    visit: Visit, desk: BrowserContext, site: Site
) -> None:
    viewer = visit()
    viewer.says(UNKNOWN)
    viewer.presses("send:")
    receipt = viewer.page.locator(".receipt .text strong").inner_text()
    first, second = desk.new_page(), desk.new_page()
    for page in (first, second):
        page.goto(f"{site.url}/moderator/fragor/{receipt.removeprefix('F-')}")
    first.locator("#answer").fill("Först")
    first.locator("#answer ~ button").click()
    first.wait_for_url("**/moderator")
    second.locator("#answer").fill("Tvåa med en lång text")
    second.locator("#answer ~ button").click()
    expect(second.get_by_role("alert")).to_be_visible()
    expect(second.locator(".card").filter(has_text="Först")).to_be_visible()
    expect(second.locator("#kvar")).to_have_value("Tvåa med en lång text")
    first.close()
    second.close()


def test_a_village_actor_walks_the_short_checklist_to_its_result_by_keys_alone(visit: Visit) -> None:
    actor = visit(path="/")
    keys = actor.page.keyboard
    _tab_to(actor, "#text")
    keys.type("checklista")
    with actor.page.expect_response("**/api/v1/messages"):
        keys.press("Enter")
    actor.settled()
    _press_by_keys(actor, SHORT_WALK[0], key="Shift+Tab")
    for choice in SHORT_WALK[1:]:
        _press_by_keys(actor, choice)
    for number in range(MOST_STATEMENTS):
        if not actor.page.locator(".msg.statement:last-child button[value^='a:']").count():
            break
        _press_by_keys(actor, "a:", answer=ANSWERS[number % len(ANSWERS)])
    _tab_to(actor, "#text")
    keys.type("Byalaget")
    with actor.page.expect_response("**/api/v1/messages"):
        keys.press("Enter")
    actor.settled()
    expect(actor.page.locator(".result bdi", has_text="Byalaget").first).to_be_visible()
    expect(actor.page.locator(".result .choices button[value^='result:']").first).to_be_visible()


def _press_by_keys(actor: Visitor, choice: str, answer: str = "", key: str = "Tab") -> None:
    ending = f'[value$=":{answer}"]' if answer else ""
    _tab_to(actor, f'.msg:last-child button[value^="{choice}"]{ending}', key)
    with actor.page.expect_response("**/api/v1/messages"):
        actor.page.keyboard.press("Enter")
    actor.settled()


def _tab_to(actor: Visitor, wanted: str, key: str = "Tab") -> None:
    """Step with Tab; each stop on the way must show that it has the focus, and not lie under the input bar."""
    for _ in range(40):
        actor.page.keyboard.press(key)
        stop: dict[str, Any] = actor.page.evaluate(
            """wanted => {
                const at = document.activeElement, box = at.getBoundingClientRect();
                const dock = document.querySelector('.dock');
                return {at: at.outerHTML.slice(0, 200), there: at.matches(wanted),
                    outline: getComputedStyle(at).outlineStyle,
                    hidden: !dock.contains(at) && box.top > dock.getBoundingClientRect().top};
            }""",
            wanted,
        )
        assert stop["outline"] != "none", stop["at"]
        assert not stop["hidden"], stop["at"]
        if stop["there"]:
            return
    pytest.fail(f"Tab never came to {wanted}")


def test_pressing_a_choice_moves_on_to_the_answer_and_folds_the_old_buttons_away(visit: Visit) -> None:
    actor = visit(path="/")
    actor.presses("checklist")
    actor.presses("new:fem-faktorer")
    expect(actor.last).to_be_focused()
    expect(actor.page.locator(".ways[open]")).to_have_count(1)
    old = actor.page.locator(".ways").first
    old.locator("summary").click()
    with actor.page.expect_response("**/api/v1/messages"):
        old.locator('button[value="help"]').click()
    actor.settled()
    expect(actor.page.locator(".ways[open]")).to_have_count(1)


def test_who_changes_language_gets_the_whole_page_in_it(visit: Visit) -> None:
    actor = visit(path="/")
    actor.presses("lang:en")
    expect(actor.page.locator("html")).to_have_attribute("lang", "en")
    expect(actor.page.locator(".you")).to_have_count(1)


def test_who_asks_for_the_other_language_in_words_gets_the_whole_page_in_it(visit: Visit) -> None:
    viewer = visit()
    for words, language in (("in english", "en"), ("på svenska", "sv")):
        viewer.says(words)
        expect(viewer.page.locator("html")).to_have_attribute("lang", language)
        expect(viewer.box).to_be_focused()
    expect(viewer.page.locator(".you")).to_have_count(2)


def test_after_a_long_message_the_reply_and_its_choices_are_in_view(visit: Visit) -> None:
    viewer = visit()
    viewer.says(f"{UNKNOWN} " * 20)
    expect(viewer.last.locator(".text")).to_be_in_viewport(ratio=1)
    expect(viewer.last.locator('button[value^="send:"]')).to_be_in_viewport(ratio=1)


def test_after_the_restore_of_a_backup_an_open_page_shows_what_is_said(
    people: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    kept, copy, port = tmp_path / "servicelotsen.db", tmp_path / "copy.db", free_port()
    viewer = Visitor(people().new_page())
    with started(tmp_path, port) as site:
        viewer.page.goto(site.url)
        viewer.says(KNOWN.variants[0])
        sqlite.copy(kept, copy)
        for words in KNOWN.variants[1:4]:
            viewer.says(words)
    for lost in tmp_path.glob("servicelotsen.db*"):
        lost.unlink()
    copy.rename(kept)
    with started(tmp_path, port):
        viewer.says(UNKNOWN)
        expect(viewer.page.locator(".you .text")).to_have_text([KNOWN.variants[0], UNKNOWN])
        expect(viewer.last.locator('button[value^="send:"]')).to_be_visible()


def test_two_quick_taps_count_once(visit: Visit) -> None:
    actor = visit(path="/")
    actor.page.locator('button[value="checklist"]').dblclick()
    actor.settled()
    expect(actor.page.locator(".you")).to_have_count(1)


def test_a_second_tap_that_comes_after_the_answer_does_not_answer_the_next_statement(visit: Visit) -> None:
    actor = visit(path="/")
    for choice in ("checklist", *SHORT_WALK):
        actor.presses(choice)
    own = actor.page.locator(".you").count()
    with actor.page.expect_response("**/api/v1/messages"):
        actor.page.locator("#logg").evaluate(TAPPED_TWICE)
    actor.settled()
    actor.presses("a:")
    assert actor.page.locator(".you").count() == own + 2, "the tap that came at once pressed nothing, the next one does"


def test_why_a_statement_is_asked_can_be_read_without_scrolling(visit: Visit) -> None:
    actor = visit(path="/")
    for choice in ("checklist", *SHORT_WALK, "why:"):
        actor.presses(choice)
    told = actor.page.locator(".msg.bot").nth(-2)
    expect(told).not_to_have_class("statement")
    expect(told.locator(".text")).to_be_in_viewport(ratio=1)


def test_the_input_says_when_a_note_is_wanted(visit: Visit) -> None:
    actor = visit(path="/")
    label = actor.page.locator(".dock label")
    asked = label.inner_text()
    for choice in ("checklist", *SHORT_WALK, "note:"):
        actor.presses(choice)
    noting = label.inner_text()
    assert noting != asked
    actor.page.reload()
    expect(label).to_have_text(noting)
    actor.says("Mötet är på tisdag")
    expect(label).to_have_text(asked)


def test_without_javascript_one_asks_and_walks_three_statements(visit: Visit) -> None:
    actor = visit(java_script_enabled=False)
    page = actor.page
    page.locator("#text").fill(KNOWN.variants[0])
    page.locator(".send").click()
    expect(actor.last.locator(".heading")).to_have_text(KNOWN.title)
    page.locator("#text").fill("checklista")
    page.locator(".send").click()
    for choice in SHORT_WALK:
        page.locator(f'.ways[open] button[value="{choice}"]').click()
    for number in range(3):
        heading = page.locator(".msg.statement").last.locator(".heading").inner_text()
        page.locator(f'.ways[open] button[value$=":{ANSWERS[number]}"]').click()
        expect(page.locator(".msg.statement").last.locator(".heading")).not_to_have_text(heading)
    expect(page.locator(".ways[open]")).to_have_count(1)
    expect(page.locator(".you").last).to_be_in_viewport()
    assert page.url.endswith("#senaste")


def test_what_is_written_offline_is_sent_once_when_contact_is_back(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    before = viewer.shown()
    viewer.page.context.set_offline(True)
    viewer.box.fill(KNOWN.variants[1])
    viewer.box.press("Enter")
    expect(viewer.page.locator(".waiting")).to_have_count(1)
    expect(viewer.page.get_by_role("status")).not_to_be_empty()
    viewer.page.context.set_offline(False)
    viewer.settled()
    expect(viewer.page.get_by_role("status")).to_be_empty()
    _same_after_reload(viewer, len(before) + 2)


def test_an_answer_lost_on_the_way_is_fetched_again_without_doubling(visit: Visit) -> None:
    viewer = visit(**AT_ONCE)
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    viewer.page.route("**/api/v1/messages", lose_the_first)
    viewer.box.fill(KNOWN.variants[0])
    viewer.box.press("Enter")
    expect(viewer.page.locator(".msg")).to_have_count(3)
    viewer.settled()
    assert keys == [keys[0]] * 2
    _same_after_reload(viewer, 3)


def test_a_message_that_waits_for_contact_survives_a_reload(visit: Visit) -> None:
    viewer = visit(**AT_ONCE)
    viewer.page.route("**/api/v1/messages", lambda route: route.abort())
    viewer.box.fill(KNOWN.variants[0])
    viewer.box.press("Enter")
    expect(viewer.page.locator(".waiting")).to_have_count(1)
    viewer.page.unroute("**/api/v1/messages")
    viewer.page.reload()
    viewer.settled()
    _same_after_reload(viewer, 3)


def _same_after_reload(viewer: Visitor, count: int) -> None:
    shown = viewer.shown()
    assert len(shown) == count
    viewer.page.reload()
    expect(viewer.page.locator(".msg")).to_have_count(count)
    assert viewer.shown() == shown


def test_a_refusal_is_told_and_the_text_stays_in_the_box(visit: Visit) -> None:
    viewer = visit(**AT_ONCE)
    detail = "Vänta lite."
    viewer.page.route("**/api/v1/messages", lambda route: route.fulfill(status=429, json={"detail": detail}))
    viewer.box.fill(KNOWN.variants[0])
    viewer.box.press("Enter")
    expect(viewer.page.get_by_role("status")).to_have_text(detail)
    expect(viewer.box).to_have_value(KNOWN.variants[0])
    expect(viewer.page.locator(".you")).to_have_count(0)


def test_a_second_tab_shows_the_same_history_and_follows_along(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    page: Page = viewer.page.context.new_page()
    page.goto(viewer.page.url)
    second = Visitor(page)
    assert second.shown() == viewer.shown()
    viewer.says(KNOWN.variants[1])
    expect(page.locator(".msg")).to_have_count(len(viewer.shown()))
    assert second.shown() == viewer.shown()


def test_who_is_forgotten_in_one_tab_is_so_in_the_other(visit: Visit) -> None:
    viewer = visit(path="/")
    viewer.says(KNOWN.variants[0])
    other = Visitor(viewer.page.context.new_page())
    other.page.goto(viewer.page.url)
    expect(other.page.locator(".you")).to_have_count(1)
    viewer.says("glöm mig")
    viewer.presses("forget:yes")
    expect(other.page.locator(".you")).to_have_count(0)
    expect(other.page.locator(".welcome")).to_have_count(1)


def test_who_is_forgotten_sees_an_empty_log(visit: Visit) -> None:
    viewer = visit()
    viewer.says(KNOWN.variants[0])
    viewer.says("glöm mig")
    with viewer.page.expect_response("**/api/v1/messages"):
        viewer.page.locator(".ways[open] button").first.click()
    viewer.settled()
    expect(viewer.page.locator(".msg")).to_have_count(1)
    assert viewer.page.context.cookies() == []
    viewer.says(KNOWN.variants[0])
    kinds = viewer.page.locator(".msg").evaluate_all("all => all.slice(1).map(each => each.classList[2])")
    assert kinds == ["welcome", "said", "answer"]
