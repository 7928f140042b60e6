"""The words of Zoom's exports in many languages, read once from words.yaml."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.complaints import Complaint, ContentError
from knowledge.fields import Fields, read

FILE = Path(__file__).with_name("words.yaml")
COLUMNS = ("number", "question", "answer", "name", "email", "time", "other")
KINDS = {"from": "froms", "to": "tos"} | {
    kind: kind for kind in ("everyone", "panel", "private", "replying", "reacted", "removed", "bare")
}
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class ChatWords:
    """How one language says it in a chat log. All but `lang` are in small letters."""

    lang: str
    froms: frozenset[str]
    tos: frozenset[str]
    everyone: frozenset[str]
    guess: bool
    """Whether nobody has seen a file in this language."""
    panel: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    replying: frozenset[str] = frozenset()
    reacted: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Words:
    """All of words.yaml."""

    chat: tuple[ChatWords, ...]
    not_a_vote: frozenset[str]
    headers: Mapping[str, str]
    """A folded header → which of COLUMNS it names."""
    answered_by: frozenset[str]
    answered_live: frozenset[str]
    labels: frozenset[str]
    sections: frozenset[str]


def header(cell: str) -> str:
    """A header as it is compared: small letters and single spaces; "#" is left as it is."""
    folded = _NOT_LETTERS.sub(" ", unicodedata.normalize("NFC", cell).casefold()).strip()
    return folded or cell.strip()


@lru_cache(maxsize=1)
def words() -> Words:
    """The words, read strictly. ContentError with every slip in the file."""
    return parsed(FILE.name, FILE.read_text(encoding="utf-8"))


def parsed(file: str, text: str) -> Words:
    """The words in a text laid out as words.yaml. ContentError with every slip in it."""
    complaints: list[Complaint] = []
    fields = read(file, text, complaints)
    found = _words(fields) if fields else None
    if complaints or found is None:
        raise ContentError(tuple(complaints))
    return found


def _words(fields: Fields) -> Words:
    chat = tuple(_chat(each) for each in fields.each("chat"))
    headers = fields.inner("headers")
    columns = {column: headers.texts(column) for column in COLUMNS} if headers else {}
    if headers:
        headers.done()
    found = Words(
        chat,
        frozenset(fields.texts("not_a_vote")),
        {header(cell): column for column, cells in columns.items() for cell in cells},
        _small(fields, "answered_by"),
        *(frozenset(header(each) for each in fields.texts(key)) for key in ("answered_live", "labels", "sections")),
    )
    fields.done()
    return found


def _chat(fields: Fields) -> ChatWords:
    lang = fields.ident("lang")
    kinds = {field: _small(fields, key) for key, field in KINDS.items()}
    found = ChatWords(lang, guess=fields.flag("guess"), **kinds)
    fields.done()
    return found


def _small(fields: Fields, key: str) -> frozenset[str]:
    return frozenset(each.casefold() for each in fields.texts(key))
