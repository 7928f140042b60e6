"""The chat for other programs, to the letter of what is promised about it."""

import asyncio
import datetime as dt
import gzip
import json
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.pace import Pace
from dialogs.clean import MOST_CHARACTERS
from tests.content import SHORT_WALK
from tests.web import ELSEWHERE, UNKNOWN, WEBINAR, Json, Web, choices, fresh_key, kinds, running_web, told

ASKED = {"text": "Vad räknas som landsbygd?"}
PROMISED = {"id", "text", "html", "kind", "choices", "input", "image", "file", "source", "reply_to"}


def problem(response: httpx.Response, status: int) -> Json:
    """The problem that a refusal tells about, in the form that RFC 9457 gives it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: Json = response.json()
    assert found["status"] == status
    assert found["type"]
    assert found["title"]
    assert found["detail"]
    return found


# What comes back


async def test_a_question_comes_back_with_its_answer(web: Web) -> None:
    messages = told(await web.person().post(ASKED))
    assert kinds(messages) == ["welcome", "said", "answer"]
    for message in messages:
        assert {"id", "text", "html", "kind", "choices"} <= message.keys()
        assert all({"id", "label"} <= choice.keys() for choice in message["choices"])
    source = messages[-1]["source"]
    assert source["title"]
    assert source["date"]
    assert messages[1]["text"] == ASKED["text"]


async def test_ids_are_strings_that_never_repeat(web: Web) -> None:
    anna = web.person()
    ids = [each["id"] for _ in range(3) for each in await anna.say(UNKNOWN)]
    assert all(isinstance(each, str) for each in ids)
    assert len(set(ids)) == len(ids)


async def test_a_note_that_is_wanted_says_so(web: Web) -> None:
    anna = web.person()
    for choice in ("checklist", *SHORT_WALK):
        messages = await anna.choose(choice)
    note = next(each for each in choices(messages) if each.startswith("note:"))
    assert (await anna.choose(note))[-1]["input"] == "note"


async def test_a_moderators_answer_says_which_message_it_belongs_to(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    number = await anna.ask_moderator()
    asked = next(each["id"] for each in await anna.history() if each["text"] == UNKNOWN)
    await moderator.decide(number, answer="Det beror på cykeln.")
    answer = (await anna.history())[-1]
    assert (answer["sender"], answer["kind"], answer["reply_to"]) == ("moderator", "moderator", asked)


async def test_keys_nobody_knows_are_left_alone(web: Web) -> None:
    more: Json = {"webbläsare": "okänd", "reply_to": "m-1", "n": [{}], "x": None}
    assert kinds(await web.person().say(ASKED["text"], **more)) == ["welcome", "said", "answer"]


async def test_the_language_asked_for_is_spoken(web: Web) -> None:
    anna = web.person()
    assert (await anna.say("hello", lang="en"))[0]["text"] != (await web.person().say("hej", lang="sv"))[0]["text"]
    english = told(await web.person().post(ASKED, **{"Accept-Language": "en-GB,sv;q=0.5"}))
    assert english[0]["text"] == (await anna.history())[0]["text"]


async def test_a_webinar_can_be_named(web: Web) -> None:
    assert (await web.person().say("hej", webinar=WEBINAR))[0]["heading"]


# Who one is


async def test_the_cookie_is_for_this_service_alone_and_not_for_scripts(web: Web) -> None:
    given = SimpleCookie((await web.person().post(ASKED)).headers["set-cookie"])
    (name,) = given
    cookie = given[name]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "lax", "/", "")
    assert int(cookie["max-age"]) > dt.timedelta(days=30).total_seconds()


async def test_the_cookie_is_given_once(web: Web) -> None:
    anna = web.person()
    assert "set-cookie" in (await anna.post(ASKED)).headers
    for _ in range(2):
        assert "set-cookie" not in (await anna.post(ASKED)).headers
        assert "set-cookie" not in (await anna.get("/api/v1/messages")).headers


async def test_a_forged_cookie_is_nobodys(web: Web) -> None:
    anna, eve = web.person(), web.person()
    await anna.say(UNKNOWN)
    (cookie,) = anna.http.cookies.jar
    for forged in (
        f"{anna.address}.",
        f"{anna.address}.AAAA",
        f"{anna.address}",
        "",
        "ä.ö",
        (cookie.value or "") + "A",
    ):
        eve.http.cookies.clear()
        headers = {b"Cookie": f"{cookie.name}={forged}".encode()}
        assert (await eve.http.get("/api/v1/messages", headers=headers)).json() == {"messages": []}


# The same key


async def test_the_same_key_gives_the_same_answer_and_changes_nothing(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    await anna.say("hej")
    first = await anna.post({"text": UNKNOWN}, key)
    before = await web.rows()
    again = [await anna.post({"text": UNKNOWN, "okänd": 1}, key) for _ in range(3)]
    assert [each.json() for each in again] == [first.json()] * 3
    assert await web.rows() == before


async def test_a_key_is_the_same_however_it_is_written(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    first = await anna.post(ASKED, key)
    assert (await anna.post(ASKED, key.upper())).json() == first.json()


async def test_the_same_key_with_another_body_is_refused(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    await anna.post(ASKED, key)
    before = await web.rows("address")
    for other in ({"text": UNKNOWN}, {"choice": "checklist"}, {**ASKED, "webinar": WEBINAR}):
        assert problem(await anna.post(other, key), 422)["detail"] == web.says("web.key_reused")
    assert await web.rows("address") == before


async def test_keys_belong_to_a_person(web: Web) -> None:
    anna, bo, key = web.person(), web.person(), fresh_key()
    await anna.say("hej")
    await bo.say("hej")
    await anna.post({"text": UNKNOWN}, key)
    await bo.post(ASKED, key)
    assert kinds(await anna.history())[-1] == "offer"
    assert kinds(await bo.history())[-1] == "answer"


async def test_a_key_works_for_a_week(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    await anna.say("hej")
    first = await anna.post(ASKED, key)
    web.clock.forward(days=6, hours=23)
    assert (await anna.post(ASKED, key)).json() == first.json()


async def test_a_lost_first_answer_can_be_had_again_without_the_cookie(web: Web) -> None:
    key = fresh_key()
    lost = await web.person().post(ASKED, key)
    web.clock.forward(hours=23)
    again = await web.person().post(ASKED, key)
    assert again.json() == lost.json()
    assert again.headers["set-cookie"] == lost.headers["set-cookie"]
    assert len((await web.rows())["person"]) == 1


async def test_two_tries_of_the_first_question_at_once_are_one_person(web: Web) -> None:
    key = fresh_key()
    answers = await asyncio.gather(*(web.person().post(ASKED, key) for _ in range(10)))
    assert len({each.text for each in answers}) == 1
    assert len({each.headers["set-cookie"] for each in answers}) == 1
    assert len((await web.rows())["person"]) == 1


@pytest.mark.parametrize("sign_of_life", ["/", "/api/v1/messages", "POST"])
async def test_once_the_cookie_has_been_seen_the_key_alone_opens_nothing(web: Web, sign_of_life: str) -> None:
    anna, key = web.person(), fresh_key()
    first = await anna.post(ASKED, key)
    await (anna.say("hej") if sign_of_life == "POST" else anna.get(sign_of_life))
    stranger = await web.person().post(ASKED, key)
    assert stranger.headers["set-cookie"] != first.headers["set-cookie"]
    assert len((await web.rows())["person"]) == 2


async def test_after_a_day_the_key_alone_opens_nothing(web: Web) -> None:
    key = fresh_key()
    first = await web.person().post(ASKED, key)
    web.clock.forward(hours=24, minutes=1)
    later = await web.person().post(ASKED, key)
    assert later.headers["set-cookie"] != first.headers["set-cookie"]


async def test_the_first_key_without_cookie_and_with_another_body_is_refused(web: Web) -> None:
    key = fresh_key()
    await web.person().post(ASKED, key)
    refused = await web.person().post({"text": UNKNOWN}, key)
    problem(refused, 422)
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("key", ["", "hej", "1234", "0" * 31, "0" * 33, "null", "g" * 32])
async def test_a_key_must_be_a_uuid(web: Web, key: str) -> None:
    response = await web.person().http.post("/api/v1/messages", json=ASKED, headers={"Idempotency-Key": key})
    assert problem(response, 400)["detail"] == web.says("web.bad_key")


async def test_a_call_without_a_key_is_refused(web: Web) -> None:
    problem(await web.person().http.post("/api/v1/messages", json=ASKED), 400)


# Choices


async def test_a_choice_never_offered_is_refused(web: Web) -> None:
    anna = web.person()
    await anna.say("hej")
    for choice in ("a:1234:behov-1:ja", "send:77", "forget:yes", "entry:landsbygd-definition", "", "%", "hej", "a\0b"):
        assert problem(await anna.post({"choice": choice}), 422)["detail"] == web.says("web.never_offered")


async def test_what_was_offered_to_somebody_else_is_refused(web: Web) -> None:
    anna, bo = web.person(), web.person()
    await bo.say("hej")
    sent = next(each for each in choices(await anna.say(UNKNOWN)) if each.startswith("send:"))
    problem(await bo.post({"choice": sent}), 422)
    assert not (await web.rows())["question"]


async def test_an_old_choice_gets_a_polite_reply(web: Web) -> None:
    anna = web.person()
    sent = next(each for each in choices(await anna.say(UNKNOWN)) if each.startswith("send:"))
    for _ in range(7):
        await anna.say(UNKNOWN)
    messages = await anna.choose(sent)
    assert (await web.keys(anna))[-1] == "question.too_old"
    assert choices(messages)


async def test_somebody_new_may_press_what_stands_on_the_first_page(web: Web) -> None:
    assert kinds(await web.person().choose("checklist"))[0] == "welcome"
    problem(await web.person().post({"choice": "forget"}), 422)


# Refusals


MALFORMED = [
    b"", b"{", b"[]", b"1", b'"hej"', b"null", b"\xff\xfe", b"{'text': 'hej'}", b'{"text": "hej"}x', b'{"text": 1}',
    b'{"text": null}', b"{}", b'{"text": ["a"]}', b'{"choice": 1}', b'{"text": "a", "choice": "b"}',
    b'{"text": "a", "webinar": 7}', b'{"text": "a", "webinar": ["x"]}', b'{"text": "a", "webinar": {}}',
]  # fmt: skip


async def test_what_is_malformed_is_refused(web: Web) -> None:
    before = await web.rows()
    for raw in MALFORMED:
        problem(await web.person().post(raw), 400)
    assert await web.rows() == before


@pytest.mark.parametrize("lang", [None, 1, [], {}, "de", "SV"])
async def test_a_language_nobody_speaks_is_no_reason_to_refuse(web: Web, lang: Any) -> None:
    assert await web.person().say("hej", lang=lang)


async def test_a_webinar_that_does_not_exist_is_refused(web: Web) -> None:
    assert problem(await web.person().post({**ASKED, "webinar": "nej"}), 422)["detail"] == web.says("web.no_webinar")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
async def test_only_json_is_taken(web: Web, kind: str) -> None:
    problem(await web.person().post(ASKED, **{"Content-Type": kind}), 415)


async def test_json_may_say_its_character_set(web: Web) -> None:
    told(await web.person().post(ASKED, **{"Content-Type": "application/json; charset=utf-8"}))


async def test_a_text_of_4096_characters_is_taken_and_one_more_is_not(web: Web) -> None:
    anna = web.person()
    await anna.say("\U0001f6b2" * MOST_CHARACTERS)
    before = await web.rows("address")
    refused = problem(await anna.post({"text": "å" * (MOST_CHARACTERS + 1)}), 413)
    assert refused["detail"] == web.says("web.too_long")
    assert str(MOST_CHARACTERS) in refused["detail"]
    assert await web.rows("address") == before


async def test_a_body_larger_than_anything_we_take_is_refused(web: Web) -> None:
    anna = web.person()
    assert problem(await anna.post(b" " * 1_000_000), 413)["detail"] == web.says("web.too_long")
    problem(await anna.post(gzip.compress(b"a" * 9_000_000, mtime=0), **{"Content-Encoding": "gzip"}), 400)


async def test_somebody_in_a_hurry_is_asked_to_wait_and_others_are_not(tmp_path: Path) -> None:
    async with running_web(tmp_path, pace=Pace(burst=3, per_second=0.1)) as web:
        anna, bo = web.person(), web.person()
        await anna.say("hej")
        answers = [await anna.post({"text": "hej"}) for _ in range(6)]
        refused = [each for each in answers if each.status_code != 200]
        assert refused
        assert problem(refused[-1], 429)["detail"] == web.says("web.too_fast")
        assert 1 <= int(refused[-1].headers["retry-after"]) <= 60
        await bo.say("hej")


async def test_when_nothing_can_be_stored_nothing_is_promised(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    await anna.say("hej")
    before = await web.rows("address")
    with web.refusing():
        refused = await anna.post({"text": UNKNOWN}, key)
        assert problem(refused, 503)["detail"] == web.says("web.cannot_store")
        assert int(refused.headers["retry-after"]) >= 1
        assert await web.rows("address") == before
        assert len(await anna.history()) == 3, "what is stored can still be read"
    assert kinds(told(await anna.post({"text": UNKNOWN}, key))) == ["said", "offer"]


async def test_a_full_disk_refuses_and_recovers(web: Web) -> None:
    anna = web.person()
    await anna.say("hej")
    await web.service.store.write(lambda tx: tx.db.execute("PRAGMA max_page_count = 1").fetchone())
    answers = [await anna.post({"text": "Vad är en elcykel? " * 200}) for _ in range(12)]
    refused = [each for each in answers if each.status_code != 200]
    assert problem(refused[-1], 503)["detail"] == web.says("web.cannot_store")
    await web.service.store.write(lambda tx: tx.db.execute("PRAGMA max_page_count = 1073741823").fetchone())
    kept = [each for each in answers if each.status_code == 200]
    await anna.say("hej")
    assert len([each for each in await anna.history() if each["sender"] == "you"]) == 2 + len(kept)


async def test_a_browser_on_another_page_may_not_call(web: Web) -> None:
    for headers in (
        {"Origin": ELSEWHERE},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ):
        problem(await web.person().post(ASKED, **headers), 403)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_told_which_ones_there_are(web: Web, method: str) -> None:
    response = await web.person().http.request(method, "/api/v1/messages", json=ASKED)
    problem(response, 405)
    assert response.headers["allow"]


async def test_an_address_that_does_not_exist_is_a_problem_too(web: Web) -> None:
    assert problem(await web.person().get("/api/v1/nej"), 404)["detail"] == web.says("web.not_found")


# History


async def test_history_is_ones_own_and_goes_on_after_a_message(web: Web) -> None:
    anna, bo = web.person(), web.person()
    first = await anna.say("hej")
    await bo.say(UNKNOWN)
    second = await anna.say(ASKED["text"])
    assert await anna.history() == first + second
    assert await anna.history(after=first[-1]["id"]) == second
    assert await anna.history(after=second[-1]["id"]) == []
    assert await web.person().history() == []


@pytest.mark.parametrize("after", ["", "m-", "hej", "m-٣", "-1", "m--1", "m-1e9", "9" * 400, "m-\0"])
async def test_an_id_nobody_gave_out_means_from_the_beginning(web: Web, after: str) -> None:
    anna = web.person()
    await anna.say("hej")
    response = await anna.http.get("/api/v1/messages", params={"after": after})
    assert len(told(response)) == 3


async def test_a_long_history_can_be_read_to_its_end(web: Web) -> None:
    anna = web.person()
    for _ in range(110):
        await anna.say("hej")
    found, last = await anna.history(), ""
    while found and found[-1]["id"] != last:
        last = found[-1]["id"]
        found += await anna.history(after=last)
    assert [each["id"] for each in found] == [f"m-{number}" for number in range(1, 222)]


# Forgetting


async def test_who_is_forgotten_loses_the_cookie_and_begins_anew(web: Web) -> None:
    anna = web.person()
    await anna.say("glöm mig")
    gone = await anna.post({"choice": "forget:yes"})
    assert [each["id"] for each in told(gone)] == ["m-0"]
    assert SimpleCookie(gone.headers["set-cookie"])["servicelotsen"]["max-age"] == "0"
    assert anna.address is None
    assert not (await web.rows())["message"]
    assert kinds(await anna.say("hej"))[0] == "welcome"


async def test_a_forgotten_persons_old_cookie_is_nobody_and_gets_a_new_one(web: Web) -> None:
    anna, tab = web.person(), web.person()
    await anna.say("glöm mig")
    tab.http.cookies = httpx.Cookies(anna.http.cookies)
    before = tab.address
    await anna.choose("forget:yes")
    assert await tab.history() == []
    await tab.say("hej")
    assert tab.address != before


# The service itself


async def test_health_is_green_while_it_can_store_and_red_while_not(web: Web) -> None:
    anyone = web.person()
    assert (await anyone.get("/health")).json()["status"] == "ok"
    with web.refusing():
        red = await anyone.get("/health")
        assert (red.status_code, red.json()["status"] == "ok") == (503, False)
        assert red.headers["retry-after"]
    assert (await anyone.get("/health")).status_code == 200


async def test_metrics_count_without_naming_anybody(web: Web) -> None:
    anna = web.person()
    await anna.ask_moderator("Vad kostar en elcykel i Gällivare?")
    metrics = (await anna.get("/metrics")).text
    assert 'servicelotsen_questions{state="new"} 1.0' in metrics
    assert 'outcome="handled"' in metrics
    for secret in (anna.address or "?", "Gällivare", (await web.rows())["person"][0][0]):
        assert secret not in metrics


async def test_the_answer_is_json_that_says_what_it_is(web: Web) -> None:
    response = await web.person().post(ASKED)
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.content)["messages"]
    assert not {name for each in told(response) for name in each} - PROMISED - {
        "sender", "at", "time", "heading", "note", "progress", "sources",
    }  # fmt: skip


async def test_the_answer_tells_which_language_is_spoken_from_now_on(web: Web) -> None:
    anna, key = web.person(), fresh_key()
    assert (await anna.post({"text": "hej"})).json()["language"] == "sv"
    answer = await anna.post({"text": "in english"}, key)
    assert answer.json()["language"] == "en"
    assert (await anna.post({"text": "in english"}, key)).json() == answer.json()
