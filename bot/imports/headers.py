"""The header lines of a chat log: who wrote to whom, in whichever layout and language.

    L2  10:15:00 From  Anna  to  Everyone:        words on the next lines
    L1  10:15:00 From Anna to Everyone : words    also without a recipient
    C   10:15:00<TAB>Anna:<TAB>words              a cloud recording
    W   Anna to Everyone 10:15                    copied from the meeting's window; words on the next lines (a guess)

The words differ by language. Unknown ones are learned from what the first headers have in common. In doubt a message is
private: a header that can't be read never becomes part of what everybody saw.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.imports.words import ChatWords

MOST_CHARACTERS = 400
"""How far into a line a header may reach: names have an end."""
MOST_COLONS = 6
LEARNED_FROM = 60
TIME = re.compile(r"[\s\ufeff\u200e\u200f]*(\d{1,3}:[0-5]\d:[0-5]\d(?:\s?[AaPp]\.?[Mm]\b\.?)?)(?=\s)(.*)", re.DOTALL)
_WINDOW = re.compile(r"(\S.{0,200})\s+(\d{1,2}:[0-5]\d(?::[0-5]\d)?(?:\s?[AaPp]\.?[Mm]\.?)?)\s*")
_CUT = re.compile(r"\d{1,3}:(?:\d\d:(?:\d{0,2}|\d\d\s.{0,60}))?", re.DOTALL)
_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]\s*\Z")

PUBLIC, PRIVATE, UNREAD = "public", "private", "unread"


@dataclass(frozen=True)
class Header:
    """A header line, read. `kind` is public, private, or unread (to be kept from everybody too)."""

    at: str
    name: str
    kind: str
    words: str = ""
    """What stands after it on the line; of a private message only to know it where a reply quotes it."""


@dataclass(frozen=True)
class Vocabulary:
    """The languages that a log may be written in, its own among them once it is learned."""

    languages: tuple[ChatWords, ...]
    window: bool = False
    """Whether no line begins with a time, as in what was copied from the meeting's window."""

    @cached_property
    def _tos(self) -> dict[str, set[str]]:
        """From-word → the to-words that may go with it."""
        found: dict[str, set[str]] = {}
        for each in self.languages:
            for word in each.froms:
                found.setdefault(word, set()).update(each.tos)
        return found

    @cached_property
    def _every_to(self) -> set[str]:
        return set().union(*self._tos.values())

    @cached_property
    def _everyone(self) -> set[str]:
        return set().union(*(each.everyone | each.panel for each in self.languages))

    @classmethod
    def of(cls, lines: Sequence[str], known: Iterable[ChatWords]) -> "Vocabulary":
        """The known words, with those learned from the log where it has a language of its own."""
        window = not any(TIME.match(line) for line in lines)
        vocabulary = cls(tuple(known), window)
        learned = None if window else _learned(lines, vocabulary)
        return replace(vocabulary, languages=(*vocabulary.languages, learned)) if learned else vocabulary

    def first(self, rest: str) -> tuple[str, str]:
        """The from-word that the line begins with, in small letters (or none), and what follows it."""
        said = rest.lstrip()
        small = said[:MOST_CHARACTERS].casefold()
        for word in self._tos:
            if small.startswith(word) and said[len(word) : len(word) + 1].isspace():
                return word, said[len(word) :]
        return "", rest

    def sure(self, first: str) -> bool:
        """Whether the words that go with this from-word are known for certain."""
        return any(first in each.froms and not each.guess for each in self.languages)

    def split(self, said: str, first: str = "") -> tuple[str, str] | None:
        """(name, recipient) in the words between from and colon: the last "to" counts, for names may hold one."""
        small = next((each for each in (said.casefold(), said.lower()) if len(each) == len(said)), said)
        places = [(place, to) for to in self._tos.get(first, self._every_to) if (place := _last_word(small, to)) >= 0]
        pairs = [(said[:place].strip(), said[place + len(to) :].strip()) for place, to in sorted(places, reverse=True)]
        return next((pair for pair in pairs if self.is_public(pair[1])), pairs[0] if pairs else None)

    def is_public(self, recipient: str) -> bool:
        """Whether the recipient is all, or all who hold the webinar."""
        return recipient.casefold() in self._everyone

    def says_private(self, said: str) -> bool:
        """Whether the words before a colon end in "(privately)"."""
        found = _BRACKETS.search(said[-MOST_CHARACTERS:])
        return bool(found and any(found[1].strip().casefold() in each.private for each in self.languages))


def header_of(line: str, vocabulary: Vocabulary) -> Header | None:
    """The line as a header, or None when it belongs to the message above."""
    if vocabulary.window:
        return _window(line, vocabulary)
    timed = TIME.match(line)
    if timed is None:
        return None
    at, rest = timed[1], timed[2]
    first, said = vocabulary.first(rest)
    cloud = _cloud(at, rest)
    if cloud and not (first and (vocabulary.split(f" {cloud.name}") or _BRACKETS.search(cloud.name))):
        return cloud
    if first:
        return _addressed(at, first, said, vocabulary)
    return Header(at, "", UNREAD) if _looks_like_one(rest) else None


def is_cut(line: str) -> bool:
    """Whether a file's last line is the beginning of a header that was never finished."""
    return _CUT.fullmatch(line) is not None


def _addressed(at: str, first: str, said: str, vocabulary: Vocabulary) -> Header:
    """A header that names its sender. It ends at the first colon before which there is a recipient.

    Without any recipient it ends at its first colon, in languages where that is known to happen.
    """
    plain: Header | None = None
    for place in _colons(said):
        before, after = said[:place], said[place + 1 :].strip()
        parts = vocabulary.split(before, first)
        if parts and vocabulary.is_public(parts[1]):
            return Header(at, parts[0], PUBLIC, after)
        if parts and (plain is None or before[-1:].isspace() or _BRACKETS.search(before) or not after):
            return Header(at, "", PRIVATE, after)
        if vocabulary.says_private(before):
            return Header(at, "", PRIVATE, after)
        plain = plain or Header(at, before.strip(), PUBLIC, after)
    return plain if plain and vocabulary.sure(first) else Header(at, "", UNREAD)


def _colons(said: str) -> list[int]:
    """Where a header may end: at its first few colons, fullwidth ones too."""
    return [place for place, char in enumerate(said[:MOST_CHARACTERS]) if char in ":："][:MOST_COLONS]


def _cloud(at: str, rest: str) -> Header | None:
    if not rest.startswith("\t"):
        return None
    name, found, _ = rest[1 : MOST_CHARACTERS + 1].partition(":\t")
    if not found and rest.endswith(":") and len(rest) < MOST_CHARACTERS:
        name, found = rest[1:-1], ":"
    if not found or "\t" in name:
        return None
    return Header(at, name.strip(), PUBLIC, rest[1 + len(name) + 2 :].strip())


def _window(line: str, vocabulary: Vocabulary) -> Header | None:
    """A header as the meeting's window shows it: the recipient and the time at the end of the line."""
    found = _WINDOW.fullmatch(line) if len(line) < MOST_CHARACTERS else None
    if found is None:
        return None
    first, said = vocabulary.first(found[1])
    parts = vocabulary.split(f" {said.strip(' :：')}", first)
    if parts is None:
        return None
    public = vocabulary.is_public(parts[1])
    return Header(found[2], parts[0] if public else "", PUBLIC if public else PRIVATE)


def _looks_like_one(rest: str) -> bool:
    """Whether a line that begins with a time may be a header in words we don't know, rather than somebody's words."""
    head = rest[:MOST_CHARACTERS].partition("\n")[0]
    return " :" in head or ":\t" in head or head.rstrip().endswith((":", "：")) or "):" in head


def _last_word(said: str, word: str) -> int:
    """Where a word stands last, with space before and after it; -1 when it does not."""
    place = said.rfind(word)
    while place > 0:
        if said[place - 1].isspace() and said[place + len(word) : place + len(word) + 1].isspace():
            return place
        place = said.rfind(word, 0, place)
    return -1


# Learning


def _learned(lines: Sequence[str], vocabulary: Vocabulary) -> ChatWords | None:
    """The words from, to and everyone as this log says them; None when the known ones do, or nothing can be told."""
    heads = list(_heads(lines))
    if not heads or any(_reads(head, vocabulary) for head in heads):
        return None
    first, count = Counter(head[0].casefold() for head in heads).most_common(1)[0]
    mine = [head for head in heads if head[0].casefold() == first]
    if count * 5 < len(heads) * 4 or vocabulary.sure(first):
        return None
    ending = _spaced(mine) or _shared(mine)
    if ending is None:
        return None
    to, everyone = ending
    if not _is_everyone(mine, to, everyone):
        return None
    return ChatWords("learned", frozenset({first}), frozenset({to}), frozenset({everyone}), guess=True)


def _heads(lines: Sequence[str]) -> Iterator[list[str]]:
    """The pieces of the first headers before their colon: words, with runs of two spaces or more kept as pieces."""
    found = 0
    for line in lines:
        timed = TIME.match(line)
        head = timed[2][:MOST_CHARACTERS].partition(":")[0].strip() if timed and ":" in timed[2] else ""
        if len(head.split()) >= 4:
            found += 1
            yield [piece for piece in re.split(r"(\s{2,})| ", head) if piece]
        if found == LEARNED_FROM:
            return


def _reads(head: Sequence[str], vocabulary: Vocabulary) -> bool:
    first, said = vocabulary.first(" ".join(piece for piece in head if piece.strip()))
    parts = vocabulary.split(said, first) if first else None
    return bool(parts and vocabulary.is_public(parts[1]))


def _spaced(heads: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """L2 shows its words by double spaces: FROM␠␠name␠␠TO␠␠recipient."""
    found = Counter((" ".join(parts[-2]), " ".join(parts[-1])) for head in heads if len(parts := _groups(head)) == 4)
    return _casefolded(found.most_common(1)[0][0]) if found else None


def _groups(head: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for piece in head:
        if piece.isspace():
            groups.append([])
        else:
            groups[-1].append(piece)
    return groups


def _shared(heads: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """L1 shows them by what most headers end with, whoever writes: "… TO everyone". Needs two senders at least."""
    plain = [tuple(piece for piece in head[1:] if piece.strip()) for head in heads]
    for length in range(4, 1, -1):
        ends = Counter(words[-length:] for words in plain if len(words) > length)
        if ends:
            words, count = ends.most_common(1)[0]
            others = {each[-length - 1] for each in plain if each[-length:] == words and len(each) > length}
            if count * 2 > len(plain) and len(others) > 1:
                return _casefolded((words[0], " ".join(words[1:])))
    return None


def _casefolded(found: tuple[str, str]) -> tuple[str, str]:
    return found[0].casefold(), found[1].casefold()


def _is_everyone(heads: Sequence[Sequence[str]], to: str, everyone: str) -> bool:
    """Whether a learned recipient can be all: it writes nothing itself, several write to it, and more than half do."""
    names = []
    for head in heads:
        said = " ".join(piece for piece in head[1:] if piece.strip())
        name, found, recipient = said.casefold().rpartition(f" {to} ")
        if found and recipient == everyone:
            names.append(name)
        if (name or recipient) == everyone:
            return False
    return not re.search(r"[()（）]", everyone) and len(set(names)) > 1 and len(names) * 2 > len(heads)
