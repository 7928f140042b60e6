import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path

import pytest

from bot.library import SHIPPED, Folders, Library, files, folders, read
from bot.links import addresses
from knowledge.complaints import ContentError
from knowledge.match import Matcher
from tests.people import shipped


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A curator's copy of the shipped content."""
    shutil.copytree(SHIPPED.knowledge, tmp_path / "knowledge")
    shutil.copytree(SHIPPED.dialogs, tmp_path / "dialogs")
    return tmp_path


def test_without_a_folder_the_shipped_content_is_used() -> None:
    assert folders("") == SHIPPED


def test_what_a_folder_of_ones_own_lacks_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    assert folders(str(tmp_path)) == Folders(tmp_path / "knowledge", SHIPPED.dialogs)


def test_a_misspelt_folder_is_never_silently_the_shipped_one(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ContentError, match=f"^{path}:1: "):
            folders(str(path))


def test_only_content_files_are_read_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b.md", "a.yaml", "sv/å.md", "notes.txt", ".b.md.swp", "b.md~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "folder.md").mkdir()
    assert list(files(tmp_path)) == [(each, each) for each in ("a.yaml", "b.md", "sv/å.md")]


def test_a_file_that_is_not_utf8_is_complained_of_and_does_not_stop_the_rest(own: Path) -> None:
    (own / "knowledge" / "synonyms.yaml").write_bytes(b"\xff\xfe: \x00")
    (own / "knowledge" / "groups.yaml").unlink()
    with pytest.raises(ContentError) as told:
        read(folders(str(own)))
    assert {each.file for each in told.value.complaints} >= {"synonyms.yaml", "groups.yaml"}


def test_reading_again_uses_the_new_words_at_once(own: Path) -> None:
    library = Library(folders(str(own)))
    file = own / "dialogs" / "texts.sv.yaml"
    library.matcher = shipped().matcher
    before = library.content.texts["sv"]("help")
    lines = file.read_text(encoding="utf-8").split("\n")
    changed = ['help: "Så här hjälper jag dig."' if each.startswith("help:") else each for each in lines]
    file.write_text("\n".join(changed), encoding="utf-8")
    assert library.reload() == ()
    assert library.content.texts["sv"]("help") == "Så här hjälper jag dig." != before
    assert library.matcher is not shipped().matcher


def test_of_two_who_read_again_at_once_what_was_read_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    library, matcher = copy(shipped()), shipped().matcher
    contents = [copy(library.content) for _ in range(2)]
    unread = iter(contents)
    began, second_done = threading.Event(), threading.Event()

    def slow(*_: object) -> Matcher:
        if not began.is_set():
            began.set()
            second_done.wait(0.5)
        return matcher

    monkeypatch.setattr("bot.library.read", lambda _: next(unread))
    monkeypatch.setattr("bot.prepared.matcher", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(library.reload)
        assert began.wait(5)
        second = pool.submit(library.reload)
        second.add_done_callback(lambda _: second_done.set())
        assert (first.result(), second.result()) == ((), ())
    assert library.content is contents[1]


def test_a_bad_file_keeps_all_of_the_old_content_and_says_where(own: Path) -> None:
    library = copy(shipped())
    library.where = folders(str(own))
    content, matcher = library.content, library.matcher
    (own / "knowledge" / "groups.yaml").write_text("nonsense: [\n", encoding="utf-8")
    (own / "dialogs" / "commands.yaml").write_text("staart: [x]\n", encoding="utf-8")
    complaints = library.reload()
    assert {each.split(":")[0] for each in complaints} >= {"groups.yaml"}
    assert (library.content, library.matcher) == (content, matcher)


def test_every_address_in_the_content_can_be_tested() -> None:
    for file, name, url in addresses(shipped().content.knowledge):
        assert file in ("sources.yaml", "toolbox.yaml")
        assert name
        assert url.startswith(("http://", "https://"))
