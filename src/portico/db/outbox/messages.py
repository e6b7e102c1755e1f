"""What is said of a changed row: a document whose fields only grow within one ``schema``.

{"schema": 1, "id": "…", "unit": "…", "kind": "update", "model": "Post", "table": "posts",
 "key": [7], "key_before": [7], "changed": ["title"], "at": "2026-07-01T12:00:00Z",
 "tenant": null, "actor": 3, "request_id": null, "before": {"title": "a"}, "after": {"title": "b"}}

``before`` and ``after`` are there only where values were asked for, and never hold a secret. Decimals, times,
UUIDs and the like are texts as in the API; bytes are base64.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.orm import Mapper

from portico.db.changes import RowChange
from portico.db.fields import spec_of
from portico.errors import ConfigurationError

SCHEMA: Final = 1


@dataclass(frozen=True, kw_only=True)
class Included:
    """What the outbox says of one class."""

    stream: str
    table: str
    values: frozenset[str]


def included(model: type[Any], stream: str, values: Collection[str] | bool) -> Included:  # noqa: FBT001 -- True means all
    """What is to be said of a class; refuses names that it does not have, and secrets."""
    mapper: Mapper[Any] | None = sa.inspect(model, raiseerr=False)
    if mapper is None:
        raise ConfigurationError(f"{model!r} is no mapped class.")
    specs = {attribute.key: spec_of(attribute) for attribute in mapper.column_attrs}
    secrets = {name for name, spec in specs.items() if spec.secret or spec.write_only}
    wanted = (specs.keys() - secrets) if values is True else set(values or ())
    if unknown := sorted(wanted - specs.keys()):
        raise ConfigurationError(f"{model.__name__} has no field {unknown[0]!r}.")
    if hidden := sorted(wanted & secrets):
        raise ConfigurationError(
            f"{model.__name__}.{hidden[0]} is a secret and is not published.",
            hint="Leave it out of values=…",
        )
    return Included(stream=stream, table=str(mapper.local_table), values=frozenset(wanted))


def row_of(change: RowChange, rule: Included, unit: UUID) -> dict[str, Any]:
    """The row that waits in the outbox for this change."""
    key = _key(rule.table, change.key)
    before = _key(rule.table, change.key_before) if change.key_before else key
    return {
        "id": str(change.id),
        "stream": rule.stream,
        "message_key": key,
        "payload": to_json(_document(change, rule, unit), **_AS_JSON),
        "row_digest": _digest(key),
        "digest_before": _digest(before) if before != key else None,
        "written_at": int(change.at.timestamp() * 1_000_000),
    }


_AS_JSON: Final[Any] = {"bytes_mode": "base64", "inf_nan_mode": "strings", "fallback": str}


def _document(change: RowChange, rule: Included, unit: UUID) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "id": change.id,
        "unit": unit,
        "kind": change.kind,
        "model": change.model.__name__,
        "table": rule.table,
        "key": change.key,
        "key_before": change.key_before or change.key,
        "changed": sorted(change.changed),
        "at": change.at,
        "tenant": change.tenant,
        "actor": change.actor,
        "request_id": change.request_id,
    }
    if rule.values:
        document["before"] = _chosen(change.before, rule.values)
        document["after"] = _chosen(change.after, rule.values)
    return document


def _chosen(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _key(table: str, key: tuple[Any, ...]) -> str:
    return f"{table}:{to_json(key, **_AS_JSON).decode()}"


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
