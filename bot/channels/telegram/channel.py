"""The channel as a whole: says who it is, tells Telegram its commands, and runs what receives and what sends."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.routing import Route

from bot.channels.telegram import webhook
from bot.channels.telegram.away import Away
from bot.channels.telegram.deliver import Delivery
from bot.channels.telegram.moderators import Moderators
from bot.channels.telegram.poll import Poller
from bot.channels.telegram.receive import CALL_SECONDS, DESK, RETURN, ROUND, Receiver
from bot.channels.telegram.tallies import Tallies
from bot.channels.telegram.transport import (
    CHANNEL,
    FIRST_RETRY_SECONDS,
    LOG,
    LONGEST_RETRY_SECONDS,
    NotCalled,
    Refused,
    Transport,
    Unknown,
)
from bot.channels.telegram.webhook import Webhook
from bot.channels.telegram.wire import ALLOWED_UPDATES, COMMANDS, Me
from bot.conversations import Busy
from bot.ports import StoreUnavailable
from bot.service import Service
from dialogs.replies import bare

MOST_DESCRIPTION_UNITS = 512
CATCH_UP_SECONDS = 90.0
"""Telegram tries a webhook that failed again within 60-120 s: then what had piled up has been brought."""


@dataclass
class Telegram:
    """A running Telegram channel."""

    service: Service
    transport: Transport
    webhook: Webhook | None

    @property
    def routes(self) -> list[Route]:
        """What our web server serves for it."""
        return [self.webhook.route()] if self.webhook else []

    @property
    def most_bytes(self) -> dict[str, int]:
        """How large an update may be there."""
        return {webhook.PATH: webhook.MOST_BYTES} if self.webhook else {}

    async def run(self) -> None:
        """Receive and send until cancelled."""
        delivery = Delivery(self.service, self.transport)
        sending = asyncio.create_task(delivery.run())
        beside: list[asyncio.Task[None]] = []
        try:
            me = await self._surely("getMe", {})
            await delivery.knows.wait()  # a group that has become another is not a new one
            tallies = Tallies(self.service, self.transport, delivery)
            beside = [asyncio.create_task(self._introduce()), asyncio.create_task(tallies.run())]
            ours = f"https://t.me/{me['username']}?start="
            doors = {CHANNEL: ours + RETURN, f"round {CHANNEL}": ours + ROUND}
            moderators = Moderators(self.service, delivery) if self.service.settings.moderator_chat else None
            if moderators:
                doors["moderators"] = ours + DESK
                beside.append(asyncio.create_task(moderators.run()))
            self.service.conversations.doors.update(doors)
            me_ = Me(me["id"], me["username"])
            await self._receive(Receiver(self.service, self.transport, delivery, me_, moderators))
        finally:
            delivery.stop()
            for task in beside:
                task.cancel()
            await asyncio.gather(sending, *beside, return_exceptions=True)
            await self.transport.close()

    async def _receive(self, receiver: Receiver) -> None:
        away = Away(self.service, receiver)
        try:
            if self.webhook is None:
                await self._surely("deleteWebhook", {})
                await Poller(self.transport, receiver, away).run()
            else:
                self.webhook.receiver = receiver
                await self._surely("setWebhook", self._wanted(self.webhook))
                await self._keep_in_touch(away)
        finally:
            await receiver.finish()

    def _wanted(self, hook: Webhook) -> dict[str, Any]:
        """Where and how Telegram is to bring its updates."""
        address = self.service.public_url + webhook.PATH
        return {"url": address, "secret_token": hook.secret, "allowed_updates": list(ALLOWED_UPDATES)}

    async def _keep_in_touch(self, away: Away) -> None:
        """Being up is being in touch: Telegram comes to us."""
        while True:
            try:
                await away.in_touch()
                if away.was:
                    await asyncio.sleep(CATCH_UP_SECONDS)
                    await away.make_good()
            except Exception as error:  # one event that can't be taken in must not end the channel
                if not isinstance(error, StoreUnavailable | Busy):
                    logging.getLogger(LOG).exception("an outage is not made good yet")
            await asyncio.sleep(10)

    async def _introduce(self) -> None:
        """Tell Telegram what the bot can do; beside everything else, for nobody waits for it."""
        for method, params in introductions(self.service):
            await self._surely(method, params, give_up_on=(400, 404))

    async def _surely(self, method: str, params: Mapping[str, Any], give_up_on: Sequence[int] = ()) -> Any:
        """The result of a call, tried until it comes; None where it is refused in a way that will not change."""
        wait = FIRST_RETRY_SECONDS
        while True:
            try:
                return await self.transport.call(method, params, CALL_SECONDS)
            except Refused as refusal:
                if refusal.code in give_up_on:
                    logging.getLogger(LOG).warning("%s: %s", method, refusal)
                    return None
                wait = max(wait, refusal.retry_after or 0.0)
                logging.getLogger(LOG).warning("%s: %s; trying again. %s", method, refusal, _advice(refusal))
            except (NotCalled, Unknown) as error:
                logging.getLogger(LOG).warning("can't reach Telegram (%s); trying again", error)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)


def _advice(refusal: Refused) -> str:
    """What the operator can do about a refusal."""
    if refusal.code in (401, 404):
        return "Is TELEGRAM_TOKEN right?"
    return "Is PUBLIC_URL an https address that Telegram reaches?" if "webhook" in refusal.why.lower() else ""


def introductions(service: Service) -> list[tuple[str, dict[str, Any]]]:
    """What Telegram is told about the bot: its commands and descriptions, in each language and for all others."""
    told: list[tuple[str, dict[str, Any]]] = []
    texts = service.library.content.texts
    for code, language in (("", service.settings.language), *((each, each) for each in texts)):
        say = texts[language]
        commands = [{"command": name, "description": say(f"telegram.command.{name}")} for name in COMMANDS]
        about = bare(say("telegram.description", chat_days=service.retention.chat_days))[:MOST_DESCRIPTION_UNITS]
        spoken = {"language_code": code}
        told += [
            ("setMyCommands", {"commands": commands, **spoken}),
            ("setMyDescription", {"description": about, **spoken}),
            ("setMyShortDescription", {"short_description": bare(say("telegram.short")), **spoken}),
        ]
    return told
