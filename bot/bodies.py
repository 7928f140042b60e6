"""A reply as it is kept: JSON values, with nothing in it that is shown only once."""

from typing import Any

from dialogs.replies import NUMBER, Choice, Cited, File, Link, Picture, Reply


def body(reply: Reply, number: int | None = None) -> dict[str, Any]:
    """A reply as kept, with the number that the store gave; empty fields are left out."""
    kept = {name: _plain(value) for name, value in vars(reply).items() if value not in (None, (), "")}
    if number is not None and NUMBER in reply.text:
        kept["text"] = reply.text.replace(NUMBER, str(number))
    return kept


def once(body: dict[str, Any]) -> bool:
    """Whether there is anything in it that is shown once and kept nowhere."""
    return any(not link["kept"] for link in body.get("links", ()))


def to_keep(body: dict[str, Any]) -> dict[str, Any]:
    """What of it is kept: all but the links that are keys."""
    links = [link for link in body.get("links", ()) if link["kept"]]
    rest = {name: each for name, each in body.items() if name != "links"}
    return {**rest, "links": links} if links else rest


def _plain(value: Any) -> Any:
    """A reply's field as JSON values, as the store gives it back (dataclasses.asdict is slow, and keeps tuples)."""
    if isinstance(value, Picture | File):
        return dict(vars(value))
    if isinstance(value, tuple):
        return [dict(vars(each)) if isinstance(each, Choice | Cited | Link) else each for each in value]
    return value
