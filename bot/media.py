"""Pictures and files that a reply names, made when they are asked for. Nothing of them is kept."""

import io
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import segno

MOST_ADDRESS_CHARACTERS = 300


@lru_cache(maxsize=64)
def qr(address: str, kind: str) -> bytes:
    """A QR code that leads to an address, as `png` or `pdf`."""
    written = io.BytesIO()
    segno.make(address[:MOST_ADDRESS_CHARACTERS], error="m").save(written, kind=kind, scale=8, border=4)
    return written.getvalue()


@dataclass(frozen=True)
class Media:
    """Makes what is named `qr/<webinar>.png` and the like."""

    base: str
    webinars: Callable[[], Mapping[str, object]]

    def __call__(self, name: str) -> bytes | None:
        """The content of a picture or a file; None when there is nothing of that name."""
        kind, _, rest = name.partition("/")
        code, _, suffix = rest.rpartition(".")
        if kind != "qr" or suffix not in ("png", "pdf") or code not in self.webinars():
            return None
        return qr(f"{self.base}/w/{code}", suffix)


def content_type(name: str) -> str:
    """What kind of file it is."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
