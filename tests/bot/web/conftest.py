from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web import Web, running_web


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with running_web(tmp_path) as found:
        yield found


@pytest.fixture
async def undoing(tmp_path: Path) -> AsyncIterator[Web]:
    """The same, where a moderator has ten seconds to take a decision back."""
    async with running_web(tmp_path, undo=10) as found:
        yield found
