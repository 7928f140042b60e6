"""Somebody else's questions and answers as a knowledge base in the content layout.

Rows with the same topic (or the same question) become one entry. Nothing is shortened: an answer that breaks the
rules for answers in the chat waits whole in `utkast/`, where the loader does not look, with what to mend at its top.
"""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import knowledge.load
from knowledge.complaints import Complaint, ContentError
from knowledge.fields import LANGUAGES
from knowledge.load import MOST_VARIANT_CHARACTERS
from knowledge.normalise import fold, same

CSV_SHOULD = "börja med raden question,answer (och topic,lang om de finns)"
JSON_SHOULD = 'write {"question": "…", "answer": "…", "topic": "…", "lang": "sv"}, topic och lang om de finns'
DRAFTS = "utkast"
ID_WORDS = 6
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

Files = dict[str, str]
"""Path within the folder → text."""


@dataclass(frozen=True)
class About:
    """What an entry says of itself beside its words."""

    group: str
    source: str
    notes: tuple[str, ...] = ()
    """Lines for whoever reviews the file."""


IMPORT = About("import", "import")


@dataclass(frozen=True)
class Row:
    """One question with its answer, as it stood in the file."""

    line: int
    topic: str
    language: str
    questions: tuple[str, ...]
    answer: str


@dataclass
class _Wording:
    line: int
    questions: dict[str, str] = field(default_factory=dict)
    answer: str = ""


@dataclass(frozen=True)
class Imported:
    """What to write, and a complaint for each answer that must be rewritten before the chat can give it."""

    files: Files
    drafts: tuple[Complaint, ...]
    answers: int


def convert(name: str, text: str, shared: Mapping[str, str], today: dt.date) -> Imported:
    """The files for the FAQ `text` of the file `name`; `shared` are those taken over as they are.

    Raises ContentError with every bad row: then nothing should be written.
    """
    complaints: list[Complaint] = []
    read = _json_rows if name.lower().endswith((".jsonl", ".json")) else _csv_rows
    wordings = _gathered(name, list(read(name, text, complaints)), complaints)
    if not wordings and not complaints:
        complaints.append(Complaint(name, 1, "det finns inga frågor i filen", CSV_SHOULD))
    if complaints:
        raise ContentError(tuple(complaints))
    base = {**shared, **_frame(name.replace("\\", "/").rpartition("/")[2], today)}
    entries = {
        path: entry_of(path, list(wording.questions.values()), wording.answer, IMPORT)
        for path, wording in wordings.items()
    }
    unfit = unfit_of(base, entries)
    drafts = tuple(
        Complaint(name, wordings[path].line, each.what, each.should) for path in unfit for each in unfit[path]
    )
    waiting = {f"{DRAFTS}/{path.removesuffix('.md')}.txt": draft_of(entries[path], unfit[path]) for path in unfit}
    fit = {path: text for path, text in entries.items() if path not in unfit}
    return Imported({**base, **fit, **waiting}, drafts, sum(path.startswith("sv/") for path in fit))


def unfit_of(base: Files, entries: Files) -> dict[str, list[Complaint]]:
    """What the loader says of each entry it does not take. English goes with its Swedish."""
    found: dict[str, list[Complaint]] = {}
    try:
        knowledge.load.load({**base, **entries}.items())
    except ContentError as error:
        for each in error.complaints:
            found.setdefault(each.file, []).append(replace(each, what=" ".join(each.what.split())))
    for path in [path for path in found if path.startswith("sv/")]:
        english = f"en/{path.removeprefix('sv/')}"
        if english in entries:
            found.setdefault(english, [Complaint(english, 1, "det svenska svaret väntar", "rätta det först")])
    return found


def draft_of(text: str, complaints: Sequence[Complaint]) -> str:
    """An entry with what to mend as comments at its top."""
    notes = "".join(f"# {each.what}; {each.should}\n" for each in complaints)
    return text.replace("---\n", f"---\n{notes}", 1)


def _csv_rows(name: str, text: str, complaints: list[Complaint]) -> Iterator[Row]:
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if not {"question", "answer"} <= set(header) or len(set(header)) < len(header):
            complaints.append(Complaint(name, 1, f"rubrikraden är {head.strip()[:80]!r}", CSV_SHOULD))
            return
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header):
                should = f"skriv {len(header)}, och sätt citattecken runt en text med komma eller semikolon"
                complaints.append(Complaint(name, line, f"raden har {len(cells)} celler", should))
            elif any(cell.strip() for cell in cells):
                yield from _row(name, line, dict(zip(header, cells, strict=False)), complaints)
            line = reader.line_num + 1
    except csv.Error as error:
        should = "stäng varje citattecken, och dubblera dem som står inuti en text"
        complaints.append(
            Complaint(name, max(reader.line_num, 1), f"filen går inte att läsa som CSV ({error})", should)
        )


def _json_rows(name: str, text: str, complaints: list[Complaint]) -> Iterator[Row]:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            found = json.loads(written)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield from _row(name, line, found, complaints)
        else:
            complaints.append(Complaint(name, line, "raden är inget JSON-objekt", JSON_SHOULD))


def _row(name: str, line: int, cells: Mapping[str, object], complaints: list[Complaint]) -> Iterator[Row]:
    """The row, or nothing when something in it is wrong (the complaints are noted)."""
    variants = cells.get("variants") or []
    questions = [cells.get("question") or "", *(variants if isinstance(variants, list) else [variants])]
    others = [cells.get(key) or "" for key in ("answer", "topic", "lang")]
    texts = [each for each in (*questions, *others) if isinstance(each, str)]
    if len(texts) < len(questions) + len(others):
        complaints.append(Complaint(name, line, "något på raden är inte en text", JSON_SHOULD))
        return
    *asked, answer, topic, language = texts
    squeezed = tuple(" ".join(each.split()) for each in asked if each.strip())
    row = Row(line, topic.strip(), language.strip().lower() or LANGUAGES[0], squeezed, answer.strip())
    faults = [Complaint(name, line, *fault) for fault in _faults(row)]
    complaints += faults
    if not faults:
        yield row


def _faults(row: Row) -> Iterator[tuple[str, str]]:
    """What is wrong with a row, and what it should look like."""
    if forbidden := _FORBIDDEN.search("".join((row.topic, *row.questions, row.answer))):
        yield f"här finns ett osynligt tecken (U+{ord(forbidden[0]):04X})", "ta bort det: skriv texten för hand"
    if not row.questions or not all(fold(each) for each in row.questions):
        yield "frågan saknas", "skriv en fråga med ord i"
    if any(len(each) > MOST_VARIANT_CHARACTERS for each in row.questions):
        yield "en fråga är för lång", f"högst {MOST_VARIANT_CHARACTERS} tecken"
    if row.language not in LANGUAGES:
        yield f"språket {row.language!r} finns inte", f"skriv {' eller '.join(LANGUAGES)}"


def _gathered(name: str, rows: Sequence[Row], complaints: list[Complaint]) -> dict[str, _Wording]:
    """The wordings by the path of their file, those of one topic together."""
    ids: dict[str, str] = {}
    found: dict[str, _Wording] = {}
    for row in rows:
        key = f"topic {row.topic}" if row.topic else f"question {fold(row.questions[0])}"
        if key not in ids:
            ids[key] = _unused(id_of(row.topic or row.questions[0]), ids.values())
        wording = found.setdefault(f"{row.language}/{ids[key]}.md", _Wording(row.line))
        if row.answer and wording.answer and row.answer != wording.answer:
            should = "behåll ett av dem, eller ge raderna olika topic"
            complaints.append(Complaint(name, row.line, f"ett annat svar än på rad {wording.line}", should))
        wording.answer = wording.answer or row.answer
        for question in row.questions:
            wording.questions.setdefault(same(question), question)
    complaints += [Complaint(name, wording.line, *fault) for path, wording in found.items()
                   for fault in _missing(path, wording, found)]  # fmt: skip
    return found


def _missing(path: str, wording: _Wording, found: Collection[str]) -> Iterator[tuple[str, str]]:
    if not wording.answer:
        yield "svaret saknas", "skriv ett, eller ta bort raden"
    if path.startswith("en/") and path.replace("en/", "sv/", 1) not in found:
        yield "det finns inget svenskt svar att falla tillbaka på", "lägg till en rad med samma topic och lang sv"


def id_of(text: str) -> str:
    """An id from a topic or a question: its first words."""
    found = re.findall(r"[a-z0-9]+", fold(text))
    return "-".join(found[:ID_WORDS])[:60].strip("-") or "fraga"


def _unused(wanted: str, taken: Collection[str]) -> str:
    number, found = 1, wanted
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def entry_of(path: str, questions: Sequence[str], answer: str, about: About) -> str:
    """An entry's file: the first question as its title, all as its ways of asking. Nobody has reviewed it."""
    notes = "".join(f"# {note}\n" for note in about.notes)
    said = f"group: {about.group}\nfreshness: check\nsources: [{about.source}]\n" if path.startswith("sv/") else ""
    head = f"{notes}title: {quoted(questions[0])}\n{said}reviewed: null\n{variants(questions)}"
    body = "\n".join(answer.splitlines())
    return f"---\n{head}---\n{body}\n"


def variants(questions: Sequence[str]) -> str:
    """Ways of asking as an entry lists them."""
    return "variants:\n" + "".join(f"  - {quoted(each)}\n" for each in questions)


def quoted(text: str) -> str:
    """A text in double quotes, as YAML wants it; what can't be seen is written as its number."""
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in marked) + '"'


def _frame(name: str, today: dt.date) -> Files:
    title, sv, en = quoted(name), quoted(f"importerat {today}"), quoted(f"imported {today}")
    return {
        "groups.yaml": '- {id: import, sv: "Importerade svar", en: "Imported answers"}\n',
        "sources.yaml": (
            f"import:\n  title: {{sv: {title}, en: {title}}}\n  age: {{sv: {sv}, en: {en}}}\n"
            "  url: null\n  links_checked: null\n"
        ),
        "toolbox.yaml": "[]\n",
        "calls.yaml": "last_checked: null\nkept_by: null\ncalls: []\n",
    }
