"""The command line: `servicelotsen …`. Data on stdout, talk on stderr; 0 done, 1 a complaint, 2 wrong usage."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from bot import settings
from bot.exporting import EXPORTERS, FORMATS
from bot.roles import ROLES
from knowledge.complaints import ContentError

EXAMPLES: Mapping[str, str] = {
    "serve": "servicelotsen serve --demo",
    "chat": "servicelotsen chat --lang sv",
    "ask": 'servicelotsen ask "Vad räknas som landsbygd?"',
    "check": 'servicelotsen check --ask "när stänger macken"',
    "eval": "servicelotsen eval knowledge/content/expected/sv.yaml",
    "kb": "servicelotsen kb import tests/data/faq.csv egen-kunskapsbas",
    "doctor": "servicelotsen doctor",
    "invite": "servicelotsen invite --role moderator",
    "webinar": "servicelotsen webinar open landet-lar-47",
    "import": "servicelotsen import zoom-chat tests/data/zoom-chatt.txt --webinar landet-lar-47 --dry-run",
    "reload": "servicelotsen reload",
    "erase": "servicelotsen erase F-27",
    "purge": "servicelotsen purge --dry-run",
    "backup": "servicelotsen backup kopia.db",
    "export": "servicelotsen export questions --format csv --excel --out fragor.csv",
    "report": "servicelotsen report --webinar landet-lar-47 --out rapport.pdf",
}
"""Command → an example that works."""


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse has no other name for it


def parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    root = argparse.ArgumentParser("servicelotsen", description="Frågor, svar och checklista om service i hela landet.")
    root.add_argument("--config", type=Path, help="a .env or TOML file with settings")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in (_talking, _knowing, _in_webinars, _keeping, _taking_out):
        group(commands)
    return root


def _talking(commands: Commands) -> None:
    """What people talk to."""
    serve = _command(commands, "serve", "the whole service in one process")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--demo", action="store_true", help="open the example webinar and print a moderator's link")
    _data(serve)
    _content(serve)

    chat = _command(commands, "chat", "the same conversation in the terminal")
    chat.add_argument("--lang", choices=("sv", "en"))
    chat.add_argument("--record", type=Path, metavar="FILE", help="keep the conversation as a journey for the tests")
    _data(chat)
    _content(chat)


def _knowing(commands: Commands) -> None:
    """What asks, checks and widens the content."""
    ask = _command(commands, "ask", "one question against the knowledge base")
    ask.add_argument("text", nargs="*", metavar="TEXT")
    ask.add_argument("--lang", choices=("sv", "en"), default="sv")
    ask.add_argument("--json", action="store_true", help="print the decision as JSON")
    ask.add_argument("--jsonl", action="store_true", help="read questions as JSON lines from stdin")
    ask.add_argument("--kb", type=Path, metavar="PATH", help="a folder in the shipped layout, or a .jsonl of topics")
    _content(ask)

    check = _command(commands, "check", "load all content and list every complaint")
    check.add_argument("--ask", metavar="TEXT", help="show the ranked hits for a question, and why")
    check.add_argument("--lang", choices=("sv", "en"), default="sv")
    review = "suggest also what the matching tells about the ways of asking, the N worst in all; default 10"
    check.add_argument("--review", nargs="?", type=_count, const=10, metavar="N", help=review)
    check.add_argument("--links", action="store_true", help="test the addresses in the content")
    check.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base in the shipped layout")
    _content(check)

    evaluate = _command(commands, "eval", "figures and confusions on labelled questions")
    evaluate.add_argument("file", type=Path, metavar="FILE", help="a .jsonl of questions, or a file of expected/*.yaml")
    evaluate.add_argument("--by", metavar="FIELD", help="break the figures down by a field, such as style")
    evaluate.add_argument("--worst", type=_count, default=20, metavar="N", help="confusions to show; default 20")
    evaluate.add_argument("--kb", type=Path, metavar="PATH", help="another knowledge base, as for ask")
    _content(evaluate)

    _knowledge(_command(commands, "kb", "bring questions and answers into the content layout"))


def _in_webinars(commands: Commands) -> None:
    """Webinars and those who work in them."""
    invite = _command(commands, "invite", "print a one-time sign-in link")
    invite.add_argument("--role", choices=ROLES, required=True, help="moderator and host come to the moderators' desk")
    invite.add_argument("--webinar", metavar="CODE", help="only this webinar's questions; a lecturer needs it")
    _data(invite)

    webinar = _command(commands, "webinar", "list, plan, open, close or archive webinars, or tell of a recording")
    webinar.add_argument("action", choices=("list", "plan", "open", "close", "archive", "recording"))
    webinar.add_argument("code", nargs="?", metavar="CODE")
    _data(webinar)

    import_ = _command(commands, "import", "bring a chat, questions or polls from Zoom into a webinar's queue, once")
    import_.add_argument("kind", choices=("zoom-chat", "zoom-qa", "zoom-polls"))
    import_.add_argument("file", type=Path, metavar="FILE", help="as Zoom saved it: .txt of the chat, .csv of a report")
    import_.add_argument("--webinar", metavar="CODE", required=True, help="the webinar that it belongs to")
    import_.add_argument("--dry-run", action="store_true", help="only show what would come in, and what would not")
    _data(import_)


def _keeping(commands: Commands) -> None:
    """What an operator does to a service that runs."""
    _data(_content(_command(commands, "doctor", "what is configured, reachable, and wrong")))
    _data(_command(commands, "reload", "read the content again, all or nothing"))
    erase = _command(commands, "erase", "erase one person's data")
    erase.add_argument("person", metavar="PERSON", help="the code of one of their questions, or a person's id")
    _data(erase)
    purge = _command(commands, "purge", "remove everything past its retention")
    purge.add_argument("--dry-run", action="store_true", help="only count it")
    _data(purge)
    backup = _command(commands, "backup", "a consistent copy while running")
    backup.add_argument("file", type=Path, metavar="FILE")
    _data(backup)


def _knowledge(kb: argparse.ArgumentParser) -> None:
    """What makes entries of somebody else's FAQ, or of what moderators answered."""
    actions = kb.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="somebody else's FAQ")
    bring.add_argument("file", type=Path, metavar="FILE", help="CSV (question,answer[,topic,lang]) or JSON lines")
    bring.add_argument("folder", type=Path, metavar="DIR", help="where to write it: a new or an empty folder")
    propose = actions.add_parser("propose", help="what was answered in writing, as proposals to review")
    scope = propose.add_mutually_exclusive_group(required=True)
    scope.add_argument("--webinar", metavar="CODE", help="what came in this webinar")
    everything = "what came in every webinar and in the letterbox, and what people tied to an entry"
    scope.add_argument("--all", action="store_true", help=everything)
    approved = "only what two people stand behind at /moderator/forslag"
    propose.add_argument("--approved", action="store_true", help=approved)
    out = "where to write it; what is there is left as it is"
    propose.add_argument("--out", type=Path, metavar="FOLDER", required=True, help=out)
    _data(_content(propose))


def _taking_out(commands: Commands) -> None:
    """What makes files for others to read."""
    export = _command(commands, "export", "questions, their ledger, checklists, polls or feedback as a table")
    export.add_argument("what", choices=tuple(EXPORTERS))
    export.add_argument("--webinar", metavar="CODE", help="only what came in this webinar")
    export.add_argument("--format", choices=FORMATS, required=True)
    export.add_argument("--out", type=Path, metavar="FILE", help="where to write it; default stdout")
    export.add_argument("--with-names", action="store_true", help="also names, notes and what was not released")
    export.add_argument("--excel", action="store_true", help="CSV as a Swedish Excel opens it by a double click")
    _data(_content(export))
    report = _command(commands, "report", "what was asked in a webinar and what became of it, as a PDF to publish")
    report.add_argument("--webinar", metavar="CODE", required=True)
    report.add_argument("--out", type=Path, metavar="FILE", required=True)
    _data(_content(report))


def _command(commands: Commands, name: str, help_: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=help_, description=f"{help_}.", epilog=f"example: {EXAMPLES[name]}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} should be a number from 1")
    return int(text)


def _data(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--data", type=Path, metavar="DIR", help="the data folder; default ./data")
    return command


def _content(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--content", metavar="DIR", help="content instead of the shipped one")
    return command


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one command; its exit status."""
    asked = parser().parse_args(arguments)
    try:
        found = settings.load(os.environ if environment is None else environment, asked.config, _folder(asked))
        if content := getattr(asked, "content", None):
            found = settings.with_content(found, content)
        command: Callable[[argparse.Namespace, settings.Settings], int] = import_module(
            f"bot.commands.{asked.command}"
        ).run
        return command(asked, found)
    except ContentError as error:
        print(error, file=sys.stderr)
        return 1
    except settings.SettingsError as error:
        print(f"servicelotsen: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _folder(asked: argparse.Namespace) -> Path | None:
    folder: Path | None = getattr(asked, "data", None)
    return folder


def run() -> None:
    """The `servicelotsen` command."""
    sys.exit(main())
