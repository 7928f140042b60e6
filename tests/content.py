"""The shipped content as the loaders want it: (path relative to the content folder, text)."""

from functools import cache
from pathlib import Path

from knowledge import load
from knowledge.entries import Knowledge

ROOT = Path(__file__).parent.parent

File = tuple[str, str]

SHORT_WALK = (
    "new:fem-faktorer", "new:fem-faktorer:lokal", "new:fem-faktorer:lokal:start", "new:fem-faktorer:lokal:start:short",
)  # fmt: skip
"""What is pressed after "checklist" to stand before the first statement of a short walk."""


@cache
def knowledge_files() -> list[File]:
    """Everything in knowledge/content."""
    return _files(ROOT / "knowledge" / "content")


@cache
def dialog_files() -> list[File]:
    """Everything in dialogs/content."""
    return _files(ROOT / "dialogs" / "content")


@cache
def shipped_knowledge() -> Knowledge:
    """The shipped knowledge base, loaded once for all tests."""
    return load.load(knowledge_files())


def _files(folder: Path) -> list[File]:
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in (".md", ".yaml"))
    return [(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in found]
