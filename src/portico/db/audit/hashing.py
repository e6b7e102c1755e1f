"""The hashes of the trail: of an entry, of a batch of entries, and of a batch in its place.

    keys.use(b"…")                         # keyed from now on (HMAC-SHA-256); without a key, plain SHA-256

A plain hash shows accidents and careless hands, and can be computed anew by whoever may write the tables. A
key that only the application has makes a changed trail visible whoever changed it. Several keys may be known:
the first one signs, each of them is accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from portico.errors import ConfigurationError

BEGINNING: Final = "0" * 64
"""What stands before the first batch of a table."""
_SHORTEST: Final = 16
_COVERED: Final = (
    "actor",
    "request_id",
    "tenant",
    "table_name",
    "model",
    "row_key",
    "key_before",
    "operation",
    "before",
    "after",
)


class _Keys:
    """The keys of this process."""

    def __init__(self) -> None:
        self._keys: tuple[bytes, ...] = (b"",)

    def use(self, *keys: bytes) -> None:
        """Sign with the first and accept each; none for plain hashes."""
        if any(len(key) < _SHORTEST for key in keys):
            raise ConfigurationError(
                f"A key of the audit trail has fewer than {_SHORTEST} bytes.",
                hint="Take secrets.token_bytes(32), and keep it where the database is not.",
            )
        self._keys = keys or (b"",)

    def sign(self, label: str, parts: Iterable[Any]) -> str:
        """The hash of these parts under the first key."""
        return _hash(self._keys[0], label, parts)

    def accept(self, found: str | None, label: str, parts: Sequence[Any]) -> bool:
        """Whether that is the hash of these parts, under any of the keys."""
        return found is not None and any(
            hmac.compare_digest(_hash(key, label, parts).encode(), found.encode()) for key in self._keys
        )


keys: Final = _Keys()


def of_entry(entry: Mapping[str, Any]) -> list[Any]:
    """What the hash of an entry covers: all of it but the number that the database gave it."""
    place = [entry["unit"].hex, entry["ordinal"], entry["at"].isoformat(timespec="microseconds")]
    return [*place, *(entry[name] for name in _COVERED)]


def of_batch(batch: Mapping[str, Any], hashes: Iterable[str]) -> list[Any]:
    """What the digest of a batch covers: the entries, all of them and in their order."""
    at = batch["at"].isoformat(timespec="microseconds")
    return [batch["unit"].hex, batch["table_name"], at, batch["entries"], *hashes]


def of_seal(batch: Mapping[str, Any]) -> list[Any]:
    """What the seal of a batch covers: the batch, its place, its first number, and what stands before."""
    names = ("table_name", "position", "previous", "digest", "first_id")
    return [batch["unit"].hex, *(batch[name] for name in names)]


def _hash(key: bytes, label: str, parts: Iterable[Any]) -> str:
    content = json.dumps([label, *parts], separators=(",", ":")).encode()
    # BLAKE2 would be quicker; SHA-256 can be checked by any tool that an auditor brings.
    return (hmac.new(key, content, hashlib.sha256) if key else hashlib.sha256(content)).hexdigest()
