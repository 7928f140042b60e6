"""The round: several people answer the same statements, each alone, and see together how the answers lie."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from dialogs import checklist as rules
from dialogs.ask import menu
from dialogs.context import Context, Turn
from dialogs.definitions import Checklist, Statement
from dialogs.outcome import labels, worded
from dialogs.picking import pick
from dialogs.records import (
    CloseRound,
    CountRound,
    LeaveRound,
    OfferRound,
    Record,
    Round,
    Run,
    StartRound,
    TakeRound,
)
from dialogs.replies import Choice, Link, Picture, Reply
from dialogs.service import QR_SIDE
from dialogs.spread import LEAST, Counts, Spread, Verdict, in_words, spread
from dialogs.walk import resume, start

CODE = re.compile(r"/?R[ -]?([0-9A-HJKMNP-TV-Z]{4})[ -]?([0-9A-HJKMNP-TV-Z]{4})", re.IGNORECASE)
"""A round's code as typed: Crockford's base 32, which has no letters that look like digits."""
SPELLED = re.compile(r"\bR-([0-9A-HJKMNP-TV-Z]{4})-([0-9A-HJKMNP-TV-Z]{4})\b")
"""The same in the middle of other words, written out as it was given."""
_FOUR = "([A-HJKMNP-TV-Z][0-9A-HJKMNP-TV-Z]{3})"
KEY = re.compile(rf"(?<![\w-])L[ -]?{_FOUR}[ -]?{_FOUR}[ -]?{_FOUR}[ -]?{_FOUR}(?![\w-])", re.IGNORECASE)
"""What a round is handed over by, anywhere in what is typed; each four begin with a letter, as a code does."""
OLD_KEY = re.compile(r"(?<![\w-])[Ll]-([A-Za-z0-9_-]{22})(?![\w-])")
"""The same as it was given until each letter could be typed in either case."""
LIKE_A_KEY = re.compile(r"(?<![\w-])[Ll]-(?=[A-Za-z_-]*[0-9A-Z])[A-Za-z0-9_-]{8,}")
"""What somebody meant as a key, and must not be sent on."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = ALPHABET[10:]
DOORS = ("web", "telegram")
"""Channels that a link to a round can lead to, in the order shown."""
SHOWN_FIRST = 5
"""How many statements to talk about first."""
URGENCY: Mapping[Verdict, int] = {"opposed": 0, "split": 1, "agreed": 2, "few": 3}


def code_of(fresh: str) -> str:
    """A code to say and type, R-KQM7-4XTP, made of 40 random bits in hexadecimal.

    It begins with a letter: eight digits could be masked as a telephone number when they are typed.
    """
    number = int(fresh, 16)
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(30, -1, -5))
    first = LETTERS[(number >> 35) % len(LETTERS)]
    return f"R-{first}{letters[:3]}-{letters[3:]}"


def typed(text: str) -> str | None:
    """The code in a text that is nothing else, as it is kept."""
    found = CODE.fullmatch(text.strip()) or SPELLED.search(text)
    return f"R-{found[1].upper()}-{found[2].upper()}" if found else None


def only_words(text: str) -> bool:
    """Whether a text that could be a code is more likely words: Ragna Berg, restskatt."""
    return not any(each.isdigit() or each in "-/" for each in text)


def key_typed(text: str) -> str | None:
    """The key that hands a round over, as it is kept, wherever it is in a text."""
    found = KEY.search(text)
    if found and not only_words(found[0]):
        return "-".join(found.groups()).upper()
    old = OLD_KEY.search(text)
    return old[1] if old else None


def key_of(token: str) -> str:
    """A key to say and type, KQM7-A4XT-PB2C-D3EF, made of a random token."""
    drawn = hashlib.sha256(token.encode()).digest()
    fours = [drawn[place : place + 4] for place in range(0, 16, 4)]
    return "-".join(LETTERS[four[0] % len(LETTERS)] + "".join(ALPHABET[each & 31] for each in four[1:])
                    for four in fours)  # fmt: skip


def like_a_key(text: str) -> bool:
    """Whether a text holds what is meant as a key, though it is none."""
    return LIKE_A_KEY.search(text) is not None


def begin(context: Context, checklist: str = "", level: str = "", purpose: str = "", length: str = "") -> Turn:
    """`together[:<checklist>[:<level>[:<purpose>[:<length>]]]]`: what a round is to walk, one choice at a time."""
    if context.world.shared:
        return context.turn(context.say("round.alone", *menu(context)))
    picked = pick(context, "together", checklist, level, purpose, length)
    if isinstance(picked, Turn):
        return picked
    definition, run = picked
    if _just_begun(context.found.round, run):
        return _invite(context, context.found.round)
    code = code_of(context.world.fresh)
    started = StartRound(
        code, run.checklist, run.version, run.edition, definition.source, run.level, run.purpose, run.length
    )
    state = replace(context.state, dialog="ask", round=code)
    found = Round(code, run.checklist, run.version, run.edition, run.level, run.purpose, run.length, True, False, 0, 0)
    there = replace(context.with_state(state), found=replace(context.found, round=found, definition=definition))
    begun = there.say("round.begun", code=code, least=LEAST)
    return Turn(state, (begun, _invitation(there, found), _led(there, found)), (started,))


def _just_begun(found: Round | None, run: Run) -> TypeGuard[Round]:
    """Whether a second tap asks for the round that the first began: nobody has come to it yet."""
    return found is not None and found.leads and not found.closed and not found.joined and all(
        getattr(found, name) == getattr(run, name) for name in ("checklist", "edition", "level", "purpose", "length")
    )  # fmt: skip


def enter(context: Context, code: str = "", what: str = "") -> Turn:
    """`round[:<code>[:<what>]]`: a round as this person may see it, or one of the things to do in it (DOINGS)."""
    found = context.found.round
    if found is None:
        if code:
            return context.turn(context.say("round.gone", *menu(context)))
        return context.turn(
            context.say("round.none", context.choice("together", "round.start"), *menu(context), least=LEAST)
        )
    if context.world.shared and not found.closed and what in ("", "join"):
        return _elsewhere(context, found)
    there = context.with_state(replace(context.state, round=found.code))
    doing = DOINGS.get(what)
    if doing is None or (what in LEADERS and not found.leads):
        return there.turn(_led(there, found) if found.leads else seen(there, found))
    return doing(there, found)


def _elsewhere(context: Context, found: Round) -> Turn:
    """Where others read along nobody answers alone: the ways to where one can."""
    return context.turn(context.say("round.alone"), _invitation(context, found))


def _definition(context: Context, found: Round) -> Checklist:
    return context.found.definition or context.content.checklists.get(found.checklist) or context.content.checklist


def _like(context: Context, found: Round, *, joint: bool = False) -> Run:
    """A run as everybody in the round walks it."""
    return Run(
        context.world.fresh, found.checklist, found.version, found.edition, found.level, found.purpose, found.length,
        context.world.now, round=found.code, joint=joint,
    )  # fmt: skip


def _kind(context: Context, found: Round) -> str:
    definition = _definition(context, found)
    options = {option.id: context.word(option.label) for option in (*definition.levels, *definition.purposes)}
    return f"{context.word(definition.title)}: {options.get(found.level, '')}, {options.get(found.purpose, '')}"


def seen(context: Context, found: Round) -> Reply:
    """The round to somebody who doesn't lead it."""
    choices: list[Choice] = []
    done = _done(context, found)
    if found.run and (done or found.closed):
        choices.append(context.choice(f"result:{found.run}", "round.my_result"))
    if found.run and not done:
        choices.append(
            context.choice(f"resume:{found.run}", "round.answer_alone" if found.closed else "round.answer_on")
        )
    elif not found.run and not found.closed:
        choices.append(context.choice(f"round:{found.code}:join", "round.join"))
    if found.agreed:
        choices.insert(0, context.choice(f"result:{found.joint}", "round.joint_result"))
    if found.closed and _may_see(found):
        choices.insert(0, context.choice(f"round:{found.code}:show", "round.show"))
    elif found.run:
        if not found.led:
            choices.append(context.choice(f"round:{found.code}:lead", "round.lead_it"))
        choices.append(context.choice(f"round:{found.code}:leave", "round.leave", quiet=True))
    over = "round.closed" if _may_see(found) else "round.closed_to_others"
    key = over if found.closed else "round.member" if found.run else "round.invited"
    ways = choices or menu(context)
    here = _here(context, found)
    reply = context.say(key, *ways, here=here, joined=found.joined, least=LEAST, kind_of=_kind(context, found))
    return replace(reply, heading=context.texts("round.heading", code=found.code))


def _done(context: Context, found: Round) -> bool:
    """Whether this person's own answers are all there."""
    run = context.found.run
    return run is not None and run.id == found.run and run.finished is not None


def _number(count: int) -> str:
    """The end of a phrase's key for so many."""
    return "none" if not count else "one" if count == 1 else "many"


def _here(context: Context, found: Round) -> str:
    return context.texts(f"round.here.{_number(found.here)}", count=found.here)


def _through_in_words(context: Context, count: int) -> str:
    return context.texts(f"round.done.{_number(count)}", count=count)


def _led(context: Context, found: Round) -> Reply:
    """The round to its leader."""
    at = f"round:{found.code}"
    choices = [context.choice(f"{at}:show", "round.show")]
    if not found.closed:
        choices = [
            context.choice(f"{at}:invite", "round.invite"),
            *choices,
            context.choice(f"resume:{found.run}", "round.my_result" if _done(context, found) else "round.answer_on")
            if found.run
            else context.choice(f"{at}:join", "round.join_too"),
            context.choice(f"{at}:close", "round.close", quiet=True),
        ]
    elif found.joint:
        choices.append(_joint_on(context, found))
    else:
        choices.append(context.choice(f"{at}:joint", "round.joint"))
    choices.append(context.choice(f"{at}:hand", "round.hand", quiet=True))
    reply = context.say("round.lead_closed" if found.closed else "round.lead", *choices,
                        joined=found.joined, counted=found.counted, kind_of=_kind(context, found),
                        here=_here(context, found), done=_through_in_words(context, found.done))  # fmt: skip
    return replace(reply, heading=context.texts("round.heading", code=found.code))


def _joint_on(context: Context, found: Round) -> Choice:
    """The way to what the group answers together, which it has begun or finished."""
    return context.choice(f"resume:{found.joint}", "round.joint_result" if found.agreed else "round.joint_on")


def _through(found: Round) -> int:
    """How many are through or counted."""
    return found.waiting + found.counted


def _invitation(context: Context, found: Round) -> Reply:
    """The code, a QR code and the links by which others come."""
    doors = context.world.doors
    links = tuple(Link(context.texts(f"round.{door}"), doors[f"round {door}"] + found.code)
                  for door in DOORS if f"round {door}" in doors)  # fmt: skip
    picture = Picture(f"round/{found.code}.png", context.texts("round.alt", code=found.code), QR_SIDE, QR_SIDE)
    return replace(context.say("round.share", code=found.code), links=links, image=picture)


def _invite(context: Context, found: Round) -> Turn:
    return context.turn(_invitation(context, found), _led(context, found))


def _join(context: Context, found: Round) -> Turn:
    if found.closed:
        return context.turn(seen(context, found))
    if found.run:
        there = replace(context, state=replace(context.state, run=found.run))
        return resume(there, found.run) if context.found.run else there.turn(seen(there, found))
    key = "round.joined_later" if found.counted else "round.joined"
    return start(context, _definition(context, found), _like(context, found), context.say(key, least=LEAST))


def _leave(context: Context, found: Round) -> Turn:
    if found.run is None or found.closed:
        return context.turn(seen(context, found))
    state = replace(context.state, dialog="ask", round=None)
    own = context.choice(f"resume:{found.run}", "round.answer_alone")
    return Turn(state, (context.with_state(state).say("round.left", own, *menu(context)),), (LeaveRound(found.run),))


def _may_see(found: Round) -> bool:
    """Whoever leads the round, and afterwards everybody who took part in it, or led it to what it agreed on."""
    return found.leads or (found.closed and (found.run is not None or found.joint is not None))


def _show(context: Context, found: Round, *, sure: bool = False) -> Turn:
    """What to talk about first. Looking counts those who are through, when they are enough.

    Whoever is not through then has to wait for others, so it is asked about first.
    """
    if not _may_see(found):
        return context.turn(seen(context, found))
    counts = found.leads and not found.closed and found.waiting >= LEAST
    left = found.joined - _through(found)
    if counts and not sure and (left or not (found.run or found.counted)):
        return context.turn(_look_now(context, found, left))
    records: tuple[Record, ...] = (CountRound(found.code),) if counts else ()
    if counts:
        found = _with(found, found.fresh, found.waiting)
    return context.turn(*_told(context, found), records=records)


def _show_yes(context: Context, found: Round) -> Turn:
    return _show(context, found, sure=True)


def _look_now(context: Context, found: Round, left: int) -> Reply:
    """Whether to look though somebody, or the leader, has not answered."""
    at = f"round:{found.code}"
    key = "round.look_alone" if not left else "round.look_one" if left == 1 else "round.look"
    join = () if found.run else (context.choice(f"{at}:join", "round.join_too"),)
    wait = context.choice(at, "round.close_no")
    yes = context.choice(f"{at}:show-yes", "round.look_yes", quiet=True)
    return context.say(key, *join, wait, yes, through=_through(found), joined=found.joined, least=LEAST)


def _few(context: Context, found: Round, back: Choice) -> Reply:
    """Said where too few have answered for anything to be shown; when the round is over, with what there is instead."""
    if not found.closed:
        return context.say("round.few", back, least=LEAST, done=_through_in_words(context, found.waiting))
    own = (context.choice(f"result:{found.run}", "round.my_result"),) if found.run else ()
    joint = (context.choice(f"round:{found.code}:joint", "round.joint"),) if found.leads else ()
    return context.say("round.few_over", *own, *joint, context.choice("together", "round.again"), back, least=LEAST)


def _told(context: Context, found: Round) -> tuple[Reply, ...]:
    at = f"round:{found.code}"
    back = context.choice(at, "round.back", quiet=True)
    if not found.batches:
        return (_few(context, found, back),)
    definition = _definition(context, found)
    asked = rules.statements(definition, _like(context, found))
    spreads = {statement.id: spread(found.batches, statement.id) for statement in asked}
    first = [each for each in sorted(asked, key=lambda each: _order(spreads[each.id])) if _worth(spreads[each.id])]
    lines = [_line(context, found, each, spreads[each.id]) for each in first[:SHOWN_FIRST]]
    everything = [context.choice(f"{at}:all", "round.all")]
    if found.leads:
        everything.append(_joint_on(context, found) if found.joint else context.choice(f"{at}:joint", "round.joint"))
    overview = Reply(
        "round.overview",
        "\n".join(_by_factor(context, definition, spreads)),
        "result",
        heading=context.texts("round.heading_spread", people=found.counted),
        note=_small(context, found),
    )
    talk = Reply(
        "round.first",
        "\n\n".join(lines) or context.texts("round.agreed_all"),
        "result",
        (*everything, back),
        heading=context.texts("round.first") if lines else None,
    )
    return overview, talk


def _with(found: Round, batch: tuple[Counts, ...], people: int) -> Round:
    """The round with a batch counted, if there is one."""
    if not batch:
        return found
    left = found.answering - people
    return replace(found, batches=(*found.batches, *batch), counted=found.counted + people, waiting=0, answering=left)


def _small(context: Context, found: Round) -> str:
    left = found.answering if found.closed else found.waiting
    if not left:
        return context.texts("round.counted")
    out = "round.left_out_one" if left == 1 else "round.left_out"
    on = "round.uncounted_one" if left == 1 else "round.uncounted"
    key = out if found.closed else on
    return context.texts(key, count=left, least=LEAST)


def _order(found: Spread) -> tuple[int, float]:
    """Opposed first, then by how weak the middle of it is."""
    share = (2 * found.yes + found.partly) / (2 * found.scored) if found.scored else 1.0
    return URGENCY[found.verdict], share - found.unknown / 1000


def _worth(found: Spread) -> bool:
    """Whether a statement is worth talking about: not agreed on, or much unknown."""
    return found.verdict in ("opposed", "split") or found.unknown >= max(LEAST, found.scored)


def _by_factor(context: Context, definition: Checklist, spreads: Mapping[str, Spread]) -> list[str]:
    """One line for each factor: whether people agree on it, and how many don't knows."""
    lines = []
    for factor in definition.factors:
        found = [spreads[each.id] for each in definition.statements if each.factor == factor.id and each.id in spreads]
        verdicts = [each.verdict for each in found]
        worst: Verdict = min(verdicts, key=lambda verdict: URGENCY[verdict], default="few")
        unknown = sum(each.unknown for each in found)
        extra = context.texts("round.unknown", count=unknown) if unknown else ""
        lines.append(
            context.texts(
                "round.factor",
                factor=context.word(factor.label),
                verdict=context.texts(
                    f"round.factor.{worst}", count=verdicts.count(worst), middle=_mostly(context, definition, found)
                ),
                unknown=extra,
            )
        )
    return lines


def _mostly(context: Context, definition: Checklist, found: Sequence[Spread]) -> str:
    """The middle of most of these, in words; empty where there is none."""
    middles = [each.middle for each in found if each.middle]
    return labels(context, definition)[max(middles, key=middles.count)] if middles else ""


def _line(context: Context, found: Round, statement: Statement, of_it: Spread) -> str:
    return context.texts(
        "round.line",
        statement=worded(context, _like(context, found), statement.id),
        spread=in_words(of_it, context.texts, labels(context, _definition(context, found))),
    )


def _all(context: Context, found: Round) -> Turn:
    """Every statement, factor by factor."""
    if not found.batches or not _may_see(found):
        return _show(context, found)
    definition = _definition(context, found)
    asked = rules.statements(definition, _like(context, found))
    replies = []
    for factor in (*(factor.id for factor in definition.factors), None):
        mine = [each for each in asked if each.factor == factor]
        lines = [_line(context, found, each, spread(found.batches, each.id)) for each in mine]
        if lines:
            heading = context.texts(f"factor.{factor}" if factor else "walk.lights")
            replies.append(Reply("round.all", "\n\n".join(lines), "result", heading=heading))
    back = context.choice(f"round:{found.code}", "round.back", quiet=True)
    return context.turn(*replies[:-1], replace(replies[-1], choices=(back,)))


def _close(context: Context, found: Round) -> Turn:
    """Asks once more: afterwards nobody can answer."""
    if found.closed:
        return context.turn(_led(context, found))
    yes = context.choice(f"round:{found.code}:close-yes", "round.close_yes")
    no = context.choice(f"round:{found.code}", "round.close_no", quiet=True)
    unfinished = found.joined - _through(found)
    key = "round.close_sure" if found.last or not found.answering else "round.close_few"
    halfway = context.texts(f"round.halfway.{_number(unfinished)}", count=unfinished)
    done = _through_in_words(context, _through(found))
    return context.turn(context.say(key, yes, no, done=done, halfway=halfway, left=found.answering, least=LEAST))


def _close_yes(context: Context, found: Round) -> Turn:
    if found.closed:
        return context.turn(_led(context, found))
    closed = _with(replace(found, closed=True), found.last, found.answering)
    said = context.say("round.over", least=LEAST)
    return context.turn(said, *_told(context, closed), records=(CloseRound(found.code),))


def _joint(context: Context, found: Round) -> Turn:
    """The second pass: the group agrees on one answer to each statement."""
    if context.found.run:
        return resume(context)
    return start(
        context, _definition(context, found), _like(context, found, joint=True), context.say("round.joint_begun")
    )


def _hand(context: Context, found: Round) -> Turn:
    """A key by which somebody else takes over."""
    token = key_of(context.world.token)
    back = context.choice(f"round:{found.code}", "round.back", quiet=True)
    offered = Link(context.texts("round.key"), f"L-{token}")
    return context.turn(replace(context.say("round.hand_over", back), links=(offered,)),
                        records=(OfferRound(found.code, token),))  # fmt: skip


def taken(context: Context) -> Turn:
    """The key has been typed: the round is this person's to lead."""
    found = context.found.round
    if context.world.shared:
        return context.turn(context.say("round.alone", *menu(context)))
    if found is None:
        return context.turn(context.say("round.key_lost", *menu(context)))
    there = context.with_state(replace(context.state, round=found.code))
    found = replace(found, leads=True)
    return there.turn(there.say("round.taken"), _led(there, found), records=(TakeRound(found.code),))


def _lead(context: Context, found: Round) -> Turn:
    """Whoever takes part may lead a round that has lost its leader."""
    if found.led or not found.run:
        return context.turn(seen(context, found))
    led = replace(found, leads=True, led=True)
    return context.turn(context.say("round.taken"), _led(context, led), records=(TakeRound(found.code),))


DOINGS: Mapping[str, Callable[[Context, Round], Turn]] = {
    "join": _join,
    "leave": _leave,
    "invite": _invite,
    "show": _show,
    "show-yes": _show_yes,
    "all": _all,
    "close": _close,
    "close-yes": _close_yes,
    "joint": _joint,
    "hand": _hand,
    "lead": _lead,
}
LEADERS = ("invite", "close", "close-yes", "joint", "hand")
"""What only the one who leads a round can do."""
