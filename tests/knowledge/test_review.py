"""What a curator is told could be better, shown on a small base where it is plain to see."""

import datetime as dt
from dataclasses import replace

import pytest

from knowledge.entries import Knowledge, Source
from knowledge.load import SMALL_TALK, load
from knowledge.match import build
from knowledge.match_model import MOST_TRAINED
from knowledge.review import KINDS, Remark, doubled, latest_year, quick, thorough, tried
from tests.content import shipped_knowledge

TODAY = dt.date(2026, 11, 23)
SMALL = {
    "groups.yaml": "- {id: byn, sv: Byn, en: Village}\n",
    "sources.yaml": "bok:\n  title: {sv: Bok}\n  age: {sv: omkring 2019}\n  url: null\n  links_checked: null\n",
    "toolbox.yaml": "[]\n",
    "calls.yaml": "calls: []\n",
    "small_talk.yaml": "".join(f"{kind}: {{sv: [{kind}], en: [{kind}]}}\n" for kind in SMALL_TALK),
    "synonyms.yaml": "{}\n",
}
ASKED = {
    "macken": ["var tankar man bensin", "när stänger macken", "finns diesel på macken", "var finns bensin och diesel"],
    "apoteket": ["var hämtar jag medicin", "när stänger apoteket", "finns receptfri medicin", "har apoteket medicin"],
    "bokbussen": ["när går bokbussen", "var lånar jag böcker", "stannar bokbussen här", "böcker från bokbussen"],
}


def base(asked: dict[str, list[str]], **keys: str) -> Knowledge:
    """A knowledge base with these ways of asking. `keys` stand in every entry."""
    front = {"freshness": "stable", "reviewed": "null", **keys}
    files = dict(SMALL)
    for slug, variants in asked.items():
        lines = [
            f"title: om {slug}",
            "group: byn",
            "sources: [bok]",
            *(f"{key}: {value}" for key, value in front.items()),
        ]
        lines += ["variants:", *(f"  - {variant}" for variant in variants)]
        files[f"sv/{slug}.md"] = "---\n" + "\n".join(lines) + "\n---\nDet finns i byn.\n"
    return load(files.items())


def of(kind: str, remarks: tuple[Remark, ...]) -> list[Remark]:
    return [remark for remark in remarks if remark.kind == kind]


def looked_over(asked: dict[str, list[str]], **keys: str) -> tuple[Remark, ...]:
    known = base(asked, **keys)
    return thorough(known, build(known))


def test_a_question_in_the_wrong_entry_is_said_to_be_nearer_the_right_one() -> None:
    stray = "finns bensin på macken och finns diesel"
    found = of("crossing", looked_over({**ASKED, "bokbussen": [*ASKED["bokbussen"], stray]}))
    blamed = {(each.file, each.near): each.what for each in found}
    assert "macken" in blamed["sv/bokbussen.md", stray]


def test_a_question_is_tried_as_if_it_had_not_been_written() -> None:
    known = base(ASKED)
    results = tried(known, build(known))
    assert sorted(each.text for each in results) == sorted(
        text for slug, texts in ASKED.items() for text in (f"om {slug}", *texts)
    )
    alone = next(each for each in results if each.text == "var lånar jag böcker")
    assert alone.own < 0.9


def test_two_entries_that_keep_taking_each_others_questions_are_named_until_they_name_each_other() -> None:
    mixed = {
        **ASKED,
        "tanken": ["var köper man bensin", "när öppnar macken", "finns soppa på macken", "var finns diesel och bensin"],
    }
    found = of("mixed-up", looked_over(mixed))
    assert [each.file for each in found] == ["sv/macken.md"]
    assert "tanken" in found[0].what
    known = base(mixed)
    entries = {**known.entries, "tanken": replace(known.entries["tanken"], distinct_from=("macken",))}
    apart = replace(known, entries=entries)
    assert not of("mixed-up", thorough(apart, build(apart)))


def test_an_entry_whose_questions_all_lead_elsewhere_is_said_not_to_be_found() -> None:
    found = of("unfound", looked_over({**ASKED, "glomd": ["när stänger macken i dag", "hämtar jag medicin där"]}))
    assert [each.file for each in found] == ["sv/glomd.md"]


def test_nearly_the_same_question_in_two_entries_is_told_once() -> None:
    twins = {**ASKED, "bokbussen": [*ASKED["bokbussen"], "När stänger apoteket??"]}
    found = of("twin", looked_over(twins))
    assert [(each.file, each.near) for each in found] == [("sv/apoteket.md", "när stänger apoteket")]


@pytest.mark.parametrize(
    ("text", "told"), [("om macken", True), ("När stänger Macken", True), ("nar stanger macken", False)]
)
def test_the_very_same_question_in_two_entries_is_a_mistake(text: str, told: bool) -> None:
    found = list(doubled(base({**ASKED, "bokbussen": [*ASKED["bokbussen"], text]})))
    assert [(each.file, each.near) for each in found] == ([("sv/macken.md", text.lower())] if told else [])


def test_an_entry_without_english_is_named() -> None:
    swedish = base({"macken": ["var finns macken"]})
    assert [each.file for each in of("no-english", quick(swedish, TODAY))] == ["sv/macken.md"]
    assert not of("no-english", quick(shipped_knowledge(), TODAY))


def test_swedish_standing_in_for_english_is_not_looked_over_twice() -> None:
    known = base(ASKED)
    assert {each.language for each in tried(known, build(known))} == {"sv"}


def test_a_base_too_large_to_be_trained_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.match_model.MOST_TRAINED", 0)
    assert MOST_TRAINED > 0
    known = base(ASKED)
    assert tried(known, build(known)) == ()


@pytest.mark.parametrize(("reviewed", "old"), [("2025-11-22", True), ("2025-11-24", False), ("null", False)])
def test_a_review_is_old_after_a_year(reviewed: str, old: bool) -> None:
    found = of("stale-review", quick(base({"macken": ["var finns macken"]}, reviewed=reviewed), TODAY))
    assert [each.file for each in found] == (["sv/macken.md"] if old else [])


@pytest.mark.parametrize(("freshness", "old"), [("check", True), ("stable", False), ("dated", False)])
def test_only_what_may_have_changed_needs_a_fresh_source(freshness: str, old: bool) -> None:
    found = of("stale-source", quick(base({"macken": ["var finns macken"]}, freshness=freshness), TODAY))
    assert bool(found) == old


def test_a_source_of_the_last_years_is_fresh_enough() -> None:
    known = base({"macken": ["var finns macken"]}, freshness="check")
    assert not of("stale-source", quick(known, dt.date(2022, 12, 31)))
    assert of("stale-source", quick(known, dt.date(2023, 1, 1)))


@pytest.mark.parametrize(
    ("age", "year"),
    [
        ("2020-10-14", 2020),
        ("gällde 2022-04-19 till 2024-01-01", 2024),
        ("projekt 2018–2020", 2020),
        ("odaterad, före 2019", 2019),
        ("odaterad, 2022 eller senare", None),
        ("odaterad, efter oktober 2022", None),
        ("odaterad", None),
    ],
)
def test_the_year_of_a_source_is_the_last_one_it_names(age: str, year: int | None) -> None:
    assert latest_year(Source("bok", {}, {"sv": age, "en": ""}, None, None, secondary=False)) == year


def test_the_shipped_content_can_be_looked_over_and_every_remark_has_its_place() -> None:
    known = shipped_knowledge()
    files = {wording.file for entry in known.entries.values() for wording in entry.wordings.values()}
    remarks = (*quick(known, TODAY), *thorough(known, build(known)))
    assert {each.kind for each in remarks} <= set(KINDS)
    assert {each.file for each in remarks} <= files
