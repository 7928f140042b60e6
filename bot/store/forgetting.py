"""Forgetting a person."""

from dataclasses import dataclass

from bot.store.contributions import Contributions
from bot.store.polls import Polls
from bot.store.rows import QUEUE, person_topic

OF_A_RUN = ("given", "step", "reminder", "mail")
OF_A_PERSON = (
    "run", "message", "conversation", "address", "seen", "outbox", "posted", "return_link", "subscription",
    "desk_member",
)  # fmt: skip
ASKED_TOO = """SELECT m.number FROM question m JOIN question o
    ON coalesce(m.lead, m.number) = coalesce(o.lead, o.number) WHERE o.person = ?"""
"""The questions that a person asked, and those joined with them."""


@dataclass
class Forgetting(Polls, Contributions):
    """What is left of somebody who is forgotten: questions without their asker, rounds without their leader, votes."""

    def erase(self, person: str, *, wished: bool = True) -> bool:
        """Forget a person. False when there is none.

        Questions, rounds, votes and feedback stay, and lose whose they were. Who wishes it also takes along what
        their words might have become; who has only been away for long does not.
        """
        if wished:
            self.take_words_along(person)
        self._run("UPDATE label SET person = NULL WHERE person = ?", person)
        mine = "SELECT number FROM question WHERE person = ?"
        self._run(f"DELETE FROM signature WHERE question IN ({mine})", person)  # noqa: S608 - ours
        self._run("DELETE FROM notice WHERE person = ?", person)
        self._run(f"DELETE FROM support WHERE person = ? AND question IN ({ASKED_TOO})", person, person)  # noqa: S608
        nobody = self._one("SELECT lower(hex(randomblob(12)))")  # the same for all that they supported: one vote each
        self._run("UPDATE support SET person = ? WHERE person = ?", nobody[0] if nobody else "", person)
        self._run("UPDATE question SET person = NULL, message = NULL WHERE person = ?", person)
        self._run("UPDATE invite SET person = NULL WHERE person = ?", person)
        self._run("UPDATE round SET leader = NULL WHERE leader = ?", person)
        self.unlink_votes(person)
        for table in OF_A_RUN:
            self._run(f"DELETE FROM {table} WHERE run IN (SELECT id FROM run WHERE person = ?)", person)  # noqa: S608
        for table in OF_A_PERSON:
            self._run(f"DELETE FROM {table} WHERE person = ?", person)  # noqa: S608 - names are ours
        self.touched |= {person_topic(person), QUEUE}
        return self._run("DELETE FROM person WHERE id = ?", person) > 0
