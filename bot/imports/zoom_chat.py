"""A chat log from Zoom, or what somebody copied from a meeting's chat → what everybody could read.

Private messages are dropped here and only counted: their words are in nothing that leaves this module, not even where a
reply quotes them. Reactions become votes on the message they name, replies point at theirs.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.imports.headers import PRIVATE, PUBLIC, UNREAD, Header, Vocabulary, header_of, is_cut
from bot.imports.reading import lines_of, refuse
from bot.imports.words import Words, words

QUOTED = 20
"""Characters of a message that a reply or a reaction quotes, by JavaScript's count."""
QUOTES = '"“”„«»‟″'
STARTS = range(12, QUOTED + 1)
"""Lengths that such a quotation may have once its spaces are squeezed."""
MOST_LEAD, MOST_QUOTED = 60, 300
SHOULD = "ange en chattlogg från Zoom, med rader som `10:15:00 From Namn to Everyone:`"
MOST_WORDS = 4
_DOTS = re.compile(f"(?:\\.\\.\\.|…)[{QUOTES}]")
UNKNOWN_SHOULD = "spara chatten med Zoom på svenska eller engelska, eller lägg till språkets ord i imports/words.yaml"
_SOFT_BREAKS = re.compile("[\u2028\u2029\x85\v\f]")


@dataclass(frozen=True)
class ChatMessage:
    """One message to everybody, or to all who hold the webinar."""

    at: str
    """HH:MM:SS as the file says: the clock on the wall, or the time since a recording began."""
    name: str
    text: str
    line: int
    replies_to: int | None = None
    """The line of the message that it answers, when that is found."""
    reactions: tuple[tuple[str, int], ...] = ()
    votes: int = 0
    """How many people have reacted to it, other than by a thumb down."""


@dataclass(frozen=True)
class Chat:
    """A chat log, read."""

    messages: tuple[ChatMessage, ...]
    private: int = 0
    """Private messages, dropped."""
    unread: int = 0
    """What begins like a message and can't be read: dropped too, for it may be private."""
    reactions: int = 0
    """Reactions in the file, those taken back and those to nothing known included."""


@dataclass
class _Said:
    """A message being put together."""

    header: Header
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(each.strip() for each in self.lines).strip()


@dataclass
class _Thread:
    """What has been said so far, to find what is quoted: each beginning that a quotation may have, and the whole.

    The value is the line of the latest message to everybody that says so, None when only private ones do.
    """

    starts: dict[str, int | None] = field(default_factory=dict)
    wholes: dict[str, int | None] = field(default_factory=dict)

    def add(self, text: str, line: int | None) -> None:
        """Something was said; the line is None for what was private."""
        squeezed = _squeezed(text)
        for index, keys in ((self.wholes, {squeezed}), (self.starts, {squeezed[:length] for length in STARTS})):
            for key in keys:
                index[key] = index.get(key) if line is None else line

    def find(self, quoted: "_Quoted") -> tuple[bool, int | None]:
        """Whether something earlier was quoted, and the line of the latest public one."""
        index = self.starts if quoted.cut else self.wholes
        wanted = _squeezed(quoted.quote.rstrip("\ufffd?") if quoted.cut else quoted.quote)
        return wanted in index, index.get(wanted)


def parse(text: str, file: str = "chat.txt") -> Chat:
    """The chat in a text. ContentError when there is not a single message in it."""
    known = words()
    lines = [_SOFT_BREAKS.sub("\n", line) for line in lines_of(text)]
    vocabulary = Vocabulary.of(lines, known.chat)
    said = _said(lines, vocabulary)
    if not said:
        refuse(file, 1, "det finns inga chattmeddelanden i filen", SHOULD)
    chat = _Reader(known).read(said)
    if not chat.messages and chat.unread:
        line = next(each.line for each in said if each.header.kind == UNREAD)
        refuse(file, line, "orden för från, till och alla känns inte igen", UNKNOWN_SHOULD)
    return chat


def _said(lines: Sequence[str], vocabulary: Vocabulary) -> list[_Said]:
    """The messages with their lines; what stands before the first is preamble."""
    found: list[_Said] = []
    for number, line in enumerate(lines, 1):
        last = number == len(lines)
        if header := header_of(line, vocabulary):
            found.append(_Said(header, number, [header.words] if header.words else []))
        elif found and not (last and is_cut(line)):
            found[-1].lines.append(line)
    return found


@dataclass
class _Reader:
    """Goes through the messages in order, and puts replies and reactions where they belong."""

    known: Words
    thread: _Thread = field(default_factory=_Thread)
    messages: dict[int, ChatMessage] = field(default_factory=dict)
    reacted: dict[int, dict[str, dict[str, int]]] = field(default_factory=dict)
    """Line → emoji → name → how many times, less those taken back."""
    private: int = 0
    unread: int = 0
    reactions: int = 0

    def read(self, said: Iterable[_Said]) -> Chat:
        for each in said:
            if each.header.kind == PUBLIC:
                self._public(each)
            else:
                self.private += each.header.kind == PRIVATE
                self.unread += each.header.kind != PRIVATE
                self.thread.add(each.text, None)
        messages = tuple(self._with_reactions(each) for each in self.messages.values())
        return Chat(messages, self.private, self.unread, self.reactions)

    def _public(self, said: _Said) -> None:
        text, line = said.text, None
        if self._is_bare_reaction(text):
            self.reactions += 1
            return
        readings = _quotations(text)
        quoted = next((each for each in readings if self.thread.find(each)[0]), readings[-1] if readings else None)
        kind = self._kind(quoted) if quoted else ""
        if quoted and kind:
            line = self.thread.find(quoted)[1]
            text = quoted.tail
        if quoted and kind in ("reacted", "removed"):
            self._react(quoted, line, said.header.name, -1 if kind == "removed" else 1)
        elif text:
            self.thread.add(text, said.line)
            self.messages[said.line] = ChatMessage(said.header.at, said.header.name, text, said.line, line)

    def _kind(self, quoted: "_Quoted") -> str:
        """replying | reacted | removed, or empty when it is just a message with a quotation in it."""
        lead = quoted.lead.casefold()
        chat = self.known.chat
        if any(lead in each.reacted for each in chat) and _emoji(quoted.tail):
            return "reacted"
        if any(lead.startswith(f"{word} ") for each in chat for word in each.removed) and _emoji(lead):
            return "removed"
        if any(lead in each.replying | each.reacted for each in chat):
            return "replying"
        return self._by_shape(quoted)

    def _by_shape(self, quoted: "_Quoted") -> str:
        """What it must be in a language with other words: an emoji after the quotation, before it, or neither."""
        whole = quoted.cut and _units(quoted.quote) == QUOTED
        if len(quoted.lead.split()) > MOST_WORDS or not (whole or self.thread.find(quoted)[0]):
            return ""
        if _emoji(quoted.tail) and len(quoted.tail.split()) <= MOST_WORDS:
            return "reacted"
        if not quoted.tail and _emoji(quoted.lead):
            return "removed"
        return "replying" if whole else ""

    def _react(self, quoted: "_Quoted", line: int | None, name: str, by: int) -> None:
        self.reactions += 1
        emoji = _emoji(quoted.tail if by > 0 else quoted.lead)
        if line is None or not emoji:
            return
        names = self.reacted.setdefault(line, {}).setdefault(emoji, {})
        names[name] = max(0, min(1, names.get(name, 0) + by)) if name else max(0, names.get(name, 0) + by)

    def _is_bare_reaction(self, text: str) -> bool:
        word, _, rest = text.rpartition(" ")
        rests = bool(rest) and len(rest) <= 16 and not any(char.isalnum() for char in rest) and bool(_emoji(rest))
        return rests and any(word.casefold() in each.bare for each in self.known.chat)

    def _with_reactions(self, message: ChatMessage) -> ChatMessage:
        reacted = self.reacted.get(message.line, {})
        counts = tuple((emoji, count) for emoji, names in reacted.items() if (count := sum(names.values())))
        liking = [names for emoji, names in reacted.items() if emoji not in self.known.not_a_vote]
        named = {name for names in liking for name, count in names.items() if count and name}
        return replace(message, reactions=counts, votes=len(named) + sum(names.get("", 0) for names in liking))


@dataclass(frozen=True)
class _Quoted:
    """A message that begins with a few words and a quotation."""

    lead: str
    quote: str
    tail: str
    cut: bool
    """Whether the quotation stops in "...": the message it quotes is longer."""


def _quotations(text: str) -> list[_Quoted]:
    """How a message can be read as a quotation with words around it, the longest first."""
    opening = next((place for place, char in enumerate(text[: MOST_LEAD + 1]) if char in QUOTES), 0)
    lead = text[:opening].strip()
    if not lead or "\n" in lead:
        return []
    rest = text[opening + 1 :]
    if (found := _DOTS.search(rest, 0, QUOTED + 4)) and _units(rest[: found.start()]) <= QUOTED:
        return [_Quoted(lead, rest[: found.start()], _tail(rest[found.end() :]), cut=True)]
    closing = [place for place, char in enumerate(rest[: QUOTED + 1]) if char in QUOTES]
    closing = closing or [place for place, char in enumerate(rest[:MOST_QUOTED]) if char in QUOTES][:1]
    closing = closing or [len(rest)]
    return [_Quoted(lead, rest[:place], _tail(rest[place + 1 :]), cut=False) for place in reversed(closing)]


def _tail(text: str) -> str:
    return text.lstrip(" :\t\n").strip()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _emoji(text: str) -> str:
    """The emoji in a few words, without skin tones; empty when there is none."""
    found = "".join(char for char in text[:80] if _is_emoji(char))
    return found.strip("\u200d\ufe0f")


def _is_emoji(char: str) -> bool:
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return False
    return unicodedata.category(char) == "So" or "\U0001f000" <= char <= "\U0001faff" or char in "\u200d\ufe0f\u20e3"
