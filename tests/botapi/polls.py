"""Native polls: members vote in them, the bot is told how many, and stops them."""

from collections.abc import Mapping
from typing import Any

from tests.botapi.things import Json, Message, User, bad
from tests.botapi.world import World


def votes(world: World, user: User, message: Message, picked: tuple[int, ...]) -> int:
    """Somebody votes for these options, by place, or takes the vote back with none; the id of the update.

    The update tells of nobody, for only anonymous polls are modelled.
    """
    poll = message.body["poll"]
    if poll["is_closed"]:
        raise bad("POLL_CLOSED")
    assert len(picked) <= 1 or poll["allows_multiple_answers"], "only one can be picked"
    message.votes.pop(user.id, None)
    if picked:
        message.votes[user.id] = picked
    options = [{**option, "voter_count": sum(number in each for each in message.votes.values())}
               for number, option in enumerate(poll["options"])]  # fmt: skip
    return _becomes(world, message, {**poll, "options": options, "total_voter_count": len(message.votes)})


def _becomes(world: World, message: Message, poll: Json) -> int:
    message.body = {**message.body, "poll": poll}
    message.chat.changed.set()
    return world.update("poll", poll, message.chat)


def stop(world: World, params: Mapping[str, Any], _files: Mapping[str, Any]) -> Json:
    """stopPoll."""
    message = world.reach(params["chat_id"]).messages.get(params["message_id"])
    if message is None or message.deleted:
        raise bad("message with poll to stop not found")
    if "poll" not in message.body or not message.by_bot:
        raise bad("message is not a poll" if "poll" not in message.body else "poll can't be stopped")
    if message.body["poll"]["is_closed"]:
        raise bad("poll has already been closed")
    world.gate.passes(message.chat)
    _becomes(world, message, {**message.body["poll"], "is_closed": True})
    ended: Json = message.body["poll"]
    return ended
