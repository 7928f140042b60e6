"""What a person does. Channels translate their own updates into these, cleaned and bounded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """The person opened the conversation: a page, /start, the terminal."""

    webinar: str | None = None


@dataclass(frozen=True)
class Said:
    """The person wrote something. `text` is cleaned (dialogs/clean.py) and may be empty after that."""

    text: str
    removed: tuple[str, ...] = ()
    """What cleaning took out: names of kinds such as "personnummer"."""


@dataclass(frozen=True)
class Chose:
    """The person pressed a choice that was offered to them at some time."""

    choice: str


Event = Arrived | Said | Chose
EVENTS = (Arrived, Said, Chose)
