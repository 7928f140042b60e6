"""Brevlådan: what its receipt promises is the owner's own promise, and the desk says when it is not kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import jobs
from tests.web import WEBINAR, Web, read, running_web

DAYS = 5


@pytest.fixture(params=["sv", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def promising(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path, letterbox_days=DAYS) as web:
        yield web


async def receipt(web: Web, language: str = "sv", **more: str) -> str:
    """What somebody is told who sends a question on."""
    anna = web.person()
    await anna.say({"sv": "hej", "en": "hello"}[language], lang=language, **more)
    await anna.ask_moderator()
    return str((await anna.history())[-1]["text"])


async def test_without_the_setting_nothing_is_promised(web: Web, language: str) -> None:
    assert str(DAYS) not in (told := await receipt(web, language))
    assert {"sv": "inte lova när", "en": "can't promise when"}[language] in told
    web.clock.forward(days=80)
    page = read((await (await web.moderator()).get("/moderator")).text)
    assert web.says("page.overdue") not in page.text


async def test_the_receipt_says_by_when(promising: Web, language: str) -> None:
    told = await receipt(promising, language)
    assert {"sv": f"inom {DAYS} dygn", "en": f"within {DAYS} days"}[language] in told


async def test_in_a_webinar_nothing_is_promised(promising: Web) -> None:
    await jobs.webinar(promising.service, {"code": WEBINAR, "phase": "open"})
    assert "dygn" not in await receipt(promising, webinar=WEBINAR)


async def test_one_day_is_said_in_words(promising: Web, language: str) -> None:
    promising.service.conversations.facts = {**promising.service.conversations.facts, "letterbox_days": "1"}
    told = await receipt(promising, language)
    assert {"sv": "inom ett dygn", "en": "within a day"}[language] in told


async def test_the_desk_marks_and_counts_what_has_waited_too_long(promising: Web) -> None:
    web, moderator = promising, await promising.moderator()
    for _ in range(2):
        await receipt(web)
    web.clock.forward(days=DAYS)
    moderator = await web.moderator()
    assert web.says("page.overdue") not in (await moderator.get("/moderator")).text
    web.clock.forward(seconds=1)
    await receipt(web)
    page = read((await moderator.get("/moderator")).text).text
    assert web.says("page.overdue_many", count=2) in page
    assert page.count(web.says("page.overdue")) == 2
    await moderator.decide(1, answer="Ja.")
    page = read((await moderator.get("/moderator")).text).text
    assert web.says("page.overdue_one") in page
    assert page.count(web.says("page.overdue")) == 1


async def test_a_webinars_questions_are_never_overdue(promising: Web) -> None:
    now = promising.clock()
    await promising.service.store.write(lambda tx: tx.ask(None, 0, "Sedan?", "sv", WEBINAR, (), now))
    promising.clock.forward(days=DAYS + 1)
    page = (await (await promising.moderator()).get("/moderator")).text
    assert promising.says("page.overdue") not in page
