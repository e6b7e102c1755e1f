"""What a model says about its trail is checked when the class is made."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.audit import AuditOptions
from portico.db.fields import IntegerField
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
