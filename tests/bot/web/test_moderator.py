"""The moderators' desk: signing in, the queue, a question, and what its asker is told."""

import asyncio

import pytest

from bot import jobs
from bot.roles import DESK_ROLES
from dialogs.moderator import MOST_ANSWER_CHARACTERS as MOST
from tests.web import UNKNOWN, WEBINAR, Moderator, Page, Person, Web, kinds, read

PLACES = ["/moderator", "/moderator/ko", "/moderator/events", "/moderator/fragor/1", "/moderator/luckor",
          "/moderator/forslag", "/moderator/forslag/filer"]  # fmt: skip


async def decided(web: Web) -> list[tuple[int, int, str]]:
    """(question, version, state) of the whole ledger."""
    return [(row[0], row[1], row[2]) for row in (await web.rows())["transition"]]


@pytest.fixture
async def anna(web: Web) -> Person:
    return web.person()


@pytest.fixture
async def moderator(web: Web) -> Moderator:
    return await web.moderator()


# Signing in


async def test_a_link_leads_to_a_button_and_the_button_to_the_queue(web: Web) -> None:
    sara = Moderator(web)
    token = await web.invited()
    door = read((await sara.get(f"/moderator/logga-in/{token}")).text)
    assert door.hidden["token"] == token
    assert [each["action"] for each in door.all("form")] == ["/moderator/logga-in"]
    entered = await sara.sign_in(token)
    assert (entered.status_code, entered.headers["location"]) == (303, "/moderator")
    assert (await sara.get("/moderator")).status_code == 200


@pytest.mark.parametrize("place", PLACES)
async def test_who_is_not_signed_in_is_told_how(web: Web, anna: Person, place: str) -> None:
    await anna.ask_moderator()
    response = await anna.get(place)
    assert response.status_code == 401
    assert "servicelotsen invite" in response.text
    assert UNKNOWN not in response.text


async def test_signing_out_ends_the_session(moderator: Moderator) -> None:
    stolen = dict(moderator.http.cookies)
    out = await moderator.submit("/moderator/logga-ut", csrf=await moderator.csrf())
    assert (out.status_code, out.headers["location"]) == (303, "/moderator")
    assert not dict(moderator.http.cookies)
    moderator.http.cookies.update(stolen)
    assert (await moderator.get("/moderator")).status_code == 401


# The queue


async def test_a_question_waits_with_its_words_time_place_and_nearest_entries(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    await anna.say("hej", webinar=WEBINAR)
    number = await anna.ask_moderator("Får man servicebidrag till en cykelverkstad?")
    for place in ("/moderator", "/moderator/ko"):
        page = read((await moderator.get(place)).text)
        assert "Får man servicebidrag till en cykelverkstad?" in page.text
        assert f"F-{number}" in page.text
        assert "12:00" in page.text
        assert [each for each in page.all("a") if each["href"] == f"/moderator/fragor/{number}"]
    assert web.says("page.near") in read((await moderator.get("/moderator")).text).text


async def test_the_queue_never_says_who_asked(web: Web, anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator()
    (person,) = {row[0] for row in (await web.rows())["person"]}
    for place in ("/moderator", f"/moderator/fragor/{number}"):
        text = (await moderator.get(place)).text
        assert person not in text
        assert (anna.address or "?") not in text


async def test_a_question_whose_asker_is_forgotten_stays_and_says_so(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    number = await anna.ask_moderator()
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert web.says("page.unreachable") in read((await moderator.get("/moderator")).text).text
    assert (await moderator.decide(number, answer="Svaret når ingen.")).status_code == 303


# Answering


async def test_an_answer_arrives_in_the_askers_chat(web: Web, anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator()
    assert (await moderator.decide(number, answer="Det beror på\nhur långt du cyklar.")).status_code == 303
    told = (await anna.history())[-1]
    assert (told["sender"], told["kind"]) == ("moderator", "moderator")
    assert "Det beror på<br>hur långt du cyklar." in told["html"]
    assert await decided(web) == [(number, 1, "new"), (number, 2, "answered")]


async def test_an_entry_found_by_search_can_be_the_answer(web: Web, anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator()
    page = read((await moderator.get(f"/moderator/fragor/{number}?sok=vad+räknas+som+landsbygd")).text)
    found = [each["value"] for each in page.all("button") if each.get("name") == "entry"]
    assert "landsbygd-definition" in found
    assert (await moderator.decide(number, entry="landsbygd-definition")).status_code == 303
    assert (await anna.history())[-1]["sources"]
    assert (await web.rows())["label"][-1][3:5] == ("landsbygd-definition", "moderator")


def entries(page: Page) -> list[str]:
    """The entries that can be sent from a question's page."""
    return [each["value"] for each in page.all("button") if each.get("name") == "entry"]


async def test_what_the_chat_would_offer_is_proposed_before_any_search(anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator("Får man servicebidrag till en cykelverkstad?")
    assert "servicebidrag" in entries(read((await moderator.get(f"/moderator/fragor/{number}")).text))


async def test_nothing_is_proposed_that_the_chat_would_not_offer(anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator(UNKNOWN)
    assert not entries(read((await moderator.get(f"/moderator/fragor/{number}")).text))


async def test_an_entry_is_unfolded_before_it_can_be_sent(anna: Person, moderator: Moderator) -> None:
    number = await anna.ask_moderator()
    page = read((await moderator.get(f"/moderator/fragor/{number}?sok=landsbygd")).text)
    assert entries(page)
    assert len(page.all("details")) == len(page.all("summary")) == len(entries(page))
    assert not [each for each in page.all("details") if "open" in each]


@pytest.mark.parametrize("phase", ["open", "closed"])
@pytest.mark.parametrize("entry", ["vad-sparas", "inspelning"])
@pytest.mark.parametrize("language", ["sv", "en"])
async def test_an_entry_is_previewed_as_it_will_be_sent(
    web: Web, anna: Person, moderator: Moderator, language: str, entry: str, phase: str
) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": phase})
    await anna.say("hej", lang=language)
    number = await anna.ask_moderator({"sv": UNKNOWN, "en": "What does an electric bicycle cost?"}[language])
    title = web.service.library.content.knowledge.entries[entry].wording("sv").title
    page = (await moderator.get(f"/moderator/fragor/{number}?sok={title}")).text
    await moderator.decide(number, entry=entry)
    sent = (await anna.history())[-1]["html"].partition("<br>")[2]
    assert f'<p lang="{language}">{sent}</p>' in page


async def test_a_webinar_that_is_put_away_leaves_the_desk(web: Web, moderator: Moderator) -> None:
    line = f"/scen/{WEBINAR}"
    for phase, shown in (("planned", True), ("open", True), ("closed", True), ("archived", False)):
        await jobs.webinar(web.service, {"code": WEBINAR, "phase": phase})
        assert (line in (await moderator.get("/moderator")).text) is shown


async def test_the_desk_shows_line_breaks_and_nothing_else_as_markup(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    number = await anna.ask_moderator("Vad kostar en elcykel?\nOch <i>var</i>?")
    for path in ("/moderator", f"/moderator/fragor/{number}"):
        assert "elcykel?<br>Och &lt;i&gt;var" in (await moderator.get(path)).text
    await moderator.decide(number, answer="Det beror på.\n<b>Fråga</b> i affären.")
    for path in ("/moderator", f"/moderator/fragor/{number}"):
        assert "Det beror på.<br>&lt;b&gt;Fråga" in (await moderator.get(path)).text


async def test_ones_own_words_stand_after_the_reason_that_is_chosen(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    number = await anna.ask_moderator()
    await moderator.decide(number, reason="elsewhere", own_reason="Ring *kommunen*.")
    said = (await anna.history())[-1]["text"]
    assert -1 < said.find(web.says("decline.elsewhere")) < said.find("Ring *kommunen*.")
    question = await web.service.store.read(lambda tx: tx.question(number))
    assert question
    assert question.reason == "elsewhere"
    assert "Ring *kommunen*." in (question.answer or "")


@pytest.mark.parametrize("reason", ["", "duplicate"])
async def test_ones_own_reason_counts_whatever_is_chosen(anna: Person, moderator: Moderator, reason: str) -> None:
    number = await anna.ask_moderator()
    page = read((await moderator.get(f"/moderator/fragor/{number}")).text)
    assert page.all("option")[0]["value"] == ""
    assert (await moderator.decide(number, reason=reason, own_reason="Det vet jag inte.")).status_code == 303
    assert "Det vet jag inte." in (await anna.history())[-1]["text"]


@pytest.mark.parametrize("fields", [{"reason": "duplicate"}, {"reason": "duplicate", "own_reason": " "}])
async def test_declining_gives_the_asker_the_reason(
    web: Web, anna: Person, moderator: Moderator, fields: dict[str, str]
) -> None:
    number = await anna.ask_moderator()
    assert (await moderator.decide(number, **fields)).status_code == 303
    assert (await web.keys(anna))[-1] == "moderator.declined"
    assert web.says("decline.duplicate") in (await anna.history())[-1]["text"]
    assert (await decided(web))[-1] == (number, 2, "declined")


async def test_the_asker_is_answered_in_her_own_language(web: Web, anna: Person, moderator: Moderator) -> None:
    await anna.say("hello", lang="en")
    await anna.say("What does an electric bicycle cost?")
    await anna.choose("send:1")
    await moderator.decide(1, reason="off_topic")
    english = web.service.library.content.texts["en"]
    assert english("decline.off_topic") in (await anna.history())[-1]["text"]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, "web.no_answer"),
        ({"answer": "  \u200b "}, "web.no_answer"),
        ({"answer": "å" * (MOST + 1)}, "web.answer_too_long"),
        ({"entry": "finns-inte"}, "web.no_entry"),
        ({"reason": "finns-inte"}, "web.no_reason"),
        ({"reason": "", "own_reason": " "}, "web.no_reason"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_is_decided(
    web: Web, anna: Person, moderator: Moderator, fields: dict[str, str], key: str
) -> None:
    number = await anna.ask_moderator()
    response = await moderator.decide(number, **fields)
    assert response.status_code == 422
    assert (web.service.library.content.texts["sv"](key, most=MOST)) in read(response.text).text
    assert fields.get("answer", "").strip("\u200b ") in read(response.text).text
    assert await decided(web) == [(number, 1, "new")]


@pytest.mark.parametrize("number", [7, 2**62, 2**63, 2**64, 10**30])
async def test_a_question_that_does_not_exist_says_so(moderator: Moderator, number: int) -> None:
    assert (await moderator.get(f"/moderator/fragor/{number}")).status_code == 404
    assert (await moderator.submit(f"/moderator/fragor/{number}", csrf=await moderator.csrf())).status_code == 404


# Two moderators


async def test_the_second_of_two_moderators_is_told_and_keeps_her_words(web: Web, anna: Person) -> None:
    first, second = await web.moderator(), await web.moderator()
    number = await anna.ask_moderator()
    seen = {"csrf": await second.csrf(), "version": "1"}
    await first.decide(number, answer="Först.")
    late = await second.submit(f"/moderator/fragor/{number}", **seen, answer="Sedan.")
    assert late.status_code == 409
    page = read(late.text)
    assert web.says("web.decided_already") in page.text
    assert "Sedan." in page.text
    assert "Först." in page.text
    assert kinds(await anna.history()).count("moderator") == 1


async def test_of_twenty_decisions_at_once_one_counts(web: Web, anna: Person, moderator: Moderator) -> None:
    number, csrf = await anna.ask_moderator(), await moderator.csrf()
    path = f"/moderator/fragor/{number}"
    answers = await asyncio.gather(
        *(moderator.submit(path, csrf=csrf, version="1", answer=f"Svar {each}") for each in range(20))
    )
    assert sorted(each.status_code for each in answers) == [303] + [409] * 19
    assert kinds(await anna.history()).count("moderator") == 1
    assert len(await decided(web)) == 2


@pytest.mark.parametrize("version", ["0", "2", "", "-1", "1.0", "ett", "1 "])
async def test_a_form_of_another_version_decides_nothing(
    web: Web, anna: Person, moderator: Moderator, version: str
) -> None:
    number = await anna.ask_moderator()
    assert (await moderator.decide(number, version=version, answer="Ja.")).status_code == 409
    assert await decided(web) == [(number, 1, "new")]


async def test_when_nothing_can_be_stored_the_desk_says_so_and_can_still_be_read(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    number, csrf = await anna.ask_moderator(), await moderator.csrf()
    web.clock.forward(minutes=5)
    with web.refusing():
        refused = await moderator.submit(f"/moderator/fragor/{number}", csrf=csrf, version="1", answer="Mitt svar.")
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert "Mitt svar." in read(refused.text).text
        assert (await moderator.get("/moderator")).status_code == 200
        reason = {"reason": "", "own_reason": "Mitt skäl."}
        refused = await moderator.submit(f"/moderator/fragor/{number}", csrf=csrf, version="1", **reason)
        assert "Mitt skäl." in [each.get("value") for each in read(refused.text).all("input")]
    assert (await moderator.decide(number, answer="Mitt svar.")).status_code == 303


@pytest.mark.parametrize("role", DESK_ROLES)
async def test_a_link_for_every_role_leads_to_the_desk(web: Web, role: str) -> None:
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(role))
    assert (await somebody.get("/moderator")).status_code == 200


@pytest.mark.parametrize("role", ["lecturer", "curator"])
async def test_a_link_for_another_role_does_not_open_the_desk(web: Web, anna: Person, role: str) -> None:
    number = await anna.ask_moderator()
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(role))
    for path in ("/moderator", "/moderator/ko", f"/moderator/fragor/{number}"):
        assert (await somebody.get(path)).status_code == 403


async def test_a_link_for_one_webinar_shows_only_its_questions(web: Web, anna: Person) -> None:
    letterbox = await anna.ask_moderator()
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(webinar=WEBINAR))
    assert f"F-{letterbox}" not in (await somebody.get("/moderator")).text
    assert (await somebody.get(f"/moderator/fragor/{letterbox}")).status_code == 404


@pytest.mark.parametrize("path", ["/moderator/events", f"/scen/{WEBINAR}/events"])
async def test_asking_only_for_a_streams_headers_ends_at_once(web: Web, moderator: Moderator, path: str) -> None:
    answer = await asyncio.wait_for(moderator.http.head(path), 5)
    assert answer.headers["content-type"].startswith("text/event-stream")
