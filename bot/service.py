"""The parts of a running service, put together by wiring.py and handed to the channels."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter

from bot.conversations import Conversations
from bot.library import Library
from bot.live import Live
from bot.media import Media
from bot.pace import Pace
from bot.ports import Store
from bot.post import Post
from bot.retention import Retention
from bot.settings import Settings

LETTERS_AT_ONCE, SECONDS_A_LETTER = 20, 30


@dataclass(frozen=True)
class Metrics:
    """What `/metrics` counts. Nothing in it can name a person."""

    registry: CollectorRegistry
    events: Counter
    sends: Counter

    @classmethod
    def fresh(cls) -> "Metrics":
        """Counters at zero, in a registry of their own."""
        registry = CollectorRegistry()
        events = Counter("servicelotsen_events", "Events handled", ["channel", "outcome"], registry=registry)
        sends = Counter(
            "servicelotsen_sends", "Messages sent, by what came of it", ["channel", "outcome"], registry=registry
        )
        return cls(registry, events, sends)


@dataclass(frozen=True)
class Service:
    """Everything a channel or a page needs."""

    settings: Settings
    secret: str
    library: Library
    store: Store
    live: Live
    conversations: Conversations
    retention: Retention
    clock: Callable[[], dt.datetime]
    metrics: Metrics = field(default_factory=Metrics.fresh)
    pace: Pace = field(default_factory=Pace)
    letters: Pace = field(default_factory=lambda: Pace(LETTERS_AT_ONCE, 1 / SECONDS_A_LETTER))
    """How fast letters may be asked for, by everybody together: they go to addresses that have not said yes."""
    local: str = "http://127.0.0.1:8080"
    """Where it listens on this machine; as long as nothing does, where `serve` would."""

    @property
    def post(self) -> Post | None:
        """The mail server, if there is one."""
        return Post.at(self.settings.smtp_url) if self.settings.smtp_url else None

    @property
    def public_url(self) -> str:
        """The address people use, without a slash at the end."""
        return self.settings.public_url.rstrip("/")

    @property
    def media(self) -> Media:
        """What makes the pictures and files that replies name."""
        return Media(self.base, self.library, self.clock)

    @property
    def base(self) -> str:
        """What a link that is printed begins with."""
        return self.public_url or self.local
