"""Bringing an export from another program into the queue: once, all or nothing, and nobody's name with it."""

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.control import CommandFailed
from bot.imports.drafts import Draft
from bot.imports.zoom_polls import PollQuestion
from bot.roles import ELSEWHERE
from bot.service import Service
from bot.store.imports import PollRow
from bot.store.tx import Tx
from dialogs.definitions import Content
from dialogs.moderator import SPOKEN
from dialogs.queue import factor_of, kind_of, near
from knowledge.match import Matcher
from knowledge.query import Query

QUEUED = ("zoom-chat", "zoom-qa")
NEW, THERE, CHANGED, SMALL_TALK = "new", "there", "changed", "small talk"


@dataclass(frozen=True)
class Judged:
    """A draft as the matcher reads it."""

    draft: Draft
    language: str
    near: tuple[str, ...] = ()
    small_talk: bool = False
    kind: str = "question"
    factor: str | None = None
    answer: str = ""
    """What was answered there; that it was in the broadcast, where nothing was written down."""
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: new, there (already), changed (more votes, or answered since), or small talk."""

    line: int
    what: str
    code: str = ""


@dataclass
class Bringing:
    """One file on its way in, within one transaction. With `dry` it only looks."""

    tx: Tx
    kind: str
    webinar: str
    now: dt.datetime
    dry: bool = False
    seen: set[str] = field(default_factory=set)

    def bring(self, judged: Iterable[Judged]) -> list[Outcome]:
        """Each in its turn."""
        return [self._one(each) for each in judged]

    def _one(self, judged: Judged) -> Outcome:
        draft = judged.draft
        if judged.small_talk:
            return Outcome(draft.line, SMALL_TALK)
        mark = digest(self.kind, draft.at, draft.text)
        number = self.tx.imported(self.webinar, mark)
        if number is not None:
            changed = self._again(number, judged)
            return Outcome(draft.line, CHANGED if changed else THERE, f"F-{number}")
        if mark in self.seen:
            return Outcome(draft.line, THERE)
        self.seen.add(mark)
        return Outcome(draft.line, NEW, "" if self.dry else f"F-{self._new(judged, mark)}")

    def _new(self, judged: Judged, mark: str) -> int:
        draft = judged.draft
        number = self.tx.ask(None, None, draft.text, judged.language, self.webinar, judged.near, self.now,
                             origin=self.kind, votes=draft.votes, kind=judged.kind, factor=judged.factor)  # fmt: skip
        self.tx.note_import(self.webinar, mark, number, self.now)
        if judged.answer:
            self._answer(number, 1, judged)
        return number

    def _answer(self, number: int, version: int, judged: Judged) -> None:
        self.tx.decide(number, version, "answered", ELSEWHERE, self.now, text=judged.answer, reason=judged.reason)

    def _again(self, number: int, judged: Judged) -> bool:
        """What a later export knows more of a question. What a moderator has decided stands."""
        question, draft = self.tx.question(number), judged.draft
        if question is None:
            return False
        answered, voted = bool(judged.answer) and question.state == "new", draft.votes > question.votes_elsewhere
        if answered and not self.dry:
            self._answer(number, question.version, judged)
        if voted and not self.dry:
            self.tx.vote_elsewhere(number, draft.votes)
        return answered or voted


def digest(kind: str, at: str, text: str) -> str:
    """What makes two messages the same one: kind, time and words."""
    return hashlib.sha256("\0".join((kind, at, text)).encode("utf-8", "replace")).hexdigest()


def judge(content: Content, matcher: Matcher, language: str, source: str, drafts: Iterable[Draft]) -> list[Judged]:
    """How the matcher reads each draft. In a chat, greetings and the like are left out; in a Q&A all were asked."""
    chat, found = source == "zoom-chat", list[Judged]()
    for draft in drafts:
        match = matcher.match(Query(draft.text, language))
        kind = kind_of(content, draft.text, match) if chat else "question"
        small_talk = chat and match.decision == "reply"
        factor = factor_of(content, draft.text)
        its = match.language or language
        found.append(Judged(draft, its, near(match), small_talk, kind, factor, *_answered(content, its, draft)))
    return found


def _answered(content: Content, language: str, draft: Draft) -> tuple[str, str | None]:
    """(answer, reason) of what was answered there: what is written down goes before what was said."""
    aloud = draft.spoken and not draft.answer
    return (content.texts[language]("queue.in_broadcast"), SPOKEN) if aloud else (draft.answer, None)


def bring_polls(tx: Tx, webinar: str, polls: Collection[PollRow], now: dt.datetime, *, dry: bool) -> dict[str, str]:
    """What became of each poll: new, there, or changed. Those that are not there as they are get replaced whole."""
    before, after = _by_name(tx.polls_elsewhere(webinar)), _by_name(polls)
    became = {name: NEW if name not in before else THERE if before[name] == rows else CHANGED
              for name, rows in after.items()}  # fmt: skip
    if not dry:
        tx.replace_polls(webinar, [row for row in polls if became[row[0]] != THERE], now)
    return became


def _by_name(polls: Iterable[PollRow]) -> dict[str, list[PollRow]]:
    found: dict[str, list[PollRow]] = {}
    for row in polls:
        found.setdefault(row[0], []).append(row)
    return found


def poll_rows(polls: Iterable[PollQuestion]) -> list[PollRow]:
    """The polls of a report as they are kept. Answers to the same question of the same poll are added up."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in polls:
        for answer, count in each.answers:
            counts[each.poll, each.question, answer] += count
    return [(*key, count) for key, count in counts.items()]


async def job(service: Service, asked: Mapping[str, Any]) -> list[dict[str, Any]] | dict[str, str]:
    """The job behind `servicelotsen import`: everything in one file, in one transaction; with `dry_run` only a look."""
    webinar, kind, dry = asked["webinar"], asked["kind"], bool(asked.get("dry_run"))
    known = service.library.content.webinars
    if webinar not in known:
        raise CommandFailed(f"there is no webinar {webinar!r}; content has {', '.join(known) or 'none'}")
    carry: Callable[[Callable[[Tx], Any]], Any] = service.store.read if dry else service.store.write
    now = service.clock()
    if kind not in QUEUED:
        rows = [_poll_row(row) for row in asked["polls"]]
        became: dict[str, str] = await carry(lambda tx: bring_polls(tx, webinar, rows, now, dry=dry))
        return became
    drafts, library = [Draft(**each) for each in asked["drafts"]], service.library
    judged = await asyncio.to_thread(judge, library.content, library.matcher, service.settings.language, kind, drafts)
    outcomes: list[Outcome] = await carry(lambda tx: Bringing(tx, kind, webinar, now, dry).bring(judged))
    return [vars(each) for each in outcomes]


def _poll_row(row: Sequence[Any]) -> PollRow:
    poll, question, answer, count = row
    return poll, question, answer, count
