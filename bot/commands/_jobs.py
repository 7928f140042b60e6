"""Handing a job to the running service, or doing it here when nothing serves."""

import asyncio
import sys
from typing import Any, NoReturn

from bot import control
from bot.jobs import JOBS
from bot.ports import StoreLocked, StoreUnavailable
from bot.settings import Settings
from bot.wiring import running


def do(settings: Settings, job: str, **asked: Any) -> Any:
    """The job's result. SystemExit with a sentence when it can't be done."""
    try:
        client = control.Client(control.socket_path(settings.data))
    except OSError:
        return _here(settings, job, asked)
    try:
        return client.do(job, **asked)
    except control.CommandFailed as error:
        complain(str(error))
    finally:
        client.close()


def serving(settings: Settings) -> bool:
    """Whether a service runs on this data folder."""
    try:
        control.Client(control.socket_path(settings.data)).close()
    except OSError:
        return False
    return True


def _here(settings: Settings, job: str, asked: dict[str, Any]) -> Any:
    async def work() -> Any:
        async with running(settings) as service:
            return await JOBS[job](service, asked)

    try:
        return asyncio.run(work())
    except control.CommandFailed as error:
        complain(str(error))
    except (StoreLocked, StoreUnavailable) as error:
        refused(settings, error)


def refused(settings: Settings, error: StoreLocked | StoreUnavailable) -> NoReturn:
    """Say why the database can't be used, and stop with status 1."""
    if isinstance(error, StoreLocked):
        complain(f"{settings.database} is in use by another servicelotsen; stop that one, or use another --data")
    complain(f"{settings.database} can't be used: {error}")


def complain(what: str) -> NoReturn:
    """Say it and stop with status 1."""
    print(f"servicelotsen: {what}", file=sys.stderr)
    raise SystemExit(1)
