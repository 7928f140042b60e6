"""The lecturer's page: the questions of her webinar that are followed up later, in the words they now have.

She sees no names, no other questions and nothing of the desk. What she writes is kept for a moderator to release.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.carrying_out import Occasion, carry_out
from bot.channels.web.protection import form_fields
from bot.conversations import SWEDEN
from bot.moderator.desk import Desk, later
from bot.moderator.signing_in import SignedIn
from bot.ports import StoreUnavailable
from bot.roles import LECTURER_ROLES
from bot.store.tx import GuardFailed, Tx
from dialogs.clean import visible
from dialogs.moderator import MOST_ANSWER_CHARACTERS
from dialogs.records import Propose, Question
from dialogs.replies import html

PATH = "/forelasare"


@dataclass(frozen=True)
class Lecturer:
    """Answering in writing, afterwards."""

    desk: Desk

    def routes(self) -> Sequence[BaseRoute]:
        """Looking, and saving an answer."""
        show, save = (
            self.desk.guarded(each, LECTURER_ROLES, "web.not_your_page") for each in (self.show, self.propose)
        )
        return [Route(PATH, show), Route(PATH, save, methods=["POST"])]

    async def show(self, _: Request, who: SignedIn) -> Response:
        """The questions that wait for her."""
        return await self._page(who)

    async def propose(self, request: Request, who: SignedIn) -> Response:
        """Save an answer to one of them, on the version of it that she saw."""
        form = await form_fields(request)
        typed = visible(form.get("answer", ""))
        question = next((each for each in await self._waiting(who) if str(each.number) == form.get("number")), None)
        if not typed:
            return await self._page(who, 422, self.desk.text("web.no_answer"))
        if len(typed) > MOST_ANSWER_CHARACTERS:
            wrong = self.desk.text("web.answer_too_long", most=MOST_ANSWER_CHARACTERS)
            return await self._page(who, 422, wrong, form)
        if question is None or form.get("version") != str(question.version):
            return await self._page(who, 409, self.desk.text("web.not_later"), form)
        return await self._kept(who, Propose(question.number, question.version, who.session.role, typed), form)

    async def _kept(self, who: SignedIn, record: Propose, form: Mapping[str, str]) -> Response:
        of = Occasion("", self.desk.service.clock())
        try:
            await self.desk.service.store.write(lambda tx: carry_out(tx, of, (record,)))
        except GuardFailed:
            return await self._page(who, 409, self.desk.text("web.not_later"), form)
        except StoreUnavailable:
            return later(await self._page(who, 503, self.desk.text("web.cannot_store"), form), 5)
        return RedirectResponse(f"{PATH}#q-{record.question}", status_code=303)

    async def _waiting(self, who: SignedIn) -> list[Question]:
        """What is followed up later in her webinar; nothing where her link names none."""
        webinar = who.session.webinar
        if webinar is None:
            return []

        def look(tx: Tx) -> list[Question]:
            return [each for each in tx.queue("later", webinar=webinar) if each.kind != "trouble"]

        return await self.desk.service.store.read(look)

    async def _page(
        self, who: SignedIn, status: int = 200, error: str | None = None, form: Mapping[str, str] | None = None
    ) -> Response:
        waiting, written = await self._waiting(who), form or {}
        typed = visible(written.get("answer", ""))
        values = {
            "csrf": who.csrf(self.desk.service.secret),
            "webinar": self._title(who),
            "questions": [self._shown(each, typed if str(each.number) == written.get("number") else "")
                          for each in waiting],
            "error": error,
            "left_over": typed if written.get("number") not in [str(each.number) for each in waiting] else "",
            "most": MOST_ANSWER_CHARACTERS,
        }  # fmt: skip
        return self.desk.html("lecturer.html", values, status)

    def _title(self, who: SignedIn) -> str:
        webinar = self.desk.service.library.content.webinars.get(who.session.webinar or "")
        return webinar.title[self.desk.language] if webinar else ""

    def _shown(self, question: Question, typed: str) -> dict[str, Any]:
        """A question by its code and words alone."""
        saved = question.proposed_at.astimezone(SWEDEN).strftime("%H:%M") if question.proposed_at else ""
        return {
            "number": question.number,
            "version": question.version,
            "code": question.code,
            "language": question.language,
            "words": html(question.shown),
            "answer": typed or question.proposed,
            "saved": saved,
        }
