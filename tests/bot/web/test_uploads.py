"""Nobody sends a file (S14): archives, pictures that are something else, and bodies without end are refused at once."""

import io
import socket
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.channels.web.protection import MOST_BODY_BYTES
from tests.server import Server
from tests.server import serving as process
from tests.web import HERE, UNKNOWN, Moderator, Person, Web, fresh_key

QUICK = 5.0
"""Seconds for one answer; ours takes milliseconds, but the machine that tests may be busy."""
GIGABYTE = 1_000_000_000
MOST_GROWTH_KIB = 10 * 1024
FORM = "multipart/form-data; boundary=x"


def archive(unpacked: int) -> bytes:
    """A zip file that becomes a thousand times as large."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("text.txt", b"\0" * unpacked)
    return written.getvalue()


def form(*contents: bytes, file: str = "") -> bytes:
    """A form with a field, or a file, for each of these."""
    named = f'; filename="{file}"'.encode() if file else b""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s%d"%s\r\n\r\n%s\r\n'
        % (b"text" * (not number), number, named, each)
        for number, each in enumerate(contents)
    ]
    return b"".join(parts) + b"--x--\r\n"


UPLOADS: dict[str, tuple[str, bytes]] = {
    "a zip file": (FORM, form(archive(1000), file="fragor.zip")),
    "a zip bomb": (FORM, form(archive(200_000_000), file="fragor.zip")),
    "a zip bomb that is small": (FORM, form(archive(40_000_000), file="fragor.zip")),
    "a picture that is an archive": (FORM, form(b"GIF89a" + archive(1000), file="bild.gif")),
    "a picture that is a page": (FORM, form(b"GIF89a/*<script>alert(1)</script>*/", file="bild.gif")),
    "a pdf that is a page": (FORM, form(b"%PDF-1.7\n<html><script>alert(1)</script>", file="../../om.html")),
    "a text file": (FORM, form(b"hej", file="hej.txt")),
    "a file without a name": (FORM, form(b"PK", file=" ")),
    "10,000 fields": (FORM, form(*[b"hej"] * 10_000)),
    "1,000 fields": (FORM, form(*[b""] * 1_000)),
    "500 files": (FORM, form(*[b""] * 500, file="a")),
    "a zip file alone": ("application/zip", archive(1000)),
    "a zip bomb alone": ("application/zip", archive(200_000_000)),
    "a zip file that says it is JSON": ("application/json", archive(1000)),
    "a zip file that says it is a form": ("application/x-www-form-urlencoded", archive(1000)),
}  # fmt: skip
FORMS = ("/", "/moderator/logga-in", "/moderator/fragor/1", "/moderator/flera", "/moderator/lagg-till",
         "/moderator/ordning", "/moderator/omrostningar", "/moderator/logga-ut")  # fmt: skip
"""Where forms are read."""


@pytest.mark.parametrize("what", UPLOADS)
async def test_a_file_is_refused_wherever_it_is_sent_and_nothing_of_it_is_kept(web: Web, what: str) -> None:
    anna, moderator = web.person(), await web.moderator()
    await anna.ask_moderator()
    before = await web.rows()
    kind, body = UPLOADS[what]
    for path in (*FORMS, "/api/v1/messages"):
        began = time.monotonic()
        status = await sent(moderator, path, kind, body)
        assert time.monotonic() - began < QUICK
        if (path, what) == ("/moderator/flera", "1,000 fields"):
            assert status == 403, "as many questions may be ticked there; but no form of ours said so"
        elif kind == FORM:
            assert status == (415 if "/api/" in path else 413 if len(body) > MOST_BODY_BYTES else 400), path
        assert 400 <= status < 500, path
    assert await web.rows() == before
    assert (await moderator.get("/moderator")).status_code == 200
    assert [each["kind"] for each in await anna.say(UNKNOWN)] == ["said", "offer"]


async def sent(who: Person | Moderator, path: str, kind: str, body: bytes) -> int:
    headers = {"Content-Type": kind, "Origin": HERE, "Idempotency-Key": fresh_key()}
    return (await who.http.post(path, content=body, headers=headers)).status_code


# A body without end, at a service of its own: what it holds in memory can be seen there


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with process(tmp_path_factory.mktemp("data")) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/", FORM, 413), ("/", "application/x-www-form-urlencoded", 413), ("/moderator/logga-in", FORM, 413),
        ("/api/v1/messages", "application/json", 413), ("/api/v1/messages", FORM, 415), ("/nej", FORM, 404),
    ],
)  # fmt: skip
def test_a_gigabyte_in_pieces_is_cut_off_and_never_held(server: Server, path: str, kind: str, status: int) -> None:
    assert upload(server, path, kind, 2 * MOST_BODY_BYTES)[0] == status
    before = held(server)
    began = time.monotonic()
    answered, taken = upload(server, path, kind, GIGABYTE)
    assert time.monotonic() - began < QUICK
    assert answered == status
    assert taken < GIGABYTE // 10
    assert held(server) - before < MOST_GROWTH_KIB


def upload(server: Server, path: str, kind: str, size: int) -> tuple[int, int]:
    """The status of a body sent in pieces, its length untold, and how much of it could be sent."""
    here, pieces = f"127.0.0.1:{server.port}", 0
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\nContent-Type: {kind}\r\n"
        f"Idempotency-Key: {fresh_key()}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    begun = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' if kind == FORM else b"text="
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        with suppress(ConnectionError):  # it has answered and hung up
            line.sendall(head.encode() + chunk(begun))
            while pieces * 4096 < size:
                line.sendall(chunk(b"a" * 4096))
                pieces += 1
            line.sendall(chunk(b""))
        return int(line.recv(100).split()[1]), pieces * 4096


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def held(server: Server) -> int:
    """The service's memory, in KiB."""
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
