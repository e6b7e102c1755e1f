"""A relation to what whoever asks may not read at all shows nothing, however it is declared."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal, role
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database, atomic

from .doors import opened

METADATA = MetaData()
PEOPLE = {"guest": Principal(2), "clerk": Principal(1, roles=["clerk"])}


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Patient(Base):
    """Whom only clerks may see."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    visits: Many[Visit] = OneToMany(back_populates="patient", loading="selectin")


class Visit(Base):
    """What everybody may see; the patient comes along in Python, asked for or not."""

    id: Mapped[int] = IntegerField(primary_key=True)
    patient_id: Mapped[int] = ForeignKeyField(Patient)
    patient: Ref[Patient] = ManyToOne(back_populates="visits", loading="selectin")


def ward(db: Database, principal: Any) -> Portico:
    """Visits for everybody, patients for clerks."""
    api = Portico(db, principal=principal)
    api.expose(Patient, policy=Policy(read=role("clerk")))
    api.expose(Visit, policy="public")
    return api


PATHS = [
    "/visits/1?include=patient",
    "/visits?include=patient.visits",
    "/visits/export?fields=id,patient.name",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_closed_relation_shows_nothing_though_a_unit_holds_it(db: Database, path: str) -> None:
    """Code of the application may have loaded it before, into the same unit of work."""
    await db.create_tables(METADATA)
    patient = await Patient.create(name="canary")
    await Visit.create(patient_id=patient.id)
    async with opened(db, ward, PEOPLE) as doors, atomic(doors.database):
        (visit,) = await Visit.filter().using(doors.database).prefetch("patient")
        assert visit.patient.name == "canary"
        reply = await doors.compiled.get(path, headers={"x-who": "guest"})
        assert reply.status_code == 200
        assert "canary" not in reply.text


@pytest.mark.parametrize("path", ["/visits/1?include=patient", "/visits?include=patient.visits"])
async def test_a_closed_relation_shows_nothing_though_it_loads_unasked(db: Database, path: str) -> None:
    """What was loaded for Python is not for whoever asks."""
    await db.create_tables(METADATA)
    patient = await Patient.create(name="canary")
    await Visit.create(patient_id=patient.id)
    async with opened(db, ward, PEOPLE) as doors:
        hidden = await doors.same(path, "guest")
        assert hidden.status_code == 200
        assert "canary" not in hidden.text
        assert "canary" in (await doors.same(path, "clerk")).text
