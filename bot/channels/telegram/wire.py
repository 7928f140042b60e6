"""Bot API JSON in, what a person did out; a reply in, calls out. Pure: no clock, no network, no store.

Both transports share this file; the names and limits are those of core.telegram.org/bots/api.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.channels.telegram import markup
from bot.channels.telegram.markup import ITALIC_OFF, ITALIC_ON
from dialogs.events import Arrived, Chose, Event, Said, Showed
from dialogs.replies import BOLD_OFF, BOLD_ON, bare

COMMANDS = (
    "start", "hjalp", "fraga", "checklista", "verktyg", "utlysningar", "webbinarium", "sprak", "mina", "glom", "om",
)  # fmt: skip
"""Told to Telegram with a description in each language. What each does is decided in dialogs/engine.py."""
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "poll")
TAKES_TEXT = ("fraga", "ask")
"""Commands that what follows them belongs to; after any other it is left out."""
KINDS: Mapping[str, str] = {
    "sticker": "sticker", "animation": "sticker", "dice": "sticker", "voice": "voice", "audio": "voice",
    "video_note": "voice", "photo": "photo", "video": "photo", "document": "file", "location": "location",
    "venue": "location", "contact": "contact", "poll": "other", "game": "other", "story": "other",
    "paid_media": "other", "checklist": "other", "rich_message": "other",
}  # fmt: skip
"""Field of a message → what it shows (dialogs.events.SHOWN). A message with none of these is Telegram's own notice."""
MOST_DATA_BYTES = 64
MOST_INT = 2**63
MOST_QUESTION_UNITS = 300
"""Of a native poll (core.telegram.org/bots/api, sendPoll)."""
DIGEST = "~"
"""What begins the data of a button whose choice is too long for it."""
FIRST = ("welcome", "return.here")
"""What a person is told first, here."""
INVITING = ("welcome", "help", "start", "ask.away")
"""What invites to write, which in a group is heard only as a reply."""
MOST_BUTTONS = 100
LONG_LABEL, ROW_CHARACTERS, ROW_BUTTONS = 40, 24, 3
"""A label over LONG_LABEL is cut off on a phone: then the text lists the labels and the buttons carry numbers."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Me:
    """The bot itself."""

    id: int
    username: str


@dataclass(frozen=True)
class Place:
    """Where something happened: the chat, who did it, on or with which message, in which topic of a forum."""

    chat: int
    user: int
    message: int | None = None
    thread: int | None = None
    group: bool = False


@dataclass(frozen=True)
class Did:
    """A person did something."""

    update: int
    place: Place
    event: Event
    language: str | None = None
    link: str | None = None
    """The payload of a deep link, such as w-landet-lar-47."""
    callback: str | None = None
    """The button press that waits to be answered."""
    edited: bool = False
    """An earlier message was changed into this."""
    reply_to: int | None = None
    """The message it answers."""
    album: str | None = None
    """Several pictures sent at once, which are one thing to answer."""

    @property
    def key(self) -> str:
        """What this is known by."""
        return f"album:{self.album}" if self.album else str(self.update)


@dataclass(frozen=True)
class Moved:
    """A group has become a supergroup, with another id."""

    update: int
    chat: int
    into: int


@dataclass(frozen=True)
class Membership:
    """The bot was let in, or shut out: blocked in a private chat, removed from a group."""

    update: int
    chat: int
    inside: bool
    group: bool
    language: str | None = None
    came: bool = True
    """Whether it was outside before."""


@dataclass(frozen=True)
class Counted:
    """How the votes lie in a native poll of ours."""

    update: int
    poll: str
    voters: int
    options: tuple[int, ...]
    closed: bool


Incoming = Did | Moved | Membership | Counted


def read(update: Json, me: Me) -> Incoming | None:
    """What an update says; None when it is not for us. KeyError and the like when it is no update at all."""
    number = _int(update["update_id"])
    if pressed := update.get("callback_query"):
        return _pressed(number, pressed)
    if member := update.get("my_chat_member"):
        return _membership(number, member)
    if written := update.get("message"):
        return _moved(number, written) or _written(number, written, me)
    if changed := update.get("edited_message"):
        return _written(number, changed, me, edited=True)
    if poll := update.get("poll"):
        return counted(number, poll)
    return None


def stands_in(incoming: Incoming | None) -> str:
    """In whose order it is taken in: a chat's; of a group that becomes another, that other's; a native poll's own."""
    match incoming:
        case Did(place=place):
            return str(place.chat)
        case Moved(into=into):
            return str(into)
        case Membership(chat=chat):
            return str(chat)
        case Counted(poll=poll):
            return f"poll {poll}"
        case _:
            return ""


def counted(number: int, poll: Json) -> Counted:
    """The votes in a Poll. Options are told apart by their place: nobody can add any to an anonymous poll."""
    votes = tuple(_int(each["voter_count"]) for each in poll["options"])
    return Counted(number, _str(poll["id"]), _int(poll["total_voter_count"]), votes, bool(poll["is_closed"]))


def _pressed(number: int, pressed: Json) -> Did | None:
    message, data = pressed.get("message"), pressed.get("data")
    if message is None or data is None:
        return None
    place = _place(message, pressed["from"]["id"])
    return Did(number, place, Chose(_str(data)), _language(pressed["from"]), callback=_str(pressed["id"]))


def _membership(number: int, member: Json) -> Membership | None:
    if member["chat"]["type"] == "channel":
        return None
    chat, inside = member["chat"], _inside(member["new_chat_member"])
    came = inside and not _inside(member["old_chat_member"])
    language = _language(member["from"])
    return Membership(number, _int(chat["id"]), inside, chat["type"] != "private", language, came)


def _inside(member: Json) -> bool:
    return member["status"] in ("member", "administrator", "creator") or bool(member.get("is_member"))


def _moved(number: int, message: Json) -> Moved | None:
    if into := message.get("migrate_to_chat_id"):
        return Moved(number, _int(message["chat"]["id"]), _int(into))
    if former := message.get("migrate_from_chat_id"):
        return Moved(number, _int(former), _int(message["chat"]["id"]))
    return None


def _written(number: int, message: Json, me: Me, *, edited: bool = False) -> Did | None:
    sender = message.get("from")
    if sender is None or sender.get("is_bot") or message["chat"]["type"] == "channel":
        return None
    text = message.get("text", message.get("caption"))
    answered = message.get("reply_to_message", {})
    to_us = answered.get("from", {}).get("id") == me.id
    place = _place(message, sender["id"])
    if place.group and not (to_us or _meant_for_us(text or "", me)):
        return None
    shown = next((kind for name, kind in KINDS.items() if name in message), None)
    if text is None and shown is None:
        return None
    event, link = _event(text, shown, me)
    return Did(
        number, place, event, _language(sender), link, edited=edited,
        reply_to=_int(answered["message_id"]) if to_us else None, album=message.get("media_group_id"),
    )  # fmt: skip


def _event(text: str | None, shown: str | None, me: Me) -> tuple[Event, str | None]:
    """What was written or shown, and the payload of a deep link."""
    if text is None:
        return Showed(shown or "other"), None
    words = re.sub(rf"@{re.escape(me.username)}(?!\w)[,:]?", " ", text, flags=re.IGNORECASE).strip()
    command, rest = (*words.split(maxsplit=1), "", "")[:2]
    name = command.removeprefix("/").casefold() if command.startswith("/") else ""
    if name == "start":
        return Arrived(), rest.strip() or None
    if name in TAKES_TEXT and rest.strip():
        return Said(rest.strip()), None
    return Said(command if name in COMMANDS else words), None


def _meant_for_us(text: str, me: Me) -> bool:
    """In a group: a command that is not another bot's, or our name."""
    command = re.match(r"/\w+(?:@(\w+))?", text)
    if command:
        return (command[1] or me.username).casefold() == me.username.casefold()
    return re.search(rf"@{re.escape(me.username)}(?!\w)", text, re.IGNORECASE) is not None


def _place(message: Json, user: int) -> Place:
    chat = message["chat"]
    thread = _int(message["message_thread_id"]) if message.get("is_topic_message") else None
    return Place(_int(chat["id"]), _int(user), _int(message["message_id"]), thread, chat["type"] != "private")


def _int(value: Any) -> int:
    """A number as Telegram gives it, which any store can hold; TypeError or ValueError for anything else."""
    if type(value) is not int:
        raise TypeError(type(value).__name__)
    if not -MOST_INT <= value < MOST_INT:
        raise ValueError("too large")
    return value


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _language(user: Json) -> str | None:
    return _str(user.get("language_code") or "")[:2].lower() or None


# Out


@dataclass(frozen=True)
class Upload:
    """A file to send along. `wire` knows it by its name only; who sends it puts the content in."""

    name: str
    content: bytes = b""


@dataclass(frozen=True)
class Call:
    """One call of the Bot API."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def repeatable(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return not self.method.startswith("send")


@dataclass(frozen=True)
class Wording:
    """The phrases that this channel adds of its own, in one language."""

    source: str
    notice: str
    """Said once, with the welcome: who else reads along."""
    reply_here: str
    repeated: str


def calls(body: Json, chat: int, hint: Json, words: Wording) -> tuple[Call, ...]:
    """A kept reply as calls: one for each part of a long text, the buttons under the last.

    `hint` says what the reply belongs to: `reply` (a message id), `thread`, `edit` (a message to put it in place of);
    and with `native` what to ask as Telegram's own poll instead. A chat below zero is a group.
    """
    if hint.get("native"):
        return (_native(hint, chat),)
    choices: Sequence[Json] = body.get("choices", ())[:MOST_BUTTONS]
    long = any(len(bare(each["label"])) > LONG_LABEL for each in choices)
    listed = [each for each in choices if not each.get("quiet")] if long else []
    text = "\n\n".join(filter(None, _paragraphs(body, words, listed, group=chat < 0)))
    shared = {"chat_id": chat, **({"message_thread_id": hint["thread"]} if hint.get("thread") else {})}
    first = _threaded(hint)
    if made := _uploaded(body, {**shared, **first}):
        caption, *parts = markup.split(text, markup.MOST_CAPTION_UNITS)
        made[0].params.update(caption=markup.html(caption), parse_mode="HTML")
    else:
        parts = markup.split(text)
    for number, part in enumerate(parts):
        threaded = first if not made and number == 0 else {}
        made.append(Call("sendMessage", {**shared, **_text(part), **threaded}))
    if choices:
        made[-1].params["reply_markup"] = {"inline_keyboard": keyboard(choices, numbered=long)}
    elif body.get("input") and chat < 0:
        made[-1].params["reply_markup"] = {"force_reply": True, "selective": True}
    if hint.get("edit") and [each.method for each in made] == ["sendMessage"]:
        return (Call("editMessageText", {"message_id": hint["edit"], **_without(made[0].params)}),)
    return tuple(made)


def _native(hint: Json, chat: int) -> Call:
    """A question as an anonymous poll of Telegram's own."""
    asked, thread = hint["native"], {"message_thread_id": hint["thread"]} if hint.get("thread") else {}
    options = [{"text": each} for each in asked["options"]]
    kind = {"is_anonymous": True, "allows_multiple_answers": asked["several"]}
    return Call("sendPoll", {"chat_id": chat, **thread, "question": asked["question"], "options": options, **kind})


def _paragraphs(body: Json, words: Wording, listed: Sequence[Json], *, group: bool) -> Iterator[str]:
    heading = f"{BOLD_ON}{bare(body['heading'])}{BOLD_OFF}\n" if "heading" in body else ""
    yield heading + body["text"]
    yield body["image"]["alt"] if "image" in body else ""
    yield "\n".join(f"{each['label']}: {each['url']}" for each in body.get("links", ()))
    yield "\n".join(f"{number}. {each['label']}" for number, each in enumerate(listed, 1))
    small = [f"{words.source}: {_source(each)}" for each in body.get("sources", ())]
    small += [bare(body["note"])] if "note" in body else []
    small += [words.notice] if body.get("key") in FIRST else []
    small += [words.reply_here] if group and (body.get("input") or body.get("key") in INVITING) else []
    yield f"{ITALIC_ON}{chr(10).join(small)}{ITALIC_OFF}" if small else ""


def _source(source: Json) -> str:
    address = f" {source['url']}" if source.get("url") else ""
    return f"{bare(source['title'])} ({bare(source['date'])}){address}"


def _text(part: str) -> dict[str, Any]:
    return {"text": markup.html(part), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _threaded(hint: Json) -> dict[str, Any]:
    if not hint.get("reply"):
        return {}
    return {"reply_parameters": {"message_id": hint["reply"], "allow_sending_without_reply": True}}


def _without(params: Json) -> dict[str, Any]:
    """The parameters of a message that an edit takes too: of what stands below it only buttons."""
    left_out = {"reply_parameters", "message_thread_id"}
    if "inline_keyboard" not in params.get("reply_markup", {}):
        left_out.add("reply_markup")
    return {name: value for name, value in params.items() if name not in left_out}


def _uploaded(body: Json, shared: Json) -> list[Call]:
    """The picture or the file of a reply; its words become the caption, with what the picture says first."""
    if "image" in body:
        return [Call("sendPhoto", {**shared, "photo": Upload(body["image"]["name"])})]
    if "file" in body:
        return [Call("sendDocument", {**shared, "document": Upload(body["file"]["name"])})]
    return []


def as_edit(call: Call, message: int) -> Call | None:
    """The same message put in place of one that may be it already: doing so changes nothing, or proves it missing."""
    params = {**_without(call.params), "message_id": message}
    if call.method == "sendMessage":
        return Call("editMessageText", params)
    if call.method in ("sendPhoto", "sendDocument"):
        return Call(
            "editMessageCaption", {name: value for name, value in params.items() if name not in ("photo", "document")}
        )
    if call.method == "sendPoll":  # its words can't be edited, and it has no buttons: to leave it so changes nothing
        return Call("editMessageReplyMarkup", {"chat_id": params["chat_id"], "message_id": message})
    return None


def repeated(call: Call, words: Wording) -> Call:
    """The same message, saying that it may have come before."""
    if call.method == "sendPoll":
        question = f"{bare(words.repeated)} {call.params['question']}"
        fits = len(question.encode("utf-16-le")) <= 2 * MOST_QUESTION_UNITS
        return Call(call.method, {**call.params, "question": question}) if fits else call
    name = "text" if "text" in call.params else "caption"
    said = f"<i>{markup.html(words.repeated)}</i>\n{call.params[name]}"
    most = markup.MOST_UNITS if name == "text" else markup.MOST_CAPTION_UNITS
    return Call(call.method, {**call.params, name: said}) if len(said.encode("utf-16-le")) <= 2 * most else call


def keyboard(choices: Sequence[Json], *, numbered: bool = False) -> list[list[dict[str, str]]]:
    """The choices as rows of buttons: short ones share a row, quiet ones come in rows of their own."""
    rows: list[list[dict[str, str]]] = []
    before: bool | None = None
    numbers = count(1)
    for choice in choices:
        quiet = bool(choice.get("quiet"))
        label = str(next(numbers)) if numbered and not quiet else bare(choice["label"])
        row = rows[-1] if rows and quiet == before and len(rows[-1]) < ROW_BUTTONS else []
        if not row or sum(len(each["text"]) for each in row) + len(label) > ROW_CHARACTERS:
            rows.append(row := [])
        row.append({"text": label, "callback_data": data(choice["id"])})
        before = quiet
    return rows


def data(choice: str) -> str:
    """The choice as a button carries it: itself, or where it is too long a digest of it, the same for ever."""
    if len(choice.encode()) <= MOST_DATA_BYTES and not choice.startswith(DIGEST):
        return choice
    return DIGEST + base64.urlsafe_b64encode(hashlib.sha256(choice.encode()).digest()).decode().rstrip("=")
