"""What a person does. Channels translate their own updates into these, cleaned and bounded."""

from dataclasses import dataclass
from typing import get_args


@dataclass(frozen=True)
class Arrived:
    """The person opened the conversation: a page, /start, the terminal."""

    webinar: str | None = None
    lost: bool = False
    """Whether the link it was opened by leads nowhere, or nowhere any more."""
    returned: bool = False
    """Whether it was opened by a link of the person's own, from somewhere else."""
    taken: bool = False
    """Whether such a link would replace the conversation that is here already."""
    round: str | None = None
    """The code of a round that it was opened by."""
    joins: bool = False
    """Whether the person has said yes to taking part in it."""
    desk: str | None = None
    """The token of a moderator's sign-in link that it was opened by."""


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


SHOWN = ("sticker", "voice", "photo", "file", "location", "contact", "other")
"""What can be sent in place of words."""


@dataclass(frozen=True)
class Showed:
    """The person sent something that is not words: one of SHOWN."""

    what: str


@dataclass(frozen=True)
class Gathered:
    """Answers to a run that a device recorded without coverage have been kept: new ones to so many statements, since
    some may have come before."""

    run: str
    new: int


@dataclass(frozen=True)
class CameBack:
    """The service was away so long that what the person pressed meanwhile may be lost."""


Event = Arrived | Said | Chose | Showed | Gathered | CameBack
EVENTS: tuple[type[Event], ...] = get_args(Event)
