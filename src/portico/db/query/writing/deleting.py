"""Deleted rows that are still there, for classes that keep them: asked for, restored, or removed for good.

    state = reaching_deleted(state, only=True)      # of Post.only_deleted()
    await restore(state)                            # the number of rows
    await hard_delete(state, None)

Raises `UsageError` for a class whose deleted rows are gone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from portico.db.query.conditions import Q, node_of
from portico.db.query.state import State
from portico.db.scoping import FOR_GOOD, Keeper, keeper_of, lifted
from portico.errors import UsageError

from .writes import delete_for_good


def reaching_deleted(state: State, verb: str, *, only: bool) -> State:
    """The query with the deleted rows, or of those alone."""
    keeper = _keeper(state, verb)
    if not only:
        return state.but(deleted=True)
    if state.sliced:
        raise UsageError(f"{verb}() after a slice would choose among the rows left.", hint="Say it first.")
    question = Q(**{f"{keeper.name}__isnull": False})
    node = node_of(state.model, question)
    return state if node is None else state.but(deleted=True, where=(*state.where, node))


async def restore(state: State) -> int:
    """Take the mark from the deleted rows of a query; the number of them."""
    found: int = await _keeper(state, "restore").restore_rows(reaching_deleted(state, "restore", only=True))
    return found


async def hard_delete(state: State, returning: Any) -> Any:
    """Remove every row of a query, of which nothing is left."""
    _keeper(state, "hard_delete")
    with for_good(state.mapper.local_table):
        return await delete_for_good(state, returning)


def for_good(table: Any) -> AbstractContextManager[None]:
    """Let a DELETE remove rows of a table that keeps them."""
    return lifted((FOR_GOOD, table))


def _keeper(state: State, verb: str) -> Keeper:
    keeper = keeper_of(state.mapper.local_table)
    if keeper is None:
        name = state.model.__name__
        raise UsageError(
            f"{verb}(): {name} keeps no deleted rows.",
            hint=f"Add the mixin: class {name}(SoftDeleteMixin, Model). Without it delete() is for good.",
        )
    return keeper
