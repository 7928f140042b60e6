"""Asking: an answer, a suggestion, or the offer to send the question to a moderator."""

from collections.abc import Iterable
from dataclasses import replace

from dialogs.context import Context, Turn
from dialogs.queue import factor_of, kind_of, near
from dialogs.records import AskQuestion, Label
from dialogs.replies import NUMBER, Choice, Reply
from dialogs.state import Asked
from knowledge.entries import Entry, fill
from knowledge.query import Match

MOST_PARTS = 4


def said(context: Context, text: str) -> Turn:
    """A message that is no command and belongs to no other dialog."""
    match = context.found.match
    if match is None:
        return context.turn(context.say("ask.empty", *menu(context)))
    if match.decision == "reply":
        return context.turn(context.say(f"small.{match.reply}", *menu(context)))
    turn = Turn(context.state)
    for part in match.parts[:MOST_PARTS] or (match,):
        heard = _in_its_language(context.with_state(turn.state), part, part.text or text)
        turn = Turn(heard.state, turn.replies + heard.replies)
    return _perhaps_meant(context, turn)


def _perhaps_meant(context: Context, turn: Turn) -> Turn:
    """What has no sure answer may be one: to the moderator who has asked back what this person meant."""
    asked_back = next((each for each in context.found.questions if each.state == "asked"), None)
    *others, last = turn.replies
    asked = turn.state.asked[-1] if turn.state.asked else None
    if asked_back is None or asked is None or last.kind not in ("suggestion", "offer"):
        return turn
    meant = context.choice(f"meant:{asked_back.number}:{asked.number}", "queue.meant", code=asked_back.code)
    return replace(turn, replies=(*others, replace(last, choices=(meant, *last.choices))))


def _in_its_language(context: Context, match: Match, text: str) -> Turn:
    """A question asked in the other language is answered in it, with one tap to go on in it."""
    spoken = context.language
    if match.decision == "handover" or match.language in (None, spoken):
        return _heard(context, match, text)
    turn = _heard(context.with_state(replace(context.state, language=match.language)), match, text)
    *others, last = turn.replies
    switch = context.choice(f"lang:{match.language}", "menu.other_language", quiet=True)
    replies = (*others, replace(last, choices=(*last.choices, switch)))
    return Turn(replace(turn.state, language=spoken), replies)


def _heard(context: Context, match: Match, text: str) -> Turn:
    state, asked = context.state.remember(text)
    context = context.with_state(state)
    if match.decision == "answer" and match.topic and _known(context, (match.topic,)):
        return _answered(context, asked, match.topic)
    return offered_again(context, asked, match)


def offered_again(context: Context, asked: Asked, match: Match) -> Turn:
    """What was offered for a question that is neither answered nor sent."""
    offered = _known(context, match.offered)
    if match.decision == "suggest" and offered:
        return context.turn(_suggestion(context, asked, offered))
    return context.turn(_offer(context, asked))


def _known(context: Context, topics: Iterable[str]) -> tuple[str, ...]:
    """The topics that the content still has: it may have been read again since the match."""
    return tuple(topic for topic in topics if topic in context.content.knowledge.entries)


def _answered(context: Context, asked: Asked, topic: str) -> Turn:
    entry = context.content.knowledge.entries[topic]
    state = replace(context.state.update(replace(asked, answered=topic)), previous=topic)
    not_meant = context.choice(f"not:{asked.number}", "ask.not_meant", quiet=True)
    return Turn(state, (entry_reply(context, entry, not_meant),))


def entry_reply(context: Context, entry: Entry, *choices: Choice) -> Reply:
    """An entry's answer as a reply: heading, text, sources with their own dates, and whether the owner has read it."""
    wording = entry.wording(context.language)
    reviewed = context.texts("answer.reviewed", date=wording.reviewed) if wording.reviewed else ""
    return Reply(
        "answer",
        entry_text(context, entry),
        "answer",
        choices,
        sources=context.cited(context.content.knowledge.sources_of(entry.sources)),
        note=reviewed or context.texts("answer.unreviewed"),
        heading=wording.title,
    )


def entry_text(context: Context, entry: Entry) -> str:
    """The answer's text: an event entry speaks in the present tense only of a webinar that is planned or open."""
    wording = entry.wording(context.language)
    webinar = context.world.webinar if context.world.live else None
    live = fill(wording.while_open, webinar.facts(context.language)) if wording.while_open and webinar else None
    return live or fill(wording.answer, context.facts()) or wording.answer


def _suggestion(context: Context, asked: Asked, topics: tuple[str, ...]) -> Reply:
    entries = [context.content.knowledge.entries[topic] for topic in topics]
    choices = [Choice(f"entry:{entry.id}:{asked.number}", entry.wording(context.language).title) for entry in entries]
    none = context.choice(f"send:{asked.number}", "suggest.none", quiet=True)
    key = "suggest.one" if len(choices) == 1 else "suggest.several"
    return context.say(key, *choices, none, kind="suggestion")


def _offer(context: Context, asked: Asked) -> Reply:
    send = context.choice(f"send:{asked.number}", "offer.send")
    signed = context.choice(f"sign:{asked.number}", "offer.sign", quiet=True)
    key = "offer.webinar" if context.world.phase == "open" else "offer.letterbox"
    return context.say(key, send, signed, *menu(context), kind="offer")


def entry_chosen(context: Context, topic: str, number: str = "") -> Turn:
    """`entry:<topic>[:<question>]`: one of the suggestions, or a related entry."""
    entry = context.content.knowledge.entries.get(topic)
    if entry is None:
        return context.turn(context.say("entry.gone", *menu(context)))
    asked = context.state.question(number)
    if asked is None:
        state = replace(context.state, previous=topic)
        return Turn(state, (entry_reply(context.with_state(state), entry, *menu(context)),))
    turn = _answered(context, asked, topic)
    label = Label(asked.text, context.language, topic, "suggestion")
    return Turn(turn.state, turn.replies, (label,) if asked.answered != topic else ())


def not_meant(context: Context, number: str) -> Turn:
    """`not:<question>`: the answer was not what the person meant. Offers the next ones, and the moderator."""
    asked = context.state.question(number)
    if asked is None:
        return context.turn(context.say("question.too_old", *menu(context)))
    label = Label(asked.text, context.language, None, "not_meant")
    match = context.found.match
    others = tuple(topic for topic in _known(context, near(match)) if topic != asked.answered)[:3]
    reply = _suggestion(context, asked, others) if others else _offer(context, asked)
    return context.turn(reply, records=(label,) if asked.answered else ())


def send(context: Context, number: str) -> Turn:
    """`send:<question>`: queue it for the moderators, once, with a receipt."""
    asked = context.state.question(number)
    if asked is None:
        return context.turn(context.say("question.too_old", *menu(context)))
    if asked.sent:
        return context.turn(context.say("question.sent_already", context.choice("mine", "menu.mine")))
    receipt, record = queued(context, asked.text, context.found.match)
    state = context.state.update(replace(asked, sent=record is not None))
    return Turn(state, (receipt,), (record,) if record else ())


def queued(
    context: Context, text: str, match: Match | None = None, *, factor: str | None = None,
    statement: str | None = None, name: str = "",
) -> tuple[Reply, AskQuestion | None]:  # fmt: skip
    """A question for the moderators of the open webinar, or for the letterbox, and its receipt.

    None of it from somebody whose questions a moderator has blocked.
    """
    if context.found.blocked:
        return context.say("queue.blocked", *menu(context)), None
    webinar = context.world.webinar.code if context.world.webinar and context.world.phase == "open" else None
    kind = kind_of(context.content, text, match)
    days = context.world.facts.get("letterbox_days", "")
    key = _receipt(kind, webinar, days)
    factor = factor or factor_of(context.content, text)
    receipt = context.say(key, context.choice("mine", "menu.mine"), kind="receipt", code=f"F-{NUMBER}", days=days)
    if not context.world.sends:
        receipt = replace(receipt, text=f"{receipt.text}\n{context.texts('receipt.page')}")
    return receipt, AskQuestion(text, context.language, webinar, near(match), factor, statement, kind, name)


def _receipt(kind: str, webinar: str | None, days: str) -> str:
    """Only the owner's own promise is made: without one the letterbox says that there is none."""
    if webinar:
        return "receipt.trouble" if kind == "trouble" else "receipt.webinar"
    return {"": "receipt.letterbox", "1": "receipt.letterbox_by_one"}.get(days, "receipt.letterbox_by")


def menu(context: Context) -> tuple[Choice, ...]:
    """The three ways on that are offered where the conversation could otherwise end."""
    return (
        context.choice("checklist", "menu.checklist", quiet=True),
        context.choice("tools", "menu.tools", quiet=True),
        context.choice("help", "menu.help", quiet=True),
    )
