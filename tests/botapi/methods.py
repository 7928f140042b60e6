"""All methods that are modelled: sending, changing what was sent, and what the bot tells about itself."""

import json
from collections.abc import Mapping

from tests.botapi import polls, sending
from tests.botapi.sending import Files, Params, caption_of, file_of, text_of
from tests.botapi.things import Chat, Json, Message, bad
from tests.botapi.updates import DAY
from tests.botapi.world import STALE, Handler, World

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


def own(world: World, params: Params) -> Message:
    """The bot's own message that is to be changed."""
    world.gate.held(params.get("chat_id", 0))
    if "inline_message_id" in params:
        raise bad("MESSAGE_ID_INVALID")
    found = world.reach(params["chat_id"]).messages.get(params["message_id"])
    if found is None or found.deleted:
        raise bad("message to edit not found")
    markup = found.params.get("reply_markup") or {}
    if not found.by_bot or (markup and "inline_keyboard" not in markup):
        raise bad("message can't be edited")
    return found


def change(world: World, message: Message, gone: tuple[str, ...], content: Json, params: Params) -> Json:
    """Give a message new content and keyboard; the same ones are refused."""
    rest = {key: value for key, value in message.body.items() if key not in (*gone, "reply_markup", "edit_date")}
    changed = {**rest, **content, **sending.keyboard_of(params)}
    before = {key: value for key, value in message.body.items() if key != "edit_date"}
    if changed == before:
        raise bad(NOT_MODIFIED)
    if message.chat.id < 0:
        world.gate.passes(message.chat)
    message.edits.append(message.body)
    message.body = {**changed, "edit_date": int(world.now())}
    message.html = params.get("text", params.get("caption", message.html))
    message.parse_mode = params.get("parse_mode", message.parse_mode)
    message.params = {**message.params, "reply_markup": None, **params}
    message.chat.happened("edit", message)
    world.on_said(message.chat, message)
    return message.body


def edit_text(world: World, params: Params, files: Files) -> Json:
    message = own(world, params)
    if "text" not in message.body and "rich_message" not in message.body:
        raise bad("there is no text in the message to edit")
    content = sending.rich_of(world, params, files) if "rich_message" in params else text_of(world, params, files)
    return change(world, message, ("text", "entities", "rich_message"), content, params)


def edit_caption(world: World, params: Params, _files: Files) -> Json:
    message = own(world, params)
    if not {"photo", "document", "video", "animation", "audio", "voice"} & message.body.keys():
        raise bad("there is no caption in the message to edit")
    return change(world, message, ("caption", "caption_entities"), caption_of(world, params), params)


def edit_markup(world: World, params: Params, _files: Files) -> Json:
    return change(world, own(world, params), (), {}, params)


def edit_media(world: World, params: Params, files: Files) -> Json:
    message, given = own(world, params), params["media"]
    kind = given["type"]
    file = {**file_of(world, given["media"], files), **sending.MORE[kind]}
    content = {kind: [file] if kind == "photo" else file, **caption_of(world, given)}
    return change(world, message, (*sending.MORE, "text", "entities", "caption", "caption_entities"), content, params)


def delete_one(world: World, chat: Chat, number: int) -> None:
    message = chat.messages.get(number)
    if message is None or message.deleted:
        raise bad("message to delete not found")
    may = message.by_bot or chat.type == "private" or chat.bot_status == "administrator"
    if not may or world.now() - message.body["date"] > 2 * DAY:
        raise bad("message can't be deleted for everyone" if may else "message can't be deleted")
    message.deleted = True
    chat.changed.set()


def delete_message(world: World, params: Params, _files: Files) -> bool:
    delete_one(world, world.reach(params["chat_id"]), params["message_id"])
    return True


def delete_messages(world: World, params: Params, _files: Files) -> bool:
    chat = world.reach(params["chat_id"])
    for number in params["message_ids"]:
        if number in chat.messages and not chat.messages[number].deleted:
            delete_one(world, chat, number)
    return True


def react(world: World, params: Params, _files: Files) -> bool:
    chat = world.reach(params["chat_id"])
    message = chat.messages.get(params["message_id"])
    if message is None or message.deleted:
        raise bad("message to react not found")
    message.reactions = list(params.get("reaction", ()))
    if len(message.reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    return True


def answer_tap(world: World, params: Params, _files: Files) -> bool:
    tap = world.taps.get(params["callback_query_id"])
    if tap is None or tap.answer is not None or world.now() - tap.pressed > world.answer_within:
        raise bad(STALE)
    tap.answer = dict(params)
    world.on_answered(tap)
    return True


def pin(world: World, params: Params, _files: Files) -> bool:
    chat = world.reach(params["chat_id"])
    if chat.type != "private" and chat.bot_status != "administrator":
        raise bad("not enough rights to manage pinned messages in the chat")
    if params["message_id"] not in chat.messages:
        raise bad("message to pin not found")
    chat.pinned.append(params["message_id"])
    return True


def unpin(world: World, params: Params, _files: Files) -> bool:
    chat = world.reach(params["chat_id"])
    chat.pinned = [each for each in chat.pinned[:-1] if "message_id" in params and each != params["message_id"]]
    return True


def get_chat(world: World, params: Params, _files: Files) -> Json:
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    chat = world.reach(params["chat_id"])
    return {**chat.body, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


ADMIN_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_send_welcome_messages", "can_manage_chat", "can_delete_messages",
    "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
    "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def member_of(world: World, chat: Chat, user_id: int) -> Json:
    """What somebody is in a chat."""
    user = world.bot if user_id == world.bot.id else world.users.get(user_id)
    if user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    return membership(chat, user.body, chat.bot_status if user is world.bot else _status(chat, user_id))


def _status(chat: Chat, user_id: int) -> str:
    if user_id not in chat.members:
        return "left"
    return "administrator" if user_id in chat.admins else "member"


def membership(chat: Chat, user: Json, status: str) -> Json:
    """A ChatMember of a status."""
    found: Json = {"status": status, "user": user}
    if status == "administrator":
        topics = {"can_pin_messages": True, **({"can_manage_topics": True} if chat.is_forum else {})}
        return {**found, **dict.fromkeys(ADMIN_RIGHTS, True), "is_anonymous": False, **topics}
    return {**found, "until_date": 0} if status == "kicked" else found


def get_member(world: World, params: Params, _files: Files) -> Json:
    return member_of(world, world.reach(params["chat_id"]), params["user_id"])


def get_admins(world: World, params: Params, _files: Files) -> list[Json]:
    chat = world.reach(params["chat_id"])
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    return [member_of(world, chat, each) for each in sorted(chat.admins)]


def count_members(world: World, params: Params, _files: Files) -> int:
    return len(world.reach(params["chat_id"]).members) + 1


def leave(world: World, params: Params, _files: Files) -> bool:
    world.reach(params["chat_id"]).bot_status = "left"
    return True


def create_topic(world: World, params: Params, _files: Files) -> Json:
    chat = world.reach(params["chat_id"])
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    if chat.bot_status != "administrator":
        raise bad("not enough rights to create a topic")
    thread = world.next_message_id(chat)
    chat.topics[thread] = params["name"]
    return {"message_thread_id": thread, "name": params["name"], "icon_color": 7322096}


def change_topic(world: World, params: Params, _files: Files) -> bool:
    chat = world.reach(params["chat_id"])
    if params["message_thread_id"] not in chat.topics:
        raise bad("message thread not found")
    if "name" in params:
        chat.topics[params["message_thread_id"]] = params["name"]
    return True


def delete_topic(world: World, params: Params, files: Files) -> bool:
    change_topic(world, params, files)
    del world.reach(params["chat_id"]).topics[params["message_thread_id"]]
    return True


def _scope(params: Params) -> tuple[str, str]:
    scope = params.get("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")


def set_commands(world: World, params: Params, _files: Files) -> bool:
    world.commands[_scope(params)] = list(params["commands"])
    return True


def delete_commands(world: World, params: Params, _files: Files) -> bool:
    world.commands.pop(_scope(params), None)
    return True


def get_commands(world: World, params: Params, _files: Files) -> list[Json]:
    return world.commands.get(_scope(params), [])


def sets(what: str) -> Handler:
    def handler(world: World, params: Params, _files: Files) -> bool:
        world.texts[what, params.get("language_code", "")] = params.get(what, "")
        return True

    return handler


def gets(what: str) -> Handler:
    def handler(world: World, params: Params, _files: Files) -> Json:
        languages = (params.get("language_code", ""), "")
        said = [world.texts[what, each] for each in languages if world.texts.get((what, each))]
        return {what: said[0] if said else world.bot.first_name if what == "name" else ""}

    return handler


def set_menu(world: World, params: Params, _files: Files) -> bool:
    world.menu[params.get("chat_id", 0)] = params.get("menu_button", {"type": "default"})
    return True


def get_menu(world: World, params: Params, _files: Files) -> Json:
    return world.menu.get(params.get("chat_id", 0), {"type": "commands"})


def get_me(world: World, _params: Params, _files: Files) -> Json:
    able = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    more = ("supports_guest_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled")
    last = ("allows_users_to_create_topics", "can_manage_bots", "supports_join_request_queries")
    return {**world.bot.body, **able, **dict.fromkeys((*more, *last), False)}


def get_file(world: World, params: Params, _files: Files) -> Json:
    if params["file_id"] not in world.files:
        raise bad("invalid file_id")
    size = len(world.files[params["file_id"]])
    if size > 20 * 1024 * 1024:
        raise bad("file is too big")
    name = params["file_id"]
    return {"file_id": name, "file_unique_id": f"u{name}", "file_size": size, "file_path": f"files/{name}"}


def nothing(_world: World, _params: Params, _files: Files) -> bool:
    """A call that changes nothing that is kept here."""
    return True


HANDLERS: Mapping[str, Handler] = {
    **sending.HANDLERS,
    "editMessageText": edit_text, "editMessageCaption": edit_caption, "editMessageReplyMarkup": edit_markup,
    "editMessageMedia": edit_media, "deleteMessage": delete_message, "deleteMessages": delete_messages,
    "setMessageReaction": react, "answerCallbackQuery": answer_tap, "pinChatMessage": pin, "unpinChatMessage": unpin,
    "unpinAllChatMessages": unpin, "getChat": get_chat, "getChatMember": get_member,
    "getChatAdministrators": get_admins, "getChatMemberCount": count_members, "leaveChat": leave,
    "createForumTopic": create_topic, "editForumTopic": change_topic, "closeForumTopic": change_topic,
    "reopenForumTopic": change_topic, "deleteForumTopic": delete_topic, "setMyCommands": set_commands,
    "getMyCommands": get_commands, "deleteMyCommands": delete_commands, "setMyName": sets("name"),
    "getMyName": gets("name"), "setMyDescription": sets("description"), "getMyDescription": gets("description"),
    "setMyShortDescription": sets("short_description"), "getMyShortDescription": gets("short_description"),
    "setChatMenuButton": set_menu, "getChatMenuButton": get_menu, "getMe": get_me, "getFile": get_file,
    "setMyDefaultAdministratorRights": nothing, "answerInlineQuery": nothing, "logOut": nothing, "close": nothing,
    "stopPoll": polls.stop,
}  # fmt: skip
