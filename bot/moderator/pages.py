"""The moderators' queue: every question by how far it has come, and what can be done about each."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.carrying_out import carry_out
from bot.channels.web import stream
from bot.channels.web.protection import form_fields
from bot.conversations import SWEDEN
from bot.imports import copied, zoom_chat
from bot.imports.drafts import of_chat
from bot.moderator import acts
from bot.moderator.contributions import Contributions
from bot.moderator.deciding import Deciding, NotDone, OffAir
from bot.moderator.desk import Desk, later
from bot.moderator.gaps import Gaps, short
from bot.moderator.lecturer import Lecturer
from bot.moderator.reports import Reports
from bot.moderator.signing_in import TRIES_A_MINUTE, SignedIn
from bot.moderator.telegram import Telegram
from bot.pace import Pace
from bot.ports import StoreUnavailable
from bot.roles import ROLES
from bot.service import Service
from bot.store.reach import Outage
from bot.store.rows import hashed
from bot.store.tx import QUEUE, Tx
from dialogs import moderator as decisions
from dialogs import queue
from dialogs.ask import entry_text
from dialogs.clean import clean, visible
from dialogs.context import Context
from dialogs.records import AddQuestion, Entry, Order, Question, Record
from dialogs.replies import html
from knowledge.complaints import ContentError
from knowledge.entries import FACTORS
from knowledge.query import Query

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

SHOWN_HITS = 6
SHOWN_PROPOSALS = 3
MOST_ADDED = 50
"""Lines, or questions, at once."""
LISTS: Mapping[str, tuple[str, ...]] = {
    "live": ("live",), "next": ("next",), "new": ("new", "asked"), "approved": ("approved",), "later": ("later",),
    "decided": ("answered", "declined", "withdrawn"),
}  # fmt: skip
"""A list on the page → the states of the questions in it."""
SHOWN = {**dict.fromkeys(LISTS, 200), "decided": 30}
MOST_CHOSEN_FIELDS = sum(SHOWN.values())
"""Every question that is shown may be ticked: too many are told so in words."""
OUTAGE_SHOWN = dt.timedelta(days=3)
"""How long the desk is told of a time when messages may have been lost."""


@dataclass(frozen=True)
class Shown:
    """A question as the pages show it. `words`, `original` and `answer` are safe HTML with their line breaks."""

    question: Question
    words: str
    original: str | None
    """As it was asked, where it now stands in other words."""
    time: str
    """As short as it tells, in Sweden's time."""
    at: str
    candidates: tuple[str, ...]
    answer: str | None
    factor: str | None
    """The name of the factor that it is about."""
    undoable: bool
    acts: tuple[str, ...]
    """What can be done with one press."""
    alike: tuple[tuple[int, str, str], ...]
    """Questions that seem to ask the same: (number, code, words)."""
    overdue: bool
    """Whether its asker has waited longer than was promised."""
    note: str
    """What moderators last noted for each other, shortened."""

    @property
    def answerable(self) -> bool:
        """Whether an answer in writing can still be sent."""
        return acts.possible(self.question, "answer")


def routes(service: Service, pages: "Pages") -> Sequence[BaseRoute]:
    """The moderators' routes. Each says itself who may call it."""
    desk = Desk(service, pages, Pace(TRIES_A_MINUTE, TRIES_A_MINUTE / 60))
    queue_ = Queue(desk)
    return [
        Route("/moderator", desk.guarded(queue_.show)),
        Route("/moderator/ko", desk.guarded(queue_.fragment)),
        Route("/moderator/events", desk.guarded(queue_.events)),
        Route("/moderator/lagg-till", desk.guarded(queue_.add), methods=["POST"]),
        Route("/moderator/flera", desk.guarded(queue_.several, most_fields=MOST_CHOSEN_FIELDS), methods=["POST"]),
        Route("/moderator/ordning", desk.guarded(queue_.shift), methods=["POST"]),
        Route("/moderator/fragor/{number:int}", desk.guarded(queue_.question)),
        Route("/moderator/fragor/{number:int}", desk.guarded(queue_.act), methods=["POST"]),
        *Lecturer(desk).routes(),
        *Reports(desk).routes(),
        *Gaps(desk).routes(),
        *Telegram(desk).routes(),
        *Contributions(desk).routes(),
        Route("/moderator/logga-ut", desk.guarded(desk.leave, ROLES), methods=["POST"]),
        Route("/moderator/logga-in/{token}", desk.door),
        Route("/moderator/logga-in", desk.enter, methods=["POST"]),
    ]


@dataclass(frozen=True)
class Queue:
    """The queue as moderators work with it."""

    desk: Desk

    @property
    def service(self) -> Service:
        """The service that the desk belongs to."""
        return self.desk.service

    def text(self, key: str, **values: object) -> str:
        """A phrase in the desk's language."""
        return self.desk.texts(key, **values)

    @property
    def deciding(self) -> Deciding:
        """What is done to questions."""
        return Deciding(self.service)

    # All of it

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The questions, by how far they have come."""
        return await self._page(request, who)

    async def _page(
        self, _: Request, who: SignedIn, status: int = 200, error: str | None = None, typed: str = ""
    ) -> Response:
        telegram = "moderators" in self.service.conversations.doors
        values = {
            "error": error,
            "typed": typed,
            "telegram": telegram,
            "webinars": await self._webinars(who),
            **await self._lists(who),
        }
        return self.desk.html("queue.html", values, status)

    async def _webinars(self, who: SignedIn) -> list[dict[str, str]]:
        """The webinars at this desk that are planned, open or over, the latest first, and what leads to each."""
        phases, language = await self.service.store.read(Tx.phases), self.desk.language
        known, only = self.service.library.content.webinars, who.session.webinar
        current = [code for code, phase in phases.items() if phase != "archived"]
        codes = [code for code in (current if only is None else (only,)) if code in known]
        return [
            {
                "code": code,
                "title": known[code].title[language],
                "line": self.text("page.copy_line", link=f"{self.service.base}/w/{code}"),
            }
            for code in codes
        ]

    async def fragment(self, _: Request, who: SignedIn) -> Response:
        """The lists alone, for the page to swap in."""
        return self.desk.html("_queue.html", await self._lists(who))

    async def _lists(self, who: SignedIn) -> dict[str, Any]:
        only, now = who.session.webinar, self.service.clock()
        since = now - self.deciding.undo

        def look(tx: Tx) -> tuple[dict[str, tuple[Question, ...]], dict[str, int], frozenset[int], list[Outage]]:
            found = {name: tx.queue(*states, webinar=only, most=SHOWN[name]) for name, states in LISTS.items()}
            undoable = (each.number for part in found.values() for each in part if tx.undoable(each.number, since))
            return found, tx.count_queue(only), frozenset(undoable), tx.outages(now - OUTAGE_SHOWN)

        found, counts, undoable, outages = await self.service.store.read(look)
        waiting = [each for name in LISTS if name != "decided" for each in found[name]]
        late = sum(self.deciding.overdue(each) for each in waiting)
        lanes = {
            "trouble": [each for each in found["new"] if each.kind == "trouble"],
            **found,
            "new": [each for each in found["new"] if each.kind != "trouble"],
        }
        alike = {each.number: queue.alike(each, waiting) for each in lanes["new"]}
        shown = {
            name: [self._shown(each, undoable, alike.get(each.number, ())) for each in part]
            for name, part in lanes.items()
        }
        left_out = {name: sum(counts.get(state, 0) for state in LISTS[name]) - len(found[name]) for name in LISTS}
        done = [each for part in shown.values() for each in part if each.undoable]
        return {
            "csrf": who.csrf(self.service.secret),
            "outages": [{"began": _day_and_time(each.began), "ended": _day_and_time(each.ended)} for each in outages],
            "lists": [(name, part, left_out.get(name, 0)) for name, part in shown.items()],
            "undoable": sorted(done, key=lambda each: each.question.decided or now, reverse=True),
            "undo_seconds": self.service.settings.undo_seconds,
            "waiting_count": sum(counts.get(state, 0) for state in queue.WAITING),
            "overdue": late and self.text("page.overdue_one" if late == 1 else "page.overdue_many", count=late),
            "present": len(self.desk.present),
        }

    def _shown(
        self, question: Question, undoable: frozenset[int] = frozenset(), alike: Sequence[Question] = ()
    ) -> Shown:
        entries = self.service.library.content.knowledge.entries
        near = (entries[topic].wording(self.desk.language).title for topic in question.candidates if topic in entries)
        at, today = question.asked.astimezone(SWEDEN), self.service.clock().astimezone(SWEDEN)
        time = at.strftime("%H:%M" if at.date() == today.date() else "%Y-%m-%d %H:%M")
        return Shown(
            question, html(question.shown), html(question.text) if question.wording else None, time,
            at.isoformat(timespec="seconds"), tuple(near)[:2], html(question.answer) if question.answer else None,
            self._factor(question.factor), question.number in undoable,
            tuple(act for act in acts.QUICK if acts.possible(question, act)),
            tuple((each.number, each.code, html(each.shown)) for each in alike), self.deciding.overdue(question),
            short(question.note),
        )  # fmt: skip

    def _factor(self, factor: str | None) -> str | None:
        return self._named("factor", factor) if factor else factor

    def _named(self, family: str, identity: str) -> str:
        """Something by its name; by its id where there are no words for it (any more)."""
        key = f"{family}.{identity}"
        return self.text(key) if key in self.desk.texts else identity

    async def events(self, request: Request, who: SignedIn) -> Response:
        """A stream that says when to look again. Whoever has it open is present."""
        return stream.response(request, _changes(self.service, self.desk.present, hashed(who.token)))

    async def add(self, request: Request, who: SignedIn) -> Response:
        """Questions that a moderator brings: one a line, typed or pasted from another chat."""
        typed = (await form_fields(request)).get("text", "")
        lines = pasted(typed)
        if not lines or len(lines) > MOST_ADDED:
            wrong = self.text("web.too_many_lines", most=MOST_ADDED) if lines else self.text("web.empty")
            return await self._page(request, who, 422, wrong, visible(typed))
        webinar = who.session.webinar or await self._open_webinar()
        records = await asyncio.to_thread(self._brought, lines, webinar, who.session.role)
        return await self._kept(request, who, self.deciding.keep(records), partial(self._page, typed=visible(typed)))

    def _brought(self, lines: Sequence[str], webinar: str | None, by: str) -> tuple[Record, ...]:
        content, records = self.service.library.content, list[Record]()
        for line in lines:
            match = self.service.library.matcher.match(Query(line, self.desk.language, webinar))
            language = match.language or self.desk.language
            kind = queue.kind_of(content, line, match)
            factor = queue.factor_of(content, line)
            records.append(AddQuestion(line, language, webinar, by, kind, queue.near(match), factor))
        return tuple(records)

    async def _open_webinar(self) -> str | None:
        phases = await self.service.store.read(Tx.phases)
        return next((code for code, phase in phases.items() if phase == "open"), None)

    async def several(self, request: Request, who: SignedIn) -> Response:
        """The same act on several questions, each at the version that was seen; those overtaken are left and named."""
        form = await request.form()
        act = str(form.get("act", ""))
        if act not in acts.QUICK:
            return await self._page(request, who, 422, self.text("web.bad_form"))
        left, ticked = dict[str, list[str]](), form.getlist("q")
        if len(ticked) > MOST_ADDED:
            return await self._page(request, who, 422, self.text("web.too_many_chosen", most=MOST_ADDED))
        for chosen in ticked:
            number, _, version = str(chosen).partition(":")
            try:
                why = await self._one_of_several(who, number, version, act)
            except StoreUnavailable:
                return later(await self._page(request, who, 503, self.text("web.cannot_store")), 5)
            if why:
                left.setdefault(why, []).append(f"F-{number[:10]}")
        if left:
            whys = [self.text(why, codes=", ".join(codes)) for why, codes in left.items()]
            return await self._page(request, who, 409, " ".join((*whys, self.text("web.rest_done"))))
        return RedirectResponse("/moderator", status_code=303)

    async def _one_of_several(self, who: SignedIn, number: str, version: str, act: str) -> str | None:
        """The phrase that says why it was left as it was, None when it was done."""
        question = await self.deciding.found(number, who.session)
        if question is None:
            return "web.overtaken"
        try:
            await self.deciding.act(question, version, act, {}, who.session)
        except OffAir:
            return "web.off_air_left"
        except NotDone:
            return "web.overtaken"
        return None

    async def shift(self, request: Request, who: SignedIn) -> Response:
        """Move a question up or down among those up next."""
        form = await form_fields(request)
        only, wanted = who.session.webinar, form.get("number", "")

        def swap(tx: Tx) -> None:
            numbers = [each.number for each in tx.queue("next", webinar=only)]
            place = next((place for place, number in enumerate(numbers) if str(number) == wanted), None)
            other = -1 if place is None else place + (1 if form.get("way") == "down" else -1)
            if place is not None and 0 <= other < len(numbers):
                numbers[place], numbers[other] = numbers[other], numbers[place]
                carry_out(tx, self.deciding.occasion(), (Order(tuple(numbers)),))

        try:
            await self.service.store.write(swap)
        except StoreUnavailable:
            return later(await self._page(request, who, 503, self.text("web.cannot_store")), 5)
        return RedirectResponse("/moderator", status_code=303)

    # One question

    async def question(self, request: Request, who: SignedIn) -> Response:
        """One question: its life so far, proposals, a search, and everything that can be done."""
        return await self._question(request, who)

    async def _question(
        self, request: Request, who: SignedIn, status: int = 200, error: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        question = await self._find(request, who)
        if question is None:
            return self.desk.out(404, self.text("web.not_found"))
        query = request.query_params.get("sok", "")[:200]
        context, written = await self.deciding.context(question), form or {}
        topics = await asyncio.to_thread(self._near, query, context, question)
        values = {
            **await self._life(question),
            "csrf": who.csrf(self.service.secret),
            "query": query,
            "entries": [_preview(context, topic) for topic in topics if topic in context.content.knowledge.entries],
            "reasons": [(reason, self.text(f"decline.{reason}")) for reason in decisions.DECLINE_REASONS],
            "error": error,
            "typed": visible(written.get("answer", "")) or question.proposed,
            "proposed_at": _day_and_time(question.proposed_at) if question.proposed_at else "",
            "own_reason": visible(written.get("own_reason", "")),
            "asked_back": visible(written.get("ask", "")),
            "worded": visible(written.get("wording", "")),
            "noted": visible(written.get("note", "")),
        }
        return self.desk.html("question.html", values, status)

    async def _life(self, question: Question) -> dict[str, Any]:
        number, since = question.number, self.service.clock() - self.deciding.undo

        def look(tx: Tx) -> tuple[list[Entry], frozenset[int], list[Question]]:
            members = [found for each in tx.members(number) if (found := tx.question(each))]
            return tx.ledger(number), frozenset({number} if tx.undoable(number, since) else ()), members

        ledger, undoable, members = await self.service.store.read(look)
        return {
            "question": self._shown(question, undoable),
            "members": [self._shown(each) for each in members],
            "ledger": [
                (_day_and_time(each.at), self._named("page.by", each.by), *self._happened(each)) for each in ledger
            ],
            "kinds": queue.KINDS,
            "factors": FACTORS,
            "possible": {act: acts.possible(question, act) for act in acts.ACTS},
        }

    def _happened(self, line: Entry) -> tuple[str, str]:
        """What a line of the ledger says happened, and the words that belong to it."""
        if line.what == "state":
            return self.text(f"page.state.{line.state}"), line.value
        what = "unpinned" if (line.what, line.value) == ("pinned", "no") else line.what
        codes = {
            "kind": f"page.kind.{line.value}",
            "factor": f"factor.{line.value}" if line.value else "page.no_factor",
        }
        if line.what in codes:
            return f"{self.text(f'page.what.{what}')}: {self.text(codes[line.what])}", ""
        if line.what == "joined":
            return self.text("page.what.joined", code=f"F-{line.value}"), ""
        plain = line.what in ("pinned", "undo")
        return self.text(f"page.what.{what}"), "" if plain else line.value

    def _near(self, query: str, context: Context, question: Question) -> tuple[str, ...]:
        """What a search finds; without one, what the chat itself would answer or offer, and nothing less likely."""
        matcher = self.service.library.matcher
        if query.strip():
            return tuple(candidate.topic for candidate in matcher.rank(query, self.desk.language, SHOWN_HITS))
        webinar = context.world.webinar.code if context.world.webinar and context.world.live else None
        match = matcher.match(Query(question.text, question.language, webinar))
        near = (topic for part in (*match.parts, match) for topic in queue.likely(part))
        return tuple(dict.fromkeys(near))[:SHOWN_PROPOSALS]

    async def _find(self, request: Request, who: SignedIn) -> Question | None:
        return await self.deciding.found(str(request.path_params["number"]), who.session)

    async def act(self, request: Request, who: SignedIn) -> Response:
        """Do something to a question, on the version of it that the moderator saw."""
        question = await self._find(request, who)
        form = await form_fields(request)
        if question is None:
            return await self._question(request, who)
        doing = self.deciding.act(question, form.get("version", ""), acts.named(form), form, who.session)
        return await self._kept(request, who, doing, partial(self._question, form=form))

    async def _kept(
        self, request: Request, who: SignedIn, doing: Awaitable[None], again: Callable[..., Awaitable[Response]]
    ) -> Response:
        """Back to the queue when it is kept; otherwise the page again, with what was written and why it is not."""
        try:
            await doing
        except NotDone as error:
            return await again(request, who, status=422 if error.lacking else 409, error=error.why)
        except StoreUnavailable:
            return later(await again(request, who, status=503, error=self.text("web.cannot_store")), 5)
        return RedirectResponse("/moderator", status_code=303)


def pasted(text: str) -> list[str]:
    """The questions in what was pasted, without names: those asked in Zoom's chat; else whatever, one a line."""
    try:
        asking, _ = of_chat(zoom_chat.parse(text).messages)
    except ContentError:
        return [found for line in copied.messages(text) if (found := clean(line).text)]
    return [draft.text for draft in asking]


def _preview(context: Context, topic: str) -> dict[str, str]:
    """An entry as it would be sent: in the asker's language, in the world as it is."""
    entry = context.content.knowledge.entries[topic]
    lang = context.language if context.language in entry.wordings else "sv"
    title, answer = entry.wording(context.language).title, html(entry_text(context, entry))
    return {"id": topic, "lang": lang, "title": title, "answer": answer}


def _day_and_time(moment: dt.datetime) -> str:
    return moment.astimezone(SWEDEN).strftime("%Y-%m-%d %H:%M")


async def _changes(service: Service, present: Counter[str], who: str) -> AsyncIterator[str]:
    yield stream.BEGIN
    present[who] += 1
    service.live.wake([QUEUE])  # the others see who has come, and who has left
    try:
        with service.live.listen([QUEUE]) as news:
            while not service.live.closing:
                news.clear()
                yield stream.frame("queue", service.clock().timestamp())
                if await stream.changed(news):
                    await asyncio.sleep(stream.CALM_SECONDS)
                else:
                    yield stream.BEAT
    finally:
        present[who] -= 1
        present += Counter()  # drops whoever has no page open any more
        service.live.wake([QUEUE])
