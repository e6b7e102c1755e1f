"""A class that is refused is gone: whoever corrects it and makes it again is not reminded of it."""

from __future__ import annotations

from collections.abc import Callable
from types import new_class
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, configure_mappers

from portico.db.audit import AuditOptions
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import AuditMixin, TenantMixin
from portico.db.models import Model, ModelMeta
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.errors import ConfigurationError, PorticoError

NAMED = (Many, Ref)
"""What annotations name that stand here as text, since their classes do not."""
NO_SUCH_COLUMN = AuditOptions(mask=["nothing"])


class Metadata(sa.MetaData):
    """Where the classes of one test stand, and what it says of each."""

    def declare(self, name: str, /, *bases: type, table: str | None = None, **body: Any) -> Any:
        """What ``class Name(Base):`` with this body does; of fields an annotation comes first."""
        named = {} if table is None else {"table": table}
        given: dict[str, Any] = {"Meta": type("Meta", (), {"metadata": self} | named)}
        given |= {"__module__": __name__, "__annotations__": {}}
        for key, value in body.items():
            given[key] = value[1] if isinstance(value, tuple) else value
            if isinstance(value, tuple):
                given["__annotations__"][key] = value[0]
        return new_class(name, bases or (Model,), exec_body=lambda namespace: namespace.update(given))


def _key() -> Any:
    return Mapped[int], IntegerField(primary_key=True)


def _whole(metadata: Metadata) -> Any:
    return metadata.declare(
        "Whole",
        TenantMixin,
        Model,
        table="refused_wholes",
        id=_key(),
        kind=(Mapped[str], StringField(max_length=20)),
        __mapper_args__={"polymorphic_on": "kind", "polymorphic_identity": "whole"},
    )


def _part(metadata: Metadata, *bases: type, **body: Any) -> Any:
    return metadata.declare("Part", *bases, __mapper_args__={"polymorphic_identity": "part"}, **body)


def _second_table(metadata: Metadata, whole: type) -> None:
    key = Mapped[int], ForeignKeyField(whole, primary_key=True)
    _part(metadata, whole, table="refused_parts", id=key)


def _no_key(metadata: Metadata, _: type) -> None:
    metadata.declare("Part", table="refused_parts", name=(Mapped[str], StringField(max_length=20)))


def _links(metadata: Metadata, _: type) -> None:
    labels = "Many[Label]", ManyToMany()
    bases = AuditMixin, Model
    metadata.declare(
        "Part", *bases, table="refused_parts", id=_key(), labels=labels, __audit__=NO_SUCH_COLUMN
    )


def _more_columns(metadata: Metadata, whole: type) -> None:
    extra = Mapped[int | None], IntegerField(nullable=True, index=True)
    place = Mapped[int | None], ForeignKeyField("refused_wholes.id", nullable=True)
    _part(metadata, AuditMixin, whole, extra=extra, place_id=place, __audit__=NO_SUCH_COLUMN)


def _state(metadata: Metadata, whole: Any) -> list[Any]:
    table = whole.__table__
    parts = [set(found) for found in (table.constraints, table.indexes, table.foreign_keys, metadata.tables)]
    return [list(table.columns), *parts, ModelMeta.registry.get("Part")]


@pytest.mark.parametrize("refused", [_second_table, _no_key, _links, _more_columns])
def test_a_refused_class_can_be_corrected(refused: Callable[[Metadata, type], None]) -> None:
    """A notebook goes on after a refusal, with the same names."""
    metadata = Metadata()
    whole = _whole(metadata)
    before = _state(metadata, whole)
    for _ in range(2):
        with pytest.raises(PorticoError):
            refused(metadata, whole)
        configure_mappers()
        assert _state(metadata, whole) == before
    part = _part(metadata, whole, extra=(Mapped[int | None], IntegerField(nullable=True, index=True)))
    other = metadata.declare("Label", table="refused_parts", id=_key())
    configure_mappers()
    assert [mapper.class_ for mapper in whole.__mapper__.self_and_descendants] == [whole, part]
    assert whole.__mapper__.polymorphic_map["part"].class_ is ModelMeta.registry["Part"] is part
    assert other.__table__ is metadata.tables["refused_parts"]


def test_who_waits_for_a_refused_class_finds_the_corrected_one() -> None:
    """Relations and foreign keys are said by name before the class is there."""
    metadata = Metadata()
    leaf = metadata.declare(
        "Leaf",
        table="refused_leaves",
        id=_key(),
        twig_id=(Mapped[int], ForeignKeyField("refused_twigs.id")),
        twig=("Ref[Twig]", ManyToOne(back_populates="leaves")),
    )

    def twig(options: AuditOptions) -> Any:
        leaves = "Many[Leaf]", OneToMany(back_populates="twig")
        body = {"id": _key(), "leaves": leaves, "__audit__": options}
        return metadata.declare("Twig", AuditMixin, Model, table="refused_twigs", **body)

    with pytest.raises(PorticoError):
        twig(NO_SUCH_COLUMN)
    corrected = twig(AuditOptions())
    configure_mappers()
    (constraint,) = leaf.__table__.foreign_key_constraints
    assert constraint.referred_table is corrected.__table__
    assert leaf.__mapper__.relationships["twig"].mapper.class_ is corrected


def test_a_refusal_leaves_the_class_that_had_the_name() -> None:
    """Another part of an application may have one of the same name."""
    part = Metadata().declare("Part", table="refused_once", id=_key())
    metadata = Metadata()
    with pytest.raises(ConfigurationError):
        _second_table(metadata, _whole(metadata))
    assert ModelMeta.registry["Part"] is part
    configure_mappers()
