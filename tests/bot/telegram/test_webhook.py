"""S9: what comes to the webhook is Telegram's, or goes no further than the door."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.channels.telegram import webhook
from bot.channels.telegram.wire import ALLOWED_UPDATES
from tests import botapi
from tests.botapi import contents
from tests.telegram import GLEST, SECRET, TRANSPORTS, Village, in_telegram
from tests.web import until

Json = dict[str, Any]

WRONG_SECRETS: dict[str, bytes | None] = {
    "none": None, "empty": b"", "another": b"fel", "its beginning": SECRET[:-1].encode(),
    "more than it": f"{SECRET}x".encode(), "in other letters": SECRET.upper().encode(), "å": "å".encode(),
    "no letters": b"\xff\xfe", "very long": SECRET.encode() * 500,
}  # fmt: skip


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked store refuses at once, not after seconds."""
    monkeypatch.setattr("bot.store.sqlite.BUSY_SECONDS", 0.02)


@asynccontextmanager
async def behind_a_webhook(folder: Path, transport: str) -> AsyncIterator[Village]:
    """The service as Telegram reaches it."""
    async with in_telegram(folder, transport, "webhook") as found:
        found.api.webhook.scale = 0.02
        await until(lambda: found.api.world.webhook)
        yield found
        assert found.api.complaints == []


@pytest.fixture(params=TRANSPORTS)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    async with behind_a_webhook(tmp_path, request.param) as found:
        yield found


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Village]:
    """What comes in does not depend on the way out."""
    async with behind_a_webhook(tmp_path, "httpx") as found:
        yield found


@pytest.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has found our address."""
    async with httpx.AsyncClient(timeout=5) as http:
        yield http


def at(village: Village, path: str = webhook.PATH) -> httpx.URL:
    """An address of ours, its path as it is written."""
    return httpx.URL(village.public).copy_with(raw_path=path.encode())


def hello(village: Village, number: int = 77, text: str = "hej") -> bytes:
    """An update as Telegram would bring it."""
    anna = next(iter(village.api.people.values()), None) or village.api.user("Anna")
    body = {"message_id": number, "date": 1, "chat": anna.chat.body, "from": anna.user.body, **contents.text(text)}
    return json.dumps({"update_id": number, "message": body}).encode()


def headers(secret: bytes | None) -> list[tuple[bytes, bytes]]:
    return [(webhook.HEADER.encode(), secret)] if secret is not None else []


async def kept(village: Village) -> dict[str, int]:
    """How much is kept of what comes in."""
    rows = await village.web.rows()
    return {name: len(rows[name]) for name in ("person", "message", "seen", "outbox", "dead_letter")}


class TestTheDoor:
    async def test_without_the_secret_nothing_is_taken_in(self, door: Village, outside: httpx.AsyncClient) -> None:
        for what, secret in WRONG_SECRETS.items():
            response = await outside.post(at(door), content=hello(door), headers=headers(secret))
            assert (response.status_code, response.content) == (403, b""), what
        assert set((await kept(door)).values()) == {0}

    async def test_the_door_is_shut_before_a_body_is_read(self, door: Village) -> None:
        """A megabyte is announced and never sent: the answer comes all the same."""
        for what, secret in WRONG_SECRETS.items():
            line = b"" if secret is None else b"%b: %b\r\n" % (webhook.HEADER.encode(), secret)
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.public).port)
            writer.write(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" % webhook.PATH.encode())
            writer.write(line + b"\r\n")
            async with asyncio.timeout(10):
                assert b" 403 " in await reader.readline(), what
            writer.close()
            await writer.wait_closed()

    async def test_the_right_secret_lets_it_in(self, door: Village, outside: httpx.AsyncClient) -> None:
        response = await outside.post(at(door), content=hello(door), headers=headers(SECRET.encode()))
        assert response.status_code == 200
        await door.settled()
        assert len(await door.rows("message")) > 0

    async def test_a_secret_given_after_a_wrong_one_is_wrong(self, door: Village, outside: httpx.AsyncClient) -> None:
        for first in (b"fel", b""):
            both = [*headers(first), *headers(SECRET.encode())]
            assert (await outside.post(at(door), content=hello(door), headers=both)).status_code == 403

    async def test_only_a_post_is_heard(self, door: Village, outside: httpx.AsyncClient) -> None:
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
            response = await outside.request(method, at(door), headers=headers(SECRET.encode()))
            assert response.status_code in (404, 405), method
        assert set((await kept(door)).values()) == {0}

    async def test_it_is_heard_at_its_own_address_only(self, door: Village, outside: httpx.AsyncClient) -> None:
        """Replayed from another path it leads nowhere."""
        for path in (
            "/telegram/webhook/",
            "/telegram/webhook/x",
            "/telegram",
            "//telegram/webhook",
            "/TELEGRAM/WEBHOOK",
        ):
            response = await outside.post(at(door, path), content=hello(door), headers=headers(SECRET.encode()))
            assert not response.is_success, path
        assert set((await kept(door)).values()) == {0}

    async def test_where_there_is_no_webhook_there_is_no_door(self, tmp_path: Path) -> None:
        async with in_telegram(tmp_path) as village, httpx.AsyncClient() as outside:
            response = await outside.post(at(village), content=hello(village), headers=headers(SECRET.encode()))
            assert response.status_code in (404, 405)
            assert set((await kept(village)).values()) == {0}


class TestBodies:
    async def test_a_body_too_large_is_done_with_and_its_chat_goes_on(
        self, door: Village, outside: httpx.AsyncClient
    ) -> None:
        large = hello(door, text="x" * webhook.MOST_BYTES)
        response = await outside.post(at(door), content=large, headers=headers(SECRET.encode()))
        assert response.status_code == 200
        assert len(await door.rows("dead_letter")) == 1
        [anna] = door.api.people.values()
        anna.writes(GLEST)
        assert await anna.next()

    async def test_a_large_one_within_the_limit_is_read(self, door: Village, outside: httpx.AsyncClient) -> None:
        """Larger than any other body we take: a long message with thousands of entities is Telegram's right."""
        update = {**json.loads(hello(door)), "filler": "x" * (webhook.MOST_BYTES - 2000)}
        response = await outside.post(at(door), json=update, headers=headers(SECRET.encode()))
        assert response.status_code == 200
        await door.settled()
        assert await door.rows("dead_letter") == []
        assert len(await door.rows("message")) > 0

    async def test_somebody_who_hangs_up_halfway_leaves_no_trace(
        self, door: Village, caplog: pytest.LogCaptureFixture
    ) -> None:
        head = f"POST {webhook.PATH} HTTP/1.1\r\nHost: x\r\n{webhook.HEADER}: {SECRET}\r\nContent-Length: 500\r\n\r\n{{"
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.public).port)
            writer.write(head.encode())
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.transport.abort()
        await asyncio.sleep(0.2)
        assert [each for each in caplog.records if each.exc_info] == []
        assert (await kept(door))["message"] == 0


class TestRefusing:
    async def test_while_nothing_can_be_stored_it_shall_come_again_and_is_then_answered_once(
        self, village: Village, outside: httpx.AsyncClient
    ) -> None:
        anna = village.api.user("Anna")
        with village.web.refusing():
            response = await outside.post(at(village), content=hello(village), headers=headers(SECRET.encode()))
            assert (response.status_code, response.headers["retry-after"]) == (503, str(webhook.RETRY_SECONDS))
            number = anna.writes(GLEST)
            await until(lambda: len(village.api.webhook.errors) >= 2)
            assert [each.update_id for each in village.api.world.updates()] == [number]
            assert anna.messages == []
        assert await anna.next()
        await village.settled()
        assert village.api.world.queue.all[number].times >= 3
        keys = await village.keys(anna)
        assert keys.count("welcome") == 1
        assert len(anna.messages) == len(keys)

    async def test_before_we_know_who_we_are_it_shall_come_again(
        self, village: Village, outside: httpx.AsyncClient
    ) -> None:
        hook = village.channel.webhook
        assert hook
        receiver, hook.receiver = hook.receiver, None
        response = await outside.post(at(village), content=hello(village), headers=headers(SECRET.encode()))
        hook.receiver = receiver
        assert (response.status_code, response.headers["retry-after"]) == (503, str(webhook.RETRY_SECONDS))
        assert set((await kept(village)).values()) == {0}


class TestSetting:
    async def test_telegram_is_told_where_and_with_what_secret_and_what_we_want(self, village: Village) -> None:
        [params] = [params for method, params in village.api.calls if method == "setWebhook"]
        assert params["url"] == village.public + webhook.PATH
        assert params["secret_token"] == SECRET
        assert sorted(params["allowed_updates"]) == sorted(ALLOWED_UPDATES)
        assert village.api.count("getUpdates") == 0

    async def test_the_address_holds_neither_the_token_nor_the_secret(self, village: Village) -> None:
        url = village.api.world.webhook["url"]
        assert not any(each in url for each in (village.api.token, village.api.token.partition(":")[2], SECRET))

    @pytest.mark.parametrize("transport", TRANSPORTS)
    async def test_polling_takes_a_webhook_away_and_loses_nothing(self, tmp_path: Path, transport: str) -> None:
        async with in_telegram(tmp_path, transport, "polling") as village:
            anna = village.api.user("Anna")
            await until(lambda: village.api.count("getUpdates"))
            assert village.api.count("setWebhook") == 0
            [params] = [params for method, params in village.api.calls if method == "deleteWebhook"]
            assert not params.get("drop_pending_updates")
            anna.writes(GLEST)
            assert await anna.next()

    async def test_from_a_webhook_to_polling_and_back_nothing_is_lost(self, tmp_path: Path) -> None:
        async with botapi.serving() as api:
            api.webhook.scale = 0.02
            anna = api.user("Anna")
            for mode in ("webhook", "polling", "webhook"):
                anna.writes(GLEST)
                async with in_telegram(tmp_path, mode=mode, api=api) as village:
                    assert await anna.next()
                    await village.settled()
                    asked = [row for row in await village.rows("message") if row[2] == "you"]
            assert len(asked) == 3
            assert api.world.queue.conflicts == 0

    async def test_a_secret_that_was_not_set_is_made_and_stays_the_same(self, tmp_path: Path) -> None:
        secrets = []
        async with botapi.serving() as api:
            for _ in range(2):
                async with in_telegram(tmp_path, mode="webhook", api=api, telegram_webhook_secret=""):
                    await until(lambda: api.world.webhook)
                    secrets.append(api.world.webhook["secret_token"])
                    api.world.webhook = {}
        assert secrets[0] == secrets[1]
        assert len(secrets[0]) >= 32
