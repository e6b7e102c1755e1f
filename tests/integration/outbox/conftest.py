"""The stage of these tests."""

from tests.integration.outbox.stage import outbox

__all__ = ["outbox"]
