"""From content files to a `Knowledge`, or to every complaint at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from knowledge.complaints import Complaint, ContentError
from knowledge.entries import (
    FRESHNESS,
    PRODUCT_PLACES,
    TOOL_FORMATS,
    TOOL_KINDS,
    TOOL_LEVELS,
    TOOL_TAGS,
    WEBINAR_PLACES,
    Call,
    Calls,
    Entry,
    Expected,
    Knowledge,
    Source,
    Tool,
    Wording,
    places,
    source_key,
    without_places,
)
from knowledge.fields import ID, LANGUAGES, Fields, Words, nearest, read, read_list
from knowledge.readability import lix, sentences, words
from knowledge.strict_yaml import Items, Scalar

FIRST_SENTENCE_WORDS = 20
MOST_SENTENCES = 5
LIX_GOOD, LIX_MOST, LIX_SHARE = 40, 45, 0.95
SMALL_TALK = ("greeting", "thanks", "farewell", "praise", "abuse", "chatter", "yes", "no")
MOST_VARIANT_CHARACTERS = 400

File = tuple[str, str]
"""A path relative to the content folder, and the file's text."""


def load(files: Iterable[File]) -> Knowledge:
    """The knowledge base in `files` (paths relative to its content folder).

    Raises ContentError with every complaint found: unknown keys, repeated ids, references to nothing, missing
    Swedish, texts too long or too hard to read.
    """
    return _Loader({path: text for path, text in files if not path.endswith("LÄSMIG.md")}).knowledge()


def expected(files: Iterable[File], topics: Iterable[str]) -> tuple[Expected, ...]:
    """The questions in `expected/*.yaml`. Raises ContentError as `load` does."""
    complaints: list[Complaint] = []
    known = set(topics)
    found = [
        _expected(fields, path.rpartition("/")[2].removesuffix(".yaml"), known)
        for path, text in files
        if path.startswith("expected/")
        for fields in read_list(path, text, complaints)
    ]
    if complaints:
        raise ContentError(tuple(complaints))
    return tuple(found)


def _expected(fields: Fields, language: str, topics: set[str]) -> Expected:
    topic, also = fields.optional_text("topic"), fields.texts("also_ok", optional=True)
    for slug in (*also, *((topic,) if topic else ())):
        if slug not in topics:
            fields.complain(f"{slug!r} is no entry", f"use an id that exists{nearest(slug, topics)}")
    style = fields.optional_text("style") or "plain"
    found = Expected(fields.text("text"), language, topic, also, style, fields.file, fields.line)
    fields.done()
    return found


READ = ("groups.yaml", "sources.yaml", "toolbox.yaml", "calls.yaml", "small_talk.yaml", "synonyms.yaml")


class _Loader:
    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.complaints: list[Complaint] = []

    def knowledge(self) -> Knowledge:
        groups = {fields.ident("id"): _closed(fields, fields.own_words()) for fields in self.items("groups.yaml")}
        sources = self.sources()
        tools = self.unique(_tool(fields) for fields in self.items("toolbox.yaml"))
        entries = self.entries(groups)
        calls = self.calls()
        found = Knowledge(entries, groups, sources, tools, calls, self.small_talk(), self.synonyms())
        self.references(found)
        self.strangers()
        if self.complaints:
            raise ContentError(tuple(self.complaints))
        return found

    def there(self, path: str) -> bool:
        if path not in self.files:
            self.complaints.append(Complaint(path, 1, "the file is missing", "put it back, it may be nearly empty"))
        return path in self.files

    def items(self, path: str) -> list[Fields]:
        return read_list(path, self.files[path], self.complaints) if self.there(path) else []

    def mapping(self, path: str) -> Fields | None:
        return read(path, self.files[path], self.complaints) if self.there(path) else None

    def unique(self, found: Iterable[tuple[Fields, Tool]]) -> dict[str, Tool]:
        unique: dict[str, Tool] = {}
        for fields, tool in found:
            if tool.id in unique:
                fields.complain(f"the id {tool.id!r} stands twice", "give each its own id")
            unique[tool.id] = tool
        return unique

    def sources(self) -> dict[str, Source]:
        fields = self.mapping("sources.yaml")
        if fields is None:
            return {}
        found = {}
        for key in fields.names():
            if inner := fields.inner(key):
                found[key] = _source(key, inner)
        return found

    def calls(self) -> Calls:
        fields = self.mapping("calls.yaml")
        if fields is None:
            return Calls(None, None, ())
        found = Calls(
            fields.date("last_checked", optional=False),
            fields.optional_text("kept_by"),
            tuple(_call(inner) for inner in fields.each("calls")),
        )
        fields.done()
        return found

    def small_talk(self) -> dict[str, dict[str, tuple[str, ...]]]:
        fields = self.mapping("small_talk.yaml")
        if fields is None:
            return {}
        found = {}
        for kind in SMALL_TALK:
            if inner := fields.inner(kind):
                found[kind] = {language: inner.texts(language) for language in LANGUAGES}
                inner.done()
        fields.done()
        return found

    def synonyms(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        fields = self.mapping("synonyms.yaml")
        if fields is None:
            return {}
        return {language: self.word_groups(fields, language) for language in fields.names()}

    def word_groups(self, fields: Fields, language: str) -> tuple[tuple[str, ...], ...]:
        node, seen, groups = fields.node(language), set[str](), []
        for group in node.items if isinstance(node, Items) else ():
            line = [item for item in group.items if isinstance(item, Scalar)] if isinstance(group, Items) else []
            if len(line) < 2:
                fields.complain("a group of synonyms needs two words", "write `- [mack, bensinstation]`", group.line)
            for word in line:
                if word.text in seen:
                    fields.complain(f"{word.text!r} stands in two groups", "keep it in one of them", word.line)
                seen.add(word.text)
            groups.append(tuple(word.text for word in line))
        return tuple(groups)

    def entries(self, groups: Mapping[str, Words]) -> dict[str, Entry]:
        swedish = {_slug(path): path for path in sorted(self.files) if path.startswith("sv/")}
        for path in self.files:
            if path.startswith("en/") and _slug(path) not in swedish:
                missing = Complaint(path, 1, "there is no Swedish entry of this name", f"write sv/{_slug(path)}.md")
                self.complaints.append(missing)
        found = {slug: self.entry(slug, path, groups) for slug, path in swedish.items()}
        return {slug: entry for slug, entry in found.items() if entry}

    def entry(self, slug: str, path: str, groups: Mapping[str, Words]) -> Entry | None:
        fields, answer = self.front_matter(path)
        if fields is None:
            return None
        if not ID.fullmatch(slug):
            fields.complain(f"{slug!r} is not an id", "name the file with a-z, 0-9 and hyphens, like `vem-cyklar.md`")
        freshness = fields.choice("freshness", FRESHNESS)
        entry = Entry(
            slug,
            fields.choice("group", groups),
            freshness,
            fields.texts("sources"),
            fields.texts("related", optional=True),
            fields.texts("distinct_from", optional=True),
            {"sv": _wording(fields, answer, freshness)},
        )
        fields.done()
        english, answer = self.front_matter(f"en/{slug}.md") if f"en/{slug}.md" in self.files else (None, "")
        if english is None:
            return entry
        wordings = {**entry.wordings, "en": _wording(english, answer, freshness)}
        english.done()
        return replace(entry, wordings=wordings)

    def front_matter(self, path: str) -> tuple[Fields | None, str]:
        text = self.files[path]
        head, mark, body = text.removeprefix("---\n").partition("\n---\n")
        if not text.startswith("---\n") or not mark:
            should = "begin with a line ---, then the keys, a line --- and the answer"
            self.complaints.append(Complaint(path, 1, "the front matter is missing", should))
            return None, ""
        return read(path, head, self.complaints, first_line=2), body.strip()

    def references(self, found: Knowledge) -> None:
        """Complain about names of things that do not exist."""
        for entry in found.entries.values():
            for key in ("related", "distinct_from"):
                self.must_exist(f"sv/{entry.id}.md", getattr(entry, key), found.entries, f"entry ({key})")
            self.must_exist(f"sv/{entry.id}.md", map(source_key, entry.sources), found.sources, "source")
        for tool in found.tools.values():
            self.must_exist("toolbox.yaml", map(source_key, tool.sources), found.sources, f"source ({tool.id})")
        for call in found.calls.calls:
            self.must_exist("calls.yaml", map(source_key, call.sources), found.sources, f"source ({call.id})")

    def must_exist(self, path: str, refs: Iterable[str], known: Mapping[str, object], what: str) -> None:
        for ref in refs:
            if ref not in known:
                line = next((n for n, text in enumerate(self.files[path].split("\n"), 1) if ref in text), 1)
                should = f"use an id that exists{nearest(ref, known)}"
                self.complaints.append(Complaint(path, line, f"{ref!r} is no {what}", should))

    def strangers(self) -> None:
        """Complain about files that nobody reads: a misspelt folder would otherwise silently lose an entry."""
        for path in self.files:
            if path.partition("/")[0] not in (*LANGUAGES, "expected") and path not in READ:
                should = f"put entries in sv/ or en/; other files are {', '.join(READ)}"
                self.complaints.append(Complaint(path, 1, "this file is not read", should))


def _slug(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _closed(fields: Fields, value: Words) -> Words:
    fields.done()
    return value


def _source(key: str, fields: Fields) -> Source:
    found = Source(
        key,
        fields.words("title"),
        fields.words("age"),
        fields.optional_text("url"),
        fields.date("links_checked"),
        fields.flag("secondary", default=False),
    )
    fields.done()
    return found


def _tool(fields: Fields) -> tuple[Fields, Tool]:
    tool = Tool(
        fields.ident("id"),
        fields.choice("kind", TOOL_KINDS),
        fields.words("title"),
        fields.choices("factors", TOOL_TAGS),
        fields.choices("level", TOOL_LEVELS),
        fields.choices("format", TOOL_FORMATS),
        fields.words("summary"),
        fields.texts("sources"),
        fields.optional_text("url"),
        fields.date("links_checked"),
    )
    fields.done()
    return fields, tool


def _call(fields: Fields) -> Call:
    call = Call(
        fields.ident("id"),
        fields.words("title"),
        fields.text("publisher"),
        fields.words("who"),
        fields.choice("status", ("open", "closed")),
        fields.date("closes"),
        fields.texts("sources"),
    )
    fields.done()
    return call


def _wording(fields: Fields, answer: str, freshness: str) -> Wording:
    while_open = fields.optional_text("while_open")
    if while_open and freshness != "event":
        fields.complain("only event entries have `while_open`", "remove it, or set freshness: event", 2)
    wording = Wording(
        fields.text("title"),
        answer,
        while_open,
        _variants(fields),
        fields.texts("keywords", optional=True),
        fields.texts("not_this", optional=True),
        fields.date("reviewed"),
        fields.file,
    )
    _readable(fields, "the answer", answer, PRODUCT_PLACES if freshness == "product" else frozenset())
    if while_open:
        _readable(fields, "while_open", while_open, WEBINAR_PLACES)
    return wording


def _variants(fields: Fields) -> tuple[str, ...]:
    first: dict[str, int] = {}
    for variant in fields.scalars("variants"):
        folded = variant.text.casefold().strip(" ?!.")
        if folded in first:
            fields.complain(
                f"the variant {variant.text!r} stands twice (line {first[folded]})", "keep one", variant.line
            )
        if len(variant.text) > MOST_VARIANT_CHARACTERS:
            should = f"at most {MOST_VARIANT_CHARACTERS} characters"
            fields.complain("a variant is too long to be a question", should, variant.line)
        first.setdefault(folded, variant.line)
    return tuple(variant.text for variant in fields.scalars("variants", optional=True))


def _readable(fields: Fields, name: str, text: str, allowed: frozenset[str]) -> None:
    """The rules for an answer: first sentence at most 20 words, five sentences at most, LIX at most 45."""
    parts = sentences(text)
    if not parts:
        fields.complain(f"{name} is empty", "write the answer below the second line ---")
        return
    if (count := len(words(parts[0]))) > FIRST_SENTENCE_WORDS:
        fields.complain(f"{name}: the first sentence has {count} words", f"answer in {FIRST_SENTENCE_WORDS} at most")
    if len(parts) > MOST_SENTENCES:
        fields.complain(f"{name} has {len(parts)} sentences", f"at most {MOST_SENTENCES}")
    if (score := lix(without_places(text))) > LIX_MOST:
        fields.complain(f"{name} is hard to read (LIX {score:.0f})", f"at most {LIX_MOST}: shorter sentences and words")
    for place in sorted(places(text) - allowed):
        should = f"use {', '.join(sorted(allowed))}" if allowed else "write the words out"
        fields.complain(f"{name}: {{{place}}} is no place that can be filled", should)


def hard_to_read(knowledge: Knowledge) -> tuple[tuple[float, str], ...]:
    """(LIX, file) of the answers above LIX 40, hardest first; empty while at most 5 % of them are."""
    scored = [
        (lix(without_places(w.answer)), w.file) for entry in knowledge.entries.values() for w in entry.wordings.values()
    ]
    hard = sorted((pair for pair in scored if pair[0] > LIX_GOOD), reverse=True)
    return tuple(hard) if len(hard) > (1 - LIX_SHARE) * len(scored) else ()
