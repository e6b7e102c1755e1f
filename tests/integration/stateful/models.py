"""A family of models with everything on: tenants, audit, soft deletion, versions, moments, and the calls.

A team has members, which go with it; members have skills over a junction. Names are unique within a tenant,
among the rows that are there.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import (
    AuditMixin,
    OptimisticLockMixin,
    SoftDeleteMixin,
    TenantMixin,
    TimestampMixin,
    UtilsMixin,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref


class Base(
    TenantMixin,
    AuditMixin,
    SoftDeleteMixin,
    OptimisticLockMixin,
    TimestampMixin,
    UtilsMixin,
    Model,
):
    class Meta:
        abstract = True
        metadata = sa.MetaData()

    name: Mapped[str] = StringField(max_length=20, unique=True)
    points: Mapped[int] = IntegerField(default=0)


class Team(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    members: Many[Member] = OneToMany(back_populates="team")


class Member(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    team_id: Mapped[int] = ForeignKeyField(Team, on_delete="cascade")
    team: Ref[Team] = ManyToOne(back_populates="members")
    skills: Many[Skill] = ManyToMany(back_populates="members")


class Skill(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    members: Many[Member] = ManyToMany(back_populates="skills")


METADATA = Base.metadata
MODELS: tuple[type[Base], ...] = (Team, Member, Skill)
