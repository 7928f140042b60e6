"""What the conversation says, the same for every channel. A channel translates it and nothing else.

Texts carry two kinds of marks as private-use characters, which never survive cleaning of what people write
(dialogs/clean.py): bold, which only curated texts can open, and isolation around words that a person wrote, so that
right-to-left letters in a name cannot reorder the line. `plain` and `html` turn them into what a channel can show.
"""

import html as markup
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

BOLD_ON, BOLD_OFF, ISOLATE_ON, ISOLATE_OFF = "\ue000", "\ue001", "\ue002", "\ue003"
MARKS = BOLD_ON + BOLD_OFF + ISOLATE_ON + ISOLATE_OFF
NUMBER = "\ue004"
"""Stands for a number that only the store can give, such as the 27 of F-27."""

_PLAIN = str.maketrans({BOLD_ON: "", BOLD_OFF: "", ISOLATE_ON: "\u2068", ISOLATE_OFF: "\u2069"})
_MARKED = re.compile(f"[{MARKS}]")
_BARE = str.maketrans(dict.fromkeys(MARKS, ""))
_TAGS = str.maketrans(
    {BOLD_ON: "<strong>", BOLD_OFF: "</strong>", ISOLATE_ON: "<bdi>", ISOLATE_OFF: "</bdi>", "\n": "<br>"}
)

Kind = Literal[
    "text",
    "welcome",
    "answer",
    "suggestion",
    "offer",
    "receipt",
    "statement",
    "result",
    "poll",
    "moderator",
    "announcement",
]
KINDS: dict[Kind, str] = {
    "text": "anything said in passing",
    "welcome": "the first message: a bot, what is stored, how to reach a person",
    "answer": "an entry of the knowledge base, with its source",
    "suggestion": "menade du …, with one to three entries",
    "offer": "no sure answer: send it to a moderator?",
    "receipt": "the question is queued and has its code",
    "statement": "one statement of the checklist",
    "result": "the result of a run, or one factor of it",
    "poll": "a question of a poll, or how the votes lie",
    "moderator": "a person's answer to a question asked earlier",
    "announcement": "something said to everybody in a webinar",
}

Input = Literal["note", "reflection", "step", "who", "day", "bridge", "reword", "sign", "ballot", "feedback"]
"""What the conversation waits for as free text, beside a question: the dialog of the same name takes it."""
INPUTS: tuple[Input, ...] = get_args(Input)


@dataclass(frozen=True)
class Choice:
    """Something to press. `quiet` ones (back, pause, send) are shown smaller than answers."""

    id: str
    label: str
    quiet: bool = False


@dataclass(frozen=True)
class Cited:
    """A source as shown: title, the source's own date, and an address only when a curator has checked it."""

    title: str
    date: str
    url: str | None = None


@dataclass(frozen=True)
class Link:
    """An address to open. It may be a key to somebody's conversation: then it is shown once, and kept nowhere."""

    label: str
    url: str
    spelled: bool = True
    """Whether a page writes out the address too, to be copied."""
    kept: bool = False
    """Whether it stays with the message: only what is no key."""


@dataclass(frozen=True)
class Picture:
    """A picture by its name (bot/media.py makes it), with all that it says in words."""

    name: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class File:
    """A file to keep, by its name (bot/media.py makes it)."""

    name: str
    title: str


@dataclass(frozen=True)
class Reply:
    """One message from the bot, or from a moderator through it. `key` names the text it was made from."""

    key: str
    text: str
    kind: Kind = "text"
    choices: tuple[Choice, ...] = ()
    input: Input | None = None
    sources: tuple[Cited, ...] = ()
    note: str | None = None
    """Small print under the message: reviewed or not, the source's age."""
    heading: str | None = None
    """What the message is about: an entry's title, "Fråga 4 av 15"."""
    progress: tuple[int, int] | None = None
    """How far a walk has come: (this one's number, how many)."""
    links: tuple[Link, ...] = ()
    image: Picture | None = None
    file: File | None = None
    reply_to: int | None = None
    """The person's own message that this answers, by its running number."""


@lru_cache(maxsize=1024)
def bold(text: str) -> str:
    """Curated text with its `**bold**` turned into marks."""
    return re.sub(r"\*\*([^*]{1,200})\*\*", f"{BOLD_ON}\\1{BOLD_OFF}", text)


def quoted(text: str) -> str:
    """Words of a person, isolated from the line they stand in."""
    return f"{ISOLATE_ON}{text}{ISOLATE_OFF}"


def bare(text: str) -> str:
    """The text without any marks."""
    return text.translate(_BARE) if _MARKED.search(text) else text


def plain(text: str) -> str:
    """The text for a channel that shows no markup."""
    return text.translate(_PLAIN) if _MARKED.search(text) else text


def html(text: str) -> str:
    """The text as safe HTML: everything escaped, marks as <strong> and <bdi>, line breaks as <br>."""
    return markup.escape(text).translate(_TAGS)
