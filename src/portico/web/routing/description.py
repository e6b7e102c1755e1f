"""What OpenAPI says of a generated route, worked out when somebody asks for the document.

    Description(operation_id="listPosts", summary="List posts", tags=("posts",), answers=Lazy(page_schema))

Types become components of the document; everything else is written as OpenAPI has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fastapi.openapi.constants import REF_PREFIX

PROBLEMS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("BadRequest", "The request cannot be read."),
    401: ("Unauthorized", "Somebody has to be logged in."),
    403: ("Forbidden", "Whoever asks may not do this."),
    404: ("NotFound", "There is no such row within reach."),
    409: ("Conflict", "What is stored forbids it: a unique value, a reference, or the number of rows."),
    412: ("PreconditionFailed", "The row has changed since it was read."),
    413: ("ContentTooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body is not JSON."),
    422: ("UnprocessableContent", "A field or parameter was refused."),
    428: ("PreconditionRequired", "This operation needs If-Match."),
    429: ("TooManyRequests", "There were too many requests; try again later."),
    503: ("ServiceUnavailable", "The database cannot answer now; try again later."),
}
"""What problems are called among the components, and what they mean."""


Polish: TypeAlias = "Callable[[dict[str, Any]], None]"


class Lazy:
    """A value that is made when it is first asked for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make: Callable[[], Any] | None = make
        self._made: Any = None

    def get(self) -> Any:
        """The value."""
        if self._make is not None:
            self._made = self._make()
            self._make = None
        return self._made


def told(value: Any) -> Any:
    """What a value is that may have been put off."""
    return value.get() if isinstance(value, Lazy) else value


@dataclass(frozen=True, kw_only=True)
class Description:
    """One operation as OpenAPI shows it; values may be `Lazy`.

    ``answers`` and ``body`` are types that Pydantic knows. ``replies`` add to the documented statuses, with
    ``model`` for a type. ``components`` are schemas by name that parameters and replies refer to.
    """

    operation_id: str
    summary: str
    tags: Sequence[str] = ()
    text: str | None = None
    status: int = 200
    answers: Any = None
    body: Any = None
    body_needed: bool = True
    body_rules: Any = field(default_factory=dict[str, Any])
    """What the schema of the body says here besides what it says everywhere."""
    parameters: Any = ()
    headers: Any = field(default_factory=dict[str, Any])
    problems: frozenset[int] = frozenset()
    replies: Any = field(default_factory=dict[int | str, dict[str, Any]])
    components: Any = field(default_factory=dict[str, Any])
    dependencies: tuple[Any, ...] = ()
    """What the endpoint itself depends on, such as the principal."""
    tag_text: str | None = None
    """What is said of the first tag."""
    polish: Any = field(default_factory=dict[Any, Polish])
    """What is done to the schemas of types before they are shown."""


def problem_reference(status: int) -> dict[str, Any]:
    """A documented problem by its name among the components."""
    return {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}


def refer_to(name: str) -> dict[str, Any]:
    """A schema by its name among the components."""
    return {"$ref": REF_PREFIX + name}
