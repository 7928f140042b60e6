"""What a webinar's report is made of, as the store has it."""

from dataclasses import replace

from bot.conversations import SWEDEN
from bot.library import poll_of
from bot.store.tx import Tx
from dialogs.aftermath import Aftermath, Voices, aftermath
from dialogs.definitions import Content


def gathered(tx: Tx, content: Content, webinar: str) -> Aftermath:
    """The questions, votes and feedback of a webinar. Polls in words that can't be read any more are left out."""
    runs = (replace(run, definition=poll_of(content, run, tx.edition))
            for run in tx.polls(webinar, None, "open", "closed"))  # fmt: skip
    said = tx.feedback(webinar)
    voices = Voices(
        tuple(run for run in runs if run.definition.questions),
        tuple(tx.polls_elsewhere(webinar)),
        tuple((question, said.get(question.id, ())) for question in content.feedback),
    )
    return aftermath(tx.questions_in(webinar), SWEDEN, voices)
