"""Somebody else's FAQ becomes a knowledge base: whole or not at all, and nothing in it is lost."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cli
from bot.kb_import import DRAFTS, Imported, convert
from knowledge.complaints import ContentError
from knowledge.entries import Knowledge
from knowledge.load import MOST_VARIANT_CHARACTERS, load
from tests.content import ROOT, knowledge_files

TODAY = dt.date(2026, 11, 23)
SHARED = {path: text for path, text in knowledge_files() if path in ("small_talk.yaml", "synonyms.yaml")}
GOOD = "Ja, det går bra. Ring oss först."
LONG = " ".join(f"Det här är mening {number}." for number in range(7))


def imported(text: str, name: str = "faq.csv") -> Imported:
    return convert(name, text, SHARED, TODAY)


def loaded(found: Imported) -> Knowledge:
    return load((path, text) for path, text in found.files.items() if not path.startswith(DRAFTS))


def lines(text: str, name: str = "faq.csv") -> list[int]:
    """The lines complained of."""
    with pytest.raises(ContentError) as told:
        imported(text, name)
    assert all(each.file == name for each in told.value.complaints)
    return [each.line for each in told.value.complaints]


def as_csv(*rows: tuple[str, ...], delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def as_jsonl(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_from_any_spreadsheet_becomes_entries(delimiter: str, end: str) -> None:
    rows = (
        ("Question", " answer "),
        ("Får jag ha hund, katt; eller häst?", GOOD),
        ("När öppnar ni?", "Vi öppnar nio."),
    )
    known = loaded(imported(as_csv(*rows, delimiter=delimiter, end=end)))
    assert [entry.wording("sv").title for entry in known.entries.values()] == [row[0] for row in rows[1:]]
    assert {entry.wording("sv").answer for entry in known.entries.values()} == {GOOD, "Vi öppnar nio."}


def test_rows_of_one_topic_are_ways_of_asking_for_one_answer_in_each_language() -> None:
    found = loaded(
        imported(
            as_csv(
                ("question", "answer", "topic", "lang"),
                ("Får jag ha hund?", GOOD, "Hundar & katter", "sv"),
                ("kan hunden följa med", "", "Hundar & katter", ""),
                ("Får jag ha hund?", GOOD, "Hundar & katter", "SV"),
                ("May I bring a dog?", "Yes, you may.", "Hundar & katter", "en"),
            )
        )
    )
    assert list(found.entries) == ["hundar-katter"]
    entry = found.entries["hundar-katter"]
    assert entry.wordings["sv"].variants == ("Får jag ha hund?", "kan hunden följa med")
    assert entry.wordings["en"].answer == "Yes, you may."


def test_lines_of_json_may_hold_several_ways_of_asking() -> None:
    text = as_jsonl(
        {"topic": "hund", "variants": ["Får jag ha hund?", "hund"], "answer": GOOD},
        {"question": "Öppet?", "variants": ["När öppnar ni?"], "answer": GOOD, "topic": None, "extra": 1},
    )
    known = loaded(imported(text, "faq.jsonl"))
    assert [entry.wording("sv").variants for entry in known.entries.values()] == [
        ("Får jag ha hund?", "hund"),
        ("Öppet?", "När öppnar ni?"),
    ]


def test_names_that_look_alike_stay_apart() -> None:
    rows = as_csv(("question", "answer", "topic"), ("A?", GOOD, "Mack!"), ("B?", GOOD, "mack"), ("Ж?", GOOD, "ж"))
    assert sorted(loaded(imported(rows)).entries) == ["fraga", "mack", "mack-2"]


def test_an_answer_too_long_for_the_chat_waits_whole_and_the_others_are_imported() -> None:
    rows = as_csv(("question", "answer"), ("Hur går det till?", LONG), ("Får jag ha hund?", GOOD), ("X?", "Se {där}."))
    found = imported(rows)
    assert list(loaded(found).entries) == ["far-jag-ha-hund"]
    assert found.answers == 1
    assert [(each.file, each.line) for each in found.drafts] == [("faq.csv", 2), ("faq.csv", 4)]
    draft = found.files[f"{DRAFTS}/sv/hur-gar-det-till.txt"]
    assert LONG in draft
    assert found.drafts[0].what in draft


def test_a_draft_is_an_entry_once_its_answer_is_mended() -> None:
    found = imported(as_csv(("question", "answer"), ("Hur går det till?", LONG)))
    draft = found.files[f"{DRAFTS}/sv/hur-gar-det-till.txt"]
    files = {path: text for path, text in found.files.items() if not path.startswith(DRAFTS)}
    mended = load({**files, "sv/hur-gar-det-till.md": draft.replace(LONG, GOOD)}.items())
    assert mended.entries["hur-gar-det-till"].wording("sv").answer == GOOD


def test_braces_over_several_lines_do_not_break_a_draft() -> None:
    found = imported(as_csv(("question", "answer"), ("Hur?", "Så {här\noch: - där}.")))
    (draft,) = (text for path, text in found.files.items() if path.startswith(DRAFTS))
    assert draft.split("\n")[1].startswith("# ")
    assert draft.split("\n")[2].startswith("title: ")


def test_english_waits_with_its_swedish_answer_but_not_the_other_way_round() -> None:
    head = ("question", "answer", "topic", "lang")
    both = imported(as_csv(head, ("Hur?", LONG, "hur", "sv"), ("How?", "Like this.", "hur", "en")))
    assert {path for path in both.files if "hur" in path} == {f"{DRAFTS}/sv/hur.txt", f"{DRAFTS}/en/hur.txt"}
    one = imported(as_csv(head, ("Hur?", GOOD, "hur", "sv"), ("How?", LONG, "hur", "en")))
    assert {path for path in one.files if "hur" in path} == {"sv/hur.md", f"{DRAFTS}/en/hur.txt"}
    assert loaded(one).entries["hur"].wordings.keys() == {"sv"}


def test_every_bad_row_is_told_by_its_line_even_after_cells_of_several_lines() -> None:
    head = ("question", "answer", "topic", "lang")
    rows = as_csv(
        head,
        ("Bra?", "Ja.\n\nDet är\r\nbra."),
        ("", GOOD),
        ("Tyst?",),
        ("???", GOOD),
        ("x" * (MOST_VARIANT_CHARACTERS + 1), GOOD),
        ("Tyska?", GOOD, "", "de"),
        ("For whom?", "All.", "only-english", "en"),
        ("Tecken?", "Ja\x00."),
        ("Två?", GOOD, "svar"),
        ("Tre?", "Nej.", "svar"),
        ("För många?", GOOD, "", "sv", "till"),
        end="\n",
    )
    assert lines(rows) == [6, 7, 8, 9, 10, 11, 12, 14, 15]


def test_a_file_that_is_no_faq_is_complained_of_once() -> None:
    assert lines("") == [1]
    assert lines("fråga,svar\na,b\n") == [1]
    assert lines("question,answer\n") == [1]
    assert lines("question,answer,answer\na,b,c\n") == [1]
    assert lines('question,answer\nHur?,"Så här') == [2]
    assert lines("\n\n", "faq.jsonl") == [1]
    bad = [
        "[1]",
        "{",
        '{"question": 3, "answer": "x"}',
        '{"variants": "a", "answer": {}}',
        '{"variants": [null], "answer": "x"}',
    ]
    assert lines("\n".join(bad), "faq.jsonl") == [1, 2, 3, 4, 5]
    assert lines('{"question": "a\\ud800", "answer": "Ja."}', "faq.jsonl") == [1]


WORDED = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(lambda text: f"fråga {text}")
HARD = st.sampled_from(
    (
        "no",
        "12:30",
        "- x",
        "a: b",
        "x #y",
        "'",
        '"',
        "\\",
        "\\n",
        "---",
        "\n---\n",
        "{a",
        "]",
        "&a",
        "!t",
        "\ufeff",
        "\u2028",
        "\xad",
    )
)
QUESTIONS = st.lists(st.one_of(WORDED, HARD.map(lambda text: f"{text} fråga {text}")), min_size=1, max_size=4)
ANSWERS = st.one_of(HARD, st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))


@given(QUESTIONS, ANSWERS.filter(lambda text: bool(text.strip())))
def test_whatever_people_wrote_stands_in_the_entry_or_in_the_draft(questions: list[str], answer: str) -> None:
    found = imported(as_jsonl({"topic": "t", "variants": questions, "answer": answer}), "faq.jsonl")
    whole = "\n".join(answer.strip().splitlines())
    if found.drafts:
        assert whole in found.files[f"{DRAFTS}/sv/t.txt"]
        return
    wording = loaded(found).entries["t"].wording("sv")
    squeezed = [" ".join(each.split()) for each in questions]
    assert wording.title == squeezed[0]
    assert set(wording.variants) <= set(squeezed)
    assert {each.casefold().strip(" ?!.") for each in wording.variants} == {
        each.casefold().strip(" ?!.") for each in squeezed
    }
    assert wording.answer == whole


def test_a_curator_imports_asks_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "ny" / "bas"
    assert cli.main(["kb", "import", str(ROOT / "tests" / "data" / "faq.csv"), str(folder)], {}) == 0
    assert cli.main(["ask", "--kb", str(folder), "--json", "Får jag ha med hunden i affären?"], {}) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["decision"] == "answer"
    assert cli.main(["check", "--kb", str(folder), "--review"], {}) == 0
    assert cli.main(["check", "--kb", str(folder), "--ask", "hund"], {}) == 0
    assert capsys.readouterr().err == ""


def test_excel_marks_the_beginning_of_its_files_and_that_is_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_bytes(b"\xef\xbb\xbf" + as_csv(("question", "answer"), ("Hund?", GOOD), delimiter=";").encode())
    assert cli.main(["kb", "import", str(file), str(tmp_path / "bas")], {}) == 0
    assert (tmp_path / "bas" / "sv" / "hund.md").exists()


def test_nothing_is_ever_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(as_csv(("question", "answer"), ("Hund?", GOOD)), encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "groups.yaml").write_text("mine", encoding="utf-8")
    for target in (tmp_path / "full", file, file / "below"):
        assert cli.main(["kb", "import", str(file), str(target)], {}) == 1
        assert capsys.readouterr().err.startswith(f"{target}:1: ")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["groups.yaml"]
    assert (tmp_path / "full" / "groups.yaml").read_text(encoding="utf-8") == "mine"


def test_one_bad_row_keeps_all_from_being_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(as_csv(("question", "answer"), ("Hund?", GOOD), ("Katt?", "")), encoding="utf-8")
    assert cli.main(["kb", "import", str(file), str(tmp_path / "bas")], {}) == 1
    assert capsys.readouterr().err.startswith(f"{file}:3: ")
    assert not (tmp_path / "bas").exists()


@pytest.mark.parametrize("content", [None, b"question,answer\nH\xe5l?,Ja.\n"])
def test_a_file_that_is_missing_or_not_utf8_is_complained_of(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faq.csv"
    if content:
        file.write_bytes(content)
    assert cli.main(["kb", "import", str(file), str(tmp_path / "bas")], {}) == 1
    assert capsys.readouterr().err.startswith(f"{file}:1: ")
