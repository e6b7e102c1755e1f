"""Calls that applications write again and again, ready for every model."""

from portico.db.mixins.everyday.mixin import UtilsMixin

__all__ = ["UtilsMixin"]
