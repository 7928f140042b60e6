"""`kb import`: somebody else's FAQ into the content layout. `kb propose`: what moderators answered, as proposals."""

import datetime as dt
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from bot.commands import _jobs
from bot.kb_import import DRAFTS, Imported, convert
from bot.kb_propose import SOURCES, Proposal, gathered, place, propose
from bot.library import SHIPPED, files, folders, read, reason, text_of
from bot.ports import StoreUnavailable
from bot.settings import Settings
from bot.store import sqlite
from knowledge.complaints import Complaint, ContentError

SHOULD = "ange en fil med CSV eller JSON-rader, sparad som UTF-8"
SHARED = ("small_talk.yaml", "synonyms.yaml")


def run(asked: Namespace, settings: Settings) -> int:
    """What was asked for."""
    return _propose(asked, settings) if asked.action == "propose" else _import(asked)


def _import(asked: Namespace) -> int:
    """Write the folder, all or nothing, and tell what waits to be rewritten."""
    shared = {name: (SHIPPED.knowledge / name).read_text(encoding="utf-8") for name in SHARED}
    imported = convert(str(asked.file), text_of(asked.file, SHOULD), shared, dt.datetime.now(dt.UTC).date())
    _write(asked.folder, imported)
    print(f"Skrev {imported.answers} svar i {asked.folder}. Prova: servicelotsen ask --kb {asked.folder} …")
    if imported.drafts:
        print(f"\nVäntar oavkortade i {asked.folder / DRAFTS} tills någon har skrivit om dem för chatten:")
    for draft in imported.drafts:
        print(draft)
    return 0


def _write(folder: Path, imported: Imported) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            should = "ange en ny eller tom mapp: inget skrivs någonsin över"
            raise ContentError((Complaint(str(folder), 1, "mappen är inte tom", should),))
        for path, text in imported.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _no_place(folder, error) from error


def _no_place(folder: Path, error: OSError) -> ContentError:
    what = f"mappen går inte att skriva i ({reason(error)})"
    return ContentError((Complaint(str(folder), 1, what, "ange en annan mapp"),))


def _propose(asked: Namespace, settings: Settings) -> int:
    """Write what isn't there, and tell what is and what waits to be rewritten; 1 when there is nothing to read."""
    where = folders(settings.content)
    content = read(where)
    if asked.webinar and asked.webinar not in content.webinars:
        _jobs.complain(f"there is no webinar {asked.webinar!r}; content has {', '.join(content.webinars) or 'none'}")
    try:
        with sqlite.looking(settings.database) as tx:
            found = gathered(tx, asked.webinar).values()
    except StoreUnavailable as error:
        _jobs.complain(f"{settings.database} can't be read: {error}")
    wanted = [each for each in found if each.state == "approved" or not (asked.approved or each.state == "dismissed")]
    base = settings.public_url.rstrip("/")
    proposal = propose(wanted, place(content, dict(files(where.knowledge)), base))
    _tell(asked.out, proposal, _added(asked.out, proposal))
    print("Read it all through before it is used: what people wrote may point to somebody.", file=sys.stderr)
    return 0


def _tell(folder: Path, proposal: Proposal, there: Mapping[str, bool]) -> None:
    """What was written, what was there already, and what a curator has to do by hand."""
    print(f"Skrev {len(proposal.files) - len(there)} filer i {folder}.")
    for path in proposal.taken:
        print(f"{path}: finns redan i kunskapsbasen")
    for path, is_same in there.items():
        print(f"{folder / path}: finns redan{'' if is_same else ', med annat innehåll, och är orörd'}")
    if there.get(SOURCES) is False:
        kept = (folder / SOURCES).read_bytes()
        if not all(f"\n{code}:".encode() in kept for code in proposal.sources):
            print(f"\nLägg till källan i {folder / SOURCES}:\n{proposal.source}")
    if proposal.drafts:
        print(f"\nVäntar i {folder / DRAFTS} tills någon har skrivit om dem för chatten:")
    for draft in proposal.drafts:
        print(draft)


def _added(folder: Path, proposal: Proposal) -> dict[str, bool]:
    """Write the files that aren't there; those that are, and whether they are the same."""
    there = {}
    try:
        for path, text in proposal.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if (folder / path).exists():
                there[path] = (folder / path).read_bytes() == text.encode()
                continue
            with (folder / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise _no_place(folder, error) from error
    return there
