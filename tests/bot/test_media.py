"""Pictures and files: seen on the page, sent as such in Telegram, named in the terminal."""

from pathlib import Path

import pytest

from tests.telegram import TRANSPORTS, in_telegram
from tests.web import WEBINAR, Web, read, running_web

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
