"""Class creation refuses a model with mixins that could not do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedColumn, declared_attr

from portico.db.fields import BigIntegerField, BooleanField, ForeignKeyField, IntegerField, StringField
from portico.db.mixins import CompositeKeyMixin, OptimisticLockMixin, TimestampMixin, UtilsMixin
from portico.db.models import Model, mapper_of
from portico.db.relations import Many, ManyToMany
from portico.errors import ConfigurationError


class Base(Model):
    """The base of the models here."""

    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Named:
    """A mixin of the application."""

    clone: Mapped[str] = StringField(max_length=5, default="")
    pk: Mapped[str] = StringField(max_length=5, default="")


class Plain(Base):
    """A model without a version."""

    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=5, default="")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "plain"}


class Versioned(OptimisticLockMixin, Base):
    """A model with one."""

    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=5, default="")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "v"}


def _key() -> Any:
    return IntegerField(primary_key=True)


def _version_is_text() -> object:
    class Doc1(OptimisticLockMixin, Base):
        id: Mapped[int] = _key()
        version: Mapped[str] = StringField(max_length=5)  # type: ignore[assignment]  # the mistake

    return Doc1


def _version_is_text_behind() -> object:
    class Doc2(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        version: Mapped[str] = StringField(max_length=5)  # type: ignore[assignment]  # the mistake

    return Doc2


def _version_is_a_method() -> object:
    class Doc3(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()

        def version(self) -> int:  # type: ignore[override]  # the mistake
            """Not a column."""
            return 1

    return Doc3


def _version_may_be_null() -> object:
    class Doc4(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        version: Mapped[int | None] = IntegerField(nullable=True, default=1)  # type: ignore[assignment]  # as above

    return Doc4


def _version_has_no_beginning() -> object:
    class Doc5(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        version: Mapped[int] = IntegerField()

    return Doc5


def _two_versions() -> object:
    class Doc6(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        other: Mapped[int] = IntegerField(default=1)
        __mapper_args__ = {"version_id_col": "other"}

    return Doc6


def _two_versions_said_late() -> object:
    class Doc7(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        other: Mapped[int] = IntegerField(default=1)

        @declared_attr.directive
        def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 -- as SQLAlchemy wants it
            return {"version_id_col": cls.__table__.c.other}

    return Doc7


def _version_comes_late() -> object:
    class Doc8(Plain, OptimisticLockMixin):
        __mapper_args__ = {"polymorphic_identity": "late"}

    return Doc8


def _version_comes_again() -> object:
    class Doc9(Versioned):
        id: Mapped[int] = ForeignKeyField(Versioned, primary_key=True)
        version: Mapped[int] = IntegerField(default=1)
        __mapper_args__ = {"polymorphic_identity": "again"}

        class Meta(Base.Meta):
            table = "again"

    return Doc9


def _stamp_is_no_moment() -> object:
    class Doc10(Base, TimestampMixin):
        id: Mapped[int] = _key()
        updated_at: Mapped[bool] = BooleanField(default=False)  # type: ignore[assignment]  # the mistake

    return Doc10


def _stamp_is_a_property() -> object:
    class Doc11(Base, TimestampMixin):
        id: Mapped[int] = _key()

        @property
        def created_at(self) -> int:  # type: ignore[override]  # the mistake
            """Not a column."""
            return 1

    return Doc11


def _column_hides_a_call() -> object:
    class Doc12(UtilsMixin, Base):
        id: Mapped[int] = _key()
        sample: Mapped[str] = StringField(max_length=5)  # type: ignore[assignment]  # the mistake

    return Doc12


def _column_hides_a_call_behind() -> object:
    class Doc13(Base, UtilsMixin):
        id: Mapped[int] = _key()
        diff: Mapped[str]  # type: ignore[assignment]  # the mistake

    return Doc13


def _relation_hides_a_call() -> object:
    class Doc14(Base, UtilsMixin):
        id: Mapped[int] = _key()
        lock: Many[Plain] = ManyToMany()  # type: ignore[assignment]  # the mistake

    return Doc14


def _call_hides_a_column() -> object:
    class Doc15(UtilsMixin, Named, Base):  # type: ignore[misc]  # the mistake
        id: Mapped[int] = _key()

    return Doc15


def _column_of_a_base_hides_a_call() -> object:
    class Doc16(Named, Base, UtilsMixin):  # type: ignore[misc]  # the mistake
        id: Mapped[int] = _key()

    return Doc16


def _column_hides_the_key() -> object:
    class Doc17(CompositeKeyMixin, Base):
        pk: Mapped[int] = IntegerField(primary_key=True)  # type: ignore[assignment]  # the mistake

    return Doc17


def _mixin_comes_to_a_column() -> object:
    class Doc18(Base):
        id: Mapped[int] = _key()
        kind: Mapped[str] = StringField(max_length=5, default="")
        random: Mapped[int] = IntegerField(default=1)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "d"}

    class Doc19(Doc18, UtilsMixin):  # type: ignore[misc]  # the mistake
        __mapper_args__ = {"polymorphic_identity": "e"}

    return Doc19


REFUSED: list[Callable[[], object]] = [
    _version_is_text,
    _version_is_text_behind,
    _version_is_a_method,
    _version_may_be_null,
    _version_has_no_beginning,
    _two_versions,
    _two_versions_said_late,
    _version_comes_late,
    _version_comes_again,
    _stamp_is_no_moment,
    _stamp_is_a_property,
    _column_hides_a_call,
    _column_hides_a_call_behind,
    _relation_hides_a_call,
    _call_hides_a_column,
    _column_of_a_base_hides_a_call,
    _column_hides_the_key,
    _mixin_comes_to_a_column,
]


@pytest.mark.parametrize("make", REFUSED)
def test_a_model_that_cannot_work_is_refused_with_the_cure(make: Callable[[], object]) -> None:
    """Found when the module is imported, not when the first write is lost."""
    with pytest.raises(ConfigurationError) as refused:
        make()
    assert refused.value.hint


def test_a_version_may_be_larger_than_the_ready_one() -> None:
    """A model may declare it itself, as a number that begins somewhere."""

    class Busy(Base, OptimisticLockMixin):
        id: Mapped[int] = _key()
        version: Mapped[int] = BigIntegerField(default=1)

    column = mapper_of(Busy).version_id_col
    assert column is not None
    assert isinstance(column.type, sa.BigInteger)
    assert "version" not in Busy.Create.model_fields
    assert "version" in Busy.Update.model_fields


def test_own_arguments_of_the_mapper_are_kept() -> None:
    """The version is added to them."""
    mapper = mapper_of(Versioned)
    assert mapper.polymorphic_identity == "v"
    assert mapper.version_id_col is mapper.columns["version"]


def test_a_call_may_be_written_anew() -> None:
    """It is Python: only columns cannot stand in its place."""

    class Doc20(Base, UtilsMixin):
        id: Mapped[int] = _key()

        def to_json(self, **_: Any) -> str:
            """Its own."""
            return "{}"

    assert Doc20(id=1).to_json() == "{}"


def test_a_mixin_may_stand_twice_on_the_way_up() -> None:
    """On an abstract base and on the model itself."""

    class Stamped(TimestampMixin, Base):
        class Meta(Base.Meta):
            abstract = True

    class Doc21(Stamped, TimestampMixin, OptimisticLockMixin):
        id: Mapped[int] = _key()

    assert isinstance(vars(TimestampMixin)["created_at"], MappedColumn)
    assert set(mapper_of(Doc21).columns.keys()) == {"id", "created_at", "updated_at", "version"}
