"""The way to the moderators' desk: on the web, or by the person's own account in the moderators' group."""

from dataclasses import replace

from dialogs import ask
from dialogs.context import Context, Turn
from dialogs.records import JoinDesk, Knock, LeaveDesk
from dialogs.replies import Choice, Link

MEMBER_DAYS = 30
"""How long a person who has signed in may act in the moderators' group. Our own judgement: from one webinar to the
next, and no longer than an owner would want to rely on nobody having changed jobs."""


def arrived(context: Context, token: str) -> Turn:
    """Somebody came by a moderator's sign-in link. Nothing is used up by it: a button signs in, there or here."""
    doors = context.world.doors
    if "desk" not in doors:
        return context.turn(context.say("link.lost", *ask.menu(context)))
    link = Link(context.texts("desk.link"), doors["desk"] + token)
    if not (context.world.sends and "moderators" in doors):
        return context.turn(replace(context.say("desk", *ask.menu(context)), links=(link,)))
    join = context.choice("desk:join", "desk.join")
    return context.turn(replace(context.say("desk.both", join), links=(link,)), records=(Knock(token),))


def desk(context: Context, what: str) -> Turn:
    """`desk:join|leave`: take care of the queue in the moderators' group, or no more."""
    if what == "leave":
        return context.turn(context.say("desk.left", *ask.menu(context)), records=(LeaveDesk(),))
    if context.found.knocked is None:
        return context.turn(context.say("desk.over", *ask.menu(context)))
    leave = Choice("desk:leave", context.texts("desk.leave"), quiet=True)
    return context.turn(context.say("desk.joined", leave, days=MEMBER_DAYS), records=(JoinDesk(),))
