"""A python-telegram-bot that keeps a conversation of three steps on disk, as its manual shows.

`python persistent.py <server> <token> <file>`. What it has acknowledged and not written yet, up to a second, is lost
when it dies.
"""

import logging
import sys
from typing import Any

from telegram import Update
from telegram.ext import ApplicationBuilder, ConversationHandler, MessageHandler, PicklePersistence, filters

TOPIC, PLACE = range(2)


async def topic(update: Update, context: Any) -> int:
    """The first step."""
    return await _noted(update, context, "1", TOPIC)


async def place(update: Update, context: Any) -> int:
    """The second."""
    return await _noted(update, context, "2", PLACE)


async def wish(update: Update, context: Any) -> int:
    """The third: then it begins anew."""
    return await _noted(update, context, "3", ConversationHandler.END)


async def _noted(update: Update, context: Any, step: str, after: int) -> int:
    assert update.message
    context.user_data[step] = update.message.text
    await update.message.reply_text(f"{step} av 3: {update.message.text}")
    return after


def main(base: str, token: str, path: str) -> None:
    """Poll until ended."""
    logging.disable(logging.CRITICAL)
    kept = PicklePersistence(path, update_interval=1)
    application = ApplicationBuilder().token(token).base_url(f"{base}/bot").persistence(kept).build()
    steps = ConversationHandler(
        entry_points=[MessageHandler(filters.TEXT, topic)],
        states={TOPIC: [MessageHandler(filters.TEXT, place)], PLACE: [MessageHandler(filters.TEXT, wish)]},
        fallbacks=[],
        name="steps",
        persistent=True,
    )  # fmt: skip
    application.add_handler(steps)
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:4])
