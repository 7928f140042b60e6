"""What somebody has asked to be told of: a call that opens, the next webinar, a recording that is out."""

import re

from dialogs import toolbox
from dialogs.ask import menu
from dialogs.context import Context, Turn
from dialogs.definitions import Webinar
from dialogs.records import Subscribe
from dialogs.replies import Choice, Reply

TOPICS = ("calls", "webinars", "recording")
"""What there is to be told of. A recording is of one webinar, and is told of once."""
TOLD = "subscription.told."
"""How the phrases begin that tell of a topic."""

_ADDRESS = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


def topic_of(phrase: str, webinar: str) -> str | None:
    """What somebody subscribes to who is told this of a webinar; None for what is said to all who are in it."""
    topic = phrase.removeprefix(TOLD)
    return None if topic == phrase else f"{topic}:{webinar}" if topic == "recording" else topic


def subscribe(context: Context, topic: str = "", webinar: str = "") -> Turn:
    """`subscribe:<calls|webinars>`, `subscribe:recording:<webinar>`: tell me here when it happens."""
    wanted = _wanted(context, topic, webinar)
    if wanted is None:
        return context.turn(context.say("entry.gone", *menu(context)))
    if context.world.shared:
        return context.turn(context.say("subscription.alone", *menu(context)))
    lines = [context.texts(f"subscription.begun.{topic}")]
    lines.append(context.texts("subscription.until", chat_days=context.facts().get("chat_days", "")))
    if not context.world.sends:
        lines.append(context.texts("subscription.page"))
    reply = Reply("subscription.begun", "\n".join(lines), choices=(_end(context, wanted), *menu(context)))
    return context.turn(reply, records=(Subscribe(wanted),))


def unsubscribe(context: Context, topic: str = "", webinar: str = "") -> Turn:
    """`unsubscribe:<…>`: no more of it; it can be taken up again."""
    wanted = _wanted(context, topic, webinar)
    if wanted is None:
        return context.turn(context.say("entry.gone", *menu(context)))
    again = context.choice(f"subscribe:{wanted}", "subscription.again", quiet=True)
    reply = context.say("subscription.ended", again, *menu(context))
    return context.turn(reply, records=(Subscribe(wanted, on=False),))


def news(context: Context, topic: str, webinar: Webinar | None, link: str) -> Reply:
    """What a subscriber is told; `link` leads to the webinar.

    Of what its file says of the recording only addresses are told: the rest says what is to come.
    """
    kind = topic.partition(":")[0]
    key = f"subscription.told.{kind}"
    end = () if topic.startswith("recording") else (_end(context, topic),)
    if webinar is None:
        listed = toolbox.listed(context)
        return Reply(key, listed, "announcement", (*end, *menu(context)), heading=context.texts(key))
    lines = [context.texts(key, title=context.word(webinar.title), link=link)]
    if topic.startswith("recording"):
        lines += _ADDRESS.findall(webinar.facts(context.language).get("recording", ""))
    return Reply(key, "\n".join(lines), "announcement", (*end, *menu(context)))


def _wanted(context: Context, topic: str, webinar: str) -> str | None:
    if topic == "recording":
        return f"{topic}:{webinar}" if webinar in context.content.webinars else None
    return topic if topic in TOPICS and not webinar else None


def _end(context: Context, wanted: str) -> Choice:
    return context.choice(f"unsubscribe:{wanted}", "subscription.end", quiet=True)
