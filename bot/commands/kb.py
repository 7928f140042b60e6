"""`kb import`: somebody else's FAQ into the content layout."""

import datetime as dt
from argparse import Namespace
from pathlib import Path

from bot.kb_import import DRAFTS, Imported, convert
from bot.library import SHIPPED, reason, text_of
from bot.settings import Settings
from knowledge.complaints import Complaint, ContentError

SHOULD = "ange en fil med CSV eller JSON-rader, sparad som UTF-8"
SHARED = ("small_talk.yaml", "synonyms.yaml")


def run(asked: Namespace, _: Settings) -> int:
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
        what = f"mappen går inte att skriva i ({reason(error)})"
        raise ContentError((Complaint(str(folder), 1, what, "ange en annan mapp"),)) from error
