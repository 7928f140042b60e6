"""A run's statements as one document, and batches of answers that devices recorded without coverage."""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.web.checklists import MOST_ANSWERS, MOST_KEY_CHARACTERS
from dialogs.walk import MOST_NOTE_CHARACTERS
from tests.content import SHORT_WALK
from tests.web import ELSEWHERE, HERE, Json, Person, Web, choices, fresh_key, told

ANSWERS = ("ja", "delvis", "nej", "vet-ej")
FIRST, SECOND = "behov-lokal-1", "behov-lokal-3"
REFLECTION = "vem-cyklar"
NUMBER = "19811218-9876"


@dataclass
class Device:
    """A phone or a computer with a run on it, and a clock of its own."""

    person: Person
    run: str
    wrong: dt.timedelta = dt.timedelta()
    """How far its clock is ahead."""
    waiting: list[Json] = field(default_factory=list)

    def clock(self, **ago: float) -> str:
        return (self.person.web.clock() + self.wrong - dt.timedelta(**ago)).isoformat()

    def records(
        self, statement: str, answer: str | None = None, note: str | None = None, key: str = "", **ago: float
    ) -> Json:
        """Keep an answer until it is sent."""
        said = (
            {"answer": answer}
            if note is None
            else {"note": note}
            if answer is None
            else {"answer": answer, "note": note}
        )
        item = {"statement": statement, **said, "at": self.clock(**ago), "key": key or fresh_key()}
        self.waiting.append(item)
        return item

    async def document(self) -> Json:
        response = await self.person.get(f"/api/v1/checklists/{self.run}")
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def sends(self, *items: Any, key: str = "", **headers: str) -> Json:
        """Send these, or else everything that waits; what comes back."""
        batch = list(items) or self.waiting
        response = await self.posts({"sent": self.clock(), "answers": batch}, key, **headers)
        assert response.status_code == 200, response.text
        self.waiting = [] if batch is self.waiting else self.waiting
        found: Json = response.json()
        return found

    async def posts(self, body: Any, key: str = "", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Idempotency-Key": key or fresh_key(), **headers}
        return await self.person.http.post(f"/api/v1/checklists/{self.run}/answers", content=content, headers=sent)

    async def given(self) -> list[tuple[Any, ...]]:
        """Everything that was ever given in the run: statement, answer, note, at, key."""
        rows = sorted((await self.person.web.rows())["given"])
        return [row[2:7] for row in rows if row[1] == self.run]


async def begun(web: Web, person: Person | None = None) -> Device:
    """Somebody who has stood before the first statement of a short walk for an hour."""
    person = person or web.person()
    for choice in ("checklist", *SHORT_WALK):
        messages = await person.choose(choice)
    web.clock.forward(hours=1)
    return Device(person, next(each.split(":")[1] for each in choices(messages) if each.startswith("a:")))


def problem(response: httpx.Response, status: int) -> Json:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: Json = response.json()
    assert found["status"] == status
    assert found["detail"]
    return found


# The document


async def test_a_run_comes_as_one_document(web: Web) -> None:
    anna = await begun(web)
    found = await anna.document()
    (kept,) = (await web.rows())["run"]
    definition = web.service.library.content.checklists["fem-faktorer"]
    assert (found["run"], found["edition"]) == (anna.run, definition.edition)
    assert found["edition"] in kept, "the edition that the run began with"
    assert (found["language"], found["finished"], found["answers"]) == ("sv", False, {})
    assert [each["id"] for each in found["choices"]] == [each.id for each in definition.answers]
    asked = [each["id"] for each in found["statements"]]
    assert asked == [
        *(each.id for factor in definition.factors for each in definition.statements
          if each.factor == factor.id and each.core and "lokal" in each.levels),
        *(each.id for each in definition.warnings if each.core and "lokal" in each.levels),
    ]  # fmt: skip
    assert [each["id"] for each in found["reflections"]] == [each.id for each in definition.reflections if each.core]
    for each in [*found["statements"], *found["reflections"]]:
        assert each["text"]
        assert each["part"]


async def test_the_document_says_what_the_chat_asks(web: Web) -> None:
    anna = await begun(web)
    shown = (await anna.person.history())[-1]
    first = (await anna.document())["statements"][0]
    assert first["text"] in shown["text"]
    assert f"a:{anna.run}:{first['id']}:ja" in choices([shown])


async def test_the_document_is_in_the_language_of_the_conversation(web: Web) -> None:
    anna = await begun(web)
    swedish = await anna.document()
    await anna.person.say("in english")
    english = await anna.document()
    assert english["language"] == "en"
    assert [each["id"] for each in english["statements"]] == [each["id"] for each in swedish["statements"]]
    assert all(one["text"] != other["text"]
               for one, other in zip(english["statements"], swedish["statements"], strict=True))  # fmt: skip


async def test_the_page_is_in_the_language_of_the_conversation_unless_another_is_asked_for(web: Web) -> None:
    anna = await begun(web)
    await anna.person.say("in english")
    assert '<html lang="en">' in (await anna.person.get("/checklista")).text
    assert '<html lang="sv">' in (await anna.person.get("/checklista?lang=sv")).text
    assert '<html lang="en">' in (await web.person().get("/checklista", **{"Accept-Language": "en-GB"})).text


async def test_the_document_holds_what_was_answered_in_the_chat(web: Web) -> None:
    anna = await begun(web)
    await anna.person.choose(f"a:{anna.run}:{FIRST}:delvis")
    await anna.person.choose(f"note:{anna.run}:{FIRST}")
    await anna.person.say("Busshållplatsen")
    assert (await anna.document())["answers"] == {FIRST: {"answer": "delvis", "note": "Busshållplatsen"}}


async def test_nobody_else_gets_a_run_or_answers_in_it(web: Web) -> None:
    anna = await begun(web)
    eve, nobody = await begun(web), web.person()
    before = await web.rows("address")
    for run in (anna.run, "", "x", "0" * 10, "%", "..", "%00", "a" * 3000, "å"):
        for who in (eve.person, nobody):
            if run:
                problem(await who.get(f"/api/v1/checklists/{run}"), 404)
            stranger = Device(who, run)
            item = {"statement": FIRST, "answer": "ja", "at": anna.clock(), "key": "k"}
            assert (await stranger.posts({"answers": [item]})).status_code == 404
    assert await web.rows("address") == before


async def test_a_forgotten_persons_run_is_nobodys(web: Web) -> None:
    anna = await begun(web)
    cookies = dict(anna.person.http.cookies)
    await anna.person.say("glöm mig")
    await anna.person.choose("forget:yes")
    anna.person.http.cookies.update(cookies)
    problem(await anna.person.get(f"/api/v1/checklists/{anna.run}"), 404)
    problem(await anna.posts({"answers": []}), 404)


# Each key once


async def test_answers_are_taken_and_told(web: Web) -> None:
    anna = await begun(web)
    one = anna.records(FIRST, "ja", minutes=2)
    two = anna.records(SECOND, "nej", "Det regnar in", minutes=1)
    found = await anna.sends()
    assert (found["taken"], found["refused"], found["finished"]) == ([one["key"], two["key"]], [], False)
    assert found["answers"] == {
        FIRST: {"answer": "ja", "note": None},
        SECOND: {"answer": "nej", "note": "Det regnar in"},
    }
    assert found["answers"] == (await anna.document())["answers"]


async def test_each_key_is_taken_once(web: Web) -> None:
    anna = await begun(web)
    item = anna.records(FIRST, "ja", minutes=3)
    assert (await anna.sends(item, item, {**item, "answer": "nej"}))["answers"][FIRST]["answer"] == "ja"
    again = await anna.sends({**item, "answer": "vet-ej", "at": anna.clock()}, {**item, "statement": SECOND})
    assert again["taken"] == [item["key"]] * 2
    assert again["messages"] == []
    assert again["answers"] == {FIRST: {"answer": "ja", "note": None}}
    assert len(await anna.given()) == 1


async def test_keys_belong_to_a_run(web: Web) -> None:
    anna, bo = await begun(web), await begun(web)
    for device, answer in ((anna, "ja"), (bo, "nej")):
        device.records(FIRST, answer, key="1")
        assert (await device.sends())["answers"][FIRST]["answer"] == answer


async def test_a_lost_answer_can_be_had_again(web: Web) -> None:
    anna, key = await begun(web), fresh_key()
    anna.records(FIRST, "ja", minutes=1)
    batch = {"sent": anna.clock(), "answers": anna.waiting}
    first = await anna.posts(batch, key)
    before = await web.rows("address")
    web.clock.forward(minutes=7)
    again = await anna.posts(batch, key)
    assert again.json() == first.json()
    assert [each["kind"] for each in again.json()["messages"]] == ["text", "statement"]
    assert await web.rows("address") == before
    later = await anna.posts({**batch, "sent": anna.clock()}, key)
    assert later.json() == first.json(), "the same answers, sent later by the device's clock"


async def test_a_lost_answer_sent_anew_under_another_key_says_nothing_twice(web: Web) -> None:
    anna = await begun(web)
    anna.records(FIRST, "ja", minutes=1)
    batch = {"sent": anna.clock(), "answers": anna.waiting}
    first = await anna.posts(batch)
    again = await anna.posts(batch)
    assert again.json() == {**first.json(), "messages": []}


async def test_a_batch_under_a_used_key_is_refused_when_it_says_something_else(web: Web) -> None:
    anna, key = await begun(web), fresh_key()
    one, two = anna.records(FIRST, "ja"), anna.records(SECOND, "nej")
    await anna.sends(one, key=key)
    problem(await anna.posts({"answers": [two]}, key), 422)
    problem(await anna.posts({"answers": [{**one, "answer": "nej"}]}, key), 422)
    assert len(await anna.given()) == 1
    assert (await anna.sends(two))["answers"].keys() == {FIRST, SECOND}


async def test_a_batch_needs_a_key_of_its_own(web: Web) -> None:
    anna = await begun(web)
    for key in ("hej", "1234", "0" * 31):
        problem(await anna.posts({"answers": [anna.records(FIRST, "ja")]}, key), 400)
    assert not await anna.given()


async def test_the_same_batch_ten_times_at_once_is_one(web: Web) -> None:
    anna = await begun(web)
    anna.records(FIRST, "ja")
    anna.records(SECOND, "nej")
    batch = {"sent": anna.clock(), "answers": anna.waiting}
    found = [each.json() for each in await asyncio.gather(*(anna.posts(batch) for _ in range(10)))]
    assert sorted(len(each["messages"]) for each in found) == [0] * 9 + [2]
    assert len(await anna.given()) == 2


# Which answer counts


async def two_devices(web: Web) -> tuple[Device, Device]:
    """One person's phone and computer, both with the run."""
    phone = await begun(web)
    return phone, Device(phone.person, phone.run)


@pytest.mark.parametrize("first", ["phone", "computer"])
async def test_the_later_answer_counts_whichever_comes_first(web: Web, first: str) -> None:
    phone, computer = await two_devices(web)
    phone.records(FIRST, "ja", "Tidig", minutes=30)
    phone.records(SECOND, "nej", minutes=5)
    computer.records(FIRST, "nej", minutes=10)
    computer.records(SECOND, "ja", "Glest", minutes=20)
    for device in (phone, computer) if first == "phone" else (computer, phone):
        await device.sends()
    assert (await phone.document())["answers"] == {
        FIRST: {"answer": "nej", "note": "Tidig"}, SECOND: {"answer": "nej", "note": "Glest"},
    }  # fmt: skip
    assert {row[:3] for row in await phone.given()} == {
        (FIRST, "ja", "Tidig"), (FIRST, "nej", None), (SECOND, "nej", None), (SECOND, "ja", "Glest"),
    }, "what lost is kept"  # fmt: skip


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
async def test_of_two_at_the_same_moment_the_key_decides(web: Web, order: tuple[str, str]) -> None:
    anna = await begun(web)
    answers = {"a": "ja", "b": "nej"}
    for key in order:
        await anna.sends(anna.records(FIRST, answers[key], key=key))
    assert (await anna.document())["answers"][FIRST]["answer"] == answers["b"]


async def test_an_answer_that_waited_in_the_chat_is_as_old_as_it_says(web: Web) -> None:
    anna = await begun(web)
    for statement, waited in ((FIRST, 600_000), (SECOND, 60_000)):
        await anna.sends(anna.records(statement, "nej", minutes=5))
        await anna.person.choose(f"a:{anna.run}:{statement}:ja", waited=waited)
    answers = (await anna.document())["answers"]
    assert {each: answers[each]["answer"] for each in answers} == {FIRST: "nej", SECOND: "ja"}


@pytest.mark.parametrize("waited", [-5, 10**30, "600000", 1.5, True, None, [1], {}])
async def test_an_odd_wait_makes_no_answer_older_than_its_run_or_younger_than_now(web: Web, waited: Any) -> None:
    start, anna = web.clock(), await begun(web)
    await anna.person.choose(f"a:{anna.run}:{FIRST}:ja", waited=waited)
    (at,) = [dt.datetime.fromisoformat(row[3]) for row in await anna.given()]
    assert start <= at <= web.clock()


async def test_a_choice_sent_again_after_a_longer_wait_is_the_same_one(web: Web) -> None:
    anna, key = await begun(web), fresh_key()
    choice = f"a:{anna.run}:{FIRST}:ja"
    first = told(await anna.person.post({"choice": choice, "waited": 1000}, key))
    assert told(await anna.person.post({"choice": choice, "waited": 9000}, key)) == first
    assert len(await anna.given()) == 1


async def test_an_answer_in_the_chat_after_the_recorded_one_counts(web: Web) -> None:
    anna = await begun(web)
    await anna.person.choose(f"a:{anna.run}:{FIRST}:ja")
    anna.records(FIRST, "nej", minutes=10)
    anna.records(SECOND, "nej", minutes=10)
    assert (await anna.sends())["answers"][FIRST]["answer"] == "ja"
    web.clock.forward(minutes=1)
    await anna.person.choose(f"a:{anna.run}:{SECOND}:delvis")
    assert (await anna.document())["answers"][SECOND]["answer"] == "delvis"


async def test_a_note_taken_back_is_taken_back(web: Web) -> None:
    anna = await begun(web)
    anna.records(FIRST, note="Fel", minutes=3)
    anna.records(FIRST, note="", minutes=2)
    assert (await anna.sends())["answers"] == {FIRST: {"answer": None, "note": ""}}


Item = tuple[str, str | None, str | None, int]
ITEM = st.tuples(
    st.sampled_from((FIRST, SECOND)), st.sampled_from((*ANSWERS, None)), st.sampled_from((None, "", "ja", "Ä")),
    st.integers(0, 3),
)  # fmt: skip
BATCHES = st.lists(st.lists(ITEM, min_size=1, max_size=3), max_size=3)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=BATCHES, other=BATCHES, how=st.randoms(use_true_random=False))
async def test_two_devices_end_in_the_same_run_however_they_take_turns(
    web: Web, one: list[list[Item]], other: list[list[Item]], how: Any
) -> None:
    now = web.clock()
    batches = [
        [[item(*each, f"{device}-{number}-{place}", now) for place, each in enumerate(batch)]
         for number, batch in enumerate(mine)]
        for device, mine in (("phone", one), ("computer", other))
    ]  # fmt: skip
    everything = [each for mine in batches for batch in mine for each in batch if "answer" in each or "note" in each]
    expected = counted(everything)
    for turns in ([0] * len(one) + [1] * len(other), [1] * len(other) + [0] * len(one), shuffled(one, other, how)):
        anna = await begun(web)
        for each in everything:
            each["at"] = (web.clock() - dt.timedelta(minutes=9 - each["minute"])).isoformat()
        left = [list(mine) for mine in batches]
        for turn in turns:
            batch = left[turn].pop(0)
            await anna.posts({"answers": batch})
            if how.random() < 0.3:
                await anna.posts({"answers": batch})
        assert (await anna.document())["answers"] == expected
        assert len(await anna.given()) == len(everything)


def item(statement: str, answer: str | None, note: str | None, minute: int, key: str, now: dt.datetime) -> Json:
    said = {name: value for name, value in (("answer", answer), ("note", note)) if value is not None}
    return {"statement": statement, **said, "minute": minute, "at": now.isoformat(), "key": key}


def counted(items: Sequence[Json]) -> Json:
    """What counts of these: of each statement the latest answer and the latest note, by moment and then by key."""
    found: Json = {}
    for each in sorted(items, key=lambda each: (each["minute"], each["key"])):
        kept = found.setdefault(each["statement"], {"answer": None, "note": None})
        kept.update({name: each[name] for name in ("answer", "note") if name in each})
    return found


def shuffled(one: Sequence[Any], other: Sequence[Any], how: Any) -> list[int]:
    turns = [0] * len(one) + [1] * len(other)
    how.shuffle(turns)
    return turns


# Clocks that are wrong


@pytest.mark.parametrize("wrong", [dt.timedelta(days=-9000), dt.timedelta(days=9000), dt.timedelta(minutes=-50)])
async def test_a_wrong_clock_is_put_right_by_when_the_batch_was_sent(web: Web, wrong: dt.timedelta) -> None:
    phone, computer = await two_devices(web)
    phone.wrong = wrong
    phone.records(FIRST, "ja", minutes=30)
    phone.records(SECOND, "ja", minutes=10)
    computer.records(FIRST, "nej", minutes=20)
    computer.records(SECOND, "nej", minutes=20)
    await phone.sends()
    found = (await computer.sends())["answers"]
    assert (found[FIRST]["answer"], found[SECOND]["answer"]) == ("nej", "ja")
    minutes = {(row[0], row[1]): (web.clock() - dt.datetime.fromisoformat(row[3])).total_seconds() / 60
               for row in await phone.given()}  # fmt: skip
    assert {key: round(value) for key, value in minutes.items()} == {
        (FIRST, "ja"): 30, (SECOND, "ja"): 10, (FIRST, "nej"): 20, (SECOND, "nej"): 20,
    }  # fmt: skip


SENT: list[Any] = [
    None, "igår", 7, [], "2026-11-23T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00", "2031-01-01T00:00:00Z",
]  # fmt: skip
AT = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+00:00"]


async def test_no_moment_is_before_the_run_began_or_after_now(web: Web) -> None:
    start, anna = web.clock(), await begun(web)
    for sent, at in product(SENT, AT):
        answer = {"statement": FIRST, "answer": "ja", "at": at, "key": fresh_key()}
        response = await anna.posts({"sent": sent, "answers": [answer]})
        assert response.status_code == 200, response.text
        assert response.json()["taken"], (sent, at)
    moments = [dt.datetime.fromisoformat(row[3]) for row in await anna.given()]
    assert len(moments) == len(SENT) * len(AT)
    assert start <= min(moments) <= max(moments) <= web.clock()
    web.clock.forward(minutes=1)
    await anna.person.choose(f"a:{anna.run}:{FIRST}:nej")
    assert (await anna.document())["answers"][FIRST]["answer"] == "nej", "a clock ahead does not win for ever"


# One reply


async def said(device: Device, before: int) -> list[str]:
    """The keys of what was said to the person after so many lines."""
    return (await device.person.web.keys(device.person))[before:]


async def test_a_batch_gets_one_reply_and_the_next_statement(web: Web) -> None:
    anna = await begun(web)
    before = len(await said(anna, 0))
    asked = [each["id"] for each in (await anna.document())["statements"]]
    for statement in asked[:5]:
        anna.records(statement, "ja")
    found = await anna.sends()
    assert await said(anna, before) == ["walk.gathered", "walk.statement"]
    assert f"a:{anna.run}:{asked[5]}:ja" in choices(found["messages"])
    assert (await anna.person.history())[-2:] == found["messages"]


async def everything(device: Device) -> Json:
    """All that is asked, answered in one batch; what comes back."""
    document = await device.document()
    for each in document["statements"]:
        device.records(each["id"], "ja", minutes=1)
    for each in document["reflections"]:
        device.records(each["id"], note="Byalaget")
    return await device.sends()


async def test_the_last_answers_finish_the_run(web: Web) -> None:
    anna = await begun(web)
    before = len(await said(anna, 0))
    found = await everything(anna)
    assert found["finished"]
    keys = await said(anna, before)
    assert keys[0] == "walk.gathered"
    assert keys.count("walk.gathered") == 1
    assert "walk.statement" not in keys
    assert "result" in [each["kind"] for each in found["messages"]]
    assert (await anna.document())["finished"]


async def test_a_finished_run_takes_what_comes_late_and_tells_the_result_again(web: Web) -> None:
    anna = await begun(web)
    assert (await everything(anna))["finished"]
    web.clock.forward(minutes=1)
    found = await anna.sends(anna.records(FIRST, "nej"))
    assert found["finished"]
    assert found["answers"][FIRST]["answer"] == "nej"
    assert "result" in [each["kind"] for each in found["messages"]]


async def test_the_chat_goes_on_in_the_run_whatever_it_was_about(web: Web) -> None:
    anna = await begun(web)
    await anna.person.choose("pause")
    await anna.person.say("Vad räknas som landsbygd?")
    found = await anna.sends(anna.records(FIRST, "ja"))
    assert [each["kind"] for each in found["messages"]] == ["text", "statement"]
    await anna.person.say("nej")
    assert (await anna.document())["answers"][SECOND]["answer"] == "nej"


async def test_a_batch_with_nothing_in_it_says_nothing(web: Web) -> None:
    anna = await begun(web)
    found = await anna.posts({"answers": []})
    assert found.json() == {"taken": [], "refused": [], "finished": False, "answers": {}, "messages": []}


# What is kept


async def test_notes_are_cleaned_and_cut(web: Web) -> None:
    anna = await begun(web)
    anna.records(FIRST, note=f"Ring {NUMBER}\u202e\0\ud800 nu")
    anna.records(SECOND, note="å" * 5000)
    found = (await anna.sends())["answers"]
    assert found[SECOND]["note"] == "å" * MOST_NOTE_CHARACTERS
    assert found[FIRST]["note"].startswith("Ring ")
    assert found[FIRST]["note"].endswith(" nu")
    kept = repr(await web.rows())
    assert NUMBER not in kept
    assert "\\u202e" not in kept


async def test_markup_in_a_note_is_text_in_the_result(web: Web) -> None:
    anna = await begun(web)
    for each in (await anna.document())["statements"]:
        anna.records(each["id"], "ja", "<b onclick=alert(1)>fet</b>")
    for each in (await anna.document())["reflections"]:
        anna.records(each["id"], note="<img src=x onerror=alert(2)>")
    messages = (await anna.sends())["messages"]
    assert "alert(2)" in str(messages)
    assert not [each for each in messages if "<img" in each["html"] or "<b " in each["html"]]


# What is refused


REFUSED: list[Any] = [
    {"statement": "nej-1"}, {"statement": ""}, {"statement": None}, {"statement": 7}, {"statement": [FIRST]},
    {"statement": {}}, {"statement": "behov-lokal-1\0"}, {"statement": "\ud800"}, {"statement": "ansokan-1"},
    {"answer": "kanske"}, {"answer": ""}, {"answer": 1}, {"answer": True}, {"answer": []}, {"answer": {}},
    {"answer": None}, {"answer": "JA"}, {"answer": "\udfff"}, {"statement": REFLECTION},
    {"note": 7}, {"note": ["x"]}, {"note": {}}, {"note": False},
    {"at": None}, {"at": "igår"}, {"at": 1764000000}, {"at": ""}, {"at": "2026-11-23T12:00:00"}, {"at": "2026-11-23"},
    {"at": "2026-13-40T99:00:00Z"}, {"at": []}, {"at": "0001-01-01T00:00:00+14:00"}, {"at": "\ud800"},
]  # fmt: skip
NO_ANSWERS: list[Any] = [None, 1, "x", [], True, {}, [[]], {"answers": []}]
KEYS: list[Any] = [None, "", 7, [], {}, True, "k" * (MOST_KEY_CHARACTERS + 1), "å", "\ud800", "\U0001f6b2" * 64]


async def test_what_is_wrong_is_refused_by_its_key_and_the_rest_is_taken(web: Web) -> None:
    anna = await begun(web)
    for number, wrong in enumerate(REFUSED):
        good = {"statement": FIRST, "answer": "ja", "at": anna.clock(), "key": f"good {number}"}
        found = await anna.sends({**good, "key": "bad", **wrong}, good)
        assert found["taken"] == [good["key"]], wrong
        assert [each["key"] for each in found["refused"]] == ["bad"], wrong
        assert all(each["detail"] for each in found["refused"])
    assert len(await anna.given()) == len(REFUSED)


async def test_what_is_no_answer_is_refused_and_the_rest_is_taken(web: Web) -> None:
    anna = await begun(web)
    good = {"statement": FIRST, "answer": "ja", "at": anna.clock(), "key": "good"}
    found = await anna.sends(*NO_ANSWERS, good)
    assert found["taken"] == ["good"]
    assert [each["key"] for each in found["refused"]] == [""] * len(NO_ANSWERS)


async def test_a_key_that_is_none_is_refused(web: Web) -> None:
    anna = await begun(web)
    for key in KEYS:
        found = await anna.sends({"statement": FIRST, "answer": "ja", "at": anna.clock(), "key": key})
        assert not found["taken"]
        ((named),) = [each["key"] for each in found["refused"]]
        assert len(named) <= MOST_KEY_CHARACTERS
    assert not await anna.given()


async def test_a_key_of_the_most_characters_is_taken_and_a_batch_of_the_most_answers(web: Web) -> None:
    anna = await begun(web)
    for number in range(MOST_ANSWERS):
        anna.records(FIRST, ANSWERS[number % 4], key=f"{number:0{MOST_KEY_CHARACTERS}}", minutes=MOST_ANSWERS - number)
    found = await anna.sends()
    assert len(found["taken"]) == MOST_ANSWERS
    assert len(await anna.given()) == MOST_ANSWERS


MALFORMED: list[Any] = [
    b"", b"{", b"[]", b"1", b"null", b"\xff\xfe", b"{}", b'{"answers": null}', b'{"answers": {}}', b'{"answers": "a"}',
    b'{"answers": 1}', b'[{"statement": "behov-lokal-1"}]', b"[" * 20_000, b'{"answers": [}',
    {"answers": [{}] * (MOST_ANSWERS + 1)},
]  # fmt: skip


async def test_what_is_no_batch_is_refused_and_nothing_is_lost(web: Web) -> None:
    anna = await begun(web)
    await anna.sends(anna.records(FIRST, "ja"))
    before = await web.rows("address")
    for body in MALFORMED:
        problem(await anna.posts(body), 400)
    many = [anna.records(FIRST, "nej") for _ in range(MOST_ANSWERS + 1)]
    problem(await anna.posts({"answers": many}), 400)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        problem(await anna.posts({"answers": []}, **{"Content-Type": kind}), 415)
    assert (await anna.posts(b" " * 100_000)).status_code == 413
    assert await web.rows("address") == before


async def test_no_page_of_another_site_can_send_answers(web: Web) -> None:
    anna = await begun(web)
    batch = {"answers": [anna.records(FIRST, "ja")]}
    before = await web.rows("address")
    for headers in (
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    ):
        problem(await anna.posts(batch, **headers), 403)
    assert await web.rows("address") == before
    assert (await anna.posts(batch, **{"Origin": HERE, "Sec-Fetch-Site": "same-origin"})).status_code == 200


async def test_when_nothing_can_be_stored_nothing_is_taken_and_later_everything_is(web: Web) -> None:
    anna, key = await begun(web), fresh_key()
    batch = {"sent": anna.clock(), "answers": [anna.records(FIRST, "ja"), anna.records(SECOND, "nej")]}
    await anna.document()
    with web.refusing():
        problem(await anna.posts(batch, key), 503)
        assert (await anna.document())["answers"] == {}
    assert (await anna.posts(batch, key)).json()["answers"].keys() == {FIRST, SECOND}


async def test_other_methods_change_nothing(web: Web) -> None:
    anna = await begun(web)
    for method in ("PUT", "DELETE", "PATCH", "GET"):
        problem(await anna.person.http.request(method, f"/api/v1/checklists/{anna.run}/answers"), 405)


# In a round


async def test_answers_recorded_without_coverage_count_in_their_round(web: Web) -> None:
    leader = web.person()
    for start in ("checklist", "together"):
        await leader.choose(start)
    for choice in SHORT_WALK:
        messages = await leader.choose(choice.replace("new:", "together:", 1))
    code = next(each.split(":")[1] for each in choices(messages) if each.startswith("round:"))
    people = []
    for answer in ("ja", "ja", "nej"):
        person = web.person()
        await person.say(code)
        joined = told(await person.post({"choice": f"round:{code}:join"}))
        run = next(each.split(":")[1] for each in choices(joined) if each.startswith("a:"))
        device = Device(person, run)
        document = await device.document()
        assert document["reflections"] == [], "those are for everybody together"
        for each in document["statements"]:
            device.records(each["id"], answer)
        assert (await device.sends())["finished"]
        people.append(device)
    await leader.choose(f"round:{code}:close")
    await leader.choose(f"round:{code}:close-yes")
    ((counts, size),) = await web.service.store.read(
        lambda tx: tx.db.execute("SELECT counts, people FROM round_batch").fetchall()
    )
    assert size == 3
    assert {tuple(sorted(each.items())) for each in json.loads(counts).values()} == {(("ja", 2), ("nej", 1))}
