"""Both ways of speaking to the Bot API keep one promise, over a real line, whatever goes wrong on it."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot import logs, wiring
from bot.channels.telegram.transport import NotCalled, Refused, Transport, Unknown
from bot.channels.telegram.wire import Upload
from bot.settings import PREFIX, Settings, SettingsError, load
from tests import botapi
from tests.botapi.faults import KINDS
from tests.botapi.people import Person
from tests.telegram import TRANSPORTS

PATIENCE = 0.2
"""Seconds that a call waits here for its answer."""
LONG = 5.0
WRONG_TOKEN = "110201543:AAHxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"


@pytest.fixture
async def api() -> AsyncIterator[botapi.Api]:
    async with botapi.serving() as running:
        yield running


@pytest.fixture
def anna(api: botapi.Api) -> Person:
    return api.user("Anna")


@pytest.fixture(autouse=True)
def silenced(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The log as the service sets it up, and then everything that is let through."""
    before = {name: logging.getLogger(name).level for name in logs.TALKATIVE}
    logs.silence()
    with caplog.at_level(logging.DEBUG):
        yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@asynccontextmanager
async def speaking(name: str, base: str, token: str) -> AsyncIterator[Transport]:
    """A transport as the settings give it, hung up afterwards."""
    settings = Settings(telegram_transport=name, telegram_api_base=base, telegram_token=token)
    found = wiring.transport(settings)
    try:
        yield found
    finally:
        await found.close()


@pytest.fixture(params=TRANSPORTS)
async def transport(request: pytest.FixtureRequest, api: botapi.Api) -> AsyncIterator[Transport]:
    async with speaking(request.param, api.base, api.token) as found:
        yield found


async def says(transport: Transport, chat: int, text: str = "Hej", seconds: float = LONG) -> Any:
    return await transport.call("sendMessage", {"chat_id": chat, "text": text}, seconds)


async def failure(transport: Transport, method: str, seconds: float = LONG, **params: Any) -> Exception:
    """What a call raises, which must be one of the three."""
    try:
        result = await transport.call(method, params, seconds)
    except (NotCalled, Unknown, Refused) as error:
        return error
    raise AssertionError(f"it went well: {result}")


async def refusal(transport: Transport, method: str, **params: Any) -> Refused:
    found = await failure(transport, method, **params)
    assert isinstance(found, Refused), found
    return found


class TestResults:
    async def test_the_result_comes_back_as_telegram_gave_it(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        me = await transport.call("getMe", {}, LONG)
        assert (me["id"], me["username"]) == (api.world.bot.id, api.username)
        sent = await says(transport, anna.id, 'Hej <på> & "dig" åäö 😀')
        assert sent["message_id"] == anna.last.message_id
        assert anna.last.text == 'Hej <på> & "dig" åäö 😀'

    async def test_nested_values_arrive_as_they_were(self, transport: Transport, api: botapi.Api, anna: Person) -> None:
        params = {
            "chat_id": anna.id, "text": "<b>Hej</b>", "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_parameters": {"message_id": 1, "allow_sending_without_reply": True},
            "reply_markup": {"inline_keyboard": [[{"text": "Ja å", "callback_data": "a:ja"}]]},
        }  # fmt: skip
        await transport.call("sendMessage", params, LONG)
        assert api.calls == [("sendMessage", params)]
        assert api.complaints == []

    async def test_a_list_of_results_and_a_plain_true_come_back_too(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        number = anna.writes("Hej")
        params = {"timeout": 0, "limit": 10, "allowed_updates": ["message"]}
        [update] = await transport.call("getUpdates", params, LONG)
        assert (update["update_id"], update["message"]["text"]) == (number, "Hej")
        assert update["message"]["from"] == anna.user.body
        assert await transport.call("deleteWebhook", {}, LONG) is True
        assert api.complaints == []

    async def test_methods_newer_than_any_library_pass_unchanged(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        params = {"chat_id": anna.id, "rich_message": {"html": "<h1>Hej</h1>"}}
        sent = await transport.call("sendRichMessage", params, LONG)
        assert api.calls == [("sendRichMessage", params)]
        assert sent["rich_message"] == anna.last.body["rich_message"]
        assert api.complaints == []

    @pytest.mark.parametrize(("method", "field"), [("sendDocument", "document"), ("sendPhoto", "photo")])
    async def test_a_file_arrives_byte_by_byte(
        self, transport: Transport, api: botapi.Api, anna: Person, method: str, field: str
    ) -> None:
        content = bytes(range(256)) * 500 + b"\r\n--x\r\n\0"
        params = {
            "chat_id": anna.id, field: Upload("åtgärder.pdf", content), "caption": "<b>Å</b> &amp; så",
            "parse_mode": "HTML", "reply_markup": {"inline_keyboard": [[{"text": "Ja", "callback_data": "a"}]]},
        }  # fmt: skip
        await transport.call(method, params, LONG)
        assert list(api.world.files.values()) == [content]
        assert (anna.last.caption, anna.last.buttons) == ("Å & så", [("Ja", "a")])
        assert api.complaints == []

    async def test_many_calls_at_once_all_come_back_each_with_its_own(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        api.fault("slow", method="sendMessage", seconds=0.05)
        numbers = range(100)
        results = await asyncio.gather(*(says(transport, anna.id, f"nr {number}") for number in numbers))
        assert [each["text"] for each in results] == [f"nr {number}" for number in numbers]

    async def test_a_call_that_waits_for_updates_holds_nobody_up(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        waiting = asyncio.create_task(transport.call("getUpdates", {"timeout": 50}, 60))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            await says(transport, anna.id)
            number = anna.writes("Hej")
            assert [each["update_id"] for each in await waiting] == [number]


CAME_TO: dict[str, type[Exception] | None] = {
    "too_many": Refused, "forbidden": Refused, "migrate": Refused, "refused": Refused,
    "server_error": NotCalled, "html": NotCalled,
    "slow": Unknown, "late": Unknown, "hang": Unknown, "hang_after": Unknown,
    "cut": Unknown, "cut_after": Unknown, "half": Unknown,
}  # fmt: skip
"""What each fault means to the caller: a line that breaks after the request tells nothing."""
ORDERED: dict[str, dict[str, int]] = {"too_many": {"seconds": 1}, "migrate": {"to": -100}, "refused": {"code": 400}}
CARRIED_OUT = ("late", "hang_after", "cut_after", "half")


class TestFaults:
    def test_every_fault_there_is_has_a_meaning(self) -> None:
        assert set(CAME_TO) == set(KINDS)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_each_fault_is_told_as_what_it_is_and_the_next_call_goes_well(
        self, transport: Transport, api: botapi.Api, anna: Person, kind: str
    ) -> None:
        api.fault(kind, method="sendMessage", times=1, **ORDERED.get(kind, {"seconds": 2 * PATIENCE}))
        found = await failure(transport, "sendMessage", PATIENCE, chat_id=anna.id, text="ett")
        assert type(found) is CAME_TO[kind]
        if kind == "too_many":
            await asyncio.sleep(1)
        await says(transport, anna.id, "två")
        wanted = ["ett"] * (kind in CARRIED_OUT) + ["två"]
        assert [each.text for each in anna.messages if each.text == "två" or kind != "slow"] == wanted

    async def test_too_many_says_how_long_to_wait(self, transport: Transport, api: botapi.Api, anna: Person) -> None:
        api.fault("too_many", method="sendMessage", times=1, seconds=7)
        found = await refusal(transport, "sendMessage", chat_id=anna.id, text="Hej")
        assert (found.code, found.retry_after, found.into) == (429, 7, None)

    async def test_a_group_that_moved_says_where(self, transport: Transport, api: botapi.Api, anna: Person) -> None:
        api.fault("migrate", method="sendMessage", times=1, to=-1_000_000_000_999)
        found = await refusal(transport, "sendMessage", chat_id=anna.id, text="Hej")
        assert (found.code, found.into, found.retry_after) == (400, -1_000_000_000_999, None)

    @pytest.mark.parametrize("text", ["bot was blocked by the user", "user is deactivated"])
    async def test_a_chat_that_is_closed_says_why(
        self, transport: Transport, api: botapi.Api, anna: Person, text: str
    ) -> None:
        api.fault("forbidden", method="sendMessage", times=1, text=text)
        found = await refusal(transport, "sendMessage", chat_id=anna.id, text="Hej")
        assert (found.code, found.says(text)) == (403, True)

    async def test_telegrams_own_words_about_an_edit_are_kept(self, transport: Transport, anna: Person) -> None:
        sent = await says(transport, anna.id)
        same = {"chat_id": anna.id, "message_id": sent["message_id"], "text": "Hej"}
        found = await refusal(transport, "editMessageText", **same)
        assert (found.code, found.says("not modified")) == (400, True)
        missing = await refusal(transport, "editMessageText", **{**same, "message_id": 999, "text": "Hå"})
        assert (missing.code, missing.says("not found")) == (400, True)

    async def test_a_second_poller_is_told(self, transport: Transport, api: botapi.Api) -> None:
        params = {"url": "http://127.0.0.1:1/x"}
        await transport.call("setWebhook", params, LONG)
        assert (await refusal(transport, "getUpdates", timeout=0)).code == 409

    @pytest.mark.parametrize("code", [500, 502, 503, 504])
    async def test_a_server_in_trouble_surely_did_nothing(
        self, transport: Transport, api: botapi.Api, anna: Person, code: int
    ) -> None:
        for kind in ("server_error", "html"):
            api.fault(kind, method="sendMessage", times=1, code=code)
            assert type(await failure(transport, "sendMessage", chat_id=anna.id, text="Hej")) is NotCalled

    @pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 429])
    async def test_a_page_of_somebody_on_the_way_is_never_telegrams_no(
        self, transport: Transport, api: botapi.Api, anna: Person, code: int
    ) -> None:
        """A proxy's page must not make a chat count as closed, or the token as wrong."""
        api.fault("html", method="sendMessage", times=1, code=code)
        assert type(await failure(transport, "sendMessage", chat_id=anna.id, text="Hej")) in (NotCalled, Unknown)

    async def test_nobody_there_means_that_nothing_was_called(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        await api.down()
        assert type(await failure(transport, "getMe")) is NotCalled
        await api.up()
        await says(transport, anna.id)

    async def test_lines_that_broke_while_nobody_spoke_are_made_anew(
        self, transport: Transport, api: botapi.Api, anna: Person
    ) -> None:
        await asyncio.gather(*(says(transport, anna.id) for _ in range(5)))
        await api.down()
        await api.up()
        await asyncio.sleep(0.05)
        await asyncio.gather(*(says(transport, anna.id) for _ in range(5)))
        assert len(anna.messages) == 10


ODD_ANSWERS = {
    "nothing": b"", "no JSON": b"hej", "no letters": b"\xff\xfe\x00", "another value": b"[]", "null": b"null",
    "too deep": b'{"ok":true,"result":' + b"[" * 100_000,
    "too many digits": b'{"ok":true,"result":' + b"9" * 5000 + b"}",
    "no code": b'{"ok":false}',
}  # fmt: skip


@asynccontextmanager
async def babbling(answer: bytes) -> AsyncIterator[str]:
    """A server that says the same to everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class TestOddAnswers:
    @pytest.mark.parametrize("name", TRANSPORTS)
    @pytest.mark.parametrize("what", ODD_ANSWERS)
    async def test_an_answer_that_makes_no_sense_leaves_it_open_what_was_done(self, name: str, what: str) -> None:
        async with babbling(ODD_ANSWERS[what]) as base, speaking(name, base, WRONG_TOKEN) as transport:
            assert type(await failure(transport, "sendMessage", chat_id=1, text="Hej")) is Unknown

    async def test_what_no_line_can_carry_is_not_called(self, transport: Transport, anna: Person) -> None:
        assert type(await failure(transport, "sendMessage", chat_id=anna.id, text="half a letter: \ud83d")) is NotCalled
        await says(transport, anna.id)

    async def test_hanging_up_ends_what_is_under_way(self, transport: Transport, api: botapi.Api, anna: Person) -> None:
        """No line may stay open behind it: that would be a warning, and here an error."""
        api.fault("hang", method="sendMessage")
        calls = [asyncio.create_task(says(transport, anna.id, seconds=60)) for _ in range(3)]
        await asyncio.sleep(0.1)
        try:
            async with asyncio.timeout(20):
                await transport.close()
                ended = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(each) for each in ended] == [Unknown] * 3
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)


class TestSecrets:
    @pytest.mark.parametrize("name", TRANSPORTS)
    async def test_a_wrong_token_and_an_unknown_method_are_told_apart(self, api: botapi.Api, name: str) -> None:
        async with speaking(name, api.base, WRONG_TOKEN) as transport:
            assert (await refusal(transport, "getMe")).code == 401
        async with speaking(name, api.base, api.token) as transport:
            assert (await refusal(transport, "thereIsNoSuchMethod")).code == 404

    @pytest.mark.parametrize("name", TRANSPORTS)
    async def test_the_token_is_in_nothing_that_is_raised_or_logged(
        self, api: botapi.Api, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        anna = api.user("Anna")
        async with speaking(name, api.base, api.token) as transport:
            failures = [await failure(transport, "sendMessage", chat_id=anna.id + 99, text="Hej")]
            failures.append(await failure(transport, "thereIsNoSuchMethod"))
            for kind in KINDS:
                api.fault(kind, method="sendMessage", times=1, **ORDERED.get(kind, {"seconds": 2 * PATIENCE}))
                failures.append(await failure(transport, "sendMessage", PATIENCE, chat_id=anna.id, text="Hej"))
            api.fault("html", method="sendMessage", times=1, code=200)
            failures.append(await failure(transport, "sendMessage", chat_id=anna.id, text="Hej"))
            await api.down()
            await asyncio.sleep(0.05)
            failures.append(await failure(transport, "getMe"))
            await api.up()
            await transport.call("getMe", {}, LONG)
            assert api.token.partition(":")[2] not in repr(transport)
        async with speaking(name, api.base, WRONG_TOKEN) as transport:
            failures.append(await failure(transport, "getMe"))
        told = [text for error in failures for text in everything_told(error)] + [
            logging.Formatter("%(name)s %(message)s").format(record) for record in caplog.records
        ]
        assert len(failures) == len(KINDS) + 5
        assert type(failures[-2]) is NotCalled
        for secret in (api.token, WRONG_TOKEN):
            assert not [each for each in told if secret in each or secret.partition(":")[2] in each]

    def test_settings_do_not_show_their_secrets(self) -> None:
        settings = Settings(telegram_token="110201543:AAHdqTcvCH1", telegram_webhook_secret="hemlis")
        assert "AAHdqTcvCH1" not in repr(settings)
        assert "hemlis" not in repr(settings)


def everything_told(error: BaseException | None) -> Iterator[str]:
    """All that an exception and those behind it would show."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield from (str(each), repr(each), *traceback.format_exception(each))
        waiting += [each.__cause__, each.__context__]


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TELEGRAM_TRANSPORT", "aiogram"), ("TELEGRAM_TRANSPORT", "PTB"), ("TELEGRAM_MODE", "push"),
            ("TELEGRAM_MODE", ""), ("TELEGRAM_TOKEN", "1:abc/../getMe"), ("TELEGRAM_TOKEN", "med blanksteg"),
            ("TELEGRAM_API_BASE", "api.telegram.org"), ("TELEGRAM_API_BASE", "ftp://api.telegram.org"),
            ("TELEGRAM_WEBHOOK_SECRET", "med blanksteg"), ("TELEGRAM_WEBHOOK_SECRET", "å"),
            ("TELEGRAM_WEBHOOK_SECRET", "x" * 257), ("TELEGRAM_BULK_RATE", "fort"), ("TELEGRAM_BULK_RATE", "-1"),
            ("TELEGRAM_CHAT_RATE", "nan"), ("TELEGRAM_CHAT_RATE", "inf"), ("TELEGRAM_CHAT_RATE", ""),
        ],
    )  # fmt: skip
    def test_a_value_that_cannot_be_right_is_refused_by_name(self, name: str, value: str) -> None:
        with pytest.raises(SettingsError, match=f"{PREFIX}{name}") as told:
            load({f"{PREFIX}{name}": value, f"{PREFIX}PUBLIC_URL": "https://fraga.example.se"})
        if "TOKEN" in name or "SECRET" in name:
            assert value not in str(told.value)

    def test_a_webhook_needs_an_address_that_telegram_reaches(self) -> None:
        given = {f"{PREFIX}TELEGRAM_MODE": "webhook", f"{PREFIX}TELEGRAM_TOKEN": "1:abc"}
        with pytest.raises(SettingsError, match=f"{PREFIX}PUBLIC_URL"):
            load(given)
        assert load({**given, f"{PREFIX}PUBLIC_URL": "https://fraga.example.se"}).telegram_mode == "webhook"

    @pytest.mark.parametrize("name", ["", *TRANSPORTS])
    async def test_what_is_installed_is_used_and_what_is_asked_for_goes_first(self, name: str) -> None:
        found = wiring.transport(Settings(telegram_token="1:abc", telegram_transport=name))
        wanted = name or ("ptb" if "ptb" in TRANSPORTS else "httpx")
        assert type(found).__module__.rpartition(".")[2] == {"ptb": "ptb", "httpx": "plain"}[wanted]
        await found.close()

    async def test_without_a_token_there_is_no_telegram(self, tmp_path: Any) -> None:
        async with wiring.running(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}")) as service:
            assert await wiring.telegram(service) is None
