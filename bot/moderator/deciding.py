"""A moderator's act on a question, the same wherever it is pressed: checked, kept once, or told why it is not."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.carrying_out import Occasion, carry_out
from bot.moderator import acts
from bot.service import Service
from bot.store.tx import GuardFailed, Session, TooLate, Tx
from dialogs import moderator as decisions
from dialogs import queue
from dialogs.context import Context
from dialogs.records import Decide, Question, Record
from dialogs.texts import Texts

MOST_DIGITS = 18
OWED = tuple(state for state in queue.WAITING if state != "asked")
"""States in which it is ours to do something."""


class NotDone(Exception):
    """Nothing was kept. `why` is the sentence to say; `lacking` whether something was missing in what was written."""

    def __init__(self, why: str, *, lacking: bool = False) -> None:
        super().__init__(why)
        self.why, self.lacking = why, lacking


class OffAir(NotDone):
    """It is done in a broadcast, and the question belongs to none."""


@dataclass(frozen=True)
class Deciding:
    """What a moderator may do to which question, and what is kept of it."""

    service: Service

    @property
    def texts(self) -> Texts:
        """The desk's phrases: in the service's first language."""
        return self.service.library.content.texts[self.service.settings.language]

    @property
    def undo(self) -> dt.timedelta:
        """How long a decision can be taken back."""
        return dt.timedelta(seconds=self.service.settings.undo_seconds)

    def overdue(self, question: Question) -> bool:
        """Whether it lies in the letterbox past the time that its asker was told."""
        days = self.service.settings.letterbox_days
        past = self.service.clock() - question.asked > dt.timedelta(days=days)
        return bool(days) and past and question.webinar is None and question.state in OWED

    async def found(self, number: str, who: Session) -> Question | None:
        """A question by its number as written, if there is one that this moderator may touch."""
        if not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
            return None
        found = await self.service.store.read(lambda tx: tx.question(int(number)))
        return found if found and who.webinar in (None, found.webinar) else None

    async def context(self, question: Question) -> Context:
        """What an answer to a question is written from."""
        world = await self.service.conversations.world(question.webinar)
        return decisions.surroundings(self.service.library.content, question, world)

    async def act(
        self, question: Question, version: str, act: str, form: Mapping[str, str], who: Session,
        first: Callable[[Tx], bool] = lambda _: True,
    ) -> None:  # fmt: skip
        """Do it to the version that the moderator saw. NotDone and StoreUnavailable when it can't be.

        Pressed twice it is done once, and the second press is as good as the first.
        """
        into = await self.found(acts.code(form.get("into", "")), who)
        doing = acts.Doing(await self.context(question), question, form, self.texts, who.role, into)
        done = acts.ACTS[act](doing)
        if version == str(question.version) and acts.off_air(question, act):
            raise OffAir(self.texts("web.off_air"))
        if version == str(question.version) and acts.possible(question, act):
            if isinstance(done, str):
                raise NotDone(done, lacking=True)
            with suppress(GuardFailed):
                return await self.keep(done, first)
        now = await self.found(str(question.number), who)
        if not (now and version == str(now.version - 1) and _is_so(now, done)):
            withdrawn = now is not None and now.state == "withdrawn"
            raise NotDone(self.texts("web.withdrawn" if withdrawn else "web.decided_already"))
        return await self.keep((), first)

    async def keep(self, records: tuple[Record, ...], first: Callable[[Tx], bool] = lambda _: True) -> None:
        """Keep them, all or none, where `first` says so in the same transaction.

        GuardFailed when somebody was faster, NotDone when it is too late to take something back.
        """

        def work(tx: Tx) -> None:
            if first(tx):
                carry_out(tx, self.occasion(), records)

        try:
            await self.service.store.write(work)
        except TooLate:
            raise NotDone(self.texts("web.undone_late")) from None

    def occasion(self) -> Occasion:
        """What a decision made now belongs to."""
        return Occasion("", self.service.clock(), self.service.library.content.texts, self.undo)


def _is_so(question: Question, done: acts.Done) -> bool:
    """Whether a question stands as what was to be done would make it."""
    wanted = None if isinstance(done, str) else done[0]
    if not isinstance(wanted, Decide):
        return False
    stands = (question.state, question.answer or "", question.entry, question.reason, question.mark)
    return stands == (wanted.state, wanted.text, wanted.entry, wanted.reason, wanted.mark)
