"""The way from the desk to the moderators' group in Telegram: a link of one's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.moderator.desk import Desk, later
from bot.moderator.signing_in import INVITE_MINUTES, SignedIn, invite
from bot.ports import StoreUnavailable


@dataclass(frozen=True)
class Telegram:
    """Connecting one's own account."""

    desk: Desk

    def routes(self) -> Sequence[BaseRoute]:
        """Looking, and making a link."""
        return [
            Route("/moderator/telegram", self.desk.guarded(self.show)),
            Route("/moderator/telegram", self.desk.guarded(self.make), methods=["POST"]),
        ]

    @property
    def door(self) -> str | None:
        """Where the group's bot is; None where there is no group."""
        return self.desk.service.conversations.doors.get("moderators")

    async def show(self, _: Request, who: SignedIn) -> Response:
        """What it is, and the button that makes a link."""
        return self._page(who)

    async def make(self, _: Request, who: SignedIn) -> Response:
        """A link that connects an account as the role, and to the webinar, of this session."""
        service, session = self.desk.service, who.session
        if self.door is None:
            return self._page(who, 404)
        try:
            token = await service.store.write(lambda tx: invite(tx, session.role, session.webinar, service.clock()))
        except StoreUnavailable:
            return later(self._page(who, 503, self.desk.text("web.cannot_store")), 5)
        return self._page(who, link=self.door + token)

    def _page(self, who: SignedIn, status: int = 200, error: str | None = None, link: str = "") -> Response:
        if self.door is None:
            return self.desk.out(404, self.desk.text("web.not_found"))
        values = {
            "csrf": who.csrf(self.desk.service.secret),
            "error": error,
            "link": link,
            "minutes": INVITE_MINUTES,
            "qr_svg": segno.make(link, error="m").svg_inline(scale=6, border=2, omitsize=True) if link else "",
        }
        return self.desk.html("telegram.html", values, status)
