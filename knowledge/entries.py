"""The knowledge base as values: entries, their wordings, sources, the toolbox and the calls."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge.fields import Words

FRESHNESS = {
    "stable": "does not age quickly",
    "dated": "about a past time; the answer says when",
    "check": "may have changed; the answer sends people to the one who decides and quotes no amounts as rules",
    "event": "belongs to one webinar; read from its settings while it is planned or open",
    "product": "describes this service",
}

FACTORS = ("behov", "forankring", "samverkan", "plan", "riktning")
TOOL_TAGS = (*FACTORS, "hinder", "risker")
TOOL_KINDS = (
    "metod", "exempel", "kunskapsbank", "guide", "rapport", "film", "podd", "data", "projekt", "stodorganisation",
)  # fmt: skip
TOOL_LEVELS = ("lokal", "kommunal", "regional")
TOOL_FORMATS = ("text", "film", "podd", "webbinarium", "karta", "data", "lank", "radgivning")

WEBINAR_PLACES = frozenset(
    ("title", "date", "starts", "ends", "host", "lecturer", "join", "sound", "recording", "slides", "next", "feedback")
)
"""What `while_open` of an event entry may read from a webinar's file."""

PRODUCT_PLACES = frozenset(("owner", "contact", "chat_days", "question_days"))
"""What a product entry may read from the running service."""

_PLACE = re.compile(r"\{([^{}]*)\}")


def places(text: str) -> frozenset[str]:
    """The names of the {places} in a text."""
    return frozenset(_PLACE.findall(text))


def without_places(text: str) -> str:
    """The text with a short word in each {place}, to be measured."""
    return _PLACE.sub("det", text)


def fill(text: str, facts: Mapping[str, str]) -> str | None:
    """The text with its {places} filled, or None when a fact is missing."""
    if not places(text) <= facts.keys():
        return None
    return _PLACE.sub(lambda match: facts[match[1]], text)


@dataclass(frozen=True)
class Source:
    """Where an answer comes from. The address is shown only when a curator has opened it (`links_checked`)."""

    id: str
    title: Words
    age: Words
    url: str | None
    links_checked: dt.date | None
    secondary: bool

    @property
    def link(self) -> str | None:
        """The address, if it may be shown."""
        return self.url if self.links_checked else None


@dataclass(frozen=True)
class Wording:
    """An entry in one language: the answer and the ways people ask for it."""

    title: str
    answer: str
    while_open: str | None
    variants: tuple[str, ...]
    keywords: tuple[str, ...]
    not_this: tuple[str, ...]
    reviewed: dt.date | None
    file: str


@dataclass(frozen=True)
class Entry:
    """One topic of the knowledge base. Swedish is always there; English falls back to it."""

    id: str
    group: str
    freshness: str
    sources: tuple[str, ...]
    related: tuple[str, ...]
    distinct_from: tuple[str, ...]
    wordings: Mapping[str, Wording]

    def wording(self, language: str) -> Wording:
        """The wording in a language, or the Swedish one."""
        return self.wordings.get(language) or self.wordings["sv"]


@dataclass(frozen=True)
class Tool:
    """A method, example or other help of the toolbox."""

    id: str
    kind: str
    title: Words
    factors: tuple[str, ...]
    level: tuple[str, ...]
    format: tuple[str, ...]
    summary: Words
    sources: tuple[str, ...]
    url: str | None
    links_checked: dt.date | None

    @property
    def link(self) -> str | None:
        """The address, if it may be shown."""
        return self.url if self.links_checked else None


@dataclass(frozen=True)
class Call:
    """A call for funding (utlysning)."""

    id: str
    title: Words
    publisher: str
    who: Words
    status: str
    opens: dt.date | None
    """The first day; None where it is open already, or was."""
    closes: dt.date | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Calls:
    """The list of calls and the day somebody last looked."""

    last_checked: dt.date | None
    kept_by: str | None
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Expected:
    """A question people are expected to ask, as a test of the content: which entry should answer it."""

    text: str
    language: str
    topic: str | None
    also_ok: tuple[str, ...]
    style: str
    file: str
    line: int


@dataclass(frozen=True)
class Knowledge:
    """Everything a curator has written for the knowledge base."""

    entries: Mapping[str, Entry]
    groups: Mapping[str, Words]
    sources: Mapping[str, Source]
    tools: Mapping[str, Tool]
    calls: Calls
    small_talk: Mapping[str, Mapping[str, tuple[str, ...]]]
    synonyms: Mapping[str, tuple[tuple[str, ...], ...]]

    @cached_property
    def tools_by_factor(self) -> Mapping[str, tuple[Tool, ...]]:
        """The tools of each tag, in the order of the file."""
        return {tag: tuple(tool for tool in self.tools.values() if tag in tool.factors) for tag in TOOL_TAGS}

    def sources_of(self, ids: tuple[str, ...]) -> tuple[Source, ...]:
        """The sources behind references like `seed:L142-150` and `P28`, each once, in order."""
        return tuple(self.sources[key] for key in dict.fromkeys(source_key(ref) for ref in ids) if key in self.sources)


def source_key(reference: str) -> str:
    """The id of a source in a reference: `seed:L142-150` → `seed`."""
    return reference.partition(":")[0]
