from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.telegram import MODES, TRANSPORTS, Village, in_telegram


@pytest.fixture(params=[(transport, mode) for transport in TRANSPORTS for mode in MODES], ids=" ".join)
async def village(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Village]:
    """The service in Telegram, over each transport in each mode. Nothing it sent was against the Bot API."""
    async with in_telegram(tmp_path, *request.param) as found:
        yield found
        assert found.api.complaints == []
