"""The server in a process of its own, and a hold on it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Remote:
    """A server elsewhere."""

    base: str
    token: str
    username: str
    process: "subprocess.Popen[bytes]"

    def control(self, name: str, *, patience: float = 600.0, **params: Any) -> Any:
        """Ask the control for something; see control.Control."""
        line = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=patience)
        try:
            line.request("POST", f"/control/{name}", json.dumps(params), {"Content-Type": "application/json"})
            answer = line.getresponse()
            said = json.loads(answer.read())
        finally:
            line.close()
        if answer.status != 200:
            raise ValueError(said["error"])
        return said


@contextmanager
def separate(*arguments: str) -> Iterator[Remote]:
    """Start it, and end it afterwards."""
    command = [sys.executable, "-m", "tests.botapi", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            yield Remote(**json.loads(process.stdout.readline()), process=process)
        finally:
            process.terminate()
            process.wait(10)
