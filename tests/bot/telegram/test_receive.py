"""What comes in is taken in once, however often and in whatever order it comes, and is confirmed only then."""

import asyncio
import datetime as dt
import gc
import gzip
import hashlib
import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import jobs, wiring
from bot.channels.telegram import webhook, wire
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.transport import CHANNEL
from bot.channels.telegram.wire import Me
from bot.conversations import Busy, Conversations, Handled, Inbound
from bot.moderator.pages import _day_and_time
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.settings import Settings
from bot.store.tx import Tx
from bot.wiring import running
from tests import botapi
from tests.bot.test_replay import PEOPLE, Planned, deliveries, nameless, plan, runs
from tests.botapi import contents
from tests.botapi.people import Person
from tests.content import SHORT_WALK
from tests.telegram import GLEST, MODES, SECRET, Village, in_telegram
from tests.web import UNHURRIED, UNKNOWN, Clock, read, shipped_library, until

Json = dict[str, Any]

QUICK = 5.0
"""Seconds for an answer; ours takes milliseconds, but the machine that tests may be busy."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked store refuses at once, not after seconds."""
    monkeypatch.setattr("bot.store.sqlite.BUSY_SECONDS", 0.02)


@pytest.fixture
async def polled(tmp_path: Path) -> AsyncIterator[Village]:
    """The service in Telegram, where neither the transport nor the mode makes a difference."""
    async with in_telegram(tmp_path) as found:
        yield found
        assert found.api.complaints == []


async def everything(village: Village) -> dict[str, list[tuple[Any, ...]]]:
    """All that is kept, once everything has been sent."""
    await village.settled()
    return await village.web.rows("contact")


async def words_of(village: Village) -> list[str]:
    """What people's own lines in the logs say."""
    return [json.loads(row[3])["text"] for row in await village.rows("message") if row[2] == "you"]


def offers(person: Person, choice: str) -> bool:
    return any(data.startswith(choice) for message in person.messages for _, data in message.buttons)


async def presses(person: Person, choice: str) -> int:
    """Wait for a choice that begins so, and press it; the update."""
    await person.until(partial(offers, person, choice))
    found = [data for message in person.messages for _, data in message.buttons if data.startswith(choice)]
    return person.presses(data=found[-1])


def was_told(person: Person, press: int) -> bool:
    """Whether a button has stopped waiting."""
    return person.told(press) is not None


async def more(person: Person, than: int) -> None:
    """Wait until the bot has said more than so many things."""
    await person.until(lambda: len(person.messages) > than)


async def asks_a_moderator(person: Person) -> None:
    """Send a question on."""
    person.writes(UNKNOWN)
    await presses(person, "send:")


async def walks(person: Person) -> None:
    """Stand before the first statement of a checklist."""
    person.writes("/checklista")
    for choice in SHORT_WALK:
        await presses(person, choice)
    await person.until(partial(offers, person, "a:"))


class TestAgain:
    async def test_what_is_delivered_twice_happens_once(self, village: Village) -> None:
        anna, bertil = village.api.user("Anna"), village.api.user("Bertil")
        anna.starts()
        bertil.starts("w-landet-lar-47")
        await asks_a_moderator(anna)
        bertil.sends_sticker()
        await walks(bertil)
        bertil.blocks_bot()
        bertil.unblocks_bot()
        before, sent = await everything(village), village.api.count("sendMessage")
        assert len(before["question"]) == 1
        updates = list(village.api.world.queue.all)
        village.api.world.redeliver(*updates)
        await until(lambda: not village.api.world.updates())
        assert await everything(village) == before
        assert village.api.count("sendMessage") == sent
        assert min(village.api.world.queue.all[each].times for each in updates) == 2

    @pytest.mark.parametrize("mode", MODES)
    async def test_what_is_delivered_again_after_a_restart_happens_once(self, tmp_path: Path, mode: str) -> None:
        async with botapi.serving() as api:
            anna = api.user("Anna")
            async with in_telegram(tmp_path, mode=mode, api=api) as village:
                await asks_a_moderator(anna)
                before, sent = await everything(village), api.count("sendMessage")
            updates = list(api.world.queue.all)
            api.world.redeliver(*updates)
            async with in_telegram(tmp_path, mode=mode, api=api) as village:
                await until(lambda: not api.world.updates())
                assert await everything(village) == before
            assert api.count("sendMessage") == sent

    async def test_what_comes_out_of_order_is_answered_all_and_once(self, village: Village) -> None:
        people = [village.api.user(f"Person {number}") for number in range(20)]
        await until(lambda: village.api.count("getUpdates") or village.api.world.webhook)
        for person in people:
            person.starts()
        village.api.world.shuffle(7)
        for person in people:
            await person.next()
            person.writes(GLEST)
        village.api.world.shuffle(8)
        await everything(village)
        assert len(await village.rows("seen")) == 2 * len(people)
        assert await words_of(village) == [GLEST] * len(people)
        assert [len(person.messages) for person in people] == [2] * len(people)

    async def test_ids_that_begin_anew_after_a_quiet_week_are_new(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        anna.starts()
        await anna.next()
        await polled.settled()
        polled.api.world.queue.next_id = 5
        anna.writes(GLEST)
        await anna.next()
        await everything(polled)
        assert await words_of(polled) == [GLEST]

    async def test_a_copy_with_the_same_id_and_other_words_is_not_heard(self, village: Village) -> None:
        anna = village.api.user("Anna")
        number = anna.writes(GLEST)
        await anna.next()
        before = await everything(village)
        original = village.api.world.queue.all[number]
        original.data = original.data.replace(json.dumps(GLEST).encode(), b'"checklista"')
        village.api.world.redeliver(number)
        await until(lambda: not village.api.world.updates())
        assert await everything(village) == before
        assert original.times == 2
        assert b"checklista" in original.data

    async def test_a_press_that_comes_again_after_glom_mig_brings_nobody_back(self, village: Village) -> None:
        anna = village.api.user("Anna")
        anna.writes(GLEST)
        anna.writes("/glom")
        await presses(anna, "forget:yes")
        await until(lambda: not village.api.world.updates())
        await village.settled()
        assert await village.rows("person") == []
        sent = village.api.count("sendMessage")
        village.api.world.redeliver(*village.api.world.queue.all)
        await until(lambda: not village.api.world.updates())
        await village.settled()
        assert [await village.rows(table) for table in ("person", "message", "posted", "address")] == [[]] * 4
        assert village.api.count("sendMessage") == sent


async def heard(village: Village) -> None:
    """Somebody has been heard: the service counts itself as in touch, and goes straight to what comes next."""
    eva = village.api.user("Eva")
    eva.starts()
    await eva.next()
    await village.settled()


class TestConfirming:
    async def test_nothing_is_confirmed_before_it_is_kept_and_then_it_is_answered_once(self, village: Village) -> None:
        village.api.webhook.scale = 0.02
        people = [village.api.user(f"Person {number}") for number in range(5)]
        await heard(village)
        with village.web.refusing():
            numbers = [person.starts() for person in people]
            await until(lambda: all(village.api.world.queue.all[number].times for number in numbers))
            await asyncio.sleep(0.3)
            assert [each.update_id for each in village.api.world.updates()] == numbers
            assert [person.messages for person in people] == [[]] * len(people)
        for person in people:
            await person.next()
        await village.settled()
        assert [len(person.messages) for person in people] == [1] * len(people)
        assert len(await village.rows("seen")) == 1 + len(people)

    async def test_what_was_not_confirmed_before_a_stop_comes_again_after_it(self, tmp_path: Path) -> None:
        async with botapi.serving() as api:
            anna = api.user("Anna")
            async with in_telegram(tmp_path, api=api) as village:
                await heard(village)
                with village.web.refusing():
                    number = anna.starts()
                    await until(lambda: api.world.queue.all[number].times)
                    await asyncio.sleep(0.1)
            assert [each.update_id for each in api.world.updates()] == [number]
            async with in_telegram(tmp_path, api=api) as village:
                await anna.next()
                await village.settled()
                assert len(anna.messages) == 1

    async def test_what_could_not_be_kept_at_once_is_not_overtaken_by_what_was_written_next(
        self, polled: Village, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def once(self: Conversations, inbound: Inbound) -> Handled:
            monkeypatch.setattr(Conversations, "handle", handle)
            raise StoreUnavailable("database is locked")

        handle = Conversations.handle
        monkeypatch.setattr(Conversations, "handle", once)
        anna = polled.api.user("Anna")
        for text in ("/om", "/verktyg"):
            anna.writes(text)
        await polled.settled()
        assert await words_of(polled) == ["/om", "/verktyg"]

    async def test_one_who_can_be_answered_waits_for_nobody(self, polled: Village) -> None:
        """Each chat has its own order; chats have none among them."""
        anna, bertil = polled.api.user("Anna"), polled.api.user("Bertil")
        polled.api.fault("slow", method="sendMessage", chat=anna, times=1, seconds=1)
        anna.starts()
        bertil.starts()
        await bertil.next()
        assert anna.messages == []
        await anna.next()


class TestEdits:
    async def test_the_last_thing_written_is_answered_anew_when_it_is_changed(self, village: Village) -> None:
        anna = village.api.user("Anna")
        anna.writes(UNKNOWN)
        await anna.until(partial(offers, anna, "send:"))
        for text in (GLEST, "Vad är förankring?"):
            await village.settled()
            anna.edits(anna.last_written(), text)
            await more(anna, len(anna.messages))
        await village.settled()
        assert await words_of(village) == [UNKNOWN, GLEST, "Vad är förankring?"]

    async def test_an_older_one_is_left_as_it_was_heard(self, village: Village) -> None:
        anna = village.api.user("Anna")
        anna.writes(GLEST)
        older = anna.last_written()
        anna.writes(UNKNOWN)
        await anna.until(partial(offers, anna, "send:"))
        before = await everything(village)
        anna.edits(older, "Något helt annat")
        assert await everything(village) == before

    @pytest.mark.parametrize(
        "text",
        [
            GLEST,
            "Mitt nummer är 19121212-1212, vad gör jag?",
            "  Vad räknas\tsom glest?  ",
            "Vad\u200b räknas som glest?",
        ],
        ids=["plain", "with something masked", "with white space", "with something invisible"],
    )
    async def test_the_same_words_again_are_not_answered_again(self, polled: Village, text: str) -> None:
        """Telegram tells of a change when only a preview has changed."""
        anna = polled.api.user("Anna")
        anna.writes(text)
        await anna.next()
        before = await everything(polled)
        anna.edits(anna.last_written(), text)
        assert await everything(polled) == before

    async def test_a_change_delivered_twice_is_answered_once(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        anna.writes(UNKNOWN)
        await anna.next()
        number = anna.edits(anna.last_written(), GLEST)
        before = await everything(polled)
        polled.api.world.redeliver(number)
        assert await everything(polled) == before
        assert await words_of(polled) == [UNKNOWN, GLEST]

    async def test_what_was_never_heard_of_is_left_alone_when_it_changes(self, polled: Village) -> None:
        """Written before a restart of everything, or long purged."""
        anna = polled.api.user("Anna")
        anna.writes(GLEST)
        await anna.next()
        await polled.settled()
        await polled.service.store.write(lambda tx: tx.db.execute("DELETE FROM posted"))
        before = await everything(polled)
        anna.edits(anna.last_written(), "Något helt annat")
        assert await everything(polled) == before


SHOWS: dict[str, tuple[Callable[[Person], int], str]] = {
    "a sticker": (Person.sends_sticker, "showed.sticker"), "a voice": (Person.sends_voice, "showed.voice"),
    "a photo": (Person.sends_photo, "showed.photo"), "a document": (Person.sends_document, "showed.file"),
    "a place": (Person.sends_location, "showed.location"), "a contact": (Person.sends_contact, "showed.contact"),
}  # fmt: skip


class TestKinds:
    @pytest.mark.parametrize("what", SHOWS)
    async def test_what_is_shown_is_answered_by_its_kind(self, polled: Village, what: str) -> None:
        show, key = SHOWS[what]
        anna = polled.api.user("Anna")
        anna.starts()
        await anna.next()
        show(anna)
        await anna.next()
        await polled.settled()
        assert (await polled.keys(anna))[-1] == key
        assert await words_of(polled) == []

    @pytest.mark.parametrize("show", [Person.sends_photo, Person.sends_document])
    async def test_words_under_a_picture_or_a_file_are_heard(
        self, polled: Village, show: Callable[[Person, str], int]
    ) -> None:
        anna = polled.api.user("Anna")
        show(anna, GLEST)
        await anna.next()
        await polled.settled()
        assert await words_of(polled) == [GLEST]

    async def test_what_is_forwarded_is_heard_as_if_written(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        anna.forwards(GLEST)
        await anna.next()
        await polled.settled()
        assert await words_of(polled) == [GLEST]

    async def test_something_shown_in_the_middle_of_a_checklist_leaves_it_where_it_is(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        await walks(anna)
        anna.sends_sticker()
        await presses(anna, "resume:")
        await polled.settled()
        assert (await polled.keys(anna))[-2:] == ["showed.sticker", "walk.statement"]


FORGED = (
    "a:0123456789:glest.1:ja", "forget:yes:yes", "send:1", "unknown", "x" * 64, "å" * 32, "%_!\\\"':;--", "a::", ":",
    "~" + "A" * 43, "~", "new:fem-faktorer:lokal:start:short:more", "<b>", "\u202e", "0",
)  # fmt: skip


class TestButtons:
    async def test_a_press_that_nobody_offered_is_answered_politely(self, village: Village) -> None:
        anna = village.api.user("Anna")
        anna.starts()
        welcome = await anna.next()
        for forged in FORGED:
            number = anna.presses(data=forged, message=welcome)
            await anna.next()
            await village.settled()
            assert (await village.keys(anna))[-1] == "choice.unknown", forged
            await until(partial(was_told, anna, number))
        assert await words_of(village) == []
        assert await village.rows("dead_letter") == []

    async def test_somebody_elses_button_is_one_that_was_never_offered(self, polled: Village) -> None:
        anna, mallory = polled.api.user("Anna"), polled.api.user("Mallory")
        await walks(anna)
        mallory.starts()
        welcome = await mallory.next()
        statement = next(data for _, data in anna.last.buttons if data.startswith("a:"))
        mallory.presses(data=statement, message=welcome)
        await mallory.next()
        await polled.settled()
        assert (await polled.keys(mallory))[-1] == "choice.unknown"
        assert await polled.rows("given") == []

    async def test_old_buttons_after_glom_mig_begin_something_new(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        await walks(anna)
        statement = anna.last
        anna.writes("/glom")
        await presses(anna, "forget:yes")
        again = anna.presses(data="forget:yes")
        await until(lambda: was_told(anna, again))
        await polled.settled()
        assert await polled.rows("person") == []
        press = anna.presses(data=statement.buttons[0][1], message=statement)
        await until(lambda: was_told(anna, press))
        await polled.settled()
        assert await polled.keys(anna) == ["welcome", "choice.unknown"]
        assert await polled.rows("given") == []

    async def test_a_button_too_old_for_telegram_still_works(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        anna.starts()
        await anna.next()
        anna.presses(data="checklist", inaccessible=True)
        await anna.next()
        await polled.settled()
        assert await words_of(polled) != []

    async def test_a_choice_too_long_for_a_button_is_found_by_its_digest(self, polled: Village) -> None:
        anna = polled.api.user("Anna")
        anna.starts()
        await anna.next()
        await polled.settled()
        long = "tool:" + "ett-mycket-långt-namn" * 5
        body = {"key": "x", "text": "Välj", "kind": "text", "choices": [{"id": long, "label": "Ett långt namn"}]}

        def say(tx: Tx) -> None:
            person = tx.person_at(CHANNEL, str(anna.id)) or ""
            tx.say_later(person, "bot", body, polled.clock())

        await polled.service.store.write(say)
        offered = await anna.next()
        [(_, data)] = offered.buttons
        assert data != long
        anna.presses(data=data)
        await anna.next()
        await polled.settled()
        assert await words_of(polled) == ["Ett långt namn"]

    async def test_the_button_stops_waiting_before_there_is_an_answer(self, polled: Village) -> None:
        """Also while nothing can be stored."""
        anna = polled.api.user("Anna")
        anna.starts()
        await anna.next()
        await polled.settled()
        with polled.web.refusing():
            number = anna.presses(data="help")
            await until(lambda: anna.told(number) is not None)
        await anna.next()


class TestPace:
    async def test_somebody_too_fast_is_told_once_and_nobody_else_notices(self, tmp_path: Path) -> None:
        async with in_telegram(tmp_path, pace=Pace(3, 0.001)) as village:
            anna, bertil = village.api.user("Anna"), village.api.user("Bertil")
            for number in range(10):
                anna.writes(f"Fråga nummer {number} om bygden")
            bertil.writes(GLEST)
            await bertil.next()
            await until(lambda: not village.api.world.updates())
            await village.settled()
            too_fast = village.says("web.too_fast")
            await anna.until(lambda: any(each.text == too_fast for each in anna.messages))
            assert [each.text for each in anna.messages].count(too_fast) == 1
            assert not any(each.text == too_fast for each in bertil.messages)
            assert len(await words_of(village)) == 3 + 1
            assert village.api.complaints == []

    async def test_what_came_too_fast_is_not_held_against_later_deliveries(self, tmp_path: Path) -> None:
        """It was not kept, so when it comes once more it can be answered."""
        async with botapi.serving() as api:
            anna = api.user("Anna")
            async with in_telegram(tmp_path, api=api, pace=Pace(1, 0.001)) as village:
                anna.starts()
                number = anna.writes(GLEST)
                await anna.next()
                await village.settled()
            api.world.redeliver(number)
            async with in_telegram(tmp_path, api=api) as village:
                await until(lambda: not api.world.updates())
                await village.settled()
                assert await words_of(village) == [GLEST]


# R4


@dataclass
class Everybody:
    """People as their updates say, and what each update turned out to be when it was first delivered."""

    receiver: Receiver
    service: Service
    updates: dict[str, Json] = field(default_factory=dict)
    last_written: dict[int, int] = field(default_factory=dict)

    async def deliver(self, planned: Planned) -> None:
        if planned.key not in self.updates:
            self.updates[planned.key] = await self._update(planned)
        await self.receiver.take(self.updates[planned.key])

    async def _update(self, planned: Planned) -> Json:
        chat, number = 10_000 + planned.person, int(planned.key, 16) + 1
        who: Json = {"id": chat, "is_bot": False, "first_name": "P", "language_code": "sv"}
        body: Json = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": who}
        update = {"update_id": number * 7919 % 1_000_003}
        choices = await self._offered(chat) if planned.press is not None else []
        if choices:
            data = wire.data(choices[(planned.press or 0) % len(choices)])
            return {**update, "callback_query": {"id": str(number), "from": who, "data": data, "message": body}}
        if number % 29 == 0 and chat in self.last_written:
            edited = {**body, "message_id": self.last_written[chat], **contents.text(planned.text)}
            return {**update, "edited_message": edited}
        if number % 41 == 0:
            return {**update, "message": {**body, **contents.text("/glom")}}
        if number % 17 == 0:
            return {**update, "message": {**body, **contents.sticker(number)}}
        self.last_written[chat] = number
        return {**update, "message": {**body, **contents.text(planned.text)}}

    async def _offered(self, chat: int) -> list[str]:
        """The choices of the last message that has any."""

        def look(tx: Tx) -> list[str]:
            person = tx.person_at(CHANNEL, str(chat))
            lines = tx.messages(person, 0, 10_000) if person else []
            offered = [line.body["choices"] for line in lines if line.body.get("choices")]
            return [each["id"] for each in offered[-1]] if offered else []

        return await self.service.store.read(look)

    async def hand_in(self, window: list[Planned]) -> None:
        """People side by side, each person's own in order but for the last two, which come at once."""
        mine: dict[int, list[Planned]] = defaultdict(list)
        for each in window:
            mine[each.person].append(each)

        async def one(own: list[Planned]) -> None:
            for each in own:
                await self.deliver(each)
            await asyncio.gather(*(self.deliver(each) for each in own[-2:]))

        await asyncio.gather(*(one(own) for own in mine.values()))

    async def kept(self) -> list[str]:
        """A hash of everything kept, for each person, random names replaced by the order they appear in."""
        return await self.service.store.read(lambda tx: [_hash(tx, 10_000 + number) for number in range(PEOPLE)])


def _hash(tx: Tx, chat: int) -> str:
    person = tx.person_at(CHANNEL, str(chat)) or ""
    asked = sorted(tx.questions_of(person), key=lambda question: question.number)
    found = {
        "messages": [(each.number, each.sender, each.body) for each in tx.messages(person, 0, 10_000)],
        "state": tx.state(person),
        "questions": [(f"F-{each.number}", each.text, each.state, each.candidates) for each in asked],
        "runs": [(run, vars(tx.run(person, run))) for (run,) in runs(tx, person)],
        "to send": [(each.number, each.body, each.hint) for each in tx.unsent_in(CHANNEL, str(chat))],
        "posted": tx.db.execute(
            "SELECT message, number FROM posted WHERE lane = ? ORDER BY message", (str(chat),)
        ).fetchall(),
    }
    return hashlib.sha256(nameless(json.dumps(found, default=str, ensure_ascii=False)).encode()).hexdigest()


@asynccontextmanager
async def receiving(file: Path, everybody: Everybody | None = None) -> AsyncIterator[Everybody]:
    """What takes updates in, on a database of its own; what it wants to say stays in the outbox."""
    nobody = "http://127.0.0.1:9"
    settings = Settings(database_url=f"sqlite:///{file}", telegram_token="1:abc", telegram_api_base=nobody,
                        telegram_transport="httpx")  # fmt: skip
    with pytest.MonkeyPatch.context() as shared:
        shared.setattr("bot.wiring.Library", lambda _: shipped_library())
        async with running(settings, Clock()) as started:
            service, transport = replace(started, pace=UNHURRIED), wiring.transport(settings)
            receiver = Receiver(service, transport, Delivery(service, transport), Me(4711, "servicelotsen_bot"))
            if everybody:
                everybody.receiver, everybody.service = receiver, service
            yield everybody or Everybody(receiver, service)
            await receiver.finish()
            await transport.close()


async def test_updates_repeated_shuffled_and_interrupted_leave_what_one_orderly_delivery_leaves(tmp_path: Path) -> None:
    planned = plan(random.Random(7))
    async with receiving(tmp_path / "orderly.db") as orderly:
        for each in planned:
            await orderly.deliver(each)
        wanted = await orderly.kept()
        counted = await orderly.service.store.read(_counts)

    windows = deliveries(planned, random.Random(8))
    middle, unruly = len(windows) // 2, None
    for part in (windows[:middle], windows[middle:]):
        async with receiving(tmp_path / "unruly.db", unruly) as unruly:
            for window in part:
                await unruly.hand_in(window)
            found = await unruly.kept()
            again = await unruly.service.store.read(_counts)
    assert sum(map(len, windows)) > 1.5 * len(planned)
    happened = list(orderly.updates.values())
    assert all(any(kind in each for each in happened) for kind in ("message", "edited_message", "callback_query"))
    assert any(each.get("callback_query", {}).get("data") == "forget:yes" for each in happened)
    assert found == wanted
    assert again == counted
    assert again["dead_letter"] == 0


def _counts(tx: Tx) -> dict[str, int]:
    tables = ("person", "message", "seen", "question", "run", "given", "outbox", "posted", "dead_letter")
    return {name: tx.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608


# R5

WORD = "hemligheten"
"""Stands in every poison: it may not be kept, nor told in a log."""


def poison(**changes: Any) -> Json:
    """A right update, which a class of poison then spoils."""
    who = {"id": "CHAT", "is_bot": False, "first_name": WORD, "language_code": "sv"}
    body = {"message_id": 900, "date": 1, "chat": {"id": "CHAT", "type": "private"}, "from": who, "text": WORD}
    return {"update_id": "UPDATE", "message": {**body, **changes}}


def without(lacking: str, **changes: Any) -> Json:
    """It lacks a field."""
    found = poison(**changes)
    return {**found, "message": {key: each for key, each in found["message"].items() if key != lacking}}


def pressed(**changes: Any) -> Json:
    body = poison()["message"]
    return {
        "update_id": "UPDATE",
        "callback_query": {"id": "1", "from": body["from"], "data": WORD, "message": body, **changes},
    }


HEAD = b'{"update_id": "UPDATE", "message": {"message_id": 900, "text": "hemligheten", "chat": {"id": "CHAT"}, "x": '
TAIL = b"}}"
UNREADABLE: dict[str, Json | bytes] = {
    "100,000 deep": HEAD + b"[" * 100_000, "a number of 5,000 digits": HEAD + b"9" * 5000 + TAIL,
    "half of it": HEAD, "no letters": HEAD + b"\xff\xfe" + TAIL, "nothing": b"", "a list": b'["hemligheten"]',
    "a packed bomb": gzip.compress(HEAD + b"1" * 20_000_000 + TAIL, mtime=0), "half a UTF-16": b"\xfe\xff" + HEAD,
    "a number for an update": b"900", "a form": b"update_id=900&text=hemligheten",
}  # fmt: skip
"""What no reader of JSON takes, or what is no update: Telegram's own server never hands these to somebody who asks."""
WRONG: dict[str, Json | bytes] = {
    "no chat": {"update_id": "UPDATE", "message": {"text": WORD, "message_id": 900, "from": {"id": 1}}},
    "no message id": without("message_id"),
    "a text that is a number": poison(text=5), "a text that is a list": poison(text=[WORD]),
    "a chat called by name": poison(chat={"id": WORD, "type": "private"}),
    "a chat that is a fraction": poison(chat={"id": 1.5, "type": "private"}),
    "a chat beyond all": poison(chat={"id": 2**63, "type": "private"}),
    "a message id beyond all": poison(message_id=2**63), "a message id that is no number": poison(message_id=WORD),
    "a message id without end": json.dumps(poison(message_id="END")).replace('"END"', "1e400").encode(),
    "a message id that is NaN": json.dumps(poison(message_id="END")).replace('"END"', "NaN").encode(),
    "a press in a chat called by name": pressed(message={"message_id": 900, "chat": {"id": WORD, "type": "private"}}),
    "half a letter as a press": pressed(data="\ud83d"), "a press that is a number": pressed(data=5),
    "a language that is a number": poison(**{"from": {"id": "CHAT", "language_code": 5}}),
    "a move to nowhere": poison(migrate_to_chat_id=WORD),
    "let in nowhere": {"update_id": "UPDATE", "my_chat_member": {
        "chat": {"id": WORD, "type": "group"}, "from": {"id": 1}, "new_chat_member": {"status": "member"}}},
    "a message that is a text": {"update_id": "UPDATE", "message": WORD},
}  # fmt: skip
"""What is JSON, and no update that Telegram describes."""
READABLE: dict[str, Json | bytes] = {
    "half a letter": poison(text=f"Vad {WORD}\ud83d kostar?"), "NUL": poison(text=f"Vad\0{WORD}"),
    "a text that grows 18 times": poison(text="\ufdfa" * 4096),
    "zalgo": poison(text="h" + "\u0335\u0310" * 2000 + "ej"),
    "a megabyte": poison(text="a" * 1_000_000), "nothing but directions": poison(text="\u202e\u2066" * 2000),
    "fields without end": poison(**{f"x{number}": number for number in range(5000)}),
    "an unknown kind of update": {"update_id": "UPDATE", "ett_nytt_slag": {"text": WORD}},
    "an unknown kind of message": without("text", hologram={}),
    "an unknown status": {"update_id": "UPDATE", "my_chat_member": {
        "chat": {"id": "CHAT", "type": "private"}, "from": {"id": "CHAT"}, "new_chat_member": {"status": "nytt"}}},
    "the same key twice": json.dumps(poison()).replace('"text": ', '"text": "tack", "text": ').encode(),
    "NaN beside": json.dumps(poison(x="END")).replace('"END"', "NaN").encode(),
    "a huge number beside": poison(date=2**63, x=-(2**70)),
    "a press with half a letter for an id": pressed(id="\udfff"),
    "a link that leads nowhere": poison(text="/start w-../../etc/passwd\ud800"),
}  # fmt: skip
"""What looks bad and can be read: it is answered as well as can be."""


def raw(update: Json | bytes, person: Person, number: int) -> bytes:
    """An update's own bytes, about somebody's chat."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return body.replace(b'"UPDATE"', str(number).encode()).replace(b'"CHAT"', str(person.id).encode())


@asynccontextmanager
async def unharmed(
    village: Village, caplog: pytest.LogCaptureFixture, what: str, *, dead: bool
) -> AsyncIterator[Person]:
    """Somebody in the middle of a conversation, who is answered afterwards as if nothing had happened."""
    anna = village.api.user("Anna")
    anna.starts()
    await anna.next()
    caplog.clear()
    letters = len(await village.rows("dead_letter"))
    began = time.monotonic()
    yield anna
    assert time.monotonic() - began < QUICK, what
    before = len(anna.messages)
    anna.writes("/verktyg")
    await anna.until(lambda: len(anna.messages) > before, timeout=QUICK)
    await until(lambda: not village.api.world.updates())
    found = await village.rows("dead_letter")
    assert len(found) - letters == dead, what
    assert WORD not in repr(found)
    async with asyncio.timeout(QUICK):
        while [row for row in await village.rows("outbox") if row[9] != "refused"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    gc.collect()
    assert [each for each in caplog.records if each.exc_info] == [], what
    assert WORD not in caplog.text, what


class TestPoison:
    """Telegram holds a chat up for as long as its update is not taken: up to a day."""

    @pytest.mark.parametrize("kinds", [UNREADABLE, WRONG, READABLE], ids=["unreadable", "wrong", "readable"])
    async def test_at_the_webhook_it_is_done_with_and_the_chat_goes_on(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, kinds: Mapping[str, Json | bytes]
    ) -> None:
        given = {webhook.HEADER: SECRET, "Content-Type": "application/xml", "Content-Encoding": "gzip"}
        async with in_telegram(tmp_path, "httpx", "webhook") as village, httpx.AsyncClient(timeout=5) as http:
            for number, (what, body) in enumerate(kinds.items()):
                async with unharmed(village, caplog, what, dead=kinds is not READABLE) as anna:
                    content = raw(body, anna, number)
                    response = await http.post(village.public + webhook.PATH, content=content, headers=given)
                    assert response.status_code == 200, what

    async def test_an_update_without_a_right_number_is_done_with(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        given = {webhook.HEADER: SECRET}
        async with in_telegram(tmp_path, "httpx", "webhook") as village, httpx.AsyncClient(timeout=5) as http:
            for number in (2**63, -(2**63) - 1, 1.5, "x", None, True, [1], {"a": 1}, "\ud800"):
                async with unharmed(village, caplog, repr(number), dead=True) as anna:
                    content = raw({**poison(), "update_id": number}, anna, 77)
                    response = await http.post(village.public + webhook.PATH, content=content, headers=given)
                    assert response.status_code == 200, number

    @pytest.mark.parametrize("kinds", [WRONG, READABLE], ids=["wrong", "readable"])
    async def test_among_updates_asked_for_it_is_done_with_and_the_chat_goes_on(
        self, polled: Village, caplog: pytest.LogCaptureFixture, kinds: Mapping[str, Json | bytes]
    ) -> None:
        for what, body in kinds.items():
            async with unharmed(polled, caplog, what, dead=kinds is not READABLE) as anna:
                number = anna.writes("x")
                polled.api.world.queue.all[number].data = raw(body, anna, number)
                await until(lambda: not polled.api.world.updates())

    async def test_others_in_the_same_handful_are_answered(self, polled: Village) -> None:
        people = [polled.api.user(f"Person {number}") for number in range(6)]
        await until(lambda: polled.api.count("getUpdates"))
        for person in people[:-1]:
            person.starts()
        number = people[-1].writes("x")
        polled.api.world.queue.all[number].data = raw(WRONG["a text that is a number"], people[-1], number)
        for person in people[:-1]:
            await person.next()
        await until(lambda: not polled.api.world.updates())
        assert len(await polled.rows("dead_letter")) == 1


# R8b

POLL = 1


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes outside takes moments here."""
    monkeypatch.setattr("bot.channels.telegram.poll.POLL_SECONDS", POLL)
    monkeypatch.setattr("bot.channels.telegram.channel.CATCH_UP_SECONDS", 0.3)


@dataclass
class Years:
    """A service that is stopped and started, and the time that goes by meanwhile."""

    folder: Path
    api: botapi.Api
    mode: str
    clock: Clock = field(default_factory=Clock)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Village]:
        async with in_telegram(self.folder, "httpx", self.mode, api=self.api, clock=self.clock) as village:
            await until(lambda: self.api.world.webhook or self.api.count("getUpdates"))
            yield village

    def pass_by(self, seconds: float) -> None:
        """Time goes by, here and at Telegram."""
        self.clock.forward(seconds=seconds)
        self.api.world.pass_by(seconds)


@pytest.fixture(params=MODES)
async def years(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Years]:
    async with botapi.serving() as api:
        api.webhook.scale = 0.02
        yield Years(tmp_path, api, request.param)
        assert api.complaints == []


async def made_good(village: Village) -> None:
    """Wait until the service counts itself as in touch again."""

    async def in_touch() -> bool:
        return bool(
            [row for row in await village.rows("contact") if dt.datetime.fromisoformat(row[1]) == village.clock()]
        )

    async with asyncio.timeout(5):
        while not await in_touch():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    await village.settled()


@pytest.mark.usefixtures("brief")
class TestAway:
    async def test_after_a_minute_nothing_is_asked_again_and_the_press_counts(self, years: Years) -> None:
        anna = years.api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
        anna.presses("Delvis")
        years.pass_by(60)
        async with years.up() as village:
            await anna.until(lambda: anna.last.edits)
            await made_good(village)
            assert "back" not in await village.keys(anna)
            assert len(await village.rows("given")) == 1

    async def test_a_press_lost_meanwhile_is_not_shown_as_taken_and_the_statement_comes_again_once(
        self, years: Years
    ) -> None:
        anna, bertil = years.api.user("Anna"), years.api.user("Bertil")
        async with years.up() as village:
            await walks(anna)
            bertil.starts()
            await bertil.next()
            await village.settled()
            statement = anna.last
        before = len(anna.messages)
        anna.presses(data=statement.buttons[0][1])
        years.pass_by(200)
        async with years.up() as village:
            await more(anna, before)
            await made_good(village)
            keys = await village.keys(anna)
            assert keys.count("back") == 1
            assert {data for _, data in statement.buttons} <= {
                data for each in anna.messages[before:] for _, data in each.buttons
            }
            assert await village.rows("given") == []
            assert statement.edits == []
            assert "back" not in await village.keys(bertil)
            said = len(anna.messages)
        for _ in range(2):
            async with years.up() as village:
                await made_good(village)
                await asyncio.sleep(POLL + 0.3 if years.mode == "polling" else 0.5)
                assert await village.keys(anna) == keys
                assert len(anna.messages) == said

    async def test_the_statement_that_came_again_can_be_answered(self, years: Years) -> None:
        anna = years.api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
        before = len(anna.messages)
        years.pass_by(200)
        async with years.up() as village:
            await more(anna, before)
            await made_good(village)
            anna.presses("Delvis")
            async with asyncio.timeout(5):
                while not await village.rows("given"):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)
            await village.settled()
            assert len(await village.rows("given")) == 1

    async def test_words_written_meanwhile_are_answered_before_anything_is_asked_again(self, years: Years) -> None:
        anna = years.api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
        anna.writes("delvis")
        years.pass_by(200)
        async with years.up() as village:
            await made_good(village)
            assert len(await village.rows("given")) == 1
            keys = await village.keys(anna)
            assert keys.count("back") <= 1
            assert keys[-1] == "walk.statement"

    async def test_somebody_who_had_left_long_before_is_let_be(self, years: Years) -> None:
        anna = years.api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
            years.pass_by(2 * 3600)
            await village.service.store.write(lambda tx: tx.in_touch(CHANNEL, years.clock()))
        years.pass_by(200)
        async with years.up() as village:
            await made_good(village)
            assert "back" not in await village.keys(anna)

    async def test_an_outage_of_a_day_is_shown_to_the_moderators(self, years: Years) -> None:
        anna = years.api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
            began = years.clock()
        anna.writes("Det här kommer aldrig fram")
        years.pass_by(200)
        async with years.up() as village:
            await made_good(village)
            assert await village.rows("outage") == []
            began = years.clock()
        anna.writes("Inte det här heller")
        years.pass_by(25 * 3600)
        async with years.up() as village:
            await made_good(village)
            ended = years.clock()
            assert "Inte det här heller" not in await words_of(village)
            assert len(await village.rows("outage")) == 1
            maria = await village.web.moderator()
            desk = read((await maria.get("/moderator")).text).text
            told = village.says("page.outage", began=_day_and_time(began), ended=_day_and_time(ended))
            assert desk.count(told) == 1


async def test_back_after_an_outage_the_question_is_asked_again_at_once(tmp_path: Path) -> None:
    """Not only when the first long wait for updates is over."""
    async with botapi.serving() as api:
        years, anna = Years(tmp_path, api, "polling"), api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await village.settled()
        before = len(anna.messages)
        years.pass_by(200)
        async with years.up() as village:
            await anna.until(lambda: len(anna.messages) > before, timeout=5)


@pytest.mark.usefixtures("brief")
async def test_an_outage_of_telegram_itself_is_made_good_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with botapi.serving() as api:
        years, anna = Years(tmp_path, api, "polling"), api.user("Anna")
        async with years.up() as village:
            await walks(anna)
            await made_good(village)
            before = len(anna.messages)
            await api.down()
            years.pass_by(200)
            await asyncio.sleep(0.2)
            await api.up()
            await more(anna, before)
            await made_good(village)
            assert (await village.keys(anna)).count("back") == 1
            assert api.token.partition(":")[2] not in caplog.text


async def met_before_an_outage(years: Years) -> Person:
    """Somebody who said hello, and then Telegram could not be reached for some minutes."""
    anna = years.api.user("Anna")
    async with years.up() as village:
        anna.starts()
        await anna.next()
        await village.settled()
    years.pass_by(200)
    return anna


@pytest.mark.usefixtures("brief")
async def test_who_is_forgotten_while_an_outage_is_made_good_is_not_met_anew(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgets(self: Receiver, address: str, key: str) -> None:
        person = await self.service.store.read(lambda tx: tx.person_at(CHANNEL, address))
        assert await jobs.erase(self.service, {"person": person})
        await came_back(self, address, key)

    came_back = Receiver.came_back
    monkeypatch.setattr(Receiver, "came_back", forgets)
    await met_before_an_outage(years)
    async with years.up() as village:
        await made_good(village)
        assert await village.rows("person") == []


@pytest.mark.usefixtures("brief")
async def test_one_event_that_can_not_be_made_good_ends_nothing(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(_self: Receiver, _address: str, _key: str) -> None:
        tried.set()
        raise Busy

    tried = asyncio.Event()
    monkeypatch.setattr(Receiver, "came_back", busy)
    anna = await met_before_an_outage(years)
    async with years.up() as village:
        async with asyncio.timeout(QUICK):
            await tried.wait()
        anna.writes("/om")
        await anna.next()
        await village.settled()
