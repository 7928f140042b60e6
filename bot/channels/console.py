"""The conversation in a terminal: numbered choices, and answers that arrive while one waits."""

import asyncio
import base64
import json
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from bot.conversations import Inbound
from bot.media import Making
from bot.service import Service
from bot.store.tx import Message, Tx
from dialogs.engine import OF_A_RUN
from dialogs.events import Arrived, Chose, Event, Said
from dialogs.replies import plain

CHANNEL = "console"
ADDRESS = "terminal"
NEWS_SECONDS = 1.0

Hear = Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]]
"""Gives an event ({"said": …} | {"chose": …} | {"arrived": true} | {"after": n}) and gets kept messages."""


async def file(service: Service, name: str) -> str:
    """A picture or a file that the terminal's person was given, in base 64; empty when there is none of that name."""

    def find(tx: Tx) -> Making | None:
        return service.media(tx, tx.person_at(CHANNEL, ADDRESS), name)

    making = await service.store.read(find)
    return base64.b64encode(await asyncio.to_thread(making)).decode() if making else ""


async def hear(service: Service, asked: dict[str, Any]) -> list[Message]:
    """The service's side of the terminal: take in an event, or look for news."""
    if "after" in asked:
        person = await service.store.read(lambda tx: tx.person_at(CHANNEL, ADDRESS))
        return await service.store.read(lambda tx: tx.messages(person, asked["after"])) if person else []
    inbound = Inbound(
        CHANNEL, asked.get("key") or str(uuid.uuid4()), _event(asked), ADDRESS, ADDRESS,
        asked.get("lang") or service.settings.language, asked.get("webinar"), asked.get("lang"),
    )  # fmt: skip
    return list((await service.conversations.handle(inbound)).messages)


def _event(asked: dict[str, Any]) -> Event:
    if "said" in asked:
        return Said(str(asked["said"]))
    return Chose(str(asked["chose"])) if "chose" in asked else Arrived(asked.get("webinar"))


@dataclass
class Terminal:
    """One conversation at a terminal or in a pipe."""

    hear: Hear
    language: str | None = None
    record: TextIO | None = None
    source: TextIO = field(default_factory=lambda: sys.stdin)
    sink: TextIO = field(default_factory=lambda: sys.stdout)
    fetch: Callable[[str], Awaitable[str]] | None = None
    """Gives a file by its name, in base 64; without it files are only named."""
    folder: Path = field(default_factory=Path)
    """Where files are put."""
    _choices: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 0

    async def converse(self) -> None:
        """Talk until the input ends."""
        await self._tell({"arrived": True})
        while (line := await self._line()) is not None:
            if line.strip():
                await self._tell(self.meant(line.strip()))

    def meant(self, line: str) -> dict[str, Any]:
        """A number is the choice of that number; anything else is what the person says."""
        if line.isascii() and line.isdigit() and len(line) < 4 and 0 < int(line) <= len(self._choices):
            return {"chose": self._choices[int(line) - 1]["id"]}
        return {"said": line}

    async def _line(self) -> str | None:
        """The next line of input; meanwhile, whatever arrives is shown."""
        self._write("> " if self.source.isatty() else "")
        reading = asyncio.create_task(asyncio.to_thread(self.source.readline))
        while not reading.done():
            await asyncio.wait([reading], timeout=NEWS_SECONDS)
            if not reading.done():
                self._show(await self.hear({"after": self._last}))
        return reading.result() or None

    async def _tell(self, event: dict[str, Any]) -> None:
        messages = await self.hear({**event, "lang": self.language} if self.language else event)
        self.language = None
        self._keep(event, messages)
        self._show(messages)
        for message in messages:
            if self.fetch and "file" in message["body"]:
                await self._save(message["body"]["file"]["name"], await self.fetch(message["body"]["file"]["name"]))

    async def _save(self, name: str, content: str) -> None:
        """A file that was asked for, put where the terminal is."""
        path = self.folder / name.replace("/", "-")
        try:
            await asyncio.to_thread(path.write_bytes, base64.b64decode(content))
        except OSError as error:
            self._write(f"  {path}: {error.strerror}\n")
        else:
            self._write(f"  -> {path}\n")

    def _show(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self._last = message["number"]
            if message["sender"] != "you":
                self._write(self._shown(message))

    def _shown(self, message: dict[str, Any]) -> str:
        body = message["body"]
        lines = [""] + ([f"» {plain(body['heading'])}"] if "heading" in body else []) + [plain(body["text"])]
        lines += [f"  Källa: {source['title']} ({source['date']})" for source in body.get("sources", ())]
        lines += [f"  [{body['image']['alt']}]"] if "image" in body else []
        lines += [f"  [{body['file']['title']}]"] if "file" in body else []
        lines += [f"  {link['label']}: {link['url']}" for link in body.get("links", ())]
        if "note" in body:
            lines.append(f"  {plain(body['note'])}")
        choices = body.get("choices", [])
        if choices:
            self._choices = list(choices)
        lines += [f"  {number}. {plain(choice['label'])}" for number, choice in enumerate(choices, 1)]
        return "\n".join(lines) + "\n"

    def _write(self, text: str) -> None:
        self.sink.write(text)
        self.sink.flush()

    def _keep(self, event: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        """Record the step of a journey: what was done, and the keys of what was said."""
        if self.record:
            keys = [message["body"]["key"] for message in messages if message["sender"] != "you"]
            self.record.write(step(event, keys))


def step(event: dict[str, Any], keys: list[str]) -> str:
    """One line of a recorded journey. The random id of a run is written as *, so that a replay can find its own."""
    done = dict(event)
    if "chose" in done:
        done["chose"] = without_run(done["chose"])
    return json.dumps({**done, "replies": keys}, ensure_ascii=False) + "\n"


def without_run(choice: str) -> str:
    """A choice with the random part of its id left out."""
    verb, *arguments = choice.split(":")
    return ":".join([verb, "*", *arguments[1:]]) if verb in OF_A_RUN and arguments else choice
