"""Ready parts for models; they go into any base order."""

from portico.db.mixins.audit import AuditMixin
from portico.db.mixins.composite_key import CompositeKeyMixin
from portico.db.mixins.everyday import UtilsMixin
from portico.db.mixins.optimistic_lock import OptimisticLockMixin
from portico.db.mixins.soft_delete import SoftDeleteMixin
from portico.db.mixins.tenancy import (
    SchemaTenantMixin,
    TenantMixin,
    TenantSchemas,
    check_row_security,
    enable_row_security,
    row_security_faults,
    row_security_statements,
)
from portico.db.mixins.timestamps import TimestampMixin

__all__ = [
    "AuditMixin",
    "CompositeKeyMixin",
    "OptimisticLockMixin",
    "SchemaTenantMixin",
    "SoftDeleteMixin",
    "TenantMixin",
    "TenantSchemas",
    "TimestampMixin",
    "UtilsMixin",
    "check_row_security",
    "enable_row_security",
    "row_security_faults",
    "row_security_statements",
]
