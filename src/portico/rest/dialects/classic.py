"""The spelling of many hand-written FastAPI applications, for clients that exist already.

    GET /users?skip=0&limit=10&filter_by=role:editor&sort_by=name&sort_dir=desc&search=ann
    # {"data": [...], "total": 57, "skip": 0, "limit": 10}

``filter_by`` is ``field:value`` pairs with commas between them, or the JSON tree of ``where``. A write
answers ``{"message": ..., "id": ...}`` with 200, PUT changes what is sent, and a refusal looks as FastAPI's
own does, with a ``message`` beside ``detail``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, Final

from fastapi import Request
from pydantic import BaseModel, Field, create_model

from portico.errors import InvalidParameterError
from portico.resources import RESERVED, ListPlan, Page, Reach, Resource, parse_list, write_key
from portico.resources.grammar import grouped, single, unknown
from portico.rest.documentation import NO_NUL
from portico.rest.reply import Reply, enveloped
from portico.web import Problem

from .skipping import named, page_parameters, parameter, refuse_others

_KNOWN: Final = ("skip", "limit", "filter_by", "sort_by", "sort_dir", "search")
_DIRECTIONS: Final = ("asc", "desc")
_OURS: Final = {"skip": "offset", "limit": "limit", "search": "search"}
_SPOKEN: Final = {"offset": "skip", "sort": "sort_by", "where": "filter_by"}
_REFUSED: Final = 422


class Done(BaseModel):
    """What a write answers."""

    message: str
    id: int | str | None = Field(description="The key of the row.")


class Detail(BaseModel):
    """One field or parameter that was refused."""

    loc: list[str | int]
    msg: str
    type: str


class Refusal(BaseModel):
    """Why a request was refused: a list for fields and parameters, a sentence for everything else."""

    detail: str | list[Detail]
    message: str


class ClassicDialect:
    """Rows under ``data``, writes answered with a message."""

    name: ClassVar = "classic"
    created_status: ClassVar = 200
    deleted_status: ClassVar = 200
    partial_put: ClassVar = True
    exact_totals: ClassVar = True
    page_headers: ClassVar[dict[str, Any]] = {}
    problem_schema: ClassVar[Any] = Refusal

    def list_plan(self, reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
        """The plan behind the six parameters; the total is always exact."""
        given = grouped(parameters)
        refuse_others(given, _KNOWN)
        ours = [(_OURS[name], text) for name, texts in given.items() if name in _OURS for text in texts]
        filters = list(_filters(given["filter_by"])) if "filter_by" in given else []
        order = _order(given.get("sort_by"), given.get("sort_dir"))
        spoken = {**_SPOKEN, **{name: "filter_by" for name, _ in filters}}
        with named(spoken):
            plan = parse_list(reach, [*ours, *filters, *order])
        return replace(plan, count="exact")

    def list_parameters(self, reach: Reach) -> list[dict[str, Any]]:
        """The six."""
        fields = ", ".join(list(reach.resource.fields)[:3])
        found = [
            *page_parameters(reach.limits),
            parameter(
                "filter_by",
                {"type": "string"},
                f"field:value pairs, or a JSON tree. Fields: {fields} and others.",
            ),
            parameter("sort_by", {"type": "string"}, "One field, or several with commas between them."),
            parameter(
                "sort_dir", {"type": "string", "enum": list(_DIRECTIONS), "default": "asc"}, "The order."
            ),
        ]
        if reach.resource.search:
            words = {"type": "string", "maxLength": reach.limits.search_length, "pattern": NO_NUL}
            found.append(parameter("search", words, f"Words in {', '.join(reach.resource.search)}."))
        return found

    def page_schema(self, resource: Resource) -> Any:
        """``data`` and where it stands."""
        rows: Any = list[resource.schemas.read]  # type: ignore[name-defined] # pyright: ignore[reportInvalidTypeForm] -- made at run time
        return create_model(
            f"{resource.title}List",
            data=(rows, ...),
            total=(int, ...),
            skip=(int, ...),
            limit=(int, ...),
            __module__=resource.model.__module__,
        )

    def page(self, request: Request, plan: ListPlan, page: Page, items: Any) -> Reply:
        """The rows under ``data``."""
        rest = {"total": page.count, "skip": plan.offset, "limit": plan.limit}
        return Reply(enveloped("data", items, rest))

    def row(self, shown: Any) -> Reply:
        """The row, bare."""
        return Reply(shown)

    def written_schema(self, resource: Resource) -> Any:
        """A message and the key."""
        return Done

    def written(
        self,
        resource: Resource,
        shown: Any,
        key: tuple[Any, ...],
        *,
        made: bool,
    ) -> Reply:
        """What happened, and the key of the row."""
        return _done(resource, "created" if made else "updated", key)

    def deleted_schema(self, resource: Resource) -> Any:
        """A message and the key."""
        return Done

    def deleted(self, resource: Resource, key: tuple[Any, ...]) -> Reply:
        """What happened, and the key of the row that was."""
        return _done(resource, "deleted", key)

    def problem(self, problem: Problem) -> Reply:
        """A refusal in FastAPI's own form."""
        listed = problem.status == _REFUSED and problem.errors
        detail: Any = [_detail(problem, fault) for fault in problem.errors] if listed else problem.detail
        return Reply({"detail": detail, "message": problem.detail}, status=problem.status)


def _filters(texts: list[str]) -> Iterator[tuple[str, str]]:
    text = single("filter_by", texts).strip()
    if text.startswith("{"):
        yield "where", text
        return
    for pair in filter(None, text.split(",")):
        name, mark, value = pair.partition(":")
        if not mark:
            raise InvalidParameterError(
                "Expected field:value pairs with commas between them, or a JSON object.",
                parameter="filter_by",
            )
        name = name.strip()
        yield (f"{name}__exact" if name in RESERVED else name), value


def _order(sort_by: list[str] | None, sort_dir: list[str] | None) -> list[tuple[str, str]]:
    direction = single("sort_dir", sort_dir).lower() if sort_dir else "asc"
    if direction not in _DIRECTIONS:
        raise unknown(f"There is no direction {direction!r}.", direction, _DIRECTIONS, parameter="sort_dir")
    sign = "-" if direction == "desc" else ""
    keys = [key.strip() for text in sort_by or () for key in text.split(",") if key.strip()]
    return [("sort", sign + key) for key in keys]


def _done(resource: Resource, verb: str, key: tuple[Any, ...]) -> Reply:
    shown = key[0] if len(key) == 1 and isinstance(key[0], int) else write_key(key) or None
    return Reply({"message": f"{resource.title} {verb} successfully", "id": shown})


def _detail(problem: Problem, fault: Any) -> dict[str, Any]:
    if fault.parameter is not None:
        place: list[str | int] = ["query", fault.parameter]
    else:
        steps = (fault.pointer or "").split("/")[1:]
        place = ["body", *(int(step) if step.isdecimal() else step for step in steps)]
    return {"loc": place, "msg": fault.message, "type": problem.code}
