"""The queue in the moderators' group: a message for each question, changed as it moves, with a button for each act.

What is to be said there goes through the outbox, together with what is remembered of it, so that nothing is said twice.
Only somebody who has signed in by a link of their own may act; an answer is written as a reply to the question.
"""

import asyncio
import datetime as dt
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.bodies import body
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.transport import CHANNEL, LOG
from bot.channels.telegram.wire import Did
from bot.moderator import acts
from bot.moderator import card as cards
from bot.moderator.card import Card, Press
from bot.moderator.deciding import Deciding, NotDone
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.cards import CardPost
from bot.store.outbox import CARDS
from bot.store.rows import QUEUE, dumps, hashed
from bot.store.tx import Seen, Session, Tx
from dialogs import queue
from dialogs.desk import MEMBER_DAYS
from dialogs.events import Chose, Said
from dialogs.queue import WAITING
from dialogs.records import Question
from dialogs.replies import Choice, Reply, bare

MOST_WAITING = 3
"""Messages of ours that may wait to be sent there: what comes after them is said as it stands when its turn comes."""
SOON_SECONDS, RETRY_SECONDS = 2.0, 5.0
LOOK_SECONDS = 600.0
"""How often to look whether something in the letterbox has waited too long."""
ASK_BACK = "?"
"""What a reply begins with that asks back."""
WRITTEN = {"answer": "card.answered", "ask": "card.asked"}
"""Act → what is said once it is done."""
DIGEST_CHARACTERS = 16


@dataclass(frozen=True)
class Looked:
    """The group as it stands."""

    cards: list[CardPost]
    undoable: frozenset[int]
    unsent: int


@dataclass(frozen=True)
class Moderators:
    """The moderators' group."""

    service: Service
    delivery: Delivery

    @property
    def lane(self) -> str:
        """The group's lane."""
        return self.delivery.chats.lane_at(int(self.service.settings.moderator_chat))

    @property
    def deciding(self) -> Deciding:
        """What is done to questions."""
        return Deciding(self.service)

    # What stands there

    async def run(self) -> None:
        """Keep it so, until cancelled."""
        await self.delivery.knows.wait()
        with self.service.live.listen([QUEUE, CARDS]) as news:
            while True:
                news.clear()
                try:
                    seconds = await self.round()
                except Exception as error:  # a mistake with one card must not silence the group
                    if not isinstance(error, StoreUnavailable):
                        logging.getLogger(LOG).exception("the moderators' group goes on after a mistake of ours")
                    seconds = RETRY_SECONDS
                await asyncio.sleep(SOON_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await news.wait()

    async def round(self) -> float:
        """Say what is new. The seconds after which to look again, if nothing happens."""
        if self.lane in self.delivery.chats.gone:
            return LOOK_SECONDS
        looked = await self.service.store.read(self._look)
        found = await asyncio.to_thread(lambda: [(each, self._says(each, looked)) for each in looked.cards])
        new = [(each, said) for each, said in found if each.said != _digest(said)]
        ready = [(each, said) for each, said in new if each.message or not each.there]
        ready.sort(key=lambda each: not each[0].there)  # what somebody has done comes before what has been asked
        now_said = ready[: max(0, MOST_WAITING - looked.unsent)]
        late = [each for each in looked.cards if each.there and not each.overdue and self._overdue(each)]
        over = [each for each, said in found if each.said == _digest(said) and self._ended(each, looked)]
        if now_said or late or over:
            await self.service.store.write(lambda tx: self._keep(tx, now_said, over, late))
        if len(ready) > len(now_said):
            return SOON_SECONDS
        return max(SOON_SECONDS, self.deciding.undo.total_seconds()) if looked.undoable else LOOK_SECONDS

    def _look(self, tx: Tx) -> Looked:
        since = self.service.clock() - self.deciding.undo
        found = tx.cards(self.lane)
        undoable = frozenset(each.number for each in found if tx.undoable(each.number, since))
        return Looked(found, undoable, len(tx.unsent_in(CHANNEL, self.lane)))

    def _says(self, card: CardPost, looked: Looked) -> dict[str, Any]:
        if card.question is None:
            return body(cards.gone(self.deciding.texts, card.number))
        waiting = [each.question for each in looked.cards if each.question]
        return body(self._card(card.question, waiting, undoable=card.number in looked.undoable).reply())

    def _card(self, question: Question, waiting: list[Question], *, undoable: bool) -> Card:
        earlier = [each for each in waiting
                   if each.number < question.number and each.state in WAITING and not each.lead]  # fmt: skip
        alike = queue.alike(question, earlier) if question.state == "new" and not question.lead else ()
        page = f"{self.service.base}/moderator/fragor/{question.number}"
        overdue = self.deciding.overdue(question)
        return Card(self.deciding.texts, question, page, alike, undoable, overdue)

    def _overdue(self, card: CardPost) -> bool:
        return card.question is not None and self.deciding.overdue(card.question)

    def _ended(self, card: CardPost, looked: Looked) -> bool:
        """Whether nothing more will be said of it."""
        question = card.question
        return question is not None and not (question.state in WAITING or card.number in looked.undoable)

    def _keep(
        self, tx: Tx, said: list[tuple[CardPost, dict[str, Any]]], over: list[CardPost], late: list[CardPost]
    ) -> None:
        now, language = self.service.clock(), self.service.settings.language
        for card, what in said:
            tx.put_card(self.lane, card, what, _digest(what), language, now)
            if card.question is None:
                tx.drop_card(self.lane, card.number)
        for card in over:
            tx.card_over(self.lane, card.number)
        for card in late:
            tx.card_overdue(self.lane, card.number)
        if late:
            codes = ", ".join(f"F-{card.number}" for card in late)
            self._say(tx, self._reply("card.late", codes=codes), None, now)

    # What is done there

    async def take(self, did: Did) -> tuple[str, bool] | None:
        """Do what a member means by a button of a card, or by a reply to one; None when it is something else.

        What to tell whoever pressed, and whether so that it can't be overlooked.
        """
        press = Press.of(did.event.choice) if isinstance(did.event, Chose) else None
        if press:
            return await self._once(did, press)
        number = await self._card_replied_to(did)
        if number is None:
            return None
        await self._written(did, str(number))
        return "", False

    async def _card_replied_to(self, did: Did) -> int | None:
        message = did.reply_to
        if message is None or not isinstance(did.event, Said):
            return None
        return await self.service.store.read(lambda tx: tx.card_at(self.lane, message))

    async def _member(self, did: Did) -> tuple[Session | None, bool]:
        """As whom somebody acts, if they have signed in; and whether this very update has been taken in before."""
        since = self.service.clock() - dt.timedelta(days=MEMBER_DAYS)

        def look(tx: Tx) -> tuple[Session | None, bool]:
            person = tx.person_at(CHANNEL, str(did.place.user))
            return tx.desk_member(person, since) if person else None, tx.seen(CHANNEL, did.key) is not None

        return await self.service.store.read(look)

    async def _once(self, did: Did, press: Press) -> tuple[str, bool]:
        texts = self.deciding.texts
        who, seen = await self._member(did)
        if who is None or seen:
            return ("" if seen else texts("card.sign_in"), not seen)
        question = await self.deciding.found(press.number, who)
        if question is None:
            return texts("card.not_yours"), True
        try:
            await self._pressed(did, question, press, who)
        except NotDone as error:
            return bare(error.why), True
        if press.act in (cards.DECLINING, cards.BACK):
            return "", False
        after = await self.deciding.found(press.number, who)
        return (texts("card.done", code=question.code, state=texts(f"page.state.{(after or question).state}")), False)

    async def _pressed(self, did: Did, question: Question, press: Press, who: Session) -> None:
        act, form = press.act, press.form
        if act in (cards.DECLINING, cards.BACK):
            await self._turned(did, question, press)
            return
        if act == cards.RELEASE:
            act, form = "answer", {"answer": question.proposed}
        if act not in cards.PRESSED:
            raise NotDone(self.deciding.texts("web.bad_form"))
        await self.deciding.act(question, press.version, act, form, who, lambda tx: self._first(tx, did))

    async def _turned(self, did: Did, question: Question, press: Press) -> None:
        """The card with the reasons to decline, while it can be declined; or as it was."""
        overtaken = press.version != str(question.version) or not acts.possible(question, "decline")
        if press.act == cards.DECLINING and overtaken:
            raise NotDone(self.deciding.texts("web.decided_already"))
        reply = self._card(question, [], undoable=False).declining()
        hint = {"lang": self.service.settings.language, "edit": did.place.message, "card": question.number}

        def work(tx: Tx) -> None:
            if press.act == cards.BACK:
                tx.stale_card(self.lane, question.number)
            elif self._first(tx, did):
                tx.post(CHANNEL, self.lane, None, None, body(reply), hint, self.service.clock())

        await self.service.store.write(work)

    async def _written(self, did: Did, number: str) -> None:
        """A reply to a card: the answer, or with a question mark first what to ask back."""
        who, seen = await self._member(did)
        if seen:
            return
        question = await self.deciding.found(number, who) if who else None
        if who is None or question is None:
            await self._refuse(did, "card.sign_in" if who is None else "card.not_yours")
        elif did.edited:
            await self._refuse(did, "card.edited")
        else:
            await self._answered(did, question, who)

    async def _answered(self, did: Did, question: Question, who: Session) -> None:
        text = did.event.text.strip() if isinstance(did.event, Said) else ""
        act = "ask" if text.startswith(ASK_BACK) else "answer"
        form = {act: text.removeprefix(ASK_BACK) if act == "ask" else text}
        taken_back = f"{cards.PRESS}:{question.number}:{question.version + 1}:undo"
        undo = Choice(taken_back, self.deciding.texts("page.act.undo"))

        def first(tx: Tx) -> bool:
            done = self._reply(WRITTEN[act], code=question.code)
            shown = Reply(done.key, done.text, done.kind, (undo,) if self.deciding.undo else ())
            return self._first(tx, did) and self._say(tx, shown, did, self.service.clock())

        try:
            await self.deciding.act(question, str(question.version), act, form, who, first)
        except NotDone as error:
            await self._refuse(did, "card.not_done", why=error.why)

    async def _refuse(self, did: Did, key: str, **values: str) -> None:
        """Say why it was not done, as a reply to what was written."""
        now = self.service.clock()

        def work(tx: Tx) -> None:
            if self._first(tx, did):
                self._say(tx, self._reply(key, **values), did, now)

        await self.service.store.write(work)

    def _reply(self, key: str, **values: str) -> Reply:
        return Reply(key, self.deciding.texts(key, **values), "moderator")

    def _say(self, tx: Tx, reply: Reply, did: Did | None, now: dt.datetime) -> bool:
        at = {"reply": did.place.message, "thread": did.place.thread} if did else {}
        hint = {"lang": self.service.settings.language, **{name: value for name, value in at.items() if value}}
        tx.post(CHANNEL, self.lane, None, None, body(reply), hint, now)
        return True

    def _first(self, tx: Tx, did: Did) -> bool:
        """Whether this update has not been taken in before; from now on it has."""
        if tx.seen(CHANNEL, did.key):
            return False
        tx.remember(CHANNEL, did.key, Seen("", "", 0, 0), None, self.service.clock())
        return True


def _digest(said: dict[str, Any]) -> str:
    return hashed(dumps(said))[:DIGEST_CHARACTERS]
