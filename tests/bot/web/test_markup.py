"""Markup and deceptive letters in what people write: on every page, in every stream, it stays words."""

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderator.contributions import MOST_SHOWN
from bot.store.tx import Tx
from dialogs.replies import ISOLATE_OFF, ISOLATE_ON, html, quoted
from tests.content import SHORT_WALK
from tests.web import WEBINAR, Moderator, Page, Person, Web, choices, frames, read, serving

SCRIPTS: list[str] = json.loads((Path(__file__).parent / "markup.json").read_text(encoding="utf-8"))
SAFE_TAGS = {"strong", "bdi", "br"}
IN_LISTS = {"article", "section", "h2", "details", "summary", "time", "ul", "li", "a", "b", "p", "span", "q"}
"""What our templates use for messages and questions, once there are any."""
ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster"}


def foreign(page: Page, tags: set[str]) -> list[str]:
    """Everything on a page that our templates did not put there."""
    found = [f"<{tag}>" for tag, _ in page.elements if tag not in tags]
    found += [f"odd {each}" for each in page.odd if "alert" in each]
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            own = name not in ADDRESSES or re.match(r"(/(?!/)|#|\?|https://)", value)
            if name.startswith("on") or name == "style" or "alert" in name or not own:
                found.append(f"<{tag} {name}={value!r}>")
            if "alert" in value and (tag, name) != ("input", "value"):
                found.append(f"<{tag} {name}={value!r}>")
    return found


async def tags_of(person: Person, *paths: str) -> set[str]:
    """The elements that pages have before anybody has written anything odd."""
    pages = [read((await person.get(path)).text) for path in paths]
    return {tag for page in pages for tag, _ in page.elements} | SAFE_TAGS | IN_LISTS


def test_the_corpus_is_large_and_every_payload_is_its_own() -> None:
    assert len(set(SCRIPTS)) == len(SCRIPTS) >= 60


async def test_a_planted_script_is_noticed() -> None:
    caught = [each for each in SCRIPTS if foreign(read(f"<p>{each}</p>"), {"p", *SAFE_TAGS})]
    assert len(caught) >= 45, "the check itself has gone blind"


async def test_markup_in_a_question_is_text_everywhere(web: Web) -> None:
    moderator, reader = await web.moderator(), web.person()
    ordinary = await tags_of(reader, "/", "/om", "/nej")
    desk = await tags_of(moderator, "/moderator", "/moderator/ko")
    for number, script in enumerate(SCRIPTS, 1):
        anna = web.person()
        assert await anna.ask_moderator(f"Vad kostar en elcykel? {script}") == number
        assert not foreign(read((await anna.get("/")).text), ordinary), script
        check_json(await anna.history())
    for place in ("/moderator", "/moderator/ko"):
        page = read((await moderator.get(place)).text)
        assert not foreign(page, desk)
        assert page.text.count("alert(1)") >= len(SCRIPTS)
    assert not foreign(read((await moderator.get("/moderator/luckor")).text), desk | {"ol"})
    question = await tags_of(moderator, "/moderator/fragor/1")
    for number, script in enumerate(SCRIPTS, 1):
        page = read((await moderator.http.get(f"/moderator/fragor/{number}", params={"sok": script})).text)
        assert not foreign(page, question | desk), script


async def test_markup_in_a_moderators_words_is_text_everywhere(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.say("hej")
    ways: list[Callable[[str], dict[str, str]]] = [
        lambda words: {"answer": words},
        lambda words: {"reason": "own", "own_reason": words},
    ]
    for index, script in enumerate(SCRIPTS):
        number = await anna.ask_moderator()
        assert (await moderator.decide(number, **ways[index % 2](script))).status_code == 303
    check_json(await anna.history())
    known = await tags_of(web.person(), "/")
    assert not foreign(read((await anna.get("/")).text), known)
    desk = await tags_of(await web.moderator(), "/moderator")
    assert not foreign(read((await moderator.get("/moderator")).text), desk)


async def test_markup_is_text_among_what_may_become_knowledge(web: Web) -> None:
    moderator, place = await web.moderator(), "/moderator/forslag"
    known = await tags_of(moderator, "/moderator", place) | {"h3", "label", "textarea"}

    def answer(tx: Tx) -> None:
        for script in SCRIPTS:
            number = tx.ask(None, 0, f"Vad kostar det? {script}", "sv", WEBINAR, (), web.clock())
            tx.decide(number, 1, "answered", "moderator", web.clock(), text=f"Så här: {script}")

    await web.service.store.write(answer)
    page = read((await moderator.get(place)).text)
    assert not foreign(page, known)
    assert page.text.count("alert(1)") >= MOST_SHOWN
    csrf = await moderator.csrf()
    for number in range(1, len(SCRIPTS) + 1):
        key = f"F-{number}-sv"
        done = await moderator.submit(place, csrf=csrf, key=key, version="0", act="dismiss")
        assert done.status_code == 303, key
    page = read((await moderator.get(place)).text)
    assert not foreign(page, known)
    assert page.text.count("alert(1)") >= MOST_SHOWN


async def test_markup_is_text_on_the_screen_and_on_the_lecturers_page(web: Web) -> None:
    lecturer, anyone = Moderator(web), web.person()
    await lecturer.sign_in(await web.invited("lecturer", WEBINAR))
    screen = f"/scen/{WEBINAR}"
    known = await tags_of(anyone, screen) | {"li"}
    hers = await tags_of(lecturer, "/forelasare") | {"label", "textarea", "h2"}
    for script in SCRIPTS:

        def ask(tx: Tx, words: str = script, now: dt.datetime = web.clock()) -> None:  # noqa: B008 - as it is now
            for state in ("live", "next", "later"):
                number = tx.ask(None, 0, words, "sv", WEBINAR, (), now)
                tx.decide(number, 1, state, "moderator", now)
                if state == "later":
                    tx.propose(number, 2, "lecturer", words, now)

        await web.service.store.write(ask)
        page = read((await anyone.get(screen)).text)
        assert not foreign(page, known), script
        web.clock.forward(seconds=1)
    page = read((await lecturer.get("/forelasare")).text)
    assert not foreign(page, hers)
    assert page.text.count("alert(1)") >= 2 * len(SCRIPTS) - 2


def check_json(messages: list[dict[str, Any]]) -> None:
    """The html of messages holds nothing but the safe subset, and says what the text says."""
    for message in messages:
        page = read(message["html"])
        assert not page.odd, message["html"]
        assert {tag for tag, _ in page.elements} <= SAFE_TAGS, message["html"]
        assert not [attributes for _, attributes in page.elements if attributes], message["html"]
        assert page.text == re.sub("[\u2068\u2069\n]", "", message["text"])


async def test_markup_in_a_reflection_and_a_next_step_is_text_in_the_result(web: Web) -> None:
    anna = web.person()
    for start in ("checklist", *SHORT_WALK):
        messages = await anna.choose(start)
    while "input" not in messages[-1]:
        messages = await anna.choose(next(each for each in choices(messages[-1:]) if each.endswith(":ja")))
    assert messages[-1]["input"] == "reflection"
    messages = await anna.say("<img src=x onerror=alert(1)>")
    assert messages[-1]["kind"] == "result"
    assert "alert(1)" in messages[-1]["text"]
    check_json(messages)
    await anna.choose(next(each for each in choices(messages) if each.startswith("step:")))
    await anna.say("<b onclick=alert(2)>Bjud in</b>")
    messages = await anna.say("<script>alert(3)</script>")
    messages += await anna.say("om två veckor")
    assert all(words in messages[-1]["text"] for words in ("alert(2)", "alert(3)"))
    check_json(messages)


async def test_markup_in_what_is_typed_is_text_when_a_form_is_refused(web: Web) -> None:
    anna = web.person()
    known = await tags_of(anna, "/")
    for script in SCRIPTS:
        for fields in ({"text": script}, {"choice": script}, {"text": script, "key": script}):
            response = await anna.submit("/", **{"key": "fel", **fields})
            assert response.status_code >= 400
            page = read(response.text)
            assert not foreign(page, known), script
            assert [each for each in page.all("input") if each.get("value") == script] == []


async def test_markup_in_addresses_and_headers_is_never_repeated(web: Web) -> None:
    anna = web.person()
    for script in SCRIPTS:
        for path in ("/", "/om", "/nej", "/w/nej", "/checklista", "/moderator", "/api/v1/messages"):
            params = dict.fromkeys(("lang", "after", "sok", "webinar"), script)
            response = await anna.http.get(path, params=params)
            assert "alert(1)" not in response.text, path
        for place in ("/w/", "/r/", "/api/v1/checklists/"):
            response = await anna.get(f"{place}{quote(script, safe='')}")
            assert "alert(1)" not in response.text


async def test_markup_in_a_stream_stays_inside_its_frame(web: Web) -> None:
    anna = web.person()
    for script in SCRIPTS:
        await anna.say(f"Vad kostar en elcykel? {script}")
    expected = (await anna.history())[:150]
    async with (
        serving(web) as server,
        httpx.AsyncClient(base_url=server.base, cookies=anna.http.cookies) as http,
        http.stream("GET", "/api/v1/events") as response,
    ):
        stream = frames(response)
        shown = [await anext(stream) for _ in range(len(expected) + 1)]
    messages = [json.loads(frame.data) for frame in shown if frame.event == "message"]
    assert messages[:150] == expected[: len(messages)]
    check_json(messages)


@given(st.text())
def test_no_text_becomes_markup(words: str) -> None:
    page = read(html(quoted(words)))
    assert {tag for tag, _ in page.elements} <= SAFE_TAGS
    assert not [attributes for _, attributes in page.elements if attributes]


# Letters that reorder or hide (S3)

TRICKS = [
    "\u202eadmin",
    "\u2066\u2067x",
    "\u2069\u2069\u2069x",
    "\u200f\u200ex",
    "\u061cx",
    "\U000e0041\U000e0042x",
    "x\u200by",
]


@pytest.mark.parametrize("trick", TRICKS)
async def test_invisible_directions_are_taken_out_of_what_people_write(web: Web, trick: str) -> None:
    anna, moderator = web.person(), await web.moderator()
    number = await anna.ask_moderator(f"Vad kostar en elcykel? {trick}")
    await moderator.decide(number, answer=f"Svar {trick}")
    kept = repr(await web.rows("sqlite_master"))
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\U000e0000-\U000e007f]", kept)


async def test_another_persons_words_are_isolated_from_the_line_they_stand_in(web: Web) -> None:
    anna, moderator = web.person(), await web.moderator()
    number = await anna.ask_moderator("Vad kostar en elcykel, \u05e2\u05d1\u05e8\u05d9\u05ea?")
    await moderator.decide(number, answer="\u0627\u0644\u062c\u0648\u0627\u0628")
    told = (await anna.history())[-1]
    assert "<bdi>\u0627\u0644\u062c\u0648\u0627\u0628</bdi>" in told["html"]
    status = (await anna.choose("mine"))[-1]
    assert status["html"].count("<bdi>") == status["html"].count("</bdi>") == 2
    assert not set(ISOLATE_ON + ISOLATE_OFF) & set(told["text"] + status["text"] + told["html"])


async def test_nobody_can_look_like_the_moderator(web: Web) -> None:
    anna = web.person()
    await anna.say("Moderatorn: Svar från moderatorn på F-1")
    page = read((await anna.get("/")).text)
    senders = [each["class"] for each in page.all("article") if each.get("id", "").startswith("m-")]
    assert not [each for each in senders if "person" in each.split()]
