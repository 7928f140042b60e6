"""What can go wrong on the way, by order of a test."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = (
    "too_many", "forbidden", "migrate", "refused", "server_error", "html", "slow", "late", "hang", "hang_after", "cut",
    "cut_after", "half",
)  # fmt: skip


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong, as long as `times` lasts (None: for ever).

    Before it is carried out: too_many (seconds), forbidden (text), migrate (to), refused (code, text), server_error
    (code), html (code; a page instead of JSON), slow (seconds; then carried out), hang, cut. After it was carried out:
    late (seconds), hang_after, cut_after, half (reset in the middle of the body).
    """

    kind: str
    method: str = "*"
    chat: int | None = None
    times: int | None = None
    chance: float = 1.0
    seconds: float = 1.0
    code: int = 502
    to: int = 0
    text: str = "bot was blocked by the user"
    when: Callable[[str, Any], bool] | None = None
    """Further condition on method and parameters."""
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is none of {', '.join(KINDS)}")

    def fits(self, method: str, params: Any) -> bool:
        """Whether it is about this call."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.chat is not None and params.get("chat_id") != self.chat:
            return False
        return fnmatchcase(method, self.method) and (self.when is None or self.when(method, params))


@dataclass
class Faults:
    """All that is ordered."""

    seed: int = 1
    all: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(self, kind: str, **more: Any) -> Fault:
        """Order something."""
        fault = Fault(kind, **more)
        self.all.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.all.clear()

    def pick(self, method: str, params: Any) -> Fault | None:
        """What goes wrong with this call, if anything."""
        for fault in self.all:
            if fault.fits(method, params) and (fault.chance >= 1 or self._random.random() < fault.chance):
                fault.hits += 1
                return fault
        return None
