import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.post import Post
from bot.settings import PREFIX, SETTINGS, Settings, SettingsError, load, with_content

ENV = """# a comment
SERVICELOTSEN_PUBLIC_URL=https://fraga.example.se

SERVICELOTSEN_OWNER_NAME="Byalaget i Å = bäst"
SERVICELOTSEN_LANGUAGE='en'
"""
TOML = """SERVICELOTSEN_PUBLIC_URL = "https://fraga.example.se"
SERVICELOTSEN_OWNER_NAME = "Byalaget i Å = bäst"
SERVICELOTSEN_LANGUAGE = "en"
"""


def test_nothing_needs_to_be_set() -> None:
    settings = load({"PATH": "/bin"})
    assert (settings.language, settings.database, settings.secure) == ("sv", Path("data/servicelotsen.db"), False)


@pytest.mark.parametrize(("name", "text"), [(".env", ENV), ("own.toml", TOML), ("production", ENV)])
def test_a_file_of_either_kind_says_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    settings = load({}, tmp_path / name)
    assert (settings.public_url, settings.owner_name) == ("https://fraga.example.se", "Byalaget i Å = bäst")
    assert (settings.language, settings.secure) == ("en", True)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV, encoding="utf-8")
    assert load({f"{PREFIX}LANGUAGE": "sv"}, tmp_path / ".env").language == "sv"


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("PUBLIC_ULR", "PUBLIC_URL"), ("OWNERNAME", "OWNER_NAME"), ("RETENTIONS", "RETENTION"), ("X", "")],
)
def test_a_misspelt_setting_is_told_with_the_nearest_name(tmp_path: Path, misspelt: str, meant: str) -> None:
    (tmp_path / ".env").write_text(f"{PREFIX}{misspelt}=x\n", encoding="utf-8")
    for given_ in ({f"{PREFIX}{misspelt}": "x"}, {}):
        with pytest.raises(SettingsError) as told:
            load(given_, None if given_ else tmp_path / ".env")
        assert f"{PREFIX}{misspelt} " in str(told.value)
        assert f"{PREFIX}{meant}" in str(told.value)


def test_in_a_file_of_ours_even_the_prefix_may_not_be_misspelt(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SERVICELOSTEN_LANGUAGE=en\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="SERVICELOTSEN_LANGUAGE"):
        load({}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGE", "no"), ("DATABASE_URL", "postgresql://x"), ("DATABASE_URL", "data.db"),
        ("PUBLIC_URL", "fraga.example.se"), ("PRIVACY_URL", "javascript:alert(1)"), ("PUBLIC_URL", "ftp://x"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_right_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{name}"):
        load({f"{PREFIX}{name}": value})


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = = 3"])
def test_a_file_that_cannot_be_read_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    for file in (tmp_path / "own.toml", tmp_path / "missing.toml", tmp_path):
        with pytest.raises(SettingsError, match=str(file)):
            load({}, file)


def test_the_data_folder_holds_the_database_unless_told_otherwise(tmp_path: Path) -> None:
    assert load({}, None, tmp_path).database == tmp_path / "servicelotsen.db"
    elsewhere = load({f"{PREFIX}DATABASE_URL": "sqlite:////srv/x.db"}, None, tmp_path)
    assert (elsewhere.database, elsewhere.data) == (Path("/srv/x.db"), tmp_path)


def test_the_command_lines_content_goes_before_the_setting() -> None:
    assert with_content(load({f"{PREFIX}CONTENT": "a"}), "b").content == "b"


def test_every_described_setting_is_a_field_and_the_other_way_round() -> None:
    fields = {name.upper() for name in Settings.__dataclass_fields__} - {"DATA"}
    assert set(SETTINGS) == fields
    assert all(SETTINGS.values())


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=5))
def test_whatever_else_is_in_the_environment_is_nobodys_business(others: dict[str, str]) -> None:
    strangers = {name: value for name, value in others.items() if not name.startswith(PREFIX)}
    assert load(strangers) == load({})


GOOD_MAIL = "smtp://anna:hemligt@post.example.se:587?from=a@example.se"


@pytest.mark.parametrize(
    "url",
    [
        "hemligt", "http://anna:hemligt@post.example.se?from=a@example.se", "smtp://anna:hemligt@?from=a@example.se",
        "smtp://anna:hemligt@post.example.se", "smtp://anna:hemligt@post.example.se?from=",
        "smtp://anna:hemligt@post.example.se?from=anna", "smtp://anna:hemligt@post.example.se:x?from=a@example.se",
        "smtp://anna:hem/hemligt@post.example.se?from=a@example.se", "smtp://anna:hemligt@[::1?from=a@example.se",
        "smtp://anna:hemligt@post.example.se:99999?from=a@example.se", "smtp:/anna:hemligt",
        "smtp://anna:hemligt@post.example.se?from=a%0d%0aBcc:b@example.se", "smtp://anna:hemligt@post.example.se?from=a@",
        "smtp://anna:hemligt@post.example.se?from=@example.se",
    ],
)  # fmt: skip
def test_a_mail_server_that_cannot_be_used_is_told_by_name_and_never_with_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}SMTP_URL") as told:
        load({f"{PREFIX}SMTP_URL": url})
    assert "hemligt" not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (GOOD_MAIL, ("post.example.se", 587, "smtp", "a@example.se", "anna", "hemligt")),
        ("smtp://localhost?from=a@example.se", ("localhost", 587, "smtp", "a@example.se", "", "")),
        ("smtp://[::1]:25?from=a@example.se", ("::1", 25, "smtp", "a@example.se", "", "")),
        ("smtps://a%40b.se:p%3Fw%2F@post.example.se?from=a@example.se",
         ("post.example.se", 465, "smtps", "a@example.se", "a@b.se", "p?w/")),
    ],
)  # fmt: skip
def test_a_mail_server_is_read_from_its_address(url: str, server: tuple[str | int, ...]) -> None:
    post = Post.at(load({f"{PREFIX}SMTP_URL": url}).smtp_url)
    assert (post.host, post.port, post.scheme, post.sender, post.user, post.password) == server


def test_a_mail_servers_password_is_in_no_representation() -> None:
    settings = load({f"{PREFIX}SMTP_URL": GOOD_MAIL})
    assert "hemligt" not in repr(settings) + str(settings) + repr(Post.at(settings.smtp_url))


@given(st.text(max_size=60))
def test_whatever_stands_in_smtp_url_is_used_or_told(text: str) -> None:
    with suppress(SettingsError):
        load({f"{PREFIX}SMTP_URL": f"smtp://{text}"})
