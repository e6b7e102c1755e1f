"""Requests to generated routes without FastAPI's router and solver, where neither has anything to decide."""

from .dispatcher import Dispatcher

__all__ = ["Dispatcher"]
