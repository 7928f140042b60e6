"""The picture of a result: our own bicycle, each part drawn as its factor stands. Nothing people wrote is in it."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dialogs.bicycle import HEIGHT, WIDTH, described, road
from dialogs.report import Part, Report, Sign
from dialogs.texts import Texts

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
INK, PAPER = "#2b2a33", "#fffdf8"
MOST_TAG_CHARACTERS, MOST_STATE_CHARACTERS, MOST_SUBTITLE_CHARACTERS = 15, 20, 48
"""What fits also in a wider font: an image on a page is drawn with the reader's own."""


@dataclass(frozen=True)
class Layer:
    """One of the strokes that a part is painted with, from below."""

    paint: str
    share: float
    """Of the part's own width."""
    grow: float = 0
    """Added to that width."""
    dash: str = "none"
    offset: float = 0
    cap: str = "butt"


LAYERS: Mapping[Sign, tuple[Layer, ...]] = {
    "bar": (Layer(INK, 1, 6), Layer("#0b6e4f", 1), Layer("#6fc3a2", 0.16)),
    "pa-vag": (Layer(INK, 1, 6), Layer("#f5b82e", 1), Layer("url(#bicycle-hatch)", 1)),
    "svag": (
        Layer("#b98a72", 0, 3, "2 6"),
        Layer(INK, 1, 6, "26 14", 3),
        Layer("#d1491b", 1, 0, "20 20"),
    ),
    "okand": (Layer("#75747e", 1, 5), Layer(PAPER, 1), Layer("#75747e", 0, 5, "0 10", 5, "round")),
}
"""The signs differ in colour, in lightness and in pattern, so that any one of the three is enough."""


@dataclass(frozen=True)
class Shape:
    """Where a factor's part is on the canvas, and the tag with its name."""

    width: float
    paths: tuple[str, ...]
    tag: tuple[int, int]
    """The middle of the tag's left end, or of its right end when it is `right`."""
    line: tuple[int, int, int, int]
    """From the tag to the part."""
    right: bool = False


def _ring(x: float, y: float, radius: float) -> str:
    return f"M{x - radius} {y}a{radius} {radius} 0 1 1 {2 * radius} 0a{radius} {radius} 0 1 1 {-2 * radius} 0z"


# The rings' circumferences are whole numbers of dashes (40) and dots (10), so that no odd piece is left at the seam.
SHAPES: Mapping[str, Shape] = {
    "behov": Shape(
        width=20,
        paths=(_ring(186, 427, 108.2), _ring(546, 427, 108.2)),
        tag=(696, 290),
        line=(645, 300, 622, 350),
        right=True,
    ),
    "forankring": Shape(
        width=15,
        paths=(
            "M186 427L296 272L476 252",
            "M286 236L338 440L186 427",
            "M338 440L485 290",
            "M470 232L486 290Q499 364 546 427",
        ),
        tag=(136, 168),
        line=(310, 184, 410, 259),
    ),
    "plan": Shape(
        width=12,
        paths=(
            "M182 473.8L334 486.8A47 47 0 0 0 342 393.2L190 380.2A47 47 0 0 0 182 473.8z",
            "M288 456L388 424",
        ),
        tag=(268, 525),
        line=(310, 515, 300, 485),
    ),
    "samverkan": Shape(
        width=24,
        paths=(_ring(186, 427, 25.46),),
        tag=(24, 275),
        line=(110, 290, 174, 405),
    ),
    "riktning": Shape(
        width=15,
        paths=("M470 236L456 184C492 178 496 146 462 148L385 160",),
        tag=(696, 170),
        line=(560, 170, 488, 166),
        right=True,
    ),
}
"""By factor, in the order painted."""


@dataclass(frozen=True)
class Row:
    """A line of the legend."""

    part: Part
    lines: tuple[str, ...]
    """The state, and the difference where it fits."""


def svg(report: Report, texts: Texts) -> str:
    """The drawing in the report's language, as a whole SVG document that asks for nothing from elsewhere."""
    return _template("bicycle.svg.jinja").render(
        report=report,
        t=texts,
        width=WIDTH,
        height=HEIGHT,
        ink=INK,
        paper=PAPER,
        layers=LAYERS,
        shapes=SHAPES,
        parts={part.factor: part for part in report.parts},
        rows=[Row(part, _lines(part)) for part in report.parts],
        subtitle=textwrap.shorten(f"{report.title} · {report.level}", MOST_SUBTITLE_CHARACTERS, placeholder=" …"),
        tag=lambda part: textwrap.shorten(part.name, MOST_TAG_CHARACTERS, placeholder="…"),
        nails=[light for light in report.lights if light.kind == "risk"],
        stones=[light for light in report.lights if light.kind == "hinder"],
        road=road(report, texts),
        empty=not report.rider,
        description=described(report, texts),
    )


def earlier(texts: Texts) -> str:
    """A small picture in place of one whose result has changed since it was shown."""
    return _template("earlier.svg.jinja").render(t=texts, width=WIDTH, ink=INK, paper=PAPER)


def png(drawing: str) -> bytes:
    """A drawing as pixels, one and a half times its size, the same on every machine: with our own fonts only."""
    compiler = typst.Compiler(_PAGE, font_paths=_fonts(), sys_inputs={"drawing": drawing})
    pixels = compiler.compile(format="png", ppi=108)
    if not isinstance(pixels, bytes):
        raise TypeError("a drawing is one page")
    return pixels


_PAGE = f"""\
#set page(width: {WIDTH}pt, height: auto, margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%)
""".encode()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _lines(part: Part) -> tuple[str, ...]:
    state = textwrap.wrap(part.state, MOST_STATE_CHARACTERS, max_lines=2, placeholder=" …")
    both = [*state, *textwrap.wrap(part.difference, MOST_STATE_CHARACTERS)]
    return tuple(both if len(both) <= 2 else state)


def _svg(report: Report, texts: Texts) -> bytes:
    return svg(report, texts).encode()


def _png(report: Report, texts: Texts) -> bytes:
    return png(svg(report, texts))


FORMS: Mapping[str, Callable[[Report, Texts], bytes]] = {"svg": _svg, "png": _png}
"""The suffix of a file → how it is made of a report."""
EARLIER: Mapping[str, Callable[[Texts], bytes]] = {
    "svg": lambda texts: earlier(texts).encode(),
    "png": lambda texts: png(earlier(texts)),
}
"""The same for a report that is no longer so."""
