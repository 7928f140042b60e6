"""The next step of a result as an event for a calendar (RFC 5545)."""

import datetime as dt
import re
import uuid

from dialogs.replies import bare
from dialogs.report import Report
from dialogs.texts import Texts

MOST_OCTETS = 75
"""In a line, without its end; what is longer goes on after a line break and a space."""
REMINDER = "-PT15H"
"""Nine in the morning of the day before: an event of a whole day begins at midnight."""
_ESCAPED = re.compile(r"([\\;,])")
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


def ics(report: Report, texts: Texts, due: dt.date, now: dt.datetime, link: str = "") -> bytes:
    """A day in the calendar to do the next step on, with a reminder; the same event again when it is made again.

    `now` knows its time zone. `link` leads back to the result and is left out when empty.
    """
    step = report.step
    what = " ".join(step.what.split()) if step and step.what else texts("document.calendar.none")
    about = [texts("document.calendar.about", title=report.title, day=report.day.isoformat())]
    about += [texts("document.calendar.who", who=step.who)] if step and step.who else []
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Servicelotsen//Servicelotsen//SV",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{uuid.uuid5(uuid.NAMESPACE_OID, report.run)}",
        f"DTSTAMP:{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{due:%Y%m%d}",
        f"SUMMARY:{_escaped(what)}",
        f"DESCRIPTION:{_escaped(chr(10).join((*about, link)))}",
        *([f"URL:{_UNSEEN.sub('', link)}"] if link else []),
        "TRANSP:TRANSPARENT",  # the day stays free for other things
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{REMINDER}",
        f"DESCRIPTION:{_escaped(what)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{_folded(bare(line))}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", _UNSEEN.sub(" ", text)).strip().replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces that are short enough, never in the middle of a character."""
    pieces, octets = [""], 0
    for char in line:
        size = len(char.encode())
        if octets + size > MOST_OCTETS:
            pieces.append(" ")
            octets = 1
        pieces[-1] += char
        octets += size
    return "\r\n".join(pieces)
