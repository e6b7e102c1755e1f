"""The criteria of tables as parts of every statement: what a dialect's own compiler is extended by.

Filtering the rows of a table before they are joined is what all of this amounts to. The outermost table of a
FROM gets its criterion into the WHERE, the right side of a join into its ON; both sides of a FULL JOIN are
replaced by the rows that are left of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from inspect import signature
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, TableSample

from portico.errors import ConfigurationError, UsageError

from .counting import moved_on
from .fixing import FixedColumns
from .keeping import refuse_removal
from .lifting import Lifted, applies
from .registry import criteria_of, is_of_models
from .texts import refuse_name, refuse_text

_PLACE_OF_SCHEMA: Final = "__[SCHEMA_"
_BODY: Final = "_compose_select_body"
_EXPECTED: Final = (
    "self",
    "text",
    "select",
    "compile_state",
    "inner_columns",
    "froms",
    "byfrom",
    "toplevel",
    "kwargs",
)


def conditions_of(element: Any, without: Lifted) -> list[sa.ColumnElement[bool]]:
    """The conditions of what stands in a FROM, if that is a table or an alias of one."""
    found: Any = element
    while isinstance(found, AliasedReturnsRows):
        found = cast("Any", found.element)
    if not isinstance(found, sa.Table):
        return []
    table = cast("sa.Table", found)
    conditions = (one.condition(element) for one in criteria_of(table) if applies(one, table, without))
    return [condition for condition in conditions if condition is not None]


def outermost(element: Any) -> Any:
    """What a FROM begins with; None where a FULL JOIN filters its sides itself."""
    while True:
        if isinstance(element, FromGrouping):
            element = cast("Any", element.element)
        elif isinstance(element, sa.Join):
            if element.full:
                return None
            element = cast("Any", element.left)
        else:
            return element


class ScopedCompiler(FixedColumns):
    """Goes in front of a dialect's compiler."""

    _portico_apart: tuple[Any, ...] = ()
    """What stands in a FULL JOIN here, to be filtered before it is joined."""

    def _portico_conditions(self, froms: Iterable[Any]) -> list[sa.ColumnElement[bool]]:
        without = self._portico_without
        return [one for each in froms for one in conditions_of(outermost(each), without)]

    @property
    def _portico_without(self) -> Lifted:
        variant: Any = self.dialect
        lifted: Lifted = variant.portico_lifted
        return lifted

    def _compose_select_body(  # noqa: PLR0913, PLR0917 -- SQLAlchemy's signature, which is checked below
        self,
        text: Any,
        select: Any,
        compile_state: Any,
        inner_columns: Any,
        froms: Any,
        byfrom: Any,
        toplevel: Any,
        kwargs: Any,
    ) -> Any:
        conditions = self._portico_conditions(froms)
        if conditions:
            select = select.where(*conditions)
        compose: Any = getattr(super(), _BODY)
        return compose(text, select, compile_state, inner_columns, froms, byfrom, toplevel, kwargs)

    def visit_join(self, join: Any, *args: Any, **kw: Any) -> Any:
        """The right side of a join is filtered in its ON."""
        if join.full:
            return self._portico_full(join, *args, **kw)
        conditions = self._portico_conditions([join.right])
        if conditions:
            on = sa.and_(join.onclause, *conditions)
            join = sa.Join(join.left, join.right, on, isouter=join.isouter)
        compiler: Any = super()
        return compiler.visit_join(join, *args, **kw)

    def _portico_full(self, join: Any, *args: Any, **kw: Any) -> Any:
        compiler: Any = super()
        before = self._portico_apart
        sides = [outermost(join.left), outermost(join.right)]
        self._portico_apart = (*before, *(side for side in sides if self._portico_conditions([side])))
        try:
            return compiler.visit_join(join, *args, **kw)
        finally:
            self._portico_apart = before

    def visit_table(self, table: Any, *args: Any, **kw: Any) -> Any:
        """A table by its name, or what may be seen of it where that has to be said at once."""
        compiler: Any = super()  # its methods have no types
        text: str = compiler.visit_table(table, *args, **kw)
        if not kw.get("asfrom"):
            return text
        self._portico_refuse_others(table)
        alias = getattr(kw.get("enclosing_alias"), "element", None)
        return text if alias is table else self._portico_filtered(table, text)

    def visit_alias(self, alias: Any, *args: Any, **kw: Any) -> Any:
        """An alias, in the same way."""
        compiler: Any = super()  # its methods have no types
        text = compiler.visit_alias(alias, *args, **kw)
        return self._portico_filtered(alias, text) if kw.get("asfrom") else text

    def _portico_filtered(self, element: Any, text: str) -> str:
        if not any(one is element for one in self._portico_apart):
            return text
        if isinstance(element, TableSample) or self.preparer.schema_for_object(element):
            raise UsageError(
                f"The rows of {element.name} cannot be filtered where they stand in a FULL JOIN.",
                hint="Join an alias of it: aliased(…).",
            )
        where = self.process(sa.and_(*self._portico_conditions([element])))
        name = self.process(element, ashint=True)
        return f"(SELECT * FROM {text} WHERE {where}) AS {name}"  # noqa: S608 -- all of it was compiled

    def update_tables_clause(self, update_stmt: Any, from_table: Any, extra_froms: Any, **kw: Any) -> Any:
        """What is updated: the first moment at which all its tables are known."""
        self._portico_restrict(update_stmt, from_table, extra_froms)
        compiler: Any = super()
        return compiler.update_tables_clause(update_stmt, from_table, extra_froms, **kw)

    def delete_table_clause(self, delete_stmt: Any, from_table: Any, extra_froms: Any, **kw: Any) -> Any:
        """What is deleted from, as above."""
        self._portico_restrict(delete_stmt, from_table, extra_froms)
        compiler: Any = super()
        return compiler.delete_table_clause(delete_stmt, from_table, extra_froms, **kw)

    def visit_update(self, update_stmt: Any, *args: Any, **kw: Any) -> Any:
        """UPDATE; of a copy, because what is restricted later is the statement at hand."""
        copied = update_stmt._clone()  # noqa: SLF001 -- as SQLAlchemy's own methods copy a statement
        return super().visit_update(moved_on(copied, list(self.column_keys or ())), *args, **kw)

    def visit_delete(self, delete_stmt: Any, *args: Any, **kw: Any) -> Any:
        """DELETE; of a copy, as above."""
        refuse_removal(delete_stmt.table, self._portico_without)
        compiler: Any = super()
        return compiler.visit_delete(delete_stmt._clone(), *args, **kw)  # noqa: SLF001 -- as above

    def _portico_restrict(self, statement: Any, table: Any, extra_froms: Iterable[Any]) -> None:
        conditions = self._portico_conditions([table, *extra_froms])
        statement._where_criteria += tuple(conditions)  # noqa: SLF001 -- `where` would make another one

    def visit_insert(self, insert_stmt: Any, *args: Any, **kw: Any) -> Any:
        """INSERT; one that replaces rows deletes the row that is in the way, whosever it is."""
        self._portico_refuse_others(insert_stmt.table)
        prefixes = insert_stmt._prefixes  # noqa: SLF001 -- there is no other way to read them
        if any("replace" in str(prefix).lower() for prefix, _ in prefixes):
            refuse_name(insert_stmt.table.name, self._portico_without)
        return super().visit_insert(insert_stmt, *args, **kw)

    def visit_textclause(self, textclause: Any, *args: Any, **kw: Any) -> Any:
        """Text, in which no condition can be placed."""
        self._portico_refuse(textclause.text)
        compiler: Any = super()
        return compiler.visit_textclause(textclause, *args, **kw)

    def visit_tstring(self, tstring: Any, *args: Any, **kw: Any) -> Any:
        """Text of a template string."""
        for part in tstring.parts:
            self._portico_refuse(getattr(part, "text", ""))
        compiler: Any = super()
        return compiler.visit_tstring(tstring, *args, **kw)

    def visit_column(self, column: Any, *args: Any, **kw: Any) -> Any:
        """A column, which may be text."""
        if column.is_literal:
            refuse_text(column.name, self.dialect.name, self._portico_without, whole=False)
        return super().visit_column(column, *args, **kw)

    def render_literal_value(self, value: Any, *args: Any, **kw: Any) -> Any:
        """A value as text: none in which SQLAlchemy would take something for the place of a schema."""
        compiler: Any = super()
        text = compiler.render_literal_value(value, *args, **kw)
        if _PLACE_OF_SCHEMA in text:
            raise UsageError("This value cannot be written into a statement.", hint="Bind it as a parameter.")
        return text

    def _portico_refuse(self, text: str) -> None:
        refuse_text(text, self.dialect.name, self._portico_without, whole=not self.stack)

    def _portico_refuse_others(self, table: Any) -> None:
        """Refuse another description of a table that has criteria: it does not have them."""
        known = isinstance(table, sa.Table) and bool(criteria_of(cast("sa.Table", table)))
        if not (known or is_of_models(table)):
            refuse_name(table.name, self._portico_without)


def check_sqlalchemy() -> None:
    """Raise unless SQLAlchemy composes its statements as this module expects it to."""
    found = getattr(SQLCompiler, _BODY, None)
    if found is None or tuple(signature(found).parameters) != _EXPECTED:
        raise ConfigurationError(
            f"SQLAlchemy {sa.__version__} composes SELECT in another way than Portico knows, "
            "so rows could not be kept apart.",
            hint="Install a version that Portico names in its requirements.",
        )
