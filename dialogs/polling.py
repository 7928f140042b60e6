"""Polls: several people answer the same question, each once, and see how the votes lie."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dialogs.ask import menu
from dialogs.clean import has_words
from dialogs.context import Context, Turn
from dialogs.definitions import PICKED, Poll, PollQuestion
from dialogs.records import PollRun, Vote
from dialogs.replies import Choice, Kind, Reply, quoted
from dialogs.state import State
from dialogs.texts import Texts
from dialogs.world import Needs, World

OFF = "off"
"""What ends the choice that takes an option back."""
MOST_TEXT_CHARACTERS = 500
MOST_WORDS, MOST_WORD_CHARACTERS = 3, 30
LEAST_SAME = 2
"""How many must have written a word before it is shown."""
SHOWN_WORDS, SHOWN_TEXTS = 30, 12
_WORD = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){0,2}")
"""Letters only, in one to three parts: no address of any kind is a word."""


@dataclass(frozen=True)
class Bar:
    """How many have picked one option."""

    id: str
    label: str
    count: int
    share: int
    """Per cent of those who have answered the question."""


def needs(state: State, arguments: list[str], world: World) -> Needs:
    """What `poll` and `vote` want looked up."""
    run = arguments[0] if arguments else ""
    if run:
        return Needs(poll=int(run) if run.isascii() and run.isdigit() and len(run) < 16 else None)
    return Needs(polls=world.webinar.code if world.webinar else None)


def needs_of_words(state: State, world: World) -> Needs:
    """What the dialog of free text wants looked up."""
    return needs(state, (state.wanted or "poll:").split(":")[1:], world)


def last_closed(runs: Iterable[PollRun]) -> tuple[PollRun, ...]:
    """The run that closed last, if any has."""
    closed = sorted((run.closed, run.id, run) for run in runs if run.closed)
    return tuple(run for *_, run in closed[-1:])


def current(runs: Iterable[PollRun]) -> tuple[PollRun, ...]:
    """The runs that are open; while none is, the one that closed last."""
    every = tuple(runs)
    return tuple(run for run in every if run.state == "open") or last_closed(every)


# How the votes lie


def bars(run: PollRun, question: PollQuestion, language: str) -> tuple[Bar, ...]:
    """The votes of one question: every option in its order, or the words of a cloud that several have written."""
    counts, voters = run.counts.get(question.id, {}), run.voters(question.id)
    if question.kind in PICKED:
        labels = _labels(question, language)
    else:
        same = [word for word, count in counts.items() if word and count >= LEAST_SAME]
        labels = [(word, word) for word in sorted(same, key=lambda word: (-counts[word], word))[:SHOWN_WORDS]]
    return _bars(labels, counts, voters)


def native_bars(run: PollRun, question: PollQuestion, language: str) -> tuple[Bar, ...]:
    """The votes in a question's native polls; nothing where there is none."""
    votes = run.native.get(question.id)
    if votes is None:
        return ()
    counts = dict(zip(question.option_by_id, votes.options, strict=False))
    return _bars(_labels(question, language), counts, votes.voters)


def _labels(question: PollQuestion, language: str) -> list[tuple[str, str]]:
    return [(option.id, option.label[language]) for option in question.options]


def _bars(labels: Iterable[tuple[str, str]], counts: Mapping[str, int], voters: int) -> tuple[Bar, ...]:
    return tuple(
        Bar(identity, label, count := counts.get(identity, 0), round(100 * count / voters) if voters else 0)
        for identity, label in labels
    )


def has_votes(run: PollRun, question: PollQuestion) -> bool:
    """Whether anybody has answered a question, here or in a native poll."""
    native = run.native.get(question.id)
    return bool(run.voters(question.id) or (native and native.voters))


def mean(run: PollRun, question: PollQuestion) -> float | None:
    """The mean of a scale's votes; None for other kinds and without votes."""
    voters = run.voters(question.id)
    if question.kind != "scale" or not voters:
        return None
    counts = run.counts[question.id]
    return sum(int(option.id) * counts.get(option.id, 0) for option in question.options) / voters


def visible(run: PollRun, definition: Poll, *, voted: bool) -> bool:
    """Whether somebody may see how the votes lie: results may be hidden until one has voted or the poll closes."""
    return voted or run.state == "closed" or definition.results == "open"


def lines(texts: Texts, run: PollRun, question: PollQuestion) -> list[str]:
    """How the votes lie, in words and numbers."""
    shown = [texts("poll.line", option=quoted(bar.label) if question.kind == "cloud" else bar.label,
                   count=bar.count, share=bar.share) for bar in bars(run, question, texts.language)]  # fmt: skip
    if question.kind == "cloud" and not shown:
        shown = [texts("poll.no_words")]
    if question.kind == "text":
        shown = [quoted(text) for text in run.released.get(question.id, ())[-SHOWN_TEXTS:]]
    middle = mean(run, question)
    if middle is not None:
        shown.append(texts("poll.mean", mean=decimal(middle, texts.language)))
    return [*shown, texts("poll.voters", count=run.voters(question.id)), *_native_lines(texts, run, question)]


def _native_lines(texts: Texts, run: PollRun, question: PollQuestion) -> list[str]:
    """The votes in native polls after ours, as a source of their own; nothing as long as there are none."""
    votes = run.native.get(question.id)
    if votes is None or not votes.voters:
        return []
    shown = [texts("poll.line", option=bar.label, count=bar.count, share=bar.share)
             for bar in native_bars(run, question, texts.language)]  # fmt: skip
    return ["", texts("poll.native"), *shown, texts("poll.voters", count=votes.voters), texts("poll.native_apart")]


def decimal(number: float, language: str) -> str:
    """A number with one decimal, as the language writes it."""
    return f"{number:.1f}".replace(".", "," if language == "sv" else ".")


# Saying it


def question_reply(
    context: Context, run: PollRun, question: PollQuestion, *, kind: Kind = "poll", asks: bool = True
) -> Reply:
    """A question to vote in, with how the votes lie where they may be seen."""
    definition = run.definition
    picked = run.mine.get(question.id)
    said = [context.word(question.wording)]
    if question.kind == "several" and run.state == "open":
        said.append(context.texts("poll.several"))
    seen = visible(run, definition, voted=picked is not None)
    if seen and has_votes(run, question):
        said.append("\n".join(lines(context.texts, run, question)))
    elif not seen:
        said.append(context.texts("poll.hidden"))
    choices = _choices(context, run, question, picked or ()) if asks and run.state == "open" else ()
    return Reply("poll.question", "\n\n".join(said), kind, choices, heading=_heading(context, run, question))


def _heading(context: Context, run: PollRun, question: PollQuestion) -> str:
    definition = run.definition
    number, count = definition.questions.index(question) + 1, len(definition.questions)
    key = "poll.heading" if count > 1 else "poll.heading_one"
    return context.texts(key, title=context.word(definition.title), number=number, count=count)


def _choices(context: Context, run: PollRun, question: PollQuestion, picked: tuple[str, ...]) -> tuple[Choice, ...]:
    at = f"vote:{run.id}:{question.id}"
    if question.kind not in PICKED:
        return (context.choice(f"poll:{run.id}:{question.id}", "poll.write"),)
    if question.kind != "several":
        return tuple(Choice(f"{at}:{option.id}", context.word(option.label)) for option in question.options)
    every = [
        Choice(f"{at}:{option.id}:{OFF}", context.texts("poll.picked", option=context.word(option.label)))
        if option.id in picked
        else Choice(f"{at}:{option.id}", context.word(option.label))
        for option in question.options
    ]
    done = (context.choice(f"poll:{run.id}", "poll.done"),) if picked else ()
    return (*every, *done)


def invitation(context: Context, run: PollRun, theirs: PollRun) -> Reply | None:
    """What somebody is told when a poll opens: the first question that they have not answered."""
    there = replace(theirs, definition=run.definition)
    question = _next(there)
    return question_reply(context, there, question, kind="announcement") if question else None


def group_post(context: Context, run: PollRun, question: PollQuestion, page: str, *, kind: Kind = "poll") -> Reply:
    """A question as it stands in a group, where everybody presses the same buttons. What is written goes elsewhere."""
    reply = question_reply(context, replace(run, mine={}), question, kind=kind)
    if question.kind in PICKED:
        return reply
    text = f"{reply.text}\n\n{context.texts('poll.elsewhere', address=page)}" if run.state == "open" else reply.text
    return replace(reply, text=text, choices=())


def label_of(run: PollRun, question: str, option: str, language: str) -> str | None:
    """What a vote is called in the voter's log; None when there is nothing such to vote for."""
    found = run.definition.question_by_id.get(question)
    picked = found.option_by_id.get(option) if found else None
    return picked.label[language] if picked else None


# Doing it


def poll(context: Context, run_id: str = "", question: str = "") -> Turn:
    """`poll[:<run>[:<question>]]`: the next question to vote in, or one to vote in again."""
    if not run_id:
        return _open_ones(context)
    run = context.found.poll
    if run is None or not run.definition.questions or run.state == "draft":
        return context.turn(context.say("poll.gone", *menu(context)))
    asked = run.definition.question_by_id.get(question)
    if run.state == "closed":
        return context.turn(context.say("poll.closed"), *_results(context, run))
    return _ask(context, run, asked) if asked else _go_on(context, run)


def _open_ones(context: Context) -> Turn:
    found = [run for run in context.found.polls if run.definition.questions]
    if not found:
        return context.turn(context.say("poll.none", *menu(context)))
    if found[-1].state == "closed":
        return context.turn(context.say("poll.latest"), *_results(context, found[-1]))
    unanswered = next((run for run in found if _next(run)), found[-1])
    return _go_on(context, unanswered)


def _next(run: PollRun) -> PollQuestion | None:
    """The first question that the person has not answered."""
    return next((question for question in run.definition.questions if question.id not in run.mine), None)


def _go_on(context: Context, run: PollRun, *first: Reply) -> Turn:
    question = _next(run)
    if question is None:
        return context.turn(*first, *_results(context, run, again=True))
    turn = _ask(context, run, question)
    return turn.after(*first)


def _ask(context: Context, run: PollRun, question: PollQuestion) -> Turn:
    """A question; what is to be written is waited for, where nobody reads along."""
    if question.kind in PICKED:
        theirs = replace(run, mine={}) if context.world.shared else run  # in a group all share the same buttons
        return context.turn(question_reply(context, theirs, question))
    if context.world.shared:
        return context.turn(context.say("poll.alone", *menu(context)))
    state = replace(context.state, dialog="ballot", wanted=f"poll:{run.id}:{question.id}")
    reply = question_reply(context, run, question, asks=False)
    text = f"{reply.text}\n\n{context.texts(f'poll.{question.kind}')}"
    return Turn(state, (replace(reply, text=text, input="ballot"),))


def _results(context: Context, run: PollRun, *, again: bool = False) -> tuple[Reply, ...]:
    """How the votes lie in every question; while the poll is open each can be changed."""
    definition = run.definition
    replies = []
    for question in definition.questions:
        change = context.choice(f"poll:{run.id}:{question.id}", "poll.change", quiet=True)
        shown = question_reply(context, run, question, asks=False)
        replies.append(replace(shown, choices=(change,) if again and run.state == "open" else menu(context)))
    return tuple(replies)


def vote(context: Context, run_id: str, question: str, option: str, what: str = "") -> Turn:
    """`vote:<run>:<question>:<option>[:off]`: the latest vote counts, as long as the poll is open."""
    run = context.found.poll
    asked = run.definition.question_by_id.get(question) if run else None
    if run is None or asked is None or option not in asked.option_by_id:
        return context.turn(context.say("poll.gone", *menu(context)))
    if run.state != "open" and context.world.shared:
        return context.turn(context.say("poll.over"))
    if run.state != "open":
        return context.turn(context.say("poll.closed"), *_results(context, run))
    picked = _picked(context, asked, run.mine.get(question, ()), option, what)
    voted = counted(run, Vote(run.id, question, picked))
    records = (Vote(run.id, question, picked),)
    if asked.kind == "several" and not context.world.shared:
        return context.turn(question_reply(context, voted, asked), records=records)
    return replace(_voted(context, voted, asked, picked), records=records)


def _picked(
    context: Context, question: PollQuestion, before: tuple[str, ...], option: str, what: str
) -> tuple[str, ...]:
    """What is picked after a press. In a group all share the same buttons: there one press puts a tick or takes it."""
    if question.kind != "several":
        return (option,)
    takes = what == OFF or (context.world.shared and option in before)
    ticked = set(before) - {option} if takes else {*before, option}
    return tuple(each.id for each in question.options if each.id in ticked)


def _voted(context: Context, run: PollRun, question: PollQuestion, picked: tuple[str, ...]) -> Turn:
    """A vote is confirmed, with how the votes lie; then comes the next question, if any."""
    labels = [context.word(question.option_by_id[each].label) for each in picked]
    said = context.texts("poll.voted", answer=", ".join(labels)) if labels else context.texts("poll.voted_none")
    if context.world.shared:
        return context.turn(Reply("poll.voted", f"{said} {context.texts('poll.can_change')}"))
    change = context.choice(f"poll:{run.id}:{question.id}", "poll.change", quiet=True)
    text = "\n\n".join((said, "\n".join(lines(context.texts, run, question))))
    shown = Reply("poll.voted", text, "poll", (change,), heading=_heading(context, run, question))
    return _go_on(context, run, shown) if _next(run) else context.turn(shown)


def counted(run: PollRun, vote: Vote) -> PollRun:
    """The run as it will be when a vote has been kept."""
    before, counts = run.mine.get(vote.question), dict(run.counts.get(vote.question, {}))
    for each in ("", *before) if before is not None else ():
        counts[each] -= 1
    answered = bool(vote.picked or vote.text)
    for each in ("", *vote.picked) if answered else ():
        counts[each] = counts.get(each, 0) + 1
    mine = {question: picked for question, picked in run.mine.items() if question != vote.question}
    if answered:
        mine[vote.question] = vote.picked
    return replace(run, counts={**run.counts, vote.question: counts}, mine=mine)


def ballot_said(context: Context, text: str) -> Turn:
    """What was written to a question of the kind text or cloud."""
    _, _, question = ((context.state.wanted or "") + "::").split(":")[:3]
    run = context.found.poll
    asked = run.definition.question_by_id.get(question) if run else None
    there = context.with_state(replace(context.state, dialog="ask", wanted=None))
    if run is None or asked is None:
        return there.turn(there.say("poll.gone", *menu(there)))
    if run.state != "open":
        return there.turn(there.say("poll.closed"), *_results(there, run))
    cast = _cast(run, asked, text)
    if not cast.picked and not cast.text:
        return context.turn(replace(context.say("poll.no_word"), input="ballot"))
    return replace(_written(there, counted(run, cast), asked, cast), records=(cast,))


def _cast(run: PollRun, question: PollQuestion, text: str) -> Vote:
    if question.kind == "cloud":
        return Vote(run.id, question.id, cloud_words(text))
    return Vote(run.id, question.id, (), text[:MOST_TEXT_CHARACTERS] if has_words(text) else "")


def cloud_words(text: str) -> tuple[str, ...]:
    """The words of a cloud in what somebody wrote, folded; each counts once. What is no word is left out."""
    found = (re.sub(r"\s+", " ", each).strip(" .!?\"'”»«").casefold() for each in re.split(r"[,;\n]", text))
    words = [each for each in found if len(each) <= MOST_WORD_CHARACTERS and _WORD.fullmatch(each)]
    return tuple(dict.fromkeys(words))[:MOST_WORDS]


def _written(context: Context, run: PollRun, question: PollQuestion, cast: Vote) -> Turn:
    change = context.choice(f"poll:{run.id}:{question.id}", "poll.change", quiet=True)
    if question.kind == "cloud":
        said = context.texts("poll.voted", answer=quoted(", ".join(cast.picked)))
        text = "\n\n".join((said, "\n".join(lines(context.texts, run, question))))
    else:
        text = context.texts("poll.read", most=MOST_TEXT_CHARACTERS)
    shown = Reply("poll.voted", text, "poll", (change,), heading=_heading(context, run, question))
    return _go_on(context, run, shown) if _next(run) else context.turn(shown)


def late(context: Context, turn: Turn) -> Turn:
    """A first turn, with the poll that is open at its end: who comes late is asked too. A group is asked as a whole."""
    if context.world.shared:
        return turn
    run = next((run for run in context.found.polls if run.state == "open" and _next(run)), None)
    question = _next(run) if run else None
    if run is None or question is None or any(reply.kind == "poll" for reply in turn.replies):
        return turn
    return replace(turn, replies=(*turn.replies, question_reply(context, run, question)))
