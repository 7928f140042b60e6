"""The shipped content keeps its own rules."""

import pytest

from knowledge import load
from knowledge.entries import PRODUCT_PLACES, WEBINAR_PLACES, places
from knowledge.load import expected, hard_to_read
from knowledge.strict_yaml import Node, Pairs, Scalar, parse
from tests.content import File, dialog_files, knowledge_files, shipped_knowledge

KNOWLEDGE = shipped_knowledge()


def test_the_shipped_knowledge_loads_without_a_complaint_and_holds_a_hundred_entries() -> None:
    assert len(load.load(knowledge_files()).entries) == 100


@pytest.mark.parametrize("slug", KNOWLEDGE.entries)
def test_an_entry_is_there_in_both_languages_with_many_ways_of_asking(slug: str) -> None:
    wordings = KNOWLEDGE.entries[slug].wordings
    assert set(wordings) == {"sv", "en"}
    assert len(wordings["sv"].variants) >= 15
    assert len(wordings["en"].variants) >= 8


def test_no_question_is_a_way_of_asking_for_two_entries() -> None:
    owners: dict[tuple[str, str], str] = {}
    for slug, entry in KNOWLEDGE.entries.items():
        for language, wording in entry.wordings.items():
            for variant in wording.variants:
                assert owners.setdefault((language, variant.casefold().strip(" ?!.")), slug) == slug


def test_nearly_all_answers_are_easy_to_read() -> None:
    assert hard_to_read(KNOWLEDGE) == ()


def test_every_group_has_entries_and_every_entry_cites_a_source() -> None:
    assert {entry.group for entry in KNOWLEDGE.entries.values()} == set(KNOWLEDGE.groups)
    assert all(KNOWLEDGE.sources_of(entry.sources) for entry in KNOWLEDGE.entries.values())


def test_places_stand_only_where_they_can_be_filled() -> None:
    for entry in KNOWLEDGE.entries.values():
        for wording in entry.wordings.values():
            assert places(wording.answer) <= (PRODUCT_PLACES if entry.freshness == "product" else frozenset())
            assert places(wording.while_open or "") <= WEBINAR_PLACES


def test_an_entry_of_a_webinar_has_a_text_for_before_and_after_in_both_languages() -> None:
    events = [entry for entry in KNOWLEDGE.entries.values() if entry.freshness == "event"]
    assert events
    assert all(wording.while_open and wording.answer for entry in events for wording in entry.wordings.values())


def test_every_expected_question_loads_and_names_entries_that_exist() -> None:
    found = expected(knowledge_files(), KNOWLEDGE.entries)
    assert {question.language for question in found} == {"sv", "en"}
    assert {question.topic for question in found} == {*KNOWLEDGE.entries, None}


def test_nothing_shipped_claims_that_a_person_has_reviewed_it_or_opened_its_links() -> None:
    assert not any(wording.reviewed for entry in KNOWLEDGE.entries.values() for wording in entry.wordings.values())
    claims = [claim for file in (*knowledge_files(), *dialog_files()) for claim in _claims(file)]
    assert claims
    assert {text for _, text in claims} == {"null"}


def _claims(file: File) -> list[tuple[str, str]]:
    """(where, what stands there) for each `reviewed` and `links_checked` in a file."""
    path, text = file
    head = text.removeprefix("---\n").partition("\n---\n")[0] if path.endswith(".md") else text
    return [(f"{path}:{value.line}", value.text) for value in _values(parse(path, head))]


def _values(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return []
    if not isinstance(node, Pairs):
        return [value for item in node.items for value in _values(item)]
    own = [
        value for key, value in node.pairs if key.text in ("reviewed", "links_checked") and isinstance(value, Scalar)
    ]
    return own + [value for _, inner in node.pairs for value in _values(inner)]
