"""What users send: the contents of their messages as Telegram tells of them."""

import re
from typing import Any

from tests.botapi.markup import units
from tests.botapi.things import Json

_SPECIAL = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?|(?<!\w)@[A-Za-z]\w{3,31}|https?://\S+")


def entities(text: str) -> list[Json]:
    """Commands, mentions and addresses, with their places in UTF-16 units."""
    kinds = {"/": "bot_command", "@": "mention", "h": "url"}
    return [
        {"type": kinds[each.group()[0]], "offset": units(text[: each.start()]), "length": units(each.group())}
        for each in _SPECIAL.finditer(text)
    ]


def text(said: str) -> Json:
    """Something written."""
    found = entities(said)
    return {"text": said, "entities": found} if found else {"text": said}


def _file(number: int, **more: Any) -> Json:
    return {"file_id": f"user{number}", "file_unique_id": f"u{number}", **more}


def sticker(number: int) -> Json:
    """A sticker."""
    shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {"sticker": _file(number, **shape, emoji="👍")}


def voice(number: int) -> Json:
    """A voice message."""
    return {"voice": _file(number, duration=3, mime_type="audio/ogg")}


def photo(number: int, caption: str | None = None) -> Json:
    """A picture."""
    sizes = [_file(number, width=90, height=67), _file(number + 1, width=800, height=600)]
    return {"photo": sizes, **({"caption": caption} if caption else {})}


def document(number: int, caption: str | None = None) -> Json:
    """A file."""
    return {"document": _file(number, file_name="protokoll.pdf"), **({"caption": caption} if caption else {})}


def location() -> Json:
    """A place."""
    return {"location": {"latitude": 62.63, "longitude": 15.09}}


def contact() -> Json:
    """Somebody's number."""
    return {"contact": {"phone_number": "+46700000000", "first_name": "Eva"}}
