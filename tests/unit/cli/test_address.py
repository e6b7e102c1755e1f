"""Where a server may listen."""

from __future__ import annotations

import pytest

from portico.cli.server import is_loopback

OTHERS = ["0.0.0.0", "::", "192.168.1.5", "example.com", "", "localhost.evil.example"]  # noqa: S104 -- not bound


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_these_addresses_are_this_machine_only(host: str) -> None:
    """Writing without a login is allowed here."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", OTHERS)
def test_these_addresses_can_be_reached_by_others(host: str) -> None:
    """A name that merely looks local is not."""
    assert not is_loopback(host)
