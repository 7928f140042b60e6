"""The tables, step by step. Applied by sqlite-utils, each in its own transaction; never edit one that has shipped."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("servicelotsen")


@migrations()
def first_tables(db: Database) -> None:
    """People apart from what they say; the message log; questions with their ledger; runs; signing in."""
    for table in TABLES:
        db.execute(table)


@migrations()
def telegram(db: Database) -> None:
    """What is to be sent by us rather than read; which message is which outside; announcements under way."""
    for statement in SENDING:
        db.execute(statement)


@migrations()
def checklists(db: Database) -> None:
    """Every answer kept beside its time; the very words that a run began with; next steps."""
    for statement in CHECKLISTS:
        db.execute(statement)


@migrations()
def queue(db: Database) -> None:
    """Everything that happens to a question in its ledger; joining, supporting, signing; news that wait a moment."""
    for statement in QUEUE:
        db.execute(statement)


@migrations()
def imports(db: Database) -> None:
    """Where questions came from, what of other programs' exports is here already, and polls that were held there."""
    for statement in IMPORTS:
        db.execute(statement)


@migrations()
def polls(db: Database) -> None:
    """Runs of polls, ballots and their tally; feedback on webinars."""
    for statement in POLLS:
        db.execute(statement)


@migrations()
def proposals(db: Database) -> None:
    """A lecturer's answers, waiting for a moderator to release them."""
    for statement in PROPOSALS:
        db.execute(statement)


@migrations()
def subscriptions(db: Database) -> None:
    """Who is to be told of what; which calls were open when somebody last looked."""
    for statement in SUBSCRIPTIONS:
        db.execute(statement)


@migrations()
def moderators(db: Database) -> None:
    """Who may act in the moderators' group, and which message there is which question."""
    for statement in MODERATORS:
        db.execute(statement)


@migrations()
def contributions(db: Database) -> None:
    """What may become knowledge, as far as somebody has edited or decided it; whose words are in it."""
    for statement in CONTRIBUTIONS:
        db.execute(statement)


@migrations()
def native_polls(db: Database) -> None:
    """Telegram's own polls in groups, and the votes in them."""
    for statement in NATIVE_POLLS:
        db.execute(statement)


@migrations()
def brought(db: Database) -> None:
    """Which question brought which along, so that splitting takes back just that."""
    for statement in BROUGHT:
        db.execute(statement)


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

SENDING = (
    # What can't reach an address now, such as a chat that has blocked the bot; NULL while it can be reached.
    "ALTER TABLE address ADD COLUMN gone TEXT",
    # What is to be sent, in order within its lane (a chat). It holds its own words: they must go even to one forgotten.
    # state: waiting | sending (its outcome is unknown until it is removed) | held (until its lane can be reached) |
    # refused. after = the newest message id
    # known when it was handed over, which tells where to look for it. hint = what the channel needs beside the words.
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, lane TEXT NOT NULL, person TEXT, number INTEGER,
        body TEXT NOT NULL, hint TEXT NOT NULL, part INTEGER NOT NULL DEFAULT 0, after INTEGER,
        state TEXT NOT NULL DEFAULT 'waiting', why TEXT, at TEXT NOT NULL)""",
    "CREATE INDEX outbox_lane ON outbox (channel, lane)",
    "CREATE INDEX outbox_person ON outbox (person)",
    # Which line of a log a message in a chat is. An id below a chat's own is never reused.
    """CREATE TABLE posted (
        channel TEXT NOT NULL, lane TEXT NOT NULL, message INTEGER NOT NULL, person TEXT NOT NULL,
        number INTEGER NOT NULL, PRIMARY KEY (channel, lane, message))""",
    "CREATE INDEX posted_person ON posted (person, number)",
    # A group that has become another chat.
    """CREATE TABLE moved (
        channel TEXT NOT NULL, lane TEXT NOT NULL, into_lane TEXT NOT NULL, PRIMARY KEY (channel, lane))""",
    # When a channel was last in touch with the outside, and the times when it was not.
    "CREATE TABLE contact (channel TEXT PRIMARY KEY, at TEXT NOT NULL)",
    "CREATE TABLE outage (channel TEXT NOT NULL, began TEXT NOT NULL, ended TEXT NOT NULL)",
    # Links that lead a person back to the conversation, from another device or channel.
    """CREATE TABLE return_link (
        hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), created TEXT NOT NULL,
        expires TEXT NOT NULL)""",
    "CREATE INDEX return_link_person ON return_link (person)",
    # Something said to everybody in a webinar; after = the last person it has been said to.
    """CREATE TABLE announcement (
        id INTEGER PRIMARY KEY AUTOINCREMENT, webinar TEXT NOT NULL, phrase TEXT NOT NULL, after TEXT NOT NULL,
        at TEXT NOT NULL)""",
)  # fmt: skip

CHECKLISTS = (
    # What was answered, in the order of `at`: appended to and never changed, so that devices can meet afterwards.
    # key = given by a device that recorded it without coverage; received = when it reached us.
    """CREATE TABLE given (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES run(id), statement TEXT NOT NULL,
        answer TEXT, note TEXT, at TEXT NOT NULL, key TEXT, received TEXT NOT NULL, UNIQUE (run, key))""",
    """INSERT INTO given (run, statement, answer, note, at, received)
        SELECT run, statement, answer, note, at, at FROM answer""",
    # Who owned the question was a column of its own; now it is what was said to that reflection.
    """INSERT INTO given (run, statement, note, at, received)
        SELECT id, 'vem-cyklar', coalesce(owner, ''), finished, finished FROM run WHERE finished IS NOT NULL""",
    "DROP TABLE answer",
    "ALTER TABLE run DROP COLUMN owner",
    "ALTER TABLE run ADD COLUMN edition TEXT NOT NULL DEFAULT ''",
    # A checklist as it was when somebody began to walk it.
    "CREATE TABLE edition (mark TEXT PRIMARY KEY, source TEXT NOT NULL)",
    """CREATE TABLE step (
        run TEXT PRIMARY KEY REFERENCES run(id), what TEXT NOT NULL, who TEXT NOT NULL, due TEXT)""",
    # When a run's people want to be reminded of their next step, and how.
    """CREATE TABLE reminder (
        run TEXT NOT NULL REFERENCES run(id), day TEXT NOT NULL, way TEXT NOT NULL, sent TEXT,
        PRIMARY KEY (run, day))""",
    # An address apart from everything else, kept until the last reminder: hash = of the token in its letters.
    """CREATE TABLE mail (
        run TEXT PRIMARY KEY REFERENCES run(id), address TEXT NOT NULL, hash TEXT NOT NULL, language TEXT NOT NULL,
        tries INTEGER NOT NULL, confirmed TEXT, at TEXT NOT NULL)""",
    # Several people who answer the same, each in a run of their own. leader = whoever leads it, NULL when forgotten.
    """CREATE TABLE round (
        code TEXT PRIMARY KEY, checklist TEXT NOT NULL, version INTEGER NOT NULL, edition TEXT NOT NULL,
        level TEXT NOT NULL, purpose TEXT NOT NULL, length TEXT NOT NULL, leader TEXT, started TEXT NOT NULL,
        closed TEXT)""",
    # The answers of at least three people at a time, added up: shown, and never to be taken apart.
    """CREATE TABLE round_batch (
        round TEXT NOT NULL REFERENCES round(code), number INTEGER NOT NULL, people INTEGER NOT NULL,
        counts TEXT NOT NULL, PRIMARY KEY (round, number))""",
    """CREATE TABLE round_offer (
        hash TEXT PRIMARY KEY, round TEXT NOT NULL REFERENCES round(code), expires TEXT NOT NULL)""",
    "ALTER TABLE run ADD COLUMN round TEXT",
    "ALTER TABLE run ADD COLUMN joint INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE run ADD COLUMN counted INTEGER NOT NULL DEFAULT 0",
    # The round that a run was counted in and is no longer part of: nobody is counted twice.
    "ALTER TABLE run ADD COLUMN counted_in TEXT",
    "CREATE UNIQUE INDEX run_round ON run (round, person, joint) WHERE round IS NOT NULL",
    "ALTER TABLE question ADD COLUMN factor TEXT",
    "ALTER TABLE question ADD COLUMN statement TEXT",
)  # fmt: skip

QUEUE = (
    # what = one of dialogs/records.py's WHATS. Lines that change no state repeat it: the last line always tells it.
    "ALTER TABLE transition ADD COLUMN what TEXT NOT NULL DEFAULT 'state'",
    "ALTER TABLE transition ADD COLUMN mark TEXT",
    "ALTER TABLE question ADD COLUMN kind TEXT NOT NULL DEFAULT 'question'",
    "ALTER TABLE question ADD COLUMN wording TEXT",
    "ALTER TABLE question ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE question ADD COLUMN place INTEGER NOT NULL DEFAULT 0",
    # The question that this one goes along with; never one that goes along itself.
    "ALTER TABLE question ADD COLUMN lead INTEGER REFERENCES question(number)",
    "CREATE INDEX question_lead ON question (lead)",
    "ALTER TABLE person ADD COLUMN blocked TEXT",
    # What an asker wanted told of who they are: apart from the question, and gone with the person.
    "CREATE TABLE signature (question INTEGER PRIMARY KEY REFERENCES question(number), name TEXT NOT NULL)",
    """CREATE TABLE support (
        question INTEGER NOT NULL REFERENCES question(number), person TEXT NOT NULL, PRIMARY KEY (question, person))""",
    # What an asker is to be told, unless it is taken back before `due`.
    """CREATE TABLE notice (
        id INTEGER PRIMARY KEY AUTOINCREMENT, question INTEGER NOT NULL, version INTEGER NOT NULL,
        person TEXT NOT NULL, body TEXT NOT NULL, due TEXT NOT NULL)""",
)  # fmt: skip

IMPORTS = (
    # NULL = asked here; else the kind of export it came in with, such as zoom-chat.
    "ALTER TABLE question ADD COLUMN origin TEXT",
    "ALTER TABLE question ADD COLUMN votes_elsewhere INTEGER NOT NULL DEFAULT 0",
    # What has come in, by a digest of its kind, time and words, so that the same file changes nothing again.
    """CREATE TABLE imported (
        webinar TEXT NOT NULL, digest TEXT NOT NULL, question INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (webinar, digest))""",
    # Polls held elsewhere: how many gave each answer, in the order of `place`.
    """CREATE TABLE imported_poll (
        webinar TEXT NOT NULL, poll TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
        count INTEGER NOT NULL, place INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (webinar, poll, question, answer))""",
)  # fmt: skip

POLLS = (
    # A poll opened in a webinar; run again it gets the next number. edition = its words from when it was opened.
    """CREATE TABLE poll_run (
        id INTEGER PRIMARY KEY AUTOINCREMENT, webinar TEXT NOT NULL, poll TEXT NOT NULL, number INTEGER NOT NULL,
        edition TEXT NOT NULL, state TEXT NOT NULL, drafted TEXT NOT NULL, opened TEXT, closed TEXT,
        UNIQUE (webinar, poll, number))""",
    # One vote for each person and question: what was picked is counted, what was written is shown when released.
    # person = random once it has been forgotten. id = of these very words: a changed vote is another row.
    """CREATE TABLE ballot (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES poll_run(id), person TEXT NOT NULL,
        question TEXT NOT NULL, answer TEXT NOT NULL, text TEXT NOT NULL, released INTEGER NOT NULL DEFAULT 0,
        at TEXT NOT NULL, UNIQUE (run, person, question))""",
    "CREATE INDEX ballot_person ON ballot (person)",
    "CREATE INDEX ballot_released ON ballot (run) WHERE released = 1",
    # The votes added up with each ballot, so that looking at them costs the same however many there are.
    """CREATE TABLE tally (
        run INTEGER NOT NULL REFERENCES poll_run(id), question TEXT NOT NULL, option TEXT NOT NULL,
        votes INTEGER NOT NULL, PRIMARY KEY (run, question, option))""",
    """CREATE TABLE feedback (
        webinar TEXT NOT NULL, person TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (webinar, person, question))""",
    "CREATE INDEX feedback_person ON feedback (person)",
    # A question as a message in a group, changed as the votes come.
    """CREATE TABLE poll_post (
        channel TEXT NOT NULL, lane TEXT NOT NULL, message INTEGER NOT NULL, run INTEGER NOT NULL,
        question TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (channel, lane, message))""",
    # What an announcement is of, beside its phrase: a run of a poll.
    "ALTER TABLE announcement ADD COLUMN poll INTEGER",
)  # fmt: skip

PROPOSALS = (
    """CREATE TABLE proposal (
        question INTEGER PRIMARY KEY REFERENCES question(number), text TEXT NOT NULL, at TEXT NOT NULL,
        by TEXT NOT NULL)""",
)  # fmt: skip

SUBSCRIPTIONS = (
    """CREATE TABLE subscription (
        person TEXT NOT NULL REFERENCES person(id), topic TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (person, topic))""",
    "CREATE INDEX subscription_topic ON subscription (topic, person)",
    "CREATE TABLE open_call (call TEXT PRIMARY KEY)",
)  # fmt: skip

MODERATORS = (
    # Whoever came by a link in a chat of their own, and has not used it up.
    "ALTER TABLE invite ADD COLUMN person TEXT",
    """CREATE TABLE desk_member (
        person TEXT PRIMARY KEY REFERENCES person(id), role TEXT NOT NULL, webinar TEXT, since TEXT NOT NULL)""",
    # A question as a message in the moderators' group. said = a digest of what it says; message = NULL until it is
    # there; over = 1 when it says how the question ended; overdue = 1 when the group has been told that it waits too
    # long. Kept when the question goes, so that the message can be cleared.
    """CREATE TABLE card (
        lane TEXT NOT NULL, question INTEGER NOT NULL, message INTEGER, said TEXT NOT NULL,
        over INTEGER NOT NULL DEFAULT 0, overdue INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (lane, question))""",
)  # fmt: skip

CONTRIBUTIONS = (
    # Only what was edited or decided: the rest is read anew from questions and labels. body = the whole of it, as
    # what is approved outlives its questions.
    """CREATE TABLE contribution (
        key TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL,
        decided_by TEXT NOT NULL, decided TEXT)""",
    # Who tied it, so that it can be taken along by somebody who asks to be forgotten; NULL once that isn't known.
    "ALTER TABLE label ADD COLUMN person TEXT",
    "CREATE INDEX label_person ON label (person)",
    # 1 when its asker has asked to be forgotten: its words are proposed no more.
    "ALTER TABLE question ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0",
)

NATIVE_POLLS = (
    # A question as Telegram's own poll in a group. poll = Telegram's id of it, NULL as long as it is not known.
    """CREATE TABLE native_poll (
        id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, lane TEXT NOT NULL, message INTEGER NOT NULL,
        run INTEGER NOT NULL, question TEXT NOT NULL, poll TEXT, ended INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL)""",
    "CREATE INDEX native_poll_run ON native_poll (run)",
    # How many have voted there, as last heard: of each option in its order, and in all. final = it was closed then.
    """CREATE TABLE native_votes (
        channel TEXT NOT NULL, poll TEXT NOT NULL, options TEXT NOT NULL, voters INTEGER NOT NULL, update_id INTEGER,
        final INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (channel, poll))""",
)  # fmt: skip

BROUGHT = (
    # The question that it was joined with itself; `lead` is the one at the top, which it goes along with now.
    "ALTER TABLE question ADD COLUMN under INTEGER",
    "UPDATE question SET under = lead",
    "CREATE INDEX question_under ON question (under)",
)
