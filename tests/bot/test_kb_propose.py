"""What moderators answered in writing becomes proposed entries: loadable, reviewed by nobody yet, and without names."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.kb_import import DRAFTS
from bot.kb_propose import SOURCES, WAYS, Place, Proposal, gathered, propose, unknown
from bot.store.tx import Tx
from dialogs.contributions import contributions
from dialogs.records import Question
from knowledge.entries import Knowledge
from knowledge.load import load
from knowledge.review import doubled
from tests.aftermaths import BEGAN, HOSTILE_TEXTS, NAME, SWEDEN, hostile, ordinary, question
from tests.content import knowledge_files, shipped_knowledge
from tests.stores import opened
from tests.talk import WEBINAR, shipped_content

CONTENT = dict(knowledge_files())
BREAD, ANSWER = "Vad kostar ett bageri i vår by?", "Det beror på lokalen. Börja med att fråga ett bageri som ni känner."
ENTRY = "sv/vad-kostar-ett-bageri-i-var-f1.md"
TECHNICAL = ("webinar-teknik",)
DECIDED = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


def proposed(*questions: Question, content: dict[str, str] = CONTENT) -> Proposal:
    place = Place(shipped_content().webinars, content, {WEBINAR: "https://lots.example/w/x"}, TECHNICAL)
    return propose(contributions(questions, (), SWEDEN).values(), place)


def together(proposal: Proposal, content: dict[str, str] = CONTENT) -> Knowledge:
    """The knowledge base with the proposal laid over it; what waits to be mended is not looked at."""
    waiting = (DRAFTS, WAYS)
    return load({**content, **{p: t for p, t in proposal.files.items() if not p.startswith(waiting)}}.items())


def answered(number: int = 1, text: str = BREAD, answer: str = ANSWER, language: str = "sv", **more: Any) -> Question:
    return replace(question(number, text=text, answer=answer, decided=DECIDED, **more), language=language)


def test_an_answer_in_writing_becomes_an_entry_that_nobody_has_reviewed() -> None:
    found = proposed(answered(), question(2, lead=1, text="Hur dyrt är det att baka?"), question(3, "new"))
    assert set(found.files) == {ENTRY, SOURCES}
    known = together(found)
    entry = known.entries[ENTRY[3:-3]]
    assert entry.group not in TECHNICAL
    wording = entry.wording("sv")
    assert (wording.title, wording.answer, wording.reviewed) == (BREAD, ANSWER, None)
    assert wording.variants == (BREAD, "Hur dyrt är det att baka?")
    (source,) = known.sources_of(entry.sources)
    assert source.title == shipped_content().webinars[WEBINAR].title
    assert "2026-11-24" in source.age["sv"]
    assert known.entries.keys() - shipped_knowledge().entries.keys() == {entry.id}
    assert "https://lots.example/w/x" in found.source


def test_only_what_was_answered_in_writing_is_proposed() -> None:
    others = [
        answered(1, reason="spoken"), answered(2, mark="12.31"), answered(3, kind="comment"),
        answered(4, kind="trouble"), question(5, "declined", reason="personal", answer="personal"),
        question(6, "later"),
    ]  # fmt: skip
    assert proposed(*others).files == {}


def test_a_question_answered_with_an_entry_becomes_ways_of_asking_for_it() -> None:
    variant = shipped_knowledge().entries["driftstod"].wording("sv").variants[0]
    asked = [answered(1, entry="driftstod"), question(2, lead=1, text=variant), answered(3, "?", entry="borttaget")]
    found = proposed(*asked)
    (path,) = found.files
    assert path == f"{WAYS}/sv/driftstod-{WEBINAR}.txt"
    text = found.files[path]
    assert f'  - "{BREAD}"\n' in text
    assert "sv/driftstod.md" in text
    assert variant not in text, "it is there already"


def test_nobodys_name_or_number_comes_along_and_the_curator_is_told_what_was_taken_out() -> None:
    found = proposed(
        answered(1, f"{BREAD} Ring 070-123 45 67", "Skriv till kim@example.net.", wording=BREAD),
        answered(2, "Kim, kim@example.net, undrar?", entry="driftstod"),
    )
    everything = "".join(text for path, text in found.files.items() if path != SOURCES) + found.source
    for private in (NAME, "kim@example.net", "070-123"):
        assert private not in everything
    assert "borttaget: telefonnummer, e-post" in found.files[ENTRY]


def test_what_the_chat_cannot_say_waits_whole_with_what_to_mend() -> None:
    long = " ".join(f"Det här är mening {number}." for number in range(7))
    same = shipped_knowledge().entries["driftstod"].wording("sv").title
    found = proposed(answered(1, answer=long), answered(2, same), answered(3, "How much?", language="en"))
    drafts = {path for path in found.files if path != SOURCES}
    assert len(drafts) == 3
    assert all(path.startswith(DRAFTS) for path in drafts)
    assert long in found.files[f"{DRAFTS}/{ENTRY[:-3]}.txt"]
    assert len(found.drafts) == 3, "each is told once"
    assert together(found).entries.keys() == shipped_knowledge().entries.keys()


def test_whatever_was_written_the_proposal_loads_and_the_same_questions_give_the_same() -> None:
    odd = [answered(100 + place, text, text or "?") for place, text in enumerate(HOSTILE_TEXTS)]
    asked = [*ordinary(), *hostile(), *odd]
    found = proposed(*{each.number: each for each in asked}.values())
    assert list(doubled(together(found))) == []
    assert found == proposed(*{each.number: each for each in asked}.values())


def test_what_has_been_taken_into_the_content_is_not_proposed_again() -> None:
    first = proposed(answered())
    content = {**CONTENT, **first.files}
    again = proposed(answered(), content=content)
    assert (again.files, again.source, again.taken) == ({}, "", (ENTRY,))


def test_what_the_content_has_waits_for_nobody_any_more() -> None:
    variant = shipped_knowledge().entries["driftstod"].wording("sv").variants[0]
    asked = [answered(), answered(2, variant, entry="driftstod"), question(3, lead=2, text=BREAD)]
    new, way = contributions(asked, (), SWEDEN).values()
    assert unknown(new, shipped_knowledge()) == new
    assert unknown(new, together(proposed(answered()))) is None
    assert unknown(way, shipped_knowledge()) == replace(way, wordings=(BREAD,))
    assert unknown(replace(way, wordings=(variant,)), shipped_knowledge()) is None


async def test_a_curator_gets_the_files_once_and_nothing_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(tx: Tx) -> None:
        number = tx.ask(None, None, BREAD, "sv", WEBINAR, ("driftstod",), BEGAN)
        tx.decide(number, 1, "answered", "maria", BEGAN, text=ANSWER)

    (tmp_path / "data").mkdir()
    async with opened(tmp_path / "data" / "servicelotsen.db") as store:
        await store.write(work)
    out = tmp_path / "forslag"
    asked = ["kb", "propose", "--webinar", WEBINAR, "--out", str(out), "--data", str(tmp_path / "data")]
    assert cli.main(asked, {}) == 0
    assert "group: utlysningar-finansiering" in (out / ENTRY).read_text(encoding="utf-8")
    assert "finns redan" not in capsys.readouterr().out
    (out / ENTRY).write_text("mitt", encoding="utf-8")
    (out / SOURCES).write_text("mitt", encoding="utf-8")
    assert cli.main(asked, {}) == 0
    told = capsys.readouterr().out
    assert f"{out / ENTRY}: finns redan" in told
    assert f"{WEBINAR}:\n" in told, "the source to add by hand"
    assert (out / ENTRY).read_text(encoding="utf-8") == "mitt"
    assert cli.main([*asked[:5], str(out / ENTRY), *asked[6:]], {}) == 1
    with pytest.raises(SystemExit):
        cli.main([*asked[:3], "unknown", *asked[4:]], {})


async def test_what_was_left_out_stays_out_and_all_there_is_comes_from_everywhere(tmp_path: Path) -> None:
    def work(tx: Tx) -> None:
        for number, webinar in enumerate((WEBINAR, WEBINAR, None), 1):
            tx.ask(None, None, f"{BREAD[:-1]} {number}?", "sv", webinar, (), BEGAN)
            tx.decide(number, 1, "answered", "moderator", BEGAN, text=ANSWER)
        tx.label("Vem står för färjan?", "sv", "driftstod", "suggestion", BEGAN)
        for found, state in zip(gathered(tx, None).values(), ("approved", "dismissed"), strict=False):
            tx.keep_contribution(replace(found, state=state, decided_by="curator", decided=DECIDED))

    (tmp_path / "data").mkdir()
    async with opened(tmp_path / "data" / "servicelotsen.db") as store:
        await store.write(work)

    def written(name: str, *more: str) -> set[str]:
        asked = ["kb", "propose", *more, "--out", str(tmp_path / name), "--data", str(tmp_path / "data")]
        assert cli.main(asked, {}) == 0
        return {each.name for each in (tmp_path / name).rglob("*.*")} - {SOURCES}

    one, three = (f"vad-kostar-ett-bageri-i-var-f{number}.md" for number in (1, 3))
    assert written("alla", "--all") == {one, three, "driftstod-chatten.txt"}
    assert written("webinariet", "--webinar", WEBINAR) == {one}
    assert written("godkanda", "--all", "--approved") == {one}
    assert "Godkänt 2026-11-24" in (tmp_path / "godkanda" / "sv" / one).read_text(encoding="utf-8")
