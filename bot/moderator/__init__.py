"""The moderators' pages: signing in, the queue, one question."""

from bot.moderator.pages import routes

__all__ = ["routes"]
