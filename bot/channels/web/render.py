"""A kept message as the page and other programs get it. Nothing but translation happens here."""

from typing import Any

from bot.conversations import SWEDEN
from bot.store.tx import Message
from dialogs.replies import html, plain

Rendered = dict[str, Any]

KINDS = {"txt": "text", "ics": "iCalendar"}
"""Suffixes of files that say little; the others are what people call them."""


def render(message: Message) -> Rendered:
    """The message as JSON values. `html` is safe to insert: everything escaped but <strong>, <bdi> and <br>."""
    body = message.body
    local = message.at.astimezone(SWEDEN)
    rendered: Rendered = {
        "id": identity(message.number),
        "sender": message.sender,
        "kind": body.get("kind", "text") if message.sender != "you" else "said",
        "text": plain(body["text"]),
        "html": html(body["text"]),
        "choices": [_choice(each) for each in body.get("choices", ())],
        "at": local.isoformat(timespec="milliseconds"),
        "time": local.strftime("%H:%M"),
    }
    for name in ("heading", "note"):
        if name in body:
            rendered[name] = plain(body[name])
    if "input" in body:
        rendered["input"] = body["input"]
    if "progress" in body:
        done, total = body["progress"]
        rendered["progress"] = {"done": done, "total": total}
    if "reply_to" in body:
        rendered["reply_to"] = identity(body["reply_to"])
    if "image" in body:
        picture = body["image"]
        rendered["image"] = {
            "url": f"/media/{picture['name']}",
            **{name: picture[name] for name in ("alt", "width", "height")},
        }
    if "file" in body:
        file = body["file"]
        rendered["file"] = {
            "url": f"/media/{file['name']}", "name": file["title"], "bytes": file["bytes"], "label": _named(file),
        }  # fmt: skip
    if "links" in body:
        rendered["links"] = [dict(each) for each in body["links"]]
    if sources := [_source(each) for each in body.get("sources", ())]:
        rendered["source"], rendered["sources"] = sources[0], sources
    return rendered


def _named(file: dict[str, Any]) -> str:
    """What a file is, of which kind and how large: two of one result are told apart."""
    kind = KINDS.get(suffix := file["name"].rpartition(".")[2], suffix.upper())
    return f"{file['title']} ({kind}, {max(1, round(file['bytes'] / 1000))} kB)"


def identity(number: int) -> str:
    """The opaque id of a message: only ever compared, or given back as `after`."""
    return f"m-{number}"


def number(identity: str | None) -> int:
    """The number behind an id; 0 for anything else."""
    digits = (identity or "").removeprefix("m-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def _choice(kept: dict[str, Any]) -> Rendered:
    return {"id": kept["id"], "label": plain(kept["label"]), "quiet": kept["quiet"]}


def _source(kept: dict[str, Any]) -> Rendered:
    return {name: kept[name] for name in ("title", "date", "url") if kept.get(name)}
