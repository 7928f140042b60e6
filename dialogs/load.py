"""From the conversation's content files to `Content`, or to every complaint at once."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from dialogs.definitions import (
    FEEDBACK_KINDS,
    NATIVE,
    PICKED,
    POLL_FORMS,
    POLL_KINDS,
    RESULTS,
    WRITTEN,
    Answer,
    Band,
    Checklist,
    Content,
    Factor,
    FeedbackQuestion,
    Interplay,
    Option,
    Poll,
    PollQuestion,
    Reflection,
    Statement,
    Webinar,
)
from dialogs.phrases import PHRASES
from dialogs.queue import KINDS
from dialogs.texts import Texts, places
from knowledge.complaints import Complaint, ContentError
from knowledge.entries import FACTORS, WEBINAR_PLACES, Knowledge
from knowledge.fields import LANGUAGES, Fields, Words, nearest, read
from knowledge.strict_yaml import Scalar

COMMANDS = (
    "start", "help", "ask", "checklist", "tools", "calls", "webinar", "language", "swedish", "english", "mine",
    "questions", "round", "poll", "feedback", "forget", "about", "back", "pause", "prepare", "together", "resume",
    "change", "result", "remind",
)  # fmt: skip
"""Words that work anywhere; what each does is decided in dialogs/engine.py."""

MOST_STATEMENT_CHARACTERS = 115
FEWEST_OPTIONS, MOST_OPTIONS = 2, 12
MOST_CHOICE_CHARACTERS = 45
"""Of a question's and an option's id: a button in Telegram holds 64 bytes."""
MOST_NATIVE_QUESTION, MOST_NATIVE_OPTION = 300, 100
"""Of the words of Telegram's own poll (core.telegram.org/bots/api, sendPoll), which has 1-12 options, as ours."""
FOLDERS = ("checklists/", "webinars/", "polls/")
FILES = ("texts.", "commands.yaml", "kinds.yaml", "feedback.yaml")


def load(files: Iterable[tuple[str, str]], knowledge: Knowledge) -> Content:
    """The content in `files` (paths relative to the dialogs' content folder).

    Raises ContentError with every complaint found.
    """
    by_path = {path: text for path, text in files if not path.endswith("LÄSMIG.md")}
    complaints: list[Complaint] = []
    content = Content(
        knowledge,
        _texts(by_path, complaints),
        _commands(by_path, complaints),
        *_kinds(by_path, knowledge, complaints),
        _by_id(_each(by_path, "checklists/", complaints, _checklist), complaints),
        {found.code: found for _, found in _each(by_path, "webinars/", complaints, _webinar)},
        _by_id(_each(by_path, "polls/", complaints, _poll), complaints),
        next((found for _, found in _each(by_path, "feedback.yaml", complaints, _feedback)), ()),
    )
    for found in content.checklists.values():
        _references(found, knowledge, complaints)
    for poll in content.polls.values():
        _webinar_of(poll, content, complaints)
    for path in by_path:
        if not path.startswith((*FOLDERS, *FILES)):
            known = "texts.sv.yaml", "texts.en.yaml", *FILES[1:], *FOLDERS
            should = f"använd {', '.join(known)}"
            complaints.append(Complaint(path, 1, "den här filen används inte", should))
    if not content.checklists:
        complaints.append(Complaint("checklists/", 1, "det finns ingen checklista", "lägg tillbaka en"))
    if complaints:
        raise ContentError(tuple(complaints))
    return content


T = TypeVar("T")
Named = TypeVar("Named", Checklist, Poll)


def edition(text: str) -> Checklist:
    """A checklist from the text that was kept of it. ContentError when this program can't read it any more."""
    return _kept(text, _checklist)


def poll_edition(text: str) -> Poll:
    """The same for a poll."""
    return _kept(text, _poll)


def _kept(text: str, build: Callable[[Fields, str], Named]) -> Named:
    complaints: list[Complaint] = []
    found = next((found for _, found in _each({"kept": text}, "", complaints, build)), None)
    if found is None or complaints:
        raise ContentError(tuple(complaints))
    return found


def _each(
    files: Mapping[str, str], folder: str, complaints: list[Complaint], build: Callable[[Fields, str], T]
) -> Iterator[tuple[str, T]]:
    for path in sorted(files):
        if path.startswith(folder) and (fields := read(path, files[path], complaints)):
            found = build(fields, files[path])
            fields.done()
            yield path, found


def _by_id(found: Iterable[tuple[str, Named]], complaints: list[Complaint]) -> dict[str, Named]:
    known: dict[str, Named] = {}
    for path, each in found:
        if known.setdefault(each.id, each) is not each:
            complaints.append(Complaint(path, 1, f"id {each.id!r} finns redan", "ge den här filen ett eget id"))
    return known


def _texts(files: Mapping[str, str], complaints: list[Complaint]) -> dict[str, Texts]:
    read_texts: dict[str, Fields] = {}
    for language in LANGUAGES:
        path = f"texts.{language}.yaml"
        if path not in files:
            complaints.append(Complaint(path, 1, "filen saknas", "lägg tillbaka den"))
        elif fields := read(path, files[path], complaints):
            read_texts[language] = fields
    for fields in read_texts.values():
        _as_the_program_says(fields)
    return {
        language: Texts(language, {key: fields.text(key) for key in fields.names()})
        for language, fields in read_texts.items()
    }


def _as_the_program_says(fields: Fields) -> None:
    """Complain where a language's texts leave out a phrase, or have one or a place that the program does not know."""
    for key in PHRASES.keys() - set(fields.names()):
        fields.complain(f"texten {key!r} saknas", f'skriv en rad {key}: "…"')
    for key in fields.names():
        if key not in PHRASES:
            fields.complain(f"texten {key!r} används inte", nearest(key, PHRASES, "ta bort den"), fields.line_of(key))
        elif places(fields.text(key)) != set(PHRASES[key]):
            wanted = ", ".join(f"{{{name}}}" for name in PHRASES[key]) or "inga platser"
            fields.complain(f"texten {key!r} har fel platser", f"använd {wanted}", fields.line_of(key))


def _commands(files: Mapping[str, str], complaints: list[Complaint]) -> dict[str, str]:
    if "commands.yaml" not in files:
        complaints.append(Complaint("commands.yaml", 1, "filen saknas", "lägg tillbaka den"))
        return {}
    fields = read("commands.yaml", files["commands.yaml"], complaints)
    if fields is None:
        return {}
    words: dict[str, str] = {}
    for name in COMMANDS:
        for scalar in fields.scalars(name):
            folded = scalar.text.casefold()
            if words.setdefault(folded, name) != name:
                fields.complain(
                    f"{scalar.text!r} betyder redan {words[folded]!r}", "behåll det på ett ställe", scalar.line
                )
    fields.done()
    return words


def _kinds(
    files: Mapping[str, str], knowledge: Knowledge, complaints: list[Complaint]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The words that tell what a viewer's words are, the groups of entries about trouble, the words of each factor."""
    fields = read("kinds.yaml", files["kinds.yaml"], complaints) if "kinds.yaml" in files else None
    if fields is None:
        complaints.append(Complaint("kinds.yaml", 1, "filen saknas", "lägg tillbaka den"))
        return {}, (), {}
    words = {kind: _folded(fields, kind) for kind in KINDS if kind != "question"}
    groups = fields.choices("trouble_groups", knowledge.groups)
    of_factors = fields.inner("factors")
    factors = {factor: _folded(of_factors, factor) for factor in FACTORS} if of_factors else {}
    if of_factors:
        of_factors.done()
    fields.done()
    return words, groups, factors


def _folded(fields: Fields, key: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in fields.texts(key))


def _checklist(fields: Fields, text: str) -> Checklist:
    levels, purposes = tuple(map(_option, fields.each("levels"))), tuple(map(_option, fields.each("purposes")))
    too_few = fields.inner("too_few")
    least, too_few_words = (too_few.number("min_answered"), too_few.own_words()) if too_few else (2, {})
    found = Checklist(
        fields.ident("id"),
        int(fields.number("version") or 1),
        fields.words("title"),
        fields.words("offer"),
        fields.texts("words", optional=True),
        _sourced(fields, "closing", optional=True),
        purposes,
        levels,
        tuple(map(_answer, fields.each("answers"))),
        tuple(sorted(map(_band, fields.each("bands")), key=lambda band: -band.least)),
        too_few_words,
        int(least or 2),
        tuple(map(_factor, fields.each("factors"))),
        tuple(_statement(inner, levels, purposes) for inner in fields.each("statements")),
        tuple(_warning(inner, levels, purposes) for inner in fields.each("warnings")),
        tuple(map(_reflection, fields.each("reflections"))),
        tuple(map(_interplay, fields.each("interplay"))),
        hashlib.sha256(text.encode()).hexdigest()[:16],
        text,
    )
    seen: set[str] = set()
    things: tuple[Statement | Reflection, ...] = (*found.statements, *found.warnings, *found.reflections)
    for name in (each.id for each in things):
        if name in seen:
            fields.complain(f"samma id, {name!r}, står två gånger", "ge varje påstående sitt eget id")
        seen.add(name)
    return found


def _sourced(fields: Fields, name: str, *, optional: bool = False) -> Words:
    """A pair of texts that names its sources. Empty texts where it may be left out, and is."""
    if optional and fields.node(name, optional=True) is None:
        return dict.fromkeys(LANGUAGES, "")
    inner = fields.inner(name)
    if inner is None:
        return dict.fromkeys(LANGUAGES, "")
    found = inner.own_words()
    inner.texts("sources")
    inner.done()
    return found


def _option(fields: Fields) -> Option:
    found = Option(fields.ident("id"), fields.own_words(), fields.texts("words", optional=True))
    fields.done()
    return found


def _answer(fields: Fields) -> Answer:
    points = fields.number("points", optional=True)
    found = Answer(
        fields.ident("id"), fields.own_words(), None if points is None else int(points), fields.texts("words")
    )
    fields.done()
    return found


def _band(fields: Fields) -> Band:
    found = Band(fields.ident("id"), fields.number("min") or 0.0, fields.own_words())
    fields.done()
    return found


def _factor(fields: Fields) -> Factor:
    fields.texts("sources")
    found = Factor(
        fields.choice("id", FACTORS),
        fields.own_words(),
        fields.words("intro"),
        fields.words("missing"),
        _sourced(fields, "part"),
    )
    fields.done()
    return found


def _statement(fields: Fields, levels: tuple[Option, ...], purposes: tuple[Option, ...]) -> Statement:
    found = Statement(
        fields.ident("id"),
        fields.choice("factor", FACTORS),
        (fields.choice("level", [level.id for level in levels]),),
        fields.flag("core"),
        {purpose.id: fields.words(purpose.id) for purpose in purposes},
        *_why(fields),
        fields.words("advice"),
        fields.texts("tools", optional=True),
        fields.texts("sources"),
    )
    for words in found.wording.values():
        _short(fields, words)
    fields.done()
    return found


def _warning(fields: Fields, levels: tuple[Option, ...], purposes: tuple[Option, ...]) -> Statement:
    words = fields.own_words()
    _short(fields, words)
    found = Statement(
        fields.ident("id"),
        None,
        fields.choices("levels", [level.id for level in levels]),
        fields.flag("core", default=False),
        {purpose.id: words for purpose in purposes},
        *_why(fields),
        fields.words("advice"),
        fields.texts("tools", optional=True),
        fields.texts("sources"),
        fields.choice("kind", ("hinder", "risk")),
    )
    fields.done()
    return found


def _why(fields: Fields) -> tuple[Words, tuple[str, ...]]:
    inner = fields.inner("why")
    if inner is None:
        return dict.fromkeys(LANGUAGES, ""), ()
    found = inner.own_words(), inner.texts("sources")
    inner.done()
    return found


def _short(fields: Fields, words: Words) -> None:
    for text in words.values():
        if len(text) > MOST_STATEMENT_CHARACTERS:
            what = f"påståendet har {len(text)} tecken"
            fields.complain(what, f"högst {MOST_STATEMENT_CHARACTERS}, så att det ryms på en telefon")


def _reflection(fields: Fields) -> Reflection:
    fields.texts("sources")
    found = Reflection(
        fields.ident("id"),
        fields.flag("core"),
        fields.own_words(),
        fields.words("label"),
        fields.words("none"),
        fields.texts("tools", optional=True),
    )
    fields.done()
    return found


def _interplay(fields: Fields) -> Interplay:
    fields.texts("sources")
    weak, well, unknown = (_some(fields, name) for name in ("weak", "well", "unknown"))
    lit = int(fields.number("lit", optional=True) or 0)
    found = Interplay(fields.ident("id"), weak, well, unknown, fields.own_words(), lit)
    if not (weak or well or unknown):
        fields.complain("samspelet gäller inga faktorer", "skriv weak: [behov], well: [...] eller unknown: [...]")
    fields.done()
    return found


def _some(fields: Fields, name: str) -> tuple[str, ...]:
    return fields.choices(name, FACTORS) if fields.node(name, optional=True) is not None else ()


def _webinar(fields: Fields, _text: str) -> Webinar:
    details = {}
    for name in sorted(WEBINAR_PLACES - {"title"}):
        node = fields.node(name, optional=True)
        if isinstance(node, Scalar):
            details[name] = dict.fromkeys(LANGUAGES, node.text.strip())
        elif node is not None:
            details[name] = dict(fields.words(name))
    title = fields.words("title")
    return Webinar(
        fields.ident("code"),
        fields.flag("example", default=False),
        title,
        fields.words("about"),
        fields.choice("questions", ("public", "hidden")) if fields.node("questions", optional=True) else "hidden",
        {**details, "title": title},
        fields.flag("names", default=False),
    )


def _poll(fields: Fields, text: str) -> Poll:
    asked = list(fields.each("questions"))
    found = Poll(
        fields.ident("id"),
        fields.optional_text("webinar"),
        fields.words("title"),
        fields.choice("results", RESULTS),
        fields.choice("telegram", POLL_FORMS),
        tuple(map(_poll_question, asked)),
        hashlib.sha256(text.encode()).hexdigest()[:16],
        text,
    )
    if not found.questions:
        fields.complain("omröstningen har ingen fråga", "skriv minst en under `questions:`")
    _once(fields, [question.id for question in found.questions], "ge varje fråga sitt eget id")
    for question, its in zip(found.questions, asked, strict=True):
        if found.telegram == "native":
            _fits_native(question, its)
    return found


def _fits_native(question: PollQuestion, fields: Fields) -> None:
    """What Telegram's own poll can't ask must not be found out when it is opened."""
    if question.kind not in NATIVE:
        what = f"`telegram: native` kan inte ställa en fråga av slaget {question.kind}"
        fields.complain(what, f"skriv `telegram: buttons`, eller `kind:` {' eller '.join(NATIVE)}",
                        fields.line_of("kind"))  # fmt: skip
    _short_enough(fields, "frågan", question.wording, MOST_NATIVE_QUESTION, fields.line_of("wording"))
    for option, its in zip(question.options, fields.each("options"), strict=False):
        _short_enough(its, f"alternativet {option.id}", option.label, MOST_NATIVE_OPTION, its.line)


def _short_enough(fields: Fields, name: str, words: Words, most: int, line: int) -> None:
    longest = max(len(each.encode("utf-16-le")) // 2 for each in words.values())
    if longest > most:
        should = f"högst {most} i Telegrams egen omröstning: korta texten, eller skriv `telegram: buttons`"
        fields.complain(f"{name} har {longest} tecken", should, line)


def _poll_question(fields: Fields) -> PollQuestion:
    kind = fields.choice("kind", POLL_KINDS)
    options = tuple(map(_option, fields.each("options"))) if kind in PICKED or "options" in fields.names() else ()
    found = PollQuestion(fields.ident("id"), kind, fields.words("wording"), options)
    fields.done()
    if kind in WRITTEN and options:
        fields.complain(
            f"en fråga av slaget {kind} har inga alternativ", "ta bort `options:`", fields.line_of("options")
        )
    if kind in PICKED and not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        should = f"skriv {FEWEST_OPTIONS}-{MOST_OPTIONS} alternativ"
        fields.complain(f"frågan har {len(options)} alternativ", should, fields.line_of("options"))
    _once(fields, [option.id for option in options], "ge varje alternativ sitt eget id")
    if any(len(f"{found.id}:{option.id}") > MOST_CHOICE_CHARACTERS for option in options):
        what = "frågans och ett alternativs id är för långa tillsammans"
        fields.complain(what, f"högst {MOST_CHOICE_CHARACTERS - 1} tecken, så att de ryms på en knapp i Telegram")
    if kind == "scale" and not _rises([option.id for option in options]):
        fields.complain("skalans id:n är inte tal i stigande ordning", "skriv `id: 1`, `id: 2` och så vidare",
                        fields.line_of("options"))  # fmt: skip
    return found


def _rises(ids: list[str]) -> bool:
    return all(each.isdigit() for each in ids) and [*map(int, ids)] == sorted({int(each) for each in ids})


def _once(fields: Fields, ids: list[str], should: str) -> None:
    for name in sorted({each for each in ids if ids.count(each) > 1}):
        fields.complain(f"samma id, {name!r}, står två gånger", should)


def _feedback(fields: Fields, _text: str) -> tuple[FeedbackQuestion, ...]:
    found = tuple(map(_feedback_question, fields.each("questions")))
    _once(fields, [question.id for question in found], "ge varje fråga sitt eget id")
    return found


def _feedback_question(fields: Fields) -> FeedbackQuestion:
    found = FeedbackQuestion(fields.ident("id"), fields.choice("kind", FEEDBACK_KINDS), fields.words("wording"))
    fields.done()
    return found


def _webinar_of(poll: Poll, content: Content, complaints: list[Complaint]) -> None:
    if poll.webinar is not None and poll.webinar not in content.webinars:
        should = nearest(poll.webinar, content.webinars, "skriv koden på ett webbinarium, eller null")
        complaints.append(Complaint(f"polls/{poll.id}.yaml", 1, f"webbinariet {poll.webinar!r} finns inte", should))


def _references(checklist: Checklist, knowledge: Knowledge, complaints: list[Complaint]) -> None:
    things: tuple[Statement | Reflection, ...] = (*checklist.statements, *checklist.warnings, *checklist.reflections)
    for thing in things:
        for tool in thing.tools:
            if tool not in knowledge.tools:
                should = nearest(tool, knowledge.tools, "skriv ett id ur toolbox.yaml")
                what = f"{thing.id}: verktyget {tool!r} finns inte"
                complaints.append(Complaint(f"checklists/{checklist.id}.yaml", 1, what, should))
