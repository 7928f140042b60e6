"""What viewers and village actors do in Telegram, over both transports, polled and by webhook."""

from functools import partial

from tests.botapi.people import Person
from tests.botapi.things import Message
from tests.content import SHORT_WALK
from tests.telegram import GLEST, Village
from tests.web import UNKNOWN


def offers(person: Person, choice: str) -> bool:
    """Whether a choice has been offered."""
    return any(choice == data for message in person.messages for _, data in message.buttons)


def says(message: Message, words: str) -> bool:
    """Whether a message says something now."""
    return words in message.text


async def test_somebody_who_starts_is_told_that_it_is_a_bot_and_who_reads_along(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.starts()
    hello = await anna.next()
    assert "robot" in hello.text
    assert village.says("telegram.notice") in hello.text
    assert {"checklist", "tools", "help", "lang:en"} == {data for _, data in hello.buttons}


async def test_a_question_gets_its_answer_with_its_source(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.starts()
    await anna.next()
    anna.writes(GLEST)
    answer = await anna.next()
    assert "<b>Vad är ett serviceglest område?</b>" in answer.html
    assert "Källa: " in answer.text


async def test_a_moderators_answer_comes_back_as_a_reply_to_the_question(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.starts()
    asked = anna.writes(UNKNOWN)
    offer = (await anna.next(), await anna.next())[1]
    anna.presses("Skicka till moderatorn")
    receipt = await anna.next()
    assert "F-1" in receipt.text
    assert village.says("receipt.page") not in receipt.text
    assert offer.edits == []

    maria = await village.web.moderator()
    assert (await maria.decide(1, answer="Fråga <handlaren> & grannen.")).status_code == 303
    answer = await anna.next()
    assert "Fråga <handlaren> & grannen." in answer.text
    question = village.api.world.queue.all[asked]
    assert answer.reply_to == question.message_id


async def test_a_statement_answered_gives_way_to_the_next_in_the_same_message(village: Village) -> None:
    anna = village.api.user("Anna")
    anna.writes("/checklista")
    for choice in SHORT_WALK:
        await anna.until(partial(offers, anna, choice))
        anna.presses(data=choice)
    await anna.until(lambda: "Fråga 1 av 15" in anna.last.text)
    statement = anna.last
    for number in range(2, 6):
        anna.presses("Delvis", message=statement)
        await anna.until(partial(says, statement, f"Fråga {number} av 15"))
    assert anna.last is statement
    anna.writes("ja")
    await anna.until(lambda: "Fråga 6 av 15" in anna.last.text)
    assert anna.last is not statement
