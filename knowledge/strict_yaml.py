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
from knowledge.yaml_slips import explained

MOST_CHARACTERS = 256 * 1024
DEEPEST = 20
MOST_NODES = 30_000

_BEGUN = (
    "while scanning a simple key",
    "while scanning a quoted scalar",
    "while parsing a flow sequence",
    "while parsing a flow mapping",
)
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
        raise ContentError((Complaint(file, first_line, "filen är för stor", "gör den mindre: högst 256 KiB"),))
    if found := _UNPRINTABLE.search(text):
        line = first_line + text.count("\n", 0, found.start())
        what = f"här finns ett osynligt tecken (U+{ord(found[0]):04X})"
        raise ContentError((Complaint(file, line, what, "ta bort det: skriv om raden för hand"),))
    try:
        return _Builder(file, text, first_line).document()
    except yaml.MarkedYAMLError as error:
        index = _blamed(error)
        lines = text.split("\n")
        slip = explained(error.problem or error.context or "", lines[index] if index < len(lines) else "")
        raise ContentError((Complaint(file, first_line + index, *slip),)) from error


def _blamed(error: yaml.MarkedYAMLError) -> int:
    """The line to mend: where something was begun that is never ended, otherwise where the parser stopped."""
    begun = error.context in _BEGUN and error.context_mark
    mark = begun or error.problem_mark or error.context_mark
    return mark.line if mark else 0


class _Builder:
    def __init__(self, file: str, text: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.nodes = 0

    def document(self) -> Node:
        start = next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.refuse(start, "filen är tom", "skriv minst en rad, som `nyckel: text`")
        node = self.node(next(self.events), 0)
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.refuse(after, "här börjar ett nytt dokument", "ta bort raden ---")
        return node

    def line(self, event: yaml.Event) -> int:
        return self.first_line + (event.start_mark.line if event.start_mark else 0)

    def refuse(self, event: yaml.Event, what: str, should: str) -> NoReturn:
        raise ContentError((Complaint(self.file, self.line(event), what, should),))

    def node(self, event: yaml.Event, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.refuse(event, "filen har för många nycklar och rader", f"gör den mindre: högst {MOST_NODES}")
        if depth > DEEPEST:
            self.refuse(event, "för många nivåer i varandra", f"högst {DEEPEST}")
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"*{event.anchor} läses som en hänvisning", "sätt citattecken runt texten")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self.unadorned(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, self.line(event), not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth)

    def unadorned(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self.refuse(event, f"&{event.anchor} läses som ett märke", "sätt citattecken runt texten")
        if event.tag not in (None, "!"):
            self.refuse(event, f"{event.tag} läses som en etikett", "ta bort den, eller sätt citattecken runt texten")

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
                self.refuse(event, "nyckeln är inte ett ord", "skriv `nyckel: text`")
            if key.text in pairs:
                first = pairs[key.text][0].line
                self.refuse(event, f"nyckeln {key.text!r} står två gånger (först på rad {first})", "behåll en av dem")
            pairs[key.text] = (key, self.node(next(self.events), depth + 1))
        return Pairs(tuple(pairs.values()), self.line(start))
