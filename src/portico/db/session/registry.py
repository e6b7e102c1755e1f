"""The databases and tables that are known by now."""

from __future__ import annotations

from sqlalchemy import MetaData

_metadatas: list[MetaData] = []


def register_metadata(metadata: MetaData) -> None:
    """Let create_tables() without arguments know these tables."""
    if not any(known is metadata for known in _metadatas):
        _metadatas.append(metadata)


def registered_metadatas() -> list[MetaData]:
    """The metadata registered so far, in order."""
    return list(_metadatas)
