"""The command line, as somebody at a prompt meets it."""

import asyncio
import http.server
import io
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import cli
from bot.commands.doctor import MARKS, UNSET
from bot.exporting import EXPORTERS, FORMATS
from bot.library import SHIPPED
from bot.settings import SETTINGS
from bot.store.rows import hashed
from tests.post import SENDER, free_port, mailbox
from tests.server import PROGRAM, Server, environment, serving

COMMANDS = tuple(cli.EXAMPLES)
PLACE = re.compile(r"^[^\s:]+:\d+: \S.*", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command here, with what is typed or piped into it and the settings given."""

    def run_(*arguments: object, typed: bytes = b"", **settings: str) -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        capsys.readouterr()
        try:
            status = cli.main(
                [str(each) for each in arguments], {f"SERVICELOTSEN_{name}": value for name, value in settings.items()}
            )
        except SystemExit as stopped:
            status = stopped.code if isinstance(stopped.code, int) else 1
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return run_


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running service for all who only talk to it."""
    with serving(tmp_path_factory.mktemp("serve")) as found:
        yield found


@pytest.fixture(params=["with the service running", "with nothing running"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder, with and without a service on it."""
    if request.param == "with nothing running":
        return tmp_path / "data"
    running: Server = request.getfixturevalue("server")
    return running.data


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A curator's copy of the shipped content."""
    shutil.copytree(SHIPPED.knowledge, tmp_path / "own" / "knowledge")
    shutil.copytree(SHIPPED.dialogs, tmp_path / "own" / "dialogs")
    return tmp_path / "own"


def ask_in_database(data: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "servicelotsen.db")) as db:
        return db.execute(sql).fetchall()


def asked_through_a_pipe(*arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *arguments], input=typed, capture_output=True, text=True, env=environment(), timeout=60
    )


# Help and usage


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert cli.EXAMPLES[command] in " ".join(done.out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_is_understood(command: str) -> None:
    words = shlex.split(cli.EXAMPLES[command])[1:]
    assert cli.parser().parse_args(words).command == command


def test_every_command_has_an_example_and_a_module() -> None:
    known = set(next(a.choices for a in cli.parser()._actions if isinstance(a.choices, dict)))
    files = {path.stem for path in (Path(cli.__file__).parent / "commands").glob("[a-z]*.py")}
    assert known == set(COMMANDS) == files


def test_helping_needs_nothing_heavy() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli; print(*sys.modules)"],
        capture_output=True, text=True, env=environment(), check=True,
    )  # fmt: skip
    assert not {"starlette", "numpy", "sqlite_utils"} & set(told.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["answer"], ["ask"], ["ask", "  "], ["ask", "--lang", "no", "x"], ["invite"], ["invite", "--role", "king"],
        ["webinar", "open"], ["webinar", "start", "x"], ["erase"], ["backup"], ["serve", "--port", "http"],
        ["invite", "--role", "lecturer"], ["export"], ["export", "questions"], ["export", "secrets", "--format", "csv"],
        ["export", "questions", "--format", "pdf"], ["export", "questions", "--format", "jsonl", "--excel"],
        ["export", "checklists", "--webinar", "landet-lar-47", "--format", "csv"],
        ["report"], ["report", "--webinar", "landet-lar-47"], ["report", "--out", "x.pdf"],
        ["kb"], ["kb", "propose"], ["kb", "propose", "--webinar", "landet-lar-47"], ["kb", "propose", "--out", "x"],
    ],
)  # fmt: skip
def test_wrong_usage_is_2_and_told_on_stderr(run: Run, arguments: Sequence[str]) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err


def test_a_misspelt_setting_stops_every_command_and_suggests_the_right_one(run: Run, tmp_path: Path) -> None:
    for arguments in (["doctor"], ["ask", "hej"], ["serve", "--data", tmp_path]):
        done = run(*arguments, PUBLIC_ULR="x")
        assert done.status == 2
        assert "SERVICELOTSEN_PUBLIC_URL" in done.err


@pytest.mark.parametrize(
    ("name", "text"),
    [(".env", 'SERVICELOTSEN_OWNER_NAME="Byalaget"\n'), ("a.toml", 'SERVICELOTSEN_OWNER_NAME = "Byalaget"\n')],
)
def test_settings_can_come_from_a_file(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("--config", tmp_path / name, "doctor", "--data", tmp_path / "data")
    assert "OWNER_NAME: Byalaget" in done.out
    (tmp_path / name).write_text(text.replace("OWNER", "OWNR"), encoding="utf-8")
    assert "SERVICELOTSEN_OWNER_NAME" in run("--config", tmp_path / name, "doctor").err


# ask


def test_one_question_is_answered_with_its_source(run: Run) -> None:
    done = run("ask", "Vad", "räknas", "som", "landsbygd?")
    assert (done.status, done.err) == (0, "")
    assert "Källa: " in done.out


def test_one_question_as_json_has_the_promised_shape(run: Run) -> None:
    found = json.loads(run("ask", "--json", "Vad räknas som landsbygd?").out)
    assert (found["decision"], found["topic"]) == ("answer", found["candidates"][0]["topic"])
    assert set(found) - {"parts"} == {"decision", "topic", "offered", "candidates", "micros"}
    assert all(set(each) == {"topic", "score"} and 0 <= each["score"] <= 1 for each in found["candidates"])
    assert isinstance(found["micros"], int)


def test_many_questions_are_answered_in_order_and_bad_lines_are_told_by_number(run: Run) -> None:
    lines = [
        '{"id": "a", "text": "Vad räknas som landsbygd?"}', "nonsense", "", "[1]", "null", '{"id": "b"}', '"text"',
        '{"id": 3, "text": "hej", "lang": "sv", "webinar": null, "previous": "vad-ar-landsbygd"}',
        '{"id": null, "text": ""}', '{"id": "c", "text": "hello", "lang": "en", "extra": {"x": 1}}', "[" * 100_000,
        '{"id": "d", "text": "\\ud800", "lang": 5, "webinar": 7, "previous": [1]}',
        json.dumps({"id": "e", "text": "långt " * 5000}),
    ]  # fmt: skip
    done = run("ask", "--jsonl", typed="\n".join(lines).encode() + b"\n\xff\xfe\n")
    assert done.status == 1
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["a", 3, None, "c", "d", "e"]
    assert re.findall(r"^stdin:(\d+): ", done.err, re.MULTILINE) == ["2", "4", "5", "6", "7", "11", "14"]


def test_a_stream_of_good_lines_is_0_and_says_nothing_else(run: Run) -> None:
    done = run("ask", "--jsonl", typed=b'{"id": 1, "text": "hej"}\n\n')
    assert (done.status, done.err, len(done.out.splitlines())) == (0, "", 1)


def test_each_answer_of_a_stream_comes_before_the_next_question() -> None:
    with subprocess.Popen(
        [*PROGRAM, "ask", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdin
        assert process.stdout
        for each in ("1", "2"):
            process.stdin.write(f'{{"id": "{each}", "text": "hej"}}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == each


def test_who_reads_only_the_first_answer_gets_no_complaint() -> None:
    script = f"{shlex.join(PROGRAM)} ask --jsonl | head -n 1"
    typed = '{"id": 1, "text": "hej"}\n' * 300
    done = subprocess.run(
        ["bash", "-c", script], input=typed, capture_output=True, text=True, env=environment(), timeout=60
    )
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_a_base_of_ones_own_is_a_file_of_topics(run: Run, tmp_path: Path) -> None:
    rows = [
        {"topic": "bussen", "lang": "sv", "variants": ["När går bussen?", "busstider"], "answer": "Klockan åtta."},
        {"topic": "affären", "lang": "sv", "variants": ["När öppnar affären?", "öppettider"], "answer": "Klockan nio."},
    ]
    kb = tmp_path / "kb.jsonl"
    kb.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    found = json.loads(run("ask", "--json", "--kb", kb, "När går bussen?").out)
    assert found["candidates"][0]["topic"] == "bussen"
    assert run("ask", "--kb", kb, "När går bussen?").out.split()[0] in ("answer", "suggest")
    streamed = run("ask", "--jsonl", "--kb", kb, typed='{"id": 1, "text": "När öppnar affären?"}'.encode())
    assert json.loads(streamed.out)["candidates"][0]["topic"] == "affären"


@pytest.mark.parametrize("bad", ["nonsense", "[]", '{"topic": "x"}', '{"topic": "x", "variants": 3}', "null"])
def test_a_topic_that_is_none_is_told_by_file_and_line(run: Run, tmp_path: Path, bad: str) -> None:
    kb = tmp_path / "kb.jsonl"
    kb.write_text(f'{{"topic": "a", "variants": ["b"]}}\n{bad}\n', encoding="utf-8")
    done = run("ask", "--kb", kb, "hej")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"{kb}:2: ")


def test_a_base_of_ones_own_is_a_folder_in_the_shipped_layout(run: Run, own: Path, tmp_path: Path) -> None:
    found = json.loads(run("ask", "--json", "--kb", own / "knowledge", "Vad räknas som landsbygd?").out)
    assert found["decision"] == "answer"
    missing = run("ask", "--kb", tmp_path / "missing", "hej")
    assert missing.status == 1
    assert PLACE.search(missing.err)


def test_asking_starts_from_nothing() -> None:
    done = asked_through_a_pipe("ask", "Vad räknas som landsbygd?")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Källa: " in done.stdout


# check and doctor


def test_the_shipped_content_passes(run: Run) -> None:
    done = run("check")
    assert (done.status, done.err) == (0, "")
    assert done.out


def test_all_that_is_wrong_is_listed_at_once_by_file_and_line(run: Run, own: Path) -> None:
    entries = sorted((own / "knowledge" / "sv").glob("*.md"))
    entries[0].write_text(entries[0].read_text(encoding="utf-8").replace("variants:", "variant:"), encoding="utf-8")
    entries[1].unlink()
    commands = own / "dialogs" / "commands.yaml"
    commands.write_text(commands.read_text(encoding="utf-8").replace("help:", "hlep:"), encoding="utf-8")
    done = run("check", "--content", own)
    assert (done.status, done.out) == (1, "")
    assert all(PLACE.fullmatch(line) for line in done.err.splitlines())
    assert {entries[0].name, entries[1].name} <= {Path(line.split(":")[0]).name for line in done.err.splitlines()}


def test_a_folder_without_content_is_complained_of(run: Run, tmp_path: Path) -> None:
    for command in ("check", "ask"):
        done = run(command, *(["hej"] if command == "ask" else []), "--content", tmp_path / "missing")
        assert done.status == 1
        assert PLACE.match(done.err)


def test_a_question_is_explained(run: Run) -> None:
    done = run("check", "--ask", "när stänger macken")
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) > 1


class Site(http.server.BaseHTTPRequestHandler):
    """A web site where one page is missing."""

    def do_HEAD(self) -> None:
        self.send_response(404 if "gone" in self.path else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        """Say nothing."""


@contextmanager
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_addresses_that_do_not_answer_are_told_only_when_asked_for(run: Run, own: Path) -> None:
    files = [own / "knowledge" / name for name in ("sources.yaml", "toolbox.yaml")]
    with site() as base:
        for file in files:
            text = re.sub(r'\burl: "https?://[^"]*"', f'url: "{base}/page"', file.read_text(encoding="utf-8"))
            file.write_text(text, encoding="utf-8")
        assert run("check", "--links", "--content", own).status == 0
        text = files[0].read_text(encoding="utf-8").replace(f'"{base}/page"', f'"{base}/gone"', 1)
        files[0].write_text(text.replace(f'"{base}/page"', '"http://127.0.0.1:1/refused"', 1), encoding="utf-8")
        done = run("check", "--links", "--content", own)
    assert done.status == 1
    assert [each.split("/")[-1].split()[0] for each in done.err.splitlines()] == ["gone", "refused"]
    assert all(each.startswith("sources.yaml:") for each in done.err.splitlines())
    assert run("check", "--content", own).status == 0


def test_doctor_tells_what_is_set_and_never_a_secret(run: Run, data: Path) -> None:
    run("invite", "--role", "moderator", "--data", data)
    done = run("doctor", "--data", data, OWNER_NAME="Byalaget", PUBLIC_URL="http://fraga.example.se")
    assert "OWNER_NAME: Byalaget" in done.out
    assert sqlite3.sqlite_version in done.out
    secrets = [str(value) for row in ask_in_database(data, "SELECT value FROM secret") for value in row]
    assert secrets
    assert not [secret for secret in secrets if secret in done.out + done.err]


def mail_lines(done: Done) -> list[str]:
    """What doctor says of e-mail."""
    return [line for line in done.out.splitlines() if "SMTP_URL" in line or "e-post: " in line]


def test_doctor_tells_of_no_mail_server_and_of_one_that_does_not_answer(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--data", tmp_path / "data")
    assert ([line[: len(MARKS["ok"])] for line in mail_lines(done)], done.status) == ([MARKS["ok"]], 0)
    url = f"smtp://anna:hemligt@127.0.0.1:{free_port()}?from=a@example.org"
    done = run("doctor", "--data", tmp_path / "data", SMTP_URL=url)
    [line] = mail_lines(done)
    assert line.startswith(MARKS["bad"])
    assert "127.0.0.1" in line
    assert done.status == 1
    assert "hemligt" not in done.out + done.err


def test_doctor_greets_a_mail_server_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    async def greeted() -> tuple[Done, int]:
        async with mailbox() as box:
            done = await asyncio.to_thread(run, "doctor", "--data", tmp_path / "data", SMTP_URL=box.url)
            return done, len(box.letters)

    done, letters = asyncio.run(greeted())
    [line] = mail_lines(done)
    assert line.startswith(MARKS["ok"])
    assert SENDER in line
    assert (done.status, letters) == (0, 0)


@pytest.mark.parametrize("command", ["doctor", "serve"])
def test_a_mail_server_that_cannot_be_used_is_told_without_its_password(run: Run, tmp_path: Path, command: str) -> None:
    done = run(command, "--data", tmp_path, SMTP_URL="smtp://anna:hemligt@post.example.se")
    assert done.status
    assert "SERVICELOTSEN_SMTP_URL" in done.err
    assert "hemligt" not in done.out + done.err


def test_doctor_is_1_when_the_content_cannot_be_used(run: Run, own: Path, tmp_path: Path) -> None:
    (own / "knowledge" / "groups.yaml").write_text("[", encoding="utf-8")
    assert run("doctor", "--content", own, "--data", tmp_path / "data").status == 1


def test_doctor_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("doctor", "--data", tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("folder", ["a-file/data", "a-file", "d" * 120, "d" * 300])
def test_doctor_is_1_when_the_data_folder_cannot_be_used(run: Run, tmp_path: Path, folder: str) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    done = run("doctor", "--data", tmp_path / folder)
    assert done.status == 1
    assert str(tmp_path / folder) in "".join(line for line in done.out.splitlines() if line.startswith(MARKS["bad"]))
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_doctor_says_what_each_missing_setting_means(run: Run, tmp_path: Path) -> None:
    lines = run("doctor", "--data", tmp_path / "data").out.splitlines()
    told = [line for line in lines if any(f" {name.upper()} " in line for name in UNSET)]
    assert len(told) == len({line.split(": ", 1)[1] for line in told}) == len(UNSET) == 4


# Jobs, through the running service and without one


def test_an_invite_is_a_link_that_is_kept_only_as_its_hash(run: Run, data: Path) -> None:
    done = run("invite", "--role", "moderator", "--data", data)
    assert done.status == 0
    link = re.fullmatch(r"http://127\.0\.0\.1:\d+/moderator/logga-in/(\S+)\n", done.out)
    assert link
    assert (hashed(link[1]), "moderator") in ask_in_database(data, "SELECT hash, role FROM invite")


def test_a_running_service_invites_to_where_it_is(run: Run, server: Server) -> None:
    done = run("invite", "--role", "host", "--data", server.data, PUBLIC_URL="https://annan.example.se")
    assert done.out.startswith(f"http://127.0.0.1:{server.port}/moderator/logga-in/")
    assert "PUBLIC_URL" not in done.err


@pytest.mark.parametrize("public", ["https://fraga.example.se/", ""])
def test_with_nothing_running_the_address_of_an_invite_is_explained(run: Run, tmp_path: Path, public: str) -> None:
    done = run("invite", "--role", "host", "--data", tmp_path / "data", PUBLIC_URL=public)
    base = public.rstrip("/") or "http://127.0.0.1:8080"
    assert done.out.startswith(f"{base}/moderator/logga-in/")
    assert "PUBLIC_URL" in done.err


def test_an_invite_to_a_webinar_that_is_none_is_refused(run: Run, data: Path) -> None:
    done = run("invite", "--role", "host", "--webinar", "unknown", "--data", data)
    assert (done.status, done.out) == (1, "")
    assert "unknown" in done.err


def test_who_puts_a_webinar_away_is_told_how_many_still_wait_there(run: Run, data: Path) -> None:
    assert run("webinar", "archive", "landet-lar-47", "--data", data).err == ""
    assert run("import", "zoom-chat", CHAT, "--webinar", "landet-lar-47", "--data", data).status == 0
    run("webinar", "close", "landet-lar-47", "--data", data)
    [[waiting]] = ask_in_database(data, "SELECT count(*) FROM question")
    assert waiting
    assert run("webinar", "archive", "landet-lar-47", "--data", data).err.startswith(f"{waiting} ")


def test_a_webinar_goes_through_its_life(run: Run, data: Path) -> None:
    for action, phase in (("plan", "planned"), ("open", "open"), ("close", "closed"), ("archive", "archived")):
        assert run("webinar", action, "landet-lar-47", "--data", data).status == 0
        assert f"landet-lar-47\t{phase}\n" in run("webinar", "list", "--data", data).out
    assert run("webinar", "open", "landet-lar-4711", "--data", data).status == 1


def test_somebody_is_erased_by_id_and_only_once(run: Run, data: Path) -> None:
    run("chat", "--data", data, typed=b"Det var en Zanzibarmynta\n")
    person = str(ask_in_database(data, "SELECT person FROM address WHERE channel = 'console'")[0][0])
    assert run("erase", person, "--data", data).status == 0
    assert run("erase", person, "--data", data).status == 1
    assert subprocess.run(["grep", "-r", "-a", "-q", "Zanzibarmynta", str(data)]).returncode == 1


@pytest.mark.parametrize("shape", ["F-{}", "f-{}"])
def test_somebody_is_erased_by_the_code_of_a_question(run: Run, data: Path, shape: str) -> None:
    run("chat", "--data", data, typed="glöm mig\n1\nVad kostar en elcykel?\n1\n".encode())
    *_, (number, person) = ask_in_database(data, "SELECT number, person FROM question ORDER BY number")
    code = shape.format(number)
    done = run("erase", code, "--data", data)
    assert done.status == 0
    assert f"servicelotsen erase {person}\n" in done.err
    assert ask_in_database(data, "SELECT count(*) FROM address WHERE channel = 'console'") == [(0,)]
    assert run("erase", code, "--data", data).status == 1
    assert run("erase", "F-999999999", "--data", data).status == 1


def test_a_retention_that_is_wrong_stops_a_purge_whoever_would_do_it(run: Run, data: Path) -> None:
    done = run("purge", "--dry-run", "--data", data, RETENTION="/nope")
    assert (done.status, done.out) == (2, "")
    assert "/nope" in done.err


def test_who_purges_is_told_whose_settings_hold(run: Run, server: Server, tmp_path: Path) -> None:
    assert "RETENTION" in run("purge", "--dry-run", "--data", server.data).err
    assert run("purge", "--dry-run", "--data", tmp_path / "data").err == ""


def test_a_purge_can_be_tried_first(run: Run, data: Path) -> None:
    run("invite", "--role", "moderator", "--data", data)
    for flags in (["--dry-run"], []):
        done = run("purge", *flags, "--data", data)
        assert done.status == 0
        assert {"person", "question", "invite"} <= {line.split("\t")[0] for line in done.out.splitlines()}


def test_a_dry_run_removes_nothing(run: Run, tmp_path: Path) -> None:
    run("chat", "--data", tmp_path, typed=b"hej\n")
    with closing(sqlite3.connect(tmp_path / "servicelotsen.db")) as db, db:
        db.execute("UPDATE person SET active = '2020-01-01T00:00:00.000000Z'")
    assert "person\t1\n" in run("purge", "--dry-run", "--data", tmp_path).out
    assert ask_in_database(tmp_path, "SELECT count(*) FROM person") == [(1,)]
    assert "person\t1\n" in run("purge", "--data", tmp_path).out
    assert ask_in_database(tmp_path, "SELECT count(*) FROM person") == [(0,)]


def test_content_can_be_read_again(run: Run, data: Path) -> None:
    assert run("reload", "--data", data).status == 0


def test_a_database_that_is_none_is_told_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "servicelotsen.db").write_text("kära dagbok " * 500, encoding="utf-8")
    done = run("invite", "--role", "moderator", "--data", tmp_path)
    assert (done.status, done.out) == (1, "")
    assert str(tmp_path / "servicelotsen.db") in done.err


def test_a_copy_is_whole_private_and_never_written_over_another(run: Run, data: Path, tmp_path: Path) -> None:
    run("webinar", "list", "--data", data)
    copy = tmp_path / "kopia.db"
    assert run("backup", copy, "--data", data).status == 0
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM secret").fetchone() == (1,)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert run("backup", copy, "--data", data).status == 1
    assert run("backup", tmp_path / "missing" / "kopia.db", "--data", data).status == 1
    assert run("backup", tmp_path / "other.db", "--data", tmp_path / "nothing").status == 1


# export and report


def a_question(run: Run, data: Path) -> None:
    run("chat", "--data", data, typed="glöm mig\n1\nVad kostar en elcykel?\n1\n".encode())


@pytest.mark.parametrize("what", EXPORTERS)
def test_a_table_is_taken_out_whoever_uses_the_database(run: Run, data: Path, tmp_path: Path, what: str) -> None:
    a_question(run, data)
    for form in FORMATS:
        file = tmp_path / f"{what}.{form}"
        done = run("export", what, "--format", form, "--out", file, "--data", data)
        assert (done.status, done.out) == (0, "")
        assert re.fullmatch(r"\d+ rows\n", done.err)
        assert file.exists()
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_table_goes_to_stdout_and_talk_to_stderr(run: Run, data: Path) -> None:
    a_question(run, data)
    lines = run("export", "questions", "--format", "jsonl", "--data", data).out.splitlines()
    found = [json.loads(line) for line in lines]
    assert found[-1]["text"] == "Vad kostar en elcykel?"
    swedish = run("export", "questions", "--format", "csv", "--excel", "--data", data)
    assert swedish.out.startswith("\ufeffKod;Webbinarium;")
    assert run("export", "questions", "--format", "csv", "--data", data, LANGUAGE="en").out.startswith("Code,Webinar,")


def test_a_table_replaces_an_older_one_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    a_question(run, tmp_path / "data")
    file = tmp_path / "fragor.csv"
    file.write_text("gammal", encoding="utf-8")
    asked = ("export", "questions", "--format", "csv", "--data", tmp_path / "data", "--out")
    assert run(*asked, file).status == 0
    assert "elcykel" in file.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "fragor.csv"]
    assert run(*asked, tmp_path / "missing" / "fragor.csv").status == 1
    assert run(*asked, tmp_path / "data").status == 1
    assert run(*asked, "/dev/null").status == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("command", [["export", "questions", "--format", "csv"], ["report"], ["kb", "propose"]])
def test_what_cannot_be_read_is_told_in_words_and_leaves_nothing(
    run: Run, tmp_path: Path, command: Sequence[str]
) -> None:
    out, webinar = ("--out", tmp_path / "out"), ("--webinar", "landet-lar-47")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "servicelotsen.db").write_text("kära dagbok " * 500, encoding="utf-8")
    for data in ("nothing", "bad"):
        done = run(*command, *webinar, *out, "--data", tmp_path / data)
        assert (done.status, done.out) == (1, "")
        assert "servicelotsen.db" in done.err
    unknown = run(*command, "--webinar", "unknown", *out, "--data", tmp_path / "nothing")
    assert unknown.status == 1
    assert "unknown" in unknown.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_a_report_is_a_pdf_whoever_uses_the_database(run: Run, data: Path, tmp_path: Path) -> None:
    a_question(run, data)
    done = run("report", "--webinar", "landet-lar-47", "--out", tmp_path / "rapport.pdf", "--data", data)
    assert (done.status, done.out) == (0, "")
    assert "before you publish" in done.err
    assert (tmp_path / "rapport.pdf").read_bytes().startswith(b"%PDF")


def test_a_lecturer_is_invited_to_one_webinar(run: Run, data: Path) -> None:
    done = run("invite", "--role", "lecturer", "--webinar", "landet-lar-47", "--data", data)
    assert done.status == 0
    assert "no page" not in done.err
    assert ("lecturer", "landet-lar-47") in ask_in_database(data, "SELECT role, webinar FROM invite")


def test_a_curator_is_invited_to_what_may_become_knowledge(run: Run, data: Path) -> None:
    done = run("invite", "--role", "curator", "--data", data)
    assert done.status == 0
    assert "no page" not in done.err
    assert ("curator", None) in ask_in_database(data, "SELECT role, webinar FROM invite")


# chat


def test_a_talk_can_be_piped(run: Run, data: Path) -> None:
    done = run("chat", "--data", data, typed="\nVad räknas som landsbygd?\n1\n".encode())
    assert (done.status, done.err) == (0, "")
    assert "Källa: " in done.out
    assert "  1. " in done.out


def test_a_talk_can_be_in_english(run: Run, tmp_path: Path) -> None:
    swedish = run("chat", "--data", tmp_path / "a", typed=b"").out
    assert run("chat", "--lang", "en", "--data", tmp_path / "b", typed=b"").out != swedish


def test_a_talk_can_be_kept_as_a_journey(run: Run, tmp_path: Path) -> None:
    journey = tmp_path / "journey.jsonl"
    run("chat", "--record", journey, "--data", tmp_path / "data", typed=b"checklista\n1\n1\n1\n1\n1\n")
    steps = [json.loads(line) for line in journey.read_text(encoding="utf-8").splitlines()]
    assert steps[0] == {"arrived": True, "replies": ["welcome"]}
    assert steps[1]["said"] == "checklista"
    assert steps[-1]["chose"].startswith("a:*:")
    assert all(step["replies"] for step in steps)


def test_a_real_pipe_ends_the_talk() -> None:
    done = asked_through_a_pipe("chat", "--help")
    assert done.returncode == 0


# serve


def test_a_second_service_on_the_same_data_is_refused_at_once(server: Server) -> None:
    done = asked_through_a_pipe("serve", "--port", "0", "--data", str(server.data))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert str(server.data) in done.stderr
    assert server.answers()


@pytest.mark.parametrize("arguments", [["--port", "99999"], ["--host", "no.such.host.invalid"]])
def test_an_address_that_cannot_be_listened_on_is_told_in_words(
    run: Run, tmp_path: Path, arguments: Sequence[str]
) -> None:
    done = run("serve", "--data", tmp_path / "data", *arguments)
    assert done.status == 1
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_data_folder_too_deep_for_a_socket_is_told_in_words(tmp_path: Path) -> None:
    done = asked_through_a_pipe("serve", "--port", "0", "--data", str(tmp_path / ("d" * 100)))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "control.sock" in done.stderr


def test_a_port_that_is_taken_is_told_in_words(run: Run, server: Server, tmp_path: Path) -> None:
    done = run("serve", "--port", server.port, "--data", tmp_path / "data")
    assert done.status == 1
    assert str(server.port) in done.err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_leaves_its_files_closed(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path) as server:
        assert server.stop(how) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"servicelotsen.db", "servicelotsen.db.lock", "serve.log"}


def test_a_signal_reads_the_content_again_and_a_bad_file_keeps_the_old(run: Run, own: Path, tmp_path: Path) -> None:
    file = own / "dialogs" / "commands.yaml"
    with serving(tmp_path / "data", "--content", str(own)) as server:
        assert server.process
        good = file.read_text(encoding="utf-8").replace("help: [", "help: [halloj, ")
        file.write_text(good, encoding="utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for(server.log, "content read again")
        assert "Hjälp" in run("chat", "--data", server.data, typed=b"halloj\n").out
        file.write_text(good.replace("forget:", "froget:"), encoding="utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for(server.log, "kept the old content")
        assert re.search(r"commands\.yaml:\d+: ", server.log.read_text(encoding="utf-8"))
        done = run("reload", "--data", server.data)
        assert done.status == 1
        assert PLACE.match(done.err)
        assert run("chat", "--data", server.data, typed=b"halloj\n").status == 0


def wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 20
    while text not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)


def test_the_demo_opens_the_example_and_prints_three_links(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server:
        told = server.log.read_text(encoding="utf-8")
        for path in ("/w/landet-lar-47", "/moderator/logga-in/", "/scen/landet-lar-47"):
            assert f"http://127.0.0.1:{server.port}{path}" in told
    assert ask_in_database(tmp_path, "SELECT code, phase FROM webinar") == [("landet-lar-47", "open")]


def test_no_setting_is_read_that_is_not_described() -> None:
    folder = Path(cli.__file__).parent
    named = {name for path in folder.rglob("*.py")
             for name in re.findall(r"SERVICELOTSEN_([A-Z_]+)", path.read_text(encoding="utf-8"))}  # fmt: skip
    assert named <= set(SETTINGS) | {""}


# import


CHAT = "tests/data/zoom-chatt.txt"
QA = "#,Question,Asker Name,Asker Email,Answer(s)\n"
QA += "1,När?,Zaida,z@example.org,Klockan tolv\n2,Var då?,Zaida,z@example.org,\n"
POLLS = "#,User Name,User Email,Submitted Date/Time,Question,Answer\n1,Zaida,z@example.org,2026-01-01,Buss?,Ja\n"


def test_a_chat_comes_in_once_and_a_dry_run_shows_it_first(run: Run, tmp_path: Path) -> None:
    arguments = ("import", "zoom-chat", CHAT, "--webinar", "landet-lar-47", "--data", tmp_path)
    dry = run(*arguments, "--dry-run")
    assert (dry.status, len(dry.out.splitlines())) == (0, 4)
    assert dry.out.splitlines()[1] == "new\t\t3\t10:16:10\t1\tNär lägger ni ut presentationen?"
    assert ask_in_database(tmp_path, "SELECT count(*) FROM question") == [(0,)]
    done = run(*arguments)
    assert (done.status, [line.split("\t")[:2] for line in done.out.splitlines()]) == (
        0, [["new", "F-1"], ["new", "F-2"]],
    )  # fmt: skip
    assert "1 privata" in done.err
    again = run(*arguments)
    assert (again.status, again.out) == (0, "")
    assert "2 fanns redan" in again.err
    assert ask_in_database(tmp_path, "SELECT count(*) FROM question") == [(2,)]
    assert not re.search("sjuk|Karin|Anna", dry.out + dry.err + done.out + done.err)


def test_reports_come_in_with_and_without_a_service(run: Run, data: Path, tmp_path: Path) -> None:
    for kind, text in (("zoom-qa", QA), ("zoom-polls", POLLS)):
        file = tmp_path / f"{kind}.csv"
        file.write_bytes("\ufeff".encode() + text.replace("\n", "\r\n").encode())
        done = run("import", kind, file, "--webinar", "landet-lar-47", "--data", data)
        assert done.status == 0
        assert done.out.startswith("new\t")
        assert run("import", kind, file, "--webinar", "landet-lar-47", "--data", data).status == 0
    states = "SELECT t.state FROM question q JOIN transition t ON t.question = q.number WHERE q.origin = 'zoom-qa'"
    assert sorted(ask_in_database(data, states)) == [("answered",), ("new",), ("new",)]
    assert ask_in_database(data, "SELECT question, answer, count FROM imported_poll") == [("Buss?", "Ja", 1)]
    assert subprocess.run(["grep", "-r", "-a", "-q", "Zaida", str(data)]).returncode == 1


@pytest.mark.parametrize("kind", ["zoom-chat", "zoom-qa", "zoom-polls"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hej\n", b"a\0b", b"x" * (5 * 1024 * 1024 + 1), None])
def test_a_file_that_is_no_export_is_told_by_name_and_line(
    run: Run, tmp_path: Path, kind: str, content: bytes | None
) -> None:
    file = tmp_path / "fil"
    if content is not None:
        file.write_bytes(content)
    done = run("import", kind, file, "--webinar", "landet-lar-47", "--data", tmp_path / "data")
    assert (done.status, done.out) == (1, "")
    assert re.fullmatch(rf"{re.escape(str(file))}:1: \S.*; .+\n", done.err)
    assert not (tmp_path / "data").exists()


def test_more_questions_than_a_meeting_has_are_refused_with_the_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "chat.txt"
    file.write_text("".join(f"10:00:00 From A to Everyone : När {n}?\n" for n in range(5001)), encoding="utf-8")
    done = run("import", "zoom-chat", file, "--webinar", "landet-lar-47", "--data", tmp_path / "data")
    assert done.status == 1
    assert done.err.startswith(f"{file}:5001: ")


def test_an_import_to_an_unknown_webinar_or_of_an_unknown_kind_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("import", "zoom-chat", CHAT, "--webinar", "landet", "--data", tmp_path)
    assert (done.status, done.out) == (1, "")
    assert "landet-lar-47" in done.err
    assert run("import", "teams-chat", CHAT, "--webinar", "landet-lar-47").status == 2
    assert run("import", "zoom-chat", CHAT).status == 2
