"""Walls between tenants that stand in the database itself: a schema for each, or policies for rows."""

from portico.db.dialects.failures.places import PLACE

from .homes import settle_down, stay_at_home, stay_with, watch_homes
from .policies import POLICY, SETTING, UNSCOPED, row_setting_by, say_tenant
from .schemas import (
    is_placed,
    mark_placed,
    named_by,
    place_connections,
    schema_by,
    schema_of,
    without_placed,
)

__all__ = [
    "PLACE",
    "POLICY",
    "SETTING",
    "UNSCOPED",
    "is_placed",
    "mark_placed",
    "named_by",
    "place_connections",
    "row_setting_by",
    "say_tenant",
    "schema_by",
    "schema_of",
    "settle_down",
    "stay_at_home",
    "stay_with",
    "watch_homes",
    "without_placed",
]
