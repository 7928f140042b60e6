"""What every part of a transaction stands on: three ways to run SQL, and how values are kept."""

import datetime as dt
import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

QUEUE = "queue"
"""Topic touched when a question changes."""


def person_topic(person: str) -> str:
    """Topic touched when a person's message log grows."""
    return f"person:{person}"


@dataclass
class Rows:
    """One transaction on the store. `touched` collects the topics to wake once it is committed."""

    db: sqlite3.Connection
    touched: set[str] = field(default_factory=set)

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.db.execute(sql, values).fetchone()
        return row

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, values).fetchall()

    def _run(self, sql: str, *values: object) -> int:
        return self.db.execute(sql, values).rowcount


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dumps(value: Any) -> str:
    """JSON as kept: no spaces, letters as they are."""
    return _ENCODER.encode(value)


@lru_cache(maxsize=64)
def stamp(moment: dt.datetime) -> str:
    """A moment as kept: UTC, ISO 8601, sortable."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(stamp: str) -> dt.datetime:
    """A moment read back, in UTC."""
    return dt.datetime.fromisoformat(stamp)


def hashed(token: str) -> str:
    """A token as stored."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
