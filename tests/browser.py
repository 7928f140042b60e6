"""People at their browsers: the real service in a process of its own, and the system's Chromium.

A module that uses these fixtures imports them by name. One browser and one service per module; a person is a context
of that browser, with its own cookies.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.lacking import needs

ROOT = Path(__file__).parent.parent
WEBINAR = "landet-lar-47"
PHONE = (360, 740)
LAPTOP = (1280, 800)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
START_SECONDS = 30
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Site:
    """A running service."""

    url: str
    invitation: str
    """The moderator's one-time link, as printed at the start."""
    data: Path
    """Its data folder."""


@dataclass(frozen=True)
class Visitor:
    """Somebody in front of the chat."""

    page: Page

    @property
    def box(self) -> Any:
        """Where one writes."""
        return self.page.locator("#text")

    @property
    def last(self) -> Any:
        """The newest message."""
        return self.page.locator(".msg").last

    def says(self, text: str) -> None:
        """Write a message, send it with Enter and wait for the answer."""
        self.box.fill(text)
        with self.page.expect_response("**/api/v1/messages"):
            self.box.press("Enter")
        self.settled()

    def presses(self, choice: str) -> None:
        """Press the newest open choice whose id begins so, by key: it need not settle first. Wait for the answer."""
        with self.page.expect_response("**/api/v1/messages"):
            self.page.locator(f'.ways[open] button[value^="{choice}"]').last.press("Enter")
        self.settled()

    def settled(self) -> None:
        """Everything said has been taken."""
        expect(self.page.locator(".waiting")).to_have_count(0)

    def shown(self) -> list[str]:
        """The ids of the messages, in order."""
        return [str(each) for each in self.page.locator(".msg").evaluate_all("all => all.map(each => each.id)")]


Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module. It ends with the module, since its event loop would be in the way of other tests."""
    path = needs(*NAMES)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service as `make run` starts it, on a free port and an empty data folder."""
    with started(tmp_path_factory.mktemp("data"), free_port()) as found:
        yield found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def started(data: Path, port: int, **settings: str) -> Iterator[Site]:
    """The service in a process of its own with these settings, until the end of the block."""
    command = [sys.executable, "-m", "bot", "serve", "--demo", "--port", str(port), "--data", str(data)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVICELOTSEN_")}
    environment |= {"PYTHONUNBUFFERED": "1", "SERVICELOTSEN_UNDO_SECONDS": "0"}
    environment |= {f"SERVICELOTSEN_{name}": value for name, value in settings.items()}
    with (
        (data / "log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        ) as process,
    ):
        try:
            invitation = _invitation(process, data / "log")
            _listens(port)
            yield Site(f"http://127.0.0.1:{port}", invitation, data)
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _listens(port: int) -> None:
    """Wait until somebody can get in: the links are printed a moment before."""
    latest = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < latest, "the service does not listen"
            time.sleep(0.05)
        else:
            return


def _invitation(process: "subprocess.Popen[str]", log: Path) -> str:
    """Read what the service prints until it has told the screen's address, which comes last."""
    assert process.stdout is not None
    printed = ""
    while "/scen/" not in printed:
        line = process.stdout.readline()
        assert line, f"the service did not start: {log.read_text(encoding='utf-8')}"
        printed += line
    found = re.search(r"http\S+/moderator/logga-in/\S+", printed)
    assert found, printed
    return found[0]


@pytest.fixture
def people(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts (people with their own cookies), all closed after the test."""
    with ExitStack() as closing:

        def make(size: tuple[int, int] = PHONE, language: Literal["sv", "en"] = "sv", **options: Any) -> BrowserContext:
            locale = {"sv": "sv-SE", "en": "en-GB"}[language]
            viewport: Any = {"width": size[0], "height": size[1]}
            context = browser.new_context(viewport=viewport, locale=locale, reduced_motion="reduce", **options)
            context.set_default_timeout(10_000)
            closing.callback(context.close)
            return context

        yield make


@pytest.fixture
def visit(people: Callable[..., BrowserContext], site: Site) -> Visit:
    """Opens the webinar's chat (or another path) as a new person."""

    def open_page(path: str = f"/w/{WEBINAR}", **options: Any) -> Visitor:
        page = people(**options).new_page()
        page.goto(site.url + path)
        return Visitor(page)

    return open_page


@pytest.fixture(scope="module")
def desk(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A moderator's browser, signed in by the one-time link and its button."""
    context = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(site.invitation)
    page.locator("main button").click()
    page.wait_for_url("**/moderator")
    page.close()
    yield context
    context.close()
