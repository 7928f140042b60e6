"""The control socket: commands that write hand their job to the running service, which alone writes.

One JSON object a line in, one out. The socket lies in the data folder with mode 0600, so that only the user who runs
the service can use it.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

Command = Callable[[dict[str, Any]], Awaitable[Any]]
MOST_BYTES = 8 * 1024 * 1024
"""Of a job: the questions of a whole chat log, and then some."""


class CommandFailed(Exception):
    """The service refused the job and said why."""


def socket_path(data: Path) -> Path:
    """Where the socket of a data folder is."""
    return data / "control.sock"


async def listen(path: Path, commands: Mapping[str, Command]) -> asyncio.Server:
    """Serve the commands on a socket. A socket left over by a crash is replaced: the lock file says who is alive."""
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - once, at start-up

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(line, commands), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=MOST_BYTES)
    path.chmod(0o600)  # noqa: ASYNC240 - once, at start-up
    return server


async def _answer(line: bytes, commands: Mapping[str, Command]) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        command = commands[asked.pop("do")]
        return {"ok": await command(asked)}
    except CommandFailed as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a job raises is told to the one who asked for it
        return {"error": f"{type(error).__name__}: {error}"}


class Client:
    """The other end, for the command line."""

    def __init__(self, path: Path) -> None:
        """Connect. OSError when nobody serves there."""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rwb")

    def do(self, command: str, **arguments: Any) -> Any:
        """The command's answer. CommandFailed with what the service said."""
        line = json.dumps({"do": command, **arguments}, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        if len(line) > MOST_BYTES:
            raise CommandFailed(f"that is more than {MOST_BYTES >> 20} MiB at once; divide it")
        self._file.write(line)
        self._file.flush()
        answered = self._file.readline()
        answer = json.loads(answered) if answered else {"error": "the service stopped"}
        if "error" in answer:
            raise CommandFailed(answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()
