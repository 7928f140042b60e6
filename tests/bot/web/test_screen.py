"""The big screen without JavaScript, the line for another chat, and what never gets onto the screen."""

import pytest

from bot import jobs
from dialogs.screen import BASIS
from tests.web import WEBINAR, Moderator, Person, Web, read

SCREEN = f"/scen/{WEBINAR}"


@pytest.fixture
async def moderator(web: Web) -> Moderator:
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": "open"})
    return await web.moderator()


async def asked(web: Web, text: str, name: str = "") -> int:
    """A question of somebody new in the webinar, perhaps with a name."""
    anna = web.person()
    await anna.say("hej", webinar=WEBINAR)
    if not name:
        return await anna.ask_moderator(text)
    offered = await anna.say(text)
    await anna.choose(next(c["id"] for m in offered for c in m["choices"] if c["id"].startswith("sign:")))
    await anna.say(name)
    return len((await web.rows())["question"])


async def on_screen(web: Web, language: str = "sv") -> str:
    """The text of the page, as anybody sees it."""
    response = await web.person().get(f"{SCREEN}?lang={language}")
    assert response.status_code == 200
    return " ".join(read(response.text).text.split())


async def test_with_nothing_live_the_screen_is_the_way_in(web: Web, moderator: Moderator) -> None:
    page = read((await web.person().get(SCREEN)).text)
    assert page.all("body")[0]["class"] == "screen"
    assert page.all("svg")
    assert web.says("page.screen_join") in page.text


async def test_the_question_taken_up_stands_there_with_the_next_two(web: Web, moderator: Moderator) -> None:
    for text in ("Vem äger bron?", "Vad kostar en brygga?", "Kan båten gå oftare?", "Får hunden följa med?"):
        await moderator.decide(await asked(web, text), act="next")
    await moderator.decide(1, act="live")
    page = read((await web.person().get(SCREEN)).text)
    assert page.all("body")[0]["class"] == "screen asking"
    assert "Vem äger bron?" in page.text
    assert [each for each in ("Vad kostar en brygga?", "Kan båten gå oftare?") if each in page.text]
    assert "Får hunden följa med?" not in page.text
    assert web.says("page.left_many", count=3) in page.text
    assert "3 questions left" in await on_screen(web, "en")


async def test_nobodys_name_is_on_the_screen(web: Web, moderator: Moderator) -> None:
    number = await asked(web, "Vad kostar en brygga i Zanzibar?", name="Berit i Ramsele")
    await moderator.decide(number, act="live")
    assert "Berit i Ramsele" in (await moderator.get("/moderator")).text
    assert "Ramsele" not in await on_screen(web)


async def test_what_a_moderator_has_not_taken_up_is_not_on_the_screen(web: Web, moderator: Moderator) -> None:
    await moderator.decide(await asked(web, "Vad kostar en brygga?"), act="approved")
    await asked(web, "Zanzibar?")
    assert "brygga" not in await on_screen(web)
    assert "Zanzibar" not in await on_screen(web)


async def test_trouble_is_never_on_the_screen(web: Web, moderator: Moderator) -> None:
    number = await asked(web, "Vad kostar en brygga?")
    await moderator.decide(number, act="kind", kind="trouble")
    await moderator.decide(number, act="live")
    assert "brygga" not in await on_screen(web)


async def test_how_many_there_is_time_for_is_told_once_there_is_a_basis(web: Web, moderator: Moderator) -> None:
    for count in range(BASIS + 8):
        await asked(web, f"Vad kostar brygga nummer {count}?")
    for number in range(1, BASIS + 1):
        assert "ungefär" not in await on_screen(web)
        await moderator.decide(number, act="live")
        web.clock.forward(minutes=5)
        await moderator.decide(number, act="spoken")
    assert web.says("page.room_many", count=6) in await on_screen(web)  # 12.15 to 12.45
    web.clock.forward(minutes=27)
    assert web.says("page.room_none") in await on_screen(web)


async def test_nothing_is_said_of_the_time_while_all_have_room(web: Web, moderator: Moderator) -> None:
    for count in range(BASIS + 3):
        await asked(web, f"Vad kostar brygga nummer {count}?")
    for number in range(1, BASIS + 1):
        await moderator.decide(number, act="live")
        web.clock.forward(seconds=1)
        await moderator.decide(number, act="spoken")
    assert "ungefär" not in await on_screen(web)


@pytest.mark.parametrize("phase", ["closed", "archived"])
async def test_a_webinar_that_is_over_thanks_and_shows_nobodys_question(
    web: Web, moderator: Moderator, phase: str
) -> None:
    await moderator.decide(await asked(web, "Vem äger bron?"), act="live")
    await asked(web, "Vad kostar en brygga?")
    await jobs.webinar(web.service, {"code": WEBINAR, "phase": phase})
    page = read((await web.person().get(SCREEN)).text)
    assert page.all("body")[0]["class"] == "screen"
    assert web.says("page.screen_over") in page.text
    assert web.says("page.screen_still") in page.text
    assert page.all("svg"), "one can still ask"
    for gone in ("Vem äger bron?", web.says("page.screen_join"), web.says("page.left_one")):
        assert gone not in page.text


async def test_what_was_undone_and_what_was_written_is_no_basis(web: Web, moderator: Moderator) -> None:
    number = await asked(web, "Vad kostar en brygga?")
    await moderator.decide(number, act="live")
    web.clock.forward(minutes=5)
    await moderator.decide(number, act="next")
    await moderator.decide(number, answer="Tusen kronor.")
    assert await web.service.store.read(lambda tx: tx.spent(WEBINAR)) == []


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "\u202egnirts", "båten och bryggan " * 200, "שלום עולם, מה שלומך?"]
)
async def test_hostile_words_are_words_on_the_screen(web: Web, moderator: Moderator, hostile: str) -> None:
    await moderator.decide(await asked(web, f"Vad kostar en brygga? {hostile}"), act="live")
    html = (await web.person().get(SCREEN)).text
    assert not [each for each in read(html).all("script") if not each.get("src")]
    assert "\u202e" not in html
    assert len(html) < 30_000


async def test_a_screen_of_no_webinar_is_not_found(web: Web) -> None:
    for path in ("/scen/nej", "/scen/nej/events"):
        assert (await web.person().get(path)).status_code == 404


async def test_the_desk_has_a_line_to_copy_into_another_chat(web: Web, moderator: Moderator) -> None:
    page = read((await moderator.get("/moderator")).text)
    (line,) = [each for each in page.all("input") if "copy" in each.get("class", "")]
    assert line["value"] == web.says("page.copy_line", link=f"http://127.0.0.1:8080/w/{WEBINAR}")
    assert "readonly" in line
    assert line["id"] in [each.get("for") for each in page.all("label")]
    assert [each for each in page.all("a") if each["href"] == SCREEN]


async def test_where_names_are_shown_one_is_told_before_giving_it(web: Web) -> None:
    anna: Person = web.person()
    offered = await anna.say("Vad kostar en elcykel?", webinar=WEBINAR)
    told = await anna.choose(next(c["id"] for m in offered for c in m["choices"] if c["id"].startswith("sign:")))
    assert told[-1]["text"] == web.says("queue.name_wanted")
    assert web.says("queue.name_wanted_shown") != web.says("queue.name_wanted")
