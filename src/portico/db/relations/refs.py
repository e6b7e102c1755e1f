"""Annotations of relations: they type both ``post.author`` and ``Post.author.username`` without a plugin.

    class Post(Model):
        author: Ref[User] = ManyToOne(back_populates="posts")
        editor: OptRef[User] = ManyToOne()
        tags: Many["Tag"] = ManyToMany(back_populates="posts")

    post.author            # User            (OptRef: User | None, Many: Related[Tag])
    Post.author.username   # InstrumentedAttribute[str]

At run time they are SQLAlchemy's ``Mapped`` under other names; the helpers of ``declare`` say what is mapped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from sqlalchemy.orm import Mapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.sql.elements import SQLCoreOperations

    from portico.db.relations.managing import Related

T_co = TypeVar("T_co", covariant=True)


class OptRef(Mapped[T_co]):
    """A to-one relation that may be absent: ``T | None`` on an instance, the class ``T`` on the model."""

    if TYPE_CHECKING:

        @overload  # type: ignore[override]  # on the class it is the target, which is what paths are typed by
        def __get__(self, instance: None, owner: Any) -> type[T_co]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T_co | None: ...
        def __get__(  # pyright: ignore[reportIncompatibleMethodOverride] -- the same
            self, instance: object | None, owner: Any
        ) -> type[T_co] | T_co | None: ...
        def __set__(self, instance: Any, value: SQLCoreOperations[T_co] | T_co | None) -> None: ...


class Ref(OptRef[T_co]):
    """A to-one relation that is always there: ``T`` on an instance, the class ``T`` on the model."""

    if TYPE_CHECKING:

        @overload  # type: ignore[override]  # the same
        def __get__(self, instance: None, owner: Any) -> type[T_co]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T_co: ...
        def __get__(  # pyright: ignore[reportIncompatibleMethodOverride] -- the same
            self, instance: object | None, owner: Any
        ) -> type[T_co] | T_co: ...
        def __set__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] -- None is for OptRef
            self, instance: Any, value: SQLCoreOperations[T_co] | T_co
        ) -> None: ...


class Many(Mapped[T_co]):
    """A to-many relation: ``Related[T]`` on an instance, the class ``T`` on the model."""

    if TYPE_CHECKING:

        @overload  # type: ignore[override]  # the same
        def __get__(self, instance: None, owner: Any) -> type[T_co]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> Related[T_co]: ...
        def __get__(  # pyright: ignore[reportIncompatibleMethodOverride] -- the same
            self, instance: object | None, owner: Any
        ) -> type[T_co] | Related[T_co]: ...
        def __set__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] -- several targets
            self, instance: Any, value: Iterable[T_co]
        ) -> None: ...
