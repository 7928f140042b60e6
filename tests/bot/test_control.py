import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import control
from bot.ports import StoreUnavailable


async def echo(asked: dict[str, Any]) -> dict[str, Any]:
    return asked


async def refuse(_: dict[str, Any]) -> None:
    raise control.CommandFailed("det finns inget sådant")


async def break_down(_: dict[str, Any]) -> None:
    raise StoreUnavailable("database or disk is full")


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    found = control.socket_path(tmp_path)
    server = await control.listen(found, {"echo": echo, "refuse": refuse, "break": break_down})
    yield found
    server.close()
    await server.wait_closed()


def ask(path: Path, command: str, **arguments: Any) -> Any:
    client = control.Client(path)
    try:
        return client.do(command, **arguments)
    finally:
        client.close()


def raw(path: Path, sent: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return line.makefile("rb").read()


async def test_a_command_gets_its_arguments_and_its_answer_comes_back(path: Path) -> None:
    sent = {"text": "åäö\u2028\n", "number": 3}
    assert await asyncio.to_thread(ask, path, "echo", **sent) == sent


async def test_only_the_owner_may_use_the_socket(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600  # noqa: ASYNC240 - a test


async def test_a_refusal_is_told_in_its_own_words(path: Path) -> None:
    with pytest.raises(control.CommandFailed, match=r"^det finns inget sådant$"):
        await asyncio.to_thread(ask, path, "refuse")


async def test_when_the_service_cannot_it_says_so_and_goes_on(path: Path) -> None:
    with pytest.raises(control.CommandFailed, match="disk is full"):
        await asyncio.to_thread(ask, path, "break")
    assert await asyncio.to_thread(ask, path, "echo") == {}


@pytest.mark.parametrize("sent", [b"{}", b"[]", b"nonsense", b"\xff\xfe", b'{"do": "unknown"}', b'{"do": []}'])
async def test_what_makes_no_sense_is_answered_as_an_error(path: Path, sent: bytes) -> None:
    assert json.loads(await asyncio.to_thread(raw, path, sent + b"\n")).keys() == {"error"}
    assert await asyncio.to_thread(ask, path, "echo") == {}


async def test_a_line_longer_than_anything_we_send_is_not_read_to_its_end(path: Path) -> None:
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        await asyncio.to_thread(raw, path, b"x" * (control.MOST_BYTES * 4))
    assert await asyncio.to_thread(ask, path, "echo") == {}


async def test_several_commands_go_over_one_connection(path: Path) -> None:
    def both() -> tuple[Any, Any]:
        client = control.Client(path)
        found = client.do("echo", n=1), client.do("echo", n=2)
        client.close()
        return found

    assert await asyncio.to_thread(both) == ({"n": 1}, {"n": 2})


async def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    path = control.socket_path(tmp_path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(OSError, match="refused"):
        control.Client(path)
    server = await control.listen(path, {"echo": echo})
    assert await asyncio.to_thread(ask, path, "echo") == {}
    server.close()


def test_where_nobody_serves_there_is_nobody_to_ask(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        control.Client(control.socket_path(tmp_path))
