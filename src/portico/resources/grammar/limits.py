"""How much one request may ask for.

    Limits(page=20, max_page=100)

Every limit is checked before a statement is sent, and stands in the OpenAPI document.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Upper bounds of a plan; a request that goes beyond one is refused, never cut down silently."""

    page: int = 50
    max_page: int = 200
    max_offset: int = 10_000
    conditions: int = 50
    list_values: int = 500
    sorts: int = 5
    includes: int = 5
    depth: int = 5
    search_length: int = 200
    where: int = 8192
    include_rows: int = 200
    fields: int = 100
    counted: int = 10_000
    max_cost: float | None = None
    bulk: int = 1_000
    max_affected: int = 1_000
    nested: int = 100
    groups: int = 5
    metrics: int = 10
    facets: int = 5
    facet_values: int = 10
    max_facet_values: int = 100
    export_rows: int = 100_000
    request_seconds: float = 30.0
    """How long an answer may take before its work is given up."""
