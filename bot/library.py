"""The content in use: read from its folders, checked whole, replaced all or nothing."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import dialogs
import dialogs.load
import knowledge
import knowledge.load
from bot import prepared, semantic
from dialogs.definitions import NO_POLL, Checklist, Content, Poll
from dialogs.records import PollRun, Round, Run
from knowledge.complaints import Complaint, ContentError
from knowledge.match import Matcher

SUFFIXES = (".md", ".yaml")
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (FileNotFoundError, "den finns inte"),
    (PermissionError, "behörighet saknas"),
    (IsADirectoryError, "det är en mapp"),
    (NotADirectoryError, "en fil ligger i vägen"),
    (FileExistsError, "en fil ligger i vägen"),
    (UnicodeError, "den är inte sparad som UTF-8"),
)


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
            (Complaint(content, 1, "här finns inget innehåll", "ange en mapp som har knowledge/ eller dialogs/ i sig"),)
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


def text_of(path: Path, should: str) -> str:
    """The text of a file that a curator named. ContentError when it can't be read: then it `should` be another."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, ValueError) as error:
        what = f"filen går inte att läsa ({reason(error)})"
        raise ContentError((Complaint(str(path), 1, what, should),)) from error


def reason(error: OSError | ValueError) -> str:
    """Why a file or a folder can't be used, in plain Swedish where it is one of the usual reasons."""
    return next((why for kind, why in REASONS if isinstance(error, kind)), str(error))


def read(where: Folders) -> Content:
    """The content of both folders. Raises ContentError with every complaint, paths relative to each folder."""
    known = knowledge.load.load(files(where.knowledge))
    return dialogs.load.load(files(where.dialogs), known)


@lru_cache(maxsize=32)
def _kept(text: str) -> Checklist | None:
    try:
        return dialogs.load.edition(text)
    except ContentError:
        return None


@lru_cache(maxsize=32)
def _kept_poll(text: str) -> Poll:
    try:
        return dialogs.load.poll_edition(text)
    except ContentError:
        return NO_POLL


def poll_of(content: Content, run: PollRun, edition: Callable[[str], str | None]) -> Poll:
    """The poll of a run: the edition it was opened with, today's for a draft; NO_POLL where there is none."""
    known = content.polls.get(run.poll, NO_POLL)
    if run.state == "draft" or known.edition == run.edition:
        return known
    text = edition(run.edition)
    return _kept_poll(text) if text else NO_POLL


class Library:
    """The content and its matcher. `reload` replaces both, or keeps both when something is wrong."""

    def __init__(self, where: Folders) -> None:
        self.where = where
        self.content = read(where)
        self._matcher: Matcher | None = None
        self._changing, self._reading = threading.Lock(), threading.Lock()

    @property
    def matcher(self) -> Matcher:
        """Built when first asked for: commands that only write do without."""
        if self._matcher is not None:
            return self._matcher
        texts = list(files(self.where.knowledge))
        return self._use(prepared.matcher(self.content.knowledge, texts), self.content, texts)

    @matcher.setter
    def matcher(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def checklist(self, run: Run | Round, edition: Callable[[str], str | None]) -> Checklist:
        """The checklist that a run or a round walks: the edition it began with, whose text `edition` gives.

        Today's where that was never kept, or this program can't read it any more.
        """
        today = self.content.checklists.get(run.checklist) or self.content.checklist
        text = edition(run.edition) if today.edition != run.edition else None
        return (_kept(text) if text else None) or today

    def poll(self, run: PollRun, edition: Callable[[str], str | None]) -> Poll:
        """The poll of a run, as `poll_of` finds it."""
        return poll_of(self.content, run, edition)

    def reload(self) -> tuple[str, ...]:
        """Read again; the complaints, empty when the new content is in use. One at a time: what is read last stays."""
        with self._reading:
            try:
                content = read(self.where)
                texts = list(files(self.where.knowledge))
                matcher = prepared.matcher(content.knowledge, texts)
            except ContentError as error:
                return tuple(str(complaint) for complaint in error.complaints)
            self._use(matcher, content, texts)
            return ()

    def _use(self, matcher: Matcher, content: Content, texts: list[tuple[str, str]]) -> Matcher:
        """Answer from this content, with a second opinion where it was learned before; else it is learned beside."""
        engine, key = semantic.installed(), prepared.digest(texts)
        deeper = engine and semantic.kept(matcher, key, engine)
        with self._changing:
            # in this order: an event under way compares its matcher
            self._matcher, self.content = deeper or matcher, content
        if engine and not deeper:
            threading.Thread(target=self._learn, args=(matcher, key, engine), name="semantic").start()
        return deeper or matcher

    def _learn(self, matcher: Matcher, key: str, engine: semantic.Engine) -> None:
        def wanted() -> bool:
            return self._matcher is matcher and threading.main_thread().is_alive()

        deeper = semantic.learned(matcher, key, engine, wanted)
        with self._changing:
            if deeper and self._matcher is matcher:
                self._matcher = deeper
