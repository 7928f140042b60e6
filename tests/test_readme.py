"""What README promises is run and compared."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from bot import cli, settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
STARTS_A_SERVICE_OR_A_TALK = ("serve", "chat")
WITHOUT_DATA = ("ask", "check", "eval", "kb")
WRITTEN = ("kopia.db", "egen-kunskapsbas", "fragor.csv", "rapport.pdf")
"""What the examples write."""


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands() -> list[list[str]]:
    return [
        shlex.split(line)[1:]
        for line in re.findall(r"^\| `(servicelotsen [^`]+)` \|", section("Commands"), re.MULTILINE)
    ]


def test_readme_lists_every_command_and_no_other() -> None:
    assert [words[0] for words in commands()] == list(cli.EXAMPLES)


def test_every_command_in_readme_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    data = ["--data", str(tmp_path / "data")]
    for words in commands():
        name = words[0]
        if name in STARTS_A_SERVICE_OR_A_TALK:
            cli.parser().parse_args(words)
            continue
        shown = [str(tmp_path / word) if word in WRITTEN else word for word in words]
        status = cli.main([*shown, *([] if name in WITHOUT_DATA else data)], {})
        assert status == (1 if name == "erase" else 0), words
    assert all((tmp_path / word).exists() for word in WRITTEN)


def test_arguments_of_make_run_reach_the_service() -> None:
    asked = re.search(r"`make run (ARGS=\"[^`]+\")`", README)
    assert asked
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of make test itself
    called = ["make", "--no-print-directory", "-n", "run", *shlex.split(asked[1])]
    done = subprocess.run(called, cwd=ROOT, env=outside, capture_output=True, text=True, check=True)
    words = shlex.split(done.stdout.strip().splitlines()[-1])
    parsed = cli.parser().parse_args(words[1:])
    assert (parsed.command, parsed.port) == ("serve", 8090)


def test_readme_lists_every_setting_with_its_meaning() -> None:
    listed = dict(re.findall(r"^\| `SERVICELOTSEN_(\w+)` \| (.+) \|$", section("Settings"), re.MULTILINE))
    assert listed == dict(settings.SETTINGS)


def test_every_file_that_readme_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_top_level_holds_what_it_should() -> None:
    allowed = {"pyproject.toml", "bot", "knowledge", "dialogs", "tests", "deploy", "README.md", "Makefile", "LICENSE"}
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - {"data"} <= allowed | {
        "CHANGELOG.md"
    }
