"""What people ask that has no entry, for those at the desk: what the knowledge base lacks."""

import asyncio
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.moderator.desk import Desk
from bot.moderator.signing_in import SignedIn
from dialogs.gaps import Gap, gaps
from dialogs.records import Question
from dialogs.replies import bare
from knowledge.query import Query

MOST_GAPS, MOST_WORDINGS, MOST_CHARACTERS = 50, 5, 300
"""Gaps on the page, wordings of each, and characters of each wording."""


@dataclass(frozen=True)
class Gaps:
    """Shows what is asked without an entry, by how many people wonder."""

    desk: Desk

    def routes(self) -> Sequence[BaseRoute]:
        """The page: reads only."""
        return [Route("/moderator/luckor", self.desk.guarded(self.show))]

    async def show(self, _: Request, who: SignedIn) -> Response:
        """The gaps of the session's webinar, or of all that has been asked."""
        only, service = who.session.webinar, self.desk.service
        questions = await service.store.read(lambda tx: tx.questions_in(only))
        found = await asyncio.to_thread(lambda: gaps(filter(self._unanswered, questions)))
        webinar = service.library.content.webinars.get(only or "")
        values = {
            "csrf": who.csrf(service.secret),
            "webinar": webinar.title[self.desk.language] if webinar else None,
            "gaps": [shown(each) for each in found[:MOST_GAPS]],
            "left": len(found[MOST_GAPS:]),
        }
        return self.desk.html("gaps.html", values)

    def _unanswered(self, question: Question) -> bool:
        """Whether no entry answers it: what was asked in the chat, the chat has not; what was brought, nobody tried."""
        if question.origin == "chat":
            return True
        query = Query(question.text, question.language, question.webinar)
        return self.desk.service.library.matcher.match(query).decision != "answer"


def shown(gap: Gap) -> dict[str, Any]:
    """A gap as the page shows it: its questions, with words short enough to look through."""
    wordings = [{"question": each, "words": short(each.shown)} for each in gap.questions[:MOST_WORDINGS]]
    return {"people": gap.people, "wordings": wordings, "left": len(gap.questions[MOST_WORDINGS:])}


def short(text: str) -> str:
    """A text on one line, cut where it is long."""
    return textwrap.shorten(bare(text), MOST_CHARACTERS, placeholder=" …")
