"""The matcher, learned once and kept: `ask` then starts in a third of the time.

What is kept is only ever a copy of what the content says; without a place to keep it, it is learned anew each time.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import knowledge
from knowledge.entries import Knowledge
from knowledge.match import Matcher, build
from knowledge.match_prepared import pack, unpack

KEPT_COPIES = 4


def matcher(known: Knowledge, files: Iterable[tuple[str, str]]) -> Matcher:
    """The matcher for a knowledge base read from `files`; from the cache while content and engine are the same."""
    key = digest(files)
    path = folder() / f"{key[:32]}.matcher"
    with contextlib.suppress(OSError):
        if found := unpack(path.read_bytes(), key, known):
            return found
    fresh = build(known)
    keep(path, pack(fresh, key))
    return fresh


def folder() -> Path:
    """Where copies are kept: the user's cache folder (XDG base directory specification)."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("CACHE_DIRECTORY")
    return (Path(base) if base else Path.home() / ".cache") / "servicelotsen"


def digest(files: Iterable[tuple[str, str]]) -> str:
    """What the content and the engine are, in one word."""
    found = hashlib.sha256()
    for path in sorted(Path(knowledge.__file__ or "").parent.glob("*.py")):
        found.update(path.read_bytes())
    for name, text in files:
        found.update(f"\0{name}\0{text}".encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def keep(path: Path, data: bytes) -> None:
    """Write whole or not at all; the oldest copies of its kind make room."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as kept:
            kept.write(data)
        Path(kept.name).replace(path)
        copies = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in copies[KEPT_COPIES:]:
            old.unlink(missing_ok=True)
