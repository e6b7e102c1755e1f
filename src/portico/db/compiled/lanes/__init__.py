"""Driver connections that run compiled statements, each committed by itself."""

from .choosing import is_overheard, lane_of, listened_for
from .gathering import Several
from .lane import Lane, LaneError

__all__ = ["Lane", "LaneError", "Several", "is_overheard", "lane_of", "listened_for"]
