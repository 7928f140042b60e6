"""Another program that has the database open: `python -m tests.foreign lock|read FILE SECONDS`."""

import sqlite3
import sys
import time
from pathlib import Path

BEGINNINGS = {"lock": "BEGIN IMMEDIATE", "read": "BEGIN"}


def hold(what: str, file: Path, seconds: float) -> None:
    """Hold a lock for a while, and say when it is held."""
    db = sqlite3.connect(file, isolation_level=None)
    db.execute(BEGINNINGS[what])
    db.execute("SELECT count(*) FROM person").fetchone()
    print("held", flush=True)  # noqa: T201 - the test waits for it
    time.sleep(seconds)
    db.execute("ROLLBACK")
    db.close()


if __name__ == "__main__":
    hold(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
