"""How long what is kept, and the purge that holds to it."""

import datetime as dt
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bot.settings import SettingsError
from bot.store.tx import Tx
from knowledge.complaints import Complaint, ContentError
from knowledge.fields import Fields, read

MOST_DAYS = 36_500


@dataclass(frozen=True)
class Retention:
    """Days per class of data. The defaults are guesses for the owner to settle (archive rules come first)."""

    chat_days: int = 90
    """A person without activity for so long is forgotten: messages, state, runs, addresses."""
    question_days: int = 365
    """Questions to the moderators with their ledger, feedback, words written in polls, what came from elsewhere."""
    round_days: int = 90
    """Rounds with their counts, from the day they began."""
    label_days: int = 365
    """Questions tied to an entry, waiting for the curator. What is approved is nobody's, and stays."""
    key_days: int = 7
    """Keys of events received, and e-mail addresses that have not said yes to being reminded."""
    session_days: int = 1
    """Moderators' sessions without activity, and used or expired invites."""
    dead_letter_days: int = 30
    """Notes of what could not be handled, and of times when a channel was out of touch."""
    outbox_days: int = 30
    """What could not be delivered to a chat; in the log it stays as long as the chat is kept."""


def load(path: str) -> Retention:
    """The retention in a YAML file (days by class), or the defaults. SettingsError says what is wrong."""
    if not path:
        return Retention()
    complaints: list[Complaint] = []
    try:
        fields = read(path, Path(path).read_text(encoding="utf-8"), complaints)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    days = _days(fields) if fields else {}
    if complaints:
        raise SettingsError(str(ContentError(tuple(complaints))))
    return replace(Retention(), **days)


def _days(fields: Fields) -> dict[str, int]:
    days: dict[str, int] = {}
    for name in asdict(Retention()):
        found = fields.number(name, optional=True)
        if found is not None and found not in range(1, MOST_DAYS):
            fields.complain(f"{name}: {found:g} is no number of days", f"write `{name}: 90`", fields.line_of(name))
        elif found is not None:
            days[name] = int(found)
    fields.done()
    return days


PASSING = (
    ("seen", "at", "key_days"),
    ("session", "active", "session_days"),
    ("invite", "expires", "session_days"),
    ("dead_letter", "at", "dead_letter_days"),
    ("return_link", "expires", "session_days"),
    ("round_offer", "expires", "session_days"),
    ("outage", "ended", "dead_letter_days"),
    ("outbox", "at", "outbox_days"),
    ("label", "at", "label_days"),
    ("imported", "at", "question_days"),
    ("imported_poll", "at", "question_days"),
    ("native_poll", "at", "question_days"),
    ("native_votes", "at", "question_days"),
    ("feedback", "at", "question_days"),
)
"""Table, column with its age, and the class it belongs to."""


def purge(tx: Tx, retention: Retention, now: dt.datetime) -> dict[str, int]:
    """Remove everything past its time; how many of each class."""

    def before(days: int) -> dt.datetime:
        return now - dt.timedelta(days=days)

    people = tx.people_inactive_since(before(retention.chat_days))
    for person in people:
        tx.erase(person, wished=False)
    counts = {"person": len(people), "question": tx.delete_questions(before(retention.question_days))}
    counts["mail"] = tx.forget_unanswered(before(retention.key_days))
    counts["round"] = tx.delete_rounds(before(retention.round_days))
    counts["ballot"] = tx.forget_words(before(retention.question_days))
    counts["edition"] = tx.delete_unused_editions()
    for table, column, name in PASSING:
        counts[table] = tx.delete_old(table, column, before(getattr(retention, name)))
    counts["contribution"] = tx.drop_outlived()
    return counts
