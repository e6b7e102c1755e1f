"""The classes of the suite, made once for each way of keeping tenants apart and for each set of mixins.

Plain classes go by compiled statements, rich ones have everything on and take the general path. With rows,
those of all tenants stand in one table; with policies PostgreSQL keeps these apart as well; with schemas each
tenant has tables of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from portico.db.fields import ForeignKeyField, IntegerField, StringField, TextField
from portico.db.mixins import (
    AuditMixin,
    CompositeKeyMixin,
    OptimisticLockMixin,
    SchemaTenantMixin,
    SoftDeleteMixin,
    TenantMixin,
    TimestampMixin,
    UtilsMixin,
)
from portico.db.models import Model
from portico.db.relations import ManyToMany, ManyToOne, OneToMany
from portico.db.scoping import get_current_tenant

_RICH: Final = (AuditMixin, SoftDeleteMixin, OptimisticLockMixin, TimestampMixin)


@dataclass(frozen=True, eq=False)
class Kind:
    """One family of classes."""

    name: str
    schemas: bool
    rich: bool
    policies: bool = False
    """Whether PostgreSQL keeps the rows apart as well."""
    metadata: sa.MetaData = field(default_factory=sa.MetaData)
    classes: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        made: dict[str, Any] = {
            "Topic": self._make("Topic", (), _topic()),
            "Person": self._make("Person", self._mixins, _person()),
            "Label": self._make("Label", self._mixins, _label()),
        }
        made["Paper"] = self._make("Paper", self._mixins, _paper(made["Person"]))
        made["Vote"] = self._make("Vote", (CompositeKeyMixin, self._tenancy), self._vote(made))
        self.classes.update(made)

    @property
    def _tenancy(self) -> type[Any]:
        return SchemaTenantMixin if self.schemas else TenantMixin

    @property
    def _mixins(self) -> tuple[type[Any], ...]:
        return (self._tenancy, UtilsMixin, *(_RICH if self.rich else ()))

    def _make(self, name: str, mixins: tuple[type[Any], ...], body: dict[str, Any]) -> Any:
        meta = type("Meta", (), {"metadata": self.metadata, "table": f"vault_{name.lower()}s"})
        metaclass: Any = type(Model)
        made: Any = metaclass(
            name, (*mixins, _root(self.metadata)), {**body, "Meta": meta, "__module__": __name__}
        )
        return made

    def _vote(self, made: dict[str, Any]) -> dict[str, Any]:
        owner = StringField(max_length=64, primary_key=True, default=get_current_tenant)
        return {
            **({} if self.schemas else {"tenant_id": owner}),
            "person_id": ForeignKeyField(made["Person"], primary_key=True),
            "paper_id": ForeignKeyField(made["Paper"], primary_key=True),
            "reason": StringField(max_length=80),
        }


_roots: Final[dict[sa.MetaData, Any]] = {}


def _root(metadata: sa.MetaData) -> Any:
    """The base of a family: names of classes are looked up within it."""
    if metadata not in _roots:
        meta = type("Meta", (), {"metadata": metadata, "abstract": True})
        metaclass: Any = type(Model)
        _roots[metadata] = metaclass("Base", (Model,), {"Meta": meta, "__module__": __name__})
    return _roots[metadata]


def _topic() -> dict[str, Any]:
    """What all tenants share."""
    return {
        "id": IntegerField(primary_key=True),
        "word": StringField(max_length=80, unique=True),
        "papers": ManyToMany("Paper", back_populates="topics"),
    }


def _person() -> dict[str, Any]:
    return {
        "id": IntegerField(primary_key=True),
        "number": IntegerField(unique=True),
        "name": StringField(max_length=80),
        "papers": OneToMany("Paper", back_populates="author"),
    }


def _label() -> dict[str, Any]:
    return {
        "id": IntegerField(primary_key=True),
        "word": StringField(max_length=80),
        "papers": ManyToMany("Paper", back_populates="labels"),
    }


def _paper(person: Any) -> dict[str, Any]:
    return {
        "id": IntegerField(primary_key=True),
        "title": StringField(max_length=80),
        "notes": TextField(default=""),
        "likes": IntegerField(default=0),
        "author_id": ForeignKeyField(person, on_delete="cascade"),
        "author": ManyToOne("Person", back_populates="papers"),
        "labels": ManyToMany("Label", back_populates="papers"),
        "topics": ManyToMany("Topic", back_populates="papers"),
    }


KINDS: Final = ("plain rows", "rich rows", "plain schemas", "rich schemas", "rich policies")
_made: Final[dict[str, Kind]] = {}


def kind_of(name: str) -> Kind:
    """The classes of a kind, made when they are first asked for.

    To make the schema of a tenant is to make the tables of every class that is known by then, and other tests
    want nothing of these.
    """
    if name not in _made:
        amount, walls = name.split()
        _made[name] = Kind(
            name, schemas=walls == "schemas", rich=amount == "rich", policies=walls == "policies"
        )
    return _made[name]
