"""What an update says, and how a reply looks in Telegram: values in, values out, and nothing on the way."""

import math
import re
from collections.abc import Iterator
from itertools import accumulate, product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram import markup, wire
from bot.channels.telegram.wire import Call, Counted, Did, Me, Membership, Moved, Upload, Wording
from dialogs.events import SHOWN, Arrived, Chose, Said, Showed
from dialogs.replies import BOLD_OFF, BOLD_ON, ISOLATE_OFF, ISOLATE_ON
from tests.botapi import contents, schema
from tests.botapi.markup import parse_html
from tests.botapi.markup import units as seen_units
from tests.web import shipped_library

Json = dict[str, Any]

ME = Me(4711, "servicelotsen_bot")
ANNA: Json = {"id": 17, "is_bot": False, "first_name": "Anna", "language_code": "sv-SE"}
OTHER_BOT: Json = {"id": 18, "is_bot": True, "first_name": "Annan", "username": "annan_bot"}
US: Json = {"id": ME.id, "is_bot": True, "first_name": "Servicelotsen", "username": ME.username}
PRIVATE: Json = {"id": 17, "type": "private", "first_name": "Anna"}
GROUP: Json = {"id": -100, "type": "group", "title": "Byalaget"}
FORUM: Json = {"id": -1_000_000_000_500, "type": "supergroup", "title": "Bygden", "is_forum": True}
WORDS = Wording("Källa", "Telegram läser med.", "Svara på det här.", "En gång till.")
MOST_ID = 2**63


def message(chat: Json = PRIVATE, sender: Json | None = ANNA, **content: Any) -> Json:
    """A message as Telegram tells of it."""
    who = {"from": sender} if sender else {}
    return {"message_id": 5, "date": 1_800_000_000, "chat": chat, **who, **content}


def update(kind: str = "message", **body: Any) -> Json:
    return {"update_id": 1001, kind: body}


def written(text: str, chat: Json = PRIVATE, sender: Json = ANNA, **more: Any) -> Json:
    """An update about something written; it must be one that Telegram could send."""
    found = update(**message(chat, sender, **contents.text(text), **more))
    assert schema.check_type("Update", found) == []
    return found


def did(incoming: object) -> Did:
    """What was read, which must be something that a person did."""
    assert isinstance(incoming, Did), incoming
    return incoming


def event_of(text: str, chat: Json = PRIVATE) -> object:
    return did(wire.read(written(text, chat), ME)).event


class TestRead:
    def test_something_written_says_who_where_and_what(self) -> None:
        found = did(wire.read(written("Vad räknas som glest?"), ME))
        assert (found.update, found.event, found.language) == (1001, Said("Vad räknas som glest?"), "sv")
        assert (found.place.chat, found.place.user, found.place.message) == (17, 17, 5)
        assert (found.link, found.callback, found.edited, found.reply_to) == (None, None, False, None)

    def test_somebody_whose_telephone_tells_no_language_has_none(self) -> None:
        silent = {key: value for key, value in ANNA.items() if key != "language_code"}
        assert did(wire.read(written("hej", sender=silent), ME)).language is None

    @pytest.mark.parametrize("command", wire.COMMANDS)
    @pytest.mark.parametrize("shape", ["/{0}", "/{0}@servicelotsen_bot", "/{0}@ServiceLotsen_Bot", " /{0} "])
    def test_a_command_is_read_with_and_without_our_name(self, command: str, shape: str) -> None:
        wanted = Arrived() if command == "start" else Said(f"/{command}")
        assert event_of(shape.format(command)) == wanted

    @pytest.mark.parametrize("command", wire.COMMANDS)
    def test_every_command_means_something_in_the_conversation(self, command: str) -> None:
        assert command in shipped_library().content.commands

    @pytest.mark.parametrize("between", [" ", "  ", "\n", "\n\n"])
    def test_what_follows_a_command_belongs_to_a_question_and_is_left_out_after_any_other(self, between: str) -> None:
        assert event_of(f"/fraga{between}Vad kostar det?") == Said("Vad kostar det?")
        assert event_of(f"/ask@servicelotsen_bot{between}What is it?") == Said("What is it?")
        assert event_of(f"/checklista{between}tack så mycket") == Said("/checklista")

    def test_an_unknown_command_is_something_written(self) -> None:
        assert event_of("/trolla nu") == Said("/trolla nu")

    @pytest.mark.parametrize(
        ("text", "link"),
        [
            ("/start", None), ("/start w-landet-lar-47", "w-landet-lar-47"), ("/start@servicelotsen_bot w-x", "w-x"),
            ("/START w-x", "w-x"), ("/start  w-x ", "w-x"),
        ],
    )  # fmt: skip
    def test_a_start_brings_what_its_link_held(self, text: str, link: str | None) -> None:
        found = did(wire.read(written(text), ME))
        assert (found.event, found.link) == (Arrived(), link)

    def test_a_caption_is_something_written_and_a_picture_without_one_is_shown(self) -> None:
        with_words = update(**message(**contents.photo(1, "Är det här glest?")))
        assert did(wire.read(with_words, ME)).event == Said("Är det här glest?")
        assert did(wire.read(update(**message(**contents.photo(1))), ME)).event == Showed("photo")

    @pytest.mark.parametrize("field", wire.KINDS)
    def test_whatever_else_is_sent_is_shown_by_its_kind(self, field: str) -> None:
        assert did(wire.read(update(**message(**{field: {}})), ME)).event == Showed(wire.KINDS[field])

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            ({**contents.document(1), "animation": {}}, "sticker"),
            ({**contents.location(), "venue": {}}, "location"),
            (contents.voice(1), "voice"), (contents.sticker(1), "sticker"), (contents.contact(), "contact"),
        ],
    )  # fmt: skip
    def test_what_comes_under_two_fields_is_shown_as_what_it_looks_like(self, content: Json, kind: str) -> None:
        assert did(wire.read(update(**message(**content)), ME)).event == Showed(kind)

    def test_every_kind_has_a_phrase_in_every_language(self) -> None:
        assert set(wire.KINDS.values()) == set(SHOWN)
        for texts in shipped_library().content.texts.values():
            assert all(f"showed.{kind}" in texts for kind in wire.KINDS.values())

    @pytest.mark.parametrize(
        "notice",
        [
            {"new_chat_members": [ANNA]}, {"left_chat_member": ANNA}, {"pinned_message": message(text="hej")},
            {"new_chat_title": "Nytt"}, {"message_auto_delete_timer_changed": {}}, {"group_chat_created": True},
        ],
    )  # fmt: skip
    def test_telegrams_own_notices_are_not_for_us(self, notice: Json) -> None:
        for chat in (PRIVATE, GROUP):
            assert wire.read(update(**message(chat, **notice)), ME) is None

    def test_something_forwarded_is_something_written(self) -> None:
        origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Eva"}
        assert did(wire.read(written("Hej på er", forward_origin=origin), ME)).event == Said("Hej på er")

    def test_an_edited_message_is_the_message_changed(self) -> None:
        changed = update("edited_message", **message(text="Vad kostar det?", edit_date=1_800_000_100))
        found = did(wire.read(changed, ME))
        assert (found.event, found.edited, found.place.message) == (Said("Vad kostar det?"), True, 5)

    @pytest.mark.parametrize("kind", ["channel_post", "poll_answer", "inline_query", "chat_member", "ett_nytt_slag"])
    def test_kinds_of_update_that_we_did_not_ask_for_are_not_for_us(self, kind: str) -> None:
        assert wire.read(update(kind, **message(text="hej")), ME) is None

    def test_how_the_votes_lie_in_our_poll_is_read_option_by_option(self) -> None:
        assert wire.read(RIGHT[-1], ME) == Counted(1001, "7", 3, (2, 1), closed=False)


class TestPresses:
    def test_a_press_says_what_was_chosen_and_on_which_message(self) -> None:
        pressed = update("callback_query", id="99", data="new:lokal", message=message(sender=US), **{"from": ANNA})
        found = did(wire.read(pressed, ME))
        assert (found.event, found.callback, found.language) == (Chose("new:lokal"), "99", "sv")
        assert (found.place.chat, found.place.user, found.place.message) == (17, 17, 5)

    def test_a_press_on_a_message_too_old_for_telegram_is_read_all_the_same(self) -> None:
        old = {"chat": GROUP, "message_id": 7, "date": 0}
        pressed = update("callback_query", id="99", data="help", message=old, chat_instance="1", **{"from": ANNA})
        assert schema.check_type("Update", pressed) == []
        found = did(wire.read(pressed, ME))
        assert (found.place.message, found.place.group) == (7, True)

    @pytest.mark.parametrize("lacking", ["message", "data"])
    def test_a_press_elsewhere_or_on_a_game_is_not_for_us(self, lacking: str) -> None:
        body = {"id": "99", "from": ANNA, "data": "help", "message": message(sender=US)}
        assert wire.read(update("callback_query", **{key: body[key] for key in body if key != lacking}), ME) is None


class TestGroups:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("Vad tycker ni?", False), ("@servicelotsen_bot vad räknas som glest?", True),
            ("vad räknas som glest, @ServiceLotsen_Bot?", True), ("/fraga vad?", True), ("/hjalp", True),
            ("/hjalp@servicelotsen_bot", True), ("/hjalp@annan_bot", False),
            ("/hjalp@annan_bot @servicelotsen_bot", False),
            ("fråga @servicelotsen_botten i stället", False), ("fråga @servicelotsen_bot2", False),
            ("servicelotsen_bot är bra", False),
        ],
    )  # fmt: skip
    def test_only_commands_and_our_name_are_meant_for_us(self, text: str, *, meant: bool) -> None:
        for chat in (GROUP, FORUM):
            assert (wire.read(written(text, chat), ME) is not None) == meant

    def test_our_name_is_not_part_of_what_was_said(self) -> None:
        assert event_of("@servicelotsen_bot, vad räknas som glest?", GROUP) == Said("vad räknas som glest?")
        assert event_of("/fraga@servicelotsen_bot vad är det?", GROUP) == Said("vad är det?")

    def test_a_reply_to_us_is_meant_for_us_and_to_another_it_is_not(self) -> None:
        ours, theirs = message(GROUP, US, text="Vem?"), message(GROUP, OTHER_BOT, text="Vem?")
        found = did(wire.read(written("Vi själva", GROUP, reply_to_message=ours), ME))
        assert (found.event, found.reply_to) == (Said("Vi själva"), 5)
        assert wire.read(written("Vi själva", GROUP, reply_to_message=theirs), ME) is None

    def test_a_sticker_in_a_group_is_left_alone_unless_it_answers_us(self) -> None:
        assert wire.read(update(**message(GROUP, **contents.sticker(1))), ME) is None
        answered = message(GROUP, **contents.sticker(1), reply_to_message=message(GROUP, US, text="Vem?"))
        assert did(wire.read(update(**answered), ME)).event == Showed("sticker")

    def test_a_caption_with_our_name_is_meant_for_us(self) -> None:
        shown = message(GROUP, **contents.photo(1, "@servicelotsen_bot är det här glest?"))
        assert did(wire.read(update(**shown), ME)).event == Said("är det här glest?")

    @pytest.mark.parametrize(
        "sender",
        [
            OTHER_BOT, None,
            {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"},
            {"id": 136_817_688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"},
        ],
        ids=["a bot", "nobody", "an anonymous administrator", "somebody behind a channel"],
    )  # fmt: skip
    def test_whoever_has_no_face_is_not_answered(self, sender: Json | None) -> None:
        for chat in (PRIVATE, GROUP):
            said = message(chat, sender, **contents.text("/hjalp@servicelotsen_bot"))
            assert wire.read(update(**said), ME) is None

    def test_each_member_has_a_conversation_of_their_own_in_the_topic_they_wrote_in(self) -> None:
        inside = written("/hjalp", FORUM, message_thread_id=44, is_topic_message=True)
        found = did(wire.read(inside, ME))
        assert (found.place.thread, found.place.group) == (44, True)

    def test_a_thread_of_replies_is_no_topic(self) -> None:
        assert did(wire.read(written("/hjalp", FORUM, message_thread_id=44), ME)).place.thread is None

    def test_both_messages_about_a_move_say_the_same(self) -> None:
        last = update(**message(GROUP, migrate_to_chat_id=FORUM["id"]))
        first = update(**message(FORUM, migrate_from_chat_id=GROUP["id"]))
        assert wire.read(last, ME) == wire.read(first, ME) == Moved(1001, -100, FORUM["id"])

    @pytest.mark.parametrize(
        ("member", "inside"),
        [
            ({"status": "member"}, True), ({"status": "administrator"}, True), ({"status": "creator"}, True),
            ({"status": "restricted", "is_member": True}, True), ({"status": "restricted", "is_member": False}, False),
            ({"status": "left"}, False), ({"status": "kicked", "until_date": 0}, False),
        ],
    )  # fmt: skip
    def test_being_let_in_or_shut_out_is_noticed(self, member: Json, *, inside: bool) -> None:
        for chat, group in ((PRIVATE, False), (GROUP, True)):
            for before, outside in (({"status": "left"}, True), ({"status": "member"}, False)):
                states = {"old_chat_member": before, "new_chat_member": member}
                changed = update("my_chat_member", chat=chat, date=1, **states, **{"from": ANNA})
                came = inside and outside
                assert wire.read(changed, ME) == Membership(1001, chat["id"], inside, group, "sv", came)

    def test_a_channel_has_nobody_to_answer_even_when_we_are_put_in_it(self) -> None:
        channel = {"id": -1_000_000_000_600, "type": "channel", "title": "Nyheter"}
        changed = update("my_chat_member", chat=channel, new_chat_member={"status": "administrator"}, **{"from": ANNA})
        assert wire.read(changed, ME) is None
        assert wire.read(written("@servicelotsen_bot hej", channel), ME) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat", "from", "id", "type", "text",
    "caption", "data", "message_id", "new_chat_member", "status", "language_code", "migrate_to_chat_id", "is_bot",
    "reply_to_message", "sticker", "message_thread_id", "is_topic_message", "migrate_from_chat_id", "poll", "options",
    "voter_count", "total_voter_count", "is_closed",
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5)
    | st.sampled_from(("private", "group", "/start", "@servicelotsen_bot", "member", ME.id, 17))
)  # fmt: skip
LIKELY = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8) | st.lists(inner, max_size=2),
    max_leaves=40,
)


RIGHT = (
    written("/hjalp", FORUM, message_thread_id=44, is_topic_message=True),
    written("hej", reply_to_message=message(sender=US, text="Vem?")),
    written("/start w-x"),
    update("callback_query", id="99", data="help", message=message(sender=US), **{"from": ANNA}),
    update("my_chat_member", chat=GROUP, new_chat_member={"status": "member"}, **{"from": ANNA}),
    update(**message(GROUP, migrate_to_chat_id=FORUM["id"])),
    update(**message(FORUM, migrate_from_chat_id=GROUP["id"])),
    update("poll", id="7", total_voter_count=3, is_closed=False, options=[{"voter_count": 2}, {"voter_count": 1}]),
)
WRONG: tuple[Any, ...] = (
    None,
    True,
    1,
    0,
    -1,
    2**63,
    -(2**63) - 1,
    1.5,
    math.nan,
    math.inf,
    "",
    "17",
    "x",
    "\ud800",
    [],
    [17],
    {},
    {"id": 17},
)


def _paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    for key in value if isinstance(value, dict) else ():
        yield from _paths(value[key], (*path, key))


def _with(found: Any, path: tuple[str, ...], value: Any) -> Any:
    first, *rest = path
    return {**found, first: _with(found[first], tuple(rest), value) if rest else value}


def numbers(incoming: object) -> list[int | None]:
    """Everything in what was read that goes on as a number."""
    match incoming:
        case Did():
            place = incoming.place
            known = [incoming.update, place.chat, place.user, place.message]
            return known + [each for each in (place.thread, incoming.reply_to) if each is not None]
        case Moved():
            return [incoming.update, incoming.chat, incoming.into]
        case Membership():
            return [incoming.update, incoming.chat]
        case Counted():
            return [incoming.update, incoming.voters, *incoming.options]
    return []


def read_or_refused(junk: Any) -> object:
    """What is read, or None when it is refused in a way that a dead letter is written for."""
    try:
        return wire.read(junk, ME)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def check_kept(found: object) -> None:
    """The sender and the store count on numbers being numbers: a chat called "x" would stop all sending for good."""
    for number in numbers(found):
        assert type(number) is int, found
        assert -MOST_ID <= number < MOST_ID, found
    if isinstance(found, Did):
        words = [found.event.text] if isinstance(found.event, Said) else []
        words += [found.event.choice] if isinstance(found.event, Chose) else []
        words += [each for each in (found.link, found.callback, found.language) if each is not None]
        assert all(isinstance(each, str) for each in words), found


class TestJunk:
    @given(JSON | LIKELY)
    def test_whatever_comes_is_refused_or_holds_what_can_be_kept(self, junk: Any) -> None:
        check_kept(read_or_refused(junk))

    def test_an_update_with_one_wrong_value_is_refused_or_holds_what_can_be_kept(self) -> None:
        for right, wrong in product(RIGHT, WRONG):
            for path in _paths(right):
                check_kept(read_or_refused(_with(right, path, wrong)))


# Out


def made(body: Json, chat: int = 17, **hint: Any) -> tuple[Call, ...]:
    """The calls of a reply, each of which Telegram would take."""
    found = wire.calls(body, chat, hint, WORDS)
    for call in found:
        files = {name: each.content for name, each in call.params.items() if isinstance(each, Upload)}
        given_ = {name: each for name, each in call.params.items() if name not in files}
        assert schema.check(call.method, given_, files) == [], call
    return found


def lone(body: Json, chat: int = 17, **hint: Any) -> Json:
    """The parameters of a reply's only call."""
    [call] = made(body, chat, **hint)
    return call.params


def buttons(params: Json) -> list[list[tuple[str, str]]]:
    rows = params["reply_markup"]["inline_keyboard"]
    return [[(each["text"], each["callback_data"]) for each in row] for row in rows]


def shown(call: Call | Json) -> str:
    """What the reader sees."""
    params = call.params if isinstance(call, Call) else call
    return parse_html(params.get("text", params.get("caption", ""))).text


def choice(identity: str, label: str, *, quiet: bool = False) -> Json:
    return {"id": identity, "label": label, "quiet": quiet}


PICTURE = {"image": {"name": "qr/bild", "alt": "Kartan visar allt.", "width": 1, "height": 1}}
FILE = {"file": {"name": "qr/bild", "title": "Kartan"}}
FILES = [(PICTURE, "sendPhoto", "photo"), (FILE, "sendDocument", "document")]


class TestCalls:
    def test_a_text_goes_to_its_chat_escaped_and_without_a_preview(self) -> None:
        params = lone({"text": '<b>5 > 4</b> & "så"'})
        assert params["chat_id"] == 17
        assert shown(params) == '<b>5 > 4</b> & "så"'
        assert parse_html(params["text"]).entities == ()
        assert params["link_preview_options"] == {"is_disabled": True}

    def test_a_heading_is_bold_above_the_text(self) -> None:
        params = lone({"heading": f"{ISOLATE_ON}Fråga{ISOLATE_OFF} 4", "text": "Hej"})
        assert shown(params) == "Fråga 4\nHej"
        assert parse_html(params["text"]).entities == ({"type": "bold", "offset": 0, "length": 7},)

    def test_sources_and_the_note_are_small_print_under_the_text(self) -> None:
        sources = [
            {"title": "Glesbygd", "date": "2025-01-31", "url": None},
            {"title": "Lag & rätt", "date": "2026", "url": "https://example.se/?a=1&b=2"},
        ]
        params = lone({"text": "Svaret.", "sources": sources, "note": "Granskad."})
        first, second, note = shown(params).removeprefix("Svaret.\n\n").split("\n")
        assert (first, note) == ("Källa: Glesbygd (2025-01-31)", "Granskad.")
        assert second == "Källa: Lag & rätt (2026) https://example.se/?a=1&b=2"
        assert [each["type"] for each in parse_html(params["text"]).entities] == ["italic"]

    def test_only_the_welcome_says_who_reads_along(self) -> None:
        assert shown(lone({"text": "Hej", "key": "welcome"})).endswith(WORDS.notice)
        assert WORDS.notice not in shown(lone({"text": "Hej", "kind": "answer"}))

    def test_in_a_group_a_text_that_waits_for_words_asks_for_a_reply(self) -> None:
        params = lone({"text": "Vem?", "input": "who"}, -100, reply=5, thread=None)
        assert shown(params).endswith(WORDS.reply_here)
        assert params["reply_markup"] == {"force_reply": True, "selective": True}
        assert params["reply_parameters"] == {"message_id": 5, "allow_sending_without_reply": True}
        alone = lone({"text": "Vem?", "input": "who"})
        assert WORDS.reply_here not in shown(alone)
        assert "reply_markup" not in alone

    def test_a_topic_is_kept_and_an_edit_needs_none(self) -> None:
        assert lone({"text": "Hej"}, FORUM["id"], thread=44)["message_thread_id"] == 44
        [edit] = made({"text": "Hej"}, FORUM["id"], thread=44, reply=3, edit=9)
        assert (edit.method, edit.params["message_id"], edit.repeatable) == ("editMessageText", 9, True)
        assert not {"message_thread_id", "reply_parameters"} & edit.params.keys()

    def test_short_choices_share_a_row_and_quiet_ones_come_below(self) -> None:
        choices = [
            choice("a:ja", "Ja"),
            choice("a:delvis", "Delvis"),
            choice("a:nej", "Nej"),
            choice("a:vet", "Vet ej"),
        ]
        choices += [choice("back", "Tillbaka", quiet=True), choice("pause", "Paus", quiet=True)]
        rows = buttons(lone({"text": "Fråga", "choices": choices}))
        assert [[data for _, data in row] for row in rows] == [
            ["a:ja", "a:delvis", "a:nej"],
            ["a:vet"],
            ["back", "pause"],
        ]

    def test_labels_that_fill_a_row_have_it_to_themselves(self) -> None:
        choices = [choice("1", "Börja en ny genomgång"), choice("2", "Fortsätt"), choice("3", "Sluta")]
        assert [[data for _, data in row] for row in buttons(lone({"text": "x", "choices": choices}))] == [
            ["1"],
            ["2", "3"],
        ]

    def test_labels_too_long_for_a_telephone_are_listed_in_the_text_and_their_buttons_numbered(self) -> None:
        long = "Menade du hur man räknar ut vad som är ett glest område?"
        choices = [choice("a", long), choice("b", f"{BOLD_ON}Något{BOLD_OFF} annat"), choice("c", "Avbryt", quiet=True)]
        params = lone({"text": "Menade du?", "choices": choices})
        assert shown(params) == f"Menade du?\n\n1. {long}\n2. Något annat"
        assert buttons(params) == [[("1", "a"), ("2", "b")], [("Avbryt", "c")]]

    def test_no_more_buttons_than_telegram_takes(self) -> None:
        choices = [choice(f"tool:{number}", f"Metod {number}") for number in range(150)]
        assert sum(len(row) for row in buttons(lone({"text": "x", "choices": choices}))) == wire.MOST_BUTTONS

    def test_the_buttons_stand_under_the_last_part_and_the_reply_before_the_first(self) -> None:
        parts = made({"text": "Ett stycke.\n\n" * 800, "choices": [choice("a", "Ja")]}, -100, reply=5)
        assert len(parts) > 2
        assert [("reply_markup" in each.params) for each in parts] == [False] * (len(parts) - 1) + [True]
        assert [("reply_parameters" in each.params) for each in parts] == [True] + [False] * (len(parts) - 1)

    def test_an_edit_that_has_become_too_long_comes_as_new_messages(self) -> None:
        assert {each.method for each in made({"text": "ord " * 2000}, edit=9)} == {"sendMessage"}

    @pytest.mark.parametrize(("what", "method", "field"), FILES)
    def test_a_file_carries_what_fits_as_its_caption_and_the_rest_follows(
        self, what: Json, method: str, field: str
    ) -> None:
        first, *rest = made({"text": "Ett stycke.\n\n" * 200, "choices": [choice("a", "Ja")], **what}, reply=5)
        assert (first.method, first.params[field]) == (method, Upload("qr/bild"))
        assert 0 < seen_units(shown(first)) <= markup.MOST_CAPTION_UNITS
        assert {each.method for each in rest} == {"sendMessage"}
        assert "reply_parameters" in first.params
        assert "reply_markup" in rest[-1].params
        said = words_of(map(shown, [first, *rest]))
        assert [each for each in said if each not in ("Kartan", "visar", "allt.")] == ["Ett", "stycke."] * 200

    def test_what_a_picture_says_is_said_in_words(self) -> None:
        assert shown(lone({"text": "Hej", **PICTURE})) == "Hej\n\nKartan visar allt."

    @pytest.mark.parametrize(("what", "method", "field"), FILES)
    def test_a_file_is_never_put_in_place_of_a_text(self, what: Json, method: str, field: str) -> None:
        [call] = made({"text": "Hej", **what}, edit=9)
        assert (call.method, field in call.params) == (method, True)

    def test_links_are_told_with_their_names(self) -> None:
        links = [{"label": "På webben", "url": "https://example.se/?a=1&b=2"}]
        assert shown(lone({"text": "Hej", "links": links})) == "Hej\n\nPå webben: https://example.se/?a=1&b=2"


class TestData:
    LONG = "note:" + "x" * 60

    def test_a_short_choice_is_carried_as_it_is(self) -> None:
        for short in ("a:lokal.service.1:ja", "x" * 64, "å" * 32):
            assert wire.data(short) == short

    def test_a_long_choice_is_carried_as_the_same_digest_for_ever(self) -> None:
        """Buttons live in chats for years: this value may never change."""
        assert wire.data(self.LONG) == "~5kk1d4qgBlFacPeKRQFH4DhGPOe6nX2L4UcfGEff4yM"
        assert wire.data("å" * 33) != wire.data("ä" * 33)

    def test_nobody_can_offer_a_choice_that_looks_like_a_digest(self) -> None:
        assert wire.data("~abc") != "~abc"
        assert wire.data(wire.data(self.LONG)) != wire.data(self.LONG)

    @given(st.text(min_size=1).filter(lambda each: each.encode("utf-8", "ignore").decode() == each))
    def test_any_choice_fits_on_a_button(self, identity: str) -> None:
        carried = wire.data(identity)
        assert 1 <= len(carried.encode()) <= wire.MOST_DATA_BYTES
        assert carried == identity or carried.startswith(wire.DIGEST)


class TestNative:
    """Telegram's own polls."""

    def test_a_question_becomes_an_anonymous_poll_in_its_topic_and_nothing_else_is_said(self) -> None:
        asked = {"question": "Var & när?", "options": ["Här", "Där"], "several": True}
        [call] = made({"text": "Något annat", "choices": [choice("a", "Ja")]}, -100, native=asked, thread=44)
        assert call == Call("sendPoll", {
            "chat_id": -100, "message_thread_id": 44, "question": "Var & när?",
            "options": [{"text": "Här"}, {"text": "Där"}], "is_anonymous": True, "allows_multiple_answers": True,
        })  # fmt: skip
        assert not call.repeatable

    def test_it_is_looked_for_by_leaving_it_without_buttons(self) -> None:
        [sent] = made({"text": "Var?"}, -100, native={"question": "Var?", "options": ["Här", "Där"], "several": False})
        edit = wire.as_edit(sent, 77)
        assert edit == Call("editMessageReplyMarkup", {"chat_id": -100, "message_id": 77})
        assert schema.check(edit.method, edit.params) == []

    @pytest.mark.parametrize(("length", "says_so"), [(20, True), (300, False)])
    def test_one_that_comes_again_says_so_where_there_is_room(self, length: int, *, says_so: bool) -> None:
        asked = {"question": "v" * length, "options": ["Här", "Där"], "several": False}
        [sent] = made({"text": "Var?"}, -100, native=asked)
        again = wire.repeated(sent, WORDS)
        assert schema.check(again.method, again.params) == []
        assert (WORDS.repeated in again.params["question"]) is says_so
        assert again.params["question"].endswith("v" * length)


class TestAgain:
    def test_a_message_put_in_place_of_itself_is_the_same_message(self) -> None:
        choices = [choice("a", "Ja")]
        [sent] = made({"text": "Hej", "choices": choices, "heading": "Ett"}, -100, reply=5)
        edit = wire.as_edit(sent, 77)
        assert edit
        assert (edit.method, edit.repeatable) == ("editMessageText", True)
        assert edit.params == {
            **{key: sent.params[key] for key in sent.params if key != "reply_parameters"}, "message_id": 77,
        }  # fmt: skip
        assert schema.check(edit.method, edit.params) == []

    def test_a_file_is_found_by_its_caption(self) -> None:
        for what in (PICTURE, FILE):
            [sent] = made({"text": "Hej", **what})
            edit = wire.as_edit(sent, 77)
            assert edit
            assert (edit.method, shown(edit), edit.params["message_id"]) == ("editMessageCaption", shown(sent), 77)
            assert schema.check(edit.method, edit.params) == []

    def test_a_text_that_asks_for_a_reply_is_looked_for_in_a_way_that_telegram_reads(self) -> None:
        [sent] = made({"text": "Vem?", "input": "who"}, -100, reply=5)
        edit = wire.as_edit(sent, 77)
        assert edit is None or schema.check(edit.method, edit.params) == []

    def test_what_is_no_message_has_no_edit(self) -> None:
        assert wire.as_edit(Call("editMessageText", {"text": "x"}), 77) is None

    def test_a_message_that_comes_again_says_so_where_there_is_room(self) -> None:
        [sent] = made({"text": "<hej>"})
        again = wire.repeated(sent, WORDS)
        assert shown(again) == f"{WORDS.repeated}\n<hej>"
        [full] = made({"text": "x" * markup.MOST_UNITS})
        assert wire.repeated(full, WORDS) == full

    @given(st.integers(900, 1100), st.booleans())
    def test_with_or_without_room_it_stays_within_the_limit(self, letters: int, caption: bool) -> None:
        text = "å" * (letters if caption else 4 * letters - 100)
        first, *_ = made({"text": text, **(FILE if caption else {})})
        most = markup.MOST_CAPTION_UNITS if caption else markup.MOST_UNITS
        assert seen_units(shown(wire.repeated(first, WORDS))) <= most


# Long texts

LETTERS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Co")), max_size=30),
    st.text(st.sampled_from("<>&\"'\u202e\u2066\u2069👩\u200d👩🏽🇸🇪é\U00020000 \n.a"), max_size=30),
    st.sampled_from(("ord " * 300, "😀" * 700, "x" * 1500, "Stycke.\n\n" * 120, "<b>&amp;</b>" * 100)),
)


def marked(on: str, off: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, max_size=3).map(lambda pieces: on + "".join(pieces) + off)


ISOLATED = LETTERS | marked(ISOLATE_ON, ISOLATE_OFF, LETTERS)
BOLD = ISOLATED | marked(BOLD_ON, BOLD_OFF, ISOLATED)
MANY_BOLD = st.integers(90, 250).map(
    lambda number: f"{BOLD_ON}fet{BOLD_OFF} och {ISOLATE_ON}<ä>{ISOLATE_OFF}. " * number
)
TEXTS = st.lists(BOLD | MANY_BOLD | marked(markup.ITALIC_ON, markup.ITALIC_OFF, BOLD), max_size=8).map("".join)
"""Anything that a reply can hold: curated bold, isolated words of people within it, small print around all."""

_UNSEEN = str.maketrans({ISOLATE_ON: "\u2068", ISOLATE_OFF: "\u2069", **dict.fromkeys(
    (BOLD_ON, BOLD_OFF, markup.ITALIC_ON, markup.ITALIC_OFF), "")})  # fmt: skip


def words_of(texts: Any) -> list[str]:
    """Everything seen, without the white space between and the isolates that a cut closes and opens again."""
    return " ".join(re.sub("[\u2068\u2069]", "", each) for each in texts).split()


def letters_of(text: str) -> str:
    return re.sub(r"\s|[\u2068\u2069]", "", text)


def with_bold(text: str) -> list[tuple[str, bool]]:
    """Every letter seen, and whether it is bold."""
    found = parse_html(markup.html(text))
    bold = {
        at for each in found.entities if each["type"] == "bold"
        for at in range(each["offset"], each["offset"] + each["length"])
    }  # fmt: skip
    places = accumulate((1 + (letter > "\uffff") for letter in found.text), initial=0)
    return [(letter, at in bold) for letter, at in zip(found.text, places, strict=False) if letters_of(letter)]


class TestSplit:
    def test_a_short_text_is_left_whole(self) -> None:
        assert markup.split("Hej\n\npå dig") == ["Hej\n\npå dig"]
        assert len(markup.split("😀" * 2048)) == 1
        assert len(markup.split("😀" * 2049)) == 2

    @pytest.mark.parametrize(("between", "kept"), [("\n\n", ""), ("\n", ""), (". ", "."), (" ", "")])
    def test_it_is_cut_where_a_reader_would_pause(self, between: str, kept: str) -> None:
        piece = "Något-som-står-i-ett-stycke-för-sig"
        first, *_ = markup.split(between.join([piece] * 300))
        assert first.endswith(piece + kept)

    def test_a_paragraph_is_a_better_place_than_a_later_word(self) -> None:
        text = "ord " * 750 + "sist\n\n" + "mera " * 900
        assert markup.split(text)[0].endswith("sist")

    def test_bold_is_closed_at_a_cut_and_opened_again(self) -> None:
        parts = [markup.html(each) for each in markup.split(f"{BOLD_ON}{'ord ' * 2000}{BOLD_OFF}slut")]
        assert all(each.startswith("<b>") for each in parts)
        assert [each.count("<b>") for each in parts] == [each.count("</b>") for each in parts]
        assert [each["type"] for part in parts for each in parse_html(part).entities] == ["bold"] * len(parts)
        assert not parts[-1].endswith("</b>")

    def test_isolated_words_stay_isolated_over_a_cut(self) -> None:
        parts = markup.split(ISOLATE_ON + "\u05d0" * 5000 + ISOLATE_OFF + " slut")
        assert [(each.count(ISOLATE_ON), each.count(ISOLATE_OFF)) for each in parts] == [(1, 1)] * len(parts)

    @given(TEXTS)
    @example(f"{BOLD_ON}x{BOLD_OFF} " * 250)
    @example(f"{BOLD_ON}{ISOLATE_ON}{'😀' * 2047}a{ISOLATE_OFF}{BOLD_OFF}")
    @example(f"{markup.ITALIC_ON}{BOLD_ON}{ISOLATE_ON}{'&' * 4094}{ISOLATE_OFF}{BOLD_OFF}{markup.ITALIC_OFF}")
    def test_every_part_of_any_text_is_one_that_telegram_takes(self, text: str) -> None:
        for part in markup.split(text):
            found = parse_html(markup.html(part))
            assert seen_units(found.text) == markup.units(part) <= markup.MOST_UNITS
            assert len(found.entities) <= markup.MOST_ENTITIES
            assert found.text.strip() or not letters_of(text.translate(_UNSEEN))

    @given(TEXTS)
    def test_nothing_of_any_text_is_lost_or_moved(self, text: str) -> None:
        parts = [parse_html(markup.html(each)).text for each in markup.split(text)]
        assert letters_of("".join(parts)) == letters_of(text.translate(_UNSEEN))

    @given(TEXTS)
    def test_what_was_bold_is_bold_in_its_part_and_nothing_else_is(self, text: str) -> None:
        parts = [letter for each in markup.split(text) for letter in with_bold(each)]
        assert parts == with_bold(text)

    # Whole marks are the reply's own: none survives cleaning of what people write (tests/dialogs/test_clean.py).
    @given(TEXTS, st.text(st.characters(exclude_categories=["Co", "Cs"]), max_size=3))
    def test_lone_halves_of_letters_do_no_harm(self, text: str, more: str) -> None:
        for part in markup.split(f"{text}\ud83d{more}\udc00"):
            parse_html(markup.html(part)).text.encode()
