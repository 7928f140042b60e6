"""Browsing the toolbox by factor, and the list of calls."""

import datetime as dt

from dialogs.ask import menu
from dialogs.context import Context, Turn
from dialogs.replies import Choice, Reply
from knowledge.entries import TOOL_TAGS, Call, Calls, Tool

PAGE = 6
FRESH_DAYS = 60
"""How long a look at the publishers' pages is relied on; our own judgement."""


def tools(context: Context, factor: str = "", page: str = "0") -> Turn:
    """`tools`, `tools:<factor>[:<page>]`: the factors, or the tools of one."""
    found = context.content.knowledge.tools_by_factor.get(factor)
    if found is None:
        choices = tuple(context.choice(f"tools:{tag}", f"factor.{tag}") for tag in TOOL_TAGS)
        return context.turn(context.say("tools.choose", *choices))
    first = PAGE * int(page[:4]) if page.isdecimal() else 0
    first = first if first < len(found) else 0
    shown = found[first : first + PAGE]
    ways = [context.choice("tools", "tools.other", quiet=True)]
    if first + PAGE < len(found):
        more = len(found) - first - PAGE
        ways.insert(0, context.choice(f"tools:{factor}:{first // PAGE + 1}", "tools.more", quiet=True, count=more))
    choices = (*(Choice(f"tool:{tool.id}", context.word(tool.title)) for tool in shown), *ways)
    name = context.texts(f"factor.{factor}")
    return context.turn(context.say("tools.factor", *choices, factor=name, count=len(found)))


def tool(context: Context, identity: str) -> Turn:
    """`tool:<id>`: one method or example."""
    found = context.content.knowledge.tools.get(identity)
    if found is None:
        return context.turn(context.say("entry.gone", *menu(context)))
    return context.turn(tool_reply(context, found))


def tool_reply(context: Context, found: Tool) -> Reply:
    """A tool as a reply, with where to look for more."""
    back = tuple(context.choice(f"tools:{tag}", "tools.back", quiet=True, factor=context.texts(f"factor.{tag}"))
                 for tag in found.factors[:1])  # fmt: skip
    if context.state.run and context.state.statement is None:
        back = (*back, context.choice(f"result:{context.state.run}", "result.whole", quiet=True))
    return Reply(
        "tool",
        context.word(found.summary),
        "answer",
        back,
        sources=context.cited(context.content.knowledge.sources_of(found.sources)),
        note=context.texts(f"tool.kind.{found.kind}"),
        heading=context.word(found.title),
    )


def calls(context: Context) -> Turn:
    """`calls`: the open calls, or an honest none, with the day somebody last looked."""
    tell = context.choice("subscribe:calls", "menu.subscribe.calls", quiet=True)
    return context.turn(Reply("calls", listed(context), "text", (tell, *menu(context))))


def stands(call: Call, today: dt.date) -> str:
    """How a call stands today, as far as the list knows: open, coming or closed."""
    if call.status == "closed" or (call.closes and call.closes < today):
        return "closed"
    return "coming" if call.opens and call.opens > today else "open"


def open_calls(calls: Calls, today: dt.date) -> tuple[Call, ...]:
    """Those that can be applied to today."""
    return tuple(call for call in calls.calls if stands(call, today) == "open")


def listed(context: Context) -> str:
    """The calls in words. A list that nobody has looked through for long promises nothing."""
    known, today = context.content.knowledge.calls, context.world.now.date()
    lines = [
        context.texts("calls.one", title=context.word(call.title), publisher=call.publisher,
                      who=context.word(call.who), closes=call.closes or context.texts("calls.no_date"))
        for call in open_calls(known, today)
    ]  # fmt: skip
    coming = [
        context.texts("calls.coming", title=context.word(call.title), publisher=call.publisher, opens=call.opens)
        for call in known.calls
        if stands(call, today) == "coming"
    ]
    old = known.last_checked is None or (today - known.last_checked).days > FRESH_DAYS
    key = "calls.old" if old and (lines or coming) else "calls.open" if lines else "calls.none"
    intro = context.texts(key, checked=known.last_checked or context.texts("calls.unchecked"))
    closed = [context.word(call.title) for call in known.calls if stands(call, today) == "closed"]
    ended = [context.texts("calls.closed", titles=", ".join(closed))] if closed else []
    return "\n\n".join([intro, *lines, *coming, *ended])
