"""The report at the desk: for moderators and hosts, of the webinars that their link is for."""

import io

import pytest
from pypdf import PdfReader

from bot.publishing import gathered
from bot.roles import DESK_ROLES
from bot.store.tx import Tx
from dialogs.records import Vote
from tests.web import WEBINAR, Moderator, Person, Web, read

REPORT = f"/moderator/rapport/{WEBINAR}"


@pytest.fixture
async def anna(web: Web) -> Person:
    """Somebody who has asked in the webinar and been answered in the broadcast."""
    anna = web.person()
    now = web.clock()
    await web.service.store.write(lambda tx: tx.set_phase(WEBINAR, "open", now))
    await anna.say("hej", webinar=WEBINAR)
    await anna.ask_moderator("Vad kostar en brygga?")
    await (await web.moderator()).decide(1, act="spoken", mark="12.31")
    return anna


@pytest.mark.parametrize("role", DESK_ROLES)
@pytest.mark.parametrize("webinar", [None, WEBINAR])
async def test_those_at_the_desk_get_it(web: Web, anna: Person, role: str, webinar: str | None) -> None:
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(role, webinar))
    desk = read((await somebody.get("/moderator")).text)
    assert [each for each in desk.all("a") if each["href"] == REPORT]
    assert web.says("page.report_read") in desk.text
    response = await somebody.get(REPORT)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.headers["cache-control"] == "no-store"
    told = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    assert "1 fråga: 1 i sändning." in told
    assert "svar 12.31" in told


async def test_it_is_of_webinars_that_there_are(web: Web, anna: Person) -> None:
    moderator = await web.moderator()
    for code in ("nej", "..%2f..%2fetc%2fpasswd", "%00", "x" * 300):
        assert (await moderator.get(f"/moderator/rapport/{code}")).status_code == 404


async def test_nobody_else_gets_it(web: Web, anna: Person) -> None:
    assert (await anna.get(REPORT)).status_code == 401


async def test_votes_and_feedback_are_in_it_as_the_store_has_them(web: Web, anna: Person) -> None:
    now, content = web.clock(), web.service.library.content
    poll = content.polls[f"{WEBINAR}-inledning"]

    def work(tx: Tx) -> None:
        run = tx.draft_poll(WEBINAR, poll.id, now)
        assert tx.open_poll(run, poll.edition, poll.source, now)
        for number in range(5):
            tx.create_person(f"p{number}", "web", f"p{number}", now)
            assert tx.vote(f"p{number}", Vote(run, "plats", ("landsbygd",), ""), now)
            tx.give_feedback(f"p{number}", WEBINAR, "betyg", "5", now)
        assert tx.close_poll(run, now)
        unread = tx.draft_poll(WEBINAR, "unread", now)
        assert tx.open_poll(unread, "of another time", "{", now)
        tx.draft_poll(WEBINAR, poll.id, now)
        tx.replace_polls(WEBINAR, [("Start", "Hör ni mig?", "Ja", 7)], now)

    await web.service.store.write(work)
    found = (await web.service.store.read(lambda tx: gathered(tx, content, WEBINAR))).voices
    assert [(run.poll, run.state, run.definition) for run in found.polls] == [(poll.id, "closed", poll)]
    assert found.elsewhere == (("Start", "Hör ni mig?", "Ja", 7),)
    assert {question.id: answers for question, answers in found.feedback if answers} == {"betyg": ("5",) * 5}
    response = await (await web.moderator()).get(REPORT)
    told = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).split())
    assert "Landsbygd 5 (100 %)" in told
    assert "5 5 (100 %)" in told
