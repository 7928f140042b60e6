"""4,000 posts while the service is killed (-9) 20 times: what was acknowledged, lost and doubled."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.crash.chaos import wreak

POSTS, KILLS = 4000, 20


def rows() -> list[dict[str, Any]]:
    """One run. Needs a minute or two."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(wreak(Path(folder), POSTS, KILLS))
    return [
        {
            "acknowledged": found.posts, "kills": found.kills, "lost": found.lost, "doubled": found.doubled,
            "sent again": found.retried, "integrity": found.integrity, "seconds": round(time.perf_counter() - began),
        }
    ]  # fmt: skip
