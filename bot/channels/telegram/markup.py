"""Text as Telegram takes it: lengths in UTF-16 units, its own few tags, cut at sensible places.

Marks (dialogs/replies.py) are cut around before they become tags, so that no cut ever falls inside one.
Limits: core.telegram.org/bots/api, sendMessage ("1-4096 characters after entities parsing") and its formatting options.
"""

import html as markup
import re

from dialogs.replies import BOLD_OFF, BOLD_ON, ISOLATE_OFF, ISOLATE_ON

MOST_UNITS = 4096
MOST_CAPTION_UNITS = 1024
MOST_ENTITIES = 100
ITALIC_ON, ITALIC_OFF = "\ue005", "\ue006"
"""Small print. Like the other marks it never survives cleaning of what people write."""

_TAGS = {
    BOLD_ON: "<b>", BOLD_OFF: "</b>", ITALIC_ON: "<i>", ITALIC_OFF: "</i>", ISOLATE_ON: "\u2068", ISOLATE_OFF: "\u2069",
}  # fmt: skip
_MARKS = re.compile(f"[{''.join(_TAGS)}]")
_UNSEEN = re.compile(f"[{BOLD_ON}{BOLD_OFF}{ITALIC_ON}{ITALIC_OFF}]")
_PAIRS = {BOLD_ON: BOLD_OFF, ITALIC_ON: ITALIC_OFF, ISOLATE_ON: ISOLATE_OFF}
_BREAKS = ("\n\n", "\n", ". ", " ")
"""Where to cut, the best first: between paragraphs, lines, sentences, words."""
_LONE = re.compile(r"[\ud800-\udfff]")


def units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 units of what is seen."""
    return len(_UNSEEN.sub("", text).encode("utf-16-le", "surrogatepass")) // 2


def html(text: str) -> str:
    """A text with marks as Telegram's HTML: everything that people wrote is escaped."""
    escaped = markup.escape(_LONE.sub("\ufffd", text), quote=False)
    return _MARKS.sub(lambda mark: _TAGS[mark[0]], escaped)


def split(text: str, most: int = MOST_UNITS) -> list[str]:
    """The text in parts of at most `most` units, marks closed at the end of a part and opened again in the next."""
    parts: list[str] = []
    rest = text
    while units(rest) > most or rest.count(BOLD_ON) + rest.count(ITALIC_ON) > MOST_ENTITIES:
        part, rest = _cut(rest, most - 2)  # room for the isolates that a cut may close
        still_open = _open(part)
        parts.append(part.rstrip() + "".join(_PAIRS[mark] for mark in reversed(still_open)))
        rest = "".join(still_open) + rest.lstrip()
    return [*parts, rest]


def _cut(text: str, most: int) -> tuple[str, str]:
    """The text in two at the best place: in the last third of what fits if there is one, else where it must be."""
    end = _fitting(text, most)
    for what in _BREAKS:
        at = text.rfind(what, end * 2 // 3, end)
        if at > 0:
            return text[: at + len(what)], text[at + len(what) :]
    return text[:end], text[end:]


def _fitting(text: str, most: int) -> int:
    """How many characters of a text fit."""
    used = tags = 0
    for index, letter in enumerate(text):
        used += 0 if letter in (BOLD_ON, BOLD_OFF, ITALIC_ON, ITALIC_OFF) else 1 + (letter > "\uffff")
        tags += letter in (BOLD_ON, ITALIC_ON)
        if used > most or tags > MOST_ENTITIES - 1:
            return index
    return len(text)


def _open(part: str) -> list[str]:
    """The marks that a part leaves open, the outermost first."""
    still_open: list[str] = []
    for letter in part:
        if letter in _PAIRS:
            still_open.append(letter)
        elif still_open and letter == _PAIRS[still_open[-1]]:
            still_open.pop()
    return still_open
