"""What commands ask the service to do: run by `serve` over its control socket, or here when nothing serves."""

import asyncio
import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot import announcing, control, importing, retention
from bot.channels import console
from bot.media import forget_made
from bot.moderator import signing_in
from bot.service import Service
from bot.store.tx import Tx
from dialogs.queue import WAITING

CODE = re.compile(r"F-(\d{1,9})", re.IGNORECASE)
"""A question's code; no person's id looks like it."""
Job = Callable[[Service, dict[str, Any]], Awaitable[Any]]


async def invite(service: Service, asked: dict[str, Any]) -> str:
    """A one-time link for a role."""
    role, webinar = asked["role"], asked.get("webinar")
    if webinar and webinar not in service.library.content.webinars:
        raise control.CommandFailed(f"there is no webinar {webinar!r}")
    token = await service.store.write(lambda tx: signing_in.invite(tx, role, webinar, service.clock()))
    return signing_in.link(service.base, token)


async def erase(service: Service, asked: dict[str, Any]) -> str | None:
    """Forget a person, by id or by the code of one of their questions. The id, or None when there is no such person."""
    wanted = asked["person"]

    def work(tx: Tx) -> str | None:
        code = CODE.fullmatch(wanted)
        asker = tx.asker(int(code[1])) if code else (wanted,)
        return asker[0] if asker and tx.erase(asker[0]) else None

    found = await service.store.write(work)
    forget_made()
    await service.store.scrub()
    return found


async def purge(service: Service, asked: dict[str, Any]) -> dict[str, int]:
    """Remove what is past its time; with `dry_run` only count it."""

    def work(tx: Tx) -> dict[str, int]:
        counts = retention.purge(tx, service.retention, service.clock())
        if asked.get("dry_run"):
            raise _DryRun(counts)
        return counts

    try:
        counts = await service.store.write(work)
    except _DryRun as found:
        return found.counts
    await service.store.scrub()
    return counts


class _DryRun(Exception):
    """Undoes a purge that was only to be counted."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts


async def webinar(service: Service, asked: dict[str, Any]) -> dict[str, str]:
    """Set a webinar's phase, tell that its recording is out, or with no code list them all."""
    code, phase = asked.get("code"), asked.get("phase")
    known = service.library.content.webinars
    if code and code not in known:
        raise control.CommandFailed(f"there is no webinar {code!r}; content has {', '.join(known) or 'none'}")
    if code and asked.get("recording"):
        await service.store.write(lambda tx: announcing.to_subscribers(tx, "recording", code, service.clock()))
    if code and phase:
        await service.store.write(lambda tx: announcing.set_phase(tx, code, phase, service.clock()))
    phases = await service.store.read(Tx.phases)
    return {each: service.conversations.phase(phases, each) for each in known}


async def waiting(service: Service, asked: dict[str, Any]) -> int:
    """How many questions of a webinar still wait for a moderator."""
    found = await service.store.read(lambda tx: tx.count_questions(asked["code"]))
    return sum(count for state, count in found.items() if state in WAITING)


async def import_(service: Service, asked: dict[str, Any]) -> Any:
    """Bring another program's export into a webinar's queue; what became of each part of it."""
    return await importing.job(service, asked)


async def reload(service: Service, _: dict[str, Any]) -> list[str]:
    """Read the content again; the complaints, empty when the new content is in use."""
    complaints = await asyncio.to_thread(service.library.reload)
    if not complaints:
        await service.store.write(lambda tx: announcing.tell_of_calls(tx, service))
    return list(complaints)


async def talk(service: Service, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """One event of the terminal chat, or what has arrived since: kept messages as JSON values."""
    messages = await console.hear(service, asked)
    return [{**dataclasses.asdict(message), "at": message.at.isoformat()} for message in messages]


async def file(service: Service, asked: dict[str, Any]) -> str:
    """A file that the terminal's person was given, in base 64."""
    return await console.file(service, str(asked["name"]))


JOBS: Mapping[str, Job] = {
    "invite": invite,
    "erase": erase,
    "purge": purge,
    "webinar": webinar,
    "waiting": waiting,
    "import": import_,
    "reload": reload,
    "talk": talk,
    "file": file,
}
"""Name of a job → how it is done."""


def commands(service: Service) -> dict[str, control.Command]:
    """The jobs as commands of the control socket."""

    def bound(job: Job) -> control.Command:
        return lambda asked: job(service, asked)

    return {name: bound(job) for name, job in JOBS.items()}
