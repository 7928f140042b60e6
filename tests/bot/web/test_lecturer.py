"""The lecturer answers in writing what is followed up later; a moderator releases it. She sees nothing else."""

import pytest

from bot import jobs
from dialogs.moderator import MOST_ANSWER_CHARACTERS as MOST
from tests.web import ELSEWHERE, HERE, WEBINAR, Moderator, Person, Web, read

PAGE = "/forelasare"
QUESTION = "Vad kostar en brygga i Zanzibar?"


@pytest.fixture
async def moderator(web: Web) -> Moderator:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    return await web.moderator()


@pytest.fixture
async def anna(web: Web, moderator: Moderator) -> Person:
    """Somebody who has asked question 1 with her name, and been told that it is followed up later."""
    anna = web.person()
    offered = await anna.say(QUESTION, webinar=WEBINAR)
    await anna.choose(next(c["id"] for m in offered for c in m["choices"] if c["id"].startswith("sign:")))
    await anna.say("Berit i Ramsele")
    await moderator.decide(1, act="later")
    return anna


@pytest.fixture
async def lecturer(web: Web, anna: Person) -> Moderator:
    camilla = Moderator(web)
    entered = await camilla.sign_in(await web.invited("lecturer", WEBINAR))
    assert (entered.status_code, entered.headers["location"]) == (303, PAGE)
    return camilla


async def save(lecturer: Moderator, answer: str, **changed: str) -> int:
    """Fill in and send the first form on her page; the status."""
    hidden = read((await lecturer.get(PAGE)).text).hidden
    return (await lecturer.submit(PAGE, **{**hidden, "answer": answer, **changed})).status_code


async def test_she_reads_the_words_writes_an_answer_and_the_moderator_releases_it(
    web: Web, anna: Person, moderator: Moderator, lecturer: Moderator
) -> None:
    page = read((await lecturer.get(PAGE)).text)
    assert QUESTION in page.text
    assert "Ramsele" not in page.text
    assert await save(lecturer, "Omkring tusen kronor.") == 303
    assert web.says("page.lecturer_saved", at="12:00") in read((await lecturer.get(PAGE)).text).text
    assert "tusen" not in str(await anna.history()), "nobody is told before a moderator has released it"
    assert web.says("page.proposed") in read((await moderator.get("/moderator")).text).text
    released = read((await moderator.get("/moderator/fragor/1")).text)
    assert web.says("page.proposed_from", at="2026-11-23 12:00") in released.text
    assert "Omkring tusen kronor." in released.text
    assert (await moderator.decide(1, act="answer", answer="Omkring tusen kronor, säger Camilla.")).status_code == 303
    assert "säger Camilla" in (await anna.history())[-1]["text"]
    assert QUESTION not in (await lecturer.get(PAGE)).text
    assert web.says("page.proposed") not in read((await moderator.get("/moderator")).text).text


async def test_an_answer_can_be_bettered_and_the_latest_waits(
    web: Web, moderator: Moderator, lecturer: Moderator
) -> None:
    for answer in ("Tusen.", "Tvåtusen."):
        assert await save(lecturer, answer) == 303
    page = await moderator.get("/moderator/fragor/1")
    assert page.text.count("Tvåtusen.") == 2, "in the box, and in the ledger"
    assert [row[1] for row in (await web.rows())["proposal"]] == ["Tvåtusen."]


async def test_a_moderator_can_leave_it(moderator: Moderator, lecturer: Moderator, anna: Person) -> None:
    await save(lecturer, "Tusen kronor.")
    assert (await moderator.decide(1, reason="elsewhere")).status_code == 303
    assert "Tusen kronor" not in str(await anna.history())


async def test_she_sees_only_what_is_followed_up_later_in_her_webinar(
    web: Web, moderator: Moderator, lecturer: Moderator
) -> None:
    now = web.clock()
    letterbox = await web.service.store.write(lambda tx: tx.ask(None, 0, "I brevlådan?", "sv", None, (), now))
    await moderator.decide(letterbox, act="later")
    other = web.person()
    await other.say("hej", webinar=WEBINAR)
    await other.ask_moderator("Vad kostar en brygga just nu?")
    page = (await lecturer.get(PAGE)).text
    assert "brevlådan" not in page
    assert "just nu" not in page
    assert await save(lecturer, "Smyg", number=str(letterbox), version="2") == 409
    assert not (await web.rows())["proposal"]


DESK = ["", "/ko", "/events", "/fragor/1", "/luckor", "/forslag", "/forslag/filer", f"/rapport/{WEBINAR}"]


@pytest.mark.parametrize("path", [f"/moderator{each}" for each in DESK])
async def test_the_desk_is_closed_to_her(lecturer: Moderator, path: str) -> None:
    assert (await lecturer.get(path)).status_code == 403


async def test_her_page_is_closed_to_others(web: Web, moderator: Moderator, anna: Person) -> None:
    refused = await moderator.get(PAGE)
    assert refused.status_code == 403
    assert web.says("web.not_your_page") in read(refused.text).text
    outside = await anna.get(PAGE)
    assert outside.status_code == 401
    assert "--role lecturer" in outside.text
    assert QUESTION not in refused.text + outside.text


async def test_a_link_for_no_webinar_shows_nothing(web: Web, anna: Person) -> None:
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited("lecturer"))
    page = (await somebody.get(PAGE)).text
    assert QUESTION not in page
    assert web.says("page.lecturer_no_webinar") in read(page).text


@pytest.mark.parametrize(
    ("answer", "changed", "status", "key"),
    [
        (" \u200b ", {}, 422, "web.no_answer"),
        ("å" * (MOST + 1), {}, 422, "web.answer_too_long"),
        ("Sent.", {"version": "1"}, 409, "web.not_later"),
        ("Sent.", {"version": "x"}, 409, "web.not_later"),
        ("Fel.", {"number": "77"}, 409, "web.not_later"),
        ("Fel.", {"number": "٣"}, 409, "web.not_later"),
    ],
)
async def test_what_is_wrong_is_said_and_her_words_are_kept(
    web: Web, lecturer: Moderator, answer: str, changed: dict[str, str], status: int, key: str
) -> None:
    hidden = read((await lecturer.get(PAGE)).text).hidden
    refused = await lecturer.submit(PAGE, **{**hidden, "answer": answer, **changed})
    assert refused.status_code == status
    page = read(refused.text)
    assert web.service.library.content.texts["sv"](key, most=MOST) in page.text
    assert answer.strip("\u200b ") in page.text
    assert not (await web.rows())["proposal"]


async def test_her_answer_does_not_overtake_a_moderators(web: Web, moderator: Moderator, lecturer: Moderator) -> None:
    seen = read((await lecturer.get(PAGE)).text).hidden
    await moderator.decide(1, answer="Redan svarat.")
    late = await lecturer.submit(PAGE, **seen, answer="För sent.")
    assert late.status_code == 409
    assert "För sent." in late.text
    assert not (await web.rows())["proposal"]


async def test_a_forged_form_saves_nothing(web: Web, lecturer: Moderator) -> None:
    hidden = read((await lecturer.get(PAGE)).text).hidden
    for headers, token in (({"Origin": ELSEWHERE}, hidden["csrf"]), ({"Origin": HERE}, "fel"), ({}, hidden["csrf"])):
        fields = {**hidden, "answer": "Smyg", "csrf": token}
        assert (await lecturer.submit(PAGE, headers, **fields)).status_code == 403
    assert not (await web.rows())["proposal"]


async def test_nothing_is_lost_when_nothing_can_be_stored(web: Web, lecturer: Moderator) -> None:
    hidden = read((await lecturer.get(PAGE)).text).hidden
    with web.refusing():
        refused = await lecturer.submit(PAGE, **hidden, answer="Mitt långa svar.")
    assert refused.status_code == 503
    assert "Mitt långa svar." in refused.text


async def test_signing_out_ends_her_session(lecturer: Moderator) -> None:
    csrf = read((await lecturer.get(PAGE)).text).hidden["csrf"]
    assert (await lecturer.submit("/moderator/logga-ut", csrf=csrf)).headers["location"] == PAGE
    assert (await lecturer.get(PAGE)).status_code == 401


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><b>"])
async def test_markup_in_her_answer_is_text_everywhere(lecturer: Moderator, moderator: Moderator, hostile: str) -> None:
    await save(lecturer, hostile)
    for html in ((await lecturer.get(PAGE)).text, (await moderator.get("/moderator/fragor/1")).text):
        page = read(html)
        assert hostile in page.text
        assert not [each for each in page.all("script") if not each.get("src")]
        assert not page.all("img")[1:]


async def test_a_proposal_goes_when_its_question_does(web: Web, lecturer: Moderator) -> None:
    await save(lecturer, "Tusen.")
    web.clock.forward(days=400)
    await jobs.purge(web.service, {})
    assert not (await web.rows())["proposal"]
