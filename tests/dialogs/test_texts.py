"""The curator's phrases: every one that the code asks for is there, in both languages, and easy to read."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.wire import COMMANDS
from bot.documents import order, table
from bot.importing import QUEUED
from bot.moderator import acts, pages
from bot.roles import CURATING_ROLES, ELSEWHERE, LECTURER_ROLES
from dialogs import contributions, load, moderator, subscribing, together
from dialogs.clean import MASKS
from dialogs.definitions import LENGTHS, WRITTEN
from dialogs.events import SHOWN
from dialogs.next_step import SOON
from dialogs.outcome import FORMS
from dialogs.queue import KINDS, PUBLIC, STATES, TOLD
from dialogs.records import WHATS
from dialogs.replies import BOLD_OFF, BOLD_ON
from dialogs.spread import Verdict
from dialogs.texts import Texts, places
from dialogs.world import Phase
from knowledge.complaints import ContentError
from knowledge.entries import TOOL_KINDS, TOOL_TAGS
from knowledge.readability import lix, sentences
from tests.content import ROOT, dialog_files, shipped_knowledge
from tests.talk import shipped_content

EASY, HARDEST, SHARE_EASY = 40, 45, 0.95
LANGUAGES = ("sv", "en")

NUMBERS = ("none", "one", "many")

FAMILIES = {
    "small.": (*shipped_knowledge().small_talk, "gibberish"),
    "factor.": TOOL_TAGS,
    "tool.kind.": TOOL_KINDS,
    "webinar.": get_args(Phase),
    "decline.": moderator.DECLINE_REASONS,
    "status.": STATES,
    "queue.public.": PUBLIC,
    "walk.length.": LENGTHS,
    "walk.length_words.": LENGTHS,
    "document.form.": FORMS,
    "step.in.": SOON,
    "remind.way.": ("here", "mail", "file"),
    "showed.": SHOWN,
    "return.": ("web", "telegram"),
    "menu.": ("checklist", "round", "tools", "calls", "mine", "return", "about"),
    "subscription.begun.": subscribing.TOPICS,
    "subscription.told.": subscribing.TOPICS,
    "moderator.": TOLD,
    "poll.": WRITTEN,
    "round.": together.DOORS,
    "round.factor.": get_args(Verdict),
    "round.here.": NUMBERS,
    "round.done.": NUMBERS,
    "round.halfway.": NUMBERS,
    "round.verdict.": get_args(Verdict),
    "removed.": tuple(kind for kind, _, _ in MASKS),
}
"""The beginning of a key that is put together → every end it can have."""

CHANNELS = {
    "announce.": ("open", "closed"),
    "telegram.command.": COMMANDS,
    "document.": ("reflections", "notes"),
    "document.fact.": order.FACTS,
    "document.column.": order.COLUMNS,
    "document.step.": order.STEP,
    "document.light.": ("hinder", "risk", "lit", "half"),
    "document.table.": table.COLUMNS,
    "page.act.": (*acts.QUICK, "undo", "join_into", "join", "split", "ask", "note", "block", "unblock"),
    "page.kind.": KINDS,
    "page.list.": ("trouble", *(name for name in pages.LISTS if name != "decided")),
    "page.state.": STATES,
    "page.origin.": ("desk", *QUEUED),
    "page.by.": ("asker", ELSEWHERE, *CURATING_ROLES, *LECTURER_ROLES),
    "page.contribution_act.": contributions.ACTS,
    "page.what.": (*(set(WHATS) - {"state"}), "unpinned"),
    "mail.": ("confirm", "confirm.subject", "reminder", "reminder.subject"),
}
"""The same for keys that bot/ puts together."""


@dataclass
class Keys:
    """The keys that a module asks for."""

    whole: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)


def asked_for() -> Keys:
    """Every key in dialogs/: the argument of `say` and `texts`, the second of `choice`, and what `key` is set to."""
    found = Keys()
    for path in sorted(set((ROOT / "dialogs").glob("*.py")) - {ROOT / "dialogs" / "load.py"}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for expression in _key_of(node):
                _collect(expression, found)
    return found


def _key_of(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Name) and to.id in ("key", "part") for to in node.targets
    ):
        yield node.value
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("say", "texts"):
        yield from node.args[:1]
    elif name == "choice":
        yield from node.args[1:2]


def _collect(expression: ast.expr, found: Keys) -> None:
    for node in ast.walk(expression):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0]
            assert isinstance(first, ast.Constant), ast.dump(node)
            found.beginnings.add(str(first.value))
        elif isinstance(node, ast.IfExp):
            _collect(node.body, found)
            _collect(node.orelse, found)
    if isinstance(expression, ast.Constant):
        found.whole.add(str(expression.value))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_that_is_asked_for_is_there(language: str) -> None:
    texts, keys = shipped_content().texts[language], asked_for()
    assert len(keys.whole) > 60
    assert sorted(key for key in keys.whole if key not in texts) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_of_a_family_is_there(language: str) -> None:
    texts = shipped_content().texts[language]
    assert asked_for().beginnings == FAMILIES.keys()
    families = {**FAMILIES, **CHANNELS}
    assert [f"{start}{end}" for start, ends in families.items() for end in ends if f"{start}{end}" not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('\noffer.send: "', '\noffer.skicka: "'),
        ('\nwelcome: "', '\nwelcome: "{nam} '),
        ("{code}", "koden"),
        ('\nstart: "', '\n# "'),
    ],
)
def test_a_phrase_left_out_or_with_a_place_of_its_own_is_complained_of(language: str, before: str, after: str) -> None:
    files = dict(dialog_files())
    path = f"texts.{language}.yaml"
    files[path] = files[path].replace(before, after, 1)
    with pytest.raises(ContentError) as caught:
        load.load(files.items(), shipped_knowledge())
    assert {complaint.file for complaint in caught.value.complaints} == {path}


def test_no_phrase_lies_there_unused() -> None:
    """Phrases of pages are asked for by templates, in ways that no list of keys could tell; those of the picture and
    the document by what draws them in bot/.
    """
    used = asked_for().whole | {f"{start}{end}" for start, ends in {**FAMILIES, **CHANNELS}.items() for end in ends}
    code = "\n".join(path.read_text(encoding="utf-8") for path in _sources())
    unused = [key for key in shipped_content().texts["sv"].phrases if key not in used and key not in code]
    assert [key for key in unused if not key.startswith(("page.", "bicycle.", "document."))] == []


def _sources() -> Iterator[Path]:
    for kind in ("*.py", "*.html", "*.jinja", "*.js"):
        yield from (ROOT / "bot").rglob(kind)
        yield from (path for path in (ROOT / "dialogs").rglob(kind) if path.name != "phrases.py")


def test_both_languages_have_the_same_phrases_with_the_same_places() -> None:
    swedish, english = (shipped_content().texts[language].phrases for language in LANGUAGES)
    assert swedish.keys() == english.keys()
    assert [key for key in swedish if places(swedish[key]) != places(english[key])] == []


def test_bold_is_opened_and_closed_in_every_phrase() -> None:
    for language in LANGUAGES:
        texts = shipped_content().texts[language]
        for key, phrase in texts.phrases.items():
            shown = texts(key, **dict.fromkeys(places(phrase), "x"))
            assert shown.count(BOLD_ON) == shown.count(BOLD_OFF)
            assert "**" not in shown, key


def test_the_very_first_message_says_that_this_is_a_bot() -> None:
    for language in LANGUAGES:
        assert re.search(r"\b(robot|bot)\b", shipped_content().texts[language].phrases["welcome"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_is_easy_to_read(language: str) -> None:
    hardness = {key: lix(text) for key, text in _said(language).items() if len(sentences(text)) > 1}
    hard = {key: round(value) for key, value in hardness.items() if value > EASY}
    assert len(hard) <= len(hardness) * (1 - SHARE_EASY), hard
    assert {key: value for key, value in hard.items() if value > HARDEST} == {}


def _said(language: str) -> dict[str, str]:
    """Phrases and advice, with a short word in each place."""
    content = shipped_content()
    said = {key: re.sub(r"\{\w+\}", "det", phrase) for key, phrase in content.texts[language].phrases.items()}
    for checklist in content.checklists.values():
        for name, each in checklist.statement_by_id.items():
            said |= {name: each.advice[language], f"{name}.why": each.why[language]}
        said |= {each.id: each.words[language] for each in checklist.interplay}
        said |= {f"{checklist.id}.{each.id}": each.question[language] for each in checklist.reflections}
    return {key: text.replace("**", "") for key, text in said.items()}


@given(st.text())
def test_what_is_put_into_a_place_is_never_read_as_a_phrase(written: str) -> None:
    texts = Texts("sv", {"hej": "**Hej** {name}, {name}!"})
    shown = texts("hej", name=written)
    assert shown == f"{BOLD_ON}Hej{BOLD_OFF} {written}, {written}!"


def test_every_pair_of_texts_in_a_checklist_is_there_in_both_languages() -> None:
    for checklist in shipped_content().checklists.values():
        pairs = [checklist.title, checklist.offer, checklist.too_few]
        for statement in checklist.statement_by_id.values():
            pairs += [statement.why, statement.advice, *statement.wording.values()]
        for factor in checklist.factors:
            pairs += [factor.label, factor.intro, factor.missing, factor.part]
        for reflection in checklist.reflections:
            pairs += [reflection.question, reflection.label, reflection.none]
        pairs += [rule.words for rule in checklist.interplay]
        assert [pair for pair in pairs if not all(pair[language].strip() for language in LANGUAGES)] == []


def complaints(*changed: tuple[str, str, str]) -> list[str]:
    """What the loader says about the shipped content with something in a file replaced."""
    files = dict(dialog_files())
    for path, old, new in changed:
        assert old in files[path], old
        files[path] = files[path].replace(old, new, 1)
    with pytest.raises(ContentError) as told:
        load.load(files.items(), shipped_knowledge())
    return [f"{each.file}:{each.line}: {each.what}" for each in told.value.complaints]


def test_all_mistakes_in_the_content_are_told_at_once_with_file_and_line() -> None:
    told = complaints(
        ("texts.en.yaml", "\nstart: ", "\nstrat: "),
        ("texts.sv.yaml", "{code}", "{kod}"),
        ("commands.yaml", "help: [", "help: [start, "),
        ("checklists/fem-faktorer.yaml", "  - id: behov-lokal-2\n", "  - id: behov-lokal-1\n"),
        ("checklists/fem-faktorer.yaml", "tools: [", "tools: [nothing-of-that-name, "),
        ("checklists/fem-faktorer.yaml", "weak: [samverkan]", "weak: [samvrekan]"),
        ("checklists/fem-faktorer.yaml", "id: minsta-gemensamma-namnare", "id: vem-cyklar"),
        ("checklists/fem-faktorer.yaml", "    unknown: [behov]\n", ""),
        ("checklists/forbered-ansokan.yaml", "id: forbered-ansokan", "id: fem-faktorer"),
        ("checklists/forbered-ansokan.yaml", "    why:\n", "    varför:\n"),
        ("webinars/landet-lar-47.yaml", "host:", "hots:"),
    )
    assert len(told) >= 12
    assert all(re.match(r"[\w./-]+\.yaml:\d+: ", line) for line in told)
    for word in ("start", "strat", "behov-lokal-1", "nothing-of-that-name", "hots", "samvrekan", "vem-cyklar",
                 "fem-faktorer", "varför"):  # fmt: skip
        assert any(word in line for line in told), word


def test_content_that_is_missing_is_asked_for() -> None:
    with pytest.raises(ContentError) as told:
        load.load([], shipped_knowledge())
    missing = {complaint.file for complaint in told.value.complaints}
    assert missing == {"texts.sv.yaml", "texts.en.yaml", "commands.yaml", "kinds.yaml", "checklists/"}


def test_a_file_that_nobody_reads_is_told() -> None:
    files = [*dialog_files(), ("anteckningar.yaml", "a: b\n")]
    with pytest.raises(ContentError) as told:
        load.load(files, shipped_knowledge())
    assert [complaint.file for complaint in told.value.complaints] == ["anteckningar.yaml"]
