"""The tables, step by step. Applied by sqlite-utils, each in its own transaction; never edit one that has shipped."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("servicelotsen")


@migrations()
def first_tables(db: Database) -> None:
    """People apart from what they say; the message log; questions with their ledger; runs; signing in."""
    for table in TABLES:
        db.execute(table)


TABLES = (
    # Identity apart from content: retention and "glöm mig" empty address; the random person id says nothing.
    "CREATE TABLE person (id TEXT PRIMARY KEY, created TEXT NOT NULL, active TEXT NOT NULL)",
    """CREATE TABLE address (
        channel TEXT NOT NULL, address TEXT NOT NULL, person TEXT NOT NULL REFERENCES person(id), created TEXT NOT NULL,
        confirmed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (channel, address))""",
    "CREATE INDEX address_person ON address (person)",
    """CREATE TABLE conversation (
        person TEXT PRIMARY KEY REFERENCES person(id), state TEXT NOT NULL, last INTEGER NOT NULL)""",
    # The message log is history and outbox in one: a reader's cursor is the number it has seen.
    """CREATE TABLE message (
        person TEXT NOT NULL REFERENCES person(id), number INTEGER NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL,
        at TEXT NOT NULL, PRIMARY KEY (person, number))""",
    # What was received, so that a repetition changes nothing. born = the event created its person.
    """CREATE TABLE seen (
        scope TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, person TEXT NOT NULL, first INTEGER NOT NULL,
        last INTEGER NOT NULL, born TEXT, at TEXT NOT NULL, PRIMARY KEY (scope, key))""",
    "CREATE INDEX seen_born ON seen (born, key)",
    "CREATE INDEX seen_at ON seen (at)",
    """CREATE TABLE question (
        number INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT, message INTEGER, text TEXT NOT NULL,
        language TEXT NOT NULL, webinar TEXT, candidates TEXT NOT NULL, at TEXT NOT NULL)""",
    "CREATE INDEX question_person ON question (person)",
    # The ledger: a question's life, appended to and never changed. Its state is its last transition.
    """CREATE TABLE transition (
        question INTEGER NOT NULL REFERENCES question(number), version INTEGER NOT NULL, state TEXT NOT NULL,
        at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT, entry TEXT, reason TEXT, PRIMARY KEY (question, version))""",
    """CREATE TABLE label (
        id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, language TEXT NOT NULL, entry TEXT,
        origin TEXT NOT NULL, at TEXT NOT NULL)""",
    """CREATE TABLE run (
        id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), checklist TEXT NOT NULL,
        version INTEGER NOT NULL, level TEXT NOT NULL, purpose TEXT NOT NULL, length TEXT NOT NULL, owner TEXT,
        started TEXT NOT NULL, finished TEXT)""",
    "CREATE INDEX run_person ON run (person)",
    """CREATE TABLE answer (
        run TEXT NOT NULL REFERENCES run(id), statement TEXT NOT NULL, answer TEXT, note TEXT, at TEXT NOT NULL,
        PRIMARY KEY (run, statement))""",
    "CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE probe (id INTEGER PRIMARY KEY, at TEXT NOT NULL)",
    "CREATE TABLE webinar (code TEXT PRIMARY KEY, phase TEXT NOT NULL, at TEXT NOT NULL)",
    """CREATE TABLE invite (
        hash TEXT PRIMARY KEY, role TEXT NOT NULL, webinar TEXT, created TEXT NOT NULL, expires TEXT NOT NULL,
        used TEXT)""",
    """CREATE TABLE session (
        hash TEXT PRIMARY KEY, role TEXT NOT NULL, webinar TEXT, created TEXT NOT NULL, active TEXT NOT NULL)""",
    """CREATE TABLE dead_letter (
        id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL)""",
)  # fmt: skip
