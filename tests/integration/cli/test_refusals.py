"""What cannot be served is refused in one plain sentence, without a traceback and without a password."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.fixtures.servers import SERVERS, problem_with

from .conftest import Ended

Portico = Callable[..., Ended]


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A SQLite file with one table."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY)")
    return str(path)


def refused(portico: Portico, code: int, *arguments: str) -> str:
    """What a refused command said; it is one line, and not a traceback."""
    # Any free port: the usual one is looked at first, and another process of the tests may hold it just now.
    free = () if "--port" in arguments else ("--port", "0")
    ended = portico("serve", *arguments, *free)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("portico: ")
    assert ended.err.count("\n") == 1
    return ended.err


def test_the_version_is_that_of_the_package(portico: Portico) -> None:
    """Metadata, module and command say the same."""
    assert portico("--version").out == f"portico {version('portico')}\n"


def test_a_missing_file(portico: Portico) -> None:
    """The commonest mistake."""
    assert "There is no file 'missing.db'" in refused(portico, 2, "missing.db")


def test_a_file_that_is_no_database(portico: Portico, tmp_path: Path) -> None:
    """Any file can be named by mistake."""
    (tmp_path / "letter.txt").write_text("Dear Ann")
    assert "is not a SQLite database" in refused(portico, 2, str(tmp_path / "letter.txt"))


def test_a_folder(portico: Portico, tmp_path: Path) -> None:
    """It is not the file inside it."""
    assert "is a folder" in refused(portico, 2, str(tmp_path))


def test_an_empty_database(portico: Portico, tmp_path: Path) -> None:
    """An API without a single path helps nobody."""
    (tmp_path / "empty.db").touch()
    assert "empty.db has no tables" in refused(portico, 2, str(tmp_path / "empty.db"))


def test_a_server_that_does_not_answer(portico: Portico) -> None:
    """It may answer later, so the command was not wrong."""
    said = refused(portico, 1, "postgresql://ann:hunter2@127.0.0.1:1/shop")
    assert "postgresql://ann:***@127.0.0.1:1/shop cannot be read" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("backend", ["postgresql", "mysql"])
def test_a_database_that_is_not_there(portico: Portico, backend: str) -> None:
    """The server answers, but has no database of this name."""
    if problem := problem_with(backend):
        pytest.skip(f"{backend} not found: {problem}")
    url = SERVERS[backend].rpartition("/")[0] + "/no_such_database"
    assert "database of this name" in refused(portico, 1, url)


def test_a_driver_that_is_not_installed(portico: Portico) -> None:
    """The command that installs it is named."""
    assert "pip install" in refused(portico, 2, "mssql+aioodbc://ann:hunter2@db/shop")


def test_a_port_that_is_taken(portico: Portico, shop: str) -> None:
    """Another one is proposed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} of 127.0.0.1 cannot be used" in refused(portico, 2, shop, "--port", str(port))


def test_an_address_that_is_not_this_machine(portico: Portico, shop: str) -> None:
    """The name may be misspelt."""
    assert "no address 'nowhere.invalid'" in refused(portico, 2, shop, "--host", "nowhere.invalid")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 -- refused before it is bound
def test_writing_is_not_opened_to_the_network(portico: Portico, shop: str, host: str) -> None:
    """Nobody is asked who they are, so everybody could write."""
    said = refused(portico, 2, shop, "--write", "--host", host)
    assert "would let everybody" in said
    assert "module:object" in said


def test_a_database_is_not_reloaded(portico: Portico, shop: str) -> None:
    """There are no Python files to watch."""
    assert "watches Python files" in refused(portico, 2, shop, "--reload")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_such_module:api", "There is no module 'no_such_module'"),
        ("portico.no_such:api", "There is no module 'portico.no_such'"),
        ("portico.errors:nothing", "There is no portico.errors:nothing"),
        ("portico.errors:DOCS", "is str, which is no application"),
        ("portico.errors", "has no application called 'app' or 'api'"),
    ],
)
def test_an_application_that_is_not_there(portico: Portico, target: str, said: str) -> None:
    """Each part of module:object can be wrong."""
    assert said in refused(portico, 2, target)


def test_options_of_databases_are_not_for_applications(portico: Portico) -> None:
    """What an application lets be written, its policies say."""
    assert "policy" in refused(portico, 2, "portico.errors:nothing", "--write")


def test_the_demo_needs_a_place_for_its_file(portico: Portico, tmp_path: Path) -> None:
    """A folder that does not exist is no place."""
    ended = portico("demo", "--keep", str(tmp_path / "missing" / "blog.db"), "--port", "0")
    assert (ended.code, "cannot be a file" in ended.err) == (2, True)
