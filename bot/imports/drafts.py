"""What of an export may become questions in the queue: proposed by plain rules, so that a person can see why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.imports.zoom_chat import ChatMessage
from bot.imports.zoom_qa import QaQuestion
from dialogs.clean import MOST_CHARACTERS, clean, has_words
from dialogs.moderator import MOST_ANSWER_CHARACTERS
from knowledge.match_questions import asks
from knowledge.normalise import fold

_LINKS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """Words that may become a question, without whoever wrote them."""

    line: int
    at: str
    text: str
    votes: int = 0
    answer: str = ""
    spoken: bool = False
    """Whether it was answered aloud."""


def of_chat(messages: Iterable[ChatMessage]) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """(those put as a question, the others) of a chat's messages, cleaned."""
    drafts = [Draft(each.line, each.at, _cleaned(each.text), each.votes) for each in messages]
    kept = [draft for draft in drafts if draft.text]
    asked = tuple(draft for draft in kept if is_question(draft.text))
    return asked, tuple(draft for draft in kept if not is_question(draft.text))


def of_qa(questions: Iterable[QaQuestion]) -> tuple[Draft, ...]:
    """The questions of a report, cleaned, with what was answered there."""
    drafts = (
        Draft(each.line, each.at[:40], _cleaned(each.text), answer=_cleaned(each.answer)[:MOST_ANSWER_CHARACTERS],
              spoken=each.spoken)
        for each in questions
    )  # fmt: skip
    return tuple(draft for draft in drafts if draft.text)


def is_question(text: str) -> bool:
    """Whether words from a chat are put as a question: a question mark outside links, or a word that opens one."""
    said = _LINKS.sub(" ", text)
    return has_words(said) and asks(said, fold(said))


def _cleaned(text: str) -> str:
    return clean(text[: 2 * MOST_CHARACTERS]).text[:MOST_CHARACTERS].strip()
