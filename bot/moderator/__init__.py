"""The moderators' pages: signing in, the queue, one question, polls."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from bot.moderator import pages as desk
from bot.moderator import polls
from bot.service import Service

if TYPE_CHECKING:
    from bot.channels.web.pages import Pages


def routes(service: Service, pages: "Pages") -> Sequence[BaseRoute]:
    """The moderators' routes. Each says itself who may call it."""
    return [*desk.routes(service, pages), *polls.routes(service, pages)]
