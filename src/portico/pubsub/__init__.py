"""Messages between processes: what a stream is, and one in memory; Redis has a module of its own."""

from .memory import MemoryPubSub
from .protocol import BEGINNING, Message, PubSub, Received

__all__ = ["BEGINNING", "MemoryPubSub", "Message", "PubSub", "Received"]
