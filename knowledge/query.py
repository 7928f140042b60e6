"""What is asked of the matcher, and what it says: the seam between the conversation and the engine."""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["answer", "suggest", "handover", "reply"]


@dataclass(frozen=True)
class Query:
    """One message, as the person wrote it.

    `webinar` is the code of a webinar that is planned or open, `previous` the entry answered just before.
    """

    text: str
    language: str = "sv"
    webinar: str | None = None
    previous: str | None = None


@dataclass(frozen=True)
class Candidate:
    """An entry and how sure the engine is of it, 0 to 1."""

    topic: str
    score: float


@dataclass(frozen=True)
class Match:
    """What the chat should do with a message.

    answer    give `topic`'s answer
    suggest   offer the entries in `offered` (one to three) as "menade du …"
    handover  offer to send it to a moderator
    reply     small talk of the kind `reply` (a kind of small_talk.yaml, or "gibberish"); nothing is queued

    `candidates` are the best five, best first, whatever was decided. `parts` holds one Match for each question when
    the message holds several.
    """

    decision: Decision
    topic: str | None = None
    offered: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    reply: str | None = None
    parts: tuple["Match", ...] = ()
    text: str = ""
    language: str | None = None
    """The language the message was read in, which need not be the one expected."""
