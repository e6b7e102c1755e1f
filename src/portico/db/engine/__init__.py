"""From a URL to engines."""

from .engines import Engines
from .options import PoolOptions, TimeoutOptions
from .url import async_url, safe_url

__all__ = ["Engines", "PoolOptions", "TimeoutOptions", "async_url", "safe_url"]
