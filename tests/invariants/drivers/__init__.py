"""How each registered door is used: one table, by the names of the registry."""

from .mixins import MIXINS
from .models import MODELS
from .queries import QUERIES
from .relations import RELATIONS
from .rest import REST
from .sessions import SESSIONS
from .table import Ask, Drive

__all__ = ["MIXINS", "MODELS", "QUERIES", "RELATIONS", "REST", "SESSIONS", "Ask", "Drive"]
