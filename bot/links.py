"""Testing the addresses in the content: only ever on a curator's command, never by the running service."""

import http.client
import urllib.request
from collections.abc import Iterator

from knowledge.entries import Knowledge

SECONDS = 10


def broken(known: Knowledge) -> list[str]:
    """A complaint for each address that does not answer."""
    return [f"{file}:1: {name}: {url} {why}; skriv `links_checked: null`" for file, name, url in addresses(known)
            if (why := _failure(url))]  # fmt: skip


def addresses(known: Knowledge) -> Iterator[tuple[str, str, str]]:
    """(file, id, address) of every address in the content."""
    for source in known.sources.values():
        if source.url:
            yield "sources.yaml", source.id, source.url
    for tool in known.tools.values():
        if tool.url:
            yield "toolbox.yaml", tool.id, tool.url


def _failure(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return "är ingen webbadress"
    request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "servicelotsen-check"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - checked just above
            return "" if answer.status < 400 else f"svarar med felet {answer.status}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"svarar inte ({error})"
