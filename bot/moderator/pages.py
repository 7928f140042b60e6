"""The moderator's page, first version: the queue live, one question, an answer, an entry, or a reason."""

import asyncio
import datetime as dt
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.carrying_out import Occasion, carry_out
from bot.channels.web import stream
from bot.channels.web.protection import form_fields, same_origin
from bot.conversations import SWEDEN
from bot.moderator.signing_in import TRIES_A_MINUTE, SignedIn, give, redeem, sign_out, signed_in
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.roles import DESK_ROLES
from bot.service import Service
from bot.store.reach import Outage
from bot.store.rows import hashed
from bot.store.tx import QUEUE, GuardFailed, Tx
from dialogs import moderator as decisions
from dialogs.ask import entry_text
from dialogs.clean import visible
from dialogs.context import Context
from dialogs.records import Question, Record
from dialogs.replies import html
from knowledge.query import Match, Query

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

SHOWN_HITS = 6
SHOWN_PROPOSALS = 3
SHOWN_DECIDED = 30
OUTAGE_SHOWN = dt.timedelta(days=3)
"""How long the desk is told of a time when messages may have been lost."""
Handler = Callable[[Request, SignedIn], Awaitable[Response]]


@dataclass(frozen=True)
class Shown:
    """A question as the pages show it. `words` and `answer` are safe HTML with their line breaks."""

    number: int
    code: str
    words: str
    language: str
    webinar: str | None
    time: str
    at: str
    state: str
    version: int
    reachable: bool
    blocked: bool
    candidates: tuple[str, ...]
    answer: str | None
    factor: str | None
    """The name of a part of the checklist, and the statement of it that is asked about."""
    statement: str | None


def routes(service: Service, pages: "Pages") -> Sequence[BaseRoute]:
    """The moderators' routes. Each says itself who may call it."""
    desk = Desk(service, pages, Pace(TRIES_A_MINUTE, TRIES_A_MINUTE / 60))
    return [
        Route("/moderator", desk.guarded(desk.queue)),
        Route("/moderator/ko", desk.guarded(desk.fragment)),
        Route("/moderator/events", desk.guarded(desk.events)),
        Route("/moderator/fragor/{number:int}", desk.guarded(desk.question)),
        Route("/moderator/fragor/{number:int}", desk.guarded(desk.decide), methods=["POST"]),
        Route("/moderator/logga-ut", desk.guarded(desk.leave), methods=["POST"]),
        Route("/moderator/logga-in/{token}", desk.door),
        Route("/moderator/logga-in", desk.enter, methods=["POST"]),
    ]


@dataclass(frozen=True)
class Desk:
    """A moderator's desk."""

    service: Service
    pages: "Pages"
    tries: Pace

    @property
    def language(self) -> str:
        """The language of the desk: the service's first one."""
        return self.service.settings.language

    def text(self, key: str, **values: object) -> str:
        """A phrase in the desk's language."""
        return self.service.library.content.texts[self.language](key, **values)

    def html(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page of the desk."""
        return self.pages.html(f"moderator/{template}", self.language, values, status)

    def out(self, status: int, error: str | None = None) -> Response:
        """The page of somebody who may not come in, and how to."""
        return self.html("signed_out.html", {"error": error}, status)

    def guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Only for somebody signed in; a post also needs our own page's origin and the session's token."""

        async def serve(request: Request) -> Response:
            who = await signed_in(self.service, request)
            if who is None:
                return self.out(401)
            if who.session.role not in DESK_ROLES:
                return self.out(403, self.text("web.not_your_desk"))
            if request.method == "POST" and not await self._meant(request, who):
                return self.out(403, self.text("web.cross_site"))
            return await handler(request, who)

        return serve

    async def _meant(self, request: Request, who: SignedIn) -> bool:
        given = (await form_fields(request)).get("csrf", "")
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
            return _later(self.out(429, self.text("web.too_fast")), max(1, round(wait)))
        session = await redeem(self.service, (await form_fields(request)).get("token", ""))
        if session is None:
            return self.out(410, self.text("web.link_used"))
        response = RedirectResponse("/moderator", status_code=303)
        give(self.service, response, session)
        return response

    async def leave(self, _: Request, who: SignedIn) -> Response:
        """Sign out."""
        response = RedirectResponse("/moderator", status_code=303)
        await sign_out(self.service, who, response)
        return response

    # The queue

    async def queue(self, _: Request, who: SignedIn) -> Response:
        """The questions that wait, and those decided."""
        return self.html("queue.html", {"csrf": who.csrf(self.service.secret), **await self._lists(who)})

    async def fragment(self, _: Request, who: SignedIn) -> Response:
        """The lists alone, for the page to swap in."""
        return self.html("_queue.html", await self._lists(who))

    async def _lists(self, who: SignedIn) -> dict[str, Any]:
        only, since = who.session.webinar, self.service.clock() - OUTAGE_SHOWN

        def look(tx: Tx) -> tuple[tuple[Question, ...], tuple[Question, ...], list[Outage]]:
            waiting = tx.queue(waiting=True, webinar=only)
            return waiting, tx.queue(waiting=False, webinar=only, most=SHOWN_DECIDED), tx.outages(since)

        waiting, decided, outages = await self.service.store.read(look)
        return {
            "outages": [{"began": _day_and_time(each.began), "ended": _day_and_time(each.ended)} for each in outages],
            "questions": [self._shown(each) for each in waiting],
            "decided": [self._shown(each) for each in decided],
        }

    def _shown(self, question: Question) -> Shown:
        entries = self.service.library.content.knowledge.entries
        near = tuple(entries[topic].wording(self.language).title for topic in question.candidates if topic in entries)
        at = question.asked.astimezone(SWEDEN)
        return Shown(
            question.number, question.code, html(question.text), question.language, question.webinar,
            at.strftime("%H:%M"), at.isoformat(timespec="seconds"), question.state, question.version,
            question.reachable, question.blocked, near[:2], html(question.answer) if question.answer else None,
            self._factor(question.factor), question.statement,
        )  # fmt: skip

    def _factor(self, factor: str | None) -> str | None:
        """A factor by name; by its id where the content no longer has it."""
        key = f"factor.{factor}"
        return self.text(key) if key in self.service.library.content.texts[self.language] else factor

    async def events(self, request: Request, _: SignedIn) -> Response:
        """A stream that says when to look again."""
        return stream.response(request, _changes(self.service))

    # One question

    async def question(self, request: Request, who: SignedIn) -> Response:
        """One question, with proposals and a search."""
        return await self._question(request, who)

    async def _question(
        self, request: Request, who: SignedIn, status: int = 200, error: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        question = await self._find(request, who)
        if question is None:
            return self.out(404, self.text("web.not_found"))
        query = request.query_params.get("sok", "")[:200]
        context, written = await self._context(question), form or {}
        topics = await asyncio.to_thread(self._near, query, context, question)
        values = {
            "question": self._shown(question),
            "csrf": who.csrf(self.service.secret),
            "query": query,
            "entries": [_preview(context, topic) for topic in topics if topic in context.content.knowledge.entries],
            "reasons": [(reason, self.text(f"decline.{reason}")) for reason in decisions.DECLINE_REASONS],
            "error": error,
            "typed": visible(written.get("answer", "")),
            "own_reason": visible(written.get("own_reason", "")),
        }
        return self.html("question.html", values, status)

    def _near(self, query: str, context: Context, question: Question) -> tuple[str, ...]:
        """What a search finds; without one, what the chat itself would answer or offer, and nothing less likely."""
        matcher = self.service.library.matcher
        if query.strip():
            return tuple(candidate.topic for candidate in matcher.rank(query, self.language, SHOWN_HITS))
        webinar = context.world.webinar.code if context.world.webinar and context.world.live else None
        match = matcher.match(Query(question.text, question.language, webinar))
        near = (topic for part in (*match.parts, match) for topic in _likely(part))
        return tuple(dict.fromkeys(near))[:SHOWN_PROPOSALS]

    async def _context(self, question: Question) -> Context:
        world = await self.service.conversations.world(question.webinar)
        return decisions.surroundings(self.service.library.content, question, world)

    async def _find(self, request: Request, who: SignedIn) -> Question | None:
        number, only = request.path_params["number"], who.session.webinar
        found = await self.service.store.read(lambda tx: tx.question(number)) if number < 2**60 else None
        return found if found and only in (None, found.webinar) else None

    async def decide(self, request: Request, who: SignedIn) -> Response:
        """Answer, give an entry, or decline, on the version of the question that the moderator saw."""
        question = await self._find(request, who)
        form = await form_fields(request)
        if question is None:
            return await self._question(request, who)
        version = form.get("version", "")
        if question.state != "new" or version != str(question.version):
            return await self._question(request, who, 409, self.text("web.decided_already"), form)
        records = self._records(await self._context(question), question, form)
        if isinstance(records, str):
            return await self._question(request, who, 422, records, form)
        try:
            await self.service.store.write(
                lambda tx: carry_out(
                    tx, Occasion("", self.service.clock(), self.service.library.content.texts), records
                )
            )
        except GuardFailed:
            return await self._question(request, who, 409, self.text("web.decided_already"), form)
        except StoreUnavailable:
            return _later(await self._question(request, who, 503, self.text("web.cannot_store"), form), 5)
        return RedirectResponse("/moderator", status_code=303)

    def _records(self, context: Context, question: Question, form: Mapping[str, str]) -> tuple[Record, ...] | str:
        """What the form asks for, or the sentence that says what is missing."""
        if entry := form.get("entry"):
            if entry not in context.content.knowledge.entries:
                return self.text("web.no_entry")
            return decisions.answer_with_entry(context, question, entry, "moderator")
        if "reason" in form:
            return self._declined(context, question, form["reason"], visible(form.get("own_reason", "")))
        typed = visible(form.get("answer", ""))
        if not typed:
            return self.text("web.no_answer")
        if len(typed) > decisions.MOST_ANSWER_CHARACTERS:
            return self.text("web.answer_too_long", most=decisions.MOST_ANSWER_CHARACTERS)
        return decisions.answer(context, question, typed, "moderator")

    def _declined(self, context: Context, question: Question, reason: str, own: str) -> tuple[Record, ...] | str:
        """Declined with the moderator's own words where there are any, else with the stock reason chosen."""
        if not own and reason not in decisions.DECLINE_REASONS:
            return self.text("web.no_reason")
        return decisions.decline(context, question, own[: decisions.MOST_ANSWER_CHARACTERS] or reason, "moderator")


def _preview(context: Context, topic: str) -> dict[str, str]:
    """An entry as it would be sent: in the asker's language, in the world as it is."""
    entry = context.content.knowledge.entries[topic]
    lang = context.language if context.language in entry.wordings else "sv"
    title, answer = entry.wording(context.language).title, html(entry_text(context, entry))
    return {"id": topic, "lang": lang, "title": title, "answer": answer}


def _day_and_time(moment: dt.datetime) -> str:
    return moment.astimezone(SWEDEN).strftime("%Y-%m-%d %H:%M")


def _likely(match: Match) -> tuple[str, ...]:
    return (match.topic,) if match.topic else match.offered


def _later(response: Response, seconds: int) -> Response:
    """The response, saying when to try again."""
    response.headers["Retry-After"] = str(seconds)
    return response


async def _changes(service: Service) -> AsyncIterator[str]:
    yield stream.BEGIN
    with service.live.listen([QUEUE]) as news:
        while not service.live.closing:
            news.clear()
            yield stream.frame("queue", service.clock().timestamp())
            if await stream.changed(news):
                await asyncio.sleep(stream.CALM_SECONDS)
            else:
                yield stream.BEAT
