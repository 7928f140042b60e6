"""What the operator reads: the channel's own words, and never a secret."""

import io
import logging
from collections.abc import Iterator

import pytest

from bot import logs
from bot.channels.telegram.transport import LOG
from bot.settings import Settings

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

PASSWORD = "hem/ligt"
MAIL = f"smtp://anna:{PASSWORD.replace('/', '%2F')}@post.example.se?from=a@example.se"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written, guarded as in `serve`."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logs.silence()
    logs.guard([handler], Settings(telegram_token=TOKEN, smtp_url=MAIL))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_the_channels_own_complaints_are_written(log: io.StringIO) -> None:
    logging.getLogger(LOG).warning("can't reach Telegram")
    assert "can't reach Telegram" in log.getvalue()


def test_libraries_that_would_tell_the_token_are_silent(log: io.StringIO) -> None:
    for name in logs.TALKATIVE:
        logging.getLogger(name).error("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    assert log.getvalue() == ""


def test_a_token_that_gets_into_the_log_is_blackened(log: io.StringIO) -> None:
    try:
        int(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except ValueError:
        logging.getLogger("bot").exception("with %s", TOKEN)
    written = log.getvalue()
    assert "with ***" in written
    assert TOKEN.partition(":")[2] not in written


def test_the_mail_servers_password_is_blackened_however_it_is_written(log: io.StringIO) -> None:
    logging.getLogger("bot").warning("%s said no to %s", MAIL, PASSWORD)
    assert log.getvalue().strip() == "*** said no to ***"
