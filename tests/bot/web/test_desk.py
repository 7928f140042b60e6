"""Everything that moderators can do with the queue, over HTTP: each act, its guard, and who may not."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import httpx
import pytest

from bot import jobs
from bot.moderator import acts, pages
from bot.moderator.pages import MOST_ADDED, MOST_CHOSEN_FIELDS
from bot.store.tx import Tx
from bot.telling import tell
from dialogs.queue import KINDS, STATES
from dialogs.records import Entry, Question
from knowledge.entries import FACTORS
from tests.web import UNKNOWN, WEBINAR, Moderator, Person, Web, frames, read, serving


@pytest.fixture
async def anna(web: Web) -> Person:
    return web.person()


@pytest.fixture
async def moderator(web: Web) -> Moderator:
    return await web.moderator()


async def found(web: Web, number: int = 1) -> Question:
    question = await web.service.store.read(lambda tx: tx.question(number))
    assert question
    return question


async def ledger(web: Web, number: int = 1) -> list[Entry]:
    return await web.service.store.read(lambda tx: tx.ledger(number))


async def state(web: Web, number: int = 1) -> str:
    return (await found(web, number)).state


async def put(web: Web, number: int, to: str) -> None:
    """Put a question into a state, as a moderator would have."""
    now, at = web.clock(), (await found(web, number)).version
    await web.service.store.write(lambda tx: tx.decide(number, at, to, "moderator", now))


async def told(web: Web, person: Person) -> list[str]:
    """What a moderator has said to somebody."""
    return [each["text"] for each in await person.history() if each["sender"] == "moderator"]


# Every act


@dataclass(frozen=True)
class Row:
    """What one fills in to do something to question 1 (beside question 2), and what becomes of it."""

    fields: dict[str, str]
    to: str = "new"
    told: str | None = None
    """What the asker reads of it."""
    what: str = "state"
    first: dict[str, str] = field(default_factory=dict)
    """What is done before."""


ROWS = {
    "approved": Row({}, "approved", "F-1"),
    "next": Row({}, "next", "F-1"),
    "live": Row({}, "live", "F-1"),
    "later": Row({}, "later", "F-1"),
    "spoken": Row({"mark": " 12.31 "}, "answered", "12.31"),
    "answer": Row({"answer": "Det beror på."}, "answered", "Det beror på."),
    "entry": Row({"entry": "landsbygd-definition"}, "answered", "F-1"),
    "decline": Row({"reason": "off_topic"}, "declined", "F-1"),
    "ask": Row({"ask": "Vilken sort?"}, "asked", "Vilken sort?"),
    "kind": Row({"kind": "tip"}, what="kind"),
    "factor": Row({"factor": FACTORS[0]}, what="factor"),
    "pinned": Row({"pinned": "yes"}, what="pinned"),
    "wording": Row({"wording": "Vad kostar elcykeln?"}, what="wording"),
    "note": Row({"note": "Eva vet"}, what="note"),
    "join": Row({"into": " f-2 "}, what="joined"),
    "split": Row({}, what="split", first={"act": "join", "into": "2"}),
    "undo": Row({}, what="undo", first={"act": "approved"}),
    "block": Row({}, what="blocked"),
    "unblock": Row({}, what="let_in", first={"act": "block"}),
}  # fmt: skip


def test_every_act_has_a_row() -> None:
    assert ROWS.keys() == acts.ACTS.keys()
    assert {act: row.to for act, row in ROWS.items() if row.what == "state"} == acts.LEADS_TO
    assert set(acts.QUICK) <= acts.LEADS_TO.keys()


@pytest.mark.parametrize("act", ROWS)
async def test_every_act_is_kept_with_who_did_it_and_the_asker_is_told_what_concerns_them(
    undoing: Web, act: str
) -> None:
    web, row = undoing, ROWS[act]
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    await web.person().ask_moderator("Vad kostar en cykelkärra?")
    if row.first:
        assert (await moderator.decide(1, **row.first)).status_code == 303
    done = await moderator.decide(1, act=act, **row.fields)
    assert (done.status_code, done.headers["location"]) == (303, "/moderator")
    last = (await ledger(web))[-1]
    assert (last.what, last.state, last.by) == (row.what, row.to, "moderator")
    web.clock.forward(seconds=60)
    await tell_all(web)
    said = await told(web, anna)
    assert len(said) == (row.told is not None)
    assert (row.told or "") in "".join(said)
    page = read((await moderator.get("/moderator/fragor/1")).text)
    assert web.says("page.by.moderator") in page.text


@pytest.mark.parametrize("act", ROWS)
async def test_no_act_is_done_on_a_version_that_is_not_todays(web: Web, anna: Person, act: str) -> None:
    first, second = await web.moderator(), await web.moderator()
    await anna.ask_moderator()
    await web.person().ask_moderator()
    seen = {"csrf": await second.csrf(), "version": "1"}
    assert (await first.decide(1, act="note", note="Jag tar den")).status_code == 303
    before = await web.rows()
    late = await second.submit("/moderator/fragor/1", **seen, act=act, **ROWS[act].fields)
    assert late.status_code == 409
    page = read(late.text)
    assert web.says("web.decided_already") in page.text
    for name in {"answer", "ask", "wording", "note"} & ROWS[act].fields.keys():
        assert ROWS[act].fields[name] in page.text, "what was typed is still there"
    assert await web.rows() == before
    again = await second.submit("/moderator/fragor/1", **{**seen, "version": "2"}, act=act, **ROWS[act].fields)
    assert again.status_code in (303, 409)


async def test_what_was_typed_is_kept_when_the_question_is_through_meanwhile(web: Web, anna: Person) -> None:
    moderator = await web.moderator()
    await anna.ask_moderator()
    await put(web, 1, "declined")
    for fields in ({"answer": "Mina ord"}, {"act": "ask", "ask": "Mina ord"}, {"reason": "", "own_reason": "Mina ord"},
                   {"act": "note", "note": "Mina ord"}):  # fmt: skip
        page = await moderator.submit("/moderator/fragor/1", csrf=await moderator.csrf(), version="1", **fields)
        assert page.status_code == 409
        assert "Mina ord" in read(page.text).text


@pytest.mark.parametrize("where", STATES)
async def test_what_can_be_done_is_offered_and_nothing_else_is_taken(
    web: Web, anna: Person, moderator: Moderator, where: str
) -> None:
    await anna.ask_moderator()
    if where != "new":
        await put(web, 1, where)
    question = await found(web)
    for path in ("/moderator/fragor/1", "/moderator"):
        offered = {each["value"] for each in read((await moderator.get(path)).text).all("button") if "value" in each}
        quick = {act for act in acts.QUICK if acts.possible(question, act)}
        several = {"approved", "next", "later"} if path == "/moderator" else set()
        assert offered & set(acts.QUICK) == quick | several | (quick & {"spoken"})
    for act, to in acts.LEADS_TO.items():
        if not acts.possible(question, act):
            refused = await moderator.decide(1, act=act, version=str(question.version), **ROWS[act].fields)
            assert refused.status_code == 409, to
    assert await state(web) == where


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "kind", "kind": "joke"}, {"act": "kind"}, {"act": "factor", "factor": "x"}, {"act": "pinned"},
        {"act": "wording", "wording": " \u200b "}, {"act": "note", "note": ""}, {"act": "ask", "ask": " "},
        {"act": "join", "into": "F-1"}, {"act": "join", "into": "F-99"}, {"act": "join", "into": "x"},
        {"act": "join", "into": ""}, {"act": "join", "into": "-1"}, {"act": "join", "into": "9" * 30},
        {"act": "join", "into": "F-2"}, {"act": "decline"}, {"act": "finns-inte"}, {"act": ""},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_missing_or_wrong_changes_nothing(
    web: Web, anna: Person, moderator: Moderator, fields: dict[str, str]
) -> None:
    await anna.ask_moderator()
    await web.person().ask_moderator()
    await put(web, 2, "answered")
    before = await web.rows()
    refused = await moderator.decide(1, **fields)
    assert refused.status_code == 422
    assert read(refused.text).all("p")
    assert 'role="alert"' in refused.text
    assert await web.rows() == before


async def test_the_ledger_is_told_in_words(web: Web, anna: Person, moderator: Moderator) -> None:
    await anna.ask_moderator()
    await web.person().ask_moderator()
    for fields in (
        {"act": "kind", "kind": "tip"}, {"act": "factor", "factor": "plan"}, {"act": "factor", "factor": ""},
        {"act": "pinned", "pinned": "yes"}, {"act": "pinned", "pinned": "no"}, {"act": "note", "note": "Eva vet"},
        {"act": "join", "into": "2"}, {"act": "split"}, {"act": "block"}, {"act": "unblock"},
        {"act": "wording", "wording": "Nya ord"}, {"act": "approved"},
    ):  # fmt: skip
        assert (await moderator.decide(1, **fields)).status_code == 303, fields
    page = read((await moderator.get("/moderator/fragor/1")).text).text
    for words in ("slag: Tips", "fäst", "lossad", "Eva vet", "ihopslagen med F-2", "uppdelad", "Nya ord", "Godkänd",
                  web.says("factor.plan"), web.says("page.what.blocked"), web.says("page.by.asker")):  # fmt: skip
        assert words in page, words
    assert len(await ledger(web)) == 13


# Two at once


async def test_of_two_moderators_within_the_same_second_one_wins_and_the_other_is_told(web: Web, anna: Person) -> None:
    one, two = await web.moderator(), await web.moderator()
    await anna.ask_moderator()
    tokens = [await one.csrf(), await two.csrf()]
    async with serving(web) as server:
        clients = [httpx.AsyncClient(base_url=server.base, cookies=who.http.cookies) for who in (one, two)]
        answers = await asyncio.gather(
            *(
                http.post(
                    "/moderator/fragor/1", headers={"Origin": server.base},
                    data={"csrf": token, "version": "1", **fields},
                )
                for http, token, fields in zip(
                    clients, tokens, ({"answer": "Ja."}, {"reason": "off_topic"}), strict=True
                )
            )
        )  # fmt: skip
        for http in clients:
            await http.aclose()
    assert sorted(each.status_code for each in answers) == [303, 409]
    (late,) = [each for each in answers if each.status_code == 409]
    assert web.says("web.decided_already") in late.text
    lines = await ledger(web)
    assert [line.version for line in lines] == [1, 2]
    assert len(await told(web, anna)) == 1
    assert await state(web) == ("declined" if answers[0].status_code == 409 else "answered")


@pytest.mark.parametrize(
    ("one", "other"),
    [("answer", "decline"), ("next", "answer"), ("later", "decline"), ("entry", "spoken"), ("ask", "live")],
)
async def test_of_two_roles_one_decides_and_the_other_reads_which_and_what(undoing: Web, one: str, other: str) -> None:
    """(S21) Whoever comes first; also when it is undone at once, and from a tab that has stood open since before."""
    web, anna = undoing, undoing.person()
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    await anna.ask_moderator()
    desk = {role: await seated(web, role) for role in ("moderator", "host")}
    first = await race(desk, 1, moderator=one, host=other)
    (line,) = (await ledger(web))[1:]
    act = {"moderator": one, "host": other}[first]
    assert (line.by, line.state, line.what) == (first, ROWS[act].to, "state")
    undone = await race(desk, 2, moderator="undo", host="undo")
    assert [(each.by, each.what, each.state) for each in (await ledger(web))[2:]] == [(undone, "undo", "new")]
    for who, csrf in desk.values():
        old = await who.submit("/moderator/fragor/1", csrf=csrf, version="1", act=one, **ROWS[one].fields)
        assert old.status_code == 409
    web.clock.forward(seconds=60)
    await tell_all(web)
    assert await told(web, anna) == []
    assert len(await ledger(web)) == 3


async def seated(web: Web, role: str) -> tuple[Moderator, str]:
    """Somebody at the desk in a role, with the token of the tab that they have open."""
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(role))
    return somebody, await somebody.csrf()


async def race(desk: Mapping[str, tuple[Moderator, str]], version: int, **doing: str) -> str:
    """Two do something to the same question at once; the role of the one who did it. The other reads which it was."""
    answers = await asyncio.gather(*(
        who.submit("/moderator/fragor/1", csrf=csrf, version=str(version), act=doing[role], **ROWS[doing[role]].fields)
        for role, (who, csrf) in desk.items()
    ))  # fmt: skip
    came = {role: answer.status_code for role, answer in zip(desk, answers, strict=True)}
    assert sorted(came.values()) == [303, 409]
    (first, second) = sorted(came, key=lambda role: came[role])
    web, page = desk[second][0].web, answers[list(desk).index(second)].text
    assert web.says("web.decided_already") in page
    last = read(page.partition('class="ledger"')[2].rpartition("<li>")[2]).text
    assert web.says(f"page.by.{first}") in last
    return first


@pytest.mark.parametrize("act", acts.LEADS_TO)
async def test_who_presses_twice_is_led_on_and_it_is_done_once(web: Web, anna: Person, act: str) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    one = await web.moderator()
    await anna.ask_moderator()
    seen = {"csrf": await one.csrf(), "version": "1", "act": act, **ROWS[act].fields}
    pressed = [await one.submit("/moderator/fragor/1", **seen) for _ in range(2)]
    pressed += await asyncio.gather(*(one.submit("/moderator/fragor/1", **seen) for _ in range(2)))
    assert [each.status_code for each in pressed] == [303] * 4
    assert [line.version for line in await ledger(web)] == [1, 2]
    assert len(await told(web, anna)) == 1
    several = await one.submit("/moderator/flera", csrf=seen["csrf"], act="approved", q="1:1")
    assert several.status_code == (303 if act == "approved" else 409)


async def test_two_presses_at_once_are_one(web: Web, anna: Person) -> None:
    one = await web.moderator()
    await anna.ask_moderator()
    seen = {"csrf": await one.csrf(), "version": "1", "answer": "Ja."}
    pressed = await asyncio.gather(*(one.submit("/moderator/fragor/1", **seen) for _ in range(5)))
    assert [each.status_code for each in pressed] == [303] * 5
    other = await one.submit("/moderator/fragor/1", **{**seen, "answer": "Nej."})
    assert other.status_code == 409
    assert web.says("web.decided_already") in other.text
    assert [line.version for line in await ledger(web)] == [1, 2]


async def test_of_one_that_was_withdrawn_it_is_said_that_it_was(web: Web, anna: Person, moderator: Moderator) -> None:
    await anna.ask_moderator()
    await web.service.store.write(lambda tx: tx.withdraw(1, web.clock()))
    for version in ("1", "2"):
        late = await moderator.decide(1, act="approved", version=version)
        assert late.status_code == 409
        assert web.says("web.withdrawn") in late.text


async def test_everybody_sees_who_else_is_there_and_two_windows_are_one_person(web: Web) -> None:
    one, two = await web.moderator(), await web.moderator()
    many = web.says("page.present", count=2)
    async with serving(web) as server:

        def stream(who: Moderator) -> httpx.AsyncClient:
            return httpx.AsyncClient(base_url=server.base, cookies=who.http.cookies, timeout=10)

        async with stream(one) as http, http.stream("GET", "/moderator/events") as open_one:
            news = frames(open_one)
            await anext(news)
            assert many not in (await one.get("/moderator/ko")).text
            async with stream(one) as again, again.stream("GET", "/moderator/events") as window:
                same = frames(window)  # kept: a stream that nobody holds is closed
                await anext(same)
                assert many not in (await one.get("/moderator/ko")).text
                async with stream(two) as other, other.stream("GET", "/moderator/events") as open_two:
                    others = frames(open_two)
                    await anext(others)
                    while many not in (await one.get("/moderator/ko")).text:
                        await anext(news)
            while many in (await one.get("/moderator/ko")).text:
                await anext(news)


async def test_of_more_than_can_be_shown_it_is_said_how_many_there_are_and_the_next_comes_forward(
    web: Web, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SHOWN", {**pages.SHOWN, "new": 2, "decided": 1})
    for _ in range(4):
        await web.person().ask_moderator()
    await moderator.decide(4, act="kind", kind="trouble")
    page = read((await moderator.get("/moderator")).text)
    assert web.says("page.waiting_many", count=4) in page.text
    assert web.says("page.first_of", shown=1, count=3) in page.text
    assert {each["id"] for each in page.all("li") if each.get("id", "").startswith("q-")} == {"q-4", "q-1"}
    await moderator.decide(1, act="decline", reason="off_topic")
    web.clock.forward(seconds=1)
    await moderator.decide(4, version="2", act="decline", reason="off_topic")
    page = read((await moderator.get("/moderator")).text)
    assert {each["id"] for each in page.all("li") if each.get("id", "").startswith("q-")} == {"q-2", "q-3", "q-4"}
    assert web.says("page.decided", count=2) in page.text
    assert web.says("page.latest_of", shown=1) in page.text
    assert web.says("page.first_of", shown=2, count=2) not in page.text


# Several at once


async def test_several_are_moved_at_once_and_those_overtaken_are_left_and_named(web: Web, moderator: Moderator) -> None:
    askers = [web.person() for _ in range(4)]
    for asker in askers:
        await asker.ask_moderator()
    await put(web, 3, "declined")
    form = {"csrf": await moderator.csrf(), "act": "approved"}
    chosen = ["1:1", "2:1", "3:1", "4:7", "99:1", "x:y", ""]
    response = await moderator.http.post("/moderator/flera", data={**form, "q": chosen}, headers={"Origin": web.base})
    assert response.status_code == 409
    assert [await state(web, number) for number in (1, 2, 3, 4)] == ["approved", "approved", "declined", "new"]
    said = re.search(r'role="alert"[^>]*>([^<]*)<', response.text)
    assert said
    assert all(code in said[1] for code in ("F-3", "F-4"))
    assert not any(f"F-{number}," in said[1] for number in (1, 2))
    assert [len(await told(web, asker)) for asker in askers] == [1, 1, 0, 0]
    done = await moderator.http.post("/moderator/flera", data={**form, "q": ["4:1"]}, headers={"Origin": web.base})
    assert done.status_code == 303


async def test_as_many_as_can_be_brought_at_once_can_be_moved_at_once_and_more_is_said_in_words(
    web: Web, moderator: Moderator
) -> None:
    now = web.clock()
    for text in map(str, range(MOST_ADDED + 1)):
        await web.service.store.write(lambda tx, it=text: tx.ask(None, 0, it, "sv", None, (), now))  # type: ignore[misc]
    form = {"csrf": await moderator.csrf(), "act": "approved"}
    chosen = [f"{number}:1" for number in range(1, MOST_ADDED + 2)]
    said = await moderator.http.post("/moderator/flera", data={**form, "q": chosen}, headers={"Origin": web.base})
    assert said.status_code == 422
    assert web.service.library.content.texts["sv"]("web.too_many_chosen", most=MOST_ADDED) in said.text
    assert await web.service.store.read(Tx.count_questions) == {"new": MOST_ADDED + 1}
    done = await moderator.http.post("/moderator/flera", data={**form, "q": chosen[1:]}, headers={"Origin": web.base})
    assert done.status_code == 303
    assert await web.service.store.read(Tx.count_questions) == {"new": 1, "approved": MOST_ADDED}
    endless = {**form, "q": ["1:1"] * (2 * MOST_CHOSEN_FIELDS)}
    assert (await moderator.http.post("/moderator/flera", data=endless)).status_code == 400
    other = {**form, "q": chosen}
    assert (await moderator.http.post("/moderator/lagg-till", data=other)).status_code == 400


@pytest.mark.parametrize("act", ["answer", "block", "undo", "entry", "decline", "ask", "x", ""])
async def test_only_what_needs_no_words_is_done_to_several(
    web: Web, anna: Person, moderator: Moderator, act: str
) -> None:
    await anna.ask_moderator()
    form = {"csrf": await moderator.csrf(), "act": act, "q": "1:1"}
    assert (await moderator.submit("/moderator/flera", **form)).status_code == 422
    assert await state(web) == "new"


async def test_several_of_none_is_nothing(moderator: Moderator) -> None:
    done = await moderator.submit("/moderator/flera", csrf=await moderator.csrf(), act="approved")
    assert done.status_code == 303


# Adding


async def test_several_lines_become_several_questions_of_the_open_webinar_and_the_same_ones_are_shown(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    await anna.ask_moderator("Hur räknar man ut en elbilspool?")
    text = "Hur räknar man ut elbilspool\r\n\r\n  Jag hör inget  \nTips: fråga Sveg\rTack Eva!\nWhat is a rural area?"
    added = await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text=text)
    assert (added.status_code, added.headers["location"]) == (303, "/moderator")
    questions = [await found(web, number) for number in range(2, 7)]
    assert [each.kind for each in questions] == ["question", "trouble", "tip", "comment", "question"]
    assert [each.text for each in questions][1] == "Jag hör inget"
    assert {each.webinar for each in questions} == {WEBINAR}
    assert [each.language for each in questions] == ["sv"] * 4 + ["en"]
    assert not any(each.reachable for each in questions)
    assert [line.by for line in await ledger(web, 2)] == ["moderator"]
    assert [each.origin for each in questions] == ["desk"] * 5
    assert (await found(web, 1)).origin == "chat"
    page = (await moderator.get("/moderator")).text
    assert web.says("page.act.join_into", code="F-1") in page
    assert (await moderator.decide(2, act="join", into="F-1")).status_code == 303


@pytest.mark.parametrize("text", ["", " \n \u200b \n", "rad\n" * (MOST_ADDED + 1)], ids=["none", "blank", "many"])
async def test_too_little_or_too_much_is_said_and_what_was_pasted_is_still_there(
    web: Web, moderator: Moderator, text: str
) -> None:
    refused = await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text=text)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert refused.text.count("rad\n") == text.count("rad\n") - ("rad" in text)
    assert (await web.rows())["question"] == []


async def test_what_was_pasted_is_still_there_when_it_cannot_be_stored(web: Web, moderator: Moderator) -> None:
    csrf = await moderator.csrf()
    with web.refusing():
        refused = await moderator.submit("/moderator/lagg-till", csrf=csrf, text="En fråga?\nEn till?")
        bulk = await moderator.submit("/moderator/flera", csrf=csrf, act="approved", q="1:1")
    assert (refused.status_code, bulk.status_code) == (503, 409)
    assert "En fråga?\nEn till?" in read(refused.text).text


async def test_what_is_copied_from_another_chat_comes_without_names(web: Web, moderator: Moderator) -> None:
    text = "Zaida Qvist  12:31\r\nNär slutar det?\r\n12:32:05 Bo Ek: Hur gör man?\r\n- Fråga: var då?"
    await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text=text)
    questions = [(await found(web, number)).text for number in (1, 2, 3)]
    assert questions == ["När slutar det?", "Hur gör man?", "Fråga: var då?"]
    assert len((await web.rows())["question"]) == 3


async def test_personal_numbers_are_taken_out_of_what_is_pasted(web: Web, moderator: Moderator) -> None:
    text = "Ring mig på 070-174 06 05 om bussen?"
    await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text=text)
    assert "174" not in (await found(web)).text


async def test_nobody_is_asked_what_they_meant_where_nobody_can_be_reached(web: Web, moderator: Moderator) -> None:
    await moderator.submit("/moderator/lagg-till", csrf=await moderator.csrf(), text="Hur går det?")
    page = (await moderator.get("/moderator/fragor/1")).text
    for path in ("/moderator", "/moderator/fragor/1"):
        page = (await moderator.get(path)).text
        assert web.says("page.origin.desk") in page
        assert web.says("page.unreachable") not in page
    assert 'value="ask"' not in page
    refused = await moderator.decide(1, act="ask", ask="Vilken sort?")
    assert refused.status_code == 422
    assert web.says("web.nobody_to_ask") in refused.text
    await web.person().ask_moderator()
    assert 'value="ask"' in (await moderator.get("/moderator/fragor/2")).text


async def test_the_latest_note_is_on_the_card(web: Web, anna: Person, moderator: Moderator) -> None:
    await anna.ask_moderator()
    for note in ("Eva vet", "<b>Bo</b> vet\n" + "bättre " * 99):
        await moderator.decide(1, act="note", note=note)
    for path in ("/moderator", "/moderator/ko"):
        page = read((await moderator.get(path)).text).text
        assert f"{web.says('page.note')}: <b>Bo</b> vet bättre bättre" in page
        assert "Eva vet" not in page
        assert page.count("bättre") < 60
    assert "vet" not in str(await anna.history())


# The order


async def test_those_up_next_are_ordered_by_hand(web: Web, moderator: Moderator) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    for _ in range(3):
        await web.person().ask_moderator()
    for number in (2, 1, 3):
        await moderator.decide(number, act="next")
    csrf = await moderator.csrf()

    async def shifted(number: str, way: str) -> list[int]:
        form = {"csrf": csrf, "number": number, "way": way}
        assert (await moderator.submit("/moderator/ordning", **form)).status_code == 303
        return [each.number for each in await web.service.store.read(lambda tx: tx.queue("next"))]

    assert await shifted("3", "up") == [2, 3, 1]
    assert await shifted("2", "down") == [3, 2, 1]
    for nothing in (("3", "up"), ("1", "down"), ("99", "up"), ("x", "down"), ("", "up")):
        assert await shifted(*nothing) == [3, 2, 1]
    page = (await moderator.get("/moderator")).text
    places = [page.index(f'id="q-{number}"') for number in (3, 2, 1)]
    assert all(before < after for before, after in pairwise(places))
    await asyncio.gather(*(shifted("1", "up") for _ in range(2)))
    assert await shifted("", "") == [1, 3, 2], "two who press at once both move it"


# What is shown


async def test_trouble_has_its_own_lane_on_top_and_kinds_are_changed_with_one_press(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    await anna.ask_moderator()
    page = (await moderator.get("/moderator")).text
    assert web.says("page.list.trouble") not in read(page).text
    for kind in KINDS:
        press = [each for each in read((await moderator.get("/moderator/fragor/1")).text).all("button")
                 if each.get("name") == "kind" and each["value"] == kind]  # fmt: skip
        assert len(press) == 1
        await moderator.decide(1, act="kind", kind=kind)
        page = (await moderator.get("/moderator")).text
        assert ('id="del-trouble"' in page) is (kind == "trouble")
    assert (await found(web)).kind == KINDS[-1]


async def test_joined_ones_are_shown_with_the_one_they_go_along_with(web: Web, moderator: Moderator) -> None:
    askers = [web.person() for _ in range(3)]
    for asker in askers:
        await asker.ask_moderator()
    for number in (2, 3):
        await moderator.decide(number, act="join", into="F-1")
    page = (await moderator.get("/moderator")).text
    assert web.says("page.joined", count=2) in page
    assert 'id="q-2"' not in page
    question = (await moderator.get("/moderator/fragor/1")).text
    assert "/moderator/fragor/3" in question
    assert web.says("page.goes_along", code="F-1") in (await moderator.get("/moderator/fragor/2")).text
    await moderator.decide(1, answer="Tusen kronor.")
    for number, asker in enumerate(askers, 1):
        (said,) = await told(web, asker)
        assert "Tusen kronor." in said
        assert f"F-{number}" in said


async def test_the_name_that_came_along_is_the_moderators_alone(web: Web, anna: Person, moderator: Moderator) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    await anna.say("hej", webinar=WEBINAR)
    await anna.say(UNKNOWN)
    await anna.choose("sign:1")
    await anna.say("Anna från Jämtland")
    assert "Anna från Jämtland" in (await moderator.get("/moderator")).text
    await moderator.decide(1, act="approved")
    late = web.person()
    await late.get(f"/w/{WEBINAR}")
    shown = await late.choose("questions", webinar=WEBINAR)
    assert UNKNOWN in shown[-1]["text"]
    assert "support:1" in [each["id"] for each in shown[-1]["choices"]]
    assert "Anna" not in str(await late.history())
    await late.choose("support:1")
    assert web.says("page.votes", count=1) in (await moderator.get("/moderator")).text
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert "Anna från Jämtland" not in (await moderator.get("/moderator")).text


async def test_what_is_taken_up_now_stands_first_and_all_who_wonder_are_counted(
    web: Web, moderator: Moderator, anna: Person
) -> None:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    for _ in range(3):
        await web.person().ask_moderator()
    await web.person().ask_moderator("Vad kostar en cykelkärra?")
    for act in ("approved", "live"):
        await moderator.decide(4 if act == "live" else 1, act=act)
    for joined in (2, 3):
        await moderator.decide(joined, act="join", into="1")
    await anna.choose("questions", webinar=WEBINAR)
    await anna.choose("support:1")
    text = (await anna.choose("questions", webinar=WEBINAR))[-1]["text"]
    assert web.says("queue.votes", count=3) in text
    assert text.index("F-4") < text.index("F-1")


async def test_who_is_asked_back_answers_and_the_moderator_sees_both(
    web: Web, anna: Person, moderator: Moderator
) -> None:
    await anna.ask_moderator()
    await moderator.decide(1, act="ask", ask="Vilken sort?")
    assert "Vilken sort?" in (await moderator.get("/moderator")).text
    await anna.choose("reword:1")
    await anna.say("Vad kostar en lastcykel?")
    page = read((await moderator.get("/moderator")).text).text
    assert "Vad kostar en lastcykel?" in page
    assert UNKNOWN in page
    assert await state(web) == "new"


ANSWERS: dict[str, dict[str, str]] = {
    "own": {"answer": "Tusen kronor."}, "entry": {"entry": "driftstod"}, "aloud": {"act": "spoken", "mark": "12.31"},
}  # fmt: skip


async def wondering(web: Web, moderator: Moderator) -> list[Person]:
    """Two who have asked questions that are joined, and one who wonders both, in English; the second asker does too."""
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    anna, berit, cia = people = [web.person() for _ in range(3)]
    for each, language in zip(people, ("sv", "sv", "en"), strict=True):
        await each.say("hej", webinar=WEBINAR, lang=language)
    await anna.ask_moderator()
    await berit.ask_moderator("Vad kostar en lastcykel?")
    for number in (1, 2):
        await moderator.decide(number, act="approved")
    for each, number in ((cia, 1), (cia, 2), (berit, 1)):
        await each.choose("questions", webinar=WEBINAR)
        await each.choose(f"support:{number}")
    await moderator.decide(2, act="join", into="F-1")
    return people


@pytest.mark.parametrize("how", ANSWERS)
async def test_who_wonders_the_same_is_told_the_answer_once_and_in_their_language(
    web: Web, moderator: Moderator, how: str
) -> None:
    people = await wondering(web, moderator)
    before = [len(await told(web, each)) for each in people]
    await moderator.decide(1, **ANSWERS[how])
    anna, berit, cia = [(await told(web, each))[count:] for each, count in zip(people, before, strict=True)]
    assert [len(anna), len(berit), len(cia)] == [1, 1, 1]
    assert "F-2" in berit[0], "her own question"
    assert (await web.keys(people[2]))[-1] == "moderator.wondered"
    assert UNKNOWN in cia[0]
    english = web.service.library.content.texts["en"]
    said = {"own": "Tusen kronor.", "aloud": english("queue.in_broadcast_at", mark="12.31"), "entry": ""}
    assert said[how] in cia[0]
    assert cia[0].startswith(english("moderator.wondered", code="", words="", answer="")[:10])


async def test_what_is_undone_is_told_to_nobody_who_wonders(undoing: Web) -> None:
    web, moderator = undoing, await undoing.moderator()
    cia = (await wondering(web, moderator))[2]
    await moderator.decide(1, answer="Fel svar.")
    await moderator.decide(1, act="undo")
    await moderator.decide(1, reason="off_topic")
    web.clock.forward(seconds=60)
    await tell_all(web)
    assert await told(web, cia) == []


# Others' webinars


async def test_a_moderator_of_one_webinar_touches_no_other(web: Web, anna: Person) -> None:
    await anna.ask_moderator()
    somebody = Moderator(web)
    await somebody.sign_in(await web.invited(webinar=WEBINAR))
    csrf = await somebody.csrf()
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    assert (await somebody.submit("/moderator/lagg-till", csrf=csrf, text="Min egen?")).status_code == 303
    await put(web, 1, "next")
    before = await web.rows()
    for act, row in ROWS.items():
        refused = await somebody.submit("/moderator/fragor/1", csrf=csrf, version="2", act=act, **row.fields)
        assert refused.status_code == 404, act
    joined = await somebody.submit("/moderator/fragor/2", csrf=csrf, version="1", act="join", into="F-1")
    assert joined.status_code == 422
    several = await somebody.submit("/moderator/flera", csrf=csrf, act="live", q="1:2")
    assert several.status_code == 409
    await somebody.submit("/moderator/ordning", csrf=csrf, number="1", way="down")
    assert await web.rows() == before
    assert UNKNOWN not in joined.text + several.text


# Undoing


async def test_what_lies_in_the_letterbox_is_in_no_broadcast(web: Web, moderator: Moderator, anna: Person) -> None:
    number = await anna.ask_moderator()
    page = read((await moderator.get(f"/moderator/fragor/{number}")).text)
    buttons = {each.get("value") for each in page.all("button")}
    assert {"approved", "later", "ask"} <= buttons
    assert buttons.isdisjoint(acts.IN_BROADCAST)
    assert [act for act in acts.QUICK if acts.possible(await found(web), act)] == ["approved", "later"]
    for act in acts.IN_BROADCAST:
        refused = await moderator.decide(number, act=act)
        assert refused.status_code == 409
        assert web.says("web.off_air") in read(refused.text).text
    seen = {"csrf": await moderator.csrf(), "q": f"{number}:1"}
    several = await moderator.submit("/moderator/flera", **seen, act="next")
    assert several.status_code == 409
    assert web.says("web.off_air_left", codes=f"F-{number}") in read(several.text).text
    assert (await found(web)).state == "new"
    await moderator.decide(number, act="later")
    keys = await web.keys(anna)
    assert keys[-1] == "moderator.later_letterbox"
    [told_mine] = [each for each in await anna.say("mina frågor") if "F-1" in each["text"]]
    assert web.says("status.later_letterbox", code="F-1", text="")[-20:] in told_mine["text"]


async def test_what_was_just_done_can_be_undone_for_ten_seconds_and_its_asker_hears_nothing(undoing: Web) -> None:
    web, anna = undoing, undoing.person()
    moderator = await web.moderator()
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    await anna.ask_moderator()
    for fields in ({"act": "next"}, {"answer": "Fel svar."}, {"reason": "off_topic"}, {"act": "spoken", "mark": "12"}):
        await moderator.decide(1, **fields)
        page = (await moderator.get("/moderator")).text
        assert 'class="done' in page
        web.clock.forward(seconds=9.9)
        assert (await moderator.decide(1, act="undo")).status_code == 303
        web.clock.forward(seconds=60)
        await tell_all(web)
    assert await told(web, anna) == []
    assert await state(web) == "new"


async def test_after_ten_seconds_the_asker_is_told_and_it_is_too_late(undoing: Web) -> None:
    web, anna = undoing, undoing.person()
    moderator = await web.moderator()
    await anna.ask_moderator()
    await moderator.decide(1, answer="Ja.")
    web.clock.forward(seconds=10)
    assert 'class="done' not in (await moderator.get("/moderator")).text
    late = await moderator.decide(1, act="undo")
    assert late.status_code == 409
    assert web.says("web.undone_late") in late.text
    await tell_all(web)
    assert len(await told(web, anna)) == 1
    assert await state(web) == "answered"


async def test_who_says_what_she_meant_before_she_is_asked_is_not_asked(undoing: Web) -> None:
    web, anna = undoing, undoing.person()
    moderator = await web.moderator()
    await anna.ask_moderator()
    await anna.choose("mine")
    await anna.choose("reword:1")
    await moderator.decide(1, act="ask", ask="Vilken sort?")
    web.clock.forward(seconds=5)
    await anna.say("Vad kostar en lastcykel?")
    web.clock.forward(seconds=60)
    await tell_all(web)
    assert await told(web, anna) == []
    assert await state(web) == "new"


async def test_who_says_it_better_is_told_of_what_was_decided_all_the_same(undoing: Web) -> None:
    web, anna = undoing, undoing.person()
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    moderator = await web.moderator()
    await anna.ask_moderator()
    await anna.choose("mine")
    await anna.choose("reword:1")
    await moderator.decide(1, act="next")
    await anna.say("Vad kostar en lastcykel?")
    web.clock.forward(seconds=60)
    await tell_all(web)
    assert len(await told(web, anna)) == 1


async def tell_all(web: Web) -> None:
    """Give what tells askers a moment to do it."""
    await web.service.store.write(lambda tx: tell(tx, web.clock()))
