"""Two clinics in the same tables: neither finds out what the other has, whatever it asks for."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
from tests.fixtures.clinic import Clinics

SOUTH = ("south-ruth", "south-dora", "south-mia")
LISTS = ("patients", "appointments", "treatments", "allergies", "doctors", "procedures", "messages")
READING = [
    *(f"/{name}?count=exact" for name in LISTS),
    *(f"/{name}/export" for name in LISTS),
    *(f"/{name}/aggregate?metrics=count" for name in LISTS),
    "/patients?search=north",
    "/patients?include=allergies,appointments.treatments.procedure",
    "/patients?sort=-name&allergies.name__icontains=north",
    "/patients?name__icontains=of&limit=1",
    "/patients/aggregate?group_by=name&metrics=count",
    "/patients/facets?facets=number",
    "/patients/trash",
    "/appointments/trash?include=patient",
    "/openapi.json",
]
OF_THE_NORTH = [
    "/patients/{patient}",
    "/patients/{patient}/history",
    "/patients/{patient}/allergies",
    "/patients/{patient}/appointments",
    "/patients/{patient}/allergies/{allergy}",
    "/patients/trash/{patient}",
    "/appointments/{appointment}",
    "/appointments/{appointment}?include=patient,doctor,treatments",
    "/appointments/{appointment}/patient",
    "/appointments/{appointment}/treatments",
    "/treatments/{appointment},{procedure}",
    "/treatments/{appointment},{procedure}/procedure",
    "/doctors/{doctor}",
    "/procedures/{procedure}",
    "/allergies/{allergy}/patients",
]
WRITES: list[tuple[str, str, Any]] = [
    ("PATCH", "/patients/{patient}", {"name": "Taken"}),
    ("DELETE", "/patients/{patient}", None),
    ("POST", "/patients/{patient}/restore", None),
    ("PUT", "/patients/{patient}/allergies/{allergy}", None),
    ("PATCH", "/appointments/{appointment}", {"reason": "Taken"}),
    ("PATCH", "/treatments/{appointment},{procedure}", {"minutes": 99}),
    ("DELETE", "/treatments/{appointment},{procedure}", None),
]


def _furnished(clinics: Clinics) -> dict[str, int]:
    """The keys of the north, which has an appointment with a treatment; one patient more was deleted."""
    appointment = clinics.booked("north")["id"]
    clinics.made(
        "north-dora", "/treatments", appointment_id=appointment, procedure_id=clinics.north["procedure"]
    )
    gone = clinics.made("north-ruth", "/patients", number="9", name="Zoe of north")["id"]
    assert clinics.ask("north-ruth", "DELETE", f"/patients/{gone}").status_code == 204
    return {**clinics.north, "appointment": appointment, "gone": gone}


def _without_tokens(answer: httpx.Response) -> str:
    """All that was answered, but for the document's list of tokens, which everybody is shown."""
    said = answer.text + str(answer.headers)
    return "".join(part for part in said.split() if not part.startswith("north-"))


def test_no_byte_of_another_clinic_comes_out(clinics: Clinics) -> None:
    """Of lists, sums, exports, searches, the trash and each single row, whoever of the south asks."""
    keys = _furnished(clinics)
    paths = [*READING, *(path.format_map(keys) for path in OF_THE_NORTH)]
    for who in SOUTH:
        for path in paths:
            assert "north" not in _without_tokens(clinics.ask(who, "GET", path)), (who, path)
    assert "north" in clinics.ask("north-ruth", "GET", "/patients").text


def test_what_another_clinic_has_is_what_nobody_has(clinics: Clinics) -> None:
    """Rows of the north and rows that are not there are answered alike, and nothing is changed."""
    keys = _furnished(clinics)
    before = clinics.ask("north-mia", "GET", f"/patients/{keys['patient']}/history").text
    nowhere = dict.fromkeys(keys, 4711)
    reads: list[tuple[str, str, Any]] = [("GET", path, None) for path in OF_THE_NORTH]
    for method, path, body in [*reads, *WRITES]:
        for who in SOUTH:
            there, absent = (clinics.ask(who, method, path.format_map(one), body) for one in (keys, nowhere))
            assert there.status_code == absent.status_code, (who, method, path)
            assert there.status_code in {403, 404}, (who, method, path, there.text)
            assert _said(there) == _said(absent), (who, method, path)
    assert clinics.ask("north-mia", "GET", f"/patients/{keys['patient']}/history").text == before


def test_references_into_another_clinic_lead_nowhere(clinics: Clinics) -> None:
    """A booking for a patient of the north is refused as one for a patient that does not exist."""
    south, keys = clinics.south, _furnished(clinics)
    plan = {"patient_id": south["patient"], "doctor_id": south["doctor"], "starts_at": "2026-12-01T09:00:00Z"}
    for field, taken in (("patient_id", keys["patient"]), ("doctor_id", keys["doctor"])):
        there, absent = (
            clinics.ask("south-ruth", "POST", "/appointments", {**plan, field: key}) for key in (taken, 4711)
        )
        assert (there.status_code, there.json()["code"]) == (409, "foreign-key")
        assert there.json()["errors"] == absent.json()["errors"]
    booked = clinics.booked("south")["id"]
    for body in (
        {"appointment_id": keys["appointment"], "procedure_id": keys["procedure"]},
        {"appointment_id": booked, "procedure_id": keys["procedure"]},
    ):
        refused = clinics.ask("south-dora", "POST", "/treatments", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "foreign-key"), refused.text


def test_two_receptionists_book_the_same_hour(clinics: Clinics) -> None:
    """One of them has it; the other is told which fields are taken. In the south the hour is free."""
    plan = {
        "patient_id": clinics.north["patient"],
        "doctor_id": clinics.north["doctor"],
        "starts_at": "2026-12-01T09:00:00Z",
    }
    start = Barrier(2)

    def book(who: str) -> httpx.Response:
        start.wait(30)
        return clinics.ask(who, "POST", "/appointments", plan)

    with ThreadPoolExecutor(2) as desks:
        answers = sorted(desks.map(book, ["north-ruth", "north-raj"]), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [201, 409]
    assert {one["pointer"] for one in answers[1].json()["errors"]} == {"/doctor_id", "/starts_at"}
    assert clinics.booked("south", hour=9)["id"]


def test_who_belongs_to_no_clinic_is_told_nothing(clinics: Clinics) -> None:
    """Neither without a token nor with one that nobody has."""
    for who in ("", "north-nobody"):
        answers = [clinics.ask(who, "GET", f"/{name}") for name in LISTS]
        assert {one.status_code for one in answers} == {401}
        assert all("Ann" not in one.text for one in answers)


def test_the_clinic_of_a_row_is_nobodys_to_write(clinics: Clinics) -> None:
    """The document does not know the field, and a body with it is refused."""
    path = f"/patients/{clinics.north['patient']}"
    for field in ("tenant_id", "deleted_at"):
        assert clinics.ask("north-ruth", "PATCH", path, {field: "south"}).status_code == 422
    assert "tenant_id" not in clinics.ask("", "GET", "/openapi.json").text


def _said(answer: httpx.Response) -> str:
    """What was answered, but for the keys that were asked for and the number of the request."""
    return re.sub(r'"request_id": "\w+"|\d+', "?", answer.text)
