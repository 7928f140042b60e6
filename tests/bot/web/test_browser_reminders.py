"""The pages of a reminder by e-mail as people meet them, from the chat to the letter's yes; and what axe finds."""

from collections.abc import Callable, Iterator

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import BrowserContext, Page, expect

from tests.bot.web.test_browser_pages import LANGUAGES, Language, faults, states
from tests.browser import Site, Visit, browser, free_port, people, started, visit
from tests.post import SENDER, Mailbox

__all__ = ["browser", "people", "visit"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    """A mail server beside everything."""
    found = Mailbox(free_port())
    server = Controller(found, hostname="127.0.0.1", port=found.port)
    server.start()
    yield found
    server.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, box: Mailbox) -> Iterator[Site]:
    """The service with that mail server."""
    with started(tmp_path_factory.mktemp("data"), free_port(), SMTP_URL=box.url) as found:
        yield found


def run_of(page: Page) -> str:
    """The run whose result is shown."""
    value = page.locator("button[value^='step:']").last.get_attribute("value")
    assert value
    return value.split(":")[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_a_reminder_have_no_fault_that_axe_finds(
    visit: Visit, people: Callable[..., BrowserContext], site: Site, box: Mailbox, language: Language
) -> None:
    viewer = visit(language=language)
    assert list(states(viewer))
    page = viewer.page
    page.goto(f"{site.url}/paminnelse/{run_of(page)}")
    assert page.locator("html").get_attribute("lang") == language
    found = {"ask": faults(page)}
    address = page.locator("input[type=email]")
    expect(address).to_have_accessible_name(page.locator("label[for=adress]").inner_text())
    address.fill("anna@example")  # which browsers let through
    page.locator("form .go").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert address.input_value() == "anna@example"
    found["wrong"] = faults(page)
    address.fill("anna@example.net")
    address.press("Enter")
    expect(page.locator("[role=status]")).to_be_visible()
    found["sent"] = faults(page)
    letter = box.letters[-1]
    assert (letter.sender, letter.to) == (SENDER, ["anna@example.net"])
    elsewhere = people(language=language).new_page()
    elsewhere.goto(f"{site.url}/paminnelse/svar/{letter.token}")
    found["answer"] = faults(elsewhere)
    elsewhere.locator("button[value=yes]").click()
    expect(elsewhere.locator("[role=status]")).to_be_visible()
    found["set"] = faults(elsewhere)
    elsewhere.goto(f"{site.url}/paminnelse/svar/{letter.token}")
    elsewhere.locator("button[value=no]").click()
    expect(elsewhere.locator("[role=status]")).to_be_visible()
    found["removed"] = faults(elsewhere)
    elsewhere.goto(f"{site.url}/paminnelse/svar/{letter.token}")
    found["gone"] = faults(elsewhere)
    assert not any(found.values()), found
    assert elsewhere.context.cookies() == []
