"""The items of a batch: read strictly one by one, so that one which is wrong does not hide the others.

    items = Items(Lazy(lambda: posts.schemas.create), most=1000)
    items.annotation             # what FastAPI and OpenAPI see: a list of PostCreate
    items.read(body)             # [<PostCreate>, InvalidError(...), ...]

Raises `InvalidError` for a body that is no list, an empty one or one that is too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, Final, cast

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, WrapValidator

from portico.errors import InvalidError, RequestError
from portico.web import Lazy
from portico.web.strictness import StrictReader
from portico.web.validation import invalid

_NAMED: Final = 20
"""So many items at most are named by one error."""


class Items:
    """The reading of a list of objects of one schema."""

    def __init__(self, schema: Lazy, *, most: int) -> None:
        self._schema = schema
        self._most = most

    @property
    def schema(self) -> type[BaseModel]:
        """What one item is."""
        made: type[BaseModel] = self._schema.get()
        return made

    @property
    def annotation(self) -> Lazy:
        """The list as a type that Pydantic describes, and lets through unread."""
        return Lazy(lambda: _unread_list(self.schema, self._most))

    def read(self, body: Any) -> list[BaseModel | RequestError]:
        """The items in their order; for one that is wrong, what is wrong with it."""
        if not isinstance(body, list):
            raise InvalidError("The body must be a list.", fields={"": ["A list is expected."]})
        items = cast("Sequence[Any]", body)
        if not 1 <= len(items) <= self._most:
            said = f"From 1 to {self._most} items are expected."
            raise InvalidError(said, fields={"": [said]})
        return [self._one(item) for item in items]

    @cached_property
    def _reader(self) -> StrictReader:
        return StrictReader(self.schema)

    def _one(self, item: Any) -> BaseModel | RequestError:
        try:
            return self.schema.model_validate(self._reader.check(item))
        except InvalidError as error:
            return error
        except ValidationError as error:
            details = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
            refused = invalid(RequestValidationError(details))
            return refused if isinstance(refused, RequestError) else InvalidError(refused.message)


def refuse_wrong(items: Sequence[Any]) -> None:
    """Where all have to be right: one error that names every item that is wrong."""
    wrong = {place: item for place, item in enumerate(items) if isinstance(item, RequestError)}
    fields: dict[str, Sequence[str]] = {}
    for place, error in list(wrong.items())[:_NAMED]:
        told = error.fields if isinstance(error, InvalidError) else {"": (error.message,)}
        fields |= {f"{place}/{name}" if name else str(place): messages for name, messages in told.items()}
    if wrong:
        first = next(iter(wrong))
        raise InvalidError(f"Item {first}: {wrong[first].message}", fields=fields, hint=wrong[first].hint)


def _unread_list(schema: Any, most: int) -> Any:
    return Annotated[
        list[schema], Field(min_length=1, max_length=most), WrapValidator(lambda value, _handler: value)
    ]
