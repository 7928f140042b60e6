"""The result of a run in words of one language: what the picture, the document and the chat are made from."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Sign = Literal["bar", "pa-vag", "svag", "okand"]
"""How a part stands: the checklist's three bands, or "okand" (too few answers to say)."""
Shine = Literal["lit", "half"]


@dataclass(frozen=True)
class Part:
    """A factor as a part of the bicycle."""

    factor: str
    """behov | forankring | samverkan | plan | riktning"""
    name: str
    part: str
    """The name of the bicycle's part: "navet"."""
    sign: Sign
    state: str
    """The sign in words: "Bär bra"."""
    points: int
    possible: int
    unknown: int
    """How many were answered with don't know."""
    not_applicable: int
    difference: str = ""
    """Against the run before, in words; empty without one."""


@dataclass(frozen=True)
class Gap:
    """A statement answered no, partly or don't know, with what to do about it."""

    factor: str
    """The factor's name in words."""
    statement: str
    answer: str
    advice: str
    tools: tuple[str, ...]
    """Titles of methods and examples."""


@dataclass(frozen=True)
class Light:
    """A warning light that shines."""

    kind: Literal["hinder", "risk"]
    shine: Shine
    statement: str
    advice: str


@dataclass(frozen=True)
class Note:
    """What people wrote about a statement, or in answer to a reflection."""

    about: str
    text: str


@dataclass(frozen=True)
class NextStep:
    """The one next step that was chosen."""

    what: str
    who: str
    """Empty when nobody has it yet."""
    due: dt.date | None


@dataclass(frozen=True)
class GivenAnswer:
    """One answer as given, for tables: ids and words."""

    statement: str
    """Id."""
    factor: str
    """Id, or "" for a warning light."""
    wording: str
    answer: str
    """Id, or "" when there is none."""
    label: str
    note: str


@dataclass(frozen=True)
class Report:
    """A whole result. All texts are in `language`; what people wrote is as they wrote it."""

    run: str
    language: str
    title: str
    """The checklist's: "De fem faktorerna"."""
    level: str
    purpose: str
    length: str
    version: int
    """Of the checklist's content."""
    day: dt.date
    """When the run was finished, or today while it is not."""
    people: int
    """How many answered: 1, or those of a round whose joint answers these are."""
    parts: tuple[Part, ...]
    """Weakest first; those with too few answers last."""
    interplay: tuple[str, ...]
    """What the weak parts do to the others."""
    lights: tuple[Light, ...]
    """Lit before half lit."""
    unknown_lights: int
    """Warning lights answered with don't know."""
    gaps: tuple[Gap, ...]
    """Weakest factor first; no before partly before don't know."""
    reflections: tuple[Note, ...]
    """An empty text where nothing was answered: "ingen än"."""
    notes: tuple[Note, ...]
    """Notes on statements and warning lights, in the order asked."""
    step: NextStep | None
    closing: str
    """What this checklist says last; empty for most."""
    answers: tuple[GivenAnswer, ...]
    """In the order asked."""
    rider: str = ""
    """Who cycles, as people wrote it; empty for nobody yet."""
    own: bool = False
    """Whether one person of a round answered, for themselves."""
