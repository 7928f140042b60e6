"""Zoom's reports of questions and of polls: by their headers, wherever and in whichever language they stand."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imports import zoom_polls, zoom_qa
from knowledge.complaints import ContentError

PREAMBLE = (("Question and Answer Report",), ("Topic", "Webinar ID"), ("Få betalt, i tid", "123 456 789"), ())
QA = ("#", "Question", "Asker Name", "Asker Email", "Answer(s)")
WHO = ("Zaida Qvist", "zaida@example.org")


def as_csv(*rows: Sequence[str], delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def lines(text: str) -> list[int]:
    with pytest.raises(ContentError) as told:
        zoom_qa.parse(text, "r.csv")
    return [each.line for each in told.value.complaints]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_questions_are_found_below_a_preamble_with_their_answers_and_without_names(delimiter: str, end: str) -> None:
    rows = (*PREAMBLE, QA, ("1", "När, slutar; det?", *WHO, "Answered by Host: Klockan tolv"), ("2", "Hur?", *WHO, ""))
    found = zoom_qa.parse(as_csv(*rows, delimiter=delimiter, end=end))
    assert [(each.text, each.answer) for each in found] == [("När, slutar; det?", "Klockan tolv"), ("Hur?", "")]
    assert not [word for word in WHO if word in repr(found)]


@pytest.mark.parametrize(
    "header",
    [
        ("Fråga", "Svar", "Frågeställare"), ("FRAGE", "Antwort(en)", "Name"), ("질문", "답변", "사용자 이름"),
        ("Question", "Réponse(s)", "Nom"), ("Запитання", "Відповідь", "Ім'я"), ("Pytanie", "Odpowiedzi", "Nazwa"),
    ],
)  # fmt: skip
def test_headers_are_known_in_other_languages(header: Sequence[str]) -> None:
    found = zoom_qa.parse(as_csv(header, ("Hur?", "Så", WHO[0])))
    assert [(each.text, each.answer) for each in found] == [("Hur?", "Så")]


def test_several_answers_belong_to_one_question() -> None:
    rows = (
        QA, ("1", "Hur?", *WHO, "Så"), ("", "", "", "", "Answered by Bo Ek: Eller så"), ("1", "Hur?", *WHO, "Så"),
        ("2", "Var?", *WHO, "Här", "där"), QA, ("3", "När?"), ("4", "När?"),
    )  # fmt: skip
    found = zoom_qa.parse(as_csv(*rows))
    assert [(each.text, each.answers, each.line) for each in found] == [
        ("Hur?", ("Så", "Eller så"), 2), ("Var?", ("Här", "där"), 5), ("När?", (), 7), ("När?", (), 8),
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["live answered", "Answered by Bo Ek: Live answered.", "Besvarad live", "실시간 답변"])
def test_what_was_answered_aloud_is_no_answer_in_writing(said: str) -> None:
    rows = (QA, ("1", "Hur?", *WHO, said), ("2", "Var?", *WHO, said), ("2", "Var?", *WHO, "I Sveg"),
            ("3", "Vem?", *WHO, f"{said} är ett uttryck"), ("4", "När?", *WHO, ""))  # fmt: skip
    found = zoom_qa.parse(as_csv(*rows))
    assert [(bool(each.answer), each.spoken) for each in found] == [
        (False, True), (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert found[1].answer == "I Sveg"


def test_a_report_without_questions_has_none() -> None:
    assert zoom_qa.parse(as_csv(*PREAMBLE, QA)) == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1), ("hej\n", 1), (as_csv(("#", "User Name", "Submitted Date/Time")), 1),
        (as_csv(QA) + "1,När, slutar det?,Zaida Qvist,zaida@example.org,\r\n", 2),
        (as_csv(QA, ("1", "a", "b", "c", "d")) + '2,"öppen,x\r\n3,y\r\n', 3),
        (as_csv(("Question", "Answer", "Name"), ("a", "b", "c", "d")), 2),
    ],
)  # fmt: skip
def test_a_report_that_is_none_or_has_slipped_is_told_with_its_line(text: str, line: int) -> None:
    assert lines(text) == [line]


# Polls


P1 = ("#", "User Name", "User Email", "Submitted Date/Time", "Question", "Answer", "Question", "Answer", "")
AT = "Jan 1, 2026 10:00:00"


def counts(text: str) -> list[tuple[str, str, dict[str, int]]]:
    found = zoom_polls.parse(text, "p.csv")
    assert not [word for word in WHO if word in repr(found)]
    return [(each.poll, each.question, dict(each.answers)) for each in found]


def test_answers_are_counted_from_pairs_with_several_choices() -> None:
    top = (("Poll Report",), ("Report Generated:", AT), ("Topic", "ID"), ("Landet", "1-2-3"), (), ("Poll Details",))
    rows = (
        ("1", *WHO, AT, "Buss?", "Ja; Nej", "Mack?", "Nära", ""), ("2", "Anonymous", "", AT, "Buss?", "Ja", ""),
        ("3", *WHO, AT, "Buss?", "Ja\nNej"), ("4", *WHO, AT), ("5", *WHO, AT, "Mack?", "Ring 0706-12 34 56"),
    )  # fmt: skip
    assert counts(as_csv(*top, P1, *rows)) == [
        ("1", "Buss?", {"Ja": 3, "Nej": 2}), ("1", "Mack?", {"Nära": 1, "Ring [telefonnummer]": 1}),
    ]  # fmt: skip


def test_a_date_without_quotation_marks_moves_nothing() -> None:
    text = as_csv(P1) + f"1,{WHO[0]},{WHO[1]},{AT},Buss?,Ja,\n"
    assert counts(text) == [("1", "Buss?", {"Ja": 1})]


def test_polls_in_blocks_have_their_names_and_ragged_rows_are_read() -> None:
    head = ("번호", "사용자 이름", "이메일", "제출 날짜 및 시간")
    rows = (
        ("Resan",), (*head, "Buss?", "Tåg?"), ("1", *WHO, "2026.1.1", "Ja", "Nej", ""), ("2", *WHO, "2026.1.1", "Ja"),
        (), ("Affären",), head, ("1", *WHO, "2026.1.1", "Ofta", "", ""), ("Resan",), (*head, "Buss?"),
        ("1", *WHO, "2026.1.1", "Nej"),
    )  # fmt: skip
    assert counts(as_csv(*rows)) == [
        ("Resan", "Buss?", {"Ja": 2}), ("Resan", "Tåg?", {"Nej": 1}), ("Affären", "Affären", {"Ofta": 1}),
        ("Resan (2)", "Buss?", {"Nej": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "hej\n", as_csv(QA), "\x01"])
def test_a_poll_report_that_is_none_is_told_so(text: str) -> None:
    with pytest.raises(ContentError, match=r"^p\.csv:1: .+; .+"):
        zoom_polls.parse(text, "p.csv")


CELL = st.text(st.sampled_from('ab ,;"\t\n\r\u2028#?å=+@'), max_size=8) | st.sampled_from([*QA, *P1])


@given(st.lists(st.lists(CELL, max_size=9), max_size=9), st.booleans())
def test_nothing_but_a_complaint_is_ever_raised(rows: list[list[str]], written: bool) -> None:
    text = as_csv(QA, P1, *rows) if written else "\n".join(",".join(row) for row in rows)
    for parse in (zoom_qa.parse, zoom_polls.parse):
        with suppress(ContentError):
            parse(text)
