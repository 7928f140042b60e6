"""A run's statements as one document, and the answers that a device recorded without coverage."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.api import Door, Problem, json_object
from bot.channels.web.render import render
from bot.conversations import Given
from bot.store.tx import Tx
from dialogs import checklist as rules
from dialogs.clean import clean
from dialogs.definitions import Checklist, Statement
from dialogs.events import Gathered
from dialogs.records import Run
from dialogs.walk import MOST_NOTE_CHARACTERS

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages

MOST_ANSWERS = 200
"""In one batch: more than the longest checklist has statements and reflections."""
MOST_KEY_CHARACTERS = 64
KEPT: Mapping[str, tuple[str, str]] = {
    "/sw.js": ("sw.js.jinja", "text/javascript"),
    "/app.webmanifest": ("app.webmanifest.jinja", "application/manifest+json"),
}
"""Path → template and what kind of file it is."""


@dataclass(frozen=True)
class Walked:
    """A person's run with the edition that it walks."""

    person: str
    run: Run
    definition: Checklist


def routes(door: Door, pages: "Pages") -> Sequence[BaseRoute]:
    """The routes of the list: its page, what keeps that page on a phone, and its API."""

    async def page(request: Request) -> Response:
        """In the language of the conversation, which the list itself is in."""
        person, language = await door.person(request), door.language(request)
        if person and not door.asked_language(request):
            language = await door.service.store.read(lambda tx: tx.language(person))
        return pages.html("checklista.html", language, {})

    async def kept(request: Request) -> Response:
        """The service worker and the manifest: from the root, since they are for the whole site."""
        return pages.kept(*KEPT[request.scope["path"]])

    async def whole(request: Request) -> Response:
        try:
            found = await _walked(request, door)
        except Problem as problem:
            return problem.response()
        language = await _language(door, found)
        return JSONResponse(_document(found, language, door.service.library.content.texts[language]("walk.lights")))

    async def answers(request: Request) -> Response:
        try:
            found = await _walked(request, door)
            asked = await json_object(request)
            given, refused = _given(asked, found, door.service.clock())
            key = request.headers.get("idempotency-key", "")
            handled = await door.handle(
                request, key, Gathered(found.run.id, len(given)), None, None, given=tuple(given)
            )
            after = await _walked(request, door)
        except Problem as problem:
            return problem.response()
        taken = {"taken": [each.key for each in given], "refused": refused}
        body = {**taken, "finished": after.run.finished is not None, "answers": _answers(after.run)}
        rendered = [render(each) for each in handled.messages]
        return door.answer(JSONResponse({**body, "messages": rendered}), handled, request)

    return [
        Route("/checklista", page),
        *(Route(path, kept) for path in KEPT),
        Route("/api/v1/checklists/{run}", whole),
        Route("/api/v1/checklists/{run}/answers", answers, methods=["POST"]),
    ]


async def _walked(request: Request, door: Door) -> Walked:
    """The run, to whoever carries its person's cookie. Problem 404 to everybody else."""
    person, identity = await door.person(request), request.path_params["run"]
    library = door.service.library

    def look(tx: Tx) -> tuple[Run, Checklist] | None:
        run = tx.run(person, identity) if person else None
        return (run, library.checklist(run, tx.edition)) if run else None

    found = await door.service.store.read(look)
    if found is None or person is None:
        raise Problem(404, library.content.texts[door.language(request)]("page.list_foreign"))
    return Walked(person, *found)


async def _language(door: Door, found: Walked) -> str:
    return await door.service.store.read(lambda tx: tx.language(found.person))


def _document(found: Walked, language: str, lights: str) -> dict[str, Any]:
    """Everything that is needed to answer without coverage, in the words of the run's edition."""
    run, definition = found.run, found.definition
    parts = {factor.id: factor.label[language] for factor in definition.factors}

    def shown(statement: Statement) -> dict[str, Any]:
        return {
            "id": statement.id,
            "part": parts.get(statement.factor or "", lights),
            "text": statement.worded(run.purpose)[language],
            "why": statement.why[language],
        }

    return {
        "run": run.id,
        "edition": run.edition,
        "language": language,
        "title": definition.title[language],
        "finished": run.finished is not None,
        "choices": [{"id": answer.id, "label": answer.label[language]} for answer in definition.answers],
        "statements": [shown(statement) for statement in rules.statements(definition, run)],
        "reflections": [
            {"id": each.id, "part": each.label[language], "text": each.question[language]}
            for each in rules.reflections(definition, run)
        ],
        "answers": _answers(run),
    }


def _answers(run: Run) -> dict[str, dict[str, str | None]]:
    """What counts now, by statement or reflection."""
    return {
        each: {"answer": run.answers.get(each), "note": run.notes.get(each)} for each in {**run.answers, **run.notes}
    }


def _given(asked: dict[str, Any], found: Walked, now: dt.datetime) -> tuple[list[Given], list[dict[str, str]]]:
    """What can be taken of a batch, and what can't with why. Problem 400 when it is no batch at all."""
    items = asked.get("answers")
    if not isinstance(items, list) or len(items) > MOST_ANSWERS:
        raise Problem(400, f"Skicka answers som en lista med högst {MOST_ANSWERS} svar.")
    sent = _moment(asked.get("sent"))
    ahead = now - sent if sent else dt.timedelta()
    taken: list[Given] = []
    refused: list[dict[str, str]] = []
    for item in items:
        try:
            taken.append(_one(item, found, ahead))
        except ValueError as error:
            refused.append({"key": _named(item), "detail": str(error)})
    return taken, refused


def _named(item: Any) -> str:
    """What a refused answer calls itself, if it is anything that can be said."""
    key = item.get("key") if isinstance(item, dict) else None
    return key[:MOST_KEY_CHARACTERS].encode(errors="replace").decode() if isinstance(key, str) else ""


def _one(item: Any, found: Walked, ahead: dt.timedelta) -> Given:
    """An answer as sent. ValueError says what is wrong with it."""
    if not isinstance(item, dict):
        raise ValueError("Varje svar ska vara ett objekt.")  # noqa: TRY004 - all that is wrong is told alike
    statement, answer, note, key = (item.get(name) for name in ("statement", "answer", "note", "key"))
    at = _moment(item.get("at"))
    known, open_ = found.definition.statement_by_id, found.definition.reflection_by_id
    if not isinstance(statement, str) or (statement not in known and statement not in open_):
        raise ValueError("Det påståendet finns inte i den här checklistan.")
    answers = found.definition.answer_by_id if statement in known else {}
    if answer is not None and (not isinstance(answer, str) or answer not in answers):
        raise ValueError("Det svaret finns inte.")
    if not (note is None or isinstance(note, str)) or (answer is None and note is None):
        raise ValueError("Skicka answer, note eller båda, som text.")
    if not isinstance(key, str) or not 0 < len(key) <= MOST_KEY_CHARACTERS or not key.isascii():
        raise ValueError("Skicka key: högst 64 tecken, en egen för varje svar.")
    if at is None:
        raise ValueError("Skicka at som en tidpunkt, till exempel 2026-11-28T12:00:00Z.")
    kept = clean(note).text[:MOST_NOTE_CHARACTERS] if note is not None else None
    with suppress(OverflowError):
        at += ahead
    return Given(statement, answer, kept, at, key)


def _moment(text: Any) -> dt.datetime | None:
    """A moment in UTC; None for anything else."""
    try:
        found = dt.datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(dt.UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
