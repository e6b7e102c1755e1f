"""From a URL to engines, and single statements on them."""

from .engines import EngineOptions, Engines
from .options import PoolOptions, TimeoutOptions
from .preparing import READ_ONLY, SINGLE
from .shielding import finish
from .single import read, unknown_outcome, write, wrote
from .url import async_url, is_memory, safe_url

__all__ = [
    "READ_ONLY",
    "SINGLE",
    "EngineOptions",
    "Engines",
    "PoolOptions",
    "TimeoutOptions",
    "async_url",
    "finish",
    "is_memory",
    "read",
    "safe_url",
    "unknown_outcome",
    "write",
    "wrote",
]
