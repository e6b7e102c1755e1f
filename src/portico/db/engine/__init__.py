"""From a URL to engines, and single statements on them."""

from .criteria import in_force
from .engines import Companion, EngineOptions, Engines
from .listening import is_own, is_permanent, own
from .options import Compiled, PoolOptions, TimeoutOptions
from .preparing import READ_ONLY, SINGLE, guards
from .repeating import Verdict, once_more, unknown_outcome, was_not_sent
from .server import ServerFacts, server_facts
from .shielding import finish
from .single import read, write, wrote
from .url import async_url, is_memory, safe_url

__all__ = [
    "READ_ONLY",
    "SINGLE",
    "Companion",
    "Compiled",
    "EngineOptions",
    "Engines",
    "PoolOptions",
    "ServerFacts",
    "TimeoutOptions",
    "Verdict",
    "async_url",
    "finish",
    "guards",
    "in_force",
    "is_memory",
    "is_own",
    "is_permanent",
    "once_more",
    "own",
    "read",
    "safe_url",
    "server_facts",
    "unknown_outcome",
    "was_not_sent",
    "write",
    "wrote",
]
