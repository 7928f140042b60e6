"""What is chosen before a walk or a round: the checklist, the level, the purpose and the length, one at a time.

A choice that stands open is kept in the state, so that its words can be typed instead of pressed.
"""

from dataclasses import dataclass, replace

from dialogs import ask
from dialogs import checklist as rules
from dialogs.context import Context, Turn
from dialogs.definitions import LENGTHS, Checklist, Option
from dialogs.records import Run
from dialogs.replies import Choice, Reply
from knowledge.normalise import fold


@dataclass(frozen=True)
class Way:
    """Something to choose, and what people may type for it beside its label."""

    choice: Choice
    words: tuple[str, ...] = ()

    def is_meant(self, text: str) -> bool:
        """Whether these words name it, whatever their case, accents and signs."""
        return fold(text) in map(fold, (self.choice.label, *self.words))


@dataclass(frozen=True)
class Open:
    """What is to be chosen next: the phrase that asks, what the ids of its choices begin with, and the choices."""

    key: str
    at: str
    ways: tuple[Way, ...]


def pick(
    context: Context, verb: str, checklist: str = "", level: str = "", purpose: str = "", length: str = ""
) -> Turn | tuple[Checklist, Run]:
    """The next thing to choose by `<verb>:…`, or the run that has been chosen. What has one option is not asked."""
    picked = _next(context, verb, checklist, level, purpose, length)
    if not isinstance(picked, Open):
        return picked
    state = replace(context.state, dialog="picking", wanted=picked.at)
    asked = Reply(picked.key, context.texts(picked.key), choices=tuple(way.choice for way in picked.ways))
    return Turn(state, (asked,))


def _next(
    context: Context, verb: str, checklist: str = "", level: str = "", purpose: str = "", length: str = ""
) -> Open | tuple[Checklist, Run]:
    checklists = context.content.checklists
    definition = checklists.get(checklist) or (next(iter(checklists.values())) if len(checklists) == 1 else None)
    if definition is None:
        ways = [Way(Choice(f"{verb}:{each.id}", context.word(each.offer)), each.words) for each in checklists.values()]
        others = [Way(context.choice("together", "round.start", quiet=True))] if verb == "new" else []
        return Open("walk.which", verb, (*ways, *others))
    at = f"{verb}:{definition.id}"
    if not (level := _only(definition.levels, level)):
        return _among(context, "walk.level", at, definition.levels)
    if not (purpose := _only(definition.purposes, purpose)):
        return _among(context, "walk.purpose", f"{at}:{level}", definition.purposes)
    runs = {each: fresh(context, definition, level, purpose, each) for each in LENGTHS}
    counts = {each: len(rules.statements(definition, run)) for each, run in runs.items()}
    if counts["short"] == counts["full"]:
        length = "full"
    if length in LENGTHS:
        return definition, runs[length]
    at = f"{at}:{level}:{purpose}"
    lengths = [
        Way(
            context.choice(f"{at}:{each}", f"walk.length.{each}", count=counts[each]),
            tuple(context.texts(f"walk.length_words.{each}").split(",")),
        )
        for each in LENGTHS
    ]
    return Open("walk.length", at, tuple(lengths))


def _only(options: tuple[Option, ...], picked: str) -> str:
    """The option picked, or the only one there is; empty when it is still to be picked."""
    known = [option.id for option in options]
    return known[0] if len(known) == 1 else picked if picked in known else ""


def _among(context: Context, key: str, at: str, options: tuple[Option, ...]) -> Open:
    return Open(
        key, at, tuple(Way(Choice(f"{at}:{each.id}", context.word(each.label)), each.words) for each in options)
    )


def fresh(context: Context, definition: Checklist, level: str, purpose: str, length: str) -> Run:
    """A run that has not begun."""
    return Run(
        context.world.fresh, definition.id, definition.version, definition.edition, level, purpose, length,
        context.world.now,
    )  # fmt: skip


def typed(context: Context, text: str) -> str | None:
    """The one choice that stands open and that these words name, as if pressed. A slash begins a command."""
    if context.state.dialog != "picking" or text.lstrip().startswith("/"):
        return None
    stands = _next(context, *_path(context))
    meant = [way.choice.id for way in stands.ways if way.is_meant(text)] if isinstance(stands, Open) else []
    return meant[0] if len(meant) == 1 else None


def _path(context: Context) -> list[str]:
    return (context.state.wanted or "new").split(":")


def again(context: Context) -> Turn:
    """The choice that stands open once more; nothing where the content has left nothing to choose."""
    picked = pick(context, *_path(context))
    return picked if isinstance(picked, Turn) else Turn(replace(context.state, dialog="ask"))


def said(context: Context, text: str) -> Turn:
    """What is none of the choices is answered as anything is, with the choice after it."""
    turn = ask.said(context, text)
    return again(context.with_state(turn.state)).after(*turn.replies)
