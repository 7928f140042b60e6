"""The report of a webinar, for those at the desk to read through and publish."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.documents import webinar as document
from bot.moderator.desk import Desk
from bot.moderator.signing_in import SignedIn
from bot.publishing import gathered


@dataclass(frozen=True)
class Reports:
    """Makes reports of what the desk's own questions, polls and feedback say."""

    desk: Desk

    def routes(self) -> Sequence[BaseRoute]:
        """A report each time it is asked for: nothing of it is kept."""
        return [Route("/moderator/rapport/{code}", self.desk.guarded(self.show))]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The PDF of one webinar, which the session must be for."""
        code, service = request.path_params["code"], self.desk.service
        webinar = service.library.content.webinars.get(code)
        if webinar is None or who.session.webinar not in (None, code):
            return self.desk.out(404, self.desk.text("web.no_webinar"))
        content = service.library.content
        found = await service.store.read(lambda tx: gathered(tx, content, code))
        of = document.Occasion(webinar, service.clock(), service.settings.owner_name)
        made = await asyncio.to_thread(document.pdf, found, of, self.desk.texts)
        named = {"Content-Disposition": f'inline; filename="{code}.pdf"'}
        return Response(made, media_type="application/pdf", headers=named)
