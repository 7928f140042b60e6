"""`chat`: the conversation in this terminal, through the running service when there is one."""

import asyncio
from argparse import Namespace
from contextlib import ExitStack
from functools import partial
from typing import Any

from bot import control
from bot.channels import console
from bot.channels.console import Terminal
from bot.commands import _jobs
from bot.jobs import talk
from bot.ports import StoreLocked, StoreUnavailable
from bot.settings import Settings
from bot.wiring import running


def run(asked: Namespace, settings: Settings) -> int:
    """Talk until the input ends."""
    with ExitStack() as stack:
        record = stack.enter_context(asked.record.open("w", encoding="utf-8")) if asked.record else None
        try:
            client = control.Client(control.socket_path(settings.data))
        except OSError:
            asyncio.run(_here(settings, asked.lang, record))
            return 0
        stack.callback(client.close)

        async def through(event: dict[str, Any]) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = await asyncio.to_thread(client.do, "talk", **event)
            return found

        async def fetch(name: str) -> str:
            return str(await asyncio.to_thread(client.do, "file", name=name))

        try:
            asyncio.run(Terminal(through, asked.lang, record, fetch=fetch).converse())
        except (control.CommandFailed, OSError) as error:
            _jobs.complain(str(error))
    return 0


async def _here(settings: Settings, language: str | None, record: Any) -> None:
    try:
        async with running(settings) as service:
            fetch = partial(console.file, service)
            await Terminal(lambda event: talk(service, event), language, record, fetch=fetch).converse()
    except (StoreLocked, StoreUnavailable) as error:
        _jobs.refused(settings, error)
