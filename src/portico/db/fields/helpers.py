"""Temporary first cut of the field helpers; replaced by the typed ones."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import mapped_column

from .spec import FieldSpec


def _make(type_: Any, python_type: Any, options: dict[str, Any], **more: Any) -> Any:
    o = {**options}
    nullable = o.pop("nullable", None)
    has_default = "default" in o
    spec = FieldSpec(
        python_type=python_type,
        nullable=bool(nullable),
        has_default=has_default,
        default=o.get("default"),
        server_default=o.get("server_default") is not None,
        primary_key=bool(o.get("primary_key")),
        unique=bool(o.get("unique")),
        **{k: o.pop(k) for k in list(o) if k in (
            "max_length min_length min_value max_value precision scale title description comment auto_now auto_now_add").split()},
        choices=tuple(o.pop("choices")) if o.get("choices") else None,
        validators=tuple(o.pop("validators", ())),
        **more,
    )
    args: list[Any] = []
    if o.get("column_name"):
        args.append(o.pop("column_name"))
    fk = o.pop("fk", None)
    args.append(type_)
    if fk is not None:
        args.append(fk)
    keep = {k: v for k, v in o.items() if k in {"primary_key", "unique", "index", "server_default", "default", "onupdate", "autoincrement"}}
    mc: Any = mapped_column(*args, info={"portico": spec}, **keep, **({} if nullable is None else {"nullable": nullable}))
    if nullable is None:
        mc.column.nullable = False
    return mc


def IntegerField(**o: Any) -> Any: return _make(sa.Integer(), int, o, generated=bool(o.get("primary_key")))
def BigIntegerField(**o: Any) -> Any: return _make(sa.BigInteger(), int, o)
def SmallIntegerField(**o: Any) -> Any: return _make(sa.SmallInteger(), int, o)
def StringField(**o: Any) -> Any: return _make(sa.String(o.get("max_length", 255)), str, o)
CharField = StringField
def TextField(**o: Any) -> Any: return _make(sa.Text(), str, o)
def BooleanField(**o: Any) -> Any: return _make(sa.Boolean(), bool, o)
def FloatField(**o: Any) -> Any: return _make(sa.Double(), float, o)
def DecimalField(**o: Any) -> Any: return _make(sa.Numeric(o.get("precision", 10), o.get("scale", 2)), decimal.Decimal, o)
def DateTimeField(**o: Any) -> Any:
    o.pop("timezone", None)
    if o.get("auto_now") or o.get("auto_now_add"):
        o["default"] = lambda: dt.datetime.now(dt.UTC)
    return _make(sa.DateTime(timezone=True), dt.datetime, o)
def DateField(**o: Any) -> Any: return _make(sa.Date(), dt.date, o)
def TimeField(**o: Any) -> Any: return _make(sa.Time(), dt.time, o)
def DurationField(**o: Any) -> Any: return _make(sa.Interval(), dt.timedelta, o)
def UUIDField(**o: Any) -> Any:
    if o.get("primary_key") and "default" not in o:
        o["default"] = uuid.uuid4
    return _make(sa.Uuid(), uuid.UUID, o)
def EnumField(enum: Any, **o: Any) -> Any: return _make(sa.Enum(enum, native_enum=False, values_callable=lambda e: [str(m.value) for m in e]), enum, o)
def JSONField(**o: Any) -> Any: return _make(sa.JSON(none_as_null=True), Any, o)
def ArrayField(item: Any = str, **o: Any) -> Any: return _make(sa.JSON(), list[item], o)
def BinaryField(**o: Any) -> Any: return _make(sa.LargeBinary(), bytes, o)
EmailField = StringField
URLField = StringField
def PasswordField(**o: Any) -> Any: return _make(sa.String(255), str, o, write_only=True)
def SecretField(**o: Any) -> Any: return _make(sa.Text(), str, o, secret=True)
def ColumnField(type_: Any, **o: Any) -> Any: return _make(type_, Any, o)
def ForeignKeyField(target: Any, *, to_field: str | None = None, on_delete: str = "restrict", on_update: str | None = None, **o: Any) -> Any:
    def resolve() -> Any:
        t: Any = target
        return t.__table__.c[to_field] if to_field else next(iter(t.__table__.primary_key))
    key: Any = resolve() if not isinstance(target, str) else target
    return _make(None, int, {**o, "fk": sa.ForeignKey(key, ondelete=on_delete.replace("_", " ").upper(), onupdate=on_update)}, foreign_key=True)


FIELD_SPECIFIERS: tuple[Any, ...] = (StringField, TextField)
