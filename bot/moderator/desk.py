"""The moderators' desk: who may sit at it, and how one signs in and out."""

import asyncio
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.web.protection import MOST_FORM_FIELDS, form_fields, same_origin
from bot.moderator.signing_in import SignedIn, give, redeem, sign_out, signed_in
from bot.pace import Pace
from bot.roles import DESK_ROLES, HOMES
from bot.service import Service
from bot.store.rows import hashed
from dialogs.texts import Texts

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

Handler = Callable[[Request, SignedIn], Awaitable[Response]]


@dataclass(frozen=True)
class Desk:
    """Who may sit at the moderators' desk, and how one comes to it."""

    service: Service
    pages: "Pages"
    tries: Pace
    present: Counter[str] = field(default_factory=Counter)
    """Sessions that have the queue open right now, and in how many windows."""

    @property
    def texts(self) -> Texts:
        """The desk's phrases."""
        return self.service.library.content.texts[self.language]

    @property
    def language(self) -> str:
        """The language of the desk: the service's first one."""
        return self.service.settings.language

    def text(self, key: str, **values: object) -> str:
        """A phrase in the desk's language."""
        return self.texts(key, **values)

    def html(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page of the desk."""
        return self.pages.html(f"moderator/{template}", self.language, values, status)

    def out(self, status: int, error: str | None = None, role: str = "moderator") -> Response:
        """The page of somebody who may not come in, and how somebody of the role does."""
        return self.html("signed_out.html", {"error": error, "role": role}, status)

    def guarded(
        self, handler: Handler, roles: Sequence[str] = DESK_ROLES, wrong: str = "web.not_your_desk",
        most_fields: int = MOST_FORM_FIELDS,
    ) -> Callable[[Request], Awaitable[Response]]:  # fmt: skip
        """Only for somebody signed in, in one of the roles (else told the phrase `wrong`).

        A post also needs our own page's origin and the session's token, and has at most so many fields.
        """

        async def serve(request: Request) -> Response:
            who = await signed_in(self.service, request)
            if who is None:
                return self.out(401, role=roles[0])
            if who.session.role not in roles:
                return self.out(403, self.text(wrong), roles[0])
            if request.method == "POST" and not await self._meant(request, who, most_fields):
                return self.out(403, self.text("web.cross_site"))
            return await handler(request, who)

        return serve

    async def _meant(self, request: Request, who: SignedIn, most_fields: int) -> bool:
        given = (await form_fields(request, most_fields)).get("csrf", "")
        return same_origin(request) and hmac.compare_digest(
            given.encode("utf-8", "replace"), who.csrf(self.service.secret).encode()
        )

    # Signing in

    async def door(self, request: Request) -> Response:
        """The page of a one-time link. Opening it changes nothing."""
        token = request.path_params["token"]
        found = await self.service.store.read(lambda tx: tx.invite(hashed(token)))
        if found is None or found.used or found.expires < self.service.clock():
            return self.out(410, self.text("web.link_used"))
        return self.html("sign_in.html", {"token": token})

    async def enter(self, request: Request) -> Response:
        """The button on that page: the link is used up and a session begins."""
        if not same_origin(request):
            return self.out(403, self.text("web.cross_site"))
        if wait := self.tries.wait("all", asyncio.get_running_loop().time()):
            return later(self.out(429, self.text("web.too_fast")), max(1, round(wait)))
        redeemed = await redeem(self.service, (await form_fields(request)).get("token", ""))
        if redeemed is None:
            return self.out(410, self.text("web.link_used"))
        session, role = redeemed
        response = RedirectResponse(HOMES[role], status_code=303)
        give(self.service, response, session)
        return response

    async def leave(self, _: Request, who: SignedIn) -> Response:
        """Sign out."""
        response = RedirectResponse(HOMES[who.session.role], status_code=303)
        await sign_out(self.service, who, response)
        return response


def later(response: Response, seconds: int) -> Response:
    """The response, saying when to try again."""
    response.headers["Retry-After"] = str(seconds)
    return response
