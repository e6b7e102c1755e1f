"""The body of ``POST /posts/query``: everything that a list takes, as one JSON object.

    parse_query(reach, {"where": {"or": [...]}, "sort": ["-likes"], "include": {"comments": {"limit": 3}}})

The types of JSON count: a text is no number. Raises `InvalidError` with a pointer into the body. Pure.
"""

from __future__ import annotations

from typing import Any, Final, cast

from portico.errors import InvalidError, InvalidParameterError

from .filters import filter_of
from .includes import parse_shown_json, texts_of
from .ordering import parse_order
from .parameters import parse_count, parse_cursor
from .plan import ListPlan
from .reach import Reach
from .refusals import bounded, unknown

NAMES: Final = ("where", "search", "sort", "fields", "include", "limit", "offset", "cursor", "count")
_LONGEST_NAME: Final = 100


def parse_query(reach: Reach, body: Any) -> ListPlan:
    """The plan that a body asks for."""
    if not isinstance(body, dict):
        raise InvalidError("A JSON object is expected.", fields={"": ["A JSON object is expected."]})
    try:
        return _plan(reach, cast("dict[str, Any]", body))
    except InvalidParameterError as error:
        raise InvalidError(
            error.message, fields={error.parameter: [error.message]}, hint=error.hint
        ) from None


def _plan(reach: Reach, body: dict[str, Any]) -> ListPlan:
    for name in body:
        if name not in NAMES:
            shown = name[:_LONGEST_NAME]
            raise unknown(f"A query has no {shown!r}.", shown, NAMES, parameter=shown)
    # A name that is null is one that was left out.
    given = {name: value for name, value in body.items() if value is not None}
    limits = reach.limits
    shown_rows = parse_shown_json(reach, given.get("fields"), given.get("include"))
    texts = {name: [_text(name, given[name])] for name in ("cursor", "count") if name in given}
    return ListPlan(
        filter=filter_of(reach, given),
        order=parse_order(reach, texts_of(given.get("sort", []), "sort")),
        fields=shown_rows.fields,
        include=shown_rows.include,
        limit=bounded("limit", given.get("limit", limits.page), (1, limits.max_page)),
        offset=bounded("offset", given.get("offset", 0), (0, limits.max_offset)),
        cursor=parse_cursor(texts.get("cursor"), beside=given),
        count=parse_count(texts.get("count")),
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidParameterError("Text is expected.", parameter=name)
    return value
