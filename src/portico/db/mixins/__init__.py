"""Ready parts for models; they go into any base order."""

from portico.db.mixins.composite_key import CompositeKeyMixin
from portico.db.mixins.timestamps import TimestampMixin

__all__ = ["CompositeKeyMixin", "TimestampMixin"]
