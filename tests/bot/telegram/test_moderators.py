"""The queue in the moderators' group: a message for each question, buttons, answers by reply, nobody's name."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot import jobs, telling
from bot.channels.telegram import moderators
from bot.commands.doctor import examine
from bot.moderator.signing_in import invite
from bot.settings import Settings
from bot.store.rows import hashed
from dialogs.desk import MEMBER_DAYS
from dialogs.moderator import MOST_ANSWER_CHARACTERS
from tests import botapi
from tests.botapi.groups import Group
from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.polls import WEBINAR
from tests.telegram import TRANSPORTS, Village, beside, in_telegram
from tests.web import UNKNOWN, until


@dataclass
class Room:
    """The moderators' group, and Mia who has signed in there."""

    village: Village
    group: Group
    mia: Person
    others: list[Person]

    async def joins(self, person: Person, role: str = "moderator", webinar: str | None = None) -> None:
        """Somebody connects their account by a link of their own."""
        service = self.village.service
        token = await service.store.write(lambda tx: invite(tx, role, webinar, service.clock()))
        person.starts(f"m-{token}")
        await offered_to_join(person)
        person.presses(data="desk:join")
        await self.village.settled()

    async def asks(self, person: Person, text: str = UNKNOWN) -> Message:
        """Somebody asks what the knowledge base can't answer, and sends it; its card."""
        person.writes(text)
        await person.until(lambda: any(data.startswith("send:") for _, data in _buttons(person)))
        had = len(self.group.messages)
        person.presses(data=next(data for _, data in _buttons(person) if data.startswith("send:")))
        await self.group.until(lambda: len(self.group.messages) > had)
        await self.village.settled()
        return self.group.last

    async def presses(self, person: Person, card: Message, what: str) -> dict[str, Any]:
        """Press the button of a card that does this; what the one who pressed is told."""
        data = next((data for _, data in self.now(card).buttons if data.split(":")[3:] == what.split(":")), None)
        assert data, self.now(card).buttons
        return await self.taps(person, card, data)

    async def taps(self, person: Person, card: Message, data: str) -> dict[str, Any]:
        pressed = person.presses(data=data, message=self.now(card), in_=self.group)
        await until(lambda: person.told(pressed) is not None)
        await self.village.settled()
        return dict(person.told(pressed) or {})

    def now(self, card: Message) -> Message:
        """The card as it stands."""
        return next(each for each in self.group.messages if each.message_id == card.message_id)

    async def shows(self, card: Message, state: str) -> Message:
        """The card once it says this state."""
        word = self.village.says(f"page.state.{state}")
        await self.group.until(lambda: word in self.now(card).text.split("\n")[0])
        await self.village.settled()
        return self.now(card)

    async def states(self) -> list[str]:
        """Where the questions stand, by number."""
        found = await self.village.service.store.read(lambda tx: [tx.question(n) for n in range(1, 20)])
        return [each.state for each in found if each]


async def ready(village: Village) -> None:
    await until(lambda: "moderators" in village.service.conversations.doors)


async def offered_to_join(person: Person) -> None:
    await person.until(lambda: any(data == "desk:join" for _, data in _buttons(person)))


def _buttons(person: Person) -> list[tuple[str, str]]:
    return person.last.buttons if person.messages else []


@asynccontextmanager
async def moderated(folder: Path, transport: str, **settings: Any) -> AsyncIterator[Room]:
    async with botapi.serving() as api:
        people = [api.user(name) for name in ("Mia", "Nils", "Otto")]
        group = api.group("Moderatorer", people)
        async with in_telegram(folder, transport, api=api, moderator_chat=str(group.id), **settings) as village:
            await jobs.webinar(village.service, {"code": WEBINAR, "phase": "open"})
            room = Room(village, group, people[0], people[1:])
            async with beside(telling.run(village.service)):
                await ready(village)
                await room.joins(room.mia)
                yield room
        assert api.complaints == []


@pytest.fixture(params=TRANSPORTS)
async def room(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with moderated(tmp_path, request.param) as found:
        yield found


async def test_a_question_comes_to_the_group_and_its_answer_goes_to_the_asker(room: Room) -> None:
    anna = room.village.api.user("Anna Andersson")
    card = await room.asks(anna)
    assert UNKNOWN in card.text
    assert "Andersson" not in card.text
    assert room.village.says("page.state.new") in card.text

    assert room.mia.writes("Ring kommunen, de vet.", reply_to=card, in_=room.group)
    await room.shows(card, "answered")
    await anna.until(lambda: "Ring kommunen, de vet." in anna.last.text)
    assert await room.states() == ["answered"]
    assert not room.now(card).buttons
    assert room.group.last.reply_to == room.mia.last_written(room.group)


async def test_every_way_on_has_a_button_and_the_asker_is_told(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    for act, state in (("approved", "approved"), ("next", "next"), ("live", "live"), ("later", "later")):
        told = await room.presses(room.mia, card, act)
        assert told["text"] == room.village.says(
            "card.done", code="F-1", state=room.village.says(f"page.state.{state}")
        )
        await room.shows(card, state)
        told_anna = room.village.says(f"moderator.{state}", code="F-1")
        await anna.until(lambda: anna.last.text == told_anna)  # noqa: B023 - waited for at once
    await room.presses(room.mia, card, "spoken")
    assert (await room.shows(card, "answered")).buttons == []


async def test_a_reason_to_decline_is_chosen_under_the_card(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    first = card.buttons
    await room.presses(room.mia, card, "declining")
    await room.group.until(lambda: room.now(card).buttons != first)
    await room.presses(room.mia, card, "show")
    await room.group.until(lambda: room.now(card).buttons == first)
    await room.presses(room.mia, card, "declining")
    await room.group.until(lambda: room.now(card).buttons != first)
    await room.presses(room.mia, card, "decline:elsewhere")
    await room.shows(card, "declined")
    await anna.until(lambda: room.village.says("decline.elsewhere") in anna.last.text)


async def test_a_question_mark_asks_back_and_the_new_words_come_to_the_card(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    assert room.mia.writes("? Menar du den nya eller den gamla?", reply_to=card, in_=room.group)
    await room.shows(card, "asked")
    await anna.until(lambda: "Menar du den nya" in anna.last.text)
    anna.presses(data="reword:1")
    await room.village.settled()
    anna.writes("Den gamla bron vid kvarnen")
    await room.group.until(lambda: "Den gamla bron vid kvarnen" in room.now(card).text)
    await room.shows(card, "new")


async def test_questions_alike_are_joined_with_a_button_and_split_again(room: Room) -> None:
    first = await room.asks(room.village.api.user("Anna"), "Vad kostar en elcykel med låda?")
    second = await room.asks(room.village.api.user("Bo"), "Vad kostar en elcykel med låda egentligen?")
    assert "F-1" in second.text
    await room.presses(room.mia, second, "join:1")
    await room.group.until(lambda: [data.split(":")[3] for _, data in room.now(second).buttons] == ["split"])
    await room.group.until(lambda: room.village.says("page.joined", count=1) in room.now(first).text)
    await room.presses(room.mia, second, "split")
    await room.group.until(lambda: len(room.now(second).buttons) > 1)


async def test_only_who_has_signed_in_may_act(room: Room) -> None:
    nils, _ = room.others
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    told = await room.presses(nils, card, "approved")
    assert told["show_alert"]
    assert told["text"] == room.village.says("card.sign_in")
    assert nils.writes("Ett svar från vem som helst", reply_to=card, in_=room.group)
    await room.group.until(lambda: room.group.last.text == room.village.says("card.sign_in"))
    assert await room.states() == ["new"]
    assert "Ett svar från vem som helst" not in anna.last.text

    await room.joins(nils)
    await room.presses(nils, card, "approved")
    assert await room.states() == ["approved"]


async def test_a_link_works_for_one_account_and_only_for_a_while(room: Room) -> None:
    nils, otto = room.others
    service = room.village.service
    token = await service.store.write(lambda tx: invite(tx, "moderator", None, service.clock()))
    for person in (nils, otto):
        person.starts(f"m-{token}")
        await offered_to_join(person)
    otto.presses(data="desk:join")
    nils.presses(data="desk:join")
    await room.village.settled()
    joined = [(await room.village.keys(each))[-1] for each in (nils, otto)]
    assert joined == ["desk.over", "desk.joined"]

    card = await room.asks(room.village.api.user("Anna"))
    await room.presses(otto, card, "approved")
    room.village.clock.forward(days=MEMBER_DAYS, seconds=1)
    assert (await room.presses(otto, card, "later"))["text"] == room.village.says("card.sign_in")
    assert await room.states() == ["approved"]


async def test_who_disconnects_or_is_forgotten_may_not_act_any_more(room: Room) -> None:
    card = await room.asks(room.village.api.user("Anna"))
    room.mia.presses(data="desk:leave")
    await room.village.settled()
    assert (await room.presses(room.mia, card, "approved"))["text"] == room.village.says("card.sign_in")
    await room.joins(room.mia)
    person = await room.village.service.store.read(lambda tx: tx.person_at("telegram", str(room.mia.id)))
    await room.village.service.store.write(lambda tx: tx.erase(person or ""))
    assert (await room.presses(room.mia, card, "approved"))["text"] == room.village.says("card.sign_in")
    assert await room.states() == ["new"]


async def test_a_lecturers_link_does_not_lead_to_the_queue(room: Room) -> None:
    nils, _ = room.others
    await room.joins(nils, "lecturer", WEBINAR)
    assert (await room.village.keys(nils))[-1] == "desk.over"


async def test_a_link_for_one_webinar_leaves_the_others_alone(room: Room) -> None:
    nils, _ = room.others
    await room.joins(nils, webinar="ett-annat")
    card = await room.asks(room.village.api.user("Anna"))
    assert (await room.presses(nils, card, "approved"))["text"] == room.village.says("card.not_yours")
    assert await room.states() == ["new"]


async def test_an_old_button_says_that_somebody_was_faster(room: Room) -> None:
    card = await room.asks(room.village.api.user("Anna"))
    old = next(data for _, data in card.buttons if data.endswith(":approved"))
    await room.presses(room.mia, card, "next")
    told = await room.taps(room.mia, card, old)
    assert told["text"] == room.village.says("web.decided_already")
    assert await room.states() == ["next"]


@pytest.mark.parametrize("data", ["q:1", "q:1:1", "q:1:1:eat", "q:1:1:entry:x", "q:x:y:approved", "q:99:1:approved",
                                  "q:1:1:approved:a:b", "q:1:1:note", "q:²:1:approved"])  # fmt: skip
async def test_a_forged_button_does_nothing(room: Room, data: str) -> None:
    card = await room.asks(room.village.api.user("Anna"))
    room.mia.presses(data=data, message=card, in_=room.group)
    await room.village.settled()
    assert await room.states() == ["new"]


async def test_what_is_done_at_the_desk_shows_in_the_group(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    mia = await room.village.web.moderator()
    await mia.decide(1, act="approved")
    await room.shows(card, "approved")
    await mia.decide(1, answer="Från sidan")
    await room.shows(card, "answered")
    assert "Från sidan" in room.now(card).text


async def test_what_the_asker_takes_back_is_not_read_in_the_group_any_more(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    anna.writes("/mina")
    await room.village.settled()
    anna.presses(data="withdraw:1")
    await room.village.settled()
    anna.presses(data="withdraw:1:yes")
    await room.shows(card, "withdrawn")
    assert UNKNOWN not in room.now(card).text


async def test_a_question_kept_no_longer_leaves_its_card_empty(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    room.mia.writes("Ett svar", reply_to=card, in_=room.group)
    await room.shows(card, "answered")
    later = room.village.clock() + dt.timedelta(days=1)
    await room.village.service.store.write(lambda tx: tx.delete_questions(later))
    await room.group.until(lambda: room.now(card).text == room.village.says("card.gone", code="F-1"))
    await room.village.settled()
    assert [row for row in await room.village.rows("card") if row[1] == 1] == []


async def test_a_reply_that_is_changed_or_far_too_long_says_so_and_sends_nothing(room: Room) -> None:
    anna = room.village.api.user("Anna")
    card = await room.asks(anna)
    room.mia.writes("x" * (MOST_ANSWER_CHARACTERS + 1), reply_to=card, in_=room.group)
    too_long = room.village.service.library.content.texts["sv"]("web.answer_too_long", most=MOST_ANSWER_CHARACTERS)
    await room.group.until(lambda: too_long in room.group.last.text)
    assert await room.states() == ["new"]
    room.mia.writes("Ett svar", reply_to=card, in_=room.group)
    await room.shows(card, "answered")
    room.mia.edits(room.mia.last_written(room.group), "Ett annat svar", in_=room.group)
    await room.group.until(lambda: room.group.last.text == room.village.says("card.edited"))
    assert "Ett annat" not in anna.last.text


async def test_what_is_said_to_the_bot_beside_the_cards_is_answered_as_anywhere(room: Room) -> None:
    room.mia.writes("/om", in_=room.group)
    await room.village.settled()
    assert (await room.village.keys(room.mia, f"{room.group.id}:{room.mia.id}"))[-1] == "about"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_decision_is_undone_in_the_group_before_the_asker_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with moderated(tmp_path, transport, undo_seconds=60.0) as room:
        anna = room.village.api.user("Anna")
        card = await room.asks(anna)
        heard = len(anna.messages)
        room.mia.writes("Ett svar i hast", reply_to=card, in_=room.group)
        await room.shows(card, "answered")
        assert [data for _, data in room.group.last.buttons] == ["q:1:2:undo"]
        await room.presses(room.mia, card, "undo")
        await room.shows(card, "new")
        assert len(anna.messages) == heard
        assert (await room.taps(room.mia, card, "q:1:2:undo"))["text"] == room.village.says("web.decided_already")
        room.mia.writes("Ett bättre svar", reply_to=card, in_=room.group)
        await room.shows(card, "answered")
        room.village.clock.forward(seconds=61)
        assert (await room.presses(room.mia, card, "undo"))["text"] == room.village.says("web.undone_late")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_restart_says_nothing_twice_and_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with botapi.serving() as api:
        mia, anna = api.user("Mia"), api.user("Anna")
        group = api.group("Moderatorer", [mia])
        for text in (UNKNOWN, "Vad kostar en häst?", "Finns det älgar på månen?"):
            async with in_telegram(tmp_path, transport, api=api, moderator_chat=str(group.id)) as village:
                await ready(village)
                room = Room(village, group, mia, [])
                await room.asks(anna, text)
        sent = [given for _, method, given in api.app.arrivals
                if method.lower() == "sendmessage" and str(given["chat_id"]) == str(group.id)]  # fmt: skip
        assert len(sent) == 3
        assert len({each["text"] for each in sent}) == 3


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_group_is_told_once_of_what_waits_too_long_in_the_letterbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with moderated(tmp_path, transport, letterbox_days=5) as room:
        await jobs.webinar(room.village.service, {"code": WEBINAR, "phase": "closed"})
        card = await room.asks(room.village.api.user("Anna"))
        room.village.clock.forward(days=6)
        told = room.village.says("card.late", codes="F-1")
        assert not [each for each in room.group.messages if each.text == told]
        await room.asks(room.village.api.user("Bo"), "Finns det älgar på månen?")
        await room.group.until(lambda: [each for each in room.group.messages if each.text == told])
        await room.group.until(lambda: room.village.says("page.overdue") in room.now(card).text)
        await room.asks(room.village.api.user("Cia"), "Vad kostar en häst?")
        assert len([each for each in room.group.messages if each.text == told]) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_group_that_becomes_a_supergroup_gets_its_cards_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with moderated(tmp_path, transport) as room:
        await room.asks(room.village.api.user("Anna"))
        room.group.becomes_supergroup()
        had = len(room.group.messages)
        await room.asks(room.village.api.user("Bo"), "Finns det älgar på månen?")
        await room.group.until(lambda: sum(UNKNOWN in each.text for each in room.group.messages[had:]) == 1)
        card = next(each for each in room.group.messages[had:] if UNKNOWN in each.text)
        await room.presses(room.mia, card, "approved")
        assert (await room.states())[0] == "approved"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_many_questions_at_once_come_at_the_pace_that_a_group_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    """At most a few wait to be sent: what changes meanwhile is said as it stands, and a press is shown first."""
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with moderated(tmp_path, transport) as room:
        store, clock = room.village.service.store, room.village.clock
        for number in range(40):
            text = f"Fråga nummer {number}"
            await store.write(lambda tx, text=text: tx.ask(None, None, text, "sv", WEBINAR, (), clock()))  # type: ignore[misc]
            assert len(await room.village.rows("outbox")) <= moderators.MOST_WAITING
        await room.group.until(lambda: len([each for each in room.group.messages if "Fråga nummer" in each.text]) == 40)


async def test_what_was_under_way_when_the_bot_was_put_out_is_said_when_it_is_back(room: Room) -> None:
    anna = room.village.api.user("Anna")
    first = await room.asks(anna)
    room.group.removes_bot(room.mia)
    await room.village.settled()
    anna.writes("Finns det älgar på månen?")
    await anna.until(lambda: any(data.startswith("send:") for _, data in _buttons(anna)))
    anna.presses(data=next(data for _, data in _buttons(anna) if data.startswith("send:")))
    await room.village.settled()
    desk = await room.village.web.moderator()
    await desk.decide(1, act="approved")
    room.group.adds_bot(room.mia)
    await room.group.until(lambda: any("älgar" in each.text for each in room.group.messages))
    await room.shows(first, "approved")
    assert sum("älgar" in each.text for each in room.group.messages) == 1


async def test_reasons_are_not_shown_for_what_has_been_decided(room: Room) -> None:
    card = await room.asks(room.village.api.user("Anna"))
    old = next(data for _, data in card.buttons if data.endswith(":declining"))
    await room.presses(room.mia, card, "spoken")
    await room.shows(card, "answered")
    assert (await room.taps(room.mia, card, old))["text"] == room.village.says("web.decided_already")
    await room.taps(room.mia, card, old.replace("declining", "show"))
    await room.shows(card, "answered")
    assert room.now(card).buttons == []


async def test_a_card_promises_no_answer_to_somebody_who_can_not_get_one(room: Room) -> None:
    store, clock = room.village.service.store, room.village.clock
    await store.write(lambda tx: tx.ask(None, None, "En egen fråga", "sv", WEBINAR, (), clock(), by="moderator"))
    await room.group.until(lambda: any("En egen fråga" in each.text for each in room.group.messages))
    card = room.group.last
    assert room.village.says("card.how") not in card.text
    assert room.village.says("page.origin.desk") in card.text
    await room.village.settled()
    other = await room.asks(room.village.api.user("Anna"))
    assert room.village.says("card.how") in other.text


async def test_a_long_question_stays_one_message(room: Room) -> None:
    store, clock = room.village.service.store, room.village.clock
    await store.write(lambda tx: tx.ask(None, None, "å" * 4000, "sv", WEBINAR, (), clock()))
    await store.write(lambda tx: tx.amend(1, 1, "mod", "wording", "ä" * 4000, clock()))
    await room.group.until(lambda: any("ä" * 500 in each.text for each in room.group.messages))
    await room.village.settled()
    card = room.group.last
    await room.presses(room.mia, card, "approved")
    await room.shows(card, "approved")


async def test_a_sign_in_link_in_a_group_is_not_answered_with_the_link(room: Room) -> None:
    nils, _ = room.others
    service = room.village.service
    token = await service.store.write(lambda tx: invite(tx, "moderator", None, service.clock()))
    nils.writes(f"/start@{room.village.api.username} m-{token}", in_=room.group)
    await room.village.settled()
    assert (await room.village.keys(nils, f"{room.group.id}:{nils.id}"))[-1] == "link.lost"
    assert not [each for each in room.group.messages if token in each.text]
    nils.starts(f"m-{token}")
    await offered_to_join(nils)


async def test_who_comes_back_by_a_return_link_signs_in_anew(room: Room) -> None:
    _, otto = room.others
    service = room.village.service
    mia = await service.store.read(lambda tx: tx.person_at("telegram", str(room.mia.id)))
    await service.store.write(
        lambda tx: tx.keep_return(hashed("nyckel"), mia or "", service.clock(), service.clock() + dt.timedelta(days=1))
    )
    otto.starts("p-nyckel")
    await room.village.settled()
    assert (await room.village.keys(otto))[-1] == "return.here"
    card = await room.asks(room.village.api.user("Anna"))
    for person in (otto, room.mia):
        assert (await room.presses(person, card, "approved"))["text"] == room.village.says("card.sign_in")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_doctor_says_whether_the_group_is_there(tmp_path: Path, transport: str) -> None:
    async with botapi.serving() as api:
        group = api.group("Moderatorer", [api.user("Mia")])
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'a.db'}", data=tmp_path, telegram_token=api.token,
            telegram_api_base=api.base, telegram_transport=transport, moderator_chat=str(group.id),
        )  # fmt: skip

        async def levels(settings: Settings) -> dict[str, str]:
            found = await asyncio.to_thread(lambda: list(examine(settings)))
            about = [each for each in found if "Moderatorer" in each.what or "MODERATOR_CHAT" in each.what]
            return {each.level: each.what for each in about}

        assert list(await levels(settings)) == ["ok"]
        assert list(await levels(replace(settings, moderator_chat="-100123"))) == ["bad"]
        assert list(await levels(replace(settings, telegram_token=""))) == ["warn"]
        group.becomes_supergroup()
        said = await levels(settings)
        assert list(said) == ["bad"]
        assert "-100" in said["bad"]


async def test_a_question_from_before_the_bot_came_to_the_group_is_told_when_it_comes(room: Room) -> None:
    village = room.village
    room.group.removes_bot(room.mia)
    await village.settled()
    await village.web.person().ask_moderator()
    await asyncio.sleep(0.5)  # it is found that the question can't be told there
    room.group.adds_bot(room.mia)
    await room.group.until(lambda: [each for each in room.group.messages if UNKNOWN in each.text])
