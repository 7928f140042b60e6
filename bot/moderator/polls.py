"""The desk's polls: draft, open, close, run again; written answers to release; what people thought afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot import announcing
from bot.channels.web import polls as votes
from bot.channels.web import stream
from bot.channels.web.protection import form_fields
from bot.moderator.desk import Desk
from bot.moderator.signing_in import TRIES_A_MINUTE, SignedIn
from bot.pace import Pace
from bot.service import Service
from bot.store.polls import POLLS, Written
from bot.store.tx import Tx
from dialogs import polling
from dialogs.crossed import LEAST, Crossed, crossed
from dialogs.definitions import Poll, PollQuestion
from dialogs.records import PollRun

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

PATH = "/moderator/omrostningar"
CROSSABLE = ("single", "scale")


@dataclass(frozen=True)
class ShownRun:
    """A run as the desk shows it."""

    id: int
    number: int
    state: str
    questions: tuple[votes.Shown, ...]
    written: tuple[Written, ...]
    tables: tuple[tuple[str, str, Crossed], ...]
    """Pairs of questions crossed: the two questions' words, and the counts that may be shown."""


@dataclass(frozen=True)
class ShownPoll:
    """A poll with its runs, the latest first."""

    id: str
    title: str
    now: ShownRun
    before: tuple[ShownRun, ...]
    gone: bool
    """Whether its file is gone: it can be closed and read, not run again."""


@dataclass(frozen=True)
class ShownWebinar:
    """A webinar with its polls, and what was thought of it."""

    code: str
    title: str
    phase: str
    polls: tuple[ShownPoll, ...]
    feedback: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Question, its mean in words (empty for words), and the answers in words."""


def routes(service: Service, pages: "Pages") -> Sequence[BaseRoute]:
    """The routes of the desk's polls."""
    desk = Desk(service, pages, Pace(TRIES_A_MINUTE, TRIES_A_MINUTE / 60))
    found = PollDesk(desk)
    return [
        Route(PATH, desk.guarded(found.page)),
        Route(PATH, desk.guarded(found.do), methods=["POST"]),
        Route(f"{PATH}/events", desk.guarded(found.events)),
    ]


@dataclass(frozen=True)
class PollDesk:
    """The page of polls."""

    desk: Desk

    @property
    def service(self) -> Service:
        """The service."""
        return self.desk.service

    async def page(self, request: Request, who: SignedIn) -> Response:
        """Every webinar's polls that this role may see."""
        return await self._page(who)

    async def _page(self, who: SignedIn, status: int = 200, error: str | None = None) -> Response:
        webinars = await self.service.store.read(lambda tx: list(self._webinars(tx, who)))
        values = {
            "webinars": webinars,
            "csrf": who.csrf(self.service.secret),
            "mark": votes.mark(_questions(webinars)),
            "written": _written(webinars),
            "least": LEAST,
            "error": error,
        }
        return self.desk.html("polls.html", values, status)

    def _webinars(self, tx: Tx, who: SignedIn) -> Iterator[ShownWebinar]:
        phases, content = tx.phases(), self.service.library.content
        for code, webinar in content.webinars.items():
            phase = self.service.conversations.phase(phases, code)
            if who.session.webinar in (None, code) and phase != "archived":
                yield ShownWebinar(
                    code, webinar.title[self.desk.language], phase,
                    tuple(self._polls(tx, code)), tuple(self._feedback(tx, code)),
                )  # fmt: skip

    def _polls(self, tx: Tx, code: str) -> Iterator[ShownPoll]:
        """Those that can be run, and those that have been run and whose file is gone since.

        A poll that nobody has drafted yet looks like a draft: opening it makes it one first.
        """
        runs: dict[str, list[PollRun]] = {poll.id: [] for poll in self.service.library.content.polls_of(code)}
        known = frozenset(runs)
        for run in tx.polls(code, None):
            if run.poll in known or run.state != "draft":
                runs.setdefault(run.poll, []).append(run)
        for poll, found in runs.items():
            latest, *before = reversed(found or [PollRun(0, code, poll, 1, "", "draft")])
            title = self.service.conversations.worded(tx, latest).definition.title.get(self.desk.language, poll)
            earlier = tuple(self._run(tx, run) for run in before)
            yield ShownPoll(poll, title, self._run(tx, latest), earlier, poll not in known)

    def _run(self, tx: Tx, found: PollRun) -> ShownRun:
        run = self.service.conversations.worded(tx, found)
        texts = self.service.library.content.texts[self.desk.language]
        written = tx.written(run.id) if run.id else ()
        tables = tuple(self._tables(tx, run)) if run.state == "closed" else ()
        shown = tuple(votes.shown(texts, run, everything=True))
        return ShownRun(run.id, run.number, run.state, shown, written, tables)

    def _tables(self, tx: Tx, run: PollRun) -> Iterator[tuple[str, str, Crossed]]:
        """Each pair of questions, once the poll is closed: votes that still come would tell who has just voted."""
        language = self.desk.language
        asked = [question for question in run.definition.questions if question.kind in CROSSABLE]
        for one, other in combinations(asked, 2):
            found = crossed(tx.crossed(run.id, one.id, other.id), tuple(one.option_by_id), tuple(other.option_by_id))
            if found.anything:
                yield one.wording[language], other.wording[language], _labelled(found, one, other, language)

    def _feedback(self, tx: Tx, code: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        said, language = tx.feedback(code), self.desk.language
        for question in self.service.library.content.feedback:
            answers = said.get(question.id, ())
            if question.kind == "rating" and answers:
                middle = polling.decimal(sum(map(int, answers)) / len(answers), language)
                told = self.desk.text("page.feedback_rating", mean=middle, count=len(answers))
                yield question.wording[language], told, ()
            elif answers:
                yield question.wording[language], "", answers

    async def events(self, request: Request, who: SignedIn) -> Response:
        """The votes as they come."""

        def look(tx: Tx) -> dict[str, Any]:
            webinars = list(self._webinars(tx, who))
            return {**votes.live(_questions(webinars)), "written": _written(webinars)}

        return stream.response(request, votes.frames(self.service, POLLS, look))

    async def do(self, request: Request, who: SignedIn) -> Response:
        """One of DOINGS, in a webinar that this role may see."""
        form = await form_fields(request)
        doing, code = DOINGS.get(form.get("do", "")), form.get("webinar", "")
        allowed = who.session.webinar in (None, code) and code in self.service.library.content.webinars
        if doing is None or not allowed:
            return self.desk.out(404, self.desk.text("web.not_found"))
        done = await self.service.store.write(lambda tx: doing(self, tx, code, form))
        if not done:
            return await self._page(who, 409, self.desk.text("page.poll_overtaken"))
        return RedirectResponse(PATH, status_code=303)

    # In each of these the form says which poll, run or ballot; False when it can't be done (any more)

    def open(self, tx: Tx, code: str, form: Mapping[str, str]) -> bool:
        """Let everybody vote."""
        poll = self._named(code, form)
        return poll is not None and announcing.open_poll(tx, code, poll, self.service.clock())

    def close(self, tx: Tx, code: str, form: Mapping[str, str]) -> bool:
        """Let nobody vote any more."""
        run = self._at(tx, code, form)
        return run is not None and tx.close_poll(run.id, self.service.clock())

    def again(self, tx: Tx, code: str, form: Mapping[str, str]) -> bool:
        """Draft the next run of a poll."""
        poll = self._named(code, form)
        return poll is not None and tx.draft_poll(code, poll.id, self.service.clock()) > 0

    def show(self, tx: Tx, code: str, form: Mapping[str, str]) -> bool:
        """Show a written answer to all."""
        return self._released(tx, code, form, shown=True)

    def hide(self, tx: Tx, code: str, form: Mapping[str, str]) -> bool:
        """Hide it again."""
        return self._released(tx, code, form, shown=False)

    def _released(self, tx: Tx, code: str, form: Mapping[str, str], *, shown: bool) -> bool:
        run = self._at(tx, code, form)
        ballots = [each.ballot for each in tx.written(run.id)] if run else []
        found = next((ballot for ballot in ballots if str(ballot) == form.get("ballot")), None)
        return found is not None and tx.release(found, shown=shown)

    def _named(self, code: str, form: Mapping[str, str]) -> Poll | None:
        fitting = self.service.library.content.polls_of(code)
        return next((poll for poll in fitting if poll.id == form.get("poll")), None)

    def _at(self, tx: Tx, code: str, form: Mapping[str, str]) -> PollRun | None:
        return next((run for run in tx.polls(code, None) if str(run.id) == form.get("run")), None)


Doing = Callable[[PollDesk, Tx, str, Mapping[str, str]], bool]
DOINGS: Mapping[str, Doing] = {
    "open": PollDesk.open,
    "close": PollDesk.close,
    "again": PollDesk.again,
    "show": PollDesk.show,
    "hide": PollDesk.hide,
}
"""What a form of the page can ask for → how it is done."""


def _labelled(found: Crossed, one: PollQuestion, other: PollQuestion, language: str) -> Crossed:
    rows = tuple(option.label[language] for option in one.options)
    return Crossed(rows, tuple(option.label[language] for option in other.options), found.cells)


def _questions(webinars: Sequence[ShownWebinar]) -> list[votes.Shown]:
    """The questions whose votes can still change or be looked at: those of the latest runs."""
    return [each for webinar in webinars for poll in webinar.polls for each in poll.now.questions]


def _written(webinars: Sequence[ShownWebinar]) -> str:
    """What tells whether something new has been written."""
    runs = [poll.now for webinar in webinars for poll in webinar.polls]
    return " ".join(str(run.written[-1].ballot) for run in runs if run.written)
