"""What the picture of a result shows, in words. The picture itself is drawn by bot/bicycle.py."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dialogs.replies import plain, quoted
from dialogs.report import Report
from dialogs.texts import Texts

WIDTH, HEIGHT = 720, 968
MARK_CHARACTERS = 12

LIGHTS: Mapping[Literal["risk", "hinder"], str] = {"risk": "bicycle.nails", "hinder": "bicycle.stones"}


@dataclass(frozen=True)
class Lying:
    """A line on what lies on the road."""

    kind: Literal["risk", "hinder", "unknown", "clear"]
    words: str


def name(report: Report) -> str:
    """What the picture is fetched by. It carries a mark of what is drawn: another result has another address."""
    parts = [(part.factor, part.sign, part.difference) for part in report.parts]
    lights = [(light.kind, light.shine) for light in report.lights]
    seen = (_asked(report), bool(report.rider), report.own, report.day.isoformat())
    drawn = (parts, lights, report.unknown_lights, *seen)
    mark = hashlib.sha256(repr(drawn).encode()).hexdigest()[:MARK_CHARACTERS]
    return f"{report.run}.{report.language}.{mark}"


def _asked(report: Report) -> bool:
    return any(each.answer for each in report.answers if not each.factor)


def road(report: Report, texts: Texts) -> tuple[Lying, ...]:
    """What lies on the road; it is clear only where everything has been asked and is known."""
    kinds = {light.kind for light in report.lights}
    lying = [Lying(kind, texts(key, **_counted(report, kind))) for kind, key in LIGHTS.items() if kind in kinds]
    if report.unknown_lights:
        lying.append(Lying("unknown", texts("bicycle.unknown_lights", count=report.unknown_lights)))
    nothing = Lying("clear", texts("bicycle.clear")) if _asked(report) else Lying("unknown", texts("bicycle.unasked"))
    return tuple(lying) or (nothing,)


def _counted(report: Report, kind: str) -> dict[str, int]:
    shines = [light.shine for light in report.lights if light.kind == kind]
    return {"lit": shines.count("lit"), "half": shines.count("half")}


def alt(report: Report, texts: Texts) -> str:
    """All that the drawing shows, in words, and who cycles: that only stands here."""
    who = texts("bicycle.rider", who=quoted(report.rider)) if report.rider else texts("bicycle.no_rider")
    return f"{described(report, texts)} {plain(who)}"


def described(report: Report, texts: Texts) -> str:
    """The same without anybody's name."""
    parts = [
        texts("bicycle.part", factor=part.name, part=part.part, state=_sentences(part.state, part.difference))
        for part in report.parts
    ]
    lying = [_sentences(each.words) for each in road(report, texts)]
    key = "bicycle.alt_own" if report.own else "bicycle.alt"
    intro = texts(key, title=report.title, level=report.level, day=report.day)
    return plain(" ".join([intro, *parts, *lying]))


def _sentences(*words: str) -> str:
    """Each that says something, with one full stop."""
    return " ".join(f"{each.rstrip('.')}." for each in words if each)
