"""Settings: environment variables SERVICELOTSEN_*, or the same names in a .env or TOML file given by --config."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

from bot.post import Post

PREFIX = "SERVICELOTSEN_"

SETTINGS: Mapping[str, str] = {
    "DATABASE_URL": "where everything is kept; default `sqlite:///data/servicelotsen.db`",
    "PUBLIC_URL": "the address people use, such as `https://fraga.example.se`; decides links and cookie safety",
    "CONTENT": "a folder with `knowledge/` and `dialogs/` in the shipped layout, instead of the shipped content",
    "LANGUAGE": "the first language, `sv` or `en`; default `sv`",
    "OWNER_NAME": 'who runs the service; unset, pages say "testinstallation"',
    "OWNER_CONTACT": "how to reach the owner, such as an e-mail address",
    "PRIVACY_URL": "the owner's own page about personal data",
    "RETENTION": "a YAML file with days per class of data; see `deploy/HANDBOK.md`",
    "UNDO_SECONDS": "how long a moderator can take a decision back before the asker is told; default 10",
    "LETTERBOX_DAYS": "within how many days a question in the letterbox is answered, as its receipt then promises; "
    "unset, no promise",
    "SMTP_URL": "a mail server for reminders, `smtp://user:password@host:587?from=address`; unset, there are none",
    "TELEGRAM_TOKEN": "the bot's token from @BotFather; unset, there is no Telegram",
    "TELEGRAM_TRANSPORT": "`ptb` (python-telegram-bot) or `httpx`; default `ptb` where it is installed",
    "TELEGRAM_MODE": "`polling` or `webhook` (needs a `PUBLIC_URL` that Telegram reaches); default `polling`",
    "TELEGRAM_API_BASE": "another Bot API server, called as `<base>/bot<token>/<method>`; default Telegram's own",
    "TELEGRAM_WEBHOOK_SECRET": "what Telegram shows with each update; unset, one is made and kept",
    "MODERATOR_CHAT": "the id of a Telegram group that also gets the queue, such as `-1001234567890`; unset, none does",
    "TELEGRAM_BULK_RATE": "messages a second to everybody at once, over all chats; default 28, 0 for no limit",
    "TELEGRAM_CHAT_RATE": "replies a second in one chat, after a burst of 3; default 1, 0 for no limit",
}
"""Name without prefix → what it is for. README's table is checked against this."""


NUMBERS = ("telegram_bulk_rate", "telegram_chat_rate", "undo_seconds")
MOST_RATE = 100_000
MOST_LETTERBOX_DAYS = 365
ONE_OF: Mapping[str, tuple[str, ...]] = {
    "telegram_transport": ("", "ptb", "httpx"),
    "telegram_mode": ("polling", "webhook"),
}
_TOKEN = re.compile(r"[A-Za-z0-9:_-]{1,200}")
_GROUP = re.compile(r"-[1-9][0-9]{0,17}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SettingsError(Exception):
    """A setting that is unknown or can't be right."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, read once."""

    database_url: str = "sqlite:///data/servicelotsen.db"
    public_url: str = ""
    content: str = ""
    language: str = "sv"
    owner_name: str = ""
    owner_contact: str = ""
    privacy_url: str = ""
    retention: str = ""
    undo_seconds: float = 10.0
    letterbox_days: int = 0
    """0: nothing is promised."""
    smtp_url: str = field(default="", repr=False)
    telegram_token: str = field(default="", repr=False)
    telegram_transport: str = ""
    telegram_mode: str = "polling"
    telegram_api_base: str = "https://api.telegram.org"
    telegram_webhook_secret: str = field(default="", repr=False)
    moderator_chat: str = ""
    telegram_bulk_rate: float = 28.0
    telegram_chat_rate: float = 1.0
    data: Path = field(default=Path("data"))
    """The data folder, from --data; the database is in it unless DATABASE_URL says otherwise."""

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def secure(self) -> bool:
        """Whether people reach us over HTTPS: cookies are then marked Secure and take the __Host- prefix."""
        return self.public_url.startswith("https://")


def load(environment: Mapping[str, str], config: Path | None = None, data: Path | None = None) -> Settings:
    """Settings from the environment over those of a file. SettingsError names what is wrong and the nearest name."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    given = {**(_file(config) if config else {}), **ours}
    known = [f"{PREFIX}{name}" for name in SETTINGS]
    for name in given:
        if name not in known:
            near, *_ = process.extractOne(name, known, scorer=fuzz.ratio)
            raise SettingsError(f"{name} is no setting; perhaps {near}?")
    values: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value.strip() for name, value in given.items()}
    values.update({name: _number(name, values[name]) for name in NUMBERS if name in values})
    if "letterbox_days" in values:
        values["letterbox_days"] = _days(values["letterbox_days"])
    folder = data or Path("data")
    values.setdefault("database_url", f"sqlite:///{folder / 'servicelotsen.db'}")
    settings = Settings(**values, data=folder)
    _check(settings)
    return settings


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= MOST_RATE:
        raise SettingsError(f"{PREFIX}{name.upper()} should be a number such as 28, or 0 for no limit, not {value!r}")
    return number


def _days(value: str) -> int:
    if not value:
        return 0
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MOST_LETTERBOX_DAYS):
        raise SettingsError(f"{PREFIX}LETTERBOX_DAYS should be a number of days such as 5, not {value!r}")
    return int(value)


def _file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            return {name: str(value) for name, value in tomllib.loads(text).items()}
        lines = [line.strip() for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
        pairs = (line.partition("=") for line in lines)
        return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _check(settings: Settings) -> None:
    if not settings.database_url.startswith("sqlite:///"):
        raise SettingsError(f"{PREFIX}DATABASE_URL should look like sqlite:///data/servicelotsen.db")
    if settings.language not in ("sv", "en"):
        raise SettingsError(f"{PREFIX}LANGUAGE should be sv or en, not {settings.language!r}")
    for name, known in ONE_OF.items():
        value = getattr(settings, name)
        if value not in known:
            shown = " or ".join(filter(None, known))
            raise SettingsError(f"{PREFIX}{name.upper()} should be {shown}, not {value!r}")
    _check_post(settings)
    _check_telegram(settings)
    for name in ("public_url", "privacy_url", "telegram_api_base"):
        value = getattr(settings, name)
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise SettingsError(f"{PREFIX}{name.upper()} should begin with https://, not {value!r}")


def _check_telegram(settings: Settings) -> None:
    if settings.telegram_token and not _TOKEN.fullmatch(settings.telegram_token):
        raise SettingsError(f"{PREFIX}TELEGRAM_TOKEN should look like 123456789:AA… as @BotFather writes it")
    if settings.telegram_webhook_secret and not _SECRET.fullmatch(settings.telegram_webhook_secret):
        raise SettingsError(f"{PREFIX}TELEGRAM_WEBHOOK_SECRET should be 1-256 letters A-Z a-z, digits, _ and -")
    if settings.moderator_chat and not _GROUP.fullmatch(settings.moderator_chat):
        raise SettingsError(f"{PREFIX}MODERATOR_CHAT should be a group's id such as -1001234567890, below zero")
    if settings.telegram_mode == "webhook" and settings.telegram_token and not settings.public_url:
        raise SettingsError(
            f"{PREFIX}TELEGRAM_MODE is webhook, so {PREFIX}PUBLIC_URL should say where Telegram reaches us"
        )


def _check_post(settings: Settings) -> None:
    try:
        if settings.smtp_url:
            Post.at(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}SMTP_URL can't be used: {error}") from None


def with_content(settings: Settings, content: str) -> Settings:
    """The settings with another content folder, as --content says."""
    return replace(settings, content=content)
