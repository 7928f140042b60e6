"""What a walk through the checklist comes to: the result, one factor of it, and changing an answer afterwards."""

from dataclasses import replace

from dialogs import checklist as rules
from dialogs.ask import menu
from dialogs.context import Context, Turn
from dialogs.definitions import Checklist, Option, Statement
from dialogs.records import Record, Run
from dialogs.replies import Choice, Reply, quoted

SHOWN_GAPS = 3
SHOWN_TOOLS = 3


def result(context: Context, run_id: str = "", factor: str = "") -> Turn:
    """`result:<run>[:<factor>|:lights]`: the whole result, or one factor of it."""
    run = context.found.run
    if run is None:
        return gone(context)
    if factor == "lights":
        return context.turn(_lights(context, run))
    for found in rules.profile(definition_of(context, run), run):
        if found.factor.id == factor:
            return context.turn(_factor(context, run, found))
    return whole(context, run)


def whole(context: Context, run: Run, said: tuple[Reply, ...] = (), records: tuple[Record, ...] = ()) -> Turn:
    """The factors weakest first, the lights, the owner, and the weakest factor's advice at once."""
    definition = definition_of(context, run)
    profiles = rules.profile(definition, run)
    lines = [_line(context, definition, found) for found in profiles]
    shining = rules.lit(definition, run)
    if shining:
        lines.append(context.texts("result.lights", count=sum(answer == rules.YES for _, answer in shining),
                                   half=sum(answer == rules.PARTLY for _, answer in shining)))  # fmt: skip
    who = context.texts("result.owner", owner=quoted(run.owner)) if run.owner else context.texts("result.no_owner")
    choices = [context.choice(f"result:{run.id}:{found.factor.id}", f"factor.{found.factor.id}") for found in profiles]
    if shining:
        choices.append(context.choice(f"result:{run.id}:lights", "result.show_lights"))
    choices.append(context.choice("new", "walk.new", quiet=True))
    text = "\n".join([context.texts("result.intro"), *lines, who])
    heading = context.texts("result.heading", level=_label(definition.levels, run.level, context.language))
    overview = Reply("result", text, "result", tuple(choices), heading=heading, note=context.texts("result.note"))
    first = (_factor(context, run, profiles[0]),) if profiles[0].gaps else ()
    return context.turn(*said, overview, *first, records=records)


def _line(context: Context, definition: Checklist, found: rules.FactorProfile) -> str:
    state = context.word(found.band.label if found.band else definition.too_few)
    unknown = context.texts("result.unknown", count=found.unknown) if found.unknown else ""
    points = context.texts("result.points", points=found.points, possible=found.possible) if found.band else ""
    name = context.texts(f"factor.{found.factor.id}")
    return context.texts("result.line", factor=name, state=state, points=points, unknown=unknown)


def _factor(context: Context, run: Run, found: rules.FactorProfile) -> Reply:
    """What one factor needs: what is missing without it, the largest gaps with their advice, tools to borrow."""
    definition = definition_of(context, run)
    gaps = found.gaps[:SHOWN_GAPS]
    weak = found.band is not None and found.band == definition.bands[-1]
    lines = [context.word(found.factor.missing)] if weak else []
    lines += [_gap(context, definition, run, gap) for gap in gaps]
    if not gaps:
        lines.append(context.texts("result.no_gaps"))
    mine = [each for each in rules.statements(definition, run) if each.factor == found.factor.id and each not in gaps]
    lines += [_noted(context, run, each) for each in mine if each.id in run.notes]
    if len(found.gaps) > len(gaps):
        lines.append(context.texts("result.more_gaps", count=len(found.gaps) - len(gaps)))
    tools = dict.fromkeys(tool for gap in gaps for tool in gap.tools)
    known = [context.content.knowledge.tools[tool] for tool in tools if tool in context.content.knowledge.tools]
    choices = [Choice(f"tool:{tool.id}", context.word(tool.title)) for tool in known[:SHOWN_TOOLS]]
    choices.append(context.choice(f"change:{run.id}:{found.factor.id}", "result.change", quiet=True))
    choices.append(context.choice(f"result:{run.id}", "result.whole", quiet=True))
    state = context.word(found.band.label if found.band else definition.too_few)
    heading = context.texts("result.factor", factor=context.texts(f"factor.{found.factor.id}"), state=state)
    return Reply("result.factor", "\n\n".join(lines), "result", tuple(choices), heading=heading)


def _gap(context: Context, definition: Checklist, run: Run, gap: Statement) -> str:
    answer = definition.answer_by_id[run.answers[gap.id]]
    kept = run.notes.get(gap.id)
    noted = context.texts("result.noted", note=quoted(kept)) if kept else ""
    return context.texts(
        "result.gap",
        statement=worded(context, run, gap.id),
        answer=context.word(answer.label),
        advice=context.word(gap.advice),
        note=noted,
    )


def _noted(context: Context, run: Run, statement: Statement) -> str:
    """A statement that is no gap, for the sake of its note."""
    return context.texts(
        "result.only_note", statement=worded(context, run, statement.id), note=quoted(run.notes[statement.id])
    )


def _lights(context: Context, run: Run) -> Reply:
    definition = definition_of(context, run)
    lines = [_gap(context, definition, run, light) for light, answer in rules.lit(definition, run)
             if answer != rules.UNKNOWN]  # fmt: skip
    back_to = context.choice(f"result:{run.id}", "result.whole", quiet=True)
    heading = context.texts("walk.lights")
    return Reply("result.lights", "\n\n".join(lines or [context.texts("result.no_lights")]), "result", (back_to,),
                 heading=heading)  # fmt: skip


def change(context: Context, _run_id: str, factor: str) -> Turn:
    """`change:<run>:<factor>`: the statements of a factor with the answers given, to pick one to change."""
    run = context.found.run
    if run is None:
        return gone(context)
    definition = definition_of(context, run)
    choices = [
        Choice(
            f"show:{run.id}:{statement.id}",
            f"{worded(context, run, statement.id)} ({_given(context, run, statement)})",
        )
        for statement in rules.statements(definition, run)
        if statement.factor == factor
    ]
    if not choices:
        return whole(context, run)
    return context.turn(context.say("walk.change", *choices))


def _given(context: Context, run: Run, statement: Statement) -> str:
    given = definition_of(context, run).answer_by_id.get(run.answers.get(statement.id, ""))
    return context.word(given.label) if given else context.texts("walk.no_answer")


def gone(context: Context) -> Turn:
    """A choice of a run that is no longer there, or of content that has changed: a way on instead of an error."""
    state = replace(context.state, dialog="ask", run=None, statement=None, heard=None)
    again = context.choice("new", "walk.new")
    return Turn(state, (context.with_state(state).say("walk.gone", again, *menu(context)),))


def definition_of(context: Context, run: Run) -> Checklist:
    """The checklist that a run walks."""
    return context.content.checklists.get(run.checklist) or context.content.checklist


def worded(context: Context, run: Run, statement: str) -> str:
    """A statement as the run's purpose words it."""
    found = definition_of(context, run).statement_by_id[statement]
    words = found.wording.get(run.purpose) or next(iter(found.wording.values()))
    return context.word(words)


def _label(options: tuple[Option, ...], identity: str, language: str) -> str:
    return next((option.label[language] for option in options if option.id == identity), identity)
