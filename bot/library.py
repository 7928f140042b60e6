"""The content in use: read from its folders, checked whole, replaced all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dialogs
import dialogs.load
import knowledge
import knowledge.load
from bot import prepared
from dialogs.definitions import Content
from knowledge.complaints import Complaint, ContentError
from knowledge.match import Matcher

SUFFIXES = (".md", ".yaml")


@dataclass(frozen=True)
class Folders:
    """Where the two kinds of content lie."""

    knowledge: Path
    dialogs: Path


SHIPPED = Folders(
    Path(knowledge.__file__ or "").parent / "content",
    Path(dialogs.__file__ or "").parent / "content",
)


def folders(content: str) -> Folders:
    """The folders of the CONTENT setting; what it lacks comes from the shipped content. ContentError without any."""
    if not content:
        return SHIPPED
    own = Path(content)
    if not ((own / "knowledge").is_dir() or (own / "dialogs").is_dir()):
        raise ContentError(
            (Complaint(content, 1, "no content here", "name a folder with knowledge/ or dialogs/ in it"),)
        )
    return Folders(
        own / "knowledge" if (own / "knowledge").is_dir() else SHIPPED.knowledge,
        own / "dialogs" if (own / "dialogs").is_dir() else SHIPPED.dialogs,
    )


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """(path within the folder, text) of its content files, in a stable order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def read(where: Folders) -> Content:
    """The content of both folders. Raises ContentError with every complaint, paths relative to each folder."""
    known = knowledge.load.load(files(where.knowledge))
    return dialogs.load.load(files(where.dialogs), known)


class Library:
    """The content and its matcher. `reload` replaces both, or keeps both when something is wrong."""

    def __init__(self, where: Folders) -> None:
        self.where = where
        self.content = read(where)

    @cached_property
    def matcher(self) -> Matcher:
        """Built when first asked for: commands that only write do without."""
        return prepared.matcher(self.content.knowledge, files(self.where.knowledge))

    def reload(self) -> tuple[str, ...]:
        """Read again; the complaints, empty when the new content is in use."""
        try:
            content = read(self.where)
            matcher = prepared.matcher(content.knowledge, files(self.where.knowledge))
        except ContentError as error:
            return tuple(str(complaint) for complaint in error.complaints)
        self.matcher, self.content = matcher, content  # in this order: an event under way compares its matcher
        return ()
