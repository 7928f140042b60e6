"""Results to make documents of: an everyday one, a full one, an empty one and a hostile one."""

import datetime as dt
from dataclasses import replace
from functools import cache

from dialogs.report import Gap, GivenAnswer, Light, NextStep, Note, Part, Report
from dialogs.texts import Texts
from tests.talk import shipped_content

DAY = dt.date(2026, 11, 23)
EVERYDAY = Report(
    run="r-1f9c",
    language="sv",
    title="De fem faktorerna",
    level="Bygd eller ort",
    purpose="Vi är igång och vill analysera",
    length="Kort, 15 frågor",
    version=1,
    day=DAY,
    people=1,
    parts=(
        Part("samverkan", "Samverkan", "navet", "svag", "Behöver arbete", 1, 6, 0, 0),
        Part("plan", "Plan", "kedjan", "svag", "Behöver arbete", 2, 6, 0, 0),
        Part("forankring", "Förankring", "ekrarna", "pa-vag", "På väg", 2, 4, 1, 0),
        Part("behov", "Behov", "hjulen", "bar", "Bär bra", 5, 6, 0, 0),
        Part("riktning", "Riktning", "styret", "okand", "För få svar för att säga något.", 0, 2, 1, 1),
    ),
    interplay=(
        "Utan samverkan saknas motorn i arbetet. Då hjälper det inte att behovet är tydligt.",
        "Utan plan saknas kartan, och förankringen får inget att hålla fast vid.",
    ),
    lights=(),
    unknown_lights=0,
    gaps=(
        Gap(
            "Samverkan",
            "Föreningar, företag och kommun möts regelbundet om servicen här.",
            "Nej",
            "Kalla till ett första möte om en enda fråga. Ta med kommunen från början, så blir ni ingen ö.",
            ("Ämnesforum", "Serviceforum", "Exempel: partnerskapet i Västerbotten"),
        ),
        Gap(
            "Samverkan",
            "Vi vet vem som gör vad mellan föreningen, butiken och kommunen.",
            "Delvis",
            "Skriv upp på ett papper vem som gör vad, och låt alla rätta i det.",
            ("Kartlägg parterna",),
        ),
        Gap(
            "Plan",
            "Det finns en skriven plan som alla kan läsa.",
            "Nej",
            "Skriv en sida: vad, vem, när. Häng upp den i butiken.",
            (),
        ),
        Gap(
            "Förankring",
            "De som berörs känner sig fortfarande delaktiga.",
            "Vet inte",
            "Berätta enkelt vad ni vill, lyssna och visa vad ni gjorde av svaren. Goda relationer skapar engagemang.",
            ("Löpande förankring", "Fysiskt möte med öppen dagordning"),
        ),
    ),
    reflections=(
        Note("Vem cyklar hos er? Vem äger frågan, de som har behovet, företagen eller det offentliga?", "Byalaget"),
        Note("Vad skulle få fler att vara med, och att orka länge?", ""),
    ),
    notes=(
        Note("Behoven vi utgår från kommer från orten och stämmer fortfarande.", "Vi frågade alla hushåll i våras."),
    ),
    step=NextStep("Bjuda in kommunen till ett möte i bygdegården", "Anna i byalaget", dt.date(2026, 12, 7)),
    closing="",
    answers=(
        GivenAnswer(
            "samverkan-lokal-1", "samverkan", "Föreningar, företag och kommun möts.", "nej", "Nej", "=HYPERLINK(1)"
        ),
        GivenAnswer("plan-lokal-1", "plan", "En plan; alla kan läsa den.", "", "inget svar", 'Sa "kanske"\nsen'),
    ),
)
LIGHTS = (
    Light("hinder", "lit", "De som borde samarbeta möts sällan eller aldrig.", "Kalla till ett första möte."),
    Light("risk", "half", "Allt hänger på en eldsjäl.", "Dela på ansvaret, och skriv ner hur ni gör."),
)
FULL = replace(
    EVERYDAY,
    length="Hela, 30 frågor",
    people=14,
    parts=tuple(replace(part, difference="Bättre än sist") for part in EVERYDAY.parts),
    lights=LIGHTS,
    unknown_lights=2,
    gaps=tuple(replace(gap, statement=f"{number}. {gap.statement}") for number, gap in enumerate(EVERYDAY.gaps * 6, 1)),
    notes=tuple(
        Note(f"Påstående {number}", f"Anteckning {number}: vi har pratat om det här länge.") for number in range(1, 13)
    ),
    closing="Tack. Ta med det här till nästa möte.",
)
EMPTY = replace(
    EVERYDAY,
    parts=tuple(
        replace(part, sign="okand", state="För få svar för att säga något.", points=0, possible=0, unknown=0)
        for part in EVERYDAY.parts
    ),
    interplay=(), gaps=(), notes=(), step=None, answers=(),
    reflections=tuple(replace(note, text="") for note in EVERYDAY.reflections),
)  # fmt: skip
MARKUP = '#import "@preview/x": * #panic() $a^2$ \\ *fet* _kursiv_ `kod` <m> @ref // borta /* */ = Rubrik #{1+1} "q"'
"""What typst would take as its own."""
ODD = (
    MARKUP,
    "👍🏽 👨‍👩‍👧 🚲 bra",
    "שלום עולם وادي العربي",
    "ä" * 500,
    "日本語" * 160,
    "\n".join("rad" for _ in range(120)),
)
HOSTILE = replace(
    FULL,
    notes=tuple(Note(f"Påstående {number}", (ODD[number % len(ODD)] * 20)[:500]) for number in range(60)),
    reflections=tuple(Note(note.about, text[:500]) for note, text in zip(EVERYDAY.reflections * 2, ODD, strict=False)),
    step=NextStep(MARKUP, "W" * 300, dt.date(2026, 12, 7)),
)
ENGLISH = replace(
    EVERYDAY,
    language="en",
    title="The five factors",
    level="Village or place",
    purpose="We are under way and want to analyse",
    length="Short, 15 questions",
    parts=(Part("samverkan", "Collaboration", "the hub", "svag", "Needs work", 1, 6, 0, 0),),
    interplay=("Without collaboration the motor is missing.",),
    gaps=(Gap("Collaboration", "Those who are needed meet.", "No", "Call a first meeting.", ("Forum",)),),
    reflections=(Note("Who is cycling with you?", ""),),
    notes=(),
    step=None,
)
EXAMPLES = {"everyday": EVERYDAY, "full": FULL, "empty": EMPTY, "hostile": HOSTILE, "english": ENGLISH}

ALT = "En cykel: navet behöver arbete, hjulen bär bra."
BICYCLE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 968" width="720" height="968">
<rect width="720" height="968" rx="24" fill="#f7f2e7"/>
<g fill="none" stroke="#1f4f40" stroke-width="16"><circle cx="190" cy="560" r="140"/><circle cx="530" cy="560" r="140"/>
<path d="M190 560 L300 340 L470 340 L360 560 Z M300 340 L360 560 M470 340 L530 560 M450 260 L520 260"/></g>
<text x="360" y="860" text-anchor="middle" font-family="Lotsen Sans" font-size="40" fill="#1f2e28">Navet</text></svg>"""
"""Until the real one is asked for: its size and its own background."""


@cache
def texts(language: str) -> Texts:
    """The shipped phrases."""
    return shipped_content().texts[language]
