"""The server's control for other processes: POST /control/<name> with JSON. Each method here is a name."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tests.botapi.app import Done
from tests.botapi.limits import Limits
from tests.botapi.measure import Ledger
from tests.botapi.people import Person
from tests.botapi.server import Api
from tests.botapi.things import Json
from tests.botapi.updates import encode

AT_ONCE = 500


class Control:
    """Carries out what is asked for. A wrong request is answered with 400 and the reason."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ledger = Ledger(api.world)
        self.tasks: set[asyncio.Task[None]] = set()
        self.feeding = 0
        self.moved = asyncio.Event()
        self.ledger.all_done = self.moved.set
        api.app.control = self.take

    def take(self, name: str, params: Json, done: Done) -> None:
        """Answer a request."""
        names: dict[str, Callable[..., Coroutine[Any, Any, Json]]] = {
            "configure": self.configure, "feed": self.feed, "wait": self.wait, "stats": self.stats, "say": self.say,
            "gather": self.gather, "vote": self.vote,
            "messages": self.messages, "reset": self.reset, "pass_by": self.pass_by, "redeliver": self.redeliver,
            "outage": self.outage,
        }  # fmt: skip
        found = names.get(name)
        if found is None:
            done(404, b'{"error":"no such control"}')
            return
        self.start(self._answer(found(**params), done))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, work: Coroutine[Any, Any, Json], done: Done) -> None:
        try:
            done(200, encode(await work).encode())
        except (TypeError, ValueError, LookupError, AttributeError, AssertionError) as complaint:
            done(400, encode({"error": repr(complaint)}).encode())

    async def configure(
        self,
        *,
        world: Json | None = None,
        webhook: Json | None = None,
        limits: Json | bool | None = None,
        faults: list[Json] | None = None,
        replies: int | None = None,
        raw: bool | None = None,
    ) -> Json:
        """Set fields of the world (latency, answer_within, record, ...) and webhook (scale, timeout, ...).

        `limits`: fields of Limits, or false for none. `faults` replaces all. `replies`: messages per update, for stats.
        `raw`: sendMessage is checked and answered, and leaves no trace.
        """
        for target, values in ((self.api.world, world), (self.api.webhook, webhook)):
            for name, value in (values or {}).items():
                getattr(target, name)
                setattr(target, name, value)
        if limits is not None:
            self.api.world.limits = Limits(**limits) if isinstance(limits, dict) else Limits() if limits else None
        if faults is not None:
            self.api.all_well()
            for fault in faults:
                self.api.fault(**fault)
        self.ledger.replies = replies or self.ledger.replies
        self.api.app.raw = self.api.app.raw if raw is None else raw
        return {}

    def person(self, number: int) -> Person:
        """Somebody by id, made when needed."""
        return self.api.people.get(number) or self.api.user(f"Person {number}", user_id=number)

    async def say(self, *, chat: int, text: str = "", data: str = "") -> Json:
        """One message or press of somebody."""
        return {"update_id": self._one(self.person(chat), {"data": data} if data else {"text": text})}

    async def gather(self, *, groups: int, text: str) -> Json:
        """So many groups, of one member each, who writes something there; their ids."""
        found = []
        for _ in range(groups):
            member = self.person(self.api.world.fresh_id())
            found.append(self.api.group("Grupp", [member]))
            member.writes(text, in_=found[-1])
        return {"groups": [group.id for group in found]}

    async def vote(self, *, chat: int) -> Json:
        """Every member of a group votes for the first option of each native poll there; the polls' questions."""
        found = self.api.world.chats[chat]
        polls = [each for each in found.sent() if each.poll]
        for poll in polls:
            for member in found.members:
                self.person(member).votes(poll, poll.body["poll"]["options"][0]["text"])
        return {"questions": [poll.body["poll"]["question"] for poll in polls]}

    async def feed(
        self,
        *,
        updates: int,
        chats: int = 1,
        script: list[Json | str] | None = None,
        rate: float = 0.0,
        poisson: bool = False,
        seed: int = 1,
        first_chat: int = 10_001,
    ) -> Json:
        """Many updates, from one chat after the other; answered as soon as they are under way.

        Each chat goes through `script`, over and over: a text, {"text": …}, {"data": …} (pressed on the newest message)
        or {"button": label or data}. `rate`: so many a second, evenly or as chance has it; 0 is all at once.
        """
        people = [self.person(first_chat + number) for number in range(chats)]
        items: list[Json] = [{"text": each} if isinstance(each, str) else each for each in script or ["Hej"]]
        self.feeding += 1
        self.moved.clear()
        self.start(self._feed(people, items, updates, rate, random.Random(seed) if poisson else None))
        return {"first_chat": first_chat, "last_chat": first_chat + chats - 1}

    async def _feed(
        self, people: list[Person], items: list[Json], updates: int, rate: float, chance: random.Random | None
    ) -> None:
        due = time.monotonic()
        for number in range(updates):
            if rate:
                due += chance.expovariate(rate) if chance else 1 / rate
                if (ahead := due - time.monotonic()) > 0:
                    await asyncio.sleep(ahead)
            elif number % AT_ONCE == 0:
                await asyncio.sleep(0)
            round_, who = divmod(number, len(people))
            self.ledger.expect(self._one(people[who], items[round_ % len(items)]))
        self.feeding -= 1
        self.moved.set()

    @staticmethod
    def _one(person: Person, item: Json) -> int:
        if "text" in item:
            return person.writes(item["text"])
        if "button" in item:
            return person.presses(item["button"])
        newest = person.chat.events[-1][1] if person.chat.events else None
        body = newest.body if newest else {"chat": person.chat.body, "message_id": 1, "date": 0}
        return person.tap(item["data"], person.chat, body)

    async def wait(self, *, timeout: float = 60.0) -> Json:  # noqa: ASYNC109 - its end is an answer, not a failure
        """Wait until every update fed has had a reply; `done` tells whether it has."""
        try:
            async with asyncio.timeout(timeout):
                while self.feeding or self.ledger.waiting:
                    self.moved.clear()
                    await self.moved.wait()
        except TimeoutError:
            pass
        return {"done": not self.feeding and not self.ledger.waiting, "waiting": self.ledger.waiting}

    async def stats(self) -> Json:
        """Times, counts, complaints."""
        world = self.api.world
        return {
            **self.ledger.stats(),
            "counts": dict(world.counts),
            "refused": len(world.refusals),
            "refusals": [(method, said) for method, _, said in world.refusals[-20:]],
            "complaints": world.complaints[:20],
            "too_many": world.too_many,
            "early": world.early,
            "conflicts": world.queue.conflicts,
            "not_confirmed": len(world.updates()),
            "webhook_errors": len(self.api.webhook.errors),
        }

    async def messages(self) -> Json:
        """Everything the bot has said and not deleted, by chat."""
        return {
            str(chat.id): [
                {"message_id": each.message_id, "html": each.html, "text": each.text, "rows": each.rows,
                 "reply_to": each.reply_to, "edits": len(each.edits), "poll": each.poll}
                for each in chat.sent()
            ]
            for chat in self.api.world.chats.values()
        }  # fmt: skip

    async def reset(self) -> Json:
        """Forget all figures; messages stay."""
        replies = self.ledger.replies
        self.ledger = Ledger(self.api.world, replies)
        self.ledger.all_done = self.moved.set
        self.api.world.counts.clear()
        for kept in (self.api.calls, self.api.world.refusals, self.api.complaints, self.api.app.arrivals):
            kept.clear()
        return {}

    async def pass_by(self, *, seconds: float) -> Json:
        """Let time go by."""
        self.api.world.pass_by(seconds)
        return {}

    async def redeliver(self, *, update_ids: list[int]) -> Json:
        """Give updates once more."""
        self.api.world.redeliver(*update_ids)
        return {}

    async def outage(self, *, on: bool) -> Json:
        """Break all lines and close new ones at once, but for this control; or be back."""
        self.api.world.outage = on
        return {}

    async def close(self) -> None:
        """Stop feeding."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
