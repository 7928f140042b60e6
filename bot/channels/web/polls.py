"""The votes as they come, on a phone and on the big screen. Works without JavaScript; with it the bars are live."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web import stream
from bot.channels.web.api import Door, Problem, chosen
from bot.channels.web.protection import form_fields, same_origin
from bot.service import Service
from bot.store.polls import poll_topic
from bot.store.tx import Tx
from dialogs import polling
from dialogs.definitions import PICKED, PollQuestion, Webinar
from dialogs.records import PollRun
from dialogs.replies import bare
from dialogs.texts import Texts

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

MOST_BASE_CHARACTERS = 300
Look = Callable[[Tx], list["Shown"]]
Values = Callable[[Tx], dict[str, Any]]


SIZES = 5


@dataclass(frozen=True)
class Line:
    """An option with its votes in words, or words that somebody wrote."""

    id: str
    text: str
    share: int | None
    """Per cent, for a bar; None where there is none to see."""
    choice: str
    """What voting for it is called; empty where that can't be done here."""
    mine: bool
    size: int = 0
    """How large a word stands in its cloud, from 1 to SIZES; 0 for what stands in no cloud."""


@dataclass(frozen=True)
class Shown:
    """A question of a poll as one reader may see it."""

    key: str
    """Names it on the page: run and question."""
    run: int
    state: str
    title: str
    kind: str
    wording: str
    lines: tuple[Line, ...]
    below: str
    """How many have voted, and a scale's mean."""
    hidden: bool
    """Whether the votes are hidden from this reader as yet."""
    write: str
    """The choice by which one writes an answer; empty where there is nothing to write."""


def shown(texts: Texts, run: PollRun, *, everything: bool = False, reads: bool = False) -> list[Shown]:
    """The questions of a run; with `everything` also what is hidden from others, and nothing to vote by."""
    found = [each for question in run.definition.questions
             for each in _sources(texts, run, question, everything=everything)]  # fmt: skip
    return [_to_read(each) for each in found] if everything or reads else found


def _sources(texts: Texts, run: PollRun, question: PollQuestion, *, everything: bool) -> Iterable[Shown]:
    """A question with our votes; then with those of Telegram's own polls, as a source of its own."""
    ours = _question(texts, run, question, everything=everything)
    yield ours
    votes = run.native.get(question.id)
    if votes is None or ours.hidden:
        return
    lines = tuple(Line(bar.id, _told(texts, bar), bar.share, "", mine=False)
                  for bar in polling.native_bars(run, question, texts.language))  # fmt: skip
    below = f"{texts('poll.voters', count=votes.voters)} · {texts('poll.native_apart')}"
    yield Shown(
        f"{run.id}-{question.id}-telegram", run.id, run.state, run.definition.title[texts.language], "native",
        texts("poll.native_of", question=question.wording[texts.language]), lines, below, hidden=False, write="",
    )  # fmt: skip


def _told(texts: Texts, bar: polling.Bar) -> str:
    return bare(texts("poll.line", option=bar.label, count=bar.count, share=bar.share)).replace(" %", "\xa0%")


def _to_read(question: Shown) -> Shown:
    return replace(question, write="", lines=tuple(replace(line, choice="", mine=False) for line in question.lines))


def _question(texts: Texts, run: PollRun, question: PollQuestion, *, everything: bool) -> Shown:
    voted = question.id in run.mine
    seen = run.state != "draft" and (everything or polling.visible(run, run.definition, voted=voted))
    below = "" if run.state == "draft" else texts("poll.voters", count=run.voters(question.id))
    middle = polling.mean(run, question)
    if seen and middle is not None:
        below = f"{texts('poll.mean', mean=polling.decimal(middle, texts.language))} · {below}"
    writes = run.state == "open" and question.kind not in PICKED
    return Shown(
        f"{run.id}-{question.id}", run.id, run.state, run.definition.title[texts.language], question.kind,
        question.wording[texts.language], tuple(_lines(texts, run, question, seen=seen)), below, not seen,
        f"poll:{run.id}:{question.id}" if writes else "",
    )  # fmt: skip


def _lines(texts: Texts, run: PollRun, question: PollQuestion, *, seen: bool) -> Iterable[Line]:
    if question.kind == "text":
        words = run.released.get(question.id, ())[-polling.SHOWN_TEXTS :] if seen else ()
        return [Line(f"{number}", text, None, "", mine=False) for number, text in enumerate(words)]
    bars = polling.bars(run, question, texts.language)
    if question.kind == "cloud" and not (seen and bars):
        return [Line("", texts("poll.no_words"), None, "", mine=False)] if seen else []
    if question.kind == "cloud":
        return _cloud(texts, bars)
    picked, votes = run.mine.get(question.id, ()), run.state == "open" and question.kind in PICKED
    lines = []
    for bar in bars:
        text = _told(texts, bar) if seen else bar.label
        takes = f":{polling.OFF}" if question.kind == "several" and bar.id in picked else ""
        choice = f"vote:{run.id}:{question.id}:{bar.id}{takes}" if votes else ""
        lines.append(Line(bar.id, text, bar.share if seen else None, choice, mine=bar.id in picked))
    return lines


def _cloud(texts: Texts, words: Sequence[polling.Bar]) -> list[Line]:
    """Words with how many have written each, larger the more they are."""
    least, most = min(word.count for word in words), max(word.count for word in words)
    return [
        Line(word.id, bare(texts("poll.word", word=word.label, count=word.count)), None, "", mine=False,
             size=1 + round((SIZES - 1) * (word.count - least) / max(1, most - least)))
        for word in words
    ]  # fmt: skip


def mark(questions: Sequence[Shown]) -> str:
    """What tells whether the page must be built anew: which questions there are, and whether one can vote in them."""
    return " ".join(f"{each.key}:{each.state}:{'' if each.hidden else 'seen'}" for each in questions)


def live(questions: Sequence[Shown]) -> dict[str, Any]:
    """The same as JSON values, for the bars of a page that is open."""
    begun = [each for each in questions if each.state != "draft"]
    values = {
        each.key: {"below": each.below, "lines": [[it.id, it.text, it.share, it.size] for it in each.lines]}
        for each in begun
    }
    return {"mark": mark(questions), "questions": values}


async def frames(service: Service, topic: str, look: Values) -> AsyncIterator[str]:
    """How the votes lie, at most four times a second: the latest value wins."""
    before = None
    with service.live.listen([topic]) as news:
        while not service.live.closing:
            news.clear()
            now = await service.store.read(look)
            if now != before:
                before = now
                yield stream.frame("polls", now)
            if await stream.changed(news):
                await asyncio.sleep(stream.CALM_SECONDS)
            else:
                yield stream.BEAT


def current(service: Service, texts: Texts, webinar: str, person: str | None, *, reads: bool = False) -> Look:
    """Finds the questions of the polls that are open in a webinar, and below them those of the one that closed last.

    One who only `reads`, such as a projector, has nothing to vote by, and is shown the closed one while none is open.
    """

    def look(tx: Tx) -> list[Shown]:
        every = tx.polls(webinar, person)
        runs = polling.current(every)
        if not reads and runs and runs[0].state == "open":
            anew = {run.poll for run in runs}  # an earlier round would sway those who vote in the next
            runs = (*runs, *polling.last_closed(run for run in every if run.poll not in anew))
        return [each for run in runs for each in shown(texts, service.conversations.worded(tx, run), reads=reads)]

    return look


def routes(door: Door, pages: "Pages") -> Sequence[BaseRoute]:
    """The routes of the votes."""
    found = _PollPages(door, pages)
    return [
        Route("/w/{code}/omrostning", found.page, methods=["GET", "POST"]),
        Route("/w/{code}/omrostning/events", found.events),
        Route("/scen/{code}/omrostning", found.screen),
        Route("/scen/{code}/omrostning/events", found.screen_events),
    ]


@dataclass(frozen=True)
class _PollPages:
    door: Door
    pages: "Pages"

    @property
    def service(self) -> Service:
        return self.door.service

    def _webinar(self, request: Request) -> Webinar | None:
        return self.service.library.content.webinars.get(request.path_params["code"])

    def _texts(self, request: Request) -> Texts:
        return self.service.library.content.texts[self.door.language(request)]

    async def page(self, request: Request) -> Response:
        """The votes with a button for each option, as far as the reader may see them."""
        webinar = self._webinar(request)
        if webinar is None:
            return self.pages.error(request, self.door, 404, "web.no_webinar")
        if request.method == "POST":
            return await self._posted(request, webinar.code)
        texts, person = self._texts(request), await self.door.person(request)
        questions = await self.service.store.read(current(self.service, texts, webinar.code, person))
        values = {
            "webinar": webinar, "title": webinar.title[texts.language], "questions": questions,
            "mark": mark(questions), "key": str(uuid.uuid4()),
        }  # fmt: skip
        return self.pages.html("omrostning.html", texts.language, values)

    async def _posted(self, request: Request, code: str) -> Response:
        """A press, kept; then 303 back to the question, or to the chat where there is something to write."""
        if not same_origin(request):
            return self.pages.error(request, self.door, 403, "web.cross_site")
        fields = await form_fields(request)
        choice = chosen(fields.get("choice", ""))
        verb, *rest = choice.choice.split(":")
        try:
            language = self.door.asked_language(request)
            handled = await self.door.handle(request, fields.get("key", ""), choice, code, language)
        except Problem as problem:
            page = self.pages.html("error.html", self.door.language(request),
                                   {"status": problem.status, "message": problem.detail}, problem.status)  # fmt: skip
            page.headers.update(problem.headers)
            return page
        back = f"{request.scope['path']}#{'-'.join(rest[:2])}" if verb == "vote" else f"/w/{code}#senaste"
        return self.door.answer(RedirectResponse(back, status_code=303), handled, request)

    async def events(self, request: Request) -> Response:
        """The page's stream."""
        person = await self.door.person(request)
        return self._stream(request, person, reads=False)

    async def screen(self, request: Request) -> Response:
        """The votes for a projector, with the code to vote by."""
        webinar, texts = self._webinar(request), self._texts(request)
        if webinar is None:
            return self.pages.error(request, self.door, 404, "web.no_webinar")
        questions = await self.service.store.read(current(self.service, texts, webinar.code, None, reads=True))
        base = self.service.public_url or str(request.base_url)[:MOST_BASE_CHARACTERS].rstrip("/")
        address = f"{base}/w/{webinar.code}/omrostning"
        values = {
            "webinar": webinar, "title": webinar.title[texts.language], "questions": questions,
            "mark": mark(questions), "address": address, "open": any(each.state == "open" for each in questions),
            "qr_svg": segno.make(address, error="m").svg_inline(scale=8, border=2, omitsize=True),
        }  # fmt: skip
        return self.pages.html("scen-omrostning.html", texts.language, values)

    async def screen_events(self, request: Request) -> Response:
        """The projector's stream."""
        return self._stream(request, None, reads=True)

    def _stream(self, request: Request, person: str | None, *, reads: bool) -> Response:
        code = request.path_params["code"]
        look = current(self.service, self._texts(request), code, person, reads=reads)
        return stream.response(request, frames(self.service, poll_topic(code), lambda tx: live(look(tx))))
