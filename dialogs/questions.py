"""What became of questions: a person's own, to withdraw or say better, and everybody's that may be seen."""

from dataclasses import replace

from dialogs.ask import menu, queued
from dialogs.context import Context, Turn
from dialogs.queue import WITHDRAWABLE
from dialogs.records import Question, Reword, Support, Withdraw
from dialogs.replies import Reply, quoted

SHOWN_QUESTION_CHARACTERS = 160
SHOWN_PUBLIC = 8
MOST_NAME_CHARACTERS = 60


def mine(context: Context) -> Turn:
    """`mine`: what became of the person's own questions, with what can be done about the latest that waits."""
    if not context.found.questions:
        return context.turn(context.say("mine.none", *menu(context)))
    lines = [_status(context, question) for question in context.found.questions]
    waiting = [each for each in context.found.questions if each.state in WITHDRAWABLE][:2]
    ways = [context.choice(f"reword:{each.number}", "queue.reword_code", code=each.code) for each in waiting]
    ways += [context.choice(f"withdraw:{each.number}", "queue.withdraw_code", code=each.code) for each in waiting]
    heading = context.texts("mine.heading")
    return context.turn(Reply("mine", "\n\n".join(lines), "text", (*ways, *menu(context)), heading=heading))


def code(context: Context) -> Turn:
    """A code such as F-27, typed. Anyone but its asker is told only what is public: nothing about this question."""
    question = context.found.code
    if question is None:
        return context.turn(context.say("code.not_yours", context.choice("mine", "menu.mine")))
    return context.turn(Reply("mine", _status(context, question), "text", menu(context)))


def _status(context: Context, question: Question) -> str:
    letterbox = question.state == "later" and question.webinar is None
    return context.texts(
        "status.later_letterbox" if letterbox else f"status.{question.state}",
        code=question.code,
        text=quoted(_cut(question.shown)),
        answer=quoted(question.answer or ""),
    )


def _cut(text: str) -> str:
    return text[:SHOWN_QUESTION_CHARACTERS] + "…" * (len(text) > SHOWN_QUESTION_CHARACTERS)


def withdraw(context: Context, _number: str, sure: str = "") -> Turn:
    """`withdraw:<number>[:yes]`: take one's own question back, after a second thought."""
    question = context.found.code
    if question is None or question.state not in WITHDRAWABLE:
        return context.turn(context.say("queue.too_late", context.choice("mine", "menu.mine")))
    if sure != "yes":
        yes = context.choice(f"withdraw:{question.number}:yes", "queue.withdraw_yes")
        no = context.choice("mine", "queue.withdraw_no", quiet=True)
        asked = context.say("queue.withdraw_sure", yes, no, code=question.code, text=quoted(_cut(question.shown)))
        return context.turn(asked)
    said = context.say("queue.withdrawn", context.choice("mine", "menu.mine"), code=question.code)
    return context.turn(said, records=(Withdraw(question.number),))


def reword(context: Context, number: str) -> Turn:
    """`reword:<number>`: say one's own question better, or say what was meant."""
    question = context.found.code
    if context.found.blocked:
        return context.turn(context.say("queue.blocked", *menu(context)))
    if question is None or question.state not in WITHDRAWABLE:
        return context.turn(context.say("queue.too_late", context.choice("mine", "menu.mine")))
    state = replace(context.state, dialog="reword", about=number)
    never_mind = context.choice("mine", "walk.never_mind", quiet=True)
    asked = context.say("queue.reword_wanted", never_mind, code=question.code, text=quoted(_cut(question.shown)))
    return Turn(state, (replace(asked, input="reword"),))


def reword_said(context: Context, text: str) -> Turn:
    """The better words."""
    question = context.found.code
    state = replace(context.state, dialog="ask", about=None)
    there = context.with_state(state)
    if context.found.blocked:
        return Turn(state, (there.say("queue.blocked", *menu(there)),))
    if question is None or question.state not in WITHDRAWABLE:
        return Turn(state, (there.say("queue.too_late", there.choice("mine", "menu.mine")),))
    said = there.say("queue.reworded", there.choice("mine", "menu.mine"), code=question.code)
    return Turn(state, (said,), (Reword(question.number, text),))


def meant(context: Context, _number: str, number: str) -> Turn:
    """`meant:<number>:<question>`: what was just written says what was meant with one's own question before."""
    question, asked = context.found.code, context.state.question(number)
    if context.found.blocked:
        return context.turn(context.say("queue.blocked", *menu(context)))
    if question is None or asked is None or question.state != "asked":
        return context.turn(context.say("queue.too_late", context.choice("mine", "menu.mine")))
    state = context.state.update(replace(asked, sent=True))
    said = context.say("queue.reworded", context.choice("mine", "menu.mine"), code=question.code)
    return Turn(state, (said,), (Reword(question.number, f"{question.shown}\n{asked.text}"),))


def listed(context: Context) -> Turn:
    """`questions`: what others have asked in the webinar, where it lets that be seen, the most wondered first."""
    webinar = context.world.webinar
    if webinar is None or webinar.questions != "public":
        return context.turn(context.say("queue.hidden", *menu(context)))
    shown = context.found.public[:SHOWN_PUBLIC]
    if not shown:
        return context.turn(context.say("queue.none_public", *menu(context)))
    lines = [_public(context, each) for each in shown]
    ways = [
        context.choice(f"support:{each.number}", "queue.support", code=each.code)
        for each in shown
        if each.state != "answered" and each.number not in context.found.supported
    ]
    heading = context.texts("queue.public_heading")
    return context.turn(Reply("questions", "\n\n".join(lines), "text", (*ways, *menu(context)), heading=heading))


def _public(context: Context, question: Question) -> str:
    others = question.votes + question.joined
    votes = context.texts("queue.votes", count=others) if others else ""
    return context.texts(
        f"queue.public.{question.state}", code=question.code, text=quoted(_cut(question.shown)),
        answer=quoted(question.answer or ""), votes=votes,
    )  # fmt: skip


def support(context: Context, number: str) -> Turn:
    """`support:<number>`: I wonder the same; once."""
    question = next((each for each in context.found.public if str(each.number) == number), None)
    again = context.choice("questions", "menu.questions")
    if question is None or question.state == "answered":
        return context.turn(context.say("queue.too_late", again))
    if question.number in context.found.supported:
        return context.turn(context.say("queue.supported_already", again, code=question.code))
    return context.turn(context.say("queue.supported", again, code=question.code), records=(Support(question.number),))


def sign(context: Context, number: str) -> Turn:
    """`sign:<question>`: send it with a name, which the moderator then sees; or without after all."""
    asked = context.state.question(number)
    if asked is None or asked.sent:
        return context.turn(context.say("question.too_old", *menu(context)))
    if context.found.blocked:
        return context.turn(context.say("queue.blocked", *menu(context)))
    state = replace(context.state, dialog="sign", about=number)
    without = context.choice(f"send:{number}", "queue.without_name")
    shown = context.world.webinar is not None and context.world.webinar.names
    key = "queue.name_wanted_shown" if shown else "queue.name_wanted"
    return Turn(state, (replace(context.say(key, without), input="sign"),))


def sign_said(context: Context, text: str) -> Turn:
    """The name, as much of it as the person wants told, perhaps with where they are from."""
    asked = context.state.question(context.state.about or "")
    state = replace(context.state, dialog="ask", about=None)
    if asked is None or asked.sent:
        return Turn(state, (context.with_state(state).say("question.too_old", *menu(context)),))
    name = " ".join(text.split())[:MOST_NAME_CHARACTERS]
    receipt, record = queued(context, asked.text, context.found.match, name=name)
    return Turn(state.update(replace(asked, sent=record is not None)), (receipt,), (record,) if record else ())
