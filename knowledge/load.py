"""From content files to a `Knowledge`, or to every complaint at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

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
from knowledge.normalise import same
from knowledge.readability import lix, sentences, words
from knowledge.strict_yaml import Items, Scalar

FIRST_SENTENCE_WORDS = 20
MOST_SENTENCES = 5
LIX_GOOD, LIX_MOST, LIX_SHARE = 40, 45, 0.95
SMALL_TALK = ("greeting", "thanks", "farewell", "praise", "abuse", "chatter", "yes", "no")
MOST_VARIANT_CHARACTERS = 400
NAME_AN_ENTRY, NAME_A_SOURCE = "skriv filnamnet på ett svar, utan .md", "skriv ett namn ur sources.yaml"

T = TypeVar("T")

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
            line = fields.line_of("topic" if slug == topic else "also_ok")
            fields.complain(f"svaret {slug!r} finns inte", nearest(slug, topics, NAME_AN_ENTRY), line)
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
        groups = self.unique(self.items("groups.yaml"), _group)
        sources = self.sources()
        tools = self.unique(self.items("toolbox.yaml"), lambda fields: self.cited(fields, _tool(fields), sources))
        calls = self.calls(sources)
        entries = self.entries(groups, sources)
        found = Knowledge(entries, groups, sources, tools, calls, self.small_talk(), self.synonyms())
        self.strangers()
        if self.complaints:
            raise ContentError(tuple(self.complaints))
        return found

    def there(self, path: str) -> bool:
        if path not in self.files:
            self.complaints.append(Complaint(path, 1, "filen saknas", "lägg tillbaka den, den får vara nästan tom"))
        return path in self.files

    def items(self, path: str) -> list[Fields]:
        return read_list(path, self.files[path], self.complaints) if self.there(path) else []

    def mapping(self, path: str) -> Fields | None:
        return read(path, self.files[path], self.complaints) if self.there(path) else None

    def unique(self, items: Iterable[Fields], make: Callable[[Fields], T]) -> dict[str, T]:
        unique: dict[str, T] = {}
        for fields in items:
            slug, made = fields.ident("id"), make(fields)
            if slug and slug in unique:
                fields.complain(f"samma id, {slug!r}, står två gånger", "ge varje sitt eget id", fields.line_of("id"))
            unique[slug] = made
        return unique

    def cited(self, fields: Fields, made: T, sources: Mapping[str, Source]) -> T:
        self.must_exist(fields, "sources", sources)
        return made

    def sources(self) -> dict[str, Source]:
        fields = self.mapping("sources.yaml")
        if fields is None:
            return {}
        found = {}
        for key in fields.names():
            if inner := fields.inner(key):
                found[key] = _source(key, inner)
        return found

    def calls(self, sources: Mapping[str, Source]) -> Calls:
        fields = self.mapping("calls.yaml")
        if fields is None:
            return Calls(None, None, ())
        found = Calls(
            fields.date("last_checked"),
            fields.optional_text("kept_by"),
            tuple(self.unique(fields.each("calls"), lambda inner: self.cited(inner, _call(inner), sources)).values()),
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
                fields.complain(
                    "en rad med synonymer behöver minst två ord", "skriv `- [mack, bensinstation]`", group.line
                )
            for word in line:
                if word.text in seen:
                    fields.complain(f"{word.text!r} står i två grupper", "behåll det i en av dem", word.line)
                seen.add(word.text)
            groups.append(tuple(word.text for word in line))
        return tuple(groups)

    def entries(self, groups: Mapping[str, Words], sources: Mapping[str, Source]) -> dict[str, Entry]:
        swedish = {_slug(path): path for path in sorted(self.files) if _is_entry(path, "sv")}
        for path in self.files:
            if _is_entry(path, "en") and _slug(path) not in swedish:
                should = nearest(_slug(path), swedish, f"skriv sv/{_slug(path)}.md")
                self.complaints.append(Complaint(path, 1, "det finns inget svenskt svar med det namnet", should))
        found = {slug: self.entry(slug, groups, sources, swedish) for slug in swedish}
        return {slug: entry for slug, entry in found.items() if entry}

    def entry(
        self, slug: str, groups: Mapping[str, Words], sources: Mapping[str, Source], slugs: Mapping[str, str]
    ) -> Entry | None:
        english = self.front_matter(f"en/{slug}.md") if f"en/{slug}.md" in self.files else None
        swedish = self.front_matter(f"sv/{slug}.md")
        if swedish is None:
            return None
        fields, answer = swedish
        if not ID.fullmatch(slug):
            fields.complain(
                f"{slug!r} kan inte vara ett id", "döp filen med a-z, 0-9 och bindestreck, som `vem-cyklar.md`"
            )
        freshness = fields.choice("freshness", FRESHNESS)
        entry = Entry(
            slug,
            fields.choice("group", groups) if groups else fields.text("group"),
            freshness,
            fields.texts("sources"),
            fields.texts("related", optional=True),
            fields.texts("distinct_from", optional=True),
            {"sv": _wording(fields, answer, freshness)},
        )
        fields.done()
        self.must_exist(fields, "sources", sources)
        self.must_exist(fields, "related", slugs)
        self.must_exist(fields, "distinct_from", slugs)
        if english is None:
            return entry
        wordings = {**entry.wordings, "en": _wording(*english, freshness)}
        english[0].done()
        return replace(entry, wordings=wordings)

    def front_matter(self, path: str) -> tuple[Fields, Scalar] | None:
        text = self.files[path]
        head, mark, body = text.removeprefix("---\n").partition("\n---\n")
        if not text.startswith("---\n") or not mark:
            should = "börja med en rad ---, sedan nycklarna, en rad --- och svaret"
            self.complaints.append(Complaint(path, 1, "nycklarna överst i filen saknas", should))
            return None
        fields = read(path, head, self.complaints, first_line=2)
        line = head.count("\n") + 4 + body[: body.find(body.strip())].count("\n")
        return (fields, Scalar(body.strip(), line, plain=True)) if fields else None

    def must_exist(self, fields: Fields, key: str, known: Mapping[str, object]) -> None:
        """Complain about names of things that do not exist, unless their whole file could not be read."""
        thing, otherwise = ("källan", NAME_A_SOURCE) if key == "sources" else ("svaret", NAME_AN_ENTRY)
        for scalar in fields.scalars(key, optional=True):
            name = source_key(scalar.text.strip()) if key == "sources" else scalar.text.strip()
            if known and name not in known:
                should = nearest(name, known, otherwise)
                fields.complain(f"{thing} {name!r} under {key!r} finns inte", should, scalar.line)

    def strangers(self) -> None:
        """Complain about files that nobody reads: a misspelt folder would otherwise silently lose an entry."""
        for path in self.files:
            expected_here = path in [f"expected/{language}.yaml" for language in LANGUAGES]
            if path not in READ and not expected_here and not any(_is_entry(path, here) for here in LANGUAGES):
                should = f"lägg svar i sv/NAMN.md eller en/NAMN.md, och annat i {', '.join(READ)}"
                self.complaints.append(Complaint(path, 1, "den här filen används inte", should))


def _slug(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _is_entry(path: str, language: str) -> bool:
    return path == f"{language}/{_slug(path)}.md"


def _group(fields: Fields) -> Words:
    words = fields.own_words()
    fields.done()
    return words


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


def _tool(fields: Fields) -> Tool:
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
    return tool


def _call(fields: Fields) -> Call:
    call = Call(
        fields.ident("id"),
        fields.words("title"),
        fields.text("publisher"),
        fields.words("who"),
        fields.choice("status", ("open", "closed")),
        fields.date("opens", optional=True),
        fields.date("closes"),
        fields.texts("sources"),
    )
    fields.done()
    return call


def _wording(fields: Fields, answer: Scalar, freshness: str) -> Wording:
    while_open = fields.optional_text("while_open")
    line = fields.line_of("while_open")
    if while_open and freshness != "event":
        fields.complain(
            "bara svar om ett webbinarium har `while_open`", "ta bort den, eller skriv `freshness: event`", line
        )
    wording = Wording(
        fields.text("title"),
        answer.text,
        while_open,
        _variants(fields),
        fields.texts("keywords", optional=True),
        fields.texts("not_this", optional=True),
        fields.date("reviewed"),
        fields.file,
    )
    _readable(fields, "svaret", answer, PRODUCT_PLACES if freshness == "product" else frozenset())
    if while_open:
        _readable(fields, "while_open", Scalar(while_open, line, plain=True), WEBINAR_PLACES)
    return wording


def _variants(fields: Fields) -> tuple[str, ...]:
    first: dict[str, int] = {}
    for variant in fields.scalars("variants"):
        folded = same(variant.text)
        if folded in first:
            fields.complain(
                f"frågesättet {variant.text!r} står två gånger (rad {first[folded]})", "behåll ett", variant.line
            )
        if len(variant.text) > MOST_VARIANT_CHARACTERS:
            should = f"högst {MOST_VARIANT_CHARACTERS} tecken"
            fields.complain("frågesättet är för långt för att vara en fråga", should, variant.line)
        first.setdefault(folded, variant.line)
    return fields.texts("variants", optional=True)


def _readable(fields: Fields, name: str, answer: Scalar, allowed: frozenset[str]) -> None:
    """The rules for an answer: first sentence at most 20 words, five sentences at most, LIX at most 45."""
    text, line = answer.text, answer.line
    parts = sentences(text)
    if not parts:
        fields.complain(f"{name} är tomt", "skriv svaret under den andra raden ---", line)
        return
    if (count := len(words(parts[0]))) > FIRST_SENTENCE_WORDS:
        should = f"svara med högst {FIRST_SENTENCE_WORDS}, och ta resten i nästa mening"
        fields.complain(f"{name}: första meningen har {count} ord", should, line)
    if len(parts) > MOST_SENTENCES:
        fields.complain(f"{name} har {len(parts)} meningar", f"högst {MOST_SENTENCES}", line)
    if (score := lix(without_places(text))) > LIX_MOST:
        should = f"högst {LIX_MOST}: kortare meningar och ord"
        fields.complain(f"{name} är svårläst (LIX {score:.0f})", should, line)
    for place in sorted(places(text) - allowed):
        should = nearest(place, allowed, f"välj bland {', '.join(sorted(allowed))}") if allowed else "skriv ut orden"
        fields.complain(f"{name}: {{{place}}} är ingen plats som fylls i", should, line)


def hard_to_read(knowledge: Knowledge) -> tuple[tuple[float, str], ...]:
    """(LIX, file) of the answers above LIX 40, hardest first; empty while at most 5 % of them are."""
    scored = [
        (lix(without_places(w.answer)), w.file) for entry in knowledge.entries.values() for w in entry.wordings.values()
    ]
    hard = sorted((pair for pair in scored if pair[0] > LIX_GOOD), reverse=True)
    return tuple(hard) if len(hard) > (1 - LIX_SHARE) * len(scored) else ()
