"""A curator's slip is shown with its line; a hostile file is refused before it costs anything (quality S12)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.complaints import Complaint, ContentError
from knowledge.strict_yaml import MOST_NODES, Items, Node, Pairs, Scalar, parse
from knowledge.yaml_slips import explained
from tests.effort import least_seconds


def refused(text: str, first_line: int = 1) -> Complaint:
    caught: list[ContentError] = []

    def read() -> None:
        with pytest.raises(ContentError) as found:
            parse("sv/by.md", text, first_line)
        caught.append(found.value)

    assert least_seconds(read, 0.2) < 0.2
    (complaint,) = caught[0].complaints
    assert complaint.should
    return complaint


def values(node: Node) -> list[str]:
    assert isinstance(node, Pairs)
    return [value.text for _, value in node.pairs if isinstance(value, Scalar)]


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in ("ab", "bc", "cd")
)

TRAPS = {
    "a Python object": ("title: x\nvariants: !!python/object/apply:os.system [ls]", 2),
    "a tag of one's own": ("title: x\ngroup: y\nreviewed: !day 2026", 3),
    "an alias bomb": (BOMB, 1),
    "an anchor on a text": ("a: b\nc: &d e", 2),
    "an alias": ("a: b\nc: *d", 2),
    "a merge": ("a: b\n<<: *d", 2),
    "lists 5,000 deep": ("a: b\nc: " + "[" * 5000, 2),
    "mappings 5,000 deep": ("a: b\n\n\nc: " + "{a: " * 5000, 4),
    "block lists 5,000 deep": ("- " * 5000, 1),
    "keys 5,000 deep": ("? " * 5000, 1),
    "the same key twice": ("title: x\ngroup: y\ntitle: z", 3),
    "the same key twice in a list": ("a:\n  - {id: x, id: y}", 2),
    "a flow list of 1 MB": ("[" + "a," * 500_000 + "]", 1),
    "a flow list just within the size": ("a: b\nc: [\n" + "a,\n" * 80_000 + "]", MOST_NODES),
    "a list as key": ("a: b\n[c, d]: e", 2),
    "two documents": ("a: b\n---\nc: d", 2),
    "nothing": ("", 1),
    "only a comment": ("# here will be an answer", 1),
    "a quote left open": ('a: b\nc: "d\n\ne: f\n', 2),
    "a list left open": ("a: b\nc: [d,\ne: f\n", 2),
    "a key without its colon": ("a: b\nc\nd: e", 2),
    "a colon in a text": ("a: b\nc: Gränsen: hur långt?", 2),
    "a tab for indentation": ("a:\n\t- b", 2),
    "a control character": ("a: b\nc: d\x07", 2),
    "a half surrogate": ("a: b\n\nc: \ud800", 3),
    "a null": ("a: b\nc: \x00", 2),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_at_once_and_its_line_named(trap: str) -> None:
    text, line = TRAPS[trap]
    complaint = refused(text)
    assert complaint.file == "sv/by.md"
    if trap == "a flow list just within the size":
        assert abs(complaint.line - line) < 5
    else:
        assert complaint.line == line


def test_front_matter_counts_its_lines_from_where_it_stands_in_the_file() -> None:
    assert refused("a: b\na: c", first_line=2).line == 3
    assert refused("a: b\nc: \x07", first_line=2).line == 3
    assert refused("a: 'b: c", first_line=2).line == 2


@pytest.mark.parametrize(
    "word", ["NO", "no", "on", "off", "yes", "true", "012", "1:30", "12:30", "1_000", "0x1F", "1e3", ".5"]
)
def test_a_word_stays_the_text_it_looks_like(word: str) -> None:
    assert values(parse("f", f"a: {word}\nb: '{word}'")) == [word, word]


def test_a_word_as_a_key_stays_the_word_too() -> None:
    node = parse("f", "no: a\n012: b\n1:30: c")
    assert isinstance(node, Pairs)
    assert [key.text for key, _ in node.pairs] == ["no", "012", "1:30"]


def test_every_node_knows_its_line_and_whether_it_stood_in_quotes() -> None:
    node = parse("f", 'a: null\nb:\n  - "null"\n  - x', first_line=10)
    assert node == Pairs(
        (
            (Scalar("a", 10, plain=True), Scalar("null", 10, plain=True)),
            (
                Scalar("b", 11, plain=True),
                Items((Scalar("null", 12, plain=False), Scalar("x", 13, plain=True)), 12),
            ),
        ),
        10,
    )


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("c: Gränsen: hur långt?", 'c: "Gränsen: hur långt?"'),
        ("- Gränsen: hur: långt?", '- "Gränsen: hur: långt?"'),
        ("- text: Gränsen: hur långt?", '- text: "Gränsen: hur långt?"'),
        ('c: Så "här": ja', r'c: "Så \"här\": ja"'),
        ("c: @byn", 'c: "@byn"'),
        ("- **byn**", '- "**byn**"'),
        ("c: > 5 procent", 'c: "> 5 procent"'),
        ("c: {owner} svarar", 'c: "{owner} svarar"'),
    ],
)
def test_a_text_that_needs_quotes_is_answered_with_the_line_as_it_should_be(line: str, mended: str) -> None:
    assert refused(f"{line}\n").should.endswith(mended)
    assert parse("f", mended)


@pytest.mark.parametrize("blank", ["\t", " \t", "\u00a0"])
def test_a_line_indented_with_what_is_no_space_is_explained_as_such_whatever_stopped_the_parser(blank: str) -> None:
    found = refused(f"a:\n{blank}- b\n")
    assert (found.line, (found.what, found.should)) == (2, explained("anything at all", "\t- b"))


def test_an_unusual_slip_keeps_the_words_of_the_parser() -> None:
    assert explained("cannot read tea leaves", "a: b")[0].endswith("(cannot read tea leaves)")


@pytest.mark.parametrize("trap", [trap for trap, (text, _) in TRAPS.items() if len(text) < 1000])
def test_no_usual_slip_is_explained_in_the_words_of_the_parser(trap: str) -> None:
    assert not re.search(r"\b(?:found|expected|allowed|while)\b", refused(TRAPS[trap][0]).what)


@given(st.text(st.characters() | st.sampled_from("\n\t -:[]{}&*!|>'\"%@`#?,ab\ud800\x00\ufeff")))
def test_any_text_is_read_or_complained_about(text: str) -> None:
    try:
        parse("f", text)
    except ContentError as error:
        (complaint,) = error.complaints
        assert 1 <= complaint.line <= 2 + sum(text.count(mark) for mark in "\n\r\x85\u2028\u2029")
        assert complaint.should
