"""The published description of the Bot API as a judge of what a bot sends, and of the updates we make up.

`check` names everything wrong with a call. A complaint is what Telegram answers after "Bad Request: "; what follows
" <- " in it is for the reader of a test. Two things are stricter than Telegram: parameters it does not know (it ignores
them), and values of another JSON type than described (it reads "5" as 5). Forms have only strings: see `from_strings`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.botapi import rules
from tests.botapi.markup import units

DATA = Path(__file__).parent.parent / "data" / "telegram" / "bot_api_10.3.json"
Json = dict[str, Any]
Checker = Callable[[Any, str, list[str]], None]

ALPHABETS = {
    "lowercase English letters, digits and underscores": re.compile(r"[a-z0-9_]+"),
    "A-Z, a-z, 0-9, _ and -": re.compile(r"[A-Za-z0-9_-]+"),
    "English letters, digits and underscores": re.compile(r"[A-Za-z0-9_]+"),
}
_LITERAL = re.compile(r"(?:must be|always) [\"'“]?([a-z_0-9]+)[\"'”]?(?:$|[.,; ])")
_NOTHING: Mapping[str, Any] = {}


@cache
def api() -> Json:
    """Everything published."""
    found: Json = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def check(method: str, params: Mapping[str, Any], files: Mapping[str, Any] = _NOTHING) -> list[str]:
    """What is wrong with a call; nothing when Telegram would read it."""
    known = _methods().get(method)
    return known.check(params, files) if known else ["method not found <- " + method]


def check_type(name: str, value: Any) -> list[str]:
    """What is wrong with a value of a published type, such as an Update."""
    complaints: list[str] = []
    _type(name)(value, name, complaints)
    return complaints


def knows(method: str) -> bool:
    """Whether there is such a method."""
    return method in _methods()


def real_name(method: str) -> str:
    """The method's name as published: Telegram does not mind upper and lower case."""
    return method if method in _methods() else _lower_names().get(method.lower(), method)


def from_strings(method: str, given: Mapping[str, str]) -> Json:
    """The values that a form or a query string stands for. What can't be read stays a string, for `check` to find."""
    known = _methods().get(method)
    readers = known.readers if known else {}
    return {name: readers[name](value) if name in readers else value for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    checkers: Mapping[str, Checker]
    readers: Mapping[str, Callable[[str], Any]]
    required: frozenset[str]
    uploads: frozenset[str]
    whole: tuple[rules.Rule, ...]

    def check(self, params: Mapping[str, Any], files: Mapping[str, Any]) -> list[str]:
        complaints: list[str] = []
        self.each(params, complaints, told=False)
        if complaints:
            complaints.clear()
            self.each(params, complaints, told=True)
        if not self.required <= params.keys():
            complaints += self.missing(params, files)
        if files:
            complaints += self.misplaced(params, files)
        if not complaints:
            for rule in self.whole:
                rule(params, self.name, complaints)
        return complaints

    def each(self, params: Mapping[str, Any], complaints: list[str], *, told: bool) -> None:
        """Check every parameter. Telling where something is wrong takes longer than finding out whether it is."""
        checkers = self.checkers
        for key, value in params.items():
            checker = checkers.get(key)
            if checker is None:
                complaints.append(f"unknown parameter {key} <- {self.name}")
            else:
                checker(value, key if told else "", complaints)

    def missing(self, params: Mapping[str, Any], files: Mapping[str, Any]) -> list[str]:
        gone = [name for name in sorted(self.required - params.keys()) if name not in files]
        texts = {"text": "message text is empty", "chat_id": "chat_id is empty"}
        return [f"{texts.get(name, f'parameter {name} is required')} <- {self.name} without {name}" for name in gone]

    def misplaced(self, params: Mapping[str, Any], files: Mapping[str, Any]) -> list[str]:
        said = repr(params)
        lost = [name for name in files if name not in self.uploads and f"attach://{name}" not in said]
        return [f"nothing refers to the file {name} <- {self.name}" for name in lost]


@cache
def _methods() -> Mapping[str, _Method]:
    return {name: _compiled(name, about["parameters"]) for name, about in api()["methods"].items()}


@cache
def _lower_names() -> Mapping[str, str]:
    return {name.lower(): name for name in _methods()}


def _compiled(name: str, fields: Json) -> _Method:
    readers = {key: _reader(each["type"]) for key, each in fields.items() if each["type"] not in _STRINGS}
    return _Method(
        name,
        {key: _field(key, each, fields) for key, each in fields.items()},
        readers,
        frozenset(key for key, each in fields.items() if each["required"]),
        frozenset(key for key, each in fields.items() if "InputFile" in each["type"]),
        (*rules.markups(fields), *rules.METHODS.get(name, ())),
    )


_STRINGS = ("String", "InputFile", "InputFile or String")


def _reader(kind: str) -> Callable[[str], Any]:
    return {
        "Integer": _integer, "Integer or String": _integer, "Float": _number, "Boolean": _boolean, "True": _boolean,
    }.get(kind, _json)  # fmt: skip


def _integer(text: str) -> Any:
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else text


def _number(text: str) -> Any:
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else text


def _boolean(text: str) -> Any:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _field(name: str, about: Json, fields: Json) -> Checker:
    facts = about.get("facts", _NOTHING)
    if name in rules.marked(fields):
        return _plain(str, "a string")
    if name in ("type", "status", "source") and (literal := _literal(about)):
        return _only(literal)
    return _kind(about["type"], facts)


def _literal(about: Json) -> str | None:
    found = _LITERAL.search(about["description"])
    return found.group(1) if found else None


def _kind(kind: str, facts: Mapping[str, Any] = _NOTHING) -> Checker:
    if kind.startswith("Array of "):
        return _array(kind.removeprefix("Array of "), facts)
    names = re.split(r", | and | or ", kind)
    return _union(names) if len(names) > 1 else _single(kind, facts)


def _single(kind: str, facts: Mapping[str, Any]) -> Checker:
    if kind == "Integer":
        return _ranged(facts) if "min" in facts else _plain(int, "an integer")
    if kind == "String":
        return _text(facts) if "max_length" in facts else _plain(str, "a string")
    if kind == "Float":
        return _float
    if kind in ("Boolean", "True"):
        return _plain(bool, "a boolean") if kind == "Boolean" else _only(True)
    if kind == "InputFile":
        return _plain(str, "a file")

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        _type(kind)(value, where, complaints)  # only now: types name each other in circles

    return checker


def _plain(kind: type, called: str) -> Checker:
    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) is not kind:
            complaints.append(f"{where} must be {called} <- {value!r:.80}")

    return checker


def _only(literal: object) -> Checker:
    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if value is not literal and value != literal:
            complaints.append(f"{where} must be {literal} <- {value!r:.80}")

    return checker


def _float(value: Any, where: str, complaints: list[str]) -> None:
    if type(value) not in (int, float):
        complaints.append(f"{where} must be a number <- {value!r:.80}")


def _ranged(facts: Mapping[str, Any]) -> Checker:
    least, most = facts["min"], facts["max"]

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) is not int or not least <= value <= most:
            complaints.append(f"{where} must be an integer from {least} to {most} <- {value!r:.80}")

    return checker


def _text(facts: Mapping[str, Any]) -> Checker:
    least, most = facts["min_length"], facts["max_length"]
    size: Callable[[str], int] = (lambda text: len(text.encode())) if facts["length_unit"] == "bytes" else units
    alphabet = ALPHABETS[facts["alphabet"]] if "alphabet" in facts else None

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) is not str:
            complaints.append(f"{where} must be a string <- {value!r:.80}")
        elif not least <= rules.size_of(value, size) <= most:
            text = (
                "BUTTON_DATA_INVALID" if where.endswith("callback_data") else f"{where} must be {least} to {most} long"
            )
            complaints.append(f"{text} <- {where} has {rules.size_of(value, size)} {facts['length_unit']}")
        elif alphabet and value and not alphabet.fullmatch(value):
            complaints.append(f"{where} may have only {facts['alphabet']} <- {value!r:.80}")

    return checker


def _array(kind: str, facts: Mapping[str, Any]) -> Checker:
    each = _kind(kind)
    least, most = facts.get("min_items", 0), facts.get("max_items", 1_000_000)

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) is not list:
            complaints.append(f"{where} must be an array <- {value!r:.80}")
            return
        if not least <= len(value) <= most:
            complaints.append(f"{where} must have {least} to {most} items <- {len(value)}")
        for number, item in enumerate(value):
            each(item, f"{where}[{number}]" if where else "", complaints)

    return checker


_SIMPLE: Mapping[str, tuple[type, ...]] = {
    "Integer": (int,), "String": (str,), "Boolean": (bool,), "True": (bool,), "Float": (int, float),
    "InputFile": (str,),
}  # fmt: skip


def _union(names: Sequence[str]) -> Checker:
    """One of several types: simple ones by the value's own type, objects by their required fields and literals."""
    simple = tuple(kind for name in names for kind in _SIMPLE.get(name, ()))
    objects = [name for name in names if name not in _SIMPLE]

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) in simple:
            return
        if type(value) is dict:
            for name in objects:
                if _fits(name, value):
                    _type(name)(value, where, complaints)
                    return
        complaints.append(f"{where} must be {' or '.join(names)} <- {value!r:.80}")

    return checker


@cache
def _marks(name: str) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    fields = api()["types"][name].get("fields") or {}
    required = frozenset(key for key, each in fields.items() if each["required"])
    literals = [(key, _literal(each)) for key, each in fields.items() if key in ("type", "status", "source")]
    return required, tuple((key, literal) for key, literal in literals if literal)


def _fits(name: str, value: Json) -> bool:
    required, literals = _marks(name)
    if name == "Message" and value.get("date") == 0:
        return False
    return required <= value.keys() and all(value.get(key) == literal for key, literal in literals)


@cache
def _type(name: str) -> Checker:
    about = api()["types"][name]
    fields = about.get("fields") or {}
    if name == "RichText":
        return _rich_text
    if not fields and (names := _stands_for(name)):
        return _union(names)
    return _object(name, fields)


def _stands_for(name: str) -> list[str]:
    types = api()["types"]
    listed = [each for each in re.findall(r"^ - (\w+)", types[name]["description"], re.MULTILINE) if each in types]
    prefixed = [each for each in types if each.startswith(name) and each[len(name) : len(name) + 1].isupper()]
    return listed or prefixed


def _rich_text(value: Any, where: str, complaints: list[str]) -> None:
    if type(value) is list:
        for number, each in enumerate(value):
            _rich_text(each, f"{where}[{number}]", complaints)
    elif type(value) is not str:
        _union(_stands_for("RichText"))(value, where, complaints)


def _object(name: str, fields: Json) -> Checker:
    checkers = {key: _field(key, each, fields) for key, each in fields.items()}
    required = frozenset(key for key, each in fields.items() if each["required"])
    whole = (*rules.markups(fields), *rules.TYPES.get(name, ()))

    def checker(value: Any, where: str, complaints: list[str]) -> None:
        if type(value) is not dict:
            complaints.append(f"{where} must be an object ({name}) <- {value!r:.80}")
            return
        before = len(complaints)
        for key, each in value.items():
            found = checkers.get(key)
            if found is None:
                complaints.append(f"unknown field {where}.{key} <- {name}")
            else:
                found(each, f"{where}.{key}" if where else "", complaints)
        if not required <= value.keys():
            complaints.append(f"{where} lacks {', '.join(sorted(required - value.keys()))} <- {name}")
        if len(complaints) == before:
            for rule in whole:
                rule(value, where, complaints)

    return checker
