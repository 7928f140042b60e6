"""What a curator sees of `check` beside the complaints."""

import re
from pathlib import Path

import pytest

from bot import cli
from bot.commands.check import SHOWN
from knowledge.review import KINDS
from tests.content import shipped_knowledge

PLACE = re.compile(r"^(?:sv|en)/[a-z0-9-]+\.md:(\d+): [^;]+; \S.*$")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines on stdout of a check that finds nothing wrong."""
    capsys.readouterr()
    assert cli.main(["check", *arguments], {}) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def by_kind(lines: list[str]) -> dict[str, list[str]]:
    """The suggestions below each heading."""
    found: dict[str, list[str]] = {}
    for kind, heading in KINDS.items():
        starts = [number for number, line in enumerate(lines) if line.startswith(heading)]
        for start in starts:
            rest = lines[start + 1 :]
            found[kind] = rest[: rest.index("")] if "" in rest else rest
    return found


def test_a_plain_check_suggests_little_and_never_what_takes_time(capsys: pytest.CaptureFixture[str]) -> None:
    found = by_kind(told(capsys))
    assert set(found) <= {"stale-review", "stale-source"}
    assert all(len([line for line in lines if PLACE.match(line)]) <= SHOWN for lines in found.values())


def test_a_review_shows_the_worst_of_each_kind_with_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = by_kind(told(capsys, "--review", "2"))
    assert "crossing" in found
    for lines in found.values():
        placed = [line for line in lines if PLACE.match(line)]
        assert 1 <= len(placed) <= 2
        assert len(lines) <= 3


def test_the_line_of_a_suggestion_is_where_its_question_stands(capsys: pytest.CaptureFixture[str]) -> None:
    content = Path(cli.__file__).parent.parent / "knowledge" / "content"
    places = [place for line in by_kind(told(capsys, "--review", "5"))["crossing"] if (place := PLACE.match(line))]
    assert places
    for place in places:
        file, _, rest = place[0].partition(":")
        question = rest.partition(': "')[2].partition('" liknar ')[0]
        assert question in (content / file).read_text(encoding="utf-8").split("\n")[int(place[1]) - 1]


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_a_review_of_no_suggestions_is_wrong_usage(count: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["check", f"--review={count}"], {})
    assert stopped.value.code == 2


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_question_is_explained_with_titles_and_the_text_that_decided(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = next(iter(shipped_knowledge().entries.values()))
    wording = entry.wording(language)
    shown = "\n".join(told(capsys, "--ask", wording.variants[1], "--lang", language))
    assert f"{entry.id}  {wording.title}" in shown
    assert wording.variants[1] in shown


def test_a_knowledge_base_that_is_no_folder_is_complained_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--kb", str(tmp_path / "missing")], {}) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'missing'}:1: ")
