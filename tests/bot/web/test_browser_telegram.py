"""Coming from the moderators' page to the group in Telegram, in a real browser."""

from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.botapi.process import separate
from tests.browser import PHONE, browser, free_port, people, started

__all__ = ["browser", "people"]
GROUP = "-1001234567890"


def test_a_moderator_makes_a_link_of_her_own_on_a_phone(people: Callable[..., BrowserContext], tmp_path: Path) -> None:
    with separate() as api:
        telegram = {"TELEGRAM_TOKEN": api.token, "TELEGRAM_API_BASE": api.base, "MODERATOR_CHAT": GROUP}
        with started(tmp_path, free_port(), **telegram) as site:
            page = people(PHONE).new_page()
            page.goto(site.invitation)
            page.locator("main button").click()
            page.wait_for_url("**/moderator")
            page.locator("#mer summary").click()
            page.locator("a[href='/moderator/telegram']").click()
            assert Axe().run(page).violations_count == 0
            page.locator("main form[action='/moderator/telegram'] button").click()
            link = page.locator("main a.go")
            expect(link).to_be_visible()
            assert str(link.get_attribute("href")).startswith(f"https://t.me/{api.username}?start=m-")
            expect(page.locator("[role=img] svg")).to_be_visible()
            assert Axe().run(page).violations_count == 0
            width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert width[0] <= width[1]
            page.screenshot(path=str(tmp_path / "telegram.png"), full_page=True)
