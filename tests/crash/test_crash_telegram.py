import os
from pathlib import Path

import pytest

from tests.crash.telegram import wreak
from tests.telegram import TRANSPORTS

FULL = os.environ.get("CHAOS") == "full"
UPDATES, CHATS, KILLS = (5000, 200, 50) if FULL else (600, 40, 6)
MOST_REPEATED = 0.002


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_however_often_it_is_killed_no_update_and_no_reply_is_lost_or_doubled(
    tmp_path: Path, transport: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = await wreak(tmp_path, transport, UPDATES, CHATS, KILLS)
    with capsys.disabled():
        print(f"\n{transport}: {verdict}")  # noqa: T201 - the figure is the point
    assert (verdict.lost, verdict.doubled, verdict.unanswered) == (0, 0, 0)
    assert verdict.repeated <= max(1, MOST_REPEATED * UPDATES)
    assert (verdict.unmarked, verdict.disordered, verdict.complaints) == (0, 0, 0)
