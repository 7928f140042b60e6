"""What a conversation remembers between two events: small, versioned, written as JSON by the store."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

VERSION = 1
MOST_ASKED = 5


@dataclass(frozen=True)
class Asked:
    """A question the person wrote: its running number in this conversation, its words, and whether it was queued."""

    number: int
    text: str
    sent: bool = False
    answered: str | None = None


@dataclass(frozen=True)
class State:
    """One person's conversation."""

    language: str = "sv"
    webinar: str | None = None
    welcomed: bool = False
    dialog: str = "ask"
    """Whose free text comes next: a key of DIALOGS in engine.py."""
    asked: tuple[Asked, ...] = ()
    previous: str | None = None
    """The entry answered last: what "och var?" leans on."""
    run: str | None = None
    statement: str | None = None
    """The statement shown last, which free text and "back" belong to."""
    round: str | None = None
    """The round entered last."""
    heard: str | None = None
    """Free text that waits for a choice of what it was."""
    wanted: str | None = None
    """What the next words answer: the choice that asked for them, such as `poll:7:ord`."""
    about: str | None = None
    """The question, sent or about to be, that the words to come are about."""

    def remember(self, text: str) -> tuple["State", Asked]:
        """Keep a question for the choices that follow it (send it, not what I meant)."""
        asked = Asked(self.asked[-1].number + 1 if self.asked else 1, text)
        return replace(self, asked=(*self.asked, asked)[-MOST_ASKED:]), asked

    def update(self, asked: Asked) -> "State":
        """Replace a remembered question."""
        return replace(self, asked=tuple(asked if old.number == asked.number else old for old in self.asked))

    @property
    def open_question(self) -> Asked | None:
        """The question asked last, as long as it is neither answered nor sent."""
        last = self.asked[-1] if self.asked else None
        return last if last and not last.sent and last.answered is None else None

    def question(self, number: str) -> Asked | None:
        """The remembered question of a choice such as `send:3`, or None when it is too old."""
        return next((asked for asked in self.asked if str(asked.number) == number), None)


def dump(state: State) -> dict[str, Any]:
    """The state as JSON values."""
    return {"version": VERSION, **vars(state), "asked": [dict(vars(asked)) for asked in state.asked]}


def load(kept: Any) -> State:
    """The state in JSON values; a fresh one, keeping the language, when they are of another time or broken."""
    if not isinstance(kept, dict):
        return State()
    language = "en" if kept.get("language") == "en" else "sv"
    if kept.get("version") != VERSION:
        return State(language=language, welcomed=True)
    try:
        asked = tuple(_typed(Asked, each) for each in kept["asked"])
        return replace(_typed(State, kept), language=language, asked=asked)
    except (KeyError, TypeError):
        return State(language=language, welcomed=True)


_T = TypeVar("_T", State, Asked)


def _typed(kind: type[_T], kept: dict[str, Any]) -> _T:
    """A value of the kept fields that it knows. TypeError when one is missing, or of another type."""
    known = {each.name: kept[each.name] for each in fields(kind) if each.name in kept and each.name != "asked"}
    for each in fields(kind):
        if each.name in known and not isinstance(known[each.name], each.type):  # type: ignore[arg-type]
            raise TypeError(each.name)
    return kind(**known)
