"""Explicit joins: along a relation, or to any mapped class on a condition.

    Post.filter().join(Post.tags).values(Post.title, Post.tags.name)
    Post.filter().join(Vote, on=Vote.post_id == Post.id, kind="left")

Kinds are inner, left, right, full and cross. Filters need no join: paths bring their own. Raises `UsageError`
for a join that names no relation and has no condition.
"""

from __future__ import annotations

from typing import Any, Final, get_args

import sqlalchemy as sa
from sqlalchemy.orm import join as orm_join

from portico._kernel.suggest import unknown_name
from portico.db.query.conditions import expression_of, relation_named_by, relation_path
from portico.db.query.conditions.names import SEPARATOR
from portico.db.query.state import Join, JoinKind, State
from portico.db.relations import Path, path_of
from portico.errors import UsageError

KINDS: Final = get_args(JoinKind)


def join_of(state: State, target: Any, on: Any, kind: JoinKind) -> list[Join]:
    """The joins that one call asks for: a path brings the steps before it along."""
    if kind not in KINDS:
        raise unknown_name(f"There is no {kind!r} join.", str(kind), KINDS)
    path = _path(state.model, target)
    if path is None:
        return [_free(target, on, kind)]
    if on is not None or kind == "cross":
        raise UsageError("A join along a relation has its own condition.", hint="Leave on= and cross out.")
    there = {join.path for join in state.joins}
    steps = [step for step in _steps(path) if step not in there]
    return [Join(entity=step.alias, kind=kind, path=step) for step in steps]


def _path(model: type[Any], target: Any) -> Path | None:
    if isinstance(target, str):
        names = target.replace(".", SEPARATOR).split(SEPARATOR)
        return relation_path(model, names)
    found = path_of(target)
    relation = relation_named_by(target) if found is None else None
    return found if relation is None else relation_path(model, [relation])


def _steps(path: Path) -> list[Path]:
    return [*(_steps(path.parent) if path.parent else []), path]


def _free(target: Any, on: Any, kind: JoinKind) -> Join:
    inspected: Any = sa.inspect(target, raiseerr=False)
    if inspected is None or not hasattr(inspected, "mapper"):
        raise UsageError(f"join() takes a relation or a mapped class, not {type(target).__name__}.")
    if kind == "cross":
        if on is not None:
            raise UsageError("A cross join has no condition.", hint="Leave on= out, or take an inner join.")
        return Join(entity=target, kind=kind)
    if on is None:
        raise UsageError(
            f"join({inspected.mapper.class_.__name__}) needs a condition.",
            hint="Say on=..., or join along a relation.",
        )
    return Join(entity=target, kind=kind, on=expression_of(on, "join(on=...)"))


def joined(source: Any, join: Join) -> Any:
    """A FROM clause with one more join."""
    if join.kind == "cross":
        return orm_join(source, join.entity, sa.true())
    if join.kind in {"inner", "left"} and join.path is not None:
        return orm_join(source, join.entity, join.path.join_target, isouter=join.kind == "left")
    source, on = _apart(source, join)
    if join.kind == "right":
        return orm_join(join.entity, source, on, isouter=True)
    return orm_join(source, join.entity, on, isouter=join.kind == "left", full=join.kind == "full")


def _apart(source: Any, join: Join) -> tuple[Any, Any]:
    """The source and the condition of a join; a junction table goes to the source."""
    if join.path is None:
        return source, join.on
    clause, junction = join.path.join_clauses()
    if junction is None:
        return source, clause
    table, on = junction
    return sa.join(source, table, clause, isouter=join.kind == "full"), on
