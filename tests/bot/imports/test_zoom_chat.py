"""A chat log in any layout and language; what was private is in nothing that comes out."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.imports.zoom_chat import Chat, ChatMessage, parse
from knowledge.complaints import ContentError

Said = tuple[str, str, str]
"""time, name, words"""


def one_line(said: Sequence[Said], first: str = "From", to: str = "to", everyone: str = "Everyone") -> str:
    return "".join(f"{at} {first} {name} {to} {everyone} : {text}\n" for at, name, text in said)


def indented(said: Sequence[Said], first: str = "From", to: str = "to", everyone: str = "Everyone") -> str:
    rows = []
    for at, name, text in said:
        body = "".join(f"\t{line}\n" for line in text.split("\n"))
        rows.append(f"{at} {first}  {name}  {to}  {everyone}:\n{body}")
    return "".join(rows)


def cloud(said: Sequence[Said]) -> str:
    return "".join(f"{at}\t{name}:\t{text}\r\n" for at, name, text in said)


def window(said: Sequence[Said]) -> str:
    return "".join(f"{name} to Everyone {at}\n{text}\n" for at, name, text in said)


LAYOUTS: Sequence[Callable[[Sequence[Said]], str]] = (one_line, indented, cloud, window)
TALK: Sequence[Said] = (
    ("10:15:00", "Anna", "Hej alla!"),
    ("10:15:30", "Karin to Berg", "När slutar det?"),
    ("10:16:00", "", "Utan namn: går det?"),
    ("10:17:00", "Per 👩🏽‍🌾", "Bilden https://exempel.se/a?b=c syns: bra 👍🏽"),
    ("10:18:00", "Åsa (Ö-vik)", "10:30 börjar rasten"),
)


def said(chat: Chat) -> list[Said]:
    return [(each.at, each.name, each.text) for each in chat.messages]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_said_comes_out_of_every_layout(layout: Callable[[Sequence[Said]], str]) -> None:
    talk = [each for each in TALK if each[1] or layout is not window]
    chat = parse(layout(talk))
    assert said(chat) == list(talk)
    assert (chat.private, chat.unread, chat.reactions) == (0, 0, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize("layout", [one_line, indented])
def test_every_line_end_is_one(layout: Callable[[Sequence[Said]], str], end: str) -> None:
    chat = parse(layout(TALK).replace("\n", end))
    assert said(chat) == list(TALK)


@pytest.mark.parametrize(
    ("first", "to", "everyone"),
    [
        ("Von", "an", "Alle"), ("Від", "до", "Всі"), ("От", "кому", "Все"), ("시작", "수신자", "모두"),
        ("Från", "till", "Alla"), ("De", "à", "Tout le monde"), ("De", "a", "Todos"), ("Fra", "til", "Alle"),
        ("Van", "aan", "Iedereen"), ("Od", "do", "Wszyscy"), ("FROM", "To", "EVERYONE"),
        ("Ifrån", "åt", "Hela gänget"), ("Avsänd", "mottagare", "Samtliga"), ("Från", "åt", "Gänget"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", [one_line, indented])
def test_every_language_is_read_and_an_invented_one_is_learned(
    layout: Callable[..., str], first: str, to: str, everyone: str
) -> None:
    assert said(parse(layout(TALK, first, to, everyone))) == list(TALK)


def test_a_message_goes_on_over_lines_blank_lines_and_soft_breaks() -> None:
    chat = parse(
        "preamble\n10:00:00 From A to Everyone : ett\u2028två\n\ntre\t fyra\n10:00:01 From B to Everyone : x\n"
    )
    assert [each.text for each in chat.messages] == ["ett\ntvå\n\ntre\t fyra", "x"]
    assert [each.line for each in chat.messages] == [2, 5]


def test_without_a_recipient_and_with_a_tab_after_the_time() -> None:
    chat = parse("10:00:00\t From Värden : Hej\n10:00:05 From Sara (värd) : Välkomna: nu kör vi\n")
    assert said(chat) == [("10:00:00", "Värden", "Hej"), ("10:00:05", "Sara (värd)", "Välkomna: nu kör vi")]


@pytest.mark.parametrize("name", ["Von Essen", "De Geer", "Van Gogh", "Från Lund"])
def test_a_name_that_begins_like_a_header_is_a_name_in_a_cloud_log(name: str) -> None:
    assert said(parse(cloud([("00:01:02", name, "Hej")]))) == [("00:01:02", name, "Hej")]


def test_what_is_written_to_the_panel_is_meant_for_those_who_answer() -> None:
    chat = parse("10:00:00 From  A  to  Hosts and panelists:\n\tNär?\n")
    assert (said(chat), chat.private) == ([("10:00:00", "A", "När?")], 0)


# Replies and reactions


THREAD = """10:00:00 From A to Everyone : När lägger ni ut presentationen?
10:00:05 From B to Everyone : Ja tack
"""


def test_a_reply_points_at_what_it_quotes_and_loses_the_quotation() -> None:
    more = '10:01:00 From C to Everyone : Replying to "När lägger ni ut pre..."\n\nI morgon\n'
    more += '10:01:01 From C to Everyone : Replying to "Ja tack" ok\n10:01:02 From C to Everyone : Svarar på "Ja" ok\n'
    replies = parse(THREAD + more).messages[2:]
    assert [(each.text, each.replies_to) for each in replies] == [("I morgon", 1), ("ok", 2), ("ok", None)]


@pytest.mark.parametrize("lead", ["Replying to", "Antwort auf", "Відповідь на", "Svarsord för", "Ett helt annat ord"])
def test_a_reply_in_any_words_is_known_by_its_twenty_characters(lead: str) -> None:
    reply = parse(THREAD + f"10:01:00 From C to Everyone : {lead} “När lägger ni ut pre…” I morgon\n").messages[2]
    assert (reply.text, reply.replies_to) == ("I morgon", 1)


def test_the_latest_of_several_that_begin_alike_is_meant() -> None:
    text = THREAD + "10:00:30 From D to Everyone : När lägger ni ut pressmeddelandet?\n"
    text += '10:01:00 From C to Everyone : Replying to "När lägger ni ut pre..." x\n'
    assert parse(text).messages[-1].replies_to == 3


def test_reactions_are_votes_once_for_each_person_and_can_be_taken_back() -> None:
    words = [
        ("B", 'Reacted to "När lägger ni ut pre..." with 👍'), ("C", 'Reacted to "När lägger ni ut pre..." with 👍🏽'),
        ("C", 'Reacted to "När lägger ni ut pre..." with ❤️'), ("D", 'Reacted to "När lägger ni ut pre..." with 👎'),
        ("E", 'Reacted to "När lägger ni ut pre..." with 👍'),
        ("E", 'Removed a 👍 reaction from "När lägger ni ut pre..."'),
        ("F", 'Hurrade åt "När lägger ni ut pre..." med 👍'), ("F", 'Reacted to "något helt annat" with 👍'),
        ("F", "add 👍"), ("F", "remove 👍"),
    ]  # fmt: skip
    chat = parse(THREAD + one_line([("10:02:00", name, text) for name, text in words]))
    assert len(chat.messages) == 2
    first = chat.messages[0]
    assert (first.votes, dict(first.reactions)) == (3, {"👍": 3, "❤": 1, "👎": 1})
    assert chat.reactions == len(words)


@pytest.mark.parametrize(
    "text",
    [
        'Han sa "hej" till mig', 'Vad betyder "servicegles..." egentligen?', '"Citat först" och sedan mer',
        'Skärmen är 24" stor', "add 👍 till bilden", 'Jag gillar "det där" väldigt mycket',
    ],
)  # fmt: skip
def test_a_quotation_in_a_message_is_just_words(text: str) -> None:
    assert parse(THREAD + f"10:02:00 From C to Everyone : {text}\n").messages[-1].text == text


# Private


PRIVATE = [
    "10:00:05 From A to B(privately) : HEMLIGT\nHEMLIGT också\n",
    "10:00:05 From A to B (Privately) : HEMLIGT\n10:30:00 kanske HEMLIGT\n",
    "10:00:05 From  A to B(Direct Message):\n\tHEMLIGT\n\n\tHEMLIGT också\n",
    "10:00:05 From  A  to  B:\n\tHEMLIGT\n",
    "10:00:05 From A to Karin to Berg : HEMLIGT\n",
    "10:00:05 From A: B to C(privately) : HEMLIGT\n",
    "10:00:05 From A to B : HEMLIGT to Everyone : HEMLIGT\n",
    "10:00:05\tFrom A to B(privately) :\tHEMLIGT\n",
    "10:00:05 Von A an B(Direktnachricht): HEMLIGT\n",
    "10:00:05 Від A до B(особисто) : HEMLIGT\n",
    "10:00:05 Okänt A ord B(enskilt): HEMLIGT\n",
    "10:00:05 Okänt  A  ord  B:\n\tHEMLIGT\n",
    "10:00:05 From A to B HEMLIGT\n",
    "10:00:05 From A HEMLIGT\nHEMLIGT\n",
    '10:00:05 From A to B(privately) : HEMLIGT\n10:00:06 From C to Everyone : Replying to "HEMLIGT" ja\n',
    '10:00:05 From A to B(privately) : HEMLIGT\n10:00:06 From C to Everyone : Okänt ord "HEMLIGT" 👍\n',
    '10:00:06 From C to Everyone : Replying to "ganska HEMLIGT sådan..." ja\n',
    '10:00:06 From C to Everyone : Okänt ord "ganska HEMLIGT sådan..." ja\n',
    '10:00:06 From C to Everyone : Replying to "ganska HEMLIGT såd\n',
]


@pytest.mark.parametrize("private", PRIVATE)
def test_private_words_are_in_nothing_that_comes_out(private: str) -> None:
    after = "10:09:00 From D to Everyone : sist\n"
    chat = parse(f"10:00:00 From D to Everyone : först\n{private}{after}")
    assert "HEMLIGT" not in repr(chat)
    assert [each.text for each in chat.messages if each.name == "D"] == ["först", "sist"]


def test_a_private_majority_to_somebody_silent_is_not_taken_for_all() -> None:
    text = one_line(TALK, "From", "to", "Sara")
    chat = parse(text)
    assert (chat.messages, chat.private) == ((), len(TALK))


def test_a_private_message_copied_from_the_window_is_dropped() -> None:
    chat = parse("A to Everyone 10:15 AM\nhej\nB to Me(Direct Message) 10:16 AM\nHEMLIGT\nC to Bo 10:17\nHEMLIGT\n")
    assert (said(chat), chat.private) == ([("10:15 AM", "A", "hej")], 2)


WORD = st.text(st.sampled_from('abc åäö?!\t\u2028👍🏽\u200d"“….():, to From till'), max_size=30)
NAME = st.text(st.sampled_from("abcåäö to-()👍"), max_size=12).map(str.strip)


@given(
    st.lists(st.tuples(NAME, st.booleans(), WORD), min_size=1, max_size=6),
    st.sampled_from([("From", "to", "Everyone", "privately"), ("Von", "an", "Alle", "privat"),
                     ("Від", "до", "Всі", "особисто"), ("Från", "till", "Alla", "privat")]),
    st.booleans(),
)  # fmt: skip
def test_no_private_word_ever_comes_out(
    rows: list[tuple[str, bool, str]], words: tuple[str, str, str, str], old: bool
) -> None:
    first, to, everyone, privately = words
    text = f"10:00:00 {first} D {to} {everyone} : början\n"
    for name, private, body in rows:
        recipient = f"Bo({privately})" if private else everyone
        spoken = f"XQX{body}XQX" if private else body
        if old:
            text += f"10:00:01 {first} {name} {to} {recipient} : {spoken}\n"
        else:
            text += f"10:00:01 {first}  {name}  {to}  {recipient}:\n\t{spoken}\n"
    chat = parse(text)
    assert "XQX" not in repr(chat)
    assert chat.private + chat.unread >= sum(private for _, private, _ in rows)


# Broken


@pytest.mark.parametrize("text", ["", "\n\n", "Bara ord\n", "question,answer\n1,2\n", "10:00 hej\n", "\ufeff"])
def test_what_is_no_chat_is_told_so(text: str) -> None:
    with pytest.raises(ContentError, match=r"^min\.txt:1: .+; .+10:15:00"):
        parse(text, "min.txt")


def test_words_that_cannot_be_learned_are_told_with_the_line() -> None:
    with pytest.raises(ContentError, match=r"^min\.txt:2: .+; "):
        parse("\n10:00:00 Okänt Anna ord Alle : hej\n", "min.txt")


@pytest.mark.parametrize("layout", [one_line, indented, cloud])
def test_a_file_cut_anywhere_gives_whole_messages_and_at_most_a_shorter_last_one(
    layout: Callable[[Sequence[Said]], str],
) -> None:
    text = layout(TALK).replace("\r\n", "\n")
    for length in range(text.index("alla!") + 5, len(text)):
        found = said(parse(text[:length]))
        assert found[:-1] == list(TALK[: len(found) - 1])
        at, name, words = TALK[len(found) - 1]
        assert found[-1][:2] == (at, name)
        assert words.startswith(found[-1][2].split("\n")[0])


@given(st.text(st.sampled_from("10:23 \t\n\rFromto Everyone():\"'.…👍\u2028Replying"), max_size=200))
@example("10:00:00 From")
@example("10:00:00 From : ")
@example('1:00:00 From a to Everyone:"')
def test_nothing_but_a_complaint_is_ever_raised(text: str) -> None:
    try:
        chat = parse(text)
    except ContentError:
        return
    assert all(isinstance(each, ChatMessage) and each.text for each in chat.messages)


HOSTILE = {
    "one line": "10:00:00 From " + "a to " * 800_000,
    "colons": "10:00:00 From " + "a:" * 1_500_000,
    "headers": "10:00:00 From a to Everyone : aaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 60_000,
    "replies": '10:00:00 From a to Everyone : Replying to "aaaaaaaaaaaaaaaaaaaa..." x\n' * 50_000,
    "unknown": "10:00:00 Okänt a ord b : x\n" * 100_000,
    "blank": "10:00:00 From a to Everyone : x" + "\n" * 3_000_000,
    "quotes": "10:00:00 From a to Everyone : " + '"' * 3_000_000,
    "brackets": "10:00:00 From " + "(" * 3_000_000 + ":",
    "spaces": "10:00:00" + " " * 3_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_takes_its_time_and_no_more(text: str) -> None:
    began = time.perf_counter()
    with suppress(ContentError):
        parse(text[: 5 * 1024 * 1024])
    assert time.perf_counter() - began < 20
