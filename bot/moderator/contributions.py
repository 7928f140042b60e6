"""What may become knowledge, for curators and those at the desk to edit, approve and take out as files."""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.protection import form_fields
from bot.conversations import SWEDEN
from bot.kb_propose import gathered, place, propose, review_by, unknown
from bot.library import files
from bot.moderator.desk import Desk, later
from bot.moderator.signing_in import SignedIn
from bot.ports import StoreUnavailable
from bot.roles import CURATING_ROLES, DESK_ROLES, HOMES
from bot.store.tx import GuardFailed, Tx
from dialogs.clean import visible
from dialogs.contributions import ACTS, Contribution, Words, contributions, decided, each_once, standing
from dialogs.moderator import MOST_ANSWER_CHARACTERS
from dialogs.records import Question
from dialogs.replies import html
from knowledge.load import MOST_VARIANT_CHARACTERS

PATH = "/moderator/forslag"
KEY = re.compile(r"([FL])-([0-9]{1,9})-(?:sv|en)")
OVERTAKEN = 409
MOST_SHOWN, MOST_WORDINGS = 50, 50
"""Contributions of each part on the page, and ways of asking that may be written for one."""

Parts = dict[str, list[Contribution]]


@dataclass(frozen=True)
class Contributions:
    """The curator's inbox."""

    desk: Desk

    def routes(self) -> Sequence[BaseRoute]:
        """Looking, deciding, and the files of what is approved."""
        show, act, take = (
            self.desk.guarded(each, CURATING_ROLES, "web.not_your_inbox") for each in (self.show, self.act, self.take)
        )
        return [Route(PATH, show), Route(PATH, act, methods=["POST"]), Route(f"{PATH}/filer", take)]

    async def show(self, _: Request, who: SignedIn) -> Response:
        """What waits, what is approved and what is not to be taken."""
        return await self._page(who)

    async def _page(
        self, who: SignedIn, status: int = 200, error: str | None = None, form: Mapping[str, str] | None = None
    ) -> Response:
        only, known = who.session.webinar, self.desk.service.library.content.knowledge
        found = await self.desk.service.store.read(lambda tx: gathered(tx, only))
        parts = await asyncio.to_thread(_parts, (left for each in found.values() if (left := unknown(each, known))))
        keys = [each.key for part in ("new", "ways") for each in parts[part][:MOST_SHOWN]]
        # somebody else's words stand in their own place: who was overtaken is to read them before she saves hers
        in_place = form is not None and status != OVERTAKEN and form.get("key") in keys
        written = form if form and in_place else {}
        values = {
            "csrf": who.csrf(self.desk.service.secret),
            "home": HOMES[who.session.role],
            "at_desk": who.session.role in DESK_ROLES,
            "parts": {name: [self._shown(each, written) for each in part[:MOST_SHOWN]] for name, part in parts.items()},
            "left": sum(len(part[MOST_SHOWN:]) for part in parts.values()),
            "error": error,
            "left_over": _typed(form) if form and not in_place else "",
            "most": MOST_ANSWER_CHARACTERS,
        }
        return self.desk.html("contributions.html", values, status)

    def _shown(self, found: Contribution, written: Mapping[str, str]) -> dict[str, Any]:
        """A contribution as the page shows it, with what has just been written instead where that was refused."""
        content, language = self.desk.service.library.content, self.desk.language
        typed = written if written.get("key") == found.key else {}
        entry = content.knowledge.entries.get(found.entry)
        webinar = content.webinars.get(found.webinar or "")
        return {
            "it": found,
            "title": entry.wording(found.language).title if entry else found.wordings[0],
            "webinar": webinar.title[language] if webinar else found.webinar,
            "wordings": visible(typed["wordings"]) if "wordings" in typed else "\n".join(found.wordings),
            "answer": visible(typed["answer"]) if "answer" in typed else found.answer,
            "words": html(found.answer),
            "review_by": review_by(found),
            "decided": found.decided.astimezone(SWEDEN).strftime("%Y-%m-%d %H:%M") if found.decided else "",
        }

    async def act(self, request: Request, who: SignedIn) -> Response:
        """Do something to a contribution, on the version and the words that were seen."""
        form = await form_fields(request)
        named, act = KEY.fullmatch(form.get("key", "")), form.get("act", "")
        if named is None or act not in ACTS:
            return await self._page(who, 422, self.desk.text("web.bad_form"), form)
        try:
            refused = await self.desk.service.store.write(lambda tx: self._done(tx, who, act, form))
        except GuardFailed:
            return await self._page(who, OVERTAKEN, self.desk.text("web.contribution_overtaken"), form)
        except StoreUnavailable:
            return later(await self._page(who, 503, self.desk.text("web.cannot_store"), form), 5)
        if refused:
            return await self._page(who, 422, refused, form)
        return RedirectResponse(f"{PATH}#{named[0]}", status_code=303)

    def _done(self, tx: Tx, who: SignedIn, act: str, form: Mapping[str, str]) -> str:
        """Decide and keep it, or say why not: all within one transaction, so that nobody decides what has changed."""
        fresh, found = self._found(tx, form["key"])
        if found is None or who.session.webinar not in (None, found.webinar):
            raise GuardFailed
        if form.get("version") != str(found.version):
            raise GuardFailed
        words = _words(form, found) if act in ("save", "approve") else found.words
        if act == "save" and (wrong := self._wrong(words, found)):
            return wrong
        done = decided(found, fresh, act, words, who.session.role, self.desk.service.clock())
        if isinstance(done, str):
            return self.desk.text(done, who=self.desk.text(f"page.by.{found.by}") if found.by else "")
        tx.keep_contribution(done)
        return ""

    def _found(self, tx: Tx, key: str) -> tuple[Contribution | None, Contribution | None]:
        """A contribution as it is read anew, and as it stands without what the content has."""
        kind, number = key.split("-")[:2]
        asked, tied = (_asked(tx, int(number)), ()) if kind == "F" else ((), tx.tied())
        fresh = contributions(asked, tied, SWEDEN)
        found = standing(fresh, tx.contributions()).get(key)
        return fresh.get(key), found and unknown(found, self.desk.service.library.content.knowledge)

    def _wrong(self, words: Words, found: Contribution) -> str:
        """What is wrong with words that were written."""
        if not words.wordings:
            return self.desk.text("web.no_wordings")
        if len(words.wordings) > MOST_WORDINGS:
            return self.desk.text("web.too_many_lines", most=MOST_WORDINGS)
        if any(len(each) > MOST_VARIANT_CHARACTERS for each in words.wordings):
            return self.desk.text("web.too_long", most=MOST_VARIANT_CHARACTERS)
        if found.answer and not words.answer:
            return self.desk.text("web.no_answer")
        long = len(words.answer) > MOST_ANSWER_CHARACTERS
        return self.desk.text("web.answer_too_long", most=MOST_ANSWER_CHARACTERS) if long else ""

    async def take(self, _: Request, who: SignedIn) -> Response:
        """What is approved, as the files that `kb propose --approved` writes."""
        only, service = who.session.webinar, self.desk.service
        found = await service.store.read(lambda tx: gathered(tx, only))
        approved = [each for each in found.values() if each.state == "approved"]
        made = await asyncio.to_thread(self._zipped, approved)
        named = {"Content-Disposition": 'attachment; filename="forslag.zip"'}
        return Response(made, media_type="application/zip", headers=named)

    def _zipped(self, approved: Sequence[Contribution]) -> bytes:
        library, made = self.desk.service.library, io.BytesIO()
        proposal = propose(
            approved, place(library.content, dict(files(library.where.knowledge)), self.desk.service.public_url)
        )
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            for path, text in proposal.files.items():
                packed.writestr(path, text)
        return made.getvalue()


def _asked(tx: Tx, number: int) -> list[Question]:
    """A question with those that go along with it, and the one that it goes along with."""
    numbers = [number, *tx.members(number)]
    found = [each for one in numbers if (each := tx.question(one))]
    lead = tx.question(found[0].lead) if found and found[0].lead else None
    return [*found, lead] if lead else found


def _parts(found: Iterable[Contribution]) -> Parts:
    """The contributions by what there is to do: new entries, ways of asking by entry, and what is decided."""
    parts: Parts = {"new": [], "ways": [], "approved": [], "dismissed": []}
    for each in found:
        parts[each.state if each.state in parts else "ways" if each.entry else "new"].append(each)
    parts["ways"].sort(key=lambda each: (each.entry, each.language))
    return parts


def _words(form: Mapping[str, str], found: Contribution) -> Words:
    """What was written."""
    wordings = each_once(visible(form.get("wordings", "")).split("\n"))
    return Words(wordings, visible(form.get("answer", "")) if found.answer else "")


def _typed(form: Mapping[str, str]) -> str:
    """What was written where there is no place for it any more."""
    return "\n".join(text for name in ("wordings", "answer") if (text := visible(form.get(name, ""))))
