"""Figures on labelled questions: hand-made cases with their definitions, and the command."""

import json
from pathlib import Path
from typing import get_args

import pytest

from bot import cli
from bot.scoring import MODERATOR, REPLY, Labelled, Scored, confusions, figures, grouped, percentile
from knowledge.query import Candidate, Decision, Match, Query

ROOT = Path(__file__).parent.parent.parent
BASE: list[dict[str, object]] = [
    {"topic": "sluttid", "lang": "sv", "variants": ["när slutar sändningen", "hur länge håller ni på"], "answer": "a"},
    {"topic": "ljud", "lang": "sv", "variants": ["jag hör ingenting", "var höjer man volymen"], "answer": "b"},
    {"topic": "bilder", "lang": "en", "variants": ["where are the slides", "can I get the pictures"], "answer": "c"},
]
QUESTIONS: list[dict[str, object]] = [
    {"id": 1, "text": "när slutar sändningen", "topic": "sluttid", "lang": "sv", "style": "plain"},
    {"id": 2, "text": "where are the slides", "topic": "bilder", "lang": "en", "style": "plain"},
    {"id": 3, "text": "jag hör ingenting", "topic": "sluttid", "also_ok": ["ljud"], "lang": "sv", "style": "chat"},
    {"id": 4, "text": "hur länge håller ni på", "topic": "ljud", "lang": "sv", "style": "chat"},
    {"id": 5, "text": "Vem vann hockeymatchen?", "topic": None, "lang": "sv", "style": "far"},
]


def asked(topic: str | None, *also: str, style: str = "plain", lang: str = "sv", text: str = "fråga") -> Labelled:
    return Labelled(Query(text, lang), topic, also, {"style": style, "lang": lang})


def given(decision: Decision, *topics: str) -> Match:
    candidates = tuple(Candidate(topic, 0.5) for topic in topics)
    return Match(
        decision,
        topics[0] if decision == "answer" else None,
        topics[:3] if decision == "suggest" else (),
        candidates,
        "greeting" if decision == "reply" else None,
    )


@pytest.mark.parametrize(
    ("question", "match", "verdict"),
    [
        (asked("a"), given("answer", "a"), "right"),
        (asked("a", "b"), given("answer", "b"), "right"),
        (asked("a"), given("answer", "b", "a"), "wrong"),
        (asked("a"), given("suggest", "b", "c", "a"), "offered"),
        (asked("a"), given("suggest", "b", "c", "d", "a"), "missed"),
        (asked("a"), given("handover", "a"), "missed"),
        (asked("a"), given("reply", "a"), "missed"),
        (asked(None), given("handover", "a"), "held"),
        (asked(None, style="far"), given("reply"), "held"),
        (asked(None, style="near"), given("reply"), "lost"),
        (asked(None), given("suggest", "a"), "teased"),
        (asked(None), given("answer", "a"), "wrong"),
    ],
)
def test_each_decision_has_its_word(question: Labelled, match: Match, verdict: str) -> None:
    assert Scored(question, match).verdict == verdict


@pytest.mark.parametrize("decision", get_args(Decision))
@pytest.mark.parametrize("style", ["near", "far"])
def test_no_decision_is_left_without_a_word(decision: Decision, style: str) -> None:
    assert Scored(asked(None, style=style), given(decision, "a")).verdict


def test_the_figures_are_shares_of_what_they_are_about() -> None:
    found = figures(
        [
            Scored(asked("a"), given("answer", "a")),
            Scored(asked("a"), given("answer", "b", "a")),
            Scored(asked("a"), given("suggest", "b", "a")),
            Scored(asked("a"), given("handover", "b", "c", "d", "a")),
            Scored(asked(None), given("answer", "a")),
            Scored(asked(None), given("handover", "a")),
            Scored(asked(None), given("suggest", "a")),
            Scored(asked(None), given("reply")),
        ]
    )
    assert (found.n, found.top1, found.top3) == (8, 1 / 4, 3 / 4)
    assert (found.right, found.useful, found.held) == (1 / 4, 2 / 4, 2 / 4)
    assert (found.harm, found.error) == (2 / 8, 2 / 3)


def test_a_share_of_nothing_is_nothing() -> None:
    held = figures([Scored(asked(None), given("handover"))])
    assert (held.top1, held.useful, held.error) == (None, None, None)
    assert (held.held, held.harm) == (1, 0)
    assert figures([]).n == 0


def test_figures_are_told_apart_by_whatever_was_noted() -> None:
    scored = [
        Scored(asked("a", lang="sv"), given("answer", "a")),
        Scored(asked("a", lang="en"), given("answer", "b")),
        Scored(Labelled(Query("x"), "a"), given("answer", "a")),
    ]
    assert {name: row.right for name, row in grouped(scored, "lang").items()} == {"-": 1, "en": 0, "sv": 1}


def test_the_worst_confusions_come_first() -> None:
    scored = [
        *[Scored(asked("a", text="missad"), given("handover"))] * 3,
        Scored(asked("b", text="fel"), given("answer", "c")),
        *[Scored(asked("a", text="oftare fel"), given("answer", "b"))] * 2,
        Scored(asked(None, text="borde fram", style="near"), given("reply")),
        Scored(asked(None), given("answer", "a")),
        Scored(asked("d"), given("suggest", "c", "a")),
        Scored(asked("a"), given("answer", "a")),
    ]
    assert [(each.verdict, each.wanted, each.got, each.count) for each in confusions(scored)] == [
        ("wrong", "a", "b", 2),
        ("wrong", "b", "c", 1),
        ("wrong", MODERATOR, "a", 1),
        ("lost", MODERATOR, REPLY, 1),
        ("missed", "a", MODERATOR, 3),
        ("missed", "d", "c", 1),
    ]
    assert confusions(scored)[0].example == "oftare fel"


def test_a_percentile_is_a_time_that_was_measured() -> None:
    assert [percentile([30, 10, 20], share) for share in (0, 0.5, 0.99, 1)] == [10, 20, 30, 30]
    assert percentile([], 0.5) == 0


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return written(tmp_path / "base.jsonl", BASE)


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def rows(out: str) -> dict[str, list[str]]:
    """The lines of the table by the name they begin with."""
    return {line.split()[0]: line.split()[1:] for line in out.split("\n\n")[0].splitlines()[1:]}


def test_a_curator_reads_figures_in_all_by_language_and_by_style(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "q.jsonl", QUESTIONS)
    assert cli.main(["eval", str(file), "--kb", str(base), "--by", "style"], {}) == 0
    table = rows(capsys.readouterr().out)
    assert {name: cells[0] for name, cells in table.items()} == {
        "alla": "5", "en": "1", "sv": "4", "plain": "2", "chat": "2", "far": "1",
    }  # fmt: skip
    assert table["alla"][1:] == ["0.750", "1.000", "0.750", "0.750", "1.000", "0.200", "0.250"]
    assert table["far"] == ["1", "-", "-", "-", "-", "1.000", "0.000", "-"]


def test_a_confusion_is_shown_with_its_question(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "q.jsonl", QUESTIONS)
    cli.main(["eval", str(file), "--kb", str(base)], {})
    shown = [line for line in capsys.readouterr().out.splitlines() if "->" in line][-1]
    assert "ljud -> sluttid" in shown
    assert str(QUESTIONS[3]["text"]) in shown


def test_a_bad_line_is_complained_of_and_the_rest_is_measured(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "q.jsonl", [*QUESTIONS, {"text": "x", "topic": "lud"}])
    bad = [
        "[]",
        '{"text": "utan ämne"}',
        "{",
        '{"text": "x", "topic": ["a"]}',
        '{"text": "x", "topic": null, "also_ok": 3}',
    ]
    with file.open("a", encoding="utf-8") as more:
        more.write("\n".join(bad) + "\n\n")
    assert cli.main(["eval", str(file), "--kb", str(base)], {}) == 1
    told = capsys.readouterr()
    assert [line.split(":")[1] for line in told.err.splitlines()] == ["6", "7", "8", "9", "10", "11"]
    assert "'ljud'" in told.err
    assert rows(told.out)["alla"][0] == "5"


def test_the_expected_questions_of_the_content_can_be_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", str(ROOT / "knowledge" / "content" / "expected" / "en.yaml")], {}) == 0
    assert set(rows(capsys.readouterr().out)) == {"alla", "en"}


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_complained_of(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "q.jsonl"
    if content:
        file.write_bytes(content)
    assert cli.main(["eval", str(file)], {}) == 1
    assert capsys.readouterr().err.startswith(f"{file}:1: ")


def test_an_empty_file_has_no_figures(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", str(written(tmp_path / "q.jsonl", [])), "--kb", str(base)], {}) == 0
    assert "0.0" not in capsys.readouterr().out
