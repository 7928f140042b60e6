"""Signing in by a one-time link, and the session that follows.

The link is 160 random bits, stored as SHA-256, lives a short while and works once, and only by the button on its page:
chat apps open links to preview them, so opening must change nothing (OWASP ASVS 5.0, 6.4-6.6 and 7.6.2).
"""

import datetime as dt
import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.rows import hashed
from bot.store.tx import Session, Tx

INVITE_MINUTES = 15
IDLE_HOURS, ABSOLUTE_HOURS = 4, 24
TOUCH_SECONDS = 60
TRIES_A_MINUTE = 100


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in on a request."""

    token: str
    session: Session

    def csrf(self, secret: str) -> str:
        """The token that every form of this session carries."""
        return hmac.new(secret.encode(), f"csrf:{self.token}".encode(), hashlib.sha256).hexdigest()


def invite(tx: Tx, role: str, webinar: str | None, now: dt.datetime) -> str:
    """A new one-time token."""
    token = secrets.token_urlsafe(20)
    tx.add_invite(hashed(token), role, webinar, now, now + dt.timedelta(minutes=INVITE_MINUTES))
    return token


def link(base: str, token: str) -> str:
    """The address to open."""
    return f"{base}/moderator/logga-in/{token}"


def cookie_name(service: Service) -> str:
    """The moderators' cookie."""
    return "__Host-moderator" if service.settings.secure else "moderator"


async def redeem(service: Service, token: str) -> tuple[str, str] | None:
    """Use a one-time token up; the new session's token and its role, or None when it is no longer good."""
    now, fresh = service.clock(), secrets.token_urlsafe(32)

    def work(tx: Tx) -> tuple[str, str] | None:
        found = tx.redeem(hashed(token), now)
        if found is None:
            return None
        tx.open_session(hashed(fresh), found.role, found.webinar, now)
        return fresh, found.role

    return await service.store.write(work)


def give(service: Service, response: Response, token: str) -> None:
    """Set the session's cookie."""
    response.set_cookie(
        cookie_name(service), token, max_age=ABSOLUTE_HOURS * 3600, path="/", httponly=True, samesite="lax",
        secure=service.settings.secure,
    )  # fmt: skip


async def signed_in(service: Service, request: Request) -> SignedIn | None:
    """Who is signed in, if anybody: neither idle nor absolute time is over."""
    token = request.cookies.get(cookie_name(service))
    if not token:
        return None
    session = await service.store.read(lambda tx: tx.session(hashed(token)))
    now = service.clock()
    if session is None or not _valid(session, now):
        return None
    if now - session.active > dt.timedelta(seconds=TOUCH_SECONDS):
        with suppress(StoreUnavailable):  # looking works when writing does not
            await service.store.write(lambda tx: tx.touch_session(hashed(token), now))
    return SignedIn(token, session)


def _valid(session: Session, now: dt.datetime) -> bool:
    idle, age = now - session.active, now - session.created
    return idle < dt.timedelta(hours=IDLE_HOURS) and age < dt.timedelta(hours=ABSOLUTE_HOURS)


async def sign_out(service: Service, who: SignedIn, response: Response) -> None:
    """The cookie is dead at once, on this machine and any other."""
    await service.store.write(lambda tx: tx.close_session(hashed(who.token)))
    response.delete_cookie(
        cookie_name(service), path="/", httponly=True, samesite="lax", secure=service.settings.secure
    )
