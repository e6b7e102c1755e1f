"""Notice: the history is a route of the application's own, and no clinic sees that of another's patients."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI

from portico import Database, Portico, Written, post_save

from . import staff
from .models import Allergy, Appointment, Doctor, Message, Patient, Procedure, Treatment


def clinic(db: Database) -> FastAPI:
    """The whole application over one database."""
    app = FastAPI(title="Clinics")
    api = Portico(db, principal=staff.get_member, tenant=staff.get_clinic, create_tables=True)
    within_clinic = [Depends(staff.may_read_histories), Depends(api.tenant)]

    @app.get("/patients/{patient_id}/history", tags=["patients"], dependencies=within_clinic)
    async def history(patient_id: int) -> list[dict[str, Any]]:
        """Who changed what of a patient, the last change first; a deleted patient has a history too."""
        patient = await Patient.with_deleted().get(patient_id)
        return [
            {"at": entry.at, "by": entry.actor, "did": entry.operation, "changes": entry.changes}
            for entry in await patient.audit_trail().newest_first().limit(100)
        ]

    api.expose(Patient, policy=staff.PATIENTS, search=["name"], include=["allergies"], nested=["allergies"])
    api.expose(Appointment, policy=staff.APPOINTMENTS, include=["doctor"])
    api.expose(Treatment, policy=staff.TREATMENTS, include=["procedure"])
    for model in (Allergy, Doctor, Procedure):
        api.expose(model, policy=staff.OF_THE_HOUSE)
    api.expose(Message, policy=staff.MESSAGES)
    api.mount(app)
    return app


@post_save.connect(of=Appointment, after_commit=True)
async def remind(event: Written[Appointment]) -> None:
    """Write to the patient once it is certain, in the clinic of whoever booked, who does not wait for it."""
    if "starts_at" in event.changed:
        patient = await Patient.get(event.instance.patient_id)
        await Message.create(text=f"{patient.name}: see you on {event.instance.starts_at:%d %B at %H:%M}.")
