"""The people in front of their telephones, and the groups they are in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.botapi import contents, polls
from tests.botapi.methods import membership
from tests.botapi.things import Chat, Json, Message, User
from tests.botapi.world import Tap, World

SECONDS = 20.0


@dataclass(eq=False)
class Room:
    """A chat as a test looks at it: what the bot says there, one thing after the other."""

    world: World
    chat: Chat
    _seen: int = 0

    @property
    def id(self) -> int:
        """The chat's id."""
        return self.chat.id

    def lets_through(self, _message: Message) -> bool:
        """Whether the bot is told of a message here."""
        return True

    @property
    def messages(self) -> list[Message]:
        """Everything the bot has said here and not deleted, in order, as it looks now."""
        return self.chat.sent()

    @property
    def last(self) -> Message:
        """The newest of them."""
        assert self.messages, "the bot has said nothing"
        return self.messages[-1]

    async def next(self, timeout: float = SECONDS) -> Message:  # noqa: ASYNC109 - said in the failure
        """The next message of the bot that was not looked at, waited for. AssertionError with what there is."""
        return await self._next(("new",), timeout)

    async def next_change(self, timeout: float = SECONDS) -> Message:  # noqa: ASYNC109
        """The next message or edit that was not looked at."""
        return await self._next(("new", "edit"), timeout)

    async def _next(self, wanted: tuple[str, ...], seconds: float) -> Message:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while self._seen < len(self.chat.events):
                        what, message = self.chat.events[self._seen]
                        self._seen += 1
                        if what in wanted:
                            return message
                    self.chat.changed.clear()
                    await self.chat.changed.wait()
        except TimeoutError:
            raise AssertionError(self._account(f"nothing new within {seconds} s")) from None

    def _account(self, what: str) -> str:
        world, here = self.world, self.chat.id
        refused = [(method, said) for method, params, said in world.refusals if params.get("chat_id") == here]
        waiting = [update.update_id for update in world.updates() if update.chat_id == here]
        return f"{what}; said: {self.messages}; refused: {refused}; updates not confirmed: {waiting}"

    async def quiet(self, seconds: float = 0.2) -> None:
        """Nothing new comes for a while."""
        await asyncio.sleep(seconds)
        news = [message for what, message in self.chat.events[self._seen :] if what == "new"]
        assert not news, f"said, unexpectedly: {news}"

    async def until(self, so: Callable[[], object], timeout: float = SECONDS) -> None:  # noqa: ASYNC109
        """Wait until something is so about the bot's messages here."""
        try:
            async with asyncio.timeout(timeout):
                while not so():
                    self.chat.changed.clear()
                    await self.chat.changed.wait()
        except TimeoutError:
            raise AssertionError(self._account(f"not so within {timeout} s")) from None

    def with_button(self, button: str) -> tuple[Message, str]:
        """The newest message having a button, by label or data; and the button's data."""
        for message in reversed(self.messages):
            for label, data in message.buttons:
                if button in (label, data):
                    return message, data
        raise AssertionError(f"no message has the button {button!r}; said: {self.messages}")


@dataclass(eq=False)
class Person(Room):
    """Somebody, and her private chat with the bot."""

    user: User = field(kw_only=True)

    def _say(self, content: Json, in_: Room | None, reply_to: Message | int | None = None, **more: Any) -> int:
        chat = in_.chat if in_ else self.chat
        self.chat.started = self.chat.started or in_ is None
        body = {**content, **more, **_reply(chat, reply_to)}
        message = self.world.post(chat, self.user, body)
        if in_ and not in_.lets_through(message):
            return 0
        return self.world.update("message", message.body, chat, message_id=message.message_id)

    def writes(
        self,
        text: str,
        reply_to: Message | int | None = None,
        *,
        in_: Room | None = None,
        thread: int | None = None,
    ) -> int:
        """Write something; the id of the update, 0 when the bot is not told."""
        topic = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        return self._say(contents.text(text), in_, reply_to, **topic)

    def starts(self, payload: str = "") -> int:
        """Press Start, perhaps behind a link with a payload."""
        return self.writes(f"/start {payload}".strip())

    def forwards(self, text: str, *, in_: Room | None = None) -> int:
        """Forward what somebody hidden has written."""
        origin = {"type": "hidden_user", "date": int(self.world.now()) - 60, "sender_user_name": "Eva"}
        return self._say(contents.text(text), in_, forward_origin=origin)

    def sends_sticker(self, *, in_: Room | None = None) -> int:
        return self._say(contents.sticker(self.world.fresh_id()), in_)

    def sends_voice(self, *, in_: Room | None = None) -> int:
        return self._say(contents.voice(self.world.fresh_id()), in_)

    def sends_photo(self, caption: str | None = None, *, in_: Room | None = None) -> int:
        return self._say(contents.photo(self.world.fresh_id(), caption), in_)

    def sends_document(self, caption: str | None = None, *, in_: Room | None = None) -> int:
        return self._say(contents.document(self.world.fresh_id(), caption), in_)

    def sends_location(self, *, in_: Room | None = None) -> int:
        return self._say(contents.location(), in_)

    def sends_contact(self, *, in_: Room | None = None) -> int:
        return self._say(contents.contact(), in_)

    def edits(self, message_id: int, text: str, *, in_: Room | None = None) -> int:
        """Change what she wrote."""
        chat = in_.chat if in_ else self.chat
        message = chat.messages[message_id]
        rest = {key: value for key, value in message.body.items() if key != "entities"}
        message.body = {**rest, **contents.text(text), "edit_date": int(self.world.now())}
        if in_ and not in_.lets_through(message):
            return 0
        return self.world.update("edited_message", message.body, chat, message_id=message_id)

    def last_written(self, in_: Room | None = None) -> int:
        """The id of the newest message she wrote."""
        chat = in_.chat if in_ else self.chat
        return max(key for key, each in chat.messages.items() if each.body["from"]["id"] == self.user.id)

    def presses(
        self,
        button: str = "",
        *,
        data: str | None = None,
        message: Message | None = None,
        in_: Room | None = None,
        inaccessible: bool = False,
    ) -> int:
        """Press a button, by label or data, on the newest message having it; the id of the update.

        With `data` and `message` anything can be pressed, as a forger would. `inaccessible`: too old for Telegram.
        """
        room = in_ or self
        if message is None:
            message, found = room.with_button(data if data is not None else button)
        else:
            found = next((each for label, each in message.buttons if button in (label, each)), "")
            assert found or data is not None, f"{message} has no button {button!r}"
        body = {key: value for key, value in message.body.items() if key != "reply_to_message"}
        if inaccessible:
            body = {"chat": message.chat.body, "message_id": message.message_id, "date": 0}
        return self.tap(data if data is not None else found, message.chat, body)

    def tap(self, data: str, chat: Chat, message: Json | None) -> int:
        """The press itself."""
        number = str(self.world.fresh_id() * 1000)
        query: Json = {"id": number, "from": self.user.body, "chat_instance": str(chat.id), "data": data}
        if message is not None:
            query["message"] = message
        update_id = self.world.update("callback_query", query, chat, self.user)
        self.world.taps[number] = Tap(self.world.now(), update_id)
        return update_id

    def votes(self, message: Message, *picked: str) -> int:
        """Vote in a poll for options by their words, or take the vote back with none; the id of the update."""
        words = [option["text"] for option in message.body["poll"]["options"]]
        return polls.votes(self.world, self.user, message, tuple(words.index(each) for each in picked))

    def told(self, update_id: int) -> Json | None:
        """What the bot answered to a press; None before it does."""
        return next(tap.answer for tap in self.world.taps.values() if tap.update_id == update_id)

    def blocks_bot(self) -> int:
        """Block the bot, which is told."""
        self.chat.blocked = True
        return self._bot_becomes("member", "kicked")

    def unblocks_bot(self) -> int:
        """Let it back."""
        self.chat.blocked = False
        return self._bot_becomes("kicked", "member")

    def _bot_becomes(self, before: str, after: str) -> int:
        return self.world.update("my_chat_member", changed(self.world, self.chat, self.user, before, after), self.chat)

    def deactivates(self) -> None:
        """Close the account; the bot is not told."""
        self.chat.deactivated = True


def changed(world: World, chat: Chat, by: User, before: str, after: str) -> Json:
    """A ChatMemberUpdated about the bot."""
    states = {"old_chat_member": before, "new_chat_member": after}
    members = {key: membership(chat, world.bot.body, status) for key, status in states.items()}
    return {"chat": chat.body, "from": by.body, "date": int(world.now()), **members}


def _reply(chat: Chat, reply_to: Message | int | None) -> Json:
    if reply_to is None:
        return {}
    message = reply_to if isinstance(reply_to, Message) else chat.messages[reply_to]
    return {"reply_to_message": {key: value for key, value in message.body.items() if key != "reply_to_message"}}
