"""A bare python-telegram-bot: says everything again. `python echo.py <server> <token>`."""

import logging
import sys
from typing import Any

from telegram import Update
from telegram.ext import ApplicationBuilder, MessageHandler, filters


async def echo(update: Update, _context: Any) -> None:
    """The same words back."""
    assert update.message
    assert update.message.text
    await update.message.reply_text(update.message.text)


def main(base: str, token: str) -> None:
    """Poll until ended."""
    logging.disable(logging.CRITICAL)
    application = ApplicationBuilder().token(token).base_url(f"{base}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:3])
