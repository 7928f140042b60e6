"""The document of a result as a PDF to hand over: one or two pages, tagged for those who listen to it."""

import dataclasses
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import typst

from bot.documents.order import Room, document
from dialogs.replies import bare
from dialogs.report import Report
from dialogs.texts import Texts

HERE = Path(__file__).parent
TEMPLATE = HERE / "result.typ"
FONTS = HERE.parent / "fonts"
MOST_PAGES = 2
ROOMS = tuple(
    Room(most, 3, (most + 1) // 2, notes=most, reflections=most, characters=40 * most, step_characters=60 * most)
    for most in range(16, 0, -1)
)
"""From the most to the least that is tried: what is longer than two pages loses something at the end of each list."""
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u200d\ufe0f\u20e3]+")


def pdf(report: Report, texts: Texts, picture: str | None = None, alt: str = "") -> bytes:
    """The PDF of a result, with the bicycle (SVG, and the same in words) at its head when there is one.

    Safe to call from several threads at once: each call compiles for itself, and only the fonts are shared.
    """
    for room in ROOMS:
        words = bare(json.dumps(dataclasses.asdict(document(report, texts, room)), ensure_ascii=False))
        pages = MOST_PAGES if room != ROOMS[-1] else 10 * MOST_PAGES  # rather long than none at all
        if made := written(TEMPLATE, words, {"picture": picture or "", "alt": bare(alt), "pages": str(pages)}):
            return made
    raise AssertionError("the last room is for any length")


def written(template: Path, words: str, inputs: dict[str, str]) -> bytes | None:
    """A PDF of words (JSON), as accessible as its characters allow; None when it has too many pages."""
    failure: Exception | None = None
    for data, standard in _attempts(words):
        try:
            return _compiled(template, {"data": data, **inputs}, standard)
        except typst.TypstError as error:
            if error.message.startswith("panicked"):
                return None
            failure = error
    raise failure or AssertionError("there is always an attempt")


def _attempts(words: str) -> Iterator[tuple[str, Literal["ua-1"] | None]]:
    """PDF/UA-1 asks for a glyph for every character, and our fonts have no emoji: they are said in a word instead.

    A script that the fonts lack is left as empty boxes, in a PDF that is tagged all the same.
    """
    yield words, "ua-1"
    yield EMOJI.sub("[emoji]", words), "ua-1"
    yield EMOJI.sub("[emoji]", words), None


def _compiled(template: Path, inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(template, root=HERE, font_paths=_fonts(), sys_inputs=inputs, pdf_standards=standard)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
