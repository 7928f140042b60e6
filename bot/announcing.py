"""What is said to everybody in a webinar: kept first, then told in batches, so that a crash skips nobody."""

import asyncio
import datetime as dt
import json
from typing import Any

from bot.bodies import body
from bot.conversations import SWEDEN
from bot.ports import StoreUnavailable
from bot.service import Service
from bot.store.announcements import ANNOUNCEMENTS
from bot.store.outbox import SENT
from bot.store.tx import Tx
from dialogs import feedback, polling, subscribing, toolbox
from dialogs.context import Context
from dialogs.definitions import Poll, PollQuestion, Webinar
from dialogs.records import PollRun
from dialogs.replies import Choice, Kind, Reply
from dialogs.state import State, load
from dialogs.world import World

TOLD = ("open", "closed")
"""The phases that everybody in a webinar is told of."""
OVER = ("closed", "archived")
AT_ONCE = 200
RETRY_SECONDS = 5.0
LOOK_SECONDS = 600.0


def set_phase(tx: Tx, code: str, phase: str, now: dt.datetime) -> None:
    """Plan, open, close or archive a webinar; who is in it is told when it begins, and when it ends from being open.

    What is over has no open poll.
    """
    before = tx.phases().get(code, "closed")
    if before == phase:
        return
    tx.set_phase(code, phase, now)
    for run in tx.polls(code, None, "open") if phase in OVER else ():
        tx.close_poll(run.id, now)
    if phase in TOLD and (phase == "open" or before == "open"):
        tx.announce(code, f"announce.{phase}", now)
    if phase == "open":
        to_subscribers(tx, "webinars", code, now)


def to_subscribers(tx: Tx, topic: str, code: str, now: dt.datetime) -> None:
    """Whoever has asked for it is to be told of it; `code` is the webinar that it is about, if any."""
    phrase = f"{subscribing.TOLD}{topic}"
    if tx.subscribers(subscribing.topic_of(phrase, code) or "", "", 1):
        tx.announce(code, phrase, now)


def open_poll(tx: Tx, code: str, poll: Poll, now: dt.datetime) -> bool:
    """Let everybody in a webinar vote, and tell them. False when the poll is open there already."""
    run = tx.draft_poll(code, poll.id, now)
    opened = tx.open_poll(run, poll.edition, poll.source, now)
    if opened:
        tx.announce(code, "poll.question", now, run)
    return opened


def tell_of_calls(tx: Tx, service: Service) -> None:
    """Those who have asked for it are to be told when a call has opened since somebody last looked."""
    now = service.clock()
    found = toolbox.open_calls(service.library.content.knowledge.calls, now.astimezone(SWEDEN).date())
    if tx.calls_open([call.id for call in found]):
        to_subscribers(tx, "calls", "", now)


async def run(service: Service) -> None:
    """Tell everybody, until cancelled; and look now and then whether a call has opened."""
    look = True
    with service.live.listen([ANNOUNCEMENTS]) as news:
        while True:
            news.clear()
            try:
                if look:
                    await service.store.write(lambda tx: tell_of_calls(tx, service))
                more = True
                while more:
                    more = await service.store.write(lambda tx: tell_some(tx, service))
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await news.wait()
                look = False
            except TimeoutError:
                look = True


def tell_some(tx: Tx, service: Service) -> bool:
    """Tell the next people of the oldest announcement. False when there is nobody left to tell."""
    found = tx.announcement()
    if found is None:
        return False
    identity, code, phrase, after, poll = found
    webinar = service.library.content.webinars.get(code)
    asked = service.conversations.poll(tx, poll, None) if poll is not None else None
    topic = subscribing.topic_of(phrase, code)
    if (webinar is None and code) or (poll is not None and (asked is None or asked.state != "open")):
        tx.announced(identity, None)
        return True
    if asked and not after:
        _tell_groups(tx, service, asked)
    people = tx.subscribers(topic, after, AT_ONCE) if topic else tx.gathered(code, after, AT_ONCE)
    for person, kept in people:
        state = load(json.loads(kept))
        context = _context(service, state.language)
        if asked:
            _invite(tx, context, asked, person)
        elif topic and not (topic == "webinars" and state.webinar == code):  # who is in it has been told already
            _tell_of(tx, context, topic, webinar, person, f"{service.base}/w/{code}")
        elif webinar and not topic:
            _tell(tx, context, webinar, phrase, person)
    tx.announced(identity, people[-1][0] if people else None)
    return True


def _context(service: Service, language: str) -> Context:
    return Context(service.library.content, State(language=language), World(service.clock(), ""))


def _tell(tx: Tx, context: Context, webinar: Webinar, phrase: str, person: str) -> None:
    text = context.texts(phrase, title=context.word(webinar.title))
    choices: tuple[Choice, ...] = ()
    if phrase == "announce.closed":
        choices = feedback.offer(context, webinar.code, frozenset(tx.feedback_of(webinar.code, person)))
    told = Reply(phrase, text, "announcement", choices)
    tx.say_later(person, "bot", body(told), context.world.now, webinar.code)


def _tell_of(tx: Tx, context: Context, topic: str, webinar: Webinar | None, person: str, link: str) -> None:
    tx.say_later(person, "bot", body(subscribing.news(context, topic, webinar, link)), context.world.now, groups=False)
    if topic.startswith("recording"):
        tx.unsubscribe(person, topic)


def _invite(tx: Tx, context: Context, asked: PollRun, person: str) -> None:
    """Ask somebody what they have not answered yet; a group is asked as a whole."""
    theirs = tx.poll_run(asked.id, person)
    invitation = polling.invitation(context, asked, theirs) if theirs else None
    if invitation:
        tx.say_later(person, "bot", body(invitation), context.world.now, asked.webinar, groups=False)


def _tell_groups(tx: Tx, service: Service, asked: PollRun) -> None:
    """Each question of a poll as a message under which everybody in a group votes."""
    for channel in SENT:
        for lane in tx.groups_gathered(channel, asked.webinar):
            for question in asked.definition.questions:
                said, hint = in_group(service, asked, question, "announcement")
                tx.post(channel, lane, None, None, said, hint, service.clock())


def in_group(
    service: Service, run: PollRun, question: PollQuestion, kind: Kind
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A poll's question as it is asked in a group, and what the channel is to know of it: which it is, and under
    `native` what to ask in its own kind of poll instead, where the poll's file says so."""
    context = _context(service, service.settings.language)
    said = body(polling.group_post(context, run, question, f"{service.base}/w/{run.webinar}/omrostning", kind=kind))
    hint = {"lang": context.language, "poll": [run.id, question.id]}
    if run.definition.telegram != "native":
        return said, hint
    options = [context.word(option.label) for option in question.options]
    asked = {"question": context.word(question.wording), "options": options, "several": question.kind == "several"}
    return said, {**hint, "native": asked}
