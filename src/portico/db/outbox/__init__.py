"""The durable change feed: rows that are written with the change, and a relay that publishes them."""

from .options import RelayOptions, RelayStatus
from .outbox import Outbox
from .pending import DeadLetter
from .relay import Relay
from .tables import METADATA

__all__ = ["METADATA", "DeadLetter", "Outbox", "Relay", "RelayOptions", "RelayStatus"]
