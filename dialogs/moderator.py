"""What a moderator does about a question, and what its asker is told."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dialogs.ask import entry_text
from dialogs.context import Context
from dialogs.definitions import Content
from dialogs.queue import TOLD
from dialogs.records import Decide, Label, Question, Record
from dialogs.replies import NUMBER, Reply, quoted
from dialogs.state import State
from dialogs.world import World

DECLINE_REASONS = ("off_topic", "duplicate", "unclear", "personal", "elsewhere")
SPOKEN = "spoken"
"""The reason of an answer that was given in the broadcast."""
MOST_ANSWER_CHARACTERS = 3000
MOST_MARK_CHARACTERS = 20


def answer(context: Context, question: Question, text: str, by: str) -> tuple[Record, ...]:
    """The moderator's own words."""
    told = _decide(context, question, "answered", by, "moderator.answer", text=text, answer=quoted(text))
    return (_to_others(context, question, told, lambda _: quoted(text)),)


def answer_spoken(context: Context, question: Question, mark: str, by: str) -> tuple[Record, ...]:
    """It was answered in the broadcast, at a time as written ("12.31")."""

    def said(there: Context) -> str:
        return there.texts("queue.in_broadcast_at" if mark else "queue.in_broadcast", mark=mark)

    key = "moderator.spoken_at" if mark else "moderator.spoken"
    told = _decide(context, question, "answered", by, key, text=said(context), mark=quoted(mark))
    return (_to_others(context, question, replace(told, mark=mark or None, reason=SPOKEN), said),)


def answer_with_entry(context: Context, question: Question, topic: str, by: str) -> tuple[Record, ...]:
    """An entry of the knowledge base, which also becomes a proposed variant of it. KeyError when there is none."""
    entry = context.content.knowledge.entries[topic]
    to_asker = {}
    for language in context.content.texts:
        there = _in(context, language)
        sources = there.cited(there.content.knowledge.sources_of(entry.sources))
        text = there.texts("moderator.entry", code=f"F-{NUMBER}", answer=entry_text(there, entry))
        to_asker[language] = Reply("moderator.entry", text, "moderator", sources=sources)
    label = Label(question.text, question.language, topic, "moderator")
    kept = entry_text(context, entry)
    decided = Decide(question.number, question.version, "answered", by, kept, topic, to_asker=to_asker)
    return _to_others(context, question, decided, lambda there: entry_text(there, entry)), label


def decline(context: Context, question: Question, reason: str, by: str, after: str = "") -> tuple[Record, ...]:
    """A stock reason (DECLINE_REASONS), with the moderator's own words after it or none; or those words alone."""
    stock, own = reason in DECLINE_REASONS, f"\n{quoted(after)}" if after else ""
    why = {
        language: _in(context, language).texts(f"decline.{reason}") if stock else quoted(reason)
        for language in context.content.texts
    }
    to_asker = {
        language: _told(_in(context, language), "moderator.declined", reason=words + own)
        for language, words in why.items()
    }
    kept = f"{why[question.language]}\n{after}".strip() if stock else reason
    return (Decide(question.number, question.version, "declined", by, kept, None, reason, to_asker=to_asker),)


def ask_back(context: Context, question: Question, text: str, by: str) -> tuple[Record, ...]:
    """The asker is asked what they meant; their answer comes back as new words of the same question."""
    decided = _decide(context, question, "asked", by, "moderator.asked", text=text, words=quoted(text))
    return (replace(decided, to_asker={
        language: replace(reply, choices=(_in(context, language).choice(f"reword:{NUMBER}", "queue.reword"),))
        for language, reply in decided.to_asker.items()
    }),)  # fmt: skip


def move(context: Context, question: Question, state: str, by: str) -> tuple[Record, ...]:
    """To a state that needs no words; the asker is told where it is one of TOLD."""
    if state not in TOLD:
        return (Decide(question.number, question.version, state, by),)
    letterbox = state == "later" and question.webinar is None
    key = "moderator.later_letterbox" if letterbox else f"moderator.{state}"
    return (_decide(context, question, state, by, key),)


def surroundings(content: Content, question: Question, world: World) -> Context:
    """What an answer is written from, in the asker's language."""
    return Context(content, State(language=question.language), world)


def _in(context: Context, language: str) -> Context:
    return context.with_state(replace(context.state, language=language))


def _told(context: Context, key: str, **values: str) -> Reply:
    return Reply(key, context.texts(key, code=f"F-{NUMBER}", **values), "moderator")


def _to_others(context: Context, question: Question, decided: Decide, answer: Callable[[Context], str]) -> Decide:
    """The same for those who wonder it too: with the question's words, for it is not their own."""

    def told(there: Context, reply: Reply) -> Reply:
        values = {"code": question.code, "words": quoted(question.shown), "answer": answer(there)}
        return replace(reply, key="moderator.wondered", text=there.texts("moderator.wondered", **values))

    return replace(decided, to_others={
        language: told(_in(context, language), reply) for language, reply in decided.to_asker.items()
    })  # fmt: skip


def _decide(
    context: Context, question: Question, state: str, by: str, key: str, *, text: str = "", **values: str
) -> Decide:  # fmt: skip
    to_asker: Mapping[str, Reply] = {
        language: _told(_in(context, language), key, **values) for language in context.content.texts
    }
    return Decide(question.number, question.version, state, by, text, to_asker=to_asker)
