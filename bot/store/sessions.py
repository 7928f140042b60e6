"""Signing in: one-time links and the sessions that follow."""

import datetime as dt
from dataclasses import dataclass

from bot.store.rows import Rows, moment, stamp


@dataclass(frozen=True)
class Invite:
    """A one-time sign-in link, known by its hash."""

    role: str
    webinar: str | None
    expires: dt.datetime
    used: bool


@dataclass(frozen=True)
class Session:
    """Somebody signed in."""

    role: str
    webinar: str | None
    created: dt.datetime
    active: dt.datetime


@dataclass
class Sessions(Rows):
    """Invites and sessions, known by their hashes."""

    def add_invite(self, hashed: str, role: str, webinar: str | None, now: dt.datetime, expires: dt.datetime) -> None:
        """A one-time link, kept as its hash."""
        self._run("INSERT INTO invite (hash, role, webinar, created, expires) VALUES (?, ?, ?, ?, ?)",
                  hashed, role, webinar, stamp(now), stamp(expires))  # fmt: skip

    def invite(self, hashed: str) -> Invite | None:
        """The invite of a link."""
        row = self._one("SELECT role, webinar, expires, used FROM invite WHERE hash = ?", hashed)
        return Invite(row[0], row[1], moment(row[2]), row[3] is not None) if row else None

    def redeem(self, hashed: str, now: dt.datetime) -> Invite | None:
        """Use an invite up. None when it is unknown, used or expired: exactly one of many at once gets it."""
        at = stamp(now)
        row = self._one(
            """UPDATE invite SET used = ? WHERE hash = ? AND used IS NULL AND expires > ?
            RETURNING role, webinar, expires""",
            at, hashed, at,
        )  # fmt: skip
        return Invite(row[0], row[1], moment(row[2]), used=True) if row else None

    def open_session(self, hashed: str, role: str, webinar: str | None, now: dt.datetime) -> None:
        """Somebody has signed in."""
        at = stamp(now)
        self._run("INSERT INTO session (hash, role, webinar, created, active) VALUES (?, ?, ?, ?, ?)",
                  hashed, role, webinar, at, at)  # fmt: skip

    def session(self, hashed: str) -> Session | None:
        """The session of a cookie."""
        row = self._one("SELECT role, webinar, created, active FROM session WHERE hash = ?", hashed)
        return Session(row[0], row[1], moment(row[2]), moment(row[3])) if row else None

    def touch_session(self, hashed: str, now: dt.datetime) -> None:
        """The session is in use."""
        self._run("UPDATE session SET active = ? WHERE hash = ?", stamp(now), hashed)

    def close_session(self, hashed: str) -> None:
        """Signed out: the cookie is dead at once."""
        self._run("DELETE FROM session WHERE hash = ?", hashed)
