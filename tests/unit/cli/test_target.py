"""What TARGET means."""

from __future__ import annotations

import pytest

from portico.cli.target import ApplicationTarget, DatabaseTarget, read_target
from portico.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("blog.main:api", ApplicationTarget("blog.main", "api")),
        ("blog:make.app", ApplicationTarget("blog", "make.app")),
        ("blog.main", ApplicationTarget("blog.main", None)),
    ],
)
def test_a_dotted_name_is_an_application(text: str, target: ApplicationTarget) -> None:
    """With or without the object, which is looked for where it is left out."""
    assert read_target(text) == target


@pytest.mark.parametrize("text", ["missing.db", "missing.sqlite", "./missing", "/nowhere/missing.sqlite3"])
def test_a_file_that_is_not_there_is_said_to_be_missing(text: str) -> None:
    """A misspelt file must not be taken for a module."""
    with pytest.raises(ConfigurationError, match="There is no file"):
        read_target(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:hunter2@db/shop", "postgresql://ann:***@db/shop"),
        ("postgres://ann:hun@ter2@db/shop?sslmode=off", "postgres://ann:***@db/shop"),
        ("mysql://ann@db:3306/shop", "mysql://ann@db:3306/shop"),
        ("mariadb://db/shop", "mariadb://db/shop"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """What is printed ends up in logs and on screens, even half of a password."""
    target = read_target(url)
    assert isinstance(target, DatabaseTarget)
    assert target.shown == shown


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@host:port/db", "mongodb://u:hunter2@host/db"])
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    """An error is printed as well."""
    with pytest.raises(ConfigurationError) as caught:
        read_target(url)
    assert "hunter2" not in str(caught.value)
