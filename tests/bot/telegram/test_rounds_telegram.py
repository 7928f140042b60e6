"""Rounds in Telegram: by a link, by a code, from the web, and never in a group."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dialogs.records import Round
from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.telegram import MODES, TRANSPORTS, Village, in_telegram
from tests.web import ROUND, choices, fresh_key, until

WAYS = tuple(zip(TRANSPORTS, MODES, strict=False))
"""Each transport and each mode once."""


@pytest.fixture(params=WAYS, ids=" ".join)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service in Telegram, ready to be spoken to. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, *request.param) as found:
        await until(lambda: found.channel.webhook is None or found.channel.webhook.receiver)
        yield found
        assert found.api.complaints == []


async def starts(village: Village, person: Person, payload: str) -> list[str]:
    """Somebody follows a deep link; the keys of all that has been said."""
    person.starts(payload)
    await person.next()
    await village.settled()
    return await village.keys(person)


def data_of(message: Message, beginning: str) -> str:
    """The first button of a message whose data begins like this."""
    return next(data for _, data in message.buttons if data.startswith(beginning))


async def presses(village: Village, person: Person, beginning: str) -> Message:
    """Somebody presses the newest button whose data begins like this; what is said last."""
    message = next(each for each in reversed(person.messages)
                   if any(data.startswith(beginning) for _, data in each.buttons))  # fmt: skip
    person.presses(data=data_of(message, beginning), message=message)
    await village.settled()
    return person.last


async def begins(village: Village, person: Person) -> str:
    """Somebody starts a round; its code."""
    person.writes("/start")
    await person.next()
    person.writes("runda")
    await village.settled()
    for choice in ("together", "together:fem-faktorer", "together:fem-faktorer:lokal",
                   "together:fem-faktorer:lokal:start", "together:fem-faktorer:lokal:start:short"):  # fmt: skip
        await presses(village, person, choice)
    return data_of(person.last, "round:").split(":")[1]


async def round_of(village: Village, code: str) -> Round:
    found = await village.service.store.read(lambda tx: tx.round(code, None))
    assert found
    return found


async def test_a_link_leads_to_the_round_and_its_button_into_the_walk(village: Village) -> None:
    await village.web.begin_round()
    anna = village.api.user("Anna")
    assert await starts(village, anna, f"r-{ROUND}") == ["welcome", "round.invited"]
    await presses(village, anna, f"round:{ROUND}:join")
    assert (await village.keys(anna))[-2:] == ["round.joined", "walk.statement"]
    await presses(village, anna, "a:")
    assert (await village.keys(anna))[-1] == "walk.statement"
    assert (await round_of(village, ROUND)).joined == 1
    assert (await starts(village, anna, f"r-{ROUND}"))[-1] == "round.member"
    await presses(village, anna, "resume:")
    assert (await village.keys(anna))[-1] == "walk.statement"
    assert (await round_of(village, ROUND)).joined == 1


async def test_a_code_is_written_where_there_is_no_link(village: Village) -> None:
    await village.web.begin_round()
    anna = village.api.user("Anna")
    anna.writes(ROUND.lower())
    await village.settled()
    assert (await village.keys(anna))[-1] == "round.invited"


@pytest.mark.parametrize("payload", ["r-R-2222-2222", "r-nej", "r-" + "x" * 60])
async def test_a_link_to_no_round_says_so(village: Village, payload: str) -> None:
    anna = village.api.user("Anna")
    assert await starts(village, anna, payload) == ["welcome", "round.gone"]
    assert anna.last.buttons


async def test_the_invitation_is_a_picture_with_links_that_work(village: Village) -> None:
    anna, bo = village.api.user("Anna"), village.api.user("Bo")
    code = await begins(village, anna)
    share = next(each for each in anna.messages if f"start=r-{code}" in each.text)
    assert f"{village.public}/r/{code}" in share.text
    link = next(word for word in share.text.split() if "start=r-" in word)
    assert (await starts(village, bo, httpx.URL(link).params["start"]))[-1] == "round.invited"


async def test_a_round_has_its_people_on_the_web_and_in_telegram(village: Village) -> None:
    anna, bo = village.api.user("Anna"), village.web.person()
    code = await begins(village, anna)
    assert (await bo.submit(f"/r/{code}", key=fresh_key())).status_code == 303
    while (await bo.history())[-1]["kind"] == "statement":
        await bo.choose(next(each for each in reversed(choices(await bo.history())) if each.endswith(":ja")))
    assert (await village.web.keys(bo))[-1] == "round.thanks"
    cia = village.api.user("Cia")
    await starts(village, cia, f"r-{code}")
    await presses(village, cia, f"round:{code}:join")
    assert ((await round_of(village, code)).joined, (await round_of(village, code)).waiting) == (2, 1)
    await presses(village, anna, f"round:{code}:close")
    await presses(village, anna, f"round:{code}:close-yes")
    assert (await village.keys(anna))[-2:] == ["round.over", "round.few_over"]
    assert (await village.keys(cia))[-1] == "round.over_told_few"
    assert data_of(cia.last, "round:") == f"round:{code}"
    assert (await village.web.keys(bo))[-1] == "round.over_told_few"


async def test_a_key_given_in_telegram_hands_the_round_over_on_the_web(village: Village) -> None:
    anna, bo = village.api.user("Anna"), village.web.person()
    code = await begins(village, anna)
    said = await presses(village, anna, f"round:{code}:hand")
    key = next(word for word in said.text.split() if word.startswith("L-"))
    await bo.say(key)
    assert (await village.web.keys(bo))[-2:] == ["round.taken", "round.lead"]
    assert key not in repr(await village.web.rows("outbox", "message"))


async def test_in_a_group_the_links_lead_to_where_one_answers_alone(village: Village) -> None:
    await village.web.begin_round()
    anna = village.api.user("Anna")
    group = village.api.group("Byalaget", [anna])
    anna.writes(f"/start@{village.api.username} r-{ROUND}", in_=group)
    await village.settled()
    address = f"{group.id}:{anna.id}"
    assert await village.keys(anna, address) == ["welcome", "round.alone", "round.share"]
    shared = group.last.text
    assert f"{village.public}/r/{ROUND}" in shared
    assert f"start=r-{ROUND}" in shared
    anna.writes(f"@{village.api.username} {ROUND}", in_=group)
    await village.settled()
    assert (await village.keys(anna, address))[-2:] == ["round.alone", "round.share"]
    assert (await round_of(village, ROUND)).joined == 0
    assert await village.rows("run") == []


async def test_in_a_group_no_round_is_begun(village: Village) -> None:
    anna = village.api.user("Anna")
    group = village.api.group("Byalaget", [anna])
    anna.writes(f"@{village.api.username} runda", in_=group)
    await village.settled()
    anna.presses(data="together", message=group.last, in_=group)
    await village.settled()
    assert (await village.keys(anna, f"{group.id}:{anna.id}"))[-2:] == ["round.none", "round.alone"]
    assert await village.rows("round") == []
