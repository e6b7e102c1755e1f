"""The stack that a context variable holds: which database, and which unit of work, the running code is in."""

from __future__ import annotations

from contextvars import ContextVar, Token

Stack = tuple[object, ...]
_stack: ContextVar[Stack] = ContextVar("portico_stack", default=())


def stack() -> Stack:
    """The frames of this context, innermost last."""
    return _stack.get()


def push(frame: object) -> Token[Stack]:
    """Go into a frame."""
    return _stack.set((*_stack.get(), frame))


def pop(frame: object, token: Token[Stack]) -> None:
    """Leave a frame again."""
    try:
        _stack.reset(token)
    except ValueError:
        # An async generator (a fixture, a dependency) may be closed in another context than its own.
        _stack.set(tuple(other for other in _stack.get() if other is not frame))
