"""`kb import`: somebody else's FAQ into the content layout."""

import datetime as dt
from argparse import Namespace
from pathlib import Path

from bot.kb_import import DRAFTS, Imported, convert
from bot.library import SHIPPED
from bot.settings import Settings
from knowledge.complaints import Complaint, ContentError

SHARED = ("small_talk.yaml", "synonyms.yaml")


def run(asked: Namespace, _: Settings) -> int:
    """Write the folder, all or nothing, and tell what waits to be rewritten."""
    shared = {name: (SHIPPED.knowledge / name).read_text(encoding="utf-8") for name in SHARED}
    imported = convert(str(asked.file), _read(asked.file), shared, dt.datetime.now(dt.UTC).date())
    _write(asked.folder, imported)
    print(f"Skrev {imported.answers} svar i {asked.folder}. Prova: servicelotsen ask --kb {asked.folder} …")
    if imported.drafts:
        print(f"\nVäntar oavkortade i {asked.folder / DRAFTS} tills någon har skrivit om dem för chatten:")
    for draft in imported.drafts:
        print(draft)
    return 0


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, ValueError) as error:
        should = "name a CSV file or a file of JSON lines, in UTF-8"
        raise ContentError((Complaint(str(path), 1, f"can't be read ({error})", should),)) from error


def _write(folder: Path, imported: Imported) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            should = "name a new or an empty folder: nothing is ever overwritten"
            raise ContentError((Complaint(str(folder), 1, "the folder is not empty", should),))
        for path, text in imported.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        should = "name a folder that can be written"
        raise ContentError((Complaint(str(folder), 1, f"can't be written ({error})", should),)) from error
