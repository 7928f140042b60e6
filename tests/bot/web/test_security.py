"""Attacks on the web application: forged posts, other people's things, paths, links, sessions, headers."""

import asyncio
import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.channels.web.protection import HEADERS, MOST_BODY_BYTES
from bot.moderator.signing_in import ABSOLUTE_HOURS, IDLE_HOURS, INVITE_MINUTES, TRIES_A_MINUTE
from bot.store.rows import hashed
from bot.store.tx import Tx
from tests.content import SHORT_WALK
from tests.polls import OPENING
from tests.post import mailbox
from tests.stepping import with_run
from tests.web import (
    ELSEWHERE,
    HERE,
    PUBLIC,
    ROUND,
    UNKNOWN,
    WEBINAR,
    Moderator,
    Person,
    Web,
    choices,
    frames,
    fresh_key,
    read,
    running_web,
    serving,
)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """The application with all its routes: some are there only with a mail server."""
    async with mailbox() as box, running_web(tmp_path, smtp=box.url) as found:
        yield found


# Forged posts (S4)

Send = Callable[[Person, dict[str, str]], Awaitable[httpx.Response]]


RUN = "0123456789"


@dataclass(frozen=True)
class Post:
    """A route that changes something, and how a page of ours would call it."""

    path: str
    fields: dict[str, str]
    desk: bool = False
    answer: int = 303
    """The status when it is our own page."""
    lecturer: bool = False


POSTS = [
    Post("/", {"text": UNKNOWN}),
    Post(f"/w/{WEBINAR}", {"choice": "checklist"}),
    Post("/moderator/fragor/1", {"version": "1", "answer": "Ja."}, desk=True),
    Post("/moderator/logga-ut", {}, desk=True),
    Post("/forelasare", {"answer": "Ja."}, lecturer=True),
    Post("/moderator/lagg-till", {"text": UNKNOWN}, desk=True),
    Post("/moderator/flera", {"act": "approved", "q": "1:1"}, desk=True),
    Post("/moderator/ordning", {"number": "2", "way": "down"}, desk=True),
    Post("/moderator/forslag", {"key": "F-5-sv", "version": "0", "act": "dismiss"}, desk=True),
    Post("/moderator/logga-in", {}),
    Post("/moderator/telegram", {}, desk=True, answer=200),
    Post(f"/w/{WEBINAR}/omrostning", {"choice": "poll"}),
    Post("/moderator/omrostningar", {"webinar": WEBINAR, "poll": OPENING, "do": "open"}, desk=True),
    Post("/tillbaka/{token}", {}),
    Post(f"/r/{ROUND}", {}),
    Post("/paminnelse/{run}", {"address": "anna@example.net"}, answer=200),
    Post("/paminnelse/svar/{token}", {"answer": "yes"}, answer=200),
]
FORGED: list[dict[str, str]] = [
    {},
    {"Origin": ELSEWHERE},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:8081"},
    {"Origin": "http://127.0.0.1.illvilja.example:8080"},
    {"Origin": "http://["},
    {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    {"Origin": ELSEWHERE, "Sec-Fetch-Site": "same-origin"},
    {"Referer": HERE + "/"},
]


@dataclass(frozen=True)
class Scene:
    """Somebody who has asked, somebody signed in, and what forms of theirs carry."""

    web: Web
    anna: Person
    moderator: Moderator
    csrf: str
    token: str
    lecturer: Moderator
    hidden: dict[str, str]
    """The hidden fields of the lecturer's form."""

    @classmethod
    async def set(cls, web: Web) -> "Scene":
        """The scene: a new question, two up next and one answered in writing; a round, and one link not used."""
        anna, moderator = web.person(), await web.moderator()
        web.service.conversations.doors["moderators"] = "https://t.me/nagon?start=m-"
        await web.begin_round()
        await anna.ask_moderator()
        for number in (2, 3):
            await anna.ask_moderator()
            await web.service.store.write(lambda tx, it=number: tx.decide(it, 1, "next", "moderator", web.clock()))  # type: ignore[misc]
        await anna.get("/")
        await asked_by_mail(web, anna, "{run}", "{token}")
        lecturer = await answering_later(web)
        hidden = read((await lecturer.get("/forelasare")).text).hidden
        await web.service.store.write(lambda tx: answered(tx, web.clock()))
        return cls(web, anna, moderator, await moderator.csrf(), await web.invited(), lecturer, hidden)

    async def send(self, post: Post, headers: dict[str, str], **changed: str) -> httpx.Response:
        """A post by the one whose cookie an attacker would ride on."""
        if post.lecturer:
            return await self.lecturer.submit(post.path, headers, **{**self.hidden, **post.fields, **changed})
        secret = {"csrf": self.csrf} if post.desk else {"key": fresh_key(), "token": self.token}
        who = self.moderator if post.desk else self.anna
        return await who.submit(post.path, headers, **{**secret, **post.fields, **changed})


def answered(tx: Tx, now: dt.datetime) -> None:
    """A question answered in writing: a contribution to decide."""
    number = tx.ask(None, 0, "Vad kostar det?", "sv", WEBINAR, (), now)
    tx.decide(number, 1, "answered", "moderator", now, text="Tusen kronor.")


async def answering_later(web: Web) -> Moderator:
    """A lecturer, with a question to answer afterwards."""

    def later(tx: Tx) -> None:
        number = tx.ask(None, 0, "Och sedan?", "sv", WEBINAR, (), web.clock())
        tx.decide(number, 1, "later", "moderator", web.clock())

    await web.service.store.write(later)
    lecturer = Moderator(web)
    await lecturer.sign_in(await web.invited("lecturer", WEBINAR))
    return lecturer


async def asked_by_mail(web: Web, person: Person, run: str, token: str) -> None:
    """Somebody has a run, and a letter has gone about it."""
    who = await web.service.store.read(lambda tx: tx.person_at("web", person.address or ""))
    await with_run(web, who or "", run)

    def keep(tx: Tx) -> None:
        tx.count_letter(run, 3, web.clock())
        tx.ask_by_mail(run, "anna@example.net", hashed(token), "sv", web.clock())

    await web.service.store.write(keep)


def form_routes(web: Web) -> set[str]:
    """The paths of every route that takes forms."""
    return {path for path, methods in walked(web) if "POST" in methods and not path.startswith("/api/")}


def walked(web: Web) -> list[tuple[str, set[str]]]:
    """Every route of the application: its path and its methods."""
    app = cast("Starlette", web.app.app)
    found = [(route.path, set(route.methods or ())) for route in app.routes if isinstance(route, Route)]
    return [*found, *((route.path, {"GET"}) for route in app.routes if isinstance(route, Mount))]


async def test_every_route_that_takes_a_form_is_attacked(web: Web) -> None:
    attacked = {re.sub(f"{WEBINAR}|{ROUND}", "{code}", post.path).replace("/1", "/{number:int}") for post in POSTS}
    assert attacked == form_routes(web)


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.path)
async def test_a_form_of_another_origin_changes_nothing(web: Web, post: Post) -> None:
    scene = await Scene.set(web)
    before = await web.rows()
    for headers in FORGED:
        assert (await scene.send(post, headers)).status_code == 403, headers
    assert await web.rows() == before
    assert (await scene.send(post, {"Sec-Fetch-Site": "same-origin"})).status_code == post.answer
    assert await web.rows() != before


@pytest.mark.parametrize("post", [post for post in POSTS if post.desk], ids=lambda post: post.path)
async def test_a_form_of_the_desk_needs_its_own_sessions_token(web: Web, post: Post) -> None:
    scene = await Scene.set(web)
    other = await (await web.moderator()).csrf()
    before = await web.rows()
    for token in ("", "fel", other, scene.csrf[:-1], scene.csrf + "0", scene.csrf.upper(), "å\0", "A" * 5000):
        assert (await scene.send(post, {"Origin": HERE}, csrf=token)).status_code == 403
    assert await web.rows() == before


async def test_a_token_of_an_ended_session_is_stale(web: Web) -> None:
    scene = await Scene.set(web)
    await scene.send(POSTS[3], {"Origin": HERE})
    await scene.moderator.sign_in(scene.token)
    assert (await scene.send(POSTS[2], {"Origin": HERE})).status_code == 403


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.path)
async def test_a_form_in_another_dress_changes_nothing(web: Web, post: Post) -> None:
    scene = await Scene.set(web)
    who = scene.moderator if post.desk else scene.anna
    fields = {"csrf": scene.csrf, "key": fresh_key(), "token": scene.token, **post.fields}
    plain = "&".join(f"{name}={value}" for name, value in fields.items())
    before = await web.rows()
    for kind in ("text/plain", "application/json", "application/octet-stream", ""):
        content = json.dumps(fields) if kind == "application/json" else plain
        headers = {"Origin": HERE, "Content-Type": kind}
        assert (await who.http.post(post.path, content=content, headers=headers)).status_code >= 400
    for override in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}, {"X-HTTP-Method": "POST"}):
        await who.http.get(post.path, params={**fields, "_method": "POST"}, headers={"Origin": HERE, **override})
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await who.http.request(method, post.path, data=fields, headers={"Origin": HERE})).status_code == 405
    assert await web.rows() == before


async def test_the_api_takes_no_call_that_a_page_of_another_site_can_make(web: Web) -> None:
    anna = web.person()
    await anna.say("hej")
    await anna.get("/")
    before = await web.rows()
    body = json.dumps({"text": UNKNOWN})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = {"Content-Type": kind, "Idempotency-Key": fresh_key()}
        assert (await anna.http.post("/api/v1/messages", content=body, headers=headers)).status_code == 415
    for headers in [each for each in FORGED if each.get("Origin", HERE) != HERE or "Sec-Fetch-Site" in each]:
        assert (await anna.post({"text": UNKNOWN}, **headers)).status_code == 403
    assert await web.rows() == before
    preflight = await anna.http.options("/api/v1/messages", headers={"Origin": ELSEWHERE})
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


async def test_no_page_that_is_only_opened_changes_anything(web: Web) -> None:
    scene = await Scene.set(web)
    places = [place(path, scene.token) for path, methods in walked(web) if "GET" in methods]
    places = [each for each in places if not each.endswith("/events")]
    assert len(places) > 8
    before = await web.rows("probe")
    for path in places:
        for method in ("GET", "HEAD"):
            for who in (scene.anna, scene.moderator, web.person()):
                assert (await who.http.request(method, path)).status_code < 500
    assert await web.rows("probe") == before, "`probe` is what /health writes to know that writing works"


# Other people's things (S5)

WHO = ("anon", "viewer", "other viewer", "moderator", "signed out", "expired")
OPEN = dict.fromkeys(WHO, 200)
DESK = {**dict.fromkeys(WHO, 401), "moderator": 200}
ALLOWED: dict[tuple[str, str], dict[str, int]] = {
    ("GET", "/"): OPEN,
    ("POST", "/"): dict.fromkeys(WHO, 303),
    ("GET", "/w/{code}"): OPEN,
    ("POST", "/w/{code}"): dict.fromkeys(WHO, 303),
    ("GET", "/w/{code}/omrostning"): OPEN,
    ("POST", "/w/{code}/omrostning"): dict.fromkeys(WHO, 422),
    ("GET", "/w/{code}/omrostning/events"): OPEN,
    ("GET", "/scen/{code}/omrostning"): OPEN,
    ("GET", "/scen/{code}/omrostning/events"): OPEN,
    ("GET", "/om"): OPEN,
    ("GET", "/tillbaka/{token}"): OPEN,
    ("POST", "/tillbaka/{token}"): dict.fromkeys(WHO, 303),
    ("GET", "/r/{code}"): OPEN,
    ("POST", "/r/{code}"): dict.fromkeys(WHO, 303),
    ("GET", "/paminnelse/{run}"): {**dict.fromkeys(WHO, 404), "viewer": 200},
    ("POST", "/paminnelse/{run}"): {**dict.fromkeys(WHO, 404), "viewer": 200},
    ("GET", "/paminnelse/svar/{token}"): dict.fromkeys(WHO, 404),
    ("POST", "/paminnelse/svar/{token}"): dict.fromkeys(WHO, 404),
    ("GET", "/checklista"): OPEN,
    ("GET", "/sw.js"): OPEN,
    ("GET", "/app.webmanifest"): OPEN,
    ("GET", "/media/{name:path}"): OPEN,
    ("GET", "/scen/{code}"): OPEN,
    ("GET", "/scen/{code}/events"): OPEN,
    ("GET", "/robots.txt"): OPEN,
    ("GET", "/static"): OPEN,
    ("GET", "/api/v1/messages"): OPEN,
    ("POST", "/api/v1/messages"): OPEN,
    ("GET", "/api/v1/checklists/{run}"): {**dict.fromkeys(WHO, 404), "viewer": 200},
    ("POST", "/api/v1/checklists/{run}/answers"): {**dict.fromkeys(WHO, 404), "viewer": 200},
    ("GET", "/api/v1/events"): {**dict.fromkeys(WHO, 204), "viewer": 200, "other viewer": 200},
    ("GET", "/health"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/moderator"): DESK,
    ("GET", "/moderator/ko"): DESK,
    ("GET", "/moderator/events"): DESK,
    ("GET", "/moderator/fragor/{number:int}"): DESK,
    ("POST", "/moderator/fragor/{number:int}"): {**DESK, "moderator": 303},
    ("GET", "/moderator/rapport/{code}"): DESK,
    ("GET", "/moderator/luckor"): DESK,
    ("GET", "/moderator/telegram"): {**DESK, "moderator": 404},
    ("POST", "/moderator/telegram"): {**DESK, "moderator": 404},
    ("GET", "/moderator/forslag"): DESK,
    ("POST", "/moderator/forslag"): {**DESK, "moderator": 422},
    ("GET", "/moderator/forslag/filer"): DESK,
    ("GET", "/forelasare"): {**DESK, "moderator": 403},
    ("POST", "/forelasare"): {**DESK, "moderator": 403},
    ("GET", "/moderator/omrostningar"): DESK,
    ("POST", "/moderator/omrostningar"): {**DESK, "moderator": 404},
    ("GET", "/moderator/omrostningar/events"): DESK,
    ("POST", "/moderator/lagg-till"): {**DESK, "moderator": 303},
    ("POST", "/moderator/flera"): {**DESK, "moderator": 422},
    ("POST", "/moderator/ordning"): {**DESK, "moderator": 303},
    ("POST", "/moderator/logga-ut"): {**DESK, "moderator": 303},
    ("GET", "/moderator/logga-in/{token}"): OPEN,
    ("POST", "/moderator/logga-in"): dict.fromkeys(WHO, 410),
}
"""Who may do what, for every route; the last one with a token that was never given out."""
WRONG = "fel"
SECRET = "Annas hemliga fråga om Storgatan"


def place(path: str, token: str = WRONG) -> str:
    """A path with its places filled."""
    filled = path.replace("/r/{code}", f"/r/{ROUND}").replace("{code}", WEBINAR).replace("{run}", RUN)
    filled = filled.replace("{number:int}", "1").replace("{token}", token)
    filled = filled.replace("{name:path}", f"qr/{WEBINAR}.png")
    return filled + "/site.css" if filled == "/static" else filled


async def everybody(web: Web) -> dict[str, Person]:
    """The six kinds of people there are; "viewer" has asked question 1 and walks a run. A round is open to all."""
    await web.begin_round()
    people: dict[str, Person] = {"anon": web.person(), "viewer": web.person(), "other viewer": web.person()}
    expired = await web.moderator()
    web.clock.forward(hours=ABSOLUTE_HOURS)
    gone = await web.moderator()
    kept = dict(gone.http.cookies)
    await gone.submit("/moderator/logga-ut", csrf=await gone.csrf())
    gone.http.cookies.update(kept)
    await people["viewer"].ask_moderator(SECRET)
    await asked_by_mail(web, people["viewer"], RUN, SECRET)
    await people["other viewer"].say("hej")
    return {**people, "moderator": await web.moderator(), "signed out": gone, "expired": expired}


async def test_every_route_is_in_the_table(web: Web) -> None:
    asked = {(method, path) for path, methods in walked(web) for method in methods - {"HEAD"}}
    assert asked == ALLOWED.keys()


@pytest.mark.parametrize(("method", "path"), ALLOWED, ids=str)
async def test_people_get_what_the_table_says_and_nobody_elses_words(web: Web, method: str, path: str) -> None:
    people = await everybody(web)
    async with serving(web) as server:
        for who, expected in ALLOWED[method, path].items():
            status, text = await called(server.base, people[who], method, path)
            assert status == expected, who
            if who not in ("viewer", "moderator"):
                assert SECRET not in text, who


async def called(base: str, person: Person, method: str, path: str) -> tuple[int, str]:
    """The status, and what comes within a moment: some answers are streams."""
    csrf = await person.csrf() if isinstance(person, Moderator) and (await person.get("/moderator")).is_success else ""
    fields = {"key": fresh_key(), "text": "hej", "csrf": csrf, "version": "1", "answer": "Ja.", "token": "fel"}
    fields["address"] = "anna@example.net"
    headers = {"Origin": base, "Idempotency-Key": fresh_key()}
    body: dict[str, Any] = {"json": {"text": "hej", "answers": []}} if path.startswith("/api") else {"data": fields}
    target = place(path, await person.web.invited())
    async with (
        httpx.AsyncClient(base_url=base, cookies=person.http.cookies, timeout=5) as http,
        http.stream(method, target, headers=headers, **(body if method == "POST" else {})) as response,
    ):
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            return response.status_code, (await response.aread()).decode(errors="replace")
        async for frame in frames(response):
            return response.status_code, frame.data
    return response.status_code, ""


async def test_another_persons_ids_open_nothing(web: Web) -> None:
    anna, eve = web.person(), web.person()
    number = await anna.ask_moderator(SECRET)
    offered = await walked_into_the_checklist(anna)
    await eve.say("hej")
    before = await web.rows("address", "message", "conversation", "seen", "person")
    for choice in offered:
        refused = await eve.post({"choice": choice})
        assert refused.status_code == 422 or SECRET not in refused.text, choice
    for text in (f"F-{number}", f"f {number}", f"/f{number}"):
        assert SECRET not in str(await eve.say(text))
    assert SECRET not in str(await eve.choose("mine"))
    assert SECRET not in str(await eve.history(after="m-0"))
    assert await web.rows("address", "message", "conversation", "seen", "person") == before


async def walked_into_the_checklist(person: Person) -> list[str]:
    """Start a run and answer twice; every choice that was offered on the way and names the run."""
    for start in ("checklist", *SHORT_WALK):
        messages = await person.choose(start)
    for _ in range(2):
        messages = await person.choose(next(each for each in choices(messages) if each.endswith(":ja")))
    (run,) = {row[0] for row in (await person.web.rows())["run"]}
    every = [choice["id"] for message in await person.history() for choice in message["choices"]]
    return [choice for choice in every if run in choice]


# Paths (S6)

OUTSIDE = [
    "../pages.py",
    "..%2fpages.py",
    "%2e%2e/pages.py",
    "%2e%2e%2fpages.py",
    "..%5cpages.py",
    "....//pages.py",
    "%252e%252e%252fpages.py",
    "..%c0%afpages.py",
    "%c0%ae%c0%ae/pages.py",
    "%ef%bc%8e%ef%bc%8e/pages.py",
    "..%00/pages.py",
    "site.css%00.py",
    "%00",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..;/pages.py",
    "../../../../../../../../etc/passwd",
    "CON",
    "nul",
    "site.css/../../pages.py",
    "x" * 300,
    "%ff%fe",
    "../templates/base.html",
    "%2e%2e/templates/base.html",
]


@pytest.mark.parametrize("where", ["/static/", "/w/", "/scen/", "/moderator/logga-in/", "/"])
async def test_no_path_leads_outside(web: Web, where: str) -> None:
    async with serving(web) as server:
        for outside in OUTSIDE:
            raw = await exchanged(server.base, f"GET {where}{outside} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            status = int(raw.split(b" ", 2)[1])
            assert status in (400, 404, 410), (outside, status)
            assert b"root:" not in raw
            assert b"import " not in raw
            assert b"{%" not in raw


async def exchanged(base: str, request: str) -> bytes:
    """What the server says to exactly these bytes; clients tidy paths up before they send them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    writer.write(request.encode("latin-1"))
    async with asyncio.timeout(5):
        found = await reader.read()
    writer.close()
    return found


async def test_a_webinar_named_like_a_path_is_no_webinar(web: Web) -> None:
    anna = web.person()
    for name in (
        "../landet-lar-47",
        "landet-lar-47/",
        "landet-lar-47\0",
        "LANDET-LAR-47",
        " landet-lar-47",
        "__class__",
    ):
        assert (await anna.post({"text": "hej", "webinar": name})).status_code == 422


async def test_an_odd_host_is_no_failure(web: Web) -> None:
    for host in ("[", "a b", "", "x:99999", "\xff", "[::1", "a" * 5000):
        for path in ("/", f"/scen/{WEBINAR}", "/nej", "/om/"):
            assert (await web.person().http.get(path, headers={b"Host": host.encode("latin-1")})).status_code < 500


# Links (S7)


async def test_looking_at_a_link_never_uses_it_up(web: Web) -> None:
    token, before = await web.invited(), None
    before = await web.rows()
    preview = web.person()
    for _ in range(20):
        for method in ("GET", "HEAD"):
            assert (await preview.http.request(method, f"/moderator/logga-in/{token}")).status_code == 200
    assert await web.rows() == before
    assert (await Moderator(web).sign_in(token)).status_code == 303


async def test_a_link_works_once(web: Web) -> None:
    token = await web.invited()
    await Moderator(web).sign_in(token)
    assert (await Moderator(web).sign_in(token)).status_code == 410
    assert (await web.person().get(f"/moderator/logga-in/{token}")).status_code == 410


async def test_a_link_lives_a_quarter_of_an_hour(web: Web) -> None:
    token = await web.invited()
    web.clock.forward(minutes=INVITE_MINUTES, seconds=-1)
    assert (await web.person().get(f"/moderator/logga-in/{token}")).status_code == 200
    web.clock.forward(seconds=2)
    assert (await web.person().get(f"/moderator/logga-in/{token}")).status_code == 410
    assert (await Moderator(web).sign_in(token)).status_code == 410


async def test_of_fifty_who_use_a_link_at_once_one_gets_in(web: Web) -> None:
    token = await web.invited()
    answers = await asyncio.gather(*(Moderator(web).sign_in(token) for _ in range(50)))
    assert sorted(each.status_code for each in answers) == [303] + [410] * 49
    assert len((await web.rows())["session"]) == 1


async def test_guessing_links_comes_to_a_stop(web: Web) -> None:
    answers = [await Moderator(web).sign_in(f"gissning-{each}") for each in range(TRIES_A_MINUTE + 20)]
    assert answers[0].status_code == 410
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert not (await web.rows())["session"]


async def test_a_link_is_long_and_kept_only_as_its_hash(web: Web) -> None:
    token = await web.invited()
    assert len(token) * 6 >= 128
    assert token not in repr(await web.rows())
    assert await web.invited() != token


# Sessions (S8)


async def test_a_session_planted_beforehand_is_not_the_one_that_begins(web: Web) -> None:
    sara = Moderator(web)
    sara.http.cookies.set("moderator", "planterad-av-eve")
    await sara.sign_in(await web.invited())
    eve = web.person()
    eve.http.cookies.set("moderator", "planterad-av-eve")
    assert (await eve.get("/moderator")).status_code == 401


async def test_every_sign_in_is_a_session_of_its_own(web: Web) -> None:
    first, second = await web.moderator(), await web.moderator()
    assert dict(first.http.cookies) != dict(second.http.cookies)
    await first.submit("/moderator/logga-ut", csrf=await first.csrf())
    assert (await second.get("/moderator")).status_code == 200


async def test_a_session_ends_when_nobody_uses_it(web: Web) -> None:
    sara = await web.moderator()
    for _ in range(3):
        web.clock.forward(hours=IDLE_HOURS, minutes=-1)
        assert (await sara.get("/moderator")).status_code == 200
    web.clock.forward(hours=IDLE_HOURS)
    assert (await sara.get("/moderator")).status_code == 401


async def test_a_session_ends_after_a_day_however_much_it_is_used(web: Web) -> None:
    sara = await web.moderator()
    for _ in range(ABSOLUTE_HOURS - 1):
        web.clock.forward(hours=1)
        assert (await sara.get("/moderator")).status_code == 200
    web.clock.forward(hours=1)
    assert (await sara.get("/moderator")).status_code == 401


async def test_sessions_are_kept_only_as_their_hash(web: Web) -> None:
    sara = await web.moderator()
    assert dict(sara.http.cookies)["moderator"] not in repr(await web.rows())


@pytest.mark.parametrize(("public", "prefix"), [("", ""), (PUBLIC, "__Host-")])
async def test_cookies_are_as_tight_as_the_connection_allows(tmp_path: Path, public: str, prefix: str) -> None:
    async with running_web(tmp_path, public=public) as web:
        anna, sara = web.person(), Moderator(web)
        given = [(await anna.post({"text": "hej"})).headers["set-cookie"]]
        given.append((await sara.sign_in(await web.invited())).headers["set-cookie"])
        given.append((await sara.submit("/moderator/logga-ut", csrf=await sara.csrf())).headers["set-cookie"])
        await anna.say("glöm mig")
        given.append((await anna.post({"choice": "forget:yes"})).headers["set-cookie"])
        found = [next(iter(SimpleCookie(each).items())) for each in given]
        names = ("servicelotsen", "moderator", "moderator", "servicelotsen")
        assert [name for name, _ in found] == [prefix + name for name in names]
        for _, cookie in found:
            assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "lax", "/", "")
            assert bool(cookie["secure"]) == bool(public)


# Headers (S16)


def protected(response: httpx.Response) -> None:
    """A response that carries the whole table, and says nothing about what made it."""
    for name, value in HEADERS.items():
        assert response.headers.get(name) == value, (response.url, name)
    assert response.headers.get("cache-control") in ("no-store", "public, max-age=31536000, immutable")
    assert "x-powered-by" not in response.headers
    assert not re.search("uvicorn|starlette|python|httptools", str(response.headers), re.IGNORECASE)


async def test_every_answer_carries_the_headers(web: Web) -> None:
    people = await everybody(web)
    async with serving(web) as server:
        for person in people.values():
            async with httpx.AsyncClient(base_url=server.base, cookies=person.http.cookies) as http:
                for method, path in ALLOWED:
                    async with http.stream(method, place(path)) as response:
                        protected(response)
                for path in ("/nej", "/api/v1/nej", "/static/nej", "/w/nej", "/om/"):
                    protected(await http.get(path))
                protected(await http.put("/"))
                protected(await http.post("/api/v1/messages", content=b"x" * (MOST_BODY_BYTES + 1)))


async def test_answers_carry_the_headers_when_nothing_can_be_stored(web: Web) -> None:
    anna = web.person()
    with web.refusing():
        protected(await anna.post({"text": "hej"}))
        protected(await anna.get("/health"))


async def test_the_policy_lets_nothing_foreign_in() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert {"base-uri", "form-action", "frame-ancestors", "object-src"} <= policy.keys()
    assert "unsafe" not in str(policy)
    assert "http" not in str(policy)


async def test_pages_hold_nothing_that_the_policy_forbids(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    places = [(anna, path) for path in ("/", "/om", "/checklista", f"/scen/{WEBINAR}", "/moderator", "/nej")]
    for who, path in (*places, (moderator, "/moderator"), (moderator, "/moderator/fragor/1")):
        page = read((await who.get(path)).text)
        assert not page.all("style")
        assert all(each.get("src", "").startswith("/static/") for each in page.all("script"))
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (path, tag)


async def test_over_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    async with running_web(tmp_path, public=PUBLIC) as web:
        for path in ("/", "/nej", "/api/v1/messages", "/static/site.css"):
            assert "max-age=31536000" in (await web.person().get(path)).headers["strict-transport-security"]


async def test_links_on_the_big_screen_lead_to_the_public_address_whoever_asks(tmp_path: Path) -> None:
    async with running_web(tmp_path, public=PUBLIC) as web:
        for headers in ({"Host": "illvilja.example"}, {"X-Forwarded-Host": "illvilja.example"}):
            assert "illvilja" not in (await web.person().get(f"/scen/{WEBINAR}", **headers)).text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(max_codepoint=0x2FF, exclude_categories=("Cc", "Cs")), max_size=40))
async def test_no_address_is_a_failure(web: Web, path: str) -> None:
    assert (await web.person().get(f"/{quote(path)}")).status_code < 500
