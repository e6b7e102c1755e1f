"""The schemas of a class without the fields that are hidden from outside.

    ShownSchemas(User, hidden={"notes"}).read.model_fields     # no "notes"

Nothing hidden: the schemas of the class themselves. Otherwise copies of them, of the same names, so that
documents and clients see one ``UserRead``. Each is made when it is first asked for: a resource that is only
read needs one of the three.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import BaseModel, create_model

from portico.db.models import schemas_for


class ShownSchemas:
    """Create, Update and Read of a mapped class, as a door shows them."""

    def __init__(self, model: type[Any], hidden: frozenset[str] = frozenset()) -> None:
        self._all = schemas_for(model)
        self._hidden = hidden

    @cached_property
    def create(self) -> type[BaseModel]:
        """What a client sends to make a row."""
        return _without(self._all.create, self._hidden)

    @cached_property
    def update(self) -> type[BaseModel]:
        """What a client sends to change a row."""
        return _without(self._all.update, self._hidden)

    @cached_property
    def read(self) -> type[BaseModel]:
        """What a client sees."""
        return _without(self._all.read, self._hidden)


def _without(schema: type[BaseModel], hidden: frozenset[str]) -> type[BaseModel]:
    kept: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in schema.model_fields.items()
        if (info.alias or name) not in hidden
    }
    if len(kept) == len(schema.model_fields):
        return schema
    made: type[BaseModel] = create_model(
        schema.__name__,
        __config__=schema.model_config,
        __module__=schema.__module__,
        __doc__=schema.__doc__,
        **kept,
    )
    return made
