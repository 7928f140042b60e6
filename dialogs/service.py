"""What is said about the service itself: welcome, help, language, the webinar, forgetting."""

from dataclasses import replace

from dialogs import ask, picking, walk
from dialogs.context import Context, Turn
from dialogs.records import Forget, KeepReturn
from dialogs.replies import Choice, File, Link, Picture, Reply
from dialogs.state import State

QR_SIDE = 264
"""Pixels as shown."""
RETURN_DOORS = ("web", "telegram")
RETURN_DAYS = 90
"""How long a link to return by is good for."""


def welcome(context: Context, *, alone: bool = True) -> Reply:
    """Who speaks (a bot), what is stored and for how long, how to reach a person."""
    webinar = context.world.webinar
    polls = (context.choice("poll", "menu.poll"),) if context.world.polling else ()
    choices = (*polls, *ask.menu(context), other_language(context)) if alone else ()
    reply = context.say("welcome", *choices, kind="welcome", **context.facts())
    return replace(reply, heading=context.word(webinar.title) if webinar else None)


def other_language(context: Context) -> Choice:
    """The choice of the language that is not spoken now."""
    return context.choice("lang:en" if context.language == "sv" else "lang:sv", "menu.other_language", quiet=True)


def start(context: Context) -> Turn:
    """`start`: leave whatever was under way; a run stays to be resumed."""
    state = replace(context.state, dialog="ask", heard=None, previous=None)
    return Turn(state, (context.say("start", *ask.menu(context), other_language(context)),))


def help_(context: Context) -> Turn:
    """`help`: what can be done here."""
    wanted = ("checklist", "round", "tools", "calls", "mine", "return", "about")
    choices = [context.choice(each, f"menu.{each}") for each in wanted]
    return context.turn(context.say("help", *choices, other_language(context)))


def about(context: Context) -> Turn:
    """`about`: who runs this, what is stored, how to be forgotten."""
    return context.turn(context.say("about", context.choice("forget", "menu.forget", quiet=True), **context.facts()))


def ask_away(context: Context) -> Turn:
    """`ask`: an invitation to write."""
    state = replace(context.state, dialog="ask")
    return Turn(state, (context.say("ask.away", *ask.menu(context)),))


def webinar(context: Context) -> Turn:
    """`webinar`: the webinar this conversation belongs to."""
    found = context.world.webinar
    if found is None:
        return context.turn(context.say("webinar.none", *ask.menu(context)))
    facts = found.facts(context.language)
    lines = [context.word(found.about) + "."]
    names = ("recording", "slides", "next") if context.world.live else ()
    if context.world.live and "ends" in facts:
        lines.append(context.texts("webinar.ends", ends=facts["ends"]))
    lines += [facts[name] for name in names if name in facts]
    phase = context.texts(f"webinar.{context.world.phase}")
    example = context.texts("webinar.example") if found.example else ""
    tell = [context.choice("subscribe:webinars", "menu.subscribe.webinars", quiet=True)]
    if context.world.phase in ("open", "closed"):
        tell = [context.choice(f"subscribe:recording:{found.code}", "menu.subscribe.recording", quiet=True), *tell]
    ways = (context.choice("share", "menu.share", quiet=True), *tell, *ask.menu(context))
    reply = Reply("webinar", "\n".join([phase, *lines]), "text", ways, note=example or None,
                  heading=context.word(found.title))  # fmt: skip
    return context.turn(reply)


def share(context: Context) -> Turn:
    """`share`: a picture of the webinar's QR code, for others to come by."""
    found = context.world.webinar
    if found is None:
        return context.turn(context.say("webinar.none", *ask.menu(context)))
    picture = Picture(
        f"qr/{found.code}.png", context.texts("share.alt", title=context.word(found.title)), QR_SIDE, QR_SIDE
    )
    reply = context.say("share", context.choice("poster", "share.poster", quiet=True), *ask.menu(context))
    return context.turn(replace(reply, image=picture))


def poster(context: Context) -> Turn:
    """`poster`: the same code as a file to print."""
    found = context.world.webinar
    if found is None:
        return context.turn(context.say("webinar.none", *ask.menu(context)))
    file = File(f"qr/{found.code}.pdf", context.texts("share.poster"))
    return context.turn(replace(context.say("share.file", *ask.menu(context)), file=file))


def language(context: Context) -> Turn:
    """`language`: which one?"""
    swedish, english = context.choice("lang:sv", "language.sv"), context.choice("lang:en", "language.en")
    return context.turn(context.say("language.choose", swedish, english))


def speak(context: Context, wanted: str) -> Turn:
    """`lang:<sv|en>`: speak that from now on; what was under way goes on in it."""
    if wanted not in context.content.texts:
        return language(context)
    state = replace(context.state, language=wanted)
    there = context.with_state(state)
    if state.dialog in walk.OPEN and context.found.run:
        return walk.resume(there).after(there.say("language.changed_walking", other_language(there)))
    if state.dialog == "picking":
        return picking.again(there).after(there.say("language.changed_walking", other_language(there)))
    return Turn(state, (there.say("language.changed", *ask.menu(there), other_language(there)),))


def forget(context: Context, sure: str = "") -> Turn:
    """`forget[:yes|:no]`: erase this person, after a second thought."""
    if sure == "yes":
        return Turn(State(language=context.language), (context.say("forget.done", *ask.menu(context)),), (Forget(),))
    if sure == "no":
        return _kept(context)
    state = replace(context.state, dialog="forget")
    yes, no = context.choice("forget:yes", "forget.yes"), context.choice("forget:no", "forget.no")
    return Turn(state, (context.say("forget.sure", yes, no, **context.facts()),))


def forget_said(context: Context, text: str) -> Turn:
    """Yes or no in words; anything else keeps everything and is answered as usual."""
    answer = walk.answer_in_words(context.content.checklist, text)
    if answer == "ja":
        return forget(context, "yes")
    kept = _kept(context)
    if answer == "nej":
        return kept
    return ask.said(context.with_state(kept.state), text).after(*kept.replies[:1])


def _kept(context: Context) -> Turn:
    state = replace(context.state, dialog="ask")
    return Turn(state, (context.with_state(state).say("forget.kept", *ask.menu(context)),))


def came_back(context: Context) -> Turn:
    """The service was away: what stood open is asked again. Nothing to somebody who had nothing open."""
    away = context.say("back")
    if context.state.dialog in walk.OPEN and context.found.run:
        return walk.resume(context).after(away)
    asked, match = context.state.open_question, context.found.match
    if context.state.dialog != "ask" or asked is None or match is None:
        return Turn(context.state)
    return ask.offered_again(context, asked, match).after(away)


def return_link(context: Context) -> Turn:
    """`return`: a link by which the conversation goes on on another device, or in another channel."""
    if context.world.shared:
        return context.turn(context.say("return.shared", *ask.menu(context)))
    token, doors = context.world.token, context.world.doors
    if "web" not in doors:
        return context.turn(context.say("return.nowhere", *ask.menu(context)))
    links = tuple(Link(context.texts(f"return.{door}"), doors[door] + token) for door in RETURN_DOORS if door in doors)
    reply = replace(
        context.say("return.link", *ask.menu(context), days=min(RETURN_DAYS, int(context.world.facts["chat_days"]))),
        links=links,
    )
    return context.turn(reply, records=(KeepReturn(token),))


def returned(context: Context) -> Turn:
    """Somebody came by such a link: what stood open goes on here."""
    here = context.say("return.here", *ask.menu(context))
    if context.state.dialog in walk.OPEN and context.found.run:
        return walk.resume(context).after(replace(here, choices=()))
    return Turn(context.state, (here,))


def heard(context: Context, what: str) -> Turn:
    """`heard:note|ask`: free text written while a statement was open, now told what it was."""
    text = context.state.heard
    if text is None:
        return context.turn(context.say("question.too_old", *ask.menu(context)))
    if what == "note":
        return walk.note_said(context, text)
    return ask.said(context.with_state(replace(context.state, heard=None)), text)
