"""The three tables: what waits to be published, what could not be, and who publishes."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()
_BYTES: Final = sa.LargeBinary(
    2**32 - 1
)  # with a length, MariaDB makes a type of it that holds more than 64 KB
_DIGEST: Final = sa.String(32)

# `sequence` never comes again, also after rows are deleted: a slow relay deletes by it.
PENDING: Final = sa.Table(
    "portico_outbox",
    METADATA,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("stream", sa.String(200), nullable=False),
    sa.Column("message_key", sa.Text, nullable=False),
    sa.Column("payload", _BYTES, nullable=False),
    sa.Column("row_digest", _DIGEST, nullable=False),
    sa.Column("digest_before", _DIGEST),
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

DEAD: Final = sa.Table(
    "portico_outbox_dead",
    METADATA,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("stream", sa.String(200), nullable=False),
    sa.Column("message_key", sa.Text, nullable=False),
    sa.Column("payload", _BYTES, nullable=False),
    sa.Column("row_digest", _DIGEST, nullable=False),
    sa.Column("digest_before", _DIGEST),
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("died_at", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)

LEASE: Final = sa.Table(
    "portico_outbox_relay",
    METADATA,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("holder", sa.String(36)),
    sa.Column("beat", sa.BigInteger, nullable=False),
)
