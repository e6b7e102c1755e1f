"""Notice: what a class is to do stands among its bases, and the fields below are the clinic's alone."""

from __future__ import annotations

from datetime import date, datetime

from portico import (
    AuditMixin,
    AuditOptions,
    CompositeKeyMixin,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Many,
    ManyToMany,
    ManyToOne,
    Mapped,
    Model,
    OneToMany,
    OptimisticLockMixin,
    Ref,
    SoftDeleteMixin,
    StringField,
    TenantMixin,
    TextField,
    TimestampMixin,
    composite_unique,
)


class Kept(TenantMixin, AuditMixin, SoftDeleteMixin, OptimisticLockMixin, TimestampMixin, Model):
    """What must not get lost: a clinic's own, recorded, kept when deleted, and never overwritten unseen."""

    class Meta:
        """A base of tables, and none itself."""

        abstract = True


class Patient(Kept):
    """Somebody who comes to a clinic."""

    __audit__ = AuditOptions(
        mask=["insurance_number"], leave_out=["tenant_id", "version", "created_at", "updated_at"]
    )

    id: Mapped[int] = IntegerField(primary_key=True)
    number: Mapped[str] = StringField(max_length=12, unique=True, description="Unique within the clinic.")
    name: Mapped[str] = StringField(max_length=100, min_length=2)
    born: Mapped[date | None] = DateField(nullable=True, default=None)
    insurance_number: Mapped[str] = StringField(max_length=20, default="")
    allergies: Many[Allergy] = ManyToMany(back_populates="patients")
    appointments: Many[Appointment] = OneToMany(back_populates="patient")


class Allergy(TenantMixin, Model):
    """What some patients cannot take."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50, unique=True)
    patients: Many[Patient] = ManyToMany(back_populates="allergies")


class Doctor(TenantMixin, Model):
    """Somebody to be seen."""

    id: Mapped[int] = IntegerField(primary_key=True)
    login: Mapped[str] = StringField(max_length=30, unique=True)
    name: Mapped[str] = StringField(max_length=100)


class Appointment(Kept):
    """A patient, a doctor and a time; a doctor has one at a time."""

    id: Mapped[int] = IntegerField(primary_key=True)
    starts_at: Mapped[datetime] = DateTimeField()
    reason: Mapped[str] = TextField(default="")
    patient_id: Mapped[int] = ForeignKeyField(Patient, on_delete="cascade")
    doctor_id: Mapped[int] = ForeignKeyField(Doctor, on_delete="restrict")
    patient: Ref[Patient] = ManyToOne(back_populates="appointments")
    doctor: Ref[Doctor] = ManyToOne()
    treatments: Many[Treatment] = OneToMany(back_populates="appointment")

    class Meta(Kept.Meta):
        """The next one first; no doctor is in two rooms."""

        ordering = ("starts_at", "id")
        constraints = (composite_unique("doctor_id", "starts_at"),)


class Procedure(TenantMixin, Model):
    """What a clinic does, by its own code."""

    id: Mapped[int] = IntegerField(primary_key=True)
    code: Mapped[str] = StringField(max_length=10, unique=True)
    title: Mapped[str] = StringField(max_length=100)


class Treatment(CompositeKeyMixin, TenantMixin, AuditMixin, Model):
    """What was done at an appointment: known by both."""

    appointment_id: Mapped[int] = ForeignKeyField(Appointment, primary_key=True, on_delete="cascade")
    procedure_id: Mapped[int] = ForeignKeyField(Procedure, primary_key=True, on_delete="restrict")
    minutes: Mapped[int] = IntegerField(default=10, min_value=1)
    appointment: Ref[Appointment] = ManyToOne(back_populates="treatments")
    procedure: Ref[Procedure] = ManyToOne()


class Message(TenantMixin, Model):
    """What was sent to a patient."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=200)
