"""A machine without python-telegram-bot: everything goes over httpx, and whoever asks for the library is told."""

import re
import subprocess
import sys

from tests.content import ROOT
from tests.telegram import MODES

PEOPLE = "tests/bot/telegram/test_people.py"
ASK = """
import asyncio, importlib.util
from bot.settings import Settings, SettingsError
from bot.wiring import transport

async def main():
    assert importlib.util.find_spec("telegram") is None
    found = transport(Settings(telegram_token="1:abc"))
    print(type(found).__module__)
    await found.close()
    try:
        transport(Settings(telegram_token="1:abc", telegram_transport="ptb"))
    except SettingsError as told:
        print(told)

asyncio.run(main())
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as here, but for the library."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_everything_people_do_goes_over_httpx() -> None:
    done = python("-m", "pytest", "-p", "tests.no_ptb", "-v", "-p", "no:cacheprovider", PEOPLE)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.findall(r"::(\w+)\[([^]]+)\] PASSED", done.stdout)
    assert {how for _, how in passed} == {f"httpx {mode}" for mode in MODES}
    assert len(passed) >= 2 * len(MODES)
    assert " skipped" not in done.stdout


def test_whoever_asks_for_the_library_is_told_how_to_install_it() -> None:
    done = python("-c", f"import tests.no_ptb\n{ASK}")
    assert done.returncode == 0, done.stderr
    module, told = done.stdout.splitlines()
    assert module == "bot.channels.telegram.plain"
    assert "TELEGRAM_TRANSPORT" in told
    assert re.search(r"pip install .*\bptb\b", told)


def test_no_other_part_of_the_service_needs_the_library() -> None:
    """Without a token nothing of it, nor of the channel, is even looked at."""
    done = python("-c", "import tests.no_ptb, bot.cli, bot.wiring, sys; print('bot.channels.telegram' in sys.modules)")
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
