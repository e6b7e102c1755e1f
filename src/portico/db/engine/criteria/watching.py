"""The listeners that put the right variant of a dialect in force before each statement of an engine."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from portico.db.engine.listening import own
from portico.db.engine.walls import place_connections

from .lifting import lifted_now
from .registry import tell
from .texts import refuse_text
from .variants import in_force, scoped


class Watch:
    """One engine, which gets its listeners when the first criterion is registered."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._begun = False
        self._placed = False
        engine.dialect = scoped(engine.dialect)

    def criteria_begin(self) -> None:
        """There is a criterion now."""
        if not self._begun:
            self._begun = True
            event.listen(self._engine, "before_execute", _put_in_force, retval=True)
            event.listen(self._engine, "before_cursor_execute", _look_at_text, retval=True)
        self._placed = self._placed or place_connections(self._engine)


def watch(engine: sa.Engine) -> Watch:
    """Let criteria be in force on a new engine; the result lives as long as the engine."""
    made = Watch(engine)
    tell(made)
    return made


@own
def _put_in_force(
    connection: sa.Connection, statement: Any, several: Any, parameters: Any, _options: Any
) -> tuple[Any, Any, Any]:
    connection.dialect = in_force(connection.dialect)
    return statement, several, parameters


@own
def _look_at_text(
    connection: sa.Connection, _cursor: Any, statement: str, parameters: Any, context: Any, _many: object
) -> tuple[str, Any]:
    if context.compiled is None:  # text that is given to the driver as it is
        refuse_text(statement, connection.dialect.name, lifted_now())
    return statement, parameters
