"""That the Bot API server of the tests refuses and loses what the real one would: otherwise it proves nothing."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests import botapi
from tests.botapi import schema
from tests.botapi.process import separate

Json = dict[str, Any]
ASKED = {"inline_keyboard": [[{"text": "Ja", "callback_data": "1:ja"}, {"text": "Nej", "callback_data": "1:nej"}]]}
UNUSED = ssl.create_default_context()
"""Given to every client: making one takes longer than a test."""


class Bot:
    """A bot that does as the test says."""

    def __init__(self, api: botapi.Api, http: httpx.AsyncClient) -> None:
        self.api = api
        self.http = http

    async def call(self, method: str, **params: Any) -> Json:
        answer: Json = (await self.http.post(f"/bot{self.api.token}/{method}", json=params)).json()
        return answer

    async def says(self, chat: int, text: str, **more: Any) -> Any:
        """The message that came of it, or what Telegram said instead."""
        answer = await self.call("sendMessage", chat_id=chat, text=text, **more)
        return answer.get("result") or answer["description"]

    async def html(self, chat: int, text: str) -> Any:
        return await self.says(chat, text, parse_mode="HTML")

    async def hears(self, offset: int = 0, **more: Any) -> list[Json]:
        answer = await self.call("getUpdates", offset=offset, **more)
        updates: list[Json] = answer["result"]
        return updates


@pytest.fixture
async def api() -> AsyncIterator[botapi.Api]:
    async with botapi.serving() as running:
        yield running


@pytest.fixture
async def bot(api: botapi.Api) -> AsyncIterator[Bot]:
    async with httpx.AsyncClient(base_url=api.base, verify=UNUSED) as http:
        yield Bot(api, http)


def ids(updates: list[Json]) -> list[int]:
    return [each["update_id"] for each in updates]


class TestSchema:
    async def test_a_wrong_call_is_refused_and_remembered(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")

        assert await bot.says(anna.id, "Hej", shout=True) == "Bad Request: unknown parameter shout"
        assert (
            await bot.says(anna.id, "Hej", message_thread_id="5") == "Bad Request: message_thread_id must be an integer"
        )
        assert (await bot.call("sendMessage", chat_id=anna.id))["description"] == "Bad Request: message text is empty"
        assert (await bot.call("shout"))["description"] == "Not Found: method not found"
        assert len(api.complaints) == 4
        assert not anna.messages

    async def test_a_form_s_strings_are_read_as_what_they_stand_for(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        form = {"chat_id": str(anna.id), "text": "Hej", "protect_content": "true", "reply_markup": json.dumps(ASKED)}

        answer = await bot.http.post(f"/bot{api.token}/sendMessage", data=form)

        assert answer.json()["ok"], answer.text
        assert anna.last.buttons == [("Ja", "1:ja"), ("Nej", "1:nej")]
        assert anna.last.params["protect_content"] is True

    async def test_a_picture_is_uploaded(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        form = {"chat_id": str(anna.id), "caption": "Skylten"}

        await bot.http.post(f"/bot{api.token}/sendPhoto", data=form, files={"photo": b"\x89PNG"})

        assert anna.last.photo
        assert anna.last.caption == "Skylten"
        assert api.world.files[anna.last.photo[0]["file_id"]] == b"\x89PNG"

    @pytest.mark.parametrize(
        ("button", "said"),
        [
            ({"text": "Ja", "callback_data": "å" * 33}, "BUTTON_DATA_INVALID"),
            ({"text": "Ja", "callback_data": ""}, "BUTTON_DATA_INVALID"),
            ({"text": "Ja"}, "Text buttons are unallowed in the inline keyboard"),
            ({"text": "Ja", "callback_data": "1", "url": "https://a.se"}, "Text buttons are unallowed"),
            ({"text": "Ja", "url": "https://t.me/a_bot?start=å"}, "start payload"),
            ({"text": "Ja", "url": "hej"}, "BUTTON_URL_INVALID"),
        ],
    )
    async def test_a_button_must_be_one(self, api: botapi.Api, bot: Bot, button: Json, said: str) -> None:
        anna = api.user("Anna")

        assert said in await bot.says(anna.id, "Hej", reply_markup={"inline_keyboard": [[button]]})

    async def test_a_button_holds_64_bytes_and_a_keyboard_100_buttons(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        button = {"text": "Ja", "callback_data": "å" * 32}

        await bot.says(anna.id, "Hej", reply_markup={"inline_keyboard": [[button] * 10] * 10})
        refused = await bot.says(anna.id, "Hej", reply_markup={"inline_keyboard": [[button] * 101]})

        assert len(anna.last.buttons) == 100
        assert refused == "Bad Request: reply markup is too long"


class TestMarkup:
    @pytest.mark.parametrize(
        ("html", "said"),
        [
            ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
            ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
            ("å</b>", "Unexpected end tag at byte offset 2"),
            ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
            ("3 < 4", 'Unsupported start tag "" at byte offset 2'),
            ("a & b", "Unsupported entity or unescaped & at byte offset 2"),
            ("a&nbsp;b", "Unsupported entity or unescaped & at byte offset 1"),
            ("<a title='x'>a</a>", 'Unsupported attribute "title" in the tag "a"'),
            ("<span>a</span>", 'Tag "span" must have class "tg-spoiler"'),
            ("<code><b>a</b></code>", 'Tag "b" can\'t be nested in "code"'),
            ("<b", "Unclosed start tag at byte offset 0"),
        ],
    )
    async def test_what_is_not_telegrams_html_is_refused(self, api: botapi.Api, bot: Bot, html: str, said: str) -> None:
        anna = api.user("Anna")

        answer = await bot.html(anna.id, html)

        assert answer.startswith("Bad Request: can't parse entities: ")
        assert said in answer

    async def test_entities_count_in_utf_16_units(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")

        await bot.html(anna.id, "😀 <b>&lt;glest&gt; &#229;</b> <a href='https://a.se?a=1&amp;b=2'>här</a>")

        assert anna.last.text == "😀 <glest> å här"
        assert [(each["type"], each["offset"], each["length"]) for each in anna.last.entities] == [
            ("bold", 3, 9),
            ("text_link", 13, 3),
        ]
        assert anna.last.entities[1]["url"] == "https://a.se?a=1&b=2"

    async def test_a_text_has_4096_units_without_its_markup(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")

        await bot.html(anna.id, "<b>" + "😀" * 2048 + "</b>")
        refused = await bot.html(anna.id, "<b>" + "😀" * 2048 + "a</b>")

        assert len(anna.messages) == 1
        assert refused == "Bad Request: message is too long"

    async def test_an_empty_text_is_none(self, api: botapi.Api, bot: Bot) -> None:
        assert await bot.html(api.user("Anna").id, "<b> </b>") == "Bad Request: message text is empty"


class TestUpdates:
    async def test_what_is_not_confirmed_is_given_again(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        first, second = anna.writes("ett"), anna.writes("två")

        assert ids(await bot.hears()) == [first, second]
        assert ids(await bot.hears()) == [first, second]
        assert ids(await bot.hears(offset=second)) == [second]
        assert ids(await bot.hears()) == [second]
        assert ids(await bot.hears(offset=second + 1)) == []

    async def test_a_negative_offset_forgets_what_is_earlier(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        *_, last = [anna.writes(text) for text in ("ett", "två", "tre")]

        assert ids(await bot.hears(offset=-1)) == [last]
        assert ids(await bot.hears()) == [last]

    async def test_a_waiting_poller_hears_at_once(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        began = time.monotonic()
        waiting = asyncio.create_task(bot.hears(timeout=10))
        await asyncio.sleep(0.05)

        written = anna.writes("Hej")

        assert ids(await waiting) == [written]
        assert time.monotonic() - began < 5

    async def test_the_older_of_two_pollers_is_told(self, api: botapi.Api, bot: Bot) -> None:
        older = asyncio.create_task(bot.call("getUpdates", timeout=10))
        await asyncio.sleep(0.05)

        newer = await bot.call("getUpdates")

        assert newer["ok"]
        assert (await older)["error_code"] == 409
        assert (await older)["description"].startswith("Conflict: terminated by other getUpdates request")

    async def test_an_update_can_come_twice_and_out_of_order(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        given = [anna.writes(str(number)) for number in range(5)]
        api.world.shuffle(seed=3)

        shuffled = ids(await bot.hears())
        await bot.hears(offset=given[-1] + 1)
        api.world.redeliver(given[1])

        assert sorted(shuffled) == given != shuffled
        assert ids(await bot.hears(offset=given[-1] + 1)) == [given[1]]
        assert ids(await bot.hears(offset=given[-1] + 1)) == []

    async def test_taps_live_150_seconds_and_messages_a_day(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        await bot.says(anna.id, "Vill du?", reply_markup=ASKED)
        written, pressed = anna.writes("Hej"), anna.presses("Ja")

        api.world.pass_by(149)
        assert ids(await bot.hears()) == [written, pressed]
        api.world.pass_by(2)
        assert ids(await bot.hears()) == [written]
        api.world.pass_by(24 * 3600)
        assert ids(await bot.hears()) == []

    async def test_allowed_updates_stay_until_named_again(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")

        await bot.hears(allowed_updates=["my_chat_member"])
        await bot.hears()
        assert anna.writes("Hej") == 0
        await bot.hears(allowed_updates=[])

        assert anna.writes("Hej") > 0

    async def test_all_that_people_do_looks_as_published(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo = api.user("Anna", username="anna_i_byn"), api.user("Bo", language=None)
        group = api.group("Byalaget", [anna], privacy=False)
        await bot.says(anna.id, "Vill du?", reply_markup=ASKED)
        await bot.says(group.id, "Vill ni?", reply_markup=ASKED)
        anna.starts("fraga-7")
        anna.writes("😀 @servicelotsen_bot /hjalp https://a.se", reply_to=anna.last)
        anna.edits(anna.last_written(), "/nej")
        anna.presses("Ja")
        anna.presses("Ja", inaccessible=True)
        anna.presses("Nej", in_=group)
        for act in (anna.sends_sticker, anna.sends_voice, anna.sends_photo, anna.sends_document, anna.sends_location,
                    anna.sends_contact, anna.blocks_bot, anna.unblocks_bot):  # fmt: skip
            act()
        anna.sends_photo("Skylten")
        anna.forwards("Läs!")
        group.joins(bo)
        group.leaves(bo)
        group.makes_admin()
        group.becomes_supergroup()
        group.removes_bot()

        updates = await bot.hears()

        assert [schema.check_type("Update", each) for each in updates] == [[]] * 22
        assert updates[1]["message"]["entities"][0] == {"type": "mention", "offset": 3, "length": 18}


class TestAnswers:
    """What comes back looks as published."""

    @pytest.mark.parametrize(
        ("method", "params"),
        [
            ("sendMessage", {"text": "<b>Hej</b>", "parse_mode": "HTML", "reply_markup": ASKED}),
            ("sendPhoto", {"photo": "https://a.se/a.jpg", "caption": "<i>a</i>", "parse_mode": "HTML"}),
            ("sendDocument", {"document": "https://a.se/a.pdf"}),
            ("sendSticker", {"sticker": "https://a.se/a.webp"}),
            ("sendVoice", {"voice": "https://a.se/a.ogg"}),
            ("sendVideo", {"video": "https://a.se/a.mp4"}),
            ("sendLocation", {"latitude": 62.6, "longitude": 15.1}),
            ("sendContact", {"phone_number": "+46", "first_name": "Eva"}),
            ("sendDice", {}),
            ("sendPoll", {"question": "Hur var det?", "options": [{"text": "Bra"}, {"text": "Dåligt"}]}),
            ("sendRichMessage", {"rich_message": {"html": "<h1>Hej</h1>"}}),
        ],
    )
    async def test_messages(self, api: botapi.Api, bot: Bot, method: str, params: Json) -> None:
        answer = await bot.call(method, chat_id=api.user("Anna").id, **params)

        assert answer["ok"], answer
        assert schema.check_type("Message", answer["result"]) == []

    async def test_polls(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo = api.user("Anna"), api.user("Bo")
        group = api.group("Byalaget", [anna, bo])
        asked = {"question": "Hur var det?", "options": [{"text": "Bra"}, {"text": "Dåligt"}]}
        await bot.call("sendPoll", chat_id=group.id, **asked)
        for who, picked in ((anna, ["Bra"]), (bo, ["Bra"]), (bo, ["Dåligt"]), (anna, [])):
            who.votes(group.last, *picked)

        told = await bot.hears()
        at = {"chat_id": group.id, "message_id": group.last.message_id}
        ended = (await bot.call("stopPoll", **at))["result"]

        assert [schema.check_type("Update", each) for each in told] == [[]] * 4
        assert [[option["voter_count"] for option in each["poll"]["options"]] for each in told] == [
            [1, 0], [2, 0], [1, 1], [0, 1],
        ]  # fmt: skip
        assert schema.check_type("Poll", ended) == []
        assert (ended["is_closed"], ended["total_voter_count"], ended["id"]) == (True, 1, told[0]["poll"]["id"])
        assert "already been closed" in (await bot.call("stopPoll", **at))["description"]
        assert "not found" in (await bot.call("stopPoll", **{**at, "message_id": 9}))["description"]
        too_many = [{"text": str(number)} for number in range(13)]
        assert not (await bot.call("sendPoll", chat_id=group.id, question="Vad?", options=too_many))["ok"]
        assert len(api.complaints) == 1

    async def test_other_things(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        forum = api.group("Moderatorerna", [anna], forum=True, bot_status="administrator")
        member = {"chat_id": forum.id, "user_id": api.world.bot.id}
        asked: list[tuple[str, str, Json]] = [
            ("getMe", "User", {}),
            ("getChat", "ChatFullInfo", {"chat_id": forum.id}),
            ("getChatMember", "ChatMember", member),
            ("getChatMember", "ChatMember", {**member, "user_id": anna.id}),
            ("getWebhookInfo", "WebhookInfo", {}),
            ("createForumTopic", "ForumTopic", {"chat_id": forum.id, "name": "Frågor"}),
            ("getMyDescription", "BotDescription", {"language_code": "sv"}),
            ("getChatMenuButton", "MenuButton", {}),
        ]

        for method, kind, params in asked:
            answer = await bot.call(method, **params)
            assert answer["ok"], answer
            assert schema.check_type(kind, answer["result"]) == [], method

    async def test_commands_are_kept_by_scope_and_language(self, api: botapi.Api, bot: Bot) -> None:
        commands = [{"command": "hjalp", "description": "Hjälp"}]
        scope = {"type": "all_private_chats"}

        await bot.call("setMyCommands", commands=commands, scope=scope, language_code="sv")

        assert (await bot.call("getMyCommands", scope=scope, language_code="sv"))["result"] == commands
        assert (await bot.call("getMyCommands", scope=scope))["result"] == []
        assert not (await bot.call("setMyCommands", commands=commands, language_code="swe"))["ok"]


@asynccontextmanager
async def listener(answers: Callable[[Json], str]) -> AsyncIterator[tuple[str, list[tuple[str, Json]]]]:
    """A bot's own address: what came, with the secret; `answers` gives status line and headers."""
    got: list[tuple[str, Json]] = []

    async def on_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            fields = dict(line.split(": ", 1) for line in head.decode().strip().split("\r\n")[1:])
            update = json.loads(await reader.readexactly(int(fields["Content-Length"])))
            got.append((fields.get("X-Telegram-Bot-Api-Secret-Token", ""), update))
            writer.write(f"HTTP/1.1 {answers(update)}\r\nContent-Length: 0\r\n\r\n".encode())

    async def until_hung_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await on_line(reader, writer)
        except (EOFError, OSError):
            writer.close()

    server = await asyncio.start_server(until_hung_up, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", got


async def until(so: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


class TestWebhook:
    async def test_a_failing_update_holds_up_its_own_chat_only(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo = api.user("Anna"), api.user("Bo")
        failures = iter(["500 Oj", "503 Vänta"])
        api.webhook.scale = 0.05

        def answers(update: Json) -> str:
            return next(failures, "200 OK") if update["message"]["from"]["first_name"] == "Anna" else "204 Inget"

        async with listener(answers) as (url, got):
            await bot.call("setWebhook", url=url, secret_token="hemligt")
            first, second, other = anna.writes("ett"), anna.writes("två"), bo.writes("hej")
            await until(lambda: len(got) == 5)
            await bot.call("deleteWebhook")

        order = [update["update_id"] for _, update in got]
        assert order == [first, other, first, first, second]
        assert {secret for secret, _ in got} == {"hemligt"}
        assert len(api.webhook.errors) == 2

    async def test_retry_after_is_honoured(self, api: botapi.Api, bot: Bot) -> None:
        refusals = iter(["503 Sen\r\nRetry-After: 6"])
        api.webhook.scale = 0.05
        api.user("Anna").writes("Hej")
        began = time.monotonic()

        async with listener(lambda _: next(refusals, "200 OK")) as (url, got):
            await bot.call("setWebhook", url=url)
            await until(lambda: len(got) == 2)
            await bot.call("deleteWebhook")

        assert time.monotonic() - began > 0.29

    async def test_nobody_polls_meanwhile(self, api: botapi.Api, bot: Bot) -> None:
        async with listener(lambda _: "200 OK") as (url, _):
            await bot.call("setWebhook", url=url)
            answer = await bot.call("getUpdates")
            info = await bot.call("getWebhookInfo")
            await bot.call("deleteWebhook")

        assert answer["error_code"] == 409
        assert info["result"]["url"] == url
        assert (await bot.call("getUpdates"))["ok"]

    async def test_elsewhere_it_must_be_https(self, bot: Bot) -> None:
        answer = await bot.call("setWebhook", url="http://fraga.example.se/hook")

        assert answer["description"] == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"


class TestChats:
    async def test_telegrams_reasons(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo, cecilia = api.user("Anna"), api.user("Bo", started=False), api.user("Cecilia")
        group = api.group("Byalaget", [anna])
        anna.blocks_bot()
        cecilia.deactivates()
        group.removes_bot()

        assert await bot.says(anna.id, "Hej") == "Forbidden: bot was blocked by the user"
        assert await bot.says(bo.id, "Hej") == "Forbidden: bot can't initiate conversation with a user"
        assert await bot.says(cecilia.id, "Hej") == "Forbidden: user is deactivated"
        assert await bot.says(group.id, "Hej") == "Forbidden: bot was kicked from the group chat"
        assert await bot.says(99, "Hej") == "Bad Request: chat not found"
        assert await bot.says(cecilia.id, "Hej", reply_parameters={"message_id": 9}) == "Forbidden: user is deactivated"

    async def test_a_wrong_token_is_told_nothing(self, api: botapi.Api, bot: Bot) -> None:
        answer = await bot.http.get("/bot1:x/getMe")

        assert answer.status_code == 401
        assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}

    async def test_edits(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        anna.writes("Hej")
        sent = await bot.says(anna.id, "ett", reply_markup=ASKED)
        where = {"chat_id": anna.id, "message_id": sent["message_id"]}

        same = await bot.call("editMessageText", **where, text="ett", reply_markup=ASKED)
        await bot.call("editMessageText", **where, text="två")
        hers = await bot.call("editMessageText", chat_id=anna.id, message_id=sent["message_id"] - 1, text="tre")
        none = await bot.call("editMessageText", chat_id=anna.id, message_id=99, text="tre")

        assert same["description"].startswith("Bad Request: message is not modified: specified new message content")
        assert anna.last.text == "två"
        assert not anna.last.buttons
        assert anna.last.edits[0]["text"] == "ett"
        assert hers["description"] == "Bad Request: message can't be edited"
        assert none["description"] == "Bad Request: message to edit not found"

    async def test_a_reply_needs_its_message(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        anna.writes("Hej")

        refused = await bot.says(anna.id, "Svar", reply_parameters={"message_id": 99})
        await bot.says(anna.id, "Svar", reply_parameters={"message_id": anna.last_written()})
        lenient = {"message_id": 99, "allow_sending_without_reply": True}
        await bot.says(anna.id, "Ändå", reply_parameters=lenient)

        assert refused == "Bad Request: message to be replied not found"
        assert [each.reply_to for each in anna.messages] == [anna.last_written(), None]

    async def test_a_tap_is_answered_once_and_in_time(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        await bot.says(anna.id, "Vill du?", reply_markup=ASKED)
        anna.presses("Ja")
        anna.presses("Nej")
        first, second = [each["callback_query"]["id"] for each in await bot.hears()]

        answers = [await bot.call("answerCallbackQuery", callback_query_id=first) for _ in range(2)]
        api.world.pass_by(16)
        late = await bot.call("answerCallbackQuery", callback_query_id=second)

        assert [each["ok"] for each in answers] == [True, False]
        assert late["description"] == (
            "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )

    async def test_a_group_moves(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        group = api.group("Byalaget", [anna])
        old, new = group.id, group.becomes_supergroup()

        answer = await bot.call("sendMessage", chat_id=old, text="Hej")
        sent = await bot.says(new, "Hej")

        assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
        assert answer["parameters"] == {"migrate_to_chat_id": new}
        moved = [each["message"] for each in await bot.hears()]
        assert (moved[0]["chat"]["id"], moved[0]["migrate_to_chat_id"]) == (old, new)
        assert (moved[1]["chat"]["id"], moved[1]["migrate_from_chat_id"]) == (new, old)
        assert sent["message_id"] == moved[1]["message_id"] + 1 == 2

    async def test_privacy(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        group = api.group("Byalaget", [anna])
        await bot.says(group.id, "Hej alla")

        heard = [
            bool(anna.writes(text, in_=group))
            for text in ("Hej", "/hjalp", "/hjalp@servicelotsen_bot", "/hjalp@annan_bot", "Hej @servicelotsen_bot")
        ]

        assert heard == [False, True, True, False, True]
        assert anna.writes("Svar", reply_to=group.last, in_=group)
        assert not anna.writes("Svar", reply_to=anna.last_written(in_=group), in_=group)
        group.makes_admin()
        assert anna.writes("Hej", in_=group)

    async def test_topics(self, api: botapi.Api, bot: Bot) -> None:
        forum = api.group("Moderatorerna", forum=True)
        topic = forum.topic("Frågor")

        await bot.says(forum.id, "Ny fråga", message_thread_id=topic)

        assert forum.last.thread == topic
        assert await bot.says(forum.id, "Hej", message_thread_id=99) == "Bad Request: message thread not found"


class TestLimits:
    async def test_a_chat_takes_a_burst_then_one_a_second(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo = api.user("Anna"), api.user("Bo")
        api.world.limits = botapi.Limits(chat_rate=1, chat_burst=2)

        answers = [await bot.call("sendMessage", chat_id=anna.id, text=str(number)) for number in range(4)]

        assert [each["ok"] for each in answers] == [True, True, False, False]
        assert answers[2]["description"] == "Too Many Requests: retry after 1"
        assert answers[2]["parameters"] == {"retry_after": 1}
        assert (api.world.too_many, api.world.early) == (2, 1)
        assert (await bot.call("sendMessage", chat_id=bo.id, text="Hej"))["ok"]
        await asyncio.sleep(1.01)
        assert (await bot.call("sendMessage", chat_id=anna.id, text="4"))["ok"]
        assert api.world.early == 1

    async def test_a_group_takes_20_in_a_minute(self, api: botapi.Api, bot: Bot) -> None:
        group = api.group("Byalaget")
        api.world.limits = botapi.Limits(chat_burst=100, overall_per_second=1000)

        answers = [await bot.call("sendMessage", chat_id=group.id, text=str(number)) for number in range(21)]

        assert [each["ok"] for each in answers] == [True] * 20 + [False]
        assert 55 < answers[-1]["parameters"]["retry_after"] <= 60

    async def test_everybody_together_takes_30_a_second(self, api: botapi.Api, bot: Bot) -> None:
        people = [api.user(str(number)) for number in range(31)]
        api.world.limits = botapi.Limits()

        answers = [await bot.call("sendMessage", chat_id=each.id, text="Hej") for each in people]

        assert [each["ok"] for each in answers] == [True] * 30 + [False]


class TestFaults:
    async def test_cut_before_and_after(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")

        for kind in ("cut", "cut_after", "half"):
            api.fault(kind, method="sendMessage", times=1)
            with pytest.raises(httpx.TransportError):
                await bot.says(anna.id, kind)

        assert [each.text for each in anna.messages] == ["cut_after", "half"]
        assert (await bot.says(anna.id, "Hej"))["text"] == "Hej"

    async def test_a_hang_and_a_late_answer(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        api.fault("hang", times=1)
        api.fault("late", times=1, seconds=0.1)

        with pytest.raises(httpx.ReadTimeout):
            await bot.http.post(f"/bot{api.token}/getMe", timeout=0.05)
        began = time.monotonic()
        waiting = asyncio.create_task(bot.says(anna.id, "Hej"))

        assert (await anna.next()).text == "Hej"
        await waiting
        assert time.monotonic() - began > 0.09

    async def test_only_one_chat_is_refused(self, api: botapi.Api, bot: Bot) -> None:
        anna, bo = api.user("Anna"), api.user("Bo")
        api.fault("too_many", chat=anna, times=1, seconds=3)

        assert await bot.says(anna.id, "Hej") == "Too Many Requests: retry after 3"
        assert await bot.says(anna.id, "Hej") == "Too Many Requests: retry after 3"
        assert api.world.early == 1
        assert (await bot.says(bo.id, "Hej"))["text"] == "Hej"

    async def test_a_page_instead_of_json(self, api: botapi.Api, bot: Bot) -> None:
        api.fault("html", code=502)

        answer = await bot.http.post(f"/bot{api.token}/getMe")

        assert answer.status_code == 502
        assert answer.text.startswith("<html>")

    async def test_nobody_there_for_a_while(self, api: botapi.Api, bot: Bot) -> None:
        anna = api.user("Anna")
        polling = asyncio.create_task(bot.hears(timeout=10))
        await asyncio.sleep(0.05)

        await api.down()
        with pytest.raises(httpx.TransportError):
            await polling
        with pytest.raises(httpx.ConnectError):
            await bot.says(anna.id, "Hej")
        written = anna.writes("Hej")
        await api.up()

        assert ids(await bot.hears()) == [written]

    async def test_one_slow_send_holds_up_nobody(self, api: botapi.Api, bot: Bot) -> None:
        people = [api.user(str(number)) for number in range(20)]
        api.world.latency = 0.2
        began = time.monotonic()

        await asyncio.gather(*(bot.says(each.id, "Hej") for each in people))

        assert 0.2 <= time.monotonic() - began < 3.5  # one after another they would take 4


def test_a_process_of_its_own_tells_how_long_replies_take() -> None:
    with separate() as remote, httpx.Client(base_url=f"{remote.base}/bot{remote.token}") as http:
        remote.control("feed", updates=6, chats=3, script=["ett", {"data": "1:ja"}])
        offset = 0
        while updates := http.post("/getUpdates", json={"offset": offset, "timeout": 1}).json()["result"]:
            for update in updates:
                sender = update.get("message", update.get("callback_query"))["from"]["id"]
                http.post("/sendMessage", json={"chat_id": sender, "text": "svar"})
            offset = updates[-1]["update_id"] + 1

        assert remote.control("wait", timeout=5) == {"done": True, "waiting": 0}
        stats = remote.control("stats")
        assert stats["said_by_chat"] == {"10001": 2, "10002": 2, "10003": 2}
        assert stats["reply_ms_from_handed"]["count"] == 6
        assert stats["complaints"] == []
        assert len(remote.control("messages")["10001"]) == 2
