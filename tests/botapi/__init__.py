"""A Telegram Bot API server for tests: `async with botapi.serving() as api`."""

from tests.botapi.limits import Limits
from tests.botapi.server import Api, serving

__all__ = ["Api", "Limits", "serving"]
