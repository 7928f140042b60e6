"""YAML as curators write it, and nothing more.

Texts stay texts: `no`, `on`, `012` and `12:30` are what they look like, because every scalar is kept as written and
only the reader of a field (fields.py) decides what it should be. Anchors, aliases and tags are refused, so nothing
can grow or run; repeated keys are refused, so nothing is lost silently. Every node knows its line.

Built on libyaml's event stream (PyYAML): 200 files load in a tenth of a second, where a loader in pure Python needs
one, and a hostile file stops at the first forbidden event instead of being built first.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

import yaml

from knowledge.complaints import Complaint, ContentError

MOST_CHARACTERS = 256 * 1024
DEEPEST = 20
MOST_NODES = 30_000

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Scalar:
    """A text as written. `plain` when it stood without quotes: only then may it mean null, a number or a date."""

    text: str
    line: int
    plain: bool


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True)
class Pairs:
    """A mapping, in the order written."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    line: int


Node = Scalar | Items | Pairs


def parse(file: str, text: str, first_line: int = 1) -> Node:
    """The tree of one YAML text.

    `first_line` is the line in `file` where `text` begins (front matter starts at 2).
    Raises ContentError with one complaint: a parser can't go on after the first.
    """
    if len(text) > MOST_CHARACTERS:
        raise ContentError((Complaint(file, first_line, "the file is too large", "split it: 256 KiB at most"),))
    if found := _UNPRINTABLE.search(text):
        line = first_line + text.count("\n", 0, found.start())
        what = f"the invisible character U+{ord(found[0]):04X}"
        raise ContentError((Complaint(file, line, what, "remove it: rewrite the line by hand"),))
    try:
        return _Builder(file, text, first_line).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        what = f"this is not YAML ({error.problem or error.context})"
        raise ContentError((Complaint(file, line, what, _hint(text, line - first_line)),)) from error


def _hint(text: str, index: int) -> str:
    lines = text.split("\n")
    line = lines[index].strip() if index < len(lines) else ""
    if "\t" in line:
        return "indent with spaces, never with tabs"
    if ": " in line.partition(": ")[2] or " #" in line:
        return f'put the text in double quotes, like "{line.partition(": ")[2] or line}"'
    return "check indentation, quotes and the colon after the key"


class _Builder:
    def __init__(self, file: str, text: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.nodes = 0

    def document(self) -> Node:
        start = next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.refuse(start, "the file is empty", "write at least one key")
        node = self.node(next(self.events), 0)
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.refuse(after, "a second document begins", "one document to a file: remove the line ---")
        return node

    def line(self, event: yaml.Event) -> int:
        return self.first_line + (event.start_mark.line if event.start_mark else 0)

    def refuse(self, event: yaml.Event, what: str, should: str) -> NoReturn:
        raise ContentError((Complaint(self.file, self.line(event), what, should),))

    def node(self, event: yaml.Event, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.refuse(event, "too many keys and list items", f"split the file: {MOST_NODES} at most")
        if depth > DEEPEST:
            self.refuse(event, "nested too deeply", f"at most {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"*{event.anchor} is an alias", "write the text out, or put it in double quotes")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self.unadorned(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, self.line(event), not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth)

    def unadorned(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self.refuse(event, f"&{event.anchor} is an anchor", "write the text out, or put it in double quotes")
        if event.tag not in (None, "!"):
            self.refuse(event, f"{event.tag} is a tag", "remove it, or put the text in double quotes")

    def sequence(self, start: yaml.Event, depth: int) -> Items:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Items(tuple(items), self.line(start))

    def mapping(self, start: yaml.Event, depth: int) -> Pairs:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                self.refuse(event, "a key that is not a word", "write `key: value`")
            if key.text in pairs:
                first = pairs[key.text][0].line
                self.refuse(event, f"the key {key.text!r} stands twice (first on line {first})", "keep one of them")
            pairs[key.text] = (key, self.node(next(self.events), depth + 1))
        return Pairs(tuple(pairs.values()), self.line(start))
