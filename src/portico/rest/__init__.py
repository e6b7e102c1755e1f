"""The REST door: resources as FastAPI routes."""

from .dialects import ClassicDialect, Dialect, PlainDialect, PorticoDialect, dialect_named
from .door import Door
from .front import add_front
from .offered import Dependencies, offered
from .routes import add_routes

__all__ = [
    "ClassicDialect",
    "Dependencies",
    "Dialect",
    "Door",
    "PlainDialect",
    "PorticoDialect",
    "add_front",
    "add_routes",
    "dialect_named",
    "offered",
]
