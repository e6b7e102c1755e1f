"""Rows that notice when somebody else has changed them.

    class Post(OptimisticLockMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        title: Mapped[str] = StringField(max_length=200)

    post = await Post.get(1)         # version 3
    post.title = "New"
    await post.save()                # UPDATE … WHERE id = 1 AND version = 3: it is at 4 now

Every write moves the version, whoever makes it. Writing an object whose row has moved raises
`VersionConflictError` and changes nothing. A version that is assigned is the one that the caller has seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedColumn

from portico.db.fields import FieldSpec, IntegerField
from portico.db.models import Part, mapper_of
from portico.db.models.declaring import is_column, mapped_base, nearest
from portico.db.scoping import count_writes
from portico.errors import ConfigurationError

_NAME: Final = "version"
_INFO: Final = "portico"
_CURE: Final = "Leave it out, or declare it as BigIntegerField(default=1)."


class _Versioned(Part):
    def prepare(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        """The version stands at the top of a family of models, and is a number that is never null."""
        parent = mapped_base(bases)
        if parent is not None and not issubclass(parent, OptimisticLockMixin):
            raise ConfigurationError(
                f"{name} would add a version to {parent.__name__}, whose rows are written without one.",
                hint=f"Put OptimisticLockMixin among the bases of {parent.__name__}.",
            )
        if parent is not None and _NAME in namespace:
            raise ConfigurationError(f"{name} has its version from {parent.__name__}.", hint="Leave it out.")
        arguments: Any = nearest("__mapper_args__", bases, namespace)
        if isinstance(arguments, dict) and "version_id_col" in arguments:
            raise _two_versions(name)
        column = nearest(_NAME, bases, namespace)
        if parent is None and is_column(column) and column is not _OWN:
            _mark(name, column.column)

    def mapped(self, cls: type[Any]) -> None:
        """Tell SQLAlchemy, whose sessions write rows too."""
        mapper = mapper_of(cls)
        if mapper.inherits is None:
            if mapper.version_id_col is not None:
                raise _two_versions(cls.__name__)
            mapper.version_id_col = mapper.columns[_NAME]
            # And the SQL compiler, for statements that the application writes itself.
            count_writes(mapper.columns[_NAME])


def _two_versions(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} names a version_id_col besides the version of OptimisticLockMixin.",
        hint="Leave version_id_col out of __mapper_args__.",
    )


def _mark(name: str, column: sa.Column[Any]) -> None:
    """A version that the model declares itself."""
    spec: object = column.info.get(_INFO)
    if not isinstance(spec, FieldSpec) or column.foreign_keys:
        raise ConfigurationError(f"{name}.version is not a field of Portico.", hint=_CURE)
    if column.nullable or not isinstance(spec.default, int):
        raise ConfigurationError(f"{name}.version counts writes and has no number to begin with.", hint=_CURE)
    column.info[_INFO] = replace(spec, version=True)


def _counter(field: Mapped[int]) -> Mapped[int]:
    column = cast("MappedColumn[int]", field).column
    column.info[_INFO] = replace(column.info[_INFO], version=True)
    return field


class OptimisticLockMixin:
    """Adds ``version``, which begins at 1, moves with every write, and guards each of them."""

    version: Mapped[int] = _counter(
        IntegerField(
            default=1,
            server_default=1,
            description="Counts the writes of the row. Sent with a change: the version that was read.",
        )
    )

    __portico_part__: ClassVar[Part] = _Versioned()


_OWN: Final = vars(OptimisticLockMixin)[_NAME]
