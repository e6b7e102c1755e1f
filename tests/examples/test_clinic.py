"""The clinic example, told as the stories of its staff on each database."""

import time
from typing import Any

from tests.fixtures.clinic import Clinics

RUTH, RAJ, DORA, MIA = "north-ruth", "north-raj", "north-dora", "north-mia"


def test_a_patient_hears_of_an_appointment_once_it_is_certain(clinics: Clinics) -> None:
    """The desk is answered with the appointment; the message follows by itself."""
    booked = clinics.booked("north")
    taken = clinics.ask(RUTH, "POST", "/appointments", {**_of(booked), "reason": "The same hour"})
    assert taken.status_code == 409
    end = time.monotonic() + 30
    while not (messages := clinics.ask(RUTH, "GET", "/messages").json()["items"]):
        assert time.monotonic() < end, "nobody wrote to the patient"
    assert [one["text"] for one in messages] == ["Ann of north: see you on 01 December at 09:00."]


def test_an_appointment_is_read_with_all_that_belongs_to_it(clinics: Clinics) -> None:
    """One request: the patient with allergies, the doctor, what was done."""
    booked = clinics.booked("north")
    clinics.made(DORA, "/treatments", appointment_id=booked["id"], procedure_id=clinics.north["procedure"])
    path = f"/appointments/{booked['id']}?include=patient.allergies,doctor,treatments.procedure"
    found = clinics.ask(DORA, "GET", path).json()
    assert found["doctor"]["name"] == "Dora of north"
    assert [one["name"] for one in found["patient"]["allergies"]] == ["Pollen of north"]
    assert [one["procedure"]["title"] for one in found["treatments"]] == ["X-ray of north"]


def test_nobody_overwrites_what_another_has_changed(clinics: Clinics) -> None:
    """412 for whoever names the state by header, 409 for whoever sends back the version; nothing is lost."""
    path = f"/patients/{clinics.north['patient']}"
    read = clinics.ask(RAJ, "GET", path)
    assert clinics.ask(RUTH, "PATCH", path, {"name": "Ann Ruthless"}).status_code == 200
    late = clinics.ask(RAJ, "PATCH", path, {"name": "Ann Rajput"}, if_match=read.headers["etag"])
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")
    again = clinics.ask(RAJ, "PATCH", path, {"name": "Ann Rajput", "version": read.json()["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "version-conflict")
    assert "atomic" not in again.text
    now = clinics.ask(RAJ, "GET", path)
    assert now.json()["name"] == "Ann Ruthless"
    final = clinics.ask(RAJ, "PATCH", path, {"name": "Ann Rajput"}, if_match=now.headers["etag"])
    assert (final.status_code, final.json()["version"]) == (200, 3)


def test_a_patient_leaves_and_comes_back(clinics: Clinics) -> None:
    """Appointments go along and come back along; only some may look into the trash or empty it."""
    booked, path = clinics.booked("north"), f"/patients/{clinics.north['patient']}"
    assert clinics.ask(RUTH, "DELETE", path).status_code == 204
    assert clinics.ask(RUTH, "GET", path).status_code == 404
    assert clinics.ask(RUTH, "GET", "/appointments").json()["items"] == []
    refused = clinics.ask(DORA, "GET", "/patients/trash")
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "You may not see deleted rows of patients.",
    )
    kept = clinics.ask(RUTH, "GET", "/patients/trash")
    assert [one["name"] for one in kept.json()["items"]] == ["Ann of north"]
    assert kept.headers["cache-control"] == "private, no-cache"
    assert clinics.ask(RUTH, "POST", f"{path}/restore").json()["deleted_at"] is None
    assert [one["id"] for one in clinics.ask(RUTH, "GET", "/appointments").json()["items"]] == [booked["id"]]
    assert clinics.ask(RUTH, "DELETE", path).status_code == 204
    gone = path.replace("/patients", "/patients/trash")
    assert [clinics.ask(who, "DELETE", gone).status_code for who in (RUTH, MIA)] == [403, 204]


def test_the_history_says_who_did_what(clinics: Clinics) -> None:
    """Also of a deleted patient; the insurance number changed, and nobody reads to what."""
    path = f"/patients/{clinics.north['patient']}"
    clinics.ask(DORA, "PATCH", path, {"name": "Ann B.", "insurance_number": "secret 1"})
    clinics.ask(RAJ, "DELETE", path)
    history = clinics.ask(MIA, "GET", f"{path}/history")
    deleted, changed, linked, created = history.json()
    assert [one["by"] for one in (deleted, changed, linked, created)] == ["raj", "dora", "ruth", "ruth"]
    assert changed["changes"] == {"name": ["Ann of north", "Ann B."], "insurance_number": ["***", "***"]}
    assert deleted["changes"].keys() == {"deleted_at"}
    assert linked["changes"] == {"allergies": [[], [[clinics.north["allergy"]]]]}
    assert ("secret 1" in history.text, "4711" in history.text, "tenant_id" in history.text) == (False,) * 3
    assert [clinics.ask(who, "GET", f"{path}/history").status_code for who in (RUTH, "")] == [403, 401]


def test_a_treatment_is_known_by_its_appointment_and_its_procedure(clinics: Clinics) -> None:
    """Once each, by the doctor of the appointment alone; the path has both keys."""
    key = {"appointment_id": clinics.booked("north")["id"], "procedure_id": clinics.north["procedure"]}
    assert clinics.ask(RUTH, "POST", "/treatments", key).status_code == 403
    assert clinics.made(DORA, "/treatments", **key, minutes=5) == {**key, "minutes": 5}
    again = clinics.ask(DORA, "POST", "/treatments", key)
    assert (again.status_code, _pointers(again)) == (409, {"/appointment_id", "/procedure_id"})
    path = f"/treatments/{key['appointment_id']},{key['procedure_id']}"
    assert clinics.ask(DORA, "PATCH", path, {"minutes": 15}).json()["minutes"] == 15
    upserted = clinics.ask(DORA, "POST", "/treatments/upsert", {**key, "minutes": 20})
    assert (upserted.status_code, upserted.json()["minutes"]) == (200, 20)
    assert clinics.ask(DORA, "POST", f"{path}/increment", {"minutes": 2}).json()["minutes"] == 22
    assert clinics.ask(RUTH, "DELETE", path).status_code == 404
    assert clinics.ask(DORA, "DELETE", path).status_code == 204
    assert clinics.ask(DORA, "GET", path).status_code == 404


def test_a_number_names_one_patient_of_a_clinic(clinics: Clinics) -> None:
    """Whoever is there is changed, whoever is not is made, and the other clinic has numbers of its own."""
    first = clinics.ask(RUTH, "POST", "/patients/upsert?on=number", {"number": "1", "name": "Ann Again"})
    second = clinics.ask(RUTH, "POST", "/patients/upsert?on=number", {"number": "2", "name": "Ben"})
    assert (first.status_code, second.status_code) == (200, 201)
    assert first.json()["id"] == clinics.north["patient"]
    theirs = clinics.ask("south-ruth", "GET", "/patients?fields=number,name").json()["items"]
    assert theirs == [{"number": "1", "name": "Ann of south"}]


def test_a_doctor_may_move_what_is_the_doctors_own(clinics: Clinics) -> None:
    """The desk may move every appointment, a doctor those with a patient of hers, and a manager none."""
    path = f"/appointments/{clinics.booked('north')['id']}"
    answers = [clinics.ask(who, "PATCH", path, {"reason": who}) for who in (DORA, RUTH, MIA)]
    assert [answer.status_code for answer in answers] == [200, 200, 404]


def _of(appointment: Any) -> dict[str, Any]:
    return {name: appointment[name] for name in ("patient_id", "doctor_id", "starts_at")}


def _pointers(answer: Any) -> set[str]:
    return {one["pointer"] for one in answer.json()["errors"]}
