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
    counted: int = 10_000
