"""What may become knowledge: questions tied to an entry, and what somebody has edited or decided."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.store.questions import GuardFailed
from bot.store.rows import Rows, dumps, moment, stamp
from dialogs.contributions import Contribution, Tied

TUPLES = ("wordings", "near", "removed", "questions", "tied")
PLAIN = ("language", "answer", "entry", "webinar", "by", "also")


@dataclass
class Contributions(Rows):
    """Labels, and contributions as far as they are kept."""

    def label(
        self, text: str, language: str, entry: str | None, origin: str, now: dt.datetime, person: str | None = None
    ) -> None:
        """A question that a person tied to an entry: a proposed variant for the curator."""
        self._run("INSERT INTO label (text, language, entry, origin, at, person) VALUES (?, ?, ?, ?, ?, ?)",
                  text, language, entry, origin, stamp(now), person)  # fmt: skip

    def tied(self) -> list[Tied]:
        """What people in the chat tied to an entry; what a moderator did is in the question's own ledger."""
        rows = self._all("""SELECT id, text, language, entry, at FROM label WHERE entry IS NOT NULL
            AND origin <> 'moderator' ORDER BY id""")
        return [Tied(number, text, language, entry, moment(at)) for number, text, language, entry, at in rows]

    def contributions(self) -> dict[str, Contribution]:
        """Those that somebody has edited or decided, by key."""
        rows = self._all("SELECT key, body, state, version, decided_by, decided FROM contribution ORDER BY key")
        return {row[0]: _contribution(*row) for row in rows}

    def keep_contribution(self, contribution: Contribution) -> None:
        """As it was edited or decided. GuardFailed unless it stands at its version, which is then one more."""
        row = self._one("SELECT version FROM contribution WHERE key = ?", contribution.key)
        if (row[0] if row else 0) != contribution.version:
            raise GuardFailed
        said = {name: getattr(contribution, name) for name in (*PLAIN, *TUPLES)}
        self._run(
            """INSERT INTO contribution (key, body, state, version, decided_by, decided) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET body = excluded.body, state = excluded.state, version = excluded.version,
            decided_by = excluded.decided_by, decided = excluded.decided""",
            contribution.key, dumps({**said, "day": contribution.day.isoformat()}), contribution.state,
            contribution.version + 1, contribution.decided_by,
            stamp(contribution.decided) if contribution.decided else None,
        )  # fmt: skip

    def take_words_along(self, person: str) -> None:
        """Nothing more comes of what a person asked or tied; what is approved is nobody's and stays."""
        asked = self._numbers("SELECT number FROM question WHERE person = ?", person)
        tied = self._numbers("SELECT id FROM label WHERE person = ?", person)
        self._drop(lambda each: asked.intersection(each.questions) or tied.intersection(each.tied))
        self._run("UPDATE question SET forgotten = 1 WHERE person = ?", person)
        self._run("DELETE FROM label WHERE person = ?", person)

    def drop_outlived(self) -> int:
        """Contributions that are not approved and whose words are past their time; how many."""
        asked, tied = self._numbers("SELECT number FROM question"), self._numbers("SELECT id FROM label")
        return self._drop(lambda each: not (asked.issuperset(each.questions) and tied.issuperset(each.tied)))

    def _drop(self, gone: Callable[[Contribution], object]) -> int:
        keys = [key for key, each in self.contributions().items() if each.state != "approved" and gone(each)]
        for key in keys:
            self._run("DELETE FROM contribution WHERE key = ?", key)
        return len(keys)

    def _numbers(self, sql: str, *values: object) -> set[int]:
        return {row[0] for row in self._all(sql, *values)}


def _contribution(key: str, body: str, state: str, version: int, decided_by: str, decided: str | None) -> Contribution:
    said: dict[str, Any] = json.loads(body)
    said |= {name: tuple(said[name]) for name in TUPLES}
    said |= {"also": tuple((language, words) for language, words in said["also"])}
    said["day"] = dt.date.fromisoformat(said["day"])
    return Contribution(
        key, **said, state=state, version=version, decided_by=decided_by, decided=moment(decided) if decided else None
    )
