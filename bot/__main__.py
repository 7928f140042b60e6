"""`python -m bot` is `servicelotsen`."""

from bot.cli import run

if __name__ == "__main__":
    run()
