"""Questions as messages in the moderators' group."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bot.store.outbox import Outbox
from bot.store.questions import Questions
from bot.store.rows import QUEUE
from dialogs.queue import WAITING
from dialogs.records import Question

CHANNEL = "telegram"
"""Where the moderators' group is."""
EVERY = 2**31
"""More questions than there are: one left out would be taken for one that is gone."""


@dataclass(frozen=True)
class CardPost:
    """A question as it stands in the group: `question` is None once that is gone."""

    number: int
    question: Question | None
    there: bool
    """Whether it has been put there, though it may be on its way."""
    message: int | None
    said: str
    """A digest of what it says."""
    overdue: bool
    """Whether the group has been told that its asker has waited too long."""


@dataclass
class Cards(Outbox, Questions):
    """What stands in the group. Changed together with what is sent there, so that nothing is said twice."""

    def cards(self, lane: str) -> list[CardPost]:
        """Every question that waits, with or without a card, and every card that doesn't say yet how it ended."""
        kept = {
            row[0]: row
            for row in self._all(
                """SELECT question, message, said, over, overdue FROM card WHERE lane = ? AND (over = 0
                OR question NOT IN (SELECT number FROM question))""",
                lane,
            )
        }
        marks = ", ".join("?" * len(WAITING))
        carded = "q.number IN (SELECT question FROM card WHERE lane = ? AND over = 0)"
        found = self._questions(f"{carded} OR q.lead IS NULL AND t.state IN ({marks})", lane, *WAITING, most=EVERY)
        questions = {each.number: each for each in found}
        return [_card(number, questions.get(number), kept.get(number)) for number in sorted({*questions, *kept})]

    def put_card(
        self, lane: str, card: CardPost, body: dict[str, Any], said: str, language: str, now: dt.datetime
    ) -> None:
        """Say it in the group: in place of what the card says, where it is there."""
        hint = {"lang": language, "card": card.number, **({"edit": card.message} if card.message else {})}
        self.post(CHANNEL, lane, None, None, body, hint, now)
        self._run(
            """INSERT INTO card (lane, question, said) VALUES (?, ?, ?)
            ON CONFLICT (lane, question) DO UPDATE SET said = excluded.said, over = 0""",
            lane, card.number, said,
        )  # fmt: skip

    def card_over(self, lane: str, number: int) -> None:
        """The card says how the question ended."""
        self._run("UPDATE card SET over = 1 WHERE lane = ? AND question = ?", lane, number)

    def stale_card(self, lane: str, number: int) -> None:
        """The card says something else than it should, and is to be said again."""
        self._run("UPDATE card SET said = '', over = 0 WHERE lane = ? AND question = ?", lane, number)
        self.touched.add(QUEUE)

    def drop_card(self, lane: str, number: int) -> None:
        """The card is of nothing any more."""
        self._run("DELETE FROM card WHERE lane = ? AND question = ?", lane, number)

    def card_overdue(self, lane: str, number: int) -> None:
        """The group has been told that its asker has waited too long."""
        self._run("UPDATE card SET overdue = 1 WHERE lane = ? AND question = ?", lane, number)

    def card_at(self, lane: str, message: int) -> int | None:
        """The number of the question that a message in the group is."""
        row = self._one("SELECT question FROM card WHERE lane = ? AND message = ?", lane, message)
        return row[0] if row else None


def _card(number: int, question: Question | None, row: tuple[Any, ...] | None) -> CardPost:
    message, said, _, overdue = row[1:] if row else (None, "", 0, 0)
    return CardPost(number, question, row is not None, message, said, bool(overdue))
