"""Rows of SQLite as an API shows them: it has no booleans, decimals or moments of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.shop.tables import REVIEW_COLUMNS, SHOWN


def as_product(row: Sequence[Any]) -> dict[str, Any]:
    """A row of the columns that are shown."""
    found = dict(zip(SHOWN, row, strict=True))
    found["price"] = f"{row[4]:.2f}"
    found["active"] = bool(row[6])
    found["created_at"] = row[7].replace(" ", "T").removesuffix(".000000") + "Z"
    return found


def as_review(row: Sequence[Any]) -> dict[str, Any]:
    """A row of reviews."""
    return dict(zip(REVIEW_COLUMNS, row, strict=True))


def as_stored(body: dict[str, Any]) -> dict[str, Any]:
    """A body as SQLite keeps it."""
    if "price" in body:
        body["price"] = float(body["price"])
    if "created_at" in body:
        moment = datetime.fromisoformat(body["created_at"]).astimezone(UTC)
        body["created_at"] = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    return body
