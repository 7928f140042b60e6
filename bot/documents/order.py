"""What a document of a result says and in which order, in plain strings: the PDF and the text are both made from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from dialogs.report import Gap, Light, NextStep, Note, Part, Report, Sign
from dialogs.texts import Texts

Kind = Literal["interplay", "step", "gaps", "lights", "reflections", "notes", "made"]


@dataclass(frozen=True)
class Room:
    """How much there is room for; None is no bound."""

    gaps: int | None = None
    tools: int | None = None
    lights: int | None = None
    notes: int | None = None
    reflections: int | None = None
    characters: int | None = None
    """In one note, or one answer to a reflection."""
    step_characters: int | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of the profile, with what is said in small print beside it."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Row:
    """A part of the bicycle. Its sign is for those who see it; the cells say the same in words."""

    sign: Sign
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Item:
    """One thing in a section."""

    head: str = ""
    text: str = ""
    small: str = ""
    marks: tuple[str, ...] = ()
    """A word or two to find it by: the factor and the answer."""
    open: bool = False
    """Nobody has filled it in: there is a line to write on."""


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    kind: Kind
    heading: str
    items: tuple[Item, ...]
    after: tuple[str, ...] = ()
    """What is said last: how many more there are, or that there are none."""


@dataclass(frozen=True)
class Document:
    """All that a document says, from its title to its last line."""

    language: str
    title: str
    day: tuple[int, int, int]
    facts: tuple[Item, ...]
    intro: str
    """How to read the table."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sections: tuple[Section, ...]
    closing: str
    foot: str


def document(report: Report, texts: Texts, room: Room) -> Document:
    """The result in the order it is read, cut to the room there is."""
    return Document(
        report.language,
        texts("document.title", title=report.title),
        (report.day.year, report.day.month, report.day.day),
        tuple(_facts(report, texts)),
        texts("document.profile"),
        tuple(texts(f"document.column.{name}") for name in COLUMNS),
        tuple(_row(part, texts) for part in report.parts),
        tuple(found for build in SECTIONS if (found := build(report, texts, room))),
        report.closing,
        texts("document.foot", title=report.title),
    )


FACTS = ("level", "purpose", "length", "day")
STEP = ("what", "who", "due")
COLUMNS = ("factor", "state", "points", "unknown", "not_applicable")


def _facts(report: Report, texts: Texts) -> Iterator[Item]:
    yield Item(texts("document.fact.place"), open=True)  # for the pen: a result carries no names
    for name, value in zip(FACTS, (report.level, report.purpose, report.length, report.day.isoformat()), strict=True):
        yield Item(texts(f"document.fact.{name}"), value)


def _row(part: Part, texts: Texts) -> Row:
    scored = part.sign != "okand"
    points = texts("document.points", points=part.points, possible=part.possible) if scored else "–"
    counts = (points, str(part.unknown), str(part.not_applicable))
    return Row(part.sign, (Cell(part.name, part.part), Cell(part.state, part.difference), *map(Cell, counts)))


def _interplay(report: Report, texts: Texts, _room: Room) -> Section | None:
    items = tuple(Item(text=each) for each in report.interplay)
    return Section("interplay", texts("document.interplay"), items) if items else None


def _step(report: Report, texts: Texts, room: Room) -> Section:
    step = report.step or NextStep("", "", None)
    said = (step.what, step.who, step.due.isoformat() if step.due else "")
    items = (
        _filled(texts(f"document.step.{name}"), _cut(text, room.step_characters))
        for name, text in zip(STEP, said, strict=True)
    )
    return Section("step", texts("document.step"), tuple(items))


def _gaps(report: Report, texts: Texts, room: Room) -> Section | None:
    """What to mend. Where too little was answered to judge any part, there may be gaps that nobody knows of."""
    if not report.gaps and all(part.sign == "okand" for part in report.parts):
        return None
    items = tuple(_gap(gap, texts, room) for gap in report.gaps[: room.gaps])
    after = _more(len(report.gaps) - len(items), texts) if report.gaps else (texts("document.gaps.none"),)
    return Section("gaps", texts("document.gaps"), items, after)


def _gap(gap: Gap, texts: Texts, room: Room) -> Item:
    tools = texts("document.tools", tools=", ".join(gap.tools[: room.tools])) if gap.tools else ""
    return Item(gap.statement, gap.advice, tools, (gap.factor, gap.answer))


def _lights(report: Report, texts: Texts, room: Room) -> Section | None:
    """The lamps that shine. A short walk asks of none, and then nothing can be said."""
    if not (report.lights or report.unknown_lights or any(each.answer and not each.factor for each in report.answers)):
        return None
    items = tuple(_light(light, texts) for light in report.lights[: room.lights])
    after = _more(len(report.lights) - len(items), texts) if report.lights else (texts("document.lights.none"),)
    if report.unknown_lights:
        after += (texts("document.lights.unknown", count=report.unknown_lights),)
    return Section("lights", texts("document.lights"), items, after)


def _light(light: Light, texts: Texts) -> Item:
    marks = (texts(f"document.light.{light.kind}"), texts(f"document.light.{light.shine}"))
    return Item(light.statement, light.advice, marks=marks)


def _reflections(report: Report, texts: Texts, room: Room) -> Section | None:
    return _written("reflections", report.reflections, room.reflections, texts, room)


def _notes(report: Report, texts: Texts, room: Room) -> Section | None:
    return _written("notes", report.notes, room.notes, texts, room)


def _written(
    kind: Literal["reflections", "notes"], notes: tuple[Note, ...], most: int | None, texts: Texts, room: Room
) -> Section | None:
    still_open = texts("document.open")
    items = tuple(_filled(note.about, _cut(note.text, room.characters), still_open) for note in notes[:most])
    return Section(kind, texts(f"document.{kind}"), items, _more(len(notes) - len(items), texts)) if items else None


def _made(report: Report, texts: Texts, _room: Room) -> Section:
    people = "document.made.one" if report.people == 1 else "document.made.many"
    said = (
        texts("document.made.ours"),
        texts(people, count=report.people, day=report.day.isoformat(), version=report.version),
        texts("document.made.points"),
    )
    return Section("made", texts("document.made"), tuple(Item(text=each) for each in said))


SECTIONS: tuple[Callable[[Report, Texts, Room], Section | None], ...] = (
    _interplay, _step, _gaps, _lights, _reflections, _notes, _made,
)  # fmt: skip


def _filled(head: str, text: str, still_open: str = "") -> Item:
    """What was filled in, or a line to write on with what is said of it."""
    return Item(head, text) if text else Item(head, small=still_open, open=True)


def _more(count: int, texts: Texts) -> tuple[str, ...]:
    return (texts("document.more", count=count),) if count else ()


def _cut(text: str, most: int | None) -> str:
    """What a person wrote as one paragraph, at most so many characters."""
    flowing = " ".join(text.split())
    if most is None or len(flowing) <= most:
        return flowing
    return f"{flowing[: most - 1].rstrip()}…"
