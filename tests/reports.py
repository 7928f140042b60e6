"""Results as stories: what a village, or a region, might hear of its bicycle."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from dialogs.report import Gap, GivenAnswer, Light, NextStep, Note, Part, Report, Sign

DAY = dt.date(2026, 11, 12)
FACTORS = ("behov", "forankring", "samverkan", "plan", "riktning")

Words = Mapping[str, Mapping[str, str]]
NAMES: Words = {
    "sv": dict(zip(FACTORS, ("Behov", "Förankring", "Samverkan", "Plan", "Riktning"), strict=True)),
    "en": dict(zip(FACTORS, ("Needs", "Anchoring", "Collaboration", "Plan", "Direction"), strict=True)),
}
PARTS: Words = {
    "sv": dict(zip(FACTORS, ("däcken", "ramen", "navet", "kedjan", "styret"), strict=True)),
    "en": dict(zip(FACTORS, ("the tyres", "the frame", "the hub", "the chain", "the handlebar"), strict=True)),
}
STATES: Mapping[str, Mapping[Sign, str]] = {
    "sv": {"bar": "Bär bra", "pa-vag": "På väg", "svag": "Behöver arbete", "okand": "För få svar för att säga något."},
    "en": {
        "bar": "Carries well",
        "pa-vag": "On the way",
        "svag": "Needs work",
        "okand": "Too few answers to say anything.",
    },
}
LEVELS = {"sv": "Bygd eller ort", "en": "Village or place"}
TITLES = {"sv": "De fem faktorerna", "en": "The five factors"}
POINTS: Mapping[Sign, tuple[int, int, int]] = {
    "bar": (9, 10, 0),
    "pa-vag": (6, 10, 0),
    "svag": (2, 10, 1),
    "okand": (0, 2, 4),
}
"""Points, points possible, don't know."""
WEAKEST_FIRST: tuple[Sign, ...] = ("svag", "pa-vag", "bar", "okand")

GAPS = {
    "sv": (
        Gap("Samverkan", "Det finns en mötesplats där vi kan prata just om service.", "Nej",
            "Börja med ett enda möte om en enda fråga.", ("Serviceforum", "Kartlägg parterna")),
        Gap("Samverkan", "De som är med gör det de har sagt.", "Delvis", "Skriv upp vem som gör vad.", ()),
    ),
    "en": (
        Gap("Collaboration", "There is a setting where we can meet about services.", "No",
            "Start with one meeting on one question.", ("Service forum", "Map the parties")),
        Gap("Collaboration", "Those taking part do what they said.", "Partly", "Write down who does what.", ()),
    ),
}  # fmt: skip
STATEMENTS = {
    "sv": ("De som borde samarbeta möts sällan eller aldrig.", "Arbetet hänger på en eller två personer."),
    "en": ("Those who should cooperate seldom or never meet.", "The work hangs on one or two people."),
}
NOTES = {
    "sv": (Note("Vi vet vilken service som saknas.", "Macken <stängde> i mars & ingen vet vad som händer."),),
    "en": (Note("We know which services are missing.", "The petrol station <closed> in March & nobody knows."),),
}
REFLECTIONS = {
    "sv": (Note("Vem cyklar hos er?", "Kanske byalaget."), Note("Vad skulle få fler att vara med?", "")),
    "en": (
        Note("Who is cycling with you?", "Perhaps the village team."),
        Note("What would make more join?", ""),
    ),
}
STEPS = {
    "sv": NextStep("Bjud in handlaren och kommunen till ett möte.", "Byalaget", dt.date(2026, 12, 1)),
    "en": NextStep("Invite shopkeeper and municipality to a meeting.", "The village team", dt.date(2026, 12, 1)),
}


def report(signs: Mapping[str, Sign], language: str = "sv", **changes: object) -> Report:
    """A result whose factors stand so; what is not said is good. Without lights, gaps and step."""
    stand: dict[str, Sign] = {factor: signs.get(factor, "bar") for factor in FACTORS}
    order = sorted(FACTORS, key=lambda factor: WEAKEST_FIRST.index(stand[factor]))
    made = Report(
        run="r-1",
        language=language,
        title=TITLES[language],
        level=LEVELS[language],
        purpose={"sv": "Vi är igång och vill analysera", "en": "We are under way and want to analyse"}[language],
        length={"sv": "Kort", "en": "Short"}[language],
        version=1,
        day=DAY,
        people=1,
        parts=tuple(part(factor, stand[factor], language) for factor in order),
        interplay=(),
        lights=(),
        unknown_lights=0,
        gaps=(),
        reflections=REFLECTIONS[language],
        notes=(),
        step=None,
        closing="",
        answers=(
            GivenAnswer("behov-1", "behov", "Vi vet vilken service som saknas.", "ja", "Ja", ""),
            GivenAnswer("risk-eldsjal", "", "Arbetet hänger på en eller två personer.", "nej", "Nej", ""),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def part(factor: str, sign: Sign, language: str = "sv") -> Part:
    """A factor that stands so."""
    points, possible, unknown = POINTS[sign]
    name, place, state = NAMES[language][factor], PARTS[language][factor], STATES[language][sign]
    return Part(factor, name, place, sign, state, points, possible, unknown, not_applicable=0)


def lights(language: str, **kinds: str) -> tuple[Light, ...]:
    """`risk="lit half"`: the lights that shine so, of each kind."""
    hinder, risk = STATEMENTS[language]
    statements = {"hinder": hinder, "risk": risk}
    made = [
        Light(kind, shine, statements[kind], "Ta upp det på nästa möte.")  # type: ignore[arg-type]
        for kind, shines in kinds.items()
        for shine in shines.split()
    ]
    return tuple(sorted(made, key=lambda light: light.shine == "half"))


def all_well(language: str = "sv") -> Report:
    """Every part carries, the road is clear, and somebody cycles."""
    return report({}, language, step=STEPS[language], rider=STEPS[language].who)


def hub_weak(language: str = "sv") -> Report:
    """All would be well, but the hub needs work."""
    interplay = {"sv": "När navet kärvar stannar kedjan.", "en": "When the hub jams, the chain stops."}[language]
    return report(
        {"samverkan": "svag"},
        language,
        gaps=GAPS[language],
        interplay=(interplay,),
        lights=lights(language, hinder="half"),
        notes=NOTES[language],
        step=replace(STEPS[language], who=""),
    )


def no_plan_no_direction(language: str = "sv") -> Report:
    """Good will in the village, but nobody knows who does what, or where to."""
    return report(
        {"plan": "svag", "riktning": "svag", "samverkan": "pa-vag"},
        language,
        gaps=GAPS[language],
        lights=lights(language, hinder="lit half", risk="half"),
        notes=NOTES[language],
        unknown_lights=1,
        step=STEPS[language],
    )


def all_unknown(language: str = "sv") -> Report:
    """They answered don't know almost everywhere."""
    return report(dict.fromkeys(FACTORS, "okand"), language, unknown_lights=12)


def with_nails(language: str = "sv") -> Report:
    """A mixed bicycle on a road where every risk and every hinder shines, more or less; walked before."""
    made = report(
        {"behov": "pa-vag", "forankring": "svag", "samverkan": "okand", "riktning": "pa-vag"},
        language,
        gaps=GAPS[language],
        lights=lights(language, risk="lit lit half half", hinder="lit lit lit lit lit half half half"),
        notes=NOTES[language],
    )
    better = {"sv": "Bättre än i maj", "en": "Better than in May"}[language]
    return replace(made, parts=(replace(made.parts[0], difference=better), *made.parts[1:]))


STORIES = (all_well, hub_weak, no_plan_no_direction, all_unknown, with_nails)
