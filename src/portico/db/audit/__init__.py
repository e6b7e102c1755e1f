"""The trail of what was written: entries in the same transaction, a chain, reading, and retention."""

from .auditing import Audit, audit
from .chain import AuditHead, AuditProblem, Verification
from .encoding import MASKED, Opaque
from .options import AuditOptions, record, recorded
from .tables import METADATA, create_with
from .trail import AuditEntry, Trail

__all__ = [
    "MASKED",
    "METADATA",
    "Audit",
    "AuditEntry",
    "AuditHead",
    "AuditOptions",
    "AuditProblem",
    "Opaque",
    "Trail",
    "Verification",
    "audit",
    "create_with",
    "record",
    "recorded",
]
