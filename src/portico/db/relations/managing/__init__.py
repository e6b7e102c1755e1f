"""The value of a to-many relation on an instance, and the links it writes."""

from .links import Links
from .pending import foreign_key_values, link_pending, pending_links, relations_written
from .related import Related, refuse_foreign

__all__ = [
    "Links",
    "Related",
    "foreign_key_values",
    "link_pending",
    "pending_links",
    "refuse_foreign",
    "relations_written",
]
