"""The REST door: resources as FastAPI routes."""

from .door import Door
from .front import add_front
from .routes import add_routes

__all__ = ["Door", "add_front", "add_routes"]
