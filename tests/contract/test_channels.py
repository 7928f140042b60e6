"""What every channel must do, whoever speaks through it. A new package in bot/channels asks for its own voice here."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

import bot.channels
from bot.channels.console import ADDRESS, hear
from bot.channels.telegram.wire import data
from bot.conversations import NeverOffered
from bot.store.tx import Tx
from tests.telegram import GLEST, TRANSPORTS, Village, in_telegram
from tests.web import UNKNOWN, fresh_key


class Voice(Protocol):
    """Somebody who speaks through a channel."""

    async def says(self, text: str, key: str) -> None:
        """Write something; with the same key it is the same thing again."""
        ...

    async def presses(self, choice: str, key: str) -> None:
        """Press something, offered or not."""
        ...

    async def sees(self) -> str:
        """Everything that stands there, as it is read."""
        ...

    @property
    def address(self) -> tuple[str, str]:
        """The channel, and the address in it."""
        ...


@dataclass
class OnTheWeb:
    """Through the API of the page."""

    village: Village

    def __post_init__(self) -> None:
        self.person = self.village.web.person()

    async def says(self, text: str, key: str) -> None:
        await self.person.post({"text": text}, key)

    async def presses(self, choice: str, key: str) -> None:
        await self.person.post({"choice": choice}, key)

    async def sees(self) -> str:
        return "\n".join(message["text"] for message in await self.person.history())

    @property
    def address(self) -> tuple[str, str]:
        return "web", self.person.address or ""


@dataclass
class InTheTerminal:
    """Through the service's side of `servicelotsen chat`."""

    village: Village

    async def says(self, text: str, key: str) -> None:
        await hear(self.village.service, {"said": text, "key": key})

    async def presses(self, choice: str, key: str) -> None:
        with contextlib.suppress(NeverOffered):
            await hear(self.village.service, {"chose": choice, "key": key})

    async def sees(self) -> str:
        shown = await hear(self.village.service, {"after": 0})
        return "\n".join(str(message.body["text"]) for message in shown)

    @property
    def address(self) -> tuple[str, str]:
        return "console", ADDRESS


@dataclass
class InTelegram:
    """Through a real chat with the bot."""

    village: Village
    sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.person = self.village.api.user("Anna")

    async def says(self, text: str, key: str) -> None:
        await self._once(key, lambda: self.person.writes(text))

    async def presses(self, choice: str, key: str) -> None:
        if not self.person.messages:
            await self.says("hej", fresh_key())
        await self._once(key, lambda: self.person.presses(data=data(choice), message=self.person.last))

    async def _once(self, key: str, do: Callable[[], int]) -> None:
        if key in self.sent:
            self.village.api.world.redeliver(self.sent[key])
        else:
            self.sent[key] = do()
        await self.village.settled()

    async def sees(self) -> str:
        await self.village.settled()
        return "\n".join(message.text for message in self.person.messages)

    @property
    def address(self) -> tuple[str, str]:
        return "telegram", str(self.person.id)


CHANNELS: dict[str, type[OnTheWeb | InTheTerminal | InTelegram]] = {
    "web": OnTheWeb, "console": InTheTerminal, "telegram": InTelegram,
}  # fmt: skip
WAYS = [("web", "httpx"), ("console", "httpx"), *(("telegram", transport) for transport in TRANSPORTS)]


@dataclass
class Talk:
    """Somebody in a channel, and the service behind it."""

    village: Village
    voice: Voice

    async def keys(self) -> list[str]:
        """The keys of everything said to this person."""

        def look(tx: Tx) -> list[str]:
            person = tx.person_at(*self.voice.address)
            lines = tx.messages(person, 0, 10_000) if person else []
            return [line.body["key"] for line in lines if line.sender != "you"]

        return await self.village.service.store.read(look)


@pytest.fixture(params=WAYS, ids=" ".join)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    channel, transport = request.param
    async with in_telegram(tmp_path, transport) as village:
        yield Talk(village, CHANNELS[channel](village))
        assert village.api.complaints == []


def test_every_channel_is_here() -> None:
    [folder] = bot.channels.__path__
    found = {path.stem for path in Path(folder).iterdir() if not path.name.startswith("_")}
    assert found == CHANNELS.keys()


async def test_who_writes_first_is_told_who_answers_and_gets_the_answer(talk: Talk) -> None:
    await talk.voice.says(GLEST, fresh_key())
    assert await talk.keys() == ["welcome", "answer"]
    assert "Servicelotsen" in await talk.voice.sees()


async def test_what_comes_twice_is_answered_once(talk: Talk) -> None:
    key = fresh_key()
    await talk.voice.says("hej", fresh_key())
    for _ in range(3):
        await talk.voice.says(UNKNOWN, key)
    assert (await talk.keys())[2:] == ["offer.letterbox"]


async def test_a_persons_answer_comes_back_to_who_asked(talk: Talk) -> None:
    await talk.voice.says(UNKNOWN, fresh_key())
    await talk.voice.presses("send:1", fresh_key())
    maria = await talk.village.web.moderator()
    assert (await maria.decide(1, answer="Fråga handlaren <b>& grannen.")).status_code == 303
    assert (await talk.keys())[-2:] == ["receipt.letterbox", "moderator.answer"]
    assert "Fråga handlaren <b>& grannen." in await talk.voice.sees()


async def test_what_was_never_offered_does_nothing_and_the_next_is_answered(talk: Talk) -> None:
    await talk.voice.says("hej", fresh_key())
    for choice in ("forget:yes", "send:7", "a:ffff:behov:ja", "%", "~x"):
        await talk.voice.presses(choice, fresh_key())
    await talk.voice.says(GLEST, fresh_key())
    assert [key for key in await talk.keys() if key != "choice.unknown"][-1] == "answer"


async def test_who_asks_to_be_forgotten_is(talk: Talk) -> None:
    await talk.voice.says("glöm mig", fresh_key())
    await talk.voice.presses("forget:yes", fresh_key())
    assert await talk.keys() == []
    assert await talk.village.service.store.read(lambda tx: tx.person_at(*talk.voice.address)) is None
