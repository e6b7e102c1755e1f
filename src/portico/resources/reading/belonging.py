"""Rows that belong to another row, as far as that one is within reach: the posts of one user.

    scope.rows(posts).filter(*belongs(scope, Belongs("users", "posts", (1,))))

Raises `ForbiddenError` where whoever asks may read none of the rows they would belong to.
"""

from __future__ import annotations

from typing import Any

from portico.db.query.keys import key_parameters
from portico.db.relations import belonging
from portico.resources.grammar import Belongs
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope


def belongs(scope: Scope, owned: Belongs) -> list[Any]:
    """The conditions on the rows at the end of the relation."""
    owner = scope.resources[owned.resource]
    key = key_parameters(owner.model, owner.identity, owned.key)
    found: list[Any] = [belonging(owner.model, owned.relation, key)]
    if scope.rule(owner, "read") is not None:
        # About one row and no column of the rows asked for: the database looks once.
        found.append(_one(scope, owned).as_subquery().correlate(None).exists())
    return found


async def check_owner(scope: Scope, owned: Belongs) -> None:
    """NotFoundError when the row that others would belong to is absent or out of reach."""
    if not await _one(scope, owned).exists():
        raise absent(scope.resources[owned.resource], write_key(owned.key))


def _one(scope: Scope, owned: Belongs) -> Any:
    owner = scope.resources[owned.resource]
    return scope.rows(owner).filter(**dict(zip(owner.key, owned.key, strict=True)))
