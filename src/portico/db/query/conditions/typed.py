"""Typed expressions such as ``Post.title.icontains("x")``: checked, and spelled so that databases agree.

    expression_of(Post.author.username == "ann")

Text operators mean here what the lookups of the same name mean: the text is text (``%`` is a per cent sign,
except in ``like`` and ``ilike``), case is folded in the same way, and without an ``i`` it counts on SQLite
too. Everything else goes to the database as it was written. Raises `UsageError` for what is no condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import QueryableAttribute, RelationshipProperty
from sqlalchemy.sql import coercions, operators, roles, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import Boolean, NullType

from portico.db.dialects.expressions import regex_match
from portico.db.query.constructs import Containing, Opposite, Pattern, escaped, pattern_from
from portico.db.relations import Path, PathAttribute, path_of
from portico.errors import UsageError

from .lookups import match


class _Text(NamedTuple):
    before: bool = False
    after: bool = False
    ignore_case: bool = False
    wild: bool = False
    negated: bool = False


_op = operators
_TEXT: Final[dict[Any, _Text]] = {
    _op.contains_op: _Text(before=True, after=True),
    _op.icontains_op: _Text(before=True, after=True, ignore_case=True),
    _op.startswith_op: _Text(after=True),
    _op.istartswith_op: _Text(after=True, ignore_case=True),
    _op.endswith_op: _Text(before=True),
    _op.iendswith_op: _Text(before=True, ignore_case=True),
    _op.like_op: _Text(wild=True),
    _op.ilike_op: _Text(wild=True, ignore_case=True),
    _op.not_contains_op: _Text(before=True, after=True, negated=True),
    _op.not_icontains_op: _Text(before=True, after=True, ignore_case=True, negated=True),
    _op.not_startswith_op: _Text(after=True, negated=True),
    _op.not_istartswith_op: _Text(after=True, ignore_case=True, negated=True),
    _op.not_endswith_op: _Text(before=True, negated=True),
    _op.not_iendswith_op: _Text(before=True, ignore_case=True, negated=True),
    _op.not_like_op: _Text(wild=True, negated=True),
    _op.not_ilike_op: _Text(wild=True, ignore_case=True, negated=True),
}
_REGEX: Final = {_op.regexp_match_op: False, _op.not_regexp_match_op: True}


def expression_of(given: Any, verb: str = "filter()") -> ColumnElement[bool]:
    """A condition as SQL; UsageError when it is none."""
    if isinstance(given, bool):
        raise UsageError(
            f"{verb} was given {given}: something was compared in Python, not in the database.",
            hint="Compare a field of the model, such as Post.likes > 10; join conditions by & | ~.",
        )
    relation = relation_named_by(given)
    if relation is not None:
        raise UsageError(
            f"{relation} is a relation and no condition.",
            hint="Compare it, or ask isnull: author__isnull=False.",
        )
    if given is None or isinstance(given, str | bytes | int | float | list | tuple | dict | type):
        raise UsageError(
            f"{verb} takes conditions, not {_named(given)}.",
            hint='Write Post.title == "x", Q(title="x") or title="x".',
        )
    try:
        element: Any = coercions.expect(roles.WhereHavingRole, given)
    except ArgumentError:
        raise UsageError(f"{verb} takes conditions, not {_named(given)}.") from None
    if not isinstance(getattr(element, "type", None), Boolean | NullType | None):
        raise UsageError(f"{element} is a value and no condition.", hint="Compare it with something.")
    return cast("ColumnElement[bool]", portable(element))


def relation_named_by(given: Any) -> str | None:
    """The dotted name of a relation such as ``Post.author``; None for anything else."""
    if isinstance(given, Path | PathAttribute):
        path = path_of(given)
        return None if path is None else path.name
    mapped: Any = getattr(given, "property", None)
    if isinstance(given, QueryableAttribute) and isinstance(mapped, RelationshipProperty):
        return str(mapped.key)
    return None


def is_expression(given: Any) -> bool:
    """Whether something is SQL, and not a Python value that SQLAlchemy would make SQL of."""
    return isinstance(given, sa.ClauseElement) or hasattr(given, "__clause_element__")


def _named(given: Any) -> str:
    return getattr(given, "__name__", None) or f"a value of type {type(given).__name__}"


def portable(element: Any) -> Any:
    """The same expression with its text operators spelled for every database."""
    if any(_is_text(each) for each in elements(element)):
        return cast("Any", visitors.replacement_traverse(element, {}, _replacement))
    return element


def elements(element: Any) -> Iterator[Any]:
    """An expression and its parts; subqueries are not entered."""
    waiting: list[Any] = [element]
    while waiting:
        each = waiting.pop()
        if not _is_select(each):
            yield each
            waiting.extend(each.get_children())


def paths_in(element: Any) -> tuple[Path, ...]:
    """The paths whose columns an expression uses, in the order of their names."""
    found: dict[int, Path] = {}
    for each in elements(element):
        path = _path_behind(each)
        if path is not None:
            found[id(path)] = path
    return tuple(sorted(found.values(), key=lambda path: path.name))


def paths_inside(element: Any) -> tuple[Path, ...]:
    """To-one paths in subqueries of an expression: joined around them, they are no cross join inside."""
    found: dict[int, Path] = {}
    for select in filter(_is_select, visitors.iterate(element)):
        for each in visitors.iterate(select):
            path = _path_behind(each)
            if path is not None and not path.to_many:
                found[id(path)] = path
    return tuple(found.values())


def walked(element: Any) -> tuple[Path, ...]:
    """The path behind each column of an expression and of its subqueries, as they stand in it."""
    paths = (_path_behind(each) for each in visitors.iterate(element))
    return tuple([path for path in paths if path is not None])


def _path_behind(element: Any) -> Path | None:
    entity = getattr(element, "_annotations", {}).get("parententity")
    return None if entity is None else path_of(entity)


def _is_text(element: Any) -> bool:
    return isinstance(element, BinaryExpression) and (element.operator in _TEXT or element.operator in _REGEX)


def _is_select(element: Any) -> bool:
    return isinstance(element, SelectBase)


def _replacement(element: Any, **_: Any) -> Any:
    if not _is_text(element):
        return element if _is_select(element) else None
    if element.operator in _REGEX:
        return _regex(element)
    how = _TEXT[element.operator]
    built = match(element.left, _pattern(element, how), ignore_case=how.ignore_case)
    return Opposite(built) if how.negated else built


def _pattern(element: BinaryExpression[Any], how: _Text) -> ColumnElement[str]:
    right: Any = element.right
    escape = element.modifiers.get("escape")
    value: Any = right.value if isinstance(element.right, BindParameter) and not right.required else None
    if not isinstance(value, str):
        if how.wild or escape:
            raise UsageError(
                "A pattern for like() must be text.", hint="Use contains() to search for another field."
            )
        return Containing(right, before=how.before, after=how.after)
    wild = how.wild or escape is not None
    text = pattern_from(value, escape or "\\") if wild else escaped(value)
    return sa.literal(f"{'%' * how.before}{text}{'%' * how.after}", Pattern())


def _regex(element: BinaryExpression[Any]) -> ColumnElement[bool]:
    flags = element.modifiers.get("flags")
    value: Any = element.right.value if isinstance(element.right, BindParameter) else element.right
    built = regex_match(element.left, value, ignore_case=flags is not None and "i" in flags)
    return Opposite(built) if _REGEX[element.operator] else built
