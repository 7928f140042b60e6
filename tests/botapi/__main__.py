"""The server as a process of its own: prints its address, and serves until it is ended."""

import argparse
import asyncio
import json
import signal
import sys

import uvloop

from tests.botapi.control import Control
from tests.botapi.server import serving
from tests.botapi.world import TOKEN


async def _serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(options.port, token=options.token, record=not options.no_record) as api:
        control = Control(api)
        sys.stdout.write(json.dumps({"base": api.base, "token": api.token, "username": api.username}) + "\n")
        sys.stdout.flush()
        await ended.wait()
        await control.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.botapi", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--no-record", action="store_true", help="keep no messages and calls of the bot")
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
