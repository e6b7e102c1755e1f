"""The tenant on its way into rows and conditions: stamped where it is left out, checked where it is given.

    owned = Owned("Invoice", "tenant_id", spec)
    owned.required()         # the tenant that is set, as the column holds it; NoTenantError without one
    TenantType(Text(64), owned)

Whatever writes the column binds its value with the column's type, which compares it with the tenant that is
set: the model calls, a user's own session, statements of Core and those that were compiled long ago. What is
compared with the column is bound as plain text or number, and finds nothing of others by the criterion.
"""

# ruff: noqa: ARG002 -- the signatures are those of SQLAlchemy's TypeDecorator
from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Dialect

from portico.db.fields import FieldSpec
from portico.db.scoping import get_current_tenant, is_unscoped
from portico.errors import InvalidError, NoTenantError, RequiredError, UsageError

HINT = "Set one, `with tenant_context(…):`, or mean the rows of all of them, `with unscoped():`."


class Owned:
    """The tenant column of one class."""

    def __init__(self, model: str, name: str, spec: FieldSpec) -> None:
        self.model = model
        self.name = name
        self._spec = spec
        self._known: tuple[Any, Any] = (None, None)

    def present(self) -> Any:
        """The tenant that is set, as the column holds it; None without one, and inside `unscoped`."""
        given = get_current_tenant()
        if given is None:
            return None
        said, held = self._known
        if said is given:
            return held
        try:
            held = self._spec.check(given)
        except ValidationError:
            raise UsageError(
                f"The tenant that is set does not fit {self.model}.{self.name}.",
                hint="Set it as the column holds it: of the same type, and not too long.",
            ) from None
        self._known = given, held
        return held

    def required(self) -> Any:
        """The same, where there has to be one: in every condition."""
        found = self.present()
        if found is None:
            raise NoTenantError(
                f"The rows of {self.model} belong to tenants, and no tenant is set.", hint=HINT
            )
        return found

    def stamp(self) -> Any:
        """The tenant of a new row that was given none."""
        if is_unscoped():
            raise RequiredError(
                f"{self.model} was refused. {self.name}: A new row needs its tenant.",
                fields={self.name: ("A new row needs its tenant.",)},
                hint="Write it `with tenant_context(…):`, also inside of `unscoped()`.",
            )
        return self.required()

    def check(self, value: Any) -> Any:
        """A value for the column that somebody gave."""
        if is_unscoped():
            return value
        if value != self.required():
            raise InvalidError(
                f"{self.model} was refused. {self.name}: This is not the tenant that is set.",
                fields={self.name: ("This is not the tenant that is set.",)},
            )
        return value


class TenantType(sa.TypeDecorator[Any]):
    """The type of a tenant column: another type, through which only the tenant that is set goes in."""

    impl = sa.String
    cache_ok = True

    def __init__(self, plain: Any, owned: Owned) -> None:
        super().__init__()
        self.plain = plain
        self.owned = owned
        self.impl = self.impl_instance = sa.types.to_instance(plain)

    def __repr__(self) -> str:
        return repr(self.plain)

    def copy(self, **kw: Any) -> TenantType:
        """The same again; SQLAlchemy's own copy would share what it fits to a dialect."""
        return TenantType(self.plain, self.owned)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """What is compared with the column goes nowhere, so it is not checked."""
        return self.plain

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value, which is the tenant that is set."""
        return self.owned.check(value)

    def process_literal_param(self, value: Any, dialect: Dialect) -> Any:
        """The value as it is: text that is only shown."""
        return value
