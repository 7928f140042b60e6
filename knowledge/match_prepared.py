"""A matcher as bytes, so that a command can start without learning anew.

First the length of a JSON header (eight bytes, little-endian), then the header, then the arrays it lists, one after
the other. Whoever keeps the bytes gives a key (a digest of the content) and gets nothing back for another key.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from knowledge.entries import Knowledge
from knowledge.match import Matcher, assemble
from knowledge.match_calibrate import Thresholds
from knowledge.match_model import Lesson, Model
from knowledge.match_texts import Features, Texts

FORMAT = 1
TEXTS = ("rarity", "rows", "weights", "ends")
MODEL = ("speaks", "says", "starts")


def pack(matcher: Matcher, key: str) -> bytes:
    """All that `unpack` needs beside the content."""
    arrays = [
        getattr(owner, name)
        for model in matcher.models.values()
        for owner, names in ((model.texts, TEXTS), (model, MODEL))
        for name in names
    ]
    header = {
        "format": FORMAT,
        "key": key,
        "arrays": [None if array is None else [array.dtype.str, array.shape] for array in arrays],
        "models": {language: _described(model) for language, model in matcher.models.items()},
        "calibration": {
            language: [limits.answer_from, limits.suggest_from] for language, limits in matcher.calibration.items()
        },
    }
    head = json.dumps(header).encode()
    kept = (np.ascontiguousarray(array).tobytes() for array in arrays if array is not None)
    return b"".join((len(head).to_bytes(8, "little"), head, *kept))


def unpack(data: bytes, key: str, knowledge: Knowledge) -> Matcher | None:
    """The matcher that was packed from this content; None for another key, another format or damaged bytes."""
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        if (header["format"], header["key"]) != (FORMAT, key):
            return None
        arrays = iter(_arrays(header["arrays"], data, 8 + length))
        models = {language: _model(language, told, arrays, knowledge) for language, told in header["models"].items()}
        calibration = {language: Thresholds(*limits) for language, limits in header["calibration"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return assemble(knowledge, models, calibration)


def _described(model: Model) -> dict[str, Any]:
    return {
        "topics": model.topics,
        "lessons": [(lesson.text, lesson.entry, lesson.weight, lesson.owner) for lesson in model.lessons],
        "features": list(model.texts.numbers),
        "unknown": model.texts.unknown,
    }


def _arrays(told: list[Any], data: bytes, place: int) -> list[Any]:
    found: list[Any] = []
    for each in told:
        if each is None:
            found.append(None)
            continue
        kind, shape = np.dtype(each[0]), tuple(each[1])
        size = int(np.prod(shape))
        found.append(np.frombuffer(data, kind, size, place).reshape(shape))
        place += size * kind.itemsize
    return found


def _model(language: str, told: Mapping[str, Any], arrays: Any, knowledge: Knowledge) -> Model:
    lessons = tuple(Lesson(*lesson) for lesson in told["lessons"])
    numbers = {name: number for number, name in enumerate(told["features"])}
    texts = Texts(numbers, len(lessons), told["unknown"], *(next(arrays) for _ in TEXTS))
    features = Features.of(language, knowledge.synonyms.get(language, ()))
    return Model(tuple(told["topics"]), lessons, features, texts, *(next(arrays) for _ in MODEL))
