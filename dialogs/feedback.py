"""What a person thought of a webinar: one question at a time, each may be passed by, nobody is asked twice."""

from dataclasses import replace

from dialogs.ask import menu
from dialogs.clean import has_words
from dialogs.context import Context, Turn
from dialogs.definitions import FeedbackQuestion
from dialogs.records import GiveFeedback
from dialogs.replies import Choice, Reply, quoted
from dialogs.state import State
from dialogs.world import Needs, World

RATINGS = {
    "1": ("ett", "etta", "one"),
    "2": ("två", "tvåa", "two"),
    "3": ("tre", "trea", "three"),
    "4": ("fyra", "four"),
    "5": ("fem", "femma", "five"),
}
"""Each with the words that people write for it."""
PASSING = "pass"
"""What ends the choice that passes a question by."""
MOST_CHARACTERS = 1000
SHOWN_CHARACTERS = 80


def needs(state: State, arguments: list[str], world: World) -> Needs:
    """What `feedback` wants looked up."""
    webinar = arguments[0] if arguments else world.webinar.code if world.webinar else None
    return Needs(feedback=webinar)


def needs_of_words(state: State, world: World) -> Needs:
    """What the dialog of free text wants looked up."""
    return needs(state, (state.wanted or "feedback:").split(":")[1:2], world)


def feedback(context: Context, webinar: str = "", question: str = "", answer: str = "") -> Turn:
    """`feedback[:<webinar>[:<question>[:<1-5|pass>]]]`: the next question, one to answer again, or an answer."""
    code = webinar or (context.world.webinar.code if context.world.webinar else "")
    if code not in context.content.webinars or not context.content.feedback:
        return context.turn(context.say("feedback.none", *menu(context)))
    if context.world.shared:
        return context.turn(context.say("feedback.alone", *menu(context)))
    asked = next((each for each in context.content.feedback if each.id == question), None)
    if asked is None:
        return _go_on(context, code)
    if answer == PASSING:
        said = context.found.feedback.get(asked.id, "")  # passing by what was answered keeps it
        return _given(context, code, asked, said)
    if asked.kind == "rating" and answer in RATINGS:
        return _given(context, code, asked, answer)
    return _ask(context, code, asked)


def feedback_said(context: Context, text: str) -> Turn:
    """The words that a question was waiting for; a rating may be written too."""
    _, code, question = ((context.state.wanted or "") + "::").split(":")[:3]
    asked = next((each for each in context.content.feedback if each.id == question), None)
    if asked is None or code not in context.content.webinars:
        there = context.with_state(replace(context.state, dialog="ask", wanted=None))
        return there.turn(there.say("feedback.none", *menu(there)))
    answer = _rating(text) if asked.kind == "rating" else text[:MOST_CHARACTERS] if has_words(text) else ""
    if not answer:
        wanted = "feedback.rating_wanted" if asked.kind == "rating" else "feedback.text_wanted"
        return _ask(context, code, asked).after(context.say(wanted))
    return _given(context, code, asked, answer)


def _rating(text: str) -> str:
    """The rating in words such as "4", "fyra" or "en fyra"; empty where there is none."""
    said = text.casefold().strip(" .!").removeprefix("en ").removeprefix("a ").strip()
    return next((rating for rating, names in RATINGS.items() if said in (rating, *names)), "")


def _given(context: Context, code: str, question: FeedbackQuestion, answer: str) -> Turn:
    found = replace(context.found, feedback={**context.found.feedback, question.id: answer})
    turn = _go_on(replace(context, found=found), code)
    return replace(turn, records=(GiveFeedback(code, question.id, answer),))


def _go_on(context: Context, code: str) -> Turn:
    """The next question that has not been met, or what was said, to be changed."""
    left = next((each for each in context.content.feedback if each.id not in context.found.feedback), None)
    if left:
        return _ask(context, code, left)
    state = replace(context.state, dialog="ask", wanted=None)
    lines = [context.texts("feedback.thanks")]
    for number, each in enumerate(context.content.feedback, 1):
        said = context.found.feedback[each.id]
        shown = said[:SHOWN_CHARACTERS] + "…" * (len(said) > SHOWN_CHARACTERS)
        answer = quoted(shown) if said else context.texts("feedback.passed")
        lines.append(context.texts("feedback.line", number=number, question=context.word(each.wording), answer=answer))
    changes = [
        Choice(f"feedback:{code}:{each.id}", context.texts("feedback.change", number=number), quiet=True)
        for number, each in enumerate(context.content.feedback, 1)
    ]
    return Turn(state, (Reply("feedback.thanks", "\n\n".join(lines), choices=(*changes, *menu(context)[2:])),))


def _ask(context: Context, code: str, question: FeedbackQuestion) -> Turn:
    at = f"feedback:{code}:{question.id}"
    state = replace(context.state, dialog="feedback", wanted=at)
    ratings = tuple(RATINGS) if question.kind == "rating" else ()
    passing = context.choice(f"{at}:{PASSING}", "feedback.pass", quiet=True)
    number, count = context.content.feedback.index(question) + 1, len(context.content.feedback)
    title = context.word(context.content.webinars[code].title)
    heading = context.texts("feedback.heading", title=title, number=number, count=count)
    choices = (*(Choice(f"{at}:{rating}", rating) for rating in ratings), passing)
    return Turn(state, (Reply("feedback.question", context.word(question.wording), choices=choices,
                              input="feedback", heading=heading),))  # fmt: skip


def offer(context: Context, code: str, given: frozenset[str]) -> tuple[Choice, ...]:
    """The way to the feedback, for somebody who has not been through it."""
    if all(each.id in given for each in context.content.feedback):
        return ()
    return (context.choice(f"feedback:{code}", "menu.feedback"),)
