"""The methods that put something new into a chat."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.botapi.things import Chat, Json, Message, Refused, bad
from tests.botapi.world import Handler, World

Params = Mapping[str, Any]
Files = Mapping[str, Any]
Content = Callable[[World, Params, Files], Json]


def thread_of(chat: Chat, params: Params) -> Json:
    """The topic that a message goes to."""
    thread = params.get("message_thread_id")
    if thread is None:
        return {}
    if thread not in chat.topics:
        raise bad("message thread not found")
    return {"message_thread_id": thread, "is_topic_message": True}


def reply_of(chat: Chat, params: Params) -> Json:
    """The message that is replied to."""
    asked = params.get("reply_parameters")
    if not asked or "message_id" not in asked:
        return {}
    found = chat.messages.get(asked["message_id"])
    if found and not found.deleted:
        return {"reply_to_message": {key: value for key, value in found.body.items() if key != "reply_to_message"}}
    if asked.get("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")


def keyboard_of(params: Params) -> Json:
    """An inline keyboard stays on the message; other markup does not come back."""
    markup = params.get("reply_markup")
    return {"reply_markup": markup} if markup and "inline_keyboard" in markup else {}


def text_of(world: World, params: Params, _files: Files) -> Json:
    """A text with its entities."""
    seen = world.visible(params)
    return {"text": seen.text, "entities": list(seen.entities)} if seen.entities else {"text": seen.text}


def caption_of(world: World, params: Params) -> Json:
    """A caption with its entities."""
    if not params.get("caption"):
        return {}
    seen = world.visible(params, "caption")
    return {"caption": seen.text, **({"caption_entities": list(seen.entities)} if seen.entities else {})}


def deliver(world: World, chat: Chat, content: Json, params: Params) -> Message:
    """Put a message of the bot into a chat and tell who waits for it."""
    protected = {"has_protected_content": True} if params.get("protect_content") else {}
    full = {**content, **thread_of(chat, params), **reply_of(chat, params), **protected, **keyboard_of(params)}
    world.gate.passes(chat)
    if not world.record:
        number = world.next_message_id(chat)
        body = {"message_id": number, "from": world.bot.body, "chat": chat.body, "date": int(world.now()), **full}
        message = Message(chat, body, by_bot=True)
    else:
        message = world.post(chat, world.bot, full)
        message.html = params.get("text", params.get("caption", ""))
        message.parse_mode = params.get("parse_mode", "")
        message.params = dict(params)
        chat.happened("new", message)
    world.on_said(chat, message)
    return message


def sends(content: Content) -> Handler:
    """A method that sends this content."""

    def handler(world: World, params: Params, files: Files) -> Json:
        world.gate.held(params["chat_id"])
        chat = world.reach(params["chat_id"])
        return deliver(world, chat, content(world, params, files), params).body

    return handler


def file_of(world: World, given: Any, files: Files) -> Json:
    """A file's two ids: a new one for an upload or an address, the same again for a known id."""
    name = given.removeprefix("attach://") if isinstance(given, str) else given
    if isinstance(name, str) and name in world.files:
        return {"file_id": name, "file_unique_id": f"u{name}"}
    is_address = isinstance(name, str) and name.startswith(("http://", "https://"))
    data = b"" if is_address else files.get(name)
    if data is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if not data and not is_address:
        raise bad("file must be non-empty")
    number = f"file{world.fresh_id()}"
    world.files[number] = data
    return {"file_id": number, "file_unique_id": f"u{number}", **({"file_size": len(data)} if data else {})}


MORE: Mapping[str, Json] = {
    "photo": {"width": 800, "height": 600},
    "document": {"file_name": "fil"},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    "voice": {"duration": 3},
    "audio": {"duration": 3},
    "video": {"width": 640, "height": 360, "duration": 3},
    "animation": {"width": 640, "height": 360, "duration": 3},
    "video_note": {"length": 240, "duration": 3},
}


def media_of(kind: str) -> Content:
    """A file of some kind with its caption."""

    def content(world: World, params: Params, files: Files) -> Json:
        given = params.get(kind, kind)
        size = len(files.get(kind, b""))
        if size > (10 if kind == "photo" else 50) * 1024 * 1024:
            raise Refused(413, "Request Entity Too Large")
        file = {**file_of(world, given, files), **MORE[kind]}
        return {kind: [file] if kind == "photo" else file, **caption_of(world, params)}

    return content


def location_of(_world: World, params: Params, _files: Files) -> Json:
    """A place."""
    return {"location": {"latitude": params["latitude"], "longitude": params["longitude"]}}


def contact_of(_world: World, params: Params, _files: Files) -> Json:
    """Somebody's number."""
    return {"contact": {key: params[key] for key in ("phone_number", "first_name", "last_name") if key in params}}


def dice_of(_world: World, params: Params, _files: Files) -> Json:
    """A dice, which always shows three."""
    return {"dice": {"emoji": params.get("emoji", "🎲"), "value": 3}}


def poll_of(world: World, params: Params, _files: Files) -> Json:
    """A poll without votes."""
    options = [
        {"persistent_id": str(number), "text": each["text"], "voter_count": 0}
        for number, each in enumerate(params["options"])
    ]
    poll = {
        "id": str(world.fresh_id()), "question": params["question"], "options": options, "total_voter_count": 0,
        "is_closed": False, "is_anonymous": params.get("is_anonymous", True), "type": params.get("type", "regular"),
        "allows_multiple_answers": params.get("allows_multiple_answers", False), "members_only": False,
        "allows_revoting": params.get("allows_revoting", True),
    }  # fmt: skip
    return {"poll": poll}


def rich_of(_world: World, params: Params, _files: Files) -> Json:
    """A rich message; html and markdown come back as one paragraph."""
    given = params["rich_message"]
    said = given.get("html") or given.get("markdown") or ""
    return {"rich_message": {"blocks": [{"type": "paragraph", "text": said}]}}


def send_media_group(world: World, params: Params, files: Files) -> list[Json]:
    """An album: one message each."""
    world.gate.held(params["chat_id"])
    chat = world.reach(params["chat_id"])
    group = str(world.fresh_id())
    answers = []
    for each in params["media"]:
        one = {**params, **each, each["type"]: each["media"]}
        content = {**media_of(each["type"])(world, one, files), "media_group_id": group}
        answers.append(deliver(world, chat, content, one).body)
    return answers


def send_chat_action(world: World, params: Params, _files: Files) -> bool:
    """Typing and the like."""
    world.gate.held(params["chat_id"])
    world.reach(params["chat_id"]).actions.append(params["action"])
    return True


def send_draft(world: World, params: Params, _files: Files) -> bool:
    """A draft is shown, and gone."""
    world.reach(params["chat_id"])
    return True


def original_of(world: World, params: Params) -> Message:
    """The message that is copied or forwarded."""
    source = world.reach(params["from_chat_id"])
    found = source.messages.get(params["message_id"])
    if found is None or found.deleted:
        raise bad("message to copy not found")
    return found


PARTS = (
    "text", "entities", "caption", "caption_entities", "photo", "document", "sticker", "voice", "audio", "video",
    "animation", "video_note", "location", "contact",
)  # fmt: skip


def copied(world: World, params: Params, _files: Files) -> Json:
    """What a message holds, without who sent it."""
    original = original_of(world, params).body
    content = {key: original[key] for key in PARTS if key in original}
    return {**content, **caption_of(world, params)}


def forwarded(world: World, params: Params, files: Files) -> Json:
    """What a message holds, and who sent it."""
    original = original_of(world, params).body
    if original.get("has_protected_content"):
        raise bad("message can't be forwarded")
    origin = {"type": "user", "date": original["date"], "sender_user": original["from"]}
    return {**copied(world, {**params, "caption": ""}, files), "forward_origin": origin}


def copy_message(world: World, params: Params, files: Files) -> Json:
    """A copy; only its id comes back."""
    return {"message_id": sends(copied)(world, params, files)["message_id"]}


HANDLERS: Mapping[str, Handler] = {
    "sendMessage": sends(text_of),
    "sendPhoto": sends(media_of("photo")),
    "sendDocument": sends(media_of("document")),
    "sendSticker": sends(media_of("sticker")),
    "sendVoice": sends(media_of("voice")),
    "sendAudio": sends(media_of("audio")),
    "sendVideo": sends(media_of("video")),
    "sendAnimation": sends(media_of("animation")),
    "sendVideoNote": sends(media_of("video_note")),
    "sendLocation": sends(location_of),
    "sendContact": sends(contact_of),
    "sendDice": sends(dice_of),
    "sendPoll": sends(poll_of),
    "sendRichMessage": sends(rich_of),
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "sendMessageDraft": send_draft,
    "forwardMessage": sends(forwarded),
    "copyMessage": copy_message,
}
