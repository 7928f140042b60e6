"""Pictures and files: seen on the page, sent as such in Telegram, named in the terminal."""

from pathlib import Path

import pytest

from tests.stepping import walked
from tests.telegram import TRANSPORTS, in_telegram
from tests.web import WEBINAR, Web, choices, read, running_web

PNG, PDF = b"\x89PNG", b"%PDF"


async def opened(web: Web) -> None:
    """The webinar is open."""
    await web.service.store.write(lambda tx: tx.set_phase(WEBINAR, "open", web.clock()))


async def test_the_webinars_code_is_a_picture_with_words_and_a_file_on_the_page(tmp_path: Path) -> None:
    async with running_web(tmp_path) as web:
        await opened(web)
        bo = web.person()
        await bo.choose("webinar")
        image = (await bo.choose("share"))[-1]["image"]
        picture = await bo.get(image["url"])
        assert (picture.content[:4], picture.headers["content-type"]) == (PNG, "image/png")
        file = (await bo.choose("poster"))[-1]["file"]
        printed = await bo.get(file["url"])
        assert (printed.content[:4], printed.headers["content-type"]) == (PDF, "application/pdf")
        assert (len(printed.content), file["name"]) == (file["bytes"], web.says("share.poster"))
        page = read((await bo.get("/")).text)
        assert [(each["src"], each["alt"]) for each in page.all("img") if each["alt"]] == [(image["url"], image["alt"])]
        assert [each["href"] for each in page.all("a") if "download" in each] == [file["url"]]


@pytest.mark.parametrize(
    "name", ["qr/okänt.png", "qr/landet-lar-47.exe", "qr/../../etc/passwd", "annat/landet-lar-47.png"]
)
async def test_nothing_else_can_be_had_there(tmp_path: Path, name: str) -> None:
    async with running_web(tmp_path) as web:
        assert (await web.person().get(f"/media/{name}")).status_code == 404


async def test_a_changed_result_has_another_picture_and_the_old_message_does_not_get_the_new_one(
    tmp_path: Path,
) -> None:
    async with running_web(tmp_path) as web:
        anna = web.person()
        said = await anna.choose(f"result:{await walked(anna)}")
        before = next(each["image"]["url"] for each in said if "image" in each)
        first = (await anna.get(before)).content
        run, language, mark, _ = before.rpartition("/")[2].split(".")
        change = next(each for each in choices(said) if each.startswith("change:"))
        statement = choices(await anna.choose(change))[0].removeprefix("show:")
        await anna.choose(f"show:{statement}")
        said = await anna.choose(f"a:{statement}:ja")
        after = next(each["image"]["url"] for each in said if "image" in each)
        assert before != after
        today, then = await anna.get(after), await anna.get(before)
        assert (then.status_code, then.content[:4], len({first, today.content, then.content})) == (200, PNG, 3)
        drawing = (await anna.get(before.replace(".png", ".svg"))).text
        assert web.says("bicycle.earlier") in drawing
        assert (await anna.get(f"/media/bicycle/{run}.{language}.png")).content == today.content
        other = web.person()
        await other.choose("start")
        for name in (f"{run}.{language}.{mark}", f"{run}.{language}", f"{run}", f"{run}.xx.{mark}"):
            assert (await other.get(f"/media/bicycle/{name}.png")).status_code == 404


async def test_two_files_of_one_result_are_told_apart_by_their_kind_and_size(tmp_path: Path) -> None:
    async with running_web(tmp_path) as web:
        anna = web.person()
        offer = f"document:{await walked(anna)}"
        await anna.choose(offer)
        pdf, text = [(await anna.choose(f"{offer}:{form}"))[-1]["file"] for form in ("pdf", "txt")]
        assert pdf["name"] == text["name"]
        assert "(PDF, " in pdf["label"]
        assert "(text, " in text["label"]
        page = read((await anna.get("/")).text)
        assert pdf["label"] in page.text
        assert text["label"] in page.text


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_in_telegram_it_comes_as_a_photo_and_a_document_with_the_words_as_caption(
    tmp_path: Path, transport: str
) -> None:
    async with in_telegram(tmp_path, transport) as village:
        await opened(village.web)
        anna = village.api.user("Anna")
        anna.starts("w-landet-lar-47")
        await anna.next()
        anna.writes("/webbinarium")
        await anna.next()
        anna.presses(data="share")
        photo = await anna.next()
        title = village.service.library.content.webinars[WEBINAR].title["sv"]
        assert photo.photo
        assert village.says("share.alt", title=title) in photo.caption
        assert village.api.world.files[photo.photo[-1]["file_id"]][:4] == PNG
        anna.presses(data="poster")
        document = (await anna.next()).document
        assert document
        assert village.api.world.files[document["file_id"]][:4] == PDF
        assert village.api.complaints == []
