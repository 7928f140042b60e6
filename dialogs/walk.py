"""The walk through the checklist as a conversation: level, purpose, length, statements, owner."""

from dataclasses import replace

from dialogs import checklist as rules
from dialogs.ask import entry_reply, menu
from dialogs.context import Context, Turn
from dialogs.definitions import LENGTHS, Checklist, Statement
from dialogs.outcome import definition_of, gone, whole, worded
from dialogs.records import AnswerStatement, FinishRun, NoteStatement, Record, Run, StartRun
from dialogs.replies import Choice, Reply
from dialogs.state import State
from knowledge.entries import Entry

OPEN = ("checklist", "note", "owner")
"""The dialogs in which a statement, or the question of the owner, waits for an answer."""
MOST_NOTE_CHARACTERS = 500
MOST_OWNER_CHARACTERS = 80


def begin(context: Context) -> Turn:
    """`checklist`: go on where the last run stopped, or choose the level of a new one."""
    run = context.found.run
    if run and not run.finished and run.answers:
        left = len(rules.unanswered(definition_of(context, run), run))
        return context.turn(
            context.say(
                "walk.unfinished",
                context.choice(f"resume:{run.id}", "walk.resume", left=left),
                context.choice("new", "walk.new"),
                left=left,
            )
        )
    if run and run.finished:
        shown = context.choice(f"result:{run.id}", "walk.show_result")
        return context.turn(context.say("walk.finished", shown, context.choice("new", "walk.new")))
    return new(context)


def new(context: Context, level: str = "", purpose: str = "", length: str = "") -> Turn:
    """`new[:<level>[:<purpose>[:<length>]]]`: what is to be walked, one choice at a time."""
    definition = context.content.checklist
    levels = {option.id: option for option in definition.levels}
    purposes = {option.id: option for option in definition.purposes}
    if level not in levels:
        choices = [Choice(f"new:{option.id}", context.word(option.label)) for option in levels.values()]
        return context.turn(context.say("walk.level", *choices))
    if purpose not in purposes:
        choices = [Choice(f"new:{level}:{option.id}", context.word(option.label)) for option in purposes.values()]
        return context.turn(context.say("walk.purpose", *choices))
    if length not in LENGTHS:
        counts = {each: len(rules.statements(definition, _run(context, level, purpose, each))) for each in LENGTHS}
        choices = [context.choice(f"new:{level}:{purpose}:{each}", f"walk.length.{each}", count=counts[each])
                   for each in LENGTHS]  # fmt: skip
        return context.turn(context.say("walk.length", *choices))
    return _start(context, _run(context, level, purpose, length))


def _run(context: Context, level: str, purpose: str, length: str) -> Run:
    definition = context.content.checklist
    return Run(context.world.fresh, definition.id, definition.version, level, purpose, length, context.world.now)


def _start(context: Context, run: Run) -> Turn:
    """A run begins; a second tap on the same choice goes on with the one that the first began."""
    begun = context.found.run
    if (
        begun
        and not begun.answers
        and (begun.level, begun.purpose, begun.length) == (run.level, run.purpose, run.length)
    ):
        return resume(context)
    state = replace(context.state, dialog="checklist", run=run.id, statement=None)
    record = StartRun(run.id, run.checklist, run.version, run.level, run.purpose, run.length)
    return _go_on(context.with_state(state), run, (context.say("walk.begin"),), (record,))


def resume(context: Context, _run_id: str = "") -> Turn:
    """`resume:<run>`: the open statement again."""
    run = context.found.run
    if run is None:
        return gone(context)
    return _go_on(context.with_state(_walking(context, run)), run)


def answered(context: Context, _run_id: str, statement: str, answer: str) -> Turn:
    """`a:<run>:<statement>:<answer>`: also of a statement answered long ago, which changes that answer."""
    run = context.found.run
    if run is None:
        return gone(context)
    definition = definition_of(context, run)
    if statement not in definition.statement_by_id or answer not in definition.answer_by_id:
        return gone(context)
    before = run.answers.get(statement)
    later = replace(run, answers={**run.answers, statement: answer})
    said: tuple[Reply, ...] = ()
    if before not in (None, answer):
        label = context.word(definition.answer_by_id[answer].label)
        said = (context.say("walk.changed", statement=worded(context, run, statement), answer=label),)
    records = (AnswerStatement(run.id, statement, answer),) if before != answer else ()
    return _go_on(context.with_state(_walking(context, run)), later, said, records)


def _walking(context: Context, run: Run) -> State:
    return replace(context.state, dialog="ask" if run.finished else "checklist", run=run.id, heard=None)


def _go_on(context: Context, run: Run, said: tuple[Reply, ...] = (), records: tuple[Record, ...] = ()) -> Turn:
    """The next statement without an answer, or the question of the owner when there is none, or the result again."""
    if run.finished:
        return whole(context, run, said, records)
    left = rules.unanswered(definition_of(context, run), run)
    if not left:
        state = replace(context.state, dialog="owner", statement=None)
        return Turn(state, (*said, _owner_question(context.with_state(state), run)), records)
    return _ask(context, run, left[0], said, records)


def _ask(
    context: Context, run: Run, statement: Statement, said: tuple[Reply, ...] = (), records: tuple[Record, ...] = ()
) -> Turn:
    state = replace(context.state, dialog="checklist", run=run.id, statement=statement.id, heard=None)
    return Turn(state, (*said, _statement(context.with_state(state), run, statement)), records)


def _statement(context: Context, run: Run, statement: Statement) -> Reply:
    definition = definition_of(context, run)
    asked = rules.statements(definition, run)
    part = f"factor.{statement.factor}" if statement.factor else "walk.lights"
    number = asked.index(statement) + 1 if statement in asked else 1
    heading = context.texts("walk.heading", number=number, count=len(asked), part=context.texts(part))
    intro = _intro(context, definition, asked, statement)
    answers = [Choice(f"a:{run.id}:{statement.id}:{answer.id}", context.word(answer.label))
               for answer in definition.answers]  # fmt: skip
    quiet = [context.choice(f"note:{run.id}:{statement.id}", "walk.note", quiet=True)]
    if number > 1:
        quiet.append(context.choice(f"back:{run.id}:{statement.id}", "walk.back", quiet=True))
    quiet.append(context.choice("pause", "walk.pause", quiet=True))
    given = definition.answer_by_id.get(run.answers.get(statement.id, ""))
    note = context.texts("walk.given", answer=context.word(given.label)) if given else None
    text = "\n".join(filter(None, [intro, worded(context, run, statement.id)]))
    return Reply(
        "walk.statement",
        text,
        "statement",
        (*answers, *quiet),
        heading=heading,
        note=note,
        progress=(number, len(asked)),
    )


def _intro(context: Context, definition: Checklist, asked: tuple[Statement, ...], statement: Statement) -> str:
    """The factor's opening line, where the factor (or the warning lights) begins."""
    first = next((each for each in asked if each.factor == statement.factor), None)
    if first != statement:
        return ""
    factor = definition.factor_by_id.get(statement.factor or "")
    return context.texts(
        "walk.intro", intro=context.word(factor.intro) if factor else context.texts("walk.lights.intro")
    )


def back(context: Context, _run_id: str = "", statement: str = "") -> Turn:
    """`back:<run>:<statement>`, or the word: the statement before, with its answer kept until it is changed."""
    run = context.found.run
    if run is None:
        return gone(context) if statement else pause(context)
    earlier = rules.before(definition_of(context, run), run, statement or context.state.statement or "")
    return _ask(context, run, earlier) if earlier else _go_on(context, run)


def show(context: Context, _run_id: str, statement: str) -> Turn:
    """`show:<run>:<statement>`: one statement again, to change its answer."""
    run = context.found.run
    found = definition_of(context, run).statement_by_id.get(statement) if run else None
    return _ask(context, run, found) if run and found else gone(context)


def pause(context: Context) -> Turn:
    """`pause`: leave the run as it is; nothing is lost."""
    state = replace(context.state, dialog="ask", heard=None)
    run = context.found.run
    if run is None or run.finished:
        return Turn(state, (context.say("pause.nothing", *menu(context)),))
    elsewhere = context.choice("return", "menu.return", quiet=True)
    ways = (context.choice(f"resume:{run.id}", "walk.resume_plain"), elsewhere, *menu(context))
    left = len(rules.unanswered(definition_of(context, run), run))
    return Turn(state, (context.say("walk.paused", *ways, left=left),))


def note(context: Context, run_id: str, statement: str) -> Turn:
    """`note:<run>:<statement>`: the next message is a note on this statement."""
    run = context.found.run
    if run is None or statement not in definition_of(context, run).statement_by_id:
        return gone(context)
    state = replace(context.state, dialog="note", run=run_id, statement=statement)
    never_mind = context.choice(f"show:{run_id}:{statement}", "walk.never_mind", quiet=True)
    reply = context.say("walk.note_wanted", never_mind, statement=worded(context, run, statement))
    return Turn(state, (replace(reply, input="note"),))


def note_said(context: Context, text: str) -> Turn:
    """The note itself."""
    run, statement = context.found.run, context.state.statement
    if run is None or statement is None:
        return gone(context)
    kept = text[:MOST_NOTE_CHARACTERS]
    said = context.say("walk.noted" if kept == text else "walk.noted_short", most=MOST_NOTE_CHARACTERS)
    found = definition_of(context, run).statement_by_id.get(statement)
    record = NoteStatement(run.id, statement, kept)
    later = replace(run, notes={**run.notes, statement: kept})
    if found is None or statement in run.answers:
        return _go_on(context.with_state(_walking(context, run)), later, (said,), (record,))
    return _ask(context, later, found, (said,), (record,))


def said(context: Context, text: str) -> Turn:
    """Free text while a statement is open: an answer in words, a question, or something to ask about."""
    run, statement = context.found.run, context.state.statement
    if run is None or statement is None:
        return gone(context)
    if answer := answer_in_words(definition_of(context, run), text):
        return answered(context, run.id, statement, answer)
    if entry := _answering(context):
        return resume(context).after(entry_reply(context, entry))
    state = replace(context.state, heard=text)
    ways = (
        context.choice("heard:note", "walk.heard_note"),
        context.choice("heard:ask", "walk.heard_ask"),
        context.choice(f"resume:{run.id}", "walk.never_mind", quiet=True),
    )
    return Turn(state, (context.say("walk.unclear", *ways),))


def _answering(context: Context) -> Entry | None:
    """The entry that surely answers what was said."""
    match = context.found.match
    return context.content.knowledge.entries.get(match.topic or "") if match and match.decision == "answer" else None


def answer_in_words(checklist: Checklist, text: str) -> str | None:
    """The answer that a person typed instead of pressing, or None."""
    folded = text.casefold().strip(" .!")
    return next((answer.id for answer in checklist.answers if folded in answer.words), None)


def _owner_question(context: Context, run: Run) -> Reply:
    nobody = context.choice(f"owner:{run.id}:none", "owner.none")
    return replace(context.say("owner.question", nobody), input="owner")


def owner(context: Context, _run_id: str, _who: str) -> Turn:
    """`owner:<run>:none`: nobody owns the question yet, which is a result too."""
    return _finish(context, None)


def owner_said(context: Context, text: str) -> Turn:
    """Who owns the question, in the person's words; nobody, when those say so; or a question asked in between."""
    run = context.found.run
    if run and text.endswith("?") and (entry := _answering(context)):
        return resume(context).after(entry_reply(context, entry))
    nobody = context.texts("owner.none").casefold() == text.casefold().strip(" .!")
    if nobody or (run and answer_in_words(definition_of(context, run), text) in (rules.NO, rules.UNKNOWN)):
        return _finish(context, None)
    return _finish(context, " ".join(text.split())[:MOST_OWNER_CHARACTERS])


def _finish(context: Context, who: str | None) -> Turn:
    run = context.found.run
    if run is None:
        return gone(context)
    state = replace(context.state, dialog="ask", statement=None, heard=None)
    finished = replace(run, owner=who, finished=context.world.now)
    return whole(context.with_state(state), finished, (), (FinishRun(run.id, who),))
