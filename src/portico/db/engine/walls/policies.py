"""The tenant as PostgreSQL is told of it, for policies on rows: with each transaction, and for no longer.

    say_tenant(engine)
    # BEGIN; SELECT set_config('portico.tenant', 'acme', true), …; SELECT … FROM invoices

It is said before the first statement of a transaction, and again when another tenant is meant. A setting that
is local to its transaction is gone with it, so the next who takes the connection finds none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event

from portico.db.engine.listening import own

SETTING: Final = "portico.tenant"
UNSCOPED: Final = "portico.unscoped"
POLICY: Final = "portico_tenant"
"""The policy that looks at both."""
_SAY: Final = f"SELECT set_config('{SETTING}', $1, true), set_config('{UNSCOPED}', $2, true)"
_MARKS: Final = ("SAVEPOINT ", "RELEASE ", "ROLLBACK ")
"""Of savepoints: before them nothing can be said in a failed transaction, and afterwards it is unsaid."""
_SAID: Final = "portico_said"

_asked: list[Callable[[], tuple[str, str]]] = []


def row_setting_by(asked: Callable[[], tuple[str, str]]) -> None:
    """Let the function say what both settings are for the running code."""
    _asked.append(asked)


def say_tenant(engine: sa.Engine) -> None:
    """Tell the server for whom the statements of this engine are."""
    event.listen(engine, "before_cursor_execute", _say, retval=True)


@own
def _say(
    connection: sa.Connection, _cursor: Any, text: str, given: Any, context: Any, _many: object
) -> tuple[str, Any]:
    if text == _SAY or not _asked or _commits_by_itself(connection):
        return text, given
    known = connection.__dict__
    if text.startswith(_MARKS):
        known[_SAID] = None
        return text, given
    transaction, meant = connection.get_transaction(), _asked[0]()
    if known.get(_SAID) != (transaction, meant):
        connection.exec_driver_sql(_SAY, meant)
    # What text does is not known: it may say something else, or go back to a savepoint.
    is_text = context.compiled is None or isinstance(context.compiled.statement, sa.TextClause)
    known[_SAID] = None if is_text else (transaction, meant)
    return text, given


def _commits_by_itself(connection: sa.Connection) -> bool:
    """There a setting would be gone before the statement comes, and the policies show no row."""
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
