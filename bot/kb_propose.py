"""What moderators answered in writing, as proposed entries: a second person reviews them in git before anybody is told.

Answers in the moderators' own words become entries, those given with an entry become ways of asking for it, as does
what people in the chat tied to an entry. Nobody's name is in them.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.conversations import SWEDEN
from bot.kb_import import DRAFTS, About, Files, draft_of, entry_of, id_of, quoted, unfit_of, variants
from dialogs.contributions import Contribution, contributions, standing
from dialogs.definitions import Content, Webinar
from knowledge.complaints import Complaint
from knowledge.entries import Entry, Knowledge
from knowledge.load import load
from knowledge.normalise import same
from knowledge.review import REVIEW_DAYS, doubled

if TYPE_CHECKING:
    from bot.store.tx import Tx

SOURCES, WAYS = "sources.yaml", "fragesatt"
"""The file of sources, and the folder with new ways of asking for entries that there are."""
LETTERBOX, CHAT = "brevladan", "chatten"
"""What stands for a webinar where a question came in the letterbox, and where somebody tied it to an entry."""
LETTERBOX_TITLE = {"sv": "Frågor i brevlådan", "en": "Questions in the letterbox"}


@dataclass(frozen=True)
class Proposal:
    """What to write, and what of it can't be loaded before somebody has mended it."""

    files: Files
    source: str
    """The webinars' own lines in sources.yaml; empty where the content has them."""
    drafts: tuple[Complaint, ...]
    taken: tuple[str, ...] = ()
    """Entries that were proposed before and stand in the content now."""

    @property
    def sources(self) -> list[str]:
        """The codes of the sources that are new."""
        return re.findall(r"^(\S+):$", self.source, re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """What a proposal is made for."""

    webinars: Mapping[str, Webinar]
    content: Mapping[str, str]
    """The knowledge base's files."""
    addresses: Mapping[str, str]
    """Where each webinar is on the web, as far as that is known."""
    technical: Collection[str]
    """Groups about technical trouble: never what an answer is guessed to be about without a sign of it."""


def place(content: Content, texts: Mapping[str, str], base: str) -> Place:
    """What proposals are made for, where the service's address is `base`, or empty where that isn't known."""
    addresses = {code: f"{base}/w/{code}" for code in content.webinars if base}
    return Place(content.webinars, texts, addresses, content.trouble_groups)


def gathered(tx: "Tx", webinar: str | None) -> dict[str, Contribution]:
    """The contributions of a webinar, or of all there are with what people tied to entries, by key."""
    fresh = contributions(tx.questions_in(webinar), () if webinar else tx.tied(), SWEDEN)
    kept = tx.contributions()
    return standing(fresh, {key: each for key, each in kept.items() if webinar in (None, each.webinar)})


def unknown(contribution: Contribution, known: Knowledge) -> Contribution | None:
    """What of a contribution the content doesn't have, if anything."""
    if not contribution.entry:
        return None if entry_id(contribution) in known.entries else contribution
    entry = known.entries.get(contribution.entry)
    wordings = entry and _unasked(entry, contribution.language, contribution.wordings)
    return replace(contribution, wordings=wordings) if wordings else None


def entry_id(contribution: Contribution) -> str:
    """The id of a new entry: its first words, and the question that it came of."""
    return f"{id_of(contribution.wordings[0])}-{contribution.code.replace('-', '').lower()}"


def propose(found: Iterable[Contribution], at: Place) -> Proposal:
    """The files that contributions give; the same ones each time for the same contributions."""
    everything = tuple(found)
    known = load(at.content.items())
    by_path = {f"{each.language}/{entry_id(each)}.md": each for each in everything if not each.entry}
    entries = {path: _entry(path, each, known, at) for path, each in by_path.items()}
    new = {path: text for path, text in entries.items() if path not in at.content}
    source = _sources([by_path[path] for path in new], known, at)
    base = {**at.content, SOURCES: at.content[SOURCES] + source}
    unfit = _unfit(base, new, known)
    files = {path: text for path, text in new.items() if path not in unfit}
    for path, complaints in unfit.items():
        files[f"{DRAFTS}/{path.removesuffix('.md')}.txt"] = draft_of(new[path], complaints)
    files |= _ways([each for each in everything if each.entry], known, at)
    if source:
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


def _entry(path: str, found: Contribution, known: Knowledge, at: Place) -> str:
    """The file of a new entry."""
    near = [known.entries[topic] for topic in found.near if topic in known.entries]
    notes = [f"Förslag ur {found.code}, besvarad {found.day}. Läs igenom det: någon kan vara nämnd."]
    if found.decided and found.state == "approved":
        notes.append(f"Godkänt {found.decided.astimezone(SWEDEN).date()} av en till än den som skrev.")
    notes.append(f"Sätt reviewed när ni har läst det hos er. Läs det igen senast {review_by(found)}.")
    notes.append(f"Närmaste svar i dag: {', '.join(each.id for each in near) or 'inget'}. Gruppen är en gissning.")
    if found.removed:
        notes.append(f"Här är borttaget: {', '.join(found.removed)}.")
    notes += [f"Frågades också så ({language}): {quoted(words)}" for language, words in found.also]
    likely = [each.group for each in near] or [each for each in known.groups if each not in at.technical]
    about = About([*likely, *known.groups][0], f'"{_code(found, at)}:{found.code}"', tuple(notes))
    return entry_of(path, found.wordings, found.answer, about)


def review_by(found: Contribution) -> dt.date:
    """When an answer is to be read again at the latest."""
    return found.day + dt.timedelta(days=REVIEW_DAYS)


def _code(found: Contribution, at: Place) -> str:
    """What a contribution's source is called."""
    if found.webinar in at.webinars:
        return str(found.webinar)
    return LETTERBOX if found.questions else CHAT


def _sources(new: Sequence[Contribution], known: Knowledge, at: Place) -> str:
    """The webinars of new entries among the sources, as they are written there."""
    days: dict[str, dt.date] = {}
    for each in new:
        code = _code(each, at)
        days[code] = max(each.day, days.get(code, each.day))
    return "".join(_source(code, day, at) for code, day in days.items() if code not in known.sources)


def _source(code: str, day: dt.date, at: Place) -> str:
    webinar, address = at.webinars.get(code), at.addresses.get(code)
    title = webinar.title if webinar else LETTERBOX_TITLE
    heard = webinar.details.get("recording", {}).get("sv") if webinar else None
    notes = [f"Sidan: {address}"] * bool(address) + ([f"Inspelningen: {quoted(heard)}"] if heard else [])
    return (
        "\n" + "".join(f"# {note}\n" for note in notes) + f"{code}:\n"
        f"  title: {{sv: {quoted(title['sv'])}, en: {quoted(title['en'])}}}\n"
        f'  age: {{sv: "besvarat {day}", en: "answered {day}"}}\n'
        "  url: null\n  links_checked: null\n"
    )


def _ways(found: Sequence[Contribution], known: Knowledge, at: Place) -> Files:
    """New ways of asking, a file for each entry, language and source to paste from."""
    by_file: dict[str, list[Contribution]] = {}
    for each in found:
        if each.entry in known.entries:
            path = f"{WAYS}/{each.language}/{each.entry}-{_code(each, at)}.txt"
            by_file.setdefault(path, []).append(each)
    return {path: text for path, its in by_file.items() if (text := _ways_of(known.entries[its[0].entry], its))}


def _ways_of(entry: Entry, found: Sequence[Contribution]) -> str:
    """The file of one entry and language; empty where nothing new was asked."""
    language = found[0].language
    new = _unasked(entry, language, [words for each in found for words in each.wordings])
    if not new:
        return ""
    codes = ", ".join(each.code for each in found if each.questions) or CHAT
    title = entry.wording(language).title
    return (
        f"---\n# Nya frågesätt till svaret {entry.id}, ur {codes}. Läs igenom dem: någon kan vara nämnd.\n"
        f"# Klistra in raderna under variants i {language}/{entry.id}.md.\n"
        f"title: {quoted(title)}\n{variants(new)}---\n"
    )


def _unasked(entry: Entry, language: str, asked: Iterable[str]) -> tuple[str, ...]:
    """The wordings that an entry doesn't have, each once."""
    wording = entry.wordings.get(language)
    there = {same(each) for each in (wording.title, *wording.variants)} if wording else set()
    new = {same(words): words for words in asked}
    return tuple(words for key, words in new.items() if key not in there)
