"""What the Bot API demands beyond the types of single fields."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.botapi.markup import MOST_ENTITIES, BadMarkup, parse_html, units

Rule = Callable[[Mapping[str, Any], str, list[str]], None]

MOST_BUTTONS = 100
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
)  # fmt: skip
TOO_LONG = {"text": "message is too long", "caption": "message caption is too long"}
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def size_of(text: str, size: Callable[[str], int]) -> int:
    """A text's length, -1 when it is no text at all: half of a surrogate pair."""
    try:
        return size(text)
    except UnicodeEncodeError:
        return -1


def marked(fields: Mapping[str, Any]) -> list[str]:
    """The fields whose length counts without markup."""
    return [
        name
        for name, about in fields.items()
        if about["type"] == "String"
        and (
            about.get("facts", {}).get("after_entities_parsing")
            or f"{name}_parse_mode" in fields
            or (name == "message_text" and "parse_mode" in fields)
        )
    ]


def markups(fields: Mapping[str, Any]) -> list[Rule]:
    """A rule for each such field."""
    return [_markup(name, fields) for name in marked(fields)]


def _markup(name: str, fields: Mapping[str, Any]) -> Rule:
    facts = fields[name].get("facts", {})
    least, most = facts.get("min_length", 0), facts.get("max_length", 1_000_000)
    own = f"{name}_parse_mode" in fields
    mode_key = f"{name}_parse_mode" if own else "parse_mode"
    entities_key = f"{name}_entities" if f"{name}_entities" in fields else "entities"

    def rule(values: Mapping[str, Any], where: str, complaints: list[str]) -> None:
        text = values.get(name)
        if text is None:
            return
        entities = values.get(entities_key) or ()
        mode = values.get(mode_key)
        if mode:
            if mode.lower() != "html":
                complaints.append(f"unsupported parse_mode <- {where}: {mode}")
                return
            try:
                seen = parse_html(text)
            except BadMarkup as complaint:
                complaints.append(f"can't parse entities: {complaint} <- {where}.{name}: {text!r:.120}")
                return
            except UnicodeEncodeError:
                complaints.append(f"strings must be encoded in UTF-8 <- {where}.{name}")
                return
            text, entities = seen.text, seen.entities
        _lengths(text, name, where, (least, most), complaints)
        if len(entities) > MOST_ENTITIES:
            complaints.append(f"too many entities <- {where}.{name}: {len(entities)}")
        if entities and not mode:
            _bounds(text, entities, where, complaints)

    return rule


def _lengths(text: str, name: str, where: str, allowed: tuple[int, int], complaints: list[str]) -> None:
    length = size_of(text, units)
    if length < 0:
        complaints.append(f"strings must be encoded in UTF-8 <- {where}.{name}")
    elif allowed[0] and not text.strip():
        complaints.append(f"message text is empty <- {where}.{name}")
    elif length > allowed[1]:
        text = TOO_LONG.get(name, f"{name} is too long")
        complaints.append(f"{text} <- {where}.{name} has {length} UTF-16 units, at most {allowed[1]}")


def _bounds(text: str, entities: Any, where: str, complaints: list[str]) -> None:
    length = size_of(text, units)
    complaints += [
        f"ENTITY_BOUNDS_INVALID <- {where}: {each}"
        for each in entities
        if each["offset"] < 0 or each["length"] < 1 or each["offset"] + each["length"] > length
    ]


def _one_action(button: Mapping[str, Any], where: str, complaints: list[str]) -> None:
    actions = [name for name in ACTIONS if name in button]
    if len(actions) != 1:
        complaints.append(f"Text buttons are unallowed in the inline keyboard <- {where}: {actions or 'no action'}")
    if not button["text"].strip():
        complaints.append(f"BUTTON_TEXT_EMPTY <- {where}")
    if "url" in button:
        _start_payload(button["url"], where, complaints)


def _start_payload(url: str, where: str, complaints: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "tg") or not parts.netloc:
        complaints.append(f"BUTTON_URL_INVALID <- {where}: {url}")
    elif parts.hostname in ("t.me", "telegram.me"):
        given = parse_qs(parts.query, keep_blank_values=True)
        complaints += [
            f"start payload must be 1-64 of A-Z a-z 0-9 _ - <- {where}: {payload}"
            for payload in [*given.get("start", ()), *given.get("startgroup", ())]
            if payload != "true" and not _PAYLOAD.fullmatch(payload)
        ]


def _few_buttons(markup: Mapping[str, Any], where: str, complaints: list[str]) -> None:
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > MOST_BUTTONS:
        complaints.append(f"reply markup is too long <- {where}: {sum(map(len, rows))} buttons")


def _addressed(params: Mapping[str, Any], method: str, complaints: list[str]) -> None:
    if "inline_message_id" in params:
        return
    if "chat_id" not in params:
        complaints.append(f"chat_id is empty <- {method}")
    elif "message_id" not in params:
        complaints.append(f"message identifier is not specified <- {method}")


def _something_said(params: Mapping[str, Any], method: str, complaints: list[str]) -> None:
    if "text" not in params and "rich_message" not in params:
        complaints.append(f"message text is empty <- {method}")


def _increasing(params: Mapping[str, Any], method: str, complaints: list[str]) -> None:
    ids = params["message_ids"]
    if any(later <= earlier for earlier, later in pairwise(ids)):
        complaints.append(f"message identifiers must be in a strictly increasing order <- {method}: {ids}")


def _language(params: Mapping[str, Any], method: str, complaints: list[str]) -> None:
    if not re.fullmatch("([a-z]{2})?", params.get("language_code", "")):
        complaints.append(f"invalid language_code specified <- {method}: {params['language_code']}")


def _actions(params: Mapping[str, Any], method: str, complaints: list[str]) -> None:
    known = "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    if params["action"] not in [*known.split(), "find_location", "record_video_note", "upload_video_note"]:
        complaints.append(f"wrong parameter action in request <- {method}: {params['action']}")


TYPES: Mapping[str, tuple[Rule, ...]] = {
    "InlineKeyboardButton": (_one_action,),
    "InlineKeyboardMarkup": (_few_buttons,),
}
METHODS: Mapping[str, tuple[Rule, ...]] = {
    "editMessageText": (_addressed, _something_said),
    "editMessageCaption": (_addressed,),
    "editMessageMedia": (_addressed,),
    "editMessageReplyMarkup": (_addressed,),
    "copyMessages": (_increasing,),
    "forwardMessages": (_increasing,),
    "sendChatAction": (_actions,),
    **dict.fromkeys(
        [
            f"{verb}My{what}"
            for what in ("Commands", "Name", "Description", "ShortDescription")
            for verb in ("set", "get", "delete")
        ],
        (_language,),
    ),
}
