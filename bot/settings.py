"""Settings: environment variables SERVICELOTSEN_*, or the same names in a .env or TOML file given by --config."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

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
}
"""Name without prefix → what it is for. README's table is checked against this."""


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
    values = {name.removeprefix(PREFIX).lower(): value.strip() for name, value in given.items()}
    folder = data or Path("data")
    values.setdefault("database_url", f"sqlite:///{folder / 'servicelotsen.db'}")
    settings = Settings(**values, data=folder)
    _check(settings)
    return settings


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
    for name in ("public_url", "privacy_url"):
        value = getattr(settings, name)
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise SettingsError(f"{PREFIX}{name.upper()} should begin with https://, not {value!r}")


def with_content(settings: Settings, content: str) -> Settings:
    """The settings with another content folder, as --content says."""
    return replace(settings, content=content)
