"""What is known of chats: which have become others, which can't be reached, and how far their messages are numbered."""

from collections.abc import Mapping, Set

OWN_BOX = -1_000_000_000_000
"""Chats below this number (supergroups) count their messages by themselves; private chats and basic groups share one
count (core.telegram.org/api/updates: the common message box, and one for each channel)."""


class Chats:
    """A lane is a chat by the number that it had first; it keeps its lane when a group becomes another chat."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        """Lanes where nothing arrives any more."""
        self._moved: dict[str, str] = {}
        self._former: dict[str, str] = {}
        self._newest: dict[str, int] = {}

    def recall(self, moved: Mapping[str, str], gone: Set[str], newest: Mapping[str, int]) -> None:
        """What was known before a restart: lane → chat, lanes, lane → message."""
        self.gone |= gone
        for lane, into in moved.items():
            self.move(lane, into)
        for lane, message in newest.items():
            self.saw(lane, message)

    def move(self, lane: str, into: str) -> None:
        """A group has become another chat."""
        self._moved[lane], self._former[into] = into, lane

    def chat(self, lane: str) -> int:
        """The chat that a lane is now."""
        return int(self._moved.get(lane, lane))

    def lane_at(self, chat: int) -> str:
        """The lane of a chat: of the group that it was before, if it was one."""
        return self._former.get(str(chat), str(chat))

    def saw(self, lane: str, message: int) -> None:
        """A message with this number exists."""
        self._newest[self.box(lane)] = max(message, self.newest(lane))

    def newest(self, lane: str) -> int:
        """The newest message known in the box of a lane, 0 when there is none."""
        return self._newest.get(self.box(lane), 0)

    def box(self, lane: str) -> str:
        """What its messages are numbered by: itself, or all that share one count."""
        chat = self.chat(lane)
        return str(chat) if chat < OWN_BOX else ""
