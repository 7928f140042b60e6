"""What a walk through the checklist comes to: the bicycle, one factor of it, the document, and changing an answer."""

from dataclasses import replace

from dialogs import checklist as rules
from dialogs.ask import menu
from dialogs.bicycle import HEIGHT, WIDTH, alt, name
from dialogs.context import Context, Turn
from dialogs.definitions import Checklist, Statement
from dialogs.records import Record, Run
from dialogs.replies import Choice, File, Picture, Reply, quoted
from dialogs.report import Part, Report
from dialogs.reporting import report

SHOWN_GAPS = 3
SHOWN_TOOLS = 3
SHOWN_INTERPLAY = 3
FORMS = ("pdf", "txt", "csv", "json")
"""What the result can be taken along as: names of files end so."""
MUCH_UNKNOWN = 0.5
"""From this share of don't knows among the answers, finding out is what to do first: our own judgement."""


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
    """The bicycle, the factors weakest first with what else came out, and the weakest factor's advice at once."""
    found = reported(context, run)
    profiles = rules.profile(definition_of(context, run), run)
    first = (_factor(context, run, profiles[0]),) if profiles[0].gaps else ()
    return context.turn(*said, _bicycle(context, found), _overview(context, run, found), *first, records=records)


def reported(context: Context, run: Run) -> Report:
    """The run's report in the person's language."""
    people = context.found.round.joined if run.joint and context.found.round else 1
    return report(
        context.content, definition_of(context, run), run, context.language, context.world.now,
        context.found.earlier, people,
    )  # fmt: skip


def _bicycle(context: Context, found: Report) -> Reply:
    """The picture, and what the parts do to each other."""
    told = found.interplay[:SHOWN_INTERPLAY] or (context.texts("result.intro"),)
    picture = Picture(f"bicycle/{name(found)}.png", alt(found, context.texts), WIDTH, HEIGHT)
    key = "result.heading_own" if found.own else "result.heading"
    heading = context.texts(key, title=found.title, level=found.level)
    return Reply("result.bicycle", "\n\n".join(told), "result", heading=heading, image=picture)


def _overview(context: Context, run: Run, found: Report) -> Reply:
    lines = [_line(context, part) for part in found.parts]
    given = [answer for answer in found.answers if answer.answer]
    unknown = sum(answer.answer == rules.UNKNOWN for answer in given)
    if given and unknown >= MUCH_UNKNOWN * len(given):
        lines.append(context.texts("result.much_unknown", count=unknown, asked=len(given)))
    shining = bool(found.lights) or found.unknown_lights > 0
    if shining:
        lit = sum(light.shine == "lit" for light in found.lights)
        lines.append(context.texts("result.lights", count=lit, half=len(found.lights) - lit))
    lines += [_reflection(context, note.about, note.text) for note in found.reflections]
    if run.step:
        lines.append(context.texts("result.step", step=stepped(context, run)))
    if run.reminders:
        lines.append(context.texts("result.reminders", days=", ".join(map(context.day, run.reminders))))
    if found.closing:
        lines.append(found.closing)
    return Reply("result", "\n".join(lines), "result", _ways(context, run, found, shining=shining),
                 note=context.texts("result.note"))  # fmt: skip


def _line(context: Context, part: Part) -> str:
    unknown = context.texts("result.unknown", count=part.unknown) if part.unknown else ""
    left_out = context.texts("result.not_applicable", count=part.not_applicable) if part.not_applicable else ""
    known = part.sign != "okand"
    points = context.texts("result.points", points=part.points, possible=part.possible) if known else ""
    return context.texts(
        "result.line", factor=part.name, part=part.part, state=part.state.rstrip("."),
        points=points, unknown=unknown + left_out, difference=part.difference and f" {part.difference}",
    )  # fmt: skip


def _reflection(context: Context, about: str, text: str) -> str:
    return context.texts("result.reflection", about=about, text=quoted(text) if text else context.texts("result.none"))


def stepped(context: Context, run: Run) -> str:
    """The next step in one line: what, who, and by when."""
    if run.step is None:
        return ""
    who = quoted(run.step.who) if run.step.who else context.texts("step.nobody")
    due = context.texts("step.by", day=context.day(run.step.due)) if run.step.due else ""
    what = run.step.what if run.step.what.endswith((".", "!", "?")) else f"{run.step.what}."
    return context.texts("step.line", what=quoted(what), who=who, due=due).strip()


def _ways(context: Context, run: Run, found: Report, *, shining: bool) -> tuple[Choice, ...]:
    ways = [context.choice(f"step:{run.id}", "step.change" if run.step else "step.choose")]
    ways.append(context.choice(f"document:{run.id}", "document.choose"))
    if run.step:
        ways.append(context.choice(f"remind:{run.id}", "remind.change" if run.reminders else "remind.choose"))
    if run.length == "short" and not run.round:
        more = replace(run, length="full")
        left = rules.left(definition_of(context, run), more)
        ways.append(context.choice(f"longer:{run.id}", "walk.longer", count=left))
    ways += [Choice(f"result:{run.id}:{part.factor}", part.name, quiet=True) for part in found.parts]
    if shining:
        ways.append(context.choice(f"result:{run.id}:lights", "result.show_lights", quiet=True))
    ways += [
        Choice(f"reconsider:{run.id}:{each.id}", context.word(each.label), quiet=True)
        for each in rules.reflections(definition_of(context, run), run)
    ]
    return (*ways, context.choice("new", "walk.new", quiet=True))


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
    lines += [_noted(context, run, each) for each in mine if run.notes.get(each.id)]
    if len(found.gaps) > len(gaps):
        lines.append(context.texts("result.more_gaps", count=len(found.gaps) - len(gaps)))
    tools = dict.fromkeys(tool for gap in gaps for tool in gap.tools)
    known = [context.content.knowledge.tools[tool] for tool in tools if tool in context.content.knowledge.tools]
    choices = [Choice(f"tool:{tool.id}", context.word(tool.title)) for tool in known[:SHOWN_TOOLS]]
    if any(run.answers[gap.id] in (rules.NO, rules.UNKNOWN) for gap in found.gaps):
        choices.append(context.choice(f"bridge:{run.id}:{found.factor.id}", "bridge.ask"))
    choices.append(context.choice(f"change:{run.id}:{found.factor.id}", "result.change", quiet=True))
    choices.append(context.choice(f"result:{run.id}", "result.whole", quiet=True))
    state = context.word(found.band.label if found.band else definition.too_few)
    heading = context.texts("result.factor", factor=context.word(found.factor.label), state=state)
    return Reply("result.factor", "\n\n".join(lines), "result", tuple(choices), heading=heading)


def _gap(context: Context, definition: Checklist, run: Run, gap: Statement) -> str:
    answer = definition.answer_by_id[run.answers[gap.id]]
    kept = run.notes.get(gap.id)
    noted = "\n" + context.texts("result.noted", note=quoted(kept)) if kept else ""
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
    shining = rules.lit(definition, run)
    lines = [_gap(context, definition, run, light) for light, answer in shining if answer != rules.UNKNOWN]
    unknown = [worded(context, run, light.id) for light, answer in shining if answer == rules.UNKNOWN]
    if unknown:
        lines.append(context.texts("result.unknown_lights", lights=" ".join(unknown)))
    choices = (
        context.choice(f"change:{run.id}:lights", "result.change", quiet=True),
        context.choice(f"result:{run.id}", "result.whole", quiet=True),
    )
    heading = context.texts("walk.lights")
    return Reply("result.lights", "\n\n".join(lines or [context.texts("result.no_lights")]), "result", choices,
                 heading=heading)  # fmt: skip


def document(context: Context, _run_id: str, form: str = "") -> Turn:
    """`document:<run>[:<form>]`: the result as a file to print, send or calculate with."""
    run = context.found.run
    if run is None:
        return gone(context)
    back_to = context.choice(f"result:{run.id}", "result.whole", quiet=True)
    others = [context.choice(f"document:{run.id}:{each}", f"document.form.{each}") for each in FORMS if each != form]
    if form not in FORMS:
        return context.turn(context.say("document.offer", *others, back_to))
    found = reported(context, run)
    title = context.texts("document.name", title=found.title, day=found.day.isoformat())
    file = File(f"document/{run.id}.{context.language}.{form}", title)
    return context.turn(replace(context.say("document.here", *others, back_to), file=file))


def change(context: Context, _run_id: str, factor: str = "") -> Turn:
    """`change:<run>[:<factor>|:lights]`: the statements of a factor with the answers given, to pick one to change."""
    run = context.found.run
    if run is None:
        return gone(context)
    definition = definition_of(context, run)
    if not factor:
        return context.turn(context.say("walk.change_where", *_parts(context, run)))
    choices = [
        Choice(
            f"show:{run.id}:{statement.id}",
            f"{worded(context, run, statement.id)} ({_given(context, run, statement)})",
        )
        for statement in rules.statements(definition, run)
        if (statement.factor or "lights") == factor
    ]
    if not choices:
        return whole(context, run)
    back = context.choice(f"result:{run.id}", "walk.back", quiet=True)
    return context.turn(context.say("walk.change", *choices, back))


def _parts(context: Context, run: Run) -> list[Choice]:
    """The factors that have something answered, and the warning lights."""
    definition = definition_of(context, run)
    answered = {each.factor or "lights" for each in rules.statements(definition, run) if each.id in run.answers}
    names = {each.id: context.word(each.label) for each in definition.factors} | {
        "lights": context.texts("walk.lights")
    }
    ways = [Choice(f"change:{run.id}:{part}", name) for part, name in names.items() if part in answered]
    if run.finished:
        return [*ways, context.choice(f"result:{run.id}", "result.whole", quiet=True)]
    return [*ways, context.choice(f"resume:{run.id}", "walk.resume_plain", quiet=True)]


def _given(context: Context, run: Run, statement: Statement) -> str:
    given = definition_of(context, run).answer_by_id.get(run.answers.get(statement.id, ""))
    return context.word(given.label) if given else context.texts("walk.no_answer")


def gone(context: Context) -> Turn:
    """A choice of a run that is no longer there, or of content that has changed: a way on instead of an error."""
    state = replace(context.state, dialog="ask", run=None, statement=None, heard=None)
    again = context.choice("new", "walk.new")
    return Turn(state, (context.with_state(state).say("walk.gone", again, *menu(context)),))


def definition_of(context: Context, run: Run) -> Checklist:
    """The checklist that a run walks: the edition it began with."""
    return context.found.definition or context.content.checklists.get(run.checklist) or context.content.checklist


def worded(context: Context, run: Run, statement: str) -> str:
    """A statement as the run's purpose words it."""
    return context.word(definition_of(context, run).statement_by_id[statement].worded(run.purpose))


def labels(context: Context, definition: Checklist) -> dict[str, str]:
    """The answers of a checklist by id, in the person's language."""
    return {answer.id: context.word(answer.label) for answer in definition.answers}
