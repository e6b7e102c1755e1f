"""Driver connections that run compiled statements, each committed by itself."""

from .choosing import lane_of
from .lane import Lane, LaneError

__all__ = ["Lane", "LaneError", "lane_of"]
