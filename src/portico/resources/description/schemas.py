"""The schemas of a class as a door shows them: without hidden fields, and true about what is embedded.

    rules = FieldRules(hidden={"notes"}, read_only={"balance"})
    ShownSchemas(User, PUBLIC, rules=rules).read.model_json_schema()     # no "notes"
    ShownSchemas(User, PUBLIC, rules=rules).create                       # neither "notes" nor "balance"

Nothing to change: the schemas of the class themselves. Otherwise subclasses of them, of the same names, so
that documents and clients see one ``UserRead`` and a developer's validators and computed fields stay. Each is
made when it is first asked for: a resource that is only read needs one of the three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Annotated, Any, cast, get_args

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo
from pydantic.json_schema import SkipJsonSchema

from portico.access import NO_RULES, FieldRules, Policy, Write
from portico.db.models import schemas_for

from .links import Relation

Changed = Callable[[str, FieldInfo], "tuple[Any, Any] | None"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Marks a field of a body that clients know and may not write; ``reason`` is what they are told."""

    reason: str


class ShownSchemas:
    """Create, Update and Read of a mapped class, as a door shows them."""

    def __init__(
        self,
        model: type[Any],
        policy: Policy,
        *,
        rules: FieldRules = NO_RULES,
        relations: Mapping[str, Relation] = MappingProxyType({}),
        family: Mapping[type[Any], ShownSchemas] = MappingProxyType({}),
    ) -> None:
        self._all = schemas_for(model)
        self.policy = policy
        self._rules = rules
        self._hidden = rules.hidden
        self._relations = relations
        self._family = family
        self._in_the_making = False

    @cached_property
    def create(self) -> type[BaseModel]:
        """What a client sends to make a row."""
        return _changed(self._all.create, partial(self._as_sent, "create"))

    @cached_property
    def update(self) -> type[BaseModel]:
        """What a client sends to change a row."""
        return _changed(self._all.update, partial(self._as_sent, "update"))

    @cached_property
    def read(self) -> type[BaseModel]:
        """What a client sees."""
        self._in_the_making = True
        try:
            return _changed(self._all.read, self._as_seen)
        finally:
            self._in_the_making = False

    def is_plain(self, write: Write) -> bool:
        """Whether nobody has written code for what a client sends."""
        return self._all.is_plain("Create" if write == "create" else "Update")

    def _as_sent(self, write: Write, name: str, info: FieldInfo) -> tuple[Any, Any] | None:
        if name not in self._rules.sealed(write):
            return None
        annotation: Any = _absent(info.annotation)
        if name not in self._hidden:
            reason = (
                "Read-only." if name in self._rules.read_only else "Cannot be changed once it is written."
            )
            annotation = Annotated[annotation, Sealed(reason)]
        return annotation, Field(default_factory=unsent, alias=info.alias, exclude=True)

    def _as_seen(self, name: str, info: FieldInfo) -> tuple[Any, Any] | None:
        relation = self._relations.get(name)
        if name in self._hidden and relation:
            # Never loaded, so it must not be looked at: no row has an attribute of this name.
            return _absent(Any), Field(default=None, validation_alias=f" {name}", exclude=True)
        if name in self._hidden:
            return _absent(info.annotation), Field(alias=info.alias, exclude=True)
        target = self._family.get(relation.target) if relation else None
        shown = target.embedded() if target else None
        if relation is None or target is None or shown is None:
            return None
        optional = type(None) in get_args(info.annotation) or not target.policy.opens("read")
        one: Any = shown | None if optional else shown
        return list[shown] if relation.many else one, Field(  # type: ignore[valid-type]  # made at run time
            alias=info.alias, title=info.title, description=info.description
        )

    def embedded(self) -> Any | None:
        """The Read class inside another one's; None where two show each other, which ends at the second."""
        return None if self._in_the_making else self.read


def _changed(schema: type[BaseModel], change: Changed) -> type[BaseModel]:
    found = {name: change(info.alias or name, info) for name, info in schema.model_fields.items()}
    changes: dict[str, Any] = {name: changed for name, changed in found.items() if changed is not None}
    if all(changes[name][0] == schema.model_fields[name].annotation for name in changes):
        return schema
    made: type[BaseModel] = create_model(
        schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **changes
    )
    return made


def _absent(annotation: Any) -> Any:
    """The annotation of a field that no document names and no body may send."""
    return cast("Any", SkipJsonSchema)[annotation]


def absent_field(info: FieldInfo) -> tuple[Any, Any]:
    """A field of a body as one that is not there."""
    return _absent(info.annotation), Field(default_factory=unsent, alias=info.alias, exclude=True)


def unsent() -> None:
    """What a field reads as that was not sent."""
