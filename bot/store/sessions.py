"""Signing in: one-time links and the sessions that follow."""

import datetime as dt
from collections.abc import Sequence
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

    # By a person's own account in a chat

    def knock(self, hashed: str, person: str) -> None:
        """Somebody came by a link and has not used it up."""
        self._run("UPDATE invite SET person = ? WHERE hash = ? AND used IS NULL", person, hashed)

    def knocked(self, person: str, now: dt.datetime, roles: Sequence[str]) -> tuple[str, Invite] | None:
        """(hash, invite) of the latest link that somebody came by, while it is good and for one of these roles."""
        row = self._one(
            f"""SELECT hash, role, webinar, expires FROM invite WHERE person = ? AND used IS NULL AND expires > ?
            AND role IN ({", ".join("?" * len(roles))}) ORDER BY created DESC LIMIT 1""",  # noqa: S608 - only marks
            person, stamp(now), *roles,
        )  # fmt: skip
        return (row[0], Invite(row[1], row[2], moment(row[3]), used=False)) if row else None

    def join_desk(self, person: str, now: dt.datetime, roles: Sequence[str]) -> None:
        """That link is used up, and the person may act in the moderators' group; nothing where there is none."""
        found = self.knocked(person, now, roles)
        if found and (invite := self.redeem(found[0], now)):
            self._run(
                """INSERT INTO desk_member (person, role, webinar, since) VALUES (?, ?, ?, ?) ON CONFLICT (person)
                DO UPDATE SET role = excluded.role, webinar = excluded.webinar, since = excluded.since""",
                person, invite.role, invite.webinar, stamp(now),
            )  # fmt: skip

    def leave_desk(self, person: str) -> None:
        """The person may act there no more."""
        self._run("DELETE FROM desk_member WHERE person = ?", person)

    def desk_member(self, person: str, since: dt.datetime) -> Session | None:
        """As whom a person acts in the moderators' group, if they signed in after `since`."""
        row = self._one("SELECT role, webinar, since FROM desk_member WHERE person = ? AND since > ?",
                        person, stamp(since))  # fmt: skip
        return Session(row[0], row[1], moment(row[2]), moment(row[2])) if row else None

    # On the web

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
