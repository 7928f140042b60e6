"""A file comes in once, whole or not at all, and nobody's name with it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot import importing, jobs
from bot.control import CommandFailed
from bot.exporting import EXPORTERS, Wanted, table
from bot.importing import Bringing, digest
from bot.imports import drafts, zoom_chat, zoom_qa
from bot.imports.drafts import Draft, is_question
from bot.store.tx import Tx
from dialogs.aftermath import outcome
from dialogs.clean import MOST_CHARACTERS
from tests.talk import shipped_content
from tests.web import WEBINAR, Web, running_web

CHAT = """10:00:00 From Zaida Qvist to Everyone : När lägger ni ut presentationen?
10:00:05 From Zaida Qvist to Everyone : Tack för en bra dag!
10:00:07 From Bo to Everyone : Hur mår du?
10:00:09 From Bo to Zaida Qvist(privately) : XQX hemligt?
10:00:30 From Bo to Everyone : Reacted to "När lägger ni ut pre..." with 👍
10:01:00 From Zaida Qvist to Everyone : Ring 0706-12 34 56 eller skriv zaida@example.org?
"""
QA = '#,Question,Asker Name,Asker Email,Answer(s)\n1,När slutar det?,Zaida Qvist,zaida@example.org,"Klockan tolv"\n'
QA += "2,Får man ställa om?,Zaida Qvist,zaida@example.org,\n"
LATER_ANSWER = "2,Får man ställa om?,Zaida Qvist,zaida@example.org,Ja\n"


@pytest.fixture
async def web(tmp_path: Path) -> Any:
    async with running_web(tmp_path) as found:
        yield found


async def bring(web: Web, kind: str, found: Sequence[Draft], *, dry: bool = False) -> list[str]:
    """What became of each draft."""
    asked = {"kind": kind, "webinar": WEBINAR, "dry_run": dry, "drafts": [vars(each) for each in found]}
    return [each["what"] for each in await jobs.JOBS["import"](web.service, asked)]


def chat(text: str = CHAT) -> Sequence[Draft]:
    return drafts.of_chat(zoom_chat.parse(text).messages)[0]


def qa(text: str = QA) -> Sequence[Draft]:
    return drafts.of_qa(zoom_qa.parse(text))


async def test_questions_come_in_as_new_without_names_addresses_or_private_words(web: Web) -> None:
    assert await bring(web, "zoom-chat", chat()) == ["new", "small talk", "new"]
    questions = await web.service.store.read(lambda tx: tx.queue("new", webinar=WEBINAR))
    assert [(each.text, each.votes_elsewhere, each.origin) for each in questions] == [
        ("När lägger ni ut presentationen?", 1, "zoom-chat"),
        ("Ring [telefonnummer] eller skriv [e-post]?", 0, "zoom-chat"),
    ]
    assert questions[0].candidates
    kept = repr(await web.rows())
    assert not [word for word in ("Zaida", "XQX", "0706", "example.org") if word in kept]


@pytest.mark.parametrize(("kind", "found"), [("zoom-chat", chat()), ("zoom-qa", qa())])
async def test_again_changes_nothing(web: Web, kind: str, found: Sequence[Draft]) -> None:
    await bring(web, kind, found)
    before = await web.rows()
    assert set(await bring(web, kind, found)) <= {"there", "small talk"}
    assert await web.rows() == before


@pytest.mark.parametrize("again", [False, True])
async def test_a_dry_run_tells_what_would_come_in_and_changes_nothing(web: Web, again: bool) -> None:
    if again:
        await bring(web, "zoom-chat", chat())
    before = await web.rows()
    told = await bring(web, "zoom-chat", (*chat(), *chat()), dry=True)
    assert await web.rows() == before
    first = "there" if again else "new"
    assert told == [first, "small talk", first, "there", "small talk", "there"]
    assert await bring(web, "zoom-chat", (*chat(), *chat())) == told


async def test_what_was_answered_in_zoom_comes_in_as_answered(web: Web) -> None:
    await bring(web, "zoom-qa", qa())
    one, two = [await web.service.store.read(lambda tx, n=number: tx.question(n)) for number in (1, 2)]  # type: ignore[misc]
    assert (one.state, one.by, one.answer, one.version) == ("answered", "zoom", "Klockan tolv", 2)
    assert (two.state, two.answer) == ("new", None)
    assert await web.service.store.read(Tx.count_questions) == {"answered": 1, "new": 1}


async def test_the_desk_shows_what_was_answered_in_zoom_and_by_whom_whoever_it_was(web: Web) -> None:
    await bring(web, "zoom-qa", qa())
    now = web.clock()
    await web.service.store.write(lambda tx: tx.decide(2, 1, "later", "nobody-we-know", now))
    moderator = await web.moderator()
    for number, by in ((1, web.says("page.by.zoom")), (2, "nobody-we-know")):
        page = await moderator.get(f"/moderator/fragor/{number}")
        assert page.status_code == 200
        assert f"</time> {by}: " in page.text
    wanted = Wanted(shipped_content(), "sv")
    lines = await web.service.store.read(lambda tx: table(EXPORTERS["ledger"], tx, wanted).rows)
    assert [row[4] for row in lines] == ["asker", "zoom", "asker", "asker"], "a role, never anybody's name"


async def test_what_was_answered_aloud_in_zoom_was_answered_in_the_broadcast(web: Web) -> None:
    first = qa(QA.replace("Klockan tolv", "live answered"))
    assert await bring(web, "zoom-qa", first) == ["new", "new"]
    later = qa(QA + LATER_ANSWER.replace("Ja", "Besvarad live"))
    assert await bring(web, "zoom-qa", later) == ["there", "changed"]
    found = await web.service.store.read(lambda tx: tx.questions_in(WEBINAR))
    assert [(each.state, each.reason, each.answer) for each in found] == [
        ("answered", "spoken", web.says("queue.in_broadcast"))
    ] * 2
    assert [outcome(each, {}) for each in found] == ["broadcast", "broadcast"]


async def test_a_later_report_answers_what_nobody_has_answered_and_no_more(web: Web) -> None:
    await bring(web, "zoom-qa", qa())
    later = qa(QA[: QA.index("2,")].replace("tolv", "ett") + LATER_ANSWER)
    assert await bring(web, "zoom-qa", later, dry=True) == ["there", "changed"]
    assert await bring(web, "zoom-qa", later) == ["there", "changed"]
    assert await bring(web, "zoom-qa", later) == ["there", "there"]
    answers = [each.answer for each in await web.service.store.read(lambda tx: tx.queue("answered", "declined"))]
    assert sorted(str(each) for each in answers) == ["Ja", "Klockan tolv"]


async def test_a_later_chat_log_has_more_votes(web: Web) -> None:
    await bring(web, "zoom-chat", chat())
    more = CHAT + '10:02:00 From Cia to Everyone : Reacted to "När lägger ni ut pre..." with 👍\n'
    assert (await bring(web, "zoom-chat", chat(more)))[0] == "changed"
    assert (await bring(web, "zoom-chat", chat()))[0] == "there"
    question = await web.service.store.read(lambda tx: tx.question(1))
    assert question
    assert question.votes_elsewhere == 2


async def test_a_crash_in_the_middle_leaves_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await web.rows("sqlite_sequence")
    noted = Tx.note_import

    def crash(self: Tx, *values: Any) -> None:
        noted(self, *values)
        if values[2] == 2:
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Tx, "note_import", crash)
    with pytest.raises(Exception, match="disk"):
        await bring(web, "zoom-chat", chat())
    assert await web.rows("sqlite_sequence") == before
    monkeypatch.undo()
    assert await bring(web, "zoom-chat", chat()) == ["new", "small talk", "new"]


async def test_two_at_once_bring_it_in_once(web: Web) -> None:
    told = await asyncio.gather(*(bring(web, "zoom-chat", chat()) for _ in range(4)))
    assert sorted(each[0] for each in told) == ["new", "there", "there", "there"]


async def test_polls_come_in_and_are_replaced_only_when_they_differ(web: Web) -> None:
    async def polls(*rows: Sequence[object], dry: bool = False) -> Any:
        asked = {"kind": "zoom-polls", "webinar": WEBINAR, "dry_run": dry, "polls": rows}
        return await importing.job(web.service, asked)

    rows = (("1", "Buss?", "Ja", 3), ("1", "Buss?", "Nej", 1))
    assert await polls(*rows, dry=True) == {"1": "new"}
    assert await polls(*rows) == {"1": "new"}
    before = await web.rows()
    web.clock.forward(days=1)
    assert await polls(*rows) == {"1": "there"}
    assert await polls(rows[0], dry=True) == {"1": "changed"}
    assert await web.rows() == before
    assert await polls(rows[0], ("2", "Mack?", "Ja", 1)) == {"1": "changed", "2": "new"}
    assert len((await web.rows())["imported_poll"]) == 2


async def test_an_unknown_webinar_is_refused(web: Web) -> None:
    with pytest.raises(CommandFailed, match=r"'landet'.*landet-lar-47"):
        await importing.job(web.service, {"kind": "zoom-chat", "webinar": "landet", "drafts": []})


async def test_the_desk_shows_where_a_question_came_from_and_can_answer_it(web: Web) -> None:
    await bring(web, "zoom-chat", chat())
    moderator = await web.moderator()
    page = (await moderator.get("/moderator")).text
    assert web.says("page.origin.zoom-chat") in page
    assert web.says("page.votes_one") in page
    assert web.says("page.unreachable") not in page
    form = {"csrf": await moderator.csrf(), "version": "1", "answer": "I morgon."}
    assert (await moderator.submit("/moderator/fragor/1", **form)).status_code == 303
    question = await web.service.store.read(lambda tx: tx.question(1))
    assert question
    assert (question.state, question.answer) == ("answered", "I morgon.")
    assert await jobs.erase(web.service, {"person": "F-1"}) is None


def test_the_digest_tells_kind_time_and_words_apart() -> None:
    every = {digest(kind, at, text) for kind in ("a", "ab") for at in ("", "b") for text in ("c", "bc", "\ud800")}
    assert len(every) == 12


async def test_what_comes_from_a_chat_is_sorted_as_what_is_asked_here(web: Web) -> None:
    lines = ("10:00:00 From A to Everyone : Varför hör inget?", "10:00:01 From A to Everyone : Vad kostar det?")
    await bring(web, "zoom-chat", chat("\n".join(lines)))
    found = await web.service.store.read(lambda tx: tx.questions_in(WEBINAR))
    assert [(each.kind, each.factor) for each in found] == [("trouble", None), ("question", "plan")]


async def test_bringing_looks_only_when_it_is_dry(web: Web) -> None:
    judged = importing.judge(shipped_content(), web.service.library.matcher, "sv", "zoom-chat", chat())
    found = await web.service.store.read(
        lambda tx: Bringing(tx, "zoom-chat", WEBINAR, web.clock(), dry=True).bring(judged)
    )
    assert {each.code for each in found} == {""}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("När slutar det?", True), ("hur gör man", True), ("Bra dag", False), ("Se https://x.se/?a=b", False),
        ("?", False), ("👍?", False), ("What about buses", True), ("Wann endet es?", True),
        ("متى ينتهي؟", True), ("什么时候结束？", True),
        ("Se www.x.se/?a=b, eller finns den här?", True), ("", False),
    ],
)  # fmt: skip
def test_what_is_put_as_a_question(text: str, asks: bool) -> None:
    assert is_question(text) is asks


def test_words_are_cleaned_and_never_too_long() -> None:
    (draft,) = drafts.of_chat([zoom_chat.ChatMessage("1", "A", "=CMD\u202e\x07?" + "å" * 9000, 1)])[0]
    assert draft.text.startswith("=CMD?å")
    assert len(draft.text) == MOST_CHARACTERS
