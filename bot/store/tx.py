"""Everything that is read and written, as methods of one transaction; each part of it in a module of its own.

The SQL is portable on purpose (ON CONFLICT, RETURNING, UTC ISO timestamps): PostgreSQL is to follow behind the same
methods. Times come in from outside; nothing here looks at a clock.
"""

from dataclasses import dataclass

from bot.store.afterwards import Afterwards
from bot.store.announcements import Announcements
from bot.store.cards import Cards
from bot.store.forgetting import Forgetting
from bot.store.imports import Imports
from bot.store.messages import Message, Messages, Seen
from bot.store.notices import Notices
from bot.store.people import People
from bot.store.questions import GuardFailed, TooLate
from bot.store.reach import Reach
from bot.store.reminders import Reminders
from bot.store.returns import Returns
from bot.store.rounds import Rounds
from bot.store.rows import QUEUE, dumps, moment, person_topic, stamp
from bot.store.sessions import Invite, Session, Sessions
from bot.store.upkeep import Upkeep

__all__ = [
    "QUEUE",
    "GuardFailed",
    "Invite",
    "Message",
    "Seen",
    "Session",
    "TooLate",
    "Tx",
    "dumps",
    "moment",
    "person_topic",
    "stamp",
]


@dataclass
class Tx(
    People,
    Messages,
    Afterwards,
    Cards,
    Notices,
    Imports,
    Rounds,
    Reminders,
    Sessions,
    Announcements,
    Reach,
    Returns,
    Forgetting,
    Upkeep,
):
    """One transaction on the store."""
