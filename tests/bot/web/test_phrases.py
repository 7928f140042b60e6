"""The templates and their phrases fit each other: none is missing, none lies unused."""

import re
from pathlib import Path

import bot.channels.web
from bot.moderator.polls import DOINGS
from dialogs.records import POLL_STATES
from dialogs.replies import INPUTS
from tests.content import dialog_files
from tests.dialogs.test_texts import CHANNELS

TEMPLATES = Path(bot.channels.web.__file__).parent / "templates"
MARKUP = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
KEYS = set(re.findall(r"^([a-z_.]+):", dict(dialog_files())["texts.sv.yaml"], re.MULTILINE))
REMINDED = ("gone", "sent", "failed", "wrong", "enough", "removed")
"""What a reminder's pages can say, put together in their template or named by their code."""
COUNTED = ("left", "room", "overdue")
MADE_OF_PARTS = {"page.ask_label", "page.no_factor", "page.poll_overtaken", "page.feedback_rating", "page.copy_line",
                 *(f"page.screen_{each}" for each in ("join", "over", "still")),
                 *(f"page.{each}_{count}" for each in COUNTED for count in ("none", "one", "many")),
                 *(f"page.input.{each}" for each in INPUTS), *(f"page.remind_{each}" for each in REMINDED),
                 *(f"page.poll_state.{each}" for each in POLL_STATES), *(f"page.poll_do.{each}" for each in DOINGS),
                 *(f"{start}{end}" for start, ends in CHANNELS.items() for end in ends)}  # fmt: skip


def test_every_phrase_of_a_page_is_there() -> None:
    assert set(re.findall(r"\bt\('([a-z_.]+[a-z])'", MARKUP)) - KEYS == set()


def test_no_phrase_of_a_page_lies_unused() -> None:
    pages = {key for key in KEYS if key.startswith("page.")}
    assert {key for key in pages if f"'{key}'" not in MARKUP} <= MADE_OF_PARTS
