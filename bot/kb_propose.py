"""What moderators answered in writing, as proposed entries: a second person reviews them in git before anybody is told.

Answers in the moderators' own words become entries, those given with an entry become ways of asking for it. Nobody's
name is in them, and what was written is cleaned once more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.conversations import SWEDEN
from bot.kb_import import DRAFTS, About, Files, draft_of, entry_of, id_of, quoted, same, unfit_of, variants
from dialogs.aftermath import Told, aftermath
from dialogs.clean import clean
from dialogs.definitions import Webinar
from dialogs.records import Question
from knowledge.complaints import Complaint
from knowledge.entries import Entry, Knowledge
from knowledge.fields import LANGUAGES
from knowledge.load import load
from knowledge.review import doubled

SOURCES, WAYS = "sources.yaml", "fragesatt"
"""The file of sources, and the folder with new ways of asking for entries that there are."""


@dataclass(frozen=True)
class Proposal:
    """What to write, and what of it can't be loaded before somebody has mended it."""

    files: Files
    source: str
    """The webinar's own lines in sources.yaml; empty where the content has them."""
    drafts: tuple[Complaint, ...]
    taken: tuple[str, ...] = ()
    """Entries that were proposed before and stand in the content now."""


@dataclass(frozen=True)
class Place:
    """What a proposal is made for."""

    webinar: Webinar
    content: Mapping[str, str]
    """The knowledge base's files."""
    address: str
    """Where the webinar is on the web; empty where that isn't known."""
    technical: Collection[str]
    """Groups about technical trouble: never what an answer is guessed to be about without a sign of it."""


def propose(questions: Iterable[Question], place: Place) -> Proposal:
    """The proposal that a webinar's questions give; the same one each time for the same questions."""
    told = [each for each in aftermath(questions, SWEDEN).of("written") if each.question.kind == "question"]
    known = load(place.content.items())
    source = "" if place.webinar.code in known.sources else _source(place, [each.question for each in told])
    own = [each for each in told if each.question.answer and not each.question.entry]
    entries = dict(_entry(each, known, place) for each in own)
    new = {path: text for path, text in entries.items() if path not in place.content}
    base = {**place.content, SOURCES: place.content[SOURCES] + source}
    unfit = _unfit(base, new, known)
    files = {path: text for path, text in new.items() if path not in unfit}
    for path, complaints in unfit.items():
        files[f"{DRAFTS}/{path.removesuffix('.md')}.txt"] = draft_of(new[path], complaints)
    files |= _ways([each for each in told if each.question.entry], known, place.webinar.code)
    if source and new:
        files[SOURCES] = base[SOURCES]
    drafts = tuple(each for path in unfit for each in unfit[path])
    return Proposal(files, source, drafts, tuple(path for path in entries if path not in new))


def _unfit(base: Files, entries: Files, known: Knowledge) -> dict[str, list[Complaint]]:
    """What `check` would complain of, by file: what can't be loaded, and what is asked for in another entry too."""
    found = unfit_of(base, entries)
    together = load({**base, **{path: text for path, text in entries.items() if path not in found}}.items())
    in_order = replace(together, entries={**known.entries, **together.entries})
    for remark in doubled(in_order):
        if remark.file in entries:
            found.setdefault(remark.file, []).append(Complaint(remark.file, 1, remark.what, remark.should))
    return {path: list(dict.fromkeys(complaints)) for path, complaints in found.items()}


def _entry(told: Told, known: Knowledge, place: Place) -> tuple[str, str]:
    """The file of one answer: its path, the same each time, and its text."""
    question, answer = told.question, clean(told.question.answer or "")
    words, removed = _wordings(told, question.language)
    near = [known.entries[topic] for topic in question.candidates if topic in known.entries]
    decided = (question.decided or question.asked).astimezone(SWEDEN).date()
    notes = [f"Förslag ur {question.code}, besvarad {decided}. Läs igenom det: någon kan vara nämnd."]
    notes.append(f"Närmaste svar i dag: {', '.join(each.id for each in near) or 'inget'}. Gruppen är en gissning.")
    if taken := dict.fromkeys((*removed, *answer.removed)):
        notes.append(f"Här är borttaget: {', '.join(taken)}.")
    for other in LANGUAGES:
        if other != question.language:
            notes += [f"Frågades också så ({other}): {quoted(each)}" for each in _wordings(told, other)[0]]
    likely = [each.group for each in near] or [each for each in known.groups if each not in place.technical]
    about = About([*likely, *known.groups][0], f'"{place.webinar.code}:{question.code}"', tuple(notes))
    path = f"{question.language}/{id_of(clean(question.text).text)}-f{question.number}.md"
    return path, entry_of(path, words, answer.text, about)


def _wordings(told: Told, language: str) -> tuple[list[str], tuple[str, ...]]:
    """How the question, and those taken together with it, were put in a language, each once; what was taken out."""
    asked = [each for each in (told.question, *told.together) if each.language == language]
    cleaned = [clean(text) for each in asked for text in (each.shown, each.text)]
    found: dict[str, str] = {}
    for each in cleaned:
        words = " ".join(each.text.split())
        found.setdefault(same(words), words)
    return list(found.values()), tuple(kind for each in cleaned for kind in each.removed)


def _source(place: Place, questions: Sequence[Question]) -> str:
    """The webinar among the sources, as it is written there."""
    if not questions:
        return ""
    code, title = place.webinar.code, place.webinar.title
    day = max((each.decided or each.asked).astimezone(SWEDEN).date() for each in questions)
    heard = place.webinar.details.get("recording", {}).get("sv")
    notes = [f"Sidan: {place.address}"] * bool(place.address) + ([f"Inspelningen: {quoted(heard)}"] if heard else [])
    return (
        "\n" + "".join(f"# {note}\n" for note in notes) + f"{code}:\n"
        f"  title: {{sv: {quoted(title['sv'])}, en: {quoted(title['en'])}}}\n"
        f'  age: {{sv: "besvarat {day}", en: "answered {day}"}}\n'
        "  url: null\n  links_checked: null\n"
    )


def _ways(told: Sequence[Told], known: Knowledge, code: str) -> Files:
    """New ways of asking, a file for each entry and language to paste from."""
    by_entry: dict[str, list[Told]] = {}
    for each in told:
        by_entry.setdefault(each.question.entry or "", []).append(each)
    return {
        f"{WAYS}/{language}/{topic}-{code}.txt": text
        for topic, its in by_entry.items()
        if topic in known.entries
        for language in LANGUAGES
        if (text := _ways_of(known.entries[topic], its, language))
    }


def _ways_of(entry: Entry, told: Sequence[Told], language: str) -> str:
    """The file of one entry and language; empty where nothing new was asked."""
    wording = entry.wordings.get(language)
    there = {same(each) for each in (wording.title, *wording.variants)} if wording else set()
    asked = {same(words): words for each in told for words in _wordings(each, language)[0]}
    new = [words for key, words in asked.items() if key not in there]
    if not new:
        return ""
    codes = ", ".join(each.question.code for each in told)
    title = wording.title if wording else entry.wording("sv").title
    return (
        f"---\n# Nya frågesätt till svaret {entry.id}, ur {codes}. Läs igenom dem: någon kan vara nämnd.\n"
        f"# Klistra in raderna under variants i {language}/{entry.id}.md.\n"
        f"title: {quoted(title)}\n{variants(new)}---\n"
    )
