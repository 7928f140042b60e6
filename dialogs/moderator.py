"""What a moderator decides about a question, and what its asker is told."""

from dialogs.ask import entry_text
from dialogs.context import Context
from dialogs.definitions import Content
from dialogs.records import Decide, Label, Question, Record
from dialogs.replies import Reply, quoted
from dialogs.state import State
from dialogs.world import World

DECLINE_REASONS = ("off_topic", "duplicate", "unclear", "personal", "elsewhere")
MOST_ANSWER_CHARACTERS = 3000


def answer(context: Context, question: Question, text: str, by: str) -> tuple[Record, ...]:
    """The moderator's own words."""
    told = Reply("moderator.answer", _told(context, "answer", question, answer=quoted(text)), "moderator")
    return (_decide(question, "answered", by, text, told),)


def answer_with_entry(context: Context, question: Question, topic: str, by: str) -> tuple[Record, ...]:
    """An entry of the knowledge base, which also becomes a proposed variant of it. KeyError when there is none."""
    entry = context.content.knowledge.entries[topic]
    text = entry_text(context, entry)
    sources = context.cited(context.content.knowledge.sources_of(entry.sources))
    told = Reply("moderator.entry", _told(context, "entry", question, answer=text), "moderator", sources=sources)
    label = Label(question.text, question.language, topic, "moderator")
    return (_decide(question, "answered", by, text, told, entry=topic), label)


def decline(context: Context, question: Question, reason: str, by: str) -> tuple[Record, ...]:
    """A stock reason (DECLINE_REASONS) or the moderator's own words."""
    why = context.texts(f"decline.{reason}") if reason in DECLINE_REASONS else quoted(reason)
    told = Reply("moderator.declined", _told(context, "declined", question, reason=why), "moderator")
    return (_decide(question, "declined", by, why, told, reason=reason),)


def surroundings(content: Content, question: Question, world: World) -> Context:
    """What an answer is written from, in the asker's language."""
    return Context(content, State(language=question.language), world)


def _told(context: Context, what: str, question: Question, **values: str) -> str:
    return context.texts(f"moderator.{what}", code=question.code, **values)


def _decide(
    question: Question, state: str, by: str, text: str, told: Reply, entry: str | None = None, reason: str | None = None
) -> Decide:
    return Decide(question.number, question.version, state, by, text, entry, reason, told)
