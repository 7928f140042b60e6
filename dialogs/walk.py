"""The walk through a checklist as a conversation: which one, the statements, the reflections, and on to the result."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dialogs import checklist as rules
from dialogs.ask import entry_reply, menu
from dialogs.context import Context, Turn
from dialogs.definitions import Checklist, Reflection, Statement
from dialogs.outcome import change, definition_of, gone, labels, result, whole, worded
from dialogs.picking import again, pick
from dialogs.records import AnswerStatement, FinishRun, Lengthen, NoteStatement, Record, Run, StartRun
from dialogs.reminding import remind
from dialogs.replies import Choice, Link, Reply, quoted
from dialogs.spread import LEAST, in_words, spread
from dialogs.state import State
from knowledge.entries import Entry
from knowledge.normalise import fold

OPEN = ("checklist", "note", "reflection")
"""The dialogs in which a statement or a reflection waits for an answer."""
MOST_NOTE_CHARACTERS = 500
MOST_WORDS = 3
"""What is longer may be something else than an answer, though it begins like one."""


def begin(context: Context, wanted: str = "") -> Turn:
    """`checklist[:<what>]`: go on where the last run stopped, or choose a new one.

    What is wanted of the run there is (OF_THE_RUN) is done at once, and a checklist by its id is begun unless one is
    under way.
    """
    if wanted == "resume" and context.state.dialog == "picking":
        return again(context)
    run = context.found.run
    doing = OF_THE_RUN.get(wanted)
    if run and doing and (run.finished or wanted in UNDER_WAY):
        return doing(context, run.id)
    named = wanted in context.content.checklists
    if run and not run.finished and (run.answers or run.notes):
        left = rules.left(definition_of(context, run), run)
        return context.turn(
            context.say(
                "walk.unfinished",
                context.choice(f"resume:{run.id}", "walk.resume", left=left),
                context.choice(f"new:{wanted}" if named else "new", "walk.new"),
                left=left,
            )
        )
    if run and run.finished and not named:
        shown = context.choice(f"result:{run.id}", "walk.show_result")
        return context.turn(context.say("walk.finished", shown, context.choice("new", "walk.new")))
    return new(context, wanted)


def new(context: Context, checklist: str = "", level: str = "", purpose: str = "", length: str = "") -> Turn:
    """`new[:<checklist>[:<level>[:<purpose>[:<length>]]]]`: what is to be walked, one choice at a time."""
    picked = pick(context, "new", checklist, level, purpose, length)
    return picked if isinstance(picked, Turn) else start(context, *picked)


def start(context: Context, definition: Checklist, run: Run, said: Reply | None = None) -> Turn:
    """A run begins, with this said first; a second tap on the same choice goes on with the one that the first began."""
    begun = context.found.run
    if begun and not begun.answers and _same(begun, run):
        return resume(context)
    state = replace(context.state, dialog="checklist", run=run.id, statement=None)
    record = StartRun(
        run.id, run.checklist, run.version, run.edition, definition.source, run.level, run.purpose, run.length,
        run.round, run.joint,
    )  # fmt: skip
    there = replace(context.with_state(state), found=replace(context.found, definition=definition))
    first = replace(said or context.say("walk.begin"), links=_on_one_page(context, run))
    return _go_on(there, run, (first,), (record,))


def _on_one_page(context: Context, run: Run) -> tuple[Link, ...]:
    """Where all statements can be answered without coverage, in a channel that has such a page."""
    page = context.world.doors.get("list")
    return (Link(context.texts("walk.list"), page + run.id, spelled=False, kept=True),) if page else ()


def _same(one: Run, other: Run) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("checklist", "edition", "level", "purpose", "length", "round", "joint")
    )  # fmt: skip


def longer(context: Context, _run_id: str) -> Turn:
    """`longer:<run>`: the short walk goes on with what the full one asks beside."""
    run = context.found.run
    if run is None:
        return gone(context)
    if run.length == "full" or run.round:
        return resume(context)
    later = replace(run, length="full", finished=None)
    state = replace(context.state, dialog="checklist", run=run.id)
    left = rules.left(definition_of(context, run), later)
    said = (context.say("walk.longer_begun", left=left),)
    return _go_on(context.with_state(state), later, said, (Lengthen(run.id),))


def resume(context: Context, _run_id: str = "") -> Turn:
    """`resume:<run>`: the open statement or reflection again."""
    run = context.found.run
    if run is None:
        return gone(context)
    over = not run.finished and _alone_in(context, run) and context.found.round and context.found.round.closed
    said = (context.say("round.alone_now"),) if over else ()
    return _go_on(context.with_state(_walking(context, run)), run, said)


def _alone_in(context: Context, run: Run) -> bool:
    """Whether these are one person's answers in a round."""
    return run.round is not None and not run.joint


def gathered(context: Context, new: int) -> Turn:
    """Answers recorded without coverage have come in, all at once: one reply to them all, and on from there."""
    run = context.found.run
    if run is None or not new:
        return Turn(context.state)
    return _go_on(context.with_state(_walking(context, run)), run, (context.say("walk.gathered", count=new),))


OF_THE_RUN: Mapping[str, Callable[[Context, str], Turn]] = {
    "resume": resume, "change": change, "result": result, "remind": remind,
}  # fmt: skip
"""What can be asked for in words of the run at hand."""
UNDER_WAY = ("resume", "change")
"""What of it makes sense before there is a result."""


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
        changed = context.say("walk.changed", statement=worded(context, run, statement), answer=label)
        kept = _alone_in(context, run) and context.found.round and context.found.round.kept
        said = (replace(changed, note=context.texts("round.stays")) if kept else changed,)
    records = (AnswerStatement(run.id, statement, answer),) if before != answer else ()
    return _go_on(context.with_state(_walking(context, run)), later, said, records)


def _walking(context: Context, run: Run) -> State:
    if run.finished:
        return replace(context.state, dialog="ask", run=run.id, statement=None, heard=None)
    return replace(context.state, dialog="checklist", run=run.id, heard=None)


def _go_on(context: Context, run: Run, said: tuple[Reply, ...] = (), records: tuple[Record, ...] = ()) -> Turn:
    """The next statement without an answer, then the next reflection, then the result."""
    definition = definition_of(context, run)
    if run.finished:
        return whole(context, run, said, records)
    if left := rules.unanswered(definition, run):
        return _ask(context, run, left[0], said, records)
    if unsaid := rules.unsaid(definition, run):
        return _reflect(context, run, unsaid[0], said, records)
    state = replace(context.state, dialog="ask", run=run.id, statement=None, heard=None)
    finished = replace(run, finished=context.world.now)
    through = (*records, FinishRun(run.id))
    if _alone_in(context, run):
        return Turn(state, (*said, _thanks(context, run)), through)
    return whole(context.with_state(state), finished, said, through)


def _thanks(context: Context, run: Run) -> Reply:
    """Said to somebody who is through with a round's statements; their own result waits behind a button."""
    ways = (
        context.choice(f"round:{run.round}", "round.back"),
        context.choice(f"result:{run.id}", "round.my_result"),
    )
    found = context.found.round
    if found and found.closed:
        return context.say("round.late", *ways)
    missing = LEAST - 1 - found.waiting if found else 0
    enough = "round.thanks_again" if found and found.kept else "round.thanks_in"
    few = "round.thanks_one" if missing == 1 else "round.thanks_few"
    key = few if missing > 0 and not (found and found.kept) else enough
    told = () if found and found.leads else (context.texts("round.thanks_told"),)
    return context.say("round.thanks", *ways, counts=" ".join((context.texts(key, count=missing), *told)))


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
    quiet = [
        context.choice(f"note:{run.id}:{statement.id}", "walk.note", quiet=True),
        context.choice(f"why:{run.id}:{statement.id}", "walk.why", quiet=True),
    ]
    if run.answers.get(statement.id) in (rules.NO, rules.UNKNOWN):
        quiet.append(context.choice(f"bridge:{run.id}:{statement.id}", "bridge.ask", quiet=True))
    if number > 1:
        quiet.append(context.choice(f"back:{run.id}:{statement.id}", "walk.back", quiet=True))
    quiet.append(context.choice("pause", "walk.pause", quiet=True))
    given = definition.answer_by_id.get(run.answers.get(statement.id, ""))
    intro = _intro(context, definition, asked, statement)
    notes = [] if statement.factor or intro else [context.texts("walk.lights.yes")]
    notes.append(_alone(context, run, definition, statement))
    notes += [context.texts("walk.given", answer=context.word(given.label))] if given else []
    return Reply(
        "walk.statement",
        "\n".join(filter(None, [intro, worded(context, run, statement.id)])),
        "statement",
        (*_answers(context, run, statement.id), *quiet),
        heading=heading,
        note="\n".join(filter(None, notes)) or None,
        progress=(number, len(asked)),
    )


def _answers(context: Context, run: Run, statement: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"a:{run.id}:{statement}:{answer.id}", context.word(answer.label))
        for answer in definition_of(context, run).answers
    )


def _alone(context: Context, run: Run, definition: Checklist, statement: Statement) -> str:
    """What the round's people answered each alone, where they now answer together."""
    if not (run.joint and context.found.round):
        return ""
    found = spread(context.found.round.batches, statement.id)
    return context.texts("round.alone_you_said", spread=in_words(found, context.texts, labels(context, definition)))


def _intro(context: Context, definition: Checklist, asked: tuple[Statement, ...], statement: Statement) -> str:
    """The factor's opening line, where the factor (or the warning lights) begins."""
    first = next((each for each in asked if each.factor == statement.factor), None)
    if first != statement:
        return ""
    factor = definition.factor_by_id.get(statement.factor or "")
    return context.texts(
        "walk.intro", intro=context.word(factor.intro) if factor else context.texts("walk.lights.intro")
    )


def why(context: Context, _run_id: str, statement: str) -> Turn:
    """`why:<run>:<statement>`: why it is asked, with the source, and the statement again."""
    run = context.found.run
    found = definition_of(context, run).statement_by_id.get(statement) if run else None
    if run is None or found is None:
        return gone(context)
    sources = context.cited(context.content.knowledge.sources_of(found.why_sources))
    told = Reply("walk.why", context.word(found.why), sources=sources)
    return _ask(context, run, found, (told,))


def back(context: Context, _run_id: str = "", statement: str = "") -> Turn:
    """`back:<run>:<statement or reflection>`, or the word: the one before, with its answer kept until it is changed."""
    run = context.found.run
    if run is None:
        return gone(context) if statement else pause(context)
    earlier = rules.before(definition_of(context, run), run, statement or context.state.statement or "")
    match earlier:
        case Statement():
            return _ask(context, run, earlier)
        case Reflection():
            return _reflect(context, run, earlier)
        case None:
            return _go_on(context, run)


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
    left = rules.left(definition_of(context, run), run)
    paused = replace(context.say("walk.paused", *ways, left=left), links=_on_one_page(context, run))
    return Turn(state, (paused,))


def note(context: Context, run_id: str, statement: str, what: str = "") -> Turn:
    """`note:<run>:<statement>[:none]`: the next message is a note on this statement; or it has none any more."""
    run = context.found.run
    found = definition_of(context, run).statement_by_id.get(statement) if run else None
    if run is None or found is None:
        return gone(context)
    kept = run.notes.get(statement)
    if what == "none":
        later = replace(run, notes={**run.notes, statement: ""})
        records = (NoteStatement(run.id, statement, ""),) if kept else ()
        return _ask(context, later, found, (context.say("walk.note_removed"),), records)
    state = replace(context.state, dialog="note", run=run_id, statement=statement)
    never_mind = context.choice(f"show:{run_id}:{statement}", "walk.never_mind", quiet=True)
    remove = [context.choice(f"note:{run_id}:{statement}:none", "walk.note_remove", quiet=True)] if kept else []
    reply = context.say("walk.note_wanted", *remove, never_mind, statement=worded(context, run, statement))
    now = context.texts("walk.note_now", note=quoted(kept)) if kept else None
    return Turn(state, (replace(reply, input="note", note=now),))


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
    definition = definition_of(context, run)
    if answer := answer_in_words(definition, text):
        turn = answered(context, run.id, statement, answer)
        label = context.word(definition.answer_by_id[answer].label)
        told = turn.replies[0].key == "walk.changed" or fold(text) == fold(label)
        return turn if told else turn.after(context.say("walk.taken", answer=label))
    if entry := _answering(context):
        return resume(context).after(entry_reply(context, entry))
    state = replace(context.state, heard=text)
    ways = (
        *_answers(context, run, statement),
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
    """The answer that a person typed instead of pressing, or None: its very words, or them and a word or two more."""
    if "?" in text:
        return None
    said = fold(text)
    known = [(answer.id, fold(words)) for answer in checklist.answers for words in answer.words]
    exact = (answer for answer, words in known if said == words)
    begun = [
        (len(words), answer)
        for answer, words in known
        if len(words) > 1 and said.startswith(f"{words} ") and len(said.split()) <= MOST_WORDS
    ]
    return next(exact, None) or max(begun, default=(0, None))[1]


def _reflect(
    context: Context, run: Run, reflection: Reflection, said: tuple[Reply, ...] = (), records: tuple[Record, ...] = ()
) -> Turn:
    """An open question, answered in words or passed by."""
    state = replace(context.state, dialog="reflection", run=run.id, statement=reflection.id, heard=None)
    left = rules.reflections(definition_of(context, run), run)
    kept = run.notes.get(reflection.id)
    choices = [
        Choice(f"reflect:{run.id}:{reflection.id}", context.word(reflection.none)),
        context.choice(f"back:{run.id}:{reflection.id}", "walk.back", quiet=True),
        context.choice("pause", "walk.pause", quiet=True),
    ]
    if kept:
        choices.insert(1, context.choice(f"keep:{run.id}:{reflection.id}", "reflection.keep"))
    asked = Reply(
        "walk.reflection",
        context.word(reflection.question),
        "statement",
        tuple(choices),
        heading=context.texts(
            "reflection.heading_one" if len(left) == 1 else "reflection.heading",
            number=left.index(reflection) + 1,
            count=len(left),
        ),
        note=context.texts("walk.given", answer=quoted(kept)) if kept else None,
        input="reflection",
    )
    return Turn(state, (*said, asked), records)


def reflect(context: Context, _run_id: str, reflection: str) -> Turn:
    """`reflect:<run>:<reflection>`: nothing to say to it, which is a result too."""
    return _reflected(context, reflection, "")


def keep(context: Context, _run_id: str, reflection: str) -> Turn:
    """`keep:<run>:<reflection>`: what was said to it stands."""
    kept = context.found.run.notes.get(reflection, "") if context.found.run else ""
    return _reflected(context, reflection, kept)


def reconsider(context: Context, _run_id: str, reflection: str) -> Turn:
    """`reconsider:<run>:<reflection>`: a reflection again, to change what was said."""
    run = context.found.run
    found = definition_of(context, run).reflection_by_id.get(reflection) if run else None
    if run is None or found not in rules.reflections(definition_of(context, run), run):
        return gone(context)
    return _reflect(context, run, found)


def reflection_said(context: Context, text: str) -> Turn:
    """What was said to a reflection; nothing, when the words say so; or a question asked in between."""
    run, reflection = context.found.run, context.state.statement or ""
    if run and text.endswith("?") and (entry := _answering(context)):
        return reconsider(context, run.id, reflection).after(entry_reply(context, entry))
    if run and answer_in_words(definition_of(context, run), text) in (rules.NO, rules.UNKNOWN):
        return _reflected(context, reflection, "")
    return _reflected(context, reflection, " ".join(text.split()))


def _reflected(context: Context, reflection: str, text: str) -> Turn:
    run = context.found.run
    found = definition_of(context, run).reflection_by_id.get(reflection) if run else None
    if run is None or found is None:
        return gone(context)
    kept = "" if text.casefold().strip(" .!") == context.word(found.none).casefold() else text[:MOST_NOTE_CHARACTERS]
    later = replace(run, notes={**run.notes, reflection: kept})
    said = (context.say("walk.noted_short", most=MOST_NOTE_CHARACTERS),) if len(text) > MOST_NOTE_CHARACTERS else ()
    records = (NoteStatement(run.id, reflection, kept),) if run.notes.get(reflection) != kept else ()
    return _go_on(context.with_state(_walking(context, run)), later, said, records)
