"""What libyaml says in English about a slip, said to the curator in Swedish, with the line as it should be written."""

import json
import re
from collections.abc import Callable

INDENT = "dra in raden lika långt som raderna av samma slag"
_MOST_SHOWN = 80
_KEY = re.compile(r"(?:- )?[a-z0-9_.-]+")
_WRONG_SPACE = re.compile(r" *[\t\u00a0]")


def explained(problem: str, line: str) -> tuple[str, str]:
    """What is wrong with a line, and what it should look like. The parser's own words stay when they are unusual."""
    if _WRONG_SPACE.match(line):
        return "raden är indragen med tabb eller hårt mellanslag", f"{INDENT}, med vanliga mellanslag"
    if problem in _SLIPS:
        what, should = _SLIPS[problem]
        return what, should if isinstance(should, str) else should(line.strip())
    return f"raden går inte att läsa ({problem})", "se efter indraget, citattecknen och kolonet efter nyckeln"


def in_quotes(line: str) -> str:
    """The advice to put the text of a line in double quotes."""
    head, colon, text = line.partition(": ")
    if not (colon and _KEY.fullmatch(head)):
        head, colon, text = ("-", " ", line[2:]) if line.startswith("- ") else ("", "", line)
    short = text.strip() if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return f"sätt citattecken runt texten: {head}{colon}{json.dumps(short, ensure_ascii=False)}"


def _colon(line: str) -> str:
    """One colon too many in a text, or a line that begins where it should not."""
    if ": " in line.partition(": ")[2]:
        return in_quotes(line)
    return f"{INDENT}, och skriv raden ovanför som `nyckel: text` med mellanslag efter kolonet"


def _unfitting(line: str) -> str:
    """A text that ended too early, or a line that is not indented as its neighbours are."""
    text = line.partition(": ")[2] or line.removeprefix("- ")
    if text.startswith(('"', "'")):
        return "stäng citattecknen här och på raden ovanför, och använd ” inuti texter"
    return in_quotes(line) if text.startswith(("{", "[", "*", "&")) else INDENT


_QUOTE = "citattecknet stängs aldrig", "sätt ett citattecken till där texten slutar"
_SIGN = "texten börjar med ett tecken som den inte kan börja med", in_quotes

_SLIPS: dict[str, tuple[str, str | Callable[[str], str]]] = {
    "mapping values are not allowed in this context": ("ett kolon står där det inte kan stå", _colon),
    "could not find expected ':'": (
        "raden är varken en nyckel eller en rad i en lista",
        "skriv `nyckel: text`, med mellanslag efter kolonet, eller `- text`",
    ),
    "did not find expected key": ("raden passar inte ihop med raderna ovanför", _unfitting),
    "did not find expected '-' indicator": (
        "här väntades en rad i listan",
        "börja raden med `- `, lika långt in som de andra i listan",
    ),
    "did not find expected <document start>": (
        "raden börjar längre ut än filens första rad",
        "börja alla nycklar längst ut till vänster",
    ),
    "block sequence entries are not allowed in this context": (
        "en lista kan inte börja på nyckelns rad",
        "skriv `- …` på en egen rad under nyckeln, eller sätt citattecken runt texten",
    ),
    "did not find expected ',' or ']'": (
        "listan inom [ ] går inte att läsa",
        "skriv komma mellan orden och ] sist",
    ),
    "did not find expected ',' or '}'": (
        "raden inom { } går inte att läsa",
        "skriv komma mellan delarna och } sist, och citattecken runt en text med komma eller kolon",
    ),
    "found unexpected end of stream": _QUOTE,
    "found unexpected document indicator": _QUOTE,
    "found unknown escape character": (
        "ett omvänt snedstreck inom citattecken betyder något särskilt",
        r"skriv det två gånger: \\",
    ),
    "found character that cannot start any token": _SIGN,
    "did not find expected node content": _SIGN,
    "did not find expected alphabetic or numeric character": _SIGN,
    "did not find expected comment or line break": _SIGN,
    "mapping keys are not allowed in this context": _SIGN,
}
"""libyaml's reason → what is wrong, and what it should look like (or how to tell from the line)."""
