"""The templates and their phrases fit each other: none is missing, none lies unused."""

import re
from pathlib import Path

import bot.channels.web
from tests.content import dialog_files

TEMPLATES = Path(bot.channels.web.__file__).parent / "templates"
MARKUP = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
KEYS = set(re.findall(r"^([a-z_.]+):", dict(dialog_files())["texts.sv.yaml"], re.MULTILINE))
REMINDED = ("gone", "sent", "failed", "wrong", "enough", "removed")
"""What a reminder's pages can say, put together in their template or named by their code."""
FAMILIES = ("act", "input", "kind", "list", "state", "what")
COUNTED = ("left", "room", "overdue")
MADE_OF_PARTS = {
    "page.ask_label", "page.copy_line", *(f"page.remind_{each}" for each in REMINDED),
    *(f"page.{each}_{count}" for each in COUNTED for count in ("none", "one", "many")),
    *(key for key in KEYS for family in FAMILIES if key.startswith(f"page.{family}.")),
}  # fmt: skip
"""Phrases that code puts together, or asks for itself."""


def test_every_phrase_of_a_page_is_there() -> None:
    assert set(re.findall(r"\bt\('([a-z_.]+[a-z])'", MARKUP)) - KEYS == set()


def test_no_phrase_of_a_page_lies_unused() -> None:
    pages = {key for key in KEYS if key.startswith("page.")}
    assert {key for key in pages if f"'{key}'" not in MARKUP} <= MADE_OF_PARTS
