"""A round of twelve browsers at once, three of them offline for a while: nothing is lost, nobody stands alone."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from bot.library import SHIPPED, Library
from dialogs.replies import plain
from dialogs.spread import LEAST, Spread, in_words
from tests.browser import Site, Visitor, browser, people, site
from tests.content import SHORT_WALK

__all__ = ["browser", "people", "site"]
pytestmark = pytest.mark.browser

PEOPLE = 12
LATE = 30_000
"""Milliseconds: longer than anything waits before it tries again."""
ANSWERS = ("ja", "delvis", "nej", "vet-ej", "ej-aktuellt")
"""In the order of Spread."""
WORDS = {"ja": "ja", "delvis": "delvis", "nej": "nej", "vet-ej": "vet ej", "ej-aktuellt": "ej aktuellt"}
"""What one writes for each answer."""
SCORED = ("ja", "delvis", "nej")
SECRET = "Bara Annas ord om affären"
HOLD = """([run, answers]) => {
    const send = async (choice) => {
        const response = await fetch("/api/v1/messages", {
            method: "POST",
            headers: {"Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID()},
            body: JSON.stringify({choice}),
        });
        if (response.ok) return;
        if (response.status !== 429 && response.status < 500) throw new Error(response.status + " " + choice);
        await new Promise((done) => setTimeout(done, 500));
        await send(choice);
    };
    window.through = (async () => {
        for (const [statement, answer] of Object.entries(answers)) await send(["a", run, statement, answer].join(":"));
    })();
}"""
"""Begins to answer, as a program at the same time as the others; `through` is when all has been taken."""


@dataclass(frozen=True)
class Member:
    """Somebody in the round, and what they press."""

    visitor: Visitor
    run: str
    answers: dict[str, str]

    @property
    def context(self) -> BrowserContext:
        return self.visitor.page.context

    @property
    def origin(self) -> str:
        return "/".join(self.visitor.page.url.split("/")[:3])

    def part(self, begin: int, end: int | None = None) -> dict[str, str]:
        return dict(list(self.answers.items())[begin:end])

    def begins(self, answers: Mapping[str, str]) -> None:
        self.visitor.page.evaluate(HOLD, [self.run, answers])

    def is_through(self) -> None:
        self.visitor.page.evaluate("window.through")

    def opens_list(self) -> None:
        self.visitor.page.goto(f"{self.origin}/checklista#{self.run}")
        expect(self.visitor.page.locator("#svar fieldset").first).to_be_visible()
        self.visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")

    def checks(self, answers: Mapping[str, str]) -> None:
        for statement, answer in answers.items():
            self.visitor.page.locator(f'input[name="{statement}"][value="{answer}"]').check()

    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = self.visitor.page.request.get(f"{self.origin}/api/v1/checklists/{self.run}").json()
        return found

    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["id"] if found else ""
            got = self.visitor.page.request.get(f"{self.origin}/api/v1/messages", params={"after": after}).json()
            if not got["messages"]:
                return found
            found += got["messages"]


def test_a_round_of_twelve_three_of_them_offline_for_a_while_ends_in_the_right_spread(
    people: Callable[..., BrowserContext], site: Site
) -> None:
    leader = Visitor(people().new_page())
    leader.page.goto(site.url)
    for choice in ("checklist", "together", *(each.replace("new:", "together:") for each in SHORT_WALK)):
        leader.presses(choice)
    code = (leader.last.locator('button[value^="round:"]').first.get_attribute("value") or "").split(":")[1]
    members = gathered(leader, code, people, site)
    away, here = members[1:4], [members[0], *members[4:]]
    for member in here:
        member.begins(member.answers)
    lose_coverage(*away)
    for member in here:
        member.is_through()
    leader.page.reload()
    leader.says(code)
    assert re.search(rf"\b{len(here)}\b", leader.last.locator(".text").inner_text()), "how many are through"
    come_back(*away)
    for member in members:
        kept = member.kept()
        assert {name: each["answer"] for name, each in kept["answers"].items()} == member.answers
        assert kept["finished"]
    assert SECRET in str(away[1].kept())
    leader.page.reload()
    leader.says(code)
    for choice in ("close", "close-yes", "all"):
        leader.presses(f"round:{code}:{choice}")
    told = spread_lines(members[0].log())
    assert [line.rpartition("\n")[2] for line in told] == spreads(members)
    nobody_stands_alone(members, told, code)


def lose_coverage(in_list: Member, also_in_list: Member, in_chat: Member) -> None:
    """Three have answered some when coverage goes, and go on: two in the list's page, one of them after second
    thoughts, and one in the chat, in words."""
    away = (in_list, also_in_list, in_chat)
    for member in away:
        member.begins(member.part(0, 4))
    for member in away:
        member.is_through()
    for member in (in_list, also_in_list):
        member.opens_list()
    in_chat.visitor.page.reload()
    for member in away:
        member.context.set_offline(True)
    in_list.checks(dict.fromkeys(in_list.part(0, 6), "ja"))
    in_list.visitor.page.reload()
    in_list.checks(in_list.answers)
    also_in_list.checks(also_in_list.part(4))
    page = also_in_list.visitor.page
    page.locator(".note summary").first.click()
    page.locator("textarea").first.fill(SECRET)
    page.locator("textarea").first.blur()
    box = in_chat.visitor.box
    for answer in in_chat.part(4, 7).values():
        box.fill(WORDS[answer])
        box.press("Enter")
    expect(in_chat.visitor.page.locator(".waiting")).to_have_count(3)
    expect(in_chat.visitor.page.locator("#utan")).to_be_visible()


def come_back(in_list: Member, also_in_list: Member, in_chat: Member) -> None:
    """One after the other; what waited is sent, and the one in the chat answers what is left."""
    for member in (also_in_list, in_chat, in_list):
        member.context.set_offline(False)
    for member in (in_list, also_in_list):
        member.visitor.page.locator("#resultat a").wait_for(timeout=LATE)
    expect(in_chat.visitor.page.locator(".waiting")).to_have_count(0, timeout=LATE)
    in_chat.begins(in_chat.part(7))
    in_chat.is_through()


def nobody_stands_alone(members: list[Member], told: list[str], code: str) -> None:
    """Everybody sees the same of the round, and of others neither words nor runs."""
    for member in (members[1], members[3], members[-1]):
        member.visitor.page.goto(member.origin)
        member.visitor.says(code)
        for choice in ("show", "all"):
            member.visitor.presses(f"round:{code}:{choice}")
        assert spread_lines(member.log()) == told
    for member in members:
        log = str(member.log())
        assert not [other for other in members if other is not member and other.run in log]
        assert SECRET not in log or member is members[2]


def gathered(leader: Visitor, code: str, people: Callable[..., BrowserContext], site: Site) -> list[Member]:
    """Everybody before the first statement, the leader first; and what they will press."""
    chance, members = random.Random(12), []
    for number in range(PEOPLE):
        visitor = leader if number == 0 else Visitor(people().new_page())
        if visitor is leader:
            visitor.presses(f"round:{code}:join")
        else:
            visitor.page.goto(f"{site.url}/r/{code}")
            visitor.page.locator("main button").click()
        offered = visitor.last.locator('button[value^="a:"]').first.get_attribute("value") or ""
        run = offered.split(":")[1]
        asked = visitor.page.request.get(f"{site.url}/api/v1/checklists/{run}").json()["statements"]
        answers = {each["id"]: chance.choice(ANSWERS) for each in asked}
        # Of one statement only two know anything, all agree on another, and nobody knows about a third.
        *_, few, alike, unknown = answers
        answers |= {few: "ja" if number < LEAST - 1 else "vet-ej", alike: "nej", unknown: "vet-ej"}
        members.append(Member(visitor, run, answers))
    assert len({member.run for member in members}) == PEOPLE
    return members


def spread_lines(log: list[dict[str, Any]]) -> list[str]:
    """What was told last of each statement."""
    last = max(place for place, message in enumerate(log) if message["sender"] == "you")
    return [line for message in log[last:] if message["kind"] == "result" for line in message["text"].split("\n\n")]


def spreads(members: list[Member]) -> list[str]:
    """What is to be told of each statement, from what was pressed."""
    content = Library(SHIPPED).content
    labels = {answer.id: answer.label["sv"] for answer in content.checklists["fem-faktorer"].answers}
    found = []
    for statement in members[0].answers:
        given = [member.answers[statement] for member in members]
        known = sum(given.count(answer) for answer in SCORED)
        shown = Spread(*map(given.count, ANSWERS)) if known == 0 or known >= LEAST else Spread()
        found.append(plain(in_words(shown, content.texts["sv"], labels)))
    return found
