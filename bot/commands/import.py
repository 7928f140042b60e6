# ruff: noqa: N999
"""`import`: what was asked, answered and voted in Zoom, into the queue."""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from bot.commands import _jobs
from bot.importing import CHANGED, NEW, SMALL_TALK, THERE, poll_rows
from bot.imports import drafts, zoom_chat, zoom_polls, zoom_qa
from bot.imports.drafts import Draft
from bot.imports.reading import bytes_of, refuse, text_of
from bot.settings import Settings

MOST_QUESTIONS = 5000
SHOWN_CHARACTERS = 100
NO_QUESTION = "no question"
TOLD = {
    NEW: "nya", CHANGED: "med fler röster eller svar än förut", THERE: "fanns redan", SMALL_TALK: "småprat",
    NO_QUESTION: "inga frågor",
}  # fmt: skip
"""What becomes of a line of the file, and how the talk counts it."""


def run(asked: Namespace, settings: Settings) -> int:
    """What came in, or would, on stdout: what became of it, code, line, time, votes, words. The counts on stderr."""
    name = str(asked.file)
    text = text_of(name, bytes_of(asked.file))
    READERS[asked.kind](asked, settings, name, text)
    return 0


def _chat(asked: Namespace, settings: Settings, name: str, text: str) -> None:
    chat = zoom_chat.parse(text, name)
    _progress(f"{len(chat.messages)} meddelanden lästa …")
    questions, others = drafts.of_chat(chat.messages)
    dropped = {"privata kastade": chat.private, "oläsliga kastade": chat.unread, "reaktioner": chat.reactions}
    _bring(asked, settings, name, questions, others, dropped)


def _qa(asked: Namespace, settings: Settings, name: str, text: str) -> None:
    questions = drafts.of_qa(zoom_qa.parse(text, name))
    _progress(f"{len(questions)} frågor lästa …")
    answered = sum(bool(each.answer) for each in questions)
    _bring(asked, settings, name, questions, (), {"besvarade i Zoom": answered})


def _polls(asked: Namespace, settings: Settings, name: str, text: str) -> None:
    rows = poll_rows(zoom_polls.parse(text, name))
    became = _jobs.do(
        settings, "import", kind=asked.kind, webinar=asked.webinar, dry_run=asked.dry_run, polls=rows
    )  # fmt: skip
    for poll, question, answer, count in rows:
        print(became[poll], poll, question, answer, count, sep="\t")
    _told(asked, Counter(became.values()), {})


READERS: Mapping[str, Callable[[Namespace, Settings, str, str], None]] = {
    "zoom-chat": _chat,
    "zoom-qa": _qa,
    "zoom-polls": _polls,
}


def _bring(
    asked: Namespace, settings: Settings, name: str, questions: tuple[Draft, ...], others: tuple[Draft, ...],
    beside: Mapping[str, int],
) -> None:  # fmt: skip
    if len(questions) > MOST_QUESTIONS:
        line = questions[MOST_QUESTIONS].line
        refuse(name, line, f"filen har {len(questions)} frågor", f"dela den: högst {MOST_QUESTIONS} åt gången")
    sent = [asdict(each) for each in questions]
    outcomes = _jobs.do(settings, "import", kind=asked.kind, webinar=asked.webinar, dry_run=asked.dry_run, drafts=sent)
    became = {each["line"]: each for each in outcomes}
    became |= {each.line: {"what": NO_QUESTION, "code": ""} for each in others}
    _list(sorted((*questions, *others), key=lambda each: each.line), became, everything=asked.dry_run)
    _told(asked, Counter(each["what"] for each in became.values()), beside)


def _list(found: Iterable[Draft], became: Mapping[int, Mapping[str, Any]], *, everything: bool) -> None:
    """The lines of the file and what became of them; once it is done only what has come in, with its code."""
    for each in found:
        outcome = became[each.line]
        if everything or outcome["what"] in (NEW, CHANGED):
            words = " ".join(each.text.split())[:SHOWN_CHARACTERS]
            print(outcome["what"], outcome["code"], each.line, each.at, each.votes, words, sep="\t")


def _told(asked: Namespace, counts: Mapping[str, int], beside: Mapping[str, int]) -> None:
    said = [f"{counts[what]} {how}" for what, how in TOLD.items() if counts.get(what)]
    said += [f"{count} {how}" for how, count in beside.items() if count]
    begun = "Torrkörning, inget ändrat" if asked.dry_run else asked.webinar
    print(f"{begun}: {', '.join(said) or 'inget att hämta'}.", file=sys.stderr)


def _progress(what: str) -> None:
    """Said on a terminal only."""
    if sys.stderr.isatty():
        print(what, file=sys.stderr)
