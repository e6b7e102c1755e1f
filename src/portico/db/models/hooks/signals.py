"""The six global signals of writes.

    @post_save.connect(of=Post)
    async def index(event: Written[Post]) -> None:
        if event.created or "title" in event.changed: ...

    @post_save.connect(of=Post, after_commit=True)
    async def announce(event: Written[Post]) -> None: ...

``save`` is a create or an update, ``update`` only an update. A ``pre_`` receiver may assign to
``event.instance``; an error of any receiver undoes the write, but not one of those ``after_commit``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, overload

from portico.signals import AnySignal

from .events import Writing, Written

M = TypeVar("M")
R = TypeVar("R")


class PreSignal(AnySignal[Writing[Any]]):
    """A signal that is sent before the statement."""

    @overload
    def connect(
        self, receiver: Callable[[Writing[object]], R], /, *, name: str | None = None
    ) -> Callable[[Writing[object]], R]: ...

    @overload
    def connect(
        self, receiver: Callable[[Writing[M]], R], /, *, of: type[M], name: str | None = None
    ) -> Callable[[Writing[M]], R]: ...

    @overload
    def connect(
        self, /, *, of: type[M], name: str | None = None
    ) -> Callable[[Callable[[Writing[M]], R]], Callable[[Writing[M]], R]]: ...

    @overload
    def connect(
        self, /, *, name: str | None = None
    ) -> Callable[[Callable[[Writing[object]], R]], Callable[[Writing[object]], R]]: ...

    def connect(
        self,
        receiver: Callable[[Any], Any] | None = None,
        /,
        *,
        of: type[Any] | None = None,
        name: str | None = None,
    ) -> Any:
        """Call this before writes of a model and of its subclasses, or of all models; also a decorator."""
        return self._connect(receiver, of=of, name=name, later=False)

    def connected(
        self, receiver: Callable[[Any], Any], /, *, of: type[Any] | None = None
    ) -> AbstractContextManager[None]:
        """Connect for the time of a block; for tests."""
        return self._connected(receiver, of=of, later=False)


class PostSignal(AnySignal[Written[Any]]):
    """A signal that is sent after the statement, in its transaction; or after the commit."""

    @overload
    def connect(
        self,
        receiver: Callable[[Written[object]], R],
        /,
        *,
        name: str | None = None,
        after_commit: bool = False,
    ) -> Callable[[Written[object]], R]: ...

    @overload
    def connect(
        self,
        receiver: Callable[[Written[M]], R],
        /,
        *,
        of: type[M],
        name: str | None = None,
        after_commit: bool = False,
    ) -> Callable[[Written[M]], R]: ...

    @overload
    def connect(
        self, /, *, of: type[M], name: str | None = None, after_commit: bool = False
    ) -> Callable[[Callable[[Written[M]], R]], Callable[[Written[M]], R]]: ...

    @overload
    def connect(
        self, /, *, name: str | None = None, after_commit: bool = False
    ) -> Callable[[Callable[[Written[object]], R]], Callable[[Written[object]], R]]: ...

    def connect(
        self,
        receiver: Callable[[Any], Any] | None = None,
        /,
        *,
        of: type[Any] | None = None,
        name: str | None = None,
        after_commit: bool = False,
    ) -> Any:
        """Call this after writes of a model and of its subclasses, or of all models; also a decorator.

        With ``after_commit`` it runs by itself when the outermost transaction is committed, and neither its
        errors nor the time that it takes reach the writer.
        """
        return self._connect(receiver, of=of, name=name, later=after_commit)

    def connected(
        self, receiver: Callable[[Any], Any], /, *, of: type[Any] | None = None, after_commit: bool = False
    ) -> AbstractContextManager[None]:
        """Connect for the time of a block; for tests."""
        return self._connected(receiver, of=of, later=after_commit)


pre_save = PreSignal("pre_save", event="Writing[Post]")
"""Before a row is created or updated."""
pre_update = PreSignal("pre_update", event="Writing[Post]")
"""Before a row is updated; after ``pre_save``."""
pre_delete = PreSignal("pre_delete", event="Writing[Post]")
"""Before a row is deleted."""
post_save = PostSignal("post_save", event="Written[Post]")
"""After a row was created or updated."""
post_update = PostSignal("post_update", event="Written[Post]")
"""After a row was updated; before ``post_save``."""
post_delete = PostSignal("post_delete", event="Written[Post]")
"""After a row was deleted."""
