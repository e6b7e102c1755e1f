"""The schemas of many types at once, by name, as components of a document.

    schemas = Schemas()
    schemas.want(PostRead, "serialization")
    schemas.make()
    schemas.of(PostRead, "serialization")     # {"$ref": "#/components/schemas/PostRead"}
    schemas.definitions                        # {"PostRead": {...}}

One pass over all types is many times cheaper than what FastAPI does for each field of each of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Literal, TypeAlias, get_args

from fastapi.openapi.constants import REF_PREFIX
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from .description import Polish

Mode: TypeAlias = Literal["validation", "serialization"]


class Schemas:
    """The types that a document speaks of."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[Hashable, Mode], Any] = {}
        self._made: dict[tuple[Any, Mode], dict[str, Any]] = {}
        self._polish: dict[Hashable, Polish] = {}
        self.definitions: dict[str, dict[str, Any]] = {}

    def want(self, kind: Any, mode: Mode) -> None:
        """Ask for the schema of a type."""
        for one in (kind, *_models_in(kind)):
            self._wanted.setdefault((_key(one), mode), one)

    def polish(self, kind: Any, change: Polish) -> None:
        """Change the schema of a type before it is shown."""
        self._polish[_key(kind)] = change

    def make(self) -> None:
        """Make all that were asked for."""
        generator = GenerateJsonSchema(ref_template=REF_PREFIX + "{model}")
        inputs = [(key, mode, TypeAdapter(kind).core_schema) for (key, mode), kind in self._wanted.items()]
        made, definitions = generator.generate_definitions(inputs)  # pyright: ignore[reportArgumentType] -- any hashable will do as a key
        self._made = dict(made)
        self.definitions = {str(name): schema for name, schema in definitions.items()}
        shown = {name_in(schema): key for (key, _), schema in self._made.items()}
        for name, key in shown.items():
            # What is made of a class, such as the items of a list of changes, has the same fields.
            family = key.__mro__ if isinstance(key, type) else ()
            change = next((self._polish[one] for one in family if one in self._polish), None)
            if change is not None and name in self.definitions:
                change(self.definitions[name])

    def of(self, kind: Any, mode: Mode) -> dict[str, Any]:
        """The schema of a type, as a rule a reference."""
        return self._made[_key(kind), mode]


def name_in(reference: dict[str, Any]) -> str:
    """The name that a reference to a component bears; empty for others."""
    return str(reference.get("$ref", "")).removeprefix(REF_PREFIX)


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The classes that a type is put together from."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models_in(inner)


def _key(kind: Any) -> Hashable:
    try:
        hash(kind)
    except TypeError:
        return id(kind)
    return kind  # type: ignore[no-any-return] # pyright: ignore[reportReturnType] -- it has a hash
