"""The base of every comparison (1.00): Starlette, the driver and orjson, by hand."""

from __future__ import annotations

from benchmarks.http.stacks.shared import place

if place.POSTGRESQL:
    from benchmarks.http.stacks.hand.postgresql import app
else:
    from benchmarks.http.stacks.hand.sqlite import app

__all__ = ["app"]
