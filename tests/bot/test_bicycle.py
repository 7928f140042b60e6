"""The bicycle as a picture: every state seen in three ways, nothing cut off, the same on a bare machine."""

import hashlib
import itertools
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
import typst

from bot import bicycle
from dialogs.bicycle import HEIGHT, WIDTH, alt
from dialogs.report import Report, Sign
from dialogs.texts import Texts
from tests import reports
from tests.content import ROOT
from tests.talk import shipped_content

SVG = "{http://www.w3.org/2000/svg}"
SIGNS: tuple[Sign, ...] = get_args(Sign)
HOSTILE = "</text><script>alert(1)</script> & \"'<!--]]>"
LEAST_TEXT = 22
"""So that it reads on a phone, where the drawing is half its size."""
WIDER = 1.15
"""How much wider a reader's own font may be, in a drawing shown as an image."""

every_story = pytest.mark.parametrize("story", reports.STORIES, ids=lambda story: story.__name__)
both_languages = pytest.mark.parametrize("language", ["sv", "en"])
Story = Callable[[str], Report]


def texts(language: str = "sv") -> Texts:
    return shipped_content().texts[language]


def drawn(report: Report) -> ET.Element:
    return ET.fromstring(bicycle.svg(report, texts(report.language)))  # noqa: S314


def seen(drawing: ET.Element) -> str:
    """All words a reader sees, on one line."""
    return " ".join(" ".join("".join(each.itertext()).split()) for each in drawing.iter(f"{SVG}text"))


def part(drawing: ET.Element, factor: str) -> str:
    return ET.tostring(next(each for each in drawing.iter() if each.get("id") == f"bicycle-{factor}"), "unicode")


@every_story
@both_languages
def test_every_part_stands_there_in_words_in_the_drawing_and_in_its_alternative(story: Story, language: str) -> None:
    report = story(language)
    words, alternative = seen(drawn(report)), alt(report, texts(language))
    for each in report.parts:
        assert f"{each.name} · {each.part} {each.state}" in words
        assert f"{each.name}, {each.part}: {each.state.rstrip('.')}." in alternative
        assert each.difference in words
        assert each.difference in alternative
    places = [alternative.index(f"{each.name}, ") for each in report.parts]
    assert places == sorted(places), "weakest first"
    assert (report.title in words, report.level in words, str(report.day) in words) == (True, True, True)


def test_the_hub_alone_is_drawn_as_weak() -> None:
    weak, well = drawn(reports.hub_weak()), drawn(reports.all_well())
    assert [factor for factor in bicycle.SHAPES if part(weak, factor) != part(well, factor)] == ["samverkan"]


@pytest.mark.parametrize("factor", reports.FACTORS)
def test_signs_differ_in_pattern_also_without_colour(factor: str) -> None:
    def pattern(sign: Sign) -> str:
        painted = ET.fromstring(part(drawn(reports.report({factor: sign})), factor))  # noqa: S314
        return json.dumps([
            [each.get("stroke-dasharray"), each.get("stroke-linecap"), str(each.get("stroke")).startswith("url")]
            for each in painted.iter(f"{SVG}g")
        ])  # fmt: skip

    assert len({pattern(sign) for sign in SIGNS}) == len(SIGNS)


def test_signs_differ_in_lightness_also_in_print() -> None:
    def lightness(paint: str) -> float:
        channels = [int(paint[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]) + 0.05

    main = sorted(lightness(bicycle.LAYERS[sign][2 if sign == "svag" else 1].paint) for sign in SIGNS)
    assert all(lighter / darker > 1.35 for darker, lighter in itertools.pairwise(main))


def test_lights_lie_on_the_road_and_are_counted_in_words() -> None:
    report = reports.with_nails()
    words = seen(drawn(report))
    for key, lit, half in (("bicycle.nails", 2, 2), ("bicycle.stones", 5, 3)):
        line = texts()(key, lit=lit, half=half)
        assert (line in words, line in alt(report, texts())) == (True, True)
    assert texts()("bicycle.clear") not in words


def test_the_road_is_called_clear_only_where_all_is_known() -> None:
    clear, unknown = texts()("bicycle.clear"), texts()("bicycle.unknown_lights", count=12)
    assert clear in seen(drawn(reports.all_well()))
    words = seen(drawn(reports.all_unknown()))
    assert (clear in words, unknown in words) == (False, True)


def test_a_road_that_nobody_asked_about_is_not_called_clear() -> None:
    report = reports.report({})
    short = replace(report, answers=tuple(each for each in report.answers if each.factor))
    words = seen(drawn(short))
    assert (texts()("bicycle.clear") in words, texts()("bicycle.unasked") in words) == (False, True)


@both_languages
def test_the_saddle_asks_who_cycles_until_somebody_does_and_only_the_alternative_names_them(language: str) -> None:
    nobody, somebody, says = reports.hub_weak(language), reports.all_well(language), texts(language)
    assert somebody.rider
    assert says("bicycle.who") in seen(drawn(nobody))
    assert says("bicycle.no_rider") in alt(nobody, says)
    assert says("bicycle.who") not in seen(drawn(somebody))
    assert somebody.rider in alt(somebody, says)
    assert somebody.rider not in bicycle.svg(somebody, says)


@every_story
@both_languages
def test_the_drawing_is_a_whole_image_of_its_own(story: Story, language: str) -> None:
    drawing = drawn(story(language))
    ids = [each.get("id") for each in drawing.iter() if each.get("id")]
    assert len(set(ids)) == len(ids)
    assert (drawing.get("role"), drawing.get("lang")) == ("img", language)
    assert set(str(drawing.get("aria-labelledby")).split()) <= set(ids)
    assert [str(each.tag).removeprefix(SVG) for each in list(drawing)[:2]] == ["title", "desc"]
    assert all(each.text and each.text.strip() for each in list(drawing)[:2])
    assert not {f"{SVG}{name}" for name in ("script", "image", "style", "foreignObject")} & {
        e.tag for e in drawing.iter()
    }
    assert not [name for each in drawing.iter() for name in each.attrib if "href" in name or name.startswith("on")]
    assert texts(language)("bicycle.ours") in seen(drawing)


def test_words_of_any_kind_stay_words_and_inside() -> None:
    report = replace(reports.with_nails(), title=HOSTILE, level=HOSTILE * 9)
    report = replace(report, parts=tuple(replace(each, name=HOSTILE, state=HOSTILE) for each in report.parts))
    source = bicycle.svg(report, texts())
    assert "<script" not in source
    assert HOSTILE in "".join(next(drawn(report).iter(f"{SVG}title")).itertext())
    assert bicycle.png(source)


@dataclass(frozen=True)
class Box:
    """Words where they stand."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            min(self.right, other.right) > max(self.left, other.left)
            and min(self.bottom, other.bottom) > max(self.top, other.top)
        )  # fmt: skip


@cache
def width(words: str, size: float, bold: bool) -> float:
    """As typst measures it in the font that is shipped."""
    source = (
        "#context metadata(measure(text(font: sys.inputs.font, size: float(sys.inputs.size) * 1pt,"
        " weight: int(sys.inputs.weight), sys.inputs.words)).width.pt())"
    )
    inputs = {"font": "Lotsen Sans", "size": str(size), "weight": "700" if bold else "400", "words": words}
    compiler = typst.Compiler(source.encode(), font_paths=bicycle._fonts(), sys_inputs=inputs)
    return float(json.loads(compiler.query("metadata", field="value", one=True)))


def boxes(drawing: ET.Element) -> list[Box]:
    parents = {child: parent for parent in drawing.iter() for child in parent}
    return [_box(each, parents) for each in drawing.iter(f"{SVG}text")]


def _box(text: ET.Element, parents: Mapping[ET.Element, ET.Element]) -> Box:
    size, x, y = (float(text.get(name, "0")) for name in ("font-size", "x", "y"))
    bold = text.get("font-weight") == "700"
    runs = [(text.text or "", bold)]
    for run in text:
        runs += [(run.text or "", True), (run.tail or "", bold)]
    long = sum(width(words, size, heavy) for words, heavy in runs if words) * WIDER
    left = x - long if text.get("text-anchor") == "end" else x
    down = y + (-24 if parents[text].get("transform") == "translate(0 -24)" else 0)
    return Box("".join(text.itertext()), left, down - 0.74 * size, left + long, down + 0.2 * size)


@every_story
@both_languages
def test_no_words_meet_or_leave_the_canvas_or_are_small(story: Story, language: str) -> None:
    drawing = drawn(story(language))
    found = boxes(drawing)
    assert [box for box in found if box.left < 24 or box.right > WIDTH - 16 or box.top < 8
            or box.bottom > HEIGHT - 8] == []  # fmt: skip
    assert [(one.words, other.words) for one, other in itertools.combinations(found, 2) if one.meets(other)] == []
    assert min(float(each.get("font-size", "0")) for each in drawing.iter(f"{SVG}text")) >= LEAST_TEXT


@every_story
@both_languages
def test_tags_hold_their_names_and_keep_apart(story: Story, language: str) -> None:
    drawing = drawn(story(language))
    tags = [Box("", *_corners(each)) for each in drawing.iter(f"{SVG}rect")]
    assert len(tags) == len(reports.FACTORS)
    assert not any(one.meets(other) for one, other in itertools.combinations(tags, 2))
    for tag in tags:
        inside = [box for box in boxes(drawing) if box.meets(tag)]
        assert [box.words for box in inside if box.left < tag.left or box.right > tag.right - 4] == []
        assert len(inside) == 1
    assert all(0 < tag.left < tag.right < WIDTH for tag in tags)


def _corners(rect: ET.Element) -> tuple[float, float, float, float]:
    x, y, wide, high = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y - 24, x + wide, y - 24 + high


@every_story
def test_as_pixels_it_is_twice_the_size_and_full_of_things(story: Story) -> None:
    pixels = bicycle.png(bicycle.svg(story("sv"), texts()))
    assert pixels[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", pixels[16:24]) == (1.5 * WIDTH, 1.5 * HEIGHT)
    assert len(pixels) > 100_000
    assert len(pixels) < 1_000_000


def test_the_words_are_there_as_pixels_too() -> None:
    source = bicycle.svg(reports.all_well(), texts())
    assert bicycle.png(source) != bicycle.png(source.replace(">Er cykel<", ">Er c kel<"))


def test_it_is_the_same_on_a_machine_without_fonts(tmp_path: Path) -> None:
    drawing = bicycle.svg(reports.with_nails(), texts())
    code = (
        "import hashlib, sys; from bot import bicycle;print(hashlib.sha256(bicycle.png(sys.stdin.read())).hexdigest())"
    )
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "FONTCONFIG_FILE": os.devnull, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], input=drawing, env=bare, cwd=tmp_path,
                          capture_output=True, text=True, encoding="utf-8", check=True)  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(bicycle.png(drawing)).hexdigest()
    assert {font.family for font in bicycle._fonts().fonts()} == {"Lotsen Sans"}
    assert {font.weight for font in bicycle._fonts().fonts()} == {400, 700}


def test_the_fonts_are_small_and_come_with_their_licence() -> None:
    assert sum(path.stat().st_size for path in bicycle.FONTS.glob("*.ttf")) < 150_000
    assert 'Reserved Font Name "Lato"' in (bicycle.FONTS / "OFL.txt").read_text(encoding="utf-8")
