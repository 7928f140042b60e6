import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.console import Terminal, step, without_run
from dialogs.engine import CHOICES, OF_A_RUN, WALKING


def message(number: int, text: str, *choices: str, sender: str = "bot", **more: Any) -> dict[str, Any]:
    listed = [{"id": each, "label": f"val {each}"} for each in choices]
    return {"number": number, "sender": sender, "body": {"key": "k", "text": text, "choices": listed, **more}}


async def talk(typed: str, *turns: list[dict[str, Any]], language: str | None = None) -> tuple[list[Any], str]:
    """A talk in which the service answers with these turns; what it heard, and what was shown."""
    heard: list[dict[str, Any]] = []
    answers = iter(turns)
    sink = io.StringIO()

    async def hear(event: dict[str, Any]) -> list[dict[str, Any]]:
        heard.append(event)
        return next(answers, [])

    await Terminal(hear, language, None, io.StringIO(typed), sink).converse()
    return [event for event in heard if "after" not in event], sink.getvalue()


async def test_a_number_is_the_choice_shown_with_that_number() -> None:
    heard, shown = await talk("2\n", [message(1, "Hej", "help", "tools")])
    assert heard == [{"arrived": True}, {"chose": "tools"}]
    assert "  1. val help" in shown


@pytest.mark.parametrize("typed", ["0", "3", "²", "٣", "-1", "1 2", "1.", "9" * 5000])
async def test_anything_but_a_shown_number_is_what_the_person_says(typed: str) -> None:
    heard, _ = await talk(f"{typed}\n", [message(1, "Hej", "help", "tools")])
    assert heard[1] == {"said": typed}


async def test_choices_stay_until_others_are_shown() -> None:
    heard, _ = await talk("hej\n1\n", [message(1, "Hej", "help")], [message(3, "Utan val")])
    assert heard[-1] == {"chose": "help"}


async def test_empty_lines_say_nothing_and_ones_own_words_are_not_repeated() -> None:
    heard, shown = await talk("\n  \nhej\n", [], [message(1, "MITT", sender="you"), message(2, "DITT")])
    assert heard == [{"arrived": True}, {"said": "hej"}]
    assert ("MITT" in shown, "DITT" in shown) == (False, True)


async def test_the_language_is_asked_for_once() -> None:
    heard, _ = await talk("hej\n", language="en")
    assert heard == [{"arrived": True, "lang": "en"}, {"said": "hej"}]


async def test_sources_heading_and_note_are_shown() -> None:
    sources = [{"title": "TITEL", "date": "2020"}]
    _, shown = await talk("", [message(1, "Hej", heading="RUBRIK", note="NOT", sources=sources)])
    assert all(each in shown for each in ("RUBRIK", "NOT", "TITEL", "2020"))
    assert "—" not in shown


async def test_after_being_forgotten_news_are_looked_for_from_the_beginning() -> None:
    terminal = Terminal(lambda _: nothing(), None, None, io.StringIO(), io.StringIO())
    terminal._show([message(7, "Hej")])
    terminal._show([message(0, "Nu är du glömd")])
    assert terminal._last == 0


async def nothing() -> list[dict[str, Any]]:
    return []


def test_a_recorded_step_holds_no_random_name() -> None:
    assert json.loads(step({"chose": "a:0123456789:behov-1:ja"}, ["x"])) == {
        "chose": "a:*:behov-1:ja",
        "replies": ["x"],
    }
    assert json.loads(step({"said": "a:b:c"}, [])) == {"said": "a:b:c", "replies": []}


def test_every_choice_that_moves_in_a_run_is_recorded_without_its_name() -> None:
    assert set(OF_A_RUN) <= set(CHOICES)
    assert set(WALKING) - set(OF_A_RUN) == {"checklist", "new", "pause"}


@given(st.lists(st.text("abc:*", max_size=6), max_size=4))
def test_only_the_first_argument_is_left_out(words: Sequence[str]) -> None:
    choice = ":".join(["a", "run", *words])
    assert without_run(choice) == ":".join(["a", "*", *words])
    assert without_run(":".join(["new", *words])) == ":".join(["new", *words])
