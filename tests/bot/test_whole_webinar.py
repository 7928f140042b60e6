"""A whole webinar, from the doors to the feedback: nobody who asked is lost, and every vote is counted.

Forty viewers, three moderators, a host and a lecturer do what chance gives them; what they did is remembered here in
plain lists, and in the end compared with the ledger, with the ballots, and with what each asker has read.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import announcing, jobs
from bot.channels.telegram import moderators
from bot.moderator.signing_in import invite
from bot.store.afterwards import Line
from bot.store.tx import Message
from dialogs.queue import TRANSITIONS, WAITING, WITHDRAWABLE
from dialogs.records import Question
from tests import botapi
from tests.botapi.groups import Group
from tests.botapi.people import Person as Telephone
from tests.polls import OPENING, WEBINAR
from tests.telegram import Village, in_telegram
from tests.web import Moderator, Person, fresh_key, read, until

VIEWERS, BY_TELEGRAM = 40, 6
PLACES = ("stockholm", "goteborg", "malmo", "annan-stad", "tatort", "landsbygd")
PARTS = ("norrland", "svealand", "gotaland")
THINGS = ("brygga", "bastu", "husvagn", "flaggstång", "lada", "trampolin", "snöskoter", "dragspel", "vedklyv", "kanot")
TOWNS = ("Arjeplog", "Sveg", "Kiruna", "Ydre", "Torsby")
TROUBLE = ("Jag hör inget, ljudet hackar", "Svart bild hos mig", "Ljudet försvann nyss", "Jag kommer inte in i rummet")
COMMENTS = ("Tack, det var bra sagt om Kiruna", "Tips: fråga handlaren i Sveg")
PASTED = ("Vad kostar en elcykel i Gällö?", "Vad kostar en tandemcykel i Gällö?", "Vad kostar en lastcykel i Gällö?")
SPOKEN, WRITTEN, ENTRY = "spoken", "answer", "entry"
ABOUT = ("receipt.", "moderator.", "queue.withdrawn", "queue.reworded")
"""How the keys of what an asker is told about a question begin."""


# Viewers


@dataclass(eq=False)
class Viewer:
    """Somebody who follows the broadcast and has the chat open."""

    name: str
    village: Village
    vote: dict[str, str] = field(default_factory=dict)
    """Question of the poll → what this person last voted for."""
    rating: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Channel and address."""
        raise NotImplementedError

    async def says(self, text: str) -> None:
        """Write something."""
        raise NotImplementedError

    async def presses(self, choice: str, times: int = 1) -> None:
        """Press something once, or twice as fast as one can."""
        raise NotImplementedError

    async def log(self) -> list[Message]:
        """Everything that was said to this person."""
        channel, address = self.place
        who = await self.village.service.store.read(lambda tx: tx.person_at(channel, address))
        kept = await self.village.service.store.read(lambda tx: tx.messages(who or "", 0, 10_000))
        return [message for message in kept if message.sender != "you"]

    async def offered(self) -> list[str]:
        """The choices under what was said last."""
        return [each["id"] for each in (await self.log())[-1].body.get("choices", ())]

    async def asks(self, words: str, *, signed: bool = False) -> int:
        """Ask, and send it on whatever the answer; the number on the receipt."""
        await self.says(words)
        way = None
        while way is None:
            offered = await self.offered()
            wanted = ("sign:", "send:") if signed else ("send:",)
            way = next((each for start in wanted for each in offered if each.startswith(start)), None)
            if way is None:
                await self.presses(next(each for each in offered if each.startswith("not:")))
        await self.presses(way)
        if way.startswith("sign:"):
            await self.says(f"{self.name} från {TOWNS[0]}")
        receipt = (await self.log())[-1].body
        found = re.search(r"F-(\d+)", receipt["text"])
        assert found, receipt
        return int(found[1])

    async def heard_of(self, number: int) -> list[Message]:
        """What this person was told about a question."""
        code = re.compile(rf"F-{number}(?!\d)")
        return [each for each in await self.log()
                if each.body["key"].startswith(ABOUT) and code.search(each.body["text"])]  # fmt: skip


@dataclass(eq=False)
class OnTheWeb(Viewer):
    """With the page of the webinar."""

    browser: Person = field(kw_only=True)

    @property
    def place(self) -> tuple[str, str]:
        return "web", self.browser.address or ""

    async def says(self, text: str) -> None:
        await self.browser.say(text, webinar=WEBINAR)

    async def presses(self, choice: str, times: int = 1) -> None:
        key = fresh_key()
        await asyncio.gather(*(self.browser.choose(choice, key=key) for _ in range(times)))


@dataclass(eq=False)
class InTelegram(Viewer):
    """With a telephone."""

    phone: Telephone = field(kw_only=True)

    @property
    def place(self) -> tuple[str, str]:
        return "telegram", str(self.phone.id)

    async def says(self, text: str) -> None:
        await self._heard(self.phone.writes(text))

    async def presses(self, choice: str, times: int = 1) -> None:
        await self.phone.until(lambda: any(choice == data for each in self.phone.messages for _, data in each.buttons))
        message, _ = self.phone.with_button(choice)
        for update in [self.phone.presses(data=choice, message=message) for _ in range(times)]:
            await self._heard(update)

    async def _heard(self, update: int) -> None:
        await until(lambda: update not in [each.update_id for each in self.village.api.world.updates()])


# What is remembered


@dataclass(eq=False)
class Asked:
    """A question as those who were there remember it."""

    number: int
    words: str
    asker: Viewer | None
    trouble: bool = False
    state: str = "new"
    under: "Asked | None" = None
    """The question that it was joined with."""
    past: list[str] = field(default_factory=lambda: ["new"])
    """All that has happened to it, in order."""
    told: tuple[str, str] = ("receipt.", "")
    """How the key of what its asker was last told begins, and what was in it."""
    wondering: set[Viewer] = field(default_factory=set)
    """Who wonders the same."""

    @property
    def lead(self) -> "Asked":
        """The one that it goes along with, or itself."""
        return self.under.lead if self.under else self

    @property
    def waiting(self) -> bool:
        """Whether something is still to come."""
        return self.state in WAITING

    def happens(self, what: str, told: tuple[str, str] | None = None) -> None:
        """One more thing has happened to it."""
        self.past.append(what)
        self.state = what if what in TRANSITIONS else self.state
        self.told = told or self.told


@dataclass
class Memory:
    """Everything that was asked, and what has become of it."""

    asked: list[Asked] = field(default_factory=list)

    def along_with(self, lead: Asked) -> list[Asked]:
        """Those that go along with a question, the oldest first."""
        found = [each for each in self.asked if each is not lead and each.under and each.lead is lead]
        return sorted(found, key=lambda each: each.number)

    def decided(self, asked: Asked, state: str, key: str, words: str = "") -> None:
        """A decision, which is one about all that wait with it."""
        for each in (asked, *(each for each in self.along_with(asked) if each.waiting)):
            each.happens(state, (key, words))

    def joined(self, asked: Asked, into: Asked) -> None:
        """One that was alone goes along with another from now on."""
        asked.happens("joined")
        asked.under = into.lead

    def split(self, asked: Asked) -> None:
        """It goes its own way again."""
        asked.happens("split")
        asked.under = None

    def withdrawn(self, asked: Asked) -> None:
        """Its asker takes it back; the oldest of those that still wait leads them now."""
        left = sorted(self.along_with(asked), key=lambda each: not each.waiting)
        for each in left:
            each.under = None if each is left[0] else left[0]
            each.happens("joined" if each.under else "split")
        if left:
            left[0].wondering |= asked.wondering
            asked.wondering = set()
        asked.under = None
        asked.happens("withdrawn", ("queue.withdrawn", ""))

    def votes(self, asked: Asked) -> int:
        """How many wonder the same who have not asked it."""
        together = [asked, *(() if asked.under else self.along_with(asked))]
        wondering = set[Viewer]().union(*(each.wondering for each in together))
        return len(wondering - {each.asker for each in together})


# What people do


@dataclass(eq=False)
class ByTelephone:
    """A moderator on the train: in the moderators' group, with nothing but its buttons and replies."""

    village: Village
    group: Group
    phone: Telephone
    acted: int = 0

    async def comes(self) -> None:
        """By a link of her own."""
        service = self.village.service
        token = await service.store.write(lambda tx: invite(tx, "moderator", WEBINAR, service.clock()))
        self.phone.starts(f"m-{token}")
        await self.phone.until(lambda: any(self.phone.last.buttons for _ in self.phone.messages))
        self.phone.presses(data="desk:join")
        await self.village.settled()

    async def catches_up(self, asked: Sequence["Asked"]) -> None:
        """Until every question stands in the group."""
        await self.group.until(lambda: all(self.card(each) for each in asked))

    @staticmethod
    def can(form: dict[str, str]) -> bool:
        """Whether the group has a way to say it."""
        only = form.keys() <= {"act", "ask", "answer", "reason", "own_reason", "into"}
        return only and not form.get("own_reason") and form.get("act") not in ("note", "pinned", "factor")

    async def submit(self, asked: "Asked", form: dict[str, str]) -> int:
        """Do it; the status that the desk's own page would have given."""
        await self.village.settled()  # nobody presses within the moment that we take to note what has arrived
        card = self.card(asked)
        self.acted += 1
        words = form.get("answer") or ("? " + form["ask"] if "ask" in form else "")
        if words:
            return await self._writes(card, words)
        act, value = form.get("act", "decline"), form.get("reason") or form.get("into", "").removeprefix("F-")
        data = f"q:{asked.number}:{len(asked.past)}:{act}" + (f":{value}" if value else "")
        pressed = self.phone.presses(data=data, message=card, in_=self.group)
        await until(lambda: self.phone.told(pressed) is not None)
        return 409 if (self.phone.told(pressed) or {}).get("show_alert") else 303

    async def _writes(self, card: Any, words: str) -> int:
        self.phone.writes(words, reply_to=card, in_=self.group)
        mine = self.phone.last_written(self.group)
        await self.group.until(lambda: any(each.reply_to == mine for each in self.group.messages))
        answered = next(each for each in self.group.messages if each.reply_to == mine)
        return 303 if answered.text.startswith(("F-", "Den som ställde")) else 409

    def card(self, asked: "Asked") -> Any:
        """The latest message that is this question."""
        cards = [each for each in self.group.messages if each.text.startswith(f"F-{asked.number} · ")]
        return cards[-1] if cards else None


@dataclass
class Webinar:
    """The room: who is there, what chance gives them, and what is remembered of it."""

    village: Village
    chance: random.Random
    viewers: list[Viewer]
    desk: list[Moderator]
    """Moderators and the host."""
    lecturer: Moderator
    phone: ByTelephone
    """The third moderator."""
    memory: Memory = field(default_factory=Memory)

    async def opens(self) -> None:
        """The doors open, and everybody comes in."""
        await jobs.webinar(self.village.service, {"code": WEBINAR, "phase": "open"})
        await self.announced()
        await at_once(viewer.says("hej") for viewer in self.viewers)

    async def announced(self) -> None:
        """What is to be said to everybody has been said."""
        service = self.village.service
        while await service.store.write(lambda tx: announcing.tell_some(tx, service)):
            pass

    async def ask(self) -> None:
        """Everybody's questions: unknown things, the same as others', trouble, comments; some with their names."""
        words = [f"Vad kostar en {thing} i {town}?" for thing in THINGS for town in TOWNS[:3]]
        plans = [*words, *self.chance.sample(words, 6), *TROUBLE, *COMMENTS]
        self.chance.shuffle(plans)
        for place, words_ in enumerate(plans):
            viewer = self.viewers[place % (VIEWERS - 3)]
            number = await viewer.asks(words_, signed=self.chance.random() < 0.3)
            self.memory.asked.append(Asked(number, words_, viewer, words_ in TROUBLE))

    async def paste(self) -> None:
        """A moderator pastes lines from the broadcast's own chat."""
        by = self.desk[0]
        added = await by.submit("/moderator/lagg-till", csrf=await by.csrf(), text="\n".join(PASTED))
        assert added.status_code == 303
        questions = await self.questions()
        self.memory.asked += [Asked(each.number, each.text, None) for each in questions if each.text in PASTED]

    async def questions(self) -> list[Question]:
        """Every question, as the ledger has it."""
        return await self.village.service.store.read(lambda tx: tx.questions_in(WEBINAR))

    # At the desk

    async def decide(self, asked: Asked, by: Moderator | ByTelephone | None = None, /, **form: str) -> int:
        """Send a form of the question's page, or say it in the group; the status."""
        who: Moderator | ByTelephone = by or self.chance.choice(
            self.hands(asked) if ByTelephone.can(form) else self.desk
        )
        if isinstance(who, ByTelephone):
            return await who.submit(asked, form)
        path = f"/moderator/fragor/{asked.number}"
        hidden = read((await who.get(path)).text).hidden
        return (await who.submit(path, csrf=hidden["csrf"], version=hidden["version"], **form)).status_code

    def hands(self, asked: Asked) -> list[Moderator | ByTelephone]:
        """Who can do something about it: in the group only where it stands there."""
        return [*self.desk, *([self.phone] if self.phone.card(asked) else [])]

    async def move(self, asked: Asked) -> None:
        """Approve it, put it up next, take it live, or leave it for later."""
        may = [state for state in ("approved", "next", "live", "later") if state in TRANSITIONS[asked.state]]
        state = self.chance.choice(may)
        assert await self.decide(asked, act=state) == 303
        self.memory.decided(asked, state, f"moderator.{state}")

    async def answer(self, asked: Asked, by: Moderator | ByTelephone | None = None) -> bool:
        """Answer it: in speech, in writing, or with an entry."""
        words = f"Svar {self.chance.randrange(10**9)}."
        forms = [
            ({"act": "spoken", "mark": "12.31"}, "moderator.spoken_at", "12.31"),
            ({"act": "spoken"}, "moderator.spoken", ""),
            ({"answer": words}, "moderator.answer", words),
            ({"entry": "landsbygd-definition"}, "moderator.entry", ""),
        ]
        forms = [each for each in forms if not isinstance(by, ByTelephone) or by.can(each[0])]
        spoken = [each for each in forms if each[0].get("act") == "spoken"]
        form, key, said = self.chance.choice(spoken if asked.state == "live" else forms)
        return await self.settle(asked, "answered", form, key, said, by)

    async def decline(self, asked: Asked, by: Moderator | ByTelephone | None = None) -> bool:
        """Decline it, with a reason."""
        own = f"Det vet kommunen {self.chance.randrange(10**9)}."
        off_topic = self.village.web.says("decline.off_topic")
        forms = [({"reason": "off_topic"}, off_topic), ({"reason": "", "own_reason": own}, own)]
        form, said = self.chance.choice(forms[:1] if isinstance(by, ByTelephone) else forms)
        return await self.settle(asked, "declined", form, "moderator.declined", said, by)

    async def settle(
        self, asked: Asked, state: str, form: dict[str, str], key: str, said: str, by: Moderator | ByTelephone | None
    ) -> bool:
        """Bring it to its end; False when somebody else was first."""
        status = await self.decide(asked, by, **form)
        assert status in (303, 409)
        if status == 303:
            self.memory.decided(asked, state, key, said)
        return status == 303

    async def both_decide(self, asked: Asked) -> None:
        """Two moderators at the same time: one wins, the other is told."""
        one, other = self.chance.sample(self.hands(asked), 2)
        won = await asyncio.gather(self.answer(asked, one), self.decline(asked, other))
        assert sorted(won) == [False, True]

    async def clarify(self, asked: Asked) -> None:
        """Ask the asker what was meant, and most of them say it better."""
        if "asked" not in TRANSITIONS[asked.state]:
            return
        words = f"Vilken sort {self.chance.randrange(10**9)}?"
        kept = await self.decide(asked, act="ask", ask=words) == 303
        assert kept is (asked.asker is not None), "nobody can be asked about what a moderator added"
        if not kept:
            return
        self.memory.decided(asked, "asked", "moderator.asked", words)
        if asked.asker and self.chance.random() < 0.8:
            better = f"{asked.words} Jag menar en begagnad."
            await asked.asker.presses(f"reword:{asked.number}")
            await asked.asker.says(better)
            asked.state, asked.words = "new", better
            asked.happens("reworded", ("queue.reworded", ""))

    async def join(self, asked: Asked) -> None:
        """The same as another that waits: they go together from now on."""
        others = [each for each in self.memory.asked if each.waiting and each.lead is not asked.lead]
        alike = [each for each in others if each.words == asked.words] or others
        if asked.under is None and not self.memory.along_with(asked):
            into = self.chance.choice(alike)
            assert await self.decide(asked, act="join", into=f"F-{into.number}") == 303
            self.memory.joined(asked, into)

    async def split(self, asked: Asked) -> None:
        """Not the same after all."""
        if asked.under is None:
            await self.join(asked)
        else:
            assert await self.decide(asked, act="split") == 303
            self.memory.split(asked)

    async def note(self, asked: Asked) -> None:
        """Change something about it that nobody else is told."""
        what, value = self.chance.choice([("note", "Eva vet"), ("pinned", "yes"), ("factor", "plan")])
        assert await self.decide(asked, act=what, **{what: value}) == 303
        asked.happens(what)

    async def order(self, _: Asked) -> None:
        """Move the last of those up next to the top, step by step."""
        by, numbers = self.chance.choice(self.desk), await self.up_next()
        for _step in numbers[1:]:
            form = {"csrf": await by.csrf(), "number": str(numbers[-1]), "way": "up"}
            assert (await by.submit("/moderator/ordning", **form)).status_code == 303
        assert await self.up_next() == [*numbers[-1:], *numbers[:-1]]

    async def up_next(self) -> list[int]:
        """The numbers of those up next, in their order; those pinned stand first whatever is done."""
        found = await self.village.service.store.read(lambda tx: tx.queue("next", webinar=WEBINAR))
        return [each.number for each in found if not each.pinned]

    # In the chat

    async def withdraw(self, asked: Asked) -> None:
        """Its asker needs no answer any more."""
        if asked.asker is None or asked.state not in WITHDRAWABLE:
            return
        await asked.asker.presses("mine")
        way = f"withdraw:{asked.number}"
        if way in await asked.asker.offered():
            await asked.asker.presses(way)
            await asked.asker.presses(f"{way}:yes")
            self.memory.withdrawn(asked)

    async def wonder(self, _: Asked) -> None:
        """Somebody looks at what others have asked, and wonders the same."""
        viewer = self.chance.choice(self.viewers)
        await viewer.says("frågor")
        ways = [each for each in await viewer.offered() if each.startswith("support:")]
        if ways:
            way = self.chance.choice(ways)
            await viewer.presses(way)
            wanted = int(way.removeprefix("support:"))
            next(each for each in self.memory.asked if each.number == wanted).wondering.add(viewer)

    # The poll

    async def vote(self) -> None:
        """The poll is opened; most vote, with double clicks, and change their minds; then it is closed."""
        await self.at_polls("open", poll=OPENING)
        await self.announced()
        await at_once(self.votes(viewer, *self.wishes()) for viewer in self.viewers if self.chance.random() < 0.9)
        await self.at_polls("close", run="1")
        late = self.chance.choice([each for each in self.viewers if isinstance(each, OnTheWeb)])
        await late.presses("vote:1:plats:tatort")

    async def at_polls(self, do: str, **form: str) -> None:
        """Press a button of the desk's page of polls."""
        by = self.chance.choice(self.desk)
        fields = {"csrf": await by.csrf(), "webinar": WEBINAR, "do": do, **form}
        assert (await by.submit("/moderator/omrostningar", **fields)).status_code == 303

    def wishes(self) -> tuple[list[str], list[str]]:
        """What somebody votes for, one mind after the other, in both questions."""
        places, parts = (self.chance.choices(each, k=self.chance.choice((1, 1, 2, 3))) for each in (PLACES, PARTS))
        return places, parts

    async def votes(self, viewer: Viewer, places: list[str], parts: list[str]) -> None:
        """One viewer's votes, each pressed twice."""
        for question, options in (("plats", places), ("landsdel", parts)):
            for option in options:
                if question in viewer.vote:
                    await viewer.presses(f"poll:1:{question}")
                await viewer.presses(f"vote:1:{question}:{option}", times=2)
                viewer.vote[question] = option

    # The end

    async def ends(self) -> None:
        """What was taken live is answered in speech; most of the rest is answered, declined or left for later."""
        for asked in self.memory.asked:
            if asked.waiting and asked.under is None:
                last = self.chance.choice((self.answer, self.decline, self.leave, self.leave))
                await (self.answer if asked.state == "live" else last)(asked)
        for asked in self.memory.asked:
            if asked.waiting and asked.state != "later":
                await self.leave(asked)

    async def leave(self, asked: Asked) -> None:
        """It is followed up later."""
        if "later" in TRANSITIONS[asked.state]:
            assert await self.decide(asked, act="later") == 303
            self.memory.decided(asked, "later", "moderator.later")

    async def follow_up(self) -> None:
        """The lecturer writes answers, and a moderator releases most of them."""
        for asked in [each for each in self.memory.asked if each.state == "later" and not each.under]:
            if asked.trouble or self.chance.random() < 0.2:
                continue
            words = f"Camilla svarar {self.chance.randrange(10**9)}."
            await self.propose(asked, words)
            page = read((await self.desk[0].get(f"/moderator/fragor/{asked.number}")).text)
            assert words in page.text
            if self.chance.random() < 0.8:
                assert await self.decide(asked, answer=words) == 303
                self.memory.decided(asked, "answered", "moderator.answer", words)

    async def propose(self, asked: Asked, words: str) -> None:
        """The lecturer writes an answer, and betters it at once."""
        hidden = read((await self.lecturer.get("/forelasare")).text).hidden
        version = len(asked.past)
        for at, answer in ((version, "Camilla tänker."), (version + 1, words)):
            form = {"csrf": hidden["csrf"], "number": str(asked.number), "version": str(at), "answer": answer}
            assert (await self.lecturer.submit("/forelasare", **form)).status_code == 303
            asked.happens("proposed")

    async def closes(self) -> None:
        """The webinar is over; many say what they thought of it."""
        await jobs.webinar(self.village.service, {"code": WEBINAR, "phase": "closed"})
        await self.announced()
        for viewer in self.viewers:
            viewer.rating = self.chance.choice(("", "", "1", "2", "3", "4", "5", "5", "5"))
        await at_once(self.rates(viewer) for viewer in self.viewers if viewer.rating)

    async def rates(self, viewer: Viewer) -> None:
        """One viewer's feedback, a rating and a few words."""
        await viewer.presses(f"feedback:{WEBINAR}")
        await viewer.presses(f"feedback:{WEBINAR}:betyg:{viewer.rating}")
        await viewer.says(f"Det {viewer.name} sa")

    async def goes_on(self, acts: int) -> None:
        """The webinar, one thing after the other."""
        often: dict[Callable[[Asked], Awaitable[object]], int] = {
            self.move: 8, self.wonder: 5, self.join: 3, self.split: 3, self.clarify: 3, self.note: 2,
            self.withdraw: 2, self.order: 1, self.answer: 1, self.decline: 1, self.both_decide: 1,
        }  # fmt: skip
        for _ in range(acts):
            waiting = [each for each in self.memory.asked if each.waiting]
            [does] = self.chance.choices(list(often), list(often.values()))
            self.village.clock.forward(seconds=self.chance.randint(1, 20))
            await does(self.chance.choice(waiting))


async def at_once(doings: Iterable[Awaitable[None]]) -> None:
    """All at the same time."""
    await asyncio.gather(*doings)


@pytest.fixture(params=[47, 48, 1])
async def webinar(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Webinar]:
    """A room full of people."""
    monkeypatch.setattr(moderators, "SOON_SECONDS", 0.05)
    async with botapi.serving() as api, _room(tmp_path, api, random.Random(request.param)) as room:
        yield room
        assert api.complaints == []


@asynccontextmanager
async def _room(folder: Path, api: botapi.Api, chance: random.Random) -> AsyncIterator[Webinar]:
    group = api.group("Moderatorer", [api.user("Mia")])
    async with in_telegram(folder, api=api, moderator_chat=str(group.id)) as village:
        web = village.web
        people: list[Viewer] = [
            InTelegram(f"T{number}", village, phone=api.user(f"T{number}")) if number % 7 == 6
            else OnTheWeb(f"V{number}", village, browser=web.person())
            for number in range(VIEWERS)
        ]  # fmt: skip
        desk = [await web.moderator() for _ in range(2)]
        host, lecturer = Moderator(web), Moderator(web)
        await host.sign_in(await web.invited("host", WEBINAR))
        await lecturer.sign_in(await web.invited("lecturer", WEBINAR))
        phone = ByTelephone(village, group, group.people[0])
        await until(lambda: "moderators" in village.service.conversations.doors)
        await phone.comes()
        yield Webinar(village, chance, people, [*desk, host], lecturer, phone)


async def test_nobody_is_lost_and_every_vote_is_counted(webinar: Webinar) -> None:
    await webinar.opens()
    await webinar.vote()
    await webinar.ask()
    await webinar.paste()
    await webinar.phone.catches_up(webinar.memory.asked)
    await webinar.goes_on(150)
    await webinar.ends()
    await webinar.closes()
    await webinar.follow_up()
    await what_happened_is_in_the_ledger(webinar)
    await every_asker_was_last_told_how_it_went(webinar)
    await every_vote_is_counted_once(webinar)
    await all_feedback_is_kept(webinar)
    await the_group_shows_how_each_question_stands(webinar)


async def ledgers(webinar: Webinar) -> dict[int, list[Line]]:
    """Each question's lines."""
    found: dict[int, list[Line]] = {}
    for line in await webinar.village.service.store.read(lambda tx: tx.ledgers_in(WEBINAR)):
        found.setdefault(line.question, []).append(line)
    return found


async def what_happened_is_in_the_ledger(webinar: Webinar) -> None:
    """Everything that is remembered is there, in its order, and nothing else."""
    lines, questions = await ledgers(webinar), {each.number: each for each in await webinar.questions()}
    assert {line.state for ledger in lines.values() for line in ledger} == set(TRANSITIONS)
    assert sorted(questions) == sorted(lines) == sorted(each.number for each in webinar.memory.asked)
    for asked in webinar.memory.asked:
        happened = [line.state if line.what == "state" else line.what for line in lines[asked.number]]
        assert happened == asked.past, asked.number
        question = questions[asked.number]
        assert (question.state, question.shown) == (asked.state, asked.words)
        assert (question.lead or question.number) == asked.lead.number
        assert question.votes == webinar.memory.votes(asked), asked.number


async def every_asker_was_last_told_how_it_went(webinar: Webinar) -> None:
    """The last that each asker has read about a question is what the ledger says, and what is remembered."""
    lines = await ledgers(webinar)
    for asked in webinar.memory.asked:
        if asked.asker:
            last = (await asked.asker.heard_of(asked.number))[-1].body
            for key, words in (asked.told, outcome(lines[asked.number])):
                assert last["key"].startswith(key), asked.number
                assert words in last["text"]


def outcome(ledger: Sequence[Line]) -> tuple[str, str]:
    """What its asker must have been told last: how the phrase's key begins, and words that are in it."""
    last = [line for line in ledger if line.what in ("state", "reworded")][-1]
    if last.what == "reworded":
        return "queue.reworded", ""
    if last.state == "answered":
        spoken = "moderator.spoken_at" if last.mark else "moderator.spoken"
        entry = "moderator.entry" if last.entry else "moderator.answer"
        return (spoken, last.mark or "") if last.reason == "spoken" else (entry, last.text)
    begins = {"new": "receipt.", "withdrawn": "queue.withdrawn"}
    return begins.get(last.state, f"moderator.{last.state}"), last.text


async def every_vote_is_counted_once(webinar: Webinar) -> None:
    """The votes cast are the votes counted, and those that a new count of the ballots gives."""
    store = webinar.village.service.store
    run, recounted = await store.read(lambda tx: (tx.poll_run(1, None), tx.recount(1)))
    assert run
    for question in ("plats", "landsdel"):
        cast = Counter(viewer.vote[question] for viewer in webinar.viewers if question in viewer.vote)
        assert recounted[question] == {"": cast.total(), **cast}
        assert {option: count for option, count in run.counts[question].items() if count} == recounted[question]


async def the_group_shows_how_each_question_stands(webinar: Webinar) -> None:
    """The moderators' group and the ledger are in step."""
    cards = {row[1] for row in await webinar.village.rows("card")}
    assert len(cards) > VIEWERS
    assert webinar.phone.acted > 10
    for question in [each for each in await webinar.questions() if each.number in cards]:
        heading = f"{question.code} · {webinar.village.says(f'page.state.{question.state}')}\n"
        await webinar.phone.group.until(
            lambda: sum(each.text.startswith(heading) for each in webinar.phone.group.messages) == 1  # noqa: B023
        )


async def all_feedback_is_kept(webinar: Webinar) -> None:
    """Every rating, and all the words."""
    kept = await webinar.village.service.store.read(lambda tx: tx.feedback(WEBINAR))
    gave = [viewer for viewer in webinar.viewers if viewer.rating]
    assert kept["betyg"] == tuple(sorted(viewer.rating for viewer in gave))
    assert kept["bra"] == tuple(sorted(f"Det {viewer.name} sa" for viewer in gave))
