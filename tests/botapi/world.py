"""One bot's Telegram: its users, chats, messages and updates, without any network.

`execute` is one call of the bot. The clock is real until it is moved: `pass_by(seconds)`.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.botapi import schema
from tests.botapi.limits import Gate, Limits
from tests.botapi.markup import Visible, parse_html
from tests.botapi.things import Chat, Json, Message, Refused, User, bad
from tests.botapi.updates import Queue, Update

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
UPGRADED = "group chat was upgraded to a supergroup chat"
STALE = "query is too old and response timeout expired or query ID is invalid"

Handler = Callable[["World", Mapping[str, Any], Mapping[str, Any]], Any]


@dataclass(eq=False, slots=True)
class Tap:
    """A press on a button, until it is answered."""

    pressed: float
    update_id: int
    answer: Json | None = None


@dataclass(eq=False)
class World:
    """Everything that Telegram knows. `record=False` keeps no messages and no calls, for measuring."""

    handlers: Mapping[str, Handler]
    """The methods that are modelled: methods.HANDLERS."""
    username: str = "servicelotsen_bot"
    token: str = TOKEN
    record: bool = True
    strict: bool = True
    """Whether calls are held against the published schema."""
    clock: Callable[[], float] = time.time
    answer_within: float = 15.0
    """Seconds after which a tap can't be answered any more."""
    latency: float = 0.0
    """Seconds that every send and edit takes; others go on meanwhile."""
    outage: bool = False
    """Whether every connection is closed at once."""
    local_webhooks: bool = True
    """Whether a webhook may be plain http on this machine, on any port."""
    shift: float = 0.0
    calls: list[tuple[str, Json]] = field(default_factory=list)
    """What was executed, in order; without getUpdates."""
    refusals: list[tuple[str, Json, str]] = field(default_factory=list)
    """What was refused: method, parameters, description."""
    complaints: list[str] = field(default_factory=list)
    """Everything that was against the schema."""
    counts: "Counter[str]" = field(default_factory=Counter)
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """By scope (as JSON text, sorted) and language."""
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    """Name, description and short_description by language."""
    menu: dict[int, Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    webhook: Json = field(default_factory=dict)
    """As set: url, secret_token, max_connections, allowed_updates."""
    webhook_errors: list[str] = field(default_factory=list)
    first_update_id: int = 1_000_000

    def __post_init__(self) -> None:
        self.bot = User(int(self.token.partition(":")[0]), "Servicelotsen", is_bot=True, username=self.username)
        self.queue = Queue(self.now, self.first_update_id)
        self.gate = Gate()
        self.message_ids = 0
        self.ids = 5_000_000
        self.webhook_changed: Callable[[], None] = lambda: None
        self.on_said: Callable[[Chat, Message], None] = lambda *_: None
        self.on_answered: Callable[[Tap], None] = lambda *_: None

    @property
    def limits(self) -> Limits | None:
        """What is enforced; None lets everything through."""
        return self.gate.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self.gate.limits = limits

    @property
    def too_many(self) -> int:
        """How often 429 was answered."""
        return self.gate.too_many

    @property
    def early(self) -> int:
        """How many requests came before the time that a 429 had named for their chat."""
        return self.gate.early

    def now(self) -> float:
        """The time, in Unix seconds."""
        return self.clock() + self.shift

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.shift += seconds
        self.queue.tidy()

    def redeliver(self, *update_ids: int) -> None:
        """Give updates again that were confirmed already."""
        self.queue.redeliver(*update_ids)

    def shuffle(self, seed: int = 0) -> None:
        """Give the waiting updates out of order."""
        self.queue.shuffle(seed)

    def fresh_id(self) -> int:
        """A number for a new user, tap or file."""
        self.ids += 1
        return self.ids

    def execute(self, method: str, params: Json, files: Mapping[str, Any]) -> Any:
        """Carry out a call; its result, or Refused."""
        self.counts[method] += 1
        try:
            result = self._execute(method, params, files)
        except Refused as refusal:
            self.refusals.append((method, params, refusal.description))
            raise
        if self.record:
            self.calls.append((method, params))
        return result

    def _execute(self, method: str, params: Json, files: Mapping[str, Any]) -> Any:
        if not schema.knows(method):
            self.complaints.append(f"unknown method {method}")
            raise Refused(404, "Not Found: method not found")
        if self.strict and (complaints := schema.check(method, params, files)):
            self.complaints += complaints
            raise bad(complaints[0].partition(" <- ")[0])
        handler = self.handlers.get(method)
        if handler is None:
            self.complaints.append(f"{method} is not modelled here")
            raise bad(f"{method} is not modelled here")
        return handler(self, params, files)

    def reach(self, chat_id: Any) -> Chat:
        """The chat that the bot may write to, or Telegram's reason why not."""
        chat = self.chats.get(chat_id) or self._named(chat_id)
        if chat.migrated_to:
            raise bad(UPGRADED, migrate_to_chat_id=chat.migrated_to)
        if chat.started and chat.bot_status in ("member", "administrator") and not (chat.blocked or chat.deactivated):
            return chat
        kind = "supergroup" if chat.type == "supergroup" else "group"
        reasons = {
            "bot can't initiate conversation with a user": not chat.started,
            "bot was blocked by the user": chat.blocked,
            "user is deactivated": chat.deactivated,
            f"bot was kicked from the {kind} chat": chat.bot_status == "kicked",
            f"bot is not a member of the {kind} chat": chat.bot_status == "left",
        }
        raise Refused(403, "Forbidden: " + next(reason for reason, so in reasons.items() if so))

    def _named(self, name: Any) -> Chat:
        found = [chat for chat in self.chats.values() if chat.username and f"@{chat.username}" == name]
        if not found:
            raise bad("chat not found")
        return found[0]

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; all other chats of the bot share a counter."""
        if chat.type == "supergroup":
            chat.counter += 1
            return chat.counter
        self.message_ids += 1
        return self.message_ids

    def post(self, chat: Chat, sender: User, content: Json, message_id: int | None = None) -> Message:
        """Put a message in a chat."""
        number = message_id or self.next_message_id(chat)
        body = {"message_id": number, "from": sender.body, "chat": chat.body, "date": int(self.now()), **content}
        message = Message(chat, body, sender is self.bot)
        chat.messages[number] = message
        return message

    def update(self, kind: str, body: Json, chat: Chat, user: User | None = None, message_id: int = 0) -> int:
        """Tell the bot of something; the update's id."""
        place = ("user", user.id) if user else ("chat", chat.id)
        return self.queue.put(kind, body, place, chat.id, message_id)

    def updates(self) -> list[Update]:
        """What waits for the bot."""
        self.queue.tidy()
        return list(self.queue.pending)

    @staticmethod
    def visible(params: Mapping[str, Any], name: str = "text") -> Visible:
        """What a text of a call shows."""
        text = params.get(name, "")
        if params.get("parse_mode"):
            return parse_html(text)
        return Visible(text, tuple(params.get("entities" if name == "text" else f"{name}_entities") or ()))
