"""What a curator gets to hear: every fault at once, each with its file, its line and what it should look like."""

import pytest

from knowledge.complaints import Complaint, ContentError
from knowledge.load import SMALL_TALK, expected, load

SWEDISH = """---
title: Vem hjälper byn?
group: roller
freshness: stable
sources: ["seed:L1"]
reviewed: null
related: [mack]
variants:
  - Vem kan hjälpa oss?
  - vart vänder man sig
---
Kommunen hjälper er först. Ring dit och fråga.
"""

ENGLISH = """---
title: Who helps?
reviewed: null
variants:
  - Who can help us?
---
The council helps you first.
"""

SMALL = {
    "groups.yaml": "- {id: roller, sv: Roller, en: Roles}\n",
    "sources.yaml": "seed:\n  title: {sv: Film}\n  age: {sv: odaterad}\n  url: null\n  links_checked: null\n",
    "toolbox.yaml": """- id: mote
  kind: metod
  title: {sv: Möte}
  factors: [behov]
  level: [lokal]
  format: [text]
  summary: {sv: Träffas.}
  sources: [seed]
""",
    "calls.yaml": """last_checked: 2026-11-23
calls:
  - id: stod
    title: {sv: Stöd}
    publisher: Verket
    who: {sv: byar}
    status: closed
    closes: 2023-06-22
    sources: [seed]
""",
    "small_talk.yaml": "".join(f"{kind}: {{sv: [{kind}], en: [{kind}]}}\n" for kind in SMALL_TALK),
    "synonyms.yaml": "sv:\n  - [mack, bensinstation]\n",
    "sv/hjalp.md": SWEDISH,
    "en/hjalp.md": ENGLISH,
    "sv/mack.md": SWEDISH.replace("[mack]", "[hjalp]"),
}


def complaints(**changes: str) -> tuple[Complaint, ...]:
    """What is said about the small knowledge base with files changed (`sv_hjalp` stands for sv/hjalp.md)."""
    names = {path.replace("/", "_").rpartition(".")[0]: path for path in SMALL}
    with pytest.raises(ContentError) as caught:
        load({**SMALL, **{names[name]: text for name, text in changes.items()}}.items())
    return caught.value.complaints


def of(files: dict[str, str]) -> tuple[Complaint, ...]:
    with pytest.raises(ContentError) as caught:
        load(files.items())
    return caught.value.complaints


def said(found: tuple[Complaint, ...]) -> tuple[str, int, str]:
    """The only complaint: file, line, and all its words. It must say what the text should look like."""
    (complaint,) = found
    assert complaint.should
    assert str(complaint).startswith(f"{complaint.file}:{complaint.line}: ")
    return complaint.file, complaint.line, f"{complaint.what}; {complaint.should}"


def test_a_small_knowledge_base_loads_and_english_falls_back_to_swedish() -> None:
    knowledge = load(SMALL.items())
    assert set(knowledge.entries) == {"hjalp", "mack"}
    assert knowledge.entries["hjalp"].wording("en").file == "en/hjalp.md"
    assert knowledge.entries["mack"].wording("en").file == "sv/mack.md"
    assert knowledge.sources["seed"].title == {"sv": "Film", "en": "Film"}
    assert knowledge.entries["hjalp"].wording("sv").answer.startswith("Kommunen")


def test_the_guide_for_curators_is_no_content() -> None:
    assert load({**SMALL, "LÄSMIG.md": "Så skriver du"}.items()) == load(SMALL.items())


def test_all_faults_of_all_files_are_told_at_once() -> None:
    found = complaints(
        sv_hjalp=SWEDISH.replace("freshness: stable", "freshness: färsk").replace("[mack]", "[makc]"),
        en_hjalp=ENGLISH.replace("variants:", "varianter: x\nvariants:"),
        groups=SMALL["groups.yaml"] * 2,
        toolbox="- x\n",
        synonyms="sv: &a\n",
    )
    assert {(complaint.file, complaint.line) for complaint in found} >= {
        ("sv/hjalp.md", 4),
        ("sv/hjalp.md", 7),
        ("en/hjalp.md", 4),
        ("groups.yaml", 2),
        ("toolbox.yaml", 1),
        ("synonyms.yaml", 1),
    }
    assert list(found) == sorted(found)


def test_a_misspelt_key_is_shown_with_the_right_one() -> None:
    file, line, words = said(complaints(en_hjalp=ENGLISH.replace("reviewed:", "reviwed:")))
    assert (file, line) == ("en/hjalp.md", 3)
    assert "'reviwed'" in words
    assert "'reviewed'" in words


@pytest.mark.parametrize(
    ("old", "line", "near"), [("group: roller", 3, "'roller'"), ("freshness: stable", 4, "'stable'")]
)
def test_a_misspelt_word_of_a_closed_list_is_shown_with_the_right_one(old: str, line: int, near: str) -> None:
    file, where, words = said(complaints(sv_hjalp=SWEDISH.replace(old, old[:-1])))
    assert (file, where) == ("sv/hjalp.md", line)
    assert near in words


def test_a_relation_to_an_entry_that_is_not_there_is_shown_where_it_stands() -> None:
    text = SWEDISH.replace("related: [mack]", "related:\n  - mack\n  - hjlap\ndistinct_from: [macken]")
    found = complaints(sv_hjalp=text.replace("Vem hjälper", "hjlap macken: vem".replace(":", "")))
    assert [(complaint.file, complaint.line) for complaint in found] == [("sv/hjalp.md", 9), ("sv/hjalp.md", 10)]
    assert ["'hjalp'" in found[0].should, "'mack'" in found[1].should] == [True, True]


@pytest.mark.parametrize(("name", "line"), [("sv_hjalp", 5), ("toolbox", 8), ("calls", 9)])
def test_a_source_that_is_not_there_is_shown_where_it_stands(name: str, line: int) -> None:
    path = {"sv_hjalp": "sv/hjalp.md"}.get(name, f"{name}.yaml")
    text = SMALL[path].replace('"seed:L1"', '"sed:L1"').replace("sources: [seed]", "sources: [sed]")
    file, where, words = said(complaints(**{name: text}))
    assert (file, where) == (path, line)
    assert "'seed'" in words


@pytest.mark.parametrize("path", ["groups.yaml", "toolbox.yaml"])
def test_an_id_used_twice_is_shown_at_its_second_place(path: str) -> None:
    file, line, _ = said(of({**SMALL, path: SMALL[path] * 2}))
    assert (file, line) == (path, SMALL[path].count("\n") + 1)


def test_a_call_used_twice_and_a_source_used_twice_are_shown() -> None:
    calls = SMALL["calls.yaml"]
    assert said(complaints(calls=calls + calls.partition("calls:\n")[2]))[:2] == ("calls.yaml", 10)
    assert said(of({**SMALL, "sources.yaml": SMALL["sources.yaml"] + "seed:\n  url: null\n"}))[:2] == (
        "sources.yaml",
        6,
    )


def test_an_id_that_cannot_be_a_file_name_is_refused() -> None:
    assert said(complaints(toolbox=SMALL["toolbox.yaml"].replace("mote", "möte!")))[:2] == ("toolbox.yaml", 1)
    assert said(of({**SMALL, "sv/Hjälp mig.md": SWEDISH}))[0] == "sv/Hjälp mig.md"


def test_a_text_without_swedish_is_refused() -> None:
    file, line, words = said(complaints(groups="- {id: roller, en: Roles}\n"))
    assert (file, line) == ("groups.yaml", 1)
    assert "'sv'" in words
    assert said(complaints(toolbox=SMALL["toolbox.yaml"].replace("{sv: Träffas.}", "{en: Meet.}")))[:2] == (
        "toolbox.yaml",
        7,
    )


def test_an_english_entry_without_a_swedish_one_is_refused() -> None:
    file, line, words = said(of({**SMALL, "en/hjlap.md": ENGLISH}))
    assert (file, line) == ("en/hjlap.md", 1)
    assert "'hjalp'" in words


@pytest.mark.parametrize(
    "text", ["", "Bara ett svar.", "---\ntitle: x\n", SWEDISH.removeprefix("---\n"), "\n" + SWEDISH]
)
def test_an_entry_without_front_matter_is_refused(text: str) -> None:
    assert said(complaints(sv_hjalp=text))[:2] == ("sv/hjalp.md", 1)


@pytest.mark.parametrize(
    "path",
    [
        "svv/hjalp.md",
        "sv/mapp/hjalp.md",
        "en/mapp/hjalp.md",
        "sv/hjalp.txt",
        "hjalp.md",
        "expected/sw.yaml",
        "call.yaml",
    ],
)
def test_a_file_that_nobody_would_read_is_pointed_out(path: str) -> None:
    assert said(of({**SMALL, path: SWEDISH}))[:2] == (path, 1)


def test_a_missing_file_is_pointed_out() -> None:
    assert said(of({path: text for path, text in SMALL.items() if path != "calls.yaml"}))[:2] == ("calls.yaml", 1)


@pytest.mark.parametrize("again", ["Vem kan hjälpa oss?", "vem kan hjälpa oss", '"Vem kan  hjälpa oss!"'])
def test_a_way_of_asking_written_twice_is_refused_whatever_its_case_and_marks(again: str) -> None:
    text = SWEDISH.replace("  - vart vänder man sig", f"  - vart vänder man sig\n  - {again}")
    file, line, words = said(complaints(sv_hjalp=text))
    assert (file, line) == ("sv/hjalp.md", 11)
    assert "9" in words


def test_a_way_of_asking_that_is_a_whole_story_is_refused() -> None:
    assert said(complaints(sv_hjalp=SWEDISH.replace("vart vänder man sig", "å " * 201)))[:2] == ("sv/hjalp.md", 10)


def test_a_way_of_asking_with_a_colon_is_answered_with_the_line_in_quotes() -> None:
    file, line, words = said(complaints(sv_hjalp=SWEDISH.replace("vart vänder man sig", "Gränsen: hur långt?")))
    assert (file, line) == ("sv/hjalp.md", 10)
    assert '"Gränsen: …"' in words


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        ("Du kan " + "få en " * 9 + "ko.", "21"),
        ("Vi ses. " * 6, "6"),
        ("Kommunerna samordnar servicefrågorna tillsammans.", "LIX"),
        ("Ring {phone} nu.", "{phone}"),
        ("Ring {owner} nu.", "{owner}"),
        ("", ""),
    ],
)
def test_an_answer_against_the_rules_is_shown_at_the_line_of_the_answer(answer: str, counted: str) -> None:
    body = SWEDISH.rpartition("---\n")[0] + "---\n\n" + answer + "\n"
    file, line, words = said(complaints(sv_hjalp=body))
    assert (file, line) == ("sv/hjalp.md", 13 if answer else 12)
    assert counted in words


def test_an_answer_just_within_the_rules_is_accepted() -> None:
    head = SWEDISH.rpartition("---\n")[0] + "---\n"
    for answer in ("Du kan " + "få en " * 8 + "stor ko.", "Vi ses. " * 5):
        assert load({**SMALL, "sv/hjalp.md": head + answer}.items())


def test_the_service_may_be_named_in_a_product_entry_and_a_slip_is_shown_with_the_right_name() -> None:
    product = SWEDISH.replace("freshness: stable", "freshness: product").replace("Ring dit", "Ring {contact}")
    assert load({**SMALL, "sv/hjalp.md": product}.items())
    assert "'contact'" in said(complaints(sv_hjalp=product.replace("{contact}", "{contakt}")))[2]


def test_only_an_entry_of_a_webinar_has_a_text_for_an_open_one() -> None:
    text = SWEDISH.replace("variants:", "while_open: Den slutar {ends}.\nvariants:")
    assert said(complaints(sv_hjalp=text))[:2] == ("sv/hjalp.md", 8)
    event = text.replace("freshness: stable", "freshness: event")
    assert load({**SMALL, "sv/hjalp.md": event}.items())
    assert said(complaints(sv_hjalp=event.replace("{ends}", "{end}")))[1] == 8


@pytest.mark.parametrize("day", ["i går", "20261123", "2026-W48-1", "2026-02-30", "23/11 2026", "[x]"])
def test_a_day_that_is_no_day_is_refused(day: str) -> None:
    assert said(complaints(en_hjalp=ENGLISH.replace("reviewed: null", f"reviewed: {day}")))[:2] == ("en/hjalp.md", 3)


def test_an_entry_that_cannot_be_read_does_not_make_its_neighbours_look_wrong() -> None:
    assert said(complaints(sv_mack="---\ntitle: [\n---\nJa."))[0] == "sv/mack.md"


@pytest.mark.parametrize("path", ["groups.yaml", "sources.yaml"])
def test_a_list_that_cannot_be_read_does_not_make_those_who_name_it_look_wrong(path: str) -> None:
    assert said(of({**SMALL, path: "["}))[0] == path


def test_a_word_in_two_groups_of_synonyms_is_refused() -> None:
    assert said(complaints(synonyms="sv:\n  - [mack, bensin]\n  - [soppa, mack]\n"))[:2] == ("synonyms.yaml", 3)


def test_expected_questions_name_entries_that_exist() -> None:
    text = "- {text: Hur?, topic: hjalp}\n- text: Vem?\n  topic: hjlap\n- text: Var?\n  topic: null\n  also_ok: [mac]\n"
    with pytest.raises(ContentError) as caught:
        expected([("expected/sv.yaml", text)], ["hjalp", "mack"])
    assert [(complaint.line, complaint.file) for complaint in caught.value.complaints] == [
        (3, "expected/sv.yaml"),
        (6, "expected/sv.yaml"),
    ]
    (found,) = expected([("expected/en.yaml", "- {text: How?, topic: hjalp}")], ["hjalp"])
    assert (found.language, found.topic, found.line) == ("en", "hjalp", 1)
