"""What happens to every connection: set up when opened, looked at when taken from the pool, begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc as sa_exc
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import PoolResetState

from portico.db.dialects import TimeoutOptions, mysql, postgresql, remember_site, sqlite
from portico.errors import PorticoError

from .listening import own

READ_ONLY = "portico_read_only"
"""Execution option of an engine: its transactions only read."""
SINGLE = "portico_single"
"""Execution option of an engine: each of its statements commits by itself."""

_IS_CLOSED: dict[str, Callable[[Any], bool]] = {
    "postgresql": postgresql.is_closed,
    "mysql": mysql.is_closed,
    "mariadb": mysql.is_closed,
}


class Guard(Protocol):
    """Looks at every statement of every engine before it is sent; what it raises keeps it from being sent."""

    def statement(
        self, connection: sa.Connection, statement: Any, parameters: Any, options: Mapping[str, Any]
    ) -> None:
        """A construct of SQLAlchemy, with its rows of parameters."""
        ...

    def text(self, connection: sa.Connection, text: str, context: Any) -> None:
        """The same as text, and SQL that was never anything else."""
        ...


guards: Final[list[Guard]] = []
"""Those of this process; usually there are none."""


def prepare(engine: sa.Engine, timeouts: TimeoutOptions, *, read_only: bool, memory: bool) -> None:
    """Install the listeners of one engine."""
    name = engine.dialect.name
    event.listen(engine, "handle_error", _on_error)
    # SQLAlchemy would wrap listeners that give nothing back, and nobody could tell that those are ours.
    event.listen(engine, "before_execute", _look_at_statement, retval=True)
    event.listen(engine, "before_cursor_execute", _look_at_text, retval=True)
    if name in _IS_CLOSED:
        event.listen(engine, "checkout", _refuse_closed(_IS_CLOSED[name]))
    if name == "sqlite":
        statements = sqlite.pragmas(timeouts, read_only=read_only, memory=memory)
        event.listen(engine, "connect", _set_up_sqlite(statements))
        event.listen(engine, "begin", _begin_sqlite)
        if not read_only:
            event.listen(engine, "reset", _reset_sqlite)
    if name in {"mysql", "mariadb"}:
        event.listen(engine, "connect", _set_up_mysql(timeouts, read_only=read_only))
        event.listen(engine, "begin", _begin_mysql)
        event.listen(engine, "reset", _reset_mysql)


@own
def _look_at_statement(
    connection: sa.Connection, statement: Any, many: Any, one: Any, options: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    for guard in guards:
        guard.statement(connection, statement, many or ([one] if one else []), options)
    return statement, many, one


@own
def _look_at_text(
    connection: sa.Connection, _cursor: Any, text: str, parameters: Any, context: Any, _many: object
) -> tuple[str, Any]:
    for guard in guards:
        guard.text(connection, text, context)
    return text, parameters


@own
def _on_error(context: ExceptionContext) -> None:
    if isinstance(context.original_exception, PorticoError):
        raise again(context.original_exception)  # a value that a statement asks for: SQLAlchemy would wrap it
    remember_site(context)
    if isinstance(context.original_exception, TimeoutError) and context.connection is not None:
        # The client gave up on this answer; whatever still arrives belongs to nobody.
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _refuse_closed(is_closed: Callable[[Any], bool]) -> Callable[..., None]:
    @own
    def check(_adapted: Any, record: Any, _proxy: Any) -> None:
        # A server that restarted has hung up; the driver knows, and asking it costs no round trip.
        if is_closed(record.driver_connection):
            raise sa_exc.DisconnectionError

    return check


def _set_up_sqlite(statements: list[str]) -> Callable[..., None]:
    @own
    def set_up(adapted: Any, _record: Any) -> None:
        sqlite.prepare(adapted, statements)

    return set_up


@own
def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get(SINGLE) or options.get("isolation_level") == "AUTOCOMMIT":
        # Each statement commits by itself; after a BEGIN nobody would, and the writes would vanish.
        _begin_nothing(connection)
    elif options.get(READ_ONLY):
        connection.info[READ_ONLY] = True
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    else:
        # A writer takes its lock now: upgrading later fails at once when another one wrote in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_nothing(connection: sa.Connection) -> None:
    adapted: Any = connection.connection.dbapi_connection
    if adapted.isolation_level is not None:
        # Somebody had switched this connection to AUTOCOMMIT, and SQLAlchemy "back" to what it was not.
        adapted.isolation_level = None


def nothing_to_roll_back(dbapi_connection: Any) -> bool:
    """Whether an SQLite connection is in no transaction; a ROLLBACK would cost a trip to its thread."""
    return not dbapi_connection.driver_connection.in_transaction


@own
def _reset_sqlite(dbapi_connection: Any, record: Any, state: PoolResetState) -> None:
    if record.info.pop(READ_ONLY, False) and state.asyncio_safe and not state.terminate_only:
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA query_only = OFF")
        cursor.close()


def _set_up_mysql(timeouts: TimeoutOptions, *, read_only: bool) -> Callable[..., None]:
    @own
    def set_up(dbapi_connection: Any, record: Any) -> None:
        server = str(record.driver_connection.get_server_info())
        cursor = dbapi_connection.cursor()
        cursor.execute(mysql.session_statement(server, timeouts, read_only=read_only))
        cursor.close()

    return set_up


@own
def _begin_mysql(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(READ_ONLY):
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


@own
def _reset_mysql(dbapi_connection: Any, record: Any, state: PoolResetState) -> None:
    """Roll back on the way to the pool, if anything is open: after a COMMIT it would be for nothing."""
    if state.terminate_only or not state.asyncio_safe or state.transaction_was_reset:
        return
    is_open = getattr(record.driver_connection, "get_transaction_status", None)
    if is_open is None or is_open():
        dbapi_connection.rollback()


def again(error: PorticoError) -> PorticoError:
    """The same error as another object, which the first one can be the cause of."""
    made = type(error).__new__(type(error), *error.args)
    made.__dict__.update(error.__dict__)
    return made
