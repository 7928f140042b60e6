"""Writing what a command makes: whole or not at all, and readable by its owner only."""

import os
import sys
import tempfile
from pathlib import Path

from bot.commands import _jobs


def put(path: Path | None, content: bytes) -> None:
    """Into a file, in place of what was there; to stdout without one. SystemExit 1 when it can't be written."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        if path.exists() and not path.is_file():  # such as /dev/null: never to be replaced
            path.write_bytes(content)
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        _jobs.complain(f"{path} can't be written: {error.strerror or error}")
