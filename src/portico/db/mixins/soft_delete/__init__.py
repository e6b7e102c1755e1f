"""Rows that are marked as deleted and hidden, instead of being gone."""

from portico.db.mixins.soft_delete.mixin import SoftDeleteMixin

__all__ = ["SoftDeleteMixin"]
