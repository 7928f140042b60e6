"""Bytes to text and text to tables: whatever a spreadsheet has done to them, and nothing that is no text."""

import codecs
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imports.reading import MOST_BYTES, lines_of, table_of, text_of
from bot.imports.words import parsed, words
from knowledge.complaints import ContentError
from tests.effort import least_seconds

WORDS = "Rad ett: åäö, 👩🏽‍🌾 และ Всі\nrad två\n"


def refused(data: bytes) -> str:
    with pytest.raises(ContentError) as told:
        text_of("fil.txt", data)
    (complaint,) = told.value.complaints
    assert str(complaint).startswith(f"fil.txt:{complaint.line}: ")
    return str(complaint)


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode(), codecs.BOM_UTF8 + WORDS.encode(), codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
    ],
)  # fmt: skip
def test_every_way_of_saving_a_text_gives_its_words(data: bytes) -> None:
    assert text_of("fil.txt", data) == WORDS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(encoding: str) -> None:
    text = "10:00:00 From Åke to Everyone : När slutar det?\n" * 3
    assert text_of("fil.txt", text.encode(encoding)) == text


def test_what_windows_saved_is_read_as_windows_meant_it() -> None:
    assert text_of("fil.txt", "När går färjan till Öckerö? – «snart»".encode("cp1252")).startswith("När går färjan")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_character_cut_off_at_the_end_spoils_nothing_before_it(encoding: str) -> None:
    assert text_of("fil.txt", "åäö och 👍".encode(encoding)[:-1]).startswith("åäö och ")


def test_one_broken_byte_does_not_spoil_the_rest() -> None:
    assert "åäö" in text_of("fil.txt", ("åäö" * 30).encode() + b"\xff" + "åäö".encode())


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"x" * 99, b"%PDF-1.7\n", b"\x89PNG\r\n", b"\x1f\x8b\x08", b"\xff\xd8\xff\xe0",
        b"\xd0\xcf\x11\xe0", bytes(range(1, 32)) * 50,
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_in_words(data: bytes) -> None:
    assert "; " in refused(data)


def test_a_nul_is_refused_with_its_line() -> None:
    assert refused(b"ett\r\ntv\xc3\xa5\ntre\0 fyra fem sex").startswith("fil.txt:3: ")


def test_what_is_too_large_is_refused_at_once() -> None:
    data = b"x" * (MOST_BYTES + 1)
    assert "5 MiB" in refused(data)
    assert least_seconds(lambda: refused(data), 0.1) < 0.1


def test_a_soft_line_break_ends_no_line() -> None:
    assert lines_of("a\u2028b\r\r\nc\rd\ne\x85f") == ["a\u2028b", "c", "d", "e\x85f"]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_refused(data: bytes) -> None:
    with suppress(ContentError):
        assert "\0" not in text_of("fil.txt", data)


# Tables


def is_header(cells: tuple[str, ...]) -> bool:
    return "A" in cells


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_found_below_its_preamble_by_any_delimiter(delimiter: str) -> None:
    rows = [["Rubrik, med; tecken|i"], [], ["A", "B", ""], ["1", "två\nrader"], ["1", "2", "3", "4", "", ""], ["5"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    table = table_of("t.csv", text, is_header, "x")
    assert (table.line, table.header) == (3, ("A", "B"))
    assert table.rows == ((4, ("1", "två\nrader")), (6, ("1", "2", "3", "4")), (7, ("5",)))
    assert table.preamble == ((1, ("Rubrik, med; tecken|i",)),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1), ("a,b\n1,2\n", 1), ("x\n" * 41 + "A,B\n", 1), ('A,B\n1,2\n"öppen,4\n5,6\n', 3),
        ('A,B\n1,"2"3\n', 2), ("A,B\n" + ",x" * 300, 2), ('A,B\n1,2\n"' + "x" * 200_000, 3),
    ],
)  # fmt: skip
def test_a_table_that_is_none_or_broken_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ContentError) as told:
        table_of("t.csv", text, is_header, "ange en annan")
    assert [each.line for each in told.value.complaints] == [line]


# The words


def test_every_language_has_its_words_and_guesses_are_marked() -> None:
    chat = {each.lang: each for each in words().chat}
    assert set(chat) == {"en", "sv", "de", "fr", "es", "fi", "nb", "da", "nl", "pl", "uk", "ru", "ko"}
    assert not chat["en"].guess
    assert chat["sv"].guess
    assert all(each.froms and each.tos and each.everyone and each.replying for each in chat.values())


@pytest.mark.parametrize(
    "text", ["chat: []\n", "headers: x\n", "- 1\n", "chat:\n  - lang: sv\n    form: [Från]\n", "["]
)
def test_a_slip_in_the_words_is_told_with_its_line(text: str) -> None:
    with pytest.raises(ContentError) as told:
        parsed("words.yaml", text)
    assert all(each.file == "words.yaml" and each.line for each in told.value.complaints)
