"""The page of gaps at the desk: what is asked without an entry, for the webinars that one's link is for."""

import pytest

from bot.moderator import gaps
from bot.roles import DESK_ROLES
from tests.web import WEBINAR, Moderator, Person, Web, read

GAPS = "/moderator/luckor"
BREAD = "Vad kostar ett bageri?"


async def gaps_of(moderator: Moderator) -> str:
    response = await moderator.get(GAPS)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    return read(response.text).text


async def viewer(web: Web) -> Person:
    """Somebody in the webinar."""
    now = web.clock()
    await web.service.store.write(lambda tx: tx.set_phase(WEBINAR, "open", now))
    berit = web.person()
    await berit.say("hej", webinar=WEBINAR)
    return berit


async def test_nothing_has_been_asked(web: Web) -> None:
    assert web.says("page.gaps_none") in await gaps_of(await web.moderator())


@pytest.mark.parametrize("role", DESK_ROLES)
async def test_two_who_ask_the_same_are_seen_as_two_until_an_entry_answers(web: Web, role: str) -> None:
    for text in (BREAD, "vad kostar ett bageri"):
        await web.person().ask_moderator(text)
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(role, None))
    assert {"href": GAPS, "class": "button"} in read((await somebody.get("/moderator")).text).all("a")
    page = await gaps_of(somebody)
    assert web.says("page.gaps_people_many", count=2) in page
    assert BREAD in page
    for number in (1, 2):
        assert (await somebody.decide(number, act="entry", entry="driftstod")).status_code == 303
    assert BREAD not in await gaps_of(somebody)


async def test_one_whose_link_is_for_a_webinar_sees_its_gaps_only(web: Web) -> None:
    await web.person().ask_moderator(BREAD)
    await (await viewer(web)).ask_moderator("Vem betalar färjan till ön?")
    everything, one = await web.moderator(), Moderator(web)
    await one.sign_in(await web.invited("moderator", WEBINAR))
    assert BREAD in await gaps_of(everything)
    page = await gaps_of(one)
    assert BREAD not in page
    assert "färjan" in page


async def test_what_is_brought_and_would_have_been_answered_at_once_is_no_gap(web: Web) -> None:
    moderator, known = await web.moderator(), "När lägger ni ut presentationen?"
    await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text=f"{known}\n{BREAD}")
    page = await gaps_of(moderator)
    assert BREAD in page
    assert known not in page
    await web.person().ask_moderator(known)
    assert known in await gaps_of(moderator), "the answer that was given was not the right one"


async def test_a_long_page_is_cut_and_says_so(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "MOST_GAPS", 1)
    monkeypatch.setattr(gaps, "MOST_WORDINGS", 1)
    berit = web.person()
    for text in (BREAD + " ord" * 200, BREAD, "Vem betalar färjan till ön?"):
        await berit.ask_moderator(text)
    page = await gaps_of(await web.moderator())
    assert web.says("page.gaps_wordings_left", count=1) in page
    assert web.says("page.gaps_left", count=1) in page
    assert "färjan" not in page
    assert " ord" * 100 not in page


async def test_nobody_else_gets_it(web: Web) -> None:
    assert (await (await viewer(web)).get(GAPS)).status_code == 401
