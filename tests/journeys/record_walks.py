"""Writes the walk-*.jsonl journeys anew: `PYTHONPATH=. .venv/bin/python -m tests.journeys.record_walks`.

Each is a whole walk with mixed answers, notes, whys, steps back, reflections and a next step, the same at every
recording. To be run when the checklists have got other statements, and then to be read through.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.console import step
from dialogs.events import Arrived, Chose, Event, Said
from tests.talk import Talk, keys

FOLDER = Path(__file__).parent
ANSWERS = ("ja", "delvis", "nej", "vet-ej", "ej-aktuellt", "ja", "delvis", "nej", "ja")
TYPED = {
    "sv": {"ja": "Ja", "nej": "nej", "delvis": "till viss del", "vet-ej": "vet inte", "ej-aktuellt": "5"},
    "en": {"ja": "Yes", "nej": "no", "delvis": "partly", "vet-ej": "don't know", "ej-aktuellt": "n/a"},
}
NOTES = ("Vi frågade i våras", "Butiken stänger 17 på vardagar", "Fråga Eva & Bo <om> bussen", "Ta upp på årsmötet")
SAID = ("Byalaget och butiken", "En gemensam träff i månaden", "Korta uppdrag med slutdatum")
DAYS = ("om två veckor", "den 15 mars", "15/5", "in ten days", "på fredag", "31 april")
LENGTHS = ("short", "full")


@dataclass
class Recording:
    """A talk that writes down what is done."""

    chance: random.Random
    talk: Talk = field(default_factory=Talk)
    lines: list[str] = field(default_factory=list)

    def does(self, event: Event) -> None:
        """One step of the journey."""
        replies = keys(self.talk.hear(event).replies)
        match event:
            case Arrived():
                done: dict[str, object] = {"arrived": True}
            case Said(text):
                done = {"said": text}
            case Chose(choice):
                done = {"chose": self.talk.meant(choice) if "*" in choice else choice}
            case _:
                raise AssertionError(event)
        self.lines.append(step(done, replies))

    def presses(self, choice: str) -> None:
        """The newest choice like this, by its whole name."""
        self.does(Chose(self.talk.meant(choice)))

    def answers(self, number: int) -> None:
        """One statement, with something done before it now and then."""
        before = number % 7
        if before == 2:
            self.presses("why:*")
        elif before == 4:
            self.presses("note:*")
            self.does(Said(self.chance.choice(NOTES)))
        elif before == 6:
            self.presses("back:*")
            self.presses(f"a:*:{self.chance.choice(ANSWERS)}")
        if self.talk.last.key == "walk.statement":
            answer = self.chance.choice(ANSWERS)
            if number % 5 == 3:
                self.does(Said(TYPED[self.talk.state.language][answer]))
            else:
                self.presses(f"a:*:{answer}")

    def reflects(self) -> None:
        """Something to say to the first and the last reflection, a question in between, nothing to the others."""
        number = 0
        while self.talk.last.key == "walk.reflection":
            if number == 1:
                self.does(Said("What counts as rural?" if self.talk.state.language == "en" else "Vad är landsbygd?"))
                self.presses("reflect:*")
            else:
                self.does(Said(SAID[number % len(SAID)]))
            number += 1

    def goes_on(self) -> None:
        """A next step, and a look around in the result."""
        self.presses("result:*:plan")
        self.presses("step:*")
        self.presses("step:*:*")
        self.does(Said("Anna i byalaget"))
        day = self.chance.choice(DAYS)
        self.does(Said(day))
        if self.talk.last.key == "step.unclear_day":
            self.presses("due:*:30")
        self.presses("reconsider:*:vem-cyklar")
        self.presses("keep:*")
        self.presses("change:*")
        self.presses("show:*")
        self.presses("a:*:delvis")
        self.presses("document:*")
        self.presses("result:*")
        if self.talk.run.length == "short":
            self.presses("longer:*")
            self.presses("a:*:ja")
            self.presses("a:*:nej")
            self.presses("pause")


def recorded(seed: int, language: str, *choices: str) -> list[str]:
    """A whole walk from arrival to a look around in the result."""
    recording = Recording(random.Random(seed))
    recording.does(Arrived())
    if language == "en":
        recording.does(Said("English"))
    recording.does(Said("checklist" if language == "en" else "checklista"))
    for choice in choices:
        recording.does(Chose(choice))
    number = 0
    while recording.talk.last.key == "walk.statement":
        recording.answers(number := number + 1)
        if number == len(choices) * 2:
            recording.does(Said("pause" if language == "en" else "paus"))
            recording.presses("resume:*")
    recording.reflects()
    recording.goes_on()
    return recording.lines


def main() -> None:
    """Write them all."""
    walks = {
        f"walk-{level}-{purpose}-{length}": (f"new:fem-faktorer{pair}" for pair in
                                             ("", f":{level}", f":{level}:{purpose}", f":{level}:{purpose}:{length}"))
        for level in ("lokal", "regional") for purpose in ("start", "ongoing") for length in LENGTHS
    }  # fmt: skip
    for seed, (name, choices) in enumerate({**walks, "walk-forbered-ansokan": ("new:forbered-ansokan",)}.items()):
        language = "en" if seed % 4 == 3 else "sv"
        (FOLDER / f"{name}.jsonl").write_text("".join(recorded(seed, language, *choices)), encoding="utf-8")


if __name__ == "__main__":
    main()
