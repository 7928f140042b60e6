"""What is kept of a person, what the browser is given to keep, and what never shows in a log."""

import logging
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.web import UNKNOWN, WEBINAR, Web, fresh_key, read, serving

READING = ["/", f"/w/{WEBINAR}", "/om", f"/scen/{WEBINAR}", "/static/site.css", "/static/chat.js", "/api/v1/messages",
           "/api/v1/events", "/health", "/metrics", "/moderator", "/nej", "/robots.txt", "/?lang=en"]  # fmt: skip


# What is written into the chat (P3)

PERSONAL = [
    ("Mitt nummer är 19811228-9874", "19811228-9874"),
    ("Mitt nummer är 811228-9874", "811228-9874"),
    ("Ring 070-123 45 67 om elcykeln", "070-123 45 67"),
    ("Ring +46 70 123 45 67", "123 45 67"),
    ("Skriv till anna.andersson@example.org", "anna.andersson"),
    ("Skriv till anna (at) example (punkt) org", "anna (at)"),
    ("Kortet är 4111 1111 1111 1111", "4111 1111"),
    ("Mitt num\u200bmer är 1981\u200b1228-98\u00ad74", "1228-98"),  # longer than chance puts into a random key
]


@pytest.mark.parametrize(("text", "secret"), PERSONAL)
@pytest.mark.parametrize("by_form", [False, True])
async def test_personal_numbers_are_taken_out_before_anything_is_kept(
    web: Web, text: str, secret: str, *, by_form: bool
) -> None:
    anna = web.person()
    if by_form:
        assert (await anna.submit("/", key=fresh_key(), text=text)).status_code == 303
    else:
        assert secret not in str(await anna.say(text))
    assert "clean.removed" in await web.keys(anna)
    assert secret not in repr(await web.rows())
    assert secret not in (await anna.get("/")).text


async def test_what_a_moderator_sees_has_no_personal_numbers_either(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator(f"{UNKNOWN} Ring 070-123 45 67")
    page = (await moderator.get("/moderator")).text
    assert "123 45 67" not in page
    assert "[telefonnummer]" in page


async def test_nothing_about_the_network_or_the_browser_is_kept(web: Web) -> None:
    anna = web.person()
    await anna.post({"text": "hej"}, **{"User-Agent": "Planterad/1.0", "X-Forwarded-For": "192.0.2.77"})
    kept = repr(await web.rows())
    assert "Planterad" not in kept
    assert "192.0.2.77" not in kept
    assert "127.0.0.1" not in kept


# What the browser is given (P5, P6)


async def test_who_only_reads_gets_no_cookie(web: Web) -> None:
    reader = web.person()
    for path in READING:
        assert "set-cookie" not in (await reader.get(path)).headers, path
    assert not (await web.rows())["person"]


async def test_who_has_written_has_exactly_one_cookie(web: Web) -> None:
    anna = web.person()
    assert len((await anna.post({"text": "hej"})).headers.get_list("set-cookie")) == 1
    for path in set(READING) - {"/api/v1/events"}:  # a stream that would not end
        assert "set-cookie" not in (await anna.get(path)).headers, path
    await anna.say(UNKNOWN)
    assert [cookie.name for cookie in anna.http.cookies.jar] == ["servicelotsen"]


async def test_a_refused_message_gives_no_cookie(web: Web) -> None:
    anna = web.person()
    for body in ({}, {"choice": "send:1"}, {"text": "å" * 5000}, {"text": "hej", "webinar": "nej"}):
        assert "set-cookie" not in (await anna.post(body)).headers
    assert "set-cookie" not in (await anna.submit("/", key="fel", text="hej")).headers


async def test_pages_ask_nothing_of_other_sites(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    for who, path in ((anna, "/"), (anna, "/om"), (anna, f"/scen/{WEBINAR}"), (anna, "/nej"), (moderator, "/moderator"),
                      (moderator, "/moderator/fragor/1")):  # fmt: skip
        page = read((await who.get(path)).text)
        loaded = [each.get("src", "") for tag in ("script", "img", "iframe", "source") for each in page.all(tag)]
        loaded += [each["href"] for each in page.all("link")]
        assert loaded
        assert not [each for each in loaded if not each.startswith("/static/") and each != "/app.webmanifest"]
    for name in ("site.css", "chat.js", "moderator.js", "scen.js", "favicon.svg"):
        text = re.sub(r"https?://www\.w3\.org/\S+", "", (await anna.get(f"/static/{name}")).text)
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text), name
        assert "localStorage" not in text
        assert "document.cookie" not in text


# What shows in a log (P7)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger at its most talkative; those of the tests' own client left out."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def test_no_secret_and_nobodys_words_are_in_any_log_or_metric_or_error(
    web: Web, everything_logged: pytest.LogCaptureFixture
) -> None:
    anna, moderator = web.person(), await web.moderator()
    token, key = await web.invited(), fresh_key()
    words = ["Hemligheten Aspnäs", "Ordet Björkviken", "Svaret Cedersund", "Skälet Dalstorp", "Felet Ekshärad"]
    await anna.post({"text": f"{UNKNOWN} {words[0]}"}, key)
    await anna.submit("/", key=fresh_key(), text=words[1])
    first, second = await anna.ask_moderator(words[0]), await anna.ask_moderator(words[1])
    csrf = await moderator.csrf()
    await moderator.decide(first, answer=words[2])
    await moderator.decide(second, reason="own", own_reason=words[3])
    await web.person().submit("/moderator/logga-in", token=token)
    errors = [await anna.post({"text": words[4] * 400}), await anna.post(words[4].encode()), await anna.get("/nej")]
    errors += [await anna.post({"choice": words[4]}), await web.person().submit("/", key=key, choice=words[4])]
    with web.refusing():
        errors.append(await anna.post({"text": words[4]}))
    async with serving(web) as server, httpx.AsyncClient(base_url=server.base, cookies=anna.http.cookies) as http:
        await http.post("/api/v1/messages", json={"text": words[0]}, headers={"Idempotency-Key": fresh_key()})
        await http.get(f"/moderator/logga-in/{token}", params={"sok": words[1]})
    sessions = list(dict(moderator.http.cookies).values())
    (person,) = {row[0] for row in (await web.rows())["person"]}
    planted = [*words, token, key, csrf, web.service.secret, anna.address or "?", person, *sessions]
    logged = [record for record in everything_logged.records if record.name.split(".")[0] not in ("httpx", "httpcore")]
    assert [record for record in logged if record.name.startswith("uvicorn")], "nothing was logged at all"
    shown = "\n".join(f"{record.getMessage()} {record.exc_info}" for record in logged)
    shown += (await anna.get("/metrics")).text + (await anna.get("/health")).text
    shown += "".join(each.text for each in errors)
    assert not [secret for secret in planted if secret in shown]


async def test_a_failure_of_our_own_shows_nothing_of_what_was_asked(
    web: Web, monkeypatch: pytest.MonkeyPatch, everything_logged: pytest.LogCaptureFixture
) -> None:
    anna = web.person()
    await anna.say("hej")
    anna.http._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    monkeypatch.setattr("bot.conversations.engine.step", broken)
    response = await anna.post({"text": "Ordet Björkviken"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    page = await anna.submit("/", key=fresh_key(), text="Ordet Björkviken")
    assert page.status_code == 500
    shown = response.text + page.text + "".join(record.getMessage() for record in everything_logged.records)
    assert "Björkviken" not in shown
    assert "Traceback" not in shown
    assert "broken" not in shown


def broken(*_: object) -> None:
    """A mistake of ours."""
    raise RuntimeError("broken")
