"""The environment, read and checked."""

from pathlib import Path

import pytest

from portico.errors import ConfigurationError
from portico.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no `.env` but those of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    get_settings.cache_clear()


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosting platforms give the database this way."""
    monkeypatch.setenv("DATABASE_URL", "postgres://db/blog")
    assert get_settings().database_url == "postgres://db/blog"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator sets must not be undone by a file that was left behind."""
    Path(".env").write_text("DATABASE_URL=sqlite:///file.db\nENVIRONMENT=test\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///variable.db")
    assert Settings() == Settings(database_url="sqlite:///variable.db", environment="test")


def test_nothing_has_to_be_set() -> None:
    """A newcomer starts without a single variable."""
    assert (get_settings().database_url, get_settings().environment) == (None, "development")


def test_an_unknown_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """`prod` would otherwise quietly mean development, with everything open."""
    monkeypatch.setenv("ENVIRONMENT", "prod")
    with pytest.raises(ConfigurationError, match="ENVIRONMENT cannot be used"):
        get_settings()


def test_a_password_is_not_shown() -> None:
    """Settings end up in logs."""
    settings = Settings(database_url="postgres://ann:topsecret@db/blog")
    assert "topsecret" not in repr(settings) + str(settings)


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rooms are built from the same values."""
    first = get_settings()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///later.db")
    assert get_settings() is first


def test_an_application_adds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One place for all values, ours and theirs."""

    class AppSettings(Settings):
        greeting: str = "Hello"

    monkeypatch.setenv("GREETING", "Ahoy")
    assert AppSettings().greeting == "Ahoy"
