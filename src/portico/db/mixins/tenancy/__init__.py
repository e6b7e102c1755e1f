"""Rows that belong to tenants: in tables that all of them share, or in a schema for each."""

from .mixin import TenantMixin
from .placing import SchemaTenantMixin
from .policies import check_row_security, enable_row_security, row_security_faults, row_security_statements
from .schemas import TenantSchemas

__all__ = [
    "SchemaTenantMixin",
    "TenantMixin",
    "TenantSchemas",
    "check_row_security",
    "enable_row_security",
    "row_security_faults",
    "row_security_statements",
]
