"""What a curator sees of `check` beside the complaints."""

import re
import shutil
from pathlib import Path

import pytest

from bot import cli
from bot.commands.check import SHOWN
from bot.library import SHIPPED
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
    assert set(found) <= {"no-english", "stale-review", "stale-source"}
    assert sum(bool(PLACE.match(line)) for lines in found.values() for line in lines) <= SHOWN


@pytest.mark.parametrize(("asked", "count"), [(["7"], 7), ([], 10)])
def test_a_review_shows_so_many_in_all_the_worst_of_each_kind_first(
    capsys: pytest.CaptureFixture[str], asked: list[str], count: int
) -> None:
    found = by_kind(told(capsys, "--review", *asked))
    assert {"crossing", "mixed-up"} <= set(found)
    placed = [sum(bool(PLACE.match(line)) for line in lines) for lines in found.values()]
    assert sum(placed) == count
    assert min(placed) >= 1


def test_the_same_question_in_two_entries_is_a_complaint_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(SHIPPED.knowledge, tmp_path / "kb")
    one, other = sorted((tmp_path / "kb" / "sv").glob("*.md"))[:2]
    title = one.read_text(encoding="utf-8").partition("title: ")[2].partition("\n")[0]
    text = other.read_text(encoding="utf-8").replace("variants:\n", f"variants:\n  - {title}\n", 1)
    other.write_text(text, encoding="utf-8")
    assert cli.main(["check", "--kb", str(tmp_path / "kb")], {}) == 1
    (complaint,) = capsys.readouterr().err.splitlines()
    place = PLACE.match(complaint)
    assert place
    assert complaint.startswith(f"sv/{other.name}:")
    assert title in text.split("\n")[int(place[1]) - 1]


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
