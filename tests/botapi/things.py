"""Users, chats and messages as Telegram keeps them, and its way of saying no."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """What Telegram answers."""
        said: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**said, "parameters": self.parameters} if self.parameters else said


def bad(text: str, **parameters: int) -> Refused:
    """A 400, from the text after "Bad Request: "."""
    return Refused(400, f"Bad Request: {text}", **parameters)


def too_many(seconds: int) -> Refused:
    """A 429."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(eq=False)
class User:
    """Somebody with an account."""

    id: int
    first_name: str
    is_bot: bool = False
    language_code: str | None = None
    username: str | None = None
    last_name: str | None = None

    @cached_property
    def body(self) -> Json:
        """The user as Telegram tells of it."""
        more = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        given = {key: value for key, value in more.items() if value}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **given}


@dataclass(eq=False, slots=True)
class Message:
    """A message as it looks now. `html` is the text or caption as its sender gave it."""

    chat: "Chat"
    body: Json
    by_bot: bool
    html: str = ""
    parse_mode: str = ""
    params: Json = field(default_factory=dict)
    """What the bot called with, last."""
    edits: list[Json] = field(default_factory=list)
    """How it looked before each change, oldest first."""
    reactions: list[Json] = field(default_factory=list)
    """The bot's own."""
    votes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Of a poll: who has picked which options."""
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<{self.message_id}: {self.html!r}{f' {self.buttons}' if self.buttons else ''}>"

    @property
    def message_id(self) -> int:
        number: int = self.body["message_id"]
        return number

    @property
    def text(self) -> str:
        """What the reader sees; a caption counts."""
        return str(self.body.get("text", self.caption))

    @property
    def caption(self) -> str:
        seen: str = self.body.get("caption", "")
        return seen

    @property
    def entities(self) -> list[Json]:
        return list(self.body.get("entities") or self.body.get("caption_entities") or ())

    @property
    def photo(self) -> list[Json] | None:
        return self.body.get("photo")

    @property
    def document(self) -> Json | None:
        return self.body.get("document")

    @property
    def poll(self) -> Json | None:
        return self.body.get("poll")

    @property
    def reply_to(self) -> int | None:
        """The id of the message that this one replies to."""
        found: int | None = self.body.get("reply_to_message", {}).get("message_id")
        return found

    @property
    def thread(self) -> int | None:
        """The forum topic."""
        return self.body.get("message_thread_id")

    @property
    def rows(self) -> list[list[tuple[str, str]]]:
        """The inline keyboard: label and data, or the address of a link."""
        keyboard = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [[(each["text"], each.get("callback_data", each.get("url", ""))) for each in row] for row in keyboard]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """All of the keyboard's buttons."""
        return [button for row in self.rows for button in row]

    @property
    def markup(self) -> Json:
        """The reply_markup as given, of any kind."""
        found: Json = self.params.get("reply_markup") or {}
        return found


@dataclass(eq=False)
class Chat:
    """A private chat, a group or a supergroup."""

    id: int
    type: str
    title: str | None = None
    first_name: str | None = None
    username: str | None = None
    is_forum: bool = False
    members: dict[int, User] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    started: bool = True
    """Private chats: whether the user has ever written."""
    blocked: bool = False
    deactivated: bool = False
    bot_status: str = "member"
    """Groups: member, administrator, left or kicked."""
    migrated_to: int | None = None
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    events: list[tuple[str, Message]] = field(default_factory=list)
    """What the bot did: ("new" or "edit", message)."""
    actions: list[str] = field(default_factory=list)
    """Chat actions such as typing."""
    pinned: list[int] = field(default_factory=list)
    counter: int = 0
    """Supergroups count their messages themselves."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def body(self) -> Json:
        """The chat as Telegram tells of it."""
        more = {"title": self.title, "username": self.username, "first_name": self.first_name}
        given = {key: value for key, value in more.items() if value}
        return {"id": self.id, "type": self.type, **given, **({"is_forum": True} if self.is_forum else {})}

    def happened(self, what: str, message: Message) -> None:
        """Keep an event and wake those who wait for it."""
        self.events.append((what, message))
        self.changed.set()

    def sent(self) -> list[Message]:
        """Everything the bot has said here and not deleted, as it looks now."""
        return [each for each in self.messages.values() if each.by_bot and not each.deleted]
