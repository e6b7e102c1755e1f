"""The chain of each table: places given, checked, and forgotten from the beginning."""

from .forgetting import forget, tables_with_entries
from .sealing import seal, sealing
from .verifying import Verification, heads, verify
from .walking import AuditHead, AuditProblem

__all__ = [
    "AuditHead",
    "AuditProblem",
    "Verification",
    "forget",
    "heads",
    "seal",
    "sealing",
    "tables_with_entries",
    "verify",
]
