"""Notice: who asks, and for which clinic, comes from one token; a client cannot choose either of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from portico import Policy, owner, role
from portico.errors import ForbiddenError


@dataclass(frozen=True)
class Member:
    """Somebody who works for a clinic; rules read `id` and `roles`."""

    id: str
    roles: tuple[str, ...]
    clinic: str


MEMBERS = {
    f"{clinic}-{name}": Member(id=name, roles=(held,), clinic=clinic)
    for clinic in ("north", "south")
    for name, held in [("ruth", "desk"), ("raj", "desk"), ("dora", "doctor"), ("mia", "manager")]
}
"""By token: an example has four for each clinic, and an application asks whoever signs them."""

_bearer = HTTPBearer(auto_error=False, description=f"One of {', '.join(MEMBERS)}.")


async def get_member(
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Member | None:
    """Who asks; nobody without a token that is known."""
    return MEMBERS.get(token.credentials) if token else None


Asking = Annotated[Member | None, Depends(get_member)]


async def get_clinic(member: Asking) -> str | None:
    """The tenant of the request."""
    return member.clinic if member else None


async def may_read_histories(member: Asking) -> None:
    """For routes of the application: the ready rules can be asked by hand, too."""
    if not (_doctor | _manager)(member):
        raise ForbiddenError("Histories are for doctors and managers.")


_desk, _doctor, _manager = role("desk"), role("doctor"), role("manager")
_anybody = _desk | _doctor | _manager

OF_THE_HOUSE = Policy(read=_anybody, create=_manager, update=_manager, delete=_manager)
PATIENTS = Policy(
    read=_anybody,
    create=_desk,
    update=_desk | _doctor,
    delete=_desk,
    trash=_desk | _manager,
    purge=_manager,
)
APPOINTMENTS = Policy(
    read=_anybody, create=_desk, update=_desk | owner("doctor.login"), delete=_desk, trash=_desk
)
TREATMENTS = Policy(
    read=_anybody,
    create=owner("appointment.doctor.login"),
    update=owner("appointment.doctor.login"),
    delete=owner("appointment.doctor.login"),
)
MESSAGES = Policy(read=_anybody)
