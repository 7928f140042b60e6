from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from tests.stores import STORES, opened


@pytest.fixture
def told() -> list[str]:
    """The topics that were woken, in order."""
    return []


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, told: list[str]) -> AsyncIterator[Store]:
    """Each registered store, empty."""
    async with opened(tmp_path / "test.db", told.extend, request.param) as found:
        yield found
