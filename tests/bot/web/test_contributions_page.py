"""Two people make knowledge of an answer: one writes it, another approves it, and it comes out as content files."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import httpx
import pytest

from bot import cli, jobs
from bot.kb_propose import SOURCES, WAYS
from bot.library import SHIPPED
from bot.moderator import contributions
from bot.roles import CURATING_ROLES, ELSEWHERE
from bot.store.tx import Tx
from dialogs.moderator import MOST_ANSWER_CHARACTERS
from knowledge.load import MOST_VARIANT_CHARACTERS
from tests.web import WEBINAR, Moderator, Person, Web, choices, read

PAGE = "/moderator/forslag"
BREAD, ANSWER = "Vad kostar ett bageri i vår by?", "Det beror på lokalen. Börja med att fråga ett bageri som ni känner."
ENTRY = "sv/vad-kostar-ett-bageri-i-var-f1.md"


@pytest.fixture
async def moderator(web: Web) -> Moderator:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    return await web.moderator()


@pytest.fixture
async def anna(web: Web, moderator: Moderator) -> Person:
    """Somebody who has asked question 1 with her name, and been answered in the moderator's own words."""
    anna = web.person()
    offered = await anna.say(BREAD, webinar=WEBINAR)
    await anna.choose(next(c["id"] for m in offered for c in m["choices"] if c["id"].startswith("sign:")))
    await anna.say("Berit i Ramsele")
    assert (await moderator.decide(1, answer=ANSWER)).status_code == 303
    return anna


async def signed_in(web: Web, role: str = "curator", webinar: str | None = None) -> Moderator:
    somebody = Moderator(web)
    entered = await somebody.sign_in(await web.invited(role, webinar))
    assert role != "curator" or entered.headers["location"] == PAGE
    return somebody


async def page_of(somebody: Moderator) -> str:
    response = await somebody.get(PAGE)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    return response.text


def form(page: str, key: str) -> dict[str, str]:
    """What the form of a contribution says as it stands."""
    card = page.partition(f'id="{key}"')[2].partition("</form>")[0]
    areas = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', card, re.DOTALL)
    return {**read(card).hidden, **{name: read(text).text for name, text in areas}}


async def do(somebody: Moderator, act: str, of: str = "F-1-sv", **changed: str) -> httpx.Response:
    """Press a button of a contribution, as its form stands or with something changed."""
    return await somebody.submit(PAGE, **{**form(await page_of(somebody), of), "act": act, **changed})


def on_page(response: httpx.Response) -> str:
    return read(response.text).text


async def files(somebody: Moderator) -> dict[str, str]:
    """What is in the file to download."""
    response = await somebody.get(f"{PAGE}/filer")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


async def test_one_answers_another_approves_and_the_files_pass_the_check(
    web: Web, anna: Person, moderator: Moderator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {"href": PAGE, "class": "button"} in read((await moderator.get("/moderator")).text).all("a")
    refused = await do(moderator, "approve")
    assert refused.status_code == 422
    assert web.says("web.contribution_own", who=web.says("page.by.moderator")) in on_page(refused)
    curator = await signed_in(web)
    page = await page_of(curator)
    for told in (BREAD, ANSWER, "F-1", "2026-11-23", "2027-11-23", web.says("page.by.moderator")):
        assert told in page
    assert "Ramsele" not in page
    assert not await files(curator)
    assert (await do(curator, "approve")).status_code == 303
    assert web.says("page.contribution_decided", at="2026-11-23 12:00") in on_page(await curator.get(PAGE))
    packed = await files(curator)
    assert set(packed) == {ENTRY, SOURCES}
    settings = web.service.settings
    asked = ["kb", "propose", "--approved", "--webinar", WEBINAR, "--out", str(tmp_path / "ut")]
    assert cli.main(asked, {"SERVICELOTSEN_DATABASE_URL": settings.database_url}) == 0
    assert (tmp_path / "ut" / ENTRY).read_text(encoding="utf-8") == packed[ENTRY]
    shutil.copytree(SHIPPED.knowledge, tmp_path / "kb")
    shutil.copytree(tmp_path / "ut", tmp_path / "kb", dirs_exist_ok=True)
    capsys.readouterr()
    assert cli.main(["check", "--kb", str(tmp_path / "kb")], {}) == 0, capsys.readouterr()


async def test_an_edit_is_approved_by_another_than_who_made_it(web: Web, anna: Person, moderator: Moderator) -> None:
    curator = await signed_in(web)
    changed = {"wordings": "Vad kostar det?\r\n\r\n vad kostar  det \r\nEller?", "answer": "Tusen\r\nkronor."}
    early = await do(curator, "approve", **changed)
    assert early.status_code == 422
    assert web.says("web.contribution_changed") in on_page(early)
    assert form(early.text, "F-1-sv")["answer"] == "Tusen\nkronor.", "what was written is still there"
    assert (await do(curator, "save", **changed)).status_code == 303
    assert (await do(curator, "approve")).status_code == 422
    there = form(await page_of(moderator), "F-1-sv")
    assert (there["wordings"], there["answer"]) == ("Vad kostar det?\nEller?", "Tusen\nkronor.")
    assert (await do(moderator, "approve")).status_code == 303
    (text,) = [text for path, text in (await files(moderator)).items() if path != SOURCES]
    assert 'title: "Vad kostar det?"' in text
    assert "Tusen\nkronor." in text


async def test_nobody_overwrites_what_she_has_not_seen(web: Web, anna: Person) -> None:
    curator, host = await signed_in(web), await signed_in(web, "host")
    seen = form(await page_of(host), "F-1-sv")
    assert (await do(curator, "save", answer="Ett annat svar.")).status_code == 303
    for act in ("save", "approve", "dismiss"):
        late = await host.submit(PAGE, **{**seen, "act": act, "answer": "Mitt svar."})
        assert late.status_code == 409
        assert web.says("web.contribution_overtaken") in on_page(late)
        there = form(late.text, "F-1-sv")
        assert (there["version"], there["answer"]) == ("1", "Ett annat svar."), "what it says now is to be read"
        assert "Mitt svar." in on_page(late), "and hers to be copied"
    assert form(await page_of(host), "F-1-sv")["answer"] == "Ett annat svar."
    assert (await do(curator, "dismiss")).status_code == 303
    late = await host.submit(PAGE, **{**seen, "act": "save", "answer": "Mitt svar."})
    assert "Mitt svar." in on_page(late), "to copy, when there is no place for it any more"


async def test_what_is_left_out_can_be_taken_up_again(web: Web, anna: Person, moderator: Moderator) -> None:
    assert (await do(moderator, "dismiss")).status_code == 303
    assert not await files(moderator)
    assert web.says("page.contributions_none") in on_page(await moderator.get(PAGE))
    assert (await do(moderator, "again")).status_code == 303
    curator = await signed_in(web)
    assert (await do(curator, "approve")).status_code == 303
    assert (await do(curator, "again")).status_code == 303
    assert not await files(curator)
    assert form(await page_of(curator), "F-1-sv")["version"] == "4"


async def test_what_people_pick_and_what_moderators_answer_with_an_entry_are_new_ways_of_asking(web: Web) -> None:
    moderator = await web.moderator()
    await web.person().ask_moderator("Vem betalar färjan till ön?")
    assert (await moderator.decide(1, act="entry", entry="driftstod")).status_code == 303
    now = web.clock()
    await web.service.store.write(lambda tx: tx.label("Vem står för färjan?", "sv", "driftstod", "suggestion", now))
    await web.service.store.write(lambda tx: tx.label("Borta?", "sv", "borttaget", "suggestion", now))
    assert (await do(moderator, "approve")).status_code == 422, "she answered with it herself"
    curator = await signed_in(web)
    assert "Borta?" not in await page_of(curator), "there is no such entry"
    assert (await do(curator, "approve")).status_code == 303
    assert (await do(moderator, "approve", "L-2-sv")).status_code == 303, "somebody in the chat picked it"
    found = await files(curator)
    assert "Vem betalar färjan till ön?" in found[f"{WAYS}/sv/driftstod-brevladan.txt"]
    assert "Vem står för färjan?" in found[f"{WAYS}/sv/driftstod-chatten.txt"]


async def test_an_answer_from_zoom_is_nobodys_here_and_its_question_can_be_opened(web: Web) -> None:
    moderator, now = await web.moderator(), web.clock()

    def come_in(tx: Tx) -> None:
        tx.ask(None, None, BREAD, "sv", WEBINAR, (), now, origin="zoom-qa")
        tx.decide(1, 1, "answered", ELSEWHERE, now, text=ANSWER)

    await web.service.store.write(come_in)
    assert web.says("page.by.zoom") in on_page(await moderator.get("/moderator/fragor/1"))
    assert web.says("page.by.zoom") in await page_of(moderator)
    assert (await do(moderator, "approve")).status_code == 303


async def test_what_somebody_picks_in_the_chat_waits_until_she_asks_to_be_forgotten(web: Web) -> None:
    words, curator, anna = "Bidrag till macken", await signed_in(web), web.person()
    await anna.choose(next(each for each in choices(await anna.say(words)) if each.startswith("entry:")))
    assert words in await page_of(curator)
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert words not in await page_of(curator)


async def test_who_is_forgotten_takes_her_words_along_until_they_are_approved(web: Web, anna: Person) -> None:
    curator = await signed_in(web)
    await do(curator, "save", wordings="Vad kostar ett bageri i Annas by?")
    assert "Annas by" in await page_of(curator)
    await jobs.erase(web.service, {"person": "F-1"})
    assert "Annas by" not in await page_of(curator)
    assert BREAD not in await page_of(curator)
    assert (await web.rows())["contribution"] == []


async def test_what_was_approved_before_is_nobodys_and_stays(web: Web, anna: Person) -> None:
    curator = await signed_in(web)
    await do(curator, "approve")
    await jobs.erase(web.service, {"person": "F-1"})
    assert ENTRY in await files(curator)
    gone = await do(curator, "again")
    assert (gone.status_code, web.says("web.contribution_gone") in on_page(gone)) == (422, True)


async def test_one_whose_link_is_for_a_webinar_sees_and_decides_only_what_came_in_it(web: Web) -> None:
    await web.person().ask_moderator(BREAD)
    await (await web.moderator()).decide(1, answer=ANSWER)
    curator, somebody = await signed_in(web), await signed_in(web, "curator", WEBINAR)
    page = await page_of(somebody)
    assert BREAD not in page
    letterbox = {**form(await page_of(curator), "F-1-sv"), "csrf": read(page).hidden["csrf"]}
    assert (await somebody.submit(PAGE, **letterbox, act="dismiss")).status_code == 409
    assert (await do(curator, "approve")).status_code == 303
    assert not await files(somebody)
    found = await files(curator)
    assert "brevladan:\n" in found[SOURCES]
    assert "brevladan:F-1" in found[ENTRY]


@pytest.mark.parametrize(
    ("changed", "status", "key"),
    [
        ({"wordings": " \u200b \r\n"}, 422, "web.no_wordings"),
        ({"wordings": "\n".join(map(str, range(99)))}, 422, "web.too_many_lines"),
        ({"wordings": "å" * (MOST_VARIANT_CHARACTERS + 1)}, 422, "web.too_long"),
        ({"answer": " "}, 422, "web.no_answer"),
        ({"answer": "å" * (MOST_ANSWER_CHARACTERS + 1)}, 422, "web.answer_too_long"),
        ({"version": "x"}, 409, "web.contribution_overtaken"),
        ({"key": "F-77-sv"}, 409, "web.contribution_overtaken"),
        ({"key": "F-2-sv"}, 409, "web.contribution_overtaken"),
        ({"key": "F-1-en"}, 409, "web.contribution_overtaken"),
        ({"key": "F-٣-sv"}, 422, "web.bad_form"),
        ({"act": "publish"}, 422, "web.bad_form"),
    ],
)
async def test_a_form_that_is_wrong_changes_nothing_and_keeps_what_was_written(
    web: Web, anna: Person, changed: dict[str, str], status: int, key: str
) -> None:
    curator, now = await signed_in(web), web.clock()
    along = await web.service.store.write(lambda tx: tx.ask(None, None, BREAD, "sv", WEBINAR, (), now))
    await web.service.store.write(lambda tx: tx.decide(along, 1, "answered", "moderator", now, text=ANSWER))
    await web.service.store.write(lambda tx: tx.db.execute("UPDATE question SET lead = 1 WHERE number = ?", (along,)))
    response = await do(curator, changed.pop("act", "save"), **{"answer": "Mitt svar.", **changed})
    assert response.status_code == status
    mosts = {"web.too_long": MOST_VARIANT_CHARACTERS, "web.answer_too_long": MOST_ANSWER_CHARACTERS}
    most = mosts.get(key, contributions.MOST_WORDINGS)
    assert web.service.library.content.texts["sv"](key, most=most) in on_page(response)
    assert changed.get("answer", "Mitt svar.").strip() in on_page(response)
    assert (await web.rows())["contribution"] == []


async def test_nothing_is_said_to_be_kept_when_it_could_not_be(web: Web, anna: Person) -> None:
    curator = await signed_in(web)
    seen = form(await page_of(curator), "F-1-sv")
    with web.refusing():
        response = await curator.submit(PAGE, **{**seen, "act": "save", "answer": "Mitt svar."})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert form(response.text, "F-1-sv")["answer"] == "Mitt svar."


async def test_a_long_page_is_cut_and_says_so(web: Web, moderator: Moderator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contributions, "MOST_SHOWN", 1)
    for number, text in enumerate((BREAD, "Vem betalar färjan till ön?"), 1):
        await web.person().ask_moderator(text)
        await moderator.decide(number, answer=ANSWER)
    page = await page_of(moderator)
    assert web.says("page.contributions_left", count=1) in read(page).text
    assert "färjan" not in page


@pytest.mark.parametrize("role", CURATING_ROLES)
async def test_nothing_waits_at_first_and_everybody_gets_home(web: Web, role: str) -> None:
    somebody = await signed_in(web, role)
    page = await page_of(somebody)
    assert web.says("page.contributions_none") in read(page).text
    assert ({"class": "button", "href": "/moderator"} in read(page).all("a")) is (role != "curator")
    out = await somebody.submit("/moderator/logga-ut", csrf=read(page).hidden["csrf"])
    assert out.headers["location"] == (PAGE if role == "curator" else "/moderator")
    assert f"--role {CURATING_ROLES[0]}" in (await somebody.get(PAGE)).text


async def test_a_lecturer_is_told_whose_page_it_is(web: Web) -> None:
    somebody = await signed_in(web, "lecturer", WEBINAR)
    refused = await somebody.get(PAGE)
    assert (refused.status_code, web.says("web.not_your_inbox") in on_page(refused)) == (403, True)
