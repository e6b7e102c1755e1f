"""What a model says about its trail is checked when the class is made."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.audit import AuditOptions
from portico.db.audit.options import recorded
from portico.db.fields import IntegerField, StringField
from portico.db.mixins import AuditMixin
from portico.db.models import Model, ModelMeta
from portico.errors import ConfigurationError, PorticoError, UnknownFieldError


def make(**body: Any) -> None:
    """A class with this body."""
    meta = type("Meta", (), {"metadata": sa.MetaData()})
    ModelMeta("Refused", (AuditMixin, Model), {"id": IntegerField(primary_key=True), "Meta": meta} | body)


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ({"__audit__": AuditOptions(mask=["di"])}, UnknownFieldError, "'di'"),
        ({"__audit__": AuditOptions(leave_out=["name"])}, UnknownFieldError, "'name'"),
        ({"__audit__": ["id"]}, ConfigurationError, "AuditOptions"),
        ({"audit_trail": IntegerField()}, ConfigurationError, "audit_trail"),
        ({"__audit__": AuditOptions(mask=["id"])}, ConfigurationError, "masked"),
    ],
)
def test_what_cannot_be_recorded_is_refused(body: Any, error: type[PorticoError], said: str) -> None:
    """A name that is no column would be a secret that is recorded."""
    with pytest.raises(error, match=said):
        make(**body)


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Secretive:
    __audit__ = AuditOptions(mask=["pin"])


class Person(AuditMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    pin: Mapped[str] = StringField(max_length=20)
    seen: Mapped[int] = IntegerField(default=0)
    __audit__ = AuditOptions(mask=["pin"], leave_out=["seen"])

    class Meta(Base.Meta):
        abstract = True


class Patient(Person):
    insurance: Mapped[str] = StringField(max_length=20)
    kind: Mapped[str] = StringField(max_length=20, default="patient")
    __audit__ = AuditOptions(mask=["insurance"])
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "patient"}

    class Meta(Person.Meta):
        abstract = False
        table = "masked_patients"


class InPatient(Patient):
    room: Mapped[str | None] = StringField(max_length=20, nullable=True)
    __audit__ = AuditOptions(mask=["room", "pin"], leave_out=["kind"])
    __mapper_args__ = {"polymorphic_identity": "in"}


class Doctor(Secretive, AuditMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    pin: Mapped[str] = StringField(max_length=20)

    class Meta(Base.Meta):
        table = "masked_doctors"


@pytest.mark.parametrize(
    ("model", "masked", "left_out"),
    [
        (Patient, {"pin", "insurance"}, {"seen"}),
        (InPatient, {"pin", "insurance", "room"}, {"seen", "kind"}),
        (Doctor, {"pin"}, set[str]()),
    ],
)
def test_a_class_adds_to_what_its_bases_mask(model: Any, masked: set[str], left_out: set[str]) -> None:
    """A secret of a base that is written out by a subclass would be found only when it is too late."""
    about = recorded(model)
    assert about is not None
    assert (set(about.masked), set(about.left_out)) == (masked, left_out)


def test_options_of_a_base_are_checked_too() -> None:
    """They count as those of the class do."""
    wrong = type("Wrong", (), {"__audit__": ["pin"]})
    meta = type("Meta", (), {"metadata": sa.MetaData()})
    body = {"id": IntegerField(primary_key=True), "Meta": meta, "__audit__": AuditOptions()}
    with pytest.raises(ConfigurationError, match=r"Wrong\.__audit__"):
        ModelMeta("Refused", (wrong, AuditMixin, Model), body)
