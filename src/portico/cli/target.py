"""What `portico serve` was pointed at: a database, or an application of the user's.

    read_target("chinook.sqlite")               # DatabaseTarget, a SQLite file
    read_target("postgresql://ann@db/shop")     # DatabaseTarget
    read_target("blog.main:api")                # ApplicationTarget("blog.main", "api")

Raises `ConfigurationError` with the next step for a file that is not there, is no SQLite database, or a name
that means nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from portico.db.engine import async_url
from portico.errors import ConfigurationError

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_APPLICATION = re.compile(rf"^(?P<module>{_NAME})(?::(?P<attribute>{_NAME}))?$")
_SQLITE_FILE = re.compile(r"^sqlite(?:\+\w+)?:///(?P<path>[^?]+)$")
_MAGIC = b"SQLite format 3\x00"
WAL_MARK = slice(18, 20)  # where the header says which journal is used
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sl3")


@dataclass(frozen=True, kw_only=True)
class DatabaseTarget:
    """A database; ``shown`` names it without its password, ``file`` is set for SQLite."""

    url: str
    shown: str
    file: Path | None = None

    def url_for(self, *, write: bool) -> str:
        """The URL to connect with: a SQLite file that is only read is opened so that it cannot change."""
        if self.file is None or write:
            return self.url
        mode = "immutable=1" if _needs_to_stay_alone(self.file) else "mode=ro"
        return f"sqlite+aiosqlite:///file:{quote(str(self.file))}?{mode}&uri=true"


@dataclass(frozen=True)
class ApplicationTarget:
    """An object in a module of the user's; without ``attribute`` it is looked for."""

    module: str
    attribute: str | None


def read_target(text: str) -> DatabaseTarget | ApplicationTarget:
    """Decide what TARGET means; a file that exists wins."""
    if Path(text).exists():
        return _file(Path(text))
    if "://" in text:
        return _url(text)
    found = _APPLICATION.match(text)
    if found and not text.endswith(_FILE_ENDINGS):
        return ApplicationTarget(found["module"], found["attribute"])
    raise ConfigurationError(
        f"There is no file {text!r}.",
        hint="TARGET is a SQLite file, a database URL such as postgresql://user@host/name, or module:object.",
    )


def _url(text: str) -> DatabaseTarget:
    if found := _SQLITE_FILE.match(text):
        path = Path(found["path"])
        if path.exists() and not found["path"].startswith("file:"):
            return _file(path)
        raise ConfigurationError(f"There is no file {found['path']!r}.")
    with _no_password_in_errors(text):
        url = async_url(text)
        return DatabaseTarget(url=url.render_as_string(hide_password=False), shown=_without_password(text))


def _without_password(text: str) -> str:
    """The URL as it was given, without what stands between the first colon and the last @."""
    scheme, _, rest = text.partition("://")
    credentials, at, place = rest.partition("?")[0].rpartition("@")
    user, colon, _ = credentials.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}{at}{place}"


@contextmanager
def _no_password_in_errors(text: str) -> Generator[None]:
    scheme = text.partition("://")[0]
    try:
        yield
    except ConfigurationError:
        raise
    except (ValueError, ImportError, LookupError) as error:
        raise ConfigurationError(
            f"This is not a database URL that can be read (it starts with {scheme}://).",
            hint="Write it like postgresql://user:password@host:5432/name; special characters as %40.",
        ) from error


def _needs_to_stay_alone(file: Path) -> bool:
    """Whether SQLite would want to make a file beside this one, and may not: WAL in a closed folder."""
    with file.open("rb") as opened:
        is_wal = opened.read(WAL_MARK.stop)[WAL_MARK] == b"\x02\x02"
    return is_wal and not os.access(file.parent, os.W_OK) and not file.with_name(f"{file.name}-wal").exists()


def _file(path: Path) -> DatabaseTarget:
    if path.is_dir():
        raise ConfigurationError(f"{str(path)!r} is a folder.", hint="Give the SQLite file inside it.")
    try:
        with path.open("rb") as opened:
            start = opened.read(len(_MAGIC))
    except PermissionError:
        raise ConfigurationError(f"The file {str(path)!r} may not be read by you.") from None
    if start and start != _MAGIC:
        raise ConfigurationError(
            f"{str(path)!r} is not a SQLite database.",
            hint="An application is named module:object, without a path and without .py."
            if path.suffix == ".py"
            else None,
        )
    absolute = path.resolve()
    return DatabaseTarget(url=f"sqlite+aiosqlite:///{absolute}", shown=path.name, file=absolute)
