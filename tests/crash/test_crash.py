import os
from pathlib import Path

import pytest

from tests.crash.chaos import wreak

FULL = os.environ.get("CHAOS") == "full"
POSTS, KILLS = (4000, 20) if FULL else (1000, 5)


async def test_however_often_it_is_killed_nothing_acknowledged_is_lost_or_doubled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = await wreak(tmp_path, POSTS, KILLS)
    with capsys.disabled():
        print(f"\n{verdict}")  # noqa: T201 - the figure is the point
    assert (verdict.lost, verdict.doubled, verdict.posts) == (0, 0, POSTS)
    assert verdict.people == verdict.people_wanted
    assert verdict.retried > 0
    assert verdict.integrity == "ok"
