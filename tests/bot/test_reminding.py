"""What people asked to be reminded of is said on its day, once, by the way they chose; and then no more."""

import asyncio
import datetime as dt
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import AuthResult

from bot import reminding, retention
from bot.conversations import SWEDEN
from bot.post import Letter, NotSent, Post
from bot.store.tx import Tx
from dialogs.dates import told
from tests.content import ROOT
from tests.post import PASSWORD, SENDER, Mailbox, Taken, free_port, mailbox
from tests.stepping import DUE, MONTH, STEP, stepped, with_run
from tests.telegram import in_telegram
from tests.web import Person, Web, choices, running_web

ADDRESS = "anna.andersson@example.net"
BEFORE = DUE - dt.timedelta(days=1)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path) as found:
        yield found


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def posting(tmp_path: Path, box: Mailbox) -> AsyncIterator[Web]:
    """The service with a mail server."""
    async with running_web(tmp_path, smtp=box.url) as found:
        yield found


def at(web: Web, day: dt.date, hour: int = 8, minute: int = 0) -> None:
    """It is then."""
    web.clock.time = dt.datetime.combine(day, dt.time(hour, minute), SWEDEN)


async def on(web: Web, day: dt.date, hour: int = 8, minute: int = 0) -> None:
    """It is then, and what is due is said."""
    at(web, day, hour, minute)
    await reminding.remind(web.service)


async def said(web: Web, person: Person) -> int:
    """How often somebody has been reminded in the chat."""
    return len([key for key in await web.keys(person) if key.startswith("remind.now")])


async def anna_here(web: Web, due: str = "15 mars") -> tuple[Person, str]:
    """Somebody who wants to be reminded in the chat."""
    anna = web.person()
    run = await stepped(anna, due)
    await anna.choose(f"remind:{run}:here")
    return anna, run


# In the chat


async def test_it_is_said_once_on_each_of_its_days(web: Web) -> None:
    anna, _ = await anna_here(web)
    told = []
    day = web.clock().date()
    while day <= DUE:
        for hour in (8, 9, 23):
            await on(web, day, hour)
        told.append((day, await said(web, anna)))
        day += dt.timedelta(days=1)
    counts = dict(told)
    assert (counts[MONTH - dt.timedelta(days=1)], counts[MONTH]) == (0, 1)
    assert (counts[BEFORE - dt.timedelta(days=1)], counts[BEFORE], counts[DUE]) == (1, 2, 2)


async def test_nobody_is_woken(web: Web) -> None:
    anna, _ = await anna_here(web)
    for hour, minute in ((0, 0), (3, 0), (7, 59)):
        await on(web, MONTH, hour, minute)
    assert await said(web, anna) == 0
    await on(web, MONTH, 8)
    assert await said(web, anna) == 1


async def test_it_stands_in_the_log_with_its_step_and_the_ways_on(web: Web) -> None:
    anna, run = await anna_here(web)
    await on(web, MONTH)
    last = (await anna.history())[-1]
    due = told(DUE, MONTH, web.service.library.content.texts["sv"])
    assert (last["sender"], STEP in last["text"], due in last["text"]) == ("bot", True, True)
    assert choices([last]) == [f"result:{run}", f"step:{run}", "new", f"remind:{run}:none"]
    for choice in choices([last]):
        assert await anna.choose(choice)


async def test_after_a_restart_it_is_not_said_again(tmp_path: Path) -> None:
    async with running_web(tmp_path) as web:
        anna, _ = await anna_here(web)
        await on(web, MONTH)
        cookies = anna.http.cookies
    async with running_web(tmp_path) as again:
        back = again.person()
        back.http.cookies = cookies
        await on(again, MONTH, 9)
        assert await said(again, back) == 1


async def test_what_fell_due_while_the_service_was_away_is_said_once(web: Web) -> None:
    anna, _ = await anna_here(web)
    await on(web, DUE + dt.timedelta(days=3))
    await on(web, DUE + dt.timedelta(days=4))
    assert await said(web, anna) == 1


async def test_each_hears_it_in_their_own_language(web: Web) -> None:
    anna, bo = web.person(), web.person()
    for person, language in ((anna, "sv"), (bo, "en")):
        run = await stepped(person)
        await person.choose(f"remind:{run}:here")
        await person.choose(f"lang:{language}") if language == "en" else None
    await on(web, MONTH)
    texts = web.service.library.content.texts
    labels = [(await person.history())[-1]["choices"][0]["label"] for person in (anna, bo)]
    assert labels == [texts["sv"]("walk.show_result"), texts["en"]("walk.show_result")]


async def test_who_said_no_hears_nothing(web: Web) -> None:
    anna, run = await anna_here(web)
    await anna.choose(f"remind:{run}:none")
    await on(web, DUE)
    assert await said(web, anna) == 0


async def test_no_after_the_first_one_takes_the_second(web: Web) -> None:
    anna, run = await anna_here(web)
    await on(web, MONTH)
    await anna.choose(f"remind:{run}:none")
    await on(web, DUE)
    assert await said(web, anna) == 1


async def test_glom_mig_leaves_nothing_to_remind_of(web: Web) -> None:
    anna, _ = await anna_here(web)
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    rows = await web.rows()
    assert (rows["reminder"], rows["mail"], rows["step"]) == ([], [], [])
    await on(web, DUE)
    assert (await web.rows())["message"] == []


async def test_a_reminder_moves_with_the_day_of_its_step(web: Web) -> None:
    anna, run = await anna_here(web)
    await anna.choose(f"step:{run}")
    for words in (STEP, "Bo", "1 juni"):
        await anna.say(words)
    await on(web, DUE)
    assert await said(web, anna) == 1, "the month's"
    await on(web, dt.date(2027, 5, 31))
    assert await said(web, anna) == 2


async def test_without_reminders_a_step_brings_none(web: Web) -> None:
    await stepped(web.person())
    assert (await web.rows())["reminder"] == []


async def test_everybody_is_reminded_of_their_own(web: Web) -> None:
    people = [await anna_here(web) for _ in range(3)]
    await on(web, MONTH)
    for anna, run in people:
        assert await said(web, anna) == 1
        assert f"result:{run}" in choices((await anna.history())[-1:])


# How long it is kept


async def purge(web: Web) -> int:
    counts = await web.service.store.write(lambda tx: retention.purge(tx, web.service.retention, web.clock()))
    return counts["person"]


async def test_who_waits_to_be_reminded_is_not_forgotten_until_it_has_come(web: Web) -> None:
    anna, _ = await anna_here(web, "1 juni")
    bo = web.person()
    await bo.say("hej")
    at(web, dt.date(2027, 5, 30))
    assert await purge(web) == 1
    assert not await bo.history()
    await on(web, dt.date(2027, 5, 31))
    assert await said(web, anna) == 1
    assert await purge(web) == 1
    rows = await web.rows()
    assert (rows["reminder"], rows["run"], rows["person"]) == ([], [], [])


async def test_who_takes_back_the_reminder_is_forgotten_as_usual(web: Web) -> None:
    anna, run = await anna_here(web, "1 juni")
    await anna.choose(f"remind:{run}:none")
    web.clock.forward(days=web.service.retention.chat_days + 1)
    assert await purge(web) == 1


# Beside everything else


async def test_it_goes_on_by_itself_and_while_nothing_can_be_stored_it_is_tried_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "EVERY_SECONDS", 0.01)
    anna, _ = await anna_here(web)
    at(web, MONTH)
    task = asyncio.create_task(reminding.run(web.service))
    try:
        with web.refusing():
            await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            while not await said(web, anna):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not task.done()
        assert await said(web, anna) == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# Telegram


async def test_in_telegram_it_is_sent(tmp_path: Path) -> None:
    async with in_telegram(tmp_path) as village:
        anna = village.api.user("Anna")
        anna.writes("hej")
        await anna.next()
        await village.settled()
        person = await village.service.store.read(lambda tx: tx.person_at("telegram", str(anna.id)))
        assert person
        run = await with_run(village.web, person)
        await village.service.store.write(lambda tx: tx.remind(run, "here", (MONTH,)))
        had = len(anna.messages)
        await on(village.web, MONTH)
        await on(village.web, MONTH, 9)
        await village.settled()
        [message] = anna.messages[had:]
        assert STEP in message.text
        assert (await village.keys(anna))[-1] == "remind.now"
        anna.presses(data=f"remind:{run}:none")
        await village.settled()
        assert (await village.keys(anna))[-1] == "remind.none"


async def test_the_row_to_be_sent_and_the_note_of_it_are_kept_together(tmp_path: Path) -> None:
    async with in_telegram(tmp_path) as village:
        anna = village.api.user("Anna")
        anna.writes("hej")
        await anna.next()
        await village.settled()
        person = await village.service.store.read(lambda tx: tx.person_at("telegram", str(anna.id)))
        run = await with_run(village.web, person or "")
        await village.service.store.write(lambda tx: tx.remind(run, "here", (MONTH,)))
        at(village.web, MONTH)

        def say(tx: Tx) -> tuple[list[tuple[str, str]], list[Any]]:
            reminding._say(tx, village.service, village.clock())
            return tx.db.execute("SELECT channel, person FROM outbox").fetchall(), tx.reminders_due(MONTH, "here")

        assert await village.service.store.write(say) == ([("telegram", person)], [])


# Letters


async def asks(web: Web, person: Person, run: str, address: str = ADDRESS) -> httpx.Response:
    return await person.submit(f"/paminnelse/{run}", address=address)


async def answers(web: Web, letter: Taken, answer: str) -> httpx.Response:
    """Press a button on the page of a letter, in a browser that knows nothing of us."""
    return await web.person().submit(f"/paminnelse/svar/{letter.token}", answer=answer)


async def anna_by_mail(web: Web, box: Mailbox, due: str = "15 mars") -> tuple[Person, str]:
    """Somebody who has said yes to letters."""
    anna = web.person()
    run = await stepped(anna, due)
    assert (await asks(web, anna, run)).status_code == 200
    assert (await answers(web, box.letters[-1], "yes")).status_code == 200
    box.letters.clear()
    return anna, run


async def kept(web: Web) -> str:
    return repr(await web.rows())


async def test_a_letter_asks_first_and_the_reminder_comes_on_its_day(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    assert (await asks(posting, anna, run)).status_code == 200
    [letter] = box.letters
    assert (letter.to, letter.sender, letter.message["To"], letter.message["From"]) == (
        [ADDRESS], SENDER, ADDRESS, SENDER,
    )  # fmt: skip
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["List-Unsubscribe"].strip() == f"<{posting.service.base}/paminnelse/svar/{letter.token}>"
    assert letter.message["Subject"] == posting.says("mail.confirm.subject")
    assert STEP not in letter.text, "who has not said yes may be a stranger"
    await on(posting, MONTH - dt.timedelta(days=1))
    assert (await answers(posting, letter, "yes")).status_code == 200
    again = MONTH + dt.timedelta(days=29)
    await on(posting, again - dt.timedelta(days=1))
    assert len(box.letters) == 1
    await on(posting, again)
    await on(posting, again, 9)
    assert len(box.letters) == 2
    assert STEP in box.letters[1].text
    assert box.letters[1].to == [ADDRESS]
    await on(posting, BEFORE)
    await on(posting, DUE)
    assert len(box.letters) == 3
    assert await said(posting, anna) == 0, "in the chat nobody asked for it"


async def test_without_a_yes_no_more_is_sent(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    await asks(posting, anna, run)
    await on(posting, DUE)
    assert len(box.letters) == 1


async def test_after_the_last_one_the_address_is_gone(posting: Web, box: Mailbox) -> None:
    await anna_by_mail(posting, box)
    await on(posting, MONTH)
    assert ADDRESS in await kept(posting)
    await on(posting, BEFORE)
    assert len(box.letters) == 2
    assert ADDRESS not in await kept(posting)
    assert (await answers(posting, box.letters[-1], "no")).status_code == 404


async def test_no_takes_the_address_at_once(posting: Web, box: Mailbox) -> None:
    await anna_by_mail(posting, box)
    await on(posting, MONTH)
    assert (await answers(posting, box.letters[0], "no")).status_code == 200
    assert ADDRESS not in await kept(posting)
    await on(posting, DUE)
    assert len(box.letters) == 1


async def test_no_to_the_first_letter_takes_it_too_and_leaves_the_chats_own(posting: Web, box: Mailbox) -> None:
    anna, run = await anna_here(posting)
    await asks(posting, anna, run)
    assert (await answers(posting, box.letters[0], "no")).status_code == 200
    assert ADDRESS not in await kept(posting)
    await on(posting, MONTH)
    assert (len(box.letters), await said(posting, anna)) == (1, 1)


@pytest.mark.parametrize("way", ["none", "here"])
async def test_another_way_chosen_in_the_chat_takes_the_address(posting: Web, box: Mailbox, way: str) -> None:
    anna, run = await anna_by_mail(posting, box)
    if way == "none":
        await anna.choose(f"remind:{run}:here")
    await anna.choose(f"remind:{run}:{way}")
    assert ADDRESS not in await kept(posting)
    await on(posting, MONTH)
    assert (len(box.letters), await said(posting, anna)) == (0, int(way == "here"))


async def test_glom_mig_takes_address_and_letters(posting: Web, box: Mailbox) -> None:
    anna, _ = await anna_by_mail(posting, box)
    await anna.say("glöm mig")
    await anna.choose("forget:yes")
    assert ADDRESS not in await kept(posting)
    await on(posting, DUE)
    assert box.letters == []


async def test_a_letter_speaks_the_language_of_its_person(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    await anna.choose("lang:en")
    page = await anna.get(f"/paminnelse/{run}", **{"Accept-Language": "sv"})
    assert 'lang="en"' in page.text
    await asks(posting, anna, run)
    await answers(posting, box.letters[0], "yes")
    await on(posting, MONTH)
    texts = posting.service.library.content.texts["en"]
    assert [each.message["Subject"] for each in box.letters] == [
        texts("mail.confirm.subject"), texts("mail.reminder.subject"),
    ]  # fmt: skip


async def test_a_server_that_is_down_is_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    port = free_port()
    async with running_web(tmp_path, smtp=f"smtp://127.0.0.1:{port}?from={SENDER}") as web:
        async with mailbox(port) as box:
            await anna_by_mail(web, box)
        for hour in (8, 9, 10):
            await on(web, MONTH, hour)
        async with mailbox(port) as box:
            await on(web, MONTH + dt.timedelta(days=1))
            await on(web, MONTH + dt.timedelta(days=1), 9)
            assert len(box.letters) == 1
            assert (await answers(web, box.letters[0], "no")).status_code == 200


async def test_while_it_is_down_the_letter_one_has_still_says_no(tmp_path: Path) -> None:
    port = free_port()
    async with running_web(tmp_path, smtp=f"smtp://127.0.0.1:{port}?from={SENDER}") as web:
        async with mailbox(port) as box:
            anna = web.person()
            run = await stepped(anna)
            await asks(web, anna, run)
            [letter] = box.letters
            await answers(web, letter, "yes")
        await on(web, MONTH)
        assert (await answers(web, letter, "no")).status_code == 200
        assert ADDRESS not in await kept(web)


async def test_a_letter_that_never_can_be_sent_is_given_up_with_its_address(posting: Web, box: Mailbox) -> None:
    anna, run = await anna_by_mail(posting, box, "vet inte")
    box.refuses = {ADDRESS: "550 no such user"}
    await on(posting, MONTH + dt.timedelta(days=reminding.MOST_DAYS_LATE - 1))
    assert ADDRESS in await kept(posting)
    await on(posting, MONTH + dt.timedelta(days=reminding.MOST_DAYS_LATE))
    assert ADDRESS not in await kept(posting)
    assert await posting.service.store.read(lambda tx: tx.reminded_by(run)) is None
    assert (box.letters, await said(posting, anna)) == ([], 0)


async def test_one_address_that_is_refused_holds_up_no_other(posting: Web, box: Mailbox) -> None:
    await anna_by_mail(posting, box)
    bo = posting.person()
    run = await stepped(bo)
    await asks(posting, bo, run, "bo@example.net")
    await answers(posting, box.letters[-1], "yes")
    box.letters.clear()
    box.refuses = {ADDRESS: "550 no such user"}
    await on(posting, MONTH)
    assert [each.to for each in box.letters] == [["bo@example.net"]]


async def test_without_a_server_any_more_letters_are_given_up_in_time(tmp_path: Path, box: Mailbox) -> None:
    async with running_web(tmp_path, smtp=box.url) as web:
        await anna_by_mail(web, box, "vet inte")
    async with running_web(tmp_path) as web:
        await on(web, MONTH)
        assert ADDRESS in await kept(web)
        await on(web, MONTH + dt.timedelta(days=reminding.MOST_DAYS_LATE))
        assert ADDRESS not in await kept(web)


async def test_an_address_that_has_not_answered_is_forgotten_in_time(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    await asks(posting, anna, run)
    posting.clock.forward(days=posting.service.retention.key_days + 1)
    await purge(posting)
    assert ADDRESS not in await kept(posting)
    assert (await answers(posting, box.letters[0], "yes")).status_code == 404


async def test_the_address_is_nowhere_but_in_its_own_table(
    posting: Web, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna, run = await anna_by_mail(posting, box)
    box.refuses = {ADDRESS: "450 later"}
    await on(posting, MONTH)
    box.refuses = {}
    await on(posting, MONTH, 9)
    assert box.letters
    assert ADDRESS not in repr(await posting.rows("mail"))
    assert ADDRESS in repr((await posting.rows())["mail"])
    files = [f"/media/document/{run}.sv.{form}" for form in ("txt", "csv", "json")]
    files.append(f"/media/reminder/{run}.sv.ics")
    seen = {path: (await anna.get(path)).text for path in ("/", "/api/v1/messages", "/metrics", "/health", *files)}
    assert all(STEP in seen[path] for path in ("/", "/api/v1/messages", files[0], files[-1]))
    assert not [path for path, text in seen.items() if ADDRESS in text]
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("mail.")]  # the server's own
    assert [each for each in caplog.records if each.name == "bot.reminding"]
    assert "example.net" not in repr(ours)


async def test_tokens_are_kept_only_as_hashes_and_are_never_the_same(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    await asks(posting, anna, run)
    await answers(posting, box.letters[0], "yes")
    await on(posting, MONTH)
    tokens = {letter.token for letter in box.letters}
    assert len(tokens) == 2
    rows = await kept(posting)
    assert all(len(token) >= 22 and token not in rows for token in tokens)


async def test_a_letters_token_opens_its_own_page_and_nothing_else(posting: Web, box: Mailbox) -> None:
    anna = posting.person()
    run = await stepped(anna)
    await asks(posting, anna, run)
    token, eve = box.letters[0].token, posting.person()
    assert (await eve.get(f"/paminnelse/svar/{token}")).status_code == 200
    assert (await eve.get(f"/paminnelse/{token}")).status_code == 404
    assert (await eve.get(f"/media/reminder/{token}.sv.ics")).status_code == 404
    await eve.submit(f"/tillbaka/{token}", key="0" * 32)
    assert STEP not in str(await eve.history())
    await eve.submit("/moderator/logga-in", token=token)
    assert (await eve.get("/moderator")).status_code == 401
    for page in (await eve.get(f"/paminnelse/svar/{token}"), await answers(posting, box.letters[0], "yes")):
        assert ADDRESS not in page.text
        assert STEP not in page.text
        assert "set-cookie" not in page.headers


# The line to the server


def letter(**changes: Any) -> Letter:
    return replace(Letter("bo@example.org", "Ämne", "Hej å\n", "https://fraga.example.se/paminnelse/svar/x"), **changes)


async def sent(post: Post, written: Letter | None = None) -> None:
    await asyncio.to_thread(post.send, written or letter())


@pytest.mark.parametrize(
    "written", ["en rad\r\nBcc: eve@example.org", "en rad\nmed mer", "\r\n\r\nbrev"], ids=["bcc", "folded", "body"]
)
async def test_a_line_break_never_becomes_a_header(box: Mailbox, written: str) -> None:
    for changes in ({"to": f"bo@example.org{written}"}, {"subject": written}, {"stop": written}):
        with pytest.raises(NotSent):
            await sent(Post.at(box.url), letter(**changes))
    assert box.letters == []


async def test_a_letter_goes_to_one_address_whatever_the_header_may_be_read_as(box: Mailbox) -> None:
    odd = "=?utf-8?q?a=40evil.example=2cb?=@example.org"
    try:
        await sent(Post.at(box.url), letter(to=odd))
    except NotSent:
        return
    assert [len(each.to) for each in box.letters] == [1]


async def test_a_sender_may_have_a_name(box: Mailbox) -> None:
    url = box.url.replace(SENDER, f"Byalaget%20%3C{SENDER}%3E")
    await sent(Post.at(url))
    [taken] = box.letters
    assert (taken.sender, taken.message["From"]) == (SENDER, f"Byalaget <{SENDER}>")
    assert taken.message["Message-ID"].endswith("@example.org>")
    assert taken.message["Message-ID"].count("@") == 1


async def test_letters_are_read_as_they_were_written(box: Mailbox) -> None:
    await sent(Post.at(box.url), letter(text="Å ä ö: " + "lång rad " * 200 + "\n.\nslut\n"))
    assert box.letters[0].text.replace("\r\n", "\n") == "Å ä ö: " + "lång rad " * 200 + "\n.\nslut\n"
    assert box.letters[0].message["Subject"] == "Ämne"


@pytest.mark.parametrize("answer", ["550 unknown", "450 later", "421 closing"])
async def test_a_refusal_is_not_sent_and_says_nothing_of_whom(box: Mailbox, answer: str) -> None:
    box.refuses = {"bo@example.org": answer}
    with pytest.raises(NotSent) as told:
        await sent(Post.at(box.url))
    assert "bo@" not in str(told.value)
    assert told.value.__cause__ is None


async def test_nobody_there_is_not_sent() -> None:
    with pytest.raises(NotSent):
        await sent(Post.at(f"smtp://127.0.0.1:{free_port()}?from={SENDER}"))


async def test_elsewhere_a_line_without_security_is_not_used(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.post.LOCAL", ())
    for work in (lambda post: post.send(letter()), Post.greet):
        with pytest.raises(NotSent):
            await asyncio.to_thread(work, Post.at(box.url.replace("smtp://", f"smtp://anna:{PASSWORD}@")))
    assert box.letters == []


async def test_on_this_machine_no_certificate_is_asked_for(box: Mailbox) -> None:
    await asyncio.to_thread(Post.at(box.url).greet)
    await sent(Post.at(box.url))
    assert len(box.letters) == 1


async def test_smtps_never_speaks_without_security(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.post.SECONDS", 1.0)
    with pytest.raises(NotSent):
        await sent(Post.at(box.url.replace("smtp://", "smtps://")))
    assert box.letters == []


@dataclass(frozen=True)
class Tls:
    """A server that takes letters only over a line made secure, from who knows the password."""

    options: dict[str, Any]
    trusted: ssl.SSLContext


@pytest.fixture
def tls() -> Tls:
    folder = ROOT / "tests" / "data" / "tls"
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "certificate.pem", folder / "key.pem")

    def known(_server: Any, _session: Any, _envelope: Any, _how: str, said: Any) -> AuthResult:
        return AuthResult(success=(said.login, said.password) == (b"anna", PASSWORD.encode()), handled=False)

    options = {"tls_context": serving, "require_starttls": True, "auth_required": True, "authenticator": known}
    return Tls(options, ssl.create_default_context(cafile=folder / "certificate.pem"))


async def test_elsewhere_the_line_is_made_secure_and_then_one_signs_in(
    tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.post.LOCAL", ())
    monkeypatch.setattr("bot.post.ssl.create_default_context", lambda: tls.trusted)
    async with mailbox(**tls.options) as box:
        await sent(Post.at(box.url.replace("smtp://", f"smtp://anna:{PASSWORD}@")))
        assert len(box.letters) == 1
        for who in ("anna:fel", f"bo:{PASSWORD}"):
            with pytest.raises(NotSent) as told:
                await sent(Post.at(box.url.replace("smtp://", f"smtp://{who}@")))
            assert PASSWORD not in str(told.value)
        assert len(box.letters) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.post.LOCAL", ())
    async with mailbox(**tls.options) as box:
        with pytest.raises(NotSent):
            await sent(Post.at(box.url.replace("smtp://", f"smtp://anna:{PASSWORD}@")))
        assert box.letters == []
