"""What an operator is told in deploy/ is true: commands, settings, units and the web server's file."""

import argparse
import re
import subprocess
from configparser import ConfigParser
from dataclasses import fields
from pathlib import Path

import pytest

from bot.cli import parser
from bot.retention import Retention
from bot.settings import SETTINGS
from tests.lacking import needs

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXTS = sorted(path for path in DEPLOY.iterdir() if path.is_file() and path.name != "requirements.txt")
SERVICES = sorted(DEPLOY.glob("*.service"))
UNITS = [*SERVICES, *sorted(DEPLOY.glob("*.timer"))]
PROGRAM = "/opt/servicelotsen/.venv/bin/servicelotsen"
COMMAND = re.compile(r"(?:^|[\s/`])servicelotsen +([a-z]+)([^\n`]*)", re.MULTILINE)
HARDENING = {
    "User": "servicelotsen",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "UMask": "0077",
}


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every subcommand that the command line knows, by name."""
    return below(parser())


def below(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands that a command has, by name."""
    return {name: sub for action in command._actions if isinstance(action, argparse._SubParsersAction)
            for name, sub in action.choices.items()}  # fmt: skip


def unit(path: Path) -> ConfigParser:
    """A unit file's sections; of a repeated key the last line is kept."""
    parsed = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(path.read_text(encoding="utf-8"))
    return parsed


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"\bSERVICELOTSEN_([A-Z_]+)", text))


def known_settings() -> set[str]:
    return set(SETTINGS)


def run(*args: str, cwd: Path) -> None:
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_an_operator_is_told_only_commands_and_options_that_exist(path: Path) -> None:
    known = commands()
    for name, rest in COMMAND.findall(path.read_text(encoding="utf-8")):
        assert name in known, f"{path.name}: servicelotsen {name}"
        command = below(known[name]).get(rest.split()[0] if rest.split() else "", known[name])
        unknown = set(re.findall(r"--[a-z-]+", rest)) - command._option_string_actions.keys()
        assert not unknown, f"{path.name}: servicelotsen {name} {unknown}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_an_operator_is_told_only_settings_that_exist(path: Path) -> None:
    assert settings_in(path.read_text(encoding="utf-8")) <= known_settings()


def test_the_example_settings_show_every_setting() -> None:
    assert settings_in((DEPLOY / "servicelotsen.env").read_text(encoding="utf-8")) == known_settings()


def test_the_handbook_tells_how_to_get_in_copy_purge_and_look_for_faults() -> None:
    told = {name for name, _ in COMMAND.findall((DEPLOY / "HANDBOK.md").read_text(encoding="utf-8"))}
    assert {"invite", "backup", "purge", "erase", "doctor", "check"} <= told


def test_the_example_settings_hold_no_secret_and_set_nothing() -> None:
    lines = (DEPLOY / "servicelotsen.env").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    assert [line for line in lines if re.search(r"(?i)(secret|token|password)=.", line)] == []


def test_the_service_listens_where_the_web_server_looks_for_it() -> None:
    listens = unit(DEPLOY / "servicelotsen.service")["Service"]["ExecStart"]
    assert "--host 127.0.0.1 --port 8080" in listens
    assert "reverse_proxy 127.0.0.1:8080" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")


def test_every_file_of_ours_that_the_handbook_names_is_there() -> None:
    told = (DEPLOY / "HANDBOK.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[\s/](servicelotsen(?:-backup)?\.(?:service|timer|env)|Caddyfile)\b", told))
    assert named
    assert {name for name in named if not (DEPLOY / name).is_file()} == set()


def test_the_handbook_names_the_retention_classes_by_their_keys() -> None:
    told = (DEPLOY / "HANDBOK.md").read_text(encoding="utf-8")
    assert {field.name for field in fields(Retention)} <= set(re.findall(r"`(\w+_days)`", told))


def test_the_backup_holds_everything_that_must_be_kept() -> None:
    """The cookies' secret is in the database, so that one file is all there is to copy."""
    assert "hemlighet" in (DEPLOY / "HANDBOK.md").read_text(encoding="utf-8")
    assert not [path for path in DEPLOY.iterdir() if "secret" in path.name]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_shut_in(path: Path) -> None:
    service = unit(path)["Service"]
    assert {key: service.get(key) for key in HARDENING} == HARDENING
    assert "servicelotsen" in service["StateDirectory"].split()


def test_the_service_comes_back_by_itself_and_reads_content_again_when_asked() -> None:
    service = unit(DEPLOY / "servicelotsen.service")["Service"]
    assert (service["Restart"], service["TimeoutStopSec"]) == ("always", "10")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_the_night_copies_before_it_removes_and_purges() -> None:
    text = (DEPLOY / "servicelotsen-backup.service").read_text(encoding="utf-8")
    steps = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    order = [next(i for i, step in enumerate(steps) if word in step) for word in (" backup ", "-n -14", " purge")]
    assert order == sorted(order)
    assert not any(step.startswith("ExecStart=-") for step in steps)


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    tool = needs("systemd-analyze")
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    run(tool, "verify", *(f"./{path.name}" for path in UNITS), cwd=tmp_path)
    for path in SERVICES:
        run(tool, "security", "--offline=true", "--threshold=20", f"./{path.name}", cwd=tmp_path)


def test_caddy_understands_its_file() -> None:
    run(needs("caddy"), "validate", "--config", "Caddyfile", "--adapter", "caddyfile", cwd=DEPLOY)


def test_caddy_sends_events_at_once_and_insists_on_https() -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert "flush_interval -1" in text
    assert "max-age=31536000" in text
    assert "text/event-stream" not in text
    assert "trusted_proxies" not in re.sub(r"#.*", "", text)
