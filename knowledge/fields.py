"""Reading the fields of a content file: every fault becomes a complaint, and reading goes on to find the next."""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from rapidfuzz import fuzz, process

from knowledge.complaints import Complaint, ContentError
from knowledge.strict_yaml import Items, Node, Pairs, Scalar, parse

LANGUAGES = ("sv", "en")
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOTHING = ("null", "~", "")

Words = Mapping[str, str]
"""One text in each language: {"sv": …, "en": …}."""


class Fields:
    """The fields of one mapping. Call a reader for each known key, then `done()` for the unknown ones.

    Readers return a harmless value where something is wrong, so that one pass collects all complaints.
    """

    def __init__(self, file: str, node: Node, complaints: list[Complaint]) -> None:
        self.file, self.line, self.complaints = file, node.line, complaints
        self._known: list[str] = []
        self._pairs: dict[str, tuple[Scalar, Node]] = {}
        if isinstance(node, Pairs):
            self._pairs = {key.text: (key, value) for key, value in node.pairs}
        else:
            self.complain("här väntades nycklar", "skriv rader som `nyckel: text`")

    def complain(self, what: str, should: str, line: int | None = None) -> None:
        """Note a fault, by default on the line where this mapping begins."""
        self.complaints.append(Complaint(self.file, line or self.line, what, should))

    def line_of(self, key: str) -> int:
        """The line of a key, or of the mapping when the key is missing."""
        return self._pairs[key][0].line if key in self._pairs else self.line

    def names(self) -> tuple[str, ...]:
        """The keys as written."""
        return tuple(self._pairs)

    def node(self, key: str, *, optional: bool = False) -> Node | None:
        """The raw node of a key; None when absent (a complaint unless optional) or written as null."""
        self._known.append(key)
        if key not in self._pairs:
            if not optional:
                self.complain(f"nyckeln {key!r} saknas", f"lägg till `{key}: …`")
            return None
        value = self._pairs[key][1]
        if isinstance(value, Scalar) and value.plain and value.text in NOTHING:
            if not optional:
                self.complain(f"nyckeln {key!r} är tom", f"skriv `{key}: …`", value.line)
            return None
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        node = self.node(key, optional=True)
        return None if node is None else self._text(key, node)

    def text(self, key: str) -> str:
        """A text that must be there."""
        node = self.node(key)
        return "" if node is None else self._text(key, node)

    def _text(self, key: str, node: Node) -> str:
        if isinstance(node, Scalar) and node.text.strip():
            return node.text.strip()
        self.complain(f"{key!r} ska vara en text", f'skriv `{key}: "…"` på en rad', node.line)
        return ""

    def ident(self, key: str) -> str:
        """An id: lowercase a-z, digits and single hyphens."""
        found = self.text(key)
        if found and not ID.fullmatch(found):
            self.complain(
                f"{found!r} kan inte vara ett id",
                "använd a-z, 0-9 och bindestreck, som `lokal-undersokning`",
                self.line_of(key),
            )
        return found

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(scalar.text.strip() for scalar in self.scalars(key, optional=optional))

    def scalars(self, key: str, *, optional: bool = False) -> tuple[Scalar, ...]:
        """A list of texts with their lines."""
        node = self.node(key, optional=optional)
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.complain(f"{key!r} ska vara en lista", f"skriv `{key}:` och sedan rader som `  - …`", node.line)
            return ()
        found = []
        for item in node.items:
            if isinstance(item, Scalar) and item.text.strip():
                found.append(item)
            else:
                shown = item.pairs[0][0].text if isinstance(item, Pairs) and item.pairs else "…"
                self.complain(
                    f"en rad under {key!r} är inte en text",
                    f'sätt citattecken runt den: - "{shown}: …"' if isinstance(item, Pairs) else "skriv `- text`",
                    item.line,
                )
        return tuple(found)

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """One word of a closed list."""
        found = self.text(key)
        if found and found not in allowed:
            self._not_offered(key, found, allowed, self.line_of(key))
        return found

    def choices(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        """A list of words of a closed list."""
        found = self.scalars(key)
        for scalar in found:
            if scalar.text not in allowed:
                self._not_offered(key, scalar.text, allowed, scalar.line)
        return tuple(scalar.text for scalar in found)

    def _not_offered(self, key: str, word: str, allowed: Collection[str], line: int) -> None:
        should = nearest(word, allowed, f"välj bland {', '.join(allowed)}")
        self.complain(f"{word!r} kan inte stå under {key!r}", should, line)

    def date(self, key: str, *, optional: bool = True) -> dt.date | None:
        """A day, YYYY-MM-DD, or None."""
        node = self.node(key, optional=optional)
        if node is None:
            return None
        shown = node.text if isinstance(node, Scalar) else "…"
        with suppress(ValueError):
            if DAY.fullmatch(shown):
                return dt.date.fromisoformat(shown)
        self.complain(f"{shown!r} under {key!r} är inte en dag", "skriv den som 2026-11-23, eller null", node.line)
        return None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """true or false; must be written unless there is a default."""
        node = self.node(key, optional=default is not None)
        if node is None:
            return bool(default)
        if isinstance(node, Scalar) and node.text in ("true", "false"):
            return node.text == "true"
        self.complain(f"{key!r} ska vara true eller false", f"skriv `{key}: true` eller `{key}: false`", node.line)
        return False

    def number(self, key: str, *, optional: bool = False) -> float | None:
        """A number, or None."""
        node = self.node(key, optional=optional)
        if node is None:
            return None
        if isinstance(node, Scalar) and NUMBER.fullmatch(node.text):
            return float(node.text)
        self.complain(f"{key!r} ska vara ett tal", f"skriv `{key}: 2`", node.line)
        return None

    def words(self, key: str) -> Words:
        """A text in each language."""
        inner = self.inner(key)
        if inner is None:
            return dict.fromkeys(LANGUAGES, "")
        found = inner.own_words()
        inner.done()
        return found

    def own_words(self) -> Words:
        """The languages written as keys of this very mapping. Swedish must be there; English falls back to it."""
        swedish = self.text("sv")
        return {"sv": swedish, "en": self.optional_text("en") or swedish}

    def inner(self, key: str) -> "Fields | None":
        """The fields of a mapping under a key."""
        node = self.node(key)
        return None if node is None else Fields(self.file, node, self.complaints)

    def each(self, key: str) -> "Iterator[Fields]":
        """The mappings of a list under a key."""
        node = self.node(key)
        if isinstance(node, Items):
            yield from (Fields(self.file, item, self.complaints) for item in node.items)
        elif node is not None:
            self.complain(f"{key!r} ska vara en lista", f"skriv `{key}:` och sedan rader som `  - id: …`", node.line)

    def done(self) -> None:
        """Complain about the keys that nobody asked for."""
        for name, (key, _) in self._pairs.items():
            if name not in self._known:
                should = nearest(name, self._known, f"välj bland {', '.join(sorted(set(self._known)))}")
                self.complain(f"nyckeln {name!r} finns inte", should, key.line)


def nearest(word: str, known: Collection[str], otherwise: str) -> str:
    """The advice `otherwise`, after the known word that `word` looks like a slip of the pen for."""
    found = process.extractOne(word, sorted(set(known)), scorer=fuzz.ratio, score_cutoff=60)
    return f"menade du {found[0]!r}? Annars: {otherwise}" if found else otherwise


def read(file: str, text: str, complaints: list[Complaint], first_line: int = 1) -> Fields | None:
    """The fields of a whole file, or None when it is no YAML (the complaint is noted)."""
    try:
        return Fields(file, parse(file, text, first_line), complaints)
    except ContentError as error:
        complaints.extend(error.complaints)
        return None


def read_list(file: str, text: str, complaints: list[Complaint]) -> list[Fields]:
    """The mappings of a file that is one list."""
    try:
        node = parse(file, text)
    except ContentError as error:
        complaints.extend(error.complaints)
        return []
    if not isinstance(node, Items):
        complaints.append(Complaint(file, node.line, "filen ska vara en lista", "börja varje del med `- id: …`"))
        return []
    return [Fields(file, item, complaints) for item in node.items]
