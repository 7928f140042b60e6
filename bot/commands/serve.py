"""`serve`: the whole service in one process."""

import asyncio
import importlib
import importlib.util
import logging
import signal
import socket
from argparse import Namespace
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from types import FrameType

import uvicorn

from bot import announcing, control, jobs, logs, reminding, telling
from bot.channels.web.app import create_app
from bot.commands import _jobs
from bot.ports import StoreLocked, StoreUnavailable
from bot.service import Service
from bot.settings import Settings
from bot.wiring import running, telegram

DEMO_WEBINAR = "landet-lar-47"
STOP_SECONDS = 4
BACKLOG = 4096


def run(asked: Namespace, settings: Settings) -> int:
    """Serve until told to stop."""
    logs.begin(settings)
    try:
        taken = _bind(asked.host, asked.port)
    except (OSError, OverflowError) as error:
        _jobs.complain(f"can't listen on {asked.host}:{asked.port} ({error}); try another --port")
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(asked, settings, taken))
    except (StoreLocked, StoreUnavailable) as error:
        _jobs.refused(settings, error)
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: it serves more on the same machine."""
    found = importlib.util.find_spec("uvloop") and importlib.import_module("uvloop")
    return found.new_event_loop if found else None


def _bind(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything else is touched."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except (OSError, OverflowError):
        taken.close()
        raise
    return taken


async def _serve(asked: Namespace, settings: Settings, taken: socket.socket) -> None:
    async with running(settings) as started:
        service = replace(started, local=f"http://{asked.host}:{taken.getsockname()[1]}")
        service.library.matcher  # noqa: B018 - built now, not on the first question
        channel = await telegram(service)
        app = create_app(service, channel.routes, channel.most_bytes) if channel else create_app(service)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS, backlog=BACKLOG, proxy_headers=False,
        )  # fmt: skip
        server = _Server(config, service)
        controls = await _controls(service)
        reloads = _Reloads(service)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloads.begin)
        await _greet(service, demo=asked.demo)
        works = {
            "announcements": announcing.run(service),
            "reminding": reminding.run(service),
            "telling": telling.run(service),
            **({"telegram": channel.run()} if channel else {}),
        }
        beside = [asyncio.create_task(_attended(name, work)) for name, work in works.items()]
        try:
            await server.serve(sockets=[taken])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            controls.close()
            control.socket_path(settings.data).unlink(missing_ok=True)


async def _attended(name: str, work: Coroutine[None, None, None]) -> None:
    """Work beside the pages. If it ends by a mistake, the operator is told and the pages go on."""
    try:
        await work
    except Exception:
        logging.getLogger(f"bot.{name}").exception("this part has stopped; the rest goes on")


class _Server(uvicorn.Server):
    """Ends the open streams first, so that stopping does not wait for them.

    uvicorn raises a signal once more when it has stopped, which would end the process before the store is closed.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.service.live.close()
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


async def _controls(service: Service) -> asyncio.Server:
    path = control.socket_path(service.settings.data)
    try:
        return await control.listen(path, jobs.commands(service))
    except OSError as error:
        _jobs.complain(f"can't make {path} ({error}); try another --data")


@dataclass
class _Reloads:
    """Reads the content again beside the event loop, so that nobody waits for it."""

    service: Service
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _reload(self) -> None:
        complaints = await asyncio.to_thread(self.service.library.reload)
        for complaint in complaints:
            logging.getLogger("content").error("%s", complaint)
        logging.getLogger("content").info("kept the old content" if complaints else "content read again")


async def _greet(service: Service, *, demo: bool) -> None:
    """Tell the operator where to go."""
    base = service.base
    lines = [f"Servicelotsen svarar på {base}/"]
    if demo:
        await jobs.webinar(service, {"code": DEMO_WEBINAR, "phase": "open"})
        invitation = await jobs.invite(service, {"role": "moderator"})
        lines = [
            "Servicelotsen är igång med exempelwebbinariet. Avsluta med Ctrl+C.",
            f"  Tittare:    {base}/w/{DEMO_WEBINAR}",
            f"  Moderator:  {invitation}   (engångslänk, gäller en kvart)",
            f"  Storbild:   {base}/scen/{DEMO_WEBINAR}",
        ]
    print("\n".join(lines), flush=True)
