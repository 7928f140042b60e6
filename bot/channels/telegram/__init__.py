"""The conversation in Telegram: everything of the web chat, over either of two transports."""
